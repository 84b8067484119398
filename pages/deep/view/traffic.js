// Two-way traffic: feedback from the layers above changes the beliefs below.

import { button, choice, playButton, setPlaying, slider, syncSlider, write } from "../../shared/view/controls.js";
import { part } from "../../shared/view/dom.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { ImagePad } from "../../shared/view/image_pad.js";
import { reducedMotion } from "../../shared/view/motion.js";
import { unless } from "../../shared/view/panel.js";
import { drawBounds } from "./bound_chart.js";
import { drawField } from "./field.js";
import { Inference } from "./inference.js";
import { MachineRow } from "./machine_row.js";

/** @typedef {import("./player.js").DeepView} DeepView */
/** @typedef {import("./model.js").DeepModel} DeepModel */

const CHANGED = 0.25; // a belief that differs by more is marked
const PACE = 90; // ms a pass

export class Traffic {
  static name = "traffic";
  static title = "Two-way traffic";
  static hint = "Feedback from the layers above changes the ones below";
  static undirectedOnly = "whose inference has no feedback from above";

  /** @param {DeepView} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    this.playing = !reducedMotion();
    this.steppedAt = 0;
    /** @type {{ layer: number, unit: number }} under the pointer */
    this.hovered = { layer: 0, unit: -1 };
    put(root, markup(host.model));
    const { machine } = host.model;
    this.inference = new Inference(machine, host.meanImage);
    this.row = new MachineRow(part(root, "machine"), host.model, {
      onHover: (layer, unit) => {
        this.hovered = { layer, unit };
        host.requestFrame();
      },
    });
    /** @type {MachineRow | null} */
    this.otherRow = null;
    /** @type {DeepModel | null} */
    this.other = null;
    /** @type {{ input: Float32Array, layers: import("./types.d.ts").Layers } | null} what the other makes of an image */
    this.otherBeliefs = null;
    this.pad = new ImagePad(host, part(root, "input"), () => this.onImage());
    this.showImage();
    this.loadPartner();
  }

  destroy() {
    this.playing = false;
  }

  /** The belief net beside it, where there is one. */
  async loadPartner() {
    const { host, root } = this;
    const other = await host.partner().catch(() => null); // the machine itself is enough
    if (!other || host.panel !== this) return;
    this.other = other;
    part(root, "beside").hidden = false;
    write(part(root, "other-title"), host.data.partner?.title ?? "");
    this.otherRow = new MachineRow(part(root, "other"), other);
    this.host.requestFrame();
  }

  showImage() {
    const { host, inference } = this;
    inference.feedback = host.state.feedback;
    inference.show(host.input.visible, host.input.hidden);
    inference.restart(host.state.start);
    this.sync();
  }

  /** The image has changed: beliefs go on from where they are. */
  onImage() {
    const { host, inference } = this;
    inference.show(host.input.visible, host.input.hidden);
    host.requestFrame();
  }

  sync() {
    const { feedback } = this.host.state;
    syncSlider(this.root, "feedback", feedback, feedback.toFixed(2));
    setPlaying(this.root, this.playing);
    this.host.requestFrame();
  }

  /** @param {number} now */
  draw(now) {
    const { inference } = this;
    const due = this.playing && !inference.settled;
    if (due && now - this.steppedAt >= PACE) {
      this.steppedAt = now;
      inference.step();
    }
    this.drawRows();
    this.drawNotes();
    return due;
  }

  drawRows() {
    const { inference, row, other, otherRow, host } = this;
    const { layers } = inference;
    // from one half, beliefs differ from the pass up before feedback did anything
    const compares = inference.settled || host.state.start === "up";
    row.draw(layers, host.model.machine.reconstruct(layers), layer => ({
      changed: unit => compares && inference.hasChanged(layer, unit, CHANGED),
      picked: layer === this.hovered.layer ? this.hovered.unit : -1,
    }));
    for (const layer of host.model.machine.hidden) {
      const count = inference.changed(layer, CHANGED);
      const words = count ? `${count} changed by feedback` : "as without feedback";
      row.note(layer, compares ? words : "settling …");
    }
    write(part(row.root, "image-note"), "Image given layer 1");
    if (!other || !otherRow) return;
    const { input } = inference; // another array for every image: one pass for each suffices
    if (this.otherBeliefs?.input !== input) this.otherBeliefs = { input, layers: other.machine.recognise(input) };
    const beliefs = this.otherBeliefs.layers;
    otherRow.draw(beliefs, other.machine.reconstruct(beliefs));
    write(part(otherRow.root, "image-note"), "One pass up, one down");
  }

  drawNotes() {
    const { host, inference, root } = this;
    const { logZ } = host.data;
    const bound = inference.bound - (logZ ?? 0);
    const shown = inference.missing ? "the pixels shown" : "the image";
    const words = logZ === null ? `Bound on log p of ${shown}, plus log Z` : `Bound on log p of ${shown}`;
    refresh(
      part(root, "bound-says"),
      html`<b>${words}: ${bound.toFixed(2).replace("-", "−")} nats</b> <span class="muted">pass ${inference.pass}, ${this.progress}</span>`,
    );
    part(root, "weakened").hidden = host.state.feedback === 1;
    const bounds = inference.bounds.map(b => b - (logZ ?? 0));
    drawBounds(part(root, "bounds", HTMLCanvasElement), host.theme, bounds, inference.pass);
    this.drawUnit();
  }

  get progress() {
    const { converged, settled, residual, since } = this.inference;
    if (converged) return "beliefs have settled";
    if (settled) return `not settled in ${since} passes: a belief still changes by ${residual.toFixed(4)}`;
    if (!this.playing) return "paused";
    return residual === Number.POSITIVE_INFINITY ? "settling …" : `largest change of a belief ${residual.toFixed(4)}`;
  }

  drawUnit() {
    const { host, inference, root, hovered } = this;
    const { layer, unit } = hovered;
    const none = unit < 0;
    part(root, "unit").classList.toggle("empty", none);
    if (none) {
      write(
        part(root, "unit-says"),
        "Point at a unit, or reach it by Tab and the arrow keys: its weights, and how feedback changed its belief.",
      );
      return;
    }
    drawField(part(root, "field", HTMLCanvasElement), host.model, layer, unit);
    const now = inference.layers[layer][unit],
      before = inference.recognition[layer][unit];
    write(
      part(root, "unit-says"),
      `Unit ${unit} of layer ${layer}: on with probability ${now.toFixed(2)}; without feedback ${before.toFixed(2)}.`,
    );
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    if (name === "play") this.play();
    else if (name === "step") this.step();
    else if (name === "restart") this.restart();
    else if (this.pad.onAction(name, button.value) && name === "shuffle") this.restart();
  }

  play() {
    this.playing = !this.playing;
    if (this.playing && this.inference.settled) this.inference.restart(this.host.state.start);
    this.sync();
  }

  step() {
    this.playing = false;
    this.inference.step();
    this.sync();
  }

  restart() {
    this.inference.restart(this.host.state.start);
    this.sync();
  }

  /** @param {string} name @param {string} value */
  onChoice(name, value) {
    if (name === "tool") this.pad.setTool(/** @type {import("../../shared/view/image_pad.js").PadTool} */ (value));
    else this.restart();
  }

  /** @param {string} _name @param {number} value */
  onSlide(_name, value) {
    this.host.state.feedback = value;
    this.inference.feedback = value;
    this.inference.resume();
    this.sync();
    this.host.syncUrl();
  }

  keys() {
    return {
      " ": () => this.play(),
      ArrowRight: () => this.step(),
      r: () => this.onAction("shuffle", document.createElement("button")),
    };
  }

  urlParams() {
    const { state, input } = this.host;
    return { ...input.urlParams(), feedback: unless(state.feedback, 1), start: unless(state.start, "up") };
  }
}

