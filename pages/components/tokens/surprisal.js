// @ts-nocheck: no types yet
// Surprisal: what each character of a text costs under each model, and what the model would have expected there.

import { get, stream } from "../gibbs/wire.js";
import { button, write } from "../shared/controls.js";
import { html, put, refresh } from "../shared/html.js";
import { Lexicon } from "./lexicon.js";
import { heat, percent, scale } from "./marks.js";

const PAUSE = 350; // milliseconds without a key before a text is read
const TOP = 8; // bits per character at the end of a bar
const PAGE = 3_000; // tokens that are coloured, until more are asked for
const BEGINS = 500; // characters of the test text
const LONGEST = 100_000; // characters that are read at once
const LINKED = 1_500; // characters that a link has room for

export class Surprisal {
  constructor(host, root) {
    Object.assign(this, { host, root, readings: new Map(), chosen: host.data.checkpoint, against: "", pages: 1 });
    put(root, markup(host));
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    this.$("own").value = this.text = host.state.text || begins(host.model.text);
    this.listen();
    this.begin();
  }

  close() {
    this.stopped = true;
    this.controller?.abort();
    clearTimeout(this.later);
  }

  async begin() {
    const { host } = this;
    try {
      const { header } = await get(`${host.url}/around?all=1`);
      if (this.stopped) return;
      this.rivals = header.rivals.sort(
        (a, b) => b.same - a.same || Number(b.name === host.data.checkpoint) - Number(a.name === host.data.checkpoint),
      );
      put(this.$("against"), [
        html`<option value="">its bits</option>`,
        ...this.rivals.map(rival => html`<option value="${rival.name}">bits less than ${label(rival)}</option>`),
      ]);
      this.read();
    } catch (error) {
      if (!this.stopped) host.complain(error.message);
    }
  }

  // read the text under every model, the chosen one first
  async read() {
    const { host, text } = this;
    this.controller?.abort();
    const controller = (this.controller = new AbortController());
    this.readings = new Map();
    this.pages = 1;
    host.complain("");
    host.remember();
    host.wake();
    const order = [...this.rivals].sort((a, b) => Number(b.name === this.chosen) - Number(a.name === this.chosen));
    for (const rival of order) {
      const reading = new Reading(text);
      try {
        for await (const message of stream(
          `${host.data.api}/${rival.name}/read`,
          { text, alternatives: 6 },
          {},
          controller.signal,
        )) {
          if (controller.signal.aborted) return;
          reading.take(message);
          this.readings.set(rival.name, reading);
          if (rival.name !== this.chosen) this.totals();
          else host.wake();
        }
      } catch (error) {
        if (error.name === "AbortError" || this.stopped) return;
        host.complain(error.message);
        return; // the others would say the same
      }
      if (!text) this.readings.set(rival.name, reading);
      host.wake();
    }
  }

  // -- what is drawn ------------------------------------------------------------------------------

  draw() {
    if (!this.rivals) return false;
    this.totals();
    this.coloured();
    const reading = this.readings.get(this.chosen);
    if (reading?.done || !this.text) this.host.shown();
    return false;
  }

