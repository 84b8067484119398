// What could come next: the likeliest tokens with their probabilities as told, and as they are drawn from.

import { write } from "../latent/markup.js";
import { chosen, likeliest, softmax } from "./choice.js";
import { percent } from "./marks.js";

const ROWS = 12;

export class Bars {
  constructor(root, lexicon) {
    Object.assign(this, { root, lexicon, order: [] });
    root.innerHTML = Array.from({ length: ROWS }, (_, i) => `<button type="button">${i < 9 ? `<kbd>${i + 1}</kbd>` : "<span></span>"}<b></b><span class="well"><u></u><i></i></span><s></s></button>`).join("") + `<p class="note"></p>`;
    this.rows = [...root.querySelectorAll("button")].map((row) => ({ row, name: row.querySelector("b"), told: row.querySelector("u"), left: row.querySelector("i"), says: row.querySelector("s") }));
    this.rest = root.querySelector("p");
  }

  // log p of all tokens, the token that stands there; nothing is shown while nothing is told
  show(told, choice, drawn, forced) {
    this.root.classList.toggle("waiting", !told);
    if (!told) return;
    const before = softmax(told), after = chosen(told, choice);
    this.order = likeliest(before, ROWS);
    if (drawn !== undefined && !this.order.includes(drawn)) this.order[this.order.length - 1] = drawn;
    const most = Math.max(...this.order.map((token) => Math.max(before[token], after[token])), 1e-9);
    let shown = 0;
    this.rows.forEach(({ row, name, told: u, left: i, says }, at) => {
      const token = this.order[at];
      row.hidden = token === undefined;
      if (row.hidden) return;
      shown += before[token];
      row.dataset.token = token;
      row.classList.toggle("drawn", token === drawn);
      row.classList.toggle("cut", !(after[token] > 0));
      row.title = `${this.lexicon.name(token)}: told ${percent(before[token])}, drawn with ${percent(after[token])}${token === drawn ? (forced ? "; you chose it" : "; drawn") : "; click to take it"}`;
      write(name, this.lexicon.name(token));
      u.style.width = `${(100 * before[token]) / most}%`;
      i.style.width = `${(100 * after[token]) / most}%`;
      write(says, `${percent(before[token])} → ${percent(after[token])}`);
    });
    const others = told.length - this.order.length;
    write(this.rest, others > 0 ? `${others.toLocaleString("en")} others: ${percent(Math.max(0, 1 - shown))} together` : "");
  }
}
