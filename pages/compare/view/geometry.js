// How many dimensions the examples really fill in each representation.

import { get, messageOf } from "../../shared/view/api.js";
import { html } from "../../shared/view/html.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./types.d.ts").Representation} Representation */

/**
 * From the route `geometry`; a text is why there is no number.
 * @typedef {object} Geometry
 * @property {number} size
 * @property {[number, number, number] | string} two_nn value, and the ends of its 95% interval
 * @property {number | null} participation
 * @property {Float32Array} spectrum shares of the variance, largest first
 */

export class GeometryStore {
  /** @param {Store} store @param {() => void} onChange */
  constructor(store, onChange) {
    this.store = store;
    this.onChange = onChange;
    /** @type {Map<string, Geometry | string | null>} a text is what went wrong */
    this.known = new Map();
  }

  /** @param {string} key */
  of(key) {
    const known = this.known.get(key);
    if (known === undefined) this.fetch(key);
    return known ?? null;
  }

  /** @param {string} key */
  async fetch(key) {
    this.known.set(key, null);
    try {
      const { header, planes } = await get(this.store.url("geometry", { of: key }));
      this.known.set(key, { ...header, spectrum: planes.spectrum.data });
    } catch (error) {
      this.known.set(key, messageOf(error));
    }
    this.onChange();
  }
}

const WIDE = 150;
const HIGH = 34;
const DECADES = 4; // of the spectrum that are shown

/** The path of a spectrum on a logarithmic scale, across the drawing. @param {ArrayLike<number>} shares */
export function spectrumPath(shares) {
  const n = Math.max(1, shares.length - 1);
  const points = Array.from(shares, (share, i) => {
    const depth = Math.min(DECADES, -Math.log10(Math.max(share, 1e-12)));
    return `${((WIDE * i) / n).toFixed(1)} ${(1 + ((HIGH - 2) * depth) / DECADES).toFixed(1)}`;
  });
  return points.length > 1 ? `M${points.join("L")}` : `M0 ${points[0]?.split(" ")[1] ?? 0}H${WIDE}`;
}

/** @param {Store} store @param {Representation[]} chosen @param {GeometryStore} geometry @param {string[]} colours */
export function geometryMarkup(store, chosen, geometry, colours) {
  const rows = chosen.map((one, i) => {
    const known = geometry.of(one.key);
    const name = html`<th scope="row"><span class="number" style="--rep:${colours[i]}">${i + 1}</span> ${store.nameFor(one)}</th>`;
    if (!known) return html`<tr>${name}<td colspan="4" class="muted">Computing …</td></tr>`;
    if (typeof known === "string") return html`<tr>${name}<td colspan="4" class="problem">${known}</td></tr>`;
    const { two_nn, participation, size, spectrum } = known;
    const intrinsic =
      typeof two_nn === "string"
        ? html`<span class="muted" title="${two_nn}">–</span>`
        : html`<b>${two_nn[0].toFixed(1)}</b> <small>${two_nn[1].toFixed(1)}–${two_nn[2].toFixed(1)}</small>`;
    return html`<tr>${name}<td>${size}</td><td>${intrinsic}</td><td>${participation === null ? "–" : participation.toFixed(1)}</td><td><svg viewBox="0 0 ${WIDE} ${HIGH}" width="${WIDE}" height="${HIGH}" role="img" aria-label="Spectrum: the first direction has ${Math.round(100 * spectrum[0])}% of the variance"><path d="${spectrumPath(spectrum)}" fill="none" stroke="${colours[i]}" stroke-width="1.8"/></svg></td></tr>`;
  });
  return html`<table class="counted"><thead><tr><th scope="col">How many dimensions are filled?</th><th scope="col" title="Numbers of a vector">numbers</th><th scope="col" title="Intrinsic dimension by TwoNN (Facco et al. 2017), 95% interval by bootstrap">TwoNN</th><th scope="col" title="(Σλ)² / Σλ² of the covariance: how many directions share the variance">participation ratio</th><th scope="col" title="Shares of the variance, largest first, logarithmic over four decades">spectrum</th></tr></thead><tbody>${rows}</tbody></table>`;
}
