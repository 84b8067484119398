// What every number of the tiny net is the sum of, forwards and backwards.

import { blockOf, FILTERS, inMap, MAP, POOL, POOLED, SIDE, SIZE, UNITS } from "./tiny_net.js";

/**
 * @typedef {import("./tiny_net.js").TinyNet} TinyNet
 * @typedef {import("./types.d.ts").Activations} Activations
 * @typedef {import("./types.d.ts").Gradients} Gradients
 * @typedef {import("./types.d.ts").Cell} Cell
 */

/**
 * How a number comes about.
 * @typedef {object} Sum
 * @property {string} title
 * @property {string} rule in words or a formula
 * @property {number} value
 * @property {number[][]} terms factors of each; their products add up to the value; empty where it is no sum
 */

/** @param {number} k @param {number} i @param {number} j */
const placeOf = (k, i, j) => `map ${k + 1}, row ${i + 1}, column ${j + 1}`;

/** Map, row and column of a place. @param {number} at @returns {[number, number, number]} */
const inMapOf = at => [Math.floor(at / (MAP * MAP)), Math.floor((at % (MAP * MAP)) / MAP), at % MAP];

/** Map, row and column of a pooled unit. @param {number} unit @returns {[number, number, number]} */
const pooledOf = unit => [
  Math.floor(unit / (POOLED * POOLED)),
  Math.floor((unit % (POOLED * POOLED)) / POOLED),
  unit % POOLED,
];

/**
 * @param {TinyNet} net
 * @param {Activations} a
 * @param {string[]} classes names
 * @param {Cell} cell
 * @returns {Sum}
 */
export function explainValue(net, a, classes, { layer, at }) {
  if (layer === "conv") {
    const [k, i, j] = inMapOf(at);
    const terms = [[net.filterBias[k]]];
    for (let p = 0; p < SIZE; p++)
      for (let q = 0; q < SIZE; q++) terms.push([net.filters[(k * SIZE + p) * SIZE + q], a.x[(i + p) * SIDE + j + q]]);
    return {
      title: `Convolution: ${placeOf(k, i, j)}`,
      rule: "bias + weights of the filter × the pixels under it; ReLU then cuts what is below 0",
      value: a.conv[at],
      terms,
    };
  }
  if (layer === "pool") {
    const values = blockOf(at).map(place => a.relu[place]);
    return {
      title: `Maximum: ${placeOf(...pooledOf(at))}`,
      rule: `the largest of ${values.map(v => v.toFixed(2)).join(", ")}`,
      value: a.pool[at],
      terms: [],
    };
  }
  if (layer === "logits") {
    const terms = [[net.bias[at]]];
    for (let u = 0; u < UNITS; u++) terms.push([net.weight[u * net.classes + at], a.pool[u]]);
    return { title: `Logit of ${classes[at]}`, rule: "bias + weights × pooled values", value: a.logits[at], terms };
  }
  if (layer === "probs")
    return {
      title: `Probability of ${classes[at]}`,
      rule: "exp(logit) / sum of exp(logit) over all classes",
      value: a.probs[at],
      terms: [],
    };
  if (layer === "loss")
    return { title: "Loss", rule: `−log of the probability of ${classes[a.label]}`, value: a.loss, terms: [] };
  if (layer === "filters")
    return {
      title: `Filter ${Math.floor(at / SIZE ** 2) + 1}: weight ${(at % SIZE ** 2) + 1}`,
      rule: "a parameter",
      value: net.filters[at],
      terms: [],
    };
  if (layer === "weight")
    return { title: weightTitle(net, classes, at), rule: "a parameter", value: net.weight[at], terms: [] };
  if (layer === "filterBias")
    return { title: `Bias of filter ${at + 1}`, rule: "a parameter", value: net.filterBias[at], terms: [] };
  if (layer === "bias") return { title: `Bias of ${classes[at]}`, rule: "a parameter", value: net.bias[at], terms: [] };
  return {
    title: `Pixel in row ${Math.floor(at / SIDE) + 1}, column ${(at % SIDE) + 1}`,
    rule: "the image",
    value: a.x[at],
    terms: [],
  };
}

/**
 * @param {TinyNet} net
 * @param {Activations} a
 * @param {Gradients} g
 * @param {string[]} classes names
 * @param {Cell} cell
 * @returns {Sum | null} null where the loss has no gradient that is shown
 */
