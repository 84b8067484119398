// Inside: heads of a Transformer, units of a recurrent network, counts of an n-gram along a text; and how much context each
// model uses.

import { messageOf, post } from "../../shared/view/api.js";
import { button, write } from "../../shared/view/controls.js";
import { findAll, part } from "../../shared/view/dom.js";
import { whole } from "../../shared/view/format.js";
import { html, put } from "../../shared/view/html.js";
import { LatestRequest } from "../../shared/view/latest_request.js";
import { ContextLength } from "./context_length.js";
import { Heads } from "./heads.js";
import { NgramCounts } from "./ngram_counts.js";
import { Units } from "./units.js";
import { visibleCharacter } from "./vocabulary.js";

const LINKED = 2_000; // characters of a text that an address holds
const SENT = 10_000; // characters that the server takes: more than it ever shows
const PATIENCE = 250; // milliseconds that typing rests before the text is read

/** @typedef {import("../../shared/view/html.js").Html} Html */
/** @typedef {import("../../shared/view/types.d.ts").Keys} Keys */
/** @typedef {import("../../shared/view/types.d.ts").Message} Message */
/** @typedef {import("../../shared/view/types.d.ts").UrlParams} UrlParams */
/**
 * What a view shows of one family of models.
 * @typedef {object} View
 * @property {(answer: Message) => void} onData of the route `inside`
 * @property {(at: number) => string[]} tints of the beginning and each token, while token `at` is looked at
 * @property {(at: number) => void} draw
 * @property {() => void} [destroy]
 * @property {(name: string, button: HTMLButtonElement) => void} [onAction]
 * @property {(name: string, value: string) => void} [onSelect]
 * @property {() => Keys} [keys]
 * @property {() => UrlParams} [urlParams]
 */
/**
 * @typedef {object} ViewKind
 * @property {number} usual characters of the test text, where the link says no text
 * @property {boolean} beginning whether the beginning of the text can be looked at
 * @property {boolean} backward whether only tokens before the chosen one count
 * @property {string | Html} lead
 * @property {string | Html} legend
 * @property {string | Html} keyHelp
 */
/** @typedef {ViewKind & (new (panel: Inside, root: HTMLElement, below: HTMLElement) => View)} ViewClass */

/** @type {Record<string, ViewClass>} by family */
const VIEWS = { transformer: Heads, recurrent: Units, ngram: NgramCounts };

export class Inside {
  static name = "inside";
  static title = "Inside";
  static hint = "Attention heads, hidden units, n-gram counts, effective context";

