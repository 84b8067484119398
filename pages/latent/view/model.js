// One variational autoencoder as the browser has it: posteriors of examples, the decoder, and what the server is asked.

import { get, once, post } from "../../shared/view/api.js";
import { DecoderNet } from "../../shared/view/decoder_net.js";
import { noise } from "./maths.js";

const VOTERS = 15;
const KEPT = 6000; // pictures that came from the server
const AT_ONCE = 200; // codes in one question

/** @typedef {import("../../shared/view/types.d.ts").Message} Message */
/** @typedef {import("./types.d.ts").Member} Member */
/** @typedef {Uint8Array | Uint8ClampedArray} Greys bytes of one picture, row by row */
/** @typedef {{ mean: Float32Array, std: Float32Array }} Posterior */
/** @typedef {[Float32Array, Float32Array]} Axes two orthonormal directions */
/** @typedef {(error?: Error) => void} OnChange a picture has come that was asked for, or none will */
/** @typedef {DecoderNet | RemoteDecoder} Decoder */

export class Model {
  /**
   * @param {Member} member
   * @param {string} url of its routes
   * @param {Message} points
   * @param {Decoder} net
   */
  constructor({ name, version, beta }, url, { header, planes }, net) {
    this.name = name;
    this.version = version;
    this.beta = beta;
    this.url = url;
    this.net = net;
    /** @type {number} examples */
    this.n = header.n;
    /** @type {number} units of a code */
    this.d = header.d;
    /** @type {number} */
    this.height = header.height;
    /** @type {number} */
    this.width = header.width;
    this.size = this.width * this.height;
    /** @type {string[]} */
    this.classes = header.classes;
    /** @type {number[]} classes that have a mean */
    this.known = header.known;
    /** @type {number} principal axes */
    this.principal = header.axes;
    /** @type {Record<string, number[]>} of each factor with each unit */
    this.information = header.information;
    /** @type {Float32Array} posterior means, n * d */
    this.mean = planes.mean.data;
    /** @type {Float32Array} their standard deviations */
    this.std = planes.log_var.data.map((/** @type {number} */ x) => Math.exp(x / 2));
    /** @type {Float32Array} nats of each unit */
    this.kl = planes.kl.data;
    /** @type {Uint8Array} */
    this.inactive = planes.inactive.data;
    /** @type {Float32Array | null} */
    this.means = planes.class_means?.data ?? null;
    /** @type {Uint8Array | Float32Array | null} */
    this.labels = planes.labels?.data ?? null;
    /** @type {number[]} units, the one of the largest KL first */
    this.order = Array.from(this.kl.keys()).sort((i, j) => this.kl[j] - this.kl[i]);
    /** @type {{ mean: Float32Array, components: Float32Array } | null} PCA of the data */
    this.linear = planes.pca_mean ? { mean: planes.pca_mean.data, components: planes.pca_components.data } : null;
    /** @type {Map<string, Promise<Axes>>} */
    this.spanned = new Map();
    /** The greys of all examples, one after the other. @type {() => Promise<Uint8Array>} */
    this.pictures = once(async () => (await get(`${this.url}/pictures?v=${this.version}`)).planes.images.data);
    /** @type {{ precision: Float32Array, level: Float32Array } | null} */
    this.densities = null;
    /** @type {[number, number] | null} */
    this.usual = null;
  }

  /**
   * @param {Member} member
   * @param {string} api
   * @param {OnChange} onChange
   */
  static async load(member, api, onChange) {
    const url = `${api}/${encodeURIComponent(member.name)}`;
    const [points, net] = await Promise.all([
      get(`${url}/points?v=${member.version}`),
      loadDecoder(url, member.version, onChange),
    ]);
    return new Model(member, url, points, net);
  }

  /** The posterior mean of an example. @param {number} row */
  code(row) {
    return this.mean.slice(row * this.d, (row + 1) * this.d);
  }

  /** The standard deviations of an example's posterior. @param {number} row */
  spread(row) {
    return this.std.slice(row * this.d, (row + 1) * this.d);
  }

