// Style and class: an image's style is inferred, and written in every class; the style is changed for all at once.

import { isAbort, messageOf } from "../../shared/view/api.js";
import { fit, greyPixel, paint, pixelRatio } from "../../shared/view/canvas.js";
import { syncSlider, write } from "../../shared/view/controls.js";
import { context2d, part } from "../../shared/view/dom.js";
import { DrawingPad } from "../../shared/view/drawing_pad.js";
import { drawGrey, fitGrey } from "../../shared/view/greys.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { LatestRequest } from "../../shared/view/latest_request.js";
import { unless } from "../../shared/view/panel.js";
import { normal, seededRandom } from "../../shared/view/random.js";
import { inHundredths, markup, probsMarkup } from "./style_markup.js";
import { chosenAxes, fromLink, MOST, readDrawing, StyleModel, toLink, within } from "./style_model.js";
import { drawGiven, StylePlane } from "./style_plane.js";

/**
 * @typedef {import("./player.js").LabelsView} LabelsView
 * @typedef {import("./types.d.ts").StyleReading} StyleReading
 * @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes
 */

const IMAGE = 168; // CSS pixels
const ROWS = 5;
const GAP = 4;
const SEED = 1; // of the images that are shown at first
const STEP = 0.1; // of a key

export class StyleAndClass {
  static name = "style";
  static title = "Style and class";
  static hint = "Take the style of an image, or of your own drawing, and write every class in it";

