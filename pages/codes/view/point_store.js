// What the server knows of the points, fetched when it is needed and kept: labels, errors, pictures, neighbours.

import { get } from "../../shared/view/api.js";
import { DecoderNet } from "../../shared/view/decoder_net.js";
import { MapLayouts } from "./map_layouts.js";
import { PointValues } from "./point_values.js";

/** @typedef {import("../../shared/view/types.d.ts").Message} Message */
/** @typedef {import("./training_trajectory.js").SavedCodes} SavedCodes */
/** @typedef {import("./types.d.ts").CodesData} CodesData */
/** @typedef {import("./types.d.ts").MapKind} MapKind */
/** @typedef {import("./types.d.ts").Split} Split */
/** @typedef {"layout" | "pictures" | "back" | "words" | "trajectory" | "net" | "near" | "accuracy" | "clusters" | "values"} What has come */
/** @typedef {{ pixels: number[], code: number[] }} Neighbours rows of the truly nearest points, nearest first */

const AT_ONCE = 2; // parts of the pictures on their way at the same time
const WORDS_AT_ONCE = 200;
const MOST_BACK = 5000; // reconstructions that are kept

/** @param {{ split: Split, points: string }} which @param {string} version */
const queryOf = ({ split, points }, version) => `split=${split}&points=${points}&v=${version}`;

export class PointStore {
  /**
   * @param {CodesData} data
   * @param {{ split: Split, points: string }} which points, and how many at most
   * @param {Message} message the points
   * @param {(what: What) => void} onChange something has come
   * @param {(error: Error) => void} onError
   */
  constructor({ api, runs, version }, which, { header, planes }, onChange, onError) {
    const query = queryOf(which, version);
    this.api = api;
    this.query = query;
    this.closed = false;
    /** @param {What} what */
    this.onChange = what => this.closed || onChange(what);
    /** @param {unknown} error */
    this.onError = error => this.closed || onError(/** @type {Error} */ (error));
    /** @type {Split} */
    this.split = header.split;
    /** @type {number} points */
    this.n = header.n;
    /** @type {number} numbers of a code */
    this.dim = header.dim;
    /** @type {number} numbers of an example */
    this.numbers = header.size;
    /** @type {"images" | "documents" | "rows"} what an example is */
    this.kind = header.kind;
    /** @type {string[]} */
    this.classes = header.classes;
    /** @type {number} */
    this.height = header.height;
    /** @type {number} */
    this.width = header.width;
    /** @type {number} pixels of a picture; 0 where the examples are none */
    this.size = this.width * this.height;
    /** @type {number} pictures in one part */
    this.chunk = header.chunk;
    /** @type {boolean} whether the pictures are strokes on black */
    this.glyphs = header.glyphs;
    /** @type {MapKind[]} */
    this.kinds = header.maps;
    /** @type {boolean} */
    this.hasTrajectory = header.film;
    /** @type {string} what is shown in place of what was asked for */
    this.note = header.note;
    /** @type {Float32Array} of reconstruction */
    this.errors = planes.errors.data;
    /** @type {Float32Array} numbers of the examples */
    this.indices = planes.indices.data;
    /** @type {Uint8Array | Float32Array | null} */
    this.labels = planes.labels?.data ?? null;
    /** @type {{ name: string, values: Float32Array }[]} what is known to have made each example */
    this.factors = header.factors.map((/** @type {string} */ name, /** @type {number} */ i) => ({
      name,
      values: planes[`factor${i}`].data,
    }));
    /** @type {{ name: string, title: string, size: number }[]} of the model, whose units points can be coloured by */
    this.layers = header.layers;
    /** @type {{ name: string, title: string, unit: string }[]} what the model says of each example, beside its error */
    this.scores = header.scores;
    /** @type {Map<number, number>} rows by the numbers of the examples */
    this.rows = new Map(Array.from(this.indices, (index, row) => [index, row]));
    this.maps = new MapLayouts(api, runs, query, () => this.onChange("layout"));
    this.values = new PointValues(`${api}/values`, which, this.n, () => this.onChange("values"), this.onError);
    /** @type {Uint8Array | null} of all points */
    this.images = null;
    this.parts = new Uint8Array(this.chunk ? Math.ceil(this.n / this.chunk) : 0); // 0: to be asked for, 1: asked, 2: here
    /** @type {number[]} parts that somebody looks at */
    this.wanted = [];
    /** @type {Map<string, DecoderNet | null>} by map */
    this.nets = new Map();
    /** @type {Map<string, Neighbours | null>} by row and metric; null: asked for */
    this.near = new Map();
    /** @type {Map<number, Uint8Array | null>} reconstructions */
    this.back = new Map();
    /** @type {Map<number, string[] | null>} what tells rows that are no pictures apart */
    this.words = new Map();
    /** @type {{ n: number, code: number | null, pixels: number | null } | null} k-NN accuracy in the full spaces */
    this.accuracy = null;
    this.askedAccuracy = false;
    /** @type {import("./types.d.ts").Clusters | null} */
    this.clusters = null;
    this.askedClusters = false;
    /** @type {SavedCodes | null} */
    this.trajectory = null;
  }

  /**
   * @param {CodesData} data
   * @param {Split} split
   * @param {string} points how many at most
   * @param {(what: What) => void} onChange
   * @param {(error: Error) => void} onError
   */
  static async load(data, split, points, onChange, onError) {
    const which = { split, points };
    const message = await get(`${data.api}/points?${queryOf(which, data.version)}`);
    return new PointStore(data, which, message, onChange, onError);
  }

