// Gibbs chains of a deep machine: even and odd layers in turn, with any layer clamped, pixels clamped, units ablated.

import { pointOn } from "../../shared/view/canvas.js";
import {
  button,
  choice,
  playButton,
  samplerKeys,
  setPlaying,
  slider,
  syncSlider,
  write,
} from "../../shared/view/controls.js";
import { part } from "../../shared/view/dom.js";
import { html, put } from "../../shared/view/html.js";
import { ImagePad } from "../../shared/view/image_pad.js";
import { reducedMotion } from "../../shared/view/motion.js";
import { packImage, unpackImage } from "../../shared/view/packed_image.js";
import { select, unless } from "../../shared/view/panel.js";
import { seededRandom } from "../../shared/view/random.js";
import { drawChains } from "./chain_grid.js";
import { ChainSet } from "./chain_set.js";
import { MachineRow } from "./machine_row.js";

/**
 * @typedef {import("./player.js").DeepView} DeepView
 * @typedef {import("./types.d.ts").Layers} Layers
 * @typedef {import("./types.d.ts").Options} Options
 */

const MOST_WEIGHTS = 1_000_000; // of machines of which 64 chains make tens of sweeps a second
const BUDGET = 10; // ms of sampling a frame: a sweep of a large machine takes several
const SIDE = 480; // CSS pixels of the grid, where there is room

export class Chains {
  static name = "chains";
  static title = "Gibbs chains";
  static hint = "Dream: sample all layers in turn, with any of them clamped";

