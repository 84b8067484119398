// @ts-nocheck: no types yet
// One prediction as bars, before (outlined) and after temperature (filled); a bar can be chosen.

import { write } from "../shared/controls.js";
import { html, put } from "../shared/html.js";

export class Bars {
  constructor(element, { levels }) {
    const shade = v => Math.round((255 * v) / (levels - 1));
    element.classList.toggle("many", levels > 4);
    put(
      element,
      Array.from(
        { length: levels },
        (_, v) =>
          html`<button type="button" data-do="bar" value="${v}" aria-label="Value ${v}"><b></b><span class="well"><i></i><u></u></span><s style="background: rgb(${shade(v)} ${shade(v)} ${shade(v)})"></s></button>`,
      ),
    );
    this.bars = [...element.children].map(button => ({
      button,
      text: button.querySelector("b"),
      filled: button.querySelector("i"),
      line: button.querySelector("u"),
    }));
  }

  // probabilities before and after temperature, null where there are none; the value that was sampled, -1 for none
  draw(before, after, drawn, free) {
    const top = Math.max(0.0001, ...(before ?? []), ...(after ?? []));
    const best = this.bars.length > 4 ? top : 1;
    this.bars.forEach(({ button, text, filled, line }, v) => {
      filled.style.height = `${after ? (100 * after[v]) / best : 0}%`;
      line.style.height = `${before ? (100 * before[v]) / best : 0}%`;
      button.classList.toggle("drawn", v === drawn);
      button.disabled = !free;
      const p = after ? after[v] : 0;
      write(text, this.bars.length <= 4 ? (after ? percent(p) : "") : v === drawn && after ? percent(p) : "");
      const what = after
        ? `${v}: ${percent(before[v])}${before[v] === after[v] ? "" : `, ${percent(p)} after temperature`}`
        : `${v}`;
      button.title = v === drawn ? `${what}. This value was sampled.` : `${what}. Choose it to resample what follows.`;
    });
  }
}

const percent = p => (p > 0.995 && p < 1 ? ">99%" : p < 0.005 && p > 0 ? "<1%" : `${Math.round(100 * p)}%`);
