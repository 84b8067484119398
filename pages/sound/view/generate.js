// Generate: a sound drawn sample by sample, heard while it grows; samples are forced, drawings branch.

import { part } from "../../shared/view/dom.js";
import { put } from "../../shared/view/html.js";
import { stepped, unless } from "../../shared/view/panel.js";
import { Beginning, lengthAfter } from "./beginning.js";
import { firstChange, freshSeed, packEdits, unpackEdits, withEdit } from "./edits.js";
import { drawBars, markup, syncGenerate, syncScrub } from "./generate_view.js";
import { listenToLevels } from "./level_bars.js";
import { Listening } from "./listening.js";
import { drawnName, known, nextSeed, OWN, toSeed, useKnown } from "./model.js";
import { Track } from "./track.js";
import { TrackView } from "./track_view.js";
import { saveWav } from "./wav.js";

/** @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes */
/** @typedef {import("./drawing.js").Edit} Edit */
/** @typedef {import("./player.js").SoundPlayer} SoundPlayer */

const PATIENCE = 250; // milliseconds that a slider rests before a sound is drawn anew

export class Generate {
  static name = "draw";
  static title = "Generate";
  static hint = "Hear a sound while it is drawn sample by sample; force samples, branch";

  /**
   * @param {SoundPlayer} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    const { state, model } = host;
    this.host = host;
    this.root = root;
    host.problems.push(...useKnown(state, model));
    state.muted = state.muted.filter(dilation => model.dilations.includes(dilation));
    const { total } = this,
      edits = unpackEdits(state.path, total, model.levels);
    if (!edits) host.problems.push("The forced samples in the link cannot be read: the sound is drawn without them.");
    /** @type {Edit[]} */
    this.edits = edits ?? [];
    /** @type {Edit[][]} what was before each change */
    this.past = [];
    /** @type {Edit[][]} what was taken back */
    this.undone = [];
    /** @type {Bytes} */
    this.given = new Uint8Array(0);
    this.level = -1; // that would be forced, -1 for that of the sample
    this.speed = 0; // samples a second that are drawn
    this.destroyed = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.resting = undefined;
    put(root, markup(host));
    this.beginning = new Beginning(host, root, "begin", () => this.begin());
    this.track = new Track(model.law, total);
    this.view = new TrackView(host, root, this.track, at => this.onSeek(at));
    this.view.mute(state.muted);
    this.listening = new Listening(
      /** @type {import("./sound_output.js").SoundOutput} */ (host.output),
      model.rate,
      at => this.onMove(at),
      () => this.changed(),
    );
    this.bars = part(root, "bars", HTMLCanvasElement);
    listenToLevels(
      this.bars,
      model.levels,
      level => this.pick(level),
      level => this.force(level),
    );
    this.restart();
  }

  destroy() {
    const { host, listening } = this;
    this.destroyed = true;
    clearTimeout(this.resting);
    this.beginning.close();
    listening.pause();
    host.engine?.stop();
    Object.assign(host.state, { path: packEdits(this.edits), at: this.view.at });
  }

  // -- the sound ----------------------------------------------------------------------------------

  /** Samples of the whole sound. */
  get total() {
    const { state, model } = this.host;
    return Math.max(1, Math.round((state.length * model.rate) / 1000));
  }

  /** Samples that it begins with and that stand. */
  get kept() {
    return Math.min(this.given.length, this.track.total, ...this.edits.map(({ at }) => at));
  }

  /** From the very beginning. @param {boolean} [begun] with another one than before */
  async restart(begun = false) {
    clearTimeout(this.resting);
    const { host, view, listening } = this;
    /** @type {Bytes} */
    let given;
    try {
      given = await this.beginning.given();
    } catch (error) {
      given = new Uint8Array(0);
      host.fail(error);
    }
    if (this.destroyed) return;
    this.given = given;
    if (begun) host.state.length = lengthAfter(given.length, host.state.length, host.model);
    this.track = new Track(host.model.law, this.total);
    view.show(this.track);
    listening.attach(this.track.amplitudes);
    this.edits = this.edits.filter(({ at }) => at < this.track.total);
    this.drawFrom(0);
  }

  /** Draw anew from sample t on; what is before it stands. @param {number} from */
  async drawFrom(from) {
    const { host, track, view, given, edits, listening, kept } = this,
      { state } = host;
    const start = Math.min(from, track.told);
    track.truncate(start);
    track.give(given.subarray(0, kept));
    view.given = kept;
    view.forced = new Set(edits.flatMap(edit => ("level" in edit ? [edit.at] : [])));
    listening.extend(track.length, start);
    this.changed();
    try {
      await host.loaded();
    } catch (error) {
      host.fail(error);
      return;
    }
    if (this.destroyed || track !== this.track || edits !== this.edits) return;
    const { label, speaker, muted, temperature, seed } = state;
    host.engine?.draw(
      {
        given,
        length: track.total,
        from: start,
        levels: track.levels.slice(0, start),
        condition: { label, speaker, muted: [...muted] },
        temperature,
        seed,
        edits,
      },
      progress => this.onProgress(progress),
    );
  }

  /** @param {import("./engine.js").Progress} progress */
  onProgress({ parts, rate }) {
    for (const chunk of parts) this.track.append(chunk);
    if (rate) this.speed = this.listening.speed = rate;
    this.listening.extend(this.track.length);
    this.host.reportShown();
    this.changed();
  }

  /** Once the hand rests. @param {number} from */
  redrawSoon(from) {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.drawFrom(from), PATIENCE);
    this.changed();
  }

  // -- what is changed by hand --------------------------------------------------------------------

  /** @param {Edit[]} edits */
  take(edits) {
    const from = firstChange(this.edits, edits);
    this.edits = edits;
    if (from < Number.POSITIVE_INFINITY) this.drawFrom(Math.min(from, this.track.told));
    this.host.syncUrl();
  }

  /** @param {Edit} edit */
  edit(edit) {
    this.past.push(this.edits);
    this.undone = [];
    this.take(withEdit(this.edits, edit));
  }

  /** Another level for the sample that is looked at. @param {number} level */
  force(level) {
    const { at } = this.view;
    this.level = -1;
    if (at >= this.track.told || level < 0 || this.track.levels[at] === level) return this.changed();
    this.edit({ at, level });
  }

  /** @param {Edit[][]} from @param {Edit[][]} to */
  travel(from, to) {
    const edits = from.pop();
    if (!edits) return;
    to.push(this.edits);
    this.take(edits);
  }

  /** What was changed by hand was changed in another sound. */
  forget() {
    this.edits = [];
    this.past = [];
    this.undone = [];
  }

  /** From another beginning. */
  begin() {
    this.forget();
    this.restart(true);
  }

  /** @param {number} seed */
  sow(seed) {
    this.host.state.seed = toSeed(seed);
    this.forget();
    this.view.leaveEnd(this.kept);
    this.drawFrom(this.kept);
    this.host.syncUrl();
  }

  /** @param {number} dilation */
  toggle(dilation) {
    const { state } = this.host,
      off = state.muted.includes(dilation);
    this.mute(off ? state.muted.filter(d => d !== dilation) : [...state.muted, dilation].sort((a, b) => a - b));
  }

  /** @param {number[]} muted */
  mute(muted) {
    this.host.state.muted = muted;
    this.view.mute(muted);
    this.drawFrom(0);
    this.host.syncUrl();
  }

  // -- hearing and looking ------------------------------------------------------------------------

  async play() {
    try {
      await this.listening.play(this.view.at);
    } catch (error) {
      this.host.fail(error);
    }
  }

  /** @param {import("./playback.js").PlaybackReport} report */
  onReport(report) {
    this.listening.onReport(report);
  }

  /** @param {number} at the sample that is heard */
  onMove(at) {
    this.level = -1;
    this.view.follow(at);
  }

  /** @param {number} at by hand */
  onSeek(at) {
    this.level = -1;
    this.listening.seek(at);
    this.changed();
    this.host.syncUrl();
  }

  /** @param {number} level under the pointer or chosen by keys */
  pick(level) {
    this.level = level;
    this.host.requestFrame();
  }

  changed() {
    syncGenerate(this);
    this.host.requestFrame();
  }

  draw() {
    this.view.draw();
    this.beginning.draw();
    syncScrub(this.root, this.view);
    drawBars(this);
    return false;
  }

  // -- hands --------------------------------------------------------------------------------------

  /** @param {string} name @param {HTMLButtonElement} [button] */
  onAction(name, button) {
    const { host, view, track, listening } = this;
    if (view.onAction(name) || (button && this.beginning.onAction(name, button))) return;
    if (name === "play") {
      if (listening.wanted) listening.pause();
      else this.play();
    } else if (name === "first") view.seek(0);
    else if (name === "again") this.sow(nextSeed(host.state.seed));
    else if (name === "fork") this.edit({ at: view.at, seed: freshSeed(host.state.seed, this.edits) });
    else if (name === "force") this.force(this.level);
    else if (name === "undo") this.travel(this.past, this.undone);
    else if (name === "redo") this.travel(this.undone, this.past);
    else if (name === "mute") this.toggle(Number(button?.value));
    else if (name === "unmute") this.mute([]);
    else if (name === "read") this.read();
    else if (name === "wav")
      saveWav(
        track.amplitudes.subarray(0, track.length),
        host.model.rate,
        `${host.data.checkpoint}-${host.state.seed}`,
      );
  }

  /** Read what is drawn, as a recording of the visitor's own. */
  read() {
    const { host, track } = this,
      { state, model } = host;
    host.own = { name: drawnName(state, model), rate: model.rate, ...track.asOwn() };
    Object.assign(state, { read: "file", read_label: OWN, read_speaker: OWN });
    host.showPanel("hear");
    host.syncUrl();
  }

  /** @param {string} name */
  onChoice(name) {
    if (name === "begin") {
      this.beginning.sync();
      this.begin();
    } else this.host.requestFrame();
  }

  /** @param {string} name @param {number} value */
  onSlide(name, value) {
    const { state } = this.host;
    if (this.beginning.onSlide(name, value)) return;
    if (name === "temperature") {
      state.temperature = value;
      this.view.leaveEnd(this.kept);
      this.redrawSoon(this.kept);
    } else if (name === "level") return this.pick(value);
    else if (name === "scrub") return this.view.seek(value);
    else if (name === "length") {
      state.length = value;
      clearTimeout(this.resting);
      this.resting = setTimeout(() => this.restart(), PATIENCE);
      this.changed();
    }
    this.host.syncUrl();
  }

  /** @param {string} name @param {string} value @param {HTMLInputElement | HTMLSelectElement} field */
  onSelect(name, value, field) {
    const { state } = this.host;
    if (this.beginning.onSelect(name, value)) return;
    if (name === "seed") {
      this.sow(Number(value));
      field.value = String(state.seed);
    } else if (name === "label" || name === "speaker") {
      state[name] = Number(value);
      this.drawFrom(0);
      this.host.syncUrl();
    }
  }

  /** @returns {import("../../shared/view/types.d.ts").Keys} */
  keys() {
    const { view, track, host } = this;
    /** @param {number} by */
    const pick = by => () =>
      this.pick(stepped(this.level < 0 ? track.levels[view.at] : this.level, by, host.model.levels - 1));
    return {
      ...view.keys(),
      " ": () => this.onAction("play"),
      ArrowUp: pick(1),
      ArrowDown: pick(-1),
      Enter: () => this.onAction("force"),
      n: () => this.onAction("again"),
      b: () => this.onAction("fork"),
      r: () => this.beginning.step(1),
      z: () => this.onAction("undo"),
      y: () => this.onAction("redo"),
      w: () => this.onAction("wav"),
    };
  }

  urlParams() {
    const { state, model } = this.host;
    return {
      ...this.beginning.urlParams(),
      ...this.view.urlParams(),
      label: unless(state.label, known(0, model.classes)),
      speaker: unless(state.speaker, known(0, model.speakers)),
      seed: unless(state.seed, 0),
      temperature: unless(state.temperature, 1),
      length: unless(state.length, 600),
      path: packEdits(this.edits),
      muted: state.muted.join("."),
      amplitude: unless(state.amplitude, "linear"),
    };
  }
}
