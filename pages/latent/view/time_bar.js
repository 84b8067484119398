// Times between A (0) and B (1): how they go on while playing, and where they stand along a strip of pictures.

export const TILES = 9; // in a row, A and B among them

/** @typedef {"bounce" | "loop" | "once"} Turn what happens at the end */
/** @typedef {{ t: number, backwards: boolean, ended: boolean }} Moment */

/**
 * The time after a step.
 * @param {number} t
 * @param {boolean} backwards
 * @param {number} step
 * @param {Turn} turn
 * @returns {Moment}
 */
export function timeAfter(t, backwards, step, turn) {
  const next = t + (backwards ? -step : step);
  /** @param {number} time */
  const within = time => Math.min(1, Math.max(0, time));
  if (turn === "bounce") {
    if (next > 1) return { t: within(2 - next), backwards: true, ended: false };
    if (next < 0) return { t: within(-next), backwards: false, ended: false };
  } else if (turn === "loop") return { t: within(next > 1 ? next - 1 : next), backwards, ended: false };
  else if (next >= 1) return { t: 1, backwards, ended: true };
  return { t: within(next), backwards, ended: false };
}

/**
 * The times of an animation's frames: n from A to B, and those on the way back.
 * @param {number} n
 * @param {Turn} turn
 */
export function frameTimes(n, turn) {
  const there = Array.from({ length: n }, (_, i) => i / (n - 1));
  return turn === "bounce" ? [...there, ...there.slice(1, -1).reverse()] : there;
}

/** How far along a strip a time is: its first and last pictures stand at the times 0 and 1. @param {number} t */
export const shareOf = t => (t * (TILES - 1) + 0.5) / TILES;

/** The time there. @param {number} share */
export const timeAt = share => Math.min(1, Math.max(0, (share * TILES - 0.5) / (TILES - 1)));
