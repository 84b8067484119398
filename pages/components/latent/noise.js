// @ts-nocheck: no types yet
// The reparameterisation trick, seen: z = mean + spread * noise, with the same noise kept or drawn afresh.

import { button, slider, write } from "../shared/controls.js";
import { html, put } from "../shared/html.js";
import { noise } from "./maths.js";

const CLOUD = 60; // draws on the map
const SIDE = 64;

export class Noise {
  constructor(host, root, before) {
    Object.assign(this, { host, root });
    this.shift = before?.shift ?? 0;
    this.spread = before?.spread ?? 1;
    put(root, this.markup());
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    this.draws();
  }

  close() {
    this.playing = false;
  }

  // the noise of all draws; the first is the one in the diagram
  draws() {
    const { host } = this,
      draw = noise(Number(host.state.seed));
    this.noise = Array.from({ length: CLOUD }, () => Float32Array.from({ length: host.model.d }, draw));
    this.changed();
  }

  get row() {
    return Math.max(0, this.host.pick);
  }

  // mean (moved along the first axis of the map), spread, and z of a draw
  get mean() {
    const { model, axes } = this.host;
    return model.code(this.row).map((x, j) => x + this.shift * axes[0][j]);
  }

  get std() {
    return this.host.model.spread(this.row).map(s => s * this.spread);
  }

  z(e) {
    const { mean, std } = this;
    return mean.map((m, j) => m + std[j] * e[j]);
  }

  changed() {
    this.away = false;
    const slides = { shift: this.shift, spread: this.spread };
    for (const [name, value] of Object.entries(slides)) {
      const input = this.root.querySelector(`[data-slide="${name}"]`);
      input.value = value;
      write(input.nextElementSibling, value.toFixed(2));
    }
    this.host.redrawOver();
  }

  moved() {
    if (this.host.pick !== this.shown) this.away = false;
    this.shown = this.host.pick;
  }

  // the point is dragged: the large picture follows it until mean, spread or noise move again
  held() {
    this.away = true;
  }

  looking() {
    return this.away ? null : { z: this.z(this.noise[0]), what: "at z = mean + spread · noise" };
  }

  slide(name, value) {
    this[name] = value;
    this.changed();
  }

  advance(now) {
    if (!this.playing) return false;
    if (now - (this.drawnAt ?? 0) > 400) {
      this.drawnAt = now;
      this.host.state.seed = (Number(this.host.state.seed) + 1) % 100_000;
      this.draws();
    }
    return true;
  }

  draw() {
    const { host, root } = this,
      { model } = host;
    host.blit(root.querySelector('[data-part="x"]'), host.image(this.row) ?? model.decode(model.code(this.row)), SIDE);
    host.blit(root.querySelector('[data-part="back"]'), model.decode(this.z(this.noise[0])), SIDE);
    const [u, v] = [0, 1].map(i =>
      host.planeOf.kind === "dims" ? host.planeOf[i ? "second" : "first"] : model.order[i],
    );
    const two = values => `(${values[u].toFixed(2)}, ${values[v].toFixed(2)}${model.d > 2 ? ", …" : ""})`;
    write(this.$("mean"), two(this.mean));
    write(this.$("std"), two(this.std));
    write(this.$("noise"), two(this.noise[0]));
    write(this.$("z"), two(this.z(this.noise[0])));
    root.querySelector('[data-do="play"]').setAttribute("aria-pressed", String(Boolean(this.playing)));
    return Boolean(this.playing);
  }

  marks(plane, context) {
    plane.ellipse(context, this.mean, this.std, "#e69f00");
    for (const e of this.noise.slice(1)) plane.spotDot(context, this.z(e), "#009e73", 2.6);
    plane.spotDot(context, this.z(this.noise[0]), "#d55e00", 6);
  }

  do(name) {
    if (name === "fresh") {
      this.host.state.seed = Math.floor(Math.random() * 100_000);
      this.draws();
      this.host.remember();
    } else if (name === "play") {
      this.playing = !this.playing;
      this.host.wake();
    } else if (name === "reset") {
      (this.shift = 0), (this.spread = 1);
      this.changed();
    }
  }

  keys() {
    return { " ": () => this.do("play"), g: () => this.do("fresh") };
  }

  link() {
    const { seed } = this.host.state;
    return { seed: Number(seed) ? String(seed) : "" };
  }

  markup() {
    const box = (part, word, more = "") =>
      html`<span class="node ${more}"><b>${word}</b><output data-part="${part}"></output></span>`;
    return html`
<div class="trick">
  <figure><canvas data-part="x"></canvas><figcaption>x</figcaption></figure>
  <span class="arrow" title="The encoder; the gradient passes back through it">encoder<i></i></span>
  <span class="stack">${box("mean", "mean")}${box("std", "spread")}${box("noise", "noise", "free")}</span>
  <span class="arrow" title="A sum and a product; the gradient passes back to mean and spread, not to the noise">mean + spread · noise<i></i></span>
  ${box("z", "z")}
  <span class="arrow" title="The decoder; the gradient passes back through it">decoder<i></i></span>
  <figure><canvas data-part="back"></canvas><figcaption>x̂</figcaption></figure>
</div>
<p class="note"><span class="key through"></span> The gradient of the loss passes back along every solid arrow: dz/dmean = 1, dz/dspread = noise.
  <span class="key free"></span> None reaches the noise: it is an input like the image, sampled independently of all weights. Had z been sampled from the posterior
  directly, sampling would have no derivative, and the encoder nothing to learn from.</p>
<div class="bar">${slider("shift", "move the mean", -2, 2, 0.01, "Along the first axis of the map; the noise stays")}
  ${slider("spread", "scale the spread", 0, 3, 0.01, "Multiplies all standard deviations; the noise stays")}
  <span class="group end">${button("reset", "as encoded", "Mean and spread as encoded")}</span></div>
<div class="bar"><span class="group">${button("fresh", "new noise", "Sample new noise once (G)")}${button("play", "new noise at every step", "As in training: new noise at every step (space)", html`aria-pressed="false"`)}</span></div>
<p class="note">With the noise kept, every z moves smoothly as mean and spread move: that is what makes the gradient. On the map: the diagram's z, large, and ${CLOUD - 1} more samples.</p>`;
  }
}

Object.assign(Noise, {
  title: "Noise",
  hint: "The reparameterisation trick: what is sampled, and where the gradient flows",
});
Object.defineProperty(Noise, "name", { value: "noise" });
