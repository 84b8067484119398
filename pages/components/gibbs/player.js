// The player of Gibbs chains. It asks the server for frames in batches, keeps the film, and lets it be touched:
// play, step by half-steps, scrub, branch with other settings, clamp pixels, ablate units, draw a start.

import { get, post, postForBlob } from "../shared/api.js";
import { download } from "../shared/download.js";
import { DrawingPad } from "../shared/drawing_pad.js";
import { Host } from "../shared/host.js";
import { put } from "../shared/html.js";
import { ChainBuffer } from "./chain_buffer.js";
import { greyTile } from "./chain_grid.js";
import { choose, commands, enterNumber, keyCommands, nextChain, slide } from "./commands.js";
import { syncControls, waitsForDrawing } from "./controls.js";
import { clearestChain, framesRequest } from "./frames_request.js";
import { gifRequest } from "./gif.js";
import { markup, smallMarkup } from "./markup.js";
import { Playback } from "./playback.js";
import { RbmWeights } from "./rbm_weights.js";
import { chainCount, linkParams, restartsAt, samplersOf, settingsFor, titleOf } from "./settings.js";
import { ChainsView, GibbsView } from "./view.js";

/**
 * @typedef {import("../shared/types.d.ts").Component<GibbsData>} Component
 * @typedef {import("./types.d.ts").GibbsData} GibbsData
 * @typedef {import("./types.d.ts").GibbsState} GibbsState
 * @typedef {import("./types.d.ts").Settings} Settings
 */

const WHILE_PAINTING = 120; // ms between two futures while the pen moves

/** @param {Element} parent @param {Component} component */
export const mount = (parent, component) => GibbsPlayer.mount(parent, component);

