// Gibbs chains on images of any size; what an image shows can be clamped, and the rest is filled in.

import { fit, greyPixel, layout, paint } from "../../shared/view/canvas.js";
import { button, choice, playButton, samplerKeys, setPlaying, write } from "../../shared/view/controls.js";
import { context2d, part } from "../../shared/view/dom.js";
import { html, put } from "../../shared/view/html.js";
import { ImagePad } from "../../shared/view/image_pad.js";
import { reducedMotion } from "../../shared/view/motion.js";
import { roomFor, unless } from "../../shared/view/panel.js";
import { seededRandom } from "../../shared/view/random.js";

/**
 * @typedef {import("./player.js").ConvolutionalView} ConvolutionalView
 * @typedef {import("../../shared/view/types.d.ts").Floats} Floats
 */

const SIDE = 520; // CSS pixels of all images, where there is room
const CHAINS = { 1: 16, 2: 4, 4: 1 }; // about as many pixels at every size
const CLAMPED = 9; // chains beside an image that is clamped

export class Samples {
  static name = "samples";
  static title = "Samples of any size";
  static hint = "Gibbs chains on images larger than any that were learned from; fill in what is hidden";

  /** @param {ConvolutionalView} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    this.playing = !reducedMotion();
    this.sweeps = 0;
    put(root, markup(host));
    this.pad = new ImagePad(host, part(root, "input"), () => host.requestFrame());
    this.restart();
  }

  destroy() {
    this.playing = false;
  }

  get clampsImage() {
    return this.host.state.clamped === "image";
  }

  /** Sides of the sampled images: those of the data where one is clamped. */
  get shape() {
    const { model, state } = this.host;
    return model.machine.enlarged(model, this.clampsImage ? 1 : Number(state.size));
  }

  restart() {
    const { state, model } = this.host;
    this.random = seededRandom(state.seed);
    const random = this.random;
    const count = this.clampsImage ? CLAMPED : CHAINS[state.size];
    /** @type {Floats[]} */
    this.chains = Array.from({ length: count }, () => model.machine.noise(this.shape, random));
    this.means = this.chains;
    this.sweeps = 0;
    this.sync();
  }

  /** One sweep of all chains: detection units, then visibles. */
  sweep() {
    const { host, shape, random = Math.random } = this;
    const { machine } = host.model;
    const { visible, hidden } = host.input;
    this.means = (this.chains ?? []).map(v => {
      const means = machine.visibleMeans(machine.drawHidden(v, shape, random), shape);
      v.set(machine.drawVisible(means, random));
      if (!this.clampsImage) return means;
      for (let i = 0; i < v.length; i++) if (!hidden[i]) v[i] = means[i] = visible[i];
      return means;
    });
    this.sweeps++;
  }

  draw() {
    if (this.playing) this.sweep();
    this.drawGrid();
    const { height, width } = this.shape;
    write(part(this.root, "sweeps"), `${width} × ${height} pixels · ${this.sweeps.toLocaleString("en")} sweeps`);
    return this.playing;
  }

  drawGrid() {
    const { host, means = [], root, shape } = this;
    const grid = part(root, "grid", HTMLCanvasElement);
    const side = Math.min(SIDE, Math.max(220, roomFor(grid)));
    fit(grid, side, side);
    const context = context2d(grid);
    context.clearRect(0, 0, grid.width, grid.height);
    const tiles = layout(means.length, shape.width, shape.height, grid.width, grid.height, 4);
    means.forEach((image, c) => {
      const { x, y } = tiles.place(c);
      const pixel = greyPixel(host.model.greyOf(image));
      paint(context, shape.width, shape.height, pixel, x, y, tiles.tileW, tiles.tileH);
    });
  }

  sync() {
    const { root } = this;
    setPlaying(root, this.playing);
    part(root, "clamp").setAttribute("aria-pressed", String(this.clampsImage));
    part(root, "image-box").hidden = !this.clampsImage;
    this.host.requestFrame();
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** @param {string} name @param {HTMLButtonElement} [button] */
  onAction(name, button) {
    if (button && this.pad.onAction(name, button.value)) return;
    const { state } = this.host;
    /** @type {Record<string, () => void>} */
    const actions = {
      play: () => {
        this.playing = !this.playing;
      },
      step: () => {
        this.playing = false;
        this.sweep();
      },
      restart: () => {
        state.seed = (state.seed + 1) % 100_000;
        this.restart();
      },
      clamp: () => {
        state.clamped = this.clampsImage ? "" : "image";
        if (this.clampsImage) state.size = "1"; // an image has the size of the data
        this.restart();
      },
    };
    actions[name]?.();
    this.sync();
    this.host.syncUrl();
  }

  /** @param {string} name @param {string} value */
  onChoice(name, value) {
    if (name === "tool") this.pad.setTool(/** @type {import("../../shared/view/image_pad.js").PadTool} */ (value));
    else {
      this.host.state.clamped = ""; // an image has the size of the data
      this.restart();
    }
  }

  keys() {
    return samplerKeys(this);
  }

  urlParams() {
    const { input, state } = this.host;
    return {
      ...input.urlParams(),
      size: unless(state.size, "1"),
      clamped: state.clamped,
      seed: unless(state.seed, 0),
    };
  }
}

/** @param {ConvolutionalView} host */
const markup = ({ model }) => {
  /** @param {number} times @returns {[string, string, string]} */
  const size = times => {
    const { height, width } = model.machine.enlarged(model, times);
    const chains = CHAINS[/** @type {1} */ (times)];
    return [
      String(times),
      `${width} × ${height}`,
      `${chains} image${chains === 1 ? "" : "s"} of ${width} × ${height} pixels`,
    ];
  };
  return html`
<div class="bar"><span class="group transport">${playButton("Sample, or pause (space)")}${button("step", "One sweep", "Draw all detection units, then all visibles (→)")}${button("restart", "New noise", "Restart all chains from noise (N)")}</span>
  <span class="group">Size ${choice("size", [1, 2, 4].map(size), "Size of the images")}</span>
  ${button("clamp", "Clamp an image", "Keep what is shown of an image; its hidden part is sampled", html`data-part="clamp" aria-pressed="false"`)}
  <span class="end muted" data-part="sweeps"></span></div>
<div class="sampled">
  <div><canvas data-part="grid" role="img" aria-label="Means of the pixels of every chain"></canvas></div>
  <div><div data-part="image-box" hidden><section class="input" data-part="input"></section><p class="note">Hide a part: every chain samples it anew, given what is shown.</p></div>
    <p class="note">Learned from images of ${model.width} × ${model.height} pixels. The same filters run over larger ones: strokes and edges go on across them, but nothing says what the whole should be. That takes layers above.</p></div>
</div>`;
};
