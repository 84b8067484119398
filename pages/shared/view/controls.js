// The controls that all players share: icons, buttons, choices, sliders, the play button, tooltips.

import { findAll } from "./dom.js";
import { html } from "./html.js";

/** @typedef {import("./html.js").Html} Html */

/** @type {Record<string, string>} */
const ICONS = {
  back: "M13 4v12l-8-6z",
  box: "M3 3h4v1.7H4.7V7H3zm6 0h3v1.7H9zm4.500 0H17v4h-1.700V4.700H13.500zM3 9h1.700v3H3zm12.300 0H17v3h-1.700zM3 13.300h1.700v2H7V17H3zm6 2h3V17H9zm6.300-2H17V17h-4v-1.700h2.300z",
  broken: "M10 2.6 18.4 17H1.6zm-.9 5v4.6h1.8V7.6zm0 5.7v1.8h1.8v-1.8z",
  check: "M3.5 10.5l1.6-1.7 3.2 3.2 6.6-7 1.6 1.6-8.2 8.7z",
  clock:
    "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zm0 1.8a5.7 5.7 0 1 1 0 11.4 5.7 5.7 0 0 1 0-11.4zM9.2 6v4.6l3.4 2 .8-1.3-2.6-1.5V6z",
  cross: "M5 3.6 10 8.6l5-5L16.4 5l-5 5 5 5-1.4 1.4-5-5-5 5L3.6 15l5-5-5-5z",
  dots: "M3 8.2h3.6v3.6H3zm5.2 0h3.6v3.6H8.2zm5.2 0H17v3.6h-3.6z",
  first: "M4 4h1.8v12H4zm12 0v12l-9-6z",
  fit: "M3 3h5v1.8H4.8V8H3zm9 0h5v5h-1.8V4.8H12zM3 12h1.8v3.2H8V17H3zm12.2 0H17v5h-5v-1.8h3.2z",
  forward: "M7 4v12l8-6z",
  keep: "M4 3h10l3 3v11H4zm3 1.5V8h6V4.5zM6.5 11v4.5h8V11z",
  lasso:
    "M10 3c4.300 0 7.500 2.200 7.500 5.200S14.300 13.500 10 13.500c-.8 0-1.600-.1-2.300-.2.2 1.700-.6 3.200-2.600 4l-.7-1.500c1.200-.5 1.700-1.200 1.500-2.200C3.800 12.400 2.500 10.500 2.500 8.200 2.500 5.200 5.700 3 10 3zm0 1.700c-3.400 0-5.800 1.600-5.800 3.500 0 1.500 1 2.800 2.800 3.300.9.200 1.900.3 3 .3 3.400 0 5.800-1.600 5.800-3.600S13.400 4.700 10 4.700z",
  last: "M14.2 4H16v12h-1.8zM4 4l9 6-9 6z",
  loop: "M6 6h7V4l4 3-4 3V8H6v3H4V8a2 2 0 0 1 2-2zm8 8H7v2l-4-3 4-3v2h7V9h2v3a2 2 0 0 1-2 2z",
  move: "M10 1.6 13 5h-2v4h4V7l3.4 3-3.4 3v-2h-4v4h2l-3 3.4L7 15h2v-4H5v2l-3.4-3L5 7v2h4V5H7z",
  pause: "M5 3.5h4v13H5zm6 0h4v13h-4z",
  play: "M5 3.5v13l11-6.5z",
  restart: "M10 4a6 6 0 1 1-5.7 4.1l1.7.5A4.2 4.2 0 1 0 10 5.8V8L6 4.9 10 2z",
  save: "M9.1 3h1.8v7l2.5-2.5 1.3 1.3L10 13.4 5.3 8.8l1.3-1.3L9.1 10zM4 14h1.8v1.7h8.4V14H16v3.5H4z",
  scales: "M3 15.5h14v1.7H3zM4 9h2.6v5.5H4zm4.7-3.5h2.6v9H8.7zM13.4 2.8H16v11.7h-2.6z",
  stop: "M4.5 4.5h11v11h-11z",
};

