// A gated recurrent unit over single samples (Cho et al. 2014): what was heard stands in one state.

import { Matrix, tanh, withCondition } from "./matrix.js";

/** @typedef {import("../../shared/view/types.d.ts").Floats} Floats */
/** @typedef {import("../../shared/view/types.d.ts").Plane<Floats>} Plane */
/** @typedef {import("./networks.js").Condition} Condition */

/** @param {number} x */
const sigmoid = x => 0.5 + 0.5 * tanh(0.5 * x);

export class GRU {
  /**
   * H units, S of the hidden layer, L levels.
   * @param {{ planes: Record<string, Plane> }} weights table (L + 1, 3H): what a level adds to the inputs of r, z and n,
   *   the last row what stands before a recording; recurrent (3H, H), hidden (S, H), out (L, S) and their biases; where it
   *   is conditioned on them, of_class and of_speaker (n, 3H)
   */
  constructor({ planes }) {
    /** @param {string} name */
    const matrix = name => new Matrix(planes[name].data, 0, planes[name].shape[0], planes[name].shape[1]);
    const [levels, hidden] = planes.out.shape;
    this.levels = levels;
    this.hidden = hidden;
    this.width = planes.recurrent.shape[1];
    this.table = planes.table.data;
    this.recurrent = matrix("recurrent");
    this.recurrentBias = planes.recurrent_bias.data;
    this.toHidden = matrix("hidden");
    this.hiddenBias = planes.hidden_bias.data;
    this.toLevels = matrix("out");
    this.outBias = planes.out_bias.data;
    this.ofClass = planes.of_class;
    this.ofSpeaker = planes.of_speaker;
  }

  /** A state may keep anything. */
  get receptiveField() {
    return Number.POSITIVE_INFINITY;
  }

  /** @param {Condition} condition */
  stream(condition) {
    return new GRUStream(this, condition);
  }
}

class GRUStream {
  /**
   * @param {GRU} net
   * @param {Condition} condition
   */
  constructor(net, condition) {
    const { width, hidden, levels } = net;
    this.net = net;
    this.last = levels;
    this.state = new Float32Array(width);
    this.h = new Float32Array(hidden);
    this.products = new Float32Array(4 * Math.ceil(Math.max(3 * width, hidden, levels) / 4));
    this.out = new Float32Array(levels);
    this.input = withCondition(new Float32Array(3 * width), net.ofClass, net.ofSpeaker, condition);
  }

  /**
   * Hear a sample. Afterwards `out` has the logits of the next one.
   * @param {number} level as many as there are levels: what stands before a recording
   * @param {boolean} predicts false where the logits are not needed
   */
  push(level, predicts = true) {
    const { net, state, products, input } = this,
      { width, table, recurrentBias: bias } = net,
      row = level * 3 * width;
    net.recurrent.multiply(state, products);
    for (let i = 0, j = width, k = 2 * width; i < width; i++, j++, k++) {
      const r = sigmoid(table[row + i] + input[i] + products[i] + bias[i]);
      const z = sigmoid(table[row + j] + input[j] + products[j] + bias[j]);
      const n = tanh(table[row + k] + input[k] + r * (products[k] + bias[k]));
      state[i] = n + z * (state[i] - n);
    }
    this.last = level;
    if (predicts) this.predict();
  }

  predict() {
    const { net, state, h, out, products } = this;
    net.toHidden.multiply(state, products);
    for (let i = 0; i < h.length; i++) h[i] = Math.max(0, products[i] + net.hiddenBias[i]);
    net.toLevels.multiply(h, products);
    for (let i = 0; i < out.length; i++) out[i] = products[i] + net.outBias[i];
  }
}
