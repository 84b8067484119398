// How the tiny net is written down: grids of numbers, the passes, the sum of one number.

import { button, slider } from "../../shared/view/controls.js";
import { html } from "../../shared/view/html.js";
import { cellsOf } from "./terms.js";
import { MAP, POOLED, SIDE, SIZE, UNITS } from "./tiny_net.js";

/**
 * @typedef {import("../../shared/view/html.js").Html} Html
 * @typedef {import("./terms.js").Sum} Sum
 * @typedef {import("./types.d.ts").Cell} Cell
 */

/**
 * Passes in their order; those backwards have the layer whose gradient they give.
 * @type {{ says: string, cell?: Cell["layer"], gradient?: string }[]}
 */
export const PASSES = [
  { says: "1. The image: 8 × 8 pixels, from 0 to 1.", cell: "x" },
  {
    says: "2. Convolution: each of two filters looks at every 3 × 3 pixels; ReLU keeps what is above 0.",
    cell: "conv",
  },
  { says: "3. Maximum: of every 2 × 2 places the largest stays.", cell: "pool" },
  { says: "4. Dense layer: a logit for every class.", cell: "logits" },
  { says: "5. Softmax: logits become probabilities.", cell: "probs" },
  { says: "6. The loss: −log of the probability of the label.", cell: "loss" },
  {
    says: "7. Backwards: the gradient of a logit is its probability, less 1 for the label.",
    cell: "logits",
    gradient: "logits",
  },
  {
    says: "8. A weight's gradient: what came in times what comes back; into a bias comes 1.",
    cell: "weight",
    gradient: "weight",
  },
  { says: "9. Back along the weights to the pooled values.", cell: "pool", gradient: "pool" },
  {
    says: "10. Only the largest place of each block gets it, and only if ReLU let it through.",
    cell: "conv",
    gradient: "conv",
  },
  {
    says: "11. A filter's gradient: summed over all places, because they share it.",
    cell: "filters",
    gradient: "filters",
  },
];

/** After how many passes the numbers of a layer are known. @type {Record<string, number>} */
export const FORWARD = {
  x: 1,
  filters: 0,
  filterBias: 0,
  conv: 2,
  pool: 3,
  weight: 0,
  bias: 0,
  logits: 4,
  probs: 5,
  loss: 6,
};

/** After how many passes the gradients of a layer are known: those of biases with those of the weights. @param {string} layer */
export const backwardOf = layer =>
  PASSES.findIndex(({ gradient }) => gradient === ({ bias: "weight", filterBias: "filters" }[layer] ?? layer)) + 1;

/** @param {number} value @param {number} [digits] */
export const signed = (value, digits = 2) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;

/** Two digits that say something, in as few letters as that takes. @param {number} value */
export const short = value => {
  const small = value !== 0 && Math.abs(value) < 0.005;
  const text = small ? value.toExponential(0) : value.toFixed(2);
  return text.replaceAll("-", "−").replace(/^(−?)0\./, "$1.");
};

/** Three digits. @param {number} value */
export const precise = value => Number(value.toPrecision(3)).toString().replaceAll("-", "−");

/** Columns of a grid, and groups of so many cells. @param {string} layer @param {number} classes @returns {[number, number]} */
const shapeOf = (layer, classes) =>
  /** @type {[number, number]} */ (
    {
      x: [SIDE, SIDE ** 2],
      filters: [SIZE, SIZE ** 2],
      filterBias: [1, 1],
      conv: [MAP, MAP ** 2],
      pool: [POOLED, POOLED ** 2],
      weight: [classes, UNITS * classes],
      bias: [classes, classes],
      logits: [1, classes],
      probs: [1, classes],
      loss: [1, 1],
    }[layer]
  );

/**
 * A layer as grids of buttons, a number in each; dots where nothing is known yet.
 * @param {string} layer
 * @param {number} classes
 * @param {ArrayLike<number> | null} numbers
 * @param {Cell} picked
 * @param {boolean} asks whether the picked number is what the visitor is to find
 * @returns {Html}
 */
