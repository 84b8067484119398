// Side by side: one prompt and one seed, continued at several temperatures, or by every model of the text.

import { get, messageOf, stream } from "../../shared/view/api.js";
import { syncSlider, write } from "../../shared/view/controls.js";
import { find, findAll, part } from "../../shared/view/dom.js";
import { whole } from "../../shared/view/format.js";
import { html, put } from "../../shared/view/html.js";
import { reducedMotion } from "../../shared/view/motion.js";
import { actionButton, unless } from "../../shared/view/panel.js";
import { GeneratedText, reference } from "./generated_text.js";
import { columnsMarkup } from "./markup.js";
import { comparedModels, linkedPrompt, nextSeed, toSeed, usualBits } from "./model.js";
import { scale } from "./scales.js";
import { Vocabulary } from "./vocabulary.js";

const TEMPERATURES = [0.2, 0.5, 0.8, 1, 1.4, 2];
const PATIENCE = 400; // milliseconds that typing or a slider rests before all is written anew
const TOP = 8; // bits a character at the end of a bar
const LONG = 300; // characters of a prompt that are shown

// what to look for
const BY_TEMPERATURE =
  "Compare the extremes: at low temperature, text has few bits and repeats itself; at high temperature, it has more bits than real text, and even words break down. Which temperature matches real text?";
const BY_MODEL =
  "Look for what a model cannot know: an n-gram forgets how the sentence began; with a longer context, brackets are closed and speakers stay consistent.";

/** @typedef {import("./model.js").Rival} Rival */
/** @typedef {import("./player.js").TokenPlayer} TokenPlayer */

/** @param {number} share */
const rounded = share => `${Math.round(100 * share)}%`;

export class Columns {
  static name = "columns";
  static title = "Side by side";
  static hint = "Compare temperatures or models on the same prompt and seed";

