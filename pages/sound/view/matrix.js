// Products and a curve of networks that run in the browser.

/** @typedef {import("../../shared/view/types.d.ts").Floats} Floats */
/** @typedef {import("../../shared/view/types.d.ts").Plane<Floats>} Plane */

const PER_UNIT = 256, // entries of the table for x from -LAST to LAST
  LAST = 8;
const TANH = Float32Array.from({ length: 2 * LAST * PER_UNIT + 2 }, (_, i) => Math.tanh(i / PER_UNIT - LAST));

/**
 * The hyperbolic tangent, off by 2e-6 at most, from a table. Browsers differ in the last digits of `Math.tanh`, and one
 * sample that differs makes another sound: a link shall bring back the same in all of them.
 * @param {number} x
 */
export function tanh(x) {
  if (x <= -LAST) return -1;
  if (x >= LAST) return 1;
  const place = (x + LAST) * PER_UNIT,
    i = place | 0;
  return TANH[i] + (place - i) * (TANH[i + 1] - TANH[i]);
}

/** Weights (rows, n), four rows interleaved: engines of browsers go through them about twice as fast as row by row. */
export class Matrix {
  /**
   * @param {Floats} weights
   * @param {number} at where they begin
   * @param {number} rows
   * @param {number} n
   */
  constructor(weights, at, rows, n) {
    this.n = n;
    this.rows = 4 * Math.ceil(rows / 4); // the last ones are of zeros
    this.packed = new Float32Array(this.rows * n);
    for (let row = 0; row < rows; row++)
      for (let i = 0; i < n; i++) this.packed[(row >> 2) * 4 * n + 4 * i + (row & 3)] = weights[at + row * n + i];
  }

  /** Products with a vector (n,) into `out` (rows,). @param {Floats} x @param {Floats} out */
  multiply(x, out) {
    const { packed, rows, n } = this;
    for (let row = 0, at = 0; row < rows; row += 4) {
      let a = 0,
        b = 0,
        c = 0,
        d = 0;
      for (let i = 0; i < n; i++, at += 4) {
        const value = x[i];
        a += packed[at] * value;
        b += packed[at + 1] * value;
        c += packed[at + 2] * value;
        d += packed[at + 3] * value;
      }
      out[row] = a;
      out[row + 1] = b;
      out[row + 2] = c;
      out[row + 3] = d;
    }
  }
}

/**
 * Biases with what class and speaker add; the mean of all where one is not given.
 * @param {ArrayLike<number>} bias (n,)
 * @param {Plane | undefined} ofClass (classes, n)
 * @param {Plane | undefined} ofSpeaker (speakers, n)
 * @param {{ label: number, speaker: number }} condition
 */
export function withCondition(bias, ofClass, ofSpeaker, { label, speaker }) {
  const total = Float32Array.from(bias),
    size = total.length;
  for (const [plane, which] of /** @type {[Plane | undefined, number][]} */ ([
    [ofClass, label],
    [ofSpeaker, speaker],
  ])) {
    if (!plane) continue;
    const [n] = plane.shape;
    for (let i = 0; i < size; i++)
      if (which >= 0) total[i] += plane.data[which * size + i];
      else for (let k = 0; k < n; k++) total[i] += plane.data[k * size + i] / n;
  }
  return total;
}
