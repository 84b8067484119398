// A dense net with ReLU and softmax, its gradients, and Adam: for batches, as matrices in plain arrays.

/** @typedef {import("../../shared/view/types.d.ts").Floats} Floats */
/** @typedef {import("./types.d.ts").DenseLayer} DenseLayer */

export const BATCH = 32; // examples at once, at most

export class Mlp {
  /**
   * @param {number[]} sizes numbers of units, from the input up
   * @param {() => number} random uniform draws
   */
  constructor(sizes, random) {
    this.sizes = sizes;
    /** @type {DenseLayer[]} weights (inputs, outputs) by He et al. 2015, uniform */
    this.layers = sizes.slice(1).map((outputs, l) => {
      const inputs = sizes[l];
      const wide = Math.sqrt(6 / inputs);
      const weight = Float32Array.from({ length: inputs * outputs }, () => wide * (2 * random() - 1));
      return { inputs, outputs, weight, bias: new Float32Array(outputs) };
    });
    /** @type {DenseLayer[]} of the mean loss of the last batch */
    this.gradients = this.layers.map(one => ({
      ...one,
      weight: new Float32Array(one.weight.length),
      bias: new Float32Array(one.bias.length),
    }));
    const room = () => sizes.map(size => new Float32Array(BATCH * size));
    this.units = room(); // (examples, units) of the last batch
    this.deltas = room(); // gradients of its loss with respect to them
  }

  get weights() {
    return this.layers.reduce((sum, { weight, bias }) => sum + weight.length + bias.length, 0);
  }

  /**
   * @param {Floats[]} rows inputs, at most `BATCH`
   * @param {number} dropout probability with which a hidden unit is left out; the others grow to make up for it
   * @param {() => number} random draws which
   * @returns {Floats} logits (examples, classes), valid until the next call
   */
  forward(rows, dropout = 0, random = Math.random) {
    const { layers, units } = this;
    const grown = 1 / (1 - dropout);
    rows.forEach((row, r) => {
      units[0].set(row, r * row.length);
    });
    for (let l = 0; l < layers.length; l++) {
      const { inputs, outputs, weight, bias } = layers[l];
      const to = units[l + 1];
      for (let r = 0; r < rows.length; r++) to.set(bias, r * outputs);
      addProduct(units[l], weight, to, rows.length, inputs, outputs);
      if (l === layers.length - 1) break;
      for (let i = 0; i < rows.length * outputs; i++)
        to[i] = to[i] <= 0 || (dropout > 0 && random() < dropout) ? 0 : to[i] * grown;
    }
    return units[layers.length];
  }

  /** Gradients of the mean cross-entropy of the last batch. @param {number[]} labels @param {number} dropout as in `forward` */
  backward(labels, dropout = 0) {
    const { deltas, gradients, layers, units } = this;
    const grown = 1 / (1 - dropout);
    const n = labels.length;
    const last = layers.length;
    const classes = this.sizes[last];
    labels.forEach((label, r) => {
      const { best, sum } = judged(units[last], r * classes, classes, label);
      const most = units[last][r * classes + best];
      for (let c = 0; c < classes; c++) {
        const at = r * classes + c;
        deltas[last][at] = (Math.exp(units[last][at] - most) / sum - Number(c === label)) / n;
      }
    });
    for (let l = last - 1; l >= 0; l--) {
      const { inputs, outputs, weight } = layers[l];
      const { weight: weightGradient, bias: biasGradient } = gradients[l];
      const delta = deltas[l + 1];
      biasGradient.fill(0);
      for (let r = 0; r < n; r++) for (let o = 0; o < outputs; o++) biasGradient[o] += delta[r * outputs + o];
      weightGradient.fill(0);
      addTransposedProduct(units[l], delta, weightGradient, n, inputs, outputs);
      if (l > 0) backProduct(delta, weight, units[l], deltas[l], n, inputs, outputs, grown);
    }
  }
}

// Four rows at a time: half the reading and writing of one at a time.

/**
 * C += A B.
 * @param {Floats} a (n, k)
 * @param {Floats} b (k, m)
 * @param {Floats} c (n, m)
 * @param {number} n
 * @param {number} k
 * @param {number} m
 */
function addProduct(a, b, c, n, k, m) {
  for (let r = 0; r < n; r++) {
    const to = r * m;
    let p = 0;
    for (; p + 3 < k; p += 4) {
      const at = r * k + p;
      const a0 = a[at],
        a1 = a[at + 1],
        a2 = a[at + 2],
        a3 = a[at + 3];
      if (a0 === 0 && a1 === 0 && a2 === 0 && a3 === 0) continue; // idle units
      const b0 = p * m,
        b1 = b0 + m,
        b2 = b1 + m,
        b3 = b2 + m;
      for (let o = 0; o < m; o++) c[to + o] += a0 * b[b0 + o] + a1 * b[b1 + o] + a2 * b[b2 + o] + a3 * b[b3 + o];
    }
    for (; p < k; p++) for (let o = 0; o < m; o++) c[to + o] += a[r * k + p] * b[p * m + o];
  }
}

