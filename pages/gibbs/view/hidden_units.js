// Hidden units: the layer of the picked chain, one unit's receptive field with its arithmetic, and all fields.

import { fit, paint, pixelRatio, pointOn, tileGrid, weightPixel } from "../../shared/view/canvas.js";
import { HOVERED, PICKED } from "../../shared/view/colours.js";
import { context2d } from "../../shared/view/dom.js";
import { sigmoid } from "../../shared/view/probability.js";

/**
 * @typedef {import("./rbm_weights.js").RbmWeights} RbmWeights
 * @typedef {import("./types.d.ts").Images} Images
 * @typedef {import("../../shared/view/canvas.js").TileGrid} TileGrid
 * @typedef {(unit: number) => void} OnUnit is told the unit, -1 for none
 */

const ABLATED = "#5b1e31",
  UNKNOWN = "#3a4049",
  ACTIVE = "#2e8b57";

/**
 * @param {HTMLCanvasElement} canvas
 * @param {(event: MouseEvent) => number} find
 * @param {OnUnit} onHover
 * @param {OnUnit} onPick
 */
function listenForUnits(canvas, find, onHover, onPick) {
  canvas.addEventListener("pointermove", event => onHover(find(event)));
  canvas.addEventListener("pointerleave", () => onHover(-1));
  canvas.addEventListener("pointerdown", event => onPick(find(event)));
}

/** The hidden layer of one chain: a square a unit. */
export class HiddenLayer {
  /** @param {HTMLCanvasElement} canvas @param {OnUnit} onHover @param {OnUnit} onPick */
  constructor(canvas, onHover, onPick) {
    this.canvas = canvas;
    /** @type {number[]} */
    this.order = [];
    this.columns = this.rows = 1;
    listenForUnits(canvas, event => this.find(event), onHover, onPick);
  }

  /** @param {MouseEvent} event */
  find(event) {
    const { x, y } = pointOn(this.canvas, event);
    const column = Math.floor((x / this.canvas.width) * this.columns),
      row = Math.floor((y / this.canvas.height) * this.rows);
    return this.order[row * this.columns + column] ?? -1;
  }

  /**
   * @param {ArrayLike<number> | null} values 0 to 1 for each unit; null where the layer has not been sampled yet
   * @param {number[]} order
   * @param {{ablated: Set<number>, unit: number, hoveredUnit: number}} marks
   * @param {number} width
   */
  draw(values, order, { ablated, unit, hoveredUnit }, width) {
    const n = order.length;
    this.order = order;
    this.columns = Math.max(4, Math.ceil(Math.sqrt(n * 1.25)));
    this.rows = Math.ceil(n / this.columns);
    const cell = width / this.columns;
    fit(this.canvas, width, cell * this.rows);
    const context = context2d(this.canvas);
    const scale = this.canvas.width / width;
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const side = cell * scale;
    const inset = Math.max(0.5, side * 0.07);
    order.forEach((j, k) => {
      const x = (k % this.columns) * side + inset,
        y = Math.floor(k / this.columns) * side + inset;
      // dark when silent, warm white when on
      const level = values ? Math.round(28 + 222 * values[j]) : 0;
      const warm = `rgb(${level}, ${level}, ${Math.round(level * 0.9 + 8)})`;
      context.fillStyle = ablated.has(j) ? ABLATED : values ? warm : UNKNOWN;
      context.fillRect(x, y, side - 2 * inset, side - 2 * inset);
      if (j !== unit && j !== hoveredUnit) return;
      context.strokeStyle = j === unit ? PICKED : HOVERED;
      context.lineWidth = Math.min(4 * scale, Math.max(2, side * 0.16));
      context.strokeRect(x, y, side - 2 * inset, side - 2 * inset);
    });
  }
}

/**
 * Draw the receptive field of a unit.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} values one a pixel
 * @param {number} top the value of full colour
 * @param {Images} images
 * @param {number} size width in CSS pixels
 */
export function drawWeights(canvas, values, top, { width, height }, size) {
  fit(canvas, size, (size * height) / width);
  paint(context2d(canvas), width, height, weightPixel(values, top), 0, 0, canvas.width, canvas.height);
}

/** @param {ArrayLike<number>} values @returns {number} the largest size among them, 1 where all are 0 */
export const largest = values => Array.from(values).reduce((top, x) => Math.max(top, Math.abs(x)), 0) || 1;

