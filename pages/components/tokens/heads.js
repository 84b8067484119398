// @ts-nocheck: no types yet
// Heads of a Transformer: where each looks, over the whole text in small; what it mostly looks at in the test text.

import { get } from "../gibbs/wire.js";
import { write } from "../shared/controls.js";
import { html, put } from "../shared/html.js";
import { heat, percent } from "./marks.js";

const SIDES = [48, 104],
  STRIPE = 5; // of a picture, px
// habits that have a name: what is said of a head, what stands under its picture
const HABITS = {
  previous: ["the token before", "before"],
  itself: ["the token itself", "itself"],
  beginning: ["the beginning of the text", "beginning"],
  spaces: ["white space before it", "spaces"],
  alike: ["earlier tokens like itself", "alike"],
  followed: ["what came after those (“induction”)", "after alike"],
};
const PLAIN = 0.08; // more than a head that looks at all alike, from which on a habit names a head

export class Heads {
  constructor(panel, root) {
    Object.assign(this, { panel, host: panel.host, root });
    put(root, this.markup());
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    this.open();
  }

  close() {
    this.stopped = true;
  }

  async open() {
    const { host } = this;
    try {
      const answer = await get(`${host.url}/habits?v=${host.data.version}`);
      if (this.stopped) return;
      this.habits = answer;
      this.label();
      host.wake();
    } catch (error) {
      if (!this.stopped) host.complain(error.message);
    }
  }

  came(header, { roots }) {
    [this.layers, this.count, this.t] = roots.shape;
    this.roots = roots.data;
    const { state } = this.host;
    if (state.layer >= this.layers || state.layer < 0) state.layer = -1;
    if (state.head >= this.count || (state.layer < 0 && state.head >= 0)) state.head = -1;
    this.grid();
    this.label();
    this.key = null;
  }

  // -- pictures in small --------------------------------------------------------------------------

  grid() {
    const { layers, count } = this,
      thumbs = this.$("thumbs");
    const shape = `${layers} ${count}`;
    if (thumbs.dataset.shape !== shape) {
      thumbs.dataset.shape = shape;
      thumbs.style.setProperty("--heads", count);
      const row = l =>
        html`<button type="button" class="layer" data-do="head" value="${l} -1" title="Layer ${l + 1}: the mean of its heads">${l + 1}</button>${Array.from({ length: count }, (_, h) => html`<button type="button" class="thumb" data-do="head" value="${l} ${h}" aria-label="Layer ${l + 1}, head ${h + 1}"><span><canvas></canvas><i></i></span><small></small></button>`)}`;
      put(
        thumbs,
        Array.from({ length: layers }, (_, l) => row(l)),
      );
    }
    this.side = 0;
  }

  // pictures as large as there is room
  size() {
    const room = Math.floor((this.$("thumbs").clientWidth - 34) / this.count) - 12,
      side = Math.max(SIDES[0], Math.min(SIDES[1], room));
    if (side === this.side) return;
    this.side = side;
    this.$("thumbs").style.setProperty("--side", `${side}px`);
    this.$("thumbs")
      .querySelectorAll("canvas")
      .forEach((canvas, k) => this.small(canvas, k));
  }

  // rows: tokens that look; a stripe for the beginning, then the tokens looked at; the largest of what falls on a pixel
  small(canvas, k) {
    const { t, roots } = this,
      ratio = window.devicePixelRatio || 1,
      side = Math.round(this.side * ratio);
    const stripe = Math.round(STRIPE * ratio),
      gap = Math.max(1, Math.round(ratio)),
      wide = side - stripe - gap;
    canvas.width = canvas.height = side;
    if (!t) return;
    const context = canvas.getContext("2d"),
      image = context.createImageData(side, side),
      top = new Uint8Array(side * side);
    const x = Int32Array.from({ length: t + 1 }, (_, j) => (j ? stripe + gap + Math.floor(((j - 1) * wide) / t) : 0));
    const y = Int32Array.from({ length: t + 1 }, (_, i) => Math.floor((i * side) / t));
    const wider = Math.max(1, Math.ceil(wide / t));
    for (let i = 0; i < t; i++)
      for (let j = 0; j <= i + 1; j++) {
        const root = roots[(k * t + i) * (t + 1) + j];
        for (let row = y[i]; row < Math.max(y[i] + 1, y[i + 1]); row++)
          for (let column = x[j]; column < Math.min(side, j ? x[j] + wider : stripe); column++)
            if (root > top[row * side + column]) top[row * side + column] = root;
      }
    for (let p = 0; p < top.length; p++) image.data.set([232, 89, 12, 255 * (top[p] / 255) ** 0.8], 4 * p);
    context.putImageData(image, 0, 0);
  }

