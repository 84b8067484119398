// @ts-nocheck: no types yet
// Writing: a text token by token, with what could have come beside it; tokens forced, the past rewound, branches kept.

import { button, choice, icon, slider, write } from "../shared/controls.js";
import { html, put } from "../shared/html.js";
import { Bars } from "./bars.js";
import { Branch, MOST, packed, unpacked } from "./branch.js";
import { chosen, entropy, softmax } from "./choice.js";
import { named } from "./lexicon.js";
import { heat, percent, signed } from "./marks.js";
import { Tree } from "./tree.js";

const AHEAD = 48; // tokens that are kept ready
const PATIENCE = 200; // milliseconds that a slider rests before a text is drawn anew

export class Write {
  constructor(host, root) {
    Object.assign(this, { host, root });
    const { state, model } = host;
    put(root, markup(host));
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    this.bars = new Bars(this.$("bars"), model.lexicon);
    this.tree = new Tree(
      this.$("tree"),
      host,
      branch => this.go(branch),
      branch => this.drop(branch),
    );
    this.$("prompt").value = host.prompt;
    if ((host.prompted ?? host.prompt) !== host.prompt) Object.assign(state, { path: "", branch: 0, t: -1 }); // another one since
    const linked = state.path ? unpacked(state.path, model.size) : null;
    if (state.path && !linked) host.complain("The link's branches cannot be read by this model: the text begins anew.");
    this.branches = linked ?? [new Branch(state.seed)];
    this.branch = this.branches[Math.min(state.branch, this.branches.length - 1)];
    this.playing = state.t < 0;
    this.t = this.playing ? this.branch.seen : Math.min(state.t, model.most);
    this.listen();
    this.settings();
    this.open();
    this.recall();
  }

  // what was told of the link's other branches
  async recall() {
    const { host, branches, branch } = this;
    this.recalling?.abort();
    const controller = (this.recalling = new AbortController());
    const known = each => each.tokens.length >= each.seen && each.told.length >= each.tokens.length;
    for (const other of branches.filter(each => each !== branch && !known(each))) {
      try {
        await other.goOn(
          host.url,
          { prompt: host.prompt, choices: [host.choice] },
          other.seen - other.tokens.length,
          controller.signal,
          () => {},
        );
      } catch (error) {
        if (error.name !== "AbortError") host.complain(error.message);
        return;
      }
      if (controller.signal.aborted) return;
      this.dirty = true;
      host.wake();
    }
  }

  close() {
    this.stopped = true;
    this.controller?.abort();
    this.recalling?.abort();
    clearTimeout(this.later);
    clearTimeout(this.typing);
    this.tree.close();
    // coming back finds everything as it was left
    const { host } = this,
      [path, branch] = packed(this.branches, this.branch);
    Object.assign(host.state, { path, branch, t: Math.floor(this.t), seed: path ? host.state.seed : this.branch.seed });
    host.prompted = host.prompt;
    this.host.written = this.host.prompt + this.host.model.lexicon.text(this.branch.tokens.slice(0, this.branch.seen));
  }

  get most() {
    return this.host.model.most;
  }

  // -- the text -----------------------------------------------------------------------------------

  // show the branch from its beginning, and draw what lacks
  open() {
    this.spans = [];
    this.$("text").replaceChildren(this.begins(), this.caret());
    this.dirty = true;
    this.controller?.abort();
    this.controller = null;
    this.fill();
    this.host.wake();
  }

  begins() {
    const span = document.createElement("span");
    span.className = "prompt";
    span.textContent = this.host.prompt.length > 2_000 ? "… " + this.host.prompt.slice(-2_000) : this.host.prompt;
    return span;
  }

  caret() {
    this.end = document.createElement("span");
    this.end.className = "end";
    return this.end;
  }

