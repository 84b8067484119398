// Distributions, and numbers in words.

import assert from "node:assert/strict";
import test from "node:test";

import { fixed, percent, plural, whole, wholePercent, withMinus, withSign } from "../../pages/shared/view/format.js";
import { entropy, softmax, toBits, topIndices } from "../../pages/shared/view/probability.js";
import { samplingProbs, sliderOfTopK, topKOf } from "../../pages/tokens/view/sampling.js";
import { gap, values } from "./values.mjs";

for (const { choice, logProbs, probs } of values.choices)
  test(`as core's SamplingConfig cuts: ${JSON.stringify(choice)}`, () => {
    assert.ok(gap(samplingProbs(logProbs, choice), probs) < 1e-6);
  });

test("equal ones stay in their order", () => {
  assert.deepEqual(topIndices([0.2, 0.4, 0.2, 0.2], 3), [1, 0, 2]);
  assert.deepEqual(topIndices(Float32Array.of(1, 3, 2)), [1, 2, 0]);
  const many = Float32Array.from({ length: 5000 }, (_, i) => (i * 7919) % 101); // with many equal ones
  const even = Array.from(many.keys()).filter(i => i % 2 === 0);
  even.sort((i, j) => many[j] - many[i] || i - j);
  assert.deepEqual(
    topIndices(many, 70, i => i % 2 === 0),
    even.slice(0, 70),
  );
});

test("entropy of fair choices, and of none", () => {
  assert.ok(Math.abs(entropy(softmax(new Float32Array(8))) - 3) < 1e-12);
  assert.equal(entropy([1, 0, 0]), 0);
  assert.equal(toBits(Math.log(4)), 2);
});

test("probabilities of tokens that cannot come", () => {
  assert.deepEqual([...softmax([0, -Infinity, 0])], [0.5, 0, 0.5]);
});

test("the slider of top-k comes back to where it was set", () => {
  for (const size of [65, 512, 50_000]) {
    for (let slider = 0; slider < 100; slider++) {
      const k = topKOf(slider, size);
      assert.ok(k >= 1 && k <= size);
      assert.equal(topKOf(sliderOfTopK(k, size), size), sliderOfTopK(k, size) === 100 ? 0 : k);
    }
    assert.deepEqual([topKOf(0, size), topKOf(100, size), sliderOfTopK(0, size)], [1, 0, 100]);
  }
});

test("numbers in words", () => {
  assert.deepEqual([fixed(1.005, 1), fixed(-0.001), fixed(-0.2, 0), fixed(NaN)], ["1.0", "0.00", "0", "–"]);
  assert.deepEqual(
    [withMinus(-1.25, 2), withMinus(3), withSign(0.5), withSign(-0.5)],
    ["−1.25", "3.0", "+0.50", "−0.50"],
  );
  assert.deepEqual(
    [whole(1234), plural(1, "token"), plural(0, "token"), plural(2000, "token")],
    ["1,234", "1 token", "0 tokens", "2,000 tokens"],
  );
  assert.deepEqual([1, 0.1, 0.099, 0.001, 0.0009, 0].map(percent), ["100%", "10%", "9.9%", "0.1%", "<0.1%", "0%"]);
  assert.deepEqual([1, 0.996, 0.5, 0.004, 0].map(wholePercent), ["100%", ">99%", "50%", "<1%", "0%"]);
});
