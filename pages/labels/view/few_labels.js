// Few labels: every one that is given is spread over thousands of unlabelled examples, in several representations.

import { isAbort, messageOf } from "../../shared/view/api.js";
import { classColours } from "../../shared/view/colours.js";
import { write } from "../../shared/view/controls.js";
import { find, part } from "../../shared/view/dom.js";
import { drawGrey, fitGrey } from "../../shared/view/greys.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { unless } from "../../shared/view/panel.js";
import { topIndices } from "../../shared/view/probability.js";
import { seededRandom } from "../../shared/view/random.js";
import { nextPoint } from "./classify.js";
import { CURVES, drawErrors } from "./error_chart.js";
import { markup } from "./few_labels_markup.js";
import { Fits } from "./fits.js";
import { LabelMap } from "./label_map.js";
import { Race } from "./race.js";

/**
 * @typedef {import("./player.js").LabelsView} LabelsView
 * @typedef {import("./types.d.ts").Given} Given
 */

const EXAMPLE = 132; // CSS pixels
const WRONG = 12; // examples that are shown
const TILE = 46;
const MOST = 300; // labels: they stand in the link
const TEN = 10;
const BUDGET = 25; // ms of fitting a frame

export class FewLabels {
  static name = "few";
  static title = "Few labels";
  static hint = "Label a few examples yourself; see how far each label goes in each representation";

