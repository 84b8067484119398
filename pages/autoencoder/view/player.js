// The Autoencoder page: examples through codes of a size, the curve of errors, the network and its code.

import { isAbort, messageOf } from "../../shared/view/api.js";
import { syncSlider, write } from "../../shared/view/controls.js";
import { findAll } from "../../shared/view/dom.js";
import { DrawingPad } from "../../shared/view/drawing_pad.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { LatestRequest } from "../../shared/view/latest_request.js";
import { Shell } from "../../shared/view/shell.js";
import { ErrorCurve } from "./curve.js";
import { markup } from "./markup.js";
import { Model } from "./model.js";
import { NetworkPanel } from "./network.js";
import { answerOf, questionMarkup } from "./question.js";
import { Rows } from "./rows.js";
import { dotsOf, mostRows, rowsAt } from "./ways.js";

/** @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes */
/** @typedef {import("../../shared/view/types.d.ts").PlayerData} PlayerData */
/** @typedef {import("./types.d.ts").AutoencoderState} AutoencoderState */
/** @typedef {import("./types.d.ts").Column} Column */
/** @typedef {PlayerData & { runs: string[], linear: string, logistic: string }} Data colours of trainings, of PCA and of logistic PCA */

const SIZES = [1, 2, 5, 10, 30, 100]; // to be chosen by a press
const PAD = 150; // CSS pixels

