// Short-time spectra: power by time and frequency.

/** @typedef {import("../../shared/view/types.d.ts").Floats} Floats */

/** The Fourier transform of so many numbers, a power of two (Cooley & Tukey 1965), with what it needs at hand. */
export class Fft {
  /** @param {number} size */
  constructor(size) {
    this.size = size;
    this.cos = Float64Array.from({ length: size / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / size));
    this.sin = Float64Array.from({ length: size / 2 }, (_, i) => Math.sin((2 * Math.PI * i) / size));
    this.reversed = new Uint32Array(size); // bits of each index in reverse
    for (let i = 1; i < size; i++) this.reversed[i] = (this.reversed[i >> 1] >> 1) | (i & 1 ? size >> 1 : 0);
    this.real = new Float64Array(size);
    this.imaginary = new Float64Array(size);
  }

  /** Transform real numbers; the result is in `real` and `imaginary`. @param {ArrayLike<number>} x */
  run(x) {
    const { size, cos, sin, reversed, real, imaginary } = this;
    for (let i = 0; i < size; i++) {
      real[i] = x[reversed[i]];
      imaginary[i] = 0;
    }
    for (let half = 1; half < size; half *= 2) {
      const step = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half)
        for (let k = 0; k < half; k++) {
          const a = start + k,
            b = a + half;
          const c = cos[k * step],
            s = sin[k * step];
          const re = real[b] * c + imaginary[b] * s,
            im = imaginary[b] * c - real[b] * s;
          real[b] = real[a] - re;
          imaginary[b] = imaginary[a] - im;
          real[a] += re;
          imaginary[a] += im;
        }
    }
  }
}

const FLOOR = 1e-10; // power below which nothing is told apart: -100 dB

/** Spectra of a sound that grows: a window (Hann) of `size` samples around every `hop`-th. */
export class Spectrogram {
  constructor(size = 256, hop = 32) {
    this.size = size;
    this.hop = hop;
    this.bins = size / 2;
    this.fft = new Fft(size);
    this.window = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
    this.gain = this.window.reduce((sum, w) => sum + w, 0) / 2; // of a sine wave of amplitude 1
    this.frame = new Float64Array(size);
    /** @type {Floats[]} decibels of each bin from 0 Hz up, relative to a sine wave of amplitude 1 */
    this.columns = [];
  }

  /**
   * Compute the columns that are missing, as far as the sound goes; beyond its ends there is silence.
   * @param {ArrayLike<number>} amplitudes
   * @param {number} length samples of them that there are
   * @param {boolean} complete whether no more will come
   */
  extend(amplitudes, length, complete) {
    const { size, hop, bins, fft, window, frame } = this;
    for (let at = this.columns.length * hop; complete ? at < length : at + size / 2 <= length; at += hop) {
      for (let i = 0; i < size; i++) {
        const t = at - size / 2 + i;
        frame[i] = t >= 0 && t < length ? amplitudes[t] * window[i] : 0;
      }
      fft.run(frame);
      this.columns.push(
        Float32Array.from({ length: bins }, (_, k) => {
          const power = (fft.real[k] ** 2 + fft.imaginary[k] ** 2) / this.gain ** 2;
          return 10 * Math.log10(Math.max(FLOOR, power));
        }),
      );
    }
  }

  /** Forget the columns that samples from here on have a part in. @param {number} t */
  truncate(t) {
    const whole = Math.floor((t - this.size / 2) / this.hop) + 1;
    this.columns.length = Math.min(this.columns.length, Math.max(0, whole));
  }
}
