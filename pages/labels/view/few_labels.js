// Few labels: every one that is given is spread over thousands of unlabelled examples, in several representations.

import { isAbort, messageOf } from "../../shared/view/api.js";
import { blankCanvas, pointOn } from "../../shared/view/canvas.js";
import { classColours, css, PICKED } from "../../shared/view/colours.js";
import { button, choice, write } from "../../shared/view/controls.js";
import { find, part } from "../../shared/view/dom.js";
import { drawGrey, fitGrey } from "../../shared/view/greys.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { roomFor, select, unless } from "../../shared/view/panel.js";
import { boxOf } from "../../shared/view/places.js";
import { seededRandom } from "../../shared/view/random.js";
import { decide, errorOf, METHODS, nextPoint } from "./classify.js";
import { drawErrors } from "./error_chart.js";
import { Race } from "./race.js";

/**
 * @typedef {import("../../shared/view/types.d.ts").Places} Places
 * @typedef {import("./player.js").LabelsView} LabelsView
 * @typedef {import("./types.d.ts").Given} Given
 * @typedef {import("./types.d.ts").View} View
 */

const MAP = 460; // CSS pixels, where there is room
const EXAMPLE = 132;
const WRONG = 12; // examples that are shown
const TILE = 46;
const REACH = 14; // CSS pixels from a point that still count as on it
const MOST = 300; // labels: they stand in the link
const TEN = 10;
export const CURVES = ["#8b95a3", "#3b8ede", "#d55e00", "#0fa07a", "#cc79a7", "#b8860b"]; // seen on white and on black

