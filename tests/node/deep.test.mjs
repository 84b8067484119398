// Deep machines in the browser against torch, and against what sampling must hold to.

import assert from "node:assert/strict";
import test from "node:test";

import { ChainSet } from "../../pages/deep/view/chain_set.js";
import { Inference } from "../../pages/deep/view/inference.js";
import { LayerView } from "../../pages/deep/view/layer_view.js";
import { LayeredMachine } from "../../pages/deep/view/machine.js";
import { difference, estimate, MeanEnergy } from "../../pages/deep/view/mean_energy.js";
import { DeepModel } from "../../pages/deep/view/model.js";
import { RowSums } from "../../pages/deep/view/row_sums.js";
import { leastServed } from "../../pages/deep/view/side_by_side.js";
import { decode } from "../../pages/shared/view/codec.js";
import { InputImage } from "../../pages/shared/view/input_image.js";
import { seededRandom } from "../../pages/shared/view/random.js";
import { buffer, gap, values } from "./values.mjs";

const opened = name => ({ ...values.deep[name], model: new DeepModel(decode(buffer(values.deep[name].message))) });
const UNDIRECTED = ["digits-dbm", "digits-dbm-classes"];

/** Two hidden layers of two units below a class of three, small enough to list every state. */
function tiny(classes = true) {
  const random = seededRandom(4);
  const some = n => Float32Array.from({ length: n }, () => 3 * (random() - 0.5));
  const connection = (below, above, up, down) => ({
    weight: some(below * above),
    below,
    above,
    up,
    down,
    undirected: true,
  });
  const biases = [3, 2, 2, 3].map(some);
  const made = [0, 1].map(i => connection(biases[i].length, biases[i + 1].length, biases[i + 1], biases[i]));
  return new LayeredMachine(made, classes ? connection(2, 3, biases[3], biases[2]) : null);
}

const bits = (n, k) => Float32Array.from({ length: n }, (_, i) => (k >> i) & 1);

/** Every state of `tiny`. */
function* states() {
  for (let v = 0; v < 8; v++)
    for (let h = 0; h < 4; h++)
      for (let g = 0; g < 4; g++)
        for (let c = 0; c < 3; c++) yield [bits(3, v), bits(2, h), bits(2, g), bits(3, 1 << c)];
}

for (const name of UNDIRECTED)
  test(`${name}: beliefs, their bound and their energy are those of torch`, () => {
    const { model, visible, passes, residual, beliefs, bound, energy, reconstruction } = opened(name);
    const { machine } = model;
    const layers = machine.blank();
    layers[0].set(visible);
    let last = 0;
    for (let i = 0; i < passes; i++) last = machine.meanFieldPass(layers);
    layers.forEach((layer, i) => assert.ok(gap(layer, beliefs[i]) < 5e-3, `layer ${i}`));
    assert.ok(Math.abs(last - residual) < 5e-3);
    assert.ok(Math.abs(machine.bound(layers) - bound) < 0.3 && Math.abs(machine.energy(layers) - energy) < 0.3);
    assert.ok(gap(machine.reconstruct(layers), reconstruction) < 1e-2);
  });

for (const name of UNDIRECTED)
  test(`${name}: without feedback one pass up is all there is`, () => {
    const { model, visible, recognised } = opened(name);
    const { machine } = model;
    const layers = machine.recognise(Float32Array.from(visible));
    layers.forEach((layer, i) => assert.ok(gap(layer, recognised[i]) < 5e-3, `layer ${i}`));
    assert.ok(machine.meanFieldPass(layers, { feedback: 0 }) < 1e-6);
    assert.ok(machine.meanFieldPass(layers, { feedback: 1 }) > 0.01);
  });

test("a belief net's one pass up, its classes and its way down are those of torch", () => {
  const { model, visible, recognised, classes, reconstruction } = opened("digits-dbn");
  const { machine } = model;
  assert.equal(machine.undirected, false);
  const layers = machine.recognise(Float32Array.from(visible));
  recognised.forEach((layer, i) => assert.ok(gap(layers[i], layer) < 5e-3, `layer ${i}`));
  assert.ok(gap(layers[3], classes) < 5e-3);
  assert.ok(gap(machine.reconstruct(layers), reconstruction) < 1e-2);
});

