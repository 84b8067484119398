// How the next token is sampled, as `core.numerics.sampling.SamplingConfig` has it: for bars that follow a slider while it moves.

import { softmax, topIndices } from "../../shared/view/probability.js";

/** @typedef {{ temperature: number, top_k: number, top_p: number, min_p: number }} SamplingSettings 0, 1 and 0 cut nothing off */

/**
 * Probabilities after temperature, top-k, top-p and min-p.
 * @param {ArrayLike<number>} logProbs of all tokens
 * @param {SamplingSettings} settings
 * @returns {Float64Array}
 */
export function samplingProbs(logProbs, { temperature, top_k, top_p, min_p }) {
  const probs = softmax(logProbs, temperature),
    size = probs.length;
  if (!(top_k && top_k < size) && top_p === 1 && !min_p) return probs;
  const order = topIndices(probs);
  let before = 0,
    kept = 0;
  const out = new Float64Array(size),
    least = min_p * probs[order[0]];
  order.forEach((token, rank) => {
    const p = probs[token];
    if ((!top_k || rank < top_k) && (top_p === 1 || before < top_p) && p >= least) {
      out[token] = p;
      kept += p;
    }
    before += p;
  });
  return out.map(p => p / kept);
}

/**
 * The slider of top-k runs from 0 to 100 over logarithms of k; at its end nothing is cut off.
 * @param {number} slider
 * @param {number} size of the vocabulary
 * @returns {number} k, 0 for all
 */
export const topKOf = (slider, size) => (slider >= 100 ? 0 : Math.max(1, Math.round(size ** (slider / 100))));

/** @param {number} k @param {number} size */
export const sliderOfTopK = (k, size) => (k ? Math.round((100 * Math.log(k)) / Math.log(size)) : 100);
