// Activity of hidden units along a text.

export class UnitActivity {
  /** @param {{ data: Uint8Array, shape: number[] }} plane (tokens, layers, units), 0 to 255 for -1 to 1 */
  constructor({ data, shape }) {
    this.data = data;
    const [length, layers, width] = shape;
    this.length = length; // tokens
    this.layers = layers;
    this.width = width; // units of a layer
  }

  /** @param {number} i token @param {number} layer @param {number} unit @returns {number} from -1 to 1 */
  at(i, layer, unit) {
    return this.data[(i * this.layers + layer) * this.width + unit] / 127.5 - 1;
  }

  /**
   * Mean square change from token to token over the variance; 2 for a unit that hardly changes at all.
   * @param {number} layer
   * @param {number} unit
   */
  pace(layer, unit) {
    const { length } = this;
    let sum = 0,
      square = 0,
      moved = 0;
    for (let i = 0; i < length; i++) {
      const h = this.at(i, layer, unit);
      sum += h;
      square += h * h;
      if (i) moved += (h - this.at(i - 1, layer, unit)) ** 2;
    }
    const variance = square / length - (sum / length) ** 2;
    return variance > 1e-6 ? moved / length / variance : 2;
  }

  /** Units of a layer, those that change slowly first. @param {number} layer @returns {number[]} */
  slowestFirst(layer) {
    const pace = Array.from({ length: this.width }, (_, unit) => this.pace(layer, unit));
    return pace.map((_, unit) => unit).sort((a, b) => pace[a] - pace[b]);
  }
}
