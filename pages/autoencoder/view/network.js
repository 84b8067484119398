// The network as a drawing: a layer to decode from, the code to drag, and what comes out.

import { isAbort, messageOf } from "../../shared/view/api.js";
import { write } from "../../shared/view/controls.js";
import { find, findAll, part } from "../../shared/view/dom.js";
import { fixed, whole } from "../../shared/view/format.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { LatestRequest } from "../../shared/view/latest_request.js";
import { Rows } from "./rows.js";
import { paintTile, wordsMarkup } from "./tiles.js";

/** @typedef {import("./player.js").AutoencoderPlayer} AutoencoderPlayer */
/** @typedef {import("./types.d.ts").Column} Column */
/** @typedef {{ title: string, backs: Float32Array[] }[]} Steps */

const TALL = 116; // CSS pixels of the largest layer
const LARGE = 112; // of an image
const WORDS = 14;

export class NetworkPanel {
  /** @param {AutoencoderPlayer} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    this.rows = new Rows(part(root, "layer-rows"));
    /** @type {Steps} */
    this.steps = [];
    /** @type {Record<string, number>} by titles of the steps */
    this.errors = {};
    /** @type {Column[]} those that the steps are of */
    this.stepColumns = [];
    /** @type {Float32Array | null} what the changed code decodes to */
    this.back = null;
    this.units = 0; // sliders there are
    /** @type {LatestRequest<{ layer: number, column: Column[] }, Steps>} */
    this.layerRequests = new LatestRequest(
      question => this.askLayer(question.layer),
      (steps, { column }) => {
        this.steps = steps;
        this.stepColumns = column;
        this.draw();
      },
      error => this.fail(error),
    );
    /** @type {LatestRequest<Float32Array<ArrayBuffer>, Float32Array>} */
    this.codeRequests = new LatestRequest(
      z => host.model.decode(z),
      back => {
        this.back = back;
        this.drawCode();
      },
      error => this.fail(error),
    );
    root.addEventListener("input", ({ target }) => {
      if (target instanceof HTMLInputElement && target.dataset.unit)
        this.setUnit(Number(target.dataset.unit), Number(target.value));
    });
  }

  destroy() {
    this.layerRequests.close();
    this.codeRequests.close();
  }

  /** @param {unknown} error */
  fail(error) {
    if (!isAbort(error)) this.host.showError(messageOf(error));
  }

  // -- the drawing ----------------------------------------------------------------------------------

  /** Of another model. */
  build() {
    const { about } = this.host.model;
    const { layers, inputs } = about;
    const largest = Math.max(inputs, ...layers);
    const L = layers.length;
    /** @param {number} units @param {number} layer @param {string} side */
    const bar = (units, layer, side) => {
      const what =
        layer === L ? "Code" : side === "up" ? `Encoder layer ${layer}` : `Decoder, as wide as encoder layer ${layer}`;
      return html`<button type="button" class="layer ${layer === L ? "code" : ""}" data-do="layer" value="${layer}" data-side="${side}" title="${what}, ${whole(units)} units: decode from here" aria-label="${what}, ${units} units"><span style="height:${Math.max(4, (TALL * units) / largest)}px"></span><small>${whole(units)}</small></button>`;
    };
    /** @param {string} text */
    const end = text =>
      html`<span class="layer end"><span style="height:${(TALL * inputs) / largest}px"></span><small>${text}</small></span>`;
    put(part(this.root, "drawing"), [
      end(about.documents ? "words" : `${about.height}×${about.width}`),
      ...layers.map((units, i) => bar(units, i + 1, "up")),
      ...layers
        .slice(0, -1)
        .map((units, i) => bar(units, i + 1, "down"))
        .reverse(),
      end(about.documents ? "words" : "image"),
    ]);
    this.errors = {};
    this.steps = [];
    this.back = null;
    this.units = 0;
    this.buildUnits();
  }

  /** What each layer loses, over all held-out examples: seconds, the first time. */
  async loadErrors() {
    const { model } = this.host;
    const errors = await model.layerErrors();
    if (this.host.model !== model) return;
    this.errors = errors;
    this.draw();
  }

  /** The layer that is decoded from: the link's, else the last before the code. */
  get layer() {
    const { layers } = this.host.model.about;
    return Math.min(layers.length, this.host.state.layer || Math.max(1, layers.length - 1));
  }

  // -- from a layer ---------------------------------------------------------------------------------

  /** Other examples, or another layer. */
  request() {
    this.layerRequests.request({ layer: this.layer, column: this.host.columns });
    this.requestCode();
  }

  /** @param {number} layer */
  async askLayer(layer) {
    const { host } = this;
    const { model, state } = host;
    const examples = await model.fromLayer(layer, { digit: host.digit, seed: state.seed });
    if (!host.drawn) return examples;
    const drawn = await model.fromLayer(layer, { image: host.drawing });
    return examples.map(({ title, backs }, i) => ({ title, backs: [...drawn[i].backs, ...backs.slice(1)] }));
  }

  draw() {
    const { host, root, layer } = this;
    const { layers } = host.model.about;
    for (const bar of findAll(root, "button.layer", HTMLButtonElement)) {
      const at = Number(bar.value);
      bar.setAttribute("aria-pressed", String(at === layer));
      bar.classList.toggle("bypassed", at > layer);
    }
    const where = layer === layers.length ? "the code" : `layer ${layer} (${whole(layers[layer - 1])} units)`;
    write(part(root, "from"), `Encoded up to ${where} and decoded from there`);
    /** @type {import("./types.d.ts").Row[]} */
    const rows = this.steps.map(({ title, backs }) => ({
      title: title
        .replace(/, layer.*| \(.*/, "")
        .replace(/^layer.*/, "network")
        .replace(/^fine-tuned/, "fine-tuned network"),
      size: 0,
      error: this.errors[title] ?? Number.NaN,
      colour: title.startsWith("RBM") ? "#8b95a3" : "var(--accent)",
      back: column => backs[this.stepColumns.indexOf(column)] ?? column.x,
    }));
    const here = this.stepColumns.length ? this.stepColumns : [];
    if (rows.length) this.rows.draw(host.model, here, rows, { residuals: host.state.errors, originals: false });
    this.drawCode();
  }

  // -- the code -------------------------------------------------------------------------------------

  buildUnits() {
    const { ranges } = this.host.model;
    this.units = ranges.length;
    put(
      part(this.root, "units"),
      ranges.map(
        ({ low, high }, i) =>
          html`<label title="Code unit ${i + 1}"><input type="range" data-unit="${i}" min="${low}" max="${high}" step="any" aria-label="Code unit ${i + 1}"><small>${i + 1}</small></label>`,
      ),
    );
  }

  /** The column whose code is shown. @returns {Column | undefined} */
  get column() {
    const { columns, state } = this.host;
    return columns[Math.min(state.pick, columns.length - 1)];
  }

  /** What was set by hand, by unit. */
  get changes() {
    return readUnits(this.host.state.units, this.host.model.ranges);
  }

  /** @param {Column} column */
  changedCode(column) {
    const z = Float32Array.from(column.code);
    for (const [unit, value] of this.changes) z[unit] = value;
    return z;
  }

  /** @param {number} unit @param {number} value */
  setUnit(unit, value) {
    const changes = this.changes;
    changes.set(unit, value);
    this.host.state.units = writeUnits(changes);
    this.requestCode();
    this.host.syncUrl();
  }

  requestCode() {
    const { column } = this;
    if (column && this.changes.size) this.codeRequests.request(this.changedCode(column));
    else this.back = null;
    this.drawCode();
  }

  drawCode() {
    const { column, host, root } = this;
    const { model } = host;
    if (!column) return;
    const { changes } = this;
    const z = this.changedCode(column);
    for (const input of findAll(root, "input[data-unit]", HTMLInputElement)) {
      const unit = Number(input.dataset.unit);
      input.value = String(z[unit]);
      input.setAttribute("aria-valuetext", fixed(z[unit], 2));
      input.classList.toggle("changed", changes.has(unit));
    }
    const back = (changes.size && this.back) || column.backs[model.own];
    write(part(root, "whose"), column.label);
    write(
      part(root, "lost"),
      `${model.about.documents ? "perplexity" : "squared error"} ${fixed(model.loss(column.x, back), 2)}`,
    );
    find(root, '[data-do="reset-code"]', HTMLButtonElement).disabled = !changes.size;
    for (const [name, of] of /** @type {const} */ ([
      ["input", null],
      ["output", back],
    ])) {
      const box = part(root, name);
      const [canvas] = findAll(box, "canvas", HTMLCanvasElement);
      canvas.hidden = model.about.documents;
      if (model.about.documents) refresh(part(box, "words"), wordsMarkup(model, column.x, of, WORDS));
      else paintTile(canvas, model, column.x, of, LARGE);
    }
  }
}

/**
 * What a link says of code units; those that the code does not have are left out.
 * @param {string} text
 * @param {{ low: number, high: number }[]} ranges
 * @returns {Map<number, number>}
 */
export function readUnits(text, ranges) {
  const found = new Map();
  for (const one of text.split("_")) {
    const [unit, value] = one.split("~").map(Number);
    const range = ranges[unit];
    if (one.includes("~") && range && Number.isFinite(value))
      found.set(unit, Math.max(range.low, Math.min(range.high, value)));
  }
  return found;
}

/** @param {Map<number, number>} units @returns {string} */
export const writeUnits = units =>
  [...units].map(([unit, value]) => `${unit}~${Number(value.toPrecision(4))}`).join("_");
