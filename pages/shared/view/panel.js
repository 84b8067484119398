// What panels do to their elements again and again.

import { setPlaying } from "./controls.js";
import { find } from "./dom.js";
import { html } from "./html.js";

/**
 * A select; its changes are known by its `data-pick`.
 * @param {string} name
 * @param {[string | number, string | number][]} options value and text of each
 * @param {string | number} value that is chosen
 * @param {string} label
 */
export const select = (name, options, value, label) =>
  html`<select data-pick="${name}" aria-label="${label}">${options.map(([v, text]) => html`<option value="${v}" ${String(v) === String(value) && html`selected`}>${text}</option>`)}</select>`;

/** A field for the seed. @param {string} name @param {number} value */
export const seedField = (name, value) =>
  html`<input type="number" class="seed" min="0" data-pick="${name}" value="${value}">`;

/** @param {Element} element @returns {number} CSS pixels across that it has room for */
export const roomFor = element => element.parentElement?.clientWidth ?? 0;

/** @param {Element} element whether what is typed goes there */
export function hasFocus(element) {
  const tree = /** @type {Document | ShadowRoot} */ (element.getRootNode());
  return tree.activeElement === element;
}

/**
 * The button with `data-do`.
 * @param {ParentNode} root
 * @param {string} name
 */
export const actionButton = (root, name) => find(root, `[data-do="${name}"]`, HTMLButtonElement);

/**
 * The button that plays and pauses.
 * @param {Element} root
 * @param {boolean} playing
 */
export function showPlaying(root, playing) {
  setPlaying(root, playing);
  actionButton(root, "play").setAttribute("aria-label", playing ? "Pause (space)" : "Play (space)");
}

/**
 * What a link says of a value: nothing where it is the usual one.
 * @param {string | number} value
 * @param {string | number} usual
 */
export const unless = (value, usual) => (value === usual ? "" : String(value));

/** @param {number} value @param {number} by @param {number} high @returns {number} the sum, from 0 to `high` */
export const stepped = (value, by, high) => Math.max(0, Math.min(high, value + by));
