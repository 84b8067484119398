// A text as one model reads it: what each token costs, and what was expected in its place.

import { toBits } from "../../shared/view/probability.js";
import { Vocabulary } from "./vocabulary.js";

/** Bytes of the character of UTF-8 that begins with this byte. @param {number} lead */
const characterSize = lead => (lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4);

/** Grows as the messages of the route `read` come. */
export class TokenScores {
  /** @param {string} text */
  constructor(text) {
    this.characters = Array.from(text);
    /** @type {Vocabulary | null} */
    this.vocabulary = null;
    this.count = -1; // tokens that will come, -1 while that is not known
    /** @type {number[]} */
    this.tokens = [];
    /** @type {number[]} bits of each token */
    this.costs = [];
    /** @type {number[]} tokens that were likelier */
    this.ranks = [];
    /** @type {number[]} bits of each prediction */
    this.entropies = [];
    /** @type {[number, number][][]} likeliest tokens of each prediction, with their probabilities */
    this.likeliest = [];
    /** @type {number[]} characters that the first tokens are */
    this.ends = [];
    /** @type {number[]} bits of each character */
    this.perCharacter = [];
    this.bits = 0; // of all tokens
    this.right = 0; // tokens that were the likeliest
    /** @type {number[]} bytes of a character that is not complete */
    this.pendingBytes = [];
    this.pendingBits = 0;
  }

  get done() {
    return this.tokens.length === this.count;
  }

  /** Bits per character once all is read, else NaN. */
  get rate() {
    return this.done && this.characters.length ? this.bits / this.characters.length : NaN;
  }

  /** @param {import("../../shared/view/types.d.ts").Message} message */
  append({ header, planes }) {
    if (header.tokens) {
      this.count = header.count;
      this.vocabulary = new Vocabulary(header.tokens);
      return;
    }
    const { tokens, nats, rank, entropy, likeliest, probs } = planes,
      [, many] = likeliest.shape;
    for (let i = 0; i < tokens.data.length; i++) {
      const bits = toBits(nats.data[i]);
      this.tokens.push(tokens.data[i]);
      this.costs.push(bits);
      this.ranks.push(rank.data[i]);
      this.entropies.push(toBits(entropy.data[i]));
      this.likeliest.push(
        Array.from({ length: many }, (_, k) => [likeliest.data[i * many + k], probs.data[i * many + k]]),
      );
      this.bits += bits;
      this.right += Number(rank.data[i] === 0);
      this.spread(this.vocabulary?.bytes[tokens.data[i]] ?? [], bits);
    }
  }

  /**
   * The bits of a token fall evenly on its characters; those of a part of a character on the character that it becomes.
   * @param {Iterable<number>} bytes
   * @param {number} bits
   */
  spread(bytes, bits) {
    this.pendingBytes.push(...bytes);
    this.pendingBits += bits;
    const { length } = this.pendingBytes;
    let at = 0,
      whole = 0;
    while (at < length && at + characterSize(this.pendingBytes[at]) <= length) {
      at += characterSize(this.pendingBytes[at]);
      whole += 1;
    }
    if (at === length && whole) {
      for (let k = 0; k < whole; k++) this.perCharacter.push(this.pendingBits / whole);
      this.pendingBytes = [];
      this.pendingBits = 0;
    }
    this.ends.push(this.perCharacter.length);
  }

  /** Where the characters of token i begin. @param {number} i */
  start(i) {
    return this.ends[i - 1] ?? 0;
  }

  /** Bits of the characters from .. to - 1. @param {number} from @param {number} to */
  sum(from, to) {
    let sum = 0;
    for (let i = from; i < to; i++) sum += this.perCharacter[i];
    return sum;
  }

  /** @returns {[string, number][]} the words that cost most, and their bits */
  costliest(most = 6) {
    const { characters } = this;
    /** @type {[string, number][]} */
    const words = [];
    let from = 0;
    for (let i = 0; i <= characters.length; i++) {
      if (i < characters.length && !/\s/.test(characters[i])) continue;
      if (i > from) words.push([characters.slice(from, i).join("").slice(0, 30), this.sum(from, i)]);
      from = i + 1;
    }
    return words.sort((a, b) => b[1] - a[1]).slice(0, most);
  }
}
