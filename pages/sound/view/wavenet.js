// A WaveNet sample by sample (van den Oord et al. 2016): every layer keeps its last inputs in a queue as long as its
// dilation, so that a sample costs one step a layer (Paine et al. 2016).

import { Matrix, tanh, withCondition } from "./matrix.js";

/** @typedef {import("../../shared/view/types.d.ts").Floats} Floats */
/** @typedef {import("../../shared/view/types.d.ts").Plane<Floats>} Plane */
/**
 * The network as the route `weights` sends it: K layers of C channels, S of the skip connections, L levels.
 * @typedef {object} Weights
 * @property {number[]} dilations of the layers, from below
 * @property {Record<string, Plane>} planes past, now (L + 1, C): what the last two samples give to the first layer, the
 *   last row what stands before a recording; gate (K, 2C, 2C) of the earlier input and this one, gate_bias (K, 2C);
 *   residual (K, C, C), residual_bias (K, C); skip (K, S, C); hidden (S, S), hidden_bias (S,); out (L, S), out_bias (L,);
 *   where it is conditioned on them, of_class and of_speaker (n, K, 2C), which are added in the gates
 */
/** @typedef {import("./networks.js").Condition} Condition */

export class WaveNet {
  /** @param {Weights} weights */
  constructor({ dilations, planes }) {
    const [layers, skips, c] = planes.skip.shape,
      levels = planes.out.shape[0];
    this.dilations = dilations;
    this.levels = levels;
    this.channels = c;
    this.skips = skips;
    /** @param {string} name @param {number} rows @param {number} n @returns {Matrix[]} */
    const ofLayers = (name, rows, n) =>
      Array.from({ length: layers }, (_, k) => new Matrix(planes[name].data, k * rows * n, rows, n));
    this.past = planes.past.data;
    this.now = planes.now.data;
    this.gates = ofLayers("gate", 2 * c, 2 * c);
    this.gateBias = planes.gate_bias.data;
    this.ofClass = planes.of_class;
    this.ofSpeaker = planes.of_speaker;
    this.residuals = ofLayers("residual", c, c);
    this.residualBias = planes.residual_bias.data;
    this.toSkips = ofLayers("skip", skips, c);
    this.hidden = new Matrix(planes.hidden.data, 0, skips, skips);
    this.hiddenBias = planes.hidden_bias.data;
    this.toLevels = new Matrix(planes.out.data, 0, levels, skips);
    this.outBias = planes.out_bias.data;
  }

  /** Samples that a prediction looks back on. */
  get receptiveField() {
    return 2 + this.dilations.reduce((sum, d) => sum + d, 0);
  }

  /** @param {Condition} condition */
  stream(condition) {
    return new WaveNetStream(this, condition);
  }
}

/**
 * Multiplications of one sample: with queues, and where the convolutions run over its receptive field anew.
 * @param {{ channels: number, skips: number, levels: number, dilations: number[] }} net
 */
export function multiplicationsOf({ channels: c, skips: s, levels, dilations }) {
  const gate = 4 * c * c,
    head = s * s + s * levels;
  let naive = head,
    nodes = 1; // of this layer's outputs that the prediction needs
  for (const dilation of dilations.toReversed()) {
    naive += nodes * (gate + c * c) + s * c; // only the last output has a skip that counts
    nodes += dilation;
  }
  return { cached: dilations.length * (gate + (c + s) * c) + head, naive };
}

/** A WaveNet on its way through a sound. */
export class WaveNetStream {
  /**
   * @param {WaveNet} net
   * @param {Condition} condition
   */
  constructor(net, condition) {
    const { channels, skips, dilations, levels } = net;
    this.net = net;
    this.last = levels; // the sample before the one that is heard next
    this.t = 0; // samples that it has heard, with what stands before a recording
    this.queues = dilations.map(dilation => new Float32Array(dilation * channels));
    this.x = new Float32Array(channels);
    this.both = new Float32Array(2 * channels); // a layer's earlier input, and this one
    this.z = new Float32Array(channels);
    this.skip = new Float32Array(skips);
    this.h = new Float32Array(skips);
    this.products = new Float32Array(4 * Math.ceil(Math.max(2 * channels, skips, levels) / 4)); // of one matrix at a time
    this.out = new Float32Array(levels); // logits
    this.bias = withCondition(net.gateBias, net.ofClass, net.ofSpeaker, condition);
    this.muted = dilations.map(dilation => condition.muted.includes(dilation));
  }

  /**
   * Hear a sample. Afterwards `out` has the logits of the next one.
   * @param {number} level as many as there are levels: what stands before a recording
   * @param {boolean} predicts false where the logits are not needed
   */
  push(level, predicts = true) {
    const { net, x, both, z, skip, queues, bias, muted, products } = this,
      { channels: c, skips: s, dilations, residualBias } = net;
    this.input(level);
    if (predicts) skip.fill(0);
    for (let layer = 0; layer < dilations.length; layer++) {
      if (muted[layer]) continue;
      const queue = queues[layer],
        place = (this.t % dilations[layer]) * c;
      for (let i = 0; i < c; i++) {
        both[i] = queue[place + i];
        both[c + i] = queue[place + i] = x[i];
      }
      net.gates[layer].multiply(both, products);
      const gate = layer * 2 * c;
      for (let i = 0; i < c; i++)
        z[i] = tanh(products[i] + bias[gate + i]) * (0.5 + 0.5 * tanh(0.5 * (products[c + i] + bias[gate + c + i])));
      net.residuals[layer].multiply(z, products);
      for (let i = 0; i < c; i++) x[i] += products[i] + residualBias[layer * c + i];
      if (!predicts) continue;
      net.toSkips[layer].multiply(z, products);
      for (let i = 0; i < s; i++) skip[i] += products[i];
    }
    this.t++;
    if (predicts) this.predict();
  }

  /** What the last two samples give to the first layer. @param {number} level */
  input(level) {
    const { net, x, last } = this,
      { channels: c, past, now } = net;
    for (let i = 0; i < c; i++) x[i] = past[last * c + i] + now[level * c + i];
    this.last = level;
  }

  /** The logits of the next sample from the skips. */
  predict() {
    const { net, skip, h, out, products } = this,
      { skips, levels } = net;
    for (let i = 0; i < skips; i++) skip[i] = Math.max(0, skip[i]);
    net.hidden.multiply(skip, products);
    for (let i = 0; i < skips; i++) h[i] = Math.max(0, products[i] + net.hiddenBias[i]);
    net.toLevels.multiply(h, products);
    for (let i = 0; i < levels; i++) out[i] = products[i] + net.outBias[i];
  }
}
