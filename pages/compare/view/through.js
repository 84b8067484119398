// One image through all: an example or a drawing; per representation its units, reconstruction and nearest neighbours.

import { isAbort, messageOf, post } from "../../shared/view/api.js";
import { blankCanvas } from "../../shared/view/canvas.js";
import { diverging } from "../../shared/view/colours.js";
import { button, choice } from "../../shared/view/controls.js";
import { context2d, find, part } from "../../shared/view/dom.js";
import { DrawingPad } from "../../shared/view/drawing_pad.js";
import { drawGrey, fitGrey } from "../../shared/view/greys.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { LatestRequest } from "../../shared/view/latest_request.js";
import { countsOf } from "../../shared/view/rows.js";
import { paintThumbs, thumb } from "./thumbs.js";

/** @typedef {import("../../shared/view/types.d.ts").Message} Message */
/** @typedef {import("./player.js").ComparePlayer} ComparePlayer */
/** @typedef {{ key: string, nearest?: number[], class?: number, error?: number, problem?: string }} Row of the route `through` */
/** @typedef {{ keys: string[], row: number, image: Uint8Array<ArrayBuffer> | null }} Question */

const PAD = 208; // CSS pixels
const SIDE = 44;

export class ThroughPanel {
  static name = "image";
  static title = "One image through all";
  static hint = "Pick or draw an image: units, reconstruction and neighbours in every representation";

  /** @param {ComparePlayer} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    const { model } = host;
    this.row = host.selection.focus >= 0 ? host.selection.focus : (host.selection.rows[0] ?? 0);
    put(root, markup(model.size > 0));
    /** @type {DrawingPad | null} */
    this.pad = null;
    this.drawn = false; // what is shown is a drawing
    /** @type {{ answer: Message, question: Question } | null} what is shown */
    this.shown = null;
    this.width = 0; // of the bar codes
    if (model.size) {
      this.pad = new DrawingPad(part(root, "pad", HTMLCanvasElement), model, () => this.onDraw());
      this.pad.tool = host.state.pen;
      const { drawing } = host.state;
      this.drawn = Boolean(drawing) && this.pad.decode(drawing, this.pad.drawing) && !this.pad.empty;
    }
    /** @type {LatestRequest<Question, Message>} */
    this.requests = new LatestRequest(
      ({ keys, row, image }) => this.ask(keys, row, image),
      (answer, question) => this.show(answer, question),
      error => isAbort(error) || host.showError(messageOf(error)),
    );
    root.addEventListener("pointerover", ({ target }) => {
      const over = target instanceof Element ? target.closest("[data-row]") : null;
      if (over instanceof HTMLElement) host.hoverRow(Number(over.dataset.row));
    });
    this.build();
    this.request();
  }

  destroy() {
    this.requests.close();
  }

  /** @param {string[]} keys @param {number} row @param {Uint8Array<ArrayBuffer> | null} image */
  ask(keys, row, image) {
    const { model } = this.host;
    const url = `${model.api}/through`;
    if (!image) return post(url, { of: keys, row });
    return post(url, { of: keys }, { image: { type: "u8", shape: [model.height, model.width], data: image } });
  }

  request() {
    const { host, pad, row } = this;
    const keys = host.chosen.map(({ key }) => key);
    this.requests.request({ keys, row, image: this.drawn && pad ? pad.drawing.slice() : null });
  }

  // -- what is shown ----------------------------------------------------------------------------------

  build() {
    const { host } = this;
    const rows = host.chosen.map(
      (one, i) =>
        html`<div class="through" data-line="${i}"><header><span class="number">${i + 1}</span><b title="${one.title}">${host.model.nameFor(one)}</b></header><div class="units"><canvas data-part="units" title="Each bar a unit: orange above its mean over the examples, blue below"></canvas></div><div class="back"><canvas data-part="back" hidden title="Reconstruction"></canvas></div><div class="thumbs near" data-part="near"></div><p class="note" data-part="says"></p></div>`,
    );
    put(part(this.root, "rows"), rows);
    this.showPad();
  }

  /** @param {Message} answer @param {Question} question */
  show(answer, question) {
    const { host, root } = this;
    const { header, planes } = answer;
    const { keys } = question;
    if (keys.join() !== host.chosen.map(({ key }) => key).join()) return;
    this.shown = { answer, question };
    this.width = this.room;
    /** @type {Row[]} */
    const rows = header.rows;
    const reference = new Set(rows[0].nearest ?? []);
    rows.forEach((row, i) => {
      const line = find(root, `[data-line="${i}"]`);
      const units = planes[`units${i}`]?.data;
      if (units) drawUnits(part(line, "units", HTMLCanvasElement), units);
      const back = part(line, "back", HTMLCanvasElement);
      const grey = planes[`back${i}`]?.data;
      back.hidden = !grey;
      if (grey) {
        fitGrey(back, host.model, 60);
        drawGrey(back, grey, host.model);
      }
      const nearest = row.nearest ?? [];
      const shared = nearest.filter(other => reference.has(other));
      refresh(
        part(line, "near"),
        html`${nearest.map(other => thumb(host.model, other, i && reference.has(other) ? "✓" : "", i && reference.has(other) ? "shared" : ""))}`,
      );
      refresh(part(line, "says"), html`${row.problem ?? this.words(row, i ? shared.length : -1)}`);
    });
    this.paint();
    this.showPad();
    host.reportShown();
  }

  /** CSS pixels that a bar code has. */
  get room() {
    return this.root.querySelector(".units")?.clientWidth ?? 0;
  }

  draw() {
    if (this.shown && this.room !== this.width) this.show(this.shown.answer, this.shown.question);
  }

  /** @param {Row} row @param {number} shared with the reference, -1 for itself */
  words({ nearest = [], class: nearestClass, error }, shared) {
    const { labels, classes } = this.host.model;
    const parts = [shared < 0 ? "reference" : `${shared} of ${nearest.length} shared with the reference`];
    if (labels) {
      const { value: label, count } = countsOf(nearest.map(other => labels[other]))[0] ?? { value: 0, count: 0 };
      parts.push(`${count} of ${nearest.length} neighbours are ${classes[label]}`);
      if (nearestClass !== undefined) parts.push(`nearest class mean: ${classes[nearestClass]}`);
    }
    if (error !== undefined) parts.push(`squared error ${error.toFixed(1)}`);
    return parts.join(" · ");
  }

  paint() {
    paintThumbs(part(this.root, "rows"), this.host.model, SIDE);
  }

  /** The image itself. */
  showPad() {
    const { pad, host, root, row } = this;
    const words = this.drawn ? "Your drawing" : `Example ${host.model.nameOf(row)}`;
    refresh(part(root, "shown"), html`${words}`);
    if (!pad) return;
    const grey = this.drawn ? pad.drawing : host.model.image(row);
    const { tool } = pad;
    if (!this.drawn) pad.tool = "look"; // the example is seen, not the empty drawing
    pad.draw(grey, PAD);
    pad.tool = tool;
    pad.canvas.style.cursor = "crosshair";
  }

  // -- hands --------------------------------------------------------------------------------------------

  onDraw() {
    this.drawn = true;
    this.showPad();
    this.request();
    this.host.syncUrl();
  }

  /** @param {number} row */
  pick(row) {
    this.row = row;
    this.drawn = false;
    this.pad?.drawing.fill(0);
    this.showPad();
    this.request();
    this.host.syncUrl();
  }

  onSelection() {
    const { focus, rows } = this.host.selection;
    if (rows.length) this.pick(focus >= 0 ? focus : rows[0]);
  }

  onReps() {
    this.build();
    this.request();
  }

  /** @param {import("./store.js").What} what */
  onArrival(what) {
    if (what !== "images") return;
    this.paint();
    this.showPad();
  }

  onTheme() {
    this.request();
  }

  /** @param {string} name */
  onAction(name) {
    const { host, pad } = this;
    if (name === "random") {
      const row = Math.floor(Math.random() * host.model.n);
      host.selection.choose([]);
      host.chooseRows([row], false);
    } else if (name === "edit" && pad) {
      const grey = host.model.image(this.row);
      if (grey && !this.drawn) pad.drawing.set(grey);
      this.onDraw();
    } else if (name === "wipe" && pad) {
      pad.drawing.fill(0);
      this.onDraw();
    }
  }

  /** @param {string} name @param {string} value */
  onChoice(name, value) {
    if (name === "pen" && this.pad) this.pad.tool = value === "rub" ? "rub" : "draw";
  }

  /** Neighbours of the image, by representation. */
  table() {
    if (!this.shown) return null;
    const { model, chosen } = this.host;
    /** @type {Row[]} */
    const found = this.shown.answer.header.rows;
    const most = Math.max(...found.map(({ nearest = [] }) => nearest.length));
    const head = [
      "representation",
      "nearest class mean",
      ...Array.from({ length: most }, (_, i) => `neighbour ${i + 1}`),
    ];
    const rows = found.map(({ nearest = [], class: c }, i) => [
      chosen[i].title,
      c === undefined ? "" : model.classes[c],
      ...nearest.map(row => model.nameOf(row)),
    ]);
    return { rows: [head, ...rows], name: "neighbours" };
  }

  keys() {
    return { r: () => this.onAction("random") };
  }

  urlParams() {
    const { pad } = this;
    return { drawing: pad && this.drawn && !pad.empty ? pad.encode(pad.drawing) : "" };
  }
}

