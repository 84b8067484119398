// Which earlier samples a prediction sees: layer by layer, from the top down to the samples.

import { blankCanvas } from "../../shared/view/canvas.js";
import { HOVERED, PICKED } from "../../shared/view/colours.js";
import { faded } from "../../shared/view/theme.js";

/** @typedef {import("../../shared/view/types.d.ts").Theme} Theme */
/** @typedef {import("./time_window.js").TimeWindow} TimeWindow */

/**
 * How many samples back each layer's inputs lie that a prediction depends on. The last layer's output is that of the
 * sample before the one that is predicted.
 * @param {number[]} dilations of the layers, from below
 * @param {number[]} muted dilations that are off
 * @returns {number[][]} of the samples, then of the outputs of each layer from below; ascending
 */
export function reachOf(dilations, muted) {
  let offsets = [1];
  const found = [offsets];
  for (const dilation of dilations.toReversed()) {
    if (!muted.includes(dilation)) offsets = withEarlier(offsets, dilation);
    found.push(offsets);
  }
  found.push(withEarlier(offsets, 1)); // the causal convolution over the samples themselves
  return found.toReversed();
}

/** @param {number[]} offsets ascending @param {number} by */
const withEarlier = (offsets, by) => [...new Set([...offsets, ...offsets.map(o => o + by)])].sort((a, b) => a - b);

const FOOT = 8,
  TOP = 8; // CSS pixels
const CLOSE = 0.7; // CSS pixels between two nodes that are told apart

/**
 * Draw the tree of the prediction of sample t.
 * @param {HTMLCanvasElement} canvas
 * @param {Theme} theme
 * @param {{ reach: number[][], dilations: number[], muted: number[], t: number, window: TimeWindow, width: number,
 *   height: number }} what
 */
export function drawTree(canvas, theme, { reach, dilations, muted, t, window, width, height }) {
  const context = blankCanvas(canvas, width, height),
    rows = reach.length;
  /** @param {number} row 0 for the samples */
  const y = row => height - FOOT - (row * (height - FOOT - TOP)) / rows;
  /** @param {number} offset */
  const x = offset => window.x(t - offset + 0.5, width);
  context.strokeStyle = faded(theme.text, 0.12);
  context.beginPath();
  for (let row = 0; row < rows; row++) {
    context.moveTo(0, y(row));
    context.lineTo(width, y(row));
  }
  context.stroke();
  context.strokeStyle = faded(HOVERED, 0.5);
  context.beginPath();
  for (let row = 1; row < rows; row++) {
    const dilation = row === 1 ? 1 : dilations[row - 2];
    let last = Number.NaN;
    for (const offset of reach[row]) {
      if (Math.abs(x(offset) - last) < CLOSE) continue; // it would lie on the one before
      last = x(offset);
      for (const by of row > 1 && muted.includes(dilation) ? [0] : [0, dilation]) {
        if (offset + by > t) continue; // before the beginning
        const [a, b] = [x(offset), x(offset + by)];
        if (Math.max(a, b) < 0 || Math.min(a, b) > width) continue;
        context.moveTo(a, y(row));
        context.lineTo(b, y(row - 1));
      }
    }
  }
  context.stroke();
  const dot = Math.max(1.2, Math.min(3, (0.3 * height) / rows, (0.35 * width) / window.span));
  context.fillStyle = PICKED;
  reach.forEach((offsets, row) => {
    for (const offset of offsets) {
      const place = x(offset);
      if (offset <= t && place >= 0 && place <= width) context.fillRect(place - dot, y(row) - dot, 2 * dot, 2 * dot);
    }
  });
  const place = x(0);
  context.beginPath();
  context.moveTo(x(1), y(rows - 1));
  context.lineTo(place, y(rows));
  context.strokeStyle = PICKED;
  context.stroke();
  context.beginPath();
  context.arc(place, y(rows), 3.5, 0, 7);
  context.fill();
  context.setTransform(1, 0, 0, 1, 0, 0);
}
