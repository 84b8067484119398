import assert from "node:assert/strict";
import test from "node:test";

import { aligned } from "../../pages/compare/view/alignment.js";
import { confusion, differenceLook, differences } from "../../pages/compare/view/confusions.js";
import { csvOf } from "../../pages/compare/view/csv.js";
import { bandPath, spectrumPath } from "../../pages/compare/view/geometry.js";
import { placeIn } from "../../pages/compare/view/label_curves.js";
import { behind, duration, sorted } from "../../pages/compare/view/likelihoods.js";
import { dotsSvg } from "../../pages/compare/view/map_svg.js";
import { cellLook, likeness, matrixMarkup, numberOf } from "../../pages/compare/view/matrix.js";
import { advanced, between, MORPH, REST, trailOf } from "../../pages/compare/view/morphing.js";
import { changes, mean, sharedWith } from "../../pages/compare/view/neighbourhoods.js";
import { middle } from "../../pages/compare/view/point_colours.js";
import { found, readRows, Selection } from "../../pages/compare/view/selection.js";

import { aligned3, ballOf, seen, standardised3 } from "../../pages/compare/view/solid.js";
import { sorted as sortedFiles } from "../../pages/compare/view/uploading.js";
import { plainColour } from "../../pages/shared/view/figure.js";
import { boxOf, eased, mix, placesOf, standardised } from "../../pages/shared/view/places.js";
import { topIndices } from "../../pages/shared/view/probability.js";

const near = (a, b, gap = 1e-5) => assert.ok(Math.abs(a - b) < gap, `${a} is not ${b}`);

function cloud(n, seed = 1) {
  let state = seed;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647 - 0.5;
  };
  return { xs: Float32Array.from({ length: n }, () => 3 * next()), ys: Float32Array.from({ length: n }, next) };
}

const moved = ({ xs, ys }, angle, flip, scale) => ({
  xs: xs.map((x, i) => 5 + scale * (Math.cos(angle) * x - flip * Math.sin(angle) * ys[i])),
  ys: ys.map((y, i) => -2 + scale * (Math.sin(angle) * xs[i] + flip * Math.cos(angle) * y)),
});

test("standardised places have mean 0 and root mean square 1", () => {
  const { xs, ys } = standardised(moved(cloud(50), 0.4, 1, 7));
  near(mean(xs), 0);
  near(mean(ys), 0);
  near(mean(xs.map((x, i) => x * x + ys[i] * ys[i])), 1);
});

for (const flip of [1, -1])
  for (const angle of [0, 0.7, 2.5, -1.9])
    test(`a map turned by ${angle}${flip < 0 ? " and reflected" : ""} comes back`, () => {
      const reference = standardised(cloud(60));
      const laid = aligned(moved(cloud(60), angle, flip, 3), reference);
      near(laid.disparity, 0);
      for (let i = 0; i < 60; i++) {
        near(laid.xs[i], reference.xs[i]);
        near(laid.ys[i], reference.ys[i]);
      }
    });

test("no turn brings the points closer than the aligned map", () => {
  const reference = standardised(cloud(40));
  const other = standardised(cloud(40, 99));
  const far = ({ xs, ys }) => mean(xs.map((x, i) => (x - reference.xs[i]) ** 2 + (ys[i] - reference.ys[i]) ** 2));
  const laid = aligned(other, reference);
  for (let step = 0; step < 24; step++)
    for (const flip of [1, -1]) {
      const turned = standardised(moved(other, (step * Math.PI) / 12, flip, 1));
      assert.ok(far(laid) <= far(turned) + 1e-6);
    }
  // scaled as well, the squared distance that is left is the disparity
  near(far(laid), 2 - 2 * Math.sqrt(1 - laid.disparity));
});

test("equal points, and none, are laid without nonsense", () => {
  const one = { xs: new Float32Array(5).fill(3), ys: new Float32Array(5).fill(3) };
  const laid = aligned(one, standardised(cloud(5)));
  assert.ok(laid.xs.every(x => x === 0) && laid.disparity === 1);
  assert.equal(placesOf([]).xs.length, 0);
  assert.deepEqual(boxOf([]), { left: 0, right: 0, bottom: 0, top: 0 });
});

