// The dense net against autograd and AdamW, what is random in an experiment, and that random labels are memorised.

import assert from "node:assert/strict";
import test from "node:test";

import { concluded, counted } from "../../pages/labels/view/bits.js";
import {
  changed,
  Experiment,
  examplesOf,
  frequencies,
  mostExamples,
  randomised,
} from "../../pages/labels/view/experiment.js";
import { Adam, judged, Mlp } from "../../pages/labels/view/mlp.js";
import { readMaterial } from "../../pages/labels/view/model.js";
import { completed, described, MOST, read, SETS, USUAL, written } from "../../pages/labels/view/settings.js";
import { normal, permutation, seededRandom } from "../../pages/shared/view/random.js";
import { gap, values } from "./values.mjs";

const { denseNet } = values;
const last = list => list[list.length - 1];

function opened() {
  const net = new Mlp(denseNet.sizes, seededRandom(0));
  net.layers.forEach(({ weight, bias }, l) => {
    weight.set(denseNet.weights[l]);
    bias.set(denseNet.biases[l]);
  });
  return { net, rows: denseNet.x.map(row => Float32Array.from(row)) };
}

const flat = layers => [...layers.map(({ weight }) => weight), ...layers.map(({ bias }) => bias)];

test("loss and gradients of a batch are those of autograd", () => {
  const { net, rows } = opened();
  const logits = net.forward(rows);
  const losses = denseNet.labels.map((label, r) => judged(logits, r * 3, 3, label).loss);
  assert.ok(Math.abs(losses.reduce((a, b) => a + b) / losses.length - denseNet.loss) < 1e-5);
  for (let twice = 0; twice < 2; twice++) {
    net.forward(rows);
    net.backward(denseNet.labels);
    flat(net.gradients).forEach((found, i) => {
      assert.ok(gap(denseNet.gradients[i], found) < 1e-6);
    });
  }
});

test("steps are those of AdamW; biases do not decay", () => {
  const { net, rows } = opened();
  const adam = new Adam(net, denseNet.settings);
  for (let t = 0; t < denseNet.steps; t++) {
    net.forward(rows);
    net.backward(denseNet.labels);
    adam.step();
  }
  flat(net.layers).forEach((found, i) => {
    assert.ok(gap(denseNet.after[i], found) < 1e-5);
  });
});

test("with dropout, the gradient is that of the units that were kept", () => {
  const { net, rows } = opened();
  const loss = () => {
    const logits = net.forward(rows, 0.5, seededRandom(3));
    return denseNet.labels.reduce((sum, label, r) => sum + judged(logits, r * 3, 3, label).loss, 0) / rows.length;
  };
  loss();
  assert.ok(net.units[1].subarray(0, 63).filter(u => u === 0).length > 20);
  net.backward(denseNet.labels, 0.5);
  const STEP = 1e-2;
  for (const [l, i] of [
    [0, 3],
    [0, 20],
    [1, 11],
    [2, 4],
  ]) {
    const { weight } = net.layers[l];
    const ends = [STEP, -2 * STEP].map(by => {
      weight[i] += by;
      return loss();
    });
    weight[i] += STEP;
    assert.ok(Math.abs((ends[0] - ends[1]) / (2 * STEP) - net.gradients[l].weight[i]) < 2e-3);
  }
});

/** Bytes of noise with classes that follow from one pixel, as the server sends them. */
function material(n = 240, d = 16, classes = 4) {
  const random = seededRandom(5);
  const labels = Float32Array.from({ length: n }, (_, i) => i % classes);
  const x = Uint8Array.from({ length: n * d }, (_, i) => (i % d === labels[Math.floor(i / d)] ? 255 : 100 * random()));
  const bits = {
    model: "M",
    score: "s",
    nature: "exact",
    data: "d",
    levels: 2,
    shape: [4, 4],
    bits: 9,
    independent: 12,
  };
  return readMaterial(
    {
      header: { training: n - 40, shape: [4, d / 4], bits },
      planes: { x: { data: x, shape: [n, d] }, labels: { data: labels } },
    },
    classes,
  );
}

const settings = { ...USUAL, examples: 100, hidden: 64, seed: 0 };
const trained = (of, more = {}) => {
  const experiment = new Experiment(of, { ...settings, ...more });
  while (!experiment.done) experiment.advance();
  return experiment;
};