  /** KL from the posterior of an example to the prior, in nats. @param {number} row */
  klOf(row) {
    let kl = 0;
    for (let at = row * this.d; at < (row + 1) * this.d; at++)
      kl += (this.mean[at] ** 2 + this.std[at] ** 2 - 1) / 2 - Math.log(this.std[at]);
    return kl;
  }

  get inactiveUnits() {
    return this.inactive.reduce((n, x) => n + x, 0);
  }

  get totalKl() {
    return this.kl.reduce((sum, x) => sum + x, 0);
  }

  /**
   * Grey bytes of a code; null while they are on their way from the server.
   * @param {ArrayLike<number>} z
   * @returns {Greys | null}
   */
  decode(z) {
    return this.net.run(z);
  }

  /** @param {number} label */
  rowsOf(label) {
    const { labels } = this;
    return Array.from({ length: this.n }, (_, i) => i).filter(i => !labels || labels[i] === label);
  }

  /** The mean code of a class, of those in `known`. @param {number} label */
  classMean(label) {
    const at = this.known.indexOf(label);
    return (this.means ?? new Float32Array(0)).slice(at * this.d, (at + 1) * this.d);
  }

  /**
   * The fraction of each class among the nearest stored codes; null without labels.
   * @param {ArrayLike<number>} z
   */
  vote(z) {
    const { n, d, mean, labels } = this;
    if (!labels) return null;
    const near = new Float32Array(VOTERS).fill(Infinity);
    const who = new Int32Array(VOTERS);
    for (let i = 0; i < n; i++) {
      let far = 0;
      for (let j = 0, at = i * d; j < d; j++) far += (mean[at + j] - z[j]) ** 2;
      if (far >= near[VOTERS - 1]) continue;
      let k = VOTERS - 1;
      for (; k > 0 && near[k - 1] > far; k--) {
        near[k] = near[k - 1];
        who[k] = who[k - 1];
      }
      near[k] = far;
      who[k] = i;
    }
    const shares = new Float32Array(this.classes.length);
    for (let k = 0; k < VOTERS; k++) if (near[k] < Infinity) shares[labels[who[k]]] += 1 / Math.min(VOTERS, n);
    return shares;
  }

  /**
   * log q(z) in nats, q being the mean of the posteriors of all stored examples but those in `without`.
   * @param {ArrayLike<number>} z
   * @param {number[]} without rows
   */
  logDensity(z, without = []) {
    const { n, d, mean, std } = this;
    this.densities ??= {
      precision: std.map(s => 1 / s ** 2),
      level: Float32Array.from({ length: n }, (_, i) => {
        let sum = 0.5 * d * Math.log(2 * Math.PI);
        for (let j = 0; j < d; j++) sum += Math.log(std[i * d + j]);
        return -sum;
      }),
    };
    const { precision, level } = this.densities;
    const each = new Float64Array(n).fill(-Infinity);
    let most = -Infinity;
    for (let i = 0; i < n; i++) {
      if (without.includes(i)) continue;
      let away = 0;
      for (let j = 0, at = i * d; j < d; j++, at++) away += (z[j] - mean[at]) ** 2 * precision[at];
      each[i] = level[i] - away / 2;
      if (each[i] > most) most = each[i];
    }
    return most + Math.log(each.reduce((sum, x) => sum + Math.exp(x - most), 0) / (n - without.length));
  }

  /** Between which densities nine of ten codes of images lie, each among the codes of the others. */
  get usualDensity() {
    if (!this.usual) {
      const draw = noise(0);
      const count = Math.min(this.n, 200);
      const sorted = Array.from({ length: count }, (_, i) => {
        const row = Math.floor((i * this.n) / count);
        const std = this.spread(row);
        return this.logDensity(
          this.code(row).map((m, j) => m + std[j] * draw()),
          [row],
        );
      }).sort((a, b) => a - b);
      this.usual = [sorted[Math.floor(0.05 * count)], sorted[Math.ceil(0.95 * count) - 1]];
    }
    return this.usual;
  }

