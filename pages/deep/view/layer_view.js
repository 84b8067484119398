// A layer of units as cells: how strongly each is believed to be on, which have changed, which one is picked.

import { fit, layout, pointOn } from "../../shared/view/canvas.js";
import { PICKED } from "../../shared/view/colours.js";
import { context2d } from "../../shared/view/dom.js";

/** @typedef {import("../../shared/view/canvas.js").TileGrid} TileGrid */

const CHANGED = "#e69f00";
const ABLATED = "#d55e00";

/**
 * @typedef {object} Marks
 * @property {(unit: number) => boolean} [changed] outlined
 * @property {Set<number>} [ablated] crossed out
 * @property {number} [picked]
 */

export class LayerView {
  /** @param {HTMLCanvasElement} canvas @param {number} width in CSS pixels @param {number} height */
  constructor(canvas, width, height) {
    this.canvas = canvas;
    this.width = width;
    this.height = height;
    /** @type {TileGrid | null} */
    this.grid = null;
    this.units = 0;
  }

  /** @param {Float32Array} values 0 to 1 @param {Marks} [marks] */
  draw(values, { changed, ablated, picked = -1 } = {}) {
    const { canvas, width, height } = this;
    const wiped = fit(canvas, width, height);
    const context = context2d(canvas);
    if (wiped || this.units !== values.length || !this.grid) {
      this.units = values.length;
      this.grid = layout(values.length, 1, 1, canvas.width, canvas.height, values.length > 300 ? 1 : 2);
    }
    const { grid } = this;
    const { tileW: side } = grid;
    context.clearRect(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < values.length; i++) {
      const { x, y } = grid.place(i);
      const grey = Math.round(44 + 211 * values[i]);
      context.fillStyle = `rgb(${grey} ${grey} ${grey})`;
      context.fillRect(x, y, side, side);
      if (changed?.(i)) outline(context, x, y, side, CHANGED);
      if (ablated?.has(i)) cross(context, x, y, side);
      if (i === picked) outline(context, x, y, side, PICKED, 3);
    }
  }

  /** @param {MouseEvent} event @returns {number} the unit there, -1 where there is none */
  unitAt(event) {
    const { x, y } = pointOn(this.canvas, event);
    return this.grid?.find(x, y) ?? -1;
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} side
 * @param {string} colour
 * @param {number} [most] width of the line
 */
function outline(context, x, y, side, colour, most = 2) {
  const line = Math.max(1, Math.min(most, side / 4));
  context.strokeStyle = colour;
  context.lineWidth = line;
  context.strokeRect(x + line / 2, y + line / 2, side - line, side - line);
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} side */
function cross(context, x, y, side) {
  context.strokeStyle = ABLATED;
  context.lineWidth = Math.max(1, side / 8);
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + side, y + side);
  context.moveTo(x + side, y);
  context.lineTo(x, y + side);
  context.stroke();
}
