// Amplitudes from -1 to 1 as 256 levels, by the mu-law of telephony (ITU-T G.711; van den Oord et al. 2016, section 2.2).

/** @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes */
/** @typedef {import("../../shared/view/types.d.ts").Floats} Floats */

export const LEVELS = 256;
export const SILENCE = 128; // the level of amplitude 0

const MU = LEVELS - 1;
const SCALE = Math.log1p(MU);

/** @param {number} amplitude -1 to 1; beyond, it is clipped @returns {number} its level */
export function toLevel(amplitude) {
  const x = Math.max(-1, Math.min(1, amplitude));
  const compressed = (Math.sign(x) * Math.log1p(MU * Math.abs(x))) / SCALE;
  return Math.floor(((compressed + 1) / 2) * MU + 0.5);
}

/** The amplitude of each level. @type {Floats} */
export const AMPLITUDES = Float32Array.from({ length: LEVELS }, (_, level) => {
  const compressed = (2 * level) / MU - 1;
  return (Math.sign(compressed) * Math.expm1(Math.abs(compressed) * SCALE)) / MU;
});

/** @param {ArrayLike<number>} amplitudes @returns {Bytes} */
export const encode = amplitudes => Uint8Array.from(amplitudes, toLevel);

/** @param {ArrayLike<number>} levels @returns {Floats} */
export const decode = levels => Float32Array.from(levels, level => AMPLITUDES[level]);
