// Error against the number of labels, on a scale on which every doubling is as wide.

import { blankCanvas } from "../../shared/view/canvas.js";
import { roomFor } from "../../shared/view/panel.js";

/** @typedef {import("../../shared/view/types.d.ts").Theme} Theme */

/**
 * @typedef {object} ErrorCurve
 * @property {string} colour
 * @property {(number | undefined)[]} errors by number of labels; what is not known yet is left out
 * @property {boolean} [thin]
 */

export const CURVES = ["#8b95a3", "#3b8ede", "#d55e00", "#0fa07a", "#cc79a7", "#b8860b"]; // seen on white and on black
const HEIGHT = 210,
  LEFT = 46,
  RIGHT = 14,
  TOP = 10,
  BOTTOM = 26;
const TICKS = [1, 3, 10, 30, 100, 300];

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Theme} theme
 * @param {ErrorCurve[]} curves
 * @param {number} most labels
 */
export function drawErrors(canvas, theme, curves, most) {
  const width = Math.max(240, roomFor(canvas));
  const context = blankCanvas(canvas, width, HEIGHT);
  const known = curves.flatMap(({ errors }) => errors.filter(error => error !== undefined));
  const high = Math.max(0.1, ...known);
  /** @param {number} count */
  const x = count => LEFT + ((width - LEFT - RIGHT) * Math.log(count)) / Math.log(Math.max(2, most));
  /** @param {number} error */
  const y = error => TOP + (HEIGHT - TOP - BOTTOM) * (1 - error / high);
  context.font = `12px ${theme.font}`;
  context.fillStyle = theme.text;
  context.textAlign = "right";
  for (const share of [0, 0.5, 1]) {
    context.globalAlpha = 0.75;
    context.fillText(`${(100 * share * high).toFixed(0)}%`, LEFT - 6, y(share * high) + 4);
    context.globalAlpha = 0.15;
    context.fillRect(LEFT, y(share * high), width - LEFT - RIGHT, 1);
  }
  context.textAlign = "center";
  context.globalAlpha = 0.75;
  for (const tick of TICKS.filter(tick => tick <= most)) context.fillText(String(tick), x(tick), HEIGHT - 8);
  for (const { colour, errors, thin } of curves) {
    context.globalAlpha = thin ? 0.3 : 1;
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = thin ? 1 : 2.5;
    context.beginPath();
    let last = 0;
    errors.forEach((error, count) => {
      if (error === undefined || count < 1) return;
      if (last) context.lineTo(x(count), y(error));
      else context.moveTo(x(count), y(error));
      last = count;
    });
    context.stroke();
    if (!last || thin) continue;
    context.beginPath();
    context.arc(x(last), y(/** @type {number} */ (errors[last])), 3.5, 0, 7);
    context.fill();
  }
  context.globalAlpha = 1;
}
