// @ts-nocheck: no types yet
// In columns: one prompt and one noise, written on at several temperatures, or by every model of the text.

import { get, stream } from "../gibbs/wire.js";
import { button, choice, slider, write } from "../shared/controls.js";
import { html, put } from "../shared/html.js";
import { Column, usual } from "./column.js";
import { Lexicon, named } from "./lexicon.js";
import { scale } from "./marks.js";

const TEMPERATURES = [0.2, 0.5, 0.8, 1, 1.4, 2];
const LENGTHS = [100, 300, 600, 1_200];
const MANY = 6; // models that are compared where the link names none
const PATIENCE = 400; // milliseconds that typing or a slider rests before all is written anew
const TOP = 8; // bits a character at the end of a bar

// what to look for
const HEAT =
  "Look at both ends: cold texts cost next to nothing and go in circles, hot ones cost more than any real text, and words, then letters come apart. Which is as hard as real text?";
const MODELS =
  "Look for what a model cannot know: an n-gram has forgotten how the sentence began; with a longer memory, brackets are closed and it stays clear who speaks.";

// what a character of the test text costs a model; NaN where that was not measured
const bits = rival => (rival?.nats ?? NaN) / Math.LN2;

export class Columns {
  constructor(host, root) {
    Object.assign(this, { host, root, columns: [], rivals: [] });
    put(root, markup(host));
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    this.$("prompt").value = host.prompt;
    this.$("prompt").addEventListener("input", ({ target }) => this.later(() => this.begin(target.value)));
    this.settings();
    this.open();
  }

  close() {
    this.stopped = true;
    clearTimeout(this.waiting);
    this.controller?.abort();
  }

  async open() {
    const { host } = this;
    try {
      const { header } = await get(`${host.url}/around`);
      if (this.stopped) return;
      this.rivals = header.rivals;
      this.again();
    } catch (error) {
      if (!this.stopped) host.complain(error.message);
    }
  }

  // -- what is written ----------------------------------------------------------------------------

  // models that have a column
  get chosen() {
    const { rivals, host } = this,
      wanted = host.state.rivals.split(",").filter(name => rivals.some(rival => rival.name === name));
    if (wanted.length) return rivals.filter(({ name }) => wanted.includes(name));
    return [...rivals].sort((a, b) => (b === this.own) - (a === this.own)).slice(0, MANY);
  }

  // the page's model among them
  get own() {
    return this.rivals.find(({ name }) => name === this.host.data.checkpoint);
  }

  // everything anew from the prompt
  async again() {
    const { host } = this,
      { state, data, model } = host;
    clearTimeout(this.waiting);
    this.controller?.abort();
    const controller = (this.controller = new AbortController());
    host.complain("");
    const column = (title, name, temperature, more) =>
      new Column({ title, name, choice: { temperature, top_k: 0, top_p: 1, min_p: 0 }, ...more });
    const byModel = state.along === "model";
    this.columns = byModel
      ? this.chosen.map(rival =>
          column(rival.short, rival.name, state.temperature, {
            version: rival.version,
            told: rival.title,
            usual: bits(rival),
          }),
        )
      : TEMPERATURES.map(t => column(String(t), data.checkpoint, t, { told: "temperature", usual: bits(this.own) }));
    const length = Math.round(Math.min(state.length * model.per_token, model.text.length)); // characters, as long as a column
    this.usual = length && { ...usual(model.text, length), length };
    this.lay();
    this.writing = true;
    this.halted = false;
    host.wake();
    const groups = byModel ? this.columns.map(one => [one]) : [this.columns];
    const work = async () => {
      for (let group; (group = groups.shift()); ) await this.write(group, controller.signal);
    };
    await Promise.all([work(), work()]); // two at a time: more would only wait for each other
    if (this.controller === controller) this.writing = false;
    host.wake();
  }

  // texts of one model beside each other, as they come
  async write(columns, signal) {
    const { host } = this,
      { state, data } = host,
      [{ name, version }] = columns;
    try {
      const own = name === data.checkpoint;
      const lexicon = own
        ? host.model.lexicon
        : new Lexicon((await get(`${data.api}/${name}/about?v=${version}`)).header.tokens);
      const header = {
        prompt: host.prompt,
        seed: state.seed,
        count: state.length,
        choices: columns.map(column => column.choice),
      };
      for await (const { planes } of stream(`${data.api}/${name}/write`, header, {}, signal)) {
        if (signal.aborted || this.stopped) return;
        if (!planes.tokens) continue;
        const [, steps, size] = planes.told.shape;
        columns.forEach((column, i) => {
          for (let t = i * steps; t < (i + 1) * steps; t++) {
            const token = planes.tokens.data[t];
            column.add(lexicon.bytes[token] ?? new Uint8Array([0xff]), planes.told.data[t * size + token]);
          }
        });
        host.wake();
      }
    } catch (error) {
      if (signal.aborted || this.stopped) return;
      for (const column of columns) column.problem = error.message;
      host.wake();
    }
  }

