// What the address of the page holds, as text and back.

/** @param {number | string} n */
export const subscript = (n) => String(n).replace(/\d/g, (c) => "₀₁₂₃₄₅₆₇₈₉"[Number(c)]);

/**
 * The whole number that a text holds, or null where it is none between `low` and `high`.
 * @param {string} text
 * @param {number} low
 * @param {number} high
 */
export function whole(text, low, high) {
  return /^\d{1,7}$/.test(text) && Number(text) >= low && Number(text) <= high ? Number(text) : null;
}

/** @param {ArrayLike<number>} z a code */
export const writeCode = (z) => Array.from(z, (x) => Number(x.toFixed(3))).join("_");

/**
 * The code of `d` numbers that a text holds, or null.
 * @param {string} text
 * @param {number} d
 */
export function readCode(text, d) {
  const numbers = text.split("_").map((part) => (part === "" ? NaN : Number(part)));
  return numbers.length === d && numbers.every((x) => Number.isFinite(x) && Math.abs(x) < 1000) ? Float32Array.from(numbers) : null;
}
