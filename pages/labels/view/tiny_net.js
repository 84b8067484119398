// A convolutional net small enough to be looked at number by number, with its gradients.
//
//     image 8 x 8 -> 2 filters of 3 x 3 -> ReLU -> maximum of 2 x 2 -> dense -> softmax -> cross-entropy

/** @typedef {import("./types.d.ts").Activations} Activations */
/** @typedef {import("./types.d.ts").Gradients} Gradients */

export const SIDE = 8, // of the image
  FILTERS = 2,
  SIZE = 3, // side of a filter
  MAP = SIDE - SIZE + 1,
  POOL = 2,
  POOLED = MAP / POOL,
  UNITS = FILTERS * POOLED * POOLED; // that the dense layer sees

/** @param {number} k @param {number} i @param {number} j place in the maps */
export const inMap = (k, i, j) => (k * MAP + i) * MAP + j;

/** Numbers in groups of so many, each group less its mean. @param {Float64Array<ArrayBuffer>} values @param {number} size */
function centred(values, size) {
  for (let i = 0; i < values.length; i += size) {
    const group = values.subarray(i, i + size),
      mean = group.reduce((a, b) => a + b) / size;
    for (let j = 0; j < size; j++) group[j] -= mean;
  }
  return values;
}

export class TinyNet {
  /** @param {number} classes @param {() => number} random draws from 0 to 1 */
  constructor(classes, random) {
    this.classes = classes;
    /** @param {number} n @param {number} inputs @returns {Float64Array<ArrayBuffer>} He et al. 2015, uniform */
    const drawn = (n, inputs) => Float64Array.from({ length: n }, () => Math.sqrt(6 / inputs) * (2 * random() - 1));
    // with mean 0: where pixels are positive, a filter with a negative mean would let nothing through ReLU
    this.filters = centred(drawn(FILTERS * SIZE * SIZE, SIZE * SIZE), SIZE * SIZE);
    this.filterBias = new Float64Array(FILTERS);
    this.weight = drawn(UNITS * classes, UNITS); // (units, classes)
    this.bias = new Float64Array(classes);
  }

  /** @param {ArrayLike<number>} x (8, 8) @param {number} label @returns {Activations} */
  forward(x, label) {
    const { bias, classes, filterBias, filters, weight } = this;
    const conv = new Float64Array(FILTERS * MAP * MAP);
    for (let k = 0; k < FILTERS; k++)
      for (let i = 0; i < MAP; i++)
        for (let j = 0; j < MAP; j++) {
          let sum = filterBias[k];
          for (let a = 0; a < SIZE; a++)
            for (let b = 0; b < SIZE; b++) sum += filters[(k * SIZE + a) * SIZE + b] * x[(i + a) * SIDE + j + b];
          conv[inMap(k, i, j)] = sum;
        }
    const relu = conv.map(value => Math.max(0, value));
    const pool = new Float64Array(UNITS);
    const winner = new Int32Array(UNITS); // the place of the maximum in the maps
    for (let u = 0; u < UNITS; u++) {
      winner[u] = blockOf(u).reduce((best, at) => (relu[at] > relu[best] ? at : best));
      pool[u] = relu[winner[u]];
    }
    const logits = Float64Array.from(bias);
    for (let u = 0; u < UNITS; u++) for (let c = 0; c < classes; c++) logits[c] += pool[u] * weight[u * classes + c];
    const most = Math.max(...logits);
    const exps = logits.map(z => Math.exp(z - most));
    const sum = exps.reduce((a, b) => a + b);
    const probs = exps.map(e => e / sum);
    const loss = Math.log(sum) + most - logits[label];
    return { x: Float64Array.from(x), label, conv, relu, pool, winner, logits, probs, loss };
  }

  /** Of the loss, with respect to everything. @param {Activations} activations @returns {Gradients} */
  backward({ x, label, conv, pool, winner, probs }) {
    const { classes, weight } = this;
    const logits = probs.map((p, c) => p - Number(c === label));
    const weightGradient = new Float64Array(weight.length);
    const poolGradient = new Float64Array(UNITS);
    const convGradient = new Float64Array(conv.length);
    for (let u = 0; u < UNITS; u++) {
      for (let c = 0; c < classes; c++) {
        weightGradient[u * classes + c] = pool[u] * logits[c];
        poolGradient[u] += weight[u * classes + c] * logits[c];
      }
      // only the largest of a block counts, and of that what ReLU lets through
      if (conv[winner[u]] > 0) convGradient[winner[u]] += poolGradient[u];
    }
    const filters = new Float64Array(this.filters.length);
    const filterBias = new Float64Array(FILTERS);
    for (let k = 0; k < FILTERS; k++)
      for (let i = 0; i < MAP; i++)
        for (let j = 0; j < MAP; j++) {
          const delta = convGradient[inMap(k, i, j)];
          filterBias[k] += delta;
          for (let a = 0; a < SIZE; a++)
            for (let b = 0; b < SIZE; b++) filters[(k * SIZE + a) * SIZE + b] += delta * x[(i + a) * SIDE + j + b];
        }
    return {
      logits,
      weight: weightGradient,
      bias: logits.slice(),
      pool: poolGradient,
      conv: convGradient,
      filters,
      filterBias,
    };
  }

  /** Go down a gradient. @param {Gradients} gradients @param {number} lr */
  update(gradients, lr) {
    for (const name of /** @type {const} */ (["filters", "filterBias", "weight", "bias"]))
      for (let i = 0; i < this[name].length; i++) this[name][i] -= lr * gradients[name][i];
  }

  /** One step on the mean loss of some examples. @param {{ x: ArrayLike<number>, label: number }[]} examples @param {number} lr */
  learn(examples, lr) {
    const all = examples.map(({ x, label }) => this.backward(this.forward(x, label)));
    for (const gradients of all) this.update(gradients, lr / all.length);
  }
}

/** Places of a pooling block in the maps. @param {number} unit */
export function blockOf(unit) {
  const k = Math.floor(unit / (POOLED * POOLED)),
    row = Math.floor((unit % (POOLED * POOLED)) / POOLED) * POOL,
    column = (unit % POOLED) * POOL;
  return [0, 1, 2, 3].map(at => inMap(k, row + Math.floor(at / POOL), column + (at % POOL)));
}

/**
 * An image at 8 x 8 pixels, from 0 to 1: the means of its parts.
 * @param {ArrayLike<number>} grey bytes
 * @param {{ width: number, height: number }} image
 */
export function reduced(grey, { width, height }) {
  return Float64Array.from({ length: SIDE * SIDE }, (_, at) => {
    const [row, column] = [Math.floor(at / SIDE), at % SIDE];
    const top = Math.floor((row * height) / SIDE),
      bottom = Math.max(top + 1, Math.floor(((row + 1) * height) / SIDE));
    const left = Math.floor((column * width) / SIDE),
      right = Math.max(left + 1, Math.floor(((column + 1) * width) / SIDE));
    let sum = 0;
    for (let i = top; i < bottom; i++) for (let j = left; j < right; j++) sum += grey[i * width + j];
    return sum / (bottom - top) / (right - left) / 255;
  });
}
