// What the panels know of a language model, and of others of the same text.

import { toBits } from "../../shared/view/probability.js";

/**
 * From the route `about`.
 * @typedef {object} LanguageModel
 * @property {string} family transformer, recurrent or ngram
 * @property {number} size of the vocabulary
 * @property {number} most tokens of a text
 * @property {number} per_token characters, on average
 * @property {string} text of the test, its beginning
 * @property {string[]} prompts from the test text
 * @property {import("./vocabulary.js").Vocabulary} vocabulary
 */

/**
 * What the page's link says (pages/tokens/state.py: TokensState).
 * @typedef {object} TokenSettings
 * @property {string} mode
 * @property {string} prompt "~" for the first of the model's, "~~" for nothing
 * @property {number} seed
 * @property {number} temperature
 * @property {number} top_k
 * @property {number} top_p
 * @property {number} min_p
 * @property {string} path
 * @property {number} branch
 * @property {number} t
 * @property {string} speed
 * @property {string} colour
 * @property {string} text
 * @property {number} place
 * @property {string} along
 * @property {string} rivals
 * @property {number} layer
 * @property {number} head
 * @property {number} unit
 * @property {string} follow
 * @property {number} first
 * @property {number} tries
 * @property {number} length
 * @property {number} stretch
 * @property {string} pick
 */

/**
 * Another model of the same text (route `around`).
 * @typedef {object} Rival
 * @property {string} name of the checkpoint
 * @property {string} version
 * @property {string} title
 * @property {string} short
 * @property {string} data
 * @property {boolean} same whether it is of the same data
 * @property {string} view how it cuts the text into tokens
 * @property {number | null} nats that a character of the test text costs it
 */

/** @typedef {import("./player.js").TokenPlayer} TokenPlayer */

/** @param {number} value @returns {number} a whole number that a seed can be */
export const toSeed = value => Math.max(0, Math.min(2 ** 31 - 1, Math.round(value) || 0));

/** @param {number} seed */
export const nextSeed = seed => (seed + 1) % 2 ** 31;

const LINKED = 1_000; // characters of a prompt that a link has room for

/** What a link says of a prompt. @param {string} prompt */
export const linkedPrompt = prompt => (prompt === "~" || prompt.length > LINKED ? "" : prompt || "~~");

const MANY = 6; // models that are compared where the link names none

/** What a character of the test text costs a model; NaN where that was not measured. @param {Rival | undefined} rival */
export const usualBits = rival => toBits(rival?.nats ?? NaN);

/**
 * Models that have a column: those that the link names, else the page's own and the first others.
 * @param {Rival[]} rivals
 * @param {string} named in the link, with commas between
 * @param {string} own name of the page's model
 */
export function comparedModels(rivals, named, own) {
  const names = named.split(","),
    wanted = rivals.filter(({ name }) => names.includes(name));
  if (wanted.length) return wanted;
  return [...rivals].sort((a, b) => Number(b.name === own) - Number(a.name === own)).slice(0, MANY);
}