  // the button that stops, or writes the same once more
  working(on) {
    if (this.busy === on) return;
    this.busy = on;
    const b = this.root.querySelector('[data-do="halt"]');
    write(b, on ? "stop" : "write again");
    b.classList.toggle("main", on);
    b.title = on ? "Stop writing (S)" : "The same texts once more (S)";
    b.setAttribute("aria-label", b.title);
  }

  later(act) {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => !this.stopped && act(), PATIENCE);
  }

  begin(prompt) {
    if (prompt === this.host.prompt) return;
    this.host.state.prompt = prompt;
    this.again();
    this.host.remember();
  }

  // -- what is drawn ------------------------------------------------------------------------------

  lay() {
    const { host } = this,
      prompt = host.prompt.length > 300 ? "… " + host.prompt.slice(-300) : host.prompt;
    put(
      this.$("columns"),
      this.columns.map(
        (
          { title, told, name },
          i,
        ) => html`<article data-column="${i}" class="${host.state.along === "model" && name === host.data.checkpoint ? "own" : ""}">
<header><b>${title}</b><small title="${told}">${told}</small></header>
<div class="said" tabindex="0" role="document" aria-label="${told} ${title}"><span class="prompt">${prompt}</span><span data-part="own"></span></div>
<footer><div class="cost" title="What a character costs the model itself, at temperature 1; the mark is what the test text costs it"><i></i><u></u></div><div class="scale" aria-hidden="true"><span>${scale(TOP)}</span></div>
<p data-part="bits">…</p><p data-part="counts">&nbsp;</p></footer></article>`,
      ),
    );
    this.settings();
    this.host.wake();
  }

  draw(now, passed) {
    let more = false;
    this.columns.forEach((column, i) => {
      const goes = !this.halted && column.play(passed);
      more ||= goes;
      const at = Math.floor(column.shown);
      if (at === column.drawn && !column.problem) return;
      column.drawn = at;
      this.show(this.$("columns").children[i], column);
    });
    this.working(!this.halted && (more || this.writing));
    return more;
  }

  show(article, column) {
    const part = name => article.querySelector(`[data-part="${name}"]`);
    const box = article.querySelector(".said"),
      follows = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
    put(
      part("own"),
      column.parts.map(([text, again]) => (again ? html`<mark>${text}</mark>` : html`${text}`)),
    );
    if (follows) box.scrollTop = box.scrollHeight;
    const found = column.measures;
    if (column.problem) write(part("bits"), column.problem);
    else if (found) {
      write(part("bits"), `${found.bits.toFixed(2)} bits per character`);
      write(
        part("counts"),
        `${Math.round(100 * found.repeated)}% said before, ${found.fresh >= 0 ? `${Math.round(100 * found.fresh)}% of words new` : "no words"}`,
      );
    }
    const [bar, mark] = article.querySelectorAll(".cost > *"),
      share = bits => `${(100 * Math.min(bits, TOP)) / TOP}%`;
    if (found) bar.style.width = share(found.bits);
    mark.hidden = !Number.isFinite(column.usual);
    mark.style.left = share(column.usual || 0);
    if (found) this.host.shown();
  }

  // controls and words as the state has them
  settings() {
    const { state } = this.host,
      byModel = state.along === "model";
    this.root.querySelectorAll('[data-for="model"]').forEach(element => (element.hidden = !byModel));
    const input = this.root.querySelector('[data-slide="temperature"]');
    input.value = state.temperature;
    write(input.nextElementSibling, state.temperature.toFixed(2));
    this.root.querySelector('[data-pick="seed"]').value = state.seed;
    this.root.querySelector('[data-pick="length"]').value = state.length;
    const on = this.chosen.map(({ name }) => name);
    put(
      this.$("rivals"),
      this.rivals.map(
        ({ name, short, title }) =>
          html`<button type="button" data-do="rival" value="${name}" aria-pressed="${on.includes(name)}" title="${title}">${short}</button>`,
      ),
    );
    write(this.$("look"), byModel ? MODELS : HEAT);
    if (!this.usual) return;
    const { repeated, fresh, length } = this.usual,
      cost = bits(this.own);
    const costs = byModel
      ? "; what it costs each model is the mark on its bar"
      : Number.isFinite(cost)
        ? `; it costs this model ${cost.toFixed(2)} bits per character, the mark on the bars`
        : "";
    write(
      this.$("real"),
      `Stretches of ${length.toLocaleString("en")} characters of the test text: ${Math.round(100 * repeated)}% said before, ${Math.round(100 * (fresh || 0))}% of words new${costs}.`,
    );
  }

  // -- hands --------------------------------------------------------------------------------------

  slide(name, value) {
    this.host.state.temperature = value;
    this.settings();
    this.later(() => this.again());
    this.host.remember();
  }

  change(name, value) {
    const { state } = this.host;
    if (name === "prompts") {
      if (value) this.$("prompt").value = value;
      return value && this.begin(value);
    }
    if (name === "seed") state.seed = Math.max(0, Math.min(2 ** 31 - 1, Math.round(Number(value)) || 0));
    else state.length = Number(value);
    this.again();
    this.host.remember();
  }

  set() {
    this.again();
  }

  do(name, b) {
    const { state } = this.host;
    if (name === "again") {
      state.seed = (state.seed + 1) % 2 ** 31;
      this.again();
    } else if (name === "halt") {
      if (!this.busy) return this.again();
      this.controller.abort();
      this.halted = true;
      this.host.wake();
    } else if (name === "rival") {
      const on = this.chosen.map(rival => rival.name),
        left = on.includes(b.value) ? on.filter(one => one !== b.value) : [...on, b.value];
      if (!left.length) return; // one stays
      state.rivals = left.join(",");
      this.again();
    }
    this.host.remember();
  }

  keys() {
    return { n: () => this.do("again"), s: () => this.do("halt") };
  }

  link() {
    const { state } = this.host;
    const unless = (value, usual) => (value === usual ? "" : String(value));
    return {
      prompt: state.prompt === "~" || state.prompt.length > 1_000 ? "" : state.prompt || "~~",
      seed: unless(state.seed, 0),
      temperature: unless(state.temperature, 0.8),
      along: unless(state.along, "temperature"),
      rivals: state.rivals,
      length: unless(state.length, 300),
    };
  }
}

