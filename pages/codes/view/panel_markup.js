// What is written around one map: its controls, its settings, what it costs, how far it is.

import { button, icon } from "../../shared/view/controls.js";
import { html } from "../../shared/view/html.js";
import { zoomHint } from "../../shared/view/zoom.js";

/** @typedef {import("./types.d.ts").Layout} Layout */
/** @typedef {import("./types.d.ts").LayoutRun} LayoutRun */
/** @typedef {import("./types.d.ts").MapKind} MapKind */
/** @typedef {import("./types.d.ts").Rule} Rule */

/**
 * @param {number} i number of the map, from 0
 * @param {MapKind[]} kinds
 * @param {string} chosen
 */
export function panelMarkup(i, kinds, chosen) {
  const options = kinds.map(
    ({ name, title }) => html`<option value="${name}" ${name === chosen && html`selected`}>${title}</option>`,
  );
  return html`
<header>
  <select data-map-name data-pick="map" aria-label="Map ${i + 1}">${options}</select>
  <button type="button" data-do="tune" title="Show or hide the settings of this map" aria-label="Settings of this map" aria-expanded="false" hidden>settings</button>
  <span class="group end">
    ${button("zoom-out", "−", "Zoom out (−)")}${button("zoom-in", "+", "Zoom in (+)")}${button("fit", icon("fit"), "Show all points (0)")}${button("png", icon("save"), "Save this map as a PNG")}
    ${button("remove", icon("cross"), "Remove this map")}
  </span>
</header>
<form class="tune" data-part="tune" hidden></form>
<div class="plane" data-part="plane">
  <canvas data-part="under"></canvas><canvas data-part="dots" data-stage="map-${i}"></canvas>
  <canvas data-part="over" tabindex="0" role="application" aria-label="Map ${i + 1}: drag, zoom, click points"></canvas>
  <div class="ask" data-part="ask" hidden></div>
  <div class="no-points" data-part="no-points" hidden><span>No points in this view</span>${button("fit", "Show all points", "Show all points (0)")}</div>
  ${zoomHint()}
</div>
<p class="preserved" data-part="preserved"></p>
<p class="lines" data-part="lines" hidden><span><i></i>near here too</span><span><i class="separated"></i>separated by the map</span><span><i class="false"></i>near on the map only</span></p>
<div class="scores" data-part="scores"></div>`;
}

/** @type {Record<string, [string, string]>} words, and what it does */
const SETTING_WORDS = {
  n_neighbors: ["neighbours", "Neighbours per point: few show small groups, many the overall structure"],
  min_dist: ["min. distance", "Minimum distance between points on the map"],
  perplexity: ["perplexity", "Effective number of neighbours per point"],
};

/**
 * @param {Record<string, Rule>} rules
 * @param {Record<string, number>} settings
 */
export function tuneMarkup(rules, settings) {
  const fields = Object.entries(rules).map(([name, [low, high, usual]]) => {
    const [word, title] = SETTING_WORDS[name] ?? [name, ""];
    const step = name === "min_dist" ? 0.01 : 1;
    return html`<label title="${title}">${word} <input type="number" data-setting="${name}" min="${low}" max="${high}" step="${step}" value="${settings[name] ?? usual}"></label>`;
  });
  return html`${fields}<button type="submit" data-do="retune">apply</button>`;
}

/** What a map that is not there would cost, or how far it is. @param {Layout} layout @param {Layout | null} base @param {number} n points */
export function askMarkup({ map, state, cost, problem, run }, base, n) {
  const method = map.name.startsWith("umap") ? "UMAP" : "t-SNE";
  const instead = base ? ` Until then: ${base.map.name === "code" ? "the code itself" : "PCA"}, faint.` : "";
  if (state === "loading") return html`<p class="muted">Loading …</p>`;
  const absent = html`<b>${method} of ${n.toLocaleString("en")} points is not computed yet.</b>`;
  if (state === "refused") return html`<p>${absent} ${problem}${instead}</p>`;
  if (state === "absent")
    return html`<p>${absent} Computing it takes ${cost} in the background; the result is saved.${instead}</p>
      <button type="button" class="main" data-do="compute">Compute</button>`;
  if (state === "failed")
    return html`<p role="alert"><b>Failed.</b> ${problem}</p><button type="button" data-do="compute">Try again</button>`;
  const { words, share } = progressOf(run);
  return html`<p><b>${method}:</b> ${words}</p><div class="progress" role="progressbar" aria-label="${words}" aria-valuemin="0" aria-valuemax="100" aria-valuenow="${Math.round(100 * share)}"><i style="width:${100 * share}%"></i></div>
    <button type="button" data-do="halt">Stop</button>`;
}

/** What a run is doing, and how much of that is done. @param {LayoutRun | null} run */
export function progressOf(run) {
  if (run?.state === "queued") {
    const words = (run.place ?? 0) > 1 ? `Number ${run.place} in the queue …` : "Next in the queue …";
    return { words, share: 0 };
  }
  if (!run?.phase) return { words: "Starting …", share: 0 };
  const [phase, done, all] = run.phase;
  const share = all ? done / all : 0;
  const name = `${phase.charAt(0).toUpperCase()}${phase.slice(1)}`;
  return { words: share ? `${name} · ${Math.round(100 * share)}%` : `${name} …`, share };
}
