// From one map to the next: places in between, and the trails that points leave.

/** @typedef {import("../../shared/view/plane_view.js").Box} Box */
/** @typedef {import("./types.d.ts").Places} Places */

/** Slow at both ends. @param {number} t 0 to 1 */
export const eased = t => t * t * (3 - 2 * t);

/**
 * Which two maps a place of the slider lies between, and how far it is on the way.
 * @param {number} at 0 the first map, 1 the second ...
 * @param {number} count of maps
 * @returns {{ from: number, to: number, t: number }}
 */
export function between(at, count) {
  const place = Math.max(0, Math.min(count - 1, at));
  const from = Math.min(Math.floor(place), Math.max(0, count - 2));
  return { from, to: Math.min(from + 1, count - 1), t: place - from };
}

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

/**
 * The trail of a point: from where it was a moment before to where it is.
 * @param {Places} a
 * @param {Places} b
 * @param {number} t
 * @param {number} row
 * @param {number} length of the trail, as part of the way
 * @returns {[number, number, number, number]}
 */
export function trailOf(a, b, t, row, length) {
  const s = eased(t);
  const before = eased(Math.max(0, t - length));
  const x = a.xs[row];
  const y = a.ys[row];
  const dx = b.xs[row] - x;
  const dy = b.ys[row] - y;
  return [x + before * dx, y + before * dy, x + s * dx, y + s * dy];
}

/**
 * The slider's place after some time of playing: it rests at each map, and turns back at the ends.
 * @param {{ at: number, forward: boolean, rest: number }} state
 * @param {number} elapsed ms
 * @param {number} count of maps
 * @returns {{ at: number, forward: boolean, rest: number }}
 */
export function advanced({ at, forward, rest }, elapsed, count) {
  if (rest > 0) return { at, forward, rest: rest - elapsed };
  const next = forward ? Math.floor(at + 1e-6) + 1 : Math.ceil(at - 1e-6) - 1;
  if (next < 0 || next > count - 1) return { at, forward: !forward, rest: 0 };
  const step = elapsed / MORPH;
  const reached = forward ? at + step >= next : at - step <= next;
  if (reached) return { at: next, forward, rest: REST };
  return { at: at + (forward ? step : -step), forward, rest: 0 };
}

export const MORPH = 1600; // ms from map to map
export const REST = 500; // ms at each
