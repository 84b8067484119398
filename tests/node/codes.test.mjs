import assert from "node:assert/strict";
import test from "node:test";

import * as url from "../../pages/codes/view/codes_url.js";
import { clusterLegend } from "../../pages/codes/view/legends.js";
import { settingsIn } from "../../pages/codes/view/map_words.js";
import { comparedWithMost } from "../../pages/codes/view/out_of_sample.js";
import { askMarkup, progressOf } from "../../pages/codes/view/panel_markup.js";
import {
  byClass,
  byPlace,
  byValue,
  coloursOf,
  inkOf,
  rangeOf,
  spanOf,
  unpacked,
} from "../../pages/codes/view/point_colours.js";
import { amount, epochScores, meaningOf, scoresMarkup } from "../../pages/codes/view/scores.js";
import { findPoints, Selection } from "../../pages/codes/view/selection.js";
import { listed } from "../../pages/codes/view/selection_list.js";
import { TrainingTrajectory } from "../../pages/codes/view/training_trajectory.js";
import { epochWords, placeUnder } from "../../pages/codes/view/trajectory_bar.js";
import { centred } from "../../pages/shared/view/centred.js";
import { classColours, css, packed, planeColour, SCALE } from "../../pages/shared/view/colours.js";
import { countsOf } from "../../pages/shared/view/rows.js";
import { outline, SHAPES, shapeOf } from "../../pages/shared/view/shapes.js";
import { gap, values } from "./values.mjs";

const KINDS = [
  { name: "code", title: "Code", settings: {}, decodes: true },
  { name: "pca-pixels", title: "PCA", settings: {}, decodes: true },
  {
    name: "umap-pixels",
    title: "UMAP",
    settings: { n_neighbors: [2, 200, 15], min_dist: [0, 0.99, 0.1] },
    decodes: false,
  },
];

// -- links ------------------------------------------------------------------------------------------

test("maps go into a link and come back; what is not there, or as usual, is left out", () => {
  const maps = [
    { name: "code", settings: {} },
    { name: "umap-pixels", settings: { n_neighbors: 30, min_dist: 0.5 } },
  ];
  assert.equal(url.writeMaps(maps), "code,umap-pixels:n_neighbors=30:min_dist=0.5");
  assert.deepEqual(url.readMaps(url.writeMaps(maps), KINDS), maps);
  assert.deepEqual(url.readMaps("zzz,code", KINDS), [{ name: "code", settings: {} }]);
  for (const text of ["n_neighbors=15", "n_neighbors=1", "n_neighbors=x", "n_neighbors=", "n_neighbors", "toString=3"])
    assert.deepEqual(url.readMaps(`umap-pixels:${text}`, KINDS)[0].settings, {}, text);
  assert.equal(url.readMaps("code,code,code,code,code", KINDS).length, url.MOST_MAPS);
});

test("a link without maps means the usual two, and one with others says which", () => {
  const usual = { maps: ["code", "pca-pixels"].map(name => ({ name, settings: {} })), missing: "" };
  assert.deepEqual(url.mapsOfLink("", KINDS), usual);
  assert.deepEqual(url.mapsOfLink("zzz", KINDS), { ...usual, missing: "zzz" });
  assert.deepEqual(
    url.mapsOfLink("", [{ ...KINDS[1] }, { ...KINDS[1], name: "pca-code" }]).maps.map(map => map.name),
    ["pca-code", "pca-pixels"],
  );
  assert.equal(url.mapsOfLink("code,code,code,code,code", KINDS).missing, "");
});

test("other points have the usual maps again where those are shown, and else the same ones", () => {
  assert.equal(url.keptMaps("code,pca-pixels", KINDS), "");
  assert.equal(url.keptMaps("pca-pixels,code", KINDS), "pca-pixels,code");
  assert.equal(url.keptMaps("code,pca-pixels", [{ ...KINDS[1], name: "pca-code" }]), "code,pca-pixels");
});