export function gridOf(layer, classes, numbers, picked, asks) {
  const [columns, group] = shapeOf(layer, classes);
  const count = cellsOf(layer, classes);
  const most = numbers ? Math.max(1e-9, ...Array.from(numbers, Math.abs)) : 1;
  const groups = Array.from({ length: count / group }, (_, k) =>
    Array.from({ length: group }, (_, i) => k * group + i),
  );
  return html`${groups.map(
    some =>
      html`<div class="numbers" style="--columns:${columns}">${some.map(at => {
        const value = numbers?.[at];
        const share = value === undefined ? 0 : Math.round((100 * Math.abs(value)) / most);
        const on = picked.layer === layer && picked.at === at;
        return html`<button type="button" tabindex="-1" data-do="cell" data-layer="${layer}" value="${at}" aria-pressed="${on}" class="${value !== undefined && value < 0 ? "minus" : "plus"}" style="--share:${on && asks ? 0 : share}%">${value === undefined ? "·" : on && asks ? "?" : short(value)}</button>`;
      })}</div>`,
  )}`;
}

/**
 * The sum of one number; where the visitor is asked for it, a field in its place.
 * @param {Sum} sum
 * @param {boolean} asks
 * @param {string} said of the last guess
 * @returns {Html}
 */
export function cellMarkup({ title, rule, value, terms }, asks, said) {
  const shown = terms.map(
    (factors, i) =>
      html`<span class="term">${i > 0 && "+ "}${factors.map((factor, f) => html`${f > 0 && " × "}${factor < 0 ? `(${precise(factor)})` : precise(factor)}`)}</span>`,
  );
  const result = asks
    ? html`<input type="text" inputmode="decimal" data-part="guess" aria-label="Your guess" size="8" placeholder="?" autocomplete="off">`
    : html`<b>${precise(value)}</b>`;
  return html`<p><b>${title}</b> <span class="muted">${rule}</span></p><p class="terms">${shown}${terms.length > 0 && " = "}${result}</p>${said && html`<p role="status">${said}</p>`}`;
}

/** @param {string[]} classes */
export const markup = classes => html`
<div class="bar"><span class="group transport">${button("begin", "|←", "Before the first pass")}${button("back", "←", "A pass back (←)")}${button("forward", "→", "The next pass (→)")}${button("all", "→|", "All passes")}</span>
  <span data-part="pass-says"></span>
  <span class="group end">${button("value", "Values", "Show what every unit holds", html`aria-pressed="true"`)}${button("gradient", "Gradients", "Show how the loss changes with every number", html`aria-pressed="false"`)}</span></div>
<div class="net">
  <figure><div data-part="net-x"></div><figcaption>Image<br><span data-part="example-says"></span></figcaption></figure>
  <figure><div data-part="net-filters"></div><div data-part="net-filterBias" class="biases"></div><figcaption>Two filters and their biases</figcaption></figure>
  <figure><div data-part="net-conv"></div><figcaption>Convolution, ReLU</figcaption></figure>
  <figure><div data-part="net-pool"></div><figcaption>Maximum</figcaption></figure>
  <figure><div data-part="net-weight"></div><div data-part="net-bias" class="biases"></div><figcaption>Weights: a row for every pooled value, a column for each of ${classes.length} classes; below, the biases</figcaption></figure>
  <figure class="classed"><div><div class="names">${classes.map(name => html`<span>${name}</span>`)}</div><div data-part="net-logits"></div></div><figcaption>Logits</figcaption></figure>
  <figure><div data-part="net-probs"></div><figcaption>Softmax</figcaption></figure>
  <figure><div data-part="net-loss"></div><figcaption>Loss</figcaption></figure>
</div>
<div class="pair">
  <section class="card"><header><b>One number</b><span class="end group"><span class="muted" data-part="asked"></span>${button("quiz", "Ask me", "Hide the result until you have worked it out", html`aria-pressed="false"`)}</span></header>
    <div data-part="sum"></div>
    <div data-part="nudge-box" hidden>${slider("nudge", "Nudge it", -1, 1, 0.05, "Change this parameter by so much")}<p class="note" data-part="nudge-says"></p></div></section>
  <section class="card"><header><b>Learn</b><span class="end muted" data-part="batches"></span></header>
    <div class="bar">${slider("rate", "Learning rate", 0.01, 1, 0.01, "Of an update by hand")}${button("update", "One update", "Go down the gradient of this example")}</div>
    <p class="note" data-part="update-says"></p>
    <div class="bar">${button("train", "100 batches more", "Train on all examples, at a rate of 0.5")}${button("anew", "New weights", "Begin anew with other random weights")}${button("other", "Another example", "The next one of the data")}</div></section>
</div>`;
