// Surprisal: bits of each character of a text under each model, and what the model predicted there.

import { get, isAbort, messageOf, stream } from "../../shared/view/api.js";
import { button, write } from "../../shared/view/controls.js";
import { part } from "../../shared/view/dom.js";
import { percent, whole } from "../../shared/view/format.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { contrast, heat, scale } from "./scales.js";
import { TokenScores } from "./token_scores.js";

const PATIENCE = 350; // milliseconds without a key before a text is read
const TOP = 8; // bits per character at the end of a bar
const PAGE = 3_000; // tokens that are coloured, until more are asked for
const BEGINNING = 500; // characters of the test text
const LONGEST = 100_000; // characters that are read at once
const LINKED = 1_500; // characters that a link has room for
const ALTERNATIVES = 6; // tokens that are listed where the pointer is

/** @typedef {import("./model.js").Rival} Rival */
/** @typedef {import("./player.js").TokenPlayer} TokenPlayer */

/** The beginning of a text, to the end of a line. @param {string} text */
export function beginningOf(text) {
  const begun = text.trimStart();
  if (begun.length <= BEGINNING) return begun;
  const line = begun.slice(0, BEGINNING).lastIndexOf("\n");
  return begun.slice(0, line > 100 ? line : BEGINNING);
}

/** What can be done to a text, by the name of its button. @type {Record<string, (text: string) => string>} */
export const VARIANTS = {
  reversed: text => Array.from(text).reverse().join(""),
  capitals: text => (text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase()),
  shuffled: text => {
    const parts = text.split(/(\s+)/); // words at even places, white space between them
    const words = parts
      .filter((_, i) => i % 2 === 0)
      .map(word => ({ word, at: Math.random() }))
      .sort((a, b) => a.at - b.at);
    return parts.map((part, i) => (i % 2 ? part : words[i / 2].word)).join("");
  },
};

/** @param {Rival} rival */
const label = ({ same, short, data }) => (same ? short : `${short} · ${data}`);

export class Surprisal {
  static name = "surprisal";
  static title = "Surprisal";
  static hint = "Bits of each character of a text under each model";

