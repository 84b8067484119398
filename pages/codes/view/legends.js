// What the colours of the points mean.

import { classColours, css, planeColour, SCALE } from "../../shared/view/colours.js";
import { html } from "../../shared/view/html.js";
import { SHAPES, shapeOf } from "../../shared/view/shapes.js";

/** @typedef {import("../../shared/view/types.d.ts").Rgb} Rgb */

/** @param {import("./player.js").CodesView} view */
export function legendOf({ data, state, points, selection, classPalette, panels, shown, showsTraining }) {
  if (state.colour === "class" && points.labels)
    return classLegend(points.classes, selection.counts, classPalette, selection.hidden);
  if (state.colour === "cluster")
    return clusterLegend(points.clusters, data.colours, showsTraining, clusterNames(points.clusters, points));
  if (state.colour === "place") return placeLegend(points.kindOf(panels[0].map.name)?.title ?? "");
  return shown ? valueLegend(shown, points.n, showsTraining && state.colour !== "factor") : html``;
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
 * What clusters are called: by the class of more than half of their points, or by their number.
 * @param {import("./types.d.ts").Clusters | null} clusters
 * @param {{ labels: ArrayLike<number> | null, classes: string[] }} points
 * @returns {string[]}
 */
export function clusterNames(clusters, { labels, classes }) {
  if (!clusters) return [];
  const { member, sizes } = clusters;
  if (!labels) return sizes.map((_, c) => `cluster ${c + 1}`);
  const counts = sizes.map(() => new Int32Array(classes.length));
  for (let i = 0; i < member.length; i++) counts[member[i]][labels[i]] += 1;
  return counts.map((some, c) => {
    const most = Math.max(...some);
    return most > sizes[c] / 2 ? `mostly ${classes[some.indexOf(most)]}` : `cluster ${c + 1}`;
  });
}

/**
 * @param {import("./types.d.ts").Clusters | null} clusters null while they are computed
 * @param {string[]} colours of classes
 * @param {boolean} stale they are not those of the epoch that is shown
 * @param {string[]} [names]
 */
export function clusterLegend(clusters, colours, stale, names = []) {
  if (!clusters) return html`<span class="muted">Clustering the codes …</span>`;
  const { sizes } = clusters;
  const palette = classColours(sizes.length, colours);
  const chips = sizes.map(
    (size, c) =>
      html`<span class="chip" title="${[names[c], `${size.toLocaleString("en")} points`].filter(Boolean).join(", ")}"><i class="${SHAPES[shapeOf(c)]}" style="background:${css(palette[c])}"></i>${size.toLocaleString("en")}</span>`,
  );
  return html`<span class="chips">${chips}</span>
    <span class="muted">${sizes.length} clusters by k-means${stale ? "; final weights" : ""}</span>`;
}

/**
 * @param {import("./colour_choice.js").ShownValues} shown
 * @param {number} n points
 * @param {boolean} stale the numbers are not those of the epoch that is shown
 */
export function valueLegend({ heading, title, unit, span: [low, high], about, done }, n, stale) {
  /** @param {number} x */
  const number = x => String(Number(x.toPrecision(3))).replace("-", "−");
  const words = [done < n ? `${Math.floor((100 * done) / n)}% computed` : about, stale && "final weights"];
  if (!done) return html`<span class="muted">Computing${title && ` ${title}`} …</span>`;
  return html`<span class="ramp">${heading && html`<b>${heading}</b>`}<span>${number(low)}</span><span class="strip" style="background:linear-gradient(90deg,${STOPS})"><em style="left:50%">${number((low + high) / 2)}</em></span><span>${number(high)}${unit && ` ${unit}`}</span></span>
    <span class="muted">${words.filter(Boolean).join("; ")}</span>`;
}

/** @param {string} title of the first map */
export function placeLegend(title) {
  const cells = Array.from(
    { length: 49 },
    (_, i) => html`<i style="background:${css(planeColour((i % 7) / 6, 1 - Math.floor(i / 7) / 6))}"></i>`,
  );
  return html`<span class="swatches">${cells}</span><span class="muted">Colour: position on the first map (${title}). Mixed colours on another map: the two disagree.</span>`;
}