  /** @param {DeepView} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    const { machine } = host.model;
    const weights = machine.connections.reduce((sum, { below, above }) => sum + below * above, 0);
    this.defaultCount = /** @type {"16" | "64"} */ (weights > MOST_WEIGHTS ? "16" : "64");
    host.state.chains ||= this.defaultCount;
    this.playing = !reducedMotion();
    this.chains = ChainSet.fromNoise(machine, 0, Math.random);
    this.picked = host.state.chain;
    /** @type {Float32Array | null} the top layer of all chains, where it is clamped */
    this.clampedTop = null;
    /** @type {Set<number>[]} ablated units of each layer */
    this.ablated = machine.sizes.map(() => new Set());
    this.restore();
    put(root, this.markup());
    this.row = new MachineRow(part(root, "layers"), host.model, {
      onPick: (layer, unit) => this.ablate(layer, unit),
      onHover: () => host.requestFrame(),
    });
    this.pad = new ImagePad(host, part(root, "input"), () => this.clampAll());
    this.grid = part(root, "grid", HTMLCanvasElement);
    this.grid.addEventListener("click", event => this.pickAt(event));
    /** @type {import("../../shared/view/canvas.js").TileGrid | null} */
    this.tiles = null;
    this.restart();
  }

  destroy() {
    this.playing = false;
  }

  /** What the link says is clamped and ablated. */
  restore() {
    const { model, problems, state } = this.host;
    const { machine } = model;
    if (state.label >= 0 && !(machine.classes && state.label < machine.classes.above)) {
      problems.push(
        `The link's label ${state.label} was not used: the model has ${machine.classes?.above ?? 0} classes.`,
      );
      state.label = -1;
    }
    const top = new Uint8Array(machine.sizes[machine.top]);
    if (state.top && unpackImage(state.top, top)) this.clampedTop = Float32Array.from(top, bit => Number(bit > 127));
    else if (state.top) problems.push(`The link's top layer was not used: it has not ${top.length} units.`);
    for (let i = 0; i < state.ablated.length; i += 2) {
      const [layer, unit] = state.ablated.slice(i, i + 2);
      if (layer > 0 && layer <= machine.top && unit < machine.sizes[layer]) this.ablated[layer].add(unit);
      else problems.push(`The link's ablated unit ${unit} of layer ${layer} was not used: there is none.`);
    }
  }

  /** Let the state, and with it the link, say what is clamped, ablated and picked. */
  keep() {
    const { state } = this.host;
    state.chain = this.picked;
    state.top = this.clampedTop
      ? packImage(
          this.clampedTop.map(bit => 255 * bit),
          1,
        )
      : "";
    state.ablated = this.ablated.flatMap((units, layer) => [...units].flatMap(unit => [layer, unit]));
    this.host.syncUrl();
  }

  get clampsImage() {
    return this.host.state.clamped === "image";
  }

  get count() {
    return Number(this.host.state.chains);
  }

  restart() {
    const { model, state } = this.host;
    this.chains = ChainSet.fromNoise(model.machine, this.count, seededRandom(state.seed));
    this.picked = Math.min(this.picked, this.count - 1);
    this.clampAll();
    this.sync();
  }

  clampAll() {
    for (const layers of this.chains.states) this.clamp(layers);
    this.host.requestFrame();
  }

  /** Put what is clamped into a state. @param {Layers} layers */
  clamp(layers) {
    const { host } = this;
    const { input, state } = host;
    const { machine } = host.model;
    if (this.clampsImage)
      input.visible.forEach((v, i) => {
        if (!input.hidden[i]) layers[0][i] = v;
      });
    if (machine.classes && state.label >= 0) layers[machine.top + 1].fill(0)[state.label] = 1;
    if (this.clampedTop) layers[machine.top].set(this.clampedTop);
    this.ablated.forEach((units, layer) => {
      for (const unit of units) layers[layer][unit] = 0;
    });
  }

  /** @returns {Options} */
  get options() {
    const { host, clampsImage, clampedTop, ablated } = this;
    const { machine } = host.model;
    const { temperature } = host.state;
    const clampedLayers = [];
    if (clampedTop) clampedLayers.push(machine.top);
    if (machine.classes && host.state.label >= 0) clampedLayers.push(machine.top + 1);
    const { visible, hidden } = host.input;
    const clampedPixels = clampsImage ? { mask: hidden.map(h => 1 - h), values: visible } : null;
    return { clampedLayers, clampedPixels, ablated, temperature };
  }

  // -- what is drawn --------------------------------------------------------------------------------

  draw() {
    const { chains, grid, host, picked, row } = this;
    const { machine } = host.model;
    const most = host.state.pace === "fast" ? Number.POSITIVE_INFINITY : 1;
    if (this.playing) chains.advance(performance.now() + BUDGET, most, this.options);
    this.tiles = drawChains(grid, host.model, chains.states, SIDE, picked);
    const layers = chains.states[picked];
    row.draw(layers, machine.meanOf(0, machine.inputFromAbove(layers, 0)), layer => ({ ablated: this.ablated[layer] }));
    machine.hidden.forEach(layer => row.note(layer, this.noteOf(layer)));
    write(part(row.root, "image-note"), "Means of the pixels");
    write(part(this.root, "sweeps"), `${chains.sweeps.toLocaleString("en")} sweeps; next: ${this.nextWords}`);
    return this.playing;
  }

  get nextWords() {
    const { undirected, sizes } = this.host.model.machine;
    const { next } = this.chains;
    if (!undirected) return next ? "the top layer" : "one pass down";
    const names = sizes.map((_, layer) => this.host.model.layerName(layer).toLowerCase());
    return names.filter((_, layer) => layer % 2 === next).join(" and ");
  }

  /** @param {number} layer */
  noteOf(layer) {
    const clamped = this.clampedTop && layer === this.host.model.machine.top;
    const { size } = this.ablated[layer];
    return [clamped && "clamped", size && `${size} ablated`].filter(Boolean).join(", ");
  }

  sync() {
    const { root } = this;
    const { temperature } = this.host.state;
    setPlaying(root, this.playing);
    syncSlider(root, "temperature", temperature, temperature.toFixed(2));
    part(root, "image-box").hidden = !this.clampsImage;
    for (const [name, pressed] of [
      ["clamp", this.clampsImage],
      ["clamp-top", this.clampedTop !== null],
    ])
      part(root, String(name)).setAttribute("aria-pressed", String(pressed));
    part(root, "restore").hidden = !this.ablated.some(units => units.size);
    this.host.requestFrame();
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** @param {MouseEvent} event */
  pickAt(event) {
    const { x, y } = pointOn(this.grid, event);
    const found = this.tiles?.find(x, y) ?? -1;
    if (found >= 0) this.picked = found;
    this.keep();
    this.host.requestFrame();
  }

  /** @param {number} layer @param {number} unit */
  ablate(layer, unit) {
    if (unit < 0) return;
    const units = this.ablated[layer];
    if (!units.delete(unit)) units.add(unit);
    this.clampAll();
    this.sync();
    this.keep();
  }

  /** @param {string} name @param {HTMLButtonElement} [button] */
  onAction(name, button) {
    if (button && this.pad.onAction(name, button.value)) return;
    /** @type {Record<string, () => void>} */
    const actions = {
      play: () => {
        this.playing = !this.playing;
      },
      step: () => {
        this.playing = false;
        this.chains.halfStep(this.options);
      },
      restart: () => {
        this.host.state.seed = (this.host.state.seed + 1) % 100_000;
        this.restart();
      },
      clamp: () => {
        this.host.state.clamped = this.clampsImage ? "" : "image";
        this.clampAll();
      },
      "clamp-top": () => this.clampTop(),
      restore: () => {
        for (const units of this.ablated) units.clear();
      },
    };
    actions[name]?.();
    this.sync();
    this.keep();
  }

  /** All chains take the picked one's top layer, and keep it: what else can it mean? */
  clampTop() {
    const { chains, picked } = this;
    const { top } = this.host.model.machine;
    this.clampedTop = this.clampedTop ? null : chains.states[picked][top].slice();
    this.clampAll();
  }

  /** @param {string} name @param {string} value */
  onChoice(name, value) {
    if (name === "tool") this.pad.setTool(/** @type {import("../../shared/view/image_pad.js").PadTool} */ (value));
    else if (name === "chains") {
      this.restart();
      this.keep();
    } else this.host.requestFrame();
  }

  /** @param {string} _name @param {number} value */
  onSlide(_name, value) {
    this.host.state.temperature = value;
    this.sync();
    this.host.syncUrl();
  }

  /** @param {string} _name @param {string} value */
  onSelect(_name, value) {
    this.host.state.label = Number(value);
    this.clampAll();
    this.sync();
    this.host.syncUrl();
  }

  keys() {
    return samplerKeys(this);
  }

  urlParams() {
    const { input, state } = this.host;
    return {
      ...input.urlParams(),
      chains: unless(state.chains, this.defaultCount),
      chain: unless(state.chain, 0),
      pace: unless(state.pace, "sweep"),
      temperature: unless(state.temperature, 1),
      seed: unless(state.seed, 0),
      label: unless(state.label, -1),
      top: state.top,
      clamped: state.clamped,
      ablated: state.ablated.join("."),
    };
  }

  markup() {
    const { model, state } = this.host;
    const { machine } = model;
    /** @type {[number, string][]} */
    const classes = machine.classes ? model.about.classes.map((name, c) => [c, name]) : [];
    const top = `Layer ${machine.top}`;
    return html`
<div class="bar"><span class="group transport">${playButton("Sample, or pause (space)")}${button("step", "Half step", "Sample every second layer once (→)")}${button("restart", "New noise", "Restart all chains from noise (N)")}</span>
  <span class="group">Pace ${choice(
    "pace",
    [
      ["sweep", "one sweep a frame", "See every sweep"],
      ["fast", "fast", "As many sweeps as the browser can"],
    ],
    "Pace",
  )}</span>
  <span class="group">Chains ${choice(
    "chains",
    [
      ["16", "16", "16 chains"],
      ["64", "64", "64 chains"],
    ],
    "Chains",
  )}</span>
  ${slider("temperature", "Temperature", 0.3, 2, 0.05, "Divides every unit's input")}
  <span class="end muted" data-part="sweeps"></span></div>
<div class="dream">
  <div><canvas data-part="grid" class="grid" role="img" aria-label="Visible layer of every chain"></canvas></div>
  <section class="card"><header><b>The picked chain, layer by layer</b><span class="muted">Click a unit to ablate it in all chains</span></header>
    <div data-part="layers"></div>
    <div class="bar">
      ${classes.length ? html`<label class="group">Class ${select("label", [[-1, "free"], ...classes], state.label, "Class that is clamped")}</label>` : ""}
      ${button("clamp-top", `Clamp ${top.toLowerCase()}`, `All chains keep the picked chain's ${top.toLowerCase()}`, html`data-part="clamp-top" aria-pressed="false"`)}
      ${button("clamp", "Clamp an image", "All chains keep what is shown of an image; its hidden part is sampled", html`data-part="clamp" aria-pressed="false"`)}
      ${button("restore", "Restore ablated units", "Ablate none", html`data-part="restore"`)}
    </div>
    <div class="beside" data-part="image-box" hidden><section class="input" data-part="input"></section>
      <p class="note">All chains keep what is shown of this image. Hide half of it: they sample the rest${machine.classes ? ", and the class" : ""}.${machine.undirected ? "" : " It reaches the top layers by the pass up."}</p></div>
    <p class="note">${machine.undirected ? "Every layer depends on both its neighbours: the odd layers are sampled given the even ones, then the reverse." : "Only the two top layers are sampled in turn. One pass down gives the image."}</p></section>
</div>`;
  }
}