/** @param {string} name @returns {Html} */
export const icon = name =>
  html`<svg viewBox="0 0 20 20" aria-hidden="true"><path fill-rule="evenodd" d="${ICONS[name]}"/></svg>`;

/**
 * A button; a click on it is known by its `data-do`.
 * @param {string} name
 * @param {string | Html} label
 * @param {string} title what it does, in a few words
 * @param {string | Html} more further attributes, made by `html`
 * @returns {Html}
 */
export const button = (name, label, title, more = "") =>
  html`<button type="button" data-do="${name}" title="${title}" ${isSpoken(label) ? "" : html`aria-label="${title}"`} ${more}>${label}</button>`;

/** Whether a label says by itself what a control is called, as who speaks to it would call it. @param {string | Html} label */
const isSpoken = label => typeof label === "string" && /\p{L}{2}/u.test(label);

/**
 * One of several values; each option is [value, label, title].
 * @param {string} name
 * @param {[string, string | Html, string][]} options
 * @param {string} label
 * @returns {Html}
 */
export const choice = (name, options, label) =>
  html`<span class="choice" role="group" aria-label="${label}">${options.map(
    ([value, text, title]) =>
      html`<button type="button" data-choice="${name}" value="${value}" title="${title}">${text}</button>`,
  )}</span>`;

/**
 * A slider with its value beside it.
 * @param {string} name
 * @param {string} label
 * @param {number} low
 * @param {number} high
 * @param {number} step
 * @param {string} title
 * @returns {Html}
 */
export const slider = (name, label, low, high, step, title) =>
  html`<label class="slider" title="${title}"><span>${label}</span><input type="range" data-slide="${name}" min="${low}" max="${high}" step="${step}" aria-label="${label}"><output data-out="${name}"></output></label>`;

/**
 * Set an element's text; nothing moves where it is what it was.
 * @param {Element} element
 * @param {string} text
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {string} title @returns {Html} what `setPlaying` turns into a button for a pause */
export const playButton = (title = "Play or pause (space)") =>
  html`<button type="button" class="main play" data-do="play" title="${title}" aria-label="${title}">${icon("play")}${icon("pause")}</button>`;

/** Keys of a panel whose chains play. @param {{ onAction(name: string): void }} panel */
export const samplerKeys = panel => ({
  " ": () => panel.onAction("play"),
  ArrowRight: () => panel.onAction("step"),
  n: () => panel.onAction("restart"),
});

/** Show what the play button would do. @param {Element} root @param {boolean} playing */
export function setPlaying(root, playing) {
  for (const button of findAll(root, '[data-do="play"]')) {
    button.classList.toggle("playing", playing);
    button.dataset.shown = playing ? "pause" : "play";
  }
}

/**
 * Show what is chosen on the buttons of segmented choices.
 * @param {ParentNode} root
 * @param {Record<string, unknown>} values by the names of the choices
 */
export function syncChoices(root, values) {
  for (const option of findAll(root, "button[data-choice]", HTMLButtonElement))
    option.setAttribute("aria-pressed", String(option.value === String(values[option.dataset.choice ?? ""])));
}

/**
 * Show a value on a slider; one that is being moved stays where the hand has it.
 * @param {Element} root
 * @param {string} name
 * @param {number} value
 * @param {string} text the value in words
 * @returns {HTMLInputElement}
 */
export function syncSlider(root, name, value, text) {
  const [input] = findAll(root, `[data-slide="${name}"]`, HTMLInputElement);
  const tree = /** @type {Document | ShadowRoot} */ (root.getRootNode());
  if (tree.activeElement !== input) input.value = String(value);
  for (const output of findAll(root, `[data-out="${name}"]`)) write(output, text);
  return input;
}

/**
 * Put a tooltip beside a place in its box, on the left where there is no room on the right.
 * @param {HTMLElement} tip
 * @param {number} x
 * @param {number} y
 * @param {number} width of the box
 */
export function placeTooltip(tip, x, y, width) {
  const wide = tip.offsetWidth;
  tip.style.left = `${x + 14 + wide > width ? Math.max(0, x - 14 - wide) : x + 14}px`;
  tip.style.top = `${y}px`;
}