  close() {
    this.closed = true;
    this.maps.close();
    this.values.close();
  }

  /** @param {string} name */
  kindOf(name) {
    return this.kinds.find(kind => kind.name === name);
  }

  // -- pictures -----------------------------------------------------------------------------------

  /** Fetch all parts, the first ones first; those that somebody looks at before. */
  fetchPictures() {
    if (!this.size || this.images) return;
    this.images = new Uint8Array(this.n * this.size);
    for (let i = 0; i < AT_ONCE; i++) this.fetchParts(this.images);
  }

  /** @param {Uint8Array} images */
  async fetchParts(images) {
    while (!this.closed) {
      let part = this.wanted.shift();
      while (part !== undefined && this.parts[part]) part = this.wanted.shift();
      part ??= this.parts.indexOf(0);
      if (part < 0) return;
      this.parts[part] = 1;
      try {
        const { header, planes } = await get(`${this.api}/sprites/${part}?${this.query}`);
        images.set(planes.images.data, header.first * this.size);
        this.parts[part] = 2;
        this.onChange("pictures");
      } catch (error) {
        this.onError(error);
        return; // the server is gone: no storm of requests
      }
    }
  }

  /** The grey bytes of a point, or null while they are on their way. @param {number} row */
  image(row) {
    if (!this.images) return null;
    const part = Math.floor(row / this.chunk);
    if (this.parts[part] === 2) return this.images.subarray(row * this.size, (row + 1) * this.size);
    if (this.parts[part] === 0 && this.wanted[0] !== part) this.wanted.unshift(part);
    return null;
  }

  // -- what is asked for once ----------------------------------------------------------------------

  /** The way back from a map to pictures, or null: it is on its way, or there is none. @param {string} name */
  net(name) {
    if (!this.kindOf(name)?.decodes) return null;
    const net = this.nets.get(name);
    if (net === undefined) {
      this.nets.set(name, null);
      get(`${this.api}/decoder/${name}?${this.query}`).then(message => {
        this.nets.set(name, new DecoderNet(message));
        this.onChange("net");
      }, this.onError);
    }
    return net ?? null;
  }

  /**
   * The true neighbours of a point by a metric, or null while they are on their way.
   * @param {number} row
   * @param {import("./types.d.ts").Metric} metric
   */
  neighbours(row, metric) {
    const key = `${row} ${metric}`;
    const near = this.near.get(key);
    if (near === undefined) {
      this.near.set(key, null);
      fetch(`${this.api}/neighbours?${this.query}&of=${row}&k=10&metric=${metric}`)
        .then(response => response.json())
        .then(
          answer => {
            if (answer.error) return;
            this.near.set(key, answer);
            this.onChange("near");
          },
          () => this.near.delete(key),
        );
    }
    return near ?? null;
  }

  /** Fetch the k-NN accuracy of the code and of the data in their own spaces. */
  async fetchAccuracy() {
    if (!this.labels || this.askedAccuracy) return;
    this.askedAccuracy = true;
    const response = await fetch(`${this.api}/accuracy?${this.query}`).catch(() => null);
    if (!response?.ok) return;
    this.accuracy = await response.json();
    this.onChange("accuracy");
  }

  async fetchClusters() {
    if (this.askedClusters) return;
    this.askedClusters = true;
    try {
      const { header, planes } = await get(`${this.api}/clusters?${this.query}`);
      this.clusters = { member: planes.clusters.data, sizes: header.sizes };
      this.onChange("clusters");
    } catch (error) {
      this.askedClusters = false;
      this.onError(error);
    }
  }

  /** Fetch what tells rows that are no pictures apart. @param {number[]} rows */
  async fetchWords(rows) {
    const asked = this.size ? [] : rows.filter(row => !this.words.has(row)).slice(0, WORDS_AT_ONCE);
    if (!asked.length) return;
    for (const row of asked) this.words.set(row, null);
    const response = await fetch(`${this.api}/words?${this.query}&rows=${asked.join(".")}`).catch(() => null);
    const words = response?.ok ? (await response.json()).words : null;
    for (const [j, row] of asked.entries())
      if (words) this.words.set(row, words[j]);
      else this.words.delete(row);
    if (words) this.onChange("words");
  }

  /** Fetch the reconstructions of rows. @param {number[]} rows */
  async fetchBack(rows) {
    const asked = this.size ? rows.filter(row => !this.back.has(row)) : [];
    if (!asked.length) return;
    if (this.back.size > MOST_BACK) this.back.clear();
    for (const row of asked) this.back.set(row, null);
    try {
      const { planes } = await get(`${this.api}/reconstructions?${this.query}&rows=${asked.join(".")}`);
      for (const [j, row] of asked.entries())
        this.back.set(row, planes.images.data.subarray(j * this.size, (j + 1) * this.size));
      this.onChange("back");
    } catch (error) {
      for (const row of asked) this.back.delete(row);
      this.onError(error);
    }
  }

  async fetchTrajectory() {
    if (!this.hasTrajectory || this.trajectory) return;
    try {
      const { header, planes } = await get(`${this.api}/film?${this.query}`);
      const [T, N] = planes.codes.shape;
      const [epochs, codes, errors] = [planes.epochs.data, planes.codes.data, planes.errors?.data ?? null];
      this.trajectory = { T, N, stages: header.stages, epochs, codes, errors };
      this.onChange("trajectory");
    } catch (error) {
      this.onError(error);
    }
  }
}
