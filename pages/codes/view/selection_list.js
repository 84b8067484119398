// The chosen points below the maps: counts by class, and each picture with what the model makes of it.

import { css } from "../../shared/view/colours.js";
import { findAll } from "../../shared/view/dom.js";
import { drawGrey, fitGrey } from "../../shared/view/greys.js";
import { html, put } from "../../shared/view/html.js";
import { countsOf } from "../../shared/view/rows.js";
import { amount } from "./scores.js";

/** @typedef {import("./player.js").CodesView} CodesView */
/** @typedef {import("../../shared/view/html.js").Html} Html */

const AT_ONCE = 40; // pictures, and as many more at a time
const BARS = 16; // classes that are counted
const WIDE = 64; // pixels of the longest bar
const SIDE = 44; // of a picture
const BACK_AT_ONCE = 100; // reconstructions in one question

const HINT = html`<p class="hint">Click a point to see it and its nearest neighbours. Drag a box or lasso (or hold shift or alt) to
         select many: they are highlighted on every map and listed here with their reconstructions.</p>`;

/**
 * The rows in the order in which they are listed: the one that is looked at, then the worst first.
 * @param {number[]} rows
 * @param {number} focus
 * @param {ArrayLike<number>} errors
 */
export const listed = (rows, focus, errors) =>
  [...rows].sort((a, b) => (a === focus ? -1 : b === focus ? 1 : errors[b] - errors[a]));

export class SelectionList {
  /**
   * @param {CodesView} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    this.most = AT_ONCE;
    this.key = ""; // of what is listed
    /** @type {number[] | null} */
    this.rows = null;
    /** @type {HTMLElement[]} whose pictures have not come yet */
    this.todo = [];
    /** @param {(row: number) => void} act @returns {(event: Event) => void} */
    const withRow = act => event => {
      const item = event.target instanceof Element ? event.target.closest("[data-row]") : null;
      if (item instanceof HTMLElement) act(Number(item.dataset.row));
    };
    root.addEventListener(
      "pointerover",
      withRow(row => host.hoverRow(row)),
    );
    root.addEventListener(
      "focusin",
      withRow(row => host.hoverRow(row)),
    );
    root.addEventListener(
      "click",
      withRow(row => host.selector.focusOn(row)),
    );
    root.addEventListener("pointerleave", () => host.hoverRow(-1));
  }

  /** What is chosen has changed, or a picture has come. */
  show() {
    const { points, selection, showsTraining } = this.host;
    const { rows, focus } = selection;
    const near = this.host.spaceNeighbours;
    const told = points.size ? [] : [...rows.slice(0, 200), ...(near ?? [])];
    const known = told.filter(row => points.words.get(row)).length;
    const shown = [rows.length, rows[0], rows.at(-1), focus, this.most, points.query, showsTraining, known];
    const key = [...shown, selection.isolated, near?.length, this.host.spaceWords].join(" ");
    if (key !== this.key) {
      if (rows !== this.rows && rows.length) this.most = AT_ONCE;
      this.key = key;
      this.rows = rows;
      this.build(rows, focus);
    }
    this.drawPictures();
  }

  showMore() {
    this.most += AT_ONCE;
    this.show();
  }

  /** @param {number[]} rows @param {number} focus */
  build(rows, focus) {
    const { points, showsTraining } = this.host;
    const isolated = String(this.host.selection.isolated);
    if (!rows.length) {
      put(this.root, HINT);
      this.todo = [];
      return;
    }
    const order = listed(rows, focus, points.errors).slice(0, this.most);
    const mean = rows.reduce((sum, row) => sum + points.errors[row], 0) / rows.length;
    const items = order.map(row => this.item(row, focus));
    const near = this.host.spaceNeighbours ?? [];
    const more =
      rows.length > order.length
        ? html`<button type="button" data-do="more">${Math.min(AT_ONCE, rows.length - order.length)} more</button>`
        : "";
    put(
      this.root,
      html`<header><b>${rows.length.toLocaleString("en")} selected</b><span class="muted">mean error ${amount(mean)}; largest first${points.size ? "; reconstruction below each image" : ""}${showsTraining ? "; final weights" : ""}</span>
         <span class="group end"><button type="button" data-do="isolate" aria-pressed="${isolated}" title="Hide all other points (I)">only these</button><button type="button" data-do="clear" title="Clear the selection (escape)">clear</button></span></header>
         <div class="counts" data-part="counts">${this.bars(rows)}</div><div class="items" data-part="items">${items}${more}</div>
         ${near.length > 0 && html`<h4>Nearest in ${this.host.spaceWords}</h4><div class="items" data-part="nearest">${near.map(row => this.item(row, focus))}</div>`}`,
    );
    this.todo = findAll(this.root, "[data-row]");
    const listedRows = [...order, ...near];
    points.fetchWords(listedRows);
    for (let at = 0; at < listedRows.length; at += BACK_AT_ONCE)
      points.fetchBack(listedRows.slice(at, at + BACK_AT_ONCE));
  }

  /** @param {number[]} rows @returns {Html[]} */
  bars(rows) {
    const { points, classPalette } = this.host;
    const { labels } = points;
    const counts = labels ? countsOf(rows.map(row => labels[row])) : [];
    return counts.slice(0, BARS).map(({ value: label, count: n }) => {
      const name = points.classes[label];
      const width = Math.max(3, (WIDE * n) / counts[0].count);
      return html`<span class="count" title="${n} of ${name}"><i style="width:${width}px;background:${css(classPalette[label])}"></i><b>${name}</b> ${n.toLocaleString("en")}</span>`;
    });
  }

  /** @param {number} row @param {number} focus @returns {Html} */
  item(row, focus) {
    const { points } = this.host;
    const label = points.labels ? points.classes[points.labels[row]] : "";
    const title = `${label && `${label} · `}number ${points.indices[row]}, error ${amount(points.errors[row])}`;
    const inside = points.size
      ? html`<canvas></canvas><canvas></canvas>`
      : html`<span class="words">${(points.words.get(row) ?? ["…"]).join(" · ")}</span>`;
    return html`<button type="button" class="item${row === focus ? " focus" : ""}" data-row="${row}" title="${title}" aria-label="${title}">${inside}<small>${label || `#${points.indices[row]}`}</small></button>`;
  }

  /** Draw the pictures that have come. */
  drawPictures() {
    const { points } = this.host;
    if (!points.size) return;
    this.todo = this.todo.filter(item => {
      const row = Number(item.dataset.row);
      const canvases = findAll(item, "canvas", HTMLCanvasElement);
      const greys = [points.image(row), points.back.get(row) ?? null];
      for (const [i, canvas] of canvases.entries()) {
        if (canvas.dataset.done) continue;
        fitGrey(canvas, points, SIDE);
        const grey = greys[i];
        if (!grey) continue;
        drawGrey(canvas, grey, points);
        canvas.dataset.done = "1";
      }
      return !greys.every(Boolean);
    });
  }
}
