// What the panels of teacher forcing share: the truth against free runs, as curves.

import { drawLineChart, movingAverage } from "./line_chart.js";

export const TRUTH = "#2b8cd4",
  FREE = "#d55e00";

/**
 * Two smoothed curves, from 0 up.
 * @param {HTMLCanvasElement} canvas
 * @param {import("./types.d.ts").Theme} theme
 * @param {ArrayLike<number>} truth what is predicted from the truth
 * @param {ArrayLike<number>} free what is predicted in free runs
 * @param {{ width: number, top?: number, mark?: number, baseline?: ArrayLike<number>, digits?: number, left?: number }}
 *   options `width`: neighbours that are averaged, none of them across the `mark`; `top` of the scale, else what the
 *   curves need; `baseline`: a dashed curve below
 */
export function drawForcing(canvas, theme, truth, free, { width, top, mark, baseline, digits, left }) {
  const [a, b] = [truth, free].map(values => movingAverage(values, width, mark));
  const high = top ?? Math.max(...a, ...b, 0.01) * 1.08;
  const below = baseline
    ? [{ values: movingAverage(baseline, width, mark), colour: theme.text, width: 1, dashes: [3, 3] }]
    : [];
  drawLineChart(
    canvas,
    theme,
    [...below, { values: b, colour: FREE, width: 2 }, { values: a, colour: TRUTH, width: 2 }],
    [0, high],
    { mark, digits: digits ?? (high > 3 ? 0 : high > 0.3 ? 1 : 2), left },
  );
}
