// Teacher forcing: the next token predicted from the truth, against running freely from the same start; judged by the
// model itself and by others.

import { messageOf, post, stream } from "../../shared/view/api.js";
import { button, choice, syncSlider, write } from "../../shared/view/controls.js";
import { find, part } from "../../shared/view/dom.js";
import { drawForcing, FREE, TRUTH } from "../../shared/view/forcing.js";
import { percent, withSign } from "../../shared/view/format.js";
import { html, put } from "../../shared/view/html.js";
import { LatestRequest } from "../../shared/view/latest_request.js";
import { stepped } from "../../shared/view/panel.js";
import { toBits } from "../../shared/view/probability.js";
import { commonPrefix, conclusion, equalTokens, matches } from "./exposure_bias.js";

const MOST = 256; // tokens given
const SHOWN = 60, // of those, how many are shown beside the truth
  SHOWN_FREE = 24; // and in front of a free run
const ENDS = 25; // places at both ends that the table tells apart: as the route has it
const WIDE = 9; // places that curves are smoothed over
const PATIENCE = 400; // milliseconds before the slow part is asked for

/** @typedef {import("../../shared/view/types.d.ts").Message} Message */
/** @typedef {import("./exposure_bias.js").Drift} Drift */
/** @typedef {import("./exposure_bias.js").Judgement} Judgement */
/** @typedef {import("./player.js").TokenPlayer} TokenPlayer */
/** @typedef {{ first: number, seed: number, pick: string }} DriftQuestion */
/** @typedef {DriftQuestion & { stretch: number }} RunQuestion */

/** The arrays of a message. @param {Message["planes"]} planes @returns {Record<string, any>} */
const arrays = planes => Object.fromEntries(Object.entries(planes).map(([name, { data }]) => [name, data]));

export class Forcing {
  static name = "forcing";
  static title = "Teacher forcing";
  static hint = "Predict from true tokens, or from the model's own samples";

