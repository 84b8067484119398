// The recorded frames of one sampler: first .. last, the oldest dropped when the budget is full.

import { sizeOf } from "../../shared/view/codec.js";
import { autocorrelation, classChanges, FEWEST_CHAINS, integratedTime } from "./mixing.js";

/**
 * @typedef {import("./types.d.ts").Frame} Frame
 * @typedef {import("./types.d.ts").FramePlanes} FramePlanes
 * @typedef {import("./types.d.ts").Mixing} Mixing
 * @typedef {import("./types.d.ts").Sampler} Sampler
 * @typedef {{controller: AbortController, short: boolean, stale: boolean}} FramesRequest
 */

const BUDGET = 64 * 2 ** 20; // bytes of frames
const BURN_IN = 0.2; // of the frames since the start, or since a setting changed
const LOOK_BACK = 300; // frames that the autocorrelation looks back

export class ChainBuffer {
  /**
   * @param {Sampler} sampler
   * @param {string} title
   * @param {(t: number) => boolean} restarts whether the chains restarted at a frame
   */
  constructor(sampler, title, restarts) {
    this.sampler = sampler;
    this.title = title;
    this.restarts = restarts;
    this.first = 0;
    /** @type {Frame[]} */
    this.frames = [];
    this.bytes = 0;
    /** The frame from which on the settings are as they are now. */
    this.since = 0;
    /** @type {FramesRequest | null} the one under way */
    this.request = null;
    /** How many frames to ask for next. */
    this.batch = 2;
  }

  get last() {
    return this.first + this.frames.length - 1;
  }

  /** @param {number} t @returns {Frame | undefined} */
  at(t) {
    return this.frames[t - this.first];
  }

  /** Forget what comes after frame t; a short request under way may still come in, a long one is given up. @param {number} t */
  truncate(t) {
    if (this.request?.short) this.request.stale = true;
    else this.abort();
    this.batch = 4;
    this.since = Math.max(0, t);
    const cut = this.frames.splice(Math.max(0, t - this.first + 1));
    for (const frame of cut) this.bytes -= frame.bytes;
    // what stays of a batch cut in two must not hold on to all of its memory
    for (let k = this.frames.length - 1; cut.length && k >= 0 && this.frames[k].mean.buffer === cut[0].mean.buffer; k--)
      this.frames[k] = copyOf(this.frames[k]);
  }

  abort() {
    this.request?.controller.abort();
    this.request = null;
  }

  /**
   * Add frames that follow those that are there; others are left out.
   * @param {{first: number}} header
   * @param {FramePlanes} planes
   * @param {number} count of frames to take
   */
  append({ first }, planes, count) {
    if (first !== this.last + 1 && this.frames.length) return;
    if (!this.frames.length) this.first = first;
    for (let k = 0; k < count; k++) {
      const frame = frameOf(planes, k);
      if (frame.class && frame.confidence) {
        const reading = { class: frame.class, confidence: frame.confidence };
        Object.assign(frame, classChanges(reading, this.frames.at(-1), this.restarts(first + k)));
        frame.bytes += 3 * frame.class.length;
      }
      this.frames.push(frame);
      this.bytes += frame.bytes;
    }
    while (this.bytes > BUDGET && this.frames.length > 2) {
      this.bytes -= this.frames[0].bytes;
      this.frames.shift();
      this.first += 1;
    }
  }

  /** Changes of class of all chains up to frame t; null without a probe. @param {number} t */
  totalChanges(t) {
    return this.at(t)?.changes?.reduce((a, b) => a + b, 0) ?? null;
  }

  /**
   * How the hidden layers up to frame t forget where they were; null where the film is too short.
   * @param {number} t
   * @param {number} chains
   * @param {number} units
   * @param {number} sweeps Gibbs steps a frame
   * @returns {Mixing | null}
   */
  mixing(t, chains, units, sweeps) {
    const from = Math.max(this.first, this.since + Math.ceil(BURN_IN * (t - this.since)), t - LOOK_BACK);
    if (chains < FEWEST_CHAINS || t > this.last || t - from < 10) return null;
    const layers = this.frames.slice(from - this.first, t - this.first + 1).map(({ hidden }) => hidden);
    const rho = autocorrelation(layers, chains, units, i => this.restarts(from + i));
    if (!rho) return null;
    const { time, closed } = integratedTime(rho);
    return { rho, time: time * sweeps, closed };
  }
}

/** @param {FramePlanes} planes @param {number} k @returns {Frame} number k of them */
function frameOf(planes, k) {
  /** @type {Record<string, any>} */
  const frame = { bytes: 0 };
  for (const [name, { data, shape }] of Object.entries(planes)) {
    const length = sizeOf(shape.slice(1));
    frame[name] = data.subarray(k * length, (k + 1) * length);
    frame.bytes += length * data.BYTES_PER_ELEMENT;
  }
  return /** @type {Frame} */ (frame);
}

/** @param {Frame} frame @returns {Frame} with arrays of its own */
function copyOf(frame) {
  return /** @type {any} */ (
    Object.fromEntries(
      Object.entries(frame).map(([name, value]) => [name, typeof value === "number" ? value : value.slice()]),
    )
  );
}
