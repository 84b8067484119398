// Samples: from the prior, or from the mixture of all stored posteriors; beside each the nearest training image.

import { messageOf, post } from "../../shared/view/api.js";
import { button, choice, slider, syncSlider } from "../../shared/view/controls.js";
import { findAll } from "../../shared/view/dom.js";
import { html, put } from "../../shared/view/html.js";
import { noise } from "./maths.js";
import { blit } from "./readout.js";

/** @typedef {import("./player.js").LatentView} LatentView */
/** @typedef {import("./plane.js").Plane} Plane */
/** @typedef {import("./model.js").Greys} Greys */
/** @typedef {import("./types.d.ts").LatentData} LatentData */
/** @typedef {{ row: number, grey: Greys, distance: number }} Nearest a training image, and its squared distance */

const COUNT = 24;
const SIDE = 54;
const PAUSE = 250; // ms without a new sample before the nearest training images are asked for

/**
 * Codes from the prior, or from the posteriors of random examples; the same ones for the same seed, whatever the
 * temperature, which multiplies the variance.
 * @param {{ n: number, d: number, mean: Float32Array, std: Float32Array }} model
 * @param {{ seed: number, source: "prior" | "posterior", temperature: number }} how
 */
export function sampleCodes(model, { seed, source, temperature }) {
  const draw = noise(Number(seed));
  const scale = Math.sqrt(temperature);
  return Array.from({ length: COUNT }, () => {
    const first = Math.floor(draw.uniform() * model.n) * model.d;
    const e = Float32Array.from({ length: model.d }, draw);
    if (source === "prior") return e.map(x => scale * x);
    return e.map((x, j) => model.mean[first + j] + scale * model.std[first + j] * x);
  });
}

export class Generate {
  static name = "generate";
  static title = "Generate";
  static hint = "Sample images from the prior or the aggregated posterior; compare with the training data";

  /**
   * @param {LatentView} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    /** @type {Float32Array[]} */
    this.codes = [];
    /** @type {Nearest[] | null} to each sample */
    this.nearest = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    put(root, this.markup());
    this.sample();
  }

  destroy() {
    clearTimeout(this.timer);
  }

  sample() {
    const { host } = this;
    const { state } = host;
    this.codes = sampleCodes(host.space.model, state);
    syncSlider(this.root, "temperature", state.temperature, Number(state.temperature).toFixed(2));
    this.nearest = null;
    clearTimeout(this.timer);
    if (host.data.trainHere) this.timer = setTimeout(() => this.compare(), PAUSE);
    host.redrawOver();
  }

  /** Find the training image nearest to each sample, once the samples stand still. */
  async compare() {
    const { host, codes } = this;
    const { own, model } = host.space;
    const data = new Uint8Array(COUNT * own.size);
    for (const [i, z] of codes.entries()) {
      const grey = model.decode(z);
      if (grey) data.set(grey, i * own.size);
      else {
        this.timer = setTimeout(() => this.compare(), PAUSE);
        return;
      }
    }
    try {
      const { header, planes } = await post(
        `${own.url}/nearest`,
        {},
        { images: { type: "u8", shape: [COUNT, own.height, own.width], data } },
      );
      if (codes !== this.codes) return;
      this.nearest = header.rows.map((/** @type {number} */ row, /** @type {number} */ i) => ({
        row,
        grey: planes.images.data.slice(i * own.size, (i + 1) * own.size),
        distance: planes.distance.data[i],
      }));
      host.requestFrame();
    } catch (error) {
      host.showError(messageOf(error));
    }
  }

  draw() {
    const { model, own } = this.host.space;
    const what = "Click: move the point here.";
    for (const [i, item] of findAll(this.root, "[data-sample]").entries()) {
      const [above, below] = findAll(item, "canvas", HTMLCanvasElement);
      blit(above, model.decode(this.codes[i]), own, SIDE);
      if (!below) continue;
      const nearest = this.nearest?.[i];
      below.style.opacity = nearest ? "1" : "0.25";
      if (nearest) blit(below, nearest.grey, own, SIDE);
      item.title = nearest
        ? `Nearest training image: #${nearest.row}, squared distance ${nearest.distance.toFixed(1)}. ${what}`
        : what;
    }
    return false;
  }

  /** @param {Plane} plane @param {CanvasRenderingContext2D} context */
  drawMarks(plane, context) {
    for (const z of this.codes) plane.disc(context, z, "#009e73", 4);
  }

  /** @param {string} _name @param {number} value */
  onSlide(_name, value) {
    this.host.state.temperature = value;
    this.sample();
    this.host.syncUrl();
  }

  onChoice() {
    this.sample();
  }

  /** @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    if (name === "again") this.sampleAgain();
    else if (name === "sample") this.host.moveTo(this.codes[Number(button.dataset.sample)], -1);
  }

  sampleAgain() {
    this.host.state.seed = Math.floor(Math.random() * 100_000);
    this.sample();
    this.host.syncUrl();
  }

  keys() {
    return { g: () => this.sampleAgain() };
  }

  urlParams() {
    const { source, temperature, seed } = this.host.state;
    return {
      source: source === "prior" ? "" : source,
      temperature: temperature === 1 ? "" : String(temperature),
      seed: Number(seed) ? String(seed) : "",
    };
  }

  markup() {
    const { trainHere, split } = this.host.data;
    const items = Array.from(
      { length: COUNT },
      (_, i) =>
        html`<button type="button" class="sample" data-do="sample" data-sample="${i}"><canvas></canvas>${trainHere && html`<canvas></canvas>`}</button>`,
    );
    return html`
<div class="bar">${choice(
      "source",
      [
        ["prior", "prior", "Sample z from N(0, I)"],
        ["posterior", "aggregated posterior", "Sample z from the posterior of a random test image"],
      ],
      "Distribution of z",
    )}
  ${slider("temperature", "temperature", 0.1, 5, 0.05, "Multiplies the variance")}
  <span class="group end">${button("again", "new seed", "New samples with a new seed (G)")}</span></div>
<p class="note">${trainHere ? "Below each sample: the nearest training image by squared distance. " : "Training images not downloaded: no nearest neighbours. "}If the two distributions give different samples, the prior has regions without codes of images.</p>
${split && html`<p class="note">${surgery(split)}</p>`}
<div class="samples">${items}</div>`;
  }
}

/** The KL in its two parts (Hoffman & Johnson 2016). @param {NonNullable<LatentData["split"]>} split */
function surgery({ mutual_information: information, aggregated_kl: aggregated, n }) {
  /** @param {number} x */
  const nats = x => Math.max(0, x).toFixed(1);
  return html`The KL of ${nats(information + aggregated)} nats has two parts: <b>${nats(information)}</b> of mutual information between image and code (at most log ${n.toLocaleString("en")} = ${nats(Math.log(n))} can be measured), and <b>${nats(aggregated)}</b> from the aggregated posterior to the prior: the smaller, the more samples from the prior resemble codes of images.`;
}