/** @param {DeepModel} model */
const markup = model => html`
<div class="stage">
  <section class="input" data-part="input"></section>
  <section class="machines">
    <div class="card"><header><b>${model.about.title}</b><span class="end">${slider("feedback", "Feedback from above", 0, 1, 0.01, "0: one pass up, as a belief net. 1: the deep machine")}</span></header>
      <div data-part="machine"></div></div>
    <div class="card" data-part="beside" hidden><header><b data-part="other-title"></b><span class="muted">Belief net: inference is a single upward pass, without feedback</span></header>
      <div data-part="other"></div></div>
  </section>
</div>
<div class="bar"><span class="group transport">${playButton("Settle, or pause (space)")}${button("step", "One pass", "Update every layer once (→)")}${button("restart", "Restart", "Begin anew with this image")}</span>
  <span class="group">Start from ${choice(
    "start",
    [
      ["up", "upward pass", "Begin with one pass up, without feedback"],
      ["half", "one half", "Begin with every belief at one half"],
    ],
    "Start",
  )}</span>
  <span class="legend"><i class="box changed"></i>changed by feedback by more than ${CHANGED}</span></div>
<div class="pair"><section><div data-part="bound-says"></div><div><canvas data-part="bounds" role="img" aria-label="The bound after each pass"></canvas></div>
  <p class="note" data-part="weakened" hidden>Feedback below 1: passes no longer climb this bound, which is that of the whole machine.</p></section>
  <section class="unit" data-part="unit"><canvas data-part="field" role="img" aria-label="What the unit stands for"></canvas><p data-part="unit-says"></p></section></div>
<p class="note">Hide a part of the image, or draw something ambiguous, and move the slider: feedback from the top layer decides what the layers below cannot.</p>`;
