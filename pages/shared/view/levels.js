// Greys as the levels of a model of pixels.

/** @typedef {import("./types.d.ts").Bytes} Bytes */

/**
 * Greys from 0 to 255 as levels, as the model's data were made: rounded to the nearest; of bits, on above one half.
 * @param {Bytes} grey
 * @param {number} levels
 */
export const quantize = (grey, levels) =>
  Uint8Array.from(grey, x => Math.round((x / 255) * (levels - 1) - (levels === 2 ? 1e-6 : 0)));

/**
 * A drawing in the sixteen greys that a link carries of it, as levels: so a link brings back the same.
 * @param {Bytes} grey
 * @param {number} levels
 */
export const quantizeDrawing = (grey, levels) =>
  quantize(levels > 2 ? grey.map(x => 17 * Math.round(x / 17)) : grey, levels);
