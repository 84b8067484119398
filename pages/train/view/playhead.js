// Where the film of a training stands, in epochs or in shares of the trainings, and how it goes on.

import { nearest } from "./scales.js";

/**
 * @typedef {Pick<import("./run.js").Run, "version" | "state" | "live" | "history" | "pictured" | "pictureEpoch" | "pictures" | "totalEpochs">} RunLike
 * @typedef {import("./types.d.ts").TrainingState} TrainingState
 */

const PATIENCE = 1500; // ms that the film waits for a picture
const AHEAD = 10; // pictures fetched before they are played
const AROUND = 3; // and on both sides of where it stands

export class Playhead {
  /** @param {TrainingState} state */
  constructor(state) {
    this.state = state;
    /** @type {RunLike[]} */
    this.runs = [];
    this.clock = 0;
    this.waited = 0; // ms since the last step
    this.known = { key: "", stops: /** @type {number[]} */ ([]) };
  }

  get sharing() {
    return this.state.unit === "share";
  }

  /** Whether a run is at work or will be. */
  get working() {
    return this.runs.some(run => run.live || run.state === "queued");
  }

  /** @param {RunLike} run @param {number} epoch @returns {number} its place on the film */
  place(run, epoch) {
    return this.sharing ? epoch / Math.max(1, run.totalEpochs) : epoch;
  }

  /** @param {RunLike} run @param {number} place */
  epochAt(run, place) {
    return this.sharing ? place * Math.max(1, run.totalEpochs) : place;
  }

  /** Places where the film can stand, in rising order. */
  get stops() {
    const key = `${this.runs.map(run => `${run.version} ${run.pictured.length}`)} ${this.state.unit}`;
    if (key === this.known.key) return this.known.stops;
    const pictured = this.runs.some(run => run.pictured.length);
    const places = this.runs.flatMap(run =>
      (pictured ? run.pictured : run.history.epochs.map(line => line.epoch)).map(
        epoch => Math.round(1e6 * this.place(run, epoch)) / 1e6,
      ),
    );
    this.known = { key, stops: [...new Set(places)].sort((a, b) => a - b) };
    return this.known.stops;
  }

  /** The stop where the film stands, -1 where there is none. */
  get index() {
    const { stops, state } = this;
    return state.at === null ? stops.length - 1 : nearest(stops, state.at);
  }

  /** The place where the film stands, null where there is none. */
  get shownPlace() {
    return this.stops[Math.max(0, this.index)] ?? null;
  }

  /** @param {number} index a stop; at the newest of a run at work the film follows */
  goTo(index) {
    const { stops } = this;
    this.state.at = index === stops.length - 1 && this.working ? null : stops[index];
  }

  /** @param {number} by @returns {boolean} false at the end */
  step(by) {
    const { stops, index } = this;
    const next = Math.max(0, Math.min(stops.length - 1, index + by));
    if (!stops.length || (by > 0 && next === index)) return false;
    this.goTo(next);
    return true;
  }

  /** @param {number} place */
  seek(place) {
    if (!this.stops.length) return;
    this.state.playing = false;
    this.goTo(nearest(this.stops, place));
  }

  togglePlay() {
    const { stops, state } = this;
    if (stops.length < 2) return;
    state.playing = !state.playing;
    if (state.playing && this.index >= stops.length - 1) state.at = stops[0];
    this.clock = this.waited = 0;
  }

  follow() {
    this.state.at = null;
    this.state.playing = false;
  }

  /** Compare after as many epochs or after the same share; the first run stays where it is. @param {"epoch" | "share"} unit */
  setUnit(unit) {
    const { state } = this,
      [run] = this.runs;
    const epoch = state.at === null ? null : this.epochAt(run, state.at);
    state.unit = unit;
    state.at = epoch === null ? null : this.place(run, epoch);
  }

  /**
   * Let time go by.
   * @param {number} elapsed ms
   * @returns {"still" | "moved" | "ended"}
   */
  tick(elapsed) {
    const { state } = this,
      step = 1000 / state.fps;
    if (!state.playing) return "still";
    this.waited += elapsed;
    this.clock = Math.min(this.clock + elapsed, step * 2);
    let moved = false;
    while (this.clock >= step) {
      if (!this.ready(this.index + 1) && this.waited < PATIENCE) break;
      this.clock -= step;
      this.waited = 0;
      if (!this.step(1)) {
        state.playing = false;
        this.clock = 0;
        return "ended";
      }
      moved = true;
    }
    return moved ? "moved" : "still";
  }

  /** Whether the pictures of a stop are here. @param {number} index */
  ready(index) {
    const place = this.stops[index];
    if (place === undefined) return true;
    return this.runs.every(run => {
      const epoch = run.pictureEpoch(this.epochAt(run, place));
      return epoch === null || run.pictures.settled(epoch);
    });
  }

  /**
   * Epochs of a run whose pictures should be at hand, the most urgent first.
   * @param {RunLike} run
   * @param {number[]} strip epochs that are shown in small
   * @param {boolean} whole whether to have the whole film: who only looks in needs none
   */
  wantedEpochs(run, strip, whole) {
    const { stops, index } = this;
    /** @type {Set<number | null>} */
    const wanted = new Set();
    /** @param {number} i */
    const add = i => {
      if (stops[i] !== undefined) wanted.add(run.pictureEpoch(this.epochAt(run, stops[i])));
    };
    add(Math.max(0, index));
    if (this.state.playing) for (let i = 1; i <= AHEAD; i++) add(index + i);
    for (const epoch of strip) wanted.add(epoch);
    for (let i = 1; i <= AROUND; i++) add(index + i);
    for (let i = 1; i <= AROUND; i++) add(index - i);
    if (whole) for (const epoch of run.pictured) wanted.add(epoch);
    return [...wanted].filter(epoch => epoch !== null);
  }
}
