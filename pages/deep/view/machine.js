// A machine of layers of binary units, computed in the browser: beliefs by mean field, their bound, Gibbs sampling.
//
// A state is a list of layers, the visibles first, and the group of classes last where there is one; values are beliefs
// or draws. In a deep Boltzmann machine a layer depends on both its neighbours. In a belief net the way down is the
// model, and inference is one pass up, without anything from above (core/models/capabilities.py: Connections).

import { sigmoid } from "../../shared/view/probability.js";
import { RowSums } from "./row_sums.js";

/**
 * @typedef {import("../../shared/view/types.d.ts").Floats} Floats
 * @typedef {import("./types.d.ts").ConnectionData} ConnectionData
 * @typedef {import("./types.d.ts").Layers} Layers
 * @typedef {import("./types.d.ts").Options} Options
 */

/** @param {number} x log(1 + exp x) */
const softplus = x => (x > 30 ? x : Math.log1p(Math.exp(x)));

/** The weights between a layer and the one above it. */
export class Connection {
  /** @param {ConnectionData} data */
  constructor({ weight, below, above, up, down, undirected }) {
    this.weight = weight; // (below, above), row by row
    this.below = below;
    this.above = above;
    this.up = up;
    this.down = down;
    this.undirected = undirected;
    const transposed = new Float32Array(weight.length); // (above, below): sums run along rows either way
    for (let i = 0; i < below; i++) for (let j = 0; j < above; j++) transposed[j * below + i] = weight[i * above + j];
    this.upSums = new RowSums(weight, below, above);
    this.downSums = new RowSums(transposed, above, below);
  }

  /** Add u W to the input of the layer above. @param {Floats} input @param {Floats} u */
  addUp(input, u) {
    const sum = this.upSums.of(u);
    for (let i = 0; i < input.length; i++) input[i] += sum[i];
  }

  /** Add W u to the input of the layer below. @param {Floats} input @param {Floats} u @param {number} [scale] */
  addDown(input, u, scale = 1) {
    const sum = this.downSums.of(u);
    for (let i = 0; i < input.length; i++) input[i] += scale * sum[i];
  }
}

export class LayeredMachine {
  /**
   * @param {ConnectionData[]} connections from the visibles up
   * @param {ConnectionData | null} classes of the top layer with the classes
   */
  constructor(connections, classes) {
    this.connections = connections.map(data => new Connection(data));
    this.classes = classes && new Connection(classes);
    this.top = connections.length;
    this.sizes = [connections[0].below, ...connections.map(({ above }) => above), ...(classes ? [classes.above] : [])];
    /** Whether every layer depends on both its neighbours. */
    this.undirected = connections.every(({ undirected }) => undirected);
  }

  /** Numbers of the hidden layers. */
  get hidden() {
    return this.connections.map((_, i) => i + 1);
  }

  /** @returns {Layers} all beliefs one half, classes alike */
  blank() {
    return this.sizes.map((n, layer) => new Float32Array(n).fill(this.isClasses(layer) ? 1 / n : 0.5));
  }

  /** @param {number} layer */
  isClasses(layer) {
    return layer > this.top;
  }

  /** @param {number} layer its connection with the layer below it */
  under(layer) {
    return this.isClasses(layer) ? /** @type {Connection} */ (this.classes) : this.connections[layer - 1];
  }

  /** @param {number} layer @returns {Connection | null} its connection with the layer above it */
  over(layer) {
    return layer < this.top ? this.connections[layer] : layer === this.top ? this.classes : null;
  }

  /**
   * Total input of a layer's units. `feedback` scales what comes to hidden layers from above.
   * @param {Layers} layers
   * @param {number} layer
   * @param {number} [feedback]
   */
  input(layers, layer, feedback = 1) {
    const over = this.over(layer);
    if (layer === 0) return this.inputFromAbove(layers, 0);
    const under = this.under(layer);
    const input = under.up.slice();
    under.addUp(input, layers[layer - 1]);
    // below the top of a belief net, the way up is only an approximate inverse: no input comes from above
    if (over && (this.undirected || layer === this.top) && feedback !== 0)
      over.addDown(input, layers[layer + 1], feedback);
    return input;
  }

