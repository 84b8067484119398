// What the panel of memorising consists of.

import { button, choice, playButton, slider } from "../../shared/view/controls.js";
import { whole } from "../../shared/view/format.js";
import { html } from "../../shared/view/html.js";
import { select } from "../../shared/view/panel.js";
import { CHOICES, described } from "./settings.js";

/**
 * @typedef {import("../../shared/view/html.js").Html} Html
 * @typedef {import("./experiment.js").Experiment} Experiment
 * @typedef {import("./settings.js").Choice} Choice
 * @typedef {import("./types.d.ts").Amount} Amount
 */

/** @param {number[]} values @param {(value: number) => string} words @returns {[number, string][]} */
const options = (values, words) => values.map(value => [value, words(value)]);

/** @param {number} value */
const percent = value => (value ? `${100 * value}%` : "none");

/**
 * @param {Choice} draft
 * @param {string} values what an input consists of: "pixels"
 */
export const markup = (draft, values) => html`
<div class="bar"><span class="group transport">${playButton("Train, or pause (space)")}${button("restart", "Restart", "Train all again from the same seed (R)")}${button("again", "New draw", "Other examples, random labels and first weights")}</span>
  <span class="group"><b>Compare</b>${[
    ["both", "true and random labels", "The same net, the same images"],
    ["labels", "shares of random labels", "None, 20%, half, all"],
    ["inputs", `random ${values}`, `True labels of permuted and random ${values}, and of noise`],
    ["regularised", "regularisation", "Weight decay and dropout, with 30% and with all labels random"],
    ["size", "sizes", "Random labels, in nets of 4 to 512 units"],
  ].map(
    ([value, text, title]) =>
      html`<button type="button" data-do="set" value="${value}" title="${title}">${text}</button>`,
  )}</span></div>
<section class="card fold"><div class="bar">${slider("random", "Random labels", 0, 100, 5, "Share of labels drawn at random")}
    <span class="group">Inputs ${choice(
      "inputs",
      [
        ["as-is", "as they are", "Unchanged"],
        ["permuted", `permuted ${values}`, "One permutation for all examples"],
        ["shuffled", `random ${values}`, "Another permutation for every example"],
        ["noise", "Gaussian noise", "Noise in place of every example"],
      ],
      "Inputs",
    )}</span></div>
  <div class="bar">
    <label class="group">Examples ${select("examples", options(CHOICES.examples, whole), draft.examples, "Examples to train on, at most")}</label>
    <label class="group">Hidden units ${select("hidden", options(CHOICES.hidden, String), draft.hidden, "Units of a hidden layer")}</label>
    <label class="group">Hidden layers ${select("layers", options(CHOICES.layers, String), draft.layers, "Hidden layers")}</label>
    <label class="group">Weight decay ${select("decay", options(CHOICES.decay, String), draft.decay, "Weight decay (AdamW)")}</label>
    <label class="group">Dropout ${select("dropout", options(CHOICES.dropout, percent), draft.dropout, "Share of hidden units left out")}</label>
    ${button("add", "Train it too", "Add this experiment (A)", html`class="main"`)}<span class="muted" data-part="full"></span></div></section>
<div class="pair">
  <section class="card"><header><b>Accuracy</b><span class="end muted">solid: training, dashed: test, ring: early stopping, by examples set aside</span></header><div><canvas data-part="accuracy" role="img" aria-label="Training and test accuracy after each epoch"></canvas></div></section>
  <section class="card"><header><b>Loss</b><span class="end muted">nats per example, logarithmic</span></header><div><canvas data-part="loss" role="img" aria-label="Training and test loss after each epoch"></canvas></div></section>
</div>
<div class="scrolls"><table class="runs"><thead><tr><th scope="col">Experiment</th><th scope="col">Epoch</th><th scope="col">Training accuracy</th><th scope="col">All labels right after</th><th scope="col">Test accuracy</th><th scope="col" title="Test accuracy after the epoch of least loss on a seventh of the training part, set aside">With early stopping</th><td></td></tr></thead><tbody data-part="runs"></tbody></table></div>
<div class="pair">
  <section class="card" data-part="tiles-box"><header><b>What it was trained on</b><span class="end muted" data-part="tiles-say"></span></header><div class="strip" data-part="tiles"></div></section>
  <section class="card"><header><b>Bits to memorise</b><span class="end muted">logarithmic</span></header><div data-part="bits"></div></section>
</div>`;

/** @param {Experiment[]} experiments @param {number} shown @param {string[]} colours @param {string} values */
export const rowsMarkup = (experiments, shown, colours, values) =>
  experiments.map(
    ({ settings }, i) =>
      html`<tr><th scope="row"><button type="button" data-do="show" value="${i}" aria-pressed="${i === shown}" title="Show its examples and bits"><i style="background:${colours[i]}"></i>${described(settings, values)}</button></th>${["epoch", "train", "memorised", "test", "stop"].map(name => html`<td data-cell="${name}"></td>`)}<td>${experiments.length > 1 && html`<button type="button" data-do="remove" value="${i}" title="Remove this experiment" aria-label="Remove: ${described(settings, values)}">×</button>`}</td></tr>`,
  );

/**
 * Amounts as bars on a logarithmic scale, and what follows from them.
 * @param {Amount[]} amounts
 * @param {string[]} sentences
 * @returns {Html}
 */
export function bitsMarkup(amounts, sentences) {
  const most = Math.log(Math.max(...amounts.map(({ bits }) => bits), 2));
  /** @param {number} bits */
  const share = bits => Math.round((100 * Math.log(Math.max(1, bits))) / most);
  return html`<dl class="amounts">${amounts.map(
    ({ name, bits, sum }) =>
      html`<div><dt>${name}</dt><dd><i style="width:${share(bits)}%"></i><b>${whole(Math.round(bits))}</b><span class="muted">${sum}</span></dd></div>`,
  )}</dl>${sentences.map(text => html`<p>${text}</p>`)}`;
}
