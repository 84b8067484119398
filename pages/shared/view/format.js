// Numbers in words.

/**
 * With so many digits; "–" where there is no number, and never "-0".
 * @param {number} x
 * @param {number} [digits]
 */
export const fixed = (x, digits = 2) => (Number.isFinite(x) ? x.toFixed(digits).replace(/^-(0\.?0*)$/, "$1") : "–");

/**
 * With a minus sign instead of a hyphen.
 * @param {number} x
 * @param {number} [digits]
 */
export const withMinus = (x, digits = 1) => x.toFixed(digits).replace(/^-/, "−");

/**
 * With its sign, plus or minus.
 * @param {number} x
 * @param {number} [digits]
 */
export const withSign = (x, digits = 2) => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(digits)}`;

/** @param {number} n with separators of thousands */
export const whole = n => n.toLocaleString("en");

/**
 * @param {number} n
 * @param {string} word in the singular
 */
export const plural = (n, word) => `${whole(n)} ${word}${n === 1 ? "" : "s"}`;

/**
 * A probability in percent, with a digit after the point where it is small.
 * @param {number} p
 */
export const percent = p =>
  p >= 0.1 ? `${(100 * p).toFixed(0)}%` : p >= 0.001 ? `${(100 * p).toFixed(1)}%` : p > 0 ? "<0.1%" : "0%";

/**
 * A probability in whole percent; what is nearly but not quite 0 or 1 says so.
 * @param {number} p
 */
export const wholePercent = p => (p > 0.995 && p < 1 ? ">99%" : p < 0.005 && p > 0 ? "<1%" : `${Math.round(100 * p)}%`);
