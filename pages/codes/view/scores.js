// Scores of maps, and what they mean.

import { html } from "../../shared/view/html.js";

/** @typedef {import("./types.d.ts").Split} Split */

/** @type {Record<Split, string>} */
export const SPLIT_WORDS = { test: "held-out", train: "training", all: "held-out and training" };

/** An error in as many digits as tell something. @param {number} x */
export function amount(x) {
  return x >= 1 ? x.toFixed(2) : String(Number(x.toPrecision(2)));
}

/** @type {Record<string, [string, (x: number) => string, string]>} words, how a value is written, what it means */
const SCORES = {
  own_accuracy: [
    "k-NN accuracy",
    x => `${(100 * x).toFixed(1)}%`,
    "Accuracy of a 10-nearest-neighbour vote in the full space: the most that a map can be expected to preserve. Training used no labels.",
  ],
  knn_accuracy: [
    "k-NN accuracy on this map",
    x => `${(100 * x).toFixed(1)}%`,
    "Accuracy of a 10-nearest-neighbour vote on this map. Training used no labels.",
  ],
  trustworthiness: [
    "trustworthiness",
    x => x.toFixed(3),
    "Whether neighbours on the map are neighbours in the data; 1: no false neighbours.",
  ],
  continuity: [
    "continuity",
    x => x.toFixed(3),
    "Whether neighbours in the data are neighbours on the map; 1: no neighbours are separated.",
  ],
  explained: [
    "explained variance",
    x => `${(100 * x).toFixed(1)}%`,
    "Fraction of the variance along these two directions; the rest is not on the map.",
  ],
  error: [
    "reconstruction error",
    amount,
    "Squared error between an example and its reconstruction, summed over the example; mean over the points.",
  ],
};

/** @param {string} name @param {string} title @param {number} value */
const chip = (name, title, value) =>
  html`<button type="button" data-score="${name}" title="${SCORES[name][2]}" aria-expanded="false">${title} <b>${SCORES[name][1](value)}</b></button>`;
const MEANING = html`<p class="note" data-part="meaning" hidden></p>`;

/**
 * Scores of the codes of the epoch that is shown.
 * @param {import("./training_trajectory.js").TrainingTrajectory} training
 * @param {ArrayLike<number> | null} labels
 */
export function epochScores(training, labels) {
  const error = training.errors?.[training.frame] ?? Number.NaN;
  return html`${labels && chip("knn_accuracy", "k-NN accuracy on this map", training.accuracy(labels))}${Number.isFinite(error) && chip("error", "training error", error)}
    <span class="muted on">at epoch ${training.epoch}, on the ${training.examples.length.toLocaleString("en")} points saved during training</span>${MEANING}`;
}

/**
 * Scores of a map, after that of the space that it is a map of.
 * @param {Record<string, number> | null} scores null while they are computed
 * @param {number} n points
 * @param {Split} split
 * @param {{ words: string, value: number, n: number } | null} own of the space
 * @param {number | null} stale the epoch that is shown elsewhere, where this is a map of the finished code
 */
export function scoresMarkup(scores, n, split, own, stale) {
  if (!scores) return html`<span class="muted">Scoring this map …</span>`;
  const hasOwn = own !== null && Number.isFinite(own.value);
  const chips = Object.entries(SCORES)
    .filter(([name]) => Number.isFinite(scores[name]))
    .map(([name, [title]]) => chip(name, title, scores[name]));
  if (hasOwn) chips.unshift(chip("own_accuracy", `k-NN accuracy in ${own.words}`, own.value));
  if (!chips.length) return html``;
  const among = hasOwn && own.n !== n ? ` (full space: ${own.n.toLocaleString("en")} of them)` : "";
  return html`${chips}<span class="muted on">on ${n.toLocaleString("en")} ${SPLIT_WORDS[split]} points${among}${stale === null ? "" : `; final weights, not epoch ${stale}`}</span>${MEANING}`;
}

/** @param {string} name */
export const meaningOf = name => SCORES[name]?.[2] ?? "";