  /**
   * Two orthonormal axes.
   * @param {import("./link.js").PlaneChoice} choice
   * @returns {Promise<Axes>}
   */
  axes({ kind, first, second }) {
    const key = `${kind}~${first}~${second}`;
    let asked = this.spanned.get(key);
    if (!asked) {
      asked = get(`${this.url}/axes?kind=${kind}&first=${first}&second=${second}&v=${this.version}`).then(
        ({ planes }) => [planes.axes.data.slice(0, this.d), planes.axes.data.slice(this.d)],
      );
      asked.catch(() => this.spanned.delete(key));
      this.spanned.set(key, asked);
    }
    return asked;
  }

  /** @param {Greys} image */
  encode(image) {
    return encode(this.url, image, this.height, this.width);
  }
}

/**
 * The posterior of a picture.
 * @param {string} url of a model's routes
 * @param {Greys} image
 * @param {number} height
 * @param {number} width
 * @returns {Promise<Posterior>}
 */
export async function encode(url, image, height, width) {
  const { planes } = await post(
    `${url}/encode`,
    {},
    { image: { type: "u8", shape: [height, width], data: Uint8Array.from(image) } },
  );
  return { mean: planes.mean.data, std: planes.log_var.data.map((/** @type {number} */ x) => Math.exp(x / 2)) };
}

/**
 * The decoder of a model: in the browser where it is a plain chain of layers, else through the server.
 * @param {string} url of the model's routes
 * @param {string} version
 * @param {OnChange} onChange
 * @returns {Promise<Decoder>}
 */
export async function loadDecoder(url, version, onChange) {
  const message = await get(`${url}/decoder?v=${version}`);
  return message.header.units.length ? new DecoderNet(message) : new RemoteDecoder(url, message, onChange);
}

/** Asks the server for pictures: one question at a time, the newest codes first; what has come is kept. */
export class RemoteDecoder {
  /**
   * @param {string} url of the model's routes
   * @param {Message} message
   * @param {OnChange} onChange
   */
  constructor(url, { planes }, onChange) {
    this.url = url;
    this.onChange = onChange;
    /** @type {Float32Array} */
    this.shift = planes.shift.data;
    /** @type {Float32Array} */
    this.scale = planes.scale.data;
    /** @type {Map<string, Greys>} */
    this.kept = new Map();
    /** @type {Map<string, Float32Array>} */
    this.wanted = new Map();
    this.busy = false;
  }

  /** @param {ArrayLike<number>} code */
  run(code) {
    const z = Float32Array.from(code);
    const key = z.map(x => Math.round(x * 100) / 100).join(" ");
    const known = this.kept.get(key);
    if (known) return known;
    this.wanted.delete(key); // to the end: the newest are asked for first
    this.wanted.set(key, z);
    if (!this.busy) this.ask();
    return null;
  }

  async ask() {
    this.busy = true;
    await Promise.resolve(); // all that this beat needs goes into one question
    while (this.wanted.size) {
      const batch = [...this.wanted].slice(-AT_ONCE);
      this.wanted.clear(); // what is still needed will be wanted again
      const d = batch[0][1].length;
      const data = new Float32Array(batch.length * d);
      batch.forEach(([, z], i) => data.set(z, i * d));
      try {
        const { planes } = await post(`${this.url}/decode`, {}, { z: { type: "f32", shape: [batch.length, d], data } });
        const size = planes.images.data.length / batch.length;
        batch.forEach(([key], i) => this.kept.set(key, planes.images.data.subarray(i * size, (i + 1) * size)));
        for (const key of this.kept.keys()) {
          if (this.kept.size <= KEPT) break;
          this.kept.delete(key);
        }
        this.onChange();
      } catch (error) {
        this.onChange(/** @type {Error} */ (error));
        await new Promise(done => setTimeout(done, 2000)); // the server is gone: no storm of requests
      }
    }
    this.busy = false;
  }
}
