// A sound as far as it is known: its samples, what was predicted for each, and its spectra.

import { Spectrogram } from "./spectrum.js";

/** @typedef {import("./drawing.js").Chunk} Chunk */
/** @typedef {import("./mu_law.js").MuLaw} MuLaw */

const PART = 1024; // samples whose predictions stand in one array

export class Track {
  /**
   * @param {MuLaw} law
   * @param {number} total samples that there will be
   */
  constructor(law, total) {
    this.law = law;
    this.total = total;
    this.size = law.amplitudes.length; // levels
    this.levels = new Uint8Array(total);
    this.amplitudes = new Float32Array(total);
    this.bits = new Float32Array(total); // surprise: -log2 p
    /** @type {Float32Array[]} log-probabilities of all levels in bits, PART samples in each */
    this.logProbs = [];
    this.length = 0; // samples that are known
    this.told = 0; // samples whose predictions are known
    this.peak = 0; // amplitude of the loudest sample so far
    this.spectrogram = new Spectrogram();
  }

  get complete() {
    return this.length === this.total;
  }

  /** Samples that are known without a prediction, from the beginning. @param {ArrayLike<number>} levels */
  give(levels) {
    const n = Math.min(levels.length, this.total);
    for (let t = 0; t < n; t++) this.set(t, levels[t]);
    this.length = Math.max(this.length, n);
  }

  /** @param {number} t @param {number} level */
  set(t, level) {
    this.levels[t] = level;
    this.amplitudes[t] = this.law.amplitudes[level];
    this.peak = Math.max(this.peak, Math.abs(this.amplitudes[t]));
  }

  /** What comes next, with its predictions. @param {Chunk} chunk */
  append({ first, levels, logProbs }) {
    for (let i = 0; i < levels.length; i++) {
      const t = first + i,
        row = logProbs.subarray(i * this.size, (i + 1) * this.size);
      this.set(t, levels[i]);
      this.bits[t] = -row[levels[i]];
      const part = Math.floor(t / PART);
      this.logProbs[part] ??= new Float32Array(PART * this.size);
      this.logProbs[part].set(row, (t % PART) * this.size);
    }
    this.told = first + levels.length;
    this.length = Math.max(this.length, this.told);
  }

  /** Forget what comes from sample t on. @param {number} t */
  truncate(t) {
    this.length = Math.min(this.length, t);
    this.told = Math.min(this.told, t);
    this.spectrogram.truncate(t);
  }

  /** Log-probabilities in bits of the levels of sample t; null where they are not known. @param {number} t */
  prediction(t) {
    if (t < 0 || t >= this.told) return null;
    return this.logProbs[Math.floor(t / PART)].subarray((t % PART) * this.size, ((t % PART) + 1) * this.size);
  }

  /** Mean surprise of the samples from..to, as far as it is known; NaN where there are none. @param {number} from @param {number} to */
  bitsPerSample(from = 0, to = this.told) {
    let sum = 0;
    const end = Math.min(to, this.told);
    for (let t = from; t < end; t++) sum += this.bits[t];
    return sum / Math.max(0, end - from);
  }

  /** The sound as a recording of the visitor's own. @returns {import("./own_sound.js").OwnSound} */
  asOwn() {
    return { amplitudes: this.amplitudes.slice(0, this.length), whole: this.length };
  }

  /** Spectra as far as the sound goes. */
  spectra() {
    this.spectrogram.extend(this.amplitudes, this.length, this.complete);
    return this.spectrogram;
  }
}
