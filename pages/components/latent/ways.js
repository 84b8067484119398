// @ts-nocheck: no types yet
// Ways from one image to another: through the pixels, through linear and deterministic codes, through the latent space.

import { dot, mix, slerp } from "./maths.js";

// each is {name, title, hint, at(t) -> grey bytes or null, z(t) -> code, of the latent ones}
export function waysBetween(a, b, model, deep) {
  const ways = [];
  const both = a.grey && b.grey;
  if (both)
    ways.push({
      name: "pixels",
      title: "pixel blend",
      hint: "A mix of the two images, pixel by pixel",
      at: t => bytes(mix(a.grey, b.grey, t)),
    });
  if (both && model.linear) {
    const [first, last] = [a.grey, b.grey].map(grey => projected(grey, model));
    ways.push({
      name: "pca",
      title: `PCA, ${model.linear.components.length / model.size}-D`,
      hint: "A straight line between PCA codes, decoded: a blend of two blurred images",
      at: t => bytes(mix(first, last, t)),
    });
  }
  if (deep && a.deep && b.deep)
    ways.push({
      name: "deep",
      title: `autoencoder, ${a.deep.length}-D`,
      hint: `A straight line between the codes of a deterministic autoencoder (${deep.title}), decoded`,
      at: t => deep.net.run(mix(a.deep, b.deep, t)),
    });
  for (const [name, title, way, hint] of [
    ["straight", "VAE, straight", mix, "A straight line between the posterior means, decoded"],
    [
      "sphere",
      "VAE, spherical",
      slerp,
      "Spherical interpolation about the prior's mean: keeps the length typical of the prior in many dimensions",
    ],
  ])
    ways.push({ name, title, hint, z: t => way(a.z, b.z, t), at: t => model.decode(way(a.z, b.z, t)) });
  return ways;
}

const bytes = greys => Uint8ClampedArray.from(greys);

// greys of an image after PCA and back
function projected(grey, { linear: { mean, components }, net: { shift, scale }, size }) {
  const x = Float32Array.from(grey, (g, i) => (g / 255 - shift[i]) / scale[i] - mean[i]);
  const back = Float32Array.from(mean);
  for (let at = 0; at < components.length; at += size) {
    const row = components.subarray(at, at + size),
      code = dot(row, x);
    for (let i = 0; i < size; i++) back[i] += code * row[i];
  }
  return back.map((value, i) => Math.min(255, Math.max(0, 255 * (shift[i] + scale[i] * value))));
}
