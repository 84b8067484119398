// A machine as the server sends it, and the held-out images that it is shown.

import { visibleOf } from "../../shared/view/input_image.js";
import { rowsOf } from "../../shared/view/rows.js";
import { ConvolutionalMachine } from "./machine.js";

/**
 * @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes
 * @typedef {import("../../shared/view/types.d.ts").Floats} Floats
 * @typedef {import("../../shared/view/types.d.ts").Message} Message
 * @typedef {import("./types.d.ts").Dense} Dense
 */

export class ConvolutionalModel {
  /** @param {Message} answer of the route `about` */
  constructor({ header, planes }) {
    /** @type {import("./types.d.ts").About} */
    this.about = header;
    this.height = header.height;
    this.width = header.width;
    this.machine = new ConvolutionalMachine({
      filters: planes.filters.data,
      hiddenBias: planes.hidden_bias.data,
      visibleBias: header.visibleBias,
      pool: header.pool,
      binary: header.binary,
    });
    /** @type {{ shift: Floats, scale: Floats } | null} of grey = shift + scale * visible; null where visibles are binary */
    this.greys = planes.shift ? { shift: planes.shift.data, scale: planes.scale.data } : null;
    /** @type {Bytes[]} held-out images, in grey */
    this.images = planes.images ? rowsOf(planes.images.data, this.height * this.width) : [];
    /** @type {number[]} the class of each, where it is known */
    this.labels = planes.labels ? Array.from(planes.labels.data) : [];
  }

  /** @param {number} c */
  className(c) {
    return this.about.classes[c] ?? String(c);
  }

  /** The first test images as the machine sees them. @param {number} most */
  examples(most) {
    return this.images.slice(0, most).map(image => visibleOf(image, this.greys));
  }

  /** Visibles as greys, 0 to 255, of images of any size. @param {ArrayLike<number>} v @returns {Bytes} */
  greyOf(v) {
    const { greys } = this;
    const shift = greys ? mean(greys.shift) : 0,
      scale = greys ? mean(greys.scale) : 1;
    return Uint8Array.from(v, value => Math.round(255 * Math.max(0, Math.min(1, shift + scale * value))));
  }
}

/** @param {ArrayLike<number>} values */
const mean = values => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** @param {Message} answer of the route `dense` @returns {Dense} */
export const readDense = ({ planes }) => ({ weight: planes.weight.data, bias: planes.bias.data });

/** Probabilities that a dense RBM's hidden units are on. @param {Dense} dense @param {Floats} v */
export function denseMeans({ weight, bias }, v) {
  const input = Float32Array.from(bias);
  const n = input.length;
  for (let i = 0; i < v.length; i++) if (v[i]) for (let j = 0; j < n; j++) input[j] += v[i] * weight[i * n + j];
  return input.map(x => 1 / (1 + Math.exp(-x)));
}