test("a product that is kept is the product, whatever units change", () => {
  const random = seededRandom(6);
  const [rows, columns] = [37, 11];
  const matrix = Float32Array.from({ length: rows * columns }, () => random() - 0.5);
  const sums = new RowSums(matrix, rows, columns);
  const product = u =>
    Array.from({ length: columns }, (_, j) => u.reduce((sum, value, i) => sum + value * matrix[i * columns + j], 0));
  const layers = [0, 1].map(() => new Float32Array(rows));
  for (let t = 0; t < 2_000; t++) {
    const u = layers[t % 2];
    for (let i = 0; i < rows; i++) if (random() < (t % 5) / 8) u[i] = t % 3 ? Number(random() < 0.5) : random();
    if (t % 100 < 2) u.fill(t % 200 ? 1 : 0);
    assert.ok(gap(sums.of(u), product(u)) < 1e-12, `step ${t}`);
  }
});

test("chains draw the same whether their inputs are kept or not", () => {
  const machine = tiny();
  const [kept, anew] = [7, 7].map(seed => ({ random: seededRandom(seed), layers: machine.noise(seededRandom(8)) }));
  for (let t = 0; t < 500; t++) {
    for (const odd of [1, 0]) {
      machine.halfStep(kept.layers, odd, kept.random);
      anew.layers = anew.layers.map(u => u.slice()); // other arrays: nothing is known of them
      machine.halfStep(anew.layers, odd, anew.random);
    }
    assert.deepEqual(kept.layers, anew.layers);
  }
});

test("chains go on where the time of a frame ended, and all make the same sweeps", () => {
  const made = [[], [], []]; // of each chain the layers that it has drawn
  const machine = { halfStep: (layers, odd) => made[layers].push(odd) };
  const chains = new ChainSet(machine, [0, 1, 2], Math.random);
  const over = performance.now() - 1;
  for (const sweeps of [0, 0, 1, 1]) {
    chains.advance(over, 1);
    assert.equal(chains.sweeps, sweeps);
  }
  assert.deepEqual(made, [
    [1, 0, 1, 0],
    [1, 0],
    [1, 0],
  ]);
  chains.halfStep(); // what is left of the sweep comes first
  assert.deepEqual([chains.sweeps, chains.next, made[2]], [2, 0, [1, 0, 1, 0, 1]]);
  const far = performance.now() + 1e6;
  chains.advance(far, 4);
  assert.deepEqual([chains.sweeps, made.map(one => one.length)], [6, [13, 13, 13]]);
  chains.halfStep();
  chains.sweep();
  assert.deepEqual([chains.sweeps, chains.next, made[0].slice(-3)], [8, 1, [0, 1, 0]]);
});

test("mean energies have the standard error of chains that do not depend on each other", () => {
  assert.deepEqual(estimate([1, 2, 3, 6]), { mean: 3, error: Math.sqrt(14 / 3 / 4) });
  assert.deepEqual(difference({ mean: 3, error: 3 }, { mean: 5, error: 4 }), { mean: -2, error: 5 });
  const machine = { halfStep: layers => layers[0]++, energy: ([sweeps]) => sweeps };
  const chains = new ChainSet(machine, [[0], [10]], Math.random);
  const energy = new MeanEnergy(chains);
  assert.equal(energy.estimate.mean, 5);
  for (let sweep = 0; sweep < 3; sweep++) {
    chains.sweep();
    energy.measure();
  }
  assert.deepEqual([...energy.each], [4, 14]); // the means of 2, 4, 6 and of 12, 14, 16: where it began is forgotten
});

test("the bound never falls while beliefs settle, and is never above log p", () => {
  const machine = tiny();
  for (const start of ["up", "half"]) {
    const inference = new Inference(machine, new Float32Array(3).fill(0.5));
    inference.show(Float32Array.of(1, 0, 1), new Uint8Array(3));
    inference.restart(start);
    while (!inference.settled) inference.step();
    inference.bounds.slice(1).forEach((bound, i) => assert.ok(bound >= inference.bounds[i] - 1e-4));
    let sum = 0;
    for (const state of states()) if (gap(state[0], [1, 0, 1]) === 0) sum += Math.exp(-machine.energy(state));
    assert.ok(inference.bound <= Math.log(sum) + 1e-4 && inference.bound > Math.log(sum) - 1);
  }
});

test("pixels that nobody knows are believed too, and their entropy counts", () => {
  const machine = tiny();
  const inference = new Inference(machine, new Float32Array(3).fill(0.5));
  inference.show(Float32Array.of(1, 0, 1), Uint8Array.of(0, 0, 1));
  inference.restart("up");
  while (!inference.settled) inference.step();
  assert.deepEqual([...inference.layers[0]].slice(0, 2), [1, 0]);
  const [, , believed] = inference.layers[0];
  assert.ok(believed > 0 && believed < 1);
  let sum = 0;
  for (const state of states()) if (state[0][0] === 1 && state[0][1] === 0) sum += Math.exp(-machine.energy(state));
  assert.ok(inference.bound <= Math.log(sum) + 1e-4);
});

