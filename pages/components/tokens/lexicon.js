// @ts-nocheck: no types yet
// The tokens of a model: their bytes, the text that a row of them is, and a name for each that can be seen.

const NAMES = { " ": "␣", "\n": "⏎", "\t": "⇥", "\r": "␍", "\u00a0": "⍽" };
const decoder = () => new TextDecoder("utf-8", { ignoreBOM: true });

export class Lexicon {
  // tokens: bytes of each in hex; numbers beyond them are in no use
  constructor(tokens) {
    this.bytes = tokens.map(hex => Uint8Array.from(hex.match(/../g) ?? [], pair => parseInt(pair, 16)));
  }

  // the text of each token of a row; of a character cut into several, all but the last have none. A row that is `open`
  // may go on, so that what its end lacks may still come
  texts(row, open = false) {
    const read = decoder();
    return Array.from(row, (token, i) =>
      read.decode(this.bytes[token] ?? new Uint8Array([0xff]), { stream: open || i < row.length - 1 }),
    );
  }

  text(row) {
    return this.texts(row).join("");
  }

  // a token's name: spaces and the like as signs, bytes that are no character as numbers
  name(token) {
    const bytes = this.bytes[token];
    if (!bytes) return `unused ${token}`;
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      return Array.from(text, named).join("");
    } catch {
      return Array.from(bytes, b => `‹${b.toString(16).padStart(2, "0")}›`).join("");
    }
  }
}

// a character that can be seen
export function named(c) {
  if (c in NAMES) return NAMES[c];
  const code = c.codePointAt(0);
  return code < 32 || code === 127 ? `‹${code.toString(16).padStart(2, "0")}›` : c;
}
