// Back-propagation by hand: a net of a few units, forwards and backwards, every number with the sum that it is.

import { syncSlider, write } from "../../shared/view/controls.js";
import { find, part } from "../../shared/view/dom.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { stepped, unless } from "../../shared/view/panel.js";
import { topIndices } from "../../shared/view/probability.js";
import { seededRandom } from "../../shared/view/random.js";
import { backwardOf, cellMarkup, FORWARD, gridOf, markup, PASSES, precise, signed } from "./backprop_markup.js";
import { cellsOf, explainGradient, explainValue, LAYERS } from "./terms.js";
import { reduced, TinyNet } from "./tiny_net.js";

/**
 * @typedef {import("./player.js").LabelsView} LabelsView
 * @typedef {import("./types.d.ts").Cell} Cell
 */

const BATCH = 20;
const BATCHES = 100; // of one press
const MOST_BATCHES = 5_000;
const RATE = 0.5; // of training on batches
const CLOSE = 0.02; // as far off as a guess may be, or a twentieth of the value
const NUDGE = 0.05; // of a weight, at a time
const NO_SUM = "nothing to work out here: choose a number that is computed from others";
const PARAMETERS = /** @type {const} */ (["filters", "filterBias", "weight", "bias"]);

export class Backprop {
  static name = "backprop";
  static title = "Back-propagation by hand";
  static hint = "A net of a few units: every number, every gradient, as the sum that it is";

