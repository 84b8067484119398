// What is first seen of data that a visitor brings: three maps, reconstructions, and the ways on.

import { html } from "../../shared/view/html.js";

/** @typedef {import("../../shared/view/html.js").Html} Html */
/** @typedef {import("../../shared/view/types.d.ts").PlaneMap} PlaneMap */
/** @typedef {import("./own_training.js").Training} Training */
/** @typedef {import("./types.d.ts").OwnData} OwnData */

const CLASSES = 14; // in the legend

/** The cards, and what each will show. */
const CARDS = [
  ["pca", "PCA", "The two directions of largest variance: there at once."],
  ["umap", "UMAP", "Neighbours stay neighbours: computed in some seconds."],
  ["autoencoder", "Small autoencoder", "A network with a code of two numbers, trained on your data: about a minute."],
];

/** @param {OwnData} data @returns {Html} */
export const ownMarkup = ({ title, summary, notes }) => html`
<p class="error" data-part="error" role="alert" hidden></p>
${title && html`<h3>${title}</h3><p class="muted">${[summary, ...notes].join(" ")}</p>`}
<div class="maps">${CARDS.map(
  ([name, head, about]) =>
    html`<section class="card" data-map="${name}" data-state="${title ? "loading" : "empty"}"><header><b>${head}</b><span class="muted" data-part="note"></span></header><div class="plane"><canvas data-part="dots"></canvas><canvas data-part="over" role="img" aria-label="${head} of your data"></canvas><div class="wait" data-part="wait">${title ? "" : html`<span class="muted">${about}</span>`}</div></div></section>`,
)}</div>
<p class="legend" data-part="legend"></p>
<section class="back" data-part="back" ${!title && html`hidden`}><p class="muted" data-part="back-note"></p><div class="strip"><canvas data-part="strip" role="img" aria-label="Examples and their reconstructions"></canvas></div></section>
<p class="next" data-part="next"></p>
<div class="tip" data-part="tip" hidden><canvas></canvas><span></span></div>`;

/** @param {string[]} classes @param {string[]} colours as CSS writes them */
export const legendMarkup = (classes, colours) =>
  html`${classes
    .slice(0, CLASSES)
    .map((name, i) => html`<span><i style="background:${colours[i]}"></i>${name}</span>`)}${
    classes.length > CLASSES && html`<span class="muted">and ${classes.length - CLASSES} more</span>`
  }`;

/** @param {number} share */
const bar = share => html`<div class="progress"><i style="width:${Math.round(100 * share)}%"></i></div>`;

/** What stands on a map that is not there yet. @param {PlaneMap} map @param {string} name */
export function mapWait({ state, phase, done, problem }, name) {
  if (state === "loading") return html`<span class="muted">Computing …</span>`;
  if (state === "asked") return html`<span class="muted">${phase || "waiting to start"} …</span>${bar(done)}`;
  if (state === "refused") return html`<span>${problem}</span>`;
  const why = state === "failed" ? problem : "Stopped.";
  return html`<span>${why}</span>${name === "umap" && html`<button type="button" data-do="umap">Compute</button>`}`;
}

/** What stands in the place of the codes. @param {Training} training @param {string} dataset */
export function trainingWait({ state, problem, others, progress, done }, dataset) {
  if (state === "loading") return html`<span class="muted">Choosing a network …</span>`;
  if (state === "asked") return html`<span class="muted">${progress} …</span>${bar(done)}`;
  if (state === "none")
    return html`<span>${problem}</span>${others.length > 0 && html`<span class="muted">What takes them: ${others.join(", ")}.</span>`}<a href="./train?data=${dataset}">${others.length > 0 ? "Choose a model on Train" : "Other models on Train"}</a>`;
  return html`<span>${problem}</span><button type="button" data-do="train">Train it</button>`;
}

/**
 * What to do next, in one line.
 * @param {string} dataset
 * @param {string} checkpoint of the autoencoder, "" while there is none
 */
export const nextMarkup = (dataset, checkpoint) => html`
<b>Next:</b> ${
  checkpoint
    ? html`look between the points in <a data-next="codes" href="./codes?checkpoint=${checkpoint}">Codes</a>, `
    : ""
}see what else the data look like in <a data-next="compare" href="./compare?dataset=${dataset}">Compare</a>, or train a larger model of them in <a data-next="train" href="./train?data=${dataset}">Train</a>. They are kept in <a data-next="data" href="./data">Your data</a>.`;

/** What the reconstructions are. @param {import("../../shared/view/types.d.ts").Plane | null} back */
export function backNote(back) {
  if (!back) return "Examples, and what the autoencoder makes of them, stand here as soon as it trains.";
  const cells = back.shape[1] === 1 ? " A cell is a column: orange above its mean, blue below." : "";
  return `Examples that it was not trained on, and below each what comes back from two numbers.${cells}`;
}
