// What images begin with: a part of a test image or of a drawing; and how its completions differ.

import { write } from "../../shared/view/controls.js";
import { find, findAll, part } from "../../shared/view/dom.js";
import { unless } from "../../shared/view/panel.js";
import { summarize } from "./completions.js";
import { givenMask } from "./model.js";
import { paintImage } from "./overlays.js";
import { SourceImage } from "./source_image.js";

const SIDE = 136;
const PATIENCE = 350; // milliseconds that the hand rests before images are sampled anew

/** @typedef {import("../../shared/view/drawing_pad.js").Tool} Tool */
/** @typedef {import("./model.js").GivenPixels} GivenPixels */
/** @typedef {import("./player.js").PixelPlayer} PixelPlayer */

export class Inpainting {
  /**
   * @param {PixelPlayer} host
   * @param {HTMLElement} root
   * @param {() => void} onChange what is given has changed
   */
  constructor(host, root, onChange) {
    this.host = host;
    this.root = root;
    this.onChange = onChange;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    const canvas = part(root, "pad", HTMLCanvasElement);
    this.image = new SourceImage(host, canvas, () => this.onStroke());
    this.pad = this.image.pad;
    const { region, keep, source } = host.state,
      mask = new Uint8Array(host.model.d);
    if (region && this.pad.decode(region, mask)) this.pad.mask = mask.map(grey => Number(grey > 127));
    else if (region) host.showError("The brushed part in the link does not fit this model's images and was ignored.");
    /** @type {Tool} */
    this.tool = keep === "brushed" ? "on" : source === "drawing" ? "draw" : "look";
    for (const kind of ["pointermove", "pointerleave", "pointerdown"]) canvas.addEventListener(kind, () => this.draw());
  }

  /** Whether there is an image to begin with. */
  get on() {
    const { state, model } = this.host;
    return state.source === "drawing" || (state.source === "test" && model.examples.length > 0);
  }

  levels() {
    const example = this.host.state.source === "test" ? this.image.example() : null;
    return example ?? this.image.drawing();
  }

  /** @returns {GivenPixels | null} null where nothing is given */
  given() {
    if (!this.on || (this.host.state.source === "drawing" && this.image.empty)) return null;
    return { levels: this.levels(), mask: this.mask() };
  }

  mask() {
    const { state, model } = this.host;
    return state.keep === "brushed" ? this.pad.mask : givenMask(model, state.keep);
  }

  /** The class of the test image, where it decides the condition; else null. */
  label() {
    const { state, model } = this.host;
    if (state.source !== "test" || state.only !== "" || !model.labels.length || !this.on) return null;
    return model.labels[state.example % model.examples.length];
  }

