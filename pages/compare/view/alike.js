// How alike are they? The matrix of all pairs, one pair opened, and the dimensions that each representation fills.

import { get, isAbort, messageOf } from "../../shared/view/api.js";
import { choice, slider, syncChoices, syncSlider } from "../../shared/view/controls.js";
import { part } from "../../shared/view/dom.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { Answers } from "./answers.js";
import { geometryMarkup } from "./geometry.js";
import { MEASURES, matrixMarkup } from "./matrix.js";
import { Pair } from "./pair.js";
import { paintThumbs } from "./thumbs.js";

/** @typedef {import("./matrix.js").Measure} Measure */
/** @typedef {import("./player.js").ComparePlayer} ComparePlayer */
/** @typedef {import("./types.d.ts").Representation} Representation */

const REST = 250; // ms
const MOST = 48; // representations in the matrix (routes.py)

export class AlikePanel {
  static name = "alike";
  static title = "How alike are they?";
  static hint = "CKA and neighbour overlap of every pair; how many dimensions each one fills";

  /** @param {ComparePlayer} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    /** @type {Map<string, Float32Array | null>} by what was asked */
    this.matrices = new Map();
    /** @type {Map<string, AbortController>} by side of the diagonal */
    this.asked = new Map();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.resting = undefined;
    put(root, markup());
    /** @type {{ upper: Float32Array | null, lower: Float32Array | null, measure: string, of: number } | null} what is shown while more comes */
    this.kept = null;
    this.pair = new Pair(host, part(root, "pair"));
    this.answers = new Answers(host.model, () => this.showGeometry());
    root.addEventListener("pointerover", ({ target }) => {
      const thumb = target instanceof Element ? target.closest("[data-row]") : null;
      if (thumb instanceof HTMLElement) host.hoverRow(Number(thumb.dataset.row));
    });
    this.show();
    host.reportShown();
  }

  destroy() {
    this.answers.close();
    clearTimeout(this.resting);
    for (const controller of this.asked.values()) controller.abort();
  }

  /** The model's representation that floor and ceiling are of. */
  get code() {
    return this.host.chosen.find(({ checkpoint, kind }) => checkpoint && kind !== "untrained");
  }

  /** The same network untrained and from another seed, where they are not chosen and there. */
  get bounds() {
    const { code, host } = this;
    if (!code) return [];
    const known = [
      { what: "floor", one: host.model.byKey.get(`${code.checkpoint}~${code.layer}~untrained`) },
      { what: "ceiling", one: host.model.byKey.get(`${code.twin}~${code.layer}`) },
    ];
    return known.flatMap(({ what, one }) => (one && !host.chosen.includes(one) ? [{ what, one }] : []));
  }

  /** What the matrix is of: the chosen, or all layers of their models; and the bounds. @returns {Representation[]} */
  get listed() {
    const { chosen, model, state } = this.host;
    const models = new Set(chosen.map(({ checkpoint }) => checkpoint).filter(Boolean));
    let listed = [...chosen];
    if (state.layers === "on") {
      const own = chosen.filter(({ checkpoint }) => !checkpoint);
      const layers = model.all.filter(
        ({ checkpoint, kind }) => models.has(checkpoint) && kind !== "untrained" && kind !== "sample",
      );
      listed = [...own, ...layers];
    }
    for (const { one } of this.bounds) if (!listed.includes(one)) listed.push(one);
    return listed.slice(0, MOST);
  }

  /** The measure of all pairs; null while it is on its way. @param {Measure} measure @param {string} side */
  matrix(measure, side) {
    const of = this.listed.map(({ key }) => key).join(",");
    const k = measure === "overlap" ? this.host.state.k : 10;
    const name = `${measure} ${k} ${of}`;
    const known = this.matrices.get(name);
    if (known === undefined) this.fetch(name, side, { of, measure, k });
    return known ?? null;
  }

  /** @param {string} name @param {string} side @param {{ of: string, measure: string, k: number }} query */
  async fetch(name, side, query) {
    this.matrices.set(name, null);
    const controller = new AbortController();
    const before = this.asked.get(side);
    this.asked.set(side, controller);
    before?.abort(); // a slider that moves asks for the last value alone
    try {
      const { planes } = await get(this.host.model.url("similarity", query), controller.signal);
      this.matrices.set(name, planes.matrix.data);
      this.showMatrix();
    } catch (error) {
      this.matrices.delete(name);
      if (!isAbort(error)) this.host.showError(messageOf(error));
    }
  }

  // -- what is shown ----------------------------------------------------------------------------------

  show() {
    this.sync();
    this.showMatrix();
    this.showPair();
    this.showGeometry();
  }

  sync() {
    const { state } = this.host;
    syncChoices(this.root, state);
    syncSlider(this.root, "k", state.k, String(state.k));
  }

  showMatrix() {
    const { host, listed } = this;
    const measure = /** @type {Measure} */ (host.state.lower);
    const values = { upper: this.matrix("cka", "upper"), lower: this.matrix(measure, "lower"), measure };
    const names = listed.map(one => ({ title: one.title, short: host.model.layerFirst(one) }));
    const shown = this.kept && (!values.upper || !values.lower) && this.kept.of === names.length ? this.kept : null;
    const filled = {
      upper: values.upper ?? shown?.upper ?? null,
      lower: values.lower ?? (shown?.measure === measure ? shown.lower : null),
      measure,
    };
    this.kept = { ...filled, of: names.length };
    refresh(part(this.root, "matrix"), matrixMarkup(names, filled, host.state.pair));
    const { bounds, code } = this;
    const said = bounds.map(({ what, one }) => {
      const number = listed.indexOf(one) + 1;
      return html` Row ${number}: the same network ${what === "floor" ? html`<b>untrained</b>: so alike a network is before it has learned anything` : html`trained from <b>another seed</b>: so alike two trainings are`}.`;
    });
    const missing = code && !code.twin && code.retrain;
    refresh(
      part(this.root, "words"),
      html`Above the diagonal: <b>${MEASURES.cka}</b>, 1 alike. Below: <b>${MEASURES[measure]}</b>, ${measure === "procrustes" ? "0" : "1"} alike. All in the full space.${said} Click a cell to see the pair.${missing && html`<br>How alike two trainings of ${host.model.shortTitle({ title: code.model })} are is not known: there is one only. To train another: <code>${missing}</code>`}`,
    );
  }

  showPair() {
    const { host, listed } = this;
    const numbers = host.state.pair.split(".").map(Number);
    const both = numbers.map((/** @type {number} */ i) => listed[i]).filter(Boolean);
    if (both.length === 2) {
      for (const { key } of both) host.model.neighbours(key);
      this.pair.open(both);
    } else if (host.rival) this.pair.open([host.reference, host.rival]);
    else this.pair.open([]);
  }

  showGeometry() {
    const { host } = this;
    refresh(part(this.root, "geometry"), geometryMarkup(host.model, host.chosen, this.answers));
  }

  draw() {
    this.pair.draw();
  }

  onTheme() {
    this.pair.look(this.pair.view);
  }

  // -- what has come or changed -------------------------------------------------------------------------

  onReps() {
    this.show();
  }

  onSelection() {
    this.pair.show();
  }

  onHover() {
    this.pair.hover();
  }

  /** @param {import("./store.js").What} what */
  onArrival(what) {
    if (what === "images") paintThumbs(this.root, this.host.model, 40);
    else this.pair.show();
  }

  // -- hands --------------------------------------------------------------------------------------------

  /** @param {string} name @param {HTMLButtonElement} pressed */
  onAction(name, pressed) {
    const { host } = this;
    if (name !== "pair") return;
    host.state.pair = pressed.value;
    this.showMatrix();
    this.showPair();
    host.syncUrl();
  }

  /** The matrix: the measure above the diagonal, and the one below it. */
  table() {
    const { listed, kept } = this;
    if (!kept?.upper || !kept.lower) return null;
    const { upper, lower } = kept;
    const m = listed.length;
    const head = [`above: ${MEASURES.cka}; below: ${MEASURES[/** @type {Measure} */ (kept.measure)]}`];
    const rows = listed.map(({ title }, i) => [
      title,
      ...listed.map((_, j) => (i === j ? "" : (j > i ? upper : lower)[i * m + j])),
    ]);
    return { rows: [[...head, ...listed.map(({ title }) => title)], ...rows], name: "similarity" };
  }

  /** @param {string} name */
  onChoice(name) {
    if (name === "layers") this.host.state.pair = "";
    this.show();
  }

  /** @param {string} name @param {number} value */
  onSlide(name, value) {
    if (name !== "k") return;
    this.host.state.k = value;
    this.host.changesKnown.clear();
    this.sync();
    if (this.host.state.lower === "overlap") this.showMatrix();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.pair.show(), REST); // once the slider rests
    this.host.syncUrl();
  }

  urlParams() {
    const { pair, lower, layers } = this.host.state;
    return { pair, lower: lower === "overlap" ? "" : lower, layers: layers === "on" ? "on" : "" };
  }
}

const markup = () => html`
<div class="bar fold">
  <span class="group"><b>Below the diagonal</b>${choice(
    "lower",
    [
      ["overlap", "k-NN overlap", "Share of the k nearest neighbours that both have"],
      ["procrustes", "Procrustes", "Squared error left after rotating and scaling: a distance"],
      ["rsa", "RSA", "Rank correlation of all distances between examples"],
    ],
    "Measure below the diagonal",
  )}</span>
  ${slider("k", "neighbours k", 1, 30, 1, "Neighbours of the overlap")}
  <span class="group"><b>Rows</b>${choice(
    "layers",
    [
      ["off", "chosen", "The chosen representations"],
      ["on", "all layers", "Every layer of the chosen models"],
    ],
    "Rows of the matrix",
  )}</span>
</div>
<div class="alike-stage"><div><div class="scrolls" data-part="matrix"></div><p class="note" data-part="words"></p></div><div data-part="pair"></div></div>
<div class="scrolls" data-part="geometry"></div>`;
