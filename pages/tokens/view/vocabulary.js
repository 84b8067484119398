// The tokens of a model: their bytes, the text that they make in a row, and a name for each that can be seen.

/** @type {Record<string, string>} */
const NAMES = { " ": "␣", "\n": "⏎", "\t": "⇥", "\r": "␍", "\u00a0": "⍽" };
const NO_CHARACTER = new Uint8Array([0xff]); // stands for tokens that are not in use

/** A decoder of UTF-8 that leaves everything as it is. */
export const textDecoder = () => new TextDecoder("utf-8", { ignoreBOM: true });

export class Vocabulary {
  /** @param {string[]} tokens the bytes of each in hex; numbers beyond them are not in use */
  constructor(tokens) {
    this.bytes = tokens.map(hex => Uint8Array.from(hex.match(/../g) ?? [], pair => Number.parseInt(pair, 16)));
  }

  /** @param {number} token */
  bytesOf(token) {
    return this.bytes[token] ?? NO_CHARACTER;
  }

  /**
   * The text of each token of a row; of a character cut into several tokens, all but the last have none.
   * @param {ArrayLike<number>} row
   * @param {boolean} open whether the row may go on, so that what its end lacks may still come
   * @returns {string[]}
   */
  texts(row, open = false) {
    const decoder = textDecoder();
    return Array.from(row, (token, i) => decoder.decode(this.bytesOf(token), { stream: open || i < row.length - 1 }));
  }

  /** @param {ArrayLike<number>} row */
  text(row) {
    return this.texts(row).join("");
  }

  /** A token's name: white space as signs, bytes that are no character as numbers. @param {number} token */
  name(token) {
    const bytes = this.bytes[token];
    if (!bytes) return `unused ${token}`;
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      return visible(text);
    } catch {
      return Array.from(bytes, hex).join("");
    }
  }
}

/** @param {number} byte */
const hex = byte => `‹${byte.toString(16).padStart(2, "0")}›`;

/** A text whose white space and control characters can be seen. @param {string} text */
export const visible = text => Array.from(text, visibleCharacter).join("");

/** @param {string} c */
export function visibleCharacter(c) {
  if (c in NAMES) return NAMES[c];
  const code = c.codePointAt(0) ?? 0;
  return code < 32 || code === 127 ? hex(code) : c;
}
