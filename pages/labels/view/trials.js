// The one-shot trials: all drawings, and what every representation says of them.

import { get, post } from "../../shared/view/api.js";
import { bit } from "../../shared/view/bits.js";

/**
 * @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes
 * @typedef {import("../../shared/view/types.d.ts").Message} Message
 * @typedef {import("./types.d.ts").Space} Space
 * @typedef {import("./types.d.ts").Told} Told
 */

export const OF = "omniglot"; // the data that the trials are of

export class Trials {
  /**
   * @param {Message} answer of the route `trials`
   * @param {Bytes} packed the drawings, a bit a pixel
   * @param {string} url of the routes
   */
  constructor({ header, planes }, packed, url) {
    this.url = url;
    /** @type {number} runs; of each, characters and trials */
    this.runs = header.runs;
    /** @type {number} */
    this.ways = header.ways;
    /** @type {number} of a drawing, in pixels */
    this.side = header.side;
    /** @type {Space[]} */
    this.spaces = header.spaces.map((/** @type {Space} */ space) => ({ ...space, problem: "", solved: null }));
    this.packed = packed;
    this.answers = planes.answers.data;
  }

  /** @param {string} api */
  static async load(api) {
    const url = `${api}/${OF}`;
    const answer = await get(`${url}/trials`);
    const { planes } = await get(`${url}/drawings?v=${answer.header.version}`);
    return new Trials(answer, planes.ink.data, url);
  }

  // -- drawings, by their places among all: of each run the support, then the tests ----------------

  /** @param {number} run @param {number} k of the support */
  supportAt(run, k) {
    return run * 2 * this.ways + k;
  }

  /** @param {number} run @param {number} trial */
  testAt(run, trial) {
    return this.supportAt(run, this.ways + trial);
  }

  /** Which of the support is the same character. @param {number} run @param {number} trial @returns {number} */
  answerOf(run, trial) {
    return this.answers[run * this.ways + trial];
  }

  /** Whether the drawing at a place is of a run's character k. @param {number} place @param {number} run @param {number} k */
  isOf(place, run, k) {
    const at = place - this.supportAt(run, 0);
    if (at < 0 || at >= 2 * this.ways) return false;
    return k === (at < this.ways ? at : this.answerOf(run, at - this.ways));
  }

  /** Greys of a drawing. @param {number} place @returns {Bytes} */
  greys(place) {
    const { packed, side } = this;
    return Uint8Array.from(
      { length: side * side },
      (_, i) => 255 * bit(packed, place * side + Math.floor(i / side), side, i % side),
    );
  }

  // -- what representations say ---------------------------------------------------------------------

  /** Have all trials solved in a representation. @param {Space} space @param {AbortSignal} signal */
  async solve(space, signal) {
    if (space.solved) return;
    const { header, planes } = await get(`${this.url}/told?of=${encodeURIComponent(space.key)}`, signal);
    space.solved = { ...header, distances: planes.distances.data, neighbours: planes.neighbours.data };
  }

  /** Of a test drawing. @param {Space} space @param {number} run @param {number} trial @returns {Told | null} */
  told({ solved }, run, trial) {
    if (!solved) return null;
    const { ways } = this;
    const first = (run * ways + trial) * ways;
    const place = this.testAt(run, trial);
    const count = solved.neighbours.length / (this.runs * 2 * ways);
    return {
      distances: solved.distances.subarray(first, first + ways),
      neighbours: solved.neighbours.subarray(place * count, (place + 1) * count),
    };
  }

  /**
   * Of a drawing that is none of these, by key: of those of the keys whose trials the server has at hand.
   * @param {number} run
   * @param {Bytes} image
   * @param {string[]} keys
   * @param {AbortSignal} signal
   * @returns {Promise<Map<string, Told>>}
   */
  async ask(run, image, keys, signal) {
    const plane = { type: /** @type {const} */ ("u8"), shape: [this.side, this.side], data: image };
    const { header, planes } = await post(`${this.url}/drawn`, { run, of: keys }, { image: plane }, signal);
    const { distances, neighbours } = planes;
    const [wide, count] = [distances.shape[1], neighbours.shape[1]];
    return new Map(
      header.of.map((/** @type {string} */ key, /** @type {number} */ i) => [
        key,
        {
          distances: distances.data.subarray(i * wide, (i + 1) * wide),
          neighbours: neighbours.data.subarray(i * count, (i + 1) * count),
        },
      ]),
    );
  }
}

/** The nearest. @param {ArrayLike<number>} distances */
export const nearest = distances =>
  Array.from(distances).reduce((best, away, k, all) => (away < all[best] ? k : best), 0);

/** How many are nearer, and itself. @param {ArrayLike<number>} distances @param {number} k */
export const rankOf = (distances, k) => 1 + Array.from(distances).filter(away => away < distances[k]).length;

/**
 * A trial that was not played yet; any where all were.
 * @param {{ runs: number, ways: number }} trials
 * @param {{ has: (place: number) => boolean }} said by run * ways + trial
 * @param {() => number} random
 */
export function unplayed({ runs, ways }, said, random) {
  const all = Array.from({ length: runs * ways }, (_, at) => at);
  const left = all.filter(at => !said.has(at));
  const some = left.length ? left : all;
  const at = some[Math.floor(random() * some.length)];
  return { run: Math.floor(at / ways), trial: at % ways };
}
