// @ts-nocheck: no types yet
// Inside: what goes on while a text is read. Heads of a Transformer, units of a recurrent network, counts of an n-gram; and
// how far back each model really looks.

import { post } from "../gibbs/wire.js";
import { button, write } from "../shared/controls.js";
import { html, put } from "../shared/html.js";
import { Latest } from "../tabs/latest.js";
import { Heads } from "./heads.js";
import { named } from "./lexicon.js";
import { Orders } from "./orders.js";
import { Reach } from "./reach.js";
import { Units } from "./units.js";

const LINKED = 2_000; // characters of a text that an address holds
const SENT = 10_000; // characters that the server takes: more than it ever shows
const PATIENCE = 250; // milliseconds that typing rests before the text is read
const VIEWS = { transformer: Heads, recurrent: Units, ngram: Orders };

export class Inside {
  constructor(host, root) {
    Object.assign(this, { host, root, hover: -1, spans: [] });
    const { model, state } = host;
    this.kind = VIEWS[model.family];
    put(root, this.markup());
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    this.$("typed").value = state.text;
    this.view = new this.kind(this, this.$("view"), this.$("under"));
    this.reach = new Reach(host, this.$("reach"));
    this.asked = new Latest(
      characters => post(`${host.url}/inside`, { text: characters.slice(0, SENT).join("") }),
      (answer, characters) => this.came(answer, characters),
      error => host.complain(error.message),
    );
    this.listen();
    this.ask();
  }

  close() {
    this.stopped = true;
    clearTimeout(this.typing);
    this.asked.close();
    this.view.close?.();
    this.reach.close();
  }

  get text() {
    const { model, state } = this.host;
    return state.text || Array.from(model.text.trimStart()).slice(0, this.kind.usual).join("");
  }

  ask() {
    this.root.setAttribute("aria-busy", "true");
    this.asked.want(Array.from(this.text));
  }

  came({ header, planes }, characters) {
    const { host } = this,
      { state } = host;
    host.complain("");
    this.tokens = planes.tokens.data;
    this.names = host.model.lexicon;
    this.read = characters.slice(0, header.characters).join("");
    if (state.place >= this.tokens.length) state.place = -1;
    this.hover = -1;
    write(
      this.$("cut"),
      header.characters === characters.length
        ? ""
        : `Only the first ${header.characters.toLocaleString("en")} of ${characters.length.toLocaleString("en")} characters are read: ${header.most.toLocaleString("en")} tokens are the most that is shown at once.`,
    );
    this.spell();
    this.view.came(header, planes);
    this.root.removeAttribute("aria-busy");
    host.wake();
    host.shown();
  }

  // the text, a span a token; a line break is seen and made
  spell() {
    const { tokens, names } = this,
      texts = names.texts(tokens);
    this.last = Math.max(
      texts.findLastIndex(text => text.trim()),
      0,
    ); // chosen where nobody chose
    const shown = i =>
      texts[i] ? Array.from(texts[i], c => (c === "\n" ? html`<s>⏎</s>\n` : c === " " ? c : named(c))) : "·";
    const first = this.kind.beginning
      ? html`<span class="begins" data-at="-1" title="What stands before the first token: a place to look at when nothing else is of use">beginning</span>`
      : html``;
    put(this.$("text"), [first, ...Array.from(tokens, (_, i) => html`<span data-at="${i}">${shown(i)}</span>`)]);
    this.spans = [...this.$("text").querySelectorAll("[data-at]")];
    if (!this.kind.beginning) this.spans.unshift(null);
    this.marked = null;
  }

  // a token in words
  name(i) {
    return i < 0 ? "the beginning" : `‘${this.names.name(this.tokens[i])}’`;
  }

  // the token that is looked at: the one under the pointer, else the chosen one
  get at() {
    const { place } = this.host.state;
    return this.hover >= 0 ? this.hover : place < 0 ? this.last : place;
  }

  go(place) {
    const n = this.tokens?.length ?? 0;
    if (!n) return;
    this.host.state.place = Math.max(0, Math.min(n - 1, place));
    this.hover = -1;
    this.host.remember();
    this.host.wake();
  }

  // a line up or down, to what stands nearest
  line(by) {
    const here = this.spans[this.at + 1];
    if (!here) return;
    const top = here.offsetTop,
      left = here.offsetLeft,
      high = parseFloat(getComputedStyle(here).lineHeight) || 20;
    const far = s => Math.abs(s.offsetTop - top - by * high) * 1_000 + Math.abs(s.offsetLeft - left);
    const rest = this.spans.slice(1).filter(s => by * (s.offsetTop - top) > high / 2);
    if (rest.length) this.go(Number(rest.reduce((a, b) => (far(b) < far(a) ? b : a)).dataset.at));
  }

