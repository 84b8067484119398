// Ways from one image to another: through the pixels, through linear and deterministic codes, through the latent space.

import { dot, mix, slerp } from "./maths.js";

/** @typedef {import("./model.js").Greys} Greys */
/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./model.js").Decoder} Decoder */
/** @typedef {{ url: string, title: string, net: Decoder }} DeepModel a deterministic autoencoder of the same data */
/** @typedef {{ z: Float32Array, grey: Greys | null, deep: Float32Array | null }} Ready an end whose code is known */

/**
 * @typedef {object} Path
 * @property {string} name
 * @property {string} title
 * @property {string} hint
 * @property {(t: number) => Greys | null} at the picture at a time from 0 to 1
 * @property {(t: number) => Float32Array} [z] the code there, of paths through the latent space
 */

/**
 * @param {Ready} a
 * @param {Ready} b
 * @param {Model} model
 * @param {DeepModel | null} deep
 * @returns {Path[]}
 */
export function pathsBetween(a, b, model, deep) {
  /** @type {Path[]} */
  const paths = [];
  if (a.grey && b.grey) {
    const [from, to] = [a.grey, b.grey];
    paths.push({
      name: "pixels",
      title: "pixel blend",
      hint: "Linear mix of the two images, pixel by pixel",
      at: t => bytes(mix(from, to, t)),
    });
    if (model.linear) {
      const [first, last] = [from, to].map(grey => projected(grey, model));
      paths.push({
        name: "pca",
        title: `PCA, ${model.linear.components.length / model.size}-D`,
        hint: "Straight line between the PCA codes, decoded",
        at: t => bytes(mix(first, last, t)),
      });
    }
  }
  if (deep && a.deep && b.deep) {
    const [from, to] = [a.deep, b.deep];
    paths.push({
      name: "deep",
      title: `autoencoder, ${from.length}-D`,
      hint: `Straight line between the codes of ${deep.title}, decoded`,
      at: t => deep.net.run(mix(from, to, t)),
    });
  }
  /** @param {(a: Float32Array, b: Float32Array, t: number) => Float32Array} line @returns {Pick<Path, "z" | "at">} */
  const along = line => ({ z: t => line(a.z, b.z, t), at: t => model.decode(line(a.z, b.z, t)) });
  paths.push({
    name: "straight",
    title: "VAE, straight",
    hint: "Straight line between the posterior means, decoded",
    ...along(mix),
  });
  paths.push({
    name: "sphere",
    title: "VAE, spherical",
    hint: "Spherical interpolation, which keeps the norm typical of the prior",
    ...along(slerp),
  });
  return paths;
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