  // have tokens ready for a while
  async fill() {
    const { branch, host } = this;
    const lacks = Math.min(this.most, Math.ceil(this.t) + AHEAD) - branch.tokens.length;
    if (
      this.controller ||
      this.stopped ||
      (lacks < AHEAD / 2 && branch.told.length > Math.min(this.t, branch.tokens.length - 1) && branch.told.length)
    )
      return;
    const controller = (this.controller = new AbortController());
    try {
      const count = Math.max(0, Math.min(this.most - branch.tokens.length, Math.max(lacks, 1)));
      await branch.goOn(host.url, { prompt: host.prompt, choices: [host.choice] }, count, controller.signal, () => {
        this.dirty = true;
        host.wake();
      });
    } catch (error) {
      if (error.name !== "AbortError" && this.controller === controller) {
        host.complain(error.message);
        this.playing = false;
      }
    }
    if (this.controller === controller) this.controller = null;
    host.wake();
  }

  // what comes after the tokens that are read shall be drawn anew
  redraw() {
    clearTimeout(this.later);
    this.dirty = true;
    this.later = setTimeout(() => {
      this.branch.cut(Math.floor(this.t));
      this.open();
    }, PATIENCE);
    this.host.wake();
    this.host.remember();
  }

  // everything anew from the prompt
  again(seed = this.host.state.seed) {
    clearTimeout(this.later);
    this.host.complain("");
    this.host.state.seed = seed;
    this.root.querySelector('[data-pick="seed"]').value = seed;
    this.recalling?.abort();
    this.branches = [(this.branch = new Branch(seed))];
    this.t = 0;
    this.playing = true;
    this.open();
    this.host.remember();
  }

  // -- moving -------------------------------------------------------------------------------------

  jump(t, playing = false) {
    this.playing = playing;
    this.t = Math.max(0, Math.min(this.branch.tokens.length, this.most, t));
    this.dirty = true;
    this.fill();
    this.host.wake();
    this.host.remember();
  }

  // take the token instead of the one that was drawn
  force(token) {
    const t = Math.floor(this.t),
      { branch } = this;
    if (!branch.told[t]) return;
    if (branch.tokens[t] === token) return this.jump(t + 1);
    this.add(Branch.of(branch, t, branch.seed), token);
  }

  // another continuation from here
  fork() {
    const t = Math.floor(this.t);
    const seed = (Math.max(...this.branches.map(branch => branch.seed)) + 1) % 2 ** 31;
    this.add(Branch.of(this.branch, t, seed));
  }

  add(made, token) {
    const before = this.branches.length;
    if (before >= MOST)
      this.branches.splice(
        this.branches.findIndex(branch => branch !== this.branch),
        1,
      );
    write(this.$("dropped"), before >= MOST ? `More than ${MOST} branches are not kept: the oldest went.` : "");
    if (token !== undefined) made.force(token);
    this.branches.push(made);
    this.branch = made;
    this.t = made.tokens.length;
    this.playing = true;
    this.open();
    this.host.remember();
  }

  go(branch) {
    this.branch = branch;
    this.t = branch.seen;
    this.playing = false;
    this.open();
    this.recall();
    this.host.remember();
  }

  drop(branch) {
    if (this.branches.length < 2) return;
    this.branches.splice(this.branches.indexOf(branch), 1);
    if (branch === this.branch) this.go(this.branches.at(-1));
    this.dirty = true;
    this.host.wake();
    this.host.remember();
  }

  // -- what is drawn ------------------------------------------------------------------------------

  draw(now, passed) {
    const { branch, host } = this,
      before = Math.floor(this.t);
    if (this.playing) {
      const ready = branch.told.length >= branch.tokens.length ? branch.tokens.length : branch.told.length;
      this.t = Math.min(ready, this.t + (passed / 1000) * Number(host.state.speed));
      if (this.t >= this.most) this.playing = false;
      if (branch.tokens.length - this.t < AHEAD / 2) this.fill();
    }
    const t = Math.floor(this.t);
    if (t !== before || this.dirty) this.show(t);
    this.dirty = false;
    if (t !== before) host.remember();
    return this.playing;
  }

  show(t) {
    const { branch, host } = this;
    branch.seen = Math.max(branch.seen, Math.min(t, branch.tokens.length));
    this.write(t);
    const told = branch.told[t];
    this.bars.show(told, host.choice, branch.tokens[t], branch.forced.has(t));
    this.says(t, told);
    this.transport(t);
    this.tree.show(this.branches, branch, t);
    if (told) host.shown();
  }

