// Procrustes in the plane: a map rotated, reflected, scaled and shifted onto another; and a box that holds all maps.

/** @typedef {import("./types.d.ts").Places} Places */
/** @typedef {import("../../shared/view/plane_view.js").Box} Box */

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
 * A map laid over another one, rotated or reflected to the least squared distances between equal points, both with the
 * same spread. The larger of `rotation` and `reflection` is the sum of the singular values of the 2 x 2 matrix of products.
 * @param {Places} map
 * @param {Places} onto standardised
 * @returns {Places & { disparity: number }} 0 where they are alike, 1 where they have nothing in common
 */
export function aligned(map, onto) {
  const { xs, ys } = standardised(map);
  let xx = 0;
  let xy = 0;
  let yx = 0;
  let yy = 0;
  for (let i = 0; i < xs.length; i++) {
    xx += xs[i] * onto.xs[i];
    xy += xs[i] * onto.ys[i];
    yx += ys[i] * onto.xs[i];
    yy += ys[i] * onto.ys[i];
  }
  const rotation = Math.hypot(xx + yy, xy - yx);
  const reflection = Math.hypot(xx - yy, xy + yx);
  const flip = reflection > rotation ? -1 : 1;
  const best = Math.max(rotation, reflection);
  const n = xs.length || 1;
  // x -> c x - flip s y, y -> s x + flip c y
  const c = best > 0 ? (xx + flip * yy) / best : 1;
  const s = best > 0 ? (xy - flip * yx) / best : 0;
  return {
    xs: xs.map((x, i) => c * x - flip * s * ys[i]),
    ys: ys.map((y, i) => s * xs[i] + flip * c * y),
    disparity: Math.max(0, 1 - (best / n) ** 2),
  };
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