test("the material: one scale, and greys back from it", () => {
  const { bits, d, grey, image, labels, training, x } = material();
  assert.deepEqual(
    [x.length, d, training, image.width, image.height, labels[5], bits.bits],
    [240, 16, 200, 4, 4, 1, 9],
  );
  const all = x.slice(0, training).flatMap(row => [...row]);
  const mean = all.reduce((a, b) => a + b) / all.length;
  const square = all.reduce((sum, v) => sum + (v - mean) ** 2, 0) / all.length;
  assert.ok(Math.abs(mean) < 1e-5 && Math.abs(square - 1) < 1e-4);
  assert.equal(grey(x[2])[2], 255);
});

test("as many labels are drawn anew as the slider says, any class as often", () => {
  const truth = Array.from({ length: 4_000 }, () => 0);
  for (const percent of [0, 5, 30, 100]) {
    const found = randomised(truth, percent, 4, seededRandom(1));
    const other = found.filter(label => label !== 0).length / truth.length;
    assert.ok(Math.abs(other - (0.75 * percent) / 100) < 0.03, `${percent}: ${other}`);
  }
  const [half, all] = [50, 100].map(percent => randomised(truth, percent, 4, seededRandom(1)));
  assert.ok(half.every((label, i) => label === 0 || label === all[i])); // nested
  assert.ok(gap(frequencies(all, 4), [0.25, 0.25, 0.25, 0.25]) < 0.03);
  assert.deepEqual(randomised([3, 1], 0, 4, seededRandom(1)), [3, 1]);
});

test("exactly the share of labels is drawn: with more classes than labels, nearly all differ", () => {
  const truth = Array.from({ length: 200 }, (_, i) => i);
  const found = randomised(truth, 40, 1e9, seededRandom(2));
  assert.equal(found.filter((label, i) => label !== truth[i]).length, 80);
});

test("inputs: one permutation for all, one for each, noise", () => {
  const x = Float32Array.from({ length: 12 }, (_, i) => i);
  const twice = inputs => {
    const change = changed(inputs, 12, seededRandom(4));
    return [change(x), change(x)];
  };
  const sorted = row => [...row].sort((a, b) => a - b);
  assert.deepEqual(twice("as-is"), [x, x]);
  const [a, b] = twice("permuted");
  assert.deepEqual([a, sorted(a)], [b, [...x]]);
  assert.notDeepEqual(a, x);
  const [c, d] = twice("shuffled");
  assert.deepEqual([sorted(c), sorted(d)], [[...x], [...x]]);
  assert.notDeepEqual(c, d);
  const [e, f] = twice("noise");
  assert.ok(gap(e, f) > 0.1);
});

test("experiments of one seed share their examples; what is set aside and the test are no part of the training", () => {
  const of = material();
  const [plain, random] = [0, 100].map(percent => examplesOf(of, { ...settings, random: percent }));
  assert.deepEqual(
    plain.train.map(({ x }) => x),
    random.train.map(({ x }) => x),
  );
  assert.deepEqual([plain.train.length, plain.stop.length, plain.test.length], [100, 200 - mostExamples(of), 40]);
  const rows = [...plain.train, ...plain.stop, ...plain.test].map(({ x }) => x);
  assert.equal(new Set(rows).size, rows.length);
  assert.ok(random.test.every(({ label, truth }) => label === truth));
  assert.ok(random.stop.some(({ label, truth }) => label !== truth));
  const other = examplesOf(of, { ...settings, seed: 1 });
  assert.notDeepEqual(
    other.train.map(({ x }) => x),
    plain.train.map(({ x }) => x),
  );
  assert.equal(examplesOf(of, { ...settings, examples: 1_000 }).train.length, mostExamples(of));
});

test("random labels of a small set are memorised, and nothing is learnt by it", () => {
  const { curves, epochs, memorised } = trained(material(), { random: 100 });
  assert.ok(memorised > 0 && memorised <= epochs);
  assert.equal(last(curves.train.accuracy), 1);
  assert.ok(last(curves.test.accuracy) < 0.5);
  const plain = trained(material());
  assert.ok(plain.memorised < memorised && last(plain.curves.test.accuracy) > 0.9);
});

test("so are the labels of random pixels and of noise", () => {
  for (const inputs of ["shuffled", "noise"]) {
    const { curves } = trained(material(), { inputs });
    assert.equal(last(curves.train.accuracy), 1, inputs);
    assert.ok(last(curves.test.accuracy) < 0.6, inputs);
  }
  const { curves } = trained(material(), { inputs: "permuted" });
  assert.ok(last(curves.test.accuracy) > 0.9); // a dense net does not know where a pixel lies
});

