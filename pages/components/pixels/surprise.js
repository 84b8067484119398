// @ts-nocheck: no types yet
// Surprise: bits of every pixel of an image, what carries them, and what the image costs under each model.

import { css } from "../atlas/colours.js";
import { slider } from "../shared/controls.js";
import {
  around,
  button,
  Chosen,
  frame,
  HEAT,
  half,
  heat,
  html,
  Latest,
  levelName,
  number,
  placeAt,
  post,
  put,
  row,
  where,
  write,
} from "./chosen.js";

const SIDE = 208;
const HARDEST = 0.1;

const VARIANTS = [
  ["plain", "as it is"],
  ["noisy", "noisy copy"],
  ["shifted", "shifted"],
  ["inverted", "inverted"],
  ["constant", "constant"],
];
const KINDS = {
  exact: "the exact probability",
  "upper bound": "at most this cost: a lower bound on log p(x) from posterior samples",
  estimate: "log Z by annealed importance sampling: the true cost is probably higher",
  "no likelihood": "each prediction sees its own pixel: not a probability",
};

export class Surprise {
  constructor(host, root) {
    Object.assign(this, { host, root, costs: new Map(), hover: -1 });
    put(root, this.markup());
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    this.asked = new Latest(
      header => post(`${host.url}/surprise`, header, { image: row(header.image) }),
      answer => this.came(answer),
      error => host.complain(error.message),
    );
    this.chosen = new Chosen(
      host,
      this.$("chosen"),
      () => this.ask(),
      () => half(host, SIDE),
    );
    for (const canvas of [this.$("heat"), this.chosen.canvas]) {
      canvas.addEventListener("pointermove", event => this.point(placeAt(canvas, host.model, event)));
      canvas.addEventListener("pointerleave", () => this.point(-1));
    }
    this.rivals();
  }

  close() {
    this.stopped = true;
    this.asked.close();
    clearTimeout(this.later);
  }

  async rivals() {
    try {
      this.around = await around(this.host);
      if (this.stopped) return;
      this.table();
      this.facts();
    } catch (error) {
      this.host.complain(error.message);
    }
  }

  // -- what is asked ------------------------------------------------------------------------------

  ask() {
    const { levels, label } = this.chosen;
    if (!levels || this.stopped) return;
    const { state, model } = this.host;
    const level = Math.min(Number(state.level) || 0, model.levels - 1);
    this.header = { image: levels, label, vary: state.vary, seed: 0, level };
    this.asked.want(this.header);
    clearTimeout(this.later);
    this.costs.clear();
    this.table();
    this.later = setTimeout(() => this.compare(this.header), 350);
  }

  came({ header, planes }) {
    this.found = header;
    this.levels = planes.levels.data;
    this.bits = planes.bits.data;
    this.most = Math.max(...this.bits, 1e-6);
    const order = [...this.bits.keys()].sort((i, j) => this.bits[j] - this.bits[i]);
    this.hardest = order.slice(0, Math.max(1, Math.round(HARDEST * order.length)));
    this.facts();
    this.host.wake();
    this.host.shown();
  }

  // the same image under each model, one after the other
  async compare(header) {
    const { host } = this;
    const { rivals } = await around(host).catch(() => ({ rivals: [] }));
    for (const rival of rivals) {
      if (header !== this.header || this.stopped) return;
      try {
        const answer = await post(
          `${host.url}/readings`,
          { ...header, image: undefined, rival },
          { image: row(header.image) },
        );
        if (header !== this.header || this.stopped) return;
        this.costs.set(rival, answer.header);
        this.table();
      } catch (error) {
        host.complain(error.message);
      }
    }
  }

  // -- words --------------------------------------------------------------------------------------

  facts() {
    const { found, host } = this,
      { model } = host;
    if (!found) return;
    const usual = this.around?.nats;
    const told = found.label === null ? "" : html` Conditioned on class <b>${model.classes[found.label]}</b>.`;
    put(
      this.$("total"),
      model.proper
        ? html`<b class="big">${number(found.nats)} nats</b> ${number(found.bits, 3)} bits per pixel.${told}`
        : html`<b class="big">${number(found.nats)} “nats”</b> but this model sees each pixel that it predicts: not a probability.`,
    );
    put(
      this.$("share"),
      html`The hardest 10% of the pixels carry <b>${Math.round(100 * found.hardest)}%</b> of the bits.${usual && ` Test images cost ${number(usual)} nats on average.`}`,
    );
    const most = Math.max(...Object.values(found.variants), 1);
    const level = host.state.level || 0,
      plain = found.variants.plain;
    put(
      this.$("variants"),
      VARIANTS.map(([how, words]) => {
        const nats = found.variants[how];
        const less = how !== "plain" && nats < plain && html`<em>cheaper than the image</em>`;
        const name = how === "constant" ? `all ${levelName(model, Math.min(level, model.levels - 1))}` : words;
        return html`<button type="button" data-do="vary" value="${how}" aria-pressed="${String(host.state.vary === how)}" title="Read ${name} instead">
        <span>${name}</span><i><b style="width:${(100 * nats) / most}%"></b></i><output>${number(nats, 1)}</output>${less}</button>`;
      }),
    );
    this.root.querySelector(".slider").hidden = host.state.vary !== "constant";
    const input = this.root.querySelector('[data-slide="level"]');
    input.value = level;
    write(input.nextElementSibling, levelName(model, Math.min(level, model.levels - 1)));
    this.lesson();
  }

