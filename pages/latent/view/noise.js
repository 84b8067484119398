// The reparameterisation trick, seen: z = mean + spread * noise, with the same noise kept or drawn afresh.

import { button, slider, syncSlider, write } from "../../shared/view/controls.js";
import { find, part } from "../../shared/view/dom.js";
import { html, put } from "../../shared/view/html.js";
import { noise } from "./maths.js";
import { blit } from "./readout.js";

/** @typedef {import("./player.js").LatentView} LatentView */
/** @typedef {import("./plane.js").Plane} Plane */

const CLOUD = 60; // draws on the map
const SIDE = 64;
const STEP = 400; // ms between two samples while it plays

export class Noise {
  static name = "noise";
  static title = "Noise";
  static hint = "The reparameterisation trick: where the gradient flows";

  /**
   * @param {LatentView} host
   * @param {HTMLElement} root
   * @param {Noise} [before]
   */
  constructor(host, root, before) {
    this.host = host;
    this.root = root;
    this.shift = before?.shift ?? 0; // of the mean, along the first axis of the map
    this.spread = before?.spread ?? 1; // multiplies the standard deviations
    this.playing = false;
    this.sampledAt = 0;
    this.away = false; // the large picture shows the point, not z
    this.pick = host.space.pick;
    /** @type {Float32Array[]} of all samples; the first is the one in the diagram */
    this.noise = [];
    put(root, this.markup());
    this.sample();
  }

  destroy() {
    this.playing = false;
  }

  sample() {
    const draw = noise(Number(this.host.state.seed));
    const { d } = this.host.space.model;
    this.noise = Array.from({ length: CLOUD }, () => Float32Array.from({ length: d }, draw));
    this.onChange();
  }

  get row() {
    return Math.max(0, this.host.space.pick);
  }

  get mean() {
    const { model, axes } = this.host.space;
    return model.code(this.row).map((x, j) => x + this.shift * axes[0][j]);
  }

  get std() {
    return this.host.space.model.spread(this.row).map(s => s * this.spread);
  }

  /** The sample that some noise makes. @param {Float32Array} e */
  z(e) {
    const { mean, std } = this;
    return mean.map((m, j) => m + std[j] * e[j]);
  }

  /** Mean, spread or noise are others. */
  onChange() {
    this.away = false;
    syncSlider(this.root, "shift", this.shift, this.shift.toFixed(2));
    syncSlider(this.root, "spread", this.spread, this.spread.toFixed(2));
    this.host.redrawOver();
  }

  onPointChange() {
    const { pick } = this.host.space;
    if (pick !== this.pick) this.away = false;
    this.pick = pick;
  }

  /** The large picture follows the point until mean, spread or noise change again. */
  onDrag() {
    this.away = true;
  }

  lookedAt() {
    return this.away ? null : { z: this.z(this.noise[0]), what: "at z = μ + σ · ε" };
  }

  /** @param {string} name @param {number} value */
  onSlide(name, value) {
    if (name === "shift") this.shift = value;
    else this.spread = value;
    this.onChange();
  }

  /** @param {number} now */
  advance(now) {
    if (!this.playing) return false;
    if (now - this.sampledAt > STEP) {
      this.sampledAt = now;
      this.host.state.seed = (Number(this.host.state.seed) + 1) % 100_000;
      this.sample();
    }
    return true;
  }

  draw() {
    const { host, root } = this;
    const { model, own, plane } = host.space;
    const z = this.z(this.noise[0]);
    const image = host.pictures.of(this.row) ?? model.decode(model.code(this.row));
    blit(part(root, "x", HTMLCanvasElement), image, own, SIDE);
    blit(part(root, "back", HTMLCanvasElement), model.decode(z), own, SIDE);
    const [u, v] = plane.kind === "dims" ? [plane.first, plane.second] : model.order;
    /** @param {Float32Array} values */
    const two = values => `(${values[u].toFixed(2)}, ${values[v].toFixed(2)}${model.d > 2 ? ", …" : ""})`;
    for (const [name, values] of Object.entries({ mean: this.mean, std: this.std, noise: this.noise[0], z }))
      write(part(root, name), two(values));
    find(root, '[data-do="play"]').setAttribute("aria-pressed", String(this.playing));
    return this.playing;
  }

  /** @param {Plane} plane @param {CanvasRenderingContext2D} context */
  drawMarks(plane, context) {
    plane.ellipse(context, this.mean, this.std, "#e69f00");
    for (const e of this.noise.slice(1)) plane.disc(context, this.z(e), "#009e73", 2.6);
    plane.disc(context, this.z(this.noise[0]), "#d55e00", 6);
  }

  /** @param {string} name */
  onAction(name) {
    if (name === "fresh") this.sampleAfresh();
    else if (name === "play") this.play();
    else if (name === "reset") {
      this.shift = 0;
      this.spread = 1;
      this.onChange();
    }
  }

  sampleAfresh() {
    this.host.state.seed = Math.floor(Math.random() * 100_000);
    this.sample();
    this.host.syncUrl();
  }

  play() {
    this.playing = !this.playing;
    this.host.requestFrame();
  }

  keys() {
    return { " ": () => this.play(), g: () => this.sampleAfresh() };
  }

  urlParams() {
    const { seed } = this.host.state;
    return { seed: Number(seed) ? String(seed) : "" };
  }

  markup() {
    /** @param {string} name @param {string} word */
    const box = (name, word, more = "") =>
      html`<span class="node ${more}"><b>${word}</b><output data-part="${name}"></output></span>`;
    return html`
<div class="trick">
  <figure><canvas data-part="x"></canvas><figcaption>x</figcaption></figure>
  <span class="arrow" title="Encoder: the gradient passes back through it">encoder<i></i></span>
  <span class="stack">${box("mean", "mean μ")}${box("std", "std. dev. σ")}${box("noise", "noise ε", "free")}</span>
  <span class="arrow" title="The gradient passes back to μ and σ, not to the noise">μ + σ · ε<i></i></span>
  ${box("z", "z")}
  <span class="arrow" title="Decoder: the gradient passes back through it">decoder<i></i></span>
  <figure><canvas data-part="back"></canvas><figcaption>x̂</figcaption></figure>
</div>
<p class="note"><span class="key through"></span> The gradient of the loss flows back along every solid arrow: ∂z/∂μ = 1, ∂z/∂σ = ε.
  <span class="key free"></span> None reaches the noise: it is an input, sampled independently of all weights. Sampling z directly from the posterior
  would block the gradient, and the encoder could not learn.</p>
<div class="bar">${slider("shift", "shift μ", -2, 2, 0.01, "Move μ along the map's first axis; same noise")}
  ${slider("spread", "scale σ", 0, 3, 0.01, "Multiply σ; same noise")}
  <span class="group end">${button("reset", "reset", "Reset μ and σ to the encoder's output")}</span></div>
<div class="bar"><span class="group">${button("fresh", "new noise", "Sample new noise once (G)")}${button("play", "new noise at every step", "Resample the noise continuously, as in training (space)", html`aria-pressed="false"`)}</span></div>
<p class="note">With the noise fixed, z moves smoothly with μ and σ: hence the gradient. On the map: this z (large) and ${CLOUD - 1} more samples.</p>`;
  }
}
