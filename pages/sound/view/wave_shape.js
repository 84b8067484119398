// One period of a wave, drawn by hand or made, repeated at a pitch; in a link as text.

export const POINTS = 64; // of a period
const SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"; // 64 heights, low to high
const MOST = SIGNS.length - 1;
const EASE = 0.01; // seconds in which it swells

/** @type {Record<string, (phase: number) => number>} amplitude by phase, 0 to 1 */
const SHAPES = {
  sine: phase => 0.6 * Math.sin(2 * Math.PI * phase),
  saw: phase => 0.6 * (2 * phase - 1),
  square: phase => (phase < 0.5 ? 0.5 : -0.5),
  pulse: phase => (phase < 0.08 ? 0.9 : -0.08),
};

export const SHAPE_NAMES = Object.keys(SHAPES);

/** A period of a known shape. @param {string} name */
export const shapeOf = name => Float32Array.from({ length: POINTS }, (_, i) => quantized(SHAPES[name](i / POINTS)));

/** An amplitude as a link can carry it. @param {number} amplitude */
export const quantized = amplitude => (2 * signOf(amplitude)) / MOST - 1;

/** @param {number} amplitude @returns {number} which of the signs */
const signOf = amplitude => Math.round(((Math.max(-1, Math.min(1, amplitude)) + 1) / 2) * MOST);

/** @param {ArrayLike<number>} period */
export const packWave = period => Array.from(period, amplitude => SIGNS[signOf(amplitude)]).join("");

/** @param {string} text @returns {Float32Array | null} null where the text says something else */
export function unpackWave(text) {
  const found = Array.from(text, sign => SIGNS.indexOf(sign));
  if (found.length !== POINTS || found.includes(-1)) return null;
  return Float32Array.from(found, i => (2 * i) / MOST - 1);
}

/**
 * The period again and again.
 * @param {Float32Array} period
 * @param {number} pitch times a second
 * @param {number} n samples
 * @param {number} rate samples a second
 */
export function repeated(period, pitch, n, rate) {
  return Float32Array.from({ length: n }, (_, t) => {
    const place = (((t * pitch) / rate) % 1) * POINTS,
      i = Math.floor(place),
      share = place - i;
    const value = period[i] * (1 - share) + period[(i + 1) % POINTS] * share;
    return value * Math.min(1, t / (EASE * rate));
  });
}
