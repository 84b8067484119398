// Pictures that a model made after an epoch: a grid of tiles, and one tile through all epochs.

import { blankCanvas, fit, greyPixel, paint, pixelRatio, pointOn, tileGrid } from "../../shared/view/canvas.js";
import { diverging, PICKED } from "../../shared/view/colours.js";
import { context2d } from "../../shared/view/dom.js";
import { drawBlank } from "./plot.js";

/**
 * @typedef {import("../../shared/view/canvas.js").TileGrid} TileGrid
 * @typedef {import("../../shared/view/types.d.ts").PixelPainter} PixelPainter
 * @typedef {import("./types.d.ts").ChartColours} ChartColours
 * @typedef {import("./types.d.ts").EpochPictures} EpochPictures
 * @typedef {import("./types.d.ts").Sheet} Sheet
 */

/** Colours of signed bytes, 128 being zero: blue through white to orange. */
const SIGNED = new Uint8ClampedArray(4 * 256);
for (let value = 0; value < 256; value++) diverging((value - 128) / 127, SIGNED, 4 * value);

/** The sheet of a name among the pictures of an epoch. @param {EpochPictures | null | undefined} pictures @param {string} name @returns {Sheet | null} */
export function sheetOf(pictures, name) {
  const about = pictures?.sheets.find(sheet => sheet.name === name);
  if (!pictures || !about || pictures.planes[name]?.shape.length !== 3) return null;
  const { data, shape } = pictures.planes[name];
  const [n, h, w] = shape;
  return { ...about, data, n, h, w, epoch: pictures.epoch };
}

/** A vector is one row of pixels: drawn a band high, so that it can be seen. @param {Sheet} sheet */
const drawnHeight = ({ h, w }) => (h === 1 ? Math.max(1, Math.min(8, w / 10)) : h);

/**
 * Draw tile k of a sheet into a box.
 * @param {CanvasRenderingContext2D} context
 * @param {Sheet} sheet
 * @param {number} k
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
function drawTile(context, { w, h, data, signed }, k, x, y, width, height) {
  const bytes = data.subarray(k * w * h, (k + 1) * w * h);
  /** @type {PixelPainter} */
  const signedPixel = (rgba, i, at) => {
    for (let c = 0; c < 4; c++) rgba[at + c] = SIGNED[4 * bytes[i] + c];
  };
  paint(context, w, h, signed ? signedPixel : greyPixel(bytes), x, y, width, height);
}

/**
 * The grid with the largest tiles, from the top left corner. Whole rows are worth a little size, and so are even ones
 * (pairs stay together) and pixels that are whole ones of the screen.
 * @param {number} n
 * @param {number} w
 * @param {number} h
 * @param {number} width
 * @param {number} height
 * @param {number} gap
 * @returns {TileGrid}
 */
export function largestGrid(n, w, h, width, height, gap) {
  let best = { columns: 1, zoom: 0, worth: Number.NEGATIVE_INFINITY };
  for (let columns = 1; columns <= n; columns++) {
    const rows = Math.ceil(n / columns);
    let zoom = Math.min((width - gap * (columns + 1)) / columns / w, (height - gap * (rows + 1)) / rows / h);
    const whole = Math.floor(zoom);
    if (whole > 0.8 * zoom && h % 1 === 0) zoom = whole;
    const worth = zoom * (n % columns ? 1 : 1.15) * (columns % 2 ? 1 : 1.1) * (zoom === whole ? 1.1 : 1);
    if (worth > best.worth) best = { columns, zoom, worth };
  }
  return tileGrid(n, best.columns, w * best.zoom, h * best.zoom, gap);
}

/** One sheet as a grid of tiles. */
export class ImageGrid {
  /** @param {HTMLCanvasElement} canvas @param {(k: number) => void} onPick */
  constructor(canvas, onPick) {
    this.canvas = canvas;
    /** @type {TileGrid | null} */
    this.plan = null;
    /** @param {MouseEvent} event */
    const find = event => {
      const { x, y } = pointOn(canvas, event);
      return this.plan?.find(x, y) ?? -1;
    };
    canvas.addEventListener("click", event => {
      const k = find(event);
      if (k >= 0) onPick(k);
    });
    canvas.addEventListener("pointermove", event => {
      canvas.style.cursor = find(event) >= 0 ? "zoom-in" : "default";
    });
  }