  /**
   * @param {TokenPlayer} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    const { state } = host;
    this.host = host;
    this.root = root;
    /** @type {Drift | null} over all stretches */
    this.drift = null;
    /** @type {Judgement[]} the model's own first, then the best of the others */
    this.judges = [];
    this.wanted = ""; // the judge that was clicked
    this.stretches = 0; // of the test text, once that is known
    this.asked = ""; // the question that `drift` answers, or will
    this.destroyed = false;
    this.request = new AbortController();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    put(root, markup());
    state.first = Math.min(state.first, MOST);
    /** @type {LatestRequest<RunQuestion, Message>} */
    this.runs = new LatestRequest(
      question => post(`${host.modelUrl}/runs`, question),
      answer => this.onRuns(answer),
      error => host.showError(messageOf(error)),
    );
    this.slider();
    this.ask();
  }

  destroy() {
    this.destroyed = true;
    this.runs.close();
    this.request.abort();
    clearTimeout(this.timer);
  }

  // -- what is asked ------------------------------------------------------------------------------

  ask() {
    const { first, tries, stretch, pick } = this.host.state,
      question = { first, seed: tries, pick };
    this.runs.request({ ...question, stretch });
    const asked = JSON.stringify(question);
    if (asked === this.asked) return; // another stretch is one of those that were measured
    this.asked = asked;
    this.request.abort();
    clearTimeout(this.timer);
    this.root.classList.add("measuring"); // what stands there is of another question
    this.timer = setTimeout(() => this.measure(question), this.drift ? PATIENCE : 0);
  }

  /** @param {DriftQuestion} question */
  async measure(question) {
    const { host, root } = this;
    this.request = new AbortController();
    const { signal } = this.request;
    write(part(root, "measured"), "Measuring …");
    /** @type {Drift | null} */
    let drift = null;
    try {
      for await (const { header, planes } of stream(`${host.modelUrl}/drift`, question, {}, signal)) {
        if (signal.aborted || this.destroyed) return;
        const answer = { ...header, curves: arrays(planes) };
        if (drift) this.judges.push(answer);
        else {
          drift = answer;
          this.drift = drift;
          this.judges = [];
          root.classList.remove("measuring");
        }
        this.table();
        host.requestFrame();
      }
      if (drift && this.judges.length)
        write(part(root, "measured"), conclusion(drift, this.judges, host.state.pick === "greedy"));
    } catch (error) {
      if (!signal.aborted && !this.destroyed) write(part(root, "measured"), messageOf(error));
    }
  }

  // -- one stretch --------------------------------------------------------------------------------

  /** @param {Message} answer of the route `runs` */
  onRuns({ header, planes }) {
    const { host, root } = this,
      { vocabulary } = host.model,
      { given, truth, best, probs, log_probs: logProbs, free } = arrays(planes),
      n = truth.length;
    const some = given.subarray(Math.max(0, given.length - SHOWN)),
      texts = vocabulary.texts([...some, ...truth]),
      past = texts.slice(0, some.length),
      rest = texts.slice(some.length);
    /** @param {number} count tokens that are shown */
    const before = count =>
      html`<span class="prompt">${given.length > count ? "… " : ""}${past.slice(Math.max(0, past.length - count)).join("")}</span>`;
    /** @param {number} token */
    const word = token => vocabulary.name(token);
    put(part(root, "truth"), [
      before(SHOWN),
      ...rest.map(
        (text, t) => html`<span title="${word(truth[t])}: p = ${percent(Math.exp(logProbs[t]))}">${text}</span>`,
      ),
    ]);
    put(part(root, "ahead"), [
      before(SHOWN),
      ...rest.map((text, t) => {
        const title = html`title="most probable: ${word(best[t])}, p = ${percent(probs[t])}; true: ${word(truth[t])}, p = ${percent(Math.exp(logProbs[t]))}"`;
        if (best[t] === truth[t]) return html`<span ${title}>${text}</span>`;
        return html`<span class="wrong" ${title}>${word(best[t])}</span>${text.includes("\n") ? "\n" : ""}`; // lines end where the truth has it
      }),
    ]);
    const right = equalTokens(best, truth);
    write(part(root, "right"), `most probable token given the true ones: ${right} of ${n} correct, wrong ones marked`);
    write(part(root, "whose"), `excerpt ${header.stretch + 1} of ${header.stretches} of the test text`);
    const runs = Array.from({ length: free.length / n }, (_, i) => free.subarray(i * n, (i + 1) * n));
    put(
      part(root, "free"),
      runs.map(run => {
        const same = commonPrefix(run, truth),
          parts = vocabulary.texts([...some, ...run]).slice(some.length);
        return html`<figure><div class="said">${before(SHOWN_FREE)}<b>${parts.slice(0, same).join("")}</b>${parts.slice(same).join("")}</div><figcaption>${matches(run, truth)}</figcaption></figure>`;
      }),
    );
    write(part(root, "ways"), runs.length > 1 ? `Free-running: ${runs.length} samples` : "Free-running, greedy");
    this.stretches = header.stretches;
    host.state.first = Math.min(host.state.first, header.most); // a short text gives less than was asked
    find(root, '[data-slide="first"]', HTMLInputElement).max = String(header.most);
    this.slider();
    host.state.stretch %= this.stretches; // a link may say more; what was pressed since stands
    host.reportShown();
  }

  // -- all stretches ------------------------------------------------------------------------------

  /** Whose curves are shown: the judge that was clicked, else the best of the others. */
  get judge() {
    return this.judges.find(({ judge }) => judge === this.wanted) ?? this.judges[1] ?? this.judges[0];
  }

  table() {
    const { judges, judge: shown } = this;
    /** @param {Float32Array} logProbs */
    const mean = logProbs => toBits(-logProbs.reduce((a, b) => a + b, 0) / logProbs.length).toFixed(2);
    /** @param {[number, number]} gap */
    const more = ([gap, error]) => html`<td class="number">${withSign(toBits(gap))} ± ${toBits(error).toFixed(2)}</td>`;
    put(
      part(this.root, "judges"),
      html`<thead><tr><th>scored by</th><th>true text</th><th>free-running</th><th>difference</th><th>first ${ENDS}</th><th>last ${ENDS}</th></tr></thead><tbody>${judges.map(
        (
          one,
          i,
        ) => html`<tr><td><button type="button" data-do="judge" value="${one.judge}" aria-pressed="${one === shown}" title="Show the curves under this model">${one.short}${i ? "" : " (itself)"}</button></td>
<td class="number">${mean(one.curves.truth)}</td><td class="number">${mean(one.curves.free)}</td>${more(one.all)}${more(one.early)}${more(one.late)}</tr>`,
      )}</tbody>`,
    );
    write(part(this.root, "under"), shown ? shown.short : "");
  }

  draw() {
    const { drift, judge, root } = this,
      { theme } = this.host,
      options = { width: WIDE, digits: 1 };
    if (drift) {
      const { right, met, chance } = drift.curves;
      drawForcing(part(root, "share", HTMLCanvasElement), theme, right, met, { ...options, top: 1, baseline: chance });
    }
    if (judge) {
      const [truth, free] = [judge.curves.truth, judge.curves.free].map(curve => curve.map(x => toBits(-x)));
      drawForcing(part(root, "cost", HTMLCanvasElement), theme, truth, free, options);
    }
    return false;
  }

  // -- hands --------------------------------------------------------------------------------------

  slider() {
    const { first } = this.host.state;
    syncSlider(this.root, "first", first, `${first} tokens`);
  }

  /** @param {string} _ @param {number} value */
  onSlide(_, value) {
    this.host.state.first = value;
    this.slider();
    this.ask();
    this.host.syncUrl();
  }

  onChoice() {
    this.ask();
  }

  /** @param {number} by */
  anotherStretch(by) {
    const { state } = this.host;
    if (!this.stretches) return; // how many there are has not come yet
    state.stretch = (state.stretch + by + this.stretches) % this.stretches;
    this.ask();
    this.host.syncUrl();
  }

  /** @param {string} name @param {HTMLButtonElement} [button] */
  onAction(name, button) {
    const { state } = this.host;
    if (name === "another") this.anotherStretch(Number(button?.value));
    else if (name === "judge" && button) {
      this.wanted = button.value;
      this.table();
      this.host.requestFrame();
    } else if (name === "again") {
      if (state.pick === "greedy") state.pick = "drawn"; // greedy has no other runs
      state.tries = (state.tries + 1) % 10_000;
      this.host.sync();
      this.ask();
      this.host.syncUrl();
    }
  }

  keys() {
    const { max } = find(this.root, '[data-slide="first"]', HTMLInputElement);
    /** @param {number} by */
    const step = by => () => this.onSlide("first", stepped(this.host.state.first, by, Number(max)));
    return {
      g: () => this.onAction("again"),
      "[": () => this.anotherStretch(-1),
      "]": () => this.anotherStretch(1),
      ArrowLeft: step(-1),
      ArrowRight: step(1),
    };
  }

  urlParams() {
    const { first, tries, stretch, pick } = this.host.state;
    return {
      first: first === 64 ? "" : String(first),
      tries: tries ? String(tries) : "",
      stretch: stretch ? String(stretch) : "",
      pick: pick === "drawn" ? "" : pick,
    };
  }
}

