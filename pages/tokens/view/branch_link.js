// Branches in a link: seed, forced places, tokens, how many were seen; "_" between branches.

import { Branch } from "./branch.js";

const LONGEST = 3_400; // characters; an address has room for a little more
const KEPT = [1_250, 900, 400, 100]; // tokens of one branch, as many as there is room for
const MOST_SEEN = 2_000;
export const MOST = 8; // branches

/**
 * Tokens as text: two bytes each, in signs that an address may have.
 * @param {number[]} tokens
 */
function packTokens(tokens) {
  const bytes = new Uint8Array(Uint16Array.from(tokens).buffer);
  const text = Array.from(bytes, byte => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "*").replaceAll("=", "");
}

/** @param {string} text */
function unpackTokens(text) {
  const found = atob(text.replaceAll("-", "+").replaceAll("*", "/"));
  const bytes = Uint8Array.from(found.slice(0, found.length - (found.length % 2)), c => c.charCodeAt(0));
  return Array.from(new Uint16Array(bytes.buffer));
}

/**
 * @param {Branch} branch
 * @param {number} most tokens
 */
function packBranch(branch, most) {
  const forced = [...branch.forced].filter(t => t < most),
    seen = Math.min(most, branch.seen);
  // what comes after the tokens follows from them
  const tokens = branch.own ? [] : branch.tokens.slice(0, Math.max(seen, ...forced.map(t => t + 1)));
  return [
    branch.seed.toString(36),
    forced.map(t => t.toString(36)).join("-"),
    packTokens(tokens),
    (branch.own ? branch.seen : seen).toString(36),
  ].join(".");
}

/**
 * Branches as text: all of them where there is room, else as much of the current one as there is.
 * @param {Branch[]} branches
 * @param {Branch} current
 * @returns {{ path: string, branch: number }} `branch`: index of the current one in the text
 */
export function packBranches(branches, current) {
  if (branches.length === 1 && branches[0].own) return { path: "", branch: 0 };
  const all = branches.map(branch => packBranch(branch, KEPT[0])).join("_");
  if (all.length <= LONGEST) return { path: all, branch: branches.indexOf(current) };
  const path = KEPT.map(most => packBranch(current, most)).find(text => text.length <= LONGEST);
  return { path: path ?? "", branch: 0 };
}

/**
 * @param {string} text
 * @param {number} size of the vocabulary
 * @returns {Branch} throws where the text is none
 */
function unpackBranch(text, size) {
  const [seed, forced, tokens, seen, more] = text.split(".");
  const branch = new Branch(Number.parseInt(seed, 36));
  branch.tokens = unpackTokens(tokens);
  branch.forced = new Set(forced ? forced.split("-").map(t => Number.parseInt(t, 36)) : []);
  branch.seen = Math.max(branch.tokens.length, Number.parseInt(seen, 36));
  branch.own = !branch.tokens.length;
  const fits =
    more === undefined &&
    branch.seen <= MOST_SEEN &&
    branch.seed >= 0 &&
    branch.seed < 2 ** 31 &&
    branch.tokens.every(token => token < size) &&
    [...branch.forced].every(t => t >= 0 && t < branch.tokens.length);
  if (!fits) throw new RangeError(text);
  return branch;
}

/**
 * The branches of a link.
 * @param {string} text
 * @param {number} size of the vocabulary
 * @returns {Branch[] | null} null where the text is nonsense
 */
export function unpackBranches(text, size) {
  const parts = text.split("_");
  if (parts.length > MOST) return null;
  try {
    return parts.map(part => unpackBranch(part, size));
  } catch {
    return null;
  }
}
