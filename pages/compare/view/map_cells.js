// Markup of the tab of maps, and what stands in a map's cell.

import { button, choice, icon, playButton, slider } from "../../shared/view/controls.js";
import { html } from "../../shared/view/html.js";
import { select } from "../../shared/view/panel.js";
import { mapMarkup } from "./map_view.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./types.d.ts").PlaneMap} PlaneMap */
/** @typedef {import("./types.d.ts").Representation} Representation */

/** @param {Store} store @param {Record<string, any>} state */
export function panelMarkup(store, state) {
  /** @type {[string, string, string][]} */
  const colours = [
    ["class", "class", "Colour by class"],
    ["factor", "factor", "Colour by a known factor of the data"],
    ["value", "model", "Colour by likelihood or error under a model"],
    ["change", "change", "Colour by change of neighbourhood against the reference"],
  ];
  const possible = colours.filter(
    ([name]) =>
      (name !== "class" || store.labels) &&
      (name !== "factor" || store.factors.length) &&
      (name !== "value" || store.scores.length),
  );
  /** @type {[string, string][]} */
  const factors = store.factors.map(({ name }) => [name, name]);
  /** @type {[string, string][]} */
  const scores = store.scores.map(({ key, model, title }) => [key, `${store.shortTitle({ title: model })}: ${title}`]);
  return html`
<div class="bar fold">
  <span class="group"><b>Maps</b>${choice(
    "method",
    [
      ["pca", "PCA", "Two principal components of each representation"],
      ["pca-3d", "PCA 3-D", "Three principal components: drag to turn"],
      ["umap", "UMAP", "UMAP of each representation, computed in the background"],
      ["umap-3d", "UMAP 3-D", "UMAP in three dimensions: drag to turn"],
      ["tsne", "t-SNE", "t-SNE of each representation, computed in the background"],
    ],
    "Method of all maps",
  )}</span>
  <span class="group" data-for="umap">${number("n_neighbors", "neighbours", 2, 200, 1)}${number("min_dist", "min. distance", 0, 0.99, 0.05)}</span>
  <span class="group" data-for="tsne">${number("perplexity", "perplexity", 2, 200, 1)}</span>
  <button type="button" class="main" data-do="compute-all" data-part="compute-all" hidden></button>
  <span class="group"><b>Colour</b>${choice("colour", possible, "Colour of the points")}</span>
  ${store.factors.length > 0 && html`<span data-for="factor">${select("factor", factors, state.factor, "Factor")} <span class="ramp-legend"><span data-part="low"></span><i class="ramp"></i><span data-part="high"></span></span></span>`}
  ${scores.length > 0 && html`<span data-for="value" class="group">${select("under", scores, state.under, "Model that says the colour")} <span class="ramp-legend"><span data-part="least"></span><i class="ramp"></i><span data-part="most"></span></span></span>`}
  ${slider("k", "neighbours k", 1, 30, 1, "Neighbours in the full space that a neighbourhood is made of")}
  <span class="group">${choice(
    "tool",
    [
      ["move", icon("move"), "Drag moves all maps"],
      ["box", icon("box"), "Drag chooses a box (or shift and drag)"],
      ["lasso", icon("lasso"), "Drag chooses by a lasso (or alt and drag)"],
    ],
    "What dragging does",
  )}${button("fit", icon("fit"), "Show all points (0)")}</span>
  <span class="ramp-legend" data-for="change" title="Share of the k nearest neighbours that differ, in the full spaces of both"><span>same neighbours</span><i class="ramp"></i><span>all others</span></span>
</div>
<div class="stage">
  <div class="maps" data-part="maps"></div>
  <aside data-part="aside">
    <section data-part="selected" hidden></section>
    <section data-part="changed"></section>
    <section data-part="suggested"></section>
  </aside>
</div>`;
}

/** @param {string} name @param {string} label @param {number} low @param {number} high @param {number} step */
const number = (name, label, low, high, step) =>
  html`<label class="group">${label} <input type="number" data-pick="${name}" min="${low}" max="${high}" step="${step}"></label>`;

/** The cells: the morph, then a map for each representation. @param {Store} store @param {Representation[]} chosen */
export function cellsMarkup(store, chosen) {
  const stops = chosen.map(
    (one, i) => html`<button type="button" data-do="stop" value="${i}" title="${one.title}">${i + 1}</button>`,
  );
  const morph = html`<div class="map card morph" data-cell="morph"><header><b>Morph</b><span data-part="between" class="muted"></span></header>${mapMarkup("Morph between the maps")}<div class="transport-row">${playButton("Play the morph (space)")}<div class="track"><input type="range" data-slide="morph" min="0" max="${chosen.length - 1}" step="0.01" aria-label="From map to map"><div class="stops">${stops}</div></div></div></div>`;
  const maps = chosen.map(
    (one, i) =>
      html`<div class="map card" data-cell="${i}"><header><span class="number">${i + 1}</span><b title="${one.title}">${store.nameFor(one)}</b></header>${mapMarkup(`Map of ${one.title}`)}<div class="ask" data-part="ask" hidden></div><p class="note" data-part="note"></p></div>`,
  );
  return html`${chosen.length > 1 && morph}${maps}`;
}

/**
 * What stands on a map that cannot be shown yet; "" where it can.
 * @param {PlaneMap} map
 * @param {number} i number of the representation
 */
export function askMarkup(map, i) {
  if (map.state === "ready") return html``;
  if (map.state === "loading") return html`<span class="muted">Computing the vectors …</span>`;
  if (map.state === "asked")
    return html`<span>${map.phase || "waiting to start"} …</span><div class="progress"><i style="width:${Math.round(100 * map.done)}%"></i></div>`;
  if (map.state === "refused") return html`<span class="muted">Not computed. ${map.problem}</span>`;
  const problem = map.state === "failed" ? html`<span class="problem">${map.problem}</span>` : "";
  return html`${problem}<button type="button" class="main" data-do="compute" value="${i}">${map.state === "failed" ? "Try again" : "Compute"}</button>${map.cost && html`<span class="muted">${map.cost}, in the background</span>`}`;
}
