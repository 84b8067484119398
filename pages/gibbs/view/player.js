// The player of Gibbs chains. It asks the server for frames in batches, keeps the film, and lets it be touched:
// play, step by half-steps, scrub, branch with other settings, clamp pixels, ablate units, draw a start.

import { get, postForBlob } from "../../shared/view/api.js";
import { download } from "../../shared/view/download.js";
import { DrawingPad } from "../../shared/view/drawing_pad.js";
import { put } from "../../shared/view/html.js";
import { reducedMotion } from "../../shared/view/motion.js";
import { Shell } from "../../shared/view/shell.js";
import { greyTile } from "./chain_grid.js";
import { choose, commands, enterNumber, keyCommands, nextChain, slide } from "./commands.js";
import { syncControls } from "./controls.js";
import { Film } from "./film.js";
import { gifRequest } from "./gif.js";
import { markup } from "./markup.js";
import { Playback } from "./playback.js";
import { RbmWeights } from "./rbm_weights.js";
import { linkParams, settingsFor } from "./settings.js";
import { GibbsView } from "./view.js";

/**
 * @typedef {import("../../shared/view/types.d.ts").Component<GibbsData>} Component
 * @typedef {import("./types.d.ts").GibbsData} GibbsData
 * @typedef {import("./types.d.ts").GibbsState} GibbsState
 * @typedef {import("./types.d.ts").Settings} Settings
 */

const WHILE_PAINTING = 120; // ms between two futures while the pen moves

/** @param {Element} parent @param {Component} component */
export const mount = (parent, component) => GibbsPlayer.mount(parent, component);

