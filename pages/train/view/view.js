// What is drawn of the runs: it all follows from the state and the runs.

import { write } from "../../shared/view/controls.js";
import { findAll, part } from "../../shared/view/dom.js";
import { html, put } from "../../shared/view/html.js";
import { faded } from "../../shared/view/theme.js";
import { chartOf, totalEpochs } from "./chart.js";
import { drawLarge, EpochStrip, fittingEpochs, ImageGrid, sheetOf } from "./image_grid.js";
import { shownMetric, shownSheet } from "./metrics.js";
import { number } from "./numbers.js";
import { lineKey, Plot } from "./plot.js";
import { nearest } from "./scales.js";

/**
 * @typedef {import("../../shared/view/types.d.ts").Theme} Theme
 * @typedef {import("./chart.js").LegendRow} LegendRow
 * @typedef {import("./playhead.js").Playhead} Playhead
 * @typedef {import("./run.js").Run} Run
 * @typedef {import("./types.d.ts").ChartColours} ChartColours
 * @typedef {import("./types.d.ts").Sheet} Sheet
 * @typedef {import("./types.d.ts").TrainingState} TrainingState
 */

/**
 * What a drawing needs.
 * @typedef {object} Shown
 * @property {Run[]} runs
 * @property {TrainingState} state
 * @property {Playhead} playhead
 * @property {string[]} marks colours of the runs, "" for a single one
 * @property {string[]} names of the runs
 * @property {Theme} theme
 */

/**
 * What the visitor touches.
 * @typedef {object} Hands
 * @property {(place: number) => void} onSeek
 * @property {() => void} onHover
 * @property {(k: number) => void} onPick
 * @property {(run: Run, epoch: number) => void} onSeekEpoch
 */

/** @param {Theme} theme @returns {ChartColours} */
const chartColours = theme => ({
  ...theme,
  quiet: faded(theme.text, 0.72),
  axis: faded(theme.text, 0.45),
  grid: faded(theme.text, 0.12),
  cursor: faded(theme.text, 0.7),
});

export class TrainingView {
  /** @param {HTMLElement} root @param {Hands} hands */
  constructor(root, hands) {
    this.root = root;
    this.hands = hands;
    this.plot = new Plot(this.$("plot", HTMLCanvasElement), this.$("tip"), hands.onSeek, hands.onHover);
    /** @type {{grid: ImageGrid, caption: HTMLElement}[]} one a run */
    this.grids = [];
    /** @type {{large: HTMLCanvasElement, strip: EpochStrip}[]} one a run */
    this.enlarged = [];
    this.legendKey = "";
  }

  /**
   * @template {Element} [E=HTMLElement]
   * @param {string} name
   * @param {{new (): E}} [kind]
   */
  $(name, kind) {
    return part(this.root, name, kind);
  }

  /** Places for the pictures of other runs. @param {Run[]} runs @param {string[]} marks */
  build(runs, marks) {
    this.legendKey = "";
    put(
      this.$("stages"),
      runs.map(
        ({ id }) =>
          html`<figure><figcaption></figcaption><canvas data-stage="${id}" role="img" aria-label="Images from the model"></canvas></figure>`,
      ),
    );
    const captions = findAll(this.$("stages"), "figcaption");
    this.grids = findAll(this.$("stages"), "canvas", HTMLCanvasElement).map((canvas, i) => {
      captions[i].style.borderColor = marks[i] || "transparent";
      return { grid: new ImageGrid(canvas, this.hands.onPick), caption: captions[i] };
    });
    put(
      this.$("enlarged-rows"),
      marks.map(
        mark =>
          html`<div class="grow-row"><canvas data-part="large" role="img" aria-label="Enlarged image"></canvas><canvas data-part="strip" role="img" aria-label="The image over training; press one to go there" style="--mark:${mark || "transparent"}"></canvas></div>`,
      ),
    );
    const large = findAll(this.$("enlarged-rows"), '[data-part="large"]', HTMLCanvasElement);
    this.enlarged = findAll(this.$("enlarged-rows"), '[data-part="strip"]', HTMLCanvasElement).map((canvas, i) => ({
      large: large[i],
      strip: new EpochStrip(canvas, epoch => this.hands.onSeekEpoch(runs[i], epoch)),
    }));
  }

  /** @param {Shown} shown */
  draw(shown) {
    const { runs, state, playhead, theme } = shown;
    const colours = chartColours(theme);
    const text = this.placeText(runs, playhead);
    const scrub = this.$("scrub", HTMLInputElement);
    scrub.max = String(Math.max(0, playhead.stops.length - 1));
    scrub.value = String(Math.max(0, playhead.index));
    scrub.setAttribute("aria-valuetext", text);
    write(this.$("frame"), text);
    this.drawPlot(shown, colours);
    this.drawGrids(shown, colours);
    if (state.picked >= 0) this.drawEnlarged(shown, text, colours);
  }

  /** Where the film stands, in words. @param {Run[]} runs @param {Playhead} playhead */
  placeText(runs, { shownPlace, sharing }) {
    if (shownPlace === null) return "";
    if (sharing) return `${number(100 * shownPlace, 0)}% of the training`;
    const total = totalEpochs(runs);
    return `epoch ${number(shownPlace)}${total ? ` of ${number(total)}` : ""}`;
  }

  // -- curves ---------------------------------------------------------------------------------------

