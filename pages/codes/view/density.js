// How densely points lie on a map: a Gaussian kernel estimate on a grid, its contours, and where it is highest.

/** @typedef {import("../../shared/view/plane_view.js").Box} Box */
/** @typedef {import("./types.d.ts").Places} Places */

/**
 * Density at the knots of a square grid, row by row from the bottom; in points of a knot.
 * @typedef {object} Density
 * @property {Float32Array} values
 * @property {number} columns
 * @property {number} rows
 * @property {number} left place of the first knot
 * @property {number} bottom
 * @property {number} cell from one knot to the next
 */

/** Shares of the points that lie within the contours. */
export const SHARES = [0.25, 0.5, 0.75, 0.95];
const REACH = 3; // standard deviations of the kernel

/**
 * The density of the listed points within a box. The kernel is half as wide as Scott's rule (1992) has it for one normal
 * cloud, as maps show several; null where there are fewer than three points.
 * @param {Places} places
 * @param {ArrayLike<number>[]} lists rows of the points
 * @param {Box} box
 * @param {number} knots across the longer side of the box
 * @returns {Density | null}
 */
export function densityOf({ xs, ys }, lists, { left, right, bottom, top }, knots) {
  let n = 0;
  let [x, y, xx, yy] = [0, 0, 0, 0];
  for (const list of lists)
    for (let q = 0; q < list.length; q++) {
      const dx = xs[list[q]] - left;
      const dy = ys[list[q]] - bottom;
      if (!(dx >= 0 && dy >= 0 && dx <= right - left && dy <= top - bottom)) continue;
      n += 1;
      x += dx;
      y += dy;
      xx += dx * dx;
      yy += dy * dy;
    }
  if (n < 3) return null;
  const cell = (Math.max(right - left, top - bottom) || 1) / knots;
  const spread = Math.sqrt(Math.max(0, (xx - (x * x) / n + yy - (y * y) / n) / (2 * n)));
  const width = Math.max(1, (0.5 * spread * n ** (-1 / 6)) / cell); // of the kernel, in cells
  const edge = Math.ceil(REACH * width) + 1;
  const columns = Math.ceil((right - left) / cell) + 1 + 2 * edge;
  const rows = Math.ceil((top - bottom) / cell) + 1 + 2 * edge;
  const density = {
    values: new Float32Array(columns * rows),
    columns,
    rows,
    left: left - edge * cell,
    bottom: bottom - edge * cell,
    cell,
  };
  for (const list of lists) scatter(density, xs, ys, list);
  blur(density, width);
  return density;
}

/**
 * Add points to the four knots around each, the nearer the more; those beyond the grid are left out.
 * @param {Density} density
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {ArrayLike<number>} list
 */
function scatter({ values, columns, rows, left, bottom, cell }, xs, ys, list) {
  for (let q = 0; q < list.length; q++) {
    const u = (xs[list[q]] - left) / cell;
    const v = (ys[list[q]] - bottom) / cell;
    if (!(u >= 0 && v >= 0 && u < columns - 1 && v < rows - 1)) continue;
    const i = Math.floor(u);
    const j = Math.floor(v);
    const [a, b, at] = [u - i, v - j, j * columns + i];
    values[at] += (1 - a) * (1 - b);
    values[at + 1] += a * (1 - b);
    values[at + columns] += (1 - a) * b;
    values[at + columns + 1] += a * b;
  }
}

/** @param {Density} density @param {number} width standard deviation, in cells */
function blur({ values, columns, rows }, width) {
  const reach = Math.ceil(REACH * width);
  const kernel = Float32Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * width ** 2)),
  );
  const sum = kernel.reduce((total, x) => total + x, 0);
  /** @param {Float32Array} from @param {Float32Array} to @param {number} count of lines @param {number} length of a line @param {number} step in a line @param {number} next from a line to the next */
  const along = (from, to, count, length, step, next) => {
    for (let line = 0; line < count; line++)
      for (let i = 0; i < length; i++) {
        let value = 0;
        const last = Math.min(length - 1, i + reach);
        for (let k = Math.max(0, i - reach); k <= last; k++)
          value += kernel[k - i + reach] * from[line * next + k * step];
        to[line * next + i * step] = value / sum;
      }
  };
  const half = new Float32Array(values.length);
  along(values, half, rows, columns, 1, columns);
  along(half, values, columns, rows, columns, 1);
}

/** The densities above which these shares of the points lie. @param {Density} density @param {number[]} shares @returns {number[]} */
export function levelsOf({ values }, shares) {
  const sorted = Float32Array.from(values).sort().reverse();
  const total = sorted.reduce((sum, x) => sum + x, 0);
  const levels = shares.map(() => 0);
  let within = 0;
  let share = 0;
  for (let i = 0; i < sorted.length && share < shares.length; i++) {
    within += sorted[i];
    while (share < shares.length && within >= shares[share] * total) levels[share++] = sorted[i];
  }
  return levels;
}

/**
 * Where the density passes a level, by marching squares: x and y of both ends of each piece, one piece after the other.
 * @param {Density} density
 * @param {number} level
 * @returns {number[]}
 */
export function contourAt({ values, columns, rows, left, bottom, cell }, level) {
  /** @type {number[]} */
  const pieces = [];
  for (let j = 0; j + 1 < rows; j++)
    for (let i = 0; i + 1 < columns; i++) {
      const at = j * columns + i;
      const [a, b, c, d] = [values[at], values[at + 1], values[at + columns + 1], values[at + columns]];
      const [A, B, C, D] = [a > level, b > level, c > level, d > level];
      if (A === B && B === C && C === D) continue;
      const x = left + i * cell;
      const y = bottom + j * cell;
      /** @type {number[][]} */
      const ends = []; // on the lower, right, upper and left side of the square
      if (A !== B) ends.push([x + ((level - a) / (b - a)) * cell, y]);
      if (B !== C) ends.push([x + cell, y + ((level - b) / (c - b)) * cell]);
      if (D !== C) ends.push([x + ((level - d) / (c - d)) * cell, y + cell]);
      if (A !== D) ends.push([x, y + ((level - a) / (d - a)) * cell]);
      if (ends.length === 4 && A !== (a + b + c + d) / 4 > level) ends.unshift(...ends.splice(3)); // a saddle: which two corners are one
      for (let k = 0; k < ends.length; k += 2) pieces.push(...ends[k], ...ends[k + 1]);
    }
  return pieces;
}

/** The place of the highest density. @param {Density} density @returns {[number, number]} */
export function peakOf({ values, columns, left, bottom, cell }) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return [left + (best % columns) * cell, bottom + Math.floor(best / columns) * cell];
}
