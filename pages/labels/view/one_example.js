// One example: of twenty characters one drawing each is given. Which is another person's drawing, or the visitor's own?

import { isAbort, messageOf } from "../../shared/view/api.js";
import { write } from "../../shared/view/controls.js";
import { find, findAll, part } from "../../shared/view/dom.js";
import { DrawingPad } from "../../shared/view/drawing_pad.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { LatestRequest } from "../../shared/view/latest_request.js";
import { unless } from "../../shared/view/panel.js";
import { learnedOf, markup, rowMarkup } from "./one_example_markup.js";
import { TrialPictures } from "./trial_pictures.js";
import { nearest, rankOf, Trials, unplayed } from "./trials.js";

/**
 * @typedef {import("./player.js").LabelsView} LabelsView
 * @typedef {import("./types.d.ts").Space} Space
 * @typedef {import("./types.d.ts").Told} Told
 */

const TEST = 208; // CSS pixels
const SUPPORT = 54;
const SMALL = 30;
const PEN = 1.6; // pixels of a drawing: as wide as its strokes
const INK = 90; // grey from which on a pixel counts as drawn
const ORDINALS = ["", "", "2nd", "3rd"];

export class OneExample {
  static name = "one";
  static title = "One example";
  static hint = "Twenty characters, one drawing of each: recognise another one, before models do";

