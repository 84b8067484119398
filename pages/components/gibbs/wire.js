// @ts-nocheck: no types yet
// Messages of the binary routes: one line of JSON, then raw planes (the other end: pages/ui/routes.py).

import { pause, Waiting } from "../shared/waiting.js";

const TYPES = { u8: Uint8Array, u16: Uint16Array, bits: Uint8Array, f16: Uint16Array, f32: Float32Array };

export class ApiError extends Error {
  constructor(message, missingData) {
    super(message);
    this.missingData = missingData;
  }
}

export async function get(url) {
  return decode(await answered(url));
}

export async function post(url, header, planes, signal) {
  return decode(await answered(url, { method: "POST", body: encode(header, planes), signal }));
}

export async function postForBlob(url, header, planes) {
  return (await answered(url, { method: "POST", body: encode(header, planes) })).blob();
}

// The answer to a request. While the server is busy, its place in the queue is said and it is asked again
async function answered(url, options) {
  const waiting = new Waiting();
  try {
    for (;;) {
      const response = await fetch(url, options);
      if (response.ok) return response;
      const body = await response.json().catch(() => ({}));
      const said = body.error ?? `The server answered ${response.status}.`;
      if (!body.place) throw new ApiError(said, Boolean(body.missing_data));
      waiting.say(said);
      await pause(1000 * (Number(response.headers.get("Retry-After")) || 1), options?.signal);
    }
  } catch (error) {
    if (error.name === "AbortError" || error instanceof ApiError) throw error;
    throw new ApiError("The server does not answer. Is the app still running?", false);
  } finally {
    waiting.over();
  }
}

/** One message as the routes take it. */
export function encode(header, planes = {}) {
  const listed = Object.entries(planes).map(([name, { type, shape }]) => ({ name, type, shape }));
  const line = JSON.stringify({ ...header, planes: listed }) + "\n";
  return new Blob([line, ...Object.values(planes).map(plane => plane.data)]);
}

// the messages of a stream, each as soon as it has come
export async function* stream(url, header, planes, signal) {
  const response = await answered(url, { method: "POST", body: encode(header, planes), signal });
  const reader = response.body.getReader();
  let rest = new Uint8Array(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const more = new Uint8Array(rest.length + value.length);
    more.set(rest);
    more.set(value, rest.length);
    rest = more;
    for (let size; (size = whole(rest)) && size <= rest.length; rest = rest.slice(size))
      yield read(rest.buffer.slice(rest.byteOffset, rest.byteOffset + size));
  }
  if (rest.length) throw new ApiError("The answer broke off. Is the app still running?", false);
}

// bytes of the message that begins here, 0 while its first line is not complete
function whole(bytes) {
  const end = bytes.indexOf(10);
  if (end < 0) return 0;
  const { planes } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  return planes.reduce(
    (sum, { type, shape }) => sum + shape.reduce((a, b) => a * b, 1) * TYPES[type].BYTES_PER_ELEMENT,
    end + 1,
  );
}

const decode = async response => read(await response.arrayBuffer());

/**
 * Header and planes of one message; halves come as floats.
 * @param {ArrayBuffer} buffer
 */
export function read(buffer) {
  const bytes = new Uint8Array(buffer);
  const end = bytes.indexOf(10);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  const planes = {};
  let at = end + 1;
  for (const { name, type, shape } of header.planes) {
    const Type = TYPES[type];
    const length = shape.reduce((a, b) => a * b, 1);
    const size = length * Type.BYTES_PER_ELEMENT;
    // a typed array needs an aligned start: copy where the plane has none
    const aligned = at % Type.BYTES_PER_ELEMENT === 0;
    const data = aligned ? new Type(buffer, at, length) : new Type(buffer.slice(at, at + size));
    planes[name] = { data: type === "f16" ? halves(data) : data, shape };
    at += size;
  }
  return { header, planes };
}

function halves(bits) {
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i];
    const exponent = (b >> 10) & 31;
    const fraction = b & 1023;
    let value;
    if (exponent === 0) value = fraction * 2 ** -24;
    else if (exponent === 31) value = fraction ? NaN : Infinity;
    else value = (1024 + fraction) * 2 ** (exponent - 25);
    out[i] = b & 0x8000 ? -value : value;
  }
  return out;
}
