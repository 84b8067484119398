// @ts-nocheck: no types yet
// The chosen points below the maps: counts by class, and each picture with what the model makes of it.

import { fit, greyPixel, paint } from "../gibbs/draw.js";
import { html, put } from "../shared/html.js";
import { css } from "./colours.js";
import { amount } from "./markup.js";

const SHOWN = 40; // pictures, and as many more at a time

export class Chosen {
  constructor(root, host) {
    this.root = root;
    this.host = host;
    this.most = SHOWN;
    root.addEventListener("pointerover", event => {
      const item = event.target.closest("[data-row]");
      if (item) host.hoverRow(Number(item.dataset.row));
    });
    root.addEventListener("pointerleave", () => host.hoverRow(-1));
    root.addEventListener("focusin", event => {
      const item = event.target.closest("[data-row]");
      if (item) host.hoverRow(Number(item.dataset.row));
    });
    root.addEventListener("click", event => {
      const item = event.target.closest("[data-row]");
      if (item) host.focusOn(Number(item.dataset.row));
    });
  }

  // what is chosen has changed, or a picture has come
  show(rows, focus) {
    const {
      host: { store, classPalette },
    } = this;
    const key = `${rows.length} ${rows[0]} ${rows.at(-1)} ${focus} ${this.most} ${store.query} ${this.host.filming} ${store.size ? "" : rows.slice(0, 200).filter(row => store.words.get(row)).length}`;
    if (key !== this.key) {
      if (rows !== this.rows) this.most = this.rows === undefined || rows.length ? SHOWN : this.most;
      this.key = key;
      this.rows = rows;
      this.build(rows, focus, store, classPalette);
    }
    this.fill();
  }

  build(rows, focus, store, palette) {
    const counts = new Map();
    if (store.labels) for (const row of rows) counts.set(store.labels[row], (counts.get(store.labels[row]) ?? 0) + 1);
    const ordered = [...counts].sort((a, b) => b[1] - a[1]);
    const most = ordered[0]?.[1] ?? 1;
    const mean = rows.length ? rows.reduce((sum, row) => sum + store.errors[row], 0) / rows.length : 0;
    const bars = ordered
      .slice(0, 16)
      .map(
        ([label, n]) =>
          html`<span class="count" title="${n} of ${store.classes[label]}"><i style="width:${Math.max(3, (64 * n) / most)}px;background:${css(palette[label])}"></i><b>${store.classes[label]}</b> ${n.toLocaleString("en")}</span>`,
      );
    this.order = [...rows]
      .sort((a, b) => (a === focus ? -1 : b === focus ? 1 : store.errors[b] - store.errors[a]))
      .slice(0, this.most);
    const items = this.order.map(row => {
      const label = store.labels ? `${store.classes[store.labels[row]]} · ` : "";
      const title = `${label}number ${store.indices[row]}, error ${amount(store.errors[row])}`;
      return html`<button type="button" class="item${row === focus ? " focus" : ""}" data-row="${row}" title="${title}" aria-label="${title}">${store.size ? html`<canvas></canvas><canvas></canvas>` : ""}${store.size ? "" : html`<span class="words">${(store.words.get(row) ?? ["…"]).join(" · ")}</span>`}<small>${store.labels ? store.classes[store.labels[row]] : `#${store.indices[row]}`}</small></button>`;
    });
    const more =
      rows.length > this.order.length
        ? html`<button type="button" data-do="more">${Math.min(SHOWN, rows.length - this.order.length)} more</button>`
        : "";
    put(
      this.root,
      rows.length
        ? html`<header><b>${rows.length.toLocaleString("en")} chosen</b><span class="muted">mean error ${amount(mean)}; the worst first${store.size ? "; below each what comes back from its code" : ""}${this.host.filming ? "; errors and what comes back are the finished model’s" : ""}</span>
         <button type="button" class="end" data-do="clear" title="Choose nothing (escape)">clear</button></header>
         <div class="counts" data-part="counts">${bars}</div><div class="items" data-part="items">${items}${more}</div>`
        : html`<p class="hint">Click a point to see it and its true neighbours. Drag with box or loop (or hold shift or alt) to
         choose many: they light up on every map, and are listed here with what the model makes of them.</p>`,
    );
    store.fetchWords(this.order);
    this.todo = this.order.length ? [...this.root.querySelectorAll("[data-row]")] : [];
    for (let at = 0; at < this.order.length; at += 100) this.host.store.reconstruct(this.order.slice(at, at + 100));
  }

  fill() {
    const { store } = this.host;
    if (!store.size || !this.todo?.length) return;
    const side = 44,
      w = store.width >= store.height ? side : (side * store.width) / store.height;
    this.todo = this.todo.filter(item => {
      const row = Number(item.dataset.row);
      const [above, below] = item.querySelectorAll("canvas");
      const image = store.image(row),
        back = store.back.get(row);
      for (const [canvas, grey] of [
        [above, image],
        [below, back],
      ]) {
        if (canvas.dataset.done) continue;
        fit(canvas, w, (w * store.height) / store.width);
        if (!grey) continue;
        paint(canvas.getContext("2d"), store.width, store.height, greyPixel(grey), 0, 0, canvas.width, canvas.height);
        canvas.dataset.done = "1";
      }
      return !(image && back);
    });
  }

  more() {
    this.most += SHOWN;
    this.show(this.rows, this.host.focus);
  }
}
