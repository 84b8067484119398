// All units of a layer along a text, those that change slowly first; above them one unit's curve.

import { blankCanvas, pixelRatio } from "../../shared/view/canvas.js";
import { write } from "../../shared/view/controls.js";
import { context2d, part } from "../../shared/view/dom.js";
import { html, put } from "../../shared/view/html.js";

export const HIGH = "232, 89, 12",
  LOW = "28, 126, 214"; // towards 1, towards -1
const CURVE = 74, // CSS pixels of the curve
  GAP = 6;
const TOP = CURVE + GAP;

/** @typedef {import("./unit_activity.js").UnitActivity} UnitActivity */
/** @typedef {{ at: number, layer: number, unit: number, target: Float32Array | null }} StripView what is marked, and followed */

export class UnitStrip {
  /**
   * @param {HTMLElement} root
   * @param {{ onChoose: (row: number, token: number) => void, onPoint: (row: number, token: number) => void }} events with
   *   the row of the strip, -1 above it; the token is -1 where the pointer has left
   */
  constructor(root, { onChoose, onPoint }) {
    put(
      root,
      html`<figure class="strip"><figcaption data-part="strip-says"></figcaption><div data-part="holder"><canvas data-part="strip" role="img" aria-label="Activation of all units along the text; click to select a unit"></canvas></div><figcaption data-part="strip-hover"></figcaption></figure>`,
    );
    this.root = root;
    this.canvas = part(root, "strip", HTMLCanvasElement);
    /** @type {UnitActivity | null} */
    this.activity = null;
    /** @type {number[]} units from top to bottom, none before they are drawn */
    this.order = [];
    /** @type {{ layer: number, image: HTMLCanvasElement } | null} a pixel for each token and unit */
    this.heat = null;
    this.dirty = true;
    this.drawn = "";
    this.canvas.addEventListener("pointermove", event => this.order.length && onPoint(...this.placeOf(event)));
    this.canvas.addEventListener("pointerleave", () => onPoint(-1, -1));
    this.canvas.addEventListener("click", event => this.order.length && onChoose(...this.placeOf(event)));
  }

  /** @param {UnitActivity} activity of another text */
  setActivity(activity) {
    this.activity = activity;
    this.heat = null;
    this.dirty = true;
  }

  /** @param {string} text */
  describe(text) {
    write(part(this.root, "strip-says"), text);
  }

  /** @param {string} text */
  describePointer(text) {
    write(part(this.root, "strip-hover"), text);
  }

  /** CSS pixels of the strip. */
  get height() {
    return Math.max(110, Math.min(300, 2 * (this.activity?.width ?? 0)));
  }

  /** @param {MouseEvent} event @returns {[number, number]} row of the strip, -1 above it, and token */
  placeOf(event) {
    const { length, width } = this.activity ?? { length: 1, width: 1 };
    /** @param {number} x @param {number} most */
    const clamp = (x, most) => Math.max(0, Math.min(most, Math.floor(x)));
    const token = clamp((event.offsetX / this.canvas.clientWidth) * length, length - 1);
    const row = clamp(((event.offsetY - TOP) / this.height) * width, width - 1);
    return [event.offsetY < CURVE + GAP / 2 ? -1 : row, token];
  }

  /**
   * @param {StripView} view
   * @param {string} ink
   */
  draw(view, ink) {
    const { activity } = this;
    if (!activity) return;
    const width = Math.max(200, part(this.root, "holder").clientWidth),
      { image } = this.heatOf(activity, view.layer);
    const key = `${view.at} ${width} ${ink}`;
    if (!this.dirty && this.drawn === key) return;
    this.dirty = false;
    this.drawn = key;
    const { length } = activity,
      { height, order } = this,
      ratio = pixelRatio(),
      context = blankCanvas(this.canvas, width, TOP + height);
    this.drawCurve(context, activity, view, width, ink);
    context.imageSmoothingEnabled = activity.width > height * ratio || length > width * ratio;
    context.drawImage(image, 0, TOP, width, height);
    const row = order.indexOf(view.unit),
      high = Math.max(2, height / activity.width);
    context.strokeStyle = ink;
    context.lineWidth = 1;
    context.strokeRect(0.5, TOP + (row * height) / activity.width - 0.5, width - 1, high + 1);
    context.globalAlpha = 0.6;
    context.strokeRect((view.at * width) / length - 0.5, 0.5, Math.max(1, width / length) + 1, TOP + height - 1);
    context.globalAlpha = 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
  }

  /**
   * The curve of one unit: its two signs in two colours; grey below it, what is followed.
   * @param {CanvasRenderingContext2D} context
   * @param {UnitActivity} activity
   * @param {StripView} view
   * @param {number} width
   * @param {string} ink
   */
  drawCurve(context, activity, { layer, unit, target }, width, ink) {
    const { length } = activity;
    /** @param {number} i */
    const x = i => (i * width) / length;
    /** @param {number} h */
    const y = h => 4 + ((CURVE - 8) * (1 - h)) / 2;
    context.fillStyle = ink;
    context.globalAlpha = 0.2;
    target?.forEach((v, i) => context.fillRect(x(i), y(-1 + 2 * v), x(i + 1) - x(i), y(-1) - y(-1 + 2 * v)));
    context.globalAlpha = 0.3;
    context.fillRect(0, y(0) - 0.5, width, 1);
    context.globalAlpha = 1;
    for (const positive of [true, false]) {
      context.save();
      context.beginPath();
      context.rect(0, positive ? 0 : y(0), width, positive ? y(0) : CURVE);
      context.clip();
      context.strokeStyle = `rgb(${positive ? HIGH : LOW})`;
      context.lineWidth = 1.6;
      context.lineJoin = "round";
      context.beginPath();
      for (let i = 0; i < length; i++) context.lineTo(x(i + 0.5), y(activity.at(i, layer, unit)));
      context.stroke();
      context.restore();
    }
  }

  /** The units of a layer in order, as an image. @param {UnitActivity} activity @param {number} layer */
  heatOf(activity, layer) {
    if (this.heat?.layer === layer) return this.heat;
    const { length, width } = activity,
      image = document.createElement("canvas");
    this.order = activity.slowestFirst(layer);
    image.width = length;
    image.height = width;
    const context = context2d(image),
      pixels = context.createImageData(length, width),
      [high, low] = [HIGH, LOW].map(colour => colour.split(",").map(Number));
    this.order.forEach((unit, row) => {
      for (let i = 0; i < length; i++) {
        const h = activity.at(i, layer, unit);
        pixels.data.set([...(h < 0 ? low : high), 255 * Math.min(1, Math.abs(h))], 4 * (row * length + i));
      }
    });
    context.putImageData(pixels, 0, 0);
    this.heat = { layer, image };
    return this.heat;
  }
}
