// From one map to the next: the slider between them, and the trails that points leave.

import { eased } from "../../shared/view/places.js";

/** @typedef {import("./types.d.ts").Places} Places */

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
