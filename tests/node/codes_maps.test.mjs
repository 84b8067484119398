// Codes: what colours stand for, density of points with its contours, names on maps.

import assert from "node:assert/strict";
import test from "node:test";

import * as choice from "../../pages/codes/view/colour_choice.js";
import { contourAt, densityOf, levelsOf, peakOf, SHARES } from "../../pages/codes/view/density.js";
import { clusterNames, valueLegend } from "../../pages/codes/view/legends.js";
import { apart, contoursOf, namesOf } from "../../pages/codes/view/map_density.js";
import { byValue, rangeOf, spanOf, unpacked } from "../../pages/codes/view/point_colours.js";
import { PointValues } from "../../pages/codes/view/point_values.js";
import { encode } from "../../pages/shared/view/codec.js";
import { seededRandom } from "../../pages/shared/view/random.js";

const near = (a, b, gap) => assert.ok(Math.abs(a - b) < gap, `${a} is not ${b}`);

/** Normal points about some middles, in turn. */
function clouds(n, middles, seed = 3) {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return {
    xs: Float32Array.from({ length: n }, (_, i) => middles[i % middles.length][0] + normal()),
    ys: Float32Array.from({ length: n }, (_, i) => middles[i % middles.length][1] + normal()),
  };
}

const rowsOf = n => Array.from({ length: n }, (_, i) => i);
const BOX = { left: -8, right: 8, bottom: -6, top: 6 };

// -- density ----------------------------------------------------------------------------------------

test("the density is the sum of a normal kernel over all points", () => {
  const n = 300;
  const places = clouds(n, [
    [-3, 0],
    [4, 1],
  ]);
  const density = densityOf(places, [rowsOf(100), rowsOf(n).slice(100)], BOX, 128);
  const mean = values => values.reduce((a, b) => a + b, 0) / n;
  const [mx, my] = [mean(places.xs), mean(places.ys)];
  const spread = Math.sqrt(mean(places.xs.map((x, i) => (x - mx) ** 2 + (places.ys[i] - my) ** 2)) / 2);
  const h = 0.5 * spread * n ** (-1 / 6); // half of Scott's rule
  const { values, columns, left, bottom, cell } = density;
  const top = values[values.reduce((best, x, i) => (x > values[best] ? i : best), 0)];
  for (let at = 0; at < values.length; at += 997) {
    const [x, y] = [left + (at % columns) * cell, bottom + Math.floor(at / columns) * cell];
    let exact = 0;
    for (let i = 0; i < n; i++) {
      const square = (places.xs[i] - x) ** 2 + (places.ys[i] - y) ** 2;
      exact += (cell ** 2 * Math.exp(-square / (2 * h * h))) / (2 * Math.PI * h * h);
    }
    near(values[at], exact, 0.03 * top);
  }
  near(
    values.reduce((a, b) => a + b, 0),
    n,
    1,
  );
});

test("contours hold their share of the points, and are closed", () => {
  const n = 4000;
  const places = clouds(n, [[0, 0]]);
  const density = densityOf(places, [rowsOf(n)], BOX, 128);
  const levels = levelsOf(density, SHARES);
  assert.deepEqual(
    levels,
    [...levels].sort((a, b) => b - a),
  );
  const widened = Math.hypot(1, 0.5 * n ** (-1 / 6)); // the kernel adds its own spread
  for (const [i, share] of SHARES.entries()) {
    const pieces = contourAt(density, levels[i]);
    const ends = new Map();
    let radius = 0;
    for (let k = 0; k < pieces.length; k += 2) {
      const key = `${pieces[k].toFixed(4)} ${pieces[k + 1].toFixed(4)}`;
      ends.set(key, (ends.get(key) ?? 0) + 1);
      radius += (2 * Math.hypot(pieces[k], pieces[k + 1])) / pieces.length;
    }
    assert.ok(
      [...ends.values()].every(count => count % 2 === 0),
      "every end is that of another piece",
    );
    if (share < 0.9) near(radius, widened * Math.sqrt(-2 * Math.log(1 - share)), 0.12); // outside it is ragged
  }
  assert.equal(contoursOf(places, [rowsOf(n)], BOX).length, SHARES.length);
});

test("at a saddle the two corners that belong together are one", () => {
  /** @param {number[]} values of the corners, from the lower left */
  const pieces = values =>
    contourAt({ values: Float32Array.from(values), columns: 2, rows: 2, left: 0, bottom: 0, cell: 1 }, 0.5);
  const length = list => Math.hypot(list[2] - list[0], list[3] - list[1]);
  assert.deepEqual([pieces([1, 0, 0, 0]).length, pieces([1, 1, 1, 1]).length], [4, 0]);
  const together = pieces([1, 0, 0, 1]); // lower left and upper right are high, and the middle is not
  assert.equal(together.length, 8);
  near(length(together), Math.SQRT1_2, 1e-6);
  const high = pieces([1, 0.4, 0.4, 1]); // here the middle is high: the pieces cut off the low corners
  const nearLow = high.some((x, i) => i % 2 === 0 && x > 0.8 && high[i + 1] < 0.3);
  assert.ok(nearLow, String(high));
});