  onStroke() {
    this.draw();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.pad.canvas.isConnected && this.onChange(), PATIENCE);
    this.host.syncUrl(); // a reload before that loses nothing
  }

  /** @param {string} name source or keep: one of them was chosen */
  onChoice(name) {
    const { source, keep } = this.host.state,
      tool = source === "drawing" ? "draw" : "look";
    this.tool = name === "keep" && keep === "brushed" ? "on" : tool;
    this.onChange();
  }

  /** @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    const { state, model } = this.host,
      n = model.examples.length;
    if (name === "tool") {
      this.tool = /** @type {Tool} */ (button.value);
      return this.sync();
    }
    if (name === "other" && n) state.example = (state.example + Number(button.value) + n) % n;
    else if (name !== "wipe") return;
    else if (state.source === "drawing" && this.tool !== "on" && this.tool !== "free") this.image.clear();
    else this.pad.mask.fill(0);
    this.onChange();
  }

  // -- what is drawn ------------------------------------------------------------------------------

  /** Controls and the image as the state has them. */
  sync() {
    const { root } = this,
      { state, data } = this.host,
      { source, keep } = state;
    part(root, "kept").hidden = source === "nothing";
    part(root, "completed").hidden = !this.on;
    write(
      part(root, "lacks"),
      source === "test" && !this.on
        ? `Test images of ${data.dataset} are not downloaded. Drawing works without them.`
        : "",
    );
    const figure = this.pad.canvas.parentElement;
    if (figure) figure.hidden = !this.on;
    for (const button of findAll(root, '[data-do="other"]')) button.hidden = source !== "test" || !this.on;
    /** @type {Tool[]} */
    const tools = [];
    if (source === "drawing") tools.push("draw", "rub");
    if (keep === "brushed") tools.push("on", "free");
    if (!tools.includes(this.tool)) this.tool = tools[0] ?? "look";
    for (const button of findAll(root, '[data-do="tool"]', HTMLButtonElement)) {
      button.hidden = !tools.some(tool => tool === button.value);
      button.setAttribute("aria-pressed", String(button.value === this.tool));
    }
    find(root, '[data-do="wipe"]').hidden = !tools.length;
    this.draw();
  }

  draw() {
    if (!this.on) return;
    const { pad } = this,
      { state, model } = this.host,
      { mask, drawing } = pad;
    const grey = this.levels().map(level => (255 * level) / (model.levels - 1));
    pad.mask = this.mask();
    pad.tool = this.tool;
    if (state.source === "drawing") pad.drawing = grey; // as the model sees it: in its levels
    pad.draw(grey, SIDE);
    Object.assign(pad, { mask, drawing });
    const at = state.example % model.examples.length;
    const label = model.labels.length ? `, ${model.names[model.labels[at]]}` : "";
    const drawn = this.image.empty ? "draw here" : "your drawing; given: blue";
    write(part(this.root, "pad-caption"), state.source === "test" ? `test image ${at}${label}; given: blue` : drawn);
  }

  /**
   * Mean and entropy of the completions.
   * @param {import("./sample_buffer.js").SampleBuffer[]} buffers
   * @param {Uint16Array} order
   */
  showCompletions(buffers, order) {
    if (!this.on) return;
    const { root } = this,
      { model } = this.host,
      { levels } = model,
      n = buffers.length;
    const { mean, bits, sampled, unseen, bitsPerPixel } = summarize(buffers, order, levels, this.given()?.mask);
    const most = Math.log2(Math.min(levels, Math.max(2, n)));
    paintImage(part(root, "mean", HTMLCanvasElement), model, SIDE, (out, i, at) => {
      out[at] = out[at + 1] = out[at + 2] = sampled[i] ? 255 * mean[i] : 90;
      out[at + 3] = 255;
    });
    paintImage(part(root, "spread", HTMLCanvasElement), model, SIDE, (out, i, at) => {
      const share = bits[i] / most;
      out[at] = 20 + 235 * share;
      out[at + 1] = 24 + 135 * share;
      out[at + 2] = 40 - 14 * share;
      out[at + 3] = 255;
    });
    write(
      part(root, "spreadSays"),
      bitsPerPixel === null ? "entropy" : `entropy: ${bitsPerPixel.toFixed(2)} bits per pixel`,
    );
    const words = [
      `Entropy of each pixel over ${n} completions: where they differ, not whether they are right. Estimated from ${n} samples: at most ${Math.log2(n).toFixed(1)} bits, biased low.`,
    ];
    if (unseen)
      words.push(
        `${unseen} given pixels come after missing ones in the order, so the missing ones were sampled without seeing them: inpainting is hard ${model.anyOrder ? "in this order; try another one" : "for a model with a single order"}.`,
      );
    write(part(root, "honest"), words.join(" "));
  }

  urlParams() {
    const { state } = this.host,
      { pad } = this;
    return {
      source: unless(state.source, "nothing"),
      example: unless(state.example, 0),
      keep: unless(state.keep, "top"),
      drawing: this.image.packed(),
      region: pad.hasMask ? pad.encode(pad.mask.map(m => 255 * m)) : "",
    };
  }
}
