// The classes as chips that hide and show, and how much is chosen.

import { css } from "../../shared/view/colours.js";
import { icon } from "../../shared/view/controls.js";
import { whole } from "../../shared/view/format.js";
import { html } from "../../shared/view/html.js";

/** @typedef {import("../../shared/view/types.d.ts").Rgb} Rgb */
/** @typedef {import("./selection.js").Selection} Selection */
/** @typedef {import("./store.js").Store} Store */

/** @param {Store} store @param {Selection} selection @param {Rgb[]} palette */
export function legendMarkup({ classes }, selection, palette) {
  return classes.flatMap((name, c) => {
    if (!selection.counts[c]) return [];
    const off = selection.hidden.has(c);
    return html`<button type="button" class="chip${off ? " off" : ""}" data-class="${c}" aria-pressed="${!off}" title="${name}: click to ${off ? "show" : "hide"}, double-click to isolate"><i style="background:${css(palette[c])}"></i>${name}</button>`;
  });
}

/** @param {Store} store @param {Selection} selection */
export function pickedMarkup({ n, split }, { rows }) {
  if (!rows.length) return html`${whole(n)} ${split === "test" ? "test" : "training"} examples`;
  return html`${whole(rows.length)} of ${whole(n)} chosen <button type="button" class="quiet clear" data-do="clear" title="Choose none (Esc)">${icon("cross")}</button>`;
}
