// What Write shows, and what changes it: branches, the current one, the place that is read.

import { Branch } from "./branch.js";
import { MOST, unpackBranches } from "./branch_link.js";
import { nextSeed } from "./model.js";

const AHEAD = 48; // tokens that are kept ready

/**
 * @typedef {object} WriteState
 * @property {Branch[]} branches
 * @property {Branch} branch the current one
 * @property {number} t tokens that are read, with a part of the next while it plays
 * @property {boolean} playing
 * @property {number} most tokens of a text
 */

/**
 * The state of a link.
 * @param {{ path: string, branch: number, t: number, seed: number }} link t is -1 for a text that plays on
 * @param {{ size: number, most: number }} model
 * @returns {{ state: WriteState, legible: boolean }} `legible`: whether the branches of the link can be read
 */
export function openWriteState({ path, branch: at, t, seed }, { size, most }) {
  const linked = path ? unpackBranches(path, size) : null,
    branches = linked ?? [new Branch(seed)],
    branch = branches[Math.min(at, branches.length - 1)],
    playing = t < 0;
  return {
    state: { branches, branch, t: playing ? branch.seen : Math.min(t, most), playing, most },
    legible: !path || linked !== null,
  };
}

/**
 * Everything anew from the prompt.
 * @param {WriteState} state
 * @param {number} seed
 */
export function restart(state, seed) {
  const branch = new Branch(seed);
  Object.assign(state, { branches: [branch], branch, t: 0, playing: true });
}

/**
 * @param {WriteState} state
 * @param {number} t
 */
export function seek(state, t) {
  state.playing = false;
  state.t = Math.max(0, Math.min(state.branch.tokens.length, state.most, t));
}

/**
 * Play or pause; from the beginning where the text has come to its end.
 * @param {WriteState} state
 */
export function togglePlaying(state) {
  if (!state.playing && Math.floor(state.t) >= state.most) state.t = 0;
  state.playing = !state.playing;
}

/**
 * Move on as far as tokens are ready.
 * @param {WriteState} state
 * @param {number} tokens
 */
export function advance(state, tokens) {
  if (!state.playing) return;
  state.t = Math.min(state.branch.ready, state.t + tokens);
  if (state.t >= state.most) state.playing = false;
}

/**
 * Keep another branch and go on with it; where there are too many, the oldest goes.
 * @param {WriteState} state
 * @param {Branch} branch
 * @returns {boolean} whether one went
 */
function add(state, branch) {
  const full = state.branches.length >= MOST;
  if (full)
    state.branches.splice(
      state.branches.findIndex(other => other !== state.branch),
      1,
    );
  state.branches.push(branch);
  Object.assign(state, { branch, t: branch.tokens.length, playing: true });
  return full;
}

/**
 * Take a token instead of the one that was sampled.
 * @param {WriteState} state
 * @param {number} token
 * @returns {boolean} whether a branch went for it
 */
export function forceToken(state, token) {
  const branch = Branch.of(state.branch, Math.floor(state.t), state.branch.seed);
  branch.force(token);
  return add(state, branch);
}

/**
 * Another continuation from here, by another seed.
 * @param {WriteState} state
 * @returns {boolean} whether a branch went for it
 */
export function fork(state) {
  const seed = nextSeed(Math.max(...state.branches.map(branch => branch.seed)));
  return add(state, Branch.of(state.branch, Math.floor(state.t), seed));
}

/**
 * Go on with a branch.
 * @param {WriteState} state
 * @param {Branch} branch
 */
export function goTo(state, branch) {
  Object.assign(state, { branch, t: branch.seen, playing: false });
}

/**
 * @param {WriteState} state
 * @param {Branch} branch
 * @returns {boolean} whether the current one went, and another is current now
 */
export function remove(state, branch) {
  state.branches.splice(state.branches.indexOf(branch), 1);
  if (branch !== state.branch) return false;
  goTo(state, state.branches[state.branches.length - 1]);
  return true;
}

/**
 * Other settings hold from here: what was sampled can no longer be sampled again by its seed alone.
 * @param {WriteState} state
 */
export function settingsChanged(state) {
  for (const branch of state.branches) if (branch.tokens.length) branch.own = false;
}

/**
 * How many tokens to ask for, that a while is ready.
 * @param {WriteState} state
 * @returns {number | null} null while there are enough
 */
export function tokensToSample({ branch, t, most }) {
  const { tokens, predictions } = branch,
    missing = Math.min(most, Math.ceil(t) + AHEAD) - tokens.length,
    predicted = predictions.length > 0 && predictions.length > Math.min(t, tokens.length - 1);
  if (missing < AHEAD / 2 && predicted) return null;
  return Math.max(0, Math.min(most - tokens.length, Math.max(missing, 1)));
}

/** Whether the end of what is ready comes near. @param {WriteState} state */
export const runsOut = ({ branch, t }) => branch.tokens.length - t < AHEAD / 2;
