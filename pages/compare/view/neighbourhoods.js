// Neighbourhoods in two full spaces: how far they are the same, and whose have changed most.

/**
 * Lists of the nearest others of all examples (route `neighbours`).
 * @typedef {object} Neighbours
 * @property {ArrayLike<number>} rows n x most, nearest first
 * @property {number} most
 */

/**
 * The share of each example's k nearest neighbours that are others: 1 less the overlap (core/numerics/similarity.py).
 * @param {Neighbours} a
 * @param {Neighbours} b
 * @param {number} k
 */
export function changes(a, b, k) {
  const n = a.rows.length / a.most;
  const found = new Float32Array(n);
  const mark = new Int32Array(n).fill(-1);
  const size = Math.min(k, a.most, b.most);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < size; j++) mark[a.rows[i * a.most + j]] = i;
    let both = 0;
    for (let j = 0; j < size; j++) if (mark[b.rows[i * b.most + j]] === i) both += 1;
    found[i] = 1 - both / (size || 1);
  }
  return found;
}

/**
 * The neighbours of one example, and which of them the other list has too.
 * @param {Neighbours} of
 * @param {Neighbours} reference
 * @param {number} row
 * @param {number} k
 */
export function sharedWith(of, reference, row, k) {
  const own = Array.from({ length: Math.min(k, of.most) }, (_, j) => of.rows[row * of.most + j]);
  const theirs = new Set(
    Array.from({ length: Math.min(k, reference.most) }, (_, j) => reference.rows[row * reference.most + j]),
  );
  return own.map(other => ({ row: other, shared: theirs.has(other) }));
}

/** @param {ArrayLike<number>} values */
export function mean(values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return values.length ? sum / values.length : 0;
}