function markup({ model, state }) {
  const prompts = model.prompts.map(
    prompt => html`<option value="${prompt}">${Array.from(prompt.trim(), named).join("").slice(0, 40)}</option>`,
  );
  const lengths = [...new Set([...LENGTHS, state.length])]
    .sort((a, b) => a - b)
    .map(n => html`<option value="${n}">${n.toLocaleString("en")} tokens</option>`);
  return html`
<p class="lead fold">The same prompt and the same noise, side by side. <span class="muted" data-part="look"></span></p>
<div class="bar prompting fold">
  <label class="field">Prompt<textarea data-part="prompt" rows="2" spellcheck="false" aria-label="What the texts begin with"></textarea></label>
  ${prompts.length ? html`<label class="group">from the test text <select data-pick="prompts" aria-label="Prompts from the test text"><option value="">choose …</option>${prompts}</select></label>` : ""}
  <label class="group">seed <input type="number" class="seed" min="0" data-pick="seed" value="${state.seed}"></label>${button("again", "new seed", "Other texts, by another seed (N)")}
</div>
<div class="bar fold">
  <span class="group"><b>Side by side</b>${choice(
    "along",
    [
      ["temperature", "temperatures", "One model, from cold to hot"],
      ["model", "models", "Every model of this text, at one temperature"],
    ],
    "What differs from column to column",
  )}</span>
  <span class="group" data-part="rivals" data-for="model" role="group" aria-label="Models that are compared"></span>
  <span data-for="model">${slider("temperature", "temperature", 0.05, 3, 0.05, "Log-probabilities are divided by it, in every column")}</span>
  <label class="group"><select data-pick="length" aria-label="Length">${lengths}</select></label>
  ${button("halt", "stop", "Stop writing (S)")}
</div>
<div class="lanes" data-part="columns"></div>
<p class="note"><mark>marked</mark>: said before, in the same 16 characters or more. Bits are what the text costs the model that wrote it, at temperature 1. <span data-part="real"></span></p>`;
}

Object.assign(Columns, {
  title: "In columns",
  hint: "The same prompt and noise, by temperature or by model, side by side",
});
Object.defineProperty(Columns, "name", { value: "columns" });
