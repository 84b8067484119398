// A text beside others: its tokens as they come, how far it is on the screen, and what can be counted in it.

import { toBits } from "../../shared/view/probability.js";
import { textDecoder } from "./vocabulary.js";

const REPEAT = 16; // characters in the same order as before: a loop, not a common word
const LEAST = 40; // tokens a second that a text is shown at

/** Which characters of a growing text are part of a stretch that stood in it before. */
export class Repetitions {
  constructor(text = "") {
    /** @type {Set<string>} */
    this.seen = new Set();
    /** @type {number[]} 1 where a character is part of one */
    this.inside = [];
    this.text = "";
    this.add(text);
  }

  /** @param {string} text */
  add(text) {
    for (const c of text.split("")) {
      this.text += c;
      const last = this.text.slice(-REPEAT),
        whole = last.length === REPEAT,
        again = whole && this.seen.has(last);
      if (whole) this.seen.add(last);
      this.inside.push(0);
      if (again) this.inside.fill(1, this.text.length - REPEAT);
    }
  }

  /** Share of the first n characters. */
  share(n = this.text.length) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += this.inside[i];
    return n ? sum / n : 0;
  }
}

/**
 * Type-token ratio: share of the words that did not stand in the text before; NaN where there are none.
 * @param {string} text
 */
export function newWords(text) {
  const words = text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
  return words.length ? new Set(words).size / words.length : NaN;
}

/**
 * The same numbers of a text that no model wrote, means over stretches of so many characters.
 * @param {string} text
 * @param {number} length
 */
export function reference(text, length) {
  const n = Math.max(1, Math.floor(text.length / length));
  const parts = Array.from({ length: n }, (_, i) => text.slice(i * length, (i + 1) * length));
  /** @param {(part: string) => number} of */
  const mean = of => parts.reduce((sum, part) => sum + of(part), 0) / n;
  return { repeated: mean(part => new Repetitions(part).share()), newWords: mean(newWords) };
}

/**
 * What a text is, and how it is sampled.
 * @typedef {object} GeneratedTextInfo
 * @property {string} title
 * @property {string} about
 * @property {string} name of the checkpoint
 * @property {string} [version] of the checkpoint, where it is another than the page's
 * @property {import("./sampling.js").SamplingSettings} settings
 * @property {number} usual bits that a character of the test text costs the model; NaN where that was not measured
 */

export class GeneratedText {
  /** @param {GeneratedTextInfo} info */
  constructor(info) {
    this.info = info;
    this.shown = 0; // tokens on the screen
    this.drawn = -1; // those when it was drawn last
    this.problem = "";
    this.nats = [0]; // that the first t tokens cost
    this.ends = [0]; // characters that they are
    this.repetitions = new Repetitions();
    this.decoder = textDecoder();
  }

  /**
   * @param {Uint8Array} bytes of a token that was sampled
   * @param {number} logProb
   */
  add(bytes, logProb) {
    this.nats.push(this.nats[this.nats.length - 1] - logProb);
    this.repetitions.add(this.decoder.decode(bytes, { stream: true })); // of a character cut into several, the last brings it
    this.ends.push(this.repetitions.text.length);
  }

  /** Show more as time passes; true where there is more to show. @param {number} elapsed milliseconds */
  advance(elapsed) {
    const ready = this.ends.length - 1;
    this.shown = Math.min(ready, this.shown + (elapsed / 1000) * Math.max(LEAST, 1.5 * (ready - this.shown)));
    return this.shown < ready;
  }

  get text() {
    return this.repetitions.text.slice(0, this.ends[Math.floor(this.shown)]);
  }

  /** @returns {[string, boolean][]} what is shown in parts, and whether each stood there before */
  get parts() {
    /** @type {[string, boolean][]} */
    const found = [];
    const { text } = this,
      { inside } = this.repetitions;
    for (let i = 0, j; i < text.length; i = j) {
      for (j = i + 1; j < text.length && inside[j] === inside[i]; ) j++;
      found.push([text.slice(i, j), inside[i] === 1]);
    }
    return found;
  }

  /** What is shown, in numbers; null while there is nothing. */
  get measures() {
    const { text } = this;
    if (!text) return null;
    return {
      bits: toBits(this.nats[Math.floor(this.shown)]) / Array.from(text).length, // a character
      repeated: this.repetitions.share(text.length),
      newWords: newWords(text),
    };
  }
}
