// One continuation of the prompt: its tokens, and the prediction before each.

import { stream } from "../../shared/view/api.js";

/** @typedef {Record<string, unknown>} Header */

export class Branch {
  /** @param {number} seed */
  constructor(seed) {
    this.seed = seed;
    /** @type {number[]} */
    this.tokens = [];
    /** @type {(Float32Array | undefined)[]} log p of every token that could stand there; may know one place more than there are tokens */
    this.predictions = [];
    /** @type {Set<number>} places whose token was chosen, not sampled */
    this.forced = new Set();
    this.seen = 0; // places that were on the screen
    this.own = true; // sampled from its beginning by its seed and the settings of the link
  }

  /**
   * A branch that begins with the first t tokens of another.
   * @param {Branch} other
   * @param {number} t
   * @param {number} seed
   */
  static of(other, t, seed) {
    const made = new Branch(seed);
    made.tokens = other.tokens.slice(0, t);
    made.predictions = other.predictions.slice(0, t + 1);
    made.forced = new Set([...other.forced].filter(place => place < t));
    made.seen = t;
    made.own = false;
    return made;
  }

  /** Forget what comes after t tokens. @param {number} t */
  truncate(t) {
    this.tokens.length = Math.min(this.tokens.length, t);
    this.predictions.length = Math.min(this.predictions.length, t + 1);
    for (const place of [...this.forced]) if (place >= t) this.forced.delete(place);
    this.seen = Math.min(this.seen, t);
    if (t > 0) this.own = false;
  }

  /** @param {number} token chosen by the visitor */
  force(token) {
    this.forced.add(this.tokens.length);
    this.tokens.push(token);
    this.seen = this.tokens.length;
  }

  /** -log p of its token at place t in nats, by the model as it is: no temperature, nothing cut off. @param {number} t */
  cost(t) {
    const prediction = this.predictions[t];
    return prediction ? -prediction[this.tokens[t]] : NaN;
  }

  /** Log p of the first t tokens, in nats. @param {number} t */
  logProb(t) {
    let sum = 0;
    for (let i = 0; i < t; i++) sum -= this.cost(i);
    return sum;
  }

  /** Tokens that can be shown with their costs. */
  get ready() {
    return Math.min(this.tokens.length, this.predictions.length);
  }

  /** Whether all that was seen is here. */
  get complete() {
    return this.tokens.length >= this.seen && this.predictions.length >= this.tokens.length;
  }

  /**
   * Sample more tokens, and get the predictions that are missing.
   * @param {string} url of the model's routes
   * @param {Header} header
   * @param {number} count
   * @param {AbortSignal} signal
   * @param {() => void} onData after each few
   */
  async extend(url, header, count, signal, onData) {
    const missing = this.predictions.findIndex(prediction => !prediction),
      after = missing < 0 ? Math.min(this.predictions.length, this.tokens.length) : missing;
    const path = Uint16Array.from(this.tokens);
    /** @type {{ path: import("../../shared/view/types.d.ts").SentPlane }} */
    const planes = { path: { type: "u16", shape: [path.length], data: path } };
    for await (const message of stream(`${url}/write`, { ...header, seed: this.seed, count, after }, planes, signal)) {
      if (signal.aborted) return;
      const { tokens, log_probs: logProbs } = message.planes;
      if (!tokens) continue;
      const [, steps, size] = logProbs.shape,
        { first } = message.header;
      for (let i = 0; i < steps; i++) {
        this.tokens[first + i] = tokens.data[i];
        this.predictions[first + i] = logProbs.data.subarray(i * size, (i + 1) * size);
      }
      onData();
    }
  }

  /** How many tokens it begins with like another. @param {Branch} other */
  sharedWith(other) {
    const most = Math.min(this.seen, other.seen);
    for (let i = 0; i < most; i++) if (this.tokens[i] !== other.tokens[i]) return i;
    return most;
  }
}

/**
 * Where each branch leaves an earlier one: that with which it shares most.
 * @param {Branch[]} branches
 * @returns {{ shared: number, from: number }[]} both -1 for the first
 */
export const forksOf = branches =>
  branches.map((branch, i) => {
    let best = { shared: -1, from: -1 };
    branches.slice(0, i).forEach((other, from) => {
      const shared = branch.sharedWith(other);
      if (shared > best.shared) best = { shared, from };
    });
    return best;
  });
