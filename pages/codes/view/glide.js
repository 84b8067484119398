// Points on their way from one map to another.

/** @typedef {import("../../shared/view/plane_view.js").Frame} Frame */
/** @typedef {import("./types.d.ts").Places} Places */
/** @typedef {Places & { frame: Frame }} Start where the points were, and how that was seen */

/**
 * Places on the way from one map to another, as they are seen: from pixels to pixels.
 * @param {Start} from
 * @param {Places} to
 * @param {Frame} frame of the map that is shown now
 * @param {number} t from 0 to 1
 * @param {Places} out is filled
 */
export function glide(from, to, frame, t, out) {
  const eased = t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2;
  const { k, ox, oy } = frame;
  const old = from.frame;
  for (let i = 0; i < to.xs.length; i++) {
    const x = (from.xs[i] * old.k + old.ox - ox) / k;
    const y = (oy - (old.oy - from.ys[i] * old.k)) / k;
    out.xs[i] = x + (to.xs[i] - x) * eased;
    out.ys[i] = y + (to.ys[i] - y) * eased;
  }
}
