// Surprisal: bits of every pixel of an image, which pixels carry them, and of the whole image under each model.

import { messageOf, post } from "../../shared/view/api.js";
import { css, HEAT } from "../../shared/view/colours.js";
import { button, slider, syncSlider, write } from "../../shared/view/controls.js";
import { find, part } from "../../shared/view/dom.js";
import { fixed } from "../../shared/view/format.js";
import { html, put } from "../../shared/view/html.js";
import { LatestRequest } from "../../shared/view/latest_request.js";
import { topIndices } from "../../shared/view/probability.js";
import { ImagePicker, send, sideOn } from "./image_picker.js";
import { levelName, pixelName } from "./model.js";
import { frame, paintHeat, pixelAt } from "./overlays.js";

const SIDE = 208;
const HARDEST = 0.1; // share of the pixels
const HARDEST_FRAME = "#56b4e9";
const PATIENCE = 350; // milliseconds before other models are asked

/** @type {[string, string][]} */
const VARIANTS = [
  ["plain", "original"],
  ["noisy", "noisy copy"],
  ["shifted", "shifted"],
  ["inverted", "inverted"],
  ["constant", "constant"],
];
/** @type {Record<string, string>} */
const KINDS = {
  exact: "exact probability",
  "upper bound": "Upper bound on −log p(x), from posterior samples",
  estimate: "log Z by annealed importance sampling: probably too low",
  "no likelihood": "each prediction sees the pixel it predicts: not a probability",
};

/** @typedef {import("./player.js").PixelPlayer} PixelPlayer */
/**
 * What an image costs under one model (route `readings`).
 * @typedef {{ nats: number, spread: number | null, nature: string, note: string, usual: number | null, title: string,
 *   family: string, view: string }} Cost
 */
/** @typedef {{ levels: Uint8Array, label: number | null, vary: string, seed: number, level: number }} Question */
/**
 * Bits of every pixel (route `surprise`).
 * @typedef {object} Surprisal
 * @property {import("./model.js").Bytes} levels of the variant that is read
 * @property {Float32Array} bits
 * @property {number} most bits of a pixel
 * @property {number[]} hardest pixels
 * @property {number} nats of the image
 * @property {number} bitsPerPixel
 * @property {number} share of the bits, of the hardest pixels
 * @property {number | null} label that it was conditioned on
 * @property {Record<string, number>} variants nats of each
 */

/**
 * What the route `surprise` answers, with the pixels that cost most.
 * @param {import("../../shared/view/types.d.ts").Message} answer
 * @returns {Surprisal}
 */
export function readSurprisal({ header, planes }) {
  const bits = planes.bits.data;
  return {
    levels: planes.levels.data,
    bits,
    most: Math.max(...bits, 1e-6),
    hardest: topIndices(bits, Math.max(1, Math.round(HARDEST * bits.length))),
    nats: header.nats,
    bitsPerPixel: header.bits,
    share: header.hardest,
    label: header.label,
    variants: header.variants,
  };
}

/**
 * Models with their costs: cheapest first, then those without a likelihood, then those that have not answered.
 * @param {string[]} names
 * @param {Map<string, Pick<Cost, "nats" | "nature">>} costs
 * @returns {string[]}
 */
export function ranked(names, costs) {
  /** @param {string} name */
  const key = name => {
    const cost = costs.get(name);
    return cost ? [Number(cost.nature === "no likelihood"), cost.nats] : [2, 0];
  };
  return [...names].sort((a, b) => key(a)[0] - key(b)[0] || key(a)[1] - key(b)[1]);
}

export class Surprise {
  static name = "surprise";
  static title = "Surprisal";
  static hint = "Bits of every pixel of an image, under each model";