test("points that are one, few, or beyond the box", () => {
  const one = { xs: new Float32Array(9).fill(2), ys: new Float32Array(9).fill(-1) };
  const density = densityOf(one, [rowsOf(9)], { left: 2, right: 2, bottom: -1, top: -1 }, 32);
  assert.deepEqual(peakOf(density), [2, -1]);
  assert.equal(densityOf(one, [[0, 1]], BOX, 32), null);
  assert.equal(densityOf(one, [rowsOf(9)], { left: 3, right: 4, bottom: 3, top: 4 }, 32), null);
  assert.deepEqual(contoursOf(one, [[]], BOX), []);
});

// -- names ------------------------------------------------------------------------------------------

test("names stand where most points of their group lie, not between its parts", () => {
  const middles = [
    [-5, 0],
    [5, 0],
    [-5, 0.5], // of the first again
    [0, 4],
  ];
  const places = clouds(400, middles);
  const member = rowsOf(400).map(i => [0, 1, 0, 1][i % 4]); // the second group is in two halves
  const found = namesOf(places, { member, names: ["one", "two", "none"] }, [rowsOf(400)], BOX);
  assert.deepEqual(found.map(({ text }) => text).sort(), ["one", "two"]);
  const [one, two] = ["one", "two"].map(text => found.find(name => name.text === text).place);
  near(one[0], -5, 1);
  const gaps = [middles[1], middles[3]].map(([x, y]) => Math.hypot(two[0] - x, two[1] - y));
  assert.ok(Math.min(...gaps) < 1, "in one of its parts");
  const many = { member: rowsOf(400).map(i => i % 50), names: rowsOf(50).map(String) };
  assert.deepEqual(namesOf(places, many, [rowsOf(400)], BOX), [], "too many to be read");
});

test("names do not lie on one another", () => {
  const spot = { x: 50, y: 50 };
  const spots = apart(["seven", "nine", "four"].map(text => ({ text, spot })));
  assert.deepEqual(spots[0].y, 50);
  assert.equal(new Set(spots.map(({ y }) => y)).size, 3);
  assert.ok(spots.every(({ x }) => x === 50));
});

test("clusters are called by the class of more than half of their points, or by number", () => {
  const clusters = { member: Uint8Array.of(0, 0, 0, 1), sizes: [3, 1] };
  assert.deepEqual(clusterNames(clusters, { labels: [1, 1, 0, 0], classes: ["a", "b"] }), ["mostly b", "mostly a"]);
  const thirds = clusterNames(clusters, { labels: [0, 1, 2, 0], classes: ["a", "b", "c"] });
  assert.deepEqual(thirds, ["cluster 1", "mostly a"]);
  assert.deepEqual(clusterNames(clusters, { labels: null, classes: [] }), ["cluster 1", "cluster 2"]);
  assert.deepEqual(clusterNames(null, { labels: null, classes: [] }), []);
});

// -- what colours stand for ---------------------------------------------------------------------------

const OFFER = {
  labels: Uint8Array.of(0, 1, 1),
  factors: [{ name: "size of it", values: Float32Array.of(1, 2, 3) }],
  scores: [{ name: "elbo", title: "ELBO", unit: "nats" }],
  layers: [{ name: "code", title: "code", size: 2 }],
};
const STATE = { colour: "class", factor: "", score: "", layer: "", unit: 0 };

test("a choice of the menu and back", () => {
  for (const state of [
    STATE,
    { ...STATE, colour: "factor", factor: "size of it" },
    { ...STATE, colour: "score", score: "elbo" },
    { ...STATE, colour: "unit", layer: "code" },
  ]) {
    assert.deepEqual({ ...STATE, ...choice.chosenColour(choice.colourValue(state)) }, state);
    assert.deepEqual(choice.possibleColour(state, OFFER), state);
  }
  const options = String(choice.colourOptions(OFFER).join(""));
  for (const value of ["class", "cluster", "place", "error", "factor size of it", "score elbo", "unit code"])
    assert.ok(options.includes(`value="${value}"`), value);
  assert.ok(!String(choice.colourOptions({ ...OFFER, labels: null, scores: [] }).join("")).includes("ELBO"));
});

