// Samples drawn from the 256 probabilities of each: by seed, place and temperature alone.

/**
 * A uniform number that follows from seed and place: a sample's noise is the same whatever came before it, so that a
 * branch differs by what was forced and by nothing else. (The finalizer of murmur3, twice.)
 * @param {number} seed
 * @param {number} t place
 * @returns {number} 0 to 1
 */
export function noiseAt(seed, t) {
  return mixed(mixed(seed) ^ Math.imul(t + 1, 0x9e3779b1)) / 4294967296;
}

/** @param {number} x @returns {number} 32 bits, each of which depends on all of x */
function mixed(x) {
  let h = x >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * The level at which the cumulated probabilities, at a temperature, pass a number.
 * @param {ArrayLike<number>} logits of the levels
 * @param {number} temperature
 * @param {number} u 0 to 1
 */
export function levelAt(logits, temperature, u) {
  let top = -Infinity,
    sum = 0;
  for (let i = 0; i < logits.length; i++) if (logits[i] > top) top = logits[i];
  for (let i = 0; i < logits.length; i++) {
    sum += Math.exp((logits[i] - top) / temperature);
    sums[i] = sum;
  }
  const wanted = u * sum;
  let level = 0;
  while (level < logits.length - 1 && sums[level] <= wanted) level++;
  return level;
}

const sums = new Float64Array(256); // as many levels as there can be

/**
 * Log-probabilities in bits, into `into`.
 * @param {ArrayLike<number>} logits
 * @param {Float32Array} into
 * @param {number} at index of the first
 */
export function writeLogProbs(logits, into, at) {
  let top = -Infinity,
    sum = 0;
  for (let i = 0; i < logits.length; i++) if (logits[i] > top) top = logits[i];
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i] - top);
  const total = top + Math.log(sum);
  for (let i = 0; i < logits.length; i++) into[at + i] = (logits[i] - total) / Math.LN2;
}