test("views", () => {
  assert.equal(url.writeView({ x: 1 / 3, y: -2, zoom: 1.3 }), "0.3333333,-2,1.3");
  assert.deepEqual(url.readView("0.5,-2,1.3"), { x: 0.5, y: -2, zoom: 1.3 });
  assert.equal(url.writeView(null), "");
  assert.equal(url.readView("0,0,1e9").zoom, 4000);
  for (const text of ["", "a,b", "1,2", "1,2,0", "1,2,-1"]) assert.equal(url.readView(text), null);
});

test("chosen points", () => {
  const rows = [400, 3, 77, 1, 399];
  assert.deepEqual(url.unpackRows(url.packRows(rows, 77), 500), { rows: [1, 3, 77, 399, 400], focus: 77 });
  assert.deepEqual(url.unpackRows(url.packRows(rows, -1), 400), { rows: [1, 3, 77, 399], focus: -1 });
  assert.deepEqual(url.unpackRows("zz.!!", 360), { rows: [], focus: -1 });
  assert.deepEqual(url.unpackRows("", 10), { rows: [], focus: -1 });
  assert.equal(
    url.packRows(
      Array.from({ length: 3000 }, (_, i) => i),
      -1,
    ),
    "",
    "too long for a link",
  );
});

test("areas and places", () => {
  const corners = [
    [0.12345, -2],
    [1e-7, 3],
    [5, 6],
  ];
  const text = url.writeArea("umap-pixels:n_neighbors=5", corners);
  assert.equal(text, "a:~umap-pixels:n_neighbors=5~0.1235*-2_1e-7*3_5*6");
  assert.deepEqual(url.readArea(text), {
    key: "umap-pixels:n_neighbors=5",
    corners: [
      [0.1235, -2],
      [1e-7, 3],
      [5, 6],
    ],
  });
  for (const bad of ["a:", "a:~code~1*2_3*4", "a:~code~1*2_3*4_x*1", "a:~code~1_2_3"])
    assert.equal(url.readArea(bad), null);
  assert.deepEqual(url.readProbe(url.writeProbe("code", [1.23456, -0.5])), { key: "code", place: [1.235, -0.5] });
  for (const bad of ["", "~~~", "code~x~1", "code~1"]) assert.equal(url.readProbe(bad), null);
});

test("a link leaves out what is as usual", () => {
  const state = {
    split: "test",
    points: "10000",
    colour: "class",
    factor: "size",
    score: "elbo",
    layer: "code",
    unit: 3,
    show: "auto",
    near: "pixels",
    metric: "euclidean",
    ghost: "off",
    contours: "off",
    names: "on",
  };
  const shown = {
    checkpoint: "c",
    state,
    maps: "code",
    views: [null],
    pick: "",
    isolated: false,
    hidden: [],
    at: null,
    probe: null,
    drawing: "",
  };
  const usual = url.writeLink(shown);
  assert.deepEqual(
    Object.entries(usual).filter(([, value]) => value !== ""),
    [
      ["checkpoint", "c"],
      ["maps", "code"],
    ],
  );
  const other = url.writeLink({
    ...shown,
    state: {
      split: "all",
      points: "1000",
      colour: "factor",
      factor: "size",
      show: "dots",
      near: "off",
      metric: "cosine",
      ghost: "on",
      contours: "on",
      names: "off",
    },
    views: [{ x: 1, y: 2, zoom: 3 }],
    hidden: [3, 1],
    at: 1.2345,
    probe: { key: "code", place: [1, 2] },
  });
  assert.deepEqual(
    Object.keys(other).filter(name => other[name] === ""),
    ["score", "layer", "unit", "place2", "place3", "place4", "pick", "isolate", "drawing"],
  );
  assert.equal(url.writeLink({ ...shown, pick: "3", isolated: true }).isolate, "on");
  const { score, layer, unit } = url.writeLink({ ...shown, state: { ...state, colour: "unit" } });
  assert.deepEqual([score, layer, unit], ["", "code", "3"]);
  assert.equal(url.writeLink({ ...shown, state: { ...state, colour: "score" } }).score, "elbo");
  assert.deepEqual([other.factor, other.hide, other.at, other.probe], ["size", "3.1", "1.23", "code~1~2"]);
  assert.deepEqual(Object.keys(other).sort(), Object.keys(usual).sort());
});

