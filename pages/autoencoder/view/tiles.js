// Examples and what comes back of them: as images, as signed residuals, or as words.

import { fit, greyPixel, paint, weightPixel } from "../../shared/view/canvas.js";
import { context2d } from "../../shared/view/dom.js";
import { html } from "../../shared/view/html.js";

/** @typedef {import("./model.js").Model} Model */

/**
 * Paint what comes back of an example, or the example itself where nothing does.
 * @param {HTMLCanvasElement} canvas
 * @param {Model} model
 * @param {Float32Array} x
 * @param {Float32Array | null} back
 * @param {number} side CSS pixels
 * @param {boolean} residual what is wrong instead
 */
export function paintTile(canvas, model, x, back, side, residual = false) {
  const { width, height } = model.about;
  fit(canvas, side, (side * height) / width);
  const pixel = back && residual ? weightPixel(model.residual(x, back), 1) : greyPixel(model.grey(back ?? x));
  paint(context2d(canvas), width, height, pixel, 0, 0, canvas.width, canvas.height);
}

/**
 * The most probable words; those that the document has are green.
 * @param {Model} model
 * @param {Float32Array} x counts
 * @param {Float32Array | null} back shares
 * @param {number} most
 */
export const wordsMarkup = (model, x, back, most) =>
  html`${model.words(back ?? x, x, most).map(({ word, own }) => html`<span class="word ${own ? "own" : ""}">${word}</span>`)}`;
