// What the server knows of the examples and of each representation, fetched when it is first needed and kept.

import { get } from "../../shared/view/api.js";
import { Maps } from "../../shared/view/maps_store.js";
import { standardised3 } from "./solid.js";

/** @typedef {import("../../shared/view/types.d.ts").Message} Message */
/** @typedef {import("./neighbourhoods.js").Neighbours} Neighbours */
/** @typedef {import("./types.d.ts").Representation} Representation */
/** @typedef {"images" | "map" | "neighbours" | "values"} What has come */
/** What a model says of each example. @typedef {{ key: string, model: string, title: string, unit: string }} Score */

const AT_ONCE = 2; // parts of the pictures on their way at the same time

/** A layer in words: "encoder-2" is "encoder 2". @param {Representation} one */
export const layerName = ({ layer }) => layer.replace(/-(\d+)$/, " $1").replaceAll("-", " ");

export class Store {
  /**
   * @param {string} api address of the data set's routes
   * @param {string} version
   * @param {Message} message of the route `about`
   * @param {(what: What) => void} onChange something has come
   * @param {(error: Error) => void} onError
   */
  constructor(api, version, { header, planes }, onChange, onError) {
    this.api = api;
    this.version = version;
    this.closed = false;
    /** @param {What} what */
    this.onChange = what => this.closed || onChange(what);
    /** @param {unknown} error */
    this.onError = error => this.closed || onError(/** @type {Error} */ (error));
    /** @type {string} */
    this.title = header.title;
    /** What titles of its models begin with. */
    this.prefix = this.title.replace(/ \(.*\)$/, "");
    /** @type {string} */
    this.split = header.split;
    /** @type {number} */
    this.n = header.n;
    /** @type {string[]} */
    this.classes = header.classes;
    /** @type {number} */
    this.height = header.height;
    /** @type {number} */
    this.width = header.width;
    this.size = this.width * this.height; // 0 where the examples are no images
    /** @type {boolean} */
    this.binary = header.binary;
    /** @type {number} */
    this.chunk = header.chunk;
    /** @type {number} representations at once */
    this.most = header.most;
    /** @type {string} why the visitor can bring no vectors, "" where they can */
    this.noUploads = header.no_uploads;
    /** @type {string[]} */
    this.usual = header.usual;
    /** @type {Representation[]} */
    this.all = header.representations;
    this.byKey = new Map(this.all.map(one => [one.key, one]));
    /** @type {Float32Array} numbers of the examples */
    this.indices = planes.indices.data;
    /** @type {Uint8Array | Float32Array | null} */
    this.labels = planes.labels?.data ?? null;
    /** @type {{ name: string, values: Float32Array }[]} */
    this.factors = header.factors.map((/** @type {string} */ name, /** @type {number} */ i) => ({
      name,
      values: planes[`factor${i}`].data,
    }));
    /** @type {Score[]} */
    this.scores = header.scores;
    /** @type {Map<string, Float32Array | null>} */
    this.said = new Map();
    /** @type {Uint8Array | null} */
    this.images = null;
    this.parts = new Uint8Array(this.chunk ? Math.ceil(this.n / this.chunk) : 0); // 1: asked for, 2: here
    /** @type {Map<string, Neighbours | null>} */
    this.near = new Map();
    this.maps = new Maps(this, standardised3);
  }

  /** A representation that was uploaded just now. @param {Representation} one */
  add(one) {
    this.all = [...this.all.filter(({ key }) => key !== one.key), one];
    this.byKey.set(one.key, one);
  }

  /** One that is no more. @param {string} key */
  drop(key) {
    this.all = this.all.filter(one => one.key !== key);
    this.byKey.delete(key);
    this.near.delete(key);
    this.maps.drop(key);
  }

  close() {
    this.closed = true;
  }