// -- the selection ----------------------------------------------------------------------------------

const LABELS = Uint8Array.of(0, 1, 0, 2, 1, 0);
const selection = (hidden = []) => new Selection(6, LABELS, 4, hidden);
const lists = (some, within = null) => {
  const { dim, normal, chosen } = some.listsOf(within);
  return [dim, normal, chosen].map(list => Array.from(list));
};

test("chosen points are shown alone, until none is chosen or all are shown again", () => {
  const some = selection();
  some.isolate(true);
  assert.equal(some.isolated, false); // nothing is chosen
  some.choose([4, 1]);
  some.isolate(true);
  assert.deepEqual(lists(some), [[], [], [1, 4]]);
  assert.ok(some.isHidden(0) && !some.isHidden(4));
  some.choose([0]);
  assert.deepEqual(lists(some), [[], [], [0]]);
  some.isolate(false);
  assert.deepEqual(lists(some), [[1, 2, 3, 4, 5], [], [0]]);
  some.isolate(true);
  some.choose([]);
  assert.deepEqual(lists(some), [[], [0, 1, 2, 3, 4, 5], []]);
});

test("chosen points are drawn last and the others dim, but for one that is looked at", () => {
  const some = selection();
  assert.deepEqual(lists(some), [[], [0, 1, 2, 3, 4, 5], []]);
  some.choose([4, 1]);
  assert.deepEqual(lists(some), [[0, 2, 3, 5], [], [1, 4]]);
  some.choose([4], 4);
  assert.deepEqual(lists(some), [[], [0, 1, 2, 3, 5], [4]]);
  assert.deepEqual(lists(some, Uint8Array.of(1, 1, 0, 0, 1, 0)), [[], [0, 1], [4]]);
  assert.equal(some.listsOf(null), some.listsOf(null), "kept until something changes");
});

test("points are added and taken away", () => {
  const some = selection();
  some.toggle(2);
  some.toggle(5);
  assert.deepEqual([some.rows, some.focus], [[2, 5], 5]);
  some.toggle(5);
  assert.deepEqual([some.rows, some.focus], [[2], -1]);
  some.add([2, 3]);
  assert.deepEqual(some.rows, [2, 3]);
  some.toggleFocus(3);
  assert.equal(some.focus, 3);
  some.toggleFocus(3);
  assert.equal(some.focus, -1);
});

test("classes are hidden, shown alone, and come back when none are left", () => {
  const some = selection([7, 1]);
  assert.deepEqual(some.counts, [3, 2, 1, 0]);
  assert.deepEqual([...some.hidden], [1], "a class that is not there cannot be hidden");
  assert.deepEqual(lists(some)[1], [0, 2, 3, 5]);
  some.toggleClass(0);
  assert.deepEqual(lists(some)[1], [3]);
  some.toggleClass(2);
  assert.deepEqual([...some.hidden], []);
  some.beforeClick = new Set();
  some.isolateClass(1);
  assert.deepEqual([...some.hidden].sort(), [0, 2]);
  some.beforeClick = new Set(some.hidden);
  some.isolateClass(1);
  assert.deepEqual([...some.hidden], [], "alone already: all come back");
});

test("a selection in a link: its points, and where they are too many its area", () => {
  const some = new Selection(5000, null, 0, []);
  some.choose([1, 2], 2);
  assert.equal(some.write(), "2!1.1");
  some.choose(
    Array.from({ length: 5000 }, (_, i) => i),
    -1,
    "a:~code~1*2_3*4_5*6",
  );
  assert.equal(some.write(), "a:~code~1*2_3*4_5*6");
  some.choose([]);
  assert.equal(some.write(), "");
});

