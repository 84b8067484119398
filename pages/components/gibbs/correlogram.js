// @ts-nocheck: no types yet
// Autocorrelation by lag, a curve for each sampler that runs.

import { fit } from "./draw.js";

export const CURVES = { gibbs: "#3b86d8", cd: "#d55e00", pt: "#009e73" }; // seen on light and on dark ground
const HEIGHT = 96,
  LEFT = 34,
  BOTTOM = 16;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{sampler: string, rho: Float64Array | null}[]} lanes
 * @param {number} sweeps Gibbs steps from one lag to the next
 * @param {number} width
 * @param {{text: string, panel: string}} colours
 */
export function drawCorrelogram(canvas, lanes, sweeps, width, colours) {
  fit(canvas, width, HEIGHT);
  const context = canvas.getContext("2d"),
    ratio = window.devicePixelRatio || 1;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, HEIGHT);
  const lags = Math.max(10, ...lanes.map(({ rho }) => (rho ? rho.length - 1 : 0)));
  const x = k => LEFT + ((width - LEFT - 8) * k) / lags;
  const y = value => 6 + ((HEIGHT - BOTTOM - 12) * (1 - Math.min(1, Math.max(-0.1, value)))) / 1.1;
  context.fillStyle = colours.panel;
  context.fillRect(LEFT, 0, width - LEFT - 8, HEIGHT - BOTTOM);
  context.fillStyle = colours.text;
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
  context.fillText(`${(lags * sweeps).toLocaleString("en")} Gibbs steps apart`, width - 8, HEIGHT);
  context.lineWidth = 2;
  for (const { sampler, rho } of lanes) {
    if (!rho) continue;
    context.strokeStyle = CURVES[sampler];
    context.beginPath();
    rho.forEach((value, k) => (k ? context.lineTo(x(k), y(value)) : context.moveTo(x(k), y(value))));
    context.stroke();
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
}