  /**
   * @param {TokenPlayer} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    /** @type {Rival[] | null} null until they have come */
    this.rivals = null;
    /** @type {Map<string, TokenScores>} by model */
    this.scores = new Map();
    this.chosen = host.data.checkpoint; // the model whose bits are coloured
    this.against = ""; // the model that it is compared with
    this.pages = 1;
    this.at = -1; // the token that is looked at
    this.text = host.state.text || beginningOf(host.model.text);
    this.destroyed = false;
    this.request = new AbortController();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    put(root, markup(host.written));
    this.typed = part(root, "own", HTMLTextAreaElement);
    this.typed.value = this.text;
    this.listen();
    this.open();
  }

  destroy() {
    this.destroyed = true;
    this.request.abort();
    clearTimeout(this.timer);
  }

  async open() {
    const { host } = this;
    try {
      const { header } = await get(`${host.modelUrl}/around?all=1`);
      if (this.destroyed) return;
      /** @type {Rival[]} */
      const rivals = header.rivals;
      /** @param {Rival} rival */
      const own = ({ name }) => Number(name === host.data.checkpoint);
      this.rivals = rivals.sort((a, b) => Number(b.same) - Number(a.same) || own(b) - own(a));
      put(part(this.root, "against"), [
        html`<option value="">surprisal</option>`,
        ...this.rivals.map(rival => html`<option value="${rival.name}">difference from ${label(rival)}</option>`),
      ]);
      this.readAll(this.rivals);
    } catch (error) {
      if (!this.destroyed) host.showError(messageOf(error));
    }
  }

  // -- what is read -------------------------------------------------------------------------------

  /** Read the text under every model, the chosen one first. @param {Rival[]} rivals */
  async readAll(rivals) {
    const { host } = this;
    this.request.abort();
    const request = new AbortController();
    this.request = request;
    this.scores = new Map();
    this.pages = 1;
    host.showError("");
    host.syncUrl();
    host.requestFrame();
    const first = rivals.filter(({ name }) => name === this.chosen);
    for (const { name } of new Set([...first, ...rivals])) {
      try {
        await this.read(name, request.signal);
      } catch (error) {
        if (isAbort(error) || this.destroyed) return;
        host.showError(messageOf(error));
        return; // the others would say the same
      }
      if (request.signal.aborted) return;
      host.requestFrame();
    }
  }

  /** @param {string} name of a model @param {AbortSignal} signal */
  async read(name, signal) {
    const { host, text } = this,
      scores = new TokenScores(text),
      url = `${host.data.api}/${name}/read`;
    for await (const message of stream(url, { text, alternatives: ALTERNATIVES }, {}, signal)) {
      if (signal.aborted) return;
      scores.append(message);
      this.scores.set(name, scores);
      if (name === this.chosen) host.requestFrame();
      else this.drawTotals();
    }
    if (!text) this.scores.set(name, scores);
  }

  // -- what is drawn ------------------------------------------------------------------------------

  draw() {
    if (!this.rivals) return false;
    this.drawTotals();
    this.drawText();
    if (this.scores.get(this.chosen)?.done || !this.text) this.host.reportShown();
    return false;
  }

  drawTotals() {
    const { root, scores, text, chosen } = this,
      rivals = this.rivals ?? [],
      rates = rivals.map(({ name }) => scores.get(name)?.rate ?? NaN),
      best = Math.min(...rates.filter(Number.isFinite));
    write(part(root, "count"), `${whole(Array.from(text).length)} characters`);
    /** @param {Rival} rival @param {number} i */
    const row = (rival, i) => {
      const read = scores.get(rival.name),
        rate = rates[i],
        tokens = read?.done ? read.tokens.length : 0,
        bits = read?.done ? read.bits : NaN;
      /** @param {number} x @param {number} digits */
      const number = (x, digits) => {
        if (!Number.isFinite(x)) return read ? "…" : "";
        return x.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: digits });
      };
      const width = Number.isFinite(rate) ? Math.min(100, (100 * rate) / TOP) : 0;
      return html`<button type="button" data-rival="${rival.name}" aria-pressed="${rival.name === chosen}" class="${rate === best ? "best" : ""}" title="${rival.title}: colour the text by this model">
<span>${label(rival)}</span><span class="well scaled"><i style="width:${width}%"></i></span>
<span>${number(rate, 2)}</span><span title="${read?.done ? `${number(bits * Math.LN2, 1)} nats` : ""}">${number(bits, 1)}</span><span>${number(tokens ? 2 ** (bits / tokens) : NaN, 2)}</span><span>${read && tokens ? percent(read.right / tokens) : ""}</span></button>`;
    };
    refresh(part(root, "totals"), [
      html`<div class="head"><span>model</span><span class="scale" title="Bits per character; 8: all bytes equally likely">${scale(TOP)}</span><span>bits per character</span><span>total bits</span><span title="Comparable only between models with the same tokens">per-token perplexity</span><span title="How often the most probable token is the true one">correct</span></div>`,
      ...rivals.map(row),
    ]);
  }

  drawText() {
    const { root, scores } = this,
      own = scores.get(this.chosen),
      box = part(root, "text"),
      more = part(root, "more");
    if (!own) return box.replaceChildren();
    const compared = scores.get(this.against),
      other = compared?.done ? compared : null,
      shown = Math.min(own.tokens.length, PAGE * this.pages),
      pieces = document.createDocumentFragment();
    for (let i = 0; i < shown; i++) {
      const from = own.start(i),
        to = own.ends[i];
      if (to === from) continue; // part of a character: its bits stand where it ends
      const span = document.createElement("span"),
        bits = own.sum(from, to) / (to - from);
      span.dataset.at = String(i);
      span.textContent = own.characters.slice(from, to).join("").replace(/\n/g, "⏎\n");
      span.style.background = other ? contrast(other.sum(from, to) / (to - from) - bits) : heat(bits);
      pieces.append(span);
    }
    box.replaceChildren(pieces);
    const left = own.tokens.length - shown;
    more.hidden = left <= 0;
    write(more, `show ${whole(Math.min(left, PAGE))} of ${whole(left)} more tokens`);
    const words = own.costliest().map(([word, bits]) => `${word} (${bits.toFixed(1)} bits)`);
    write(part(root, "worst"), own.done && own.characters.length ? `Most surprising words: ${words.join(", ")}.` : "");
    put(
      part(root, "legend"),
      other
        ? html`fewer bits under the other model <i class="ramp" style="background:linear-gradient(90deg, ${[-4, 0, 4].map(contrast).join(", ")})"></i> fewer bits under this model`
        : html`0 bits <i class="ramp" style="background:linear-gradient(90deg, ${[0, 12].map(heat).join(", ")})"></i> 12 bits per character`,
    );
  }

  /** What was expected in the place of a token. @param {number} i */
  drawExpected(i) {
    const { scores, chosen } = this,
      read = scores.get(chosen),
      vocabulary = read?.vocabulary;
    if (!read || !vocabulary || !(i < read.tokens.length)) return;
    const bits = read.costs[i],
      rank = read.ranks[i];
    const rows = read.likeliest[i].map(
      ([token, p]) =>
        html`<span class="row ${token === read.tokens[i] ? "drawn" : ""}"><b>${vocabulary.name(token)}</b><span class="well scaled"><i style="width:${100 * p}%"></i></span><s>${percent(p)}</s></span>`,
    );
    const others = (this.rivals ?? []).flatMap(rival => {
      const other = scores.get(rival.name);
      if (rival.name === chosen || !other?.done) return [];
      return [`${label(rival)} ${other.sum(read.start(i), read.ends[i]).toFixed(1)}`];
    });
    put(
      part(this.root, "hover"),
      html`<p><b class="token">${vocabulary.name(read.tokens[i])}</b> ${bits.toFixed(2)} bits, p ${percent(2 ** -bits)}, rank ${whole(rank + 1)}; entropy ${read.entropies[i].toFixed(2)} bits.</p><span class="row scale"><span></span><span>${scale(100, "%")}</span></span>${rows}${others.length > 0 && html`<p class="note">bits under other models: ${others.join(", ")}</p>`}`,
    );
  }

  // -- hands --------------------------------------------------------------------------------------

  listen() {
    const file = part(this.root, "file", HTMLInputElement),
      text = part(this.root, "text");
    this.typed.addEventListener("input", () => this.take(this.typed.value));
    file.addEventListener("change", () => {
      if (file.files?.[0]) this.openFile(file.files[0]);
      file.value = ""; // the same file may be opened again
    });
    for (const kind of ["pointerover", "click"])
      text.addEventListener(kind, ({ target }) => {
        if (target instanceof HTMLElement && target.dataset.at) this.point(Number(target.dataset.at));
      });
    part(this.root, "totals").addEventListener("click", ({ target }) => {
      const row = target instanceof Element ? target.closest("[data-rival]") : null;
      if (!row) return;
      this.chosen = row.getAttribute("data-rival") ?? this.chosen;
      this.at = -1;
      this.host.requestFrame();
    });
  }

  /** The text of a file; of one that cannot be read it is said, and the text stays. @param {File} file */
  async openFile(file) {
    const most = 4 * LONGEST, // bytes
      long = file.size > most;
    try {
      const bytes = await file.slice(0, most).arrayBuffer();
      const characters = Array.from(new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: long }));
      this.put(characters.slice(0, LONGEST).join(""));
      if (characters.length > LONGEST || long)
        write(part(this.root, "cut"), `${file.name}: using the first ${whole(LONGEST)} characters.`);
    } catch {
      this.host.showError(`${file.name} is not UTF-8 text: save it as UTF-8 and open it again.`);
    }
  }

  /** @param {number} i */
  point(i) {
    const text = part(this.root, "text");
    text.querySelector(".now")?.classList.remove("now");
    text.querySelector(`[data-at="${i}"]`)?.classList.add("now");
    this.at = i;
    this.drawExpected(i);
  }

  /** Read another text, once typing rests. @param {string} text */
  take(text) {
    clearTimeout(this.timer);
    write(part(this.root, "cut"), "");
    this.text = text;
    this.host.state.text = text;
    this.timer = setTimeout(() => !this.destroyed && this.rivals && this.readAll(this.rivals), PATIENCE);
  }

  /** @param {string} text */
  put(text) {
    this.typed.value = text;
    this.take(text);
  }

  /** @param {string} name */
  onAction(name) {
    const { host } = this;
    if (name === "open") part(this.root, "file").click();
    else if (name === "more") {
      this.pages += 1;
      host.requestFrame();
    } else if (name === "test") this.put(beginningOf(host.model.text));
    else if (name === "written") this.put(host.written || host.prompt);
    else if (name in VARIANTS) this.put(VARIANTS[name](this.text));
  }

  /** @param {string} name @param {string} value */
  onSelect(name, value) {
    if (name !== "against") return;
    this.against = value;
    this.host.requestFrame();
  }

  keys() {
    /** @param {number} by */
    const step = by => () => {
      const count = this.scores.get(this.chosen)?.tokens.length;
      if (count) this.point(Math.max(0, Math.min(count - 1, this.at + by)));
    };
    return { ArrowRight: step(1), ArrowLeft: step(-1) };
  }

  urlParams() {
    const { text } = this.host.state;
    return { text: text.length > LINKED ? "" : text };
  }
}