test("points are found by label and by number", () => {
  const rows = new Map([
    [10, 0],
    [3, 4],
  ]);
  const classes = ["3", "Dress", "b"];
  const find = text => findPoints(text, classes, LABELS, rows);
  assert.deepEqual(find("dress"), { rows: [1, 4], classes: [1], missing: [] });
  assert.deepEqual(find("3").rows, [0, 2, 5], "a label before a number");
  assert.deepEqual(find("#3, 10 ; b"), { rows: [4, 0, 3], classes: [2], missing: [] });
  assert.deepEqual(find("dragon, #99").missing, ["dragon", "#99"]);
  assert.deepEqual(findPoints("dress", classes, null, rows).missing, ["dress"]);
  assert.deepEqual(find(" , "), { rows: [], classes: [], missing: [] });
});

test("chosen points are counted by class and listed with the worst first", () => {
  assert.deepEqual(countsOf([0, 1, 2, 5, 4].map(row => LABELS[row])), [
    { value: 0, count: 3 },
    { value: 1, count: 2 },
  ]);
  assert.deepEqual(listed([0, 1, 2], 1, [5, 1, 9]), [1, 2, 0]);
});

// -- colours ----------------------------------------------------------------------------------------

test("shapes are those of the page's other charts, and cover the area of a disc", () => {
  assert.deepEqual(SHAPES, values.shapes);
  assert.equal(shapeOf(13), 3);
  for (const shape of SHAPES.keys()) {
    const far = outline(shape);
    let inside = 0;
    for (let x = -2; x < 2; x += 0.02) for (let y = -2; y < 2; y += 0.02) inside += far(x, y, 1) < 0 ? 0.0004 : 0;
    assert.ok(Math.abs(inside / Math.PI - 1) < 0.15, `${SHAPES[shape]} has ${inside}`);
  }
});

test("classes have the house's colours as long as they last, and no two the same", () => {
  assert.deepEqual(classColours(2, ["#ff0080", "#000001", "#000002"]), [
    [255, 0, 128],
    [0, 0, 1],
  ]);
  const many = classColours(60, ["#000000"]);
  assert.equal(new Set(many.map(css)).size, 60);
  assert.deepEqual(unpacked(packed([1, 2, 3])), [1, 2, 3]);
});

test("points are coloured by class, value and place", () => {
  const { palette, shapes } = byClass(
    [1, 0],
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  );
  assert.deepEqual(
    [unpacked(palette[0]), unpacked(palette[1]), Array.from(shapes)],
    [
      [4, 5, 6],
      [1, 2, 3],
      [1, 0],
    ],
  );
  const errors = byValue(Float32Array.of(-1, 0, 5, 10, 99), [0, 10]);
  assert.equal(errors.shapes, null);
  assert.deepEqual(unpacked(errors.palette[0]), SCALE[0]);
  assert.deepEqual(unpacked(errors.palette[2]), SCALE[128]);
  assert.deepEqual(unpacked(errors.palette[4]), SCALE[255]);
  assert.deepEqual(unpacked(byValue(Float32Array.of(3, 3), [3, 3]).palette[0]), SCALE[0], "all the same");
  const places = byPlace(Float32Array.of(0, 10), Float32Array.of(5, -5), { left: 0, right: 10, bottom: -5, top: 5 });
  assert.deepEqual(unpacked(places.palette[0]), planeColour(0, 1));
  assert.deepEqual(unpacked(places.palette[1]), planeColour(1, 0));
});

