// What the colour of a point says.

import { SCALE } from "../../shared/view/colours.js";

/** @typedef {import("../../shared/view/types.d.ts").Rgb} Rgb */

/**
 * The colour of each example on the map of a representation; of the reference's own map against its rival.
 * @param {import("./player.js").ComparePlayer} host
 * @param {string} key
 * @returns {(row: number) => Rgb}
 */
export function colourRule(host, key) {
  const { state, model, palette, reference, rival } = host;
  const grey = () => [139, 149, 163];
  if (state.colour === "change") {
    const values = host.changesOf(key === reference.key ? (rival?.key ?? key) : key);
    return values ? row => SCALE[Math.round(255 * values[row])] : grey;
  }
  if (state.colour === "factor") {
    const factor = model.factors.find(({ name }) => name === state.factor) ?? model.factors[0];
    if (!factor) return grey;
    const [low, high] = rangeOf(factor.values);
    return row => SCALE[Math.round((255 * (factor.values[row] - low)) / (high - low || 1))];
  }
  if (state.colour === "value") {
    const values = host.values;
    if (!values) return grey;
    const [low, high] = middle(values);
    return row => {
      const share = (values[row] - low) / (high - low || 1);
      return Number.isNaN(share) ? grey() : SCALE[Math.round(255 * Math.max(0, Math.min(1, share)))];
    };
  }
  const { labels } = model;
  return labels ? row => palette[labels[row]] : grey;
}

/** Least and largest value. @param {Float32Array} values @returns {[number, number]} */
export const rangeOf = values => [
  values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
  values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
];

/** From the second to the ninety-eighth percentile: a few odd examples do not take all colours. @param {Float32Array} values @returns {[number, number]} */
export function middle(values) {
  const sorted = values.filter(value => !Number.isNaN(value)).sort();
  const at = (/** @type {number} */ share) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return [at(0.02), at(0.98)];
}

/** How many examples have a value, in words, where some have none. @param {Float32Array} values */
export function missing(values) {
  const count = values.filter(Number.isNaN).length;
  return count ? ` (${values.length - count} of ${values.length} examples)` : "";
}
