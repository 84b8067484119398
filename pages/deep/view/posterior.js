// The posterior of an image, two ways: beliefs by mean field, and the average of Gibbs draws; and explaining away.

import { blankCanvas } from "../../shared/view/canvas.js";
import { button, playButton, setPlaying, write } from "../../shared/view/controls.js";
import { findAll, part } from "../../shared/view/dom.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { ImagePad } from "../../shared/view/image_pad.js";
import { reducedMotion } from "../../shared/view/motion.js";
import { unless } from "../../shared/view/panel.js";
import { seededRandom } from "../../shared/view/random.js";
import { drawField } from "./field.js";
import { Inference } from "./inference.js";
import { MachineRow } from "./machine_row.js";

/**
 * @typedef {import("./player.js").DeepView} DeepView
 * @typedef {import("./types.d.ts").Layers} Layers
 */

const CHAINS = 16;
const BUDGET = 12; // ms of sampling a frame
const BURN_IN = 20; // sweeps of each chain that do not count
const MOST_SWEEPS = 2_000;
const SHOWN = 5; // units whose beliefs fall, and rise, most
const PLOT = 190; // CSS pixels
const LAYER_COLOURS = ["#3b8ede", "#d55e00", "#0fa07a", "#cc79a7"]; // seen on white and on black
/** @param {number} layer */
const colourOf = layer => LAYER_COLOURS[(layer - 1) % LAYER_COLOURS.length];

export class Posterior {
  static name = "posterior";
  static title = "Mean field and Gibbs";
  static hint = "Beliefs of a deep machine beside draws from its posterior; explaining away";
  static undirectedOnly = "whose inference has no feedback from above";

