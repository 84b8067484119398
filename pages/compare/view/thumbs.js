// Examples as small pictures that can be pointed at and chosen.

import { findAll } from "../../shared/view/dom.js";
import { drawGrey, fitGrey } from "../../shared/view/greys.js";
import { html } from "../../shared/view/html.js";

/** @typedef {import("./store.js").Store} Store */

/**
 * A button with an example; `paintThumbs` draws it.
 * @param {Store} store
 * @param {number} row
 * @param {string} [caption] below it
 * @param {string} [more] class
 */
export const thumb = (store, row, caption = "", more = "") =>
  html`<button type="button" class="thumb ${more}" data-do="example" data-row="${row}" value="${row}" title="${store.nameOf(row)}${caption && `: ${caption}`}">${store.size ? html`<canvas></canvas>` : html`<b>${store.nameOf(row)}</b>`}${caption && html`<small>${caption}</small>`}</button>`;

/**
 * Draw the pictures that are here and were not drawn.
 * @param {ParentNode} root
 * @param {Store} store
 * @param {number} side
 */
export function paintThumbs(root, store, side) {
  for (const button of findAll(root, "button[data-row]", HTMLButtonElement)) {
    const canvas = button.querySelector("canvas");
    if (!canvas || button.dataset.painted) continue;
    const grey = store.image(Number(button.dataset.row));
    fitGrey(canvas, store, side);
    if (!grey) continue;
    drawGrey(canvas, grey, store);
    button.dataset.painted = "yes";
  }
}
