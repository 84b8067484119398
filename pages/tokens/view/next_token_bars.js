// What could come next: the likeliest tokens with their probabilities by the model, and as they are sampled; the scale is
// the same for all texts.

import { write } from "../../shared/view/controls.js";
import { find, findAll } from "../../shared/view/dom.js";
import { percent, whole } from "../../shared/view/format.js";
import { html, put } from "../../shared/view/html.js";
import { softmax, topIndices } from "../../shared/view/probability.js";
import { samplingProbs } from "./sampling.js";
import { scale } from "./scales.js";

const ROWS = 12;

export class NextTokenBars {
  /**
   * @param {HTMLElement} root
   * @param {import("./vocabulary.js").Vocabulary} vocabulary
   */
  constructor(root, vocabulary) {
    this.root = root;
    this.vocabulary = vocabulary;
    /** @type {number[]} tokens from above */
    this.order = [];
    /** @param {number} i */
    const row = i =>
      html`<button type="button">${i < 9 ? html`<kbd>${i + 1}</kbd>` : html`<span></span>`}<b></b><span class="well scaled"><u></u><i></i></span><s></s></button>`;
    put(
      root,
      html`<div class="scale" aria-hidden="true"><span></span><span></span><span>${scale(100, "%")}</span></div>${Array.from({ length: ROWS }, (_, i) => row(i))}<p class="note"></p>`,
    );
    this.rows = findAll(root, "button", HTMLButtonElement).map(button => ({
      button,
      name: find(button, "b"),
      before: find(button, "u"),
      after: find(button, "i"),
      numbers: find(button, "s"),
    }));
    this.rest = find(root, "p");
  }

  /**
   * Nothing changes while there is no prediction.
   * @param {Float32Array | undefined} logProbs of all tokens
   * @param {import("./sampling.js").SamplingSettings} settings
   * @param {number | undefined} sampled the token that stands there
   * @param {boolean} forced whether the visitor chose it
   */
  show(logProbs, settings, sampled, forced) {
    this.root.classList.toggle("waiting", !logProbs);
    if (!logProbs) return;
    const before = softmax(logProbs),
      after = samplingProbs(logProbs, settings);
    this.order = topIndices(before, ROWS);
    if (sampled !== undefined && !this.order.includes(sampled)) this.order[this.order.length - 1] = sampled;
    let shown = 0;
    this.rows.forEach(({ button, ...row }, at) => {
      const token = this.order[at];
      button.hidden = token === undefined;
      if (button.hidden) return;
      shown += before[token];
      const name = this.vocabulary.name(token),
        [model, sampling] = [percent(before[token]), percent(after[token])];
      const hint = token === sampled ? (forced ? "; forced" : "; sampled") : "; click to force it";
      button.dataset.token = String(token);
      button.classList.toggle("drawn", token === sampled);
      button.classList.toggle("cut", !(after[token] > 0));
      button.title = `${name}: model ${model}, sampling ${sampling}${hint}`;
      write(row.name, name);
      row.before.style.width = `${100 * before[token]}%`;
      row.after.style.width = `${100 * after[token]}%`;
      write(row.numbers, `${model} → ${sampling}`);
    });
    const others = logProbs.length - this.order.length;
    write(this.rest, others > 0 ? `${whole(others)} other tokens: ${percent(Math.max(0, 1 - shown))}` : "");
  }
}
