// The pool of examples as the server sends it, in each representation once it is asked for.

import { get, once } from "../../shared/view/api.js";
import { placesOf } from "../../shared/view/places.js";
import { rowsOf } from "../../shared/view/rows.js";
import { graphOf } from "./classify.js";

/**
 * @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes
 * @typedef {import("../../shared/view/types.d.ts").Message} Message
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
