// Requests to the server. While it is busy with others, the visitor reads at which place the request stands.

import { decode, encode, messageSize } from "./codec.js";
import { pause, Waiting } from "./waiting.js";

/**
 * @typedef {import("./types.d.ts").Message} Message
 * @typedef {import("./types.d.ts").SentPlane} SentPlane
 */

/** What the server answered instead of a message, in a sentence for the visitor. */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {boolean} missingData whether it needs data that are not on this machine
   */
  constructor(message, missingData) {
    super(message);
    this.missingData = missingData;
  }
}

/** @param {unknown} error @returns {string} what to tell the visitor */
export const messageOf = error => (error instanceof Error ? error.message : String(error));

/** @param {unknown} error whether a request was given up by ourselves */
export const isAbort = error => error instanceof Error && error.name === "AbortError";

/**
 * What `load` gives: asked for when it is first needed, and again only after it failed.
 * @template T
 * @param {() => Promise<T>} load
 * @returns {() => Promise<T>}
 */
export function once(load) {
  /** @type {Promise<T> | null} */
  let asked = null;
  return () => {
    asked ??= load().catch(error => {
      asked = null;
      throw error;
    });
    return asked;
  };
}

/**
 * @param {string} url
 * @param {AbortSignal} [signal]
 * @returns {Promise<Message>}
 */
export async function get(url, signal) {
  return decode(await (await answered(url, { signal })).arrayBuffer());
}

/**
 * @param {string} url
 * @param {object} header
 * @param {Record<string, SentPlane>} [planes]
 * @param {AbortSignal} [signal]
 * @returns {Promise<Message>}
 */
export async function post(url, header, planes, signal) {
  return decode(await (await answered(url, { method: "POST", body: encode(header, planes), signal })).arrayBuffer());
}

/**
 * @param {string} url
 * @param {object} header
 * @param {Record<string, SentPlane>} [planes]
 */
export async function postForBlob(url, header, planes) {
  return (await answered(url, { method: "POST", body: encode(header, planes) })).blob();
}

/**
 * The messages of a stream, each as soon as it has come.
 * @param {string} url
 * @param {object} header
 * @param {Record<string, SentPlane>} [planes]
 * @param {AbortSignal} [signal]
 * @returns {AsyncGenerator<Message, void, void>}
 */
export async function* stream(url, header, planes, signal) {
  const response = await answered(url, { method: "POST", body: encode(header, planes), signal });
  if (!response.body) return;
  const reader = response.body.getReader();
  let rest = new Uint8Array(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const more = new Uint8Array(rest.length + value.length);
    more.set(rest);
    more.set(value, rest.length);
    rest = more;
    for (let size = messageSize(rest); size && size <= rest.length; size = messageSize(rest)) {
      yield decode(rest.buffer.slice(rest.byteOffset, rest.byteOffset + size));
      rest = rest.slice(size);
    }
  }
  if (rest.length) throw new ApiError("The response was cut off. Is the app still running?", false);
}

/**
 * The answer to a request. While the server is busy, its place in the queue is shown and it is asked again.
 * @param {string} url
 * @param {RequestInit} options
 */
async function answered(url, options) {
  const waiting = new Waiting();
  try {
    for (;;) {
      const response = await fetch(url, options);
      if (response.ok) return response;
      const body = await response.json().catch(() => ({}));
      const text = body.error ?? `The server answered ${response.status}.`;
      if (!body.place) throw new ApiError(text, Boolean(body.missing_data));
      waiting.say(text);
      await pause(1000 * (Number(response.headers.get("Retry-After")) || 1), options.signal ?? undefined);
    }
  } catch (error) {
    if (isAbort(error) || error instanceof ApiError) throw error;
    throw new ApiError("The server does not answer. Is the app still running?", false);
  } finally {
    waiting.over();
  }
}
