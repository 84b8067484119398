// Attention of a Transformer along a text, and what is typical of its heads over the test text.

/** @typedef {{ layer: number, head: number }} HeadChoice layer -1: all layers; head -1: the mean, -2: the largest of them */

export class Attention {
  /**
   * @param {{ data: Uint8Array, shape: number[] }} plane (layers, heads, tokens, tokens + 1): square roots of the weights,
   *   0 to 255; the first of a row is that of the beginning of the text
   */
  constructor({ data, shape }) {
    this.data = data;
    const [layers, heads, length] = shape;
    this.layers = layers;
    this.heads = heads;
    this.length = length; // tokens
  }

  /**
   * Square root of a weight, 0 to 255.
   * @param {number} k layer * heads + head
   * @param {number} i token that looks
   * @param {number} j token that is looked at, plus 1; 0 for the beginning
   */
  root(k, i, j) {
    return this.data[(k * this.length + i) * (this.length + 1) + j];
  }

  /**
   * Weights of token `at` on the beginning and all tokens: a head's own, or the mean or the largest of several.
   * @param {number} at
   * @param {HeadChoice} choice
   */
  weights(at, { layer, head }) {
    const { heads, layers } = this;
    const first = layer < 0 ? 0 : layer * heads + Math.max(0, head),
      count = layer < 0 ? layers * heads : head < 0 ? heads : 1;
    const out = new Float32Array(this.length + 1);
    for (let k = first; k < first + count; k++)
      for (let j = 0; j <= at + 1; j++) {
        const weight = (this.root(k, at, j) / 255) ** 2;
        out[j] = head === -2 ? Math.max(out[j], weight) : out[j] + weight / count;
      }
    return out;
  }

  /**
   * The head after or before a choice; the first or last where several are chosen.
   * @param {HeadChoice} choice
   * @param {number} by 1 or -1
   * @returns {HeadChoice}
   */
  step({ layer, head }, by) {
    const all = this.layers * this.heads;
    let k = layer * this.heads + Math.max(0, head) + (head < 0 ? 0 : by);
    if (layer < 0) k = by > 0 ? 0 : all - 1;
    k = (k + all) % all;
    return { layer: Math.floor(k / this.heads), head: k % this.heads };
  }

  /**
   * A head in small: rows are tokens that look; a stripe for the beginning, a gap, then the tokens that are looked at.
   * Where several weights fall on a pixel, the largest.
   * @param {number} k layer * heads + head
   * @param {number} side pixels
   * @param {number} stripe pixels
   * @param {number} gap pixels
   * @returns {Uint8Array} square roots of weights, (side, side)
   */
  thumbnail(k, side, stripe, gap) {
    const { length } = this,
      left = stripe + gap,
      wide = side - left,
      step = Math.max(1, Math.ceil(wide / length)),
      out = new Uint8Array(side * side);
    /** @param {number} j */
    const x = j => (j ? left + Math.floor(((j - 1) * wide) / length) : 0);
    /** @param {number} i */
    const y = i => Math.floor((i * side) / length);
    for (let i = 0; i < length; i++) {
      const bottom = Math.max(y(i) + 1, y(i + 1));
      for (let j = 0; j <= i + 1; j++) {
        const root = this.root(k, i, j),
          right = Math.min(side, j ? x(j) + step : stripe);
        for (let row = y(i); row < bottom; row++)
          for (let column = x(j); column < right; column++)
            if (root > out[row * side + column]) out[row * side + column] = root;
      }
    }
    return out;
  }
}

/** What heads may look at (route `habits`): in a sentence, under a picture. @type {Record<string, [string, string]>} */
export const PATTERNS = {
  previous: ["the previous token", "previous"],
  itself: ["the token itself", "itself"],
  beginning: ["the start of the text", "start"],
  spaces: ["earlier white space", "spaces"],
  alike: ["earlier copies of the token", "copies"],
  followed: ["tokens after those copies (induction)", "induction"],
};
const CLEAR = 0.08; // more than a head that looks at all alike, from which on a pattern names a head

/** Means over the test text, one a head. */
export class HeadStatistics {
  /** @param {import("../../shared/view/types.d.ts").Message} answer of the route `habits` */
  constructor({ header, planes }) {
    /** @type {Record<string, number>} of a head that looks at all alike */
    this.uniform = header.usual;
    /** @type {number} that they were measured on */
    this.tokens = header.tokens;
    /** @type {Record<string, { data: Float32Array, shape: number[] }>} (layers, heads) */
    this.planes = planes;
  }

  /**
   * A statistic of a head, or its mean over several.
   * @param {string} name a pattern, or "back" for tokens back
   * @param {HeadChoice} choice
   */
  of(name, { layer, head }) {
    const { data, shape } = this.planes[name],
      heads = shape[shape.length - 1];
    if (layer >= 0 && head >= 0) return data[layer * heads + head];
    const some = layer < 0 ? data : data.subarray(layer * heads, (layer + 1) * heads);
    return some.reduce((a, b) => a + b, 0) / some.length;
  }

  /**
   * The pattern that is most above that of a head that looks at all alike; null where none is clear.
   * @param {HeadChoice} choice
   */
  clearest(choice) {
    /** @param {string} name */
    const over = name => this.of(name, choice) - this.uniform[name];
    const best = Object.keys(PATTERNS).reduce((a, b) => (over(b) > over(a) ? b : a));
    return over(best) < CLEAR ? null : best;
  }
}
