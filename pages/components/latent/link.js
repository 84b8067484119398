// What the address of the page holds, as text and back.

/** @param {number | string} n */
export const subscript = n => String(n).replace(/\d/g, c => "₀₁₂₃₄₅₆₇₈₉"[Number(c)]);

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
export const writeCode = z => Array.from(z, x => Number(x.toFixed(3))).join("_");

/**
 * The code of `d` numbers that a text holds, or null.
 * @param {string} text
 * @param {number} d
 */
export function readCode(text, d) {
  const numbers = text.split("_").map(part => (part === "" ? NaN : Number(part)));
  return numbers.length === d && numbers.every(x => Number.isFinite(x) && Math.abs(x) < 1000)
    ? Float32Array.from(numbers)
    : null;
}

/**
 * @typedef {{ kind: string, first: number, second: number }} PlaneChoice two axes: units, principal directions, classes
 * @typedef {{ d: number, principal: number, classes: string[], known: number[] }} Axes what there is to choose among
 */

/** @param {Axes} model @returns {PlaneChoice} the plane of a link that names none */
export function usualPlane(model) {
  if (model.d === 2) return { kind: "dims", first: 0, second: 1 };
  return { kind: "pca", first: 0, second: 1 };
}

/** @param {string} text @param {Axes} model @returns {PlaneChoice | null} null where the model has no such plane */
export function readPlane(text, model) {
  const [kind, first, second] = text.split("~");
  const most = { dims: model.d, pca: model.principal, class: model.classes.length }[kind] ?? 0;
  const [i, j] = [whole(first ?? "", 0, most - 1), whole(second ?? "", 0, most - 1)];
  if (i === null || j === null || i === j) return null;
  if (kind === "class" && !(model.known.includes(i) && model.known.includes(j))) return null;
  return { kind, first: i, second: j };
}