/** @extends {Host<GibbsData>} */
export class GibbsPlayer extends Host {
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
    this.view = new ChainsView(root);
    /** @type {DrawingPad | null} null in the small player */
    this.pad = null;
    /** @type {RbmWeights | null} null until they have come */
    this.weights = null;
    /** @type {ChainBuffer[]} one a sampler */
    this.buffers = [];
    /** @type {unknown} what went wrong; nothing more is asked for until something is changed */
    this.error = null;
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
    const still = data.small && matchMedia("(prefers-reduced-motion: reduce)").matches;
    playback.playing = settings.frame < 0 && !still;
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
    put(root, data.small ? smallMarkup() : markup(data));
    root.classList.toggle("small", data.small);
    if (data.small) this.view = new ChainsView(root);
    else this.buildControls();
    this.restart();
    this.loadWeights();
    this.sync();
    if (!data.small) this.syncUrl();
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
    for (const buffer of this.buffers) buffer.abort();
  }

  /** The data have come to this machine. @override @param {GibbsData} before */
  onData(before) {
    if (!this.data.dataHere || before.dataHere) return;
    this.sync();
    this.restart();
  }

  async loadWeights() {
    const { data } = this;
    if (data.small) return;
    try {
      const { planes } = await get(`${data.api}/weights?v=${data.version}`);
      const { checkpoint, version } = this.data;
      if (this.destroyed || checkpoint !== data.checkpoint || version !== data.version) return;
      this.weights = new RbmWeights(`${checkpoint}:${version}`, planes);
      if (this.state.unit < 0) this.state.unit = this.weights.order("use")[0];
      this.redraw();
    } catch (error) {
      this.fail(error);
    }
  }

  // -- the film -------------------------------------------------------------------------------------

  /** Frames that all samplers have. */
  get range() {
    return {
      oldest: Math.max(...this.buffers.map(buffer => buffer.first)),
      newest: Math.min(...this.buffers.map(buffer => buffer.last)),
    };
  }

  get waits() {
    return this.pad !== null && waitsForDrawing(this.state, this.pad);
  }

  /** Begin anew at frame 0. */
  restart() {
    const { state, data } = this,
      { settings, picked, playback } = state;
    for (const buffer of this.buffers) buffer.abort();
    this.buffers = samplersOf(settings).map(
      sampler =>
        new ChainBuffer(sampler, titleOf(sampler, settings, data.training), t => restartsAt(sampler, settings, t)),
    );
    picked.buffer = Math.min(picked.buffer, this.buffers.length - 1);
    picked.chain = Math.min(Math.max(0, settings.chain), chainCount(settings) - 1);
    playback.restart(settings.frame);
    settings.frame = -1;
    this.view.build(
      this.buffers,
      data,
      (buffer, chain) => this.pickChain(buffer, chain),
      () => this.redraw(),
    );
    this.$("stages").dataset.lanes = String(this.buffers.length);
    this.fail(null);
    this.ensureFrames();
    this.redraw();
  }

  /** Keep the past, and draw the future anew with the settings as they are now. */
  branch() {
    const { settings, playback } = this.state;
    for (const buffer of this.buffers) {
      buffer.truncate(playback.t);
      buffer.title = titleOf(buffer.sampler, settings, this.data.training);
    }
    playback.loop = false;
    this.fail(null);
    this.afterMove();
  }

  /** Ask for frames where the film is about to run out. */
  ensureFrames() {
    if (this.error || this.destroyed || this.waits) return;
    const wanted = this.state.playback.wanted(this.state.settings.fps);
    for (const buffer of this.buffers) if (!buffer.request && buffer.last < wanted) this.fetchFrames(buffer);
  }

  /** @param {ChainBuffer} buffer */
  async fetchFrames(buffer) {
    const { header, planes } = framesRequest(this.data, this.state, buffer, this.pad);
    const request = { controller: new AbortController(), short: header.count <= 8, stale: false };
    buffer.request = request;
    try {
      const answer = await post(`${this.data.api}/frames`, header, planes, request.controller.signal);
      if (buffer.request !== request || this.destroyed) return;
      buffer.request = null;
      this.onFrames(buffer, answer, request.stale);
    } catch (error) {
      if (buffer.request !== request) return;
      buffer.request = null;
      this.fail(error);
    }
  }

  /**
   * @param {ChainBuffer} buffer
   * @param {import("../shared/types.d.ts").Message} answer
   * @param {boolean} stale whether settings have changed while it was under way
   */
  onFrames(buffer, { header, planes }, stale) {
    const { playback } = this.state;
    const frames = /** @type {import("./types.d.ts").FramePlanes} */ (/** @type {unknown} */ (planes));
    if (!stale) {
      buffer.append(header, frames, header.count);
      if (header.first === 0) this.pickClearest(buffer);
      buffer.batch = 2 * header.count;
    } else if (playback.playing && buffer.frames.length) buffer.append(header, frames, 1); // keeps the film going
    if (playback.reachGoal(this.range)) this.syncUrl();
    this.redraw();
    this.ensureFrames();
  }

  /** @param {ChainBuffer} buffer */
  pickClearest(buffer) {
    const { settings, picked } = this.state;
    const frame = buffer.at(0);
    if (frame && settings.chain < 0 && buffer === this.buffers[picked.buffer])
      picked.chain = clearestChain(frame, chainCount(settings));
  }

  /** @param {unknown} error null where things go well again */
  fail(error) {
    this.error = error;
    const { message, missingData } = /** @type {import("../shared/api.js").ApiError} */ (error ?? { message: "" });
    this.showError(!error || missingData ? message : `${message} Change a setting, or restart (R).`);
    if (error && !this.data.small) this.reportShown();
  }

  // -- moving through it ----------------------------------------------------------------------------

  /** What follows from any move: a new picture, more frames, the link. */
  afterMove() {
    this.redraw();
    this.ensureFrames();
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
    this.state.playback.halfStep(by, this.range);
    this.afterMove();
  }

  /** @param {number} t */
  seek(t) {
    this.state.playback.seek(t, this.range);
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
    this.redraw();
    this.sync();
    this.syncUrl();
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
    this.redraw();
    this.sync();
    this.syncUrl();
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
    const { picked, playback, settings } = this.state;
    const frame = this.buffers[picked.buffer].at(playback.t);
    return frame ? greyTile(frame, picked.chain, settings.view, this.data) : null;
  }

  // -- what is shown --------------------------------------------------------------------------------

  redraw() {
    this.dirty = true;
    this.requestFrame();
  }

  /** @override */
  onResize() {
    this.redraw();
  }

  /** @override */
  onTheme() {
    this.redraw();
  }

  /** @override @param {number} _now @param {number} elapsed @returns {boolean} */
  draw(_now, elapsed) {
    if (!this.state) return false;
    const { playback, settings } = this.state;
    if (playback.tick(elapsed, settings.fps, this.range)) this.dirty = true;
    if (playback.playing) this.ensureFrames();
    if (this.dirty && this.root.clientWidth) {
      this.dirty = false;
      this.drawAll();
    }
    return playback.playing;
  }

  drawAll() {
    const { data, state, buffers, range, theme, pad, weights } = this;
    if (this.view instanceof GibbsView && pad) {
      this.view.drawAll({ data, state, buffers, range, theme, pad, weights });
      if (this.visibleImage() || this.waits) this.reportShown();
    } else this.view.draw({ data, state, buffers, range, theme });
  }

  /** Show the state on the controls. */
  sync() {
    if (this.pad) syncControls(this.root, this.state, this.data, this.pad);
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
    if (!this.visibleImage() || !(this.view instanceof GibbsView)) return;
    this.view.grids[picked.buffer].grid.canvas.toBlob(
      blob => blob && download(blob, `${this.data.checkpoint}-frame-${playback.t}.png`),
    );
  }

  async saveGif() {
    const { settings, picked, playback } = this.state;
    if (!this.visibleImage()) return;
    const { t } = playback;
    const { first, header, planes } = gifRequest(this.data, settings, this.buffers[picked.buffer], t);
    try {
      download(await postForBlob("./api/gif", header, planes), `${this.data.checkpoint}-frames-${first}-${t}.gif`);
    } catch (error) {
      this.fail(error);
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

  /** @override @returns {import("../shared/types.d.ts").Keys} */
  keys() {
    return this.pad ? keyCommands(this) : {};
  }
}
