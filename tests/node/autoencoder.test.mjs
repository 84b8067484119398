import assert from "node:assert/strict";
import test from "node:test";

import { LinearBasis, perplexity, sizeToMatch, squaredError } from "../../pages/autoencoder/view/linear.js";
import { readUnits, writeUnits } from "../../pages/autoencoder/view/network.js";
import { nearestSize } from "../../pages/autoencoder/view/ways.js";
import { gap, values } from "./values.mjs";

/** @param {any} planes of Python */
const basisOf = planes =>
  new LinearBasis(
    Object.fromEntries(
      Object.entries(planes).map(([name, { values: data, shape }]) => [name, { data: Float32Array.from(data), shape }]),
    ),
  );

for (const name of ["PCA", "LSA"])
  test(`${name} through every size is that of Python`, () => {
    const { planes, x, backs } = values.linearCodes[name];
    const basis = basisOf(planes);
    assert.equal(basis.title, name);
    const example = Float32Array.from(x);
    for (const [size, back] of Object.entries(backs)) assert.ok(gap(basis.through(example, Number(size)), back) < 1e-5);
  });

test("losses are those of scores", () => {
  const x = Float32Array.of(1, 0, 3);
  assert.equal(squaredError(x, Float32Array.of(0, 2, 3)), 5);
  assert.ok(Math.abs(perplexity(x, Float32Array.of(1 / 3, 1 / 3, 1 / 3)) - 3) < 1e-6);
});

test("the size that PCA needs, and the networks nearest to a size", () => {
  assert.equal(sizeToMatch([9, 5, 2, 1], 2), 3);
  assert.equal(sizeToMatch([9, 5], 2), 0);
  assert.deepEqual(
    [1, 5, 8, 30, 100].map(k => nearestSize([2, 30], k)),
    [2, 2, 30, 30, 30],
  );
});

test("changed units go into a link and come back, within their ranges", () => {
  const ranges = [
    { low: -1, high: 1 },
    { low: 0, high: 8 },
  ];
  const units = new Map([
    [0, -0.25],
    [1, 7.125],
  ]);
  assert.deepEqual(readUnits(writeUnits(units), ranges), units);
  assert.deepEqual(readUnits("0~9_7~1_x_1~", ranges).get(0), 1);
  assert.equal(readUnits("7~1_x_1~y", ranges).size, 0);
});
