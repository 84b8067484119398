// What can be read out: classes from few labels, known factors, and where two representations are read differently.

import { choice } from "../../shared/view/controls.js";
import { part } from "../../shared/view/dom.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { unless } from "../../shared/view/panel.js";
import { Answers } from "./answers.js";
import { Confusions } from "./confusions.js";
import { factorsChart, factorsRows, factorsTable } from "./factor_bars.js";
import { chart, labelsRows, labelsTable } from "./label_curves.js";
import { paintThumbs } from "./thumbs.js";

/** @typedef {import("../../shared/view/html.js").Html} Html */
/** @typedef {import("./label_curves.js").Line} Line */
/** @typedef {import("./player.js").ComparePlayer} ComparePlayer */

export class ReadoutPanel {
  static name = "readout";
  static title = "What can be read out";
  static hint = "Classes from few labels, known factors, confusions";

  /** @param {ComparePlayer} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    this.answers = new Answers(host.model, () => this.show());
    const { labels, factors } = host.model;
    /** @type {[string, string, string][]} */
    const readings = [
      ["labels", "classes", "Accuracy against the number of labels"],
      ["factors", "known factors", "How well each known factor is predicted"],
      ["confusions", "confusions", "Where two representations are read differently"],
    ];
    this.readings = readings.filter(([name]) => (name === "factors" ? factors.length > 0 : labels));
    host.state.reading = this.reading;
    put(root, markup(this.readings));
    this.confusions = new Confusions(host, this.answers, () => this.show());
    this.show();
    host.reportShown();
  }

  destroy() {
    this.answers.close();
  }

  /** What is read, of what there is. */
  get reading() {
    const { readings, host } = this;
    return readings.find(([name]) => name === host.state.reading)?.[0] ?? readings[0]?.[0] ?? "";
  }

  /** Accuracies in the full space, and on the map. @returns {Line[]} */
  get lines() {
    const { answers, host } = this;
    const { probe } = host.state;
    return host.chosen.map(({ key }) => {
      const full = answers.of("readout", { of: key, method: probe });
      const map = host.model.maps.of(key, host.method);
      const { method, settings } = host.method;
      const flat =
        map.state === "ready" ? answers.of("map-readout", { of: key, by: probe, method, ...settings }) : null;
      return { full: pointsOf(full), flat: pointsOf(flat), map };
    });
  }

  show() {
    const { host, root, reading } = this;
    part(root, "for-map").hidden = reading !== "labels";
    const box = part(root, "body");
    if (box.dataset.reading !== reading) {
      box.dataset.reading = reading;
      put(box, BODIES[reading] ?? html`<p class="muted">These data have neither classes nor known factors.</p>`);
    }
    if (reading === "labels") {
      const { lines } = this;
      refresh(part(root, "chart"), chart(lines));
      refresh(part(root, "table"), labelsTable(host, lines, MAPS[host.state.method]));
    } else if (reading === "factors") {
      const { probe } = host.state;
      const rows = host.chosen.map(({ key }) => factorsOf(this.answers.of("factors", { of: key })));
      refresh(part(root, "chart"), factorsChart(host, rows, probe));
      refresh(part(root, "table"), factorsTable(host, rows, probe));
    } else if (reading === "confusions") this.confusions.show(box);
    const words = reading === "factors" ? FACTORS : reading === "confusions" ? CONFUSIONS : LABELS;
    refresh(part(root, "words"), html`${words}`);
    host.sync();
  }

  /** The scores, or both confusion matrices. */
  table() {
    const { answers, host, reading } = this;
    if (reading === "confusions") return this.confusions.table();
    const rows =
      reading === "labels"
        ? labelsRows(host, this.lines)
        : factorsRows(
            host,
            host.chosen.map(({ key }) => factorsOf(answers.of("factors", { of: key }))),
          );
    return rows.length > 1 ? { rows, name: reading } : null;
  }

  onReps() {
    this.show();
  }

  onChoice() {
    this.show();
  }

  onSelection() {
    this.confusions.light();
  }

  onHover() {
    this.confusions.light();
  }

  /** @param {import("./store.js").What} what */
  onArrival(what) {
    if (what === "map") this.show();
    if (what === "images") paintThumbs(this.root, this.host.model, 40);
  }

  /** @param {string} name @param {HTMLButtonElement} pressed */
  onAction(name, pressed) {
    const { host } = this;
    if (name === "compute") host.model.maps.compute(host.model.maps.of(pressed.value, host.method), host.method);
    else this.confusions.onAction(name, pressed);
  }

  /** @param {string} name @param {string} value */
  onSelect(name, value) {
    this.confusions.onSelect(name, value);
  }

  urlParams() {
    const { probe, versus, cell } = this.host.state;
    const usual = this.readings[0]?.[0] ?? "";
    return { reading: unless(this.reading, usual), probe: unless(probe, "knn"), versus, cell };
  }
}

/** @param {import("../../shared/view/types.d.ts").Message | string | null} answer */
const pointsOf = answer => (answer && typeof answer === "object" ? answer.header.points : answer);

/** @param {import("../../shared/view/types.d.ts").Message | string | null} answer */
const factorsOf = answer => (answer && typeof answer === "object" ? answer.header.factors : answer);

/** @type {Record<string, string>} */
const MAPS = { pca: "PCA", "pca-3d": "3-D PCA", umap: "UMAP", "umap-3d": "3-D UMAP", tsne: "t-SNE" };

const LABELS =
  "Mean over ten draws of labels, bars: standard deviation. 30% of each class is held out; all: the other 70%. Dashed: the same from the 2-D map, which for a representation of two numbers is itself.";
const FACTORS =
  "R² on examples that were not trained on (1: all of it, 0: no better than the mean); for categories the share right. Mean over five folds, bars: standard deviation.";
const CONFUSIONS = "Each example's class is read by the other four of five folds.";

/** @type {Record<string, Html>} */
const BODIES = {
  labels: html`<div class="readout-stage"><div class="scrolls" data-part="chart"></div><div class="scrolls" data-part="table"></div></div>`,
  factors: html`<div class="readout-stage stacked"><div class="scrolls" data-part="chart"></div><div class="scrolls" data-part="table"></div></div>`,
  confusions: html`<div data-part="confusions"></div>`,
};

/** @param {[string, string, string][]} readings */
const markup = readings => html`
<div class="bar">
  ${readings.length > 1 && html`<span class="group"><b>Read</b>${choice("reading", readings, "What is read out")}</span>`}
  <span class="group"><b>by</b>${choice(
    "probe",
    [
      ["knn", "k-NN", "Vote, or mean, of the five nearest examples"],
      ["linear", "linear", "Logistic regression; ridge regression for numbers"],
    ],
    "Read out by",
  )}</span>
  <span class="group" data-part="for-map"><b>beside</b>${choice(
    "method",
    [
      ["pca", "PCA map", "Two principal components of each representation"],
      ["pca-3d", "3-D PCA map", "Three principal components of each representation"],
      ["umap", "UMAP map", "UMAP of each representation"],
      ["tsne", "t-SNE map", "t-SNE of each representation"],
    ],
    "2-D map whose score stands beside",
  )}</span>
</div>
<p class="note" data-part="words"></p>
<div data-part="body"></div>`;
