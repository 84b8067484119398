// PCA, and latent semantic analysis of documents, for every code size: so small that they run in the browser.

/** @typedef {import("../../shared/view/types.d.ts").Message} Message */

const SMOOTHING = 0.1; // of the shares of words, as in core/models/autoencoders/linear_codes.py

export class LinearBasis {
  /** @param {Message["planes"]} planes with `linear_components` (most, D), `linear_errors` and a mean or common shares */
  constructor({ linear_components: components, linear_errors: errors, linear_mean: mean, linear_common: common }) {
    /** @type {Float32Array} */
    this.components = components?.data ?? new Float32Array(0);
    /** The largest code. */
    this.most = components?.shape[0] ?? 0;
    /** @type {Float32Array} what is lost of held-out examples with 1, 2, ... numbers */
    this.errors = errors?.data ?? new Float32Array(0);
    /** @type {Float32Array | null} */
    this.mean = mean?.data ?? null;
    /** @type {Float32Array | null} of documents */
    this.common = common?.data ?? null;
    /** @type {WeakMap<Float32Array, Float32Array>} codes of what was asked for */
    this.codes = new WeakMap();
  }

  get title() {
    return this.common ? "LSA" : "PCA";
  }

  /** The code of an example (D,), all `most` numbers of it. @param {Float32Array} x */
  encode(x) {
    const known = this.codes.get(x);
    if (known) return known;
    const { components, mean, most } = this;
    const n = x.length;
    const total = this.common ? Math.max(1, sum(x)) : 1;
    const code = new Float32Array(most);
    for (let k = 0, at = 0; k < most; k++)
      for (let i = 0; i < n; i++) code[k] += components[at++] * (x[i] / total - (mean ? mean[i] : 0));
    this.codes.set(x, code);
    return code;
  }

  /** What comes back of an example through `size` numbers. @param {Float32Array} x @param {number} size */
  through(x, size) {
    const { components, common } = this;
    const code = this.encode(x);
    const n = x.length;
    const back = this.mean ? Float32Array.from(this.mean) : new Float32Array(n);
    for (let k = 0, at = 0; k < Math.min(size, this.most); k++)
      for (let i = 0; i < n; i++) back[i] += code[k] * components[at++];
    if (!common) return back;
    for (let i = 0; i < n; i++) back[i] = Math.max(0, back[i]);
    const total = Math.max(1e-12, sum(back));
    return back.map((share, i) => ((1 - SMOOTHING) * share) / total + SMOOTHING * common[i]);
  }
}

/**
 * The smallest code whose error is at most `error`; 0 where none is.
 * @param {ArrayLike<number>} errors with 1, 2, ... numbers
 * @param {number} error
 */
export function sizeToMatch(errors, error) {
  return Array.from(errors).findIndex(one => one <= error) + 1;
}

/** What is lost of an example: squared error. @param {Float32Array} x @param {Float32Array} back */
export const squaredError = (x, back) => x.reduce((total, value, i) => total + (back[i] - value) ** 2, 0);

/** Per-word perplexity of a document. @param {Float32Array} counts @param {Float32Array} shares */
export function perplexity(counts, shares) {
  const total = Math.max(1, sum(counts));
  return Math.exp(
    counts.reduce((cost, c, i) => (c ? cost - (c / total) * Math.log(Math.max(1e-30, shares[i])) : cost), 0),
  );
}

/** @param {Float32Array} values */
const sum = values => values.reduce((a, b) => a + b, 0);
