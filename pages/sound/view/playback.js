// What a loudspeaker is given while a sound is still being drawn: runs in the audio thread (worklet.js), or on the page
// where the browser has no such thread for pages without https (sound_output.js).

/**
 * What the page tells it: samples from a place on, to play from a place, or to pause.
 * @typedef {{ do: "put", from: number, samples: Float32Array, complete: boolean } | { do: "play", position: number } |
 *   { do: "pause" }} PlaybackMessage
 */
/**
 * What it tells the page.
 * @typedef {object} PlaybackReport
 * @property {number} position sample that is played next
 * @property {boolean} playing
 * @property {number} waited samples of silence so far, because the sound was not drawn as far
 * @property {number} heard samples played so far
 * @property {boolean} ended whether it has just played the last
 */

const RAMP = 64; // samples over which it fades in and out: a jump would click

export class Playback {
  constructor() {
    this.samples = new Float32Array(0);
    this.length = 0; // samples that there are
    this.complete = false; // no more will come
    this.position = 0; // the sample that is played next
    this.playing = false;
    this.waited = 0; // samples of silence because the sound was not drawn as far
    this.heard = 0;
    this.gain = 0;
  }

  /** @param {PlaybackMessage} message */
  obey(message) {
    if (message.do === "put") this.put(message.from, message.samples, message.complete);
    else if (message.do === "play") this.play(message.position);
    else this.pause();
  }

  /** @param {boolean} ended @returns {PlaybackReport} */
  report(ended) {
    const { position, playing, waited, heard } = this;
    return { position, playing, waited, heard, ended };
  }

  /**
   * Samples from a place on; what was there and after them is dropped.
   * @param {number} from
   * @param {Float32Array} samples
   * @param {boolean} complete
   */
  put(from, samples, complete) {
    const length = from + samples.length;
    if (length > this.samples.length) {
      const grown = new Float32Array(2 * length);
      grown.set(this.samples.subarray(0, from));
      this.samples = grown;
    }
    this.samples.set(samples, from);
    this.length = length;
    this.complete = complete;
    this.position = Math.min(this.position, length);
  }

  /** @param {number} position */
  play(position) {
    this.position = Math.min(position, this.length);
    this.playing = true;
  }

  pause() {
    this.playing = false;
  }

  /**
   * Fill what is played next.
   * @param {Float32Array} out
   * @returns {boolean} whether it ended within
   */
  fill(out) {
    out.fill(0);
    for (let i = 0; i < out.length; i++) {
      const there = this.position < this.length;
      if (this.playing && !there) {
        if (this.complete) {
          this.playing = false;
          this.gain = 0;
          return true;
        }
        this.waited += out.length - i;
        this.gain = 0;
        return false;
      }
      const goal = this.playing ? 1 : 0;
      if (!goal && (!this.gain || !there)) {
        this.gain = 0;
        return false;
      }
      this.gain = goal ? Math.min(1, this.gain + 1 / RAMP) : Math.max(0, this.gain - 1 / RAMP);
      out[i] = this.gain * this.samples[this.position++];
      this.heard++;
    }
    return false;
  }
}
