// Curves over a common axis: what the model says of place after place.

import { blankCanvas } from "./canvas.js";

/** @typedef {import("./types.d.ts").Theme} Theme */

/**
 * Means over neighbours, fewer at the ends, none of them from the other side of place t.
 * @param {ArrayLike<number>} values
 * @param {number} width neighbours
 * @param {number} t
 * @returns {number[]}
 */
export function movingAverage(values, width, t = 0) {
  const half = Math.floor(width / 2);
  return Array.from(values, (_, i) => {
    const low = Math.max(i < t ? 0 : t, i - half),
      high = Math.min(i < t ? t : values.length, i + half + 1);
    let sum = 0;
    for (let j = low; j < high; j++) sum += values[j];
    return sum / (high - low);
  });
}

const HEIGHT = 150,
  BOTTOM = 20,
  TOP = 8,
  RIGHT = 6;

/**
 * A curve of a chart.
 * @typedef {object} Curve
 * @property {ArrayLike<number>} values one a place
 * @property {string} colour
 * @property {number} width of the line
 * @property {number[]} [dashes]
 */

/**
 * Draw curves as wide as what is around the canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {Theme} theme
 * @param {Curve[]} curves the last on top
 * @param {[number, number]} range of the values
 * @param {{mark?: number, digits?: number, left?: number}} [options] a dashed line down at place `mark`; room for
 *   numbers of so many `digits` at the `left`
 */
export function drawLineChart(canvas, theme, curves, [low, high], { mark, digits = 1, left = 34 } = {}) {
  const width = Math.max(200, canvas.parentElement?.clientWidth ?? 0);
  const context = blankCanvas(canvas, width, HEIGHT);
  const n = curves[0].values.length;
  /** @param {number} i */
  const x = i => left + ((width - left - RIGHT) * i) / Math.max(1, n - 1);
  /** @param {number} v */
  const y = v => TOP + (HEIGHT - BOTTOM - TOP) * (1 - (v - low) / (high - low));
  context.font = `12px ${theme.font}`;
  context.fillStyle = theme.text;
  context.textAlign = "right";
  for (const v of [low, (low + high) / 2, high]) {
    context.globalAlpha = 0.7;
    context.fillText(v.toFixed(digits), left - 5, y(v) + 4);
    context.globalAlpha = 0.15;
    context.fillRect(left, y(v), width - left, 1);
  }
  context.globalAlpha = 0.7;
  context.fillText(`position ${n}`, width - 4, HEIGHT - 5);
  context.textAlign = "left";
  context.fillText("position 1", left, HEIGHT - 5);
  if (mark !== undefined) {
    context.globalAlpha = 0.5;
    context.strokeStyle = theme.text;
    context.lineWidth = 1;
    context.setLineDash([4, 3]);
    context.beginPath();
    context.moveTo(x(mark), TOP);
    context.lineTo(x(mark), HEIGHT - BOTTOM);
    context.stroke();
  }
  context.globalAlpha = 1;
  for (const { values, colour, width: lineWidth, dashes = [] } of curves) {
    context.strokeStyle = colour;
    context.lineWidth = lineWidth;
    context.setLineDash(dashes);
    tracePath(context, values, x, y);
    context.stroke();
  }
  context.setLineDash([]);
  context.setTransform(1, 0, 0, 1, 0, 0);
}

/**
 * A path from value to value.
 * @param {CanvasRenderingContext2D} context
 * @param {ArrayLike<number>} values
 * @param {(i: number) => number} x
 * @param {(value: number) => number} y
 */
export function tracePath(context, values, x, y) {
  context.beginPath();
  for (let i = 0; i < values.length; i++)
    if (i) context.lineTo(x(i), y(values[i]));
    else context.moveTo(x(i), y(values[i]));
}
