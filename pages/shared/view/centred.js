// A drawing where the models expect it.

/**
 * Moved so that its ink is centred, as that of the digits is which the model knows.
 * @param {ArrayLike<number>} grey
 * @param {{ width: number, height: number }} image
 */
export function centred(grey, { width: w, height: h }) {
  let x = 0;
  let y = 0;
  let sum = 0;
  for (let i = 0; i < w * h; i++) {
    x += grey[i] * (i % w);
    y += grey[i] * Math.floor(i / w);
    sum += grey[i];
  }
  const dx = Math.round((w - 1) / 2 - x / sum);
  const dy = Math.round((h - 1) / 2 - y / sum);
  const out = new Uint8Array(w * h);
  for (let i = Math.max(0, dy); i < Math.min(h, h + dy); i++)
    for (let j = Math.max(0, dx); j < Math.min(w, w + dx); j++) out[i * w + j] = grey[(i - dy) * w + j - dx];
  return out;
}
