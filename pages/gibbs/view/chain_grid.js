// The chains of one sampler as tiles, each framed in the colour of the class that it is read as.

import { bit } from "../../shared/view/bits.js";
import { fit, layout, pixelRatio, pointOn } from "../../shared/view/canvas.js";
import { HOVERED, PICKED } from "../../shared/view/colours.js";
import { context2d } from "../../shared/view/dom.js";

/**
 * @typedef {import("../../shared/view/canvas.js").TileGrid} TileGrid
 * @typedef {import("./types.d.ts").Frame} Frame
 * @typedef {import("./types.d.ts").GibbsData} GibbsData
 * @typedef {import("./types.d.ts").Images} Images
 * @typedef {"mean" | "sample"} View
 */

const NO_CLASS = "#555c66";

export class ChainGrid {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {GibbsData} data
   * @param {(chain: number) => void} onPick
   * @param {() => void} onHover
   */
  constructor(canvas, data, onPick, onHover) {
    this.canvas = canvas;
    this.data = data;
    this.hovered = -1;
    this.key = ""; // what the plan is for
    /** @type {TileGrid | null} */
    this.plan = null;
    this.sheet = document.createElement("canvas"); // all tiles in their own pixels
    /** @type {ImageData | null} */
    this.image = null;
    const hover = (/** @type {number} */ chain) => {
      if (chain === this.hovered) return;
      this.hovered = chain;
      canvas.style.cursor = chain >= 0 ? "pointer" : "default";
      onHover();
    };
    canvas.addEventListener("pointerdown", event => {
      const chain = this.find(event);
      if (chain >= 0) onPick(chain);
    });
    canvas.addEventListener("pointermove", event => hover(this.find(event)));
    canvas.addEventListener("pointerleave", () => hover(-1));
  }

  /** @param {MouseEvent} event @returns {number} the chain there, -1 for none */
  find(event) {
    const { x, y } = pointOn(this.canvas, event);
    return this.plan?.find(x, y) ?? -1;
  }

  /**
   * @param {Frame | undefined} frame
   * @param {number} n chains
   * @param {View} view
   * @param {number} picked chain, -1 for none
   * @param {number} width in CSS pixels
   * @param {number} height at most
   */
  draw(frame, n, view, picked, width, height) {
    const ratio = pixelRatio();
    const gap = (n > 100 ? 4 : n > 16 ? 6 : 8) * ratio;
    const plan = this.planFor(n, width, height, ratio, gap);
    const context = context2d(this.canvas);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (!frame) return;
    this.fillSheet(frame, n, view, plan);
    context.imageSmoothingEnabled = false;
    const edge = Math.max(1.5 * ratio, Math.min(gap * 0.4, 4 * ratio));
    for (let k = 0; k < n; k++) this.drawTile(context, frame, k, plan, edge, ratio);
    if (this.hovered >= 0 && this.hovered < n && this.hovered !== picked)
      outline(context, plan, this.hovered, edge, ratio, HOVERED);
    if (picked >= 0 && picked < n) outline(context, plan, picked, edge, ratio, PICKED);
  }

