// One prediction as bars, before (outlined) and after temperature (filled); a bar can be chosen.

import { write } from "../../shared/view/controls.js";
import { find, findAll } from "../../shared/view/dom.js";
import { wholePercent } from "../../shared/view/format.js";
import { html, put } from "../../shared/view/html.js";

const FEW = 4; // levels whose bars have numbers

export class PredictionBars {
  /**
   * @param {HTMLElement} element
   * @param {{ levels: number }} model
   */
  constructor(element, { levels }) {
    /** @param {number} level */
    const shade = level => Math.round((255 * level) / (levels - 1));
    element.classList.toggle("many", levels > FEW);
    put(
      element,
      Array.from(
        { length: levels },
        (_, v) =>
          html`<button type="button" data-do="bar" value="${v}" aria-label="Value ${v}"><b></b><span class="well"><i></i><u></u></span><s style="background: rgb(${shade(v)} ${shade(v)} ${shade(v)})"></s></button>`,
      ),
    );
    this.bars = findAll(element, "button", HTMLButtonElement).map(button => ({
      button,
      text: find(button, "b"),
      filled: find(button, "i"),
      line: find(button, "u"),
    }));
  }

  /**
   * @param {Float64Array | null} before probabilities of the model, null where there are none
   * @param {Float64Array | null} after the same after temperature
   * @param {number} sampled value, -1 for none
   * @param {boolean} free whether another value can be chosen
   */
  draw(before, after, sampled, free) {
    const few = this.bars.length <= FEW,
      top = few ? 1 : Math.max(0.0001, ...(before ?? []), ...(after ?? []));
    this.bars.forEach(({ button, text, filled, line }, v) => {
      filled.style.height = `${after ? (100 * after[v]) / top : 0}%`;
      line.style.height = `${before ? (100 * before[v]) / top : 0}%`;
      button.classList.toggle("drawn", v === sampled);
      button.disabled = !free;
      write(text, after && (few || v === sampled) ? wholePercent(after[v]) : "");
      let what = String(v);
      if (before && after) what += `: ${wholePercent(before[v])}`;
      if (before && after && before[v] !== after[v]) what += `, ${wholePercent(after[v])} after temperature`;
      button.title = v === sampled ? `${what}. Sampled value.` : `${what}. Click to set it and resample what follows.`;
    });
  }
}
