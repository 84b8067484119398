// Likelihoods: every model of the data that has one, sortable, in groups that can be compared.

import { get, messageOf } from "../../shared/view/api.js";
import { blankCanvas, greyPixel, paint } from "../../shared/view/canvas.js";
import { findAll, part } from "../../shared/view/dom.js";
import { whole } from "../../shared/view/format.js";
import { html, put, refresh } from "../../shared/view/html.js";

/** @typedef {import("./player.js").ComparePlayer} ComparePlayer */

/**
 * A model of the route `likelihoods`.
 * @typedef {object} Row
 * @property {string} model
 * @property {string} checkpoint
 * @property {boolean} draws whether it draws images
 * @property {number} value
 * @property {number | null} spread
 * @property {string} unit
 * @property {string} nature
 * @property {string} note
 * @property {string} view how the model sees the data, "" where that makes no difference
 * @property {number} parameters
 * @property {number} seconds
 * @property {{ title: string, address: string }[]} pages
 * @property {Samples | string} [samples] once they have come; a text is what went wrong
 */

/** Of the route `samples`: pictures, and seconds for one. @typedef {{ seconds: number, images: Uint8Array, count: number }} Samples */

/** @param {Row} row how long a sample takes, last where that is not known */
const slowness = ({ samples }) => (samples && typeof samples === "object" ? samples.seconds : Number.POSITIVE_INFINITY);

const SHOWN = 6; // samples of a model
const STRIP = 26; // CSS pixels of a sample's longer side
const APART = 4; // CSS pixels between samples

/** @type {Record<string, string>} */
const VIEWS = {
  "": "Text, whatever its tokens",
  grey: "Greys as probabilities",
  "levels-17": "17 grey levels",
  standardised: "Standardised values: densities, not probabilities",
  threshold: "Binary, thresholded",
  static: "Binary, drawn once",
  dynamic: "Binary, drawn anew",
};

/** @type {Record<string, [string, string]>} */
const NATURES = {
  exact: ["exact", "Computed exactly"],
  "lower bound": ["bound ≥", "A lower bound: the true value is higher"],
  "upper-leaning estimate": ["estimate", "AIS estimate, biased upwards"],
  estimate: ["estimate", "An estimate"],
  measured: ["no likelihood", "Does not sum to 1: the model sees what it predicts"],
};

/**
 * Rows in order, best likelihood first (what is none comes last), or by name, or smallest first.
 * @param {Row[]} rows
 * @param {string} by
 */
export function sorted(rows, by) {
  /** @type {Record<string, (a: Row, b: Row) => number>} */
  const orders = {
    value: (a, b) => Number(a.nature === "measured") - Number(b.nature === "measured") || b.value - a.value,
    model: (a, b) => a.model.localeCompare(b.model),
    parameters: (a, b) => a.parameters - b.parameters,
    seconds: (a, b) => a.seconds - b.seconds,
    sample: (a, b) => slowness(a) - slowness(b) || a.model.localeCompare(b.model),
  };
  return [...rows].sort(orders[by] ?? orders.value);
}

/**
 * How far each model's likelihood is below the best of its group; models without one are left out.
 * @param {Row[]} rows
 */