  // -- what is drawn ------------------------------------------------------------------------------

  draw() {
    this.reach.draw();
    if (!this.tokens) return false;
    const empty = !this.tokens.length;
    this.$("empty").hidden = !empty;
    if (empty) return false;
    const { at } = this,
      tints = this.view.tints(at);
    if (tints !== this.tinted || this.marked === null) {
      this.tinted = tints;
      this.spans.forEach((span, i) => span && (span.style.background = tints[i]));
    }
    if (at !== this.marked) {
      this.spans.forEach((span, i) => {
        span?.classList.toggle("now", i - 1 === at);
        span?.classList.toggle("later", Boolean(this.kind.backward) && i - 1 > at);
      });
      if (this.hover < 0 && (this.kind.backward || this.host.state.place >= 0)) this.reveal(this.spans[at + 1]);
      this.marked = at;
    }
    this.view.draw(at);
    return false;
  }

  // scroll the text, and nothing else, to a token
  reveal(span) {
    const box = this.$("text"),
      high = span.offsetHeight * 2,
      top = span.offsetTop - high,
      low = span.offsetTop + high - box.clientHeight;
    box.scrollTop = Math.max(Math.min(box.scrollTop, top), low, 0);
  }

  themed() {
    this.view.themed?.();
  }

  // -- hands --------------------------------------------------------------------------------------

  listen() {
    const { host } = this,
      text = this.$("text");
    const where = ({ target }) => Number(target.closest?.("[data-at]")?.dataset.at ?? -1);
    text.addEventListener("pointerover", event => event.pointerType === "mouse" && this.point(where(event)));
    text.addEventListener("pointerleave", () => this.point(-1));
    text.addEventListener("click", event => where(event) >= 0 && this.go(where(event)));
    this.$("typed").addEventListener("input", ({ target }) => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => {
        if (this.stopped) return;
        host.state.text = target.value;
        host.state.place = -1;
        this.ask();
        host.remember();
      }, PATIENCE);
    });
  }

  point(i) {
    if (i === this.hover) return;
    this.hover = i;
    this.host.wake();
  }

  do(name, pressed) {
    if (name === "usual") {
      this.$("typed").value = "";
      this.$("typed").dispatchEvent(new Event("input"));
    } else this.view.do?.(name, pressed);
  }

  change(name, value) {
    this.view.change?.(name, value);
  }

  keys() {
    return {
      ...this.view.keys?.(),
      ArrowLeft: () => this.go(this.at - 1),
      ArrowRight: () => this.go(this.at + 1),
      ArrowUp: () => this.line(-1),
      ArrowDown: () => this.line(1),
      Home: () => this.go(0),
      End: () => this.go(Infinity),
    };
  }

  link() {
    const { text, place } = this.host.state,
      fits = text.length <= LINKED;
    return { text: fits ? text : "", place: place < 0 || !fits ? "" : String(place), ...this.view.link?.() };
  }

  markup() {
    const { state } = this.host,
      reach = html`<div data-part="reach"></div>`; // where there is room
    return html`
<p class="lead fold">${this.kind.lead}</p>
<div class="looking">
  <section class="reads">
    <details ${state.text ? "open" : ""}><summary>The text that is read${state.text ? "" : ": how the test text begins; type your own"}</summary>
      <label class="field"><textarea data-part="typed" rows="3" spellcheck="false" aria-label="A text to read" placeholder="empty: how the test text begins"></textarea></label>
      <div class="tools">${button("usual", "how the test text begins", "Empty the field: the beginning of the test text is read")}</div></details>
    <p class="text" data-part="text" aria-label="The text, token by token"></p>
    <p class="note" data-part="empty" hidden>The text is empty: nothing is read.</p>
    <p class="note" data-part="cut"></p>
    <p class="note">${this.kind.legend} ${button("help", "?", "Keys", html`aria-expanded="false"`)}</p>
    <div class="key-help" data-part="help" hidden><kbd>←</kbd><kbd>→</kbd> the token before, after <kbd>↑</kbd><kbd>↓</kbd> a line up, down <kbd>home</kbd><kbd>end</kbd> first, last ${this.kind.keyHelp ?? ""}</div>
    ${this.kind.beginning ? reach : ""}
  </section>
  <section data-part="view"></section>
</div>
<div data-part="under"></div>
${this.kind.beginning ? "" : reach}`;
  }
}

Object.assign(Inside, {
  title: "Inside",
  hint: "Where heads look, what units do and follow, and how far back a model really looks",
});
Object.defineProperty(Inside, "name", { value: "inside" });
