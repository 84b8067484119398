// Small pictures side by side on one canvas, as large as their box allows.

import { fit, greyPixel, paint, pixelRatio } from "../../shared/view/canvas.js";
import { context2d } from "../../shared/view/dom.js";

/** @typedef {import("../../shared/view/types.d.ts").PixelPainter} PixelPainter */
/** @typedef {import("./types.d.ts").ImageSize} ImageSize */

const GAP = 3;

/** CSS pixels that a canvas may fill. @param {HTMLCanvasElement} canvas @returns {ImageSize} */
export function boxOf({ parentElement: box }) {
  return { width: box?.clientWidth ?? 0, height: box?.clientHeight ?? 0 };
}

/**
 * Draw pictures in rows of `columns`, whole pixels of the screen for each of theirs where there is room for that.
 * @param {HTMLCanvasElement} canvas
 * @param {(ArrayLike<number> | PixelPainter)[]} pictures greys, or what paints a pixel
 * @param {ImageSize} size of each
 * @param {number} columns
 * @param {number} [marked] the picture that has a frame
 * @param {string} [colour] of the frame
 */
export function drawPictures(canvas, pictures, { width: w, height: h }, columns, marked = -1, colour = "") {
  const box = boxOf(canvas);
  const rows = Math.ceil(pictures.length / columns);
  const ratio = pixelRatio();
  const room = Math.min(
    (box.width * ratio - GAP * (columns - 1)) / (columns * w),
    (box.height * ratio - GAP * (rows - 1)) / (rows * h),
  );
  if (room <= 0) return;
  const scale = room >= 3 ? Math.floor(room) : room; // smaller ones would leave too much of the box empty
  fit(canvas, (columns * (w * scale + GAP) - GAP) / ratio, (rows * (h * scale + GAP) - GAP) / ratio);
  const context = context2d(canvas);
  context.clearRect(0, 0, canvas.width, canvas.height);
  for (const [i, picture] of pictures.entries()) {
    const x = (i % columns) * (w * scale + GAP);
    const y = Math.floor(i / columns) * (h * scale + GAP);
    paint(context, w, h, typeof picture === "function" ? picture : greyPixel(picture), x, y, w * scale, h * scale);
    if (i !== marked) continue;
    context.strokeStyle = colour;
    context.lineWidth = 2 * ratio;
    context.strokeRect(x, y, w * scale, h * scale);
  }
}

/** @param {ArrayLike<number>} data of many pictures @param {number} i @param {number} d numbers of each */
export const pictureAt = (data, i, d) => /** @type {Uint8Array} */ (data).subarray(i * d, (i + 1) * d);