  /**
   * @param {import("./player.js").TokenPlayer} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    const { model, state } = host;
    this.host = host;
    this.root = root;
    this.kind = VIEWS[model.family];
    this.destroyed = false;
    this.hover = -1; // token under the pointer
    /** @type {ArrayLike<number> & { slice: (from: number, to: number) => ArrayLike<number> }} */
    this.tokens = new Uint16Array(0);
    this.loaded = false;
    this.read = ""; // the text, as far as it is read
    this.last = 0; // the token that is chosen where nobody chose
    /** @type {(HTMLElement | null)[]} of the beginning and each token */
    this.spans = [];
    /** @type {number | null} token that is marked as chosen */
    this.marked = null;
    /** @type {string[] | null} */
    this.tinted = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    put(root, markup(this.kind, state.text));
    this.text = part(root, "text");
    this.typed = part(root, "typed", HTMLTextAreaElement);
    this.typed.value = state.text;
    this.view = new this.kind(this, part(root, "view"), part(root, "under"));
    this.contextLength = new ContextLength(host, part(root, "reach"));
    /** @type {LatestRequest<string[], Message>} */
    this.request = new LatestRequest(
      characters => post(`${host.modelUrl}/inside`, { text: characters.slice(0, SENT).join("") }),
      (answer, characters) => this.onData(answer, characters),
      error => host.showError(messageOf(error)),
    );
    this.listen();
    this.ask();
  }

  destroy() {
    this.destroyed = true;
    clearTimeout(this.timer);
    this.request.close();
    this.view.destroy?.();
    this.contextLength.destroy();
  }

  ask() {
    const { model, state } = this.host;
    this.root.setAttribute("aria-busy", "true");
    this.request.request(Array.from(state.text || Array.from(model.text.trimStart()).slice(0, this.kind.usual)));
  }

  /** @param {Message} answer @param {string[]} characters that were sent */
  onData(answer, characters) {
    const { host } = this,
      { state } = host,
      { header, planes } = answer;
    host.showError("");
    this.tokens = planes.tokens.data;
    this.loaded = true;
    this.read = characters.slice(0, header.characters).join("");
    if (state.place >= this.tokens.length) state.place = -1;
    this.hover = -1;
    write(
      part(this.root, "cut"),
      header.characters === characters.length
        ? ""
        : `Using the first ${whole(header.characters)} of ${whole(characters.length)} characters (at most ${whole(header.most)} tokens).`,
    );
    this.spell();
    this.view.onData(answer);
    this.root.removeAttribute("aria-busy");
    host.requestFrame();
    host.reportShown();
  }

  /** The text, a span for each token; a line break is seen and made. */
  spell() {
    const { tokens, kind } = this,
      texts = this.host.model.vocabulary.texts(tokens);
    this.last = Math.max(
      texts.findLastIndex(text => text.trim()),
      0,
    );
    /** @param {string} c */
    const character = c => (c === "\n" ? html`<s>⏎</s>\n` : c === " " ? c : visibleCharacter(c));
    const first = kind.beginning
      ? html`<span class="begins" data-at="-1" title="Start of the text, before the first token">start</span>`
      : html``;
    put(this.text, [
      first,
      ...texts.map((text, i) => html`<span data-at="${i}">${text ? Array.from(text, character) : "·"}</span>`),
    ]);
    this.spans = [...(kind.beginning ? [] : [null]), ...findAll(this.text, "[data-at]")];
    this.marked = null;
  }

  /** A token in words. @param {number} i -1 for the beginning */
  name(i) {
    return i < 0 ? "the start" : `‘${this.host.model.vocabulary.name(this.tokens[i])}’`;
  }

  /** The token that is looked at: the one under the pointer, else the chosen one. */
  get at() {
    const { place } = this.host.state;
    if (this.hover >= 0) return this.hover;
    return place < 0 ? this.last : place;
  }

  /** @param {number} token */
  go(token) {
    const n = this.tokens.length;
    if (!n) return;
    this.host.state.place = Math.max(0, Math.min(n - 1, token));
    this.hover = -1;
    this.host.syncUrl();
    this.host.requestFrame();
  }

  /** A line up or down, to what stands nearest. @param {1 | -1} by */
  goLine(by) {
    const here = this.spans[this.at + 1];
    if (!here) return;
    const { offsetTop: top, offsetLeft: left } = here,
      height = Number.parseFloat(getComputedStyle(here).lineHeight) || 20;
    /** @param {HTMLElement} span */
    const distance = span => Math.abs(span.offsetTop - top - by * height) * 1_000 + Math.abs(span.offsetLeft - left);
    const beyond = this.spans.slice(1).filter(span => span !== null && by * (span.offsetTop - top) > height / 2);
    const spans = /** @type {HTMLElement[]} */ (beyond);
    if (spans.length) this.go(Number(spans.reduce((a, b) => (distance(b) < distance(a) ? b : a)).dataset.at));
  }

  // -- what is drawn ------------------------------------------------------------------------------

  draw() {
    this.contextLength.draw();
    if (!this.loaded) return false;
    const empty = !this.tokens.length;
    part(this.root, "empty").hidden = !empty;
    if (empty) return false;
    const { at, spans, view } = this,
      tints = view.tints(at);
    if (tints !== this.tinted || this.marked === null) {
      this.tinted = tints;
      spans.forEach((span, i) => {
        if (span) span.style.background = tints[i];
      });
    }
    if (at !== this.marked) this.mark(at);
    view.draw(at);
    return false;
  }

  /** @param {number} at */
  mark(at) {
    const { backward } = this.kind,
      chosen = this.spans[at + 1];
    this.spans.forEach((span, i) => {
      span?.classList.toggle("now", i - 1 === at);
      span?.classList.toggle("later", backward && i - 1 > at);
    });
    if (chosen && this.hover < 0 && (backward || this.host.state.place >= 0)) this.reveal(chosen);
    this.marked = at;
  }

  /** Scroll the text, and nothing else, to a token. @param {HTMLElement} span */
  reveal(span) {
    const margin = span.offsetHeight * 2,
      top = span.offsetTop - margin,
      low = span.offsetTop + margin - this.text.clientHeight;
    this.text.scrollTop = Math.max(Math.min(this.text.scrollTop, top), low, 0);
  }

  // -- hands --------------------------------------------------------------------------------------

  listen() {
    const { host, text } = this;
    /** @param {Event} event */
    const tokenOf = ({ target }) => {
      const span = target instanceof Element ? target.closest("[data-at]") : null;
      return span instanceof HTMLElement ? Number(span.dataset.at) : -1;
    };
    text.addEventListener("pointerover", event => event.pointerType === "mouse" && this.point(tokenOf(event)));
    text.addEventListener("pointerleave", () => this.point(-1));
    text.addEventListener("click", event => tokenOf(event) >= 0 && this.go(tokenOf(event)));
    this.typed.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        if (this.destroyed) return;
        host.state.text = this.typed.value;
        host.state.place = -1;
        this.ask();
        host.syncUrl();
      }, PATIENCE);
    });
  }

  /** @param {number} token under the pointer, -1 for none */
  point(token) {
    if (token === this.hover) return;
    this.hover = token;
    this.host.requestFrame();
  }

  /** @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    if (name === "usual") {
      this.typed.value = "";
      this.typed.dispatchEvent(new Event("input"));
    } else this.view.onAction?.(name, button);
  }

  /** @param {string} name @param {string} value */
  onSelect(name, value) {
    this.view.onSelect?.(name, value);
  }

  keys() {
    return {
      ...this.view.keys?.(),
      ArrowLeft: () => this.go(this.at - 1),
      ArrowRight: () => this.go(this.at + 1),
      ArrowUp: () => this.goLine(-1),
      ArrowDown: () => this.goLine(1),
      Home: () => this.go(0),
      End: () => this.go(Infinity),
    };
  }

  urlParams() {
    const { text, place } = this.host.state,
      fits = text.length <= LINKED;
    return { text: fits ? text : "", place: place < 0 || !fits ? "" : String(place), ...this.view.urlParams?.() };
  }
}