  /**
   * @param {PixelPlayer} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    put(root, markup(host));
    this.heat = part(root, "heat", HTMLCanvasElement);
    /** @type {Surprisal | null} */
    this.surprisal = null;
    /** @type {import("./model.js").Around | null} */
    this.around = null;
    /** @type {Map<string, Cost>} by model */
    this.costs = new Map();
    /** @type {Question | null} what is asked now */
    this.question = null;
    this.hover = -1;
    this.destroyed = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {LatestRequest<Question, import("../../shared/view/types.d.ts").Message>} */
    this.request = new LatestRequest(
      ({ levels, ...header }) => post(`${host.modelUrl}/surprise`, header, { image: send(levels) }),
      answer => this.onSurprisal(readSurprisal(answer)),
      error => host.showError(messageOf(error)),
    );
    this.picker = new ImagePicker(
      host,
      part(root, "chosen"),
      () => this.ask(),
      () => sideOn(host, SIDE),
    );
    for (const canvas of [this.heat, this.picker.canvas]) {
      canvas.addEventListener("pointermove", event => this.point(pixelAt(canvas, host.model, event)));
      canvas.addEventListener("pointerleave", () => this.point(-1));
    }
    this.open();
  }

  destroy() {
    this.destroyed = true;
    this.request.close();
    clearTimeout(this.timer);
  }

  async open() {
    try {
      this.around = await this.host.around();
      if (this.destroyed) return;
      this.table();
      this.facts();
    } catch (error) {
      this.host.showError(messageOf(error));
    }
  }

  // -- what is asked ------------------------------------------------------------------------------

  ask() {
    const { levels, label } = this.picker;
    if (!levels || this.destroyed) return;
    const { state, model } = this.host;
    const level = Math.min(Number(state.level) || 0, model.levels - 1);
    const question = { levels, label, vary: state.vary, seed: 0, level };
    this.question = question;
    this.request.request(question);
    clearTimeout(this.timer);
    this.costs.clear();
    this.table();
    this.timer = setTimeout(() => this.compare(question), PATIENCE);
  }

  /** @param {Surprisal} surprisal */
  onSurprisal(surprisal) {
    this.surprisal = surprisal;
    this.facts();
    this.host.requestFrame();
    this.host.reportShown();
  }

  /** Ask each model, one after the other. @param {Question} question */
  async compare(question) {
    const { host } = this,
      { levels, ...header } = question;
    const { rivals } = await host.around().catch(() => ({ rivals: [] }));
    for (const rival of rivals) {
      if (question !== this.question || this.destroyed) return;
      try {
        const answer = await post(`${host.modelUrl}/readings`, { ...header, rival }, { image: send(levels) });
        if (question !== this.question || this.destroyed) return;
        this.costs.set(rival, answer.header);
        this.table();
      } catch (error) {
        host.showError(messageOf(error));
      }
    }
  }

  // -- words --------------------------------------------------------------------------------------

  facts() {
    const { surprisal, host, root } = this,
      { model, state } = host;
    if (!surprisal) return;
    const { nats, label, variants } = surprisal,
      usual = this.around?.nats;
    const condition = label === null ? "" : html` Conditioned on class <b>${model.classes[label]}</b>.`;
    put(
      part(root, "total"),
      model.proper
        ? html`<b class="big">${fixed(nats)} nats</b> ${fixed(surprisal.bitsPerPixel, 3)} bits per pixel.${condition}`
        : html`<b class="big">${fixed(nats)} “nats”</b> but this model sees the pixels it predicts: not a probability.`,
    );
    put(
      part(root, "share"),
      html`The 10% most surprising pixels carry <b>${Math.round(100 * surprisal.share)}%</b> of the bits.${usual && ` Mean of test images: ${fixed(usual)} nats.`}`,
    );
    const most = Math.max(...Object.values(variants), 1),
      level = Math.min(state.level || 0, model.levels - 1);
    put(
      part(root, "variants"),
      VARIANTS.map(([how, words]) => {
        const less = how !== "plain" && variants[how] < variants.plain && html`<em>fewer than the original</em>`;
        const name = how === "constant" ? `all ${levelName(model, level)}` : words;
        return html`<button type="button" data-do="vary" value="${how}" aria-pressed="${String(state.vary === how)}" title="Score this variant: ${name}">
        <span>${name}</span><i><b style="width:${(100 * variants[how]) / most}%"></b></i><output>${fixed(variants[how], 1)}</output>${less}</button>`;
      }),
    );
    find(root, ".slider").hidden = state.vary !== "constant";
    syncSlider(root, "level", state.level || 0, levelName(model, level));
    write(
      part(root, "lesson"),
      !model.proper
        ? "A score that is not a probability can be made arbitrarily good."
        : variants.constant < variants.plain
          ? "A constant image is more probable than this one: likelihood does not measure how good an image looks. Most bits are at edges and at starts of strokes."
          : "Most bits are at edges and at starts of strokes; the background needs almost none. Invert the image and compare.",
    );
  }

  table() {
    const { costs, around, host } = this;
    if (!around) return;
    /** @param {string} name */
    const line = name => {
      const cost = costs.get(name);
      if (!cost) return html`<tr><td>${name}</td><td colspan="3" class="muted">…</td></tr>`;
      const spread = cost.spread ? ` ± ${fixed(cost.spread)}` : "";
      return html`<tr class="${name === host.data.checkpoint ? "own" : ""}"><td title="${name}">${cost.title}<br><small>${cost.family}, trained on ${cost.view} data</small></td>
          <td class="number">${fixed(cost.nats)}${spread}</td><td title="${KINDS[cost.nature] ?? ""}">${cost.nature}${cost.note && html`<br><small>${cost.note}</small>`}</td><td class="number">${cost.usual === null ? "–" : fixed(cost.usual)}</td></tr>`;
    };
    put(
      part(this.root, "rivals"),
      html`<thead><tr><th>model</th><th>nats</th><th>kind of score</th><th>mean of test images</th></tr></thead><tbody>${ranked(around.rivals, costs).map(line)}</tbody>`,
    );
  }

  /** @param {number} i pixel under the pointer, -1 for none */
  point(i) {
    if (i === this.hover) return;
    this.hover = i;
    this.host.requestFrame();
  }

  // -- what is drawn ------------------------------------------------------------------------------

  draw() {
    const { host, surprisal, hover, heat, picker } = this,
      { model, state } = host;
    if (!surprisal) return false;
    const { levels, bits, most, hardest } = surprisal;
    picker.draw(state.read === "drawing" && state.vary === "plain" ? picker.levels : levels);
    paintHeat(
      heat,
      model,
      bits.map(b => Math.sqrt(b / most)),
      sideOn(host, SIDE),
    );
    if (state.hardest === "on") frame(heat, model, hardest, HARDEST_FRAME, 1.5);
    if (hover >= 0) for (const canvas of [heat, picker.canvas]) frame(canvas, model, [hover]);
    write(
      part(this.root, "hover"),
      hover < 0
        ? `0 to ${fixed(most, 1)} bits`
        : `${pixelName(model, hover)}: ${levelName(model, levels[hover])}, p = ${fixed(2 ** -bits[hover], 3)}, ${fixed(bits[hover])} bits`,
    );
    return false;
  }

  // -- hands --------------------------------------------------------------------------------------

  /** @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    if (this.picker.onAction(name)) return;
    const { state } = this.host;
    if (name === "vary") {
      state.vary = button.value;
      this.ask();
    } else if (name === "hardest") {
      state.hardest = state.hardest === "on" ? "off" : "on";
      button.setAttribute("aria-pressed", String(state.hardest === "on"));
      this.host.requestFrame();
    } else return;
    this.host.syncUrl();
  }

  /** @param {string} name */
  onChoice(name) {
    this.picker.onChoice(name);
  }

  /** @param {string} name @param {string} value */
  onSelect(name, value) {
    this.picker.onSelect(name, value);
  }

  /** @param {string} _ @param {number} value */
  onSlide(_, value) {
    this.host.state.level = value;
    this.ask();
    this.host.syncUrl();
  }

  keys() {
    return this.picker.keys();
  }

  urlParams() {
    const { vary, level, hardest } = this.host.state;
    return {
      ...this.picker.urlParams(),
      vary: vary === "plain" ? "" : vary,
      level: vary === "constant" && level ? String(level) : "",
      hardest: hardest === "on" ? "on" : "",
    };
  }
}

