// How the bound rises, pass by pass.

import { blankCanvas } from "../../shared/view/canvas.js";
import { tracePath } from "../../shared/view/line_chart.js";
import { roomFor } from "../../shared/view/panel.js";

/** @typedef {import("../../shared/view/types.d.ts").Theme} Theme */

const HEIGHT = 130,
  LEFT = 52,
  BOTTOM = 20,
  TOP = 10;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Theme} theme
 * @param {number[]} bounds one after each pass
 * @param {number} pass number of the last one
 */
export function drawBounds(canvas, theme, bounds, pass) {
  const width = Math.max(240, roomFor(canvas));
  const context = blankCanvas(canvas, width, HEIGHT);
  context.font = `12px ${theme.font}`;
  context.fillStyle = theme.text;
  if (!bounds.length) return;
  const low = Math.min(...bounds),
    high = Math.max(...bounds);
  const room = Math.max(0.5, high - low);
  /** @param {number} i */
  const x = i => LEFT + ((width - LEFT - 8) * i) / Math.max(20, bounds.length - 1);
  /** @param {number} v */
  const y = v => TOP + (HEIGHT - BOTTOM - TOP) * (1 - (v - low) / room);
  context.textAlign = "right";
  for (const v of [low, low + room]) {
    context.globalAlpha = 0.75;
    context.fillText(v.toFixed(1).replace("-", "−"), LEFT - 6, y(v) + 4);
    context.globalAlpha = 0.15;
    context.fillRect(LEFT, y(v), width - LEFT, 1);
  }
  context.globalAlpha = 0.75;
  context.fillText(`pass ${pass}`, width - 4, HEIGHT - 5);
  context.globalAlpha = 1;
  context.strokeStyle = theme.accent;
  context.lineWidth = 2;
  tracePath(context, bounds, x, y);
  context.stroke();
  context.fillStyle = theme.accent;
  context.beginPath();
  context.arc(x(bounds.length - 1), y(bounds[bounds.length - 1]), 3.5, 0, 7);
  context.fill();
}