  // -- words ----------------------------------------------------------------------------------------

  // a habit of some heads, as it is over the test text: the mean of theirs
  habit(name, layer, head) {
    const { data } = this.habits.planes[name],
      { count, layers } = this;
    if (layer >= 0 && head >= 0) return data[layer * count + head];
    const some = layer < 0 ? data : data.subarray(layer * count, (layer + 1) * count);
    return some.reduce((a, b) => a + b, 0) / (layer < 0 ? layers * count : count);
  }

  // [what stands under a head's picture, the same in full]
  said(layer, head) {
    const { usual } = this.habits.header;
    const over = name => this.habit(name, layer, head) - usual[name];
    const best = Object.keys(HABITS).reduce((a, b) => (over(b) > over(a) ? b : a));
    const back = this.habit("back", layer, head);
    const far = `${back.toFixed(back < 10 ? 1 : 0)} back`;
    if (over(best) < PLAIN) return [far, `looks at much, ${far} on average`];
    return [
      `${HABITS[best][1]} ${percent(this.habit(best, layer, head))}`,
      `mostly at ${HABITS[best][0]}: ${percent(this.habit(best, layer, head))} (one that looks at all alike: ${percent(usual[best])}); ${far} on average, the beginning aside`,
    ];
  }

  label() {
    if (!this.habits || !this.roots) return;
    this.root.querySelectorAll(".thumb").forEach(thumb => {
      const [layer, head] = thumb.value.split(" ").map(Number),
        [short, full] = this.said(layer, head);
      write(thumb.querySelector("small"), short);
      thumb.title = `Layer ${layer + 1}, head ${head + 1} in the test text: ${full}`;
    });
  }

  get whose() {
    const { layer, head } = this.host.state;
    const all = layer < 0 ? "all heads" : `layer ${layer + 1}`;
    return head >= 0
      ? `layer ${layer + 1}, head ${head + 1}`
      : head === -2
        ? `the largest of ${all}`
        : `the mean of ${all}`;
  }

  table() {
    if (!this.habits) return;
    const { layer, head } = this.host.state,
      { usual, tokens } = this.habits.header;
    const said = this.$("said"),
      of = head >= 0 ? this.whose : layer < 0 ? "all heads, their mean" : `layer ${layer + 1}, the mean of its heads`;
    const key = `${layer} ${head} ${this.count}`;
    if (said.dataset.key === key) return;
    said.dataset.key = key;
    const line = name => {
      const share = this.habit(name, layer, head);
      return html`<tr><th scope="row">${HABITS[name][0]}</th><td><div class="well"><i style="width:${100 * share}%"></i><u style="left:${100 * usual[name]}%"></u></div></td><td>${percent(share)}</td><td class="muted">${percent(usual[name])}</td></tr>`;
    };
    put(
      said,
      html`<caption>Over the first ${tokens.toLocaleString("en")} tokens of the test text: <b>${of}</b></caption>
<thead><tr><th scope="col">looks at</th><td></td><th scope="col">share</th><th scope="col" title="A head that looks at all alike">even</th></tr></thead>
<tbody>${Object.keys(HABITS).map(line)}<tr><th scope="row">tokens back, on average</th><td></td><td>${this.habit("back", layer, head).toFixed(1)}</td><td class="muted">${usual.back.toFixed(0)}</td></tr></tbody>`,
    );
  }

  // -- what is drawn ------------------------------------------------------------------------------

