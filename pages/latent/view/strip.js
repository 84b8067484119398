// A row of pictures on one canvas.

import { fit, greyPixel, paint } from "../../shared/view/canvas.js";
import { context2d } from "../../shared/view/dom.js";

const MOST = 62; // pixels of a picture's longer side

/**
 * Draw pictures side by side; whether all were there.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width of the canvas on the page
 * @param {{ width: number, height: number }} image
 * @param {(import("./model.js").Greys | null)[]} pictures null while they are on their way
 */
export function drawStrip(canvas, width, image, pictures) {
  const cell = width / pictures.length;
  const scale = Math.min(cell - 3, MOST) / Math.max(image.width, image.height);
  fit(canvas, width, image.height * scale);
  const ratio = canvas.width / width;
  const w = image.width * scale * ratio;
  const context = context2d(canvas);
  context.clearRect(0, 0, canvas.width, canvas.height);
  pictures.forEach((grey, i) => {
    if (grey)
      paint(context, image.width, image.height, greyPixel(grey), (i + 0.5) * cell * ratio - w / 2, 0, w, canvas.height);
  });
  return pictures.every(Boolean);
}
