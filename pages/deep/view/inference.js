// Mean field in an undirected machine, pass by pass, as an image or the feedback from above changes.

/**
 * @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes
 * @typedef {import("./machine.js").LayeredMachine} LayeredMachine
 * @typedef {import("./types.d.ts").Layers} Layers
 * @typedef {import("./types.d.ts").ClampedUnit} ClampedUnit
 */

const SETTLED = 1e-4; // the largest change of a belief in a pass that still counts as none
const MOST_PASSES = 300;
const REMEMBERED = 120;
const PASSES_ALONE = 20; // between a hidden part of the image and the first layer

export class Inference {
  /** @param {LayeredMachine} machine @param {ArrayLike<number>} meanImage what hidden pixels are taken for at first */
  constructor(machine, meanImage) {
    this.machine = machine;
    this.meanImage = meanImage;
    this.layers = machine.blank();
    /** What the image is taken for before anything is inferred. */
    this.input = machine.blank()[0];
    /** @type {Layers} beliefs without any feedback: one pass up, and where pixels are hidden what that makes of them */
    this.recognition = machine.blank();
    /** @type {Bytes | null} */
    this.missing = null;
    this.feedback = 1;
    this.since = 0; // passes since something changed
    /** @type {ClampedUnit | null} */
    this.clampedUnit = null;
    this.pass = 0;
    this.residual = Number.POSITIVE_INFINITY;
    /** @type {number[]} the bound, all but -log Z, after each of the last passes */
    this.bounds = [];
  }

  get settled() {
    return this.residual <= SETTLED || this.since >= MOST_PASSES;
  }

  /** Another image; hidden layers stay as they are. @param {Float32Array} visible @param {Bytes} hidden */
  show(visible, hidden) {
    this.missing = hidden.some(Boolean) ? hidden : null;
    this.input = visible.map((v, i) => (hidden[i] ? this.meanImage[i] : v));
    this.recognition = this.machine.recognise(this.input);
    const alone = { feedback: 0, missing: this.missing };
    if (this.missing)
      for (let pass = 0; pass < PASSES_ALONE; pass++) this.machine.meanFieldPass(this.recognition, alone);
    const before = this.layers[0];
    this.layers[0] = visible.map((v, i) => (hidden[i] ? (this.pass ? before[i] : this.meanImage[i]) : v));
    this.resume();
  }

  /** Go on until all has settled anew. */
  resume() {
    this.residual = Number.POSITIVE_INFINITY;
    this.since = 0;
  }

  /** Begin anew: from one pass up, or with all beliefs one half. @param {"up" | "half"} start */
  restart(start) {
    const from = start === "up" ? this.recognition : this.machine.blank();
    this.layers = [this.recognition[0], ...from.slice(1)].map(u => Float32Array.from(u));
    this.pass = 0;
    this.bounds = [this.bound];
    this.resume();
  }

  /** One pass over all layers. */
  step() {
    this.residual = this.machine.meanFieldPass(this.layers, this);
    this.pass++;
    this.since++;
    this.bounds.push(this.bound);
    if (this.bounds.length > REMEMBERED) this.bounds.shift();
  }

  /** Of the beliefs as they are, all but -log Z. */
  get bound() {
    return this.machine.bound(this.layers, this);
  }

  /** How many units of a layer are believed otherwise than without feedback, by more than `by`. @param {number} layer @param {number} by */
  changed(layer, by) {
    return this.layers[layer].reduce((count, _, unit) => count + Number(this.hasChanged(layer, unit, by)), 0);
  }

  /** @param {number} layer @param {number} unit @param {number} by */
  hasChanged(layer, unit, by) {
    return Math.abs(this.layers[layer][unit] - this.recognition[layer][unit]) > by;
  }
}
