// Predictions from a few labels, three ways; every method gives each point a score for each class.

/**
 * @typedef {import("./types.d.ts").Given} Given
 * @typedef {import("./types.d.ts").Graph} Graph
 * @typedef {import("./types.d.ts").Method} Method
 * @typedef {import("./types.d.ts").View} View
 */

const ALPHA = 0.9; // how much of a point's scores comes from its neighbours
const ROUNDS = 30;
const RIDGE = 0.05; // of the mean square length of the vectors

/**
 * The graph in which two points are joined where either is among the nearest of the other, normalised by both degrees.
 * @param {ArrayLike<number>} neighbours (n, k)
 * @param {number} n
 * @returns {Graph}
 */
export function graphOf(neighbours, n) {
  const k = neighbours.length / n;
  /** @type {Set<number>[]} */
  const joined = Array.from({ length: n }, () => new Set());
  for (let i = 0; i < n; i++)
    for (let j = 0; j < k; j++) {
      joined[i].add(neighbours[i * k + j]);
      joined[neighbours[i * k + j]].add(i);
    }
  const starts = new Int32Array(n + 1);
  joined.forEach((ends, i) => {
    starts[i + 1] = starts[i] + ends.size;
  });
  const ends = Int32Array.from(joined.flatMap(some => [...some]));
  const root = joined.map(some => 1 / Math.sqrt(Math.max(1, some.size)));
  const shares = Float32Array.from(joined.flatMap((some, i) => Array.from(some, j => root[i] * root[j])));
  return { starts, ends, shares };
}

/**
 * Label spreading (Zhou et al. 2004): F <- alpha S F + (1 - alpha) Y, with S the graph normalised by both ends' degrees.
 * @param {View} view
 * @param {Given[]} given
 * @param {number} classes
 * @returns {Float32Array} (n, classes)
 */
export function spread({ n, graph: { starts, ends, shares } }, given, classes) {
  const columns = [...new Set(given.map(({ label }) => label))]; // other classes stay at 0
  const m = columns.length;
  const y = new Float32Array(n * m);
  for (const { point, label } of given) y[point * m + columns.indexOf(label)] = 1;
  let f = y.slice();
  for (let round = 0; round < ROUNDS; round++) {
    const next = y.map(value => (1 - ALPHA) * value);
    for (let i = 0; i < n; i++)
      for (let e = starts[i]; e < starts[i + 1]; e++) {
        const share = ALPHA * shares[e];
        for (let c = 0, to = i * m, from = ends[e] * m; c < m; c++) next[to++] += share * f[from++];
      }
    f = next;
  }
  const scores = new Float32Array(n * classes);
  for (let i = 0; i < n; i++) for (let c = 0; c < m; c++) scores[i * classes + columns[c]] = f[i * m + c];
  return scores;
}

/**
 * Ridge regression of the classes, one for each, on the vector and a constant.
 * @param {View} view
 * @param {Given[]} given
 * @param {number} classes
 * @returns {Float32Array} (n, classes)
 */
export function linear({ n, d, vectors }, given, classes) {
  const size = d + 1; // the last is the constant
  /** @param {number} point @param {number} i */
  const x = (point, i) => (i < d ? vectors[point * d + i] : 1);
  const a = new Float64Array(size * size);
  const b = new Float64Array(size * classes);
  for (let i = 0; i < size; i++) a[i * size + i] = RIDGE;
  for (const { point, label } of given)
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) a[i * size + j] += x(point, i) * x(point, j);
      b[i * classes + label] += x(point, i);
    }
  solve(a, b, size, classes);
  const scores = new Float32Array(n * classes);
  for (let point = 0; point < n; point++)
    for (let i = 0; i < size; i++) {
      const value = x(point, i);
      for (let c = 0; c < classes; c++) scores[point * classes + c] += value * b[i * classes + c];
    }
  return scores;
}

/**
 * Solve A X = B for a symmetric positive definite A, by Gaussian elimination; X stands in B's place.
 * @param {Float64Array} a (size, size)
 * @param {Float64Array} b (size, columns)
 * @param {number} size
 * @param {number} columns
 */
