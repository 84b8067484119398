// @ts-nocheck: no types yet
// The RBM's weights in the browser: receptive fields and one chain's hidden probabilities without a round trip.

export class Machine {
  constructor(id, planes) {
    this.id = id;
    this.W = planes.W.data; // (D, H), row by row
    [this.D, this.H] = planes.W.shape;
    this.bias = planes.hidden_bias.data;
    this.spread = planes.spread.data;
    this.shift = planes.shift.data;
    this.scale = planes.scale.data;
    this.use = planes.use.data;
    this.norms = this.columnNorms();
  }

  columnNorms() {
    const norms = new Float32Array(this.H);
    for (let i = 0; i < this.D; i++) for (let j = 0; j < this.H; j++) norms[j] += this.W[i * this.H + j] ** 2;
    return norms.map(Math.sqrt);
  }

  // grey bytes of one visible layer, in the units that drive the hidden layer
  drive(grey) {
    const out = new Float32Array(this.D);
    for (let i = 0; i < this.D; i++) out[i] = (grey[i] / 255 - this.shift[i]) / this.scale[i] / this.spread[i];
    return out;
  }

  // x(v) = b + v W for every hidden unit
  hiddenInput(v) {
    const x = Float32Array.from(this.bias);
    const { W, H } = this;
    for (let i = 0; i < this.D; i++) {
      const vi = v[i];
      if (vi !== 0) for (let j = 0, at = i * H; j < H; j++) x[j] += vi * W[at + j];
    }
    return x;
  }

  field(j) {
    const out = new Float32Array(this.D);
    for (let i = 0; i < this.D; i++) out[i] = this.W[i * this.H + j];
    return out;
  }

  order(by) {
    const units = Array.from({ length: this.H }, (_, j) => j);
    if (by === "use") units.sort((a, b) => this.use[b] - this.use[a]);
    if (by === "norm") units.sort((a, b) => this.norms[b] - this.norms[a]);
    return units;
  }
}

export const sigmoid = x => 1 / (1 + Math.exp(-x));

// blue below zero, orange above, the neutral grey at zero; value -1 .. 1
export function diverging(value, out, at) {
  const t = Math.max(-1, Math.min(1, value));
  const [r, g, b] = t < 0 ? [0, 114, 178] : [230, 140, 0];
  const s = Math.abs(t) ** 0.8;
  out[at] = 246 + (r - 246) * s;
  out[at + 1] = 246 + (g - 246) * s;
  out[at + 2] = 246 + (b - 246) * s;
  out[at + 3] = 255;
}
