// Numbers that the panels share: the normal distribution, draws that come back, ways from one point to another.

import { seededRandom, normal as standardNormal } from "../../shared/view/random.js";

/** @typedef {((() => number) & { uniform: () => number })} Noise draws from N(0, 1), and from [0, 1) */

/**
 * The distribution function of N(0, 1): Abramowitz & Stegun 7.1.26, off by 1e-7 at most.
 * @param {number} x
 */
export function normal(x) {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2);
  const tail =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) *
    t *
    Math.exp((-x * x) / 2);
  return x < 0 ? tail / 2 : 1 - tail / 2;
}

const A = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
];
const B = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
const C = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
/** @param {number[]} coefficients @param {number} x @param {number} last */
const horner = (coefficients, x, last = 0) => coefficients.reduce((sum, c) => sum * x + c, 0) * (last ? x : 1) + last;
export const EDGE = 0.0005; // the plane of quantiles ends here: beyond lies one in two thousand

/**
 * The inverse of `normal` (Acklam's rational approximation, relative error 1e-9), of probabilities within the edge.
 * @param {number} probability
 */
export function quantile(probability) {
  const p = Math.min(1 - EDGE, Math.max(EDGE, probability));
  if (p < 0.02425 || p > 1 - 0.02425) {
    const q = Math.sqrt(-2 * Math.log(Math.min(p, 1 - p)));
    const x = horner(C, q) / horner(D, q, 1);
    return p < 0.5 ? x : -x;
  }
  const q = p - 0.5;
  const r = q * q;
  return (horner(A, r) * q) / horner(B, r, 1);
}

/**
 * Normal draws that are the same for the same seed.
 * @param {number} seed
 * @returns {Noise}
 */
export function noise(seed) {
  const uniform = seededRandom(seed + 0x9e3779b9);
  const draw = () => standardNormal(uniform);
  return Object.assign(draw, { uniform });
}

/**
 * The scalar product.
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 */
export function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/**
 * A place on the straight line from a to b.
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 * @param {number} t from 0 to 1
 */
export const mix = (a, b, t) => Float32Array.from(a, (x, i) => (1 - t) * x + t * b[i]);

/**
 * A place from a to b at an even angle about the origin, the length changing evenly (Shoemake 1985; White 2016).
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 * @param {number} t from 0 to 1
 */
export function slerp(a, b, t) {
  const la = Math.sqrt(dot(a, a));
  const lb = Math.sqrt(dot(b, b));
  const cosine = la && lb ? Math.min(1, Math.max(-1, dot(a, b) / (la * lb))) : 1;
  const angle = Math.acos(cosine);
  if (angle < 1e-3 || Math.PI - angle < 1e-3) return mix(a, b, t); // one direction, or none that would be the shorter
  const wa = Math.sin((1 - t) * angle) / (Math.sin(angle) * la);
  const wb = Math.sin(t * angle) / (Math.sin(angle) * lb);
  const length = (1 - t) * la + t * lb;
  return Float32Array.from(a, (x, i) => length * (wa * x + wb * b[i]));
}
