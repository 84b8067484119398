// Samples of an RBM, a belief net and a deep Boltzmann machine of the same images, each from as much computing time.

import { button, playButton, write } from "../../shared/view/controls.js";
import { find, part } from "../../shared/view/dom.js";
import { html, put } from "../../shared/view/html.js";
import { seededRandom } from "../../shared/view/random.js";
import { drawChains } from "./chain_grid.js";
import { ChainSet } from "./chain_set.js";
import { SamplerPanel } from "./sampler_panel.js";

/**
 * @typedef {import("./player.js").DeepView} DeepView
 * @typedef {import("./model.js").DeepModel} DeepModel
 */

const CHAINS = 16;
const BUDGET = 15; // ms of sampling a frame, of all machines together
const SIDE = 300; // CSS pixels of each grid, where there is room

/**
 * One machine and its chains.
 * @typedef {object} Sampler
 * @property {DeepModel} model
 * @property {ChainSet} chains
 * @property {number} spent ms
 */

/** The sampler that has had the least time. @template {{ spent: number }} S @param {S[]} samplers @returns {S} */
export const leastServed = samplers => samplers.reduce((least, one) => (one.spent < least.spent ? one : least));

export class SideBySide extends SamplerPanel {
  /** @override */
  static name = "samples";
  static title = "Samples side by side";
  static hint = "An RBM, a belief net and a deep Boltzmann machine of the same images, from the same computing time";

  /** @param {DeepView} host @param {HTMLElement} root */
  constructor(host, root) {
    super(host, root);
    this.random = seededRandom(host.state.seed);
    /** @type {(Sampler | null)[]} of each machine, once it has come */
    this.samplers = host.data.machines.map(() => null);
    put(root, markup(host.data.machines));
    host.data.machines.forEach((_, i) => this.load(i));
    this.sync();
  }

  /** @param {number} i */
  async load(i) {
    const { host } = this;
    try {
      const model = await host.machine(i);
      if (host.panel !== this) return;
      this.samplers[i] = this.begin(model);
      this.restart(); // all from the same moment
    } catch (error) {
      if (host.panel === this) host.showError(/** @type {Error} */ (error).message);
    }
  }

  /** @param {DeepModel} model @returns {Sampler} */
  begin(model) {
    return { model, chains: ChainSet.fromNoise(model.machine, CHAINS, this.random), spent: 0 };
  }

  /** @override */
  restart() {
    this.random = seededRandom(this.host.state.seed);
    this.samplers = this.samplers.map(one => one && this.begin(one.model));
    this.host.requestFrame();
  }

  get ready() {
    return this.samplers.filter(one => one !== null);
  }

  sample() {
    const { ready } = this;
    for (const until = performance.now() + BUDGET; ready.length && performance.now() < until; ) {
      const one = leastServed(ready);
      const began = performance.now();
      one.chains.sweepOne();
      one.spent += Math.max(performance.now() - began, 1e-3); // clocks of browsers are coarse
    }
  }

  draw() {
    if (this.playing) this.sample();
    this.samplers.forEach((one, i) => this.drawOne(one, find(this.root, `[data-machine="${i}"]`)));
    return this.playing && this.ready.length > 0;
  }

  /** @param {Sampler | null} one @param {HTMLElement} box */
  drawOne(one, box) {
    const sweeps = one?.chains.sweeps.toLocaleString("en");
    write(part(box, "spent"), one ? `${sweeps} sweeps in ${(one.spent / 1000).toFixed(1)} s` : "loading …");
    if (one) drawChains(part(box, "chains", HTMLCanvasElement), one.model, one.chains.states, SIDE);
  }
}

/** @param {import("./types.d.ts").Rival[]} machines */
const markup = machines => html`
<div class="bar"><span class="group transport">${playButton("Sample, or pause (space)")}${button("restart", "New noise", "Restart all chains from noise (N)")}</span></div>
<div class="rivals">${machines.map(
  ({ title, kind }, i) =>
    html`<section class="card" data-machine="${i}"><header><b>${kind}</b></header><p class="muted">${title}</p><div><canvas data-part="chains" role="img" aria-label="Chains of ${title}"></canvas></div><p class="note" data-part="spent"></p></section>`,
)}</div>
<p class="note">All begin from noise and get the same computing time. A sweep of a larger machine costs more, so it makes fewer of them. The belief net samples its two top layers in turn and then goes down once; the others sample all their layers.</p>`;
