// What can be read out: accuracy of a simple classifier against the number of labels that it is given.

import { messageOf } from "../../shared/view/api.js";
import { choice } from "../../shared/view/controls.js";
import { part } from "../../shared/view/dom.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { REP_COLOURS } from "./chips.js";

/** @typedef {import("./player.js").ComparePlayer} ComparePlayer */
/** @typedef {{ labels: number | null, mean: number, spread: number }} Point by so many labels of each class, null for all */

const WIDE = 640;
const HIGH = 300;
const LEFT = 44;
const BOTTOM = 40;

export class ReadoutPanel {
  static name = "readout";
  static title = "What can be read out";
  static hint = "Accuracy of k-NN and of a linear probe from few and from many labels";

  /** @param {ComparePlayer} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    this.closed = false;
    /** @type {Map<string, Point[] | string | null>} by key and method */
    this.known = new Map();
    put(root, markup());
    this.show();
    host.reportShown();
  }

  destroy() {
    this.closed = true;
  }

  /** The classifier that reads out. */
  get probe() {
    return this.host.state.probe;
  }

  /** @param {string} key */
  of(key) {
    const name = `${this.probe} ${key}`;
    const known = this.known.get(name);
    if (known === undefined) this.fetch(name, key, this.probe);
    return known ?? null;
  }

  /** @param {string} name @param {string} key @param {string} method */
  async fetch(name, key, method) {
    this.known.set(name, null);
    try {
      const response = await fetch(this.host.model.url("readout", { of: key, method }));
      const answer = await response.json();
      this.known.set(name, response.ok ? answer.points : answer.error);
    } catch (error) {
      this.known.set(name, messageOf(error));
    }
    if (!this.closed) this.show();
  }

  show() {
    const { host, root } = this;
    if (!host.model.labels) {
      put(part(root, "chart"), html`<p class="muted">These data have no classes to read out.</p>`);
      return;
    }
    const lines = host.chosen.map(({ key }) => this.of(key));
    refresh(part(root, "chart"), chart(lines.map(line => (Array.isArray(line) ? line : []))));
    const rows = host.chosen.map((one, i) => {
      const line = lines[i];
      const name = html`<th scope="row"><span class="number" style="--rep:${REP_COLOURS[i]}">${i + 1}</span> ${host.model.nameFor(one)}</th>`;
      if (!line) return html`<tr>${name}<td class="muted">Computing …</td></tr>`;
      if (typeof line === "string") return html`<tr>${name}<td class="problem">${line}</td></tr>`;
      return html`<tr>${name}${line.map(({ mean, spread }) => html`<td>${(100 * mean).toFixed(1)} <small>± ${(100 * spread).toFixed(1)}</small></td>`)}</tr>`;
    });
    const first = lines.find(line => Array.isArray(line));
    const heads = Array.isArray(first) ? first.map(({ labels }) => html`<th scope="col">${labels ?? "all"}</th>`) : "";
    refresh(
      part(root, "table"),
      html`<table class="counted"><thead><tr><th scope="col">Accuracy (%) by labels per class</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`,
    );
  }

  onReps() {
    this.show();
  }

  onChoice() {
    this.show();
  }
}

/**
 * Where a point lies in the drawing.
 * @param {number} i number of the point
 * @param {number} count of points
 * @param {number} share 0 to 1
 */
export const placeIn = (i, count, share) => ({
  x: LEFT + ((WIDE - LEFT - 20) * (i + 0.5)) / Math.max(1, count),
  y: 10 + (HIGH - BOTTOM - 10) * (1 - share),
});

/** @param {Point[][]} lines */
function chart(lines) {
  const longest = lines.reduce((a, b) => (b.length > a.length ? b : a), []);
  const count = longest.length;
  const grid = [0, 0.25, 0.5, 0.75, 1].map(share => {
    const { y } = placeIn(0, count, share);
    return html`<line x1="${LEFT}" x2="${WIDE}" y1="${y}" y2="${y}" class="grid"/><text x="${LEFT - 6}" y="${y + 4}" text-anchor="end">${100 * share}%</text>`;
  });
  const ticks = longest.map(
    ({ labels }, i) =>
      html`<text x="${placeIn(i, count, 0).x}" y="${HIGH - 20}" text-anchor="middle">${labels ?? "all"}</text>`,
  );
  const drawn = lines.map((line, i) => {
    const shift = 4 * (i - (lines.length - 1) / 2);
    const at = line.map(({ mean, spread }, j) => ({
      ...placeIn(j, count, mean),
      high: placeIn(j, count, Math.min(1, mean + spread)).y,
      low: placeIn(j, count, Math.max(0, mean - spread)).y,
    }));
    const path = at.map(({ x, y }, j) => `${j ? "L" : "M"}${(x + shift).toFixed(1)} ${y.toFixed(1)}`).join("");
    return html`<g stroke="${REP_COLOURS[i]}" fill="none" stroke-width="2"><path d="${path}"/>${at.map(({ x, y, high, low }) => html`<path d="M${(x + shift).toFixed(1)} ${high.toFixed(1)}V${low.toFixed(1)}" stroke-width="1.4"/><circle cx="${(x + shift).toFixed(1)}" cy="${y.toFixed(1)}" r="3.2" fill="${REP_COLOURS[i]}"/>`)}</g>`;
  });
  return html`<svg class="curves" viewBox="0 0 ${WIDE} ${HIGH}" role="img" aria-label="Accuracy against labels per class">${grid}${ticks}${drawn}<text x="${(LEFT + WIDE) / 2}" y="${HIGH - 3}" text-anchor="middle">labels per class</text></svg>`;
}

const markup = () => html`
<div class="bar"><span class="group"><b>Read out by</b>${choice(
  "probe",
  [
    ["knn", "k-NN", "Vote of the five nearest labelled examples in the full space"],
    ["linear", "linear probe", "Logistic regression on the vectors"],
  ],
  "Classifier",
)}</span><span class="muted">Mean over ten draws of labels; bars: standard deviation. 30% of each class is held out.</span></div>
<div class="readout-stage"><div data-part="chart"></div><div class="scrolls" data-part="table"></div></div>`;