  /** A layer's input from above alone, as on a belief net's way down. @param {Layers} layers @param {number} layer */
  inputFromAbove(layers, layer) {
    const over = /** @type {Connection} */ (this.over(layer));
    const input = over.down.slice();
    over.addDown(input, layers[layer + 1]);
    return input;
  }

  /** Means of a layer's units given their input, in its place. @param {number} layer @param {Floats} input */
  meanOf(layer, input) {
    if (this.isClasses(layer)) return softmax(input);
    for (let i = 0; i < input.length; i++) input[i] = sigmoid(input[i]);
    return input;
  }

  /** @param {Layers} layers @param {number} layer @param {number} [feedback] */
  mean(layers, layer, feedback = 1) {
    return this.meanOf(layer, this.input(layers, layer, feedback));
  }

  // -- beliefs --------------------------------------------------------------------------------------

  /**
   * One pass of mean field over the hidden layers, from the bottom; then over missing visibles.
   * @param {Layers} layers are changed
   * @param {Options} [options]
   * @returns {number} the largest change of a belief
   */
  meanFieldPass(layers, { feedback = 1, missing = null, clampedLayers = [], clampedUnit = null } = {}) {
    let residual = 0;
    const order = [...this.sizes.keys()].slice(1).filter(layer => !clampedLayers.includes(layer));
    if (missing?.some(Boolean)) order.push(0);
    for (const layer of order) {
      const belief = this.mean(layers, layer, layer === 0 ? 1 : feedback);
      if (layer === 0) for (let i = 0; i < belief.length; i++) if (!missing?.[i]) belief[i] = layers[0][i];
      if (clampedUnit?.layer === layer) belief[clampedUnit.unit] = clampedUnit.value;
      for (let i = 0; i < belief.length; i++) residual = Math.max(residual, Math.abs(belief[i] - layers[layer][i]));
      layers[layer].set(belief);
    }
    return residual;
  }

  /**
   * One pass up without input from above: all the inference that a belief net has.
   * @param {Float32Array} visible
   * @returns {Layers}
   */
  recognise(visible) {
    const layers = this.blank();
    layers[0].set(visible);
    if (this.classes && !this.undirected) layers[this.top + 1].set(this.classify(layers[0]));
    for (const layer of this.hidden) layers[layer].set(this.mean(layers, layer, this.undirected ? 0 : 1));
    if (this.classes && this.undirected) layers[this.top + 1].set(this.mean(layers, this.top + 1));
    return layers;
  }

  /**
   * p(class | the layer below the top) of a belief net, exact over the classes.
   * @param {Float32Array} visible
   */
  classify(visible) {
    const classes = /** @type {Connection} */ (this.classes);
    const layers = this.blank();
    layers[0].set(visible);
    for (let layer = 1; layer < this.top; layer++) layers[layer].set(this.mean(layers, layer));
    const under = this.under(this.top);
    const input = Float32Array.from(under.up);
    under.addUp(input, layers[this.top - 1]);
    const logits = classes.up.map((bias, c) => {
      let sum = bias;
      for (let j = 0; j < input.length; j++) sum += softplus(input[j] + classes.weight[j * classes.above + c]);
      return sum;
    });
    return softmax(logits);
  }

  /** Visible means that one pass down gives. @param {Layers} layers @param {number} [from] layer where it begins */
  reconstruct(layers, from = this.undirected ? 1 : this.top) {
    const down = [...layers];
    for (let layer = from - 1; layer >= 0; layer--) down[layer] = this.meanOf(layer, this.inputFromAbove(down, layer));
    return down[0];
  }

  /**
   * The lower bound on log p(visibles) of beliefs, all but -log Z: -energy + entropy, in nats.
   * @param {Layers} layers
   * @param {Options} [options] `missing` visibles have an entropy too
   */
  bound(layers, { missing = null } = {}) {
    let total = -this.energy(layers);
    layers.forEach((u, layer) => {
      for (let i = 0; i < u.length; i++)
        if (layer > 0 || missing?.[i])
          total += this.isClasses(layer) ? entropy(u[i]) : entropy(u[i]) + entropy(1 - u[i]);
    });
    return total;
  }

