// Style and class in the browser: what a model says of images, the decoder with a class, styles in links.

import assert from "node:assert/strict";
import test from "node:test";
import { chosenAxes, fromLink, MOST, StyleModel, toLink, within } from "../../pages/labels/view/style_model.js";
import { seededRandom } from "../../pages/shared/view/random.js";

const N = 12,
  D = 3,
  K = 2;

const styles = Float32Array.from({ length: N * D }, (_, i) => (i % D === 1 ? 3 : 1) * Math.sin(i));
const model = new StyleModel({
  header: { classes: ["a", "b"], units: ["linear"], error: 0.1, spread: 0.01, data: "test" },
  planes: {
    images: { data: Uint8Array.from({ length: N * 4 }, (_, i) => i), shape: [N, 2, 2] },
    labels: { data: Float32Array.from({ length: N }, (_, i) => i % K), shape: [N] },
    style: { data: styles, shape: [N, D] },
    probs: { data: new Float32Array(N * K).fill(0.5), shape: [N, K] },
    given: { data: new Uint8Array(8), shape: [2, 2, 2] },
    given_labels: { data: Float32Array.of(1, 0), shape: [2] },
    // each pixel: one number of the style; the last: the class
    weight0: { data: Float32Array.of(1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0.25, 0.75), shape: [4, 5] },
    bias0: { data: new Float32Array(4), shape: [4] },
    shift: { data: new Float32Array(4), shape: [4] },
    scale: { data: new Float32Array(4).fill(1), shape: [4] },
  },
});

test("a class is written in a style", () => {
  assert.deepEqual([...model.write([0.2, 0.4, 0.6], 0)], [51, 102, 153, 64]);
  assert.deepEqual([...model.write([0.2, 0.4, 0.6], 1)], [51, 102, 153, 191]);
  assert.deepEqual(
    model.writeAll([0.2, 0.4, 0.6]).map(grey => grey[3]),
    [64, 191],
  );
});

test("what is said of an image is its own", () => {
  assert.deepEqual([...model.readings[2].style], [...styles.subarray(6, 9)]);
  assert.deepEqual([...model.images[1]], [4, 5, 6, 7]);
  assert.equal(model.order[0], 1, "the number that varies most comes first");
});

test("images are chosen of all classes in turn", () => {
  for (let seed = 0; seed < 20; seed++) {
    const rows = model.choose(2, seededRandom(seed));
    assert.deepEqual([...new Set(rows.map(i => model.labels[i]))].sort(), [0, 1]);
    const many = model.choose(5, seededRandom(seed));
    assert.equal(new Set(many).size, 5);
    assert.deepEqual(model.choose(5, seededRandom(seed)), many);
  }
  assert.equal(model.choose(50, seededRandom(1)).length, N, "no more than there are");
});

test("a style survives its link", () => {
  const style = Float32Array.of(0, -1.23, 3.999);
  const back = fromLink(toLink(style).split(".").map(Number), D);
  assert.ok(back?.every((x, i) => Math.abs(x - style[i]) <= 0.005));
  assert.equal(toLink([0, 9, -9]), `400.${200 * MOST}.0`);
  assert.equal(fromLink([1, 2], D), null);
  assert.equal(fromLink([1, 2, 200 * MOST + 1], D), null);
  assert.equal(within(7), MOST);
});

test("the pad has two different numbers", () => {
  assert.deepEqual(chosenAxes([3, 1], model.order), [2, 0]);
  for (const wrong of [[], [1], [2, 2], [1, 9], [0, 1], [1, 2, 3]])
    assert.deepEqual(chosenAxes(wrong, model.order), model.order.slice(0, 2));
});