  // shares (T + 1) of token `at`: a head's own, or the mean or the largest of several
  shares(at) {
    const { layer, head } = this.host.state,
      { t, count, layers, roots } = this;
    const first = layer < 0 ? 0 : layer * count + Math.max(0, head),
      many = layer < 0 ? layers * count : head < 0 ? count : 1;
    const out = new Float32Array(t + 1);
    for (let k = first; k < first + many; k++)
      for (let j = 0; j <= at + 1; j++) {
        const share = (roots[(k * t + at) * (t + 1) + j] / 255) ** 2;
        out[j] = head === -2 ? Math.max(out[j], share) : out[j] + share / many;
      }
    return out;
  }

  tints(at) {
    const { layer, head } = this.host.state,
      key = `${at} ${layer} ${head}`;
    if (this.key === key) return this.tinted;
    this.key = key;
    this.now = this.shares(at);
    const most = Math.max(...this.now, 1e-6);
    return (this.tinted = Array.from(this.now, share => (share > 0 ? heat(12 * Math.sqrt(share / most)) : "")));
  }

  draw(at) {
    const { layer, head } = this.host.state,
      { panel } = this;
    this.size();
    this.$("thumbs").style.setProperty("--row", (at + 0.5) / this.t);
    this.root
      .querySelectorAll('[data-do="head"]')
      .forEach(b =>
        b.setAttribute("aria-pressed", String(b.value === (layer < 0 ? `-1 ${head}` : `${layer} ${head}`))),
      );
    const order = [...this.now.keys()]
      .filter(j => this.now[j] >= 0.01)
      .sort((a, b) => this.now[b] - this.now[a])
      .slice(0, 4);
    const back = j => (j ? (at + 1 === j ? " (itself)" : `, ${at + 1 - j} back`) : "");
    put(
      this.$("token"),
      html`<b>${panel.name(at)}</b>, token ${at + 1} of ${this.t}, looks at: ${order.map((j, i) => html`${i ? "; " : ""}<span>${panel.name(j - 1)}${back(j)} <b>${percent(this.now[j])}</b></span>`)}. <span class="muted">Shown: ${this.whose}.</span>`,
    );
    this.table();
  }

  // -- hands --------------------------------------------------------------------------------------

  choose(layer, head) {
    Object.assign(this.host.state, { layer, head });
    this.host.remember();
    this.host.wake();
  }

  do(name, pressed) {
    if (name === "head") this.choose(...pressed.value.split(" ").map(Number));
  }

  step(by) {
    if (!this.roots) return;
    const { layer, head } = this.host.state,
      all = this.layers * this.count;
    const k =
      layer < 0 ? (by > 0 ? 0 : all - 1) : (layer * this.count + Math.max(0, head) + (head < 0 ? 0 : by) + all) % all;
    this.choose(Math.floor(k / this.count), k % this.count);
  }

  keys() {
    return { "[": () => this.step(-1), "]": () => this.step(1), 0: () => this.choose(-1, -1) };
  }

  link() {
    const { layer, head } = this.host.state;
    return { layer: layer < 0 ? "" : String(layer), head: head === -1 ? "" : String(head) };
  }

  markup() {
    return html`
<p class="token-says long" data-part="token"></p>
<div class="bar"><b>Heads</b><span class="choice" role="group" aria-label="All heads at once"><button type="button" data-do="head" value="-1 -1" title="The mean over all layers and heads (0)">mean of all</button><button type="button" data-do="head" value="-1 -2" title="The largest share that any head gives">largest of all</button></span></div>
<p class="note">A row of pictures is a layer, the first one above: what is read enters there. In each, a line down is a token on; from left to right, where it looks: the <b>stripe at the left edge is the beginning</b>, then the text. A click chooses a head.</p>
<div class="thumbs" data-part="thumbs"></div>
<div class="habits"><table class="counted" data-part="said"><caption>The test text is being read…</caption></table></div>`;
  }
}

Object.assign(Heads, {
  usual: 240,
  beginning: true,
  backward: true,
  lead: html`Where does each head look? Move over the text: what a token looks at is tinted. <span class="muted">Attention says what was fetched, not what was made of it.</span>`,
  legend:
    "Deeper: a larger share of the attention (its square root), the largest at full depth. Each token looks when it is read, to tell the next one; paler ones were still to come.",
  keyHelp: html`<kbd>[</kbd><kbd>]</kbd> the head before, after <kbd>0</kbd> the mean of all`,
});
