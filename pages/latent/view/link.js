// What the address of the page holds, as text and back.

/** @typedef {import("../../shared/view/plane_view.js").View} View */

export const MOST_ZOOM = 400;

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

/** @param {string} text `x,y,zoom` @returns {View | null} null shows the whole plane */
export function readView(text) {
  const [x, y, zoom, ...more] = text.split(",").map(Number);
  const good = !more.length && [x, y, zoom].every(Number.isFinite) && zoom > 1 && zoom <= MOST_ZOOM;
  return good ? { x, y, zoom } : null;
}

/** @param {View | null} view */
export const writeView = view => (view ? [view.x, view.y, view.zoom].map(x => Number(x.toPrecision(5))).join(",") : "");

/**
 * What a link says that a model has not, a sentence each.
 * @param {{ z: string, pick: string, view: string, plane: string }} link
 * @param {Axes & { n: number }} model
 */
export function linkProblems({ z, pick, view, plane }, model) {
  const { n, d } = model;
  const problems = [];
  if (z && !readCode(z, d)) problems.push(`The link's point is not a list of ${d} numbers: the default is used.`);
  if (pick && whole(pick, 0, n - 1) === null)
    problems.push(`The link's example ${pick.slice(0, 20)} does not exist: there are ${n}.`);
  if (view && !readView(view))
    problems.push(`The link's view is not x,y,zoom with zoom from 1 to ${MOST_ZOOM}: the whole plane is shown.`);
  if (plane && !readPlane(plane, model))
    problems.push("The link's plane does not exist for this model: the default is used.");
  return problems;
}
