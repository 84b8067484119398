// Pictures at the middles of the cells of a lattice that divides the plane of quantiles; finer when one comes nearer.

import { DecodedTiles, tileOf } from "../../shared/view/decoded_tiles.js";

/** @typedef {import("../../shared/view/decoded_tiles.js").Cell} Cell */
/** @typedef {import("../../shared/view/plane_view.js").Frame} Frame */
/** @typedef {import("./model.js").Greys} Greys */

const SIDE = 40; // of a cell on the screen, from 0.71 to 1.41 times as much
const MOST = 2500; // pictures kept
const BUDGET = 10; // ms of decoding at a beat

/** How many cells each way. @param {{ k: number, ratio: number }} frame */
const countOf = ({ k, ratio }) => 2 ** Math.max(2, Math.round(Math.log2(k / (SIDE * ratio))));

/**
 * The cells that a canvas shows of the unit square, as they lie on it; to whole pixels, so that gaps are even.
 * @param {Frame} frame
 * @param {{ width: number, height: number }} canvas
 * @returns {Cell[]}
 */
export function cellsOf(frame, { width, height }) {
  const { k, ox, oy, ratio } = frame;
  const count = countOf(frame);
  /** @param {number} place */
  const cellAt = place => Math.min(count - 1, Math.max(0, Math.floor(place * count)));
  const gap = Math.round(2 * ratio);
  /** @type {Cell[]} */
  const cells = [];
  for (let j = cellAt((oy - height) / k); j <= cellAt(oy / k); j++)
    for (let i = cellAt(-ox / k); i <= cellAt((width - ox) / k); i++) {
      const x = Math.round((i / count) * k + ox);
      const y = Math.round(oy - ((j + 1) / count) * k);
      cells.push({
        key: `${count} ${i} ${j}`,
        place: [(i + 0.5) / count, (j + 0.5) / count],
        x,
        y,
        width: Math.round(((i + 1) / count) * k + ox) - x - gap,
        height: Math.round(oy - (j / count) * k) - y - gap,
      });
    }
  return cells;
}

export class Lattice {
  constructor() {
    this.tiles = new DecodedTiles(MOST);
    this.key = "";
  }

  clear() {
    this.tiles.clear();
  }

  /**
   * Draw what is there and decode some of what is missing; true where there is more to decode.
   * @param {CanvasRenderingContext2D} context
   * @param {Frame} frame
   * @param {{ name: string, width: number, height: number }} model
   * @param {string} base what the pictures depend on besides their places
   * @param {(place: [number, number]) => Greys | null} decode
   */
  draw(context, frame, model, base, decode) {
    const key = `${model.name} ${base}`;
    if (this.key !== key) this.clear();
    this.key = key;
    const cells = cellsOf(frame, context.canvas);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    context.imageSmoothingEnabled = frame.k / countOf(frame) < 1.5 * model.width;
    return this.tiles.draw(context, cells, BUDGET, place => {
      const grey = decode(place);
      return grey && tileOf(grey, model.width, model.height);
    });
  }
}
