// Small images as text for links: a few bits a pixel, in the letters that an address may have.

/**
 * @param {ArrayLike<number>} bytes grey levels
 * @param {number} bits a pixel, 1 or 4
 * @returns {string} URL-safe base64
 */
export function packImage(bytes, bits) {
  const packed = new Uint8Array(Math.ceil((bytes.length * bits) / 8));
  const top = (1 << bits) - 1;
  for (let i = 0; i < bytes.length; i++)
    packed[(i * bits) >> 3] |= Math.round((bytes[i] / 255) * top) << (8 - bits - ((i * bits) & 7));
  return btoa(String.fromCharCode(...packed))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/**
 * The inverse; its length says how many bits a pixel has.
 * @param {string} text
 * @param {Uint8Array} bytes are filled with grey levels
 * @returns {boolean} whether the text is an image of this size; else nothing was filled
 */
export function unpackImage(text, bytes) {
  let packed;
  try {
    packed = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), c => c.charCodeAt(0));
  } catch {
    return false;
  }
  const { length } = packed;
  const bits = [1, 4].find(per => length === Math.ceil((bytes.length * per) / 8));
  if (!bits) return false;
  const top = (1 << bits) - 1;
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = (((packed[(i * bits) >> 3] >> (8 - bits - ((i * bits) & 7))) & top) / top) * 255;
  return true;
}