  /** @param {DeepView} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    const { model } = host;
    put(root, markup(model.machine.hidden));
    this.playing = !reducedMotion();
    this.random = seededRandom(1);
    this.inference = new Inference(model.machine, host.meanImage);
    this.free = model.machine.blank(); // beliefs while no unit is clamped
    /** @type {Layers[]} */
    this.chains = [];
    /** @type {Layers} sums over draws */
    this.sums = [];
    this.sweeps = 0;
    /** @type {import("./machine_row.js").Hands} */
    const hands = { onPick: (layer, unit) => this.clamp(layer, unit), onHover: () => host.requestFrame() };
    this.beliefs = new MachineRow(part(root, "beliefs"), model, hands);
    this.draws = new MachineRow(part(root, "draws"), model, hands);
    this.pad = new ImagePad(host, part(root, "input"), () => this.onImage());
    this.onImage();
    const { layer, unit } = host.unitOfLink;
    if (layer && unit >= 0) this.clamp(layer, unit);
  }

  destroy() {
    this.playing = false;
  }

  /** Another image: beliefs and draws begin anew. */
  onImage() {
    const { host, inference } = this;
    inference.clampedUnit = null;
    inference.show(host.input.visible, host.input.hidden);
    inference.restart("up");
    this.settle();
    this.free = inference.layers.map(u => Float32Array.from(u));
    this.startChains();
  }

  settle() {
    const { inference, root } = this;
    while (!inference.settled) inference.step();
    const words = `Every unit by itself: one belief each${inference.converged ? "" : `. Not settled: one still changes by ${inference.residual.toFixed(4)} a pass`}`;
    write(part(root, "beliefs-say"), words);
  }

  startChains() {
    const { layers } = this.inference;
    const { machine } = this.host.model;
    this.chains = Array.from({ length: CHAINS }, () =>
      layers.map((u, layer) =>
        machine.isClasses(layer) || (layer === 0 && !this.inference.missing)
          ? Float32Array.from(u)
          : u.map(p => Number(this.random() < p)),
      ),
    );
    this.sums = layers.map(u => new Float32Array(u.length));
    this.sweeps = 0;
    this.host.requestFrame();
  }

  /** Clamp a unit on; the same unit again releases it. @param {number} layer @param {number} unit */
  clamp(layer, unit) {
    if (unit < 0) return;
    const { inference } = this;
    const again = inference.clampedUnit?.layer === layer && inference.clampedUnit.unit === unit;
    inference.clampedUnit = again ? null : { layer, unit, value: 1 };
    inference.goFrom(this.free); // and never from those of another unit: mean field keeps to where it began
    this.settle();
    this.startChains();
    this.host.syncUrl();
  }

  // -- sampling -------------------------------------------------------------------------------------

  /** What the draws of this image leave alone. @returns {import("./types.d.ts").Options} */
  get options() {
    const { clampedUnit, missing } = this.inference;
    const { visible, hidden } = this.host.input;
    if (!missing) return { clampedLayers: [0], clampedUnit };
    return { clampedPixels: { mask: hidden.map(h => 1 - h), values: visible }, clampedUnit };
  }

  /** @param {import("./types.d.ts").Options} options */
  sweep(options) {
    const { machine } = this.host.model;
    const { chains, random, sums } = this;
    this.sweeps++;
    for (const layers of chains) {
      machine.halfStep(layers, 1, random, options);
      machine.halfStep(layers, 0, random, options);
      if (this.sweeps > BURN_IN)
        sums.forEach((sum, layer) => {
          const u = layers[layer];
          for (let i = 0; i < u.length; i++) sum[i] += u[i];
        });
    }
  }

  /** Averages over all draws that count. @returns {Layers | null} */
  get averages() {
    const count = CHAINS * (this.sweeps - BURN_IN);
    return count > 0 ? this.sums.map(sum => sum.map(s => s / count)) : null;
  }

  draw() {
    const due = this.playing && this.sweeps < MOST_SWEEPS;
    if (due) {
      const { options } = this;
      for (const until = performance.now() + BUDGET; performance.now() < until; ) this.sweep(options);
    }
    setPlaying(this.root, this.playing);
    const { inference, host } = this;
    const { layers, clampedUnit } = inference;
    const { machine } = host.model;
    /** @param {number} layer */
    const marks = layer => ({ picked: clampedUnit?.layer === layer ? clampedUnit.unit : -1 });
    this.beliefs.draw(layers, machine.reconstruct(layers), marks);
    const averages = this.averages;
    const shown = averages ?? layers;
    this.draws.draw(shown, machine.reconstruct(shown), marks);
    this.drawPlot(averages);
    this.drawChanges();
    return due;
  }

  /** Belief against share of draws, unit by unit. @param {Layers | null} averages */
  drawPlot(averages) {
    const { host, inference, root } = this;
    const context = blankCanvas(part(root, "plot", HTMLCanvasElement), PLOT, PLOT);
    context.strokeStyle = context.fillStyle = host.theme.text;
    context.globalAlpha = 0.25;
    context.strokeRect(0.5, 0.5, PLOT - 1, PLOT - 1);
    context.beginPath();
    context.moveTo(0, PLOT);
    context.lineTo(PLOT, 0);
    context.stroke();
    let away = 0,
      count = 0;
    for (const layer of averages ? host.model.machine.hidden : []) {
      context.fillStyle = colourOf(layer);
      context.globalAlpha = 0.85;
      inference.layers[layer].forEach((p, unit) => {
        const share = averages?.[layer][unit] ?? 0;
        away += Math.abs(p - share);
        count++;
        context.fillRect(p * (PLOT - 5), (1 - share) * (PLOT - 5), 4, 4);
      });
    }
    context.globalAlpha = 1;
    write(
      part(root, "plot-says"),
      count
        ? `${(CHAINS * (this.sweeps - BURN_IN)).toLocaleString("en")} draws. Mean difference ${(away / count).toFixed(3)}.`
        : "Sampling …",
    );
  }

  /** How other units' beliefs changed with the clamped one. */
  drawChanges() {
    const { host, inference, root, free } = this;
    const { clampedUnit } = inference;
    part(root, "clamped").hidden = !clampedUnit;
    part(root, "invite").hidden = Boolean(clampedUnit);
    if (!clampedUnit) return;
    const before = free[clampedUnit.layer][clampedUnit.unit];
    write(
      part(root, "clamped-says"),
      `Layer ${clampedUnit.layer}, unit ${clampedUnit.unit} is clamped on (its belief was ${before.toFixed(2)}).`,
    );
    const moved = host.model.machine.hidden.flatMap(layer =>
      Array.from(inference.layers[layer], (p, unit) => ({
        layer,
        unit,
        from: free[layer][unit],
        to: p,
        by: p - free[layer][unit],
      })),
    );
    const others = moved
      .filter(({ layer, unit }) => layer !== clampedUnit.layer || unit !== clampedUnit.unit)
      .sort((a, b) => a.by - b.by);
    this.drawList(
      "falling",
      others.slice(0, SHOWN).filter(({ by }) => by < -0.01),
    );
    this.drawList(
      "rising",
      others
        .slice(-SHOWN)
        .reverse()
        .filter(({ by }) => by > 0.01),
    );
    drawField(part(root, "clamped-field", HTMLCanvasElement), host.model, clampedUnit.layer, clampedUnit.unit, 64);
  }

  /** @param {string} name @param {{ layer: number, unit: number, from: number, to: number }[]} units */
  drawList(name, units) {
    const list = part(this.root, name);
    refresh(
      list,
      units.length
        ? html`${units.map(({ layer, unit, from, to }) => html`<figure><canvas data-of="${layer} ${unit}"></canvas><figcaption>${from.toFixed(2)} → ${to.toFixed(2)}<br><span class="muted">layer ${layer}</span></figcaption></figure>`)}`
        : html`<span class="muted">none by more than 0.01</span>`,
    );
    for (const canvas of findAll(list, "canvas", HTMLCanvasElement)) {
      const [layer, unit] = (canvas.dataset.of ?? "").split(" ").map(Number);
      drawField(canvas, this.host.model, layer, unit, 52);
    }
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    if (name === "play") {
      this.playing = !this.playing;
      this.host.requestFrame();
    } else if (name === "again") this.startChains();
    else if (name === "free" && this.inference.clampedUnit)
      this.clamp(this.inference.clampedUnit.layer, this.inference.clampedUnit.unit);
    else this.pad.onAction(name, button.value);
  }

  /** @param {string} name @param {string} value */
  onChoice(name, value) {
    if (name === "tool") this.pad.setTool(/** @type {import("../../shared/view/image_pad.js").PadTool} */ (value));
  }

  keys() {
    return { " ": () => this.onAction("play", document.createElement("button")) };
  }

  urlParams() {
    const { clampedUnit } = this.inference;
    return {
      ...this.host.input.urlParams(),
      layer: unless(clampedUnit?.layer ?? 0, 0),
      unit: unless(clampedUnit?.unit ?? -1, -1),
    };
  }
}

