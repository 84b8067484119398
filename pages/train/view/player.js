// The player of trainings: looks at its runs while they work, draws their curves, and plays what the models could do
// after each epoch.

import { setPlaying, syncChoices, syncSlider, write } from "../../shared/view/controls.js";
import { find } from "../../shared/view/dom.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { isOfNothing } from "../../shared/view/keyboard.js";
import { Shell } from "../../shared/view/shell.js";
import { markup } from "./markup.js";
import { metricsOf, sheetsOf, shownMetric, shownSheet } from "./metrics.js";
import { Playhead } from "./playhead.js";
import { Run } from "./run.js";
import { RunHead } from "./run_head.js";
import { TrainingView } from "./view.js";

/**
 * @typedef {import("../../shared/view/types.d.ts").Component<TrainingData>} Component
 * @typedef {import("./types.d.ts").TrainingData} TrainingData
 * @typedef {import("./types.d.ts").TrainingState} TrainingState
 */

/** @param {Element} parent @param {Component} component */
export const mount = (parent, component) => TrainingPlayer.mount(parent, component);

/** What a link says. @param {string} search @returns {{curve: string, sheet: string, epoch: number}} no number for no epoch */
export function readLink(search) {
  const link = new URLSearchParams(search);
  const epoch = link.get("epoch");
  return {
    curve: link.get("curve") ?? "",
    sheet: link.get("sheet") ?? "",
    epoch: epoch === null ? Number.NaN : Number(epoch),
  };
}