test("what a model does not have is replaced, and units end with the layer", () => {
  const wanted = { ...STATE, colour: "unit", layer: "encoder-9", unit: 3 };
  assert.equal(choice.possibleColour(wanted, OFFER).colour, "class");
  assert.equal(choice.possibleColour(wanted, { ...OFFER, labels: null }).colour, "error");
  assert.equal(choice.possibleColour({ ...wanted, layer: "code" }, OFFER).unit, 1);
  assert.equal(choice.possibleColour({ ...wanted, layer: "code", unit: -4 }, OFFER).unit, 0);
  for (const [colour, of] of [
    ["factor", { factor: "x" }],
    ["score", { score: "log-prob" }],
  ])
    assert.equal(choice.possibleColour({ ...STATE, ...of, colour }, OFFER).colour, "class");
});

test("what of a link's colour is not there is said", () => {
  const said = wanted => {
    const asked = { ...STATE, ...wanted };
    return choice.colourProblem(asked, choice.possibleColour(asked, OFFER));
  };
  assert.equal(said({ colour: "unit", layer: "code", unit: 1 }), "");
  assert.equal(
    said({ colour: "unit", layer: "code", unit: 7 }),
    "The link's unit 7 was not used: the last one of that layer is 1.",
  );
  const lacking = [
    ["layer “encoder-9”", { colour: "unit", layer: "encoder-9" }],
    ["factor “x”", { colour: "factor", factor: "x" }],
    ["score “log-prob”", { colour: "score", score: "log-prob" }],
  ];
  for (const [name, wanted] of lacking)
    assert.equal(said(wanted), `The link's ${name} was not used: there is none of that name.`);
  const plain = { ...STATE, colour: "class" };
  assert.equal(choice.colourProblem(plain, choice.possibleColour(plain, { ...OFFER, labels: null })), "");
});

test("a question that was left before all had come is asked anew, and the last one is answered", async () => {
  const asked = [];
  globalThis.fetch = (_, { body, signal }) =>
    new Promise((resolve, reject) => {
      asked.push({ body, resolve });
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  const errors = [];
  let heard = 0;
  const points = new PointValues(
    "./values",
    { split: "test", points: "2" },
    2,
    () => heard++,
    error => errors.push(error),
  );
  const [a, b] = [0, 1].map(unit => ({ kind: /** @type {const} */ ("unit"), of: "code", unit }));
  for (const question of [a, b, a, a]) points.of(question);
  assert.equal(asked.length, 3);
  const values = { type: /** @type {const} */ ("f32"), shape: [2], data: Float32Array.of(4, 5) };
  asked[2].resolve(new Response(encode({ first: 0 }, { values })));
  while (!heard) await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.deepEqual([[...points.of(a).values], points.of(a).done, asked.length, errors], [[4, 5], 2, 3, []]);
});

test("numbers that are not here yet are grey, and the legend says how far it is", () => {
  const asked = [];
  const values = Float32Array.of(-1, 3, Number.NaN);
  const points = {
    ...OFFER,
    n: 3,
    errors: Float32Array.of(1, 2, 3),
    values: { of: question => asked.push(question) && { values, done: 2 } },
  };
  const view = { points, errorSpan: [1, 3] };
  const shown = choice.shownValues({ ...view, state: { ...STATE, colour: "unit", layer: "code", unit: 1 } });
  assert.deepEqual(asked, [{ kind: "unit", of: "code", unit: 1 }]);
  assert.deepEqual([shown.span, shown.unit, shown.title], [[-1, 3], "activation", "unit 1 of code"]);
  const { palette } = byValue(shown.values, shown.span);
  const [r, g, b] = unpacked(palette[2]);
  assert.ok(Math.max(r, g, b) - Math.min(r, g, b) < 40, "grey");
  const legend = String(valueLegend(shown, 3, true));
  assert.ok(legend.includes("66% computed") && legend.includes("final weights") && legend.includes("3 activation"));
  assert.ok(String(valueLegend({ ...shown, done: 0 }, 3, false)).includes("Computing unit 1 of code"));
  assert.equal(choice.valueWords(shown, 1), " · unit 1 of code 3");
  assert.equal(choice.valueWords(shown, 2), "");
  const elbo = choice.shownValues({ ...view, state: { ...STATE, colour: "score", score: "elbo" } });
  assert.deepEqual([elbo.unit, choice.valueWords(elbo, 0)], ["nats", " · ELBO -1 nats"]);
  const error = choice.shownValues({ ...view, state: { ...STATE, colour: "error" } });
  assert.deepEqual([error.span, choice.valueWords(error, 0)], [[1, 3], ""]);
  assert.equal(choice.shownValues({ ...view, state: STATE }), null);
});

test("spans leave out what is no number", () => {
  const some = Float32Array.of(Number.NaN, 4, 1, Number.NaN);
  assert.deepEqual(
    [rangeOf(some), spanOf(some)],
    [
      [1, 4],
      [1, 4],
    ],
  );
  assert.deepEqual(spanOf(Float32Array.of(Number.NaN)), [0, 0]);
});
