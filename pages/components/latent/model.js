// @ts-nocheck: no types yet
// One variational autoencoder as the browser has it: posteriors of examples, the decoder, and what the server is asked.

import { Net } from "../atlas/decoder.js";
import { get, post } from "../gibbs/wire.js";
import { noise } from "./maths.js";

const VOTERS = 15;
const KEPT = 6000; // pictures that came from the server
const AT_ONCE = 200; // codes in one question

export class Model {
  // onChange(): a picture has come that was asked for
  constructor({ name, version, beta }, api, onChange) {
    Object.assign(this, { name, version, beta, onChange });
    this.url = `${api}/${encodeURIComponent(name)}`;
    this.spanned = new Map();
  }

  async load() {
    const [points, decoder] = await Promise.all([
      get(`${this.url}/points?v=${this.version}`),
      loadDecoder(this.url, this.version, error => this.onChange(error)),
    ]);
    const { header, planes } = points;
    const { axes: most, ...rest } = header; // n, d, height, width, classes, known, information
    Object.assign(this, rest, { principal: most });
    this.size = this.width * this.height;
    this.mean = planes.mean.data;
    this.std = planes.log_var.data.map(x => Math.exp(x / 2));
    this.kl = planes.kl.data;
    this.dead = planes.dead.data;
    this.means = planes.class_means?.data ?? null;
    this.labels = planes.labels?.data ?? null;
    this.net = decoder;
    this.order = Array.from(this.kl.keys()).sort((i, j) => this.kl[j] - this.kl[i]);
    this.linear = planes.pca_mean ? { mean: planes.pca_mean.data, components: planes.pca_components.data } : null;
    return this;
  }

  code(row) {
    return this.mean.slice(row * this.d, (row + 1) * this.d);
  }

  spread(row) {
    return this.std.slice(row * this.d, (row + 1) * this.d);
  }

  // grey bytes of a code; null while they are on their way from the server
  decode(z) {
    return this.net.run(z);
  }

  rowsOf(label) {
    const found = [];
    for (let i = 0; i < this.n; i++) if (!this.labels || this.labels[i] === label) found.push(i);
    return found;
  }

  // mean code of a class, of those in `known`
  classMean(label) {
    const at = this.known.indexOf(label);
    return this.means.slice(at * this.d, (at + 1) * this.d);
  }

  // share of each class among the nearest stored codes
  vote(z) {
    if (!this.labels) return null;
    const { n, d, mean } = this;
    const near = new Float32Array(VOTERS).fill(Infinity),
      who = new Int32Array(VOTERS);
    for (let i = 0; i < n; i++) {
      let far = 0;
      for (let j = 0, at = i * d; j < d; j++) far += (mean[at + j] - z[j]) ** 2;
      if (far >= near[VOTERS - 1]) continue;
      let k = VOTERS - 1;
      for (; k > 0 && near[k - 1] > far; k--) (near[k] = near[k - 1]), (who[k] = who[k - 1]);
      near[k] = far;
      who[k] = i;
    }
    const shares = new Float32Array(this.classes.length);
    for (let k = 0; k < VOTERS; k++) if (near[k] < Infinity) shares[this.labels[who[k]]] += 1 / Math.min(VOTERS, n);
    return shares;
  }

  // log q(z), nats: q is the mean of the posteriors of all stored examples but those in `without`
  logDensity(z, without = []) {
    const { n, d, mean, std } = this;
    this.precision ??= std.map(s => 1 / s ** 2);
    this.level ??= Float32Array.from({ length: n }, (_, i) => {
      let sum = 0.5 * d * Math.log(2 * Math.PI);
      for (let j = 0; j < d; j++) sum += Math.log(std[i * d + j]);
      return -sum;
    });
    const each = new Float64Array(n).fill(-Infinity);
    let most = -Infinity;
    for (let i = 0; i < n; i++) {
      if (without.includes(i)) continue;
      let away = 0;
      for (let j = 0, at = i * d; j < d; j++, at++) away += (z[j] - mean[at]) ** 2 * this.precision[at];
      each[i] = this.level[i] - away / 2;
      if (each[i] > most) most = each[i];
    }
    return most + Math.log(each.reduce((sum, x) => sum + Math.exp(x - most), 0) / (n - without.length));
  }

