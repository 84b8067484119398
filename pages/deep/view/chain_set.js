// Chains of one machine that go on together, as far as there is time in a frame.

/**
 * @typedef {import("./machine.js").LayeredMachine} LayeredMachine
 * @typedef {import("./types.d.ts").Layers} Layers
 * @typedef {import("./types.d.ts").Options} Options
 */

export class ChainSet {
  /** @param {LayeredMachine} machine @param {Layers[]} states where they begin @param {() => number} random */
  constructor(machine, states, random) {
    this.machine = machine;
    this.states = states;
    this.random = random;
    /** Whole sweeps that all chains have made. */
    this.sweeps = 0;
    /** @type {0 | 1} which layers come next */
    this.next = 1;
    this.at = 0; // the chain whose turn it is, where a sweep is not over
  }

  /** @param {LayeredMachine} machine @param {number} count @param {() => number} random */
  static fromNoise(machine, count, random) {
    return new ChainSet(
      machine,
      Array.from({ length: count }, () => machine.noise(random)),
      random,
    );
  }

  /** Half a step of every chain. @param {Options} [options] */
  halfStep(options) {
    while (this.at) this.sweepOne(options);
    for (const layers of this.states) this.machine.halfStep(layers, this.next, this.random, options);
    if (this.next === 0) this.sweeps++;
    this.next = this.next ? 0 : 1;
  }

  /** A sweep of every chain. @param {Options} [options] */
  sweep(options) {
    do this.sweepOne(options);
    while (this.at);
  }

  /**
   * Sweeps until a time on the clock; a sweep of many chains goes on with the next call where this one ended.
   * @param {number} until ms
   * @param {number} most whole sweeps
   * @param {Options} [options]
   */
  advance(until, most, options) {
    for (let made = 0; made < most; made += Number(this.at === 0)) {
      this.sweepOne(options);
      if (performance.now() >= until) return;
    }
  }

  /** A sweep of the chain whose turn it is. @param {Options} [options] */
  sweepOne(options) {
    const layers = this.states[this.at];
    this.machine.halfStep(layers, this.next, this.random, options);
    this.machine.halfStep(layers, this.next ? 0 : 1, this.random, options);
    this.at = (this.at + 1) % this.states.length;
    if (!this.at) this.sweeps++;
  }
}
