// How well chains mix: changes of class with hysteresis, the autocorrelation of the hidden layer, its integrated time.
// Nothing here needs a browser (tests/test_mixing.py).

export const SURE = 0.9; // a chain is in a class from when the probe gives it so much until it gives another one as much
export const FEWEST_CHAINS = 9; // from fewer one cannot tell how unlike independent states would be
const WORK = 3e6; // words compared at most: beyond that, starting points are left out
const UNSURE = 255;

/**
 * Changes of class of each chain so far. A schmitt trigger: the class of a chain is the last one that was read with
 * probability `SURE` or more, so that a reading that flickers in between counts for nothing.
 * @param {{class: Uint8Array, confidence: Uint8Array}} frame what the probe reads, confidence in 255ths
 * @param {{changes?: Uint16Array, sure?: Uint8Array} | undefined} before the answer for the frame before
 * @param {boolean} restarted whether the chains began anew at this frame: what changes there is no change
 */
export function classChanges(frame, before, restarted) {
  const n = frame.class.length;
  const changes = before?.changes?.slice() ?? new Uint16Array(n);
  const sure = (restarted ? undefined : before?.sure?.slice()) ?? new Uint8Array(n).fill(UNSURE);
  for (let c = 0; c < n; c++) {
    if (frame.confidence[c] < SURE * 255) continue;
    if (sure[c] !== UNSURE && sure[c] !== frame.class[c]) changes[c] += 1;
    sure[c] = frame.class[c];
  }
  return { changes, sure };
}

/**
 * Autocorrelation of binary states, pooled over chains and units:
 * rho(k) = 1 - E|h(t) - h(t+k)| / (2 sum_j p_j (1 - p_j)), the second being what independent states differ by.
 * @param {Uint8Array[]} layers states of all chains in a frame each: a row of ceil(units / 8) bytes a chain
 * @param {number} chains
 * @param {number} units
 * @param {(i: number) => boolean} restarted whether layers[i] does not come from layers[i - 1]: no pair spans it
 * @param {number} most lags at most
 * @returns {Float64Array | null} rho(0) = 1, rho(1), ...; null where there is nothing to compare
 */
export function autocorrelation(layers, chains, units, restarted = () => false, most = 150) {
  const last = Math.min(most, layers.length >> 1);
  const apart = independentDistance(layers, chains, units);
  if (last < 1 || !(apart > 0)) return null;
  const words = layers.map(asWords);
  const segment = new Int32Array(layers.length); // pairs lie within one
  for (let i = 1; i < layers.length; i++) segment[i] = segment[i - 1] + (restarted(i) ? 1 : 0);
  const step = Math.max(1, Math.ceil((last * layers.length * words[0].length) / WORK));
  const rho = [1];
  for (let k = 1; k <= last; k++) {
    let sum = 0,
      pairs = 0;
    for (let i = 0; i + k < layers.length; i += step) {
      if (segment[i] !== segment[i + k]) continue;
      sum += distance(words[i], words[i + k]);
      pairs += 1;
    }
    if (!pairs) break;
    rho.push(1 - sum / (pairs * chains) / apart);
  }
  return rho.length > 1 ? Float64Array.from(rho) : null;
}

/**
 * Integrated autocorrelation time 1 + 2 sum rho(k), up to the smallest window of five times itself (Sokal 1997).
 * @param {Float64Array} rho
 * @returns {{time: number, closed: boolean}} in lags; not `closed`: rho ends before the window, the time is longer
 */
export function integratedTime(rho) {
  let time = 1;
  for (let k = 1; k < rho.length; k++) {
    time += 2 * rho[k];
    if (k >= 5 * time) return { time: Math.max(1, time), closed: true };
  }
  return { time: Math.max(1, time), closed: false };
}

/**
 * Units in which two independent states differ, on average.
 * @param {Uint8Array[]} layers
 * @param {number} chains
 * @param {number} units
 */
function independentDistance(layers, chains, units) {
  const bytes = Math.ceil(units / 8),
    on = new Float64Array(8 * bytes);
  const step = Math.max(1, Math.ceil((layers.length * chains * bytes * 8) / WORK));
  let rows = 0;
  for (let i = 0; i < layers.length; i += step)
    for (let c = 0; c < chains; c++, rows++)
      for (let b = 0; b < bytes; b++) {
        const byte = layers[i][c * bytes + b];
        for (let j = 0; j < 8; j++) on[8 * b + j] += (byte >> (7 - j)) & 1;
      }
  return on.reduce((sum, count) => sum + 2 * (count / rows) * (1 - count / rows), 0);
}

/** @param {Uint8Array} bytes */
function asWords(bytes) {
  const padded = new Uint8Array(4 * Math.ceil(bytes.length / 4));
  padded.set(bytes);
  return new Uint32Array(padded.buffer);
}

/** Bits in which two states differ. @param {Uint32Array} a @param {Uint32Array} b */
function distance(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    let x = a[i] ^ b[i];
    x -= (x >>> 1) & 0x55555555;
    x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
    sum += Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return sum;
}
