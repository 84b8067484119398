// An image to draw on, large, with a mask of pixels that shall be clamped.

import { fit, greyPixel, paint } from "./canvas.js";
import { PICKED } from "./colours.js";
import { context2d } from "./dom.js";
import { packImage, unpackImage } from "./packed_image.js";

/**
 * @typedef {import("./types.d.ts").Bytes} Bytes
 * @typedef {{width: number, height: number, binary: boolean, pen?: number}} ImageSize `binary`: pixels are black or
 *   white; `pen`: radius of the pen in pixels, where it is not as wide as a stroke of a digit
 * @typedef {"look" | "on" | "off" | "free" | "draw" | "rub"} Tool clamp pixels on or off, let them free; draw or rub out
 * @typedef {{x: number, y: number}} Point in pixels of the image
 */

export class DrawingPad {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {ImageSize} size
   * @param {(what: "clamp" | "drawing") => void} onChange
   */
  constructor(canvas, size, onChange) {
    this.canvas = canvas;
    this.size = size;
    this.onChange = onChange;
    const d = size.width * size.height;
    /** @type {Bytes} grey levels */
    this.drawing = new Uint8Array(d);
    /** @type {Bytes} 1 where a pixel is clamped */
    this.mask = new Uint8Array(d);
    /** @type {Bytes} the grey level that it is clamped at */
    this.clamped = new Uint8Array(d);
    /** @type {Tool} */
    this.tool = "look";
    /** @type {Point | null} */
    this.pointer = null;
    this.listen();
  }

  listen() {
    const { canvas } = this;
    /** @type {Point | null} where the stroke was last */
    let last = null;
    let painting = false;
    /** @param {PointerEvent} event */
    const stroke = event => {
      const point = this.pointOf(event);
      this.strokeTo(last ?? point, point);
      last = point;
      this.onChange(this.drawsImage ? "drawing" : "clamp");
    };
    canvas.addEventListener("pointerdown", event => {
      if (this.tool === "look") return;
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      last = null;
      painting = true;
      stroke(event);
    });
    canvas.addEventListener("pointermove", event => {
      this.pointer = this.pointOf(event);
      if (painting) for (const part of event.getCoalescedEvents?.() ?? [event]) stroke(part);
    });
    const end = () => {
      painting = false;
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener("pointerleave", () => {
      this.pointer = null;
    });
  }

  /** @param {PointerEvent} event @returns {Point} */
  pointOf(event) {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * this.size.width,
      y: ((event.clientY - box.top) / box.height) * this.size.height,
    };
  }

  /** A pen as wide as a stroke of a digit: about a twelfth of the image, and no stroke between two pixels is lost. */
  get radius() {
    if (this.size.pen && this.tool === "draw") return this.size.pen;
    return Math.max(0.75, this.size.width / (this.tool === "draw" ? 16 : 18));
  }

  /** Whether the tool draws the image, and clamps nothing. */
  get drawsImage() {
    return this.tool === "draw" || this.tool === "rub";
  }

  get hasMask() {
    return this.mask.some(m => m);
  }

  get empty() {
    return !this.drawing.some(x => x);
  }

