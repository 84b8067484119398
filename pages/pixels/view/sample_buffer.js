// Images being sampled: the values and predictions of each pixel, in the order of sampling.

import { stream } from "../../shared/view/api.js";
import { entropy, softmax } from "../../shared/view/probability.js";

/** @typedef {import("./model.js").PixelModel} PixelModel */
/**
 * A changed pixel: of image `image` the first `after` pixels are fixed, the last of them at `value`; those after it are
 * sampled with noise `key`.
 * @typedef {{ image: number, after: number, value: number, key: number }} PixelEdit
 */
/** @typedef {Record<string, { data: any, shape: number[] }>} Planes */

/** One image, as far as it is sampled. All arrays are in the order of sampling. */
export class SampleBuffer {
  /**
   * @param {Pick<PixelModel, "levels" | "d">} model
   * @param {number} key number of its noise
   * @param {number} image its index on the page
   * @param {SampleBuffer | null} previous the buffer that it replaces after a change of a pixel
   */
  constructor(model, key, image, previous = null) {
    this.model = model;
    this.key = key;
    this.image = image;
    this.previous = previous;
    /** @type {PixelEdit[]} */
    this.edits = [];
    this.numbers = model.levels === 2 ? 1 : model.levels; // logits of a pixel
    this.values = new Uint8Array(model.d);
    this.logits = new Float32Array(model.d * this.numbers).fill(NaN); // log-odds of a bit, else log p of each level
    this.nats = new Float32Array(model.d); // -log p of the value
    this.entropies = new Float32Array(model.d); // of the prediction, in bits
    this.length = 0; // pixels that are known
  }

  /**
   * Begin with the first `after` pixels of another buffer, the last of them at `value`.
   * @param {SampleBuffer} other
   * @param {number} after
   * @param {number} [value]
   */
  copyPrefix(other, after, value) {
    const { numbers } = this;
    this.values.set(other.values.subarray(0, after));
    this.logits.set(other.logits.subarray(0, after * numbers));
    this.nats.set(other.nats.subarray(0, after));
    this.entropies.set(other.entropies.subarray(0, after));
    this.length = after;
    if (after && value !== undefined) {
      this.values[after - 1] = value;
      if (this.hasPrediction(after - 1))
        this.nats[after - 1] = -Math.log(Math.max(this.probs(after - 1)[value], 1e-30));
    }
    return this;
  }

  /** @param {number} t whether pixel t was predicted: those given from an image were not */
  hasPrediction(t) {
    return !Number.isNaN(this.logits[t * this.numbers]);
  }

  /**
   * p of each level of pixel t.
   * @param {number} t
   * @param {number} [temperature]
   */
  probs(t, temperature = 1) {
    const { levels } = this.model;
    return softmax(
      levels === 2 ? [0, this.logits[t]] : this.logits.subarray(t * levels, (t + 1) * levels),
      temperature,
    );
  }

  /**
   * Take pixels `first` and after it from row `i` of the planes that came.
   * @param {number} i
   * @param {number} first
   * @param {Planes} planes values (n, count), logits (n, count, numbers), nats (n, count)
   */
  append(i, first, { values, logits, nats }) {
    const [, count] = values.shape,
      { numbers } = this;
    this.values.set(values.data.subarray(i * count, (i + 1) * count), first);
    this.logits.set(logits.data.subarray(i * count * numbers, (i + 1) * count * numbers), first * numbers);
    this.nats.set(nats.data.subarray(i * count, (i + 1) * count), first);
    for (let t = first; t < first + count; t++) this.entropies[t] = entropy(this.probs(t));
    this.length = first + count;
  }

  /** Log p of the first `t` pixels, in nats. */
  logProb(t = this.length) {
    let sum = 0;
    for (let i = 0; i < t; i++) sum -= this.nats[i];
    return sum;
  }
}

/**
 * Sample the rest of some images.
 * @param {string} url of the model's routes
 * @param {Record<string, unknown>} header
 * @param {SampleBuffer[]} buffers filled as messages come
 * @param {import("./model.js").GivenPixels | null} given
 * @param {AbortSignal} signal
 * @param {(order: Uint16Array, first: number | undefined) => void} onData after each message; `first` is undefined where
 *   only the order came
 */
export async function streamSamples(url, header, buffers, given, signal, onData) {
  /** @param {import("./model.js").Bytes} data @returns {import("../../shared/view/types.d.ts").SentPlane} */
  const plane = data => ({ type: "u8", shape: [data.length], data });
  const planes = given ? { given: plane(given.levels), held: plane(given.mask) } : undefined;
  /** @type {Uint16Array} */
  let order = new Uint16Array(0);
  for await (const message of stream(`${url}/film`, { ...header, images: buffers.map(b => b.key) }, planes, signal)) {
    if (signal.aborted) return;
    if (message.planes.order) order = message.planes.order.data;
    else buffers.forEach((buffer, i) => buffer.append(i, message.header.first, message.planes));
    onData(order, message.header.first);
  }
}