export function explainGradient(net, a, g, classes, { layer, at }) {
  if (layer === "logits")
    return {
      title: `Gradient of the logit of ${classes[at]}`,
      rule:
        at === a.label ? "its probability − 1, since it is the label" : "its probability, since it is not the label",
      value: g.logits[at],
      terms: at === a.label ? [[a.probs[at]], [-1]] : [[a.probs[at]]],
    };
  if (layer === "weight") {
    const [u, c] = [Math.floor(at / net.classes), at % net.classes];
    return {
      title: `Gradient of the ${lower(weightTitle(net, classes, at))}`,
      rule: "pooled value × gradient of the logit",
      value: g.weight[at],
      terms: [[a.pool[u], g.logits[c]]],
    };
  }
  if (layer === "bias")
    return {
      title: `Gradient of the bias of ${classes[at]}`,
      rule: "that of its logit: a bias is a weight of an input that is always 1",
      value: g.bias[at],
      terms: [[1, g.logits[at]]],
    };
  if (layer === "filterBias") {
    const deltas = Array.from(g.conv.subarray(inMap(at, 0, 0), inMap(at + 1, 0, 0))).filter(delta => delta);
    return {
      title: `Gradient of the bias of filter ${at + 1}`,
      rule: "over all places: the gradient of the convolution",
      value: g.filterBias[at],
      terms: deltas.map(delta => [delta]),
    };
  }
  if (layer === "pool") {
    const terms = Array.from({ length: net.classes }, (_, c) => [net.weight[at * net.classes + c], g.logits[c]]);
    return {
      title: `Gradient of the maximum: ${placeOf(...pooledOf(at))}`,
      rule: "weights × gradients of the logits, back along every connection",
      value: g.pool[at],
      terms,
    };
  }
  if (layer === "conv") {
    const [k, i, j] = inMapOf(at);
    const unit = (k * POOLED + Math.floor(i / POOL)) * POOLED + Math.floor(j / POOL);
    const wins = a.winner[unit] === at;
    const rule = !wins
      ? "0: another place of its block is larger"
      : a.conv[at] > 0
        ? "that of the maximum: it is the largest of its block"
        : "0: ReLU cuts it off";
    return {
      title: `Gradient of the convolution: ${placeOf(k, i, j)}`,
      rule,
      value: g.conv[at],
      terms: g.conv[at] ? [[g.pool[unit]]] : [],
    };
  }
  if (layer === "filters") {
    const [k, p, q] = [Math.floor(at / SIZE ** 2), Math.floor((at % SIZE ** 2) / SIZE), at % SIZE];
    const terms = [];
    for (let i = 0; i < MAP; i++)
      for (let j = 0; j < MAP; j++) {
        const delta = g.conv[inMap(k, i, j)];
        if (delta) terms.push([delta, a.x[(i + p) * SIDE + j + q]]);
      }
    return {
      title: `Gradient of filter ${k + 1}: weight ${p * SIZE + q + 1}`,
      rule: "over all places: gradient of the convolution × the pixel that this weight met there",
      value: g.filters[at],
      terms,
    };
  }
  return null;
}

/** @param {TinyNet} net @param {string[]} classes @param {number} at */
function weightTitle(net, classes, at) {
  const [k, i, j] = pooledOf(Math.floor(at / net.classes));
  return `Weight from ${placeOf(k, i, j)} to ${classes[at % net.classes]}`;
}

/** @param {string} text */
const lower = text => text[0].toLowerCase() + text.slice(1);

/** Parameters and what lies between, in the order of the net. */
export const LAYERS = /** @type {const} */ ([
  "x",
  "filters",
  "filterBias",
  "conv",
  "pool",
  "weight",
  "bias",
  "logits",
  "probs",
  "loss",
]);

/** A number of cells of each layer. @param {string} layer @param {number} classes */
export function cellsOf(layer, classes) {
  const counts = {
    x: SIDE ** 2,
    filters: FILTERS * SIZE ** 2,
    filterBias: FILTERS,
    conv: FILTERS * MAP ** 2,
    pool: UNITS,
    weight: UNITS * classes,
    bias: classes,
    logits: classes,
    probs: classes,
    loss: 1,
  };
  return counts[/** @type {"x"} */ (layer)];
}
