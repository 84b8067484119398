// Rows of a plane, and what most of some numbers are.

/**
 * Cut a plane into rows.
 * @template {{ length: number, subarray: (from: number, to: number) => any }} A
 * @param {A} data
 * @param {number} d numbers of a row
 * @returns {A[]}
 */
export const rowsOf = (data, d) => Array.from({ length: data.length / d }, (_, i) => data.subarray(i * d, (i + 1) * d));

/**
 * How often each number is among some, the most frequent first.
 * @param {Iterable<number>} values
 * @returns {{ value: number, count: number }[]}
 */
export function countsOf(values) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
}
