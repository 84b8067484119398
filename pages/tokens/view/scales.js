// Colours of costs, scales of bars.

import { html } from "../../shared/view/html.js";

const MOST = 12; // bits of the deepest colour
const PARTED = 4; // bits of difference of the deepest colour

/** A cost as a colour: nothing has none. @param {number} bits */
export const heat = bits => `color-mix(in srgb, #e8590c ${Math.round(Math.min(1, bits / MOST) * 72)}%, transparent)`;

/**
 * How many bits another model pays more: blue where this one is better, orange where the other is.
 * @param {number} bits
 */
export const contrast = bits =>
  `color-mix(in srgb, ${bits > 0 ? "#2b8cd4" : "#e8590c"} ${Math.round(Math.min(1, Math.abs(bits) / PARTED) * 75)}%, transparent)`;

/**
 * The numbers above bars that end at `most`: at none, each quarter (that has a line in the bars) and all of it.
 * @param {number} most
 * @param {string} unit
 */
export const scale = (most, unit = "") =>
  [0, 1, 2, 3, 4].map(quarter => html`<em style="left:${25 * quarter}%">${(most * quarter) / 4}${unit}</em>`);