const markup = () => html`
<p class="lead fold">In training, each token is predicted from true tokens (teacher forcing). Free-running, the model reads its own samples: one odd token leads to text unlike the training data. <span class="muted">Give more or fewer tokens: does it recover?</span></p>
<div class="bar fold"><label class="slider wide" title="Number of given tokens (arrow keys: one token)">Given: <input type="range" data-slide="first" min="0" max="${MOST}" step="1"><output data-out="first"></output></label>
  <span class="group">next token ${choice(
    "pick",
    [
      ["drawn", "sampled", "Sample each token at temperature 1"],
      ["greedy", "greedy", "Always take the most probable token"],
    ],
    "How free-running text continues",
  )}</span>
  ${button("again", "new seed", "Sample again from the same given tokens (G)")}
  <span class="group">${button("another", "previous", "Previous excerpt of the test text ([)", html`value="-1"`)}${button("another", "next excerpt", "Next excerpt of the test text (])", html`value="1"`)}</span></div>
<div class="stretch"><figure><h4>True text</h4><div class="said" data-part="truth"></div><figcaption data-part="whose"></figcaption></figure>
<figure><h4>Teacher forcing</h4><div class="said" data-part="ahead"></div><figcaption data-part="right"></figcaption></figure></div>
<h4 data-part="ways">Free-running</h4>
<div class="free" data-part="free"></div>
<div class="charts"><figure><figcaption>Fraction of tokens as in the true text: <span><i style="color:${TRUTH}">■</i> teacher forcing (most probable)</span> <span><i style="color:${FREE}">■</i> free-running</span> <span>┄ another excerpt</span></figcaption><div><canvas data-part="share" height="150" role="img" aria-label="Fraction of tokens as in the true text, by position"></canvas></div></figure>
<figure><figcaption>−log₂ p per token under <b data-part="under"></b>, bits: <span><i style="color:${TRUTH}">■</i> true text</span> <span><i style="color:${FREE}">■</i> free-running</span></figcaption><div><canvas data-part="cost" height="150" role="img" aria-label="Bits per token of true and free-running text, by position"></canvas></div></figure></div>
<div class="verdict"><div class="scrolls"><table data-part="judges"></table></div><p data-part="measured">Measuring …</p></div>
<p class="note">Bits per token (1 bit = 0.693 nats), mean over excerpts ± one standard error; difference: free-running minus true text. Curves are smoothed over ${WIDE} tokens and start after the given ones. A sample that differs from the true text is not wrong: the same beginning allows many texts.</p>`;
