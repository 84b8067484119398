// The colour of every point: its class, its cluster, a number, or its place on the first map.

import { classColours, packed, planeColour, SCALE } from "../../shared/view/colours.js";
import { shapeOf } from "../../shared/view/shapes.js";

/** @typedef {import("../../shared/view/types.d.ts").Rgb} Rgb */
/** @typedef {import("../../shared/view/plane_view.js").Box} Box */
/** @typedef {{ palette: Uint32Array, shapes: Uint8Array | null }} PointColours packed colours of all points, and shapes */

const STEPS = 32; // colours of a plane, each way
const NONE = packed([139, 149, 163]); // of points without a number

/** The values that 2% lie below and 2% above; what is no number is left out. @param {Float32Array} values @returns {[number, number]} */
export function spanOf(values) {
  const sorted = values.filter(value => !Number.isNaN(value)).sort();
  /** @param {number} q */
  const at = q => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
  return [at(0.02), at(0.98)];
}

/** The least and the largest value; what is no number is left out. @param {Float32Array} values @returns {[number, number]} */
export function rangeOf(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** @param {number} x @param {number} low @param {number} high @param {number} steps */
const stepOf = (x, low, high, steps) =>
  Math.max(0, Math.min(steps - 1, Math.round(((steps - 1) * (x - low)) / (high - low || 1))));

/** By class or cluster, with a shape for each. @param {ArrayLike<number>} labels @param {Rgb[]} colours @returns {PointColours} */
export function byClass(labels, colours) {
  const bytes = colours.map(packed);
  return { palette: Uint32Array.from(labels, label => bytes[label]), shapes: Uint8Array.from(labels, shapeOf) };
}

/** By a number on an even scale. @param {Float32Array} values @param {[number, number]} span @returns {PointColours} */
export function byValue(values, [low, high]) {
  const bytes = SCALE.map(packed);
  /** @param {number} value */
  const colour = value => (Number.isNaN(value) ? NONE : bytes[stepOf(value, low, high, bytes.length)]);
  return { palette: Uint32Array.from(values, colour), shapes: null };
}

/**
 * By the place on a map.
 * @param {Float32Array} xs
 * @param {Float32Array} ys
 * @param {Box} box
 * @returns {PointColours}
 */
export function byPlace(xs, ys, { left, right, bottom, top }) {
  const bytes = Array.from({ length: STEPS * STEPS }, (_, i) =>
    packed(planeColour((i % STEPS) / (STEPS - 1), Math.floor(i / STEPS) / (STEPS - 1))),
  );
  const palette = Uint32Array.from(
    xs,
    (x, i) => bytes[stepOf(ys[i], bottom, top, STEPS) * STEPS + stepOf(x, left, right, STEPS)],
  );
  return { palette, shapes: null };
}

/** @param {number} colour packed @returns {Rgb} */
export const unpacked = colour => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];

/**
 * @param {import("./player.js").CodesView} view
 * @param {import("./types.d.ts").Layout} first the first map
 */
export function coloursOf({ data, state, points, classPalette, errorSpan, shown }, first) {
  const { clusters } = points;
  if (state.colour === "class" && points.labels) return byClass(points.labels, classPalette);
  if (state.colour === "cluster" && clusters)
    return byClass(clusters.member, classColours(clusters.sizes.length, data.colours));
  if (state.colour === "place" && first.state === "ready") return byPlace(first.xs, first.ys, first.box);
  return shown ? byValue(shown.values, shown.span) : byValue(points.errors, errorSpan);
}

/** Bytes of a colour, a middle grey where it is not written as #rrggbb. @param {string} text @returns {Rgb} */
export function inkOf(text) {
  const hex = text.match(/^#(..)(..)(..)$/);
  return hex ? hex.slice(1).map(byte => Number.parseInt(byte, 16)) : [128, 128, 128];
}
