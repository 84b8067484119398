// @ts-nocheck: no types yet
// One text beside others: its tokens as they come, how far it is on the screen, and what can be counted in it.

const REPEAT = 16; // characters in the same order as before: a loop, not a common word
const LEAST = 40; // tokens a second that a text is shown at

// A text as it grows, and which of its characters are part of a stretch that stood in it before.
export class Repeats {
  constructor(text = "") {
    this.seen = new Set();
    this.inside = []; // 1 where a character is part of one
    this.text = "";
    this.add(text);
  }

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

  // share of the first n characters
  share(n = this.text.length) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += this.inside[i];
    return n ? sum / n : 0;
  }
}

// share of the words of a text that were not yet said in it; NaN where there are none
export function fresh(text) {
  const words = text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
  return words.length ? new Set(words).size / words.length : NaN;
}

// the same numbers of a text that was not written by a model, in stretches of so many characters
export function usual(text, length) {
  const n = Math.max(1, Math.floor(text.length / length));
  const parts = Array.from({ length: n }, (_, i) => text.slice(i * length, (i + 1) * length));
  const mean = of => parts.reduce((sum, part) => sum + of(part), 0) / n;
  return { repeated: mean(part => new Repeats(part).share()), fresh: mean(fresh) };
}

export class Column {
  // `title` and `name` say what it is; `choice` how its tokens are drawn
  constructor(said) {
    Object.assign(this, said, { shown: 0, drawn: -1, problem: "" });
    this.nats = [0]; // that the first t tokens cost
    this.ends = [0]; // characters that they are
    this.repeats = new Repeats();
    this.decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  }

  // tokens that were drawn, as their bytes, and log p of each
  add(bytes, logProb) {
    this.nats.push(this.nats.at(-1) - logProb);
    this.repeats.add(this.decoder.decode(bytes, { stream: true })); // of a character cut into several, the last brings it
    this.ends.push(this.repeats.text.length);
  }

  // move on as time passes; true where there is more to show
  play(passed) {
    const ready = this.ends.length - 1;
    this.shown = Math.min(ready, this.shown + (passed / 1000) * Math.max(LEAST, 1.5 * (ready - this.shown)));
    return this.shown < ready;
  }

  get text() {
    return this.repeats.text.slice(0, this.ends[Math.floor(this.shown)]);
  }

  // what is shown, in parts: [text, whether it stood there before]
  get parts() {
    const found = [],
      { text, repeats } = this;
    for (let i = 0, j; i < text.length; i = j) {
      for (j = i + 1; j < text.length && repeats.inside[j] === repeats.inside[i]; ) j++;
      found.push([text.slice(i, j), repeats.inside[i] === 1]);
    }
    return found;
  }

  // what is shown, in numbers; null while there is nothing
  get measures() {
    const t = Math.floor(this.shown),
      { text } = this;
    if (!text) return null;
    return {
      bits: this.nats[t] / Math.LN2 / Array.from(text).length,
      repeated: this.repeats.share(text.length),
      fresh: fresh(text),
    };
  }
}