  /**
   * @param {TokenPlayer} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    /** @type {Rival[]} */
    this.rivals = [];
    /** @type {GeneratedText[]} */
    this.columns = [];
    /** @type {{ repeated: number, newWords: number, length: number } | null} of the test text */
    this.reference = null;
    this.writing = false; // tokens are still coming
    this.halted = false; // by the visitor
    this.busy = false; // what the button says
    this.destroyed = false;
    this.request = new AbortController();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    put(root, columnsMarkup(host));
    this.prompt = part(root, "prompt", HTMLTextAreaElement);
    this.prompt.value = host.prompt;
    this.prompt.addEventListener("input", () => this.later(() => this.begin(this.prompt.value)));
    this.sync();
    this.open();
  }

  destroy() {
    this.destroyed = true;
    clearTimeout(this.timer);
    this.request.abort();
  }

  async open() {
    const { host } = this;
    try {
      const { header } = await get(`${host.modelUrl}/around`);
      if (this.destroyed) return;
      this.rivals = header.rivals;
      this.again();
    } catch (error) {
      if (!this.destroyed) host.showError(messageOf(error));
    }
  }

  // -- what is written ----------------------------------------------------------------------------

  get compared() {
    return comparedModels(this.rivals, this.host.state.rivals, this.host.data.checkpoint);
  }

  /** The page's model. */
  get own() {
    return this.rivals.find(({ name }) => name === this.host.data.checkpoint);
  }

  get byModel() {
    return this.host.state.along === "model";
  }

  /** @returns {GeneratedText[]} columns in which nothing is written yet */
  emptyColumns() {
    const { state, data } = this.host;
    /** @param {number} temperature */
    const settings = temperature => ({ temperature, top_k: 0, top_p: 1, min_p: 0 });
    if (this.byModel)
      return this.compared.map(rival => {
        const { short: title, title: about, name, version } = rival;
        return new GeneratedText({
          title,
          about,
          name,
          version,
          settings: settings(state.temperature),
          usual: usualBits(rival),
        });
      });
    const usual = usualBits(this.own);
    return TEMPERATURES.map(
      t =>
        new GeneratedText({
          title: String(t),
          about: "temperature",
          name: data.checkpoint,
          settings: settings(t),
          usual,
        }),
    );
  }

  /** Write everything anew from the prompt. */
  async again() {
    const { host } = this,
      { state, model } = host;
    clearTimeout(this.timer);
    this.request.abort();
    const request = new AbortController();
    this.request = request;
    host.showError("");
    this.columns = this.emptyColumns();
    const length = Math.round(Math.min(state.length * model.per_token, model.text.length)); // characters of a column
    this.reference = length ? { ...reference(model.text, length), length } : null;
    this.writing = true;
    this.halted = false;
    this.lay();
    const groups = this.byModel ? this.columns.map(column => [column]) : [this.columns];
    const work = async () => {
      for (let group = groups.shift(); group; group = groups.shift()) await this.write(group, request.signal);
    };
    await Promise.all([work(), work()]); // two at a time: more would only wait for each other
    if (this.request === request) this.writing = false;
    host.requestFrame();
  }

  /**
   * Write texts of one model as they come.
   * @param {GeneratedText[]} columns
   * @param {AbortSignal} signal
   */
  async write(columns, signal) {
    const { host } = this,
      { state, data } = host,
      { name, version } = columns[0].info,
      url = `${data.api}/${name}`;
    try {
      const vocabulary =
        name === data.checkpoint
          ? host.model.vocabulary
          : new Vocabulary((await get(`${url}/about?v=${version}`)).header.tokens);
      const choices = columns.map(column => column.info.settings),
        header = { prompt: host.prompt, seed: state.seed, count: state.length, choices };
      for await (const { planes } of stream(`${url}/write`, header, {}, signal)) {
        if (signal.aborted || this.destroyed) return;
        if (!planes.tokens) continue;
        const [, steps, size] = planes.log_probs.shape;
        columns.forEach((column, i) => {
          for (let t = i * steps; t < (i + 1) * steps; t++) {
            const token = planes.tokens.data[t];
            column.add(vocabulary.bytesOf(token), planes.log_probs.data[t * size + token]);
          }
        });
        host.requestFrame();
      }
    } catch (error) {
      if (signal.aborted || this.destroyed) return;
      for (const column of columns) column.problem = messageOf(error);
      host.requestFrame();
    }
  }

  /** Do it once typing or a slider rests. @param {() => void} act */
  later(act) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => !this.destroyed && act(), PATIENCE);
  }

  /** @param {string} prompt */
  begin(prompt) {
    if (prompt === this.host.prompt) return;
    this.host.state.prompt = prompt;
    this.again();
    this.host.syncUrl();
  }

  // -- what is drawn ------------------------------------------------------------------------------

  /** Columns in which nothing is written yet. */
  lay() {
    const { host } = this,
      prompt = host.prompt.length > LONG ? `… ${host.prompt.slice(-LONG)}` : host.prompt;
    put(
      part(this.root, "columns"),
      this.columns.map(
        (
          { info: { title, about, name } },
          i,
        ) => html`<article data-column="${i}" class="${this.byModel && name === host.data.checkpoint ? "own" : ""}">
<header><b>${title}</b><small title="${about}">${about}</small></header>
<div class="said" tabindex="0" role="document" aria-label="${about} ${title}"><span class="prompt">${prompt}</span><span data-part="own"></span></div>
<footer><div class="cost" title="Bits per character under the model itself; mark: test text"><i></i><u></u></div><div class="scale" aria-hidden="true"><span>${scale(TOP)}</span></div>
<p data-part="bits">…</p><p data-part="counts">&nbsp;</p></footer></article>`,
      ),
    );
    this.sync();
    host.requestFrame();
  }

  /** @param {number} _ @param {number} elapsed */
  draw(_, elapsed) {
    const articles = findAll(this.root, "[data-column]");
    let more = false;
    this.columns.forEach((column, i) => {
      if (!this.halted && column.advance(reducedMotion() ? Number.POSITIVE_INFINITY : elapsed)) more = true;
      const shown = Math.floor(column.shown);
      if (shown === column.drawn && !column.problem) return;
      column.drawn = shown;
      this.drawColumn(articles[i], column);
    });
    this.showBusy(!this.halted && (more || this.writing));
    return more;
  }

  /**
   * @param {HTMLElement} article
   * @param {GeneratedText} column
   */
  drawColumn(article, column) {
    const box = find(article, ".said"),
      follows = box.scrollHeight - box.scrollTop - box.clientHeight < 40,
      { measures, problem } = column,
      { usual } = column.info;
    put(
      part(article, "own"),
      column.parts.map(([text, again]) => (again ? html`<mark>${text}</mark>` : html`${text}`)),
    );
    if (follows) box.scrollTop = box.scrollHeight;
    if (problem) write(part(article, "bits"), problem);
    else if (measures) {
      const words = measures.newWords >= 0 ? `${rounded(measures.newWords)} new words` : "no words";
      write(part(article, "bits"), `${measures.bits.toFixed(2)} bits per character`);
      write(part(article, "counts"), `${rounded(measures.repeated)} repeated, ${words}`);
    }
    /** @param {number} bits */
    const share = bits => `${(100 * Math.min(bits, TOP)) / TOP}%`;
    const mark = find(article, ".cost u");
    mark.hidden = !Number.isFinite(usual);
    mark.style.left = share(usual || 0);
    if (!measures) return;
    find(article, ".cost i").style.width = share(measures.bits);
    this.host.reportShown();
  }

  /** The button stops, or writes the same once more. @param {boolean} on */
  showBusy(on) {
    if (this.busy === on) return;
    this.busy = on;
    const halt = actionButton(this.root, "halt");
    write(halt, on ? "stop" : "generate again");
    halt.classList.toggle("main", on);
    halt.title = on ? "Stop generating (S)" : "Generate the same texts again (S)";
    halt.setAttribute("aria-label", halt.title);
  }

  /** Controls and words as the state has them. */
  sync() {
    const { root, byModel } = this,
      { state } = this.host,
      on = this.compared.map(({ name }) => name);
    for (const element of findAll(root, '[data-for="model"]')) element.hidden = !byModel;
    syncSlider(root, "temperature", state.temperature, state.temperature.toFixed(2));
    find(root, '[data-pick="seed"]', HTMLInputElement).value = String(state.seed);
    find(root, '[data-pick="length"]', HTMLSelectElement).value = String(state.length);
    put(
      part(root, "rivals"),
      this.rivals.map(
        ({ name, short, title }) =>
          html`<button type="button" data-do="rival" value="${name}" aria-pressed="${on.includes(name)}" title="${title}">${short}</button>`,
      ),
    );
    write(part(root, "look"), byModel ? BY_MODEL : BY_TEMPERATURE);
    if (!this.reference) return;
    const { repeated, newWords, length } = this.reference,
      cost = usualBits(this.own);
    let costs = byModel ? "; its bits per character: the mark on each bar" : "";
    if (!byModel && Number.isFinite(cost))
      costs = `; ${cost.toFixed(2)} bits per character under this model (mark on the bars)`;
    write(
      part(root, "real"),
      `Test text, in excerpts of ${whole(length)} characters: ${rounded(repeated)} repeated, ${rounded(newWords || 0)} new words${costs}.`,
    );
  }

  // -- hands --------------------------------------------------------------------------------------

  /** @param {string} _ @param {number} value */
  onSlide(_, value) {
    this.host.state.temperature = value;
    this.sync();
    this.later(() => this.again());
    this.host.syncUrl();
  }

  /** @param {string} name @param {string} value */
  onSelect(name, value) {
    const { state } = this.host;
    if (name === "prompts") {
      if (!value) return;
      this.prompt.value = value;
      return this.begin(value);
    }
    if (name === "seed") state.seed = toSeed(Number(value));
    else state.length = Number(value);
    this.again();
    this.host.syncUrl();
  }

  onChoice() {
    this.again();
  }

  /** @param {string} name @param {HTMLButtonElement} [button] */
  onAction(name, button) {
    const { state } = this.host;
    if (name === "again") {
      state.seed = nextSeed(state.seed);
      this.again();
    } else if (name === "halt") {
      if (!this.busy) return void this.again();
      this.request.abort();
      this.halted = true;
      this.host.requestFrame();
    } else if (name === "rival" && button) {
      const on = this.compared.map(rival => rival.name),
        { value } = button,
        left = on.includes(value) ? on.filter(one => one !== value) : [...on, value];
      if (!left.length) return; // one stays
      state.rivals = left.join(",");
      this.again();
    }
    this.host.syncUrl();
  }

  keys() {
    return { n: () => this.onAction("again"), s: () => this.onAction("halt") };
  }

  urlParams() {
    const { state } = this.host;
    return {
      prompt: linkedPrompt(state.prompt),
      seed: unless(state.seed, 0),
      temperature: unless(state.temperature, 0.8),
      along: unless(state.along, "temperature"),
      rivals: state.rivals,
      length: unless(state.length, 300),
    };
  }
}