  totals() {
    const found = this.rivals.map(rival => [rival, this.readings.get(rival.name)]);
    const best = Math.min(
      ...found.map(([, reading]) =>
        reading?.done && reading.characters ? reading.bits / reading.characters : Infinity,
      ),
    );
    write(this.$("count"), `${Array.from(this.text).length.toLocaleString("en")} characters`);
    refresh(this.$("totals"), [
      html`<div class="head"><span>model</span><span class="scale" title="Bits per character; 8: every byte alike">${scale(TOP)}</span><span>bits per character</span><span>bits in all</span><span title="Of a token: models with other tokens do not compare by it">per-token perplexity</span><span title="How often the likeliest token was the true one">right</span></div>`,
      ...found.map(([rival, reading]) => {
        const rate = reading?.done && reading.characters ? reading.bits / reading.characters : NaN,
          { length } = reading?.tokens ?? [];
        const number = (x, digits) =>
          Number.isFinite(x)
            ? x.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: digits })
            : reading
              ? "…"
              : "";
        return html`<button type="button" data-rival="${rival.name}" aria-pressed="${rival.name === this.chosen}" class="${rate === best ? "best" : ""}" title="${rival.title}: colour the text by this model">
<span>${label(rival)}</span><span class="well scaled"><i style="width:${Number.isFinite(rate) ? Math.min(100, (100 * rate) / TOP) : 0}%"></i></span>
<span>${number(rate, 2)}</span><span title="${reading?.done ? `${number(reading.bits * Math.LN2, 1)} nats` : ""}">${number(reading?.done ? reading.bits : NaN, 1)}</span><span>${number(reading?.done && length ? 2 ** (reading.bits / length) : NaN, 2)}</span><span>${reading?.done && length ? percent(reading.right / length) : ""}</span></button>`;
      }),
    ]);
  }

  coloured() {
    const reading = this.readings.get(this.chosen),
      other = this.against && this.readings.get(this.against),
      box = this.$("text");
    if (!reading) return box.replaceChildren();
    const shown = Math.min(reading.tokens.length, PAGE * this.pages),
      pieces = document.createDocumentFragment();
    for (let i = 0; i < shown; i++) {
      const from = reading.ends[i - 1] ?? 0,
        to = reading.ends[i];
      if (to === from) continue; // part of a character: its bits stand where it ends
      const span = document.createElement("span");
      const own = reading.sum(from, to) / (to - from);
      span.dataset.at = i;
      span.textContent = reading.characters_.slice(from, to).join("").replace(/\n/g, "⏎\n");
      span.style.background = other?.done ? parted(other.sum(from, to) / (to - from) - own) : heat(own);
      pieces.append(span);
    }
    box.replaceChildren(pieces);
    const left = reading.tokens.length - shown;
    this.$("more").hidden = left <= 0;
    write(
      this.$("more"),
      `colour ${Math.min(left, PAGE).toLocaleString("en")} more tokens of ${left.toLocaleString("en")}`,
    );
    write(
      this.$("worst"),
      reading.done && reading.characters
        ? `Costliest words: ${reading
            .worst()
            .map(([word, bits]) => `${word} (${bits.toFixed(1)} bits)`)
            .join(", ")}.`
        : "",
    );
    const legend = other?.done
      ? ["the other model is surer", "this model is surer"]
      : ["0 bits", "12 bits per character"];
    put(
      this.$("legend"),
      html`${legend[0]} <i class="ramp" style="background:linear-gradient(90deg, ${other?.done ? `${parted(-4)}, ${parted(0)}, ${parted(4)}` : `${heat(0)}, ${heat(12)}`})"></i> ${legend[1]}`,
    );
  }

  // what was expected where the pointer is
  hover(i) {
    const reading = this.readings.get(this.chosen),
      box = this.$("hover");
    if (!reading || i === undefined || i >= reading.tokens.length) return;
    const { lexicon } = reading,
      bits = reading.costs[i];
    const rows = reading.likeliest[i].map(
      ([token, p]) =>
        html`<span class="row ${token === reading.tokens[i] ? "drawn" : ""}"><b>${lexicon.name(token)}</b><span class="well scaled"><i style="width:${100 * p}%"></i></span><s>${percent(p)}</s></span>`,
    );
    const others = this.rivals
      .filter(({ name }) => name !== this.chosen && this.readings.get(name)?.done)
      .map(
        rival =>
          `${label(rival)} ${this.readings
            .get(rival.name)
            .sum(reading.ends[i - 1] ?? 0, reading.ends[i])
            .toFixed(1)}`,
      );
    put(
      box,
      html`<p><b class="token">${lexicon.name(reading.tokens[i])}</b> ${bits.toFixed(2)} bits, p ${percent(2 ** -bits)}, ${reading.ranks[i] ? `${reading.ranks[i].toLocaleString("en")} likelier` : "the likeliest"}; entropy ${reading.entropies[i].toFixed(2)} bits.</p><span class="row scale"><span></span><span>${scale(100, "%")}</span></span>${rows}${others.length ? html`<p class="note">bits by the others: ${others.join(", ")}</p>` : ""}`,
    );
  }

  // -- hands --------------------------------------------------------------------------------------

  listen() {
    this.$("own").addEventListener("input", ({ target }) => this.take(target.value));
    this.$("file").addEventListener("change", ({ target }) => {
      this.opened(target.files[0]);
      target.value = ""; // the same file may be opened again
    });
    this.$("text").addEventListener(
      "pointerover",
      ({ target }) => target.dataset.at && this.point(Number(target.dataset.at)),
    );
    this.$("text").addEventListener(
      "click",
      ({ target }) => target.dataset.at && this.point(Number(target.dataset.at)),
    );
    this.$("totals").addEventListener("click", ({ target }) => {
      const row = target.closest("[data-rival]");
      if (!row) return;
      this.chosen = row.dataset.rival;
      this.at = undefined;
      this.host.wake();
    });
  }

  // the text of a file; what cannot be read is said, and the text stays
  async opened(file) {
    if (!file) return;
    const { host } = this;
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.slice(0, 4 * LONGEST).arrayBuffer(), {
        stream: file.size > 4 * LONGEST,
      });
      const characters = Array.from(text);
      this.put(characters.slice(0, LONGEST).join(""));
      if (characters.length > LONGEST || file.size > 4 * LONGEST)
        write(this.$("cut"), `Of ${file.name} the first ${LONGEST.toLocaleString("en")} characters are read.`);
    } catch {
      host.complain(`${file.name} is no text in UTF-8: save it as one and open it again.`);
    }
  }

  point(i) {
    this.$("text").querySelector(".now")?.classList.remove("now");
    this.$("text").querySelector(`[data-at="${i}"]`)?.classList.add("now");
    this.at = i;
    this.hover(i);
  }

  take(text) {
    clearTimeout(this.later);
    write(this.$("cut"), "");
    this.text = text;
    this.host.state.text = text;
    this.later = setTimeout(() => !this.stopped && this.rivals && this.read(), PAUSE);
  }

  put(text) {
    this.$("own").value = text;
    this.take(text);
  }

  do(name) {
    const { host } = this,
      words = this.text.split(/(\s+)/);
    if (name === "open") this.$("file").click();
    else if (name === "more") {
      this.pages += 1;
      host.wake();
    } else if (name === "test") this.put(begins(host.model.text));
    else if (name === "written") this.put(host.written ?? host.prompt);
    else if (name === "reversed") this.put(Array.from(this.text).reverse().join(""));
    else if (name === "shuffled") {
      const real = words.filter((_, i) => i % 2 === 0),
        order = real.map(word => [Math.random(), word]).sort((a, b) => a[0] - b[0]);
      this.put(words.map((word, i) => (i % 2 ? word : order[i / 2][1])).join(""));
    } else if (name === "capitals")
      this.put(this.text === this.text.toUpperCase() ? this.text.toLowerCase() : this.text.toUpperCase());
  }

  change(name, value) {
    if (name !== "against") return;
    this.against = value;
    this.host.wake();
  }

  keys() {
    const by = step => () =>
      this.readings.get(this.chosen)?.tokens.length &&
      this.point(Math.max(0, Math.min(this.readings.get(this.chosen).tokens.length - 1, (this.at ?? -1) + step)));
    return { ArrowRight: by(1), ArrowLeft: by(-1) };
  }

  link() {
    const { text } = this.host.state;
    return { text: text.length > LINKED ? "" : text };
  }
}