test("beliefs that go on changing are given up, and that is known", () => {
  const inference = new Inference(tiny(), new Float32Array(3).fill(0.5));
  inference.machine = {
    bound: () => 0,
    meanFieldPass: () => 0.3, // as two units that turn each other over without end
  };
  while (!inference.settled) inference.step();
  assert.deepEqual([inference.converged, inference.since, inference.residual], [false, 300, 0.3]);
});

test("another image begins another chart of the bound; beliefs go on from where they are", () => {
  const inference = new Inference(tiny(), new Float32Array(3).fill(0.5));
  inference.show(Float32Array.of(1, 0, 1), new Uint8Array(3));
  inference.restart("up");
  while (!inference.settled) inference.step();
  const believed = inference.layers[1].slice();
  inference.show(Float32Array.of(0, 1, 0), new Uint8Array(3));
  assert.deepEqual(inference.layers[1], believed);
  assert.deepEqual([inference.pass, inference.bounds], [0, [inference.bound]]);
  const before = { layers: inference.layers.map(u => u.slice()) };
  inference.goFrom(before.layers);
  inference.step();
  assert.notDeepEqual(inference.layers, before.layers); // a copy: what it began with stays
  assert.deepEqual(before.layers[1], believed);
});

test("a unit that is clamped on stays on", () => {
  const machine = tiny();
  const inference = new Inference(machine, new Float32Array(3).fill(0.5));
  inference.show(Float32Array.of(1, 0, 1), new Uint8Array(3));
  inference.clampedUnit = { layer: 1, unit: 1, value: 1 };
  inference.restart("up");
  for (let i = 0; i < 9; i++) inference.step();
  assert.equal(inference.layers[1][1], 1);
  assert.ok(inference.layers[1][0] < 1);
});

/** How far shares of `count` draws of the visibles lie from the probabilities of a tiny machine. */
function awayFrom(machine, options, fits, count = 60_000) {
  const random = seededRandom(1);
  const layers = machine.noise(random);
  options.start?.(layers);
  const drawn = new Float64Array(8);
  for (let t = 0; t < count; t++) {
    machine.halfStep(layers, 1, random, options);
    machine.halfStep(layers, 0, random, options);
    drawn[layers[0][0] + 2 * layers[0][1] + 4 * layers[0][2]] += 1 / count;
  }
  const exact = new Float64Array(8);
  const temperature = options.temperature ?? 1;
  for (const state of states())
    if (fits(state))
      exact[state[0][0] + 2 * state[0][1] + 4 * state[0][2]] += Math.exp(-machine.energy(state) / temperature);
  const z = exact.reduce((a, b) => a + b);
  return gap(
    drawn,
    exact.map(p => p / z),
  );
}

test("Gibbs draws come as often as their energies say", () => {
  assert.ok(awayFrom(tiny(), {}, () => true) < 0.02);
  assert.ok(awayFrom(tiny(), { temperature: 2 }, () => true) < 0.02);
});

test("what is held stays: a class, a layer, pixels, an ablated unit", () => {
  const held = {
    clampedLayers: [3],
    start: layers => layers[3].set([0, 1, 0]),
  };
  assert.ok(awayFrom(tiny(), held, state => state[3][1] === 1) < 0.02);
  const top = { clampedLayers: [2], start: layers => layers[2].set([1, 0]) };
  assert.ok(awayFrom(tiny(), top, state => state[2][0] === 1 && state[2][1] === 0) < 0.02);
  const known = { clampedPixels: { mask: [1, 0, 0], values: [1, 0, 0] } };
  assert.ok(awayFrom(tiny(), known, state => state[0][0] === 1) < 0.02);
  const off = { ablated: [new Set(), new Set([1]), new Set(), new Set()] };
  assert.ok(awayFrom(tiny(), off, state => state[1][1] === 0) < 0.02);
  const on = { clampedUnit: { layer: 2, unit: 1, value: 1 } };
  assert.ok(awayFrom(tiny(), on, state => state[2][1] === 1) < 0.02);
});