/** @param {string} written what Write was left with */
function markup(written) {
  return html`
<p class="lead fold">Surprisal: −log₂ p of each token given all tokens before it. Paste a text, point at a token and compare: which characters carry the bits, and under which model?</p>
<div class="bar prompting">
  <label class="field">Text<textarea data-part="own" rows="4" spellcheck="false" aria-label="Text to score"></textarea></label>
  <span class="group fold">${button("test", "test text", "Use the beginning of the test text")}${button("open", "open a file", "Open a UTF-8 text file; the server does not store it")}<input type="file" data-part="file" accept=".txt,.md,.py,.csv,text/*" hidden>
  ${written ? button("written", "generated text", "Use the text of the tab Generate") : ""}
  ${button("shuffled", "shuffle words", "Put the words in random order")}${button("reversed", "reverse", "Reverse the characters")}${button("capitals", "CAPITALS", "Switch to capitals, or back to lower case")}</span>
</div>
<p class="note" data-part="cut"></p>
<div class="totals" data-part="totals"></div>
<div class="desk">
  <section>
    <div class="bar"><label class="group">colour by <select data-pick="against" data-part="against" aria-label="Meaning of the colour"></select></label><span class="note" data-part="legend"></span><span class="note end" data-part="count"></span></div>
    <div class="text" data-part="text" aria-label="Text coloured by surprisal"></div>
    ${button("more", "more", "Show more of the text", html`data-part="more" hidden`)}
    <p class="note" data-part="worst"></p>
  </section>
  <section class="next expected"><div class="heads"><b>Prediction</b><span class="muted">arrow keys: previous, next token</span></div><div data-part="hover" class="hover"><p class="note">Point at a token to see its surprisal and the most probable tokens.</p></div></section>
</div>`;
}
