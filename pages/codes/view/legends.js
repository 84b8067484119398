// What the colours of the points mean.

import { classColours, css, planeColour, SCALE } from "../../shared/view/colours.js";
import { html } from "../../shared/view/html.js";
import { SHAPES, shapeOf } from "../../shared/view/shapes.js";
import { rangeOf } from "./point_colours.js";
import { amount } from "./scores.js";

/** @typedef {import("../../shared/view/types.d.ts").Rgb} Rgb */

/** @param {import("./player.js").CodesView} view */
export function legendOf({ data, state, points, selection, classPalette, panels, factor, errorSpan, showsTraining }) {
  if (state.colour === "class" && points.labels)
    return classLegend(points.classes, selection.counts, classPalette, selection.hidden);
  if (state.colour === "cluster") return clusterLegend(points.clusters, data.colours, showsTraining);
  if (state.colour === "place") return placeLegend(points.kindOf(panels[0].map.name)?.title ?? "");
  if (state.colour === "factor" && factor) return factorLegend(factor.name, ...rangeOf(factor.values));
  return errorLegend(errorSpan, showsTraining);
}

const STOPS = [0, 64, 128, 192, 255].map(i => css(SCALE[i])).join(",");

/**
 * @param {string[]} classes
 * @param {number[]} counts points of each
 * @param {Rgb[]} palette
 * @param {Set<number>} hidden
 */
export function classLegend(classes, counts, palette, hidden) {
  const chips = classes.map((name, c) => {
    if (!counts[c]) return "";
    const off = hidden.has(c);
    return html`<button type="button" class="chip${off ? " off" : ""}" data-class="${c}" aria-pressed="${!off}" title="${name}, ${counts[c].toLocaleString("en")} points. Click: ${off ? "show" : "hide"}; double click: show alone"><i class="${SHAPES[shapeOf(c)]}" style="background:${css(palette[c])}"></i>${name}</button>`;
  });
  const all = hidden.size ? html`<button type="button" class="chip" data-do="show-all">show all</button>` : "";
  return html`<span class="chips" role="group" aria-label="Classes">${chips}${all}</span>`;
}

/**
 * @param {import("./types.d.ts").Clusters | null} clusters null while they are computed
 * @param {string[]} colours of classes
 * @param {boolean} stale they are not those of the epoch that is shown
 */
export function clusterLegend(clusters, colours, stale) {
  if (!clusters) return html`<span class="muted">Clustering the codes …</span>`;
  const { sizes } = clusters;
  const palette = classColours(sizes.length, colours);
  const chips = sizes.map(
    (size, c) =>
      html`<span class="chip"><i class="${SHAPES[shapeOf(c)]}" style="background:${css(palette[c])}"></i>${size.toLocaleString("en")}</span>`,
  );
  return html`<span class="chips">${chips}</span>
    <span class="muted">k-means in code space: ${sizes.length} clusters, with their sizes${stale ? "; final weights" : ""}</span>`;
}

/** @param {{ name: string }[]} factors @param {string} chosen */
export const factorOptions = (factors, chosen) =>
  html`<option value="">factor …</option>${factors.map(({ name }) => html`<option value="${name}" ${name === chosen && html`selected`}>${name}</option>`)}`;

/** @param {string} name @param {number} low @param {number} high */
export function factorLegend(name, low, high) {
  /** @param {number} x */
  const number = x => String(Number(x.toPrecision(3)));
  return html`<span class="ramp"><span>${name}</span><span>${number(low)}</span><span class="strip" style="background:linear-gradient(90deg,${STOPS})"></span><span>${number(high)}</span></span>
    <span class="muted">a true factor of the data, not used in training</span>`;
}

/** @param {[number, number]} span that nearly all errors lie in @param {boolean} stale they are not those of the epoch that is shown */
export function errorLegend([low, high], stale) {
  return html`<span class="ramp"><span>${amount(low)}</span><span class="strip" style="background:linear-gradient(90deg,${STOPS})"><em style="left:50%">${amount((low + high) / 2)}</em></span><span>≥ ${amount(high)}</span></span>
    <span class="muted">squared error per example, 2nd to 98th percentile${stale ? "; final weights" : ""}</span>`;
}

/** @param {string} title of the first map */
export function placeLegend(title) {
  const cells = Array.from(
    { length: 49 },
    (_, i) => html`<i style="background:${css(planeColour((i % 7) / 6, 1 - Math.floor(i / 7) / 6))}"></i>`,
  );
  return html`<span class="swatches">${cells}</span><span class="muted">Colour: position on the first map (${title}). Mixed colours on another map: the two disagree.</span>`;
}
