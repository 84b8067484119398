// What Home makes of a drawing before it asks the server.

import assert from "node:assert/strict";
import test from "node:test";

import { addressOf, givenOf, inkOf } from "../../pages/home/view/given.js";
import { boxOfMost, nearestRows } from "../../pages/home/view/map_tile.js";
import { unpackImage } from "../../pages/shared/view/packed_image.js";
import { countsOf } from "../../pages/shared/view/rows.js";

const SIZE = { width: 6, height: 6 };

function drawing(...pixels) {
  const bytes = new Uint8Array(36);
  for (const [i, value] of pixels) bytes[i] = value;
  return bytes;
}

test("what the models are given is what the link brings back, and stays in the middle", () => {
  const given = givenOf(drawing([0, 200], [1, 100], [6, 255]), SIZE);
  const back = new Uint8Array(36);
  assert.ok(unpackImage(given.packed, back));
  assert.deepEqual(back, given.grey);
  assert.deepEqual(givenOf(given.grey, SIZE), given);
  assert.ok(given.grey.every(x => x % 17 === 0));
});

test("an empty pad gives nothing, nor does ink too faint for a link", () => {
  assert.equal(givenOf(drawing(), SIZE), null);
  assert.equal(givenOf(drawing([3, 8]), SIZE), null);
  assert.notEqual(givenOf(drawing([3, 9]), SIZE), null);
});

test("ink is what is brighter than half", () => {
  assert.deepEqual([...inkOf(Uint8Array.of(0, 127, 128, 255))], [0, 0, 255, 255]);
});

test("the address of a page leaves out what is empty", () => {
  assert.equal(addressOf("codes", {}), "./codes");
  assert.equal(addressOf("codes", { a: "", points: 1000 }), "./codes?points=1000");
});

test("the most frequent number and how often it comes", () => {
  assert.deepEqual(countsOf([3, 7, 7])[0], { value: 7, count: 2 });
});

test("the nearest places, nearest first; a map of all but the outermost", () => {
  const places = Float32Array.of(0, 0, 1, 0, 5, 5, -2, 0);
  assert.deepEqual(nearestRows(places, [0.6, 0], 3), [1, 0, 3]);
  const many = Float32Array.from({ length: 400 }, (_, i) => (i < 2 ? 1e6 : i / 400));
  assert.ok(boxOfMost(many).right <= 1 && boxOfMost(many).left >= 0);
});
