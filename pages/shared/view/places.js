// Places of points on a map: in the middle, with one spread; the box that they fill; and on the way to another map.

/** @typedef {import("./types.d.ts").Places} Places */
/** @typedef {import("./plane_view.js").Box} Box */

/**
 * Places centred at 0 with root mean square distance 1 from it; all at 0 where they are one.
 * @param {Places} places
 * @returns {Places}
 */
export function standardised({ xs, ys }) {
  const n = xs.length || 1;
  const mx = xs.reduce((sum, x) => sum + x, 0) / n;
  const my = ys.reduce((sum, y) => sum + y, 0) / n;
  let square = 0;
  for (let i = 0; i < xs.length; i++) square += (xs[i] - mx) ** 2 + (ys[i] - my) ** 2;
  const scale = square > 0 ? 1 / Math.sqrt(square / n) : 0;
  return { xs: xs.map(x => (x - mx) * scale), ys: ys.map(y => (y - my) * scale) };
}

/**
 * The box that holds nearly all points of some maps.
 * @param {Places[]} maps
 * @returns {Box}
 */
export function boxOf(maps) {
  const [left, right] = span(maps.map(({ xs }) => xs));
  const [bottom, top] = span(maps.map(({ ys }) => ys));
  return { left, right, bottom, top };
}

/** From the first to the last two-thousandth. @param {Float32Array[]} lists @returns {[number, number]} */
function span(lists) {
  let low = 0;
  let high = 0;
  for (const values of lists) {
    const sorted = Float32Array.from(values).sort();
    const cut = Math.floor(sorted.length * 0.0005);
    low = Math.min(low, sorted[cut] ?? 0);
    high = Math.max(high, sorted[sorted.length - 1 - cut] ?? 0);
  }
  return [low, high];
}

/** Places of pairs of numbers. @param {ArrayLike<number>} pairs @returns {Places} */
export function placesOf(pairs) {
  const n = pairs.length / 2;
  return standardised({
    xs: Float32Array.from({ length: n }, (_, i) => pairs[2 * i]),
    ys: Float32Array.from({ length: n }, (_, i) => pairs[2 * i + 1]),
  });
}

/** Slow at both ends. @param {number} t 0 to 1 */
export const eased = t => t * t * (3 - 2 * t);

/**
 * Places on the way from one map to another.
 * @param {Places} a
 * @param {Places} b
 * @param {number} t 0 to 1
 * @param {Places} out filled
 */
export function mix(a, b, t, out) {
  const s = eased(t);
  const r = 1 - s;
  const { xs, ys } = out;
  for (let i = 0; i < xs.length; i++) {
    xs[i] = r * a.xs[i] + s * b.xs[i];
    ys[i] = r * a.ys[i] + s * b.ys[i];
  }
}

/**
 * The box of what is shown on the way from one map to another.
 * @param {Box} a
 * @param {Box} b
 * @param {number} t 0 to 1
 * @returns {Box}
 */
export function boxBetween(a, b, t) {
  const s = eased(t);
  /** @param {keyof Box} side */
  const side = side => (1 - s) * a[side] + s * b[side];
  return { left: side("left"), right: side("right"), bottom: side("bottom"), top: side("top") };
}