// a text as one model reads it
class Reading {
  constructor(text) {
    this.characters_ = Array.from(text);
    Object.assign(this, {
      tokens: [],
      costs: [],
      ranks: [],
      entropies: [],
      likeliest: [],
      ends: [],
      each: [],
      right: 0,
      bits: 0,
      owed: 0,
      pending: [],
    });
  }

  get characters() {
    return this.characters_.length;
  }

  get done() {
    return this.count !== undefined && this.tokens.length === this.count;
  }

  take({ header, planes }) {
    if (header.tokens) {
      this.count = header.count;
      this.lexicon = new Lexicon(header.tokens);
      return;
    }
    const { tokens, nats, rank, entropy, likeliest, probs } = planes,
      [, many] = likeliest.shape;
    for (let i = 0; i < tokens.data.length; i++) {
      const bits = nats.data[i] / Math.LN2;
      this.tokens.push(tokens.data[i]);
      this.costs.push(bits);
      this.ranks.push(rank.data[i]);
      this.entropies.push(entropy.data[i] / Math.LN2);
      this.likeliest.push(
        Array.from({ length: many }, (_, k) => [likeliest.data[i * many + k], probs.data[i * many + k]]),
      );
      this.bits += bits;
      this.right += rank.data[i] === 0;
      this.place(tokens.data[i], bits);
    }
  }

