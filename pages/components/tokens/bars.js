// @ts-nocheck: no types yet
// What could come next: the likeliest tokens with their probabilities by the model, and as they are drawn from; the scale is the same for all texts.

import { write } from "../shared/controls.js";
import { html, put } from "../shared/html.js";
import { chosen, likeliest, softmax } from "./choice.js";
import { percent, scale } from "./marks.js";

const ROWS = 12;

export class Bars {
  constructor(root, lexicon) {
    Object.assign(this, { root, lexicon, order: [] });
    const row = i =>
      html`<button type="button">${i < 9 ? html`<kbd>${i + 1}</kbd>` : html`<span></span>`}<b></b><span class="well scaled"><u></u><i></i></span><s></s></button>`;
    put(
      root,
      html`<div class="scale" aria-hidden="true"><span></span><span></span><span>${scale(100, "%")}</span></div>${Array.from({ length: ROWS }, (_, i) => row(i))}<p class="note"></p>`,
    );
    this.rows = [...root.querySelectorAll("button")].map(row => ({
      row,
      name: row.querySelector("b"),
      told: row.querySelector("u"),
      left: row.querySelector("i"),
      says: row.querySelector("s"),
    }));
    this.rest = root.querySelector("p");
  }

  // log p of all tokens, the token that stands there; nothing is shown while nothing is told
  show(told, choice, drawn, forced) {
    this.root.classList.toggle("waiting", !told);
    if (!told) return;
    const before = softmax(told),
      after = chosen(told, choice);
    this.order = likeliest(before, ROWS);
    if (drawn !== undefined && !this.order.includes(drawn)) this.order[this.order.length - 1] = drawn;
    let shown = 0;
    this.rows.forEach(({ row, name, told: u, left: i, says }, at) => {
      const token = this.order[at];
      row.hidden = token === undefined;
      if (row.hidden) return;
      shown += before[token];
      row.dataset.token = token;
      row.classList.toggle("drawn", token === drawn);
      row.classList.toggle("cut", !(after[token] > 0));
      row.title = `${this.lexicon.name(token)}: model ${percent(before[token])}, sampling ${percent(after[token])}${token === drawn ? (forced ? "; you chose it" : "; drawn") : "; click to take it"}`;
      write(name, this.lexicon.name(token));
      u.style.width = `${100 * before[token]}%`;
      i.style.width = `${100 * after[token]}%`;
      write(says, `${percent(before[token])} → ${percent(after[token])}`);
    });
    const others = told.length - this.order.length;
    write(
      this.rest,
      others > 0 ? `${others.toLocaleString("en")} others: ${percent(Math.max(0, 1 - shown))} together` : "",
    );
  }
}