  /** @param {string} path @param {Record<string, string | number>} query */
  url(path, query = {}) {
    const text = Object.entries({ ...query, v: this.version }).map(
      ([name, value]) => `${name}=${encodeURIComponent(value)}`,
    );
    return `${this.api}/${path}?${text.join("&")}`;
  }

  // -- examples -------------------------------------------------------------------------------------

  /** Fetch all pictures, part by part. */
  fetchImages() {
    if (!this.size || this.images) return;
    const images = new Uint8Array(this.n * this.size);
    this.images = images;
    for (let i = 0; i < AT_ONCE; i++) this.fetchParts(images);
  }

  /** @param {Uint8Array} images */
  async fetchParts(images) {
    for (let part = this.parts.indexOf(0); part >= 0 && !this.closed; part = this.parts.indexOf(0)) {
      this.parts[part] = 1;
      try {
        const { header, planes } = await get(this.url(`images/${part}`));
        images.set(planes.images.data, header.first * this.size);
        this.parts[part] = 2;
        this.onChange("images");
      } catch (error) {
        return void this.onError(error);
      }
    }
  }

  /** The grey bytes of an example; null while they are on their way. @param {number} row */
  image(row) {
    if (!this.images || this.parts[Math.floor(row / this.chunk)] !== 2) return null;
    return this.images.subarray(row * this.size, (row + 1) * this.size);
  }

  /** What an example is called. @param {number} row */
  nameOf(row) {
    const label = this.labels ? this.classes[this.labels[row]] : "";
    return `${label ? `${label} · ` : ""}#${this.indices[row]}`;
  }

  // -- representations --------------------------------------------------------------------------------

  /** The nearest others of all examples; null while they are on their way. @param {string} key @returns {Neighbours | null} */
  neighbours(key) {
    const known = this.near.get(key);
    if (known !== undefined) return known;
    this.near.set(key, null);
    get(this.url("neighbours", { of: key })).then(({ planes }) => {
      this.near.set(key, { rows: planes.rows.data, most: planes.rows.shape[1] });
      this.onChange("neighbours");
    }, this.onError);
    return null;
  }

  /** What a model says of each example; null while it is on its way. @param {string} key of a score @returns {Float32Array | null} */
  values(key) {
    const known = this.said.get(key);
    if (known !== undefined) return known;
    this.said.set(key, null);
    get(this.url("values", { of: key })).then(({ planes }) => {
      this.said.set(key, planes.values.data);
      this.onChange("values");
    }, this.onError);
    return null;
  }

  /** What is known of a representation; a number of principal components need not be listed. @param {string} key @returns {Representation | undefined} */
  of(key) {
    const known = this.byKey.get(key);
    if (known || !/^pca-\d+$/.test(key)) return known;
    const size = Number(key.slice(4));
    const title = `${this.title}: PCA, ${size}-D`;
    return {
      key,
      title,
      kind: "pca",
      checkpoint: "",
      model: "",
      twin: "",
      retrain: "",
      layer: "",
      size,
      read_only: true,
    };
  }

  /** A title without that of the data set. @param {{ title: string }} one */
  shortTitle({ title }) {
    const prefix = [this.title, this.prefix].find(text => title.startsWith(text)) ?? "";
    return title.slice(prefix.length).replace(/^[:·\s]+/, "") || title;
  }

  /** Its name with the layer first, for long lists. @param {Representation} one */
  layerFirst(one) {
    if (!one.checkpoint) return this.nameFor(one);
    const layer = `${layerName(one)}${one.kind === "untrained" ? ", untrained" : ""}`;
    const model = this.shortTitle({ title: one.model });
    return `${layer} · ${one.kind === "untrained" ? model.replace(/, pretrained$/, "") : model}`;
  }

  /** Its name in a few letters, for a map's head. @param {Representation} one */
  nameFor(one) {
    const [model, what] = this.shortTitle(one).split(/: (?=[^:]*$)/);
    return what ? `${model}: ${what}` : model;
  }
}