/**
 * How a unit comes to its state, in words.
 * @param {number} bias
 * @param {number} input x(v) of the unit
 * @param {number} temperature
 * @param {{drawn: number | null, ablated: boolean}} outcome what was sampled, null for nothing yet
 */
export function unitArithmetic(bias, input, temperature, { drawn, ablated }) {
  const sum = input - bias;
  const signed = `${sum < 0 ? "−" : "+"} ${Math.abs(sum).toFixed(2)}`;
  const heat = temperature === 1 ? "" : ` / ${temperature.toFixed(2)}`;
  return {
    input: `x = b + Σ v·w = ${bias.toFixed(2)} ${signed} = ${input.toFixed(2)}`,
    probability: `p(h=1 | v) = σ(x${heat}) = ${sigmoid(input / temperature).toFixed(3)}`,
    outcome: ablated ? "ablated: held at 0" : drawn === null ? "not sampled yet" : `sampled state: ${drawn}`,
  };
}

/** All receptive fields in one scrolling sheet; those that are on now in the picked chain are marked. */
export class FieldSheet {
  /** @param {HTMLCanvasElement} canvas @param {Images} images @param {OnUnit} onHover @param {OnUnit} onPick */
  constructor(canvas, images, onHover, onPick) {
    this.canvas = canvas;
    this.images = images;
    this.key = ""; // what the sheet shows
    /** @type {number[]} */
    this.order = [];
    this.sheet = document.createElement("canvas");
    this.plan = tileGrid(0, 1, 1, 1, 0);
    listenForUnits(canvas, event => this.find(event), onHover, onPick);
  }

  /** @param {MouseEvent} event */
  find(event) {
    const { x, y } = pointOn(this.canvas, event);
    return this.order[this.plan.find(x, y)] ?? -1;
  }

  /**
   * The fields themselves change with the model, the order and the width only; marks are drawn over a copy.
   * @param {RbmWeights} weights
   * @param {number[]} order
   * @param {number} width
   * @param {{ablated: Set<number>, unit: number, hoveredUnit: number, active: ((unit: number) => boolean) | null}} marks
   */
  draw(weights, order, width, { ablated, unit, hoveredUnit, active }) {
    const key = `${weights.id} ${order[0]} ${order[1]} ${order.length} ${width} ${pixelRatio()}`;
    if (key !== this.key) this.drawSheet(weights, order, width);
    this.key = key;
    const context = context2d(this.canvas);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.sheet, 0, 0);
    const ratio = this.canvas.width / width;
    const { tileW, tileH } = this.plan;
    order.forEach((j, k) => {
      const { x, y } = this.plan.place(k);
      if (ablated.has(j)) {
        context.fillStyle = "rgba(70, 10, 30, 0.72)";
        context.fillRect(x, y, tileW, tileH);
      }
      const strong = j === unit;
      if (!strong && j !== hoveredUnit && !active?.(j)) return;
      context.strokeStyle = strong ? PICKED : j === hoveredUnit ? HOVERED : ACTIVE;
      context.lineWidth = (strong ? 3 : 2) * ratio;
      context.strokeRect(x - ratio, y - ratio, tileW + 2 * ratio, tileH + 2 * ratio);
    });
  }

  /** @param {RbmWeights} weights @param {number[]} order @param {number} width */
  drawSheet(weights, order, width) {
    const { width: w, height: h } = this.images;
    const gap = 5;
    const wish = order.length > 200 ? 46 : order.length > 40 ? 62 : 84;
    const columns = Math.max(2, Math.min(order.length, Math.floor((width - gap) / (wish + gap))));
    const tile = (width - gap) / columns - gap;
    fit(this.canvas, width, Math.ceil(order.length / columns) * ((tile * h) / w + gap) + gap);
    const ratio = this.canvas.width / width;
    this.plan = tileGrid(order.length, columns, tile * ratio, ((tile * h) / w) * ratio, gap * ratio);
    this.order = order;
    this.sheet.width = this.canvas.width;
    this.sheet.height = this.canvas.height;
    const context = context2d(this.sheet);
    order.forEach((j, k) => {
      const field = weights.field(j);
      const { x, y } = this.plan.place(k);
      // each field on its own scale: what matters is its shape
      paint(context, w, h, weightPixel(field, largest(field)), x, y, this.plan.tileW, this.plan.tileH);
    });
  }
}
