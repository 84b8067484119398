// How many dimensions the examples really fill in each representation.

import { html } from "../../shared/view/html.js";
import { repHead } from "./chips.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./types.d.ts").Representation} Representation */

/**
 * From the route `geometry`; a text is why there is no number.
 * @typedef {object} Geometry
 * @property {number} size
 * @property {[number, number, number] | string} two_nn value, and the ends of its 95% interval
 * @property {[number, number, number] | null} participation the same
 */

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

/** The outline of the interval of a spectrum. @param {ArrayLike<number>} low @param {ArrayLike<number>} high */
export function bandPath(low, high) {
  const back = spectrumPath(low).slice(1).split("L").reverse();
  return low.length > 1 ? `${spectrumPath(high)}L${back.join("L")}Z` : "";
}

/** A value with its interval. @param {[number, number, number]} found */
const withEnds = ([value, low, high]) =>
  html`<b>${value.toFixed(1)}</b> <small>${low.toFixed(1)}–${high.toFixed(1)}</small>`;

/** @param {Store} store @param {Representation[]} chosen @param {import("./answers.js").Answers} answers */
export function geometryMarkup(store, chosen, answers) {
  const rows = chosen.map((one, i) => {
    const known = answers.of("geometry", { of: one.key });
    const name = repHead(store, one, i);
    if (!known) return html`<tr>${name}<td colspan="4" class="muted">Computing …</td></tr>`;
    if (typeof known === "string") return html`<tr>${name}<td colspan="4" class="problem">${known}</td></tr>`;
    /** @type {Geometry} */
    const { two_nn, participation, size } = known.header;
    const [spectrum, low, high] = ["spectrum", "low", "high"].map(name => known.planes[name].data);
    const intrinsic =
      typeof two_nn === "string" ? html`<span class="muted" title="${two_nn}">–</span>` : withEnds(two_nn);
    return html`<tr>${name}<td>${size}</td><td>${intrinsic}</td><td>${participation ? withEnds(participation) : "–"}</td><td><svg viewBox="0 0 ${WIDE} ${HIGH}" width="${WIDE}" height="${HIGH}" role="img" aria-label="Spectrum: the first direction has ${Math.round(100 * spectrum[0])}% of the variance, ${Math.round(100 * low[0])} to ${Math.round(100 * high[0])}"><path d="${bandPath(low, high)}" fill="currentColor" opacity="0.25"/><path d="${spectrumPath(spectrum)}" fill="none" stroke="currentColor" stroke-width="1.6"/></svg></td></tr>`;
  });
  return html`<table class="counted"><thead><tr><th scope="col">How many dimensions are filled?</th><th scope="col" title="Numbers of a vector">numbers</th><th scope="col" title="Intrinsic dimension by TwoNN (Facco et al. 2017), 95% interval by bootstrap">TwoNN</th><th scope="col" title="(Σλ)² / Σλ² of the covariance: how many directions share the variance; 95% interval by jackknife">participation ratio</th><th scope="col" title="Shares of the variance, largest first, logarithmic over four decades; shaded: 95% interval">spectrum</th></tr></thead><tbody>${rows}</tbody></table><p class="note">Spectrum: the share of the variance along each direction, the largest first, in decades from 100% at the top to 0.01% at the bottom, where directions lie that nothing varies along; shaded: 95% interval.</p>`;
}