test("points are coloured by cluster once the clusters are here, and the legend tells their sizes", () => {
  const colours = ["#ff0000", "#00ff00"];
  const points = { clusters: null, errors: Float32Array.of(0, 1, 1) };
  const view = { data: { colours }, state: { colour: "cluster" }, points, errorSpan: [0, 1] };
  assert.equal(coloursOf(view, {}).shapes, null, "until then by error");
  assert.ok(String(clusterLegend(null, colours, false)).includes("Clustering"));
  points.clusters = { member: Uint8Array.of(0, 1, 0), sizes: [2, 1] };
  const { palette, shapes } = coloursOf(view, {});
  assert.deepEqual(Array.from(palette, unpacked), [
    [255, 0, 0],
    [0, 255, 0],
    [255, 0, 0],
  ]);
  assert.deepEqual(Array.from(shapes), [0, 1, 0]);
  const legend = String(clusterLegend(points.clusters, colours, true));
  assert.ok(legend.includes("2 clusters") && legend.includes("final weights"));
});

test("spans of values", () => {
  assert.deepEqual(spanOf(Float32Array.from({ length: 100 }, (_, i) => 99 - i)), [2, 98]);
  assert.deepEqual(rangeOf(Float32Array.of(3, -1, 2)), [-1, 3]);
  assert.deepEqual(inkOf("#0a0bff"), [10, 11, 255]);
  assert.deepEqual(inkOf("red"), [128, 128, 128]);
});

// -- the training -----------------------------------------------------------------------------------

const N = values.training.labels.length;
const kept = {
  T: 3,
  N,
  stages: ["first", "first", "second"],
  epochs: [1, 5, 9],
  codes: values.training.codes,
  errors: [3, 2, 1],
};
const trajectory = (rows = Array.from({ length: N }, (_, i) => [i, i]), n = N) =>
  new TrainingTrajectory(kept, { n, rows: new Map(rows) });

test("accuracies along the training are Python's", () => {
  const training = trajectory();
  for (const [t, accuracy] of values.training.accuracies.entries()) {
    training.seek(t);
    assert.ok(Math.abs(training.accuracy(values.training.labels) - accuracy) < 1e-9);
  }
});

test("points are between the kept epochs; those that were not kept are left out", () => {
  const training = trajectory(
    [
      [0, 1],
      [2, 0],
    ],
    3,
  );
  assert.deepEqual(Array.from(training.within), [1, 1, 0]);
  training.seek(0.25);
  const { xs, ys } = training.placesNow();
  const code = (t, j, axis) => kept.codes[(t * N + j) * 2 + axis];
  assert.ok(Math.abs(xs[1] - (0.75 * code(0, 0, 0) + 0.25 * code(1, 0, 0))) < 1e-6);
  assert.ok(Math.abs(ys[0] - (0.75 * code(0, 2, 1) + 0.25 * code(1, 2, 1))) < 1e-6);
  assert.ok(Math.abs(training.errorNow() - 2.75) < 1e-9);
});

test("it plays to the finished model, from the start again, and is stepped through", () => {
  const training = trajectory();
  assert.deepEqual([training.active, training.frame, training.epoch], [false, 2, 9]);
  training.step(-1);
  assert.equal(training.at, 1);
  training.seek(0.4);
  training.step(-1);
  assert.equal(training.at, 0);
  training.seek(0.4);
  training.step(1);
  assert.equal(training.at, 1);
  training.seek(99);
  assert.equal(training.at, 2);
  training.seek(null);
  training.play();
  assert.deepEqual([training.at, training.playing], [0, true]);
  training.advance(100);
  assert.ok(training.at > 0.6 && training.at < 0.8);
  training.advance(1000);
  assert.deepEqual([training.at, training.playing], [null, false]);
  training.advance(1000);
  assert.equal(training.at, null, "nothing moves while it does not play");
});

test("the training in words, and under the pointer", () => {
  const training = trajectory();
  assert.ok(!epochWords(training).includes("epoch"));
  training.seek(1.2);
  assert.equal(epochWords(training), "first · epoch 5 · error 2.00");
  assert.deepEqual(training.spans(), [
    { name: "first", first: 0, last: 1 },
    { name: "second", first: 2, last: 2 },
  ]);
  assert.deepEqual(
    [0, 8, 58, 108, 999].map(px => placeUnder(px, 116, 4)),
    [0, 0, 2, 4, 4],
  );
  assert.ok(String(epochScores(training, values.training.labels)).includes("at epoch 5"));
});

