// Heads of a Transformer: the attention of each over the whole text in small; its pattern over the test text.

import { get, messageOf } from "../../shared/view/api.js";
import { pixelRatio } from "../../shared/view/canvas.js";
import { write } from "../../shared/view/controls.js";
import { context2d, find, findAll, part } from "../../shared/view/dom.js";
import { percent, whole } from "../../shared/view/format.js";
import { html, put } from "../../shared/view/html.js";
import { unless } from "../../shared/view/panel.js";
import { topIndices } from "../../shared/view/probability.js";
import { Attention, HeadStatistics, PATTERNS } from "./attention.js";
import { heat } from "./scales.js";

const SIDES = [48, 104], // CSS pixels of a thumbnail, least and most
  STRIPE = 5; // of a thumbnail, for the beginning
const NAMED = 4; // tokens that are named, of those with a hundredth of the attention or more

/** @typedef {import("./attention.js").HeadChoice} HeadChoice */
/** @typedef {import("../../shared/view/types.d.ts").Message} Message */

export class Heads {
  static usual = 240; // characters of the test text
  static beginning = true;
  static backward = true;
  static lead =
    html`Where does each head attend? Move over the text: tokens attended to are tinted. <span class="muted">Attention shows which tokens are read, not what is done with them.</span>`;
  static legend =
    "Darker: more attention (square-root scale, the maximum darkest). Each token attends while the next one is predicted; later tokens are pale.";
  static keyHelp = html`<kbd>[</kbd><kbd>]</kbd> previous, next head <kbd>0</kbd> mean of all`;

  /**
   * @param {import("./inside.js").Inside} panel
   * @param {HTMLElement} root
   */
  constructor(panel, root) {
    this.panel = panel;
    this.host = panel.host;
    this.root = root;
    /** @type {Attention | null} */
    this.attention = null;
    /** @type {HeadStatistics | null} */
    this.statistics = null;
    this.side = 0; // of the thumbnails that are drawn
    /** @type {{ key: string, weights: Float32Array, tints: string[] } | null} the last that were asked for */
    this.tinted = null;
    this.destroyed = false;
    put(root, markup());
    this.open();
  }

  destroy() {
    this.destroyed = true;
  }

  async open() {
    const { host } = this;
    try {
      const answer = await get(`${host.modelUrl}/habits?v=${host.data.version}`);
      if (this.destroyed) return;
      this.statistics = new HeadStatistics(answer);
      this.label();
      host.requestFrame();
    } catch (error) {
      if (!this.destroyed) host.showError(messageOf(error));
    }
  }

  /** @param {Message} answer */
  onData({ planes }) {
    this.attention = new Attention(planes.roots);
    const { layers, heads } = this.attention,
      { state } = this.host;
    if (state.layer >= layers || state.layer < 0) state.layer = -1;
    if (state.head >= heads || (state.layer < 0 && state.head >= 0)) state.head = -1;
    this.grid(this.attention);
    this.label();
    this.tinted = null;
  }

  /** @returns {HeadChoice} */
  get choice() {
    const { layer, head } = this.host.state;
    return { layer, head };
  }

  // -- thumbnails ---------------------------------------------------------------------------------

  /** @param {Attention} attention */
  grid({ layers, heads }) {
    const thumbs = part(this.root, "thumbs"),
      shape = `${layers} ${heads}`;
    this.side = 0;
    if (thumbs.dataset.shape === shape) return;
    thumbs.dataset.shape = shape;
    thumbs.style.setProperty("--heads", String(heads));
    /** @param {number} l */
    const row = l =>
      html`<button type="button" class="layer" data-do="head" value="${l} -1" title="Show the mean of the heads of layer ${l + 1}">${l + 1}</button>${Array.from({ length: heads }, (_, h) => html`<button type="button" class="thumb" data-do="head" value="${l} ${h}" aria-label="Layer ${l + 1}, head ${h + 1}"><span><canvas></canvas><i></i></span><small></small></button>`)}`;
    put(
      thumbs,
      Array.from({ length: layers }, (_, l) => row(l)),
    );
  }

