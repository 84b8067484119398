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
  const { labels } = model;
  return labels ? row => palette[labels[row]] : grey;
}

/** Least and largest value. @param {Float32Array} values @returns {[number, number]} */
export const rangeOf = values => [
  values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
  values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
];
