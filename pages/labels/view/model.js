// The pool of examples as the server sends it, in each representation once it is asked for.

import { get, once } from "../../shared/view/api.js";
import { placesOf } from "../../shared/view/places.js";
import { rowsOf } from "../../shared/view/rows.js";
import { graphOf } from "./classify.js";

/**
 * @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes
 * @typedef {import("../../shared/view/types.d.ts").Message} Message
 * @typedef {import("./types.d.ts").Material} Material
 * @typedef {import("./types.d.ts").View} View
 */

export class LabelsModel {
  /** @param {Message} answer of the route `about` @param {(path: string, of: string) => string} url of the other routes */
  constructor({ header, planes }, url) {
    /** @type {import("./types.d.ts").About} */
    this.about = header;
    this.n = header.n;
    /** @type {string[]} */
    this.classes = header.classes;
    this.truth = Int32Array.from(planes.labels.data);
    const shape = planes.images?.shape ?? [0, 0, 0];
    this.height = shape[1];
    this.width = shape[2];
    /** @type {Bytes[]} */
    this.images = planes.images ? rowsOf(planes.images.data, this.height * this.width) : [];
    this.material = once(async () => readMaterial(await get(url("memorise", "")), this.classes.length));
    this.representations = this.about.representations.map(({ key, title }) => ({
      key,
      title,
      view: once(async () => readView(await get(url("view", key)))),
      pca: once(async () => placesOf((await get(url("map?method=pca", key))).planes.map.data)),
      umap: once(async () => placesOf((await get(url("map?method=umap", key))).planes.map.data)),
    }));
  }

  /** @param {string} key */
  representation(key) {
    const found = this.representations.find(one => one.key === key);
    if (!found) throw new Error(`no representation ${key}`);
    return found;
  }

  /** What is said of an example that is no picture. @param {number} point */
  wordsOf(point) {
    return this.about.words[point] ?? "";
  }
}

/** @param {Message} answer of the route `view` @returns {View} */
export function readView({ planes: { vectors, neighbours } }) {
  const [n, d] = vectors.shape;
  return { n, d, vectors: vectors.data, graph: graphOf(neighbours.data, n) };
}

/** What the route `memorise` sends, on one scale. @param {Message} answer @param {number} classes @returns {Material} */
export function readMaterial({ header: { training, shape, bits }, planes: { x, labels } }, classes) {
  const [, d] = x.shape;
  /** @type {ArrayLike<number>} */
  const values = x.data;
  const count = training * d;
  let mean = 0,
    square = 0;
  for (let i = 0; i < count; i++) mean += values[i] / count;
  for (let i = 0; i < count; i++) square += (values[i] - mean) ** 2 / count;
  const spread = Math.sqrt(square) || 1;
  return {
    x: rowsOf(
      Float32Array.from(values, value => (value - mean) / spread),
      d,
    ),
    d,
    labels: Int32Array.from(labels.data),
    classes,
    training,
    image: shape && { height: shape[0], width: shape[1] },
    grey: row => Uint8ClampedArray.from(row, value => value * spread + mean),
    bits,
  };
}
