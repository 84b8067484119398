// Where the film stands, and how it goes on.

const LONGEST = 3; // frames that may be made up for after a pause

/** @typedef {{oldest: number, newest: number}} Range frames that are there; newest is -1 before the first */

export class Playback {
  constructor() {
    this.playing = true;
    this.loop = false;
    /** The frame that is shown. */
    this.t = 0;
    /** 0: the visible layer is that of frame t, the hidden layer still the one before; 1: both are updated. */
    this.half = 1;
    /** A frame to go to once it is there, -1 for none. */
    this.goal = -1;
    this.clock = 0;
  }

  /** @param {number} goal the frame that a link asks for, -1 for none */
  restart(goal) {
    this.t = 0;
    this.half = 1;
    this.goal = goal;
  }

  /**
   * Let time go by.
   * @param {number} elapsed ms
   * @param {number} fps
   * @param {Range} range
   * @returns {boolean} whether another frame is shown
   */
  tick(elapsed, fps, range) {
    if (!this.playing || this.goal >= 0) return false;
    const step = 1000 / fps;
    this.clock = Math.min(this.clock + elapsed, step * LONGEST);
    let moved = false;
    while (this.clock >= step) {
      this.clock -= step;
      if (!this.advance(range)) {
        this.clock = 0;
        break;
      }
      moved = true;
    }
    return moved;
  }

  /** @param {Range} range @returns {boolean} false where the next frame is not there yet */
  advance({ oldest, newest }) {
    if (this.t < newest) {
      this.t += 1;
      this.half = 1;
    } else if (this.loop) this.t = oldest;
    else return false;
    this.t = Math.max(this.t, oldest);
    return true;
  }

  /** @param {boolean} on */
  play(on) {
    this.playing = on;
    this.clock = 0;
    this.half = 1;
  }

  /**
   * One half-step: the visible layer given the hidden one, then the hidden layer given that.
   * @param {number} by 1 or -1
   * @param {Range} range
   */
  halfStep(by, { oldest, newest }) {
    const at = Math.max(2 * oldest + 1, Math.min(2 * newest + 1, 2 * this.t + this.half + by));
    this.playing = false;
    this.t = at >> 1;
    this.half = at & 1;
  }

  /** @param {number} t @param {Range} range */
  seek(t, { oldest, newest }) {
    if (newest < 0) return;
    this.playing = false;
    this.t = Math.max(oldest, Math.min(newest, t));
    this.half = 1;
  }

  /** @param {Range} range @returns {boolean} whether the frame that a link asked for has come */
  reachGoal({ newest }) {
    if (this.goal < 0 || newest < this.goal) return false;
    this.t = this.goal;
    this.goal = -1;
    return true;
  }

  /** @param {number} fps @returns {number} the frame up to which there should be some at hand */
  wanted(fps) {
    if (this.goal > this.t) return this.goal;
    return this.t + (this.playing && !this.loop ? Math.max(8, Math.round(fps * 1.2)) : 2);
  }
}