test("a morph begins and ends on its maps and is half way in the middle", () => {
  const [a, b, out] = [cloud(30), cloud(30, 7), cloud(30, 8)];
  for (const [t, s] of [
    [0, 0],
    [0.5, 0.5],
    [1, 1],
    [0.25, eased(0.25)],
  ]) {
    mix(a, b, t, out);
    for (let i = 0; i < 30; i++) near(out.xs[i], a.xs[i] + s * (b.xs[i] - a.xs[i]));
  }
  mix(a, b, 0.6, out);
  const [, , x, y] = trailOf(a, b, 0.6, 4, 0.3);
  near(x, out.xs[4]);
  near(y, out.ys[4]);
  assert.deepEqual(trailOf(a, b, 0, 4, 0.3).slice(0, 2), [a.xs[4], a.ys[4]]);
});

test("the slider knows between which maps it stands", () => {
  assert.deepEqual(between(0, 5), { from: 0, to: 1, t: 0 });
  assert.deepEqual(between(2.25, 5), { from: 2, to: 3, t: 0.25 });
  assert.deepEqual(between(4, 5), { from: 3, to: 4, t: 1 });
  assert.deepEqual(between(9, 3), { from: 1, to: 2, t: 1 });
  assert.deepEqual(between(0.5, 1), { from: 0, to: 0, t: 0 });
});

test("playing goes from map to map, rests, and turns back", () => {
  let way = { at: 0, forward: true, rest: 0 };
  const visited = [];
  for (let ms = 0; ms < 6 * (MORPH + REST); ms += 16) {
    const before = way.at;
    way = advanced(way, 16, 3);
    assert.ok(way.at >= 0 && way.at <= 2 && Math.abs(way.at - before) <= 16 / MORPH + 1e-9);
    if (Number.isInteger(way.at) && way.at !== visited.at(-1)) visited.push(way.at);
  }
  assert.deepEqual(visited.slice(0, 5), [1, 2, 1, 0, 1]);
});

const lists = rows => ({ rows: Uint16Array.from(rows.flat()), most: rows[0].length });

test("change of neighbourhood is the share of neighbours that differ", () => {
  const a = lists([
    [1, 2, 3],
    [0, 2, 3],
    [3, 1, 0],
    [0, 1, 2],
  ]);
  const b = lists([
    [2, 1, 3],
    [3, 2, 0],
    [0, 1, 3],
    [2, 1, 0],
  ]);
  assert.deepEqual([...changes(a, b, 3)], [0, 0, 0, 0]);
  assert.deepEqual([...changes(a, b, 1)], [1, 1, 1, 1]);
  const two = changes(a, b, 2);
  near(two[0], 0);
  near(two[1], 1 / 2);
  near(two[3], 1 / 2);
  assert.deepEqual(topIndices(two, 2), [1, 2]);
  assert.deepEqual(topIndices(two, 9, row => row !== 1).slice(0, 2), [2, 3]);
  assert.deepEqual(sharedWith(b, a, 3, 2), [
    { row: 2, shared: false },
    { row: 1, shared: true },
  ]);
});

test("a likelihood is as far below the best as its group's best is above it; what is none has no distance", () => {
  const row = (view, value, nature = "exact") => /** @type {any} */ ({ view, value, nature });
  const rows = [row("grey", -20), row("grey", -31.5), row("grey", 0, "measured"), row("static", -80)];
  assert.deepEqual(
    rows.map(one => behind(rows).get(one)),
    [0, 11.5, undefined, 0],
  );
});

test("a selection survives its link", () => {
  const selection = new Selection(400, null, 0);
  selection.choose([399, 0, 36]);
  assert.deepEqual(readRows(selection.write(), 400), [399, 0, 36]);
  assert.deepEqual(readRows("zz.-.0.0.A", 1300), [1295, 0]);
  selection.choose([1, 2], "seven");
  assert.equal(selection.write(), "q:seven");
});

test("classes are hidden, isolated, and never all hidden", () => {
  const selection = new Selection(4, Uint8Array.from([0, 0, 1, 2]), 3);
  selection.toggleClass(1);
  assert.deepEqual([...selection.lists.normal], [0, 1, 3]);
  selection.isolateClass(2);
  assert.deepEqual([...selection.lists.normal], [3]);
  selection.toggleClass(2);
  assert.equal(selection.hidden.size, 0);
  selection.choose([2]);
  assert.deepEqual([[...selection.lists.dim], [...selection.lists.chosen]], [[0, 1, 3], [2]]);
});

test("words find labels and numbers", () => {
  const labels = Uint8Array.from([0, 1, 1]);
  const indices = [10, 1, 12];
  assert.deepEqual(found("One, #12, x", ["zero", "one"], labels, indices), { rows: [1, 2], missing: ["x"] });
  assert.deepEqual(found("1", ["0", "1"], labels, indices).rows, [1, 2]);
  assert.deepEqual(found("#1", ["0", "1"], labels, indices).rows, [1]);
});