  /** Of an undirected machine's state; of beliefs their mean energy. @param {Layers} layers */
  energy(layers) {
    let total = 0;
    layers.forEach((u, layer) => {
      const bias = layer === 0 ? this.connections[0].down : this.under(layer).up;
      const input = Float32Array.from(bias);
      if (layer > 0) this.under(layer).addUp(input, layers[layer - 1]);
      for (let i = 0; i < u.length; i++) total -= u[i] * input[i];
    });
    return total;
  }

  // -- draws ----------------------------------------------------------------------------------------

  /**
   * Half a step of Gibbs sampling. Undirected: all odd layers given the even ones, or the reverse. Belief net: its top
   * layer, or the layer below that and from there one pass down. Where pixels are clamped, they reach its top machine
   * by inference, the pass up.
   * @param {Layers} layers are changed
   * @param {0 | 1} odd
   * @param {() => number} random
   * @param {Options} [options]
   */
  halfStep(layers, odd, random, options = {}) {
    if (this.undirected) {
      for (let layer = odd; layer < layers.length; layer += 2) this.draw(layers, layer, random, options);
      return;
    }
    const { top } = this;
    if (odd) return this.draw(layers, top, random, options);
    if (this.classes) this.draw(layers, top + 1, random, options);
    for (let layer = top - 1; layer >= 0; layer--) this.draw(layers, layer, random, options, true);
    if (options.clampedPixels) for (let layer = 1; layer < top; layer++) this.draw(layers, layer, random, options);
  }

  /**
   * Draw a layer anew, but for what is clamped.
   * @param {Layers} layers
   * @param {number} layer
   * @param {() => number} random
   * @param {Options} options
   * @param {boolean} [above] whether only what is above counts
   */
  draw(
    layers,
    layer,
    random,
    { clampedLayers = [], clampedPixels = null, ablated = null, clampedUnit = null, temperature = 1 },
    above = false,
  ) {
    if (clampedLayers.includes(layer)) return;
    const u = layers[layer];
    const input = above ? this.inputFromAbove(layers, layer) : this.input(layers, layer);
    if (temperature !== 1) for (let i = 0; i < input.length; i++) input[i] /= temperature;
    if (this.isClasses(layer)) {
      const chosen = drawOne(softmax(input), random);
      for (let i = 0; i < u.length; i++) u[i] = Number(i === chosen);
      return;
    }
    for (let i = 0; i < u.length; i++) u[i] = random() < sigmoid(input[i]) ? 1 : 0;
    if (layer === 0 && clampedPixels)
      for (let i = 0; i < u.length; i++) if (clampedPixels.mask[i]) u[i] = clampedPixels.values[i];
    for (const unit of ablated?.[layer] ?? []) u[unit] = 0;
    if (clampedUnit?.layer === layer) u[clampedUnit.unit] = clampedUnit.value;
  }

  /** A state without any pattern. @param {() => number} random @returns {Layers} */
  noise(random) {
    return this.sizes.map((n, layer) => {
      if (!this.isClasses(layer)) return Float32Array.from({ length: n }, () => Number(random() < 0.5));
      const chosen = Math.floor(random() * n);
      return Float32Array.from({ length: n }, (_, i) => Number(i === chosen));
    });
  }

  // -- units ----------------------------------------------------------------------------------------

  /**
   * What a unit stands for in the layer `to` below it: its weights, times those of the layers between.
   * @param {number} layer
   * @param {number} unit
   * @param {number} [to]
   */
  field(layer, unit, to = 0) {
    let u = new Float32Array(this.sizes[layer]);
    u[unit] = 1;
    for (let at = layer; at > to; at--) {
      const below = new Float32Array(this.sizes[at - 1]);
      this.under(at).addDown(below, u);
      u = below;
    }
    return u;
  }
}

/** @param {Floats} logits are replaced by their probabilities */
function softmax(logits) {
  const most = Math.max(...logits);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += logits[i] = Math.exp(logits[i] - most);
  for (let i = 0; i < logits.length; i++) logits[i] /= sum;
  return logits;
}

/** @param {Float32Array} probabilities @param {() => number} random */
function drawOne(probabilities, random) {
  let left = random();
  for (let i = 0; i < probabilities.length; i++) {
    left -= probabilities[i];
    if (left < 0) return i;
  }
  return probabilities.length - 1;
}

/** @param {number} p */
const entropy = p => (p > 0 ? -p * Math.log(p) : 0);
