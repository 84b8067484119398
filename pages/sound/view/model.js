// What the panels know of a model of sounds.

import { fixed, whole } from "../../shared/view/format.js";
import { MuLaw } from "./mu_law.js";

/** @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes */
/**
 * A recording of the test part.
 * @typedef {object} RecordingInfo
 * @property {number} row
 * @property {number} label -1 where there are no classes
 * @property {number} speaker -1 where it is not known
 * @property {number} length samples
 */
/**
 * From the route `about`.
 * @typedef {object} SoundHeader
 * @property {number} rate samples a second
 * @property {number} levels
 * @property {number[]} dilations of its layers; empty where it has none
 * @property {number} channels of the residual stream of dilated layers
 * @property {number} skips channels of the sum of their skip connections
 * @property {number} state numbers in a recurrent state; 0 where it has none
 * @property {number} hidden units between that state and the levels
 * @property {number[]} coefficients of linear prediction, that of the last sample first; empty where it is none
 * @property {number | null} receptive_field samples; null where a prediction depends on all before it
 * @property {number} weights
 * @property {string[]} classes that it is conditioned on
 * @property {string[]} speakers that it is conditioned on
 * @property {number} most samples of a sound
 * @property {[number, number][]} reach what a test sample costs, in bits, when only so many samples before it are left
 * @property {string} missing why there are no recordings
 * @property {RecordingInfo[]} recordings
 * @property {string[]} [class_names] of the recordings
 * @property {string[]} [speaker_names] of the recordings
 */
/** @typedef {SoundHeader & { law: MuLaw }} SoundModel */

/**
 * What the page's link says (pages/sound/state.py: SoundState).
 * @typedef {object} SoundSettings
 * @property {string} mode
 * @property {number} label
 * @property {number} speaker
 * @property {number} read_label
 * @property {number} read_speaker
 * @property {number} temperature
 * @property {number} seed
 * @property {number} length milliseconds
 * @property {string} begin
 * @property {string} read
 * @property {number} clip
 * @property {number} share percent
 * @property {string} wave
 * @property {number} pitch Hz
 * @property {string} path
 * @property {number[]} muted
 * @property {string} amplitude
 * @property {number} at
 * @property {number} first
 * @property {number} span
 * @property {string} play
 */

/** @param {SoundHeader} header @returns {SoundModel} */
export const readModel = header => ({
  ...header,
  law: new MuLaw(header.levels),
});

/** @param {SoundHeader} model @param {RecordingInfo} recording @returns {string} "7, theo, 430 ms" */
export function recordingName({ class_names: classes = [], speaker_names: speakers = [], rate }, recording) {
  const parts = [classes[recording.label], speakers[recording.speaker]].filter(Boolean);
  return `${[...parts, `no. ${recording.row}`].join(", ")} (${Math.round((1000 * recording.length) / rate)} ms)`;
}

/** @param {number} value @returns {number} a whole number that a seed can be */
export const toSeed = value => Math.max(0, Math.min(2 ** 31 - 1, Math.round(value) || 0));

/** @param {number} seed */
export const nextSeed = seed => (seed + 1) % 2 ** 31;

export const MEAN = -1; // of all classes, or speakers
export const OWN = -2; // what a recording is

/** A number of a class or speaker; the mean of all where the model has none of that number. @param {number} value @param {string[]} names */
export const known = (value, names) => (value < names.length ? value : MEAN);

/**
 * Take the mean for a class or speaker that the model has not.
 * @param {SoundSettings} state
 * @param {SoundHeader} model
 * @returns {string[]} what is to be said of it
 */
export function useKnown(state, { classes, speakers }) {
  const problems = [];
  for (const [name, what, names] of /** @type {["label" | "speaker", string, string[]][]} */ ([
    ["label", "class", classes],
    ["speaker", "speaker", speakers],
  ])) {
    if (names.length && state[name] >= names.length)
      problems.push(`The link's ${what} ${state[name]} was not used: there are ${names.length}, from 0.`);
    state[name] = known(state[name], names);
  }
  return problems;
}

/** What a sound was drawn as. @param {SoundSettings} state @param {SoundHeader} model @returns {string} "drawn: 7, theo, seed 0" */
export const drawnName = ({ label, speaker, seed }, { classes, speakers }) =>
  `drawn: ${[classes[label], speakers[speaker], `seed ${seed}`].filter(Boolean).join(", ")}`;

/**
 * As what a recording is read.
 * @param {number} chosen OWN for what it is
 * @param {number | undefined} own what it is, where that is known
 * @param {string[]} names that the model knows
 */
export const readAs = (chosen, own, names) => known(chosen === OWN ? (own ?? MEAN) : chosen, names);

const TOLD = [1, 16, 256]; // samples that are left, in words

/**
 * What the past is worth, in words; "" where that was not measured.
 * @param {SoundHeader} model
 */
export function reachText({ reach, rate }) {
  const shown = reach.filter(([left], i) => TOLD.includes(left) || i === reach.length - 1);
  const parts = shown.map(
    ([left, bits]) =>
      `${fixed(bits)} with the last ${left === 1 ? "one" : `${whole(left)} (${fixed((1000 * left) / rate, left < 100 ? 1 : 0)} ms)`}`,
  );
  return parts.length ? `Bits per test sample: ${parts.join(", ")}.` : "";
}