/** @param {PixelPlayer} host */
function markup({ model, state }) {
  const stops = [0, 64, 128, 192, 255].map(i => css(HEAT[i])).join(",");
  return html`
<p class="lead">Surprisal −log₂ p of each pixel given all pixels before it, in bits: bright pixels were unexpected. <span class="muted">Try a drawing, then a noisy copy, then a constant image.</span></p>
<div class="reading">
  <section class="chooser" data-part="chosen"></section>
  <figure><canvas data-part="heat" role="img" aria-label="Surprisal of every pixel"></canvas>
    <figcaption><span class="ramp" style="background:linear-gradient(90deg,${stops})"></span> <span data-part="hover"></span></figcaption>
    ${button("hardest", "mark the top 10%", "Frame the 10% most surprising pixels", html`aria-pressed="${String(state.hardest === "on")}"`)}</figure>
  <section class="facts"><p data-part="total"></p><p data-part="share"></p>
    <div class="variants" data-part="variants" role="group" aria-label="Nats of variants of the image"></div>
    ${slider("level", "level", 0, model.levels - 1, 1, "Level of every pixel")}
    <p class="note" data-part="lesson"></p></section>
</div>
<h4>The same image under every model of this data set</h4>
<div class="scrolls"><table data-part="rivals"></table></div>
<p class="note">−log p(x) in nats over the same levels. Models of real values give densities, which are not comparable.</p>`;
}
