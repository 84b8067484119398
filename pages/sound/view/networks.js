// The networks that draw and read sounds, by what they are made of.

import { GRU } from "./gru.js";
import { LinearPredictor } from "./linear_predictor.js";
import { WaveNet } from "./wavenet.js";

/** @typedef {import("../../shared/view/types.d.ts").Floats} Floats */
/** @typedef {import("../../shared/view/types.d.ts").Plane<Floats>} Plane */
/**
 * A network as the route `weights` sends it.
 * @typedef {object} Weights
 * @property {string} structure a key of `STRUCTURES`
 * @property {number[]} dilations of its layers, from below; empty where it has none
 * @property {Record<string, Plane>} planes
 */
/**
 * What it is asked to do beside its weights.
 * @typedef {object} Condition
 * @property {number} label class, -1 for the mean of all
 * @property {number} speaker -1 for the mean of all
 * @property {number[]} muted dilations whose layers pass their input on unchanged and add nothing to the skips
 */
/**
 * A network on its way through a sound.
 * @typedef {object} Stream
 * @property {number} last the sample before the one that is heard next; at first what stands before a recording
 * @property {Float32Array} out logits of the next sample
 * @property {(level: number, predicts?: boolean) => void} push hear a sample; without `predicts`, `out` is not needed
 */
/**
 * @typedef {object} Network
 * @property {number} levels
 * @property {number} receptiveField samples that a prediction looks back on; Infinity for all
 * @property {(condition: Condition) => Stream} stream
 */

/** @type {Record<string, (weights: Weights) => Network>} */
const STRUCTURES = {
  dilated: weights => new WaveNet(weights),
  recurrent: weights => new GRU(weights),
  linear: weights => new LinearPredictor(weights),
};

/** @param {Weights} weights @returns {Network} */
export const networkOf = weights => STRUCTURES[weights.structure](weights);
