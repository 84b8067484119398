// Numbers of all points that colours can stand for, asked for when they are first needed and kept.

import { isAbort, stream } from "../../shared/view/api.js";

/**
 * What is asked for: the activation of a unit of a layer, or a score of the model.
 * @typedef {{ kind: "unit" | "score", of: string, unit: number }} Question
 */

/**
 * Numbers of all points, NaN where they have not come yet, and of how many they have.
 * @typedef {{ values: import("../../shared/view/types.d.ts").Floats, done: number }} Known
 */

const MOST = 60; // questions whose answers are kept

export class PointValues {
  /**
   * @param {string} url
   * @param {{ split: string, points: string }} which points
   * @param {number} n of them
   * @param {() => void} onChange some numbers have come
   * @param {(error: unknown) => void} onError
   */
  constructor(url, which, n, onChange, onError) {
    this.url = url;
    this.which = which;
    this.n = n;
    this.onChange = onChange;
    this.onError = onError;
    /** @type {Map<string, Known>} */
    this.known = new Map();
    this.control = new AbortController(); // of the one question that is under way
    /** @type {[string, Known] | null} that question, and its answer so far */
    this.asked = null;
  }

  close() {
    this.control.abort();
  }

  /** The answer as far as it is here; asks for it the first time. @param {Question} question @returns {Known} */
  of(question) {
    const key = `${question.kind} ${question.of} ${question.unit}`;
    let known = this.known.get(key);
    if (!known) {
      known = { values: new Float32Array(this.n).fill(Number.NaN), done: 0 };
      for (const old of [...this.known.keys()].slice(0, Math.max(0, this.known.size - MOST))) this.known.delete(old);
      this.known.set(key, known);
      this.fetch(key, question, known);
    }
    return known;
  }

  /** @param {string} key @param {Question} question @param {Known} known is filled */
  async fetch(key, question, known) {
    this.control.abort(); // nobody looks at what was asked for before
    if (this.asked) this.forgetIncomplete(...this.asked); // now: it may be asked for again before the abort is noticed
    this.asked = [key, known];
    this.control = new AbortController();
    const { signal } = this.control;
    try {
      for await (const { header, planes } of stream(this.url, { ...this.which, ...question }, {}, signal)) {
        known.values.set(planes.values.data, header.first);
        known.done = header.first + planes.values.data.length;
        this.onChange();
      }
    } catch (error) {
      this.forgetIncomplete(key, known);
      if (!isAbort(error)) this.onError(error);
    }
  }

  /** @param {string} key @param {Known} known where it is still the answer */
  forgetIncomplete(key, known) {
    if (known.done < this.n && this.known.get(key) === known) this.known.delete(key);
  }
}
