// Convolutional machines in the browser against torch, and against enumeration.

import assert from "node:assert/strict";
import test from "node:test";

import { codesOf, distancesOfShifts, yardstick } from "../../pages/convolutional/view/codes.js";
import { ConvolutionalMachine, distance, shifted } from "../../pages/convolutional/view/machine.js";
import { ConvolutionalModel, denseMeans } from "../../pages/convolutional/view/model.js";
import { visibleOf } from "../../pages/shared/view/input_image.js";
import { normal, seededRandom } from "../../pages/shared/view/random.js";
import { gap, values } from "./values.mjs";

const machineOf = found =>
  new ConvolutionalMachine({
    ...found,
    filters: Float32Array.from(found.filters),
    hiddenBias: Float32Array.from(found.hiddenBias),
  });

for (const kind of ["bernoulli", "gaussian"])
  test(`${kind}: maps, pooled maps and the way down are those of torch`, () => {
    for (const found of values.convolutional[kind]) {
      const machine = machineOf(found);
      const { detection, pooling } = machine.means(Float32Array.from(found.visible), found);
      assert.ok(gap(detection, found.detection) < 1e-5);
      assert.ok(gap(pooling, found.pooling) < 1e-5);
      assert.ok(gap(machine.visibleMeans(found.on, found), found.means) < 1e-5);
    }
  });

test("a block is drawn as often as torch says, with one unit on at most", () => {
  const [, found] = values.convolutional.bernoulli;
  const machine = machineOf(found);
  const random = seededRandom(1);
  const v = Float32Array.from(found.visible);
  const draws = 20_000;
  const shares = new Float32Array(found.detection.length);
  for (let t = 0; t < draws; t++) for (const unit of machine.drawHidden(v, found, random)) shares[unit] += 1 / draws;
  assert.ok(gap(shares, found.detection) < 0.02);
  const on = new Set(machine.drawHidden(v, found, random));
  machine.eachBlock(machine.mapShape(found), (_, units) => {
    assert.ok(Array.from(units).filter(unit => on.has(unit)).length <= 1);
  });
});

test("Gibbs draws come as often as their free energies say", () => {
  const found = values.convolutional.tiny;
  const machine = machineOf(found);
  const random = seededRandom(2);
  let v = machine.noise(found, random);
  const sweeps = 60_000;
  const shares = new Float32Array(64);
  for (let t = 0; t < sweeps; t++) {
    v = machine.drawVisible(machine.visibleMeans(machine.drawHidden(v, found, random), found), random);
    shares[v.reduce((state, bit, i) => state + (bit << i), 0)] += 1 / sweeps;
  }
  assert.ok(gap(shares, found.probabilities) < 0.02);
});

test("a larger image has larger maps, of the same filters", () => {
  const [, found] = values.convolutional.gaussian;
  const machine = machineOf(found);
  const large = machine.enlarged(found, 3);
  const map = machine.mapShape(found);
  assert.deepEqual(machine.mapShape(large), { height: 3 * map.height, width: 3 * map.width });
  const v = new Float32Array(large.height * large.width);
  for (let i = 0; i < found.height; i++)
    for (let j = 0; j < found.width; j++) v[i * large.width + j] = found.visible[i * found.width + j];
  const { detection } = machine.means(v, large);
  assert.ok(Math.abs(detection[0] - found.detection[0]) < 1e-5); // the corner sees what it saw
});

test("an image is shifted by whole pixels, and zeros come in", () => {
  const v = Float32Array.of(1, 2, 3, 4, 5, 6);
  const image = { height: 2, width: 3 };
  assert.deepEqual([...shifted(v, image, 1, 0, 0)], [0, 1, 2, 0, 4, 5]);
  assert.deepEqual([...shifted(v, image, 0, -1, 9)], [4, 5, 6, 9, 9, 9]);
  assert.deepEqual([...shifted(v, image, -1, 1, 0)], [0, 0, 0, 2, 3, 0]);
  assert.equal(distance([0, 3], [4, 0]), 5);
});

test("standard normal draws", () => {
  const random = seededRandom(3);
  const drawn = Array.from({ length: 20_000 }, () => normal(random));
  const mean = drawn.reduce((a, b) => a + b) / drawn.length;
  const variance = drawn.reduce((a, b) => a + (b - mean) ** 2, 0) / drawn.length;
  assert.ok(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.05);
});

test("a dense RBM's hidden units are those of torch", () => {
  const { weight, bias, visible, means } = values.dense;
  const found = denseMeans(
    { weight: Float32Array.from(weight), bias: Float32Array.from(bias) },
    Float32Array.from(visible),
  );
  assert.ok(gap(found, means) < 1e-5);
});

/** A model of the page, as its route would tell of it. */
function modelOf(found, images = []) {
  const plane = (data, shape) => ({ data, shape });
  const { filters, hiddenBias, ...header } = found;
  const planes = {
    filters: plane(Float32Array.from(filters), []),
    hidden_bias: plane(Float32Array.from(hiddenBias), []),
    ...(images.length ? { images: plane(Uint8Array.from(images.flat()), []) } : {}),
  };
  return new ConvolutionalModel({ header: { ...header, classes: [] }, planes });
}

test("codes stay where the image stays, and their distances are measured by those of other images", () => {
  const [, found] = values.convolutional.bernoulli;
  const random = seededRandom(4);
  const images = Array.from({ length: 6 }, () => found.visible.map(() => (random() < 0.5 ? 255 : 0)));
  const model = modelOf(found, images);
  const v = Float32Array.from(found.visible);
  const codes = codesOf(model, null);
  assert.deepEqual(
    codes.map(({ title }) => title),
    ["Pixels", "Detection units", "Pooling units"],
  );
  for (const code of codes) {
    const far = distancesOfShifts(code, v, model, 1, 0);
    assert.equal(far[1], 0);
    assert.ok(far[0] > 0 && far[2] > 0);
    assert.ok(yardstick(code, model.examples(6), v) > 0 && yardstick(code, [], v) > 0);
  }
  const pixels = model.examples(6);
  const wanted = [1, 2, 3, 4, 5].reduce((sum, i) => sum + distance(pixels[i], pixels[i - 1]) / 5, 0);
  assert.ok(Math.abs(yardstick(codes[0], pixels, v) - wanted) < 1e-6);
});

test("greys of real visibles, there and back", () => {
  const greys = { shift: Float32Array.of(0.5, 0.5), scale: Float32Array.of(0.2, 0.2) };
  const seen = visibleOf(Uint8Array.of(0, 255), greys);
  assert.ok(gap(seen, [-2.5, 2.5]) < 1e-5);
  assert.deepEqual([...visibleOf(Uint8Array.of(127, 128), null)], [0, 1]);
});
