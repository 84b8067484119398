// What a unit stands for: its weights, projected through the layers below down to the image.

import { fit, paint, weightPixel } from "../../shared/view/canvas.js";
import { context2d } from "../../shared/view/dom.js";
import { sidesOf } from "../../shared/view/greys.js";

/** @typedef {import("./model.js").DeepModel} DeepModel */

const SIDE = 96;

/** @type {WeakMap<HTMLCanvasElement, string>} which unit a canvas shows */
const latest = new WeakMap();

/**
 * @param {HTMLCanvasElement} canvas
 * @param {DeepModel} model
 * @param {number} layer
 * @param {number} unit
 * @param {number} [side] CSS pixels of the longer one
 */
export function drawField(canvas, model, layer, unit, side = SIDE) {
  const { width, height } = sidesOf(model, side);
  const wanted = `${layer} ${unit}`;
  if (!fit(canvas, width, height) && latest.get(canvas) === wanted) return;
  latest.set(canvas, wanted);
  paintField(context2d(canvas), model, model.machine.field(layer, unit), 0, 0, canvas.width, canvas.height);
}

/**
 * Paint weights into a box of a canvas; the largest of them has full colour.
 * @param {CanvasRenderingContext2D} context
 * @param {{ width: number, height: number }} size of the image
 * @param {Float32Array} field
 * @param {number} x left edge of the box, in pixels of the canvas
 * @param {number} y
 * @param {number} boxW
 * @param {number} boxH
 */
export function paintField(context, { width, height }, field, x, y, boxW, boxH) {
  const most = field.reduce((m, w) => Math.max(m, Math.abs(w)), 1e-9);
  paint(context, width, height, weightPixel(field, most), x, y, boxW, boxH);
}