  // between which densities nine of ten codes of images lie, each among the codes of the others
  get usualDensity() {
    if (!this.usual) {
      const draw = noise(0),
        count = Math.min(this.n, 200);
      const found = Array.from({ length: count }, (_, i) => {
        const row = Math.floor((i * this.n) / count),
          at = row * this.d;
        return this.logDensity(
          this.code(row).map((m, j) => m + this.std[at + j] * draw()),
          [row],
        );
      }).sort((a, b) => a - b);
      this.usual = [found[Math.floor(0.05 * count)], found[Math.ceil(0.95 * count) - 1]];
    }
    return this.usual;
  }

  // two orthonormal axes, {0, 1: Float32Array}
  axes(kind, first, second) {
    const key = `${kind}~${first}~${second}`;
    if (!this.spanned.has(key)) {
      const asked = get(`${this.url}/axes?kind=${kind}&first=${first}&second=${second}&v=${this.version}`).then(
        ({ planes }) => {
          const { data } = planes.axes;
          return [data.slice(0, this.d), data.slice(this.d)];
        },
      );
      asked.catch(() => this.spanned.delete(key));
      this.spanned.set(key, asked);
    }
    return this.spanned.get(key);
  }

  // the greys of all examples, one after the other
  pictures() {
    this.asked ??= get(`${this.url}/pictures?v=${this.version}`).then(({ planes }) => planes.images.data);
    return this.asked;
  }

  // {mean, std} of a picture
  async encode(image) {
    return encode(this.url, image, this.height, this.width);
  }
}

export async function encode(url, image, height, width) {
  const { planes } = await post(
    `${url}/encode`,
    {},
    { image: { type: "u8", shape: [height, width], data: Uint8Array.from(image) } },
  );
  return { mean: planes.mean.data, std: planes.log_var.data.map(x => Math.exp(x / 2)) };
}

// the decoder of a model: in the browser where it is a plain chain of layers, else through the server
export async function loadDecoder(url, version, onChange) {
  const message = await get(`${url}/decoder?v=${version}`);
  return message.header.units.length ? new Net(message) : new Remote(url, message, onChange);
}

// Asks the server for pictures: one question at a time, the newest codes first; what has come is kept
class Remote {
  constructor(url, { planes }, onChange) {
    Object.assign(this, { url, onChange, shift: planes.shift.data, scale: planes.scale.data });
    this.kept = new Map();
    this.wanted = new Map();
  }

  run(place) {
    const z = Float32Array.from(place);
    const key = z.map(x => Math.round(x * 100) / 100).join(" ");
    const found = this.kept.get(key);
    if (!found) {
      this.wanted.delete(key); // to the end: the newest are asked for first
      this.wanted.set(key, z);
      if (!this.busy) this.ask();
    }
    return found ?? null;
  }

  async ask() {
    this.busy = true;
    await Promise.resolve(); // all that this beat needs goes into one question
    while (this.wanted.size) {
      const batch = [...this.wanted].slice(-AT_ONCE);
      this.wanted.clear(); // what is still needed will be wanted again
      const d = batch[0][1].length,
        data = new Float32Array(batch.length * d);
      batch.forEach(([, z], i) => data.set(z, i * d));
      try {
        const { planes } = await post(`${this.url}/decode`, {}, { z: { type: "f32", shape: [batch.length, d], data } });
        const size = planes.images.data.length / batch.length;
        batch.forEach(([key], i) => this.kept.set(key, planes.images.data.subarray(i * size, (i + 1) * size)));
        while (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value);
        this.onChange();
      } catch (error) {
        this.onChange(error);
        await new Promise(done => setTimeout(done, 2000)); // the server is gone: no storm of requests
      }
    }
    this.busy = false;
  }
}
