// Pictures of points, small: tinted once into slots of a few larger canvases, the longest unused ones given up; and on a
// map as many of them as find room.

import { css } from "../../shared/view/colours.js";
import { context2d } from "../../shared/view/dom.js";

/** @typedef {import("../../shared/view/plane_view.js").Frame} Frame */
/** @typedef {import("../../shared/view/types.d.ts").Rgb} Rgb */
/** @typedef {import("./point_store.js").PointStore} PointStore */
/** @typedef {import("./types.d.ts").Places} Places */

const SIDE = 32; // slots each way on a canvas
const SHEETS = 3;

/** Sides of a picture on the canvas. @param {{ width: number, height: number }} image @param {number} zoom */
export function thumbSide({ width, height }, zoom) {
  const base = Math.max(width, height) > 20 ? 30 : 24;
  return base * Math.min(1.7, Math.max(1, zoom ** 0.15)) * (window.devicePixelRatio || 1);
}

/** Takes each cell of a lattice on the plane once; its spacing goes by half octaves, so that it holds while one pans. */
export class Lattice {
  /**
   * @param {Frame} frame
   * @param {{ width: number, height: number }} canvas
   * @param {number} side least of a cell, in pixels of the canvas
   */
  constructor({ k, ox, oy }, { width, height }, side) {
    this.cell = 2 ** (Math.ceil(2 * Math.log2(side / k)) / 2);
    this.left = Math.floor(-ox / k / this.cell) - 1;
    this.bottom = Math.floor((oy - height) / k / this.cell) - 1;
    this.columns = Math.ceil(width / k / this.cell) + 3;
    this.rows = Math.ceil(height / k / this.cell) + 3;
    this.taken = new Uint8Array(this.columns * this.rows);
  }

  /** The index of the cell of a place, -1 where that is taken or out of sight. @param {number} x @param {number} y */
  free(x, y) {
    const column = Math.floor(x / this.cell) - this.left;
    const row = Math.floor(y / this.cell) - this.bottom;
    if (column < 0 || row < 0 || column >= this.columns || row >= this.rows) return -1;
    const index = row * this.columns + column;
    return this.taken[index] ? -1 : index;
  }
}

export class Thumbs {
  /** @param {PointStore} store */
  constructor(store) {
    this.store = store;
    /** @type {CanvasRenderingContext2D[]} */
    this.sheets = [];
    /** @type {Map<number, number>} by point */
    this.slots = new Map();
    this.owners = new Int32Array(SIDE * SIDE * SHEETS).fill(-1);
    this.next = 0;
    this.coloursKey = ""; // of the tints
  }

  clear() {
    this.slots.clear();
    this.owners.fill(-1);
    this.next = 0;
  }

  /**
   * Draw as many pictures as find room, one in each cell of a lattice that is fixed to the map; the chosen ones first.
   * @param {CanvasRenderingContext2D} context
   * @param {Frame} frame
   * @param {Places} places
   * @param {{ normal: Int32Array, chosen: Int32Array }} lists
   * @param {{ key: string, of: (row: number) => Rgb, ink: string }} colours
   */
  drawMany(context, frame, { xs, ys }, { normal, chosen }, colours) {
    const { store } = this;
    if (this.coloursKey !== colours.key) this.clear();
    this.coloursKey = colours.key;
    const side = thumbSide(store, frame.zoom);
    const w = side * Math.min(1, store.width / store.height);
    const h = side * Math.min(1, store.height / store.width);
    const lattice = new Lattice(frame, context.canvas, side * 0.85);
    context.imageSmoothingEnabled = side < 2 * store.width;
    for (const list of [chosen, normal])
      for (let q = 0; q < list.length; q++) {
        const i = list[q];
        const cell = lattice.free(xs[i], ys[i]);
        if (cell < 0) continue;
        const x = xs[i] * frame.k + frame.ox - w / 2;
        const y = frame.oy - ys[i] * frame.k - h / 2;
        const colour = colours.of(i);
        if (!this.draw(context, i, x, y, w, h, colour)) continue;
        lattice.taken[cell] = 1;
        const marked = list === chosen;
        if (store.glyphs && !marked) continue;
        context.strokeStyle = marked ? colours.ink : css(colour);
        context.lineWidth = (marked ? 1.5 : 2) * frame.ratio;
        context.strokeRect(x, y, w, h);
      }
  }

  /**
   * Draw a point's picture; false where it has not come yet.
   * @param {CanvasRenderingContext2D} context
   * @param {number} row
   * @param {number} x
   * @param {number} y
   * @param {number} w
   * @param {number} h
   * @param {Rgb} colour
   */
  draw(context, row, x, y, w, h, colour) {
    const { width, height } = this.store;
    const slot = this.slots.get(row) ?? this.take(row, colour);
    if (slot === null) return false;
    const place = slot % (SIDE * SIDE);
    const left = (place % SIDE) * width;
    const top = Math.floor(place / SIDE) * height;
    context.drawImage(this.sheets[Math.floor(slot / (SIDE * SIDE))].canvas, left, top, width, height, x, y, w, h);
    return true;
  }

  /** Give a point the slot that was unused longest. @param {number} row @param {Rgb} colour */
  take(row, colour) {
    const grey = this.store.image(row);
    if (!grey) return null;
    const slot = this.next;
    this.next = (this.next + 1) % this.owners.length;
    this.slots.delete(this.owners[slot]);
    this.owners[slot] = row;
    this.slots.set(row, slot);
    this.fill(slot, grey, colour);
    return slot;
  }

  /** @param {number} slot @param {Uint8Array} grey @param {Rgb} colour */
  fill(slot, grey, colour) {
    const { width, height, glyphs } = this.store;
    const number = Math.floor(slot / (SIDE * SIDE));
    const place = slot % (SIDE * SIDE);
    if (!this.sheets[number]) {
      const canvas = document.createElement("canvas");
      canvas.width = SIDE * width;
      canvas.height = SIDE * height;
      this.sheets[number] = context2d(canvas);
    }
    const image = new ImageData(width, height);
    const { data } = image;
    for (let p = 0, at = 0; p < width * height; p++, at += 4) {
      const v = grey[p];
      data[at] = glyphs ? colour[0] : v;
      data[at + 1] = glyphs ? colour[1] : v;
      data[at + 2] = glyphs ? colour[2] : v;
      data[at + 3] = glyphs ? v : 255;
    }
    this.sheets[number].putImageData(image, (place % SIDE) * width, Math.floor(place / SIDE) * height);
  }
}