/**
 * C += A^T B.
 * @param {Floats} a (n, k)
 * @param {Floats} b (n, m)
 * @param {Floats} c (k, m)
 * @param {number} n
 * @param {number} k
 * @param {number} m
 */
function addTransposedProduct(a, b, c, n, k, m) {
  let r = 0;
  for (; r + 3 < n; r += 4) {
    const b0 = r * m,
      b1 = b0 + m,
      b2 = b1 + m,
      b3 = b2 + m;
    for (let p = 0; p < k; p++) {
      const at = r * k + p;
      const a0 = a[at],
        a1 = a[at + k],
        a2 = a[at + 2 * k],
        a3 = a[at + 3 * k];
      if (a0 === 0 && a1 === 0 && a2 === 0 && a3 === 0) continue;
      const to = p * m;
      for (let o = 0; o < m; o++) c[to + o] += a0 * b[b0 + o] + a1 * b[b1 + o] + a2 * b[b2 + o] + a3 * b[b3 + o];
    }
  }
  for (; r < n; r++)
    for (let p = 0; p < k; p++) for (let o = 0; o < m; o++) c[p * m + o] += a[r * k + p] * b[r * m + o];
}

/**
 * Deltas of the layer below, D W^T where its units are on, 0 where ReLU or dropout let nothing through.
 * @param {Floats} delta (n, m)
 * @param {Floats} weight (k, m)
 * @param {Floats} units (n, k)
 * @param {Floats} below (n, k)
 * @param {number} n
 * @param {number} k
 * @param {number} m
 * @param {number} grown by what units that were kept had been multiplied
 */
function backProduct(delta, weight, units, below, n, k, m, grown) {
  for (let r = 0; r < n; r++)
    for (let p = 0; p < k; p++) {
      const at = r * k + p;
      let even = 0,
        odd = 0;
      if (units[at] > 0) {
        const from = r * m,
          w = p * m;
        let o = 0;
        for (; o + 1 < m; o += 2) {
          even += delta[from + o] * weight[w + o];
          odd += delta[from + o + 1] * weight[w + o + 1];
        }
        if (o < m) even += delta[from + o] * weight[w + o];
      }
      below[at] = (even + odd) * grown;
    }
}

/**
 * The loss of an example, its likeliest class, and the sum of exp(logit - largest logit).
 * @param {Floats} logits of a batch
 * @param {number} from where the example's begin
 * @param {number} classes
 * @param {number} label
 */
export function judged(logits, from, classes, label) {
  let best = 0,
    sum = 0;
  for (let c = 1; c < classes; c++) if (logits[from + c] > logits[from + best]) best = c;
  for (let c = 0; c < classes; c++) sum += Math.exp(logits[from + c] - logits[from + best]);
  return { loss: Math.log(sum) + logits[from + best] - logits[from + label], best, sum };
}

const FIRST = 0.9,
  SECOND = 0.999,
  TINY = 1e-8;

/** Adam (Kingma & Ba 2015) with weight decay of its own (AdamW; Loshchilov & Hutter 2019), which leaves biases alone. */
export class Adam {
  /** @param {Mlp} net @param {{ rate: number, decay: number }} settings */
  constructor(net, { rate, decay }) {
    this.rate = rate;
    this.steps = 0;
    this.parts = net.layers.flatMap((layer, l) =>
      /** @type {const} */ (["weight", "bias"]).map(name => ({
        values: layer[name],
        gradient: net.gradients[l][name],
        first: new Float32Array(layer[name].length),
        second: new Float32Array(layer[name].length),
        kept: name === "weight" ? 1 - rate * decay : 1,
      })),
    );
  }

  /** One step down the net's gradients. */
  step() {
    this.steps++;
    const rate = this.rate / (1 - FIRST ** this.steps);
    const root = 1 / Math.sqrt(1 - SECOND ** this.steps);
    for (const { values, gradient, first, second, kept } of this.parts)
      for (let i = 0; i < values.length; i++) {
        const g = gradient[i];
        first[i] = FIRST * first[i] + (1 - FIRST) * g;
        second[i] = SECOND * second[i] + (1 - SECOND) * g * g;
        values[i] = kept * values[i] - (rate * first[i]) / (Math.sqrt(second[i]) * root + TINY);
      }
  }
}