  /** Thumbnails as large as there is room. @param {Attention} attention */
  drawThumbnails(attention) {
    const thumbs = part(this.root, "thumbs"),
      room = Math.floor((thumbs.clientWidth - 34) / attention.heads) - 12,
      side = Math.max(SIDES[0], Math.min(SIDES[1], room));
    if (side === this.side) return;
    this.side = side;
    thumbs.style.setProperty("--side", `${side}px`);
    findAll(thumbs, "canvas", HTMLCanvasElement).forEach((canvas, k) => drawThumbnail(canvas, attention, k, side));
  }

  // -- words ----------------------------------------------------------------------------------------

  /** What each head mostly looks at, under its thumbnail. */
  label() {
    const { statistics, attention } = this;
    if (!statistics || !attention) return;
    for (const thumb of findAll(this.root, ".thumb", HTMLButtonElement)) {
      const [layer, head] = thumb.value.split(" ").map(Number),
        { short, full } = describeHead(statistics, { layer, head });
      write(find(thumb, "small"), short);
      thumb.title = `Layer ${layer + 1}, head ${head + 1}: ${full}`;
    }
  }

  get caption() {
    const { layer, head } = this.choice;
    const all = layer < 0 ? "all heads" : `layer ${layer + 1}`;
    if (head >= 0) return `layer ${layer + 1}, head ${head + 1}`;
    return head === -2 ? `maximum of ${all}` : `mean of ${all}`;
  }

  table() {
    const { statistics, choice } = this,
      { layer, head } = choice;
    if (!statistics || !this.attention) return;
    const table = part(this.root, "said"),
      key = `${layer} ${head} ${this.attention.heads}`;
    if (table.dataset.key === key) return;
    table.dataset.key = key;
    const several = layer < 0 ? "mean of all heads" : `layer ${layer + 1}, mean of its heads`;
    /** @param {string} name */
    const line = name => {
      const share = statistics.of(name, choice),
        uniform = statistics.uniform[name];
      return html`<tr><th scope="row">${PATTERNS[name][0]}</th><td><div class="well"><i style="width:${100 * share}%"></i><u style="left:${100 * uniform}%"></u></div></td><td>${percent(share)}</td><td class="muted">${percent(uniform)}</td></tr>`;
    };
    put(
      table,
      html`<caption>First ${whole(statistics.tokens)} tokens of the test text: <b>${head >= 0 ? this.caption : several}</b></caption>
<thead><tr><th scope="col">attends to</th><td></td><th scope="col">attention</th><th scope="col" title="A head that attends to all tokens equally">uniform</th></tr></thead>
<tbody>${Object.keys(PATTERNS).map(line)}<tr><th scope="row">mean distance in tokens</th><td></td><td>${statistics.of("back", choice).toFixed(1)}</td><td class="muted">${statistics.uniform.back.toFixed(0)}</td></tr></tbody>`,
    );
  }

  // -- what is drawn ------------------------------------------------------------------------------

  /** A tint for the beginning and each token. @param {number} at @returns {string[]} */
  tints(at) {
    const { attention, choice } = this,
      key = `${at} ${choice.layer} ${choice.head}`;
    if (!attention) return [];
    if (this.tinted?.key !== key) {
      const weights = attention.weights(at, choice),
        most = Math.max(...weights, 1e-6);
      const tints = Array.from(weights, weight => (weight > 0 ? heat(12 * Math.sqrt(weight / most)) : ""));
      this.tinted = { key, weights, tints };
    }
    return this.tinted.tints;
  }

