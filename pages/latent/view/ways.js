// Ways from one image to another: through the pixels, through linear and deterministic codes, through the latent space.

import { dot, mix, slerp } from "./maths.js";

/** @typedef {import("./model.js").Greys} Greys */
/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./model.js").Decoder} Decoder */
/** @typedef {{ url: string, title: string, net: Decoder }} DeepModel a deterministic autoencoder of the same data */
/** @typedef {{ z: Float32Array, grey: Greys | null, deep: Float32Array | null }} Ready an end whose code is known */

/**
 * @typedef {object} Way
 * @property {string} name
 * @property {string} title
 * @property {string} hint
 * @property {(t: number) => Greys | null} at the picture at a time from 0 to 1
 * @property {(t: number) => Float32Array} [z] the code there, of ways through the latent space
 */

/**
 * @param {Ready} a
 * @param {Ready} b
 * @param {Model} model
 * @param {DeepModel | null} deep
 * @returns {Way[]}
 */
export function waysBetween(a, b, model, deep) {
  /** @type {Way[]} */
  const ways = [];
  if (a.grey && b.grey) {
    const [from, to] = [a.grey, b.grey];
    ways.push({
      name: "pixels",
      title: "pixel blend",
      hint: "A mix of the two images, pixel by pixel",
      at: t => bytes(mix(from, to, t)),
    });
    if (model.linear) {
      const [first, last] = [from, to].map(grey => projected(grey, model));
      ways.push({
        name: "pca",
        title: `PCA, ${model.linear.components.length / model.size}-D`,
        hint: "A straight line between PCA codes, decoded: a blend of two blurred images",
        at: t => bytes(mix(first, last, t)),
      });
    }
  }
  if (deep && a.deep && b.deep) {
    const [from, to] = [a.deep, b.deep];
    ways.push({
      name: "deep",
      title: `autoencoder, ${from.length}-D`,
      hint: `A straight line between the codes of a deterministic autoencoder (${deep.title}), decoded`,
      at: t => deep.net.run(mix(from, to, t)),
    });
  }
  /** @param {(a: Float32Array, b: Float32Array, t: number) => Float32Array} line @returns {Pick<Way, "z" | "at">} */
  const along = line => ({ z: t => line(a.z, b.z, t), at: t => model.decode(line(a.z, b.z, t)) });
  ways.push({
    name: "straight",
    title: "VAE, straight",
    hint: "A straight line between the posterior means, decoded",
    ...along(mix),
  });
  ways.push({
    name: "sphere",
    title: "VAE, spherical",
    hint: "Spherical interpolation about the prior's mean: keeps the length typical of the prior in many dimensions",
    ...along(slerp),
  });
  return ways;
}

/** @param {Float32Array} greys */
const bytes = greys => Uint8ClampedArray.from(greys);

/**
 * Greys of an image after PCA and back.
 * @param {Greys} grey
 * @param {Model} model
 */
export function projected(grey, { linear, net: { shift, scale }, size }) {
  if (!linear) return Float32Array.from(grey);
  const { mean, components } = linear;
  const x = Float32Array.from(grey, (g, i) => (g / 255 - shift[i]) / scale[i] - mean[i]);
  const back = Float32Array.from(mean);
  for (let at = 0; at < components.length; at += size) {
    const row = components.subarray(at, at + size);
    const code = dot(row, x);
    for (let i = 0; i < size; i++) back[i] += code * row[i];
  }
  return back.map((value, i) => Math.min(255, Math.max(0, 255 * (shift[i] + scale[i] * value))));
}
