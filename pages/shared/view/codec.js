// Messages of the binary routes: one line of JSON, then raw planes (the other end: pages/shared/codec.py).

/**
 * @typedef {import("./types.d.ts").Message} Message
 * @typedef {import("./types.d.ts").PlaneType} PlaneType
 * @typedef {import("./types.d.ts").SentPlane} SentPlane
 */

const TYPES = { u8: Uint8Array, u16: Uint16Array, bits: Uint8Array, f16: Uint16Array, f32: Float32Array };

/** @param {number[]} shape @returns {number} how many numbers an array of this shape has */
export const sizeOf = shape => shape.reduce((a, b) => a * b, 1);

/**
 * One message as the routes take it.
 * @param {object} header
 * @param {Record<string, SentPlane>} planes
 */
export function encode(header, planes = {}) {
  const listed = Object.entries(planes).map(([name, { type, shape }]) => ({ name, type, shape }));
  const line = `${JSON.stringify({ ...header, planes: listed })}\n`;
  return new Blob([line, ...Object.values(planes).map(plane => plane.data)]);
}

/**
 * The first line of a message, and where its planes begin; null while the line is not complete.
 * @param {Uint8Array} bytes
 * @returns {{header: any, start: number} | null}
 */
function firstLine(bytes) {
  const end = bytes.indexOf(10);
  if (end < 0) return null;
  return { header: JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))), start: end + 1 };
}

/**
 * Bytes of the message that begins here, 0 while its first line is not complete.
 * @param {Uint8Array} bytes
 */
export function messageSize(bytes) {
  const first = firstLine(bytes);
  if (!first) return 0;
  /** @type {{type: PlaneType, shape: number[]}[]} */
  const planes = first.header.planes;
  return planes.reduce((sum, { type, shape }) => sum + sizeOf(shape) * TYPES[type].BYTES_PER_ELEMENT, first.start);
}

/**
 * Header and planes of one message; halves come as floats.
 * @param {ArrayBuffer} buffer
 * @returns {Message}
 */
export function decode(buffer) {
  const first = firstLine(new Uint8Array(buffer));
  if (!first) throw new SyntaxError("a message without a first line");
  const { header, start } = first;
  /** @type {Message["planes"]} */
  const planes = {};
  let at = start;
  for (const { name, type, shape } of /** @type {{name: string, type: PlaneType, shape: number[]}[]} */ (
    header.planes
  )) {
    const Type = TYPES[type];
    const length = sizeOf(shape);
    const size = length * Type.BYTES_PER_ELEMENT;
    // a typed array needs an aligned start: copy where the plane has none
    const aligned = at % Type.BYTES_PER_ELEMENT === 0;
    const data = aligned ? new Type(buffer, at, length) : new Type(buffer.slice(at, at + size));
    planes[name] = { data: type === "f16" ? halvesToFloats(data) : data, shape };
    at += size;
  }
  return { header, planes };
}

/** @param {ArrayLike<number>} bits IEEE 754 half-precision numbers */
function halvesToFloats(bits) {
  return Float32Array.from(bits, half => {
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    const sign = half & 0x8000 ? -1 : 1;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}
