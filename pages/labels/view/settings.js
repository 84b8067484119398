// What an experiment is made of: in a link, and in words.

/** @typedef {import("./types.d.ts").Settings} Settings */
/** @typedef {Omit<Settings, "seed">} Choice */

/** @type {Choice} */
export const USUAL = { inputs: "as-is", random: 0, examples: 500, hidden: 128, layers: 1, decay: 0, dropout: 0 };

/** What can be chosen. */
export const CHOICES = {
  inputs: /** @type {const} */ (["as-is", "permuted", "shuffled", "noise"]),
  examples: [50, 100, 200, 500, 1_000],
  hidden: [4, 8, 16, 32, 64, 128, 256, 512],
  layers: [1, 2],
  decay: [0, 0.1, 0.3, 1],
  dropout: [0, 0.25, 0.5, 0.75],
};

/** Several experiments that answer one question. @type {Record<string, Partial<Choice>[]>} */
export const SETS = {
  both: [{}, { random: 100 }],
  labels: [{}, { random: 20 }, { random: 50 }, { random: 100 }],
  inputs: [{}, { inputs: "permuted" }, { inputs: "shuffled" }, { inputs: "noise" }],
  regularised: [30, 100].flatMap(random => [{ random }, { random, decay: 1 }, { random, dropout: 0.5 }]),
  size: [4, 16, 64, 512].map(hidden => ({ random: 100, hidden })),
};

export const MOST = 6; // experiments at once

/** @param {Partial<Choice>[]} some */
export const completed = some => some.map(one => ({ ...USUAL, ...one }));

/** @param {Choice} choice @returns {string} as it stands in a link */
export const written = ({ inputs, random, examples, hidden, layers, decay, dropout }) =>
  [inputs, random, examples, hidden, layers, Math.round(100 * decay), Math.round(100 * dropout)].join(".");

/** @param {string} text of a link @returns {Choice | null} null where it says no experiment */
export function read(text) {
  const [name, ...numbers] = text.split(".");
  const [random, examples, hidden, layers, decay, dropout] = numbers.map(Number);
  const inputs = CHOICES.inputs.find(one => one === name);
  if (!inputs || numbers.length !== 6) return null;
  const choice = { inputs, random, examples, hidden, layers, decay: decay / 100, dropout: dropout / 100 };
  const known = /** @type {const} */ (["examples", "hidden", "layers", "decay", "dropout"]).every(key =>
    CHOICES[key].includes(choice[key]),
  );
  const share = Number.isInteger(random) && random >= 0 && random <= 100;
  return known && share ? choice : null;
}

/**
 * What tells an experiment from the usual one.
 * @param {Choice} choice
 * @param {string} values what an input consists of: "pixels"
 */
export function described({ inputs, random, examples, hidden, layers, decay, dropout }, values) {
  const parts = [random === 0 ? "true labels" : random === 100 ? "random labels" : `${random}% random labels`];
  if (inputs !== "as-is")
    parts.push({ permuted: `permuted ${values}`, shuffled: `random ${values}`, noise: "Gaussian noise" }[inputs]);
  if (examples !== USUAL.examples) parts.push(`${examples} examples`);
  if (hidden !== USUAL.hidden) parts.push(`${hidden} units`);
  if (layers !== USUAL.layers) parts.push(`${layers} hidden layers`);
  if (decay) parts.push(`weight decay ${decay}`);
  if (dropout) parts.push(`dropout ${Math.round(100 * dropout)}%`);
  return parts.join(", ");
}
