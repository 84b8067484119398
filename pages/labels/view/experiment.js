// One experiment of Zhang et al. (2017): a net trained on labels or inputs of which a part, or all, is random.

import { normal, permutation, seededRandom } from "../../shared/view/random.js";
import { Adam, BATCH, judged, Mlp } from "./mlp.js";

/**
 * @typedef {import("./types.d.ts").Material} Material
 * @typedef {import("./types.d.ts").Settings} Settings
 * @typedef {import("./types.d.ts").Example} Example
 * @typedef {import("../../shared/view/types.d.ts").Floats} Floats
 */

const RATE = 0.005; // of Adam
export const EPOCHS = 200; // at most
const FEWEST = 30; // epochs, so that curves can be compared
const LEARNT = 0.05; // mean loss at which training then ends, once every label is right
const SHARE = 7; // one in so many examples is set aside to tell when to stop

/** Draws for one purpose do not depend on those for another. */
const STREAMS = { rows: 1, labels: 2, inputs: 3, training: 4 };

/** @param {Settings} settings @param {keyof typeof STREAMS} purpose */
const stream = ({ seed }, purpose) => seededRandom(seed * 8 + STREAMS[purpose]);

/** How many examples can be trained on, of those that there are. @param {Material} material */
export const mostExamples = ({ training }) => training - Math.floor(training / SHARE);

/** Chance of a class, and of all others. @param {ArrayLike<number>} labels @param {number} classes */
export function frequencies(labels, classes) {
  const counts = new Float64Array(classes);
  for (let i = 0; i < labels.length; i++) counts[labels[i]]++;
  return counts.map(count => count / labels.length);
}

/**
 * Labels of which a share was drawn anew, any class as likely as any other; those of a larger share include them.
 * @param {number[]} truth
 * @param {number} percent
 * @param {number} classes
 * @param {() => number} random
 */
export function randomised(truth, percent, classes, random) {
  const order = permutation(truth.length, random);
  const drawn = truth.map(() => Math.floor(random() * classes));
  const labels = [...truth];
  for (const i of order.subarray(0, Math.round((percent / 100) * truth.length))) labels[i] = drawn[i];
  return labels;
}

/**
 * What is done to an input: one permutation for all, another for each, noise in its place, or nothing.
 * @param {Settings["inputs"]} inputs
 * @param {number} d numbers of an input
 * @param {() => number} random
 * @returns {(x: Floats) => Floats}
 */
export function changed(inputs, d, random) {
  if (inputs === "noise") return x => x.map(() => normal(random));
  if (inputs === "as-is") return x => x;
  const one = permutation(d, random);
  return x => {
    const order = inputs === "permuted" ? one : permutation(d, random);
    return x.map((_, i) => x[order[i]]);
  };
}

/**
 * The examples of an experiment: to train on, to tell when to stop, to test on.
 * @param {Material} material
 * @param {Settings} settings
 */
export function examplesOf(material, settings) {
  const { classes, d, labels, training, x } = material;
  const order = permutation(training, stream(settings, "rows"));
  const most = mostExamples(material);
  const count = Math.min(settings.examples, most);
  const parts = {
    train: [...order.subarray(0, count)],
    stop: [...order.subarray(most)],
    test: Array.from({ length: labels.length - training }, (_, i) => training + i),
  };
  const draws = stream(settings, "labels");
  const change = changed(settings.inputs, d, stream(settings, "inputs"));
  /** @param {number[]} rows @param {number} percent of random labels @returns {Example[]} */
  const made = (rows, percent) => {
    const truth = rows.map(row => labels[row]);
    const given = randomised(truth, percent, classes, draws);
    return rows.map((row, i) => ({ x: change(x[row]), label: given[i], truth: truth[i] }));
  };
  const { random } = settings;
  return { train: made(parts.train, random), stop: made(parts.stop, random), test: made(parts.test, 0) };
}

/** @param {Example[]} batch */
const rowsOf = batch => batch.map(({ x }) => x);

/** What a net makes of at most `BATCH` examples. @param {Mlp} net @param {Example[]} batch */
export function judgedBatch(net, batch) {
  const logits = net.forward(rowsOf(batch));
  const classes = net.sizes[net.sizes.length - 1];
  return batch.map(({ label }, r) => {
    const { best, loss } = judged(logits, r * classes, classes, label);
    return { loss, best, right: best === label };
  });
}

/** Accuracy and mean loss after each epoch. @returns {{ accuracy: number[], loss: number[] }} */
const curve = () => ({ accuracy: [], loss: [] });

export class Experiment {
  /** @param {Material} material @param {Settings} settings */
  constructor(material, settings) {
    this.settings = settings;
    this.material = material;
    this.examples = examplesOf(material, settings);
    this.curves = { train: curve(), stop: curve(), test: curve() };
    this.random = stream(settings, "training");
    const hidden = Array.from({ length: settings.layers }, () => settings.hidden);
    this.net = new Mlp([material.d, ...hidden, material.classes], this.random);
    this.adam = new Adam(this.net, { rate: RATE, decay: settings.decay });
    this.done = false;
    this.course = this.train();
  }

  /** Epochs that are over. */
  get epochs() {
    return Math.max(0, this.curves.test.loss.length - 1);
  }

  /** The epoch after which every label was right, -1 where there is none yet. */
  get memorised() {
    return this.curves.train.accuracy.indexOf(1);
  }

  /** The epoch at which early stopping would have stopped: that of the least loss on what was set aside. */
  get stop() {
    const { loss } = this.curves.stop;
    return loss.indexOf(Math.min(...loss));
  }

  /** One batch, or one part of measuring, more. */
  advance() {
    this.done = this.course.next().done === true;
  }

  *train() {
    const { adam, examples, net, random } = this;
    const { dropout } = this.settings;
    yield* this.measure();
    while (this.epochs < EPOCHS) {
      const order = permutation(examples.train.length, random);
      for (let first = 0; first < order.length; first += BATCH) {
        const batch = Array.from(order.subarray(first, first + BATCH), i => examples.train[i]);
        net.forward(rowsOf(batch), dropout, random);
        net.backward(
          batch.map(({ label }) => label),
          dropout,
        );
        adam.step();
        yield;
      }
      yield* this.measure();
      const { accuracy, loss } = this.curves.train;
      if (this.epochs >= FEWEST && accuracy[this.epochs] === 1 && loss[this.epochs] < LEARNT) return;
    }
  }

  /** Add a point to every curve, to all at once: a frame may come at any time. */
  *measure() {
    const measured = [];
    for (const part of /** @type {const} */ (["train", "stop", "test"])) {
      const examples = this.examples[part];
      let loss = 0,
        right = 0;
      for (let first = 0; first < examples.length; first += BATCH) {
        const batch = examples.slice(first, first + BATCH);
        for (const found of judgedBatch(this.net, batch)) {
          loss += found.loss;
          right += Number(found.right);
        }
        yield;
      }
      measured.push({ curve: this.curves[part], accuracy: right / examples.length, loss: loss / examples.length });
    }
    for (const { curve, accuracy, loss } of measured) {
      curve.accuracy.push(accuracy);
      curve.loss.push(loss);
    }
  }
}