  // the tokens up to those that were seen, those before t as read
  write(t) {
    const { branch, spans, host } = this,
      { lexicon } = host.model,
      shown = Math.min(branch.seen, branch.tokens.length);
    if (spans.length < shown) {
      const texts = lexicon.texts(branch.tokens.slice(0, shown), true);
      for (let i = spans.length; i < shown; i++) {
        const span = document.createElement("span");
        span.textContent = texts[i].replace(/\n/g, "⏎\n") || "·";
        span.dataset.at = i;
        spans.push(span);
        this.end.before(span);
      }
    }
    const colour = host.state.colour === "on";
    spans.forEach((span, i) => {
      const bits = branch.cost(i) / Math.LN2,
        name = [i >= t && "future", i === t && "now", branch.forced.has(i) && "forced"].filter(Boolean).join(" ");
      if (span.className !== name) span.className = name;
      const ground = colour && bits > 0 ? heat(bits) : "";
      if (span.dataset.ground !== ground) {
        span.dataset.ground = ground;
        span.style.background = ground;
        span.title = Number.isFinite(bits)
          ? `${lexicon.name(branch.tokens[i])}: ${bits.toFixed(2)} bits${branch.forced.has(i) ? ", not drawn but chosen" : ""}. Click to go back there.`
          : "";
      }
    });
    const near = spans[Math.min(t, spans.length - 1)],
      box = this.$("text");
    if (near && this.playing) box.scrollTop = Math.max(0, near.offsetTop - box.clientHeight + 60);
  }

  says(t, told) {
    const { branch, host } = this,
      { lexicon, size } = host.model;
    if (!told) return write(this.$("says"), "…");
    const probs = softmax(told),
      drawn = branch.tokens[t],
      after = chosen(told, host.choice),
      left = after.reduce((n, p) => n + (p > 0), 0);
    const rank = drawn === undefined ? 0 : 1 + probs.reduce((n, p) => n + (p > probs[drawn]), 0);
    const token =
      drawn === undefined
        ? ""
        : ` ${branch.forced.has(t) ? "You chose" : "Drawn"}: ${lexicon.name(drawn)}, p ${percent(probs[drawn])}, rank ${rank} of ${size.toLocaleString("en")}, ${(-Math.log2(probs[drawn])).toFixed(1)} bits.`;
    write(
      this.$("says"),
      `Token ${t + 1}. Entropy ${entropy(probs).toFixed(2)} bits; ${left === size ? "nothing is cut off" : `${left.toLocaleString("en")} token${left === 1 ? "" : "s"} may come`}, ${entropy(after).toFixed(2)} bits after truncation.${token}`,
    );
  }

  transport(t) {
    const { branch, host } = this;
    const play = this.root.querySelector('[data-do="play"]');
    play.classList.toggle("playing", this.playing);
    play.setAttribute("aria-label", this.playing ? "Pause (space)" : "Play (space)");
    const nats = -branch.logProb(t),
      characters = Array.from(host.model.lexicon.text(branch.tokens.slice(0, t))).length;
    write(
      this.$("clock"),
      !Number.isFinite(nats)
        ? "…"
        : t
          ? `${t.toLocaleString("en")} token${t === 1 ? "" : "s"}: ${(nats / Math.LN2).toFixed(1)} bits (log p = ${signed(-nats)} nats), ${(nats / Math.LN2 / Math.max(1, characters)).toFixed(2)} bits per character`
          : "nothing is written yet",
    );
  }

  // sliders and numbers as the state has them
  settings() {
    const { state, model } = this.host;
    const put = (name, value, text) => {
      const input = this.root.querySelector(`[data-slide="${name}"]`);
      input.value = value;
      write(input.nextElementSibling, text);
    };
    put("temperature", state.temperature, state.temperature.toFixed(2));
    put(
      "top_k",
      state.top_k ? Math.round((100 * Math.log(state.top_k)) / Math.log(model.size)) : 100,
      state.top_k && state.top_k < model.size ? String(state.top_k) : "all",
    );
    put("top_p", state.top_p, state.top_p === 1 ? "all" : state.top_p.toFixed(2));
    put("min_p", state.min_p, state.min_p ? state.min_p.toFixed(2) : "off");
  }

