// Chains from noise beside chains from test images: where the two do not come to look alike, no chain samples the machine.

import { button, playButton, samplerKeys, setPlaying, write } from "../../shared/view/controls.js";
import { find, part } from "../../shared/view/dom.js";
import { html, put } from "../../shared/view/html.js";
import { unless } from "../../shared/view/panel.js";
import { seededRandom } from "../../shared/view/random.js";
import { drawChains } from "./chain_grid.js";
import { ChainSet } from "./chain_set.js";

/**
 * @typedef {import("./player.js").DeepView} DeepView
 * @typedef {import("./types.d.ts").Layers} Layers
 */

const CHAINS = 25;
const BUDGET = 12; // ms of sampling a frame
const SIDE = 420; // CSS pixels of each grid, where there is room
const PASSES = 20; // of mean field, for the hidden layers that chains from images begin with
const AVERAGED = 100; // sweeps, about, that energies are averaged over

/** Chains, and their mean energy of late. @typedef {{ chains: ChainSet, energy: number }} Measured */

export class Mixing {
  static name = "mixing";
  static title = "Noise or data";
  static hint = "Chains from noise beside chains from test images: do they come to look alike?";
  static undirectedOnly = true;

  /** @param {DeepView} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    this.playing = true;
    this.sweeps = 0;
    /** @type {Record<string, Measured>} */
    this.sets = {};
    put(root, markup(host.model.images.length > 0, host.data.estimates));
    this.restart();
  }

  destroy() {
    this.playing = false;
  }

  restart() {
    const { host } = this;
    const { machine, images } = host.model;
    const random = seededRandom(host.state.seed);
    this.sets = { noise: { chains: ChainSet.fromNoise(machine, CHAINS, random), energy: 0 } };
    if (images.length) {
      const rows = Array.from({ length: CHAINS }, () => Math.floor(random() * images.length));
      const states = rows.map(row => this.fromImage(images[row], random));
      this.sets.data = { chains: new ChainSet(machine, states, random), energy: 0 };
    }
    this.sweeps = 0;
    this.measure(1);
    this.sync();
  }

  /** An image with hidden layers drawn from its beliefs. @param {ArrayLike<number>} image grey @param {() => number} random @returns {Layers} */
  fromImage(image, random) {
    const { machine } = this.host.model;
    const layers = machine.recognise(Float32Array.from(image, grey => Number(grey > 127)));
    for (let pass = 0; pass < PASSES; pass++) machine.meanFieldPass(layers);
    return layers.map((u, layer) => (layer === 0 || machine.isClasses(layer) ? u : u.map(p => Number(random() < p))));
  }

  sweep() {
    for (const { chains } of Object.values(this.sets)) chains.sweep();
    this.sweeps++;
    this.measure(Math.max(1 / AVERAGED, 1 / this.sweeps));
  }

  /** Let energies of now count for a share of their averages. @param {number} share */
  measure(share) {
    const { machine } = this.host.model;
    for (const set of Object.values(this.sets)) {
      const now = set.chains.states.reduce((sum, layers) => sum + machine.energy(layers), 0) / CHAINS;
      set.energy += share * (now - set.energy);
    }
  }

  draw() {
    if (this.playing) {
      const until = performance.now() + BUDGET;
      do this.sweep();
      while (performance.now() < until);
    }
    for (const [name, { chains, energy }] of Object.entries(this.sets)) {
      const box = find(this.root, `[data-set="${name}"]`);
      drawChains(part(box, "chains", HTMLCanvasElement), this.host.model, chains.states, SIDE);
      write(part(box, "energy"), `Mean energy ${energy.toFixed(1).replace("-", "−")}`);
    }
    const { root, sets, sweeps } = this;
    write(part(root, "sweeps"), `${sweeps.toLocaleString("en")} sweep${sweeps === 1 ? "" : "s"}`);
    const away = sets.data && Math.abs(sets.noise.energy - sets.data.energy).toFixed(1);
    write(part(root, "energies"), away ? `The mean energies differ by ${away} nats.` : "");
    return this.playing;
  }

  sync() {
    setPlaying(this.root, this.playing);
    this.host.requestFrame();
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** @param {string} name */
  onAction(name) {
    const { state } = this.host;
    if (name === "play") this.playing = !this.playing;
    else if (name === "step") {
      this.playing = false;
      this.sweep();
    } else if (name === "restart") {
      state.seed = (state.seed + 1) % 100_000;
      this.restart();
      this.host.syncUrl();
    }
    this.sync();
  }

  keys() {
    return samplerKeys(this);
  }

  urlParams() {
    return { seed: unless(this.host.state.seed, 0) };
  }
}

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
<p class="note">Chains of one machine forget where they began, if they mix. Where they stay apart for thousands of sweeps, samples from the data only repeat the data, and estimates of log Z that rest on chains may be off.</p>`;
