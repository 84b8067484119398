// What the worker does: sounds drawn sample by sample, and sounds read; a part at a time, so that it can be stopped.

import { levelAt, noiseAt, writeLogProbs } from "./sampling.js";

/** @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes */
/** @typedef {import("../../shared/view/types.d.ts").Floats} Floats */
/** @typedef {import("./networks.js").Condition} Condition */
/** @typedef {import("./networks.js").Network} Network */

/**
 * A change to what the seed alone would draw: another level at a place, or another seed from there on.
 * @typedef {{ at: number, level: number } | { at: number, seed: number }} Edit
 */
/**
 * A sound to draw: it follows from this and the weights, and from nothing else.
 * @typedef {object} Drawing
 * @property {Bytes} given levels that it begins with
 * @property {number} length samples altogether
 * @property {number} from samples that are known already: `levels` before it stand as they are, nothing is told of them
 * @property {Bytes} levels what is known
 * @property {Condition} condition
 * @property {number} temperature
 * @property {number} seed
 * @property {Edit[]} edits in the order of their places
 */
/**
 * Samples, with what was predicted for them.
 * @typedef {object} Chunk
 * @property {number} first place of the first
 * @property {Bytes} levels
 * @property {Floats} logProbs (n, levels) in bits, at temperature 1
 */

/** A drawing under way. */
export class Draw {
  /**
   * @param {Network} net
   * @param {Drawing} drawing
   */
  constructor(net, drawing) {
    this.drawing = drawing;
    this.stream = net.stream(drawing.condition);
    const { from, levels, edits, seed } = drawing;
    this.t = Math.min(from, drawing.length); // place that is drawn next
    this.edits = new Map(edits.flatMap(edit => ("level" in edit ? [[edit.at, edit.level]] : [])));
    // from the first edit on the model draws
    this.given = Math.min(drawing.given.length, ...edits.map(edit => edit.at));
    this.seeds = [{ at: 0, seed }, ...edits.flatMap(edit => ("seed" in edit ? [edit] : []))];
    // what lies further back than the receptive field has no part in what follows
    this.heard = Math.max(0, this.t - net.receptiveField - 1);
    this.known = levels;
    this.started = false;
  }

  get done() {
    return this.t >= this.drawing.length;
  }

  /** Get as far as the place that is drawn next: `count` samples of what is known. @param {number} count @returns {boolean} whether it is there */
  catchUp(count) {
    const { stream, known, t } = this;
    // before the first sample, and only there, the network hears that a recording begins
    if (!this.started) {
      this.started = true;
      if (this.heard) stream.last = known[this.heard - 1];
      else stream.push(stream.last, t === 0);
    }
    for (let i = 0; i < count && this.heard < t; i++, this.heard++)
      stream.push(known[this.heard], this.heard === t - 1);
    return this.heard === t;
  }

  /** Draw at most `count` samples. @param {number} count @returns {Chunk} */
  next(count) {
    const { stream, drawing } = this,
      first = this.t,
      n = Math.min(count, drawing.length - first);
    const levels = new Uint8Array(n),
      logProbs = new Float32Array(n * stream.out.length);
    for (let i = 0; i < n; i++, this.t++) {
      writeLogProbs(stream.out, logProbs, i * stream.out.length);
      levels[i] = this.levelAt(this.t);
      stream.push(levels[i]);
    }
    this.heard = this.t;
    return { first, levels, logProbs };
  }

  /** @param {number} t */
  levelAt(t) {
    const { given, temperature } = this.drawing,
      forced = this.edits.get(t);
    if (forced !== undefined) return forced;
    if (t < this.given) return given[t];
    const { seed } = /** @type {{ seed: number }} */ (this.seeds.findLast(({ at }) => at <= t));
    return levelAt(this.stream.out, temperature, noiseAt(seed, t));
  }
}