function solve(a, b, size, columns) {
  for (let p = 0; p < size; p++)
    for (let i = p + 1; i < size; i++) {
      const factor = a[i * size + p] / a[p * size + p];
      if (factor === 0) continue;
      for (let j = p; j < size; j++) a[i * size + j] -= factor * a[p * size + j];
      for (let c = 0; c < columns; c++) b[i * columns + c] -= factor * b[p * columns + c];
    }
  for (let p = size - 1; p >= 0; p--)
    for (let c = 0; c < columns; c++) {
      let sum = b[p * columns + c];
      for (let j = p + 1; j < size; j++) sum -= a[p * size + j] * b[j * columns + c];
      b[p * columns + c] = sum / a[p * size + p];
    }
}

/**
 * A class scores the more, the nearer its nearest labelled point.
 * @param {View} view
 * @param {Given[]} given
 * @param {number} classes
 * @returns {Float32Array} (n, classes), 0 for classes without a label
 */
export function nearest({ n, d, vectors }, given, classes) {
  const scores = new Float32Array(n * classes);
  for (let i = 0; i < n; i++)
    for (const { point, label } of given) {
      let square = 0;
      for (let j = 0; j < d; j++) square += (vectors[i * d + j] - vectors[point * d + j]) ** 2;
      const at = i * classes + label;
      scores[at] = Math.max(scores[at], 1 / (1e-6 + Math.sqrt(square)));
    }
  return scores;
}

/** @type {Record<Method, (view: View, given: Given[], classes: number) => Float32Array>} */
export const METHODS = { spread, linear, nearest };

/**
 * The class of each point, and how far it is from another one: 0 where the two best score alike, 1 where one has all.
 * @param {Float32Array} scores (n, classes)
 * @param {number} classes
 */
export function decide(scores, classes) {
  const n = scores.length / classes;
  const predicted = new Int32Array(n);
  const margin = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    let best = 0,
      second = Number.NEGATIVE_INFINITY,
      sum = 0;
    for (let c = 0; c < classes; c++) {
      const score = scores[i * classes + c];
      sum += Math.max(0, score);
      if (c === 0) continue;
      if (score > scores[i * classes + best]) {
        second = scores[i * classes + best];
        best = c;
      } else second = Math.max(second, score);
    }
    predicted[i] = best;
    margin[i] = sum > 0 ? (Math.max(0, scores[i * classes + best]) - Math.max(0, second)) / sum : 0;
  }
  return { predicted, margin };
}

/**
 * The share of points without a label whose predicted class is wrong.
 * @param {ArrayLike<number>} predicted
 * @param {ArrayLike<number>} truth
 * @param {Given[]} given
 */
export function errorOf(predicted, truth, given) {
  const labelled = new Set(given.map(({ point }) => point));
  let wrong = 0,
    count = 0;
  for (let i = 0; i < truth.length; i++) {
    if (labelled.has(i)) continue;
    count++;
    wrong += Number(predicted[i] !== truth[i]);
  }
  return count ? wrong / count : 0;
}

/**
 * A point without a label: any, or the one whose class is least certain.
 * @param {"uncertain" | "random"} query
 * @param {number} n
 * @param {Given[]} given
 * @param {Float32Array | null} margin
 * @param {() => number} random
 * @returns {number} -1 where all have one
 */
export function nextPoint(query, n, given, margin, random) {
  const labelled = new Set(given.map(({ point }) => point));
  const left = Array.from({ length: n }, (_, i) => i).filter(i => !labelled.has(i));
  if (!left.length) return -1;
  const drawn = left[Math.floor(random() * left.length)];
  if (query === "random" || !margin || !given.length) return drawn;
  const least = left.reduce((low, i) => Math.min(low, margin[i]), Number.POSITIVE_INFINITY);
  const among = left.filter(i => margin[i] <= least + 1e-9); // where many are as uncertain, any of them
  return among[Math.floor(random() * among.length)];
}