  /** @param {LabelsView} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    const { model, state } = host;
    this.random = seededRandom(state.seed);
    this.palette = classColours(model.classes.length, host.data.colours);
    this.fits = new Fits(model.truth, model.classes.length);
    this.fits.setMethod(state.method);
    this.asked = -1; // the point whose label is asked for
    this.hovered = -1;
    this.waiting = 0; // labels that are to be given as in the data
    /** @type {Given[]} what Clear took away, until it is taken back */
    this.cleared = [];
    /** @type {Race | null} */
    this.race = null;
    const keys = model.representations.map(({ key }) => key);
    if (!keys.includes(state.of)) state.of = keys[keys.length - 1];
    put(root, markup(host));
    this.map = new LabelMap(part(root, "map", HTMLCanvasElement), {
      onHover: point => this.hover(point),
      onPick: point => this.ask(point),
    });
    this.restore();
    for (const { key } of model.representations) this.loadView(key);
    this.loadMap();
    this.next();
  }

  /** Labels of the link. */
  restore() {
    const { model, problems, state } = this.host;
    /** @type {Given[]} */
    const given = [];
    for (let i = 0; i + 1 < state.labels.length && given.length < MOST; i += 2) {
      const [point, label] = state.labels.slice(i, i + 2);
      const fits = point < model.n && label < model.classes.length && !given.some(one => one.point === point);
      if (fits) given.push({ point, label });
      else problems.push(`The link's label ${label} of example ${point} was not used.`);
    }
    this.fits.setGiven(given);
  }

  /** @param {string} key */
  async loadView(key) {
    const { host } = this;
    try {
      const view = await host.model.representation(key).view();
      if (host.panel !== this) return;
      this.fits.add(key, view);
      host.requestFrame();
    } catch (error) {
      if (!isAbort(error) && host.panel === this) host.showError(messageOf(error));
    }
  }

  /** The map of the representation that is shown: by PCA at once, by UMAP as soon as it is there. */
  async loadMap() {
    const { host } = this;
    const { of } = host.state;
    const found = host.model.representation(of);
    const isShown = () => host.panel === this && host.state.of === of;
    write(part(this.root, "map-says"), "loading …");
    try {
      for (const [method, words] of /** @type {["pca" | "umap", string][]} */ ([
        ["pca", "PCA; UMAP is being computed …"],
        ["umap", "UMAP"],
      ])) {
        const places = await found[method]();
        if (!isShown()) return;
        this.map.show(places);
        write(part(this.root, "map-says"), words);
        host.requestFrame();
      }
    } catch (error) {
      if (!isAbort(error) && isShown()) host.showError(messageOf(error));
    }
  }

  get given() {
    return this.fits.given;
  }

  /** The representation that is shown, fitted. */
  get fit() {
    return this.fits.of(this.host.state.of);
  }

  /** What is predicted of the labels that there are. */
  get decided() {
    return this.given.length ? (this.fit?.decided ?? null) : null;
  }

  // -- labels ---------------------------------------------------------------------------------------

  /** @param {number} point */
  ask(point) {
    this.asked = point;
    this.sync();
  }

  /** Ask for another one. */
  next() {
    const { state, model } = this.host;
    this.ask(nextPoint(state.query, model.n, this.given, this.decided?.margin ?? null, this.random));
  }

  /** Label the point that is asked for, anew where it had a label. @param {number} label */
  give(label) {
    const { asked } = this;
    if (asked < 0) return;
    const others = this.given.filter(one => one.point !== asked);
    if (others.length < MOST) this.setGiven([...others, { point: asked, label }]);
    this.next();
  }

  /** By a key, which may come while the pointer rests on another example of the map: what is shown. @param {number} label */
  giveShown(label) {
    if (this.hovered >= 0) this.asked = this.hovered;
    this.hovered = -1;
    this.give(label);
  }

  /** @param {Given[]} given */
  setGiven(given) {
    this.fits.setGiven(given);
    this.host.state.labels = given.flatMap(({ point, label }) => [point, label]);
    this.host.syncUrl();
  }

  // -- what is drawn --------------------------------------------------------------------------------

  draw() {
    const { asked, fits, given, host, hovered, map, palette } = this;
    if (this.waiting > 0 && this.fit) {
      this.waiting = asked < 0 || given.length >= MOST ? 0 : this.waiting - 1;
      if (asked >= 0) this.give(host.model.truth[asked]);
    }
    const more = fits.catchUp(BUDGET);
    const racing = this.race?.step() ?? false;
    map.draw(host.theme, palette, { decided: this.decided, given: this.given, asked: this.asked, hovered });
    this.drawExample();
    this.drawErrors();
    this.drawWrong();
    return more || racing || this.waiting > 0;
  }

  drawExample() {
    const { decided, given, host, root } = this;
    const { model } = host;
    const point = this.hovered >= 0 ? this.hovered : this.asked;
    const canvas = part(root, "example", HTMLCanvasElement);
    canvas.hidden = !model.images.length || point < 0;
    if (!canvas.hidden) {
      fitGrey(canvas, model, EXAMPLE);
      drawGrey(canvas, model.images[point], model);
    }
    write(part(root, "words"), point < 0 ? "Every example has a label." : model.wordsOf(point));
    const label = given.find(one => one.point === point)?.label;
    const guess = decided && point >= 0 ? `The classifier says ${model.classes[decided.predicted[point]]}.` : "";
    write(part(root, "guess"), label === undefined ? guess : `Labelled ${model.classes[label]}.`);
    const wrong = given.filter(one => model.truth[one.point] !== one.label).length;
    const other = wrong ? `, ${wrong} other than in the data` : "";
    const full = given.length >= MOST ? ", the most that a link holds" : "";
    write(part(root, "count"), `${given.length} label${given.length === 1 ? "" : "s"}${other}${full}`);
  }

  drawErrors() {
    const { fits, given, host, race, root } = this;
    const curves = host.model.representations.map(({ key, title }, i) => {
      const errors = fits.fits.get(key)?.errors;
      return {
        key,
        title,
        colour: CURVES[i % CURVES.length],
        errors: errors ?? [],
        here: Boolean(errors),
      };
    });
    drawErrors(part(root, "errors", HTMLCanvasElement), host.theme, curves, Math.max(TEN, given.length));
    refresh(
      part(root, "legend"),
      html`${curves.map(({ key, title, colour, errors, here }) => {
        const error = given.length ? errors[given.length] : undefined;
        const number = error !== undefined ? `${(100 * error).toFixed(1)}%` : here ? "–" : "loading …";
        return html`<button type="button" data-do="of" value="${key}" aria-pressed="${key === host.state.of}"><i style="background:${colour}"></i>${title}<b>${number}</b></button>`;
      })}`,
    );
    part(root, "race-box").hidden = !race;
    if (!race) return;
    drawErrors(part(root, "race", HTMLCanvasElement), host.theme, race.curves, race.most);
    write(part(root, "race-says"), race.words);
  }

  /** Examples that are classified wrongly, the surest first. */
  drawWrong() {
    const { decided, given, host, root } = this;
    const { model } = host;
    const box = part(root, "wrong");
    part(root, "wrong-box").hidden = !decided || !model.images.length;
    if (!decided || !model.images.length) return;
    const labelled = new Set(given.map(({ point }) => point));
    const { margin, predicted } = decided;
    const wrong = topIndices(margin, WRONG, i => predicted[i] !== model.truth[i] && !labelled.has(i));
    refresh(
      box,
      html`${wrong.map(i => html`<button type="button" class="tile" data-do="ask" value="${i}" title="Ask for its label"><canvas data-point="${i}"></canvas><span>${model.classes[predicted[i]]}, not ${model.classes[model.truth[i]]}</span></button>`)}`,
    );
    for (const i of wrong) {
      const canvas = find(box, `[data-point="${i}"]`, HTMLCanvasElement);
      fitGrey(canvas, model, TILE);
      drawGrey(canvas, model.images[i], model);
    }
  }

  sync() {
    find(this.root, '[data-pick="of"]', HTMLSelectElement).value = this.host.state.of;
    this.host.requestFrame();
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** @param {number} point */
  hover(point) {
    if (point === this.hovered) return;
    this.hovered = point;
    this.host.requestFrame();
  }

  undo() {
    const last = this.given.at(-1);
    if (!last) {
      this.setGiven(this.cleared);
      this.cleared = [];
      this.sync();
      return;
    }
    this.setGiven(this.given.slice(0, -1));
    this.ask(last.point);
  }

  clear() {
    const { state } = this.host;
    this.waiting = 0;
    if (this.given.length) this.cleared = [...this.given];
    state.seed = (state.seed + 1) % 100_000; // another draw
    this.random = seededRandom(state.seed);
    this.setGiven([]);
    this.next();
  }

  /** @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    const { model, state } = this.host;
    /** @type {Record<string, () => void>} */
    const actions = {
      class: () => this.give(Number(button.value)),
      next: () => this.next(),
      ask: () => this.ask(Number(button.value)),
      of: () => this.onSelect("of", button.value),
      truth: () => this.give(model.truth[this.asked]),
      ten: () => {
        this.waiting += TEN; // clicks that are faster than frames count too
      },
      undo: () => this.undo(),
      clear: () => this.clear(),
      race: () => {
        if (this.fit) this.race = new Race(this.fit.view, model, state.method, model.representation(state.of).title);
      },
    };
    actions[name]?.();
    this.sync();
  }

  /** @param {string} name */
  onChoice(name) {
    if (name === "method") {
      this.race = null;
      this.fits.setMethod(this.host.state.method);
    }
    if (name === "query") this.next();
    this.sync();
  }

  /** @param {string} _name @param {string} value */
  onSelect(_name, value) {
    this.host.state.of = value;
    this.race = null;
    this.map.show(null);
    this.loadMap();
    this.sync();
    this.host.syncUrl();
  }

  keys() {
    /** @type {import("../../shared/view/types.d.ts").Keys} */
    const keys = { n: () => this.next(), u: () => this.undo() };
    this.host.model.classes.slice(0, 10).forEach((_, c) => {
      keys[String(c)] = () => this.giveShown(c);
    });
    return keys;
  }

  urlParams() {
    const { model, state } = this.host;
    const last = model.representations[model.representations.length - 1].key;
    return {
      labels: state.labels.join("."),
      of: unless(state.of, last),
      method: unless(state.method, "spread"),
      query: unless(state.query, "random"),
      seed: unless(state.seed, 0),
    };
  }
}