  /** @param {Point} from @param {Point} to */
  strokeTo(from, to) {
    const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) * 2));
    for (let s = 1; s <= steps; s++)
      this.dab(from.x + ((to.x - from.x) * s) / steps, from.y + ((to.y - from.y) * s) / steps);
  }

  /** @param {number} x @param {number} y */
  dab(x, y) {
    const { width: w, height: h } = this.size;
    const r = this.radius;
    for (let i = Math.max(0, Math.floor(y - r - 1)); i <= Math.min(h - 1, Math.ceil(y + r)); i++)
      for (let j = Math.max(0, Math.floor(x - r - 1)); j <= Math.min(w - 1, Math.ceil(x + r)); j++) {
        const cover = Math.max(0, Math.min(1, r + 0.5 - Math.hypot(j + 0.5 - x, i + 0.5 - y)));
        const at = i * w + j;
        if (this.tool === "draw") this.drawing[at] = Math.max(this.drawing[at], 255 * cover);
        else if (this.tool === "rub") this.drawing[at] = Math.min(this.drawing[at], 255 * (1 - cover));
        else if (cover > 0.35) {
          this.mask[at] = this.tool === "free" ? 0 : 1;
          this.clamped[at] = this.tool === "on" ? 255 : 0;
        }
      }
  }

  /**
   * Clamp pixels at the values of an image.
   * @param {ArrayLike<number>} grey
   * @param {(row: number, column: number) => boolean} inside
   */
  clampWhere(grey, inside) {
    const { width } = this.size;
    for (let i = 0; i < this.mask.length; i++) {
      this.mask[i] = inside(Math.floor(i / width), i % width) ? 1 : 0;
      this.clamped[i] = grey[i];
    }
    this.onChange("clamp");
  }

  release() {
    this.mask.fill(0);
    this.onChange("clamp");
  }

  // -- links ----------------------------------------------------------------------------------------

  /** @param {ArrayLike<number>} bytes @param {number} [bits] a pixel: 1 where it is black or white, else 4 @returns {string} */
  encode(bytes, bits = this.size.binary ? 1 : 4) {
    return packImage(bytes, bits);
  }

  /** @param {string} text @param {Bytes} bytes are filled @returns {boolean} whether the text fits this image */
  decode(text, bytes) {
    return unpackImage(text, bytes);
  }

  /** What a link says of the pad: the drawing where chains start there, and the clamped pixels. @param {string} start */
  urlParams(start) {
    const mask = this.mask.map(m => 255 * m);
    return {
      drawing: start === "drawing" && !this.empty ? this.encode(this.drawing) : "",
      held: this.hasMask ? `${this.encode(mask, 1)}.${this.encode(this.clamped)}` : "",
    };
  }

  /** @param {{drawing: string, held: string}} link */
  restore({ drawing, held }) {
    if (drawing) this.decode(drawing, this.drawing);
    const [mask, values] = (held || "").split(".");
    const bytes = new Uint8Array(this.mask.length);
    if (values && this.decode(mask, bytes) && this.decode(values, this.clamped))
      this.mask = bytes.map(m => (m > 127 ? 1 : 0));
  }

  // -- what is drawn --------------------------------------------------------------------------------

  /**
   * @param {ArrayLike<number> | null} grey the image that is looked at
   * @param {number} width in CSS pixels
   * @param {boolean} withClamped whether clamped pixels show their values over it and over the drawing
   */
  draw(grey, width, withClamped = false) {
    const { width: w, height: h } = this.size;
    fit(this.canvas, width, (width * h) / w);
    const context = context2d(this.canvas);
    const under = this.drawsImage ? this.drawing : grey;
    const image =
      withClamped && this.hasMask ? this.mask.map((m, i) => (m ? this.clamped[i] : (under?.[i] ?? 0))) : under;
    if (!image) return;
    const zoomX = this.canvas.width / w,
      zoomY = this.canvas.height / h;
    paint(context, w, h, greyPixel(image), 0, 0, this.canvas.width, this.canvas.height);
    this.canvas.style.cursor = this.tool === "look" ? "default" : "crosshair";
    if (this.hasMask) this.outlineMask(context, zoomX, zoomY);
    if (this.pointer && this.tool !== "look") {
      context.strokeStyle = PICKED;
      context.lineWidth = 1.5;
      context.beginPath();
      context.arc(this.pointer.x * zoomX, this.pointer.y * zoomY, this.radius * zoomX, 0, 7);
      context.stroke();
    }
  }

  /**
   * Tint the clamped pixels, and draw their border.
   * @param {CanvasRenderingContext2D} context
   * @param {number} zoomX
   * @param {number} zoomY
   */
  outlineMask(context, zoomX, zoomY) {
    const { width: w, height: h } = this.size;
    context.fillStyle = "rgba(86, 180, 233, 0.28)";
    context.strokeStyle = "#56b4e9";
    context.lineWidth = 2;
    context.beginPath();
    /** @param {number} i @param {number} j */
    const clamped = (i, j) => i >= 0 && j >= 0 && i < h && j < w && this.mask[i * w + j] > 0;
    /** @param {number} j @param {number} i @param {number} toJ @param {number} toI */
    const edge = (j, i, toJ, toI) => {
      context.moveTo(j * zoomX, i * zoomY);
      context.lineTo(toJ * zoomX, toI * zoomY);
    };
    for (let i = 0; i < h; i++)
      for (let j = 0; j < w; j++) {
        if (!clamped(i, j)) continue;
        const x = Math.round(j * zoomX),
          y = Math.round(i * zoomY);
        context.fillRect(x, y, Math.round((j + 1) * zoomX) - x, Math.round((i + 1) * zoomY) - y);
        if (!clamped(i - 1, j)) edge(j, i, j + 1, i);
        if (!clamped(i + 1, j)) edge(j, i + 1, j + 1, i + 1);
        if (!clamped(i, j - 1)) edge(j, i, j, i + 1);
        if (!clamped(i, j + 1)) edge(j + 1, i, j + 1, i + 1);
      }
    context.stroke();
  }
}