// -- words ------------------------------------------------------------------------------------------

test("scores: of the full space before those of the map, none where there are none", () => {
  const scores = { trustworthiness: 0.5, knn_accuracy: null };
  const text = String(scoresMarkup(scores, 1234, "test", { words: "64 pixels", value: 0.9, n: 1000 }, null));
  assert.ok(text.indexOf("64 pixels <b>90.0%") < text.indexOf("trustworthiness <b>0.500"));
  assert.ok(text.includes("on 1,234 held-out points (full space: 1,000 of them)"));
  assert.ok(!text.includes("on this map"));
  assert.ok(String(scoresMarkup({ error: 2 }, 5, "all", null, 7)).includes("not epoch 7"));
  assert.equal(String(scoresMarkup({}, 5, "all", null, null)), "");
  assert.ok(String(scoresMarkup(null, 5, "all", null, null)).includes("Scoring"));
  assert.ok(meaningOf("trustworthiness").includes("false neighbours") && meaningOf("dragon") === "");
});

test("amounts have as many digits as tell something", () => {
  assert.deepEqual([12.345, 1, 0.0123, 0].map(amount), ["12.35", "1.00", "0.012", "0"]);
});

test("how far a map is", () => {
  assert.deepEqual(progressOf(null), { words: "Starting …", share: 0 });
  assert.equal(progressOf({ state: "queued", place: 3 }).words, "Number 3 in the queue …");
  assert.equal(progressOf({ state: "queued", place: 1 }).words, "Next in the queue …");
  assert.deepEqual(progressOf({ state: "running", phase: ["moving points", 1, 4] }), {
    words: "Moving points · 25%",
    share: 0.25,
  });
  assert.equal(progressOf({ state: "running", phase: ["loading", 0, 0] }).words, "Loading …");
  const layout = { map: { name: "umap-code" }, state: "absent", cost: "about 20 seconds", problem: "", run: null };
  assert.ok(String(askMarkup(layout, { map: { name: "code" } }, 360)).includes("about 20 seconds"));
  const failed = String(askMarkup({ ...layout, state: "failed", problem: "<b>" }, null, 360));
  assert.ok(failed.includes("&lt;b&gt;") && failed.includes("Try again"));
  const refused = String(askMarkup({ ...layout, state: "refused", problem: "This server computes none." }, null, 360));
  assert.ok(refused.includes("not computed yet") && refused.includes("This server computes none."));
  assert.ok(!refused.includes("button"));
});

test("settings of a map: those that are not the usual ones", () => {
  const fields = [
    { dataset: { setting: "n_neighbors" }, value: "5" },
    { dataset: { setting: "min_dist" }, value: "0.1" },
  ];
  assert.deepEqual(settingsIn(fields, KINDS[2].settings), { n_neighbors: 5 });
  assert.deepEqual(settingsIn([{ dataset: { setting: "n_neighbors" }, value: "" }], KINDS[2].settings), {});
});

test("a drawing is centred by its ink, and compared with other images", () => {
  const drawing = new Uint8Array(25);
  drawing[0] = 200;
  const out = centred(drawing, { width: 5, height: 5 });
  assert.equal(out[12], 200);
  assert.equal(
    out.reduce((a, b) => a + b),
    200,
  );
  assert.equal(gap(centred(out, { width: 5, height: 5 }), out), 0);
  const wide = centred(Uint8Array.of(0, 0, 0, 9, 0, 0, 0, 0), { width: 4, height: 2 });
  assert.equal(wide.indexOf(9) % 4, 2);
  assert.ok(comparedWithMost(9, [1, 5]).startsWith("higher") && comparedWithMost(0, [1, 5]).startsWith("lower"));
  assert.ok(comparedWithMost(3, [1, 5]).includes("1.00 to 5.00"));
});
