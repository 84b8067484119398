// What a link says of the chains, and what follows from it.

import { changedParams } from "../../shared/view/url.js";

/**
 * @typedef {import("./types.d.ts").GibbsData} GibbsData
 * @typedef {import("./types.d.ts").Sampler} Sampler
 * @typedef {import("./types.d.ts").Settings} Settings
 */

/** @type {Settings} as `GibbsState` in pages/gibbs/state.py has them */
export const DEFAULTS = {
  start: "model",
  digit: "",
  chains: 64,
  seed: 0,
  sampler: "gibbs",
  cd: 10,
  temperature: 1,
  sweeps: 1,
  fps: 12,
  view: "mean",
  off: [],
  chain: -1,
  drawing: "",
  held: "",
  frame: -1,
};

/** What a link may say (pages/gibbs/state.py). */
export const HOTTEST = 5,
  COLDEST = 0.1,
  LAST_FRAME = 5000;

/** Numbers of chains to choose from. */
export const CHAINS = [1, 4, 9, 16, 25, 36, 64, 100, 144, 256];
/** Gibbs steps a frame to choose from. */
export const SWEEPS = [1, 2, 3, 5, 10, 20, 50, 100, 200];

const MOST_COMPARED = 25; // chains of each sampler when three run side by side
const MOST_TEMPERED = 64; // and in parallel tempering, whose replicas are ten times as many

/** @param {Settings} settings @returns {Sampler[]} those that run */
export const samplersOf = ({ sampler }) => (sampler === "compare" ? ["cd", "gibbs", "pt"] : [sampler]);

/** @param {Settings} settings */
export const mostChains = ({ sampler }) =>
  sampler === "compare" ? MOST_COMPARED : sampler === "pt" ? MOST_TEMPERED : Number.POSITIVE_INFINITY;

/** @param {Settings} settings @returns {number} chains that run, at most as many as the sampler can take */
export const chainCount = settings => Math.min(settings.chains, mostChains(settings));

/** @param {Settings} settings whether parallel tempering runs, which has temperatures of its own */
export const isTempered = ({ sampler }) => sampler === "compare" || sampler === "pt";

/** @param {Settings} settings */
export const temperatureOf = settings => (isTempered(settings) ? 1 : settings.temperature);

/**
 * What a sampler is, for this model.
 * @param {Sampler} sampler
 * @param {Settings} settings
 * @param {GibbsData["training"]} training
 */
export function titleOf(sampler, { cd }, { name, persistent }) {
  if (sampler === "pt") return "Parallel tempering";
  if (sampler === "cd") return `CD-${cd}: restarts every ${cd === 1 ? "step" : `${cd} steps`}`;
  return persistent ? `Gibbs: one long chain, as in ${name}` : "Gibbs: one long chain";
}

/**
 * Whether CD restarts at frame t, as the server does: what changes there is no change of class.
 * @param {Sampler} sampler
 * @param {Settings} settings
 * @param {number} t
 */
export const restartsAt = (sampler, { sweeps, cd }, t) => sampler === "cd" && (t * sweeps) % cd < sweeps;

/** @param {number} position of the slider: the logarithm @returns {number} with a place at T = 1 that is easy to hit */
export function temperatureAt(position) {
  const temperature = Math.abs(position) < 0.025 ? 1 : Math.round(100 * 10 ** position) / 100;
  return Math.min(HOTTEST, Math.max(COLDEST, temperature));
}

/** @param {number} sweeps @returns {number} the position of its slider */
export const sweepsPosition = sweeps =>
  Math.max(
    0,
    SWEEPS.findIndex(choice => choice >= sweeps),
  );

/**
 * The settings for another model: those that mean the same there stay.
 * @param {Settings} before
 * @param {GibbsData} data of the new model
 * @returns {Settings}
 */
export function settingsFor(before, data) {
  const { chains, seed, sampler, cd, temperature, sweeps, fps, view } = before;
  const known = data.classes.includes(before.digit);
  const possible = {
    model: true,
    noise: true,
    test: data.dataHere,
    class: data.dataHere && known,
    drawing: false, // it is of other pixels
  }[before.start];
  return {
    ...data.state,
    ...{ chains, seed, sampler, cd, temperature, sweeps, fps, view },
    start: possible ? before.start : "model",
    digit: known ? before.digit : "",
    off: [],
    drawing: "",
    held: "",
    frame: -1,
  };
}

/**
 * The parameters of a link.
 * @param {string} checkpoint
 * @param {Settings} settings
 */
export function linkParams(checkpoint, settings) {
  const { start, digit, frame } = settings;
  const linked = {
    ...settings,
    digit: start === "class" ? digit : "",
    frame: frame > LAST_FRAME ? -1 : frame, // so far a film is not computed again: it plays
  };
  return { ...changedParams(linked, DEFAULTS), checkpoint };
}
