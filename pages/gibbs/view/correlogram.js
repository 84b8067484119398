// Autocorrelation by lag, a curve for each sampler that runs.

import { blankCanvas } from "../../shared/view/canvas.js";
import { tracePath } from "../../shared/view/line_chart.js";
import { FEWEST_CHAINS } from "./mixing.js";

/**
 * @typedef {import("./types.d.ts").Mixing} Mixing
 * @typedef {import("./types.d.ts").Sampler} Sampler
 * @typedef {import("../../shared/view/types.d.ts").Theme} Theme
 * @typedef {{sampler: Sampler, mixing: Mixing | null}} Measured
 */

/** @type {Record<Sampler, string>} seen on light and on dark ground */
export const CURVES = { gibbs: "#3b86d8", cd: "#d55e00", pt: "#009e73" };
const HEIGHT = 96,
  LEFT = 34,
  BOTTOM = 16;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Measured[]} measured
 * @param {number} sweeps Gibbs steps from one lag to the next
 * @param {number} width
 * @param {Theme} theme
 */
export function drawCorrelogram(canvas, measured, sweeps, width, theme) {
  const context = blankCanvas(canvas, width, HEIGHT);
  const lags = Math.max(10, ...measured.map(({ mixing }) => (mixing ? mixing.rho.length - 1 : 0)));
  /** @param {number} k */
  const x = k => LEFT + ((width - LEFT - 8) * k) / lags;
  /** @param {number} value */
  const y = value => 6 + ((HEIGHT - BOTTOM - 12) * (1 - Math.min(1, Math.max(-0.1, value)))) / 1.1;
  context.fillStyle = theme.panel;
  context.fillRect(LEFT, 0, width - LEFT - 8, HEIGHT - BOTTOM);
  context.fillStyle = theme.text;
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const value of [0, 0.5, 1]) {
    context.globalAlpha = 1;
    context.fillText(String(value), LEFT - 5, y(value));
    context.globalAlpha = value ? 0.12 : 0.4;
    context.fillRect(LEFT, y(value), width - LEFT - 8, 1);
  }
  context.globalAlpha = 1;
  context.textBaseline = "bottom";
  context.textAlign = "left";
  context.fillText("0", LEFT, HEIGHT);
  context.textAlign = "right";
  context.fillText(`lag ${(lags * sweeps).toLocaleString("en")} Gibbs steps`, width - 8, HEIGHT);
  context.lineWidth = 2;
  for (const { sampler, mixing } of measured) {
    if (!mixing) continue;
    context.strokeStyle = CURVES[sampler];
    tracePath(context, mixing.rho, x, y);
    context.stroke();
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
}

/** @type {Record<Sampler, string>} */
const NAMES = { gibbs: "Gibbs", cd: "CD", pt: "tempering" };

/**
 * The integrated autocorrelation time in words, or why there is none.
 * @param {Measured} measured
 * @param {number} chains
 * @param {number} cd steps after which CD restarts
 * @param {boolean} named whether to say which sampler it is
 */
export function mixingText({ sampler, mixing }, chains, cd, named) {
  const name = named ? `${NAMES[sampler]} ` : "";
  if (chains < FEWEST_CHAINS) return `${name}needs at least ${FEWEST_CHAINS} chains`;
  if (!mixing) return `${name}${sampler === "cd" && cd < 2 ? "restarts at every step" : "needs more frames"}`;
  if (sampler === "cd") return `${name}restarts every ${cd} steps`;
  const { time, closed } = mixing;
  const steps = time < 10 ? time.toFixed(1) : Math.round(time).toLocaleString("en");
  return closed ? `${name}τ ≈ ${steps} Gibbs steps` : `${name}τ > ${steps} Gibbs steps (needs more frames)`;
}