  // -- hands --------------------------------------------------------------------------------------

  listen() {
    this.$("text").addEventListener("click", ({ target }) => {
      const at = target.closest("[data-at]");
      if (at && !String(getSelection())) this.jump(Number(at.dataset.at));
    });
    this.$("bars").addEventListener("click", ({ target }) => {
      const bar = target.closest("[data-token]");
      if (bar) this.force(Number(bar.dataset.token));
    });
    this.$("prompt").addEventListener("input", ({ target }) => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => !this.stopped && this.begin(target.value), 400);
    });
  }

  begin(prompt) {
    if (prompt === this.host.prompt) return;
    this.host.state.prompt = prompt;
    this.again();
  }

  slide(name, value) {
    const { state, model } = this.host;
    for (const branch of this.branches) if (branch.tokens.length) branch.own = false; // they were drawn in another way
    state[name] = name === "top_k" ? (value >= 100 ? 0 : Math.max(1, Math.round(model.size ** (value / 100)))) : value;
    this.settings();
    this.redraw();
  }

  change(name, value) {
    const { state } = this.host;
    if (name === "prompts") {
      if (!value) return;
      this.$("prompt").value = value;
      return this.begin(value);
    }
    if (name === "seed") return this.again(Math.max(0, Math.min(2 ** 31 - 1, Math.round(Number(value)) || 0)));
    state[name] = value;
    this.dirty = true;
    this.host.wake();
    this.host.remember();
  }

  set() {
    this.dirty = true;
    this.host.wake();
  }

  do(name) {
    const t = Math.floor(this.t);
    if (name === "play") {
      if (!this.playing && t >= this.most) this.t = 0;
      this.playing = !this.playing;
      this.dirty = true;
      this.host.wake();
      this.host.remember();
    } else if (name === "first") this.jump(0);
    else if (name === "last") this.jump(this.branch.seen);
    else if (name === "back") this.jump(t - 1);
    else if (name === "on") this.jump(t + 1);
    else if (name === "again") this.again((this.host.state.seed + 1) % 2 ** 31);
    else if (name === "fork") this.fork();
    else if (name === "copy")
      this.copy(this.host.prompt + this.host.model.lexicon.text(this.branch.tokens.slice(0, t)));
  }

  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      if (!this.stopped)
        this.host.complain("The browser does not let the text be copied: mark it and copy it by hand.");
    }
  }

  keys() {
    const numbers = Object.fromEntries(
      Array.from({ length: 9 }, (_, i) => [
        String(i + 1),
        () => this.bars.order[i] !== undefined && this.force(this.bars.order[i]),
      ]),
    );
    const actions = {
      " ": "play",
      ArrowLeft: "back",
      ArrowRight: "on",
      Home: "first",
      End: "last",
      b: "fork",
      n: "again",
    };
    return {
      ...numbers,
      ...Object.fromEntries(Object.entries(actions).map(([key, name]) => [key, () => this.do(name)])),
      c: () => this.root.querySelector('[data-choice="colour"][aria-pressed="false"]')?.click(),
    };
  }

  link() {
    const { state } = this.host,
      long = state.prompt.length > 1_000; // a link has no room for it, nor for what follows it
    const [path, branch] = long ? ["", 0] : packed(this.branches, this.branch);
    const number = (value, usual) => (value === usual ? "" : String(value));
    return {
      prompt: state.prompt === "~" || long ? "" : state.prompt || "~~",
      seed: number(this.branches[0].own ? this.branches[0].seed : state.seed, 0),
      temperature: number(state.temperature, 0.8),
      top_k: number(state.top_k, 0),
      top_p: number(state.top_p, 1),
      min_p: number(state.min_p, 0),
      speed: state.speed === "10" ? "" : state.speed,
      colour: state.colour === "on" ? "" : state.colour,
      path,
      branch: number(branch, 0),
      t: this.playing || long ? "" : String(Math.floor(this.t)),
    };
  }
}

