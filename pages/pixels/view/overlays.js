// What is drawn over images: heat, frames around pixels, lines around regions.

import { fit, paint } from "../../shared/view/canvas.js";
import { HEAT, PICKED } from "../../shared/view/colours.js";
import { context2d } from "../../shared/view/dom.js";

/** @typedef {{ width: number, height: number }} Size of an image in pixels */

/**
 * Paint an image, its longer side `side` pixels of the page.
 * @param {HTMLCanvasElement} canvas
 * @param {Size} size
 * @param {number} side
 * @param {import("../../shared/view/types.d.ts").PixelPainter} pixel
 */
export function paintImage(canvas, { width, height }, side, pixel) {
  const scale = side / Math.max(width, height);
  fit(canvas, width * scale, height * scale);
  paint(context2d(canvas), width, height, pixel, 0, 0, canvas.width, canvas.height);
}

/**
 * Values from 0 to 1 as heat.
 * @param {HTMLCanvasElement} canvas
 * @param {Size} size
 * @param {ArrayLike<number>} values
 * @param {number} side
 */
export function paintHeat(canvas, size, values, side) {
  paintImage(canvas, size, side, (out, i, at) => {
    [out[at], out[at + 1], out[at + 2]] = HEAT[Math.max(0, Math.min(255, Math.round(255 * values[i])))];
    out[at + 3] = 255;
  });
}

/**
 * Frames around some pixels of an image.
 * @param {HTMLCanvasElement} canvas
 * @param {Size} size
 * @param {Iterable<number>} pixels
 * @param {string} [colour]
 * @param {number} [line]
 */
export function frame(canvas, { width }, pixels, colour = PICKED, line = 2) {
  const context = context2d(canvas),
    px = canvas.width / width;
  context.strokeStyle = colour;
  context.lineWidth = line * (window.devicePixelRatio || 1);
  for (const i of pixels) context.strokeRect((i % width) * px, Math.floor(i / width) * px, px, px);
}

/**
 * The edges of a region, as lines from (x1, y1) to (x2, y2) between pixels.
 * @param {Size} size
 * @param {ArrayLike<number>} inside 1 where the region is
 * @returns {[number, number, number, number][]}
 */
export function edges({ width: w, height: h }, inside) {
  /** @type {[number, number, number, number][]} */
  const lines = [];
  /** @param {number} i @param {number} j */
  const is = (i, j) => i >= 0 && j >= 0 && i < h && j < w && Boolean(inside[i * w + j]);
  for (let i = 0; i <= h; i++)
    for (let j = 0; j <= w; j++) {
      if (j < w && is(i, j) !== is(i - 1, j)) lines.push([j, i, j + 1, i]);
      if (i < h && is(i, j) !== is(i, j - 1)) lines.push([j, i, j, i + 1]);
    }
  return lines;
}

/**
 * The line around a region of an image.
 * @param {HTMLCanvasElement} canvas
 * @param {Size} size
 * @param {ArrayLike<number>} inside
 * @param {string} [colour]
 * @param {number} [line]
 */
export function outline(canvas, size, inside, colour = PICKED, line = 2) {
  const context = context2d(canvas),
    px = canvas.width / size.width;
  context.strokeStyle = colour;
  context.lineWidth = line * (window.devicePixelRatio || 1);
  context.beginPath();
  for (const [x1, y1, x2, y2] of edges(size, inside)) {
    context.moveTo(x1 * px, y1 * px);
    context.lineTo(x2 * px, y2 * px);
  }
  context.stroke();
}

/**
 * The pixel of an image under a pointer, -1 beside the image.
 * @param {HTMLCanvasElement} canvas
 * @param {Size} size
 * @param {MouseEvent} event
 */
export function pixelAt(canvas, { width, height }, event) {
  const box = canvas.getBoundingClientRect();
  const column = Math.floor(((event.clientX - box.left) / box.width) * width);
  const row = Math.floor(((event.clientY - box.top) / box.height) * height);
  return column < 0 || row < 0 || column >= width || row >= height ? -1 : row * width + column;
}
