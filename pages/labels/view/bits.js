// How much there is to memorise, and how much room for it: bits in labels, in images, in weights.

import { plural, whole } from "../../shared/view/format.js";
import { entropy } from "../../shared/view/probability.js";
import { frequencies } from "./experiment.js";

/**
 * @typedef {import("./experiment.js").Experiment} Experiment
 * @typedef {import("./types.d.ts").Amount} Amount
 */

const HELD = 2; // bits that a weight of a threshold unit can hold: as many random labels fit (Cover 1965)
const STORED = 32; // bits of a weight as it is kept here

/** @param {number} value */
const short = value =>
  value < 100 && !Number.isInteger(value) ? value.toFixed(value < 10 ? 2 : 1) : whole(Math.round(value));

/**
 * Everything that is counted in bits.
 * @param {Experiment} experiment
 * @param {string} values what an input consists of: "pixels"
 * @returns {{ labels: Amount, images: Amount | null, independent: Amount | null, held: Amount, stored: Amount }}
 */
export function counted({ examples, material, net, settings }, values) {
  const n = examples.train.length;
  const each = entropy(
    frequencies(
      examples.train.map(({ label }) => label),
      material.classes,
    ),
  );
  // a permutation that all images share loses none; of inputs that are drawn no model here knows the probability
  const bits = ["as-is", "permuted"].includes(settings.inputs) ? material.bits : null;
  /** @param {string} name @param {number} count @param {string} of @param {number} size @param {string} what @returns {Amount} */
  const amount = (name, count, of, size, what) => ({
    name,
    bits: count * size,
    sum: `${plural(count, of)} × ${short(size)} bits${what}`,
  });
  return {
    labels: amount("labels", n, "label", each, ", the entropy of the classes"),
    images:
      bits &&
      amount(
        "images",
        n,
        "image",
        bits.bits,
        ` by ${bits.model} (${bits.shape.join(" × ")} pixels, ${bits.levels === 2 ? "black or white" : `${bits.levels} grey levels`}; log-likelihood: ${bits.nature})`,
      ),
    independent:
      bits?.independent === undefined
        ? null
        : amount(`independent ${values}`, n, "image", bits.independent, ": each drawn by its own frequencies"),
    held: amount("weights can hold", net.weights, "weight", HELD, ", as in a threshold unit (Cover 1965)"),
    stored: amount("weights take up", net.weights, "weight", STORED, " of a number"),
  };
}

/**
 * What follows.
 * @param {ReturnType<typeof counted>} amounts
 * @param {string} values what an input consists of: "pixels"
 * @returns {string[]} sentences
 */
export function concluded({ labels, images, independent, held }, values) {
  const rate = labels.bits / (held.bits / HELD);
  const fits = labels.bits <= held.bits;
  /** @param {number} bits */
  const weights = bits => whole(Math.ceil(bits / HELD));
  const said = [
    `The labels hold ${short(rate)} bits per weight, ${fits ? "less" : "more"} than the ${HELD} that a threshold unit can hold: ${fits ? "expect it to memorise any labels, so that 100% on the training set alone shows no understanding" : "expect it to fail on labels that follow no rule"}.`,
  ];
  if (images)
    said.push(
      `The images hold ${short(images.bits / Math.max(1, labels.bits))} times as many bits as their labels: whoever learns labels alone may pass over nearly all of it.`,
    );
  const name = `Could the same net memorise random ${values}? Which label goes with which takes the bits of the labels and no more; train it on them.`;
  if (!independent) return [...said, name];
  const enough = independent.bits <= held.bits;
  return [
    ...said,
    `${name} To hold images of independent ${values}, ${enough ? "there is room at that rate" : `it would take ${weights(independent.bits)} weights at that rate`}.`,
  ];
}
