// A sound on the page: waveform, spectra, surprise and the tree of dilations, moved and zoomed together.

import { button, choice, icon, write } from "../../shared/view/controls.js";
import { find, part } from "../../shared/view/dom.js";
import { fixed, whole, withMinus } from "../../shared/view/format.js";
import { html } from "../../shared/view/html.js";
import { zoomByWheel, zoomHint } from "../../shared/view/zoom.js";
import { drawTree, reachOf } from "./dilation_tree.js";
import { TimeWindow } from "./time_window.js";
import { drawBits, drawSpectra, drawWave } from "./wave_painting.js";

/** @typedef {import("./player.js").SoundPlayer} SoundPlayer */
/** @typedef {import("./track.js").Track} Track */

const WAVE = 170,
  SPECTRA = 96,
  BITS = 64,
  TREE = 110; // CSS pixels of their heights
const NEARER = 1.6; // factor of one step

export class TrackView {
  /**
   * @param {SoundPlayer} host
   * @param {HTMLElement} root
   * @param {Track} track
   * @param {(at: number) => void} onSeek
   */
  constructor(host, root, track, onSeek) {
    const { state } = host;
    this.host = host;
    this.root = root;
    this.track = track;
    this.onSeek = onSeek;
    this.window = new TimeWindow(track.total);
    this.window.show(state.first, state.span);
    this.at = Math.min(state.at, track.total - 1);
    this.hover = -1;
    this.given = 0;
    /** @type {Set<number>} */
    this.forced = new Set();
    /** @type {number[]} dilations that are off */
    this.muted = [];
    /** @type {number[][]} of a network with dilated layers */
    this.reach = [];
    this.mute([]);
    /** @param {string} name */
    const canvas = name => part(root, name, HTMLCanvasElement);
    this.wave = canvas("wave");
    this.spectra = canvas("spectra");
    this.bits = canvas("bits");
    this.tree = host.model.dilations.length ? canvas("tree") : null;
    this.listen();
  }

  listen() {
    const stack = part(this.root, "stack");
    let dragging = false;
    /** @param {PointerEvent} event */
    const sample = event => {
      const box = this.wave.getBoundingClientRect();
      return this.window.sampleAt(event.clientX - box.left, box.width);
    };
    stack.addEventListener("pointerdown", event => {
      if (!(event.target instanceof HTMLCanvasElement)) return;
      stack.setPointerCapture(event.pointerId);
      dragging = true;
      this.seek(sample(event));
    });
    stack.addEventListener("pointermove", event => {
      this.hover = sample(event);
      if (dragging) this.seek(this.hover);
      this.host.requestFrame();
    });
    for (const type of ["pointerup", "pointercancel"])
      stack.addEventListener(type, () => {
        dragging = false;
      });
    stack.addEventListener("pointerleave", () => {
      this.hover = -1;
      this.host.requestFrame();
    });
    zoomByWheel(stack, part(this.root, "zoom-hint"), (factor, x) => {
      this.window.zoom(factor, this.window.first + (x / this.wave.clientWidth) * this.window.span);
      this.moved();
    });
  }

  /** @param {Track} track another sound, of which the same place is looked at */
  show(track) {
    this.track = track;
    this.window.resize(track.total);
    this.at = Math.min(this.at, track.total - 1);
  }

  /** @param {number[]} muted */
  mute(muted) {
    const { dilations } = this.host.model;
    this.muted = muted;
    this.reach = dilations.length ? reachOf(dilations, muted) : [];
  }

  /** Samples that a prediction looks back on, with what is off; Infinity for all before it. */
  get receptiveField() {
    return this.reach.length ? this.reach[0][this.reach[0].length - 1] : Number.POSITIVE_INFINITY;
  }

  /** @param {number} at by hand */
  seek(at) {
    this.follow(at);
    this.onSeek(this.at);
  }

  /** By keys: what is under the pointer counts again when it moves. @param {number} at */
  goTo(at) {
    this.hover = -1;
    this.seek(at);
  }

  /** @param {number} at as a sound plays */
  follow(at) {
    this.at = Math.max(0, Math.min(this.track.total - 1, at));
    this.window.reveal(this.at);
    this.host.requestFrame();
  }

  /** Once a sound was heard, what comes in its place is looked at from where it begins. @param {number} to */
  leaveEnd(to) {
    if (this.at === this.track.total - 1) this.follow(to);
  }

  moved() {
    this.host.requestFrame();
    this.host.syncUrl();
  }

  /** @param {string} name of a button @returns {boolean} whether it is one of these */
  onAction(name) {
    const { window, at } = this;
    if (name === "nearer" || name === "farther") window.zoom(name === "nearer" ? NEARER : 1 / NEARER, at + 0.5);
    else if (name === "all") window.show(0, 0);
    else if (name === "samples") window.show(at - 32, 64);
    else return false;
    window.reveal(at);
    this.moved();
    return true;
  }