  /**
   * @param {Sheet | null} sheet
   * @param {number} picked
   * @param {number} width
   * @param {number} height
   * @param {ChartColours} colours
   * @param {string} empty what is said where there is no sheet
   */
  draw(sheet, picked, width, height, colours, empty) {
    const { canvas } = this,
      ratio = pixelRatio();
    fit(canvas, width, height);
    const context = context2d(canvas);
    context.clearRect(0, 0, canvas.width, canvas.height);
    this.plan = null;
    if (!sheet) {
      if (empty) drawBlank(context, 0.5, 0.5, canvas.width - 1, canvas.height - 1, empty, colours, ratio);
      return;
    }
    const gap = (sheet.n > 100 ? 2 : sheet.n > 30 ? 3 : 5) * ratio;
    const plan = largestGrid(sheet.n, sheet.w, drawnHeight(sheet), canvas.width, canvas.height, gap);
    this.plan = plan;
    for (let k = 0; k < sheet.n; k++) {
      const { x, y } = plan.place(k);
      drawTile(context, sheet, k, x, y, plan.tileW, plan.tileH);
    }
    if (picked < 0 || picked >= sheet.n) return;
    const { x, y } = plan.place(picked);
    const edge = 1.5 * ratio;
    context.strokeStyle = PICKED;
    context.lineWidth = 2.5 * ratio;
    context.strokeRect(x - edge, y - edge, plan.tileW + 2 * edge, plan.tileH + 2 * edge);
  }
}

/**
 * Draw one tile as large as a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {Sheet | null} sheet
 * @param {number} k
 * @param {number} width
 * @param {number} height
 */
export function drawLarge(canvas, sheet, k, width, height) {
  const ratio = pixelRatio();
  fit(canvas, width, height);
  const context = context2d(canvas);
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!sheet || k >= sheet.n) return;
  const h = drawnHeight(sheet);
  const zoom = Math.min((width * ratio) / sheet.w, (height * ratio) / h);
  const wide = sheet.w * zoom,
    high = h * zoom;
  drawTile(context, sheet, k, (canvas.width - wide) / 2, (canvas.height - high) / 2, wide, high);
}

/**
 * Which of the epochs there is room for, the first and the newest among them.
 * @param {number[]} epochs
 * @param {number} width
 * @param {number} rows
 * @returns {{columns: number, epochs: number[]}}
 */
export function fittingEpochs(epochs, width, rows) {
  const columns = Math.max(2, Math.floor(width / 62));
  const most = columns * rows;
  if (epochs.length <= 1.25 * most) return { columns: Math.max(columns, Math.ceil(epochs.length / rows)), epochs };
  const chosen = Array.from({ length: most }, (_, i) => epochs[Math.round((i * (epochs.length - 1)) / (most - 1))]);
  return { columns, epochs: chosen };
}

/** One tile through the epochs, with their numbers below. */
export class EpochStrip {
  /** @param {HTMLCanvasElement} canvas @param {(epoch: number) => void} onSeek */
  constructor(canvas, onSeek) {
    this.canvas = canvas;
    /** @type {number[]} */
    this.epochs = [];
    this.columns = 1;
    this.cell = this.row = 1; // their sizes
    canvas.addEventListener("click", event => {
      const box = canvas.getBoundingClientRect();
      const column = Math.floor((event.clientX - box.left) / this.cell),
        row = Math.floor((event.clientY - box.top) / this.row);
      const epoch = this.epochs[row * this.columns + column];
      if (epoch !== undefined) onSeek(epoch);
    });
  }

  /**
   * @param {{columns: number, epochs: number[]}} chosen
   * @param {(epoch: number) => Sheet | null} sheetAt
   * @param {number} k
   * @param {number} shown the epoch that is marked: the last up to here
   * @param {number} width
   * @param {ChartColours} colours
   */
  draw({ columns, epochs }, sheetAt, k, shown, width, colours) {
    this.epochs = epochs;
    this.columns = columns;
    this.cell = width / columns;
    const size = Math.min(this.cell - 6, 84);
    this.row = size + 22;
    const rows = Math.max(1, Math.ceil(epochs.length / columns));
    const context = blankCanvas(this.canvas, width, rows * this.row);
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "top";
    const marked = epochs.findLastIndex(epoch => epoch <= shown);
    epochs.forEach((epoch, i) => {
      const x = (i % columns) * this.cell + 3,
        y = Math.floor(i / columns) * this.row + 3;
      const sheet = sheetAt(epoch);
      if (sheet && k < sheet.n) {
        const h = drawnHeight(sheet);
        const zoom = Math.min(size / sheet.w, size / h);
        const wide = sheet.w * zoom,
          high = h * zoom;
        drawTile(context, sheet, k, x + (size - wide) / 2, y + (size - high) / 2, wide, high);
      } else {
        context.strokeStyle = colours.grid;
        context.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
      }
      if (i === marked) {
        context.strokeStyle = PICKED;
        context.lineWidth = 2;
        context.strokeRect(x - 1, y - 1, size + 2, size + 2);
        context.lineWidth = 1;
      }
      context.fillStyle = i === marked ? colours.text : colours.quiet;
      context.fillText(epoch.toLocaleString("en-US"), x + size / 2, y + size + 4);
    });
    context.setTransform(1, 0, 0, 1, 0, 0);
  }
}
