// Chains from noise beside chains from test images: where the two do not come to look alike, no chain samples the machine.

import { button, playButton, samplerKeys, write } from "../../shared/view/controls.js";
import { find, part } from "../../shared/view/dom.js";
import { plural, withMinus } from "../../shared/view/format.js";
import { html, put } from "../../shared/view/html.js";
import { seededRandom } from "../../shared/view/random.js";
import { drawChains } from "./chain_grid.js";
import { ChainSet } from "./chain_set.js";
import { difference, MeanEnergy } from "./mean_energy.js";
import { SamplerPanel } from "./sampler_panel.js";

/**
 * @typedef {import("./player.js").DeepView} DeepView
 * @typedef {import("./types.d.ts").Layers} Layers
 */

const CHAINS = 25;
const BUDGET = 12; // ms of sampling a frame
const SIDE = 420; // CSS pixels of each grid, where there is room
const PASSES = 20; // of mean field, for the hidden layers that chains from images begin with

/** Chains, and their energy. @typedef {{ chains: ChainSet, energy: MeanEnergy }} Measured */

export class Mixing extends SamplerPanel {
  /** @override */
  static name = "mixing";
  static title = "Noise or data";
  static hint = "Chains from noise beside chains from test images: do they come to look alike?";
  static undirectedOnly = "which has no energy of all its layers to compare chains by";

  /** @param {DeepView} host @param {HTMLElement} root */
  constructor(host, root) {
    super(host, root);
    /** @type {Record<string, Measured>} */
    this.sets = {};
    put(root, markup(host.model.images.length > 0, host.data.estimates));
    this.restart();
  }

  /** @override */
  restart() {
    const { host } = this;
    const { machine, images } = host.model;
    const random = seededRandom(host.state.seed);
    const sets = { noise: ChainSet.fromNoise(machine, CHAINS, random) };
    if (images.length) {
      const rows = Array.from({ length: CHAINS }, () => Math.floor(random() * images.length));
      const states = rows.map(row => this.fromImage(images[row], random));
      Object.assign(sets, { data: new ChainSet(machine, states, random) });
    }
    this.sets = Object.fromEntries(
      Object.entries(sets).map(([name, chains]) => [name, { chains, energy: new MeanEnergy(chains) }]),
    );
    this.sync();
  }

  /** An image with hidden layers drawn from its beliefs. @param {ArrayLike<number>} image grey @param {() => number} random @returns {Layers} */
  fromImage(image, random) {
    const { machine } = this.host.model;
    const layers = machine.recognise(Float32Array.from(image, grey => Number(grey > 127)));
    for (let pass = 0; pass < PASSES; pass++) machine.meanFieldPass(layers);
    return layers.map((u, layer) => (layer === 0 || machine.isClasses(layer) ? u : u.map(p => Number(random() < p))));
  }

  /** A sweep of one chain of each set, of those whose turn it is. @returns {boolean} whether all have made theirs */
  advance() {
    for (const { chains, energy } of Object.values(this.sets)) {
      chains.sweepOne();
      if (!chains.at) energy.measure();
    }
    return !this.sets.noise.chains.at;
  }

  draw() {
    // where a sweep takes longer than that, it goes on with the next frame
    if (this.playing) for (const until = performance.now() + BUDGET; performance.now() < until; ) this.advance();
    const { root, sets } = this;
    for (const [name, { chains, energy }] of Object.entries(sets)) {
      const box = find(root, `[data-set="${name}"]`);
      drawChains(part(box, "chains", HTMLCanvasElement), this.host.model, chains.states, SIDE);
      write(part(box, "energy"), `Mean energy ${inWords(energy.estimate)}`);
    }
    write(part(root, "sweeps"), plural(sets.noise.chains.sweeps, "sweep"));
    const apart = sets.data && difference(sets.noise.energy.estimate, sets.data.energy.estimate);
    write(
      part(root, "energies"),
      apart ? `The mean energies differ by ${inWords({ ...apart, mean: Math.abs(apart.mean) })} nats.` : "",
    );
    return this.playing;
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** @override @param {string} name */
  onAction(name) {
    if (name === "step") {
      this.playing = false;
      while (!this.advance());
    }
    super.onAction(name);
  }

  /** @override */
  keys() {
    return samplerKeys(this);
  }
}

/** @param {import("./mean_energy.js").Estimate} estimate */
const inWords = ({ mean, error }) => `${withMinus(mean)} ± ${error.toFixed(1)}`;

/** @param {string} set @param {string} title @param {string} about */
const card = (set, title, about) =>
  html`<section class="card" data-set="${set}"><header><b>${title}</b></header><p class="muted">${about}</p><div><canvas data-part="chains" role="img" aria-label="Chains: ${title}"></canvas></div><p class="note" data-part="energy"></p></section>`;

/** @param {boolean} images whether there are any @param {string} estimates what is known of the likelihood */
const markup = (images, estimates) => html`
<div class="bar"><span class="group transport">${playButton("Sample, or pause (space)")}${button("step", "Sweep", "Sample every layer once (→)")}${button("restart", "Restart", "Other noise and other images (N)")}</span>
  <span class="end muted" data-part="sweeps"></span></div>
<div class="rivals">${card("noise", "From noise", "Every unit on or off by chance")}${images ? card("data", "From test images", "Hidden layers drawn from their beliefs") : html`<p class="muted">The test images are not on this machine.</p>`}</div>
<p data-part="energies"></p>
<p data-part="estimates">${estimates}</p>
<p class="note">Chains of one machine forget where they began, if they mix. Where they stay apart for thousands of sweeps, samples from the data only repeat the data, and estimates of log Z that rest on chains may be off. Energies are means over ${CHAINS} chains and about the last 100 sweeps, ± one standard error over the chains.</p>`;