  /** @param {LabelsView} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    /** @type {Trials | null} */
    this.trials = null;
    /** @type {DrawingPad | null} */
    this.pad = null;
    /** @type {Map<string, Told>} what is said of the visitor's drawing */
    this.drawn = new Map();
    this.redrawn = false; // whether the visitor's drawing changed since it was last kept
    /** @type {TrialPictures | null} */
    this.pictures = null;
    this.leaving = new AbortController();
    /** @type {LatestRequest<{ run: number, image: Uint8Array<ArrayBuffer> }, Map<string, Told>>} */
    this.requests = new LatestRequest(
      ({ run, image }) => this.ask(run, image),
      (answer, { run }) => {
        if (run !== this.at.run || this.pad?.empty) return; // of another drawing
        this.drawn = answer;
        host.requestFrame();
      },
      error => isAbort(error) || host.showError(messageOf(error)),
    );
    put(root, html`<p class="note">Loading the drawings …</p>`);
    this.load();
  }

  async load() {
    const { host, root } = this;
    try {
      const trials = await Trials.load(host.data.api);
      if (host.panel !== this) return;
      this.trials = trials;
      this.pictures = new TrialPictures(trials);
      put(root, markup(trials));
      this.pad = new DrawingPad(
        part(root, "pad", HTMLCanvasElement),
        { width: trials.side, height: trials.side, binary: true, pen: PEN },
        () => this.onDraw(),
      );
      for (const type of ["pointermove", "pointerleave"])
        this.pad.canvas.addEventListener(type, () => host.requestFrame());
      this.pad.tool = host.state.pen = "draw";
      this.restore(trials, this.pad);
      host.sync();
      host.requestFrame();
      await this.solveAll(trials);
    } catch (error) {
      if (isAbort(error) || host.panel !== this) return;
      if (!this.trials) put(root, html``);
      host.showError(messageOf(error));
    }
  }

  /** The drawing of the link. @param {Trials} trials @param {DrawingPad} pad */
  restore({ side }, pad) {
    const { state } = this.host;
    state.item ||= state.drawing ? "own" : "trial";
    if (state.drawing && !pad.decode(state.drawing, pad.drawing)) {
      this.host.showError(`The link's drawing was not used: it is no image of ${side} × ${side} pixels.`);
      state.item = "trial";
      state.drawing = "";
    }
  }

  /** Have the trials solved in one representation after the other. @param {Trials} trials */
  async solveAll(trials) {
    const { host } = this;
    for (const space of trials.spaces) {
      try {
        await trials.solve(space, this.leaving.signal);
      } catch (error) {
        if (isAbort(error)) return;
        space.problem = messageOf(error);
      }
      host.requestFrame();
      if (this.isOwn) this.request(); // one more can answer
    }
  }

  // -- what is to be recognised ---------------------------------------------------------------------

  get isOwn() {
    return this.host.state.item === "own";
  }

  /** The character that the visitor's drawing is to be, -1 until that is said. */
  get meant() {
    return this.host.state.meant - 1;
  }

  set meant(k) {
    this.host.state.meant = k + 1;
    this.host.syncUrl();
  }

  /** Run and trial, from 0. */
  get at() {
    const { run, trial } = this.host.state;
    return { run: run - 1, trial: trial - 1 };
  }

  /** The trial among all. */
  get number() {
    const { run, trial } = this.at;
    return run * (this.trials?.ways ?? 0) + trial;
  }

  /** What the visitor said, -1 where nothing. */
  get said() {
    return this.isOwn ? this.meant : (this.host.said.get(this.number) ?? -1);
  }

  /** The right character; -1 where nobody knows. @param {Trials} trials */
  truth(trials) {
    const { run, trial } = this.at;
    return this.isOwn ? this.meant : trials.answerOf(run, trial);
  }

  /** Whether answers are shown: of a trial once the visitor has answered. */
  get open() {
    return this.isOwn ? !this.pad?.empty : this.host.said.has(this.number);
  }

  /** @param {Space} space @param {Trials} trials @returns {Told | null} */
  told(space, trials) {
    const { run, trial } = this.at;
    return this.isOwn ? (this.drawn.get(space.key) ?? null) : trials.told(space, run, trial);
  }

  /** @param {number} run @param {Uint8Array<ArrayBuffer>} image */
  async ask(run, image) {
    const spaces = this.trials?.spaces.filter(({ solved }) => solved) ?? [];
    if (!this.trials || !spaces.length) return new Map();
    const keys = spaces.map(({ key }) => key);
    const answer = await this.trials.ask(run, image, keys, this.leaving.signal);
    const forgotten = spaces.filter(({ key }) => !answer.has(key)); // by a server that was started anew, say
    for (const space of forgotten) space.solved = null;
    if (forgotten.length) this.solveAll(this.trials);
    return answer;
  }

  /** What models say of the visitor's drawing. */
  request() {
    if (this.isOwn && this.pad && !this.pad.empty)
      this.requests.request({ run: this.at.run, image: this.pad.drawing.slice() });
  }

  onDraw() {
    const { pad } = this;
    if (!pad) return;
    for (let i = 0; i < pad.drawing.length; i++) pad.drawing[i] = pad.drawing[i] > INK ? 255 : 0;
    this.changed();
  }

  /** Another drawing of the visitor's: kept with the next frame, however many strokes it has until then. */
  changed() {
    this.redrawn = true;
    this.host.requestFrame();
  }

  keepDrawing() {
    const { host, pad } = this;
    if (!pad || !this.redrawn) return;
    this.redrawn = false;
    if (pad.empty) this.drawn = new Map();
    host.state.drawing = pad.empty ? "" : pad.encode(pad.drawing);
    this.request();
    host.syncUrl();
  }

  // -- what is drawn --------------------------------------------------------------------------------

  draw() {
    const { pad, root, trials } = this;
    if (!trials || !pad) return;
    this.keepDrawing();
    const { run, trial } = this.at;
    const test = part(root, "test", HTMLCanvasElement);
    test.hidden = this.isOwn;
    part(root, "own-box").hidden = !this.isOwn;
    if (this.isOwn) pad.draw(null, TEST);
    else this.pictures?.paint(test, trials.testAt(run, trial), TEST);
    this.drawSupport(trials);
    this.drawWords(trials);
    this.drawRows(trials);
  }

  /** @param {Trials} trials */
  drawSupport(trials) {
    const { run } = this.at;
    const { said } = this;
    const truth = this.truth(trials);
    for (const button of findAll(this.root, '[data-do="say"]', HTMLButtonElement)) {
      const k = Number(button.value);
      const canvas = find(button, "canvas", HTMLCanvasElement);
      this.pictures?.paint(canvas, trials.supportAt(run, k), SUPPORT);
      canvas.removeAttribute("style"); // as wide as its button
      const shown = this.open && !this.isOwn;
      const verdict = shown && k === truth ? "right" : shown && k === said ? "wrong" : "";
      for (const one of ["right", "wrong"]) button.classList.toggle(one, verdict === one);
      button.setAttribute("aria-label", `Character ${k + 1}${verdict && `, ${verdict}`}`);
      button.setAttribute("aria-pressed", String(this.isOwn && k === this.meant));
      button.title = this.isOwn ? "This is what I drew" : "The same character";
    }
  }

  /** @param {Trials} trials */
  drawWords(trials) {
    const { root, said } = this;
    const { run, trial } = this.at;
    const truth = this.truth(trials);
    const asks = this.isOwn
      ? this.pad?.empty || this.meant < 0
        ? "Draw one of the twenty, then press the one that you meant."
        : "Redraw it: who still knows it?"
      : said === truth
        ? "Right!"
        : said >= 0
          ? `No: it is number ${truth + 1}, marked ✓.`
          : this.open
            ? `It is number ${truth + 1}, marked ✓.`
            : "Which of the twenty is it?";
    write(part(root, "asks"), asks);
    const which = `run ${run + 1} of ${trials.runs}`;
    write(
      part(root, "which"),
      this.isOwn ? `characters of ${which}` : `${which}, trial ${trial + 1} of ${trials.ways}`,
    );
    find(root, '[data-do="reveal"]', HTMLButtonElement).disabled = this.isOwn || this.open;
    const waiting = trials.spaces.filter(({ problem, solved }) => !solved && !problem).length;
    write(part(root, "progress"), waiting ? `solving the trials: ${waiting} to go` : "");
  }

  /** @param {Trials} trials */
  drawRows(trials) {
    const { open, root } = this;
    const truth = this.truth(trials);
    const told = new Map(trials.spaces.map(space => [space.key, open ? this.told(space, trials) : null]));
    refresh(part(root, "rows"), [
      this.ownRow(truth),
      ...trials.spaces.map(space => this.row(space, told.get(space.key) ?? null, truth)),
    ]);
    const { run } = this.at;
    for (const canvas of findAll(root, "canvas[data-answer]", HTMLCanvasElement)) {
      const key = canvas.dataset.answer ?? "";
      const distances = told.get(key)?.distances;
      const k = distances ? nearest(distances) : this.said;
      if (k >= 0) this.pictures?.paint(canvas, trials.supportAt(run, k), SMALL);
    }
    for (const canvas of findAll(root, "canvas[data-neighbours]", HTMLCanvasElement)) {
      const places = Array.from(told.get(canvas.dataset.neighbours ?? "")?.neighbours ?? []);
      this.pictures?.paintRow(canvas, places, this.sameAs(truth, places), SMALL);
    }
  }

  /** Of which drawings it is known that they are of the right character. @param {number} truth @param {number[]} places */
  sameAs(truth, places) {
    return places.map(place => truth >= 0 && this.trials?.isOf(place, this.at.run, truth) === true);
  }

  /** The visitor's. @param {number} truth */
  ownRow(truth) {
    const { host, said, trials } = this;
    const played = [...host.said].filter(([, guess]) => guess >= 0);
    const right = played.filter(([at, guess]) => trials?.answers[at] === guess).length;
    const count = played.length;
    const answers = !this.isOwn && this.open && said >= 0;
    return rowMarkup({
      answer: said,
      same: 0,
      others: 0,
      title: "You",
      about: count ? `${count} trial${count === 1 ? "" : "s"} played` : "no trial played yet",
      key: "you",
      answers,
      says: answers ? (said === truth ? "right" : "wrong") : "",
      right: answers ? said === truth : null,
      percent: count ? (100 * right) / count : null,
      score: count ? `${right} of ${count}` : "–",
    });
  }

  /** @param {Space} space @param {Told | null} told @param {number} truth */
  row(space, told, truth) {
    const { key, problem, solved, title } = space;
    const rank = told && truth >= 0 ? rankOf(told.distances, truth) : 0;
    const others = Array.from(told?.neighbours ?? []);
    const score = solved ? `${(100 * solved.accuracy).toFixed(1)} ± ${(100 * solved.error).toFixed(1)}%` : "…";
    return rowMarkup({
      answer: told ? nearest(told.distances) : -1,
      same: this.sameAs(truth, others).filter(Boolean).length,
      others: others.length,
      title,
      about: problem || learnedOf(space),
      key,
      answers: told !== null,
      says: rank === 0 ? "" : rank === 1 ? "right" : `it is ${ORDINALS[rank] ?? `${rank}th`}`,
      right: rank === 0 ? null : rank === 1,
      percent: solved ? 100 * solved.accuracy : null,
      score: problem ? "–" : score,
    });
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** Say which of the twenty it is; of a trial the first word counts. @param {number} k */
  say(k) {
    if (this.isOwn) this.meant = k;
    else if (!this.open) this.host.said.set(this.number, k);
  }

  next() {
    const { host, trials } = this;
    if (!trials) return;
    const { run, trial } = unplayed(trials, host.said, Math.random);
    Object.assign(host.state, { run: run + 1, trial: trial + 1 });
    this.meant = -1;
    this.drawn = new Map();
    this.request();
    host.requestFrame();
    host.syncUrl();
  }

  /** @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    if (name === "say") this.say(Number(button.value));
    if (name === "next") this.next();
    if (name === "reveal") this.host.said.set(this.number, -1);
    if (name === "clear" && this.pad) {
      this.pad.drawing.fill(0);
      this.meant = -1;
      this.changed();
    }
    this.host.requestFrame();
  }

  /** @param {string} name @param {string} value */
  onChoice(name, value) {
    if (name === "pen" && this.pad) this.pad.tool = /** @type {"draw" | "rub"} */ (value);
    if (name === "item") this.changed();
  }

  keys() {
    return { n: () => this.next() };
  }

  destroy() {
    this.leaving.abort();
    this.requests.close();
    this.keepDrawing();
  }

  /** @returns {import("../../shared/view/types.d.ts").UrlParams} */
  urlParams() {
    const { run, trial } = this.host.state;
    if (!this.pad) return {}; // what the link says stands until the drawings are there
    this.keepDrawing();
    return {
      run: unless(run, 1),
      trial: unless(trial, 1),
      drawing: this.isOwn ? this.host.state.drawing : "",
      meant: this.isOwn && this.host.state.drawing ? unless(this.host.state.meant, 0) : "",
    };
  }
}
