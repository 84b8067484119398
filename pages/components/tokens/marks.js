// @ts-nocheck: no types yet
// How numbers look: a cost as a colour, a probability in words, the scale above bars.

import { html } from "../shared/html.js";

// what costs nothing has no colour, twelve bits are the deepest
export const heat = bits => `color-mix(in srgb, #e8590c ${Math.round(Math.min(1, bits / 12) * 72)}%, transparent)`;

export const percent = p =>
  p >= 0.1 ? `${(100 * p).toFixed(0)}%` : p >= 0.001 ? `${(100 * p).toFixed(1)}%` : p > 0 ? "<0.1%" : "0%";

export const signed = (x, digits = 1) => x.toFixed(digits).replace(/^-/, "−");

/**
 * The numbers above bars that end at `most`: at none, each quarter (that has a line in the bars) and all of it.
 * @param {number} most
 * @param {string} unit
 */
export const scale = (most, unit = "") =>
  [0, 1, 2, 3, 4].map(quarter => html`<em style="left:${25 * quarter}%">${(most * quarter) / 4}${unit}</em>`);
