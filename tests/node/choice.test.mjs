import assert from "node:assert/strict";
import test from "node:test";

import { chosen, entropy, likeliest, softmax } from "../../pages/components/tokens/choice.js";
import { gap, values } from "./values.mjs";

for (const { choice, logProbs, probs } of values.choices)
  test(`as core.sampling.Choice cuts: ${JSON.stringify(choice)}`, () => {
    assert.ok(gap(chosen(logProbs, choice), probs) < 1e-6);
  });

test("equal ones stay in their order", () => assert.deepEqual(likeliest([0.2, 0.4, 0.2, 0.2], 3), [1, 0, 2]));

test("entropy of fair choices", () => assert.ok(Math.abs(entropy(softmax(new Float32Array(8))) - 3) < 1e-12));
