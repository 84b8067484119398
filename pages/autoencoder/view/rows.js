// The examples, and under them one row for each way through a code.

import { write } from "../../shared/view/controls.js";
import { findAll, part } from "../../shared/view/dom.js";
import { fixed } from "../../shared/view/format.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { paintTile, wordsMarkup } from "./tiles.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.d.ts").Column} Column */
/** @typedef {import("./types.d.ts").Row} Row */

const WORDS = 9; // of a document
const GAP = 6,
  LINE = 5; // between rows

export class Rows {
  /** @param {HTMLElement} root @param {string} name what a press on an original does; "" for nothing */
  constructor(root, name = "") {
    this.root = root;
    this.name = name;
    this.built = "";
  }

  /** CSS pixels of a tile and how many there is room for. @param {Model} model */
  room(model) {
    const width = this.root.clientWidth;
    const narrow = width < 560;
    const inner = width - (narrow ? 0 : 150);
    if (model.about.documents) return { side: 0, count: Math.max(1, Math.min(4, Math.floor(inner / 170))) };
    const side = narrow ? 50 : inner < 620 ? 62 : 70;
    return { side, count: Math.max(3, Math.min(narrow ? 6 : 8, Math.floor((inner + GAP) / (side + GAP)))) };
  }

  /**
   * @param {Model} model
   * @param {Column[]} columns
   * @param {Row[]} rows
   * @param {{ pick?: number, residuals?: boolean, originals?: boolean, most?: number }} options `most`: rows that there
   *   may be, for which room is kept
   */
  draw(model, columns, rows, { pick = -1, residuals = false, originals = true, most = rows.length }) {
    const { side, count } = this.room(model);
    const shown = columns.slice(0, count);
    this.build(model, shown.length, rows, originals);
    const high = model.about.documents ? 100 : (side * model.about.height) / model.about.width;
    this.root.style.minHeight = this.root.clientWidth < 560 ? "" : `${(most + Number(originals)) * (high + LINE)}px`;
    const worst = Math.max(...rows.map(({ error }) => (Number.isFinite(error) ? error : 0)), 1e-9);
    if (originals) this.drawOriginals(model, shown, side, pick);
    rows.forEach((row, i) => {
      const line = part(this.root, `row${i}`);
      write(part(line, "size"), row.size ? `${row.size}-D` : "");
      write(part(line, "error"), fixed(row.error, row.error < 100 ? 2 : 0));
      refresh(part(line, "note"), html`${row.note ?? ""}`);
      part(line, "bar").style.width = `${(100 * (Number.isFinite(row.error) ? row.error : 0)) / worst}%`;
      const cells = findAll(line, ".cell");
      shown.forEach((column, j) => {
        const back = row.back(column);
        this.drawCell(cells[j], model, column.x, back, side, residuals);
        cells[j].title =
          `${row.title}: ${model.about.documents ? "perplexity" : "squared error"} ${fixed(model.loss(column.x, back), 2)}`;
      });
    });
  }

  /** @param {Model} model @param {Column[]} shown @param {number} side @param {number} pick */
  drawOriginals(model, shown, side, pick) {
    const cells = findAll(part(this.root, "originals"), ".cell");
    shown.forEach((column, j) => {
      this.drawCell(cells[j], model, column.x, null, side, false);
      cells[j].title = `${column.label}: send it through the network below`;
      cells[j].setAttribute("aria-label", `Original, ${column.label}`);
      cells[j].setAttribute("aria-pressed", String(j === pick));
    });
  }

  /**
   * @param {HTMLElement} cell
   * @param {Model} model
   * @param {Float32Array} x
   * @param {Float32Array | null} back
   * @param {number} side
   * @param {boolean} residual
   */
  drawCell(cell, model, x, back, side, residual) {
    const [canvas] = findAll(cell, "canvas", HTMLCanvasElement);
    if (canvas) paintTile(canvas, model, x, back, side, residual);
    else refresh(cell, wordsMarkup(model, x, back, WORDS));
  }

  /** @param {Model} model @param {number} count @param {Row[]} rows @param {boolean} originals */
  build(model, count, rows, originals) {
    const key = `${model.url} ${count} ${originals} ${rows.map(({ title, colour }) => title + colour).join("|")}`;
    if (key === this.built) return;
    this.built = key;
    const inside = model.about.documents ? html`` : html`<canvas></canvas>`;
    const cells = Array.from({ length: count }, () => html`<span class="cell">${inside}</span>`);
    const picks = Array.from(
      { length: count },
      (_, i) =>
        html`<button type="button" class="cell" data-do="${this.name}" value="${i}" aria-pressed="false">${inside}</button>`,
    );
    this.root.classList.toggle("documents", model.about.documents);
    put(this.root, [
      originals
        ? html`<div class="line" data-part="originals"><div class="head"><b>Original</b></div><div class="cells">${picks}</div></div>`
        : html``,
      ...rows.map(
        ({ title, colour }, i) =>
          html`<div class="line" data-part="row${i}"><div class="head"><span class="name"><i style="background:${colour}"></i><b>${title}</b> <small data-part="size"></small></span><span class="loss"><span class="track"><i data-part="bar" style="background:${colour}"></i></span><output data-part="error"></output></span><span class="muted note" data-part="note"></span></div><div class="cells">${cells}</div></div>`,
      ),
    ]);
  }
}
