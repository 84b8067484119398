// What routes answer: asked for once, when it is first needed, and kept.

import { get, messageOf } from "../../shared/view/api.js";

/** @typedef {import("../../shared/view/types.d.ts").Message} Message */

export class Answers {
  /** @param {import("./store.js").Store} store @param {() => void} onChange something has come */
  constructor(store, onChange) {
    this.store = store;
    this.onChange = onChange;
    /** @type {Map<string, Message | string | null>} by address */
    this.known = new Map();
    /** @type {Promise<void>} the last one that was asked for: they come one after the other */
    this.last = Promise.resolve();
    this.closed = false;
  }

  /** Ask for nothing more. */
  close() {
    this.closed = true;
  }

  /**
   * The answer; null while it is on its way, a text where something went wrong.
   * @param {string} path of the route
   * @param {Record<string, string | number>} query
   */
  of(path, query) {
    const url = this.store.url(path, query);
    const known = this.known.get(url);
    if (known === undefined) {
      this.known.set(url, null);
      this.last = this.last.then(() => this.fetch(url));
    }
    return known ?? null;
  }

  /** @param {string} url */
  async fetch(url) {
    if (this.closed || this.store.closed) return;
    try {
      this.known.set(url, await get(url));
    } catch (error) {
      this.known.set(url, messageOf(error));
    }
    if (!this.closed && !this.store.closed) this.onChange();
  }
}