  // the bits of a token fall evenly on its characters; those of bytes of a character on the character that they make
  place(token, bits) {
    this.pending.push(...(this.lexicon.bytes[token] ?? []));
    this.owed += bits;
    let whole = 0;
    for (let at = 0; at < this.pending.length; ) {
      const lead = this.pending[at],
        size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
      if (at + size > this.pending.length) break;
      at += size;
      whole += 1;
      if (at === this.pending.length) this.pending.length = 0;
    }
    if (!this.pending.length && whole) {
      for (let k = 0; k < whole; k++) this.each.push(this.owed / whole);
      this.owed = 0;
    }
    this.ends.push(this.each.length);
  }

  // bits of the characters from .. to - 1
  sum(from, to) {
    let sum = 0;
    for (let i = from; i < to; i++) sum += this.each[i];
    return sum;
  }

  // words that cost most
  worst(most = 6) {
    const words = [];
    let from = 0;
    for (let i = 0; i <= this.characters_.length; i++) {
      if (i < this.characters_.length && !/\s/.test(this.characters_[i])) continue;
      if (i > from) words.push([this.characters_.slice(from, i).join("").slice(0, 30), this.sum(from, i)]);
      from = i + 1;
    }
    return words.sort((a, b) => b[1] - a[1]).slice(0, most);
  }
}

const begins = whole => {
  const text = whole.trimStart();
  const cut = text.slice(0, BEGINS).lastIndexOf("\n");
  return text.length <= BEGINS ? text : text.slice(0, cut > 100 ? cut : BEGINS);
};

const label = rival => (rival.same ? rival.short : `${rival.short} · ${rival.data}`);

// how many bits another model pays more: blue where this one is better, orange where the other is
const parted = bits =>
  `color-mix(in srgb, ${bits > 0 ? "#2b8cd4" : "#e8590c"} ${Math.round(Math.min(1, Math.abs(bits) / 4) * 75)}%, transparent)`;

function markup({ written }) {
  return html`
<p class="lead fold">Every model tells how likely each next token is; what came costs −log₂ p bits. Paste a text, point at a token, and compare: which characters carry the bits, and under which model?</p>
<div class="bar prompting">
  <label class="field">Text<textarea data-part="own" rows="4" spellcheck="false" aria-label="The text that is read"></textarea></label>
  <span class="group fold">${button("test", "test text", "How the test text begins: no model was trained on it")}${button("open", "open a file", "A text file (UTF-8); it stays in this browser, but for what is read")}<input type="file" data-part="file" accept=".txt,.md,.py,.csv,text/*" hidden>
  ${written ? button("written", "what was written", "What the model wrote under Write") : ""}
  ${button("shuffled", "shuffle words", "The same words in another order")}${button("reversed", "reverse", "Backwards")}${button("capitals", "CAPITALS", "In capitals; once more: in small letters")}</span>
</div>
<p class="note" data-part="cut"></p>
<div class="totals" data-part="totals"></div>
<div class="desk">
  <section>
    <div class="bar"><label class="group">colour by <select data-pick="against" data-part="against" aria-label="What the colour says"></select></label><span class="note" data-part="legend"></span><span class="note end" data-part="count"></span></div>
    <div class="text" data-part="text" aria-label="The text, coloured"></div>
    ${button("more", "more", "Colour more of the text", html`data-part="more" hidden`)}
    <p class="note" data-part="worst"></p>
  </section>
  <section class="next expected"><div class="heads"><b>Expected there</b><span class="muted">arrow keys: the next token</span></div><div data-part="hover" class="hover"><p class="note">Point at a token: what it cost, and what the model thought likelier.</p></div></section>
</div>`;
}

Object.assign(Surprisal, { title: "Surprisal", hint: "What each character of a text costs under each model" });
Object.defineProperty(Surprisal, "name", { value: "surprisal" });