/** @param {number[]} layers the hidden ones */
const markup = layers => html`
<div class="stage">
  <section class="input" data-part="input"></section>
  <section class="machines">
    <div class="card"><header><b>Mean field</b><span class="muted" data-part="beliefs-say"></span></header><div data-part="beliefs"></div></div>
    <div class="card"><header><b>Gibbs sampling</b><span class="muted">The share of draws in which each unit is on</span>
      <span class="end group">${playButton("Sample, or pause (space)")}${button("again", "Restart", "Discard all draws")}</span></header><div data-part="draws"></div></div>
  </section>
</div>
<div class="pair wide">
  <section class="card plot"><canvas data-part="plot" role="img" aria-label="Belief of each unit against the share of draws"></canvas>
    <div><b>Belief (across) against share of draws (up)</b><p class="legend">${layers.map(layer => html`<i class="dot" style="background:${colourOf(layer)}"></i>Layer ${layer}`)}</p><p data-part="plot-says"></p>
    <p class="note">Off the diagonal are units that depend on each other. Where an image can be read in several ways, mean field settles on one of them; draws keep all.</p></div></section>
  <section class="card explaining"><header><b>Explaining away</b></header>
    <p data-part="invite">Click a unit to clamp it on. Which others become less likely, because they explained the same stroke?</p>
    <div data-part="clamped" hidden><div class="clamped"><canvas data-part="clamped-field" role="img" aria-label="What the clamped unit stands for"></canvas><span data-part="clamped-says"></span>${button("free", "Release", "Clamp no unit")}</div>
      <h4>Less likely</h4><div class="list" data-part="falling"></div><h4>More likely</h4><div class="list" data-part="rising"></div></div></section>
</div>`;
