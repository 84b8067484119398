// A model that tells class from style, as the browser has it: what it says of images, and its decoder.

import { get, post } from "../../shared/view/api.js";
import { DecoderNet } from "../../shared/view/decoder_net.js";
import { rowsOf } from "../../shared/view/rows.js";

/**
 * @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes
 * @typedef {import("../../shared/view/types.d.ts").Floats} Floats
 * @typedef {import("../../shared/view/types.d.ts").Message} Message
 * @typedef {import("./types.d.ts").StyleReading} StyleReading
 */

export const MOST = 4; // of each number of a style, on either side of 0
const STEPS = 100; // of a 1, in a link

export class StyleModel {
  /** @param {Message} message of the route `styles` */
  constructor(message) {
    const { header, planes } = message;
    /** @type {{ model: string, title: string, classes: string[], error: number | null, spread: number | null, data: string }} */
    this.about = header;
    /** @type {string[]} */
    this.classes = header.classes;
    const [n, height, width] = planes.images.shape;
    this.n = n;
    this.height = height;
    this.width = width;
    this.d = planes.style.shape[1];
    /** @type {Bytes[]} */
    this.images = rowsOf(planes.images.data, height * width);
    this.labels = Int32Array.from(planes.labels.data);
    /** @type {Floats[]} */
    const styles = rowsOf(planes.style.data, this.d);
    /** @type {Floats[]} */
    const probs = rowsOf(planes.probs.data, this.classes.length);
    /** @type {StyleReading[]} of each image */
    this.readings = styles.map((style, i) => ({ style, probs: probs[i] }));
    /** @type {Bytes[]} images whose class was given in training */
    this.given = rowsOf(planes.given.data, height * width);
    this.givenLabels = Int32Array.from(planes.given_labels.data);
    this.decoder = new DecoderNet(message);
    this.order = byUse(styles, this.d);
  }

  /** @param {string} url of the data set's routes @param {AbortSignal} signal */
  static async load(url, signal) {
    return new StyleModel(await get(`${url}/styles`, signal));
  }

  /** Greys of an image of class k in a style. @param {ArrayLike<number>} style @param {number} k */
  write(style, k) {
    const code = new Float32Array(this.d + this.classes.length);
    code.set(style);
    code[this.d + k] = 1;
    return this.decoder.run(code);
  }

  /** Greys in every class. @param {ArrayLike<number>} style */
  writeAll(style) {
    return this.classes.map((_, k) => this.write(style, k));
  }

  /** Rows whose images are of different classes, as far as there are such. @param {number} count @param {() => number} random */
  choose(count, random) {
    const left = Array.from({ length: this.n }, (_, i) => i);
    /** @type {number[]} */
    const found = [];
    while (found.length < count && left.length) {
      const [i] = left.splice(Math.floor(random() * left.length), 1);
      const classes = new Set(found.map(j => this.labels[j]));
      if (!classes.has(this.labels[i]) || left.every(j => classes.has(this.labels[j]))) found.push(i);
    }
    return found;
  }
}

/** Numbers of a style, the one that varies most first. @param {Floats[]} styles @param {number} d */
function byUse(styles, d) {
  const spread = Array.from({ length: d }, (_, j) => {
    const mean = styles.reduce((sum, z) => sum + z[j], 0) / styles.length;
    return styles.reduce((sum, z) => sum + (z[j] - mean) ** 2, 0);
  });
  return spread.map((_, j) => j).sort((i, j) => spread[j] - spread[i]);
}

/**
 * Class and style of a drawing.
 * @param {string} url
 * @param {Bytes} image
 * @param {{ width: number, height: number }} size
 * @param {AbortSignal} signal
 * @returns {Promise<StyleReading>}
 */
export async function readDrawing(url, image, { width, height }, signal) {
  const { planes } = await post(
    `${url}/style`,
    {},
    { image: { type: "u8", shape: [height, width], data: image } },
    signal,
  );
  return { style: planes.style.data, probs: planes.probs.data };
}

/** @param {number} x */
export const within = x => Math.max(-MOST, Math.min(MOST, x));

/** A style as a link says it. @param {ArrayLike<number>} style */
export const toLink = style => Array.from(style, x => Math.round((within(x) + MOST) * STEPS)).join(".");

/** @param {number[]} numbers of a link @param {number} d @returns {Float32Array<ArrayBuffer> | null} null where they are no style */
export function fromLink(numbers, d) {
  if (numbers.length !== d || numbers.some(x => x > 2 * MOST * STEPS)) return null;
  return Float32Array.from(numbers, x => x / STEPS - MOST);
}

/** Two different numbers of a style for the pad, from a link's, from 1. @param {number[]} axes @param {number[]} order */
export function chosenAxes(axes, order) {
  const [a, b] = axes.map(x => x - 1);
  const fit = axes.length === 2 && a !== b && order.includes(a) && order.includes(b);
  return fit ? [a, b] : order.slice(0, 2);
}
