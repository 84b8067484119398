// Shapes of points by class, in the order of CLASS_SHAPES (pages/shared/theme.py), all of the area of a disc of radius r.

/** @param {number} n @param {number} x @param {number} y */
const corners = (n, x, y) => {
  let far = -Infinity; // along the normals of a regular polygon that stands on an edge
  for (let i = 0; i < n; i++)
    far = Math.max(far, x * Math.sin((2 * Math.PI * i) / n) + y * Math.cos((2 * Math.PI * i) / n));
  return far;
};
/** @param {number} x @param {number} y @param {number} r */
const bars = (x, y, r) => Math.max(Math.min(x, y) - 0.38 * r, Math.max(x, y) - 1.25 * r);

/**
 * Signed distances to the outline (about, for the star), negative inside; y points down.
 * @type {Record<string, (x: number, y: number, r: number) => number>}
 */
const OUTLINES = {
  circle: (x, y, r) => Math.hypot(x, y) - r,
  square: (x, y, r) => Math.max(Math.abs(x), Math.abs(y)) - 0.886 * r,
  "triangle-up": (x, y, r) => corners(3, x, y) - 0.778 * r,
  "triangle-down": (x, y, r) => corners(3, x, -y) - 0.778 * r,
  diamond: (x, y, r) => (Math.abs(x) + Math.abs(y)) * Math.SQRT1_2 - 0.886 * r,
  cross: (x, y, r) => bars(Math.abs(x + y) * Math.SQRT1_2, Math.abs(x - y) * Math.SQRT1_2, r),
  plus: (x, y, r) => bars(Math.abs(x), Math.abs(y), r),
  star: (x, y, r) => Math.hypot(x, y) - r * (0.97 + 0.42 * Math.cos(5 * Math.atan2(x, -y))),
  pentagon: (x, y, r) => corners(5, x, y) - 0.93 * r,
  hexagon: (x, y, r) => corners(6, x, y) - 0.952 * r,
};

export const SHAPES = Object.keys(OUTLINES);
export const FURTHEST = 1.6; // from the middle, in radii

/** The number of the shape of a class. @param {number} c */
export const shapeOf = c => c % SHAPES.length;

/** @param {number} shape @returns {(x: number, y: number, r: number) => number} */
export const outline = shape => OUTLINES[SHAPES[shape]];
