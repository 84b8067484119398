// What is known of a checkpoint: its ways to a code and back, linear codes, and the examples that go through them.

import { get, post } from "../../shared/view/api.js";
import { rowsOf } from "../../shared/view/rows.js";
import { LinearBasis, perplexity, squaredError } from "./linear.js";

/** @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes */
/** @typedef {import("../../shared/view/types.d.ts").Message} Message */
/** @typedef {import("./types.d.ts").About} About */
/** @typedef {import("./types.d.ts").Column} Column */
/** @typedef {{ low: number, high: number }} Range */

export class Model {
  /** @param {string} url of its routes @param {string} version @param {string} name @param {Message} about */
  constructor(url, version, name, { header, planes }) {
    this.url = url;
    this.version = version;
    /** @type {About} */
    this.about = header;
    this.basis = new LinearBasis(planes);
    this.own = header.ways.findIndex(
      (/** @type {import("./types.d.ts").Way} */ way) => way.kind === "network" && way.checkpoint === name,
    );
    /** @type {Float32Array | null} grey = shift + scale * value */
    this.shift = planes.shift?.data ?? null;
    /** @type {Float32Array | null} */
    this.scale = planes.scale?.data ?? null;
    this.ranges = rangesOf(planes.codes.data, planes.codes.shape[1]);
  }

  /** @param {string} base @param {string} name @param {string} version */
  static async open(base, name, version) {
    const url = `${base}/${name}`;
    return new Model(url, version, name, await get(`${url}/about?v=${version}`));
  }

  get size() {
    return this.about.layers[this.about.layers.length - 1];
  }

  /** Code sizes of the networks, in rising order. */
  get sizes() {
    const sizes = this.about.ways.filter(({ kind }) => kind === "network").map(({ size }) => size);
    return [...new Set(sizes)].sort((a, b) => a - b);
  }

  /** The network of a size that loses least. @param {number} size */
  best(size) {
    const scored = this.about.ways.filter(way => way.kind === "network" && way.size === size && way.error !== null);
    return scored.reduce((best, way) => ((way.error ?? 0) < (best.error ?? 0) ? way : best), scored[0]);
  }

  /** Components for every code size, where they had to be fitted. */
  async completeBasis() {
    const { planes } = await get(`${this.url}/linear?v=${this.version}`);
    const found = new LinearBasis(planes);
    if (found.most >= this.basis.most) this.basis = found;
  }

  /** @param {string} digit @param {number} seed @returns {Promise<Column[]>} */
  async examples(digit, seed) {
    return this.columns(await post(`${this.url}/through`, { digit, seed, of: this.of }));
  }

  /** @param {Bytes} image @returns {Promise<Column>} */
  async drawn(image) {
    const [column] = this.columns(await post(`${this.url}/through`, { of: this.of }, this.planeOf(image)));
    return { ...column, label: "your drawing" };
  }

  /**
   * What comes back of examples from a layer: titles, and for each of them one image per example.
   * @param {number} layer
   * @param {{ digit: string, seed: number } | { image: Bytes }} what
   */
  async fromLayer(layer, what) {
    const drawn = "image" in what;
    const asked = drawn ? { layer } : { layer, ...what };
    const { header, planes } = await post(`${this.url}/layer`, asked, drawn ? this.planeOf(what.image) : {});
    /** @type {string[]} */
    const titles = header.titles;
    return titles.map((title, i) => ({ title, backs: examplesOf(planes[`back${i}`]) }));
  }

  /** @returns {Promise<Record<string, number>>} by the titles of `fromLayer` */
  async layerErrors() {
    const { header, planes } = await get(`${this.url}/layer-errors?v=${this.version}`);
    return Object.fromEntries(
      header.titles.map((/** @type {string} */ title, /** @type {number} */ i) => [title, planes.errors.data[i]]),
    );
  }

  /** @param {Float32Array<ArrayBuffer>} z @returns {Promise<Float32Array>} */
  async decode(z) {
    const { planes } = await post(`${this.url}/decode`, {}, { z: { type: "f32", shape: [1, z.length], data: z } });
    return planes.back.data;
  }

  get of() {
    return this.about.ways.map(({ kind, checkpoint }) => [kind, checkpoint]);
  }

  /** @param {Bytes} image @returns {Record<string, import("../../shared/view/types.d.ts").SentPlane>} */
  planeOf(image) {
    return { image: { type: "u8", shape: [this.about.height, this.about.width], data: image } };
  }

  /** @param {Message} answer @returns {Column[]} */
  columns({ header, planes }) {
    const xs = examplesOf(planes.x);
    const codes = examplesOf(planes.codes);
    const backs = this.about.ways.map((_, i) => examplesOf(planes[`back${i}`]));
    return xs.map((x, i) => ({
      x,
      code: codes[i],
      backs: backs.map(rows => rows[i]),
      label: `${header.labels[i] ? `${header.labels[i]} · ` : ""}example ${header.rows[i] ?? ""}`,
    }));
  }

  /** What is lost of an example. @param {Float32Array} x @param {Float32Array} back */
  loss(x, back) {
    return this.about.documents ? perplexity(x, back) : squaredError(x, back);
  }

  /** Grey levels, 0 to 255. @param {Float32Array} values as the model sees them */
  grey(values) {
    const { shift, scale } = this;
    return Uint8ClampedArray.from(values, (value, i) => 255 * ((shift?.[i] ?? 0) + (scale?.[i] ?? 1) * value));
  }

  /** Reconstruction minus original, in greys from -1 to 1. @param {Float32Array} x @param {Float32Array} back */
  residual(x, back) {
    return x.map((value, i) => (this.scale?.[i] ?? 1) * (back[i] - value));
  }

  /**
   * The most probable words of a document, those that it has itself marked.
   * @param {Float32Array} shares
   * @param {Float32Array} own counts
   * @param {number} most
   */
  words(shares, own, most) {
    return Array.from(shares, (share, i) => ({ share, i }))
      .filter(({ share }) => share > 0)
      .sort((a, b) => b.share - a.share)
      .slice(0, most)
      .map(({ i }) => ({ word: this.about.vocabulary[i], own: own[i] > 0 }));
  }
}

/** @param {{ data: Float32Array, shape: number[] }} plane */
const examplesOf = ({ data, shape: [, d] }) => rowsOf(data, d);

/**
 * Where each unit's codes lie, with some room beyond.
 * @param {Float32Array} codes row by row
 * @param {number} d
 * @returns {Range[]}
 */
function rangesOf(codes, d) {
  return Array.from({ length: d }, (_, j) => {
    let low = Infinity;
    let high = -Infinity;
    for (let at = j; at < codes.length; at += d) {
      low = Math.min(low, codes[at]);
      high = Math.max(high, codes[at]);
    }
    const room = 0.1 * (high - low) || 1;
    return { low: low - room, high: high + room };
  });
}
