// The decoder in the browser: from a code, or a place on a map, to a picture in about a millisecond.

import { sigmoid } from "./probability.js";

/** @typedef {import("./types.d.ts").Message} Message */
/** @typedef {{ weight: Float32Array, bias: Float32Array, unit: string }} Layer the weight (out, in), row by row */

/** @type {Record<string, (x: number) => number>} */
const UNITS = {
  linear: x => x,
  sigmoid,
  tanh: Math.tanh,
  relu: x => Math.max(0, x),
  gelu: x => 0.5 * x * (1 + erf(x / Math.SQRT2)),
};

/** @param {number} x */
function erf(x) {
  // Abramowitz & Stegun 7.1.26: off by 1.5e-7 at most
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const y =
    1 -
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * Math.exp(-x * x);
  return x < 0 ? -y : y;
}

/**
 * Means of pixels (n,) whose levels 0, 1, ... have these log-odds (n * levels,).
 * @param {Float32Array} odds
 * @param {number} n
 */
function meanLevels(odds, n) {
  const levels = odds.length / n;
  return Float32Array.from({ length: n }, (_, i) => {
    let top = -Infinity;
    let total = 0;
    let sum = 0;
    for (let l = 0; l < levels; l++) top = Math.max(top, odds[i * levels + l]);
    for (let l = 0; l < levels; l++) {
      const share = Math.exp(odds[i * levels + l] - top);
      total += share;
      sum += l * share;
    }
    return sum / total;
  });
}

/** @param {Float32Array} out becomes its softmax */
function softmax(out) {
  const top = Math.max(...out);
  let total = 0;
  for (let j = 0; j < out.length; j++) {
    out[j] = Math.exp(out[j] - top);
    total += out[j];
  }
  for (let j = 0; j < out.length; j++) out[j] /= total;
}

/** A chain of dense layers with a scale and a shift after the last. */
export class DecoderNet {
  /** @param {Message} message */
  constructor({ header, planes }) {
    /** @type {Layer[]} */
    this.layers = header.units.map((/** @type {string} */ unit, /** @type {number} */ i) => ({
      weight: planes[`weight${i}`].data,
      bias: planes[`bias${i}`].data,
      unit,
    }));
    /** @type {Float32Array} */
    this.shift = planes.shift.data;
    /** @type {Float32Array} */
    this.scale = planes.scale.data;
    this.size = this.shift.length;
  }

  /**
   * Grey bytes of a code.
   * @param {ArrayLike<number>} code
   */
  run(code) {
    let u = Float32Array.from(code);
    for (const { weight, bias, unit } of this.layers) {
      const out = Float32Array.from(bias);
      const n = u.length;
      for (let j = 0, at = 0; j < out.length; j++) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += weight[at++] * u[i];
        out[j] += sum;
      }
      if (unit === "levels") {
        u = meanLevels(out, this.size);
        continue;
      }
      if (unit === "softmax") softmax(out);
      else if (unit !== "linear") {
        const f = UNITS[unit];
        for (let j = 0; j < out.length; j++) out[j] = f(out[j]);
      }
      u = out;
    }
    const grey = new Uint8ClampedArray(this.size);
    for (let i = 0; i < this.size; i++) grey[i] = 255 * (this.shift[i] + this.scale[i] * u[i]);
    return grey;
  }
}