const select = (name, options, value, label) =>
  html`<select data-pick="${name}" aria-label="${label}">${options.map(([v, text]) => html`<option value="${v}" ${v === value ? "selected" : ""}>${text}</option>`)}</select>`;

function markup({ model, state }) {
  const prompts = model.prompts.map(prompt => [prompt, Array.from(prompt.trim(), named).join("").slice(0, 40)]);
  return html`
<p class="lead fold">The model tells how likely every token is to come next; one is drawn, and the model reads on. Click a bar to take that token instead, or a token of the text to go back there: the past stays, another future begins.</p>
<div class="bar prompting fold">
  <label class="field">Prompt<textarea data-part="prompt" rows="2" spellcheck="false" aria-label="What the text begins with"></textarea></label>
  ${prompts.length ? html`<label class="group">from the test text ${select("prompts", [["", "choose …"], ...prompts], "", "Prompts from the test text")}</label>` : ""}
  <label class="group">seed <input type="number" class="seed" min="0" data-pick="seed" value="${state.seed}"></label>${button("again", "new seed", "Write another text from the prompt, by another seed (N)")}
</div>
<div class="bar fold">
  ${slider("temperature", "temperature", 0.05, 3, 0.05, "Log-probabilities are divided by it: below 1 likely tokens become likelier, above 1 all become alike")}
  ${slider("top_k", "top-k", 0, 100, 1, "Only the k likeliest tokens may come")}
  ${slider("top_p", "top-p", 0.05, 1, 0.01, "Only the likeliest tokens that together have this share may come (Holtzman et al. 2020)")}
  ${slider("min_p", "min-p", 0, 0.5, 0.01, "Only tokens with at least this share of the likeliest one's probability may come (Nguyen et al. 2024)")}
</div>
<div class="desk">
  <section>
    <div class="bar transport"><span class="group">${button("first", icon("back"), "To the prompt (Home)")}${button("back", "−1", "A token back (←)")}
      ${button("play", html`${icon("play")}${icon("pause")}`, "Play or pause (space)", html`class="main"`)}
      ${button("on", "+1", "A token on (→)")}${button("last", icon("forward"), "To the end of what was seen (End)")}</span>
      <label class="group fold">speed ${select(
        "speed",
        ["1", "2", "5", "10", "20", "50"].map(s => [s, `${s} tokens/s`]),
        state.speed,
        "Speed",
      )}</label>
      <span class="group fold">colour ${choice(
        "colour",
        [
          ["on", "surprisal", "The deeper the colour, the less likely the token was (C)"],
          ["off", "off", "No colour (C)"],
        ],
        "Colour of tokens",
      )}</span>
      <span class="group end fold">${button("copy", "copy", "Copy the text")}${button("help", "?", "Keys", html`aria-expanded="false"`)}</span></div>
    <div class="key-help" data-part="help" hidden><kbd>space</kbd> play <kbd>←</kbd><kbd>→</kbd> a token <kbd>Home</kbd><kbd>End</kbd> prompt, end <kbd>1</kbd> … <kbd>9</kbd> take that bar's token <kbd>B</kbd> another continuation from here <kbd>N</kbd> new seed <kbd>C</kbd> colour</div>
    <div class="text" data-part="text" tabindex="0" role="document" aria-label="The text"></div>
    <p class="note" data-part="clock"></p>
  </section>
  <section class="next">
    <div class="heads"><b>Next token</b><span class="muted">outline: model probability; filled: after temperature and truncation</span></div>
    <div class="rows" data-part="bars"></div>
    <p class="note says" data-part="says"></p>
    ${button("fork", "another continuation from here", "Keep this text and draw another one from this place, by another seed (B)")}
  </section>
</div>
<div class="branches" data-part="tree"></div>
<p class="note" data-part="dropped"></p>`;
}

Object.assign(Write, { title: "Write", hint: "A text is written token by token; force one, rewind, branch" });
Object.defineProperty(Write, "name", { value: "write" });
