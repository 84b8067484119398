// The RBM's weights in the browser: receptive fields and one chain's hidden probabilities without a round trip.

/** @typedef {import("../../shared/view/types.d.ts").Floats} Floats */

export class RbmWeights {
  /**
   * @param {string} id of the model
   * @param {Record<string, import("../../shared/view/types.d.ts").Plane<Floats>>} planes as the route `weights` sends them
   */
  constructor(id, planes) {
    this.id = id;
    this.W = planes.W.data; // (D, H), row by row
    this.D = planes.W.shape[0];
    this.H = planes.W.shape[1];
    this.bias = planes.hidden_bias.data;
    this.spread = planes.spread.data;
    this.shift = planes.shift.data;
    this.scale = planes.scale.data;
    /** Share of the training examples on which each unit is active. */
    this.use = planes.use.data;
    const norms = this.columnNorms();
    this.orders = { use: byValue(this.use), norm: byValue(norms), index: Array.from(norms, (_, j) => j) };
  }

  columnNorms() {
    const norms = new Float32Array(this.H);
    for (let i = 0; i < this.D; i++) for (let j = 0; j < this.H; j++) norms[j] += this.W[i * this.H + j] ** 2;
    return norms.map(Math.sqrt);
  }

  /** Grey levels of one visible layer, in the units that drive the hidden layer. @param {ArrayLike<number>} grey */
  standardise(grey) {
    const out = new Float32Array(this.D);
    for (let i = 0; i < this.D; i++) out[i] = (grey[i] / 255 - this.shift[i]) / this.scale[i] / this.spread[i];
    return out;
  }

  /** x(v) = b + v W for every hidden unit. @param {ArrayLike<number>} v */
  hiddenInput(v) {
    const x = Float32Array.from(this.bias);
    const { W, H } = this;
    for (let i = 0; i < this.D; i++) {
      const vi = v[i];
      if (vi !== 0) for (let j = 0, at = i * H; j < H; j++) x[j] += vi * W[at + j];
    }
    return x;
  }

  /** The weights of hidden unit j: its receptive field. @param {number} j */
  field(j) {
    const out = new Float32Array(this.D);
    for (let i = 0; i < this.D; i++) out[i] = this.W[i * this.H + j];
    return out;
  }

  /** Hidden units in an order. @param {import("./types.d.ts").UnitOrder} by */
  order(by) {
    return this.orders[by];
  }
}

/** @param {ArrayLike<number>} values @returns {number[]} their indices, of the largest first */
function byValue(values) {
  return Array.from(values, (_, j) => j).sort((a, b) => values[b] - values[a]);
}