/** @extends {Shell<Data>} */
export class AutoencoderPlayer extends Shell {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root);
    put(root, markup());
    /** @type {AutoencoderState} */
    this.state = /** @type {AutoencoderState} */ (/** @type {unknown} */ ({}));
    this.model = /** @type {Model} */ (/** @type {unknown} */ (null)); // until it has come
    /** @type {Column[]} the drawing, where there is one, before examples */
    this.columns = [];
    /** @type {Column[]} */
    this.examples = [];
    /** @type {DrawingPad | null} */
    this.pad = null;
    this.opening = {};
    this.rows = new Rows(this.$("rows"), "pick");
    this.curve = new ErrorCurve(this.$("curve", HTMLCanvasElement), k => this.setSize(k), this.$("tip"));
    this.network = new NetworkPanel(this, this.$("network"));
    /** @type {LatestRequest<{ digit: string, seed: number }, Column[]>} */
    this.exampleRequests = new LatestRequest(
      ({ digit, seed }) => this.model.examples(digit, seed),
      columns => this.onExamples(columns),
      error => this.fail(error),
    );
    /** @type {LatestRequest<Bytes, Column>} */
    this.drawingRequests = new LatestRequest(
      image => this.model.drawn(image),
      column => this.onDrawn(column),
      error => this.fail(error),
    );
    this.listen(root, "submit", event => {
      event.preventDefault();
      const field = this.$("guess", HTMLInputElement);
      this.answer(Math.round(Number(field.value)));
    });
    this.cleanups.push(() => {
      this.exampleRequests.close();
      this.drawingRequests.close();
      this.network.destroy();
    });
  }

  /** @param {unknown} error */
  fail(error) {
    if (!isAbort(error)) this.showError(messageOf(error));
  }

  // -- the model ------------------------------------------------------------------------------------

  /** @override */
  get ready() {
    return this.model !== null;
  }

  /** @override @param {Data | null} before */
  open(before) {
    const fresh = { k: 0, layer: 0, pick: 0, units: "", drawing: "", guess: 0 };
    const link = /** @type {AutoencoderState} */ ({ ...this.data.state });
    this.state = before ? { ...link, ...fresh, errors: this.state.errors } : link;
    this.load(Boolean(before));
  }

  /** @param {boolean} another in place of a model that was shown before */
  async load(another) {
    const opening = {};
    this.opening = opening;
    this.showError("");
    this.root.setAttribute("aria-busy", "true");
    try {
      const { api, checkpoint, version } = this.data;
      const model = await Model.open(api, checkpoint, version);
      if (this.opening !== opening || this.destroyed) return;
      this.model = model;
      this.columns = this.examples = [];
      this.build();
      this.network.build();
      this.requestExamples();
      if (another) this.syncUrl();
      await model.completeBasis();
      if (this.model !== model || this.destroyed) return;
      this.buildSizes();
      this.redraw();
      await this.network.loadErrors();
    } catch (error) {
      if (this.opening === opening && !this.destroyed) this.fail(error);
    } finally {
      if (this.opening === opening) this.root.removeAttribute("aria-busy");
    }
  }

  /** Controls for another model. */
  build() {
    const { about } = this.model;
    const { state } = this;
    put(
      this.$("digit"),
      ["any", ...about.classes].map(name => html`<option value="${name}">${name}</option>`),
    );
    this.$("digit", HTMLSelectElement).value = this.digit;
    this.$("class-box").hidden = !about.classes.length;
    this.$("pad-box").hidden = about.documents;
    for (const button of findAll(this.root, '[data-do="errors"]')) button.hidden = about.documents;
    write(this.$("chart-title"), about.documents ? "Perplexity vs. code size" : "Reconstruction error vs. code size");
    this.pad = null;
    if (!about.documents) {
      this.$("pad").replaceWith(padCanvas()); // listeners of another model's pad go with it
      this.pad = new DrawingPad(this.$("pad", HTMLCanvasElement), { ...about, binary: false }, () => this.onStroke());
      this.pad.tool = "draw";
      if (state.drawing && this.pad.decode(state.drawing, this.pad.drawing)) this.drawingRequests.request(this.drawing);
    }
    this.buildSizes();
  }

  /** What sizes there are to choose: usual ones, and those of networks. */
  buildSizes() {
    const { sizes } = this.model;
    const shown = [...new Set([...SIZES, ...sizes])].filter(k => k <= this.most).sort((a, b) => a - b);
    refresh(
      this.$("sizes"),
      html`${shown.map(k => html`<button type="button" data-choice="k" value="${k}" title="${sizes.includes(k) ? `${k} dimensions: networks were trained with these` : `${k} dimensions`}">${k}${sizes.includes(k) ? "•" : ""}</button>`)}`,
    );
    const { max } = Object.assign(this.$slider, { max: String(this.most) });
    this.$("curve").setAttribute("aria-valuemax", max);
  }

  get $slider() {
    return /** @type {HTMLInputElement} */ (this.root.querySelector('[data-slide="k"]'));
  }

  /** The largest code that can be shown. */
  get most() {
    return Math.max(this.model.basis.most, ...this.model.sizes);
  }

  /** Numbers in the code. */
  get k() {
    return Math.min(this.state.k || this.model.size, this.most);
  }

  get digit() {
    return this.model.about.classes.includes(this.state.digit) ? this.state.digit : "any";
  }

  // -- examples and the drawing ---------------------------------------------------------------------

  requestExamples() {
    this.exampleRequests.request({ digit: this.digit, seed: this.state.seed });
  }

  /** @param {Column[]} columns */
  onExamples(columns) {
    this.examples = columns;
    this.columns = this.drawn && this.columns.length ? [this.columns[0], ...columns.slice(1)] : columns;
    this.network.request();
    this.redraw();
    this.reportShown();
  }

  /** Whether the visitor has drawn something. */
  get drawn() {
    return this.pad !== null && !this.pad.empty;
  }

  /** What is drawn, as its link brings it back. @returns {Bytes} */
  get drawing() {
    const bytes = new Uint8Array(this.pad?.drawing.length ?? 0);
    this.pad?.decode(this.state.drawing, bytes);
    return bytes;
  }

  onStroke() {
    this.pad?.draw(null, PAD);
    this.state.drawing = this.pad && this.drawn ? this.pad.encode(this.pad.drawing) : "";
    if (this.drawn) this.drawingRequests.request(this.drawing);
    this.state.pick = 0;
    this.syncUrl();
  }

  /** @param {Column} column */
  onDrawn(column) {
    if (!this.drawn) return;
    this.columns = [column, ...this.examples.slice(1)];
    this.network.request();
    this.redraw();
  }

  wipe() {
    this.pad?.drawing.fill(0);
    this.state.drawing = "";
    this.columns = this.examples;
    this.network.request();
    this.redraw();
  }

  // -- what is drawn --------------------------------------------------------------------------------

  /** @override */
  draw() {
    if (!this.model || this.destroyed) return;
    const { k, model, state } = this;
    syncSlider(this.root, "k", k, String(k));
    for (const option of findAll(this.$("sizes"), "button", HTMLButtonElement))
      option.setAttribute("aria-pressed", String(Number(option.value) === k));
    for (const button of findAll(this.root, '[data-do="errors"]'))
      button.setAttribute("aria-pressed", String(state.errors));
    this.pad?.draw(null, PAD);
    write(this.$("pad-says"), this.drawn ? "Your drawing" : "Draw here");
    if (this.columns.length)
      this.rows.draw(model, this.columns, rowsAt(model, k, this.data), {
        pick: Math.min(state.pick, this.columns.length - 1),
        residuals: state.errors,
        most: mostRows(model),
      });
    this.drawChart();
    this.network.draw();
  }

  drawChart() {
    const { k, model, state, theme } = this;
    const { basis } = model;
    const answer = state.guess ? answerOf(model) : null;
    const box = this.$("chart-box");
    const chart = {
      errors: basis.errors,
      known: Math.max(k, model.size),
      dots: dotsOf(model, this.data),
      k,
      most: this.most,
      answer,
      guess: Math.max(0, state.guess),
    };
    this.curve.draw(chart, theme, Math.max(240, box.clientWidth), 270);
    const text = `${k} dimensions, ${basis.title} error ${(basis.errors[k - 1] ?? Number.NaN).toFixed(2)}`;
    this.$("curve").setAttribute("aria-valuenow", String(k));
    this.$("curve").setAttribute("aria-valuetext", text);
    refresh(this.$("question"), questionMarkup(model, state.guess));
  }

  // -- the address ----------------------------------------------------------------------------------

  /** @override */
  urlParams() {
    if (!this.model) return null;
    const { state } = this;
    return {
      checkpoint: this.data.checkpoint,
      digit: this.digit === "any" ? "" : this.digit,
      seed: state.seed || "",
      errors: state.errors ? "True" : "",
      k: this.state.k && this.k !== this.model.size ? this.k : "",
      layer: state.layer || "",
      pick: state.pick || "",
      units: state.units,
      drawing: state.drawing,
      guess: state.guess || "",
    };
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** @param {Partial<AutoencoderState>} change */
  set(change) {
    Object.assign(this.state, change);
    this.redraw();
    this.syncUrl();
  }

  /** @param {number} k */
  setSize(k) {
    this.set({ k: Math.max(1, Math.min(this.most, k)) });
  }

  /** @param {number} guess */
  answer(guess) {
    this.set({ guess });
  }

  /** @override @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    const { state } = this;
    /** @type {Record<string, () => void>} */
    const actions = {
      shuffle: () => this.show({ seed: state.seed + 1 }),
      errors: () => this.set({ errors: !state.errors }),
      wipe: () => {
        this.wipe();
        this.syncUrl();
      },
      pick: () => {
        this.set({ pick: Number(button.value), units: "" });
        this.network.requestCode();
      },
      layer: () => {
        this.set({ layer: Number(button.value) });
        this.network.request();
      },
      "reset-code": () => {
        this.set({ units: "" });
        this.network.requestCode();
      },
      "show-answer": () => this.answer(-1),
      "ask-again": () => this.answer(0),
    };
    actions[name]?.();
  }

  /** Other examples. @param {Partial<AutoencoderState>} change */
  show(change) {
    this.set({ ...change, units: "" });
    this.requestExamples();
  }

  /** @override @param {string} name @param {string} value */
  onChoice(name, value) {
    if (name === "k") this.setSize(Number(value));
  }

  /** @override @param {string} name @param {number} value */
  onSlide(name, value) {
    if (name === "k") this.setSize(value);
  }

  /** @override @param {string} name @param {string} value */
  onSelect(name, value) {
    if (name === "digit") this.show({ digit: value });
  }

  /** @override */
  keys() {
    return {
      ArrowLeft: () => this.setSize(this.k - 1),
      ArrowRight: () => this.setSize(this.k + 1),
      r: () => this.show({ seed: this.state.seed + 1 }),
      e: () => this.model.about.documents || this.set({ errors: !this.state.errors }),
    };
  }
}

function padCanvas() {
  const canvas = document.createElement("canvas");
  canvas.dataset.part = "pad";
  canvas.setAttribute("aria-label", "Draw here");
  return canvas;
}

/** @param {Element} parent @param {import("../../shared/view/types.d.ts").Component<Data>} component */
export const mount = (parent, component) => AutoencoderPlayer.mount(parent, component);
