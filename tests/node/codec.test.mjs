import assert from "node:assert/strict";
import test from "node:test";

import { decode, encode } from "../../pages/shared/view/codec.js";
import { buffer, gap, values } from "./values.mjs";

test("a message of Python's is read as it was written", () => {
  const { header, planes } = decode(buffer(values.message.bytes));
  assert.equal(header.title, values.message.title);
  for (const [name, wanted] of Object.entries(values.message.planes)) {
    assert.deepEqual(planes[name].shape, wanted.shape);
    assert.deepEqual(Array.from(planes[name].data), wanted.values, name);
  }
});

test("halves at the ends of their range", () => {
  const { planes } = decode(buffer(values.halves.bytes));
  const [nan, ...others] = planes.x.data;
  assert.ok(Number.isNaN(nan));
  assert.deepEqual(others.map(String), values.halves.values);
});

test("what is written is read again", async () => {
  const data = Uint8Array.from({ length: 6 }, (_, i) => i);
  const blob = encode({ a: [1, "ü"] }, { x: { type: "u8", shape: [2, 3], data } });
  const { header, planes } = decode(await blob.arrayBuffer());
  assert.deepEqual(header.a, [1, "ü"]);
  assert.equal(gap(planes.x.data, data), 0);
});