  /** @param {LabelsView} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    /** @type {StyleModel | null} */
    this.model = null;
    /** @type {DrawingPad | null} */
    this.pad = null;
    /** @type {StylePlane | null} */
    this.plane = null;
    /** @type {number[]} images, by their places */
    this.rows = [];
    /** @type {Float32Array<ArrayBuffer> | null} a style of the visitor's own */
    this.moved = null;
    this.axes = [0, 1];
    /** @type {StyleReading | null} what the model says of the visitor's drawing */
    this.drawn = null;
    /** @type {Map<number, HTMLCanvasElement[]>} of each image, it in every class */
    this.written = new Map();
    this.leaving = new AbortController();
    /** @type {LatestRequest<Bytes, StyleReading>} */
    this.requests = new LatestRequest(
      image => readDrawing(host.modelUrl, image, this.sizes, this.leaving.signal),
      answer => {
        this.drawn = this.pad?.empty ? null : answer;
        host.requestFrame();
      },
      error => isAbort(error) || host.showError(messageOf(error)),
    );
    put(root, html`<p class="note">Loading the model …</p>`);
    this.load();
  }

  get sizes() {
    const { height = 1, width = 1 } = this.model ?? {};
    return { width, height };
  }

  async load() {
    const { host, root } = this;
    try {
      const model = await StyleModel.load(host.modelUrl, this.leaving.signal);
      if (host.panel !== this) return;
      this.model = model;
      put(root, markup(model));
      this.pad = new DrawingPad(part(root, "pad", HTMLCanvasElement), { ...this.sizes, binary: false }, () =>
        this.changed(),
      );
      this.pad.tool = host.state.pen = "draw";
      this.plane = new StylePlane(part(root, "plane", HTMLCanvasElement), (x, y) =>
        this.set([this.axes[0], x], [this.axes[1], y]),
      );
      this.restore(model, this.pad);
      host.sync();
      host.requestFrame();
    } catch (error) {
      if (isAbort(error) || host.panel !== this) return;
      put(root, html``);
      host.showError(messageOf(error));
    }
  }

  /** What the link says. @param {StyleModel} model @param {DrawingPad} pad */
  restore(model, pad) {
    const { state } = this.host;
    const problems = [];
    const rows = [...new Set(/** @type {number[]} */ (state.rows))].filter(i => i < model.n).slice(0, ROWS);
    if (rows.length < state.rows.length) problems.push(`rows: at most ${ROWS} images, from 0 to ${model.n - 1}`);
    this.rows = rows.length ? rows : model.choose(ROWS, seededRandom(SEED));
    state.row = Math.min(state.row, this.rows.length);
    this.axes = chosenAxes(state.axes, model.order);
    this.moved = state.style.length ? fromLink(state.style, model.d) : null;
    if (state.style.length && !this.moved) problems.push(`style: ${model.d} numbers from 0 to ${200 * MOST}`);
    if (state.sketch && !pad.decode(state.sketch, pad.drawing)) {
      problems.push(`sketch: no image of ${model.width} × ${model.height} pixels`);
      state.sketch = "";
    }
    if (problems.length) this.host.showError(`The link was not used in full: ${problems.join("; ")}.`);
    this.request();
  }

  // -- what is shown --------------------------------------------------------------------------------

  get isOwn() {
    return this.host.state.whose === "own";
  }

  /** The place of the image whose style is taken. */
  get at() {
    return this.rows[this.host.state.row - 1];
  }

  /** What the model says of the image; null of a drawing that is not there. @returns {StyleReading | null} */
  get reading() {
    return this.isOwn ? this.drawn : (this.model?.readings[this.at] ?? null);
  }

  /** The style in which every class is written. @returns {ArrayLike<number>} */
  get style() {
    return this.moved ?? this.reading?.style ?? new Float32Array(this.model?.d ?? 0);
  }

  /** Another style than the one that was inferred. @param {Float32Array<ArrayBuffer> | null} style */
  move(style) {
    const numbers = style ? toLink(style).split(".").map(Number) : [];
    this.moved = style && fromLink(numbers, style.length); // as the link will bring it back
    this.host.state.style = numbers;
    this.host.requestFrame();
    this.host.syncUrl();
  }

  /** @param {[number, number][]} values numbers of the style, by their places */
  set(...values) {
    const style = Float32Array.from(this.style);
    for (const [i, x] of values) style[i] = within(x);
    this.move(style);
  }

  request() {
    const { pad } = this;
    if (!this.isOwn || !pad || pad.empty) return;
    const image = new Uint8Array(pad.drawing.length);
    pad.decode(pad.encode(pad.drawing), image); // as the link will bring it back
    this.requests.request(image);
  }

  /** Another drawing of the visitor's. */
  changed() {
    const { pad } = this;
    if (!pad) return;
    if (pad.empty) this.drawn = null;
    Object.assign(this.host.state, { sketch: pad.empty ? "" : pad.encode(pad.drawing), style: [] });
    this.moved = null;
    this.request();
    this.host.requestFrame();
    this.host.syncUrl();
  }

  // -- what is drawn --------------------------------------------------------------------------------

  draw() {
    const { model, pad, root } = this;
    if (!model || !pad) return;
    const image = part(root, "image", HTMLCanvasElement);
    image.hidden = this.isOwn;
    part(root, "own-box").hidden = !this.isOwn;
    if (this.isOwn) pad.draw(null, IMAGE);
    else {
      fitGrey(image, model, IMAGE);
      drawGrey(image, model.images[this.at], model);
    }
    write(part(root, "which"), this.words(model));
    refresh(part(root, "probs"), probsMarkup(model.classes, this.reading?.probs ?? null));
    this.drawRows(model);
    this.plane?.draw(model, this.axes, this.style);
    for (const [name, axis] of [
      ["across", 0],
      ["up", 1],
    ])
      part(root, String(name), HTMLSelectElement).value = String(this.axes[Number(axis)]);
    for (const i of model.order) syncSlider(root, `z${i}`, this.style[i], inHundredths(this.style[i]));
    drawGiven(root, model);
    this.host.reportShown();
  }

  /** @param {StyleModel} model */
  words(model) {
    const { reading } = this;
    if (!reading) return "Draw a digit, or whatever the model knows.";
    const most = Math.max(...reading.probs);
    const takes = `taken for ${model.classes[Array.from(reading.probs).indexOf(most)]}`;
    return this.isOwn
      ? `your drawing, ${takes}`
      : `a test image of class ${model.classes[model.labels[this.at]]}, ${takes}`;
  }

  /** @param {StyleModel} model */
  drawRows(model) {
    const { root, rows } = this;
    const k = model.classes.length;
    const room = part(root, "scrolls").clientWidth - 12;
    const tile = Math.max(20, Math.min(84, Math.floor((room - k * GAP - 16) / (k + 1))));
    const own = this.isOwn ? [-1] : [];
    refresh(
      part(root, "rows"),
      [...own, ...rows].map(at => {
        const label = at < 0 ? "your drawing" : `image of class ${model.classes[model.labels[at]]}`;
        const title = at < 0 ? "Your drawing" : `Take the style of this ${label}`;
        return html`<button type="button" data-do="take" value="${at}" title="${title}" aria-label="${label} in every class"><canvas data-part="row-${at}"></canvas></button>`;
      }),
    );
    for (const at of [...own, ...rows]) {
      const chosen = this.isOwn ? at < 0 : at === this.at;
      const first = at < 0 ? (this.pad?.drawing ?? new Uint8Array(0)) : model.images[at];
      const canvas = part(root, `row-${at}`, HTMLCanvasElement);
      canvas.parentElement?.setAttribute("aria-pressed", String(chosen));
      const pictures = chosen ? this.pictures(this.style) : this.picturesOf(at);
      fit(canvas, (k + 1) * tile + k * GAP + 8, (tile * model.height) / model.width);
      const context = context2d(canvas);
      context.clearRect(0, 0, canvas.width, canvas.height);
      const ratio = pixelRatio();
      const side = Math.round(tile * ratio);
      paint(context, model.width, model.height, greyPixel(first), 0, 0, side, canvas.height);
      pictures.forEach((picture, j) => {
        const x = Math.round(((j + 1) * (tile + GAP) + 8) * ratio);
        context.imageSmoothingEnabled = false;
        context.drawImage(picture, x, 0, side, canvas.height);
      });
    }
  }

  /** A style in every class. @param {ArrayLike<number>} style @returns {HTMLCanvasElement[]} */
  pictures(style) {
    const { model } = this;
    return (model?.writeAll(style) ?? []).map(greys => {
      const canvas = document.createElement("canvas");
      canvas.width = this.sizes.width;
      canvas.height = this.sizes.height;
      drawGrey(canvas, greys, this.sizes);
      return canvas;
    });
  }

  /** Those of an image's own style, written once. @param {number} at */
  picturesOf(at) {
    let found = this.written.get(at);
    if (!found && this.model) {
      found = this.pictures(this.model.readings[at].style);
      this.written.set(at, found);
    }
    return found ?? [];
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    const { host, model, pad } = this;
    if (!model || !pad) return;
    if (name === "take" && Number(button.value) >= 0) {
      Object.assign(host.state, { whose: "image", row: this.rows.indexOf(Number(button.value)) + 1 });
      this.move(null);
      host.sync();
    }
    if (name === "others") this.others(model);
    if (name === "own-style") this.move(null);
    if (name === "random") this.move(Float32Array.from({ length: model.d }, () => within(normal(Math.random))));
    if (name === "clear") {
      pad.drawing.fill(0);
      this.changed();
    }
  }

  /** @param {StyleModel} model */
  others(model) {
    this.rows = model.choose(ROWS, Math.random);
    Object.assign(this.host.state, { rows: this.rows, whose: "image", row: 1 });
    this.move(null);
    this.host.sync();
  }

  /** @param {string} name @param {string} value */
  onChoice(name, value) {
    if (name === "pen" && this.pad) this.pad.tool = /** @type {"draw" | "rub"} */ (value);
    if (name === "whose") {
      this.move(null);
      this.request();
    }
  }

  /** @param {string} name @param {number} value */
  onSlide(name, value) {
    this.set([Number(name.slice(1)), value]);
  }

  /** @param {string} name @param {string} value */
  onSelect(name, value) {
    const [a, b] = this.axes;
    const i = Number(value);
    if (name === "across") this.axes = [i, i === b ? a : b];
    if (name === "up") this.axes = [i === a ? b : a, i];
    this.host.state.axes = this.axes.map(axis => axis + 1);
    this.host.requestFrame();
    this.host.syncUrl();
  }

  keys() {
    const { model, style } = this;
    const [a, b] = this.axes;
    if (!model) return {};
    return {
      n: () => this.others(model),
      ArrowLeft: () => this.set([a, style[a] - STEP]),
      ArrowRight: () => this.set([a, style[a] + STEP]),
      ArrowUp: () => this.set([b, style[b] + STEP]),
      ArrowDown: () => this.set([b, style[b] - STEP]),
    };
  }

  destroy() {
    this.leaving.abort();
    this.requests.close();
  }

  /** @returns {import("../../shared/view/types.d.ts").UrlParams} */
  urlParams() {
    const { model } = this;
    const { row, sketch, whose } = this.host.state;
    if (!model) return {}; // what the link says stands until the model is there
    const usual = model.choose(ROWS, seededRandom(SEED)).join(".");
    const axes = this.axes.map(i => i + 1).join(".");
    return {
      rows: unless(this.rows.join("."), usual),
      row: unless(row, 1),
      whose: unless(whose, "image"),
      sketch,
      style: this.moved ? toLink(this.moved) : "",
      axes: unless(
        axes,
        model.order
          .slice(0, 2)
          .map(i => i + 1)
          .join("."),
      ),
    };
  }
}
