// What is heard of a sound that is still being drawn: from where, and when it can begin without a gap.

/** @typedef {import("./playback.js").PlaybackReport} PlaybackReport */
/** @typedef {import("./sound_output.js").SoundOutput} SoundOutput */

const CAUTION = 0.85; // share of the measured speed that is counted on
const LEAST = 0.15; // seconds ahead, at least, unless that is all

/**
 * How many samples must be there before a sound can be heard to its end without a gap.
 * @param {number} from where it is heard from
 * @param {number} total samples of the sound
 * @param {number} rate samples a second that are heard
 * @param {number} speed samples a second that are drawn, 0 while it is unknown
 */
export function neededBefore(from, total, rate, speed) {
  const ahead = (total - from) * Math.max(0, 1 - (CAUTION * speed) / rate);
  return Math.min(total, Math.ceil(from + Math.max(ahead, LEAST * rate)));
}

export class Listening {
  /**
   * @param {SoundOutput} output
   * @param {number} rate samples a second
   * @param {(position: number) => void} onMove
   * @param {() => void} onChange it began, paused or ended
   */
  constructor(output, rate, onMove, onChange) {
    this.output = output;
    this.rate = rate;
    this.onMove = onMove;
    this.onChange = onChange;
    /** @type {Float32Array} what is heard */
    this.amplitudes = new Float32Array(0);
    this.sent = 0; // samples that the loudspeaker has
    this.length = 0;
    this.speed = 0;
    this.wanted = false; // to be heard as soon as it can
    this.playing = false;
    this.position = 0;
    this.waited = 0;
    this.heard = 0;
  }

  /** Another sound. @param {Float32Array} amplitudes of which `extend` says how much there is */
  attach(amplitudes) {
    this.amplitudes = amplitudes;
    this.length = 0;
    this.send(0);
    this.sent = 0;
  }

  /** Samples are known up to here. @param {number} length @param {number} [from] the first that changed */
  extend(length, from = this.sent) {
    this.length = length;
    if (from < this.sent) this.send(from);
    this.begin();
  }

  /** Tell the loudspeaker what it lacks. @param {number} [from] */
  send(from = this.sent) {
    if (!this.output.ready) return;
    const { length, amplitudes } = this;
    this.output.say({
      do: "put",
      from,
      samples: amplitudes.slice(from, length),
      complete: length === amplitudes.length,
    });
    this.sent = length;
  }

  /** In a click. @param {number} position */
  async play(position) {
    this.position = position >= this.amplitudes.length - 1 ? 0 : position;
    this.wanted = true;
    this.onChange();
    try {
      await this.output.start();
    } catch (error) {
      this.wanted = false;
      this.onChange();
      throw error;
    }
    this.begin();
  }

  /** Samples that must be there before it can begin. */
  get needed() {
    return neededBefore(this.position, this.amplitudes.length, this.rate, this.speed);
  }

  begin() {
    if (this.sent < this.length) this.send();
    if (!this.wanted || this.playing || !this.output.ready || this.length < this.needed) return;
    this.playing = true;
    this.output.say({ do: "play", position: this.position });
    this.onChange();
  }

  pause() {
    this.wanted = this.playing = false;
    this.output.say({ do: "pause" });
    this.onChange();
  }

  /** By hand, while it plays or not. @param {number} position */
  seek(position) {
    this.position = position;
    if (this.playing) this.output.say({ do: "play", position });
  }

  /** @param {PlaybackReport} report */
  onReport({ position, waited, heard, ended }) {
    this.waited = waited;
    this.heard = heard;
    if (!this.playing) return; // said before it was told to pause
    this.position = position;
    if (ended) {
      this.wanted = this.playing = false;
      this.onChange();
    }
    this.onMove(Math.min(position, this.amplitudes.length - 1));
  }
}
