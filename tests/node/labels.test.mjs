// Predictions from a few labels against scikit-learn; which label is asked for; the race.

import assert from "node:assert/strict";
import test from "node:test";

import {
  decide,
  errorOf,
  graphOf,
  linear,
  METHODS,
  nearest,
  nextPoint,
  spread,
} from "../../pages/labels/view/classify.js";
import { Fits } from "../../pages/labels/view/fits.js";
import { LabelsModel, readView } from "../../pages/labels/view/model.js";
import { Race } from "../../pages/labels/view/race.js";
import { seededRandom } from "../../pages/shared/view/random.js";
import { gap, values } from "./values.mjs";

const { labels } = values;
const view = {
  n: labels.n,
  d: labels.d,
  vectors: Float32Array.from(labels.vectors),
  graph: graphOf(labels.neighbours, labels.n),
};

/** Scores of each point as shares of their sum. */
function shares(scores, classes) {
  const found = Float32Array.from(scores);
  for (let i = 0; i < found.length; i += classes) {
    const sum = found.slice(i, i + classes).reduce((a, b) => a + b);
    for (let c = 0; c < classes; c++) found[i + c] /= sum || 1;
  }
  return found;
}

test("labels spread as in scikit-learn", () => {
  const scores = spread(view, labels.given, labels.classes);
  assert.ok(gap(shares(scores, labels.classes), labels.spread) < 1e-4);
});

test("ridge regression is that of scikit-learn", () => {
  assert.ok(gap(linear(view, labels.given, labels.classes), labels.linear) < 1e-3);
});

test("the nearest labelled example decides", () => {
  const { predicted } = decide(nearest(view, labels.given, labels.classes), labels.classes);
  const square = (i, j) =>
    [0, 1, 2].reduce((sum, a) => sum + (view.vectors[i * 3 + a] - view.vectors[j * 3 + a]) ** 2, 0);
  for (let i = 0; i < view.n; i++) {
    const best = labels.given.reduce((a, b) => (square(i, b.point) < square(i, a.point) ? b : a));
    assert.equal(predicted[i], best.label);
  }
});

test("two points are joined where either is near the other, once", () => {
  const { starts, ends } = graphOf([1, 0, 0], 3); // the third's nearest is the first
  assert.deepEqual([...starts], [0, 2, 3, 4]);
  assert.deepEqual([...ends].slice(0, 2).sort(), [1, 2]);
  assert.deepEqual([...ends].slice(2), [0, 0]);
});

test("labels of one class alone, and none at all", () => {
  const one = [{ point: 3, label: 2 }];
  for (const method of Object.values(METHODS)) {
    const { predicted } = decide(method(view, one, labels.classes), labels.classes);
    assert.equal(predicted[3], 2);
    const { margin } = decide(method(view, [], labels.classes), labels.classes);
    assert.ok(margin.every(m => m === 0));
  }
});

test("a decision and its margin", () => {
  const { predicted, margin } = decide(Float32Array.of(0.2, 0.6, 0.2, 0.5, 0.5, 0, 0, 0, 0), 3);
  assert.deepEqual([...predicted], [1, 0, 0]);
  assert.ok(gap(margin, [0.4, 0, 0]) < 1e-6);
});

test("the error counts what has no label", () => {
  assert.equal(errorOf([0, 1, 1, 1], [0, 0, 1, 0], [{ point: 1, label: 0 }]), 1 / 3);
  assert.equal(errorOf([0], [0], [{ point: 0, label: 0 }]), 0);
});

test("what is asked for has no label; the least certain where that is wanted", () => {
  const random = seededRandom(1);
  const margin = Float32Array.of(0, 0.5, 0.1, 0.9);
  const given = [{ point: 0, label: 1 }];
  for (let t = 0; t < 20; t++) assert.notEqual(nextPoint("random", 4, given, margin, random), 0);
  assert.equal(nextPoint("uncertain", 4, given, margin, random), 2);
  const all = [0, 1, 2, 3].map(point => ({ point, label: 0 }));
  assert.equal(nextPoint("random", 4, all, null, random), -1);
});

test("both runners of a race begin with the same example and reach as many labels", () => {
  const race = new Race(view, { truth: Int32Array.from(labels.truth), classes: ["a", "b", "c"] }, "spread", "Pixels");
  while (race.step());
  assert.ok(race.done && race.most === view.n - 1);
  for (let draw = 0; draw < race.runners.length; draw += 2) {
    const [asked, any] = race.runners.slice(draw, draw + 2);
    assert.equal(asked.given[0].point, any.given[0].point);
    assert.equal(new Set(asked.given.map(({ point }) => point)).size, race.most);
  }
  assert.ok(race.mean("uncertain")[5] < race.mean("uncertain")[1]);
  assert.match(race.words, /^Pixels, by label spreading: after 39 labels \d+\.\d% wrong/);
  assert.equal(race.curves.length, 12);
});

test("the pool as the server sends it", () => {
  const asked = [];
  const model = new LabelsModel(
    {
      header: {
        n: 2,
        classes: ["x", "y"],
        words: ["first", "second"],
        representations: [{ key: "p", title: "D · P" }],
      },
      planes: { labels: { data: Float32Array.of(1, 0), shape: [2] } },
    },
    (path, of) => asked.push([path, of]),
  );
  assert.deepEqual([...model.truth], [1, 0]);
  assert.deepEqual([model.images, model.wordsOf(1)], [[], "second"]);
  const read = readView({
    planes: {
      vectors: { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] },
      neighbours: { data: Uint16Array.of(1, 0), shape: [2, 1] },
    },
  });
  assert.deepEqual([read.n, read.d, [...read.graph.ends]], [2, 2, [1, 0]]);
});

test("errors are kept as far as labels begin alike, and all are caught up with", () => {
  const fits = new Fits(Int32Array.from(labels.truth), labels.classes);
  fits.add("a", view);
  const given = labels.given.map(one => ({ ...one }));
  fits.setGiven(given);
  while (fits.catchUp(1));
  const { errors } = fits.of("a");
  assert.deepEqual([errors.length, errors[0]], [6, undefined]);
  assert.ok(errors.slice(1).every(error => error >= 0 && error <= 1));
  const before = errors.slice();
  fits.setGiven([...given.slice(0, 3), { point: 30, label: 0 }]);
  assert.deepEqual(fits.fits.get("a").errors, before.slice(0, 4));
  assert.equal(fits.of("a").errors.length, 5);
  fits.setMethod("nearest");
  assert.deepEqual(fits.fits.get("a").errors, []);
  assert.equal(fits.of("b"), null);
});
