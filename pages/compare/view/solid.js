// Maps in three dimensions: laid over one another, turned, and seen in perspective.

/** @typedef {import("./types.d.ts").Places} Places */
/** Rows of three numbers. @typedef {Float32Array} Triples */

const ROUNDS = 40; // of the polar decomposition
const EYE = 6; // distance of the eye, in root mean square distances of the points from their middle

/** Centred, with root mean square distance 1 from the middle; all at 0 where they are one. @param {ArrayLike<number>} triples @returns {Triples} */
export function standardised3(triples) {
  const found = Float32Array.from(triples);
  const n = found.length / 3 || 1;
  let square = 0;
  for (let axis = 0; axis < 3; axis++) {
    let sum = 0;
    for (let i = axis; i < found.length; i += 3) sum += found[i];
    for (let i = axis; i < found.length; i += 3) {
      found[i] -= sum / n;
      square += found[i] ** 2;
    }
  }
  const scale = square > 0 ? 1 / Math.sqrt(square / n) : 0;
  return found.map(value => value * scale);
}

/** @param {number[]} m 3 x 3, row by row @returns {number[]} its inverse, transposed */
function inverseTransposed([a, b, c, d, e, f, g, h, i]) {
  const cofactors = [
    e * i - f * h,
    f * g - d * i,
    d * h - e * g,
    c * h - b * i,
    a * i - c * g,
    b * g - a * h,
    b * f - c * e,
    c * d - a * f,
    a * e - b * d,
  ];
  const determinant = a * cofactors[0] + b * cofactors[1] + c * cofactors[2];
  return cofactors.map(value => value / determinant);
}

/**
 * The orthogonal matrix nearest to a matrix, by Newton's iteration (Higham 1986): the turn, or reflection, of Procrustes.
 * @param {number[]} m 3 x 3, row by row
 */
export function nearestTurn(m) {
  const size = Math.hypot(...m) || 1;
  // a little of the identity, so that what is flat has a turn too
  let found = m.map((value, at) => value / size + (at % 4 === 0 ? 1e-4 : 0));
  for (let round = 0; round < ROUNDS; round++) {
    const other = inverseTransposed(found);
    if (!other.every(Number.isFinite)) return [1, 0, 0, 0, 1, 0, 0, 0, 1];
    found = found.map((value, at) => (value + other[at]) / 2);
  }
  return found;
}

/**
 * A map laid over another one, both standardised.
 * @param {Triples} map
 * @param {Triples} onto
 * @returns {{ triples: Triples, disparity: number }} 0 where they are alike, 1 where they have nothing in common
 */
export function aligned3(map, onto) {
  const products = new Array(9).fill(0); // onto' map
  for (let at = 0; at < map.length; at += 3)
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) products[3 * i + j] += onto[at + i] * map[at + j];
  const turn = nearestTurn(products);
  const triples = new Float32Array(map.length);
  for (let at = 0; at < map.length; at += 3)
    for (let i = 0; i < 3; i++)
      triples[at + i] = turn[3 * i] * map[at] + turn[3 * i + 1] * map[at + 1] + turn[3 * i + 2] * map[at + 2];
  const best = products.reduce((sum, value, at) => sum + value * turn[at], 0) / (map.length / 3 || 1);
  return { triples, disparity: Math.max(0, 1 - best ** 2) };
}

/**
 * How points are seen once turned by `yaw` about the vertical, then by `pitch`, in degrees: nearer ones are larger.
 * @param {Triples} triples
 * @param {number} yaw
 * @param {number} pitch
 * @returns {Places & { depth: Float32Array }} depth: towards the eye
 */
export function seen(triples, yaw, pitch) {
  const [a, b] = [yaw, pitch].map(degrees => (degrees * Math.PI) / 180);
  const [ca, sa, cb, sb] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b)];
  const n = triples.length / 3;
  const [xs, ys, depth] = [new Float32Array(n), new Float32Array(n), new Float32Array(n)];
  for (let i = 0; i < n; i++) {
    const [x, y, z] = [triples[3 * i], triples[3 * i + 1], triples[3 * i + 2]];
    const across = ca * x + sa * z;
    const deep = ca * z - sa * x;
    const towards = sb * y + cb * deep;
    const closer = EYE / Math.max(0.5, EYE - towards);
    xs[i] = across * closer;
    ys[i] = (cb * y - sb * deep) * closer;
    depth[i] = towards;
  }
  return { xs, ys, depth };
}

/** A box that holds nearly all points however they are turned. @param {Triples} triples */
export function ballOf(triples) {
  const far = Float32Array.from({ length: triples.length / 3 }, (_, i) =>
    Math.hypot(triples[3 * i], triples[3 * i + 1], triples[3 * i + 2]),
  ).sort();
  const most = 1.1 * Math.max(far[Math.floor(0.99 * (far.length - 1))], 0.1);
  return { left: -most, right: most, bottom: -most, top: most };
}
