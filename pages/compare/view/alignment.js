// Procrustes in the plane: a map rotated, reflected, scaled and shifted onto another.

import { standardised } from "../../shared/view/places.js";

/** @typedef {import("../../shared/view/types.d.ts").Places} Places */

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