/** What is known of the pool in one representation: the error after each number of labels. */
class Fit {
  /** @param {View} view */
  constructor(view) {
    this.view = view;
    /** @type {(number | undefined)[]} by number of labels */
    this.errors = [];
    /** @type {{ predicted: Int32Array, margin: Float32Array } | null} of all labels together */
    this.decided = null;
  }
}

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
    /** @type {Given[]} */
    this.given = [];
    this.point = -1; // the one that is asked for
    this.hovered = -1;
    this.waiting = 0; // labels that are to be given by the data themselves
    /** @type {Map<string, Fit>} by key of the representation */
    this.fits = new Map();
    /** @type {Places | null} */
    this.places = null;
    /** @type {Race | null} */
    this.race = null;
    const keys = model.representations.map(({ key }) => key);
    if (!keys.includes(state.of)) state.of = keys[keys.length - 1];
    put(root, markup(host));
    this.map = part(root, "map", HTMLCanvasElement);
    this.map.addEventListener("pointermove", event => this.onPointer(event));
    this.map.addEventListener("pointerleave", () => this.hover(-1));
    this.map.addEventListener("click", () => this.hovered >= 0 && this.ask(this.hovered));
    this.restore();
    for (const { key } of model.representations) this.loadView(key);
    this.loadMap();
    this.next();
    this.sync();
  }

  /** Labels of the link. */
  restore() {
    const { model, problems, state } = this.host;
    const { labels } = state;
    for (let i = 0; i + 1 < labels.length && this.given.length < MOST; i += 2) {
      const [point, label] = labels.slice(i, i + 2);
      const fits = point < model.n && label < model.classes.length && !this.labelOf(point);
      if (fits) this.given.push({ point, label });
      else problems.push(`The link's label ${label} of example ${point} was not used.`);
    }
  }

  /** @param {string} key */
  async loadView(key) {
    const { host } = this;
    try {
      const found = host.model.representations.find(one => one.key === key);
      const view = await found?.view();
      if (!view || host.panel !== this) return;
      this.fits.set(key, new Fit(view));
      this.host.requestFrame();
    } catch (error) {
      if (!isAbort(error) && host.panel === this) host.showError(messageOf(error));
    }
  }

  /** The map of the representation that is shown: by PCA at once, by UMAP as soon as it is there. */
  async loadMap() {
    const { host } = this;
    const { of } = host.state;
    const found = host.model.representations.find(one => one.key === of);
    const shows = () => host.panel === this && host.state.of === of;
    write(part(this.root, "map-says"), "loading …");
    for (const [method, words] of /** @type {["pca" | "umap", string][]} */ ([
      ["pca", "PCA; UMAP is being computed …"],
      ["umap", "UMAP"],
    ])) {
      try {
        const places = await found?.[method]();
        if (!places || !shows()) return;
        this.places = places;
        write(part(this.root, "map-says"), words);
        host.requestFrame();
      } catch (error) {
        if (!isAbort(error) && shows()) host.showError(messageOf(error));
        return;
      }
    }
  }

  /** @param {number} point @returns {Given | undefined} */
  labelOf(point) {
    return this.given.find(one => one.point === point);
  }

  get shown() {
    return this.fits.get(this.host.state.of) ?? null;
  }

  // -- labels ---------------------------------------------------------------------------------------

  /** @param {number} point */
  ask(point) {
    this.point = point;
    this.sync();
  }

  /** Ask for the next one. */
  next() {
    const { state, model } = this.host;
    const fit = this.shown;
    if (fit && !fit.decided) this.refit(fit);
    this.point = nextPoint(state.query, model.n, this.given, fit?.decided?.margin ?? null, this.random);
    this.sync();
  }

  /** @param {number} label of the point that is asked for; another one than it had, where it had one */
  give(label) {
    const { point } = this;
    if (point < 0) return;
    this.given = this.given.filter(one => one.point !== point);
    if (this.given.length < MOST) this.given.push({ point, label });
    this.changed();
    this.next();
  }

  changed() {
    const { state } = this.host;
    state.labels = this.given.flatMap(({ point, label }) => [point, label]);
    for (const fit of this.fits.values()) {
      fit.decided = null;
      fit.errors.length = Math.min(fit.errors.length, this.given.length); // that of this number is another one
    }
    this.host.syncUrl();
  }

  /** @param {Fit} fit @param {number} [count] of labels, the first ones */
  refit(fit, count = this.given.length) {
    const { model, state } = this.host;
    const given = this.given.slice(0, count);
    const scores = METHODS[/** @type {"spread"} */ (state.method)](fit.view, given, model.classes.length);
    const decided = decide(scores, model.classes.length);
    if (count) fit.errors[count] = errorOf(decided.predicted, model.truth, given);
    if (count === this.given.length) fit.decided = decided;
  }

  /** Fit what is not fitted, the newest first, for some milliseconds; whether anything is left. */
  catchUp() {
    const until = performance.now() + 25;
    for (const fit of this.fits.values()) if (!fit.decided) this.refit(fit);
    for (let count = this.given.length - 1; count > 0; count--)
      for (const fit of this.fits.values()) {
        if (fit.errors[count] !== undefined) continue;
        if (performance.now() > until) return true;
        this.refit(fit, count);
      }
    return false;
  }

  /** Begin anew with the same labels, as with another method. */
  refitAll() {
    for (const fit of this.fits.values()) {
      fit.errors = [];
      fit.decided = null;
    }
    this.host.requestFrame();
  }

  // -- what is drawn --------------------------------------------------------------------------------

  draw() {
    if (this.waiting > 0 && this.shown) {
      this.waiting = this.point < 0 || this.given.length >= MOST ? 0 : this.waiting - 1;
      if (this.point >= 0) this.give(this.host.model.truth[this.point]);
    }
    const more = this.catchUp();
    const racing = this.race?.step() ?? false;
    this.drawMap();
    this.drawExample();
    this.drawErrors();
    this.drawWrong();
    return more || racing || this.waiting > 0;
  }

  drawMap() {
    const { host, map, palette, places } = this;
    const side = Math.min(MAP, Math.max(240, roomFor(map)));
    const context = blankCanvas(map, side, side);
    if (!places) return;
    const spot = this.spots(side);
    const decided = this.given.length ? this.shown?.decided : null;
    for (let i = 0; i < host.model.n; i++) {
      const [x, y] = spot(i);
      context.globalAlpha = decided ? 0.35 + 0.6 * Math.min(1, 2 * decided.margin[i]) : 0.6;
      context.fillStyle = decided ? css(palette[decided.predicted[i]]) : "#8b95a3";
      context.fillRect(x - 2, y - 2, 4, 4);
    }
    context.globalAlpha = 1;
    for (const { point, label } of this.given) this.ring(context, spot(point), 5, css(palette[label]), host.theme.text);
    if (this.point >= 0) this.ring(context, spot(this.point), 7, "transparent", PICKED);
    if (this.hovered >= 0) this.ring(context, spot(this.hovered), 7, "transparent", host.theme.text);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {[number, number]} at
   * @param {number} radius
   * @param {string} fill
   * @param {string} stroke
   */
  ring(context, [x, y], radius, fill, stroke) {
    context.beginPath();
    context.arc(x, y, radius, 0, 7);
    context.fillStyle = fill;
    context.fill();
    context.strokeStyle = stroke;
    context.lineWidth = 2;
    context.stroke();
  }

  /** Where points lie on the map. @param {number} side @returns {(point: number) => [number, number]} */
  spots(side) {
    const { xs, ys } = /** @type {Places} */ (this.places);
    const { left, right, bottom, top } = boxOf([{ xs, ys }]);
    const room = side - 24;
    const scale = room / Math.max(right - left, top - bottom, 1e-9);
    const [middleX, middleY] = [(left + right) / 2, (bottom + top) / 2];
    return point => [side / 2 + (xs[point] - middleX) * scale, side / 2 - (ys[point] - middleY) * scale];
  }

  drawExample() {
    const { host, root } = this;
    const { model } = host;
    const point = this.hovered >= 0 ? this.hovered : this.point;
    const canvas = part(root, "example", HTMLCanvasElement);
    canvas.hidden = !model.images.length || point < 0;
    if (!canvas.hidden) {
      fitGrey(canvas, model, EXAMPLE);
      drawGrey(canvas, model.images[point], model);
    }
    write(part(root, "words"), point < 0 ? "Every example has a label." : model.wordsOf(point));
    const label = this.labelOf(point)?.label;
    const predicted = this.given.length ? this.shown?.decided?.predicted[point] : undefined;
    const guess = predicted === undefined ? "" : `The classifier says ${model.classes[predicted]}.`;
    write(part(root, "guess"), label === undefined ? guess : `Labelled ${model.classes[label]}.`);
    const wrong = this.given.filter(one => model.truth[one.point] !== one.label).length;
    const count = this.given.length;
    const other = wrong ? `, ${wrong} other than in the data` : "";
    write(part(root, "count"), `${count} label${count === 1 ? "" : "s"}${other}`);
  }

  drawErrors() {
    const { fits, given, host, root } = this;
    const curves = host.model.representations.map(({ key, title }, i) => ({
      key,
      title: short(title),
      colour: CURVES[i % CURVES.length],
      errors: fits.get(key)?.errors ?? [],
    }));
    drawErrors(part(root, "errors", HTMLCanvasElement), host.theme, curves, Math.max(TEN, given.length));
    refresh(
      part(root, "legend"),
      html`${curves.map(({ key, title, colour, errors }) => {
        const error = errors[given.length];
        const number =
          given.length && error !== undefined ? `${(100 * error).toFixed(1)}%` : fits.has(key) ? "–" : "loading …";
        return html`<button type="button" data-do="of" value="${key}" aria-pressed="${key === host.state.of}"><i style="background:${colour}"></i>${title}<b>${number}</b></button>`;
      })}`,
    );
    const box = part(root, "race-box");
    box.hidden = !this.race;
    if (!this.race) return;
    drawErrors(part(root, "race", HTMLCanvasElement), host.theme, this.race.curves, this.race.most);
    write(part(root, "race-says"), this.race.words);
  }

  /** Examples that are classified wrongly, the surest first. */
  drawWrong() {
    const { given, host, root } = this;
    const { model } = host;
    const decided = given.length ? this.shown?.decided : null;
    const box = part(root, "wrong");
    part(root, "wrong-box").hidden = !decided || !model.images.length;
    if (!decided || !model.images.length) return;
    const wrong = Array.from(model.truth.keys())
      .filter(i => decided.predicted[i] !== model.truth[i] && !this.labelOf(i))
      .sort((a, b) => decided.margin[b] - decided.margin[a])
      .slice(0, WRONG);
    refresh(
      box,
      html`${wrong.map(i => html`<button type="button" class="tile" data-do="ask" value="${i}" title="Ask for its label"><canvas data-point="${i}"></canvas><span>${model.classes[decided.predicted[i]]}</span></button>`)}`,
    );
    for (const i of wrong) {
      const canvas = find(box, `[data-point="${i}"]`, HTMLCanvasElement);
      fitGrey(canvas, model, TILE);
      drawGrey(canvas, model.images[i], model);
    }
  }

  sync() {
    const { root, host } = this;
    const picked = find(root, '[data-pick="of"]', HTMLSelectElement);
    picked.value = host.state.of;
    this.host.requestFrame();
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** @param {PointerEvent} event */
  onPointer(event) {
    if (!this.places) return;
    const { x, y } = pointOn(this.map, event);
    const ratio = this.map.width / this.map.clientWidth;
    const spot = this.spots(this.map.clientWidth);
    let best = -1,
      least = REACH ** 2;
    for (let i = 0; i < this.host.model.n; i++) {
      const [px, py] = spot(i);
      const square = (px - x / ratio) ** 2 + (py - y / ratio) ** 2;
      if (square < least) [best, least] = [i, square];
    }
    this.hover(best);
  }

  /** @param {number} point */
  hover(point) {
    if (point === this.hovered) return;
    this.hovered = point;
    this.host.requestFrame();
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
      truth: () => this.point >= 0 && this.give(model.truth[this.point]),
      ten: () => {
        this.waiting = TEN;
      },
      undo: () => {
        const last = this.given.pop();
        this.changed();
        if (last) this.ask(last.point);
      },
      clear: () => {
        this.given = [];
        this.waiting = 0;
        state.seed = (state.seed + 1) % 100_000; // another draw
        this.random = seededRandom(state.seed);
        this.changed();
        this.next();
      },
      race: () => {
        if (this.shown) this.race = new Race(this.shown.view, model, state.method);
      },
    };
    actions[name]?.();
    this.sync();
  }

  /** @param {string} name */
  onChoice(name) {
    if (name === "method") {
      this.race = null;
      this.refitAll();
    }
    if (name === "query") this.next();
  }

  /** @param {string} _name @param {string} value */
  onSelect(_name, value) {
    this.host.state.of = value;
    this.race = null;
    this.places = null;
    this.loadMap();
    this.sync();
    this.host.syncUrl();
  }

  keys() {
    /** @type {import("../../shared/view/types.d.ts").Keys} */
    const keys = { n: () => this.next(), u: () => this.onAction("undo", document.createElement("button")) };
    this.host.model.classes.slice(0, 10).forEach((_, c) => {
      keys[String(c)] = () => this.give(c);
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

/** A title without the data set's, which all share. @param {string} title */
const short = title => title.slice(title.indexOf("·") + 1).trim();

/** @param {LabelsView} host */
const markup = ({ model, state }) => html`
<div class="few">
  <section class="card"><header><label class="group">Coloured by ${select(
    "of",
    model.representations.map(({ key, title }) => [key, short(title)]),
    state.of,
    "Representation",
  )}</label><span class="muted" data-part="map-says"></span></header>
    <div><canvas data-part="map" class="map" role="img" aria-label="Map of all examples, in the colours of their predicted classes"></canvas></div></section>
  <div>
    <section class="card ask"><header><b>What is this?</b><span class="end muted" data-part="count"></span></header>
      <div class="asked"><canvas data-part="example" role="img" aria-label="The example that is asked for"></canvas><div><p data-part="words"></p><p class="muted" data-part="guess"></p></div></div>
      <div class="classes" role="group" aria-label="Classes">${model.classes.map(
        (name, c) =>
          html`<button type="button" data-do="class" value="${c}" title="${c < 10 ? `Label it ${name} (${c})` : `Label it ${name}`}">${name}</button>`,
      )}</div>
      <div class="bar"><span class="group">Ask for ${choice(
        "query",
        [
          ["random", "any", "A random example without a label"],
          [
            "uncertain",
            "the least certain",
            "The example whose class is least certain in the representation that is shown",
          ],
        ],
        "Which example is asked for",
      )}</span>${button("next", "Another", "Ask for another one (N)")}${button("undo", "Undo", "Take the last label back (U)")}</div>
      <div class="bar">${button("truth", "Tell me", "Label it as in the data")}${button("ten", "Label ten for me", "Ten labels as in the data")}${button("clear", "Clear", "Take all labels back")}</div></section>
    <section class="card"><header><b>Error on all without a label</b><span class="end">${choice(
      "method",
      [
        ["spread", "Label spreading", "Labels spread along nearest neighbours, through unlabelled examples"],
        ["linear", "Linear", "Ridge regression of the classes on the vector"],
        ["nearest", "Nearest", "The class of the nearest labelled example"],
      ],
      "Classifier",
    )}</span></header>
      <div><canvas data-part="errors" role="img" aria-label="Error against the number of labels, for each representation"></canvas></div>
      <div class="legend" data-part="legend"></div></section>
  </div>
</div>
<section data-part="wrong-box" hidden><h4>Surest errors in this representation: what it takes them for</h4><div class="strip" data-part="wrong"></div></section>
<section class="card"><header><b>Does it pay to ask for the least certain?</b><span class="end">${button("race", "Start the race", "Five draws each: asked for the least certain, and for any")}</span></header>
  <div data-part="race-box" hidden><div><canvas data-part="race" role="img" aria-label="Error against the number of labels, both ways of asking"></canvas></div><p class="note" data-part="race-says"></p></div>
  <p class="note">Both begin with the same label and are told the classes as in the data, up to sixty labels, five times.</p></section>`;
