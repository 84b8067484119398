// @ts-nocheck: no types yet
// Teacher forcing: the next token told from the truth, against running freely from the same start; judged by itself and
// by others.

import { post, stream } from "../gibbs/wire.js";
import { button, choice, write } from "../shared/controls.js";
import { html, put } from "../shared/html.js";
import { plot, smooth } from "../tabs/curves.js";
import { Latest } from "../tabs/latest.js";
import { percent } from "./marks.js";

const TRUTH = "#2b8cd4",
  OWN = "#d55e00";
const MOST = 256; // tokens given
const SHOWN = 60; // of those, how many are shown
const WIDE = 9; // places that curves are smoothed over
const PATIENCE = 400; // milliseconds before the slow part is asked for

const bits = nats => nats / Math.LN2;
const signed = x => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(2)}`;

export class Forcing {
  constructor(host, root) {
    Object.assign(this, { host, root, judges: [] });
    const { state } = host;
    put(root, markup());
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    state.first = Math.min(state.first, MOST);
    this.runs = new Latest(
      header => post(`${host.url}/runs`, header),
      answer => this.tell(answer),
      error => host.complain(error.message),
    );
    this.slider();
    this.ask();
  }

  close() {
    this.stopped = true;
    this.runs.close();
    this.controller?.abort();
    clearTimeout(this.later);
  }

  // -- what is asked ------------------------------------------------------------------------------

  ask() {
    const { first, tries, stretch, pick } = this.host.state;
    this.runs.want({ first, seed: tries, stretch, pick });
    const asked = `${first} ${tries} ${pick}`;
    if (asked === this.asked) return; // another stretch is one of those that were measured
    this.asked = asked;
    this.controller?.abort();
    clearTimeout(this.later);
    this.root.classList.add("measuring"); // what stands there is of another question
    this.later = setTimeout(() => this.measure({ first, seed: tries, pick }), this.drift ? PATIENCE : 0);
  }

  async measure(header) {
    const { host } = this,
      { signal } = (this.controller = new AbortController());
    write(this.$("measured"), "Measuring …");
    try {
      let fresh = true;
      for await (const { header: said, planes } of stream(`${host.url}/drift`, header, {}, signal)) {
        if (signal.aborted || this.stopped) return;
        const curves = Object.fromEntries(Object.entries(planes).map(([name, { data }]) => [name, data]));
        if (fresh) {
          this.drift = { ...said, curves };
          this.judges = [];
          this.root.classList.remove("measuring");
        } else this.judges.push({ ...said, curves });
        fresh = false;
        this.table();
        host.wake();
      }
      this.sentence();
    } catch (error) {
      if (!signal.aborted && !this.stopped) write(this.$("measured"), error.message);
    }
  }

  // -- one stretch --------------------------------------------------------------------------------

  tell({ header, planes }) {
    const { host } = this,
      { lexicon } = host.model;
    const rows = Object.fromEntries(Object.entries(planes).map(([name, { data }]) => [name, data]));
    const { given, truth, best, probs, told, free } = rows,
      n = truth.length;
    const some = given.subarray(Math.max(0, given.length - SHOWN)),
      texts = lexicon.texts([...some, ...truth]);
    const before = count =>
      html`<span class="prompt">${given.length > count ? "… " : ""}${texts.slice(Math.max(0, some.length - count), some.length).join("")}</span>`;
    const after = texts.slice(some.length);
    const word = token => lexicon.name(token);
    put(this.$("truth"), [
      before(SHOWN),
      ...after.map(
        (text, t) => html`<span title="“${word(truth[t])}”, p = ${percent(Math.exp(told[t]))}">${text}</span>`,
      ),
    ]);
    put(this.$("ahead"), [
      before(SHOWN),
      ...after.map((text, t) => {
        const title = html`title="likeliest: “${word(best[t])}”, p = ${percent(probs[t])}; the text has “${word(truth[t])}”, p = ${percent(Math.exp(told[t]))}"`;
        if (best[t] === truth[t]) return html`<span ${title}>${text}</span>`;
        return html`<span class="wrong" ${title}>${word(best[t])}</span>${text.includes("\n") ? "\n" : ""}`; // lines end where the truth has it
      }),
    ]);
    const right = best.reduce((sum, token, t) => sum + (token === truth[t]), 0);
    write(this.$("right"), `the likeliest token, told the truth before it: ${right} of ${n} right, wrong ones marked`);
    write(this.$("whose"), `the test text, stretch ${header.stretch + 1} of ${header.stretches}`);
    const all = Array.from({ length: free.length / n }, (_, i) => free.subarray(i * n, (i + 1) * n));
    put(
      this.$("free"),
      all.map(run => {
        let same = 0;
        while (same < n && run[same] === truth[same]) same++;
        const parts = lexicon.texts([...some, ...run]).slice(some.length),
          met = run.reduce((sum, token, t) => sum + (token === truth[t]), 0);
        const says =
          same === n
            ? `the text itself, all ${n} tokens`
            : `${same ? `${same} token${same === 1 ? "" : "s"} as in the text, then its own way` : "its own way from the first token on"}; ${met} of ${n} as there`;
        return html`<figure><div class="said">${before(24)}<b>${parts.slice(0, same).join("")}</b>${parts.slice(same).join("")}</div><figcaption>${says}</figcaption></figure>`;
      }),
    );
    write(
      this.$("ways"),
      all.length > 1 ? `Running freely: ${all.length} ways` : "Running freely, always the likeliest token: one way",
    );
    this.stretches = header.stretches;
    host.state.first = Math.min(host.state.first, header.most); // a short text gives less than was asked
    this.root.querySelector('[data-slide="first"]').max = header.most;
    this.slider();
    host.state.stretch %= this.stretches; // a link may say more; what was pressed since stands
    host.shown();
  }

  // -- all stretches ------------------------------------------------------------------------------

  // whose judgement the curves show: the one that was clicked, else the best of the others
  get judge() {
    return this.judges.find(({ judge }) => judge === this.wanted) ?? this.judges[1] ?? this.judges[0];
  }

  table() {
    const { judges, judge: shown } = this;
    const mean = curve => bits(-curve.reduce((a, b) => a + b, 0) / curve.length);
    const more = ([gap, error]) => html`<td class="number">${signed(bits(gap))} ± ${bits(error).toFixed(2)}</td>`;
    put(
      this.$("judges"),
      html`<thead><tr><th>judged by</th><th>the text</th><th>free runs</th><th>more, all places</th><th>first ${ENDS}</th><th>last ${ENDS}</th></tr></thead><tbody>${judges.map(
        (
          one,
          i,
        ) => html`<tr><td><button type="button" data-do="judge" value="${one.judge}" aria-pressed="${one === shown}" title="Show its curves">${one.short}${i ? "" : " (itself)"}</button></td>
<td class="number">${mean(one.curves.truth).toFixed(2)}</td><td class="number">${mean(one.curves.free).toFixed(2)}</td>${more(one.all)}${more(one.early)}${more(one.late)}</tr>`,
      )}</tbody>`,
    );
    write(this.$("under"), shown ? shown.short : "");
  }

  sentence() {
    const { drift, judges, host } = this,
      [own, ...others] = judges,
      greedy = host.state.pick === "greedy";
    if (!own) return;
    const share = ([mean, error]) => `${(100 * mean).toFixed(1)}% ± ${(100 * error).toFixed(1)}`;
    const gap = ([mean, error]) =>
      Math.abs(mean) < 2 * error
        ? `as much as the text, as far as can be told from chance (${signed(bits(mean))} ± ${bits(error).toFixed(2)} bits per token)`
        : `${bits(Math.abs(mean)).toFixed(2)} ± ${bits(error).toFixed(2)} bits per token ${mean > 0 ? "more" : "less"} than the text`;
    const does = greedy ? "chooses" : "draws";
    const said = [
      `Over ${drift.stretches} stretches of ${drift.whole ? "the test text" : "the part of the test text that is kept with the model"}, ${drift.curves.met.length} tokens each: one ahead of the truth, the likeliest token is right in ${share(drift.right)}%; running freely, ${share(drift.met)}% of the tokens are those of the text, where another stretch of it has ${(100 * drift.chance).toFixed(1)}%.`,
      `By its own measure, what it ${does} costs ${gap(own.all)}.`,
    ];
    const best = others[0];
    if (best) {
      const [grown, error] = best.growth;
      said.push(
        `${best.short}, which judges from outside, finds that it costs ${gap(best.all)}; ${
          Math.abs(grown) < 2 * error
            ? "that is the same at the end as at the beginning, but for chance"
            : `against the text, free runs become ${grown > 0 ? "dearer" : "cheaper"} along the way, by ${bits(Math.abs(grown)).toFixed(2)} ± ${bits(error).toFixed(2)} bits per token`
        }.`,
      );
    } else
      said.push(
        "No other model of these tokens is here to judge it: a model that judges itself need not see that it has gone astray.",
      );
    said.push(
      greedy && own.all[0] < -2 * own.all[1]
        ? "Always to take the likeliest gives texts that are easier than real ones, and go in circles."
        : "What differs from the first places on says how sure the model is; what becomes dearer along the way has drifted. A model that has the text's own distribution shows none under any judge, on average, however long it runs.",
    );
    write(this.$("measured"), said.join(" "));
  }

  draw() {
    const { drift, judge, host } = this;
    if (drift) {
      const { right, met, chance } = drift.curves;
      plot(
        this.$("share"),
        host,
        [
          [chance, host.ink, 1, [3, 3]],
          [met, OWN, 2],
          [right, TRUTH, 2],
        ].map(([curve, ...look]) => [smooth(curve, WIDE), ...look]),
        [0, 1],
      );
    }
    if (judge) {
      const cost = curve =>
          smooth(
            curve.map(x => bits(-x)),
            WIDE,
          ),
        truth = cost(judge.curves.truth),
        free = cost(judge.curves.free);
      plot(
        this.$("cost"),
        host,
        [
          [free, OWN, 2],
          [truth, TRUTH, 2],
        ],
        [0, Math.max(...truth, ...free, 0.1) * 1.08],
      );
    }
    return false;
  }

  // -- hands --------------------------------------------------------------------------------------

  slider() {
    const { first } = this.host.state,
      input = this.root.querySelector('[data-slide="first"]');
    input.value = first;
    write(input.nextElementSibling, `${first} tokens`);
  }

  slide(name, value) {
    this.host.state.first = value;
    this.slider();
    this.ask();
    this.host.remember();
  }

  set() {
    this.ask();
  }

  do(name, b) {
    const { state } = this.host;
    if (name === "again") {
      if (state.pick === "greedy") state.pick = "drawn"; // greedy has no other runs
      state.tries = (state.tries + 1) % 10_000;
      this.host.sync();
    } else if (name === "another") {
      if (!this.stretches) return; // how many there are has not come yet
      state.stretch = (state.stretch + Number(b.value) + this.stretches) % this.stretches;
    } else if (name === "judge") {
      this.wanted = b.value;
      this.table();
      this.host.wake();
      return;
    }
    this.ask();
    this.host.remember();
  }

  keys() {
    const by = step => () =>
      this.slide(
        "first",
        Math.max(
          0,
          Math.min(Number(this.root.querySelector('[data-slide="first"]').max), this.host.state.first + step),
        ),
      );
    const another = value => () => this.do("another", { value });
    return { g: () => this.do("again"), "[": another(-1), "]": another(1), ArrowLeft: by(-1), ArrowRight: by(1) };
  }

  link() {
    const { first, tries, stretch, pick } = this.host.state;
    return {
      first: first === 64 ? "" : String(first),
      tries: tries ? String(tries) : "",
      stretch: stretch ? String(stretch) : "",
      pick: pick === "drawn" ? "" : pick,
    };
  }
}

const ENDS = 25; // places that the table tells apart at both ends: as the route has it

const markup = () => html`
<p class="lead fold">In training each token is told from true ones. Alone, the model reads what it drew itself: one odd token, and it is where no text has been. <span class="muted">Give it more or less to begin with. Does it find back?</span></p>
<div class="bar fold"><label class="slider wide" title="How much of the text is read before (arrow keys: a token)">Given: <input type="range" data-slide="first" min="0" max="${MOST}" step="1"><output></output></label>
  <span class="group">free runs are ${choice(
    "pick",
    [
      ["drawn", "drawn", "Each token as often as the model tells it: temperature 1"],
      ["greedy", "the likeliest", "Always the likeliest token"],
    ],
    "How free runs choose",
  )}</span>
  ${button("again", "run again", "Other free runs from the same start (G)")}
  <span class="group">${button("another", "before", "Stretch before ([)", html`value="-1"`)}${button("another", "next stretch", "Another part of the test text (])", html`value="1"`)}</span></div>
