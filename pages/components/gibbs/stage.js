// @ts-nocheck: no types yet
// The chains of one lane as tiles, each framed in the colour of the class that it is read as.

import { fit, layout } from "./draw.js";
import { bit } from "./lane.js";

export class Stage {
  constructor(canvas, setup, onPick) {
    this.canvas = canvas;
    this.setup = setup; // height, width, binary, colours, classes
    this.native = document.createElement("canvas");
    this.hovered = -1;
    canvas.addEventListener("pointerdown", event => {
      const k = this.find(event);
      if (k >= 0) onPick(k);
    });
    canvas.addEventListener("pointermove", event => {
      this.hovered = this.find(event);
      canvas.style.cursor = this.hovered >= 0 ? "pointer" : "default";
    });
    canvas.addEventListener("pointerleave", () => (this.hovered = -1));
  }

  find(event) {
    if (!this.plan) return -1;
    const box = this.canvas.getBoundingClientRect();
    const ratio = this.canvas.width / box.width;
    return this.plan.find((event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio);
  }

  draw(frame, n, view, picked, width, height) {
    const { width: w, height: h, colours, classes } = this.setup;
    const ratio = window.devicePixelRatio || 1;
    const gap = (n > 100 ? 4 : n > 16 ? 6 : 8) * ratio;
    const key = `${n} ${width} ${height} ${ratio}`;
    if (key !== this.key) {
      // the grid that fits best, and no taller than its rows
      const { rows, tileH } = layout(n, w, h, width * ratio, height * ratio, gap);
      fit(this.canvas, width, (rows * (tileH + gap) + gap) / ratio);
      this.plan = layout(n, w, h, this.canvas.width, this.canvas.height, gap);
      this.key = key;
    }
    const plan = this.plan;
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (!frame) return;
    this.fillNative(frame, n, view, plan);
    context.imageSmoothingEnabled = false;
    const edge = Math.max(1.5 * ratio, Math.min(gap * 0.4, 4 * ratio));
    for (let k = 0; k < n; k++) {
      const { x, y } = plan.place(k);
      const c = frame.class ? frame.class[k] : -1;
      context.fillStyle = c >= 0 ? colours[c % colours.length] : "#555c66";
      // an unsure reading shows as a faint frame
      context.globalAlpha = c >= 0 ? 0.25 + 0.75 * (frame.confidence[k] / 255) : 1;
      context.fillRect(x - edge, y - edge, plan.tileW + 2 * edge, plan.tileH + 2 * edge);
      context.globalAlpha = 1;
      const nx = (k % plan.columns) * w,
        ny = Math.floor(k / plan.columns) * h;
      context.drawImage(this.native, nx, ny, w, h, x, y, plan.tileW, plan.tileH);
      if (c >= 0 && plan.tileW > 34 * ratio) {
        const size = Math.max(9, Math.min(13, plan.tileW / ratio / 5)) * ratio;
        const text = classes[c].length > 2 ? classes[c].replace(/^\D+/, "") || classes[c].slice(0, 3) : classes[c];
        context.font = `600 ${size}px system-ui, sans-serif`;
        const wide = context.measureText(text).width + 6 * ratio;
        context.fillStyle = colours[c % colours.length];
        context.fillRect(x - edge, y - edge, wide, size + 3 * ratio);
        context.fillStyle = "#0b0f14";
        context.textBaseline = "top";
        context.fillText(text, x - edge + 3 * ratio, y - edge + 2 * ratio);
      }
      if (k === picked || k === this.hovered) {
        context.strokeStyle = k === picked ? "#ff9f1a" : "#8b95a3";
        context.lineWidth = 2.5 * ratio;
        context.strokeRect(
          x - edge - ratio,
          y - edge - ratio,
          plan.tileW + 2 * edge + 2 * ratio,
          plan.tileH + 2 * edge + 2 * ratio,
        );
      }
    }
  }

  fillNative(frame, n, view, plan) {
    const { width: w, height: h } = this.setup;
    const sheetW = plan.columns * w,
      sheetH = plan.rows * h;
    if (this.native.width !== sheetW || this.native.height !== sheetH) {
      this.native.width = sheetW;
      this.native.height = sheetH;
      this.image = null;
    }
    const context = this.native.getContext("2d");
    this.image ??= context.createImageData(sheetW, sheetH);
    const out = new Uint32Array(this.image.data.buffer);
    const tile = new Uint8Array(w * h);
    for (let k = 0; k < n; k++) {
      tileOf(frame, k, view, this.setup, tile);
      const origin = Math.floor(k / plan.columns) * h * sheetW + (k % plan.columns) * w;
      for (let y = 0, i = 0; y < h; y++)
        for (let x = 0; x < w; x++, i++) out[origin + y * sheetW + x] = 0xff000000 | (tile[i] * 0x010101);
    }
    context.putImageData(this.image, 0, 0);
  }
}

// Grey bytes of chain k: the probabilities (means), or the drawn sample
export function tileOf(frame, k, view, setup, out) {
  const d = setup.width * setup.height;
  if (view === "mean" || !setup.binary) {
    const source = view === "mean" ? frame.mean : frame.sample;
    out.set(source.subarray(k * d, (k + 1) * d));
  } else {
    for (let i = 0; i < d; i++) out[i] = bit(frame.sample, k, d, i) * 255;
  }
  return out;
}
