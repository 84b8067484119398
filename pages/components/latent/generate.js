// @ts-nocheck: no types yet
// Samples: from the prior, or from the mixture of all stored posteriors; beside each the nearest training image.

import { post } from "../gibbs/wire.js";
import { button, choice, slider, write } from "../shared/controls.js";
import { html, put } from "../shared/html.js";
import { noise } from "./maths.js";

const COUNT = 24;
const SIDE = 54;

export class Generate {
  constructor(host, root) {
    Object.assign(this, { host, root });
    put(root, this.markup());
    this.sample();
  }

  close() {
    clearTimeout(this.timer);
  }

  // the same codes for the same seed, whatever the temperature
  sample() {
    const { host } = this,
      { model, state } = host;
    const draw = noise(Number(state.seed)),
      scale = Math.sqrt(state.temperature);
    this.codes = Array.from({ length: COUNT }, () => {
      const row = Math.floor(draw.uniform() * model.n),
        e = Float32Array.from({ length: model.d }, draw);
      if (state.source === "prior") return e.map(x => scale * x);
      return e.map((x, j) => model.mean[row * model.d + j] + scale * model.std[row * model.d + j] * x);
    });
    const input = this.root.querySelector("input");
    input.value = state.temperature;
    write(input.nextElementSibling, Number(state.temperature).toFixed(2));
    this.near = null;
    clearTimeout(this.timer);
    if (host.data.dataHere) this.timer = setTimeout(() => this.compare(), 250);
    host.redrawOver();
  }

  // the training image nearest to each sample, once the samples stand still
  async compare() {
    const { host, codes } = this,
      { own, model } = host;
    const greys = codes.map(z => model.decode(z));
    if (greys.some(grey => !grey)) return void (this.timer = setTimeout(() => this.compare(), 250));
    const data = new Uint8Array(COUNT * own.size);
    greys.forEach((grey, i) => data.set(grey, i * own.size));
    try {
      const { header, planes } = await post(
        `${own.url}/nearest`,
        {},
        { images: { type: "u8", shape: [COUNT, own.height, own.width], data } },
      );
      if (codes !== this.codes) return;
      this.near = header.rows.map((row, i) => ({
        row,
        grey: planes.images.data.slice(i * own.size, (i + 1) * own.size),
        far: planes.distance.data[i],
      }));
      host.wake();
    } catch (error) {
      host.complain(error.message);
    }
  }

  draw() {
    const { host } = this;
    this.root.querySelectorAll("[data-sample]").forEach((item, i) => {
      const [above, below] = item.querySelectorAll("canvas");
      host.blit(above, host.model.decode(this.codes[i]), SIDE);
      if (!below) return;
      below.style.opacity = this.near ? 1 : 0.25;
      if (this.near) host.blit(below, this.near[i].grey, SIDE);
      item.title = this.near
        ? `Nearest training image: number ${this.near[i].row}, squared distance ${this.near[i].far.toFixed(1)}. Click to move the point to the sample's code.`
        : "Click to move the point to the sample's code.";
    });
    return false;
  }

  marks(plane, context) {
    for (const z of this.codes) plane.spotDot(context, z, "#009e73", 4);
  }

  slide(name, value) {
    this.host.state.temperature = value;
    this.sample();
    this.host.remember();
  }

  set() {
    this.sample();
  }

  do(name, b) {
    if (name === "again") {
      this.host.state.seed = Math.floor(Math.random() * 100_000);
      this.sample();
      this.host.remember();
    } else if (name === "sample") this.host.moveTo(this.codes[Number(b.dataset.sample)], -1);
  }

  keys() {
    return { g: () => this.do("again") };
  }

  link() {
    const { source, temperature, seed } = this.host.state;
    return {
      source: source === "prior" ? "" : source,
      temperature: temperature === 1 ? "" : String(temperature),
      seed: Number(seed) ? String(seed) : "",
    };
  }

  markup() {
    const { dataHere, split } = this.host.data;
    const items = Array.from(
      { length: COUNT },
      (_, i) =>
        html`<button type="button" class="sample" data-do="sample" data-sample="${i}"><canvas></canvas>${dataHere && html`<canvas></canvas>`}</button>`,
    );
    return html`
<div class="bar">${choice(
      "source",
      [
        ["prior", "prior", "z from N(0, I): the model's own distribution of codes"],
        [
          "posterior",
          "aggregated posterior",
          "z from the posterior of a random test example: where codes of real images are",
        ],
      ],
      "Where codes are drawn from",
    )}
  ${slider("temperature", "temperature", 0.1, 5, 0.05, "Multiplies the variance: low stays near the mean, high goes far out")}
  <span class="group end">${button("again", "new seed", "New samples, by a new seed (G)")}</span></div>
<p class="note">${dataHere ? "Below each sample the nearest training image, by squared distance: memorised, or new? " : "Training images not downloaded, so none stands below a sample. "}Where the two sources look different, the prior has holes that no image's code fills.</p>
${split && html`<p class="note">${surgery(split)}</p>`}
<div class="samples">${items}</div>`;
  }
}

// the KL in its two parts (Hoffman & Johnson 2016)
function surgery({ told, apart, n }) {
  const nats = x => Math.max(0, x).toFixed(1);
  return html`The KL of ${nats(told + apart)} nats has two parts: <b>${nats(told)}</b> of mutual information between image and code (with ${n.toLocaleString("en")} images at most ${nats(Math.log(n))} can be measured), and <b>${nats(apart)}</b> from the aggregated posterior to the prior: the fewer, the more samples from the prior resemble codes of images.`;
}

Object.assign(Generate, {
  title: "Generate",
  hint: "Sample images from the prior or the aggregated posterior; compare with the training data",
});
Object.defineProperty(Generate, "name", { value: "generate" });