/**
 * @param {ViewKind} kind
 * @param {string} text of the link
 */
function markup(kind, text) {
  const reach = html`<div data-part="reach"></div>`; // where there is room
  return html`
<p class="lead fold">${kind.lead}</p>
<div class="looking">
  <section class="reads">
    <details ${text ? "open" : ""}><summary>Text${text ? "" : ": beginning of the test text, or type your own"}</summary>
      <label class="field"><textarea data-part="typed" rows="3" spellcheck="false" aria-label="Text" placeholder="empty: beginning of the test text"></textarea></label>
      <div class="tools">${button("usual", "use test text", "Use the beginning of the test text")}</div></details>
    <p class="text" data-part="text" aria-label="Text, token by token"></p>
    <p class="note" data-part="empty" hidden>The text is empty.</p>
    <p class="note" data-part="cut"></p>
    <p class="note">${kind.legend} ${button("help", "?", "Keyboard shortcuts", html`aria-expanded="false"`)}</p>
    <div class="key-help" data-part="help" hidden><kbd>←</kbd><kbd>→</kbd> previous, next token <kbd>↑</kbd><kbd>↓</kbd> line up, down <kbd>home</kbd><kbd>end</kbd> first, last ${kind.keyHelp}</div>
    ${kind.beginning ? reach : ""}
  </section>
  <section data-part="view"></section>
</div>
<div data-part="under"></div>
${kind.beginning ? "" : reach}`;
}