test("a cell is darker the more alike, also where the measure is a distance", () => {
  for (const measure of ["cka", "overlap", "rsa"]) {
    assert.equal(likeness(measure, 0.3), 0.3);
    assert.equal(likeness(measure, -0.2), 0);
  }
  near(likeness("procrustes", 0.3), 0.7);
  assert.equal(likeness("procrustes", Number.NaN), 0);
  const share = look => Number(/ (\d+)%/.exec(look.ground)[1]);
  assert.ok(share(cellLook("cka", 0.9)) > share(cellLook("cka", 0.2)));
  assert.ok(share(cellLook("procrustes", 0.1)) > share(cellLook("procrustes", 0.8)));
  assert.ok(cellLook("cka", 0.95).light && !cellLook("cka", 0.1).light);
  assert.equal(numberOf(-0.004), "−0.00");
  assert.equal(numberOf(Number.NaN), "–");
});

test("the matrix has one measure above its diagonal and one below", () => {
  const names = ["a", "b", "<i>"].map(title => ({ title, short: title }));
  const upper = [1, 0.11, 0.22, 0.11, 1, 0.33, 0.22, 0.33, 1];
  const lower = upper.map(x => x / 2);
  const { text } = matrixMarkup(names, { upper, lower, measure: "rsa" }, "0.2");
  assert.equal(text.match(/data-do="pair"/g).length, 6);
  assert.equal(text.match(/value="0.2"[^>]*aria-pressed="true"/g).length, 2);
  assert.ok(text.includes("linear CKA, debiased 0.33") && text.includes("RSA 0.17"));
  assert.ok(text.includes("&lt;i&gt;") && !text.includes("<i>"));
  const waiting = matrixMarkup(names, { upper: null, lower, measure: "rsa" }, "").text;
  assert.equal(waiting.match(/pending/g).length, 3);
});

test("a spectrum falls from the top to the bottom of its drawing", () => {
  const heights = spectrumPath([1, 0.1, 0.01, 1e-9])
    .slice(1)
    .split("L")
    .map(point => Number(point.split(" ")[1]));
  assert.deepEqual(heights, [1, 9, 17, 33]);
  assert.ok(spectrumPath([1]).startsWith("M0 1"));
});

test("models are sorted by what is asked for", () => {
  const rows = [
    { model: "b", value: -3, nature: "exact", parameters: 5, seconds: 1 },
    { model: "a", value: -2, nature: "exact", parameters: 9, seconds: 7 },
    { model: "c", value: -1, nature: "measured", parameters: 99, seconds: 99 },
  ];
  const first = by => sorted(rows, by)[0].model;
  assert.deepEqual(["value", "model", "parameters", "seconds"].map(first), ["a", "a", "b", "b"]);
  assert.deepEqual([0.2, 61, 600, 7200].map(duration), ["200 ms", "61 s", "10 min", "2.0 h"]);
});

test("accuracy rises upwards in the chart", () => {
  assert.ok(placeIn(0, 4, 0.9).y < placeIn(0, 4, 0.1).y);
  assert.ok(placeIn(3, 4, 0.5).x > placeIn(0, 4, 0.5).x);
});

test("a table has its text in quotes and no formulas", () => {
  assert.equal(
    csvOf([
      ["a, b", 'say "x"'],
      [1.23456789, Number.NaN],
      ["=1+1", -2],
    ]),
    '"a, b","say ""x"""\r\n1.23457,\r\n"\'=1+1",-2\r\n',
  );
});

test("a confusion matrix counts rows by true class, and differences come largest first", () => {
  const labels = Uint8Array.from([0, 0, 1, 1, 2, 2]);
  const one = confusion(labels, Uint8Array.from([0, 1, 1, 1, 2, 0]), 3);
  const two = confusion(labels, Uint8Array.from([0, 0, 0, 0, 2, 0]), 3);
  assert.deepEqual([...one], [1, 1, 0, 0, 2, 0, 1, 0, 1]);
  const found = differences(one, two, 3);
  assert.deepEqual(
    found.map(({ truth, read, first, second }) => [truth, read, first, second]),
    [
      [1, 0, 0, 2],
      [0, 1, 1, 0],
    ],
  );
  assert.equal(differences(one, two, 3, 1).length, 1);
});

