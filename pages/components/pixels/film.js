// @ts-nocheck: no types yet
// Films of painting: what was told and drawn at each place of each image, in the order of the places.

import { stream } from "../gibbs/wire.js";

// one image being painted
export class Strip {
  // key: the number of its noise; image: its place on the page; before: the strip that it was rewritten from
  constructor(model, key, image, before = null) {
    Object.assign(this, { model, key, image, before });
    this.numbers = model.levels === 2 ? 1 : model.levels;
    this.values = new Uint8Array(model.d);
    this.told = new Float32Array(model.d * this.numbers).fill(NaN); // log-odds of a bit, else log p of each level
    this.nats = new Float32Array(model.d);
    this.bits = new Float32Array(model.d); // entropy of what was told
    this.done = 0; // places that are known
    this.edits = before ? [...before.edits] : [];
  }

  // the first `after` places as in another strip, the last of them with this value
  follow(other, after, value) {
    const { numbers } = this;
    this.values.set(other.values.subarray(0, after));
    this.told.set(other.told.subarray(0, after * numbers));
    this.nats.set(other.nats.subarray(0, after));
    this.bits.set(other.bits.subarray(0, after));
    this.done = after;
    if (after && value !== undefined) {
      this.values[after - 1] = value;
      if (this.knows(after - 1)) this.nats[after - 1] = -Math.log(Math.max(this.probs(after - 1, 1)[value], 1e-30));
    }
    return this;
  }

  // whether the model told anything of place t: not of what was kept from an image
  knows(t) {
    return !Number.isNaN(this.told[t * this.numbers]);
  }

  // p of each level at place t, at a temperature
  probs(t, temperature) {
    const { levels } = this.model;
    const logits = levels === 2 ? [0, this.told[t]] : Array.from(this.told.subarray(t * levels, (t + 1) * levels));
    const top = Math.max(...logits),
      weights = logits.map(x => Math.exp((x - top) / temperature));
    const sum = weights.reduce((a, b) => a + b, 0);
    return weights.map(w => w / sum);
  }

  // what came for places first .. first + count - 1, as row i of the planes
  take(i, first, { values, told, nats }) {
    const [, count] = values.shape,
      { numbers } = this;
    this.values.set(values.data.subarray(i * count, (i + 1) * count), first);
    this.told.set(told.data.subarray(i * count * numbers, (i + 1) * count * numbers), first * numbers);
    this.nats.set(nats.data.subarray(i * count, (i + 1) * count), first);
    for (let t = first; t < first + count; t++) this.bits[t] = entropy(this.probs(t, 1));
    this.done = first + count;
  }

  // log p of what was painted up to place t, nats
  logProb(t = this.done) {
    let sum = 0;
    for (let i = 0; i < t; i++) sum -= this.nats[i];
    return sum;
  }
}

export function entropy(probs) {
  let bits = 0;
  for (const p of probs) if (p > 0) bits -= p * Math.log2(p);
  return bits;
}

// Paint strips; `given` are levels by flat index and `held` where they are. came(order) after each message.
export async function painted(url, header, strips, given, held, signal, came) {
  const plane = data => ({ type: "u8", shape: [data.length], data });
  const planes = given ? { given: plane(given), held: plane(held) } : {};
  let order;
  for await (const message of stream(`${url}/film`, { ...header, images: strips.map(s => s.key) }, planes, signal)) {
    if (signal.aborted) return;
    if (message.planes.order) order = message.planes.order.data;
    else strips.forEach((strip, i) => strip.take(i, message.header.first, message.planes));
    came(order, message.header.first);
  }
}