/** @extends {Shell<TrainingData>} */
export class TrainingPlayer extends Shell {
  /** @override */
  static hearsPage = true;
  /** @override */
  static returnsFocus = "input[type=range]:not(form input)";
  /** @override */
  static longestFrame = 200;

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root);
    put(root, markup());
    const { curve, sheet, epoch } = readLink(location.search);
    /** @type {TrainingState} */
    this.state = {
      curve,
      sheet,
      x: "linear",
      y: "all",
      unit: "epoch",
      smooth: false,
      fps: 8,
      at: null,
      playing: false,
      picked: -1,
    };
    this.linkedEpoch = epoch; // a link goes to where it was
    this.playhead = new Playhead(this.state);
    /** @type {Run[]} */
    this.runs = [];
    /** @type {RunHead[]} */
    this.heads = [];
    /** @type {Record<string, string>} the states that the page has been told */
    this.knownStates = {};
    this.reportedStates = "";
    this.touched = false; // by a visitor who may want the whole film
    this.dirty = true;
    this.view = new TrainingView(root, {
      onSeek: place => this.seek(place),
      onHover: () => this.redraw(),
      onPick: k => this.pick(k === this.state.picked ? -1 : k),
      onSeekEpoch: (run, at) => this.seek(this.playhead.place(run, at)),
    });
    for (const type of ["pointerenter", "focus"]) this.listen(root, type, () => this.touch());
    this.listen(root, "input", ({ target }) => {
      if (target === this.$("scrub")) this.seek(this.playhead.stops[Number(target.value)]);
    });
    this.listen(document, "visibilitychange", () => document.hidden || this.look());
    this.cleanups.push(() => {
      for (const run of this.runs) run.close();
    });
  }

  // -- the runs -------------------------------------------------------------------------------------

  /** @override */
  open() {
    this.setRuns();
  }

  /** The page has run again, perhaps with other runs. @override @param {TrainingData} before */
  onData(before) {
    if (JSON.stringify(this.data.states) !== JSON.stringify(before.states)) this.reportedStates = "";
    this.setRuns();
  }

  setRuns() {
    const { data } = this,
      before = this.runs;
    this.knownStates = { ...data.states };
    const same = data.runs.length === before.length && data.runs.every((id, i) => id === before[i].id);
    if (same) return this.look(); // one may have begun anew
    this.runs = data.runs.map(
      id =>
        before.find(run => run.id === id) ??
        new Run(
          id,
          data.api,
          run => this.onNews(run),
          () => this.sync(),
        ),
    );
    for (const run of before) if (!this.runs.includes(run)) run.close();
    this.playhead.runs = this.runs;
    const many = this.runs.length > 1;
    this.root.classList.toggle("many", many);
    this.state.at = this.linkedEpoch >= 0 ? this.linkedEpoch : null;
    this.linkedEpoch = Number.NaN;
    this.state.playing = false;
    this.state.picked = -1;
    if (!many) this.state.unit = "epoch";
    this.$("unit").hidden = !many;
    this.heads = this.runs.map((run, i) => new RunHead(run, this.marks[i], many));
    this.$("heads").replaceChildren(...this.heads.map(head => head.element));
    this.view.build(this.runs, this.marks);
    this.sync();
  }

  /** Colours of the runs, "" for a single one. */
  get marks() {
    return this.runs.map((_, i) => (this.runs.length > 1 ? this.data.colours[i] : ""));
  }

  get names() {
    return this.runs.map(run => this.data.names[run.id] ?? run.status?.title ?? run.id);
  }

  look() {
    for (const run of this.runs) run.look();
  }

  /** A run has answered: the page runs again where its state is another one. @param {Run} run */
  onNews(run) {
    if (this.destroyed) return;
    if (run.state && !run.offline && this.knownStates[run.id] !== run.state) {
      this.knownStates[run.id] = run.state;
      const states = Object.fromEntries(this.runs.filter(one => one.state).map(one => [one.id, one.state]));
      const text = JSON.stringify(states);
      if (text !== this.reportedStates) this.tell("changed", states); // never twice the same: no circle
      this.reportedStates = text;
    }
    this.sync();
  }

  // -- moving through it ----------------------------------------------------------------------------

  /** @param {number} place */
  seek(place) {
    this.playhead.seek(place);
    this.afterMove();
  }

  /** @param {number} by */
  step(by) {
    this.state.playing = false;
    this.playhead.step(by);
    this.afterMove();
  }

  /** @param {number} k the tile to show large, -1 for none */
  pick(k) {
    this.state.picked = k;
    this.afterMove();
    if (k >= 0)
      requestAnimationFrame(() => this.$("enlarged").scrollIntoView({ block: "nearest", behavior: "smooth" }));
  }

  /** @param {number} by */
  pickNext(by) {
    const n = Math.max(0, ...this.view.sheets(this.shown).map(sheet => sheet?.n ?? 0));
    if (n && this.state.picked >= 0) this.pick((this.state.picked + by + n) % n);
  }

  /** @param {number} fps */
  setFps(fps) {
    this.state.fps = Math.max(1, Math.min(30, fps));
    this.sync();
  }

  afterMove() {
    this.sync();
    this.syncUrl();
  }

  touch() {
    this.touched = true;
    this.redraw();
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** What buttons do, by their data-do. @returns {Record<string, () => void>} */
  get commands() {
    const { playhead, state } = this;
    return {
      play: () => playhead.togglePlay(),
      back: () => this.step(-1),
      forward: () => this.step(1),
      live: () => playhead.follow(),
      smooth: () => {
        state.smooth = !state.smooth;
      },
      before: () => this.pickNext(-1),
      after: () => this.pickNext(1),
      close: () => this.pick(-1),
    };
  }

  /** @override @param {HTMLButtonElement} button @param {MouseEvent} event */
  onPress(button, event) {
    const run = this.runs.find(({ id }) => id === button.dataset.run);
    if (!run) super.onPress(button, event);
    else if (button.type !== "submit") run.act({ do: button.dataset.do ?? "" });
  }

  /** @override @param {string} name */
  onAction(name) {
    this.commands[name]?.();
    this.afterMove();
  }

  /** @override @param {string} name @param {string} value */
  onChoice(name, value) {
    const { state, playhead, runs } = this;
    if (name === "unit") playhead.setUnit(value === "share" ? "share" : "epoch");
    else {
      if (name === "sheet" && value !== shownSheet(runs, state.sheet)?.name) state.picked = -1;
      Object.assign(state, { [name]: value });
    }
    this.afterMove();
  }

  /** @override @param {string} name @param {number} value */
  onSlide(name, value) {
    if (name === "fps") this.setFps(value);
  }

  /** Other parts of the page have keys of their own. @override @param {KeyboardEvent} event */
  hears(event) {
    return event.composedPath().includes(this.root) || isOfNothing(event);
  }

  /** @override @returns {import("../../shared/view/types.d.ts").Keys} */
  keys() {
    const { state } = this;
    const { play, live, before, after, close } = this.commands;
    /** @type {import("../../shared/view/types.d.ts").Keys} */
    const keys = {
      " ": play,
      ArrowLeft: event => this.step(event.shiftKey ? -10 : -1),
      ArrowRight: event => this.step(event.shiftKey ? 10 : 1),
      Home: () => this.seek(this.playhead.stops[0]),
      End: live,
      "[": () => this.setFps(Math.round(state.fps * 0.7)),
      "]": () => this.setFps(Math.ceil(state.fps * 1.4)),
      ",": before,
      ".": after,
      Escape: state.picked >= 0 && close,
    };
    return keys;
  }

  /** @override @param {KeyboardEvent} event */
  onKey(event) {
    super.onKey(event);
    if (!event.defaultPrevented) return;
    this.touched = true;
    this.afterMove();
  }

  // -- what is shown --------------------------------------------------------------------------------

  /** What a drawing needs. */
  get shown() {
    const { runs, state, playhead, marks, names, theme } = this;
    return { runs, state, playhead, marks, names, theme };
  }

  /** @override */
  redraw() {
    this.dirty = true;
    this.requestFrame();
  }

  /** @override @param {number} _now @param {number} elapsed @returns {boolean} */
  draw(_now, elapsed) {
    const moved = this.playhead.tick(elapsed);
    if (moved === "ended") this.sync();
    if (moved !== "still") this.dirty = true;
    if (this.dirty && this.root.clientWidth && !this.$("watch").hidden) {
      this.dirty = false;
      this.fetchPictures();
      this.view.draw(this.shown);
    }
    return this.state.playing;
  }

  fetchPictures() {
    const { runs, playhead, view, state, touched } = this;
    if (playhead.shownPlace === null) return;
    for (const run of runs) {
      if (!run.pictured.length) continue;
      const strip = state.picked >= 0 ? view.stripOf(run, runs).epochs : [];
      run.pictures.want(playhead.wantedEpochs(run, strip, touched));
    }
  }

  /** Show the state on the controls. */
  sync() {
    const { runs, state, playhead, root } = this;
    this.redraw();
    for (const head of this.heads) head.show();
    const offline = runs.some(run => run.offline);
    this.$("offline").hidden = !offline;
    const silent = "The server does not answer. Training continues without it; this page retries every few seconds.";
    if (offline) write(this.$("offline"), silent);
    const expectsImages = runs.some(run => run.status?.kind === "train" && (run.live || run.state === "queued"));
    this.$("watch").hidden = !expectsImages && runs.every(run => run.history.empty);
    this.$("transport").hidden = this.$("watch").hidden || playhead.stops.length < 2;
    this.$("enlarged").hidden = state.picked < 0;
    this.syncCurves();
    this.syncSheets(expectsImages);
    const curve = shownMetric(runs, state.curve)?.name,
      sheet = shownSheet(runs, state.sheet)?.name;
    syncChoices(root, { ...state, curve, sheet });
    setPlaying(root, state.playing);
    find(root, '[data-do="smooth"]').setAttribute("aria-pressed", String(state.smooth));
    const live = find(root, '[data-do="live"]');
    live.hidden = !playhead.working;
    live.setAttribute("aria-pressed", String(state.at === null));
    syncSlider(root, "fps", state.fps, `${state.fps}/s`);
  }

  syncCurves() {
    const { runs, state } = this,
      metric = shownMetric(runs, state.curve);
    refresh(this.$("curves"), chips("curve", metricsOf(runs)));
    const hint = metric?.better ? `${metric.better === "higher" ? "Higher" : "Lower"} is better. ` : "";
    write(this.$("about"), `${hint}${metric?.about ?? ""}`);
  }

  /** @param {boolean} expectsImages whether there may be pictures later */
  syncSheets(expectsImages) {
    const { runs, state } = this,
      pictured = runs.some(run => run.pictured.length);
    refresh(this.$("sheets"), chips("sheet", sheetsOf(runs)));
    const none = !pictured && !expectsImages;
    this.$("made").hidden = none;
    this.$("watch").classList.toggle("alone", none);
    const about = shownSheet(runs, state.sheet)?.about;
    const later = pictured ? "" : "Images appear after the first epoch.";
    write(this.$("sheet-about"), about ?? later);
  }

  /** @override */
  urlParams() {
    const { state, playhead } = this;
    const newest = playhead.index === playhead.stops.length - 1;
    const epoch = state.playing || playhead.sharing || newest ? "" : playhead.stops[playhead.index];
    return { curve: state.curve, sheet: state.sheet, epoch: epoch ?? "" };
  }
}

/** @param {string} name @param {{name: string, title: string, unit?: string}[]} options */
const chips = (name, options) =>
  options.map(
    ({ name: value, title, unit }) =>
      html`<button type="button" class="chip" data-choice="${name}" value="${value}" ${unit ? html`title="${unit}"` : ""}>${title}</button>`,
  );