  /** @param {Shown} shown @param {ChartColours} colours */
  drawPlot({ runs, state, playhead, marks, names }, colours) {
    const many = runs.length > 1;
    const charted = {
      runs,
      metric: shownMetric(runs, state.curve),
      state,
      playhead,
      colours: many ? marks : [colours.accent],
      names,
    };
    const { chart, legend } = chartOf(charted);
    const width = this.$("plot-box").clientWidth;
    const room = Math.max(300, window.innerHeight - 430); // the transport below stays in sight on a projector's screen
    const height = Math.round(Math.max(220, Math.min(many ? 320 : 430, width * 0.76, room)));
    this.plot.draw(chart, width, height, colours);
    this.showLegend(legend, names, state.at === null ? Number.POSITIVE_INFINITY : playhead.shownPlace, many);
  }

  /** @param {LegendRow[]} rows @param {string[]} names @param {number | null} at @param {boolean} many */
  showLegend(rows, names, at, many) {
    const box = this.$("legend");
    const looks = rows.map(({ run, colour, entries }) => [
      run.id,
      colour,
      entries.map(({ label, dash, faint }) => [label, dash, faint]),
    ]);
    const key = JSON.stringify([names, looks]);
    if (key !== this.legendKey) {
      this.legendKey = key;
      put(
        box,
        rows.map((row, i) => legendRow(row, many ? names[i] : "")),
      );
    }
    const outputs = findAll(box, "output");
    rows
      .flatMap(row => row.entries)
      .forEach(({ xs, ys }, i) => {
        const near = at === null ? -1 : nearest(xs, at);
        write(outputs[i], near < 0 ? "" : this.plot.text(ys[near]));
      });
  }

  // -- pictures -------------------------------------------------------------------------------------

  /** The sheets where the film stands, null for a run that has none. @param {Shown} shown @returns {(Sheet | null)[]} */
  sheets({ runs, state, playhead }) {
    const name = shownSheet(runs, state.sheet)?.name ?? "",
      place = playhead.shownPlace;
    return runs.map(run => {
      const epoch = place === null ? null : run.pictureEpoch(playhead.epochAt(run, place));
      return epoch === null ? null : sheetOf(run.pictures.nearest(epoch), name);
    });
  }

  /** @param {Shown} shown @param {ChartColours} colours */
  drawGrids(shown, colours) {
    const { runs, state, names } = shown;
    const box = this.$("stages"),
      width = box.clientWidth,
      n = runs.length;
    if (!width) return;
    const columns = n === 1 || width < 520 ? 1 : width < 860 ? Math.min(2, n) : n;
    box.style.setProperty("--columns", String(columns));
    const each = Math.floor((width - 14 * (columns - 1)) / columns);
    const room = Math.max(360, window.innerHeight - 370);
    const height = Math.round(n === 1 ? Math.min(500, each * 0.9, room) : Math.min(400, each));
    this.sheets(shown).forEach((sheet, i) => {
      const { grid, caption } = this.grids[i];
      grid.draw(sheet, state.picked, each, height, colours, sheet ? "" : emptyText(runs[i]));
      const epoch = sheet ? `epoch ${number(sheet.epoch)}` : "";
      const single = sheet ? `after ${epoch}` : "";
      write(caption, n > 1 ? [epoch, names[i]].filter(Boolean).join(" · ") : single);
    });
  }

  /** Width of a picture that is shown large. @param {Run[]} runs */
  largeWidth(runs) {
    return this.$("enlarged").clientWidth < 520 ? 96 : runs.length > 1 ? 108 : 190;
  }

  /** Epochs of a run's strip, and its size. @param {Run} run @param {Run[]} runs */
  stripOf(run, runs) {
    const width = Math.max(80, this.$("enlarged").clientWidth - 30 - this.largeWidth(runs) - 16);
    return { width, ...fittingEpochs(run.pictured, width, runs.length > 1 ? 1 : 2) };
  }

  /** @param {Shown} shown @param {string} text where the film stands @param {ChartColours} colours */
  drawEnlarged(shown, text, colours) {
    const { runs, state, playhead } = shown;
    const sheets = this.sheets(shown),
      about = shownSheet(runs, state.sheet),
      place = playhead.shownPlace;
    const n = Math.max(0, ...sheets.map(sheet => sheet?.n ?? 0));
    write(this.$("enlarged-title"), `${about?.title ?? ""}: ${state.picked + 1} of ${n}`);
    write(this.$("enlarged-at"), text);
    runs.forEach((run, i) => {
      const { large, strip } = this.enlarged[i];
      const side = this.largeWidth(runs);
      drawLarge(large, sheets[i], state.picked, side, side * (sheets[i]?.h === 1 ? 0.4 : 1));
      const { width, ...chosen } = this.stripOf(run, runs);
      const epoch = place === null ? null : run.pictureEpoch(playhead.epochAt(run, place));
      /** @param {number} at */
      const sheetAt = at => sheetOf(run.pictures.epochs.get(at), about?.name ?? "");
      strip.draw(chosen, sheetAt, state.picked, epoch ?? -1, width, colours);
    });
  }
}

/** @param {Run} run @returns {string} what stands in place of its pictures */
function emptyText(run) {
  if (!run.status || run.pictured.length) return "";
  return run.live || run.state === "queued" ? "No images yet" : "No images were saved";
}

/** @param {LegendRow} row @param {string} name of the run, "" for a single one */
function legendRow({ run, entries }, name) {
  const shown = entries.map(
    entry => html`<span class="entry">${lineKey(entry)}${entry.label} <output></output></span>`,
  );
  const none = name ? html`<span class="muted">no such curve</span>` : "";
  const title = name ? html`<b title="${run.status?.title}">${name}</b>` : "";
  return html`<div class="row">${title}${shown.length ? shown : none}</div>`;
}
