// Amplitudes from -1 to 1 as levels, by the mu-law of telephony (ITU-T G.711; van den Oord et al. 2016, section 2.2).

/** @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes */
/** @typedef {import("../../shared/view/types.d.ts").Floats} Floats */

export class MuLaw {
  /** @param {number} levels */
  constructor(levels) {
    const mu = levels - 1,
      scale = Math.log1p(mu);
    this.mu = mu;
    this.scale = scale;
    /** @type {Floats} the amplitude of each level */
    this.amplitudes = Float32Array.from({ length: levels }, (_, level) => {
      const compressed = (2 * level) / mu - 1;
      return (Math.sign(compressed) * Math.expm1(Math.abs(compressed) * scale)) / mu;
    });
  }

  /** @param {number} amplitude -1 to 1; beyond, it is clipped @returns {number} its level */
  levelOf(amplitude) {
    const x = Math.max(-1, Math.min(1, amplitude));
    const compressed = (Math.sign(x) * Math.log1p(this.mu * Math.abs(x))) / this.scale;
    return Math.floor(((compressed + 1) / 2) * this.mu + 0.5);
  }

  /** @param {ArrayLike<number>} amplitudes @returns {Bytes} */
  encode(amplitudes) {
    return Uint8Array.from(amplitudes, amplitude => this.levelOf(amplitude));
  }

  /** @param {ArrayLike<number>} levels @returns {Floats} */
  decode(levels) {
    return Float32Array.from(levels, level => this.amplitudes[level]);
  }
}