  /** @returns {import("../../shared/view/types.d.ts").Keys} */
  keys() {
    /** @param {number} by */
    const step = by => (/** @type {KeyboardEvent} */ event) =>
      this.goTo(this.at + by * (event.shiftKey ? Math.max(1, Math.round(this.window.span / 20)) : 1));
    return {
      ArrowLeft: step(-1),
      ArrowRight: step(1),
      Home: () => this.goTo(0),
      End: () => this.goTo(this.track.length - 1),
      "+": () => this.onAction("nearer"),
      "=": () => this.onAction("nearer"),
      "-": () => this.onAction("farther"),
      0: () => this.onAction("all"),
      s: () => this.onAction("samples"),
    };
  }

  draw() {
    const { host, track, window, at, hover, given, forced } = this,
      { theme, model, state } = host;
    const width = Math.max(200, part(this.root, "stack").clientWidth);
    const scene = {
      track,
      window,
      theme,
      rate: model.rate,
      byLevel: state.amplitude === "mu-law",
      at,
      hover,
      given,
      forced,
      reach: Math.min(this.receptiveField, track.total),
    };
    drawWave(this.wave, scene, width, WAVE);
    drawSpectra(this.spectra, scene, width, SPECTRA);
    drawBits(this.bits, scene, width, BITS);
    const t = hover >= 0 ? hover : at;
    // the first sample has no past: an example is in the middle
    const root = t || Math.floor(window.first + window.span / 2);
    const { reach, muted, tree } = this;
    if (tree) drawTree(tree, theme, { reach, dilations: model.dilations, muted, t: root, window, width, height: TREE });
    this.words(t);
  }

  /** @param {number} t */
  words(t) {
    const { track, host } = this,
      { rate } = host.model;
    const place = `${this.hover >= 0 ? "Under the pointer: sample" : "Chosen: sample"} ${whole(t)}, ${fixed((1000 * t) / rate, 2)} ms`;
    const sound =
      t < track.length
        ? `amplitude ${withMinus(track.amplitudes[t], 4)} (level ${track.levels[t]})${t < track.told ? `, ${fixed(track.bits[t])} bits` : ""}`
        : "not drawn yet";
    write(part(this.root, "hover"), `${place}: ${sound}.`);
    const reach = this.receptiveField,
      ms = (1000 * reach) / rate;
    write(
      part(this.root, "reach"),
      Number.isFinite(reach)
        ? `Predictions look back ${whole(reach)} samples, ${fixed(ms, ms < 10 ? 2 : 0)} ms.`
        : "Predictions depend on all samples before.",
    );
    const seen = (1000 * this.window.span) / rate;
    write(part(this.root, "seen"), `${seen < 20 ? fixed(seen, 1) : whole(Math.round(seen))} ms seen`);
    find(this.root, '[data-do="all"]', HTMLButtonElement).disabled = this.window.whole;
  }

  urlParams() {
    const { window, at } = this;
    return {
      at: at ? String(at) : "",
      first: window.whole || !Math.round(window.first) ? "" : String(Math.round(window.first)),
      span: window.whole ? "" : String(Math.round(window.span)),
    };
  }
}

/** Of the pictures; what stands above and below them is the panel's. @param {import("./model.js").SoundModel} model */
export const stackMarkup = ({ dilations }) => html`
<div class="stack" data-part="stack">
  <figure><canvas data-part="wave" role="img" aria-label="Waveform; arrow keys move by one sample"></canvas></figure>
  <figure><canvas data-part="spectra" role="img" aria-label="Spectrogram: power by time and frequency"></canvas></figure>
  <figure><canvas data-part="bits" role="img" aria-label="Surprise of every sample in bits"></canvas></figure>
  ${dilations.length > 0 && html`<figure><canvas data-part="tree" role="img" aria-label="Tree of dilations: earlier samples that the prediction sees"></canvas></figure>`}
  ${zoomHint()}
</div>
<p class="note places"><span data-part="hover"></span> <span data-part="reach"></span></p>`;

/** Buttons that zoom, and the scale of the waveform. */
export const viewControls = () => html`<span class="group">
  ${button("farther", "−", "Zoom out (−)")}${button("nearer", "+", "Zoom in (+)")}${button("all", icon("fit"), "Show the whole sound (0)")}${button("samples", "samples", "Zoom to single samples (S)")}
  <span class="muted seen" data-part="seen"></span></span>
  <span class="group fold">height ${choice(
    "amplitude",
    [
      ["linear", "amplitude", "As a loudspeaker moves; the loudest sample fills the height"],
      ["mu-law", "mu-law level", "As the model sees it: 256 steps, finer near silence"],
    ],
    "Height of the waveform",
  )}</span>`;