test("a belief net's chain is its top machine's: the image is one pass down", () => {
  const { model } = opened("digits-dbn");
  const { machine } = model;
  const random = seededRandom(2);
  const layers = machine.noise(random);
  const before = layers.map(u => [...u]);
  machine.halfStep(layers, 1, random);
  assert.deepEqual([...layers[0]], before[0]);
  assert.notDeepEqual([...layers[2]], before[2]);
  machine.halfStep(layers, 0, random);
  assert.notDeepEqual([...layers[0]], before[0]);
  assert.equal(
    layers[3].reduce((a, b) => a + b),
    1,
  );
});

test("an image that is clamped reaches a belief net's top by the pass up", () => {
  const { model, visible } = opened("digits-dbn");
  const { machine } = model;
  const random = seededRandom(3);
  const layers = machine.noise(random);
  const clampedPixels = { mask: visible.map(() => 1), values: visible };
  const recognised = machine.recognise(Float32Array.from(visible));
  const on = new Float32Array(machine.sizes[1]);
  const draws = 2_000;
  for (let t = 0; t < draws; t++) {
    machine.halfStep(layers, 0, random, { clampedPixels });
    layers[1].forEach((u, i) => {
      on[i] += u / draws;
    });
  }
  assert.deepEqual([...layers[0]], [...visible]);
  assert.ok(gap(on, recognised[1]) < 0.06); // five standard errors
});

test("the field of a unit is the product of the weights below it", () => {
  const machine = tiny(false);
  const [first, second] = machine.connections;
  const field = machine.field(2, 1);
  for (let i = 0; i < 3; i++) {
    const wanted = [0, 1].reduce((sum, j) => sum + first.weight[i * 2 + j] * second.weight[j * 2 + 1], 0);
    assert.ok(Math.abs(field[i] - wanted) < 1e-5);
  }
  assert.deepEqual([...machine.field(2, 1, 1)], [second.weight[1], second.weight[3]]);
});

test("a link brings image and hidden pixels back", () => {
  const examples = [Uint8Array.of(200, 0, 90, 255), Uint8Array.of(0, 255, 255, 0)];
  const size = { width: 2, height: 2 };
  const image = new InputImage(size);
  image.show(examples, 1);
  image.hideHalf("top");
  assert.deepEqual([...image.hidden], [1, 1, 0, 0]);
  const again = new InputImage(size);
  const link = image.urlParams();
  const problems = again.restore({ pick: Number(link.pick), drawing: link.drawing, hidden: link.hidden }, examples);
  assert.deepEqual(problems, []);
  assert.deepEqual(again, image);
  image.clear();
  image.grey[3] = 255;
  const drawn = new InputImage(size);
  const { drawing, hidden } = image.urlParams();
  drawn.restore({ pick: 0, drawing, hidden }, examples);
  assert.deepEqual(drawn, image);
  assert.deepEqual([...image.visible], [0, 0, 0, 1]);
});

test("what of a link is no image of this size is said, and the example stands", () => {
  const image = new InputImage({ width: 4, height: 4 });
  const only = [new Uint8Array(16).fill(255)];
  assert.deepEqual(image.restore({ pick: 7, drawing: "", hidden: "" }, only), [
    "The link's image 7 was not used: the last one is 0.",
  ]);
  const problems = image.restore({ pick: 0, drawing: "AAAA", hidden: "%%" }, only);
  assert.equal(problems.length, 2);
  for (const problem of problems) assert.match(problem, /no image of 4 × 4 pixels/);
  assert.deepEqual([image.pick, image.grey[0], image.hidden.some(Boolean)], [0, 255, false]);
});

test("arrow keys go from unit to unit and stay in the layer", () => {
  const view = new LayerView(null, 10, 10);
  view.units = 7;
  view.grid = { columns: 3 };
  assert.deepEqual(
    ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Enter"].map(key => view.beside(key, 0)),
    [0, 1, 0, 3, null],
  );
  assert.deepEqual(
    ["ArrowRight", "ArrowDown", "ArrowUp"].map(key => view.beside(key, 6)),
    [6, 6, 3],
  );
});

test("whoever has had the least time comes next", () => {
  const samplers = [3, 1, 4].map(cost => ({ spent: 0, cost, turns: 0 }));
  for (let t = 0; t < 190; t++) {
    const one = leastServed(samplers);
    one.spent += one.cost;
    one.turns++;
  }
  const spent = samplers.map(one => one.spent);
  assert.ok(Math.max(...spent) - Math.min(...spent) <= 4);
  assert.ok(samplers[1].turns > 2.5 * samplers[0].turns);
});
