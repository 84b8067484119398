// What free-running text shows of a model: how long it follows the true text, and its bits under other models.

import { plural, withSign } from "../../shared/view/format.js";
import { toBits } from "../../shared/view/probability.js";

/** @typedef {[number, number]} Estimate a mean and its standard error */
/**
 * Over all stretches of the test text (route `drift`, its first message).
 * @typedef {object} Drift
 * @property {number} stretches
 * @property {boolean} whole whether they are of the whole test text
 * @property {Estimate} right share of tokens that are the likeliest, given true ones
 * @property {Estimate} met share of tokens as in the text, in free runs
 * @property {number} chance that share of another stretch
 * @property {{ right: Float32Array, met: Float32Array, chance: Float32Array }} curves by place
 */
/**
 * What the text and free runs cost under one model, in nats.
 * @typedef {object} Judgement
 * @property {string} judge name of its checkpoint
 * @property {string} short
 * @property {Estimate} all what free runs cost more, over all places
 * @property {Estimate} early the same of the first places
 * @property {Estimate} late of the last
 * @property {Estimate} growth from the first to the last
 * @property {{ truth: Float32Array, free: Float32Array }} curves log p by place
 */

/** How many tokens two rows begin with alike. @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export function commonPrefix(a, b) {
  let n = 0;
  while (n < a.length && n < b.length && a[n] === b[n]) n++;
  return n;
}

/** How many places have the same token. @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export const equalTokens = (a, b) => Array.from(a).filter((token, t) => token === b[t]).length;

/** How a free run compares with the text, in words. @param {ArrayLike<number>} run @param {ArrayLike<number>} truth */
export function matches(run, truth) {
  const n = truth.length,
    same = commonPrefix(run, truth);
  if (same === n) return `identical to the true text, all ${n} tokens`;
  const begins = same ? `first ${plural(same, "token")} as in the true text` : "differs from the first token";
  return `${begins}; ${equalTokens(run, truth)} of ${n} match`;
}

/** Whether an estimate is within two standard errors of zero. @param {Estimate} estimate */
const chance = ([mean, error]) => Math.abs(mean) < 2 * error;

/** @param {Estimate} estimate */
const share = ([mean, error]) => `${(100 * mean).toFixed(1)}% ± ${(100 * error).toFixed(1)}`;

/** What free runs cost more than the text, in words. @param {Estimate} estimate */
function gap([mean, error]) {
  const spread = toBits(error).toFixed(2);
  return chance([mean, error])
    ? `as many bits per token as the true text, within two standard errors (${withSign(toBits(mean))} ± ${spread})`
    : `${toBits(Math.abs(mean)).toFixed(2)} ± ${spread} bits per token ${mean > 0 ? "more" : "less"} than the true text`;
}

/**
 * What was measured, in sentences.
 * @param {Pick<Drift, "stretches" | "whole" | "right" | "met" | "chance" | "curves">} drift
 * @param {Pick<Judgement, "short" | "all" | "growth">[]} judges the model itself first
 * @param {boolean} greedy whether the likeliest token is always taken
 */
export function conclusion(drift, [own, best], greedy) {
  if (!own) return "";
  const said = [
    `Over ${drift.stretches} excerpts of ${drift.whole ? "the test text" : "the part of the test text stored with the model"}, ${drift.curves.met.length} tokens each: with teacher forcing, the most probable token is correct ${share(drift.right)}% of the time; free-running, ${share(drift.met)}% of the tokens match the true text (another excerpt: ${(100 * drift.chance).toFixed(1)}%).`,
    `Under the model itself, its ${greedy ? "greedy" : "sampled"} text has ${gap(own.all)}.`,
  ];
  if (best) {
    const [grown, error] = best.growth;
    const growth = chance(best.growth)
      ? "stays the same, within two standard errors"
      : `${grown > 0 ? "grows" : "falls"} by ${toBits(Math.abs(grown)).toFixed(2)} ± ${toBits(error).toFixed(2)} bits per token`;
    said.push(
      `Under ${best.short}, another model, it has ${gap(best.all)}; from the first to the last tokens, the difference ${growth}.`,
    );
  } else said.push("No other model with these tokens is available to score it: a model may not notice its own drift.");
  said.push(
    greedy && own.all[0] < -2 * own.all[1]
      ? "Greedy decoding gives text that is more probable than real text and repeats itself."
      : "A difference from the first tokens on shows how confident the model is; a growing difference is drift. A model equal to the distribution of the text would show neither, on average.",
  );
  return said.join(" ");
}
