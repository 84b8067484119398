// Distributions over two, a few or a few thousand outcomes.

/** @param {number} x */
export const sigmoid = x => 1 / (1 + Math.exp(-x));

/**
 * Probabilities from logits (or log-probabilities), at a temperature.
 * @param {ArrayLike<number>} logits
 * @param {number} [temperature]
 * @returns {Float64Array}
 */
export function softmax(logits, temperature = 1) {
  let top = -Infinity,
    sum = 0;
  for (let i = 0; i < logits.length; i++) if (logits[i] > top) top = logits[i];
  const probs = new Float64Array(logits.length);
  for (let i = 0; i < probs.length; i++) {
    probs[i] = Math.exp((logits[i] - top) / temperature);
    sum += probs[i];
  }
  return probs.map(p => p / sum);
}

/**
 * Entropy in bits.
 * @param {Iterable<number>} probs
 */
export function entropy(probs) {
  let bits = 0;
  for (const p of probs) if (p > 0) bits -= p * Math.log2(p);
  return bits;
}

/**
 * Indices of the `count` largest values, largest first; equal ones in their order. Of few among many only those that may
 * be among them are sorted.
 * @param {ArrayLike<number>} values
 * @param {number} [count] all by default
 * @param {(index: number) => boolean} [counts] whether one is looked at
 * @returns {number[]}
 */
export function topIndices(values, count = values.length, counts = () => true) {
  /** @type {number[]} */
  let found = [];
  const sorted = () => found.sort((a, b) => values[b] - values[a] || a - b).slice(0, count);
  let floor = Number.NaN; // what is no more than this is not among them
  for (let i = 0; i < values.length; i++) {
    if (values[i] <= floor || !counts(i)) continue;
    found.push(i);
    if (found.length < 2 * count + 64) continue;
    found = sorted();
    floor = values[found[count - 1]];
  }
  return sorted();
}

/** @param {number} nats */
export const toBits = nats => nats / Math.LN2;
