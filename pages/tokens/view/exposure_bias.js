// What free runs show of a model: how far they go with the truth, and what they cost under judges.

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
  if (same === n) return `the text itself, all ${n} tokens`;
  const begins = same
    ? `${plural(same, "token")} as in the text, then its own way`
    : "its own way from the first token on";
  return `${begins}; ${equalTokens(run, truth)} of ${n} as there`;
}

/** Whether an estimate is within two standard errors of zero. @param {Estimate} estimate */
const chance = ([mean, error]) => Math.abs(mean) < 2 * error;

/** @param {Estimate} estimate */
const share = ([mean, error]) => `${(100 * mean).toFixed(1)}% ± ${(100 * error).toFixed(1)}`;

/** What free runs cost more than the text, in words. @param {Estimate} estimate */
function gap([mean, error]) {
  const spread = toBits(error).toFixed(2);
  return chance([mean, error])
    ? `as much as the text, as far as can be told from chance (${withSign(toBits(mean))} ± ${spread} bits per token)`
    : `${toBits(Math.abs(mean)).toFixed(2)} ± ${spread} bits per token ${mean > 0 ? "more" : "less"} than the text`;
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
    `Over ${drift.stretches} stretches of ${drift.whole ? "the test text" : "the part of the test text that is kept with the model"}, ${drift.curves.met.length} tokens each: one ahead of the truth, the likeliest token is right in ${share(drift.right)}%; running freely, ${share(drift.met)}% of the tokens are those of the text, where another stretch of it has ${(100 * drift.chance).toFixed(1)}%.`,
    `By its own measure, what it ${greedy ? "chooses" : "draws"} costs ${gap(own.all)}.`,
  ];
  if (best) {
    const [grown, error] = best.growth;
    const growth = chance(best.growth)
      ? "that is the same at the end as at the beginning, but for chance"
      : `against the text, free runs become ${grown > 0 ? "dearer" : "cheaper"} along the way, by ${toBits(Math.abs(grown)).toFixed(2)} ± ${toBits(error).toFixed(2)} bits per token`;
    said.push(`${best.short}, which judges from outside, finds that it costs ${gap(best.all)}; ${growth}.`);
  } else
    said.push(
      "No other model of these tokens is here to judge it: a model that judges itself need not see that it has gone astray.",
    );
  said.push(
    greedy && own.all[0] < -2 * own.all[1]
      ? "Always to take the likeliest gives texts that are easier than real ones, and go in circles."
      : "What differs from the first places on says how sure the model is; what becomes dearer along the way has drifted. A model that has the text's own distribution shows none under any judge, on average, however long it runs.",
  );
  return said.join(" ");
}
