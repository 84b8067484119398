// @ts-nocheck: no types yet
// The picked chain's visible layer, large: look at it, clamp pixels of it, or draw the image that chains start from.

import { fit, greyPixel, paint } from "./draw.js";

export class Easel {
  // onChange(kind): "clamp" or "drawing" was painted
  constructor(canvas, setup, onChange) {
    this.canvas = canvas;
    this.setup = setup;
    this.d = setup.width * setup.height;
    this.mask = new Uint8Array(this.d);
    this.held = new Uint8Array(this.d);
    this.drawing = new Uint8Array(this.d);
    this.tool = "look"; // look | on | off | free | draw | rub
    this.onChange = onChange;
    let last = null;
    const stroke = event => {
      const point = this.pixel(event);
      const from = last ?? point;
      const steps = Math.max(1, Math.ceil(Math.hypot(point.x - from.x, point.y - from.y) * 2));
      for (let s = 1; s <= steps; s++)
        this.dab(from.x + ((point.x - from.x) * s) / steps, from.y + ((point.y - from.y) * s) / steps);
      last = point;
      onChange(this.tool === "draw" || this.tool === "rub" ? "drawing" : "clamp");
    };
    canvas.addEventListener("pointerdown", event => {
      if (this.tool === "look") return;
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      last = null;
      this.painting = true;
      stroke(event);
    });
    canvas.addEventListener("pointermove", event => {
      this.pointer = this.pixel(event);
      if (this.painting) for (const e of event.getCoalescedEvents?.() ?? [event]) stroke(e);
    });
    const end = () => (this.painting = false);
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener("pointerleave", () => (this.pointer = null));
  }

  pixel(event) {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * this.setup.width,
      y: ((event.clientY - box.top) / box.height) * this.setup.height,
    };
  }

  // a pen as wide as a stroke of a digit: about a twelfth of the image, and no stroke between two pixels is lost
  get radius() {
    return Math.max(0.75, this.setup.width / (this.tool === "draw" ? 16 : 18));
  }

  dab(x, y) {
    const { width: w, height: h } = this.setup;
    const r = this.radius;
    for (let i = Math.max(0, Math.floor(y - r - 1)); i <= Math.min(h - 1, Math.ceil(y + r)); i++)
      for (let j = Math.max(0, Math.floor(x - r - 1)); j <= Math.min(w - 1, Math.ceil(x + r)); j++) {
        const away = Math.hypot(j + 0.5 - x, i + 0.5 - y);
        const cover = Math.max(0, Math.min(1, r + 0.5 - away));
        const at = i * w + j;
        if (this.tool === "draw") this.drawing[at] = Math.max(this.drawing[at], 255 * cover);
        else if (this.tool === "rub") this.drawing[at] = Math.min(this.drawing[at], 255 * (1 - cover));
        else if (cover > 0.35) {
          this.mask[at] = this.tool === "free" ? 0 : 1;
          this.held[at] = this.tool === "on" ? 255 : 0;
        }
      }
  }

  // clamp pixels where `inside(row, column)`, at the values of an image
  hold(grey, inside) {
    for (let i = 0; i < this.d; i++) {
      this.mask[i] = inside(Math.floor(i / this.setup.width), i % this.setup.width) ? 1 : 0;
      this.held[i] = grey[i];
    }
    this.onChange("clamp");
  }

  release() {
    this.mask.fill(0);
    this.onChange("clamp");
  }

  // images as text for the address: one bit per pixel where visibles are binary (as masks are), else four
  write(bytes, per = this.setup.binary ? 1 : 4) {
    const packed = new Uint8Array(Math.ceil((this.d * per) / 8));
    const top = (1 << per) - 1;
    bytes.forEach(
      (value, i) => (packed[(i * per) >> 3] |= Math.round((value / 255) * top) << (8 - per - ((i * per) & 7))),
    );
    return btoa(String.fromCharCode(...packed))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
  }

  // the inverse, its bits per pixel told by its length; false where the text does not fit this image
  read(text, bytes) {
    try {
      const packed = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), c => c.charCodeAt(0));
      const per = [1, 4].find(bits => packed.length === Math.ceil((this.d * bits) / 8));
      if (!per) return false;
      const top = (1 << per) - 1;
      for (let i = 0; i < this.d; i++)
        bytes[i] = (((packed[(i * per) >> 3] >> (8 - per - ((i * per) & 7))) & top) / top) * 255;
      return true;
    } catch {
      return false;
    }
  }

  // what the address carries of the easel
  texts(start) {
    const mask = this.mask.map(m => 255 * m);
    return {
      drawing: start === "drawing" && !this.empty ? this.write(this.drawing) : "",
      held: this.holding ? `${this.write(mask, 1)}.${this.write(this.held)}` : "",
    };
  }

  restore({ drawing, held }) {
    if (drawing) this.read(drawing, this.drawing);
    const [mask, values] = (held || "").split(".");
    const bytes = new Uint8Array(this.d);
    if (values && this.read(mask, bytes) && this.read(values, this.held)) this.mask = bytes.map(m => (m > 127 ? 1 : 0));
  }

  get holding() {
    return this.mask.some(m => m);
  }

  get drawsStart() {
    return this.tool === "draw" || this.tool === "rub";
  }

  get empty() {
    return !this.drawing.some(x => x);
  }

  // `grey`: the image that is looked at; `clamped`: clamped pixels show their values over it and over the drawing
  draw(grey, size, clamped = false) {
    const { width: w, height: h } = this.setup;
    fit(this.canvas, size, (size * h) / w);
    const context = this.canvas.getContext("2d");
    const { width, height } = this.canvas;
    const under = this.drawsStart ? this.drawing : grey;
    const shown = clamped && this.holding ? this.mask.map((m, i) => (m ? this.held[i] : (under?.[i] ?? 0))) : under;
    if (!shown) return;
    paint(context, w, h, greyPixel(shown), 0, 0, width, height);
    this.canvas.style.cursor = this.tool === "look" ? "default" : "crosshair";
    if (this.holding) this.outline(context, width / w, height / h);
    if (this.pointer && this.tool !== "look") {
      context.strokeStyle = "#ff9f1a";
      context.lineWidth = 1.5;
      context.beginPath();
      context.arc((this.pointer.x * width) / w, (this.pointer.y * height) / h, (this.radius * width) / w, 0, 7);
      context.stroke();
    }
  }

  // tint what is held, and draw its border
  outline(context, px, py) {
    const { width: w, height: h } = this.setup;
    context.fillStyle = "rgba(86, 180, 233, 0.28)";
    context.strokeStyle = "#56b4e9";
    context.lineWidth = 2;
    context.beginPath();
    const held = (i, j) => i >= 0 && j >= 0 && i < h && j < w && this.mask[i * w + j];
    for (let i = 0; i < h; i++)
      for (let j = 0; j < w; j++) {
        if (!held(i, j)) continue;
        const x = Math.round(j * px),
          y = Math.round(i * py);
        context.fillRect(x, y, Math.round((j + 1) * px) - x, Math.round((i + 1) * py) - y);
        if (!held(i - 1, j)) context.moveTo(j * px, i * py), context.lineTo((j + 1) * px, i * py);
        if (!held(i + 1, j)) context.moveTo(j * px, (i + 1) * py), context.lineTo((j + 1) * px, (i + 1) * py);
        if (!held(i, j - 1)) context.moveTo(j * px, i * py), context.lineTo(j * px, (i + 1) * py);
        if (!held(i, j + 1)) context.moveTo((j + 1) * px, i * py), context.lineTo((j + 1) * px, (i + 1) * py);
      }
    context.stroke();
  }
}