/**
 * Units as a bar code, as wide as there is room.
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} units deviations from the mean in spreads
 */
function drawUnits(canvas, units) {
  const width = Math.max(40, canvas.parentElement?.clientWidth ?? 0);
  const context = blankCanvas(canvas, width, 34);
  const rgba = new Uint8ClampedArray(4);
  const bar = width / units.length;
  for (let i = 0; i < units.length; i++) {
    diverging(units[i] / 2.5, rgba, 0);
    context.fillStyle = `rgb(${rgba[0]} ${rgba[1]} ${rgba[2]})`;
    const left = Math.floor(i * bar);
    context.fillRect(left, 0, Math.max(1, Math.ceil((i + 1) * bar) - left - (bar > 5 ? 1 : 0)), 34);
  }
  context2d(canvas).setTransform(1, 0, 0, 1, 0, 0);
}

/** @param {boolean} images */
const markup = images => html`
<div class="image-stage">
  <div class="source">
    ${images && html`<canvas data-part="pad" class="pad" aria-label="Draw here"></canvas>`}
    <p data-part="shown"></p>
    <div class="tools">${button("random", "Random", "Another example (R)")}${
      images &&
      html`${button("edit", "Edit", "Go on from this example with the pen")}${button("wipe", "Clear", "An empty pad")}${choice(
        "pen",
        [
          ["draw", "Draw", "Draw with the pointer"],
          ["rub", "Erase", "Erase with the pointer"],
        ],
        "Pen",
      )}`
    }</div>
    <p class="note">${images ? "Draw on the image, or click any neighbour." : "Click any neighbour."} ✓ marks neighbours shared with the reference. All neighbours are found in the full space.</p>
  </div>
  <div data-part="rows" class="rows"></div>
</div>`;