  /**
   * The grid that fits best, and no taller than its rows.
   * @param {number} n
   * @param {number} width
   * @param {number} height
   * @param {number} ratio
   * @param {number} gap
   */
  planFor(n, width, height, ratio, gap) {
    const key = `${n} ${width} ${height} ${ratio}`;
    if (this.plan && key === this.key) return this.plan;
    const { width: w, height: h } = this.data;
    const { rows, tileH } = layout(n, w, h, width * ratio, height * ratio, gap);
    fit(this.canvas, width, (rows * (tileH + gap) + gap) / ratio);
    this.key = key;
    this.plan = layout(n, w, h, this.canvas.width, this.canvas.height, gap);
    return this.plan;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Frame} frame
   * @param {number} k
   * @param {TileGrid} plan
   * @param {number} edge width of the frame
   * @param {number} ratio
   */
  drawTile(context, frame, k, plan, edge, ratio) {
    const { width: w, height: h, colours, classes } = this.data;
    const { x, y } = plan.place(k);
    const c = frame.class ? frame.class[k] : -1;
    const colour = c >= 0 ? colours[c % colours.length] : NO_CLASS;
    context.fillStyle = colour;
    // an unsure reading shows as a faint frame
    context.globalAlpha = c >= 0 && frame.confidence ? 0.25 + 0.75 * (frame.confidence[k] / 255) : 1;
    context.fillRect(x - edge, y - edge, plan.tileW + 2 * edge, plan.tileH + 2 * edge);
    context.globalAlpha = 1;
    const column = k % plan.columns,
      row = Math.floor(k / plan.columns);
    context.drawImage(this.sheet, column * w, row * h, w, h, x, y, plan.tileW, plan.tileH);
    if (c < 0 || plan.tileW <= 34 * ratio) return;
    const size = Math.max(9, Math.min(13, plan.tileW / ratio / 5)) * ratio;
    const text = shortClass(classes[c]);
    context.font = `600 ${size}px system-ui, sans-serif`;
    context.fillStyle = colour;
    context.fillRect(x - edge, y - edge, context.measureText(text).width + 6 * ratio, size + 3 * ratio);
    context.fillStyle = "#0b0f14";
    context.textBaseline = "top";
    context.fillText(text, x - edge + 3 * ratio, y - edge + 2 * ratio);
  }

  /** @param {Frame} frame @param {number} n @param {View} view @param {TileGrid} plan */
  fillSheet(frame, n, view, plan) {
    const { width: w, height: h } = this.data;
    const sheetW = plan.columns * w,
      sheetH = plan.rows * h;
    if (this.sheet.width !== sheetW || this.sheet.height !== sheetH) {
      this.sheet.width = sheetW;
      this.sheet.height = sheetH;
      this.image = null;
    }
    const context = context2d(this.sheet);
    this.image ??= context.createImageData(sheetW, sheetH);
    const out = new Uint32Array(this.image.data.buffer);
    const tile = new Uint8Array(w * h);
    for (let k = 0; k < n; k++) {
      greyTile(frame, k, view, this.data, tile);
      const origin = Math.floor(k / plan.columns) * h * sheetW + (k % plan.columns) * w;
      for (let y = 0, i = 0; y < h; y++)
        for (let x = 0; x < w; x++, i++) out[origin + y * sheetW + x] = 0xff000000 | (tile[i] * 0x010101);
    }
    context.putImageData(this.image, 0, 0);
  }
}

/** @param {string} name of a class @returns {string} what fits on a tile: its number, or its first letters */
export const shortClass = name => (name.length > 2 ? name.replace(/^\D+/, "") || name.slice(0, 3) : name);

/**
 * @param {CanvasRenderingContext2D} context
 * @param {TileGrid} plan
 * @param {number} k
 * @param {number} edge
 * @param {number} ratio
 * @param {string} colour
 */
function outline(context, plan, k, edge, ratio, colour) {
  const { x, y } = plan.place(k);
  const out = edge + ratio;
  context.strokeStyle = colour;
  context.lineWidth = 2.5 * ratio;
  context.strokeRect(x - out, y - out, plan.tileW + 2 * out, plan.tileH + 2 * out);
}

/**
 * Grey levels of chain k: the probabilities (means), or the sampled state.
 * @param {Frame} frame
 * @param {number} k
 * @param {View} view
 * @param {Images} images
 * @param {Uint8Array} [out] is filled
 */
export function greyTile(frame, k, view, { width, height, binary }, out = new Uint8Array(width * height)) {
  const d = width * height;
  if (view === "sample" && binary) for (let i = 0; i < d; i++) out[i] = bit(frame.sample, k, d, i) * 255;
  else out.set((view === "mean" ? frame.mean : frame.sample).subarray(k * d, (k + 1) * d));
  return out;
}
