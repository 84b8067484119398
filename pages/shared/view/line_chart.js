// Curves over a common axis: what the model says of place after place, or what it has learned epoch after epoch.

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

const BOTTOM = 20,
  TOP = 8,
  RIGHT = 6;

/**
 * A curve of a chart.
 * @typedef {object} Curve
 * @property {ArrayLike<number>} values one a place, from the first on
 * @property {string} colour
 * @property {number} width of the line
 * @property {number[]} [dashes]
 * @property {number} [ring] the index of a place that is marked on it
 */

/**
 * @typedef {object} ChartOptions
 * @property {number} [mark] place of a dashed line down
 * @property {number} [digits] of the numbers at the left
 * @property {number} [left] room for them, CSS pixels
 * @property {(value: number) => string} [label] such a number in words
 * @property {string} [axis] what a place is called
 * @property {number} [first] the number of the first place
 * @property {number} [n] places, else as many as the first curve has
 * @property {number} [height] CSS pixels
 */

/**
 * Draw curves as wide as what is around the canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {Theme} theme
 * @param {Curve[]} curves the last on top
 * @param {[number, number]} range of the values
 * @param {ChartOptions} [options]
 */
export function drawLineChart(canvas, theme, curves, [low, high], options = {}) {
  const { mark, digits = 1, left = 34, label = v => v.toFixed(digits) } = options;
  const { axis = "position", first = 1, n = curves[0].values.length, height = 150 } = options;
  const width = Math.max(200, canvas.parentElement?.clientWidth ?? 0);
  const context = blankCanvas(canvas, width, height);
  /** @param {number} i */
  const x = i => left + ((width - left - RIGHT) * i) / Math.max(1, n - 1);
  /** @param {number} v */
  const y = v => TOP + (height - BOTTOM - TOP) * (1 - (v - low) / (high - low));
  context.font = `12px ${theme.font}`;
  context.fillStyle = theme.text;
  context.textAlign = "right";
  for (const v of [low, (low + high) / 2, high]) {
    context.globalAlpha = 0.7;
    context.fillText(label(v), left - 5, y(v) + 4);
    context.globalAlpha = 0.15;
    context.fillRect(left, y(v), width - left, 1);
  }
  context.globalAlpha = 0.7;
  context.fillText(`${axis} ${first + n - 1}`, width - 4, height - 5);
  context.textAlign = "left";
  context.fillText(`${axis} ${first}`, left, height - 5);
  if (mark !== undefined) {
    context.globalAlpha = 0.5;
    context.strokeStyle = theme.text;
    context.lineWidth = 1;
    context.setLineDash([4, 3]);
    context.beginPath();
    context.moveTo(x(mark), TOP);
    context.lineTo(x(mark), height - BOTTOM);
    context.stroke();
  }
  context.globalAlpha = 1;
  for (const { values, colour, width: lineWidth, dashes = [], ring } of curves) {
    context.strokeStyle = colour;
    context.lineWidth = lineWidth;
    context.setLineDash(dashes);
    tracePath(context, values, x, y);
    context.stroke();
    if (ring === undefined) continue;
    context.setLineDash([]);
    context.beginPath();
    context.arc(x(ring), y(values[ring]), 5, 0, 7);
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