test("the look of a difference has its sign's colour and its share of the largest", () => {
  assert.match(differenceLook(-4, 4).ground, /0072b2 92%/);
  assert.match(differenceLook(4, 4).ground, /d97700 92%/);
  assert.ok(differenceLook(4, 4).light && !differenceLook(0, 4).light);
  assert.match(differenceLook(0, 0).ground, / 0%/);
});

test("the band of a spectrum goes along its upper end and back along the lower", () => {
  const band = bandPath([0.4, 0.1, 0.01], [0.9, 0.4, 0.05]);
  assert.equal(band.match(/L/g)?.length, 5);
  assert.ok(band.startsWith(spectrumPath([0.9, 0.4, 0.05])) && band.endsWith("Z"));
  assert.equal(bandPath([1], [1]), "");
});

test("the middle of values leaves out the odd ones and those that are missing", () => {
  const values = Float32Array.from({ length: 101 }, (_, i) => i);
  values[100] = 1e6;
  values[50] = Number.NaN;
  const [low, high] = middle(values);
  assert.ok(low >= 1 && low <= 3 && high >= 96 && high <= 99);
});

test("dots become a path for each colour", () => {
  const colours = { palette: Uint32Array.from([255, 255, 255 << 8]), of: () => [0, 0, 0] };
  const svg = dotsSvg([0, 1, 2], row => ({ x: row, y: 2 * row }), colours, 2, 0.5);
  assert.equal(svg.match(/<path/g)?.length, 2);
  assert.ok(svg.includes('M0.0 0.0h0M1.0 2.0h0" stroke="rgb(255,0,0)"') && svg.includes('stroke-width="4.0"'));
});

test("colours are told so that every program reads them", () => {
  assert.equal(plainColour("rgb(1, 2, 3)"), "rgb(1, 2, 3)");
  assert.equal(plainColour("rgba(0, 0, 0, 0)"), "none");
  assert.equal(plainColour("color(srgb 1 0.5 0 / 0.25)"), "rgba(255, 128, 0, 0.25)");
});

test("of two files the one called so is the metadata, of others the second", () => {
  const [a, b] = [{ name: "metadata.tsv" }, { name: "vectors.tsv" }];
  assert.deepEqual(sortedFiles([a, b]), { vectors: b, meta: a });
  const [c, d] = [{ name: "x.tsv" }, { name: "y.tsv" }];
  assert.deepEqual(sortedFiles([c, d]), { vectors: c, meta: d });
  assert.deepEqual(sortedFiles([a]), { vectors: a, meta: null });
  assert.deepEqual(sortedFiles([]), { vectors: null, meta: null });
});

const solidOf = (n, seed = 3) => {
  const [a, b] = [cloud(n, seed), cloud(n, seed + 1)];
  return standardised3(Array.from({ length: 3 * n }, (_, at) => [a.xs, a.ys, b.ys][at % 3][Math.floor(at / 3)]));
};

test("a map in three dimensions comes back, turned or reflected", () => {
  const reference = solidOf(50);
  for (const flip of [1, -1]) {
    const { xs, ys } = seen(reference, 0, 0); // only to show that nothing is changed
    assert.equal(xs.length, ys.length);
    const moved = reference.map((_, at) => {
      const [x, y, z] = reference.subarray(at - (at % 3), at - (at % 3) + 3);
      const [c, s] = [Math.cos(0.8), Math.sin(0.8)];
      return [c * x - s * z, flip * y, s * x + c * z][at % 3];
    });
    const { triples, disparity } = aligned3(moved, reference);
    near(disparity, 0, 1e-3);
    for (let i = 0; i < triples.length; i++) near(triples[i], reference[i], 1e-2);
  }
  near(aligned3(reference, reference).disparity, 0, 1e-3);
});

test("what is flat is laid over something too", () => {
  const flat = standardised3(solidOf(30).map((value, at) => (at % 3 === 2 ? 0 : value)));
  const { triples, disparity } = aligned3(flat, solidOf(30, 9));
  assert.ok(triples.every(Number.isFinite) && disparity >= 0 && disparity <= 1);
});

test("a turn by a quarter brings the side to the front, and what is nearer is larger", () => {
  const points = Float32Array.from([1, 0, 0, 0, 0, 1, 0, 0, -1]);
  const { xs, depth } = seen(points, 90, 0);
  near(Math.abs(depth[0]), 1, 1e-6);
  near(depth[1], 0, 1e-6);
  const front = seen(Float32Array.from([1, 0, 1, 1, 0, -1]), 0, 0);
  assert.ok(front.xs[0] > front.xs[1] && xs.length === 3);
  const { left, right } = ballOf(points);
  assert.ok(left === -right && right > 1);
});
