// How completions of one image differ.

import { entropy } from "../../shared/view/probability.js";

/**
 * Mean and entropy of each pixel over samples, of the pixels that all of them have.
 * @param {{ values: Uint8Array, length: number }[]} buffers in the order of sampling
 * @param {ArrayLike<number>} order
 * @param {number} levels
 * @param {ArrayLike<number> | undefined} given 1 where a pixel is given
 */
export function summarize(buffers, order, levels, given) {
  const d = order.length,
    known = Math.min(...buffers.map(buffer => buffer.length));
  const mean = new Float32Array(d), // of the levels, from 0 to 1
    bits = new Float32Array(d),
    sampled = new Uint8Array(d); // 1 where all of them are known
  let unseen = 0, // given pixels that come after some missing one
    sum = 0,
    missing = 0,
    begun = false;
  for (let t = 0; t < d; t++) {
    const i = order[t];
    if (given?.[i]) unseen += Number(begun);
    else begun ||= given !== undefined;
    if (t >= known) continue;
    const shares = new Float64Array(levels);
    for (const { values } of buffers) shares[values[t]] += 1 / buffers.length;
    sampled[i] = 1;
    mean[i] = shares.reduce((all, share, level) => all + share * level, 0) / (levels - 1);
    bits[i] = entropy(shares);
    sum += bits[i];
    missing += given?.[i] ? 0 : 1;
  }
  return { mean, bits, sampled, unseen, bitsPerPixel: missing ? sum / missing : null };
}