  /** @param {LabelsView} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    const { model, state } = host;
    this.pass = state.step; // how many passes are shown, forwards and then backwards
    /** @type {Cell} */
    this.cell = { layer: "logits", at: 0 };
    /** @type {"value" | "gradient"} */
    this.shown = "value";
    this.quiz = false; // whether the visitor is asked for the picked number
    this.guess = ""; // what was said of a guess
    this.nudged = 0; // by how much the picked parameter is away from where it is
    this.rate = 0.1; // of one update
    this.compare = ""; // what an update did
    this.updates = 0; // by single examples, since the batches
    if (!model.images.length) {
      put(root, html`<p class="note">This panel needs images: choose other data.</p>`);
      return;
    }
    if (state.example >= model.n) {
      host.problems.push(`The link's example ${state.example} was not used: the last one is ${model.n - 1}.`);
      state.example = 0;
    }
    put(root, markup(model.classes));
    this.begin();
    root.addEventListener("change", event => this.onGuess(event));
    syncSlider(root, "rate", this.rate, this.rate.toFixed(2));
    this.show();
    this.restore();
  }

  /** The pass of the link, and which number of which kind is picked there. */
  restore() {
    const { cell, nudge, numbers } = this.host.state;
    this.step(0);
    if (numbers) this.shown = numbers;
    const picked = cell && this.readCell(cell);
    if (picked) this.pick(picked);
    else if (cell) this.host.problems.push(`The link's number “${cell.slice(0, 40)}” was not used: there is none.`);
    if (this.parameter) this.nudged = nudge;
    this.keep();
  }

  /** @param {string} text layer.place @returns {Cell | null} */
  readCell(text) {
    const [name, place] = text.split(".");
    const layer = LAYERS.find(one => one === name);
    const at = Number(place || Number.NaN);
    return layer && Number.isInteger(at) && at >= 0 && at < cellsOf(layer, this.host.model.classes.length)
      ? { layer, at }
      : null;
  }

  /** Let the state, and with it the link, say what is shown. */
  keep() {
    const { cell, host, nudged, pass, shown } = this;
    const usual = this.usual;
    const isUsual = cell.layer === usual.cell.layer && cell.at === usual.cell.at;
    Object.assign(host.state, {
      step: pass,
      numbers: shown === usual.shown ? "" : shown,
      cell: isUsual ? "" : `${cell.layer}.${cell.at}`,
      nudge: nudged,
    });
    host.syncUrl();
  }

  /** What the last pass gives, and the number of it that says most. @returns {{ shown: "value" | "gradient", cell: Cell }} */
  get usual() {
    const now = PASSES[Math.max(0, this.pass - 1)];
    const shown = now.gradient ? "gradient" : "value";
    return { shown, cell: now.cell ? { layer: now.cell, at: this.telling(now.cell, shown) } : this.cell };
  }

  /** The picked parameter; undefined where the picked number is none. */
  get parameter() {
    return PARAMETERS.find(name => name === this.cell.layer);
  }

  /** A new net, trained on as many batches as the state says: the same one for the same link. */
  begin() {
    const { model, state } = this.host;
    this.net = new TinyNet(model.classes.length, seededRandom(state.seed));
    this.updates = 0;
    for (let t = 0; t < state.batches; t++) this.net.learn(this.batch(t), RATE);
  }

  /** Go on from where the net is. */
  train() {
    const { net, host } = this;
    const { state } = host;
    const until = Math.min(MOST_BATCHES, state.batches + BATCHES);
    for (; state.batches < until; state.batches++) net?.learn(this.batch(state.batches), RATE);
  }

  /** @param {number} t */
  batch(t) {
    const { model } = this.host;
    return Array.from({ length: BATCH }, (_, i) => this.example((t * BATCH + i) % model.n));
  }

  /** @param {number} point */
  example(point) {
    const { model } = this.host;
    return { x: reduced(model.images[point], model), label: model.truth[point] };
  }

  /** Compute everything anew, and show it. */
  show() {
    const { net, host } = this;
    if (!net) return;
    const { x, label } = this.example(host.state.example);
    this.activations = net.forward(x, label);
    this.gradients = net.backward(this.activations);
    host.requestFrame();
  }

  // -- what is drawn --------------------------------------------------------------------------------

  draw() {
    if (!this.net) return;
    this.drawNet();
    this.drawSum();
    const { host, pass, root } = this;
    const { model, state } = host;
    write(
      part(root, "example-says"),
      `example ${state.example + 1} of ${model.n} · ${model.classes[model.truth[state.example]]}`,
    );
    write(part(root, "pass-says"), pass ? PASSES[pass - 1].says : "Step: the image goes in.");
    write(part(root, "batches"), this.trained);
    write(part(root, "update-says"), this.compare);
  }

  /** Values and gradients of every layer. @returns {Record<string, [ArrayLike<number>, ArrayLike<number> | null]>} */
  get layers() {
    const { activations: a, gradients: g, net } = this;
    if (!a || !g || !net) return {};
    return {
      x: [a.x, null],
      filters: [net.filters, g.filters],
      filterBias: [net.filterBias, g.filterBias],
      conv: [a.relu, g.conv],
      pool: [a.pool, g.pool],
      weight: [net.weight, g.weight],
      bias: [net.bias, g.bias],
      logits: [a.logits, g.logits],
      probs: [a.probs, null],
      loss: [[a.loss], null],
    };
  }

  /** Every layer as a grid of numbers, those that have been computed by now. */
  drawNet() {
    const { cell, net, pass, root, shown } = this;
    if (!net) return;
    const gradient = shown === "gradient";
    for (const [layer, [values, gradients]] of Object.entries(this.layers)) {
      const known = pass >= (gradient ? backwardOf(layer) : /** @type {Record<string, number>} */ (FORWARD)[layer]);
      const numbers = gradient ? gradients : values;
      refresh(
        part(root, `net-${layer}`),
        gridOf(layer, net.classes, numbers && known ? numbers : null, cell, this.asks),
      );
    }
    root.dataset.shown = shown;
    for (const option of ["value", "gradient"])
      find(root, `[data-do="${option}"]`).setAttribute("aria-pressed", String(shown === option));
  }

  /** The sum of the picked number, or the question for it. */
  drawSum() {
    const { parameter, root, shown } = this;
    const sum = this.sum;
    const box = part(root, "sum");
    const { asks } = this;
    find(root, '[data-do="quiz"]').setAttribute("aria-pressed", String(this.quiz));
    write(part(root, "asked"), asks ? "hidden until you are within a twentieth of it" : this.quiz ? NO_SUM : "");
    if (!sum) {
      refresh(
        box,
        html`<p class="muted">The gradient of this number is not shown: none of the others is computed from it.</p>`,
      );
      part(root, "nudge-box").hidden = true;
      return;
    }
    refresh(box, cellMarkup(sum, asks, this.guess));
    part(root, "nudge-box").hidden = !parameter || shown === "value" || asks;
    if (parameter) {
      syncSlider(root, "nudge", this.nudged, signed(this.nudged));
      write(part(root, "nudge-says"), this.nudgeWords(parameter));
    }
  }

  /** Whether the picked number is hidden: one that is computed from others. */
  get asks() {
    const isGiven = this.shown === "value" && (this.parameter || this.cell.layer === "x");
    return this.quiz && !isGiven && this.sum !== null;
  }

  get sum() {
    const { activations, cell, gradients, host, net, shown } = this;
    if (!net || !activations || !gradients) return null;
    const { classes } = host.model;
    return shown === "gradient"
      ? explainGradient(net, activations, gradients, classes, cell)
      : explainValue(net, activations, classes, cell);
  }

  /** @param {(typeof PARAMETERS)[number]} name */
  nudgeWords(name) {
    const { activations, cell, gradients, host, net, nudged } = this;
    if (!net || !activations || !gradients || !nudged) return "Move it: does the loss change as the gradient promises?";
    const promised = nudged * gradients[name][cell.at];
    net[name][cell.at] += nudged;
    const { x, label } = this.example(host.state.example);
    const true_ = net.forward(x, label).loss - activations.loss;
    net[name][cell.at] -= nudged;
    return `Promised: gradient × change = ${signed(promised, 4)}. True change of the loss: ${signed(true_, 4)}.`;
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** @param {Event} event */
  onGuess(event) {
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || field.dataset.part !== "guess") return;
    const guess = Number(field.value.replace(",", ".").replace("−", "-"));
    const value = this.sum?.value ?? 0;
    if (!field.value.trim() || Number.isNaN(guess)) this.guess = `“${field.value}” is no number.`;
    else if (Math.abs(guess - value) <= Math.max(CLOSE, Math.abs(value) / 20)) this.guess = `Right: ${precise(value)}.`;
    else this.guess = `Not yet: ${guess > value ? "less" : "more"} than that.`;
    if (this.guess.startsWith("Right")) this.quiz = false;
    this.host.requestFrame();
  }

  /** @param {Cell} cell */
  pick(cell) {
    this.cell = cell;
    this.guess = "";
    this.nudged = 0;
    this.host.requestFrame();
  }

  /** @param {number} by */
  step(by) {
    this.pass = stepped(this.pass, by, PASSES.length);
    const { cell, shown } = this.usual;
    this.shown = shown;
    this.pick(cell);
    this.keep();
  }

  /** What the net has learned from. */
  get trained() {
    const { batches } = this.host.state;
    const parts = [];
    if (batches) parts.push(`trained on ${batches} batches of ${BATCH}`);
    if (this.updates) parts.push(`${this.updates} update${this.updates === 1 ? "" : "s"} by hand (not in the link)`);
    return parts.join(", ") || "not trained";
  }

  /** The number of a layer that says most: of the classes the label's, else the largest. @param {Cell["layer"]} layer @param {"value" | "gradient"} shown */
  telling(layer, shown) {
    if (layer === "logits" || layer === "probs") return this.label;
    const numbers = this.layers[layer]?.[shown === "gradient" ? 1 : 0] ?? [];
    return topIndices(Array.from(numbers, Math.abs), 1)[0] ?? 0;
  }

  get label() {
    return this.host.model.truth[this.host.state.example];
  }

  /** Another example, or the same with another net. */
  changed() {
    this.guess = this.compare = "";
    this.nudged = 0;
    this.show();
    this.keep();
  }

  /** @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    const { model, state } = this.host;
    if (!this.net || !this.activations || !this.gradients) return;
    const { activations, gradients, net } = this;
    /** @type {Record<string, () => void>} */
    const actions = {
      cell: () => this.pick({ layer: /** @type {Cell["layer"]} */ (button.dataset.layer), at: Number(button.value) }),
      forward: () => this.step(1),
      back: () => this.step(-1),
      begin: () => this.step(-PASSES.length),
      all: () => this.step(PASSES.length),
      value: () => {
        this.shown = "value";
      },
      gradient: () => {
        this.shown = "gradient";
      },
      quiz: () => {
        this.quiz = !this.quiz;
        this.guess = "";
      },
      other: () => {
        state.example = (state.example + 1) % model.n;
        this.changed();
      },
      update: () => {
        const before = activations.loss;
        net.update(gradients, this.rate);
        this.updates++;
        this.show();
        this.compare = `Loss of this example: ${before.toFixed(4)} before, ${this.activations?.loss.toFixed(4)} after.`;
      },
      train: () => {
        this.train();
        this.changed();
      },
      anew: () => {
        state.batches = 0;
        state.seed = (state.seed + 1) % 100_000;
        this.begin();
        this.changed();
      },
    };
    actions[name]?.();
    this.keep();
    this.host.requestFrame();
  }

  /** @param {string} name @param {number} value */
  onSlide(name, value) {
    if (name === "nudge") {
      this.nudged = Number((Math.round(value / NUDGE) * NUDGE).toFixed(2));
      this.keep();
    } else {
      this.rate = value;
      syncSlider(this.root, "rate", value, value.toFixed(2));
    }
    this.host.requestFrame();
  }

  keys() {
    return { ArrowRight: () => this.step(1), ArrowLeft: () => this.step(-1) };
  }

  urlParams() {
    const { state } = this.host;
    return {
      example: unless(state.example, 0),
      batches: unless(state.batches, 0),
      seed: unless(state.seed, 0),
      step: unless(state.step, FORWARD.loss),
      numbers: state.numbers,
      cell: state.cell,
      nudge: unless(state.nudge, 0),
    };
  }
}
