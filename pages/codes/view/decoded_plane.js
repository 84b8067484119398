// What the decoder makes of every place of a map: faint pictures at the knots of a lattice that is fixed to the map.

import { DecodedTiles, tileOf } from "../../shared/view/decoded_tiles.js";

/** @typedef {import("../../shared/view/decoded_tiles.js").Cell} Cell */
/** @typedef {import("../../shared/view/decoder_net.js").DecoderNet} DecoderNet */
/** @typedef {import("../../shared/view/plane_view.js").Frame} Frame */

const MOST_TILES = 3000;
const SIDE = 36; // of a tile on the screen, from 0.71 to 1.41 times as much

/**
 * The tiles that a canvas shows, as they lie on it; their spacing on the map goes by half octaves.
 * @param {Frame} frame
 * @param {{ width: number, height: number }} canvas
 * @returns {Cell[]}
 */
export function tilesOf({ k, ox, oy, ratio }, { width, height }) {
  const step = 2 ** (Math.round(2 * Math.log2((SIDE * ratio) / k)) / 2);
  const side = step * k;
  /** @type {Cell[]} */
  const cells = [];
  for (let j = Math.floor((oy - height) / side); j <= Math.ceil(oy / side); j++)
    for (let i = Math.floor(-ox / side); i <= Math.ceil((width - ox) / side); i++)
      cells.push({
        key: `${step.toPrecision(6)} ${i} ${j}`,
        place: [i * step, j * step],
        x: i * side + ox - side / 2,
        y: oy - j * side - side / 2,
        width: side,
        height: side,
      });
  return cells;
}

export class DecodedPlane {
  /**
   * @param {DecoderNet} net
   * @param {number[]} ink
   * @param {{ width: number, height: number }} image
   */
  constructor(net, ink, { width, height }) {
    this.net = net;
    this.ink = ink;
    this.width = width;
    this.height = height;
    this.tiles = new DecodedTiles(MOST_TILES);
  }

  /**
   * Draw what is there, decode some of what is missing for so many milliseconds; true where more is to come.
   * @param {CanvasRenderingContext2D} context
   * @param {Frame} frame
   * @param {number} budget
   */
  draw(context, frame, budget) {
    const { width, height } = context.canvas;
    context.clearRect(0, 0, width, height);
    context.imageSmoothingEnabled = false;
    return this.tiles.draw(context, tilesOf(frame, { width, height }), budget, place =>
      tileOf(this.net.run(place), this.width, this.height, this.ink),
    );
  }
}
