// Linear prediction: a sample is a weighted sum of those just before it, and a residual about as large as the last ones.

/** @typedef {import("../../shared/view/types.d.ts").Floats} Floats */
/** @typedef {import("../../shared/view/types.d.ts").Plane<Floats>} Plane */

/** log(1 + e^x) @param {number} x */
const softplus = x => Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x)));

export class LinearPredictor {
  /**
   * @param {{ planes: Record<string, Plane> }} weights coefficients (order,), that of the last sample first; amplitudes
   *   (L,) and edges (L - 1,) of the levels; scales: the least one, what is added of a residual, what is kept, that of the
   *   first sample; factors and shares (J,) of the logistic distributions that a residual's is a mixture of
   */
  constructor({ planes }) {
    this.levels = planes.amplitudes.shape[0];
    this.coefficients = planes.coefficients.data;
    this.amplitudes = planes.amplitudes.data;
    this.edges = planes.edges.data;
    this.scales = planes.scales.data;
    this.factors = planes.factors.data;
    this.shares = planes.shares.data;
  }

  /** The scale remembers all residuals, though less and less. */
  get receptiveField() {
    return Number.POSITIVE_INFINITY;
  }

  stream() {
    return new LinearStream(this);
  }
}

class LinearStream {
  /** @param {LinearPredictor} net */
  constructor(net) {
    this.net = net;
    this.last = net.levels;
    this.past = new Float32Array(net.coefficients.length); // the last sample first
    this.mean = 0;
    this.scale = net.scales[3];
    this.out = new Float32Array(net.levels); // log-probabilities
  }

  /**
   * Hear a sample. Afterwards `out` has the log-probabilities of the next one.
   * @param {number} level as many as there are levels: what stands before a recording
   * @param {boolean} predicts false where these are not needed
   */
  push(level, predicts = true) {
    const { net, past } = this;
    if (level < net.levels) {
      const [least, gain, kept] = net.scales,
        x = net.amplitudes[level];
      this.scale = least + gain * Math.abs(x - this.mean) + kept * this.scale;
      past.copyWithin(1, 0, past.length - 1);
      past[0] = x;
      this.mean = past.reduce((sum, value, k) => sum + net.coefficients[k] * value, 0);
    }
    this.last = level;
    if (predicts) this.predict();
  }

  /** The share of each level: how much of the mixture lies between its edges. */
  predict() {
    const { net, mean, scale, out } = this,
      { edges, factors, shares, levels } = net;
    out.fill(Number.NEGATIVE_INFINITY);
    factors.forEach((factor, j) => {
      const share = Math.log(shares[j]);
      let below = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < levels; i++) {
        const above = i < levels - 1 ? (edges[i] - mean) / (factor * scale) : Number.POSITIVE_INFINITY;
        // F(u) - F(l) = F(u) F(-l) (1 - e^(l - u)), which keeps its digits far from the mean
        const p = share - softplus(-above) - softplus(below) + Math.log(-Math.expm1(below - above));
        out[i] = Math.max(out[i], p) + Math.log1p(Math.exp(-Math.abs(out[i] - p)));
        below = above;
      }
    });
  }
}
