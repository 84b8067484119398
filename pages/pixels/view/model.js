// What the panels know of a model that samples pixel by pixel.

/** @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes */

/**
 * Image coordinates: pixel `i` of an image is row `i / width`, column `i % width`; `order` lists pixels as they are sampled.
 * @typedef {object} PixelModel
 * @property {number} width
 * @property {number} height
 * @property {number} d pixels of an image
 * @property {number} levels of a pixel; 2 for bits
 * @property {boolean} proper whether its predictions are probabilities: its masks are right
 * @property {boolean} anyOrder whether it was trained on many orders
 * @property {string[]} classes that it is conditioned on; none without
 * @property {string[]} names of the classes of its data
 * @property {number[]} labels of the test images
 * @property {Bytes[]} examples test images, in levels
 * @property {Record<string, string>} orders what each order does, by its name; the first is its own
 * @property {string} own name of its own order
 * @property {Uint16Array} order its own order
 */

/**
 * What the page's link says (pages/pixels/state.py: PixelsState).
 * @typedef {object} PixelSettings
 * @property {string} mode
 * @property {number} images
 * @property {number} seed
 * @property {number} temperature
 * @property {string} order
 * @property {number} order_seed
 * @property {string} only
 * @property {number} t
 * @property {number} pick
 * @property {string} speed
 * @property {string} loop
 * @property {string} glow
 * @property {string} edits
 * @property {string} source
 * @property {number} example
 * @property {string} drawing
 * @property {string} keep
 * @property {string} region
 * @property {string} read
 * @property {string} other
 * @property {string} vary
 * @property {number} level
 * @property {string} hardest
 * @property {string} hole
 * @property {string} missing
 * @property {number} tries
 * @property {number} first
 * @property {number} place
 */

/**
 * What is beside the model (route `around`).
 * @typedef {object} Around
 * @property {{ name: string, title: string }[]} strangers other data sets that it can read
 * @property {string[]} rivals checkpoints that read the same images, itself among them
 * @property {{ name: string, version: string } | null} twin the same network with wrong masks, or with right ones
 * @property {number | null} nats that a test image costs
 * @property {{ order: string, nats: number, spread: number | null, note: string }[]} orders what it costs in each order
 * @property {string | null} data that this was measured on
 * @property {Bytes | null} samples of it
 */

/** @typedef {{ levels: Bytes, mask: Bytes }} GivenPixels an image, and 1 where its pixels are given */

/**
 * The place of each pixel in an order: the order's inverse.
 * @param {ArrayLike<number>} order
 */
export function ranksOf(order) {
  const rank = new Uint16Array(order.length);
  for (let t = 0; t < order.length; t++) rank[order[t]] = t;
  return rank;
}

/**
 * What a level is called: off and on, or its number of how many.
 * @param {Pick<PixelModel, "levels">} model
 * @param {number} level
 */
export const levelName = (model, level) =>
  model.levels === 2 ? ["off", "on"][level] : `level ${level} of ${model.levels - 1}`;

/**
 * @param {Pick<PixelModel, "width">} model
 * @param {number} i
 */
export const pixelName = (model, i) => `row ${Math.floor(i / model.width) + 1}, column ${(i % model.width) + 1}`;

/**
 * 1 where a region of an image is.
 * @param {Pick<PixelModel, "width" | "height">} model
 * @param {string} region upper, lower, left, right or middle
 * @returns {Bytes}
 */
export function regionMask({ width: w, height: h }, region) {
  const [top, left] = [Math.floor(h / 4), Math.floor(w / 4)];
  /** @type {Record<string, (row: number, column: number) => boolean>} */
  const inside = {
    lower: i => i >= Math.floor(h / 2),
    upper: i => i < Math.floor(h / 2),
    right: (_, j) => j >= Math.floor(w / 2),
    left: (_, j) => j < Math.floor(w / 2),
    middle: (i, j) => i >= top && i < h - top && j >= left && j < w - left,
  };
  return Uint8Array.from({ length: w * h }, (_, i) => (inside[region](Math.floor(i / w), i % w) ? 1 : 0));
}

/**
 * 1 where an image is given: its upper rows or its left columns, the middle one included.
 * @param {Pick<PixelModel, "width" | "height">} model
 * @param {string} part top or left
 * @returns {Bytes}
 */
export const givenMask = ({ width: w, height: h }, part) =>
  Uint8Array.from({ length: w * h }, (_, i) => Number(part === "top" ? Math.floor(i / w) < h / 2 : i % w < w / 2));