  /** @param {number} at */
  draw(at) {
    const { panel, attention, tinted, root } = this,
      { layer, head } = this.choice;
    if (!attention || !tinted) return;
    this.drawThumbnails(attention);
    part(root, "thumbs").style.setProperty("--row", String((at + 0.5) / attention.length));
    const pressed = `${layer} ${head}`;
    for (const button of findAll(root, '[data-do="head"]', HTMLButtonElement))
      button.setAttribute("aria-pressed", String(button.value === pressed));
    const { weights } = tinted,
      looked = topIndices(weights, NAMED).filter(j => weights[j] >= 0.01);
    /** @param {number} j */
    const back = j => (j ? (at + 1 === j ? " (itself)" : `, ${at + 1 - j} back`) : "");
    put(
      part(root, "token"),
      html`<b>${panel.name(at)}</b>, token ${at + 1} of ${attention.length}, attends to: ${looked.map((j, i) => html`${i ? "; " : ""}<span>${panel.name(j - 1)}${back(j)} <b>${percent(weights[j])}</b></span>`)}. <span class="muted">Shown: ${this.caption}.</span>`,
    );
    this.table();
  }

  // -- hands --------------------------------------------------------------------------------------

  /** @param {HeadChoice} choice */
  choose(choice) {
    Object.assign(this.host.state, choice);
    this.host.syncUrl();
    this.host.requestFrame();
  }

  /** @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    if (name !== "head") return;
    const [layer, head] = button.value.split(" ").map(Number);
    this.choose({ layer, head });
  }

  keys() {
    /** @param {number} by */
    const step = by => () => this.attention && this.choose(this.attention.step(this.choice, by));
    return { "[": step(-1), "]": step(1), 0: () => this.choose({ layer: -1, head: -1 }) };
  }

  urlParams() {
    const { layer, head } = this.choice;
    return { layer: layer < 0 ? "" : String(layer), head: unless(head, -1) };
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Attention} attention
 * @param {number} k layer * heads + head
 * @param {number} size CSS pixels
 */
function drawThumbnail(canvas, attention, k, size) {
  const ratio = pixelRatio(),
    side = Math.round(size * ratio);
  canvas.width = canvas.height = side;
  if (!attention.length) return;
  const context = context2d(canvas),
    image = context.createImageData(side, side);
  attention
    .thumbnail(k, side, Math.round(STRIPE * ratio), Math.max(1, Math.round(ratio)))
    .forEach((root, p) => image.data.set([232, 89, 12, 255 * (root / 255) ** 0.8], 4 * p));
  context.putImageData(image, 0, 0);
}

/**
 * What a head mostly looks at in the test text.
 * @param {HeadStatistics} statistics
 * @param {HeadChoice} choice
 * @returns {{ short: string, full: string }}
 */
export function describeHead(statistics, choice) {
  const pattern = statistics.clearest(choice),
    back = statistics.of("back", choice),
    far = `${back.toFixed(back < 10 ? 1 : 0)} back`;
  if (!pattern) return { short: far, full: `no clear pattern, ${far} on average` };
  const share = percent(statistics.of(pattern, choice));
  return {
    short: `${PATTERNS[pattern][1]} ${share}`,
    full: `${share} on ${PATTERNS[pattern][0]} (uniform: ${percent(statistics.uniform[pattern])}); ${far} on average, without the start`,
  };
}

const markup = () => html`
<p class="token-says long" data-part="token"></p>
<div class="bar"><b>Heads</b><span class="choice" role="group" aria-label="All heads"><button type="button" data-do="head" value="-1 -1" title="Show the mean of all heads (0)">mean of all</button><button type="button" data-do="head" value="-1 -2" title="Show the maximum over all heads">maximum of all</button></span></div>
<p class="note">Each row of pictures is a layer, the first at the top. In a picture, rows are tokens and columns the tokens they attend to; the <b>stripe at the left edge is the start</b> of the text. Click a picture to select its head.</p>
<div class="thumbs" data-part="thumbs"></div>
<div class="habits"><table class="counted" data-part="said"><caption>Reading the test text…</caption></table></div>`;
