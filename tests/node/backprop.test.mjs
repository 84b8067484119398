// The net of a few units against autograd, every number of it against the sum that is shown, and what is learned.

import assert from "node:assert/strict";
import test from "node:test";

import { short } from "../../pages/labels/view/backprop_markup.js";
import { cellsOf, explainGradient, explainValue, LAYERS } from "../../pages/labels/view/terms.js";
import { blockOf, reduced, TinyNet } from "../../pages/labels/view/tiny_net.js";
import { seededRandom } from "../../pages/shared/view/random.js";
import { gap, values } from "./values.mjs";

const { tinyNet } = values;
const CLASSES = tinyNet.bias.length;
const names = ["a", "b", "c", "d"];

function opened() {
  const net = new TinyNet(CLASSES, seededRandom(1));
  for (const name of ["filters", "filterBias", "weight", "bias"]) net[name].set(tinyNet[name]);
  const activations = net.forward(tinyNet.x, tinyNet.label);
  return { net, activations, gradients: net.backward(activations) };
}

test("activations and the loss are those of torch", () => {
  const { activations } = opened();
  for (const name of ["conv", "pool", "logits"]) assert.ok(gap(activations[name], tinyNet[name]) < 1e-9, name);
  assert.ok(Math.abs(activations.loss - tinyNet.loss) < 1e-9);
  assert.ok(Math.abs(activations.probs.reduce((a, b) => a + b) - 1) < 1e-12);
});

test("gradients are those of autograd", () => {
  const { gradients } = opened();
  for (const [name, expected] of Object.entries(tinyNet.gradients))
    assert.ok(gap(gradients[name], expected) < 1e-9, name);
});

const sumOf = terms => terms.reduce((sum, factors) => sum + factors.reduce((a, b) => a * b), 0);

test("every number is the sum of the terms that are shown", () => {
  const { net, activations, gradients } = opened();
  let sums = 0;
  for (const layer of LAYERS)
    for (let at = 0; at < cellsOf(layer, CLASSES); at++) {
      const value = explainValue(net, activations, names, { layer, at });
      const gradient = explainGradient(net, activations, gradients, names, { layer, at });
      for (const found of [value, gradient]) {
        if (!found) continue;
        assert.ok(found.title && found.rule && Number.isFinite(found.value));
        if (!found.terms.length) continue;
        sums++;
        assert.ok(Math.abs(sumOf(found.terms) - found.value) < 1e-9, `${layer} ${at}`);
      }
      if (gradient) assert.ok(Math.abs(gradient.value - gradients[layer][at]) < 1e-12);
    }
  assert.ok(sums > 150);
});

test("a small step changes the loss as the gradient promises", () => {
  const { net, gradients, activations } = opened();
  for (const [name, at] of [
    ["filters", 4],
    ["weight", 7],
    ["bias", 1],
    ["filterBias", 0],
  ]) {
    net[name][at] += 1e-6;
    const change = (net.forward(tinyNet.x, tinyNet.label).loss - activations.loss) / 1e-6;
    net[name][at] -= 1e-6;
    assert.ok(Math.abs(change - gradients[name][at]) < 1e-4, name);
  }
});

test("an update lowers the loss, and many of them tell classes apart", () => {
  const { net, gradients, activations } = opened();
  net.update(gradients, 0.01);
  assert.ok(net.forward(tinyNet.x, tinyNet.label).loss < activations.loss);
  const random = seededRandom(2);
  const examples = Array.from({ length: 40 }, (_, i) => ({
    label: i % 2,
    x: Float64Array.from(
      { length: 64 },
      (_, at) => 0.3 * random() + Number(i % 2 ? at % 8 === 3 : Math.floor(at / 8) === 3),
    ),
  }));
  const learner = new TinyNet(2, seededRandom(3));
  const right = () =>
    examples.filter(({ x, label }) => learner.forward(x, label).probs[label] > 0.5).length / examples.length;
  for (let t = 0; t < 200; t++) learner.learn(examples, 0.3);
  assert.equal(right(), 1); // a column against a row
});

test("blocks cover the maps once; images are reduced by means", () => {
  const places = Array.from({ length: 18 }, (_, u) => blockOf(u)).flat();
  assert.equal(new Set(places).size, 72);
  assert.deepEqual(blockOf(0), [0, 1, 6, 7]);
  const image = Uint8Array.from({ length: 16 * 16 }, (_, at) => (at % 2 ? 255 : 0));
  assert.ok(reduced(image, { width: 16, height: 16 }).every(v => Math.abs(v - 0.5) < 1e-9));
  const same = Uint8Array.from({ length: 64 }, (_, at) => at);
  assert.ok(
    gap(
      reduced(same, { width: 8, height: 8 }),
      Array.from(same, v => v / 255),
    ) < 1e-9,
  );
  assert.equal(reduced(new Uint8Array(25).fill(255), { width: 5, height: 5 }).length, 64); // smaller ones are enlarged
});

test("numbers in few letters that still say something", () => {
  assert.deepEqual([0, 0.5, -0.25, 1.234, 0.0004, -0.00012].map(short), [
    ".00",
    ".50",
    "−.25",
    "1.23",
    "4e−4",
    "−1e−4",
  ]);
});