<div class="stretch"><figure><h4>The truth</h4><div class="said" data-part="truth"></div><figcaption data-part="whose"></figcaption></figure>
<figure><h4>One token ahead of the truth</h4><div class="said" data-part="ahead"></div><figcaption data-part="right"></figcaption></figure></div>
<h4 data-part="ways">Running freely</h4>
<div class="free" data-part="free"></div>
<div class="charts"><figure><figcaption>Tokens that are those of the text: <span><i style="color:${TRUTH}">■</i> one ahead of the truth (likeliest)</span> <span><i style="color:${OWN}">■</i> running freely</span> <span>┄ another stretch of the text</span></figcaption><div><canvas data-part="share" height="150" role="img" aria-label="Share of tokens that are those of the text, by place"></canvas></div></figure>
<figure><figcaption>−log₂ p of each place under <b data-part="under"></b>, bits: <span><i style="color:${TRUTH}">■</i> the text</span> <span><i style="color:${OWN}">■</i> free runs</span></figcaption><div><canvas data-part="cost" height="150" role="img" aria-label="Cost of the text and of free runs under a judge, by place"></canvas></div></figure></div>
<div class="verdict"><div class="scrolls"><table data-part="judges"></table></div><p data-part="measured">Measuring …</p></div>
<p class="note">Bits per token (1 bit = 0.693 nats), means over stretches with one standard error; curves are smoothed over ${WIDE} places, and place 1 is the first after what is given. To meet the token of the text is not needed to be right: from the same start, many texts are possible.</p>`;

Object.assign(Forcing, {
  title: "Teacher forcing",
  hint: "One token ahead of the truth, against running freely from the same start",
});
Object.defineProperty(Forcing, "name", { value: "forcing" });