test("the same settings and seed give the same curves; every curve has a point before training", () => {
  const [a, b] = [0, 1].map(() => trained(material(), { random: 50, dropout: 0.25, decay: 0.1 }));
  assert.deepEqual(a.curves, b.curves);
  for (const { accuracy, loss } of Object.values(a.curves))
    assert.deepEqual([accuracy.length, loss.length], [a.epochs + 1, a.epochs + 1]);
  assert.notDeepEqual(trained(material(), { random: 50, seed: 1 }).curves, a.curves);
});

test("weight decay keeps a net from memorising random labels; early stopping is before that", () => {
  const free = trained(material(), { random: 100 });
  const decayed = trained(material(), { random: 100, decay: 1 });
  assert.ok(decayed.memorised < 0 || decayed.memorised > free.memorised);
  assert.ok(free.stop < free.memorised);
});

test("bits: the entropy of labels, images by their model, weights", () => {
  const experiment = new Experiment(material(), settings);
  const amounts = counted(experiment, "pixels");
  const shares = frequencies(
    experiment.examples.train.map(({ label }) => label),
    4,
  );
  const entropy = -shares.reduce((sum, p) => sum + (p ? p * Math.log2(p) : 0), 0);
  assert.ok(Math.abs(amounts.labels.bits - 100 * entropy) < 1e-9);
  const weights = 16 * 64 + 64 + 64 * 4 + 4;
  const { held, images, independent, stored } = amounts;
  assert.deepEqual([images.bits, independent.bits, held.bits, stored.bits], [900, 1_200, 2 * weights, 32 * weights]);
  assert.match(images.sum, /100 images × 9 bits by M \(4 × 4 pixels, black or white; log-likelihood: exact\)/);
  assert.match(concluded(amounts, "pixels").join(" "), /expect it to memorise any labels.*random pixels\?/);
  const small = counted(new Experiment(material(), { ...settings, hidden: 4, examples: 171 }), "pixels");
  assert.match(concluded(small, "pixels").join(" "), /expect it to fail on labels that follow no rule/);
  const unknown = counted(new Experiment({ ...material(), bits: null }, settings), "values");
  assert.deepEqual([unknown.images, unknown.independent, concluded(unknown, "values").length], [null, null, 2]);
  for (const [inputs, known] of [
    ["as-is", true],
    ["permuted", true],
    ["shuffled", false],
    ["noise", false],
  ])
    assert.equal(counted(new Experiment(material(), { ...settings, inputs }), "pixels").images !== null, known, inputs);
});

test("experiments in a link", () => {
  for (const set of Object.values(SETS)) {
    assert.ok(set.length <= MOST);
    for (const choice of completed(set)) assert.deepEqual(read(written(choice)), choice);
  }
  assert.equal(written({ ...USUAL, random: 35, decay: 0.3, dropout: 0.25 }), "as-is.35.500.128.1.30.25");
  for (const text of ["", "as-is", "magic.0.500.128.1.0.0", "as-is.101.500.128.1.0.0", "as-is.0.0.128.1.0.0"])
    assert.equal(read(text), null, text);
  for (const text of [
    "as-is.0.500.129.1.0.0",
    "as-is.0.5x.128.1.0.0",
    "as-is.0.500.128.3.0.0",
    "as-is.0.500.128.1.0.0.0",
  ])
    assert.equal(read(text), null, text);
});

test("experiments in words", () => {
  assert.equal(described(USUAL, "pixels"), "true labels");
  const all = { inputs: "shuffled", random: 30, examples: 50, hidden: 8, layers: 2, decay: 1, dropout: 0.5 };
  const words = "30% random labels, random values, 50 examples, 8 units, 2 hidden layers, weight decay 1, dropout 50%";
  assert.equal(described(all, "values"), words);
});

test("permutations and normal draws", () => {
  assert.deepEqual(
    [...permutation(50, seededRandom(1))].sort((a, b) => a - b),
    Array.from({ length: 50 }, (_, i) => i),
  );
  const random = seededRandom(2);
  const drawn = Array.from({ length: 10_000 }, () => normal(random));
  assert.ok(Math.abs(drawn.reduce((a, b) => a + b) / drawn.length) < 0.03);
});
