// Small grey pictures on canvases of their own.

import { fit, greyPixel, paint } from "./canvas.js";
import { context2d } from "./dom.js";

/** @typedef {{ width: number, height: number }} ImageSize */

/** The sides of a picture whose longer one has so many pixels. @param {ImageSize} image @param {number} side */
export function sidesOf({ width, height }, side) {
  const scale = side / Math.max(width, height);
  return { width: width * scale, height: height * scale };
}

/**
 * Draw a picture all over a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} grey
 * @param {ImageSize} image
 */
export function drawGrey(canvas, grey, { width, height }) {
  paint(context2d(canvas), width, height, greyPixel(grey), 0, 0, canvas.width, canvas.height);
}

/**
 * Size a canvas to a picture; whether that changed (and wiped) it.
 * @param {HTMLCanvasElement} canvas
 * @param {ImageSize} image
 * @param {number} side the longer one
 */
export function fitGrey(canvas, image, side) {
  const { width, height } = sidesOf(image, side);
  return fit(canvas, width, height);
}

/** @param {HTMLCanvasElement} canvas */
export const clear = canvas => context2d(canvas).clearRect(0, 0, canvas.width, canvas.height);
