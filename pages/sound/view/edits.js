// What was changed by hand in a sound that a seed draws, in its order and in a link.

import { nextSeed } from "./model.js";

/** @typedef {import("./drawing.js").Edit} Edit */

export const MOST_EDITS = 60; // a link has no room for more

/** @param {Edit[]} edits @returns {string} "120.37" for a forced level, "300*5" for another seed */
export const packEdits = edits =>
  edits.map(edit => ("level" in edit ? `${edit.at}.${edit.level}` : `${edit.at}*${edit.seed}`)).join(",");

/**
 * @param {string} text
 * @param {number} length samples of the sound
 * @param {number} levels
 * @returns {Edit[] | null} null where the text says something else
 */
export function unpackEdits(text, length, levels) {
  if (!text) return [];
  /** @type {Edit[]} */
  const edits = [];
  for (const part of text.split(",")) {
    const found = /^(\d{1,7})([.*])(\d{1,10})$/.exec(part);
    if (!found) return null;
    const [at, value] = [Number(found[1]), Number(found[3])],
      isLevel = found[2] === ".";
    if (at >= length || value >= (isLevel ? levels : 2 ** 31) || at < (edits.at(-1)?.at ?? 0)) return null;
    edits.push(isLevel ? { at, level: value } : { at, seed: value });
  }
  return edits.length <= MOST_EDITS ? edits : null;
}

/**
 * The edits after one more: those that come later are of a sound that is no more.
 * @param {Edit[]} edits
 * @param {Edit} edit
 */
export function withEdit(edits, edit) {
  const kept = edits.filter(({ at }) => at < edit.at);
  return [...kept, edit].slice(-MOST_EDITS);
}

/** Another seed than any that holds in a sound. @param {number} seed it begins with @param {Edit[]} edits */
export const freshSeed = (seed, edits) =>
  nextSeed(Math.max(seed, ...edits.flatMap(edit => ("seed" in edit ? [edit.seed] : []))));

/**
 * The first sample that two lists of edits treat differently; Infinity where they are the same.
 * @param {Edit[]} a
 * @param {Edit[]} b
 */
export function firstChange(a, b) {
  const [one, other] = [a, b].map(edits => edits.map(edit => packEdits([edit])));
  const differing = [...a.filter((_, i) => !other.includes(one[i])), ...b.filter((_, i) => !one.includes(other[i]))];
  return Math.min(...differing.map(({ at }) => at));
}
