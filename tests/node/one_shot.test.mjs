// One-shot trials in the browser: which drawing is where, what representations say of it, which trial comes next.

import assert from "node:assert/strict";
import test from "node:test";
import { nearest, rankOf, Trials, unplayed } from "../../pages/labels/view/trials.js";
import { seededRandom } from "../../pages/shared/view/random.js";

const RUNS = 2,
  WAYS = 3,
  SIDE = 10; // two bytes a row

const ink = Uint8Array.from({ length: RUNS * 2 * WAYS * SIDE * 2 }, (_, i) => (i * 37) & 255);
const trials = new Trials(
  {
    header: { runs: RUNS, ways: WAYS, side: SIDE, spaces: [{ key: "pixels", title: "Pixels", learned: "" }] },
    planes: { answers: { data: Uint8Array.of(2, 0, 1, 1, 2, 0), shape: [RUNS, WAYS] } },
  },
  ink,
  "./api/labels/omniglot",
);

test("drawings are unpacked row by row", () => {
  const place = trials.testAt(1, 2);
  assert.equal(place, 11);
  const grey = trials.greys(place);
  for (const [row, column] of [
    [0, 0],
    [3, 7],
    [9, 8],
    [9, 9],
  ]) {
    const byte = ink[(place * SIDE + row) * 2 + (column >> 3)];
    assert.equal(grey[row * SIDE + column], byte & (128 >> (column & 7)) ? 255 : 0);
  }
});

test("a drawing is of a character of its own run alone", () => {
  assert.ok(trials.isOf(trials.supportAt(0, 2), 0, 2));
  assert.ok(trials.isOf(trials.testAt(0, 0), 0, 2), "its answer is 2");
  assert.ok(!trials.isOf(trials.testAt(0, 1), 0, 2));
  assert.ok(!trials.isOf(trials.supportAt(1, 2), 0, 2));
  assert.equal(trials.answerOf(1, 1), 2);
});

test("what a representation says of a trial is cut out of what it says of all", () => {
  const [space] = trials.spaces;
  assert.equal(trials.told(space, 0, 0), null);
  space.solved = {
    accuracy: 0.5,
    error: 0.1,
    distances: Float32Array.from({ length: RUNS * WAYS * WAYS }, (_, i) => i),
    neighbours: Uint16Array.from({ length: RUNS * 2 * WAYS * 2 }, (_, i) => i),
  };
  const told = trials.told(space, 1, 2);
  assert.deepEqual([...(told?.distances ?? [])], [15, 16, 17]);
  assert.deepEqual([...(told?.neighbours ?? [])], [22, 23]);
});

test("the nearest, and at which place another one is", () => {
  const distances = Float32Array.of(4, 1, 9, 1.5);
  assert.equal(nearest(distances), 1);
  assert.deepEqual(
    [0, 1, 2, 3].map(k => rankOf(distances, k)),
    [3, 1, 4, 2],
  );
});

test("every trial comes once before any comes again", () => {
  const random = seededRandom(3);
  const said = new Map();
  for (let i = 0; i < RUNS * WAYS; i++) {
    const { run, trial } = unplayed(trials, said, random);
    const at = run * WAYS + trial;
    assert.ok(!said.has(at) && trial < WAYS && run < RUNS);
    said.set(at, 0);
  }
  const again = unplayed(trials, said, random);
  assert.ok(again.run < RUNS && again.trial < WAYS);
});