/** @extends {Shell<GibbsData>} */
export class GibbsPlayer extends Shell {
  /** @override */
  static hearsPage = true;
  /** @override */
  static returnsFocus = "select, input[type=range], input[type=checkbox]";
  /** @override */
  static longestFrame = 200;

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root);
    this.state = /** @type {GibbsState} */ (/** @type {unknown} */ (null)); // until a model is opened
    this.view = /** @type {GibbsView} */ (/** @type {unknown} */ (null)); // as the state
    /** @type {DrawingPad | null} */
    this.pad = null;
    /** @type {RbmWeights | null} null until they have come */
    this.weights = null;
    this.film = /** @type {Film} */ (/** @type {unknown} */ (null)); // as the state
    this.dirty = true;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.painting = undefined;
    this.paintedAt = Number.NEGATIVE_INFINITY;
    this.cleanups.push(() => this.close());
    this.listenToFields();
  }

  // -- a model --------------------------------------------------------------------------------------

  /** @override @param {GibbsData | null} before */
  open(before) {
    this.close();
    const { root, data } = this;
    const settings = before ? settingsFor(this.state.settings, data) : { ...data.state };
    settings.off = settings.off.filter(j => j < data.hidden); // a link may come from a larger model
    if (settings.start === "class" && !data.classes.includes(settings.digit)) settings.digit = data.classes[0] ?? "";
    const playback = new Playback();
    playback.playing = settings.frame < 0 && !reducedMotion();
    /** @type {GibbsState} */
    const state = {
      settings,
      playback,
      picked: { buffer: 0, chain: 0 },
      ablated: new Set(settings.off),
      unit: -1,
      hoveredUnit: -1,
      unitOrder: "use",
      marksActive: false,
    };
    this.state = state;
    this.weights = null;
    this.pad = null;
    put(root, markup(data));
    this.buildControls();
    this.film = new Film(data, state, this.pad, {
      onFrames: () => this.redraw(),
      onGoal: () => this.syncUrl(),
      onError: error => this.showFailure(error),
    });
    this.restart();
    this.loadWeights();
    this.sync();
    this.syncUrl();
  }

  buildControls() {
    const { data, state } = this;
    const canvas = this.$("visible", HTMLCanvasElement);
    this.pad = new DrawingPad(canvas, data, what => this.onPaint(what));
    this.pad.restore(state.settings);
    if (state.settings.start === "drawing" && !state.settings.drawing) this.pad.tool = "draw";
    for (const type of ["pointermove", "pointerleave"]) canvas.addEventListener(type, () => this.redraw());
    this.view = new GibbsView(this.root, data, {
      onScrub: t => this.seek(t),
      onHoverUnit: unit => {
        state.hoveredUnit = unit;
        this.redraw();
      },
      onPickUnit: unit => {
        if (unit >= 0) state.unit = unit;
        this.redraw();
      },
    });
    this.$("sheet").addEventListener("toggle", () => this.redraw());
  }

  /** Give up what is under way for the model. */
  close() {
    clearTimeout(this.painting);
    this.film?.close();
  }

  /** The data have come to this machine. @override @param {GibbsData} before */
  onData(before) {
    if (!this.data.dataHere || before.dataHere) return;
    this.sync();
    this.restart();
  }

  async loadWeights() {
    const { data } = this;
    try {
      const { planes } = await get(`${data.api}/weights?v=${data.version}`);
      const { checkpoint, version } = this.data;
      if (this.destroyed || checkpoint !== data.checkpoint || version !== data.version) return;
      this.weights = new RbmWeights(`${checkpoint}:${version}`, planes);
      if (this.state.unit < 0) this.state.unit = this.weights.order("use")[0];
      this.redraw();
    } catch (error) {
      this.showFailure(error);
    }
  }

  /** Begin anew at frame 0. */
  restart() {
    this.showFailure(null);
    this.film.restart();
    this.view.build(
      this.film.buffers,
      this.data,
      (buffer, chain) => this.pickChain(buffer, chain),
      () => this.redraw(),
    );
    this.redraw();
  }

  /** Keep the past, and draw the future anew with the settings as they are now. */
  branch() {
    this.showFailure(null);
    this.film.branch();
    this.afterMove();
  }

  /** @param {unknown} error null where things go well again */
  showFailure(error) {
    const { message, missingData } = /** @type {import("../../shared/view/api.js").ApiError} */ (
      error ?? { message: "" }
    );
    this.showError(!error || missingData ? message : `${message} Change a setting, or restart (R).`);
    if (error) this.reportShown();
  }

  // -- moving through it ----------------------------------------------------------------------------

  /** The film stands elsewhere. */
  afterMove() {
    this.film.ensureFrames();
    this.change();
  }

  /** What follows from any change: a new picture, the controls, the link. */
  change() {
    this.redraw();
    this.sync();
    this.syncUrl();
  }

  /** @param {boolean} on */
  play(on) {
    this.state.playback.play(on);
    this.afterMove();
  }

  toggleLoop() {
    const { playback } = this.state;
    playback.loop = !playback.loop;
    if (playback.loop) playback.play(true);
    this.afterMove();
  }

  /** @param {number} by */
  halfStep(by) {
    this.state.playback.halfStep(by, this.film.range);
    this.afterMove();
  }

  /** @param {number} t */
  seek(t) {
    this.state.playback.seek(t, this.film.range);
    this.afterMove();
  }

  // -- touching it ----------------------------------------------------------------------------------

  /**
   * Change a setting.
   * @template {keyof Settings} Name
   * @param {Name} name
   * @param {Settings[Name]} value
   * @param {"branch" | "restart" | "show"} then what becomes of the film
   */
  set(name, value, then = "branch") {
    const { settings } = this.state;
    if (settings[name] === value) return;
    settings[name] = value;
    if (then === "branch") this.branch();
    if (then === "restart") this.restart();
    this.change();
  }

  /** While the pen moves, a new future a few times a second. @param {"clamp" | "drawing"} what */
  onPaint(what) {
    this.redraw();
    clearTimeout(this.painting);
    const wait = Math.max(0, WHILE_PAINTING - (performance.now() - this.paintedAt));
    this.painting = setTimeout(() => {
      this.paintedAt = performance.now();
      if (what === "clamp") return this.branch();
      this.state.settings.start = "drawing";
      this.restart();
      this.sync();
      this.syncUrl();
    }, wait);
    this.sync();
  }

  /** @param {number} buffer @param {number} chain */
  pickChain(buffer, chain) {
    this.state.picked = { buffer, chain };
    this.state.settings.chain = chain;
    this.change();
  }

  /** @param {number} by */
  pickNextChain(by) {
    this.pickChain(this.state.picked.buffer, nextChain(this.state, by));
  }

  /** @param {number[]} units @param {boolean} off */
  ablate(units, off) {
    const { settings, ablated } = this.state;
    for (const j of units)
      if (off) ablated.add(j);
      else ablated.delete(j);
    settings.off = [...ablated].sort((a, b) => a - b);
    this.branch();
  }

  /** The picked chain's visible layer as it is shown, null before the first frame. */
  visibleImage() {
    const { picked, settings } = this.state,
      { frame } = this.film;
    return frame ? greyTile(frame, picked.chain, settings.view, this.data) : null;
  }

  // -- what is shown --------------------------------------------------------------------------------

  /** @override */
  redraw() {
    this.dirty = true;
    this.requestFrame();
  }

  /** @override @param {number} _now @param {number} elapsed @returns {boolean} */
  draw(_now, elapsed) {
    if (!this.state) return false;
    const { playback, settings } = this.state;
    if (playback.tick(elapsed, settings.fps, this.film.range)) this.dirty = true;
    if (playback.playing) this.film.ensureFrames();
    if (this.dirty && this.root.clientWidth) {
      this.dirty = false;
      this.drawAll();
    }
    return playback.playing;
  }

  drawAll() {
    const { data, state, theme, pad, weights, film } = this;
    const { buffers, range } = film;
    if (!pad) return;
    this.view.drawAll({ data, state, buffers, range, theme, pad, weights });
    if (film.frame || film.waitsForDrawing) this.reportShown();
  }

  /** Show the state on the controls. */
  sync() {
    if (this.pad) syncControls(this.root, this.state, this.data, this.pad, this.film.waitsForDrawing);
  }

  /** @override */
  urlParams() {
    const { settings, playback } = this.state;
    if (!this.pad) return null;
    const frame = playback.playing ? -1 : playback.goal >= 0 ? playback.goal : playback.t;
    return linkParams(this.data.checkpoint, { ...settings, ...this.pad.urlParams(settings.start), frame });
  }

  /** @override */
  syncUrl() {
    if (this.pad) super.syncUrl();
  }

  savePng() {
    const { picked, playback } = this.state;
    if (!this.film.frame) return;
    this.view.grids[picked.buffer].grid.canvas.toBlob(
      blob => blob && download(blob, `${this.data.checkpoint}-frame-${playback.t}.png`),
    );
  }

  async saveGif() {
    const { settings, playback } = this.state;
    if (!this.film.frame) return;
    const { t } = playback;
    const { first, header, planes } = gifRequest(this.data, settings, this.film.pickedBuffer, t);
    try {
      download(await postForBlob("./api/gif", header, planes), `${this.data.checkpoint}-frames-${first}-${t}.gif`);
    } catch (error) {
      this.showFailure(error);
    }
  }

  // -- hands ----------------------------------------------------------------------------------------

  listenToFields() {
    this.listen(this.root, "input", ({ target }) => target.dataset.part === "scrub" && this.seek(Number(target.value)));
    this.listen(this.root, "change", ({ target }) => {
      if (target.dataset.number) enterNumber(this, target);
      if (target.dataset.part !== "mark-on") return;
      this.state.marksActive = target.checked;
      this.redraw();
    });
  }

  /** @override @param {string} name */
  onAction(name) {
    commands(this)[name]?.();
  }

  /** @override @param {string} name @param {string} value */
  onChoice(name, value) {
    choose(this, name, value);
  }

  /** @override @param {string} name @param {number} value */
  onSlide(name, value) {
    slide(this, name, value);
  }

  /** @override @param {string} name @param {string} value */
  onSelect(name, value) {
    if (name === "chains") this.set("chains", Number(value), "restart");
    if (name !== "digit") return;
    this.state.settings.start = "class";
    this.set("digit", value, "restart");
  }

  /** @override @returns {import("../../shared/view/types.d.ts").Keys} */
  keys() {
    return this.pad ? keyCommands(this) : {};
  }
}