  lesson() {
    const { found, host } = this;
    const cheap = found.variants.constant < found.variants.plain;
    write(
      this.$("lesson"),
      !host.model.proper
        ? "A score that is not a probability can be arbitrarily good."
        : cheap
          ? "An empty image is likelier than this one: likelihood does not measure how good an image looks. Most bits go to edges and to where a stroke begins."
          : "Most bits go to edges and to where a stroke begins; the background costs almost nothing. Invert it: what was cheap becomes expensive.",
    );
  }

  table() {
    const { costs, around: beside, host } = this;
    if (!beside) return;
    const own = host.data.checkpoint;
    const rows = beside.rivals.map(name => [name, costs.get(name)]);
    const known = rows.filter(([, cost]) => cost);
    known.sort(([, a], [, b]) => (a.nature === "no likelihood") - (b.nature === "no likelihood") || a.nats - b.nats);
    const list = [...known, ...rows.filter(([, cost]) => !cost)];
    const line = ([name, cost]) => {
      if (!cost) return html`<tr><td>${name}</td><td colspan="3" class="muted">…</td></tr>`;
      const spread = cost.spread ? ` ± ${number(cost.spread)}` : "";
      return html`<tr class="${name === own ? "own" : ""}"><td title="${name}">${cost.title}<br><small>${cost.family}, trained on ${cost.view} data</small></td>
          <td class="number">${number(cost.nats)}${spread}</td><td title="${KINDS[cost.nature] ?? ""}">${cost.nature}${cost.note && html`<br><small>${cost.note}</small>`}</td><td class="number">${cost.usual === null ? "–" : number(cost.usual)}</td></tr>`;
    };
    put(
      this.$("rivals"),
      html`<thead><tr><th>model</th><th>nats</th><th>kind of number</th><th>test images, mean</th></tr></thead><tbody>${list.map(line)}</tbody>`,
    );
  }

  point(i) {
    if (i === this.hover) return;
    this.hover = i;
    this.host.wake();
  }

  // -- what is drawn ------------------------------------------------------------------------------

  draw() {
    const { host, bits, hover } = this,
      { model, state } = host;
    if (!bits) return false;
    this.chosen.draw(state.read === "drawing" && state.vary === "plain" ? this.chosen.levels : this.levels);
    const canvas = this.$("heat");
    heat(
      canvas,
      model,
      Float32Array.from(bits, b => Math.sqrt(b / this.most)),
      half(host, SIDE),
    );
    if (state.hardest === "on") frame(canvas, model, this.hardest, "#56b4e9", 1.5);
    if (hover >= 0) for (const one of [canvas, this.chosen.canvas]) frame(one, model, [hover]);
    write(
      this.$("hover"),
      hover < 0
        ? `from 0 to ${number(this.most, 1)} bits`
        : `${where(model, hover)}: ${levelName(model, this.levels[hover])}, p = ${number(2 ** -bits[hover], 3)}, ${number(bits[hover])} bits`,
    );
    return false;
  }

  // -- hands --------------------------------------------------------------------------------------

  do(name, b) {
    if (this.chosen.do(name)) return;
    const { state } = this.host;
    if (name === "vary") {
      state.vary = b.value;
      this.ask();
      this.host.remember();
    } else if (name === "hardest") {
      state.hardest = state.hardest === "on" ? "off" : "on";
      b.setAttribute("aria-pressed", String(state.hardest === "on"));
      this.host.wake();
      this.host.remember();
    }
  }

  set(name, value) {
    this.chosen.set(name, value);
  }

  change(name, value) {
    this.chosen.change(name, value);
  }

  slide(name, value) {
    this.host.state.level = value;
    this.ask();
    this.host.remember();
  }

  keys() {
    return this.chosen.keys();
  }

  link() {
    const { vary, level, hardest } = this.host.state;
    return {
      ...this.chosen.link(),
      vary: vary === "plain" ? "" : vary,
      level: vary === "constant" && level ? String(level) : "",
      hardest: hardest === "on" ? "on" : "",
    };
  }

  markup() {
    const { model, state } = this.host;
    const stops = [0, 64, 128, 192, 255].map(i => css(HEAT[i])).join(",");
    return html`
<p class="lead">What does each pixel cost, in bits, given all pixels before it? Bright ones were unexpected. <span class="muted">Try a drawing, then a noisy copy, then an empty image.</span></p>
<div class="reading">
  <section class="chooser" data-part="chosen"></section>
  <figure><canvas data-part="heat" role="img" aria-label="Bits of every pixel"></canvas>
    <figcaption><span class="ramp" style="background:linear-gradient(90deg,${stops})"></span> <span data-part="hover"></span></figcaption>
    ${button("hardest", "mark the hardest 10%", "Frame the tenth of the pixels that cost most", html`aria-pressed="${String(state.hardest === "on")}"`)}</figure>
  <section class="facts"><p data-part="total"></p><p data-part="share"></p>
    <div class="variants" data-part="variants" role="group" aria-label="Variants of the image, in nats"></div>
    ${slider("level", "level", 0, model.levels - 1, 1, "The level of every pixel")}
    <p class="note" data-part="lesson"></p></section>
</div>
<h4>The same image under every model of this data</h4>
<div class="scrolls"><table data-part="rivals"></table></div>
<p class="note">−log p(x) in nats, of the same levels. A model of real values has a density instead, which cannot be compared with these.</p>`;
  }
}

Object.assign(Surprise, {
  title: "Surprise",
  hint: "Bits of every pixel of an image, and what it costs under each model",
});
Object.defineProperty(Surprise, "name", { value: "surprise" });