export function behind(rows) {
  const counted = rows.filter(({ nature }) => nature !== "measured");
  /** @type {Map<string, number>} */
  const best = new Map();
  for (const { view, value } of counted) best.set(view, Math.max(value, best.get(view) ?? Number.NEGATIVE_INFINITY));
  return new Map(counted.map(row => [row, (best.get(row.view) ?? row.value) - row.value]));
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 0.95) return `${(1000 * seconds).toFixed(seconds < 0.0095 ? 1 : 0)} ms`;
  if (seconds < 90) return `${seconds < 9.5 ? Number(seconds.toFixed(1)) : Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

export class LikelihoodsPanel {
  static name = "likelihoods";
  static title = "Likelihoods";
  static hint = "Every model with a likelihood on these data";

  /** @param {ComparePlayer} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    this.closed = false;
    /** @type {Row[]} */
    this.rows = [];
    put(
      root,
      html`<p class="lead" data-part="lead">Reading the checkpoints …</p><div class="scrolls" data-part="table"></div>`,
    );
    this.open();
  }

  destroy() {
    this.closed = true;
  }

  async open() {
    try {
      const { header } = await get(this.host.model.url("likelihoods"));
      this.rows = header.rows;
    } catch (error) {
      if (!this.closed) this.host.showError(messageOf(error));
    }
    if (this.closed) return;
    this.show();
    this.host.reportShown();
    for (const row of this.rows) await this.fetchSamples(row);
  }

  /** One after the other: each is timed. @param {Row} row */
  async fetchSamples(row) {
    if (!row.draws || this.closed) return;
    try {
      const { header, planes } = await get(this.host.model.url("samples", { of: row.checkpoint }));
      const { data, shape } = planes.images;
      row.samples = { seconds: header.seconds, images: data, count: shape[0] };
    } catch (error) {
      row.samples = messageOf(error);
    }
    if (!this.closed) this.show();
  }

  show() {
    const { host, rows, root } = this;
    put(
      part(root, "lead"),
      rows.length
        ? html`Log-probability of the test examples, higher is better. ${new Set(rows.map(({ view }) => view)).size > 1 && html`<b>Compare within a group only</b>: models of another encoding predict something else.`}`
        : html`<span class="muted">No model of these data has a likelihood yet.</span>`,
    );
    /** @type {Map<string, Row[]>} */
    const groups = new Map();
    for (const row of sorted(rows, host.state.sort)) groups.set(row.view, [...(groups.get(row.view) ?? []), row]);
    /** @param {string} name @param {string} label @param {string} title */
    const head = (name, label, title) =>
      html`<th scope="col" aria-sort="${host.state.sort === name ? (name === "value" ? "descending" : "ascending") : "none"}"><button type="button" class="quiet" data-do="sort" value="${name}" title="${title}" aria-pressed="${host.state.sort === name}">${label}</button></th>`;
    const gaps = behind(rows);
    const widest = Math.max(...gaps.values());
    const bodies = [...groups].map(([view, some]) => {
      const lines = some.map(row => {
        const [nature, meaning] = NATURES[row.nature] ?? [row.nature, ""];
        const gap = gaps.get(row);
        return html`<tr class="${row.nature === "measured" ? "muted" : ""}"><th scope="row" title="${row.model}">${host.model.shortTitle({ title: row.model })}</th><td><b>${row.value.toFixed(2).replace("-", "−")}</b>${row.spread !== null && html` <small>± ${row.spread.toFixed(2)}</small>`}</td><td>${gap !== undefined && (gap ? html`<span class="gap" title="${gap.toFixed(2)} ${row.unit} below the best of its group"><i style="width:${Math.max(2, Math.round((100 * gap) / widest))}%"></i></span>` : html`<span class="muted">best</span>`)}</td><td title="${meaning}${row.note && `. ${row.note}`}">${nature}</td><td>${row.draws && html`<canvas class="strip" data-strip="${row.checkpoint}" title="Samples of the model"></canvas>`}</td><td>${row.parameters ? whole(row.parameters) : "–"}</td><td>${duration(row.seconds)}</td><td>${sampleTime(row)}</td><td>${row.pages.map(({ title, address }) => html`<a href="${address}">${title}</a> `)}</td></tr>`;
      });
      return html`<tbody><tr class="group-head"><th colspan="9" scope="rowgroup">${VIEWS[view] ?? view} <small>${some[0].unit.replace("/", " per ")}</small></th></tr>${lines}</tbody>`;
    });
    refresh(
      part(root, "table"),
      rows.length
        ? html`<table class="counted likelihoods"><thead><tr>${head("model", "model", "Sort by name")}${head("value", "log p", "Sort by likelihood")}<th scope="col" title="Bars of all groups have one scale">below the best</th><th scope="col">kind</th><th scope="col" title="Drawn one model after another">samples</th>${head("parameters", "parameters", "Sort by size")}${head("seconds", "training", "Sort by time to train")}${head("sample", "one sample", "Sort by time for one sample, measured on this server")}<th scope="col">open</th></tr></thead>${bodies}</table>`
        : html``,
    );
    for (const canvas of findAll(root, "[data-strip]", HTMLCanvasElement)) {
      const samples = rows.find(({ checkpoint }) => checkpoint === canvas.dataset.strip)?.samples;
      if (samples && typeof samples === "object") drawStrip(canvas, samples, host.model);
    }
  }

  table() {
    if (!this.rows.length) return null;
    const head = [
      "model",
      "log-probability",
      "spread",
      "unit",
      "kind",
      "encoding",
      "parameters",
      "training (s)",
      "one sample (s)",
    ];
    const rows = sorted(this.rows, this.host.state.sort).map(row => [
      row.model,
      row.value,
      row.spread ?? "",
      row.unit,
      row.nature,
      VIEWS[row.view] ?? row.view,
      row.parameters,
      row.seconds,
      Number.isFinite(slowness(row)) ? slowness(row) : "",
    ]);
    return { rows: [head, ...rows], name: "likelihoods" };
  }

  onTheme() {
    this.show();
  }

  /** @param {string} name @param {HTMLButtonElement} pressed */
  onAction(name, pressed) {
    if (name !== "sort") return;
    this.host.state.sort = pressed.value;
    this.show();
    this.host.syncUrl();
  }

  urlParams() {
    const { sort } = this.host.state;
    return { sort: sort === "value" ? "" : sort };
  }
}

/** @param {Row} row */
function sampleTime({ draws, samples }) {
  if (!draws) return "–";
  if (typeof samples === "string") return html`<span class="muted" title="${samples}">–</span>`;
  return samples
    ? duration(samples.seconds)
    : html`<span class="muted" title="Models draw one after another">drawing …</span>`;
}

/** @param {HTMLCanvasElement} canvas @param {Samples} samples @param {import("./store.js").Store} store */
function drawStrip(canvas, { images, count }, { width, height, size }) {
  const side = { width: (STRIP * width) / Math.max(width, height), height: (STRIP * height) / Math.max(width, height) };
  const shown = Math.min(count, SHOWN);
  const pen = blankCanvas(canvas, shown * (side.width + APART) - APART, side.height);
  for (let i = 0; i < shown; i++) {
    const x = i * (side.width + APART);
    paint(pen, width, height, greyPixel(images.subarray(i * size)), x, 0, side.width, side.height);
  }
  pen.setTransform(1, 0, 0, 1, 0, 0);
}
