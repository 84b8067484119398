// The mean energy of chains that do not depend on each other, and how sure it is.

const AVERAGED = 100; // sweeps, about, that a chain's energy is averaged over

/** @typedef {{ mean: number, error: number }} Estimate with its standard error */

/** @param {ArrayLike<number>} values independent of each other @returns {Estimate} */
export function estimate(values) {
  const n = values.length;
  const mean = Array.from(values).reduce((sum, value) => sum + value, 0) / n;
  const squares = Array.from(values).reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (n - 1) / n) };
}

/** By how much two estimates differ. @param {Estimate} one @param {Estimate} other @returns {Estimate} */
export const difference = (one, other) => ({
  mean: one.mean - other.mean,
  error: Math.hypot(one.error, other.error),
});

export class MeanEnergy {
  /** @param {import("./chain_set.js").ChainSet} chains */
  constructor(chains) {
    this.chains = chains;
    this.each = chains.states.map(layers => chains.machine.energy(layers)); // of each chain, of late
  }

  /** Once after each sweep. */
  measure() {
    const { machine, states, sweeps } = this.chains;
    const share = Math.max(1 / AVERAGED, 1 / sweeps);
    states.forEach((layers, i) => {
      this.each[i] += share * (machine.energy(layers) - this.each[i]);
    });
  }

  get estimate() {
    return estimate(this.each);
  }
}
