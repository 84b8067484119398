// @ts-nocheck: no types yet
// Pictures that a model made after an epoch: a grid of tiles, and one tile through all epochs.

import { fit } from "../shared/canvas.js";
import { diverging } from "../shared/colours.js";
import { blank } from "./plot.js";

// bytes to colours: grey levels, or blue through white (128 is zero) to orange
const GREY = Uint32Array.from({ length: 256 }, (_, value) => 0xff000000 | (value * 0x010101));
const SIGNED = new Uint32Array(256);
{
  const bytes = new Uint8ClampedArray(SIGNED.buffer);
  for (let value = 0; value < 256; value++) diverging((value - 128) / 127, bytes, value * 4);
}

/** @type {HTMLCanvasElement | undefined} made where first painted on */
let scratch;

// The sheet called `name` among the pictures of an epoch: {title, signed, about, data, n, h, w} or null
export function sheetOf(pictures, name) {
  const about = pictures?.sheets.find(sheet => sheet.name === name);
  const plane = about && pictures.planes[name];
  if (!plane || plane.shape.length !== 3) return null;
  const [n, h, w] = plane.shape;
  return { ...about, data: plane.data, n, h, w, epoch: pictures.epoch };
}

// a vector is one row of pixels: drawn a band high, so that it can be seen
const tall = sheet => (sheet.h === 1 ? Math.max(1, Math.min(8, sheet.w / 10)) : sheet.h);

function paint(context, sheet, k, x, y, width, height) {
  const { w, h, data, signed } = sheet;
  scratch ??= document.createElement("canvas");
  scratch.width = w;
  scratch.height = h;
  const inner = scratch.getContext("2d", { willReadFrequently: true });
  const image = inner.createImageData(w, h);
  const out = new Uint32Array(image.data.buffer);
  const colours = signed ? SIGNED : GREY;
  for (let i = 0, at = k * w * h; i < w * h; i++, at++) out[i] = colours[data[at]];
  inner.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(scratch, x, y, width, height);
}

export class Sheet {
  constructor(canvas, onPick) {
    this.canvas = canvas;
    this.hovered = -1;
    const find = event => {
      if (!this.plan) return -1;
      const box = canvas.getBoundingClientRect();
      const ratio = canvas.width / box.width;
      return this.plan.find((event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio);
    };
    canvas.addEventListener("click", event => {
      const k = find(event);
      if (k >= 0) onPick(k);
    });
    canvas.addEventListener("pointermove", event => {
      this.hovered = find(event);
      canvas.style.cursor = this.hovered >= 0 ? "zoom-in" : "default";
    });
  }

  // `empty` is said where there is no sheet
  draw(sheet, picked, width, height, colours, empty) {
    const ratio = window.devicePixelRatio || 1;
    fit(this.canvas, width, height);
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.plan = null;
    if (!sheet) {
      if (empty) blank(context, 0.5, 0.5, this.canvas.width - 1, this.canvas.height - 1, empty, colours, ratio);
      return;
    }
    const { n, w } = sheet,
      h = tall(sheet);
    const gap = (n > 100 ? 2 : n > 30 ? 3 : 5) * ratio;
    const plan = (this.plan = grid(n, w, h, this.canvas.width, this.canvas.height, gap));
    for (let k = 0; k < n; k++) {
      const { x, y } = plan.place(k);
      paint(context, sheet, k, x, y, plan.tileW, plan.tileH);
    }
    if (picked >= 0 && picked < n) {
      const { x, y } = plan.place(picked);
      const edge = 1.5 * ratio;
      context.strokeStyle = colours.pick;
      context.lineWidth = 2.5 * ratio;
      context.strokeRect(x - edge, y - edge, plan.tileW + 2 * edge, plan.tileH + 2 * edge);
    }
  }
}

// The grid with the largest tiles, from the top left corner. Whole rows are worth a little size, and so are even ones
// (pairs stay together) and pixels that are whole ones of the screen.
function grid(n, w, h, width, height, gap) {
  let best = null;
  for (let columns = 1; columns <= n; columns++) {
    const rows = Math.ceil(n / columns);
    let zoom = Math.min((width - gap * (columns + 1)) / columns / w, (height - gap * (rows + 1)) / rows / h);
    const whole = Math.floor(zoom);
    if (whole > 0.8 * zoom && h % 1 === 0) zoom = whole;
    const worth = zoom * (n % columns ? 1 : 1.15) * (columns % 2 ? 1 : 1.1) * (zoom === whole ? 1.1 : 1);
    if (!best || worth > best.worth) best = { columns, rows, zoom, worth };
  }
  const { columns, zoom } = best;
  const tileW = w * zoom,
    tileH = h * zoom;
  return {
    tileW,
    tileH,
    place: k => ({ x: gap + (k % columns) * (tileW + gap), y: gap + Math.floor(k / columns) * (tileH + gap) }),
    find: (x, y) => {
      const column = Math.floor((x - gap / 2) / (tileW + gap));
      const row = Math.floor((y - gap / 2) / (tileH + gap));
      const k = row * columns + column;
      return column >= 0 && column < columns && row >= 0 && k < n ? k : -1;
    },
  };
}

// One tile, large
export function drawTile(canvas, sheet, k, size, height = size) {
  const ratio = window.devicePixelRatio || 1;
  fit(canvas, size, height);
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!sheet || k >= sheet.n) return;
  const h = tall(sheet);
  const zoom = Math.min((size * ratio) / sheet.w, (height * ratio) / h);
  const width = sheet.w * zoom,
    high = h * zoom;
  paint(context, sheet, k, (canvas.width - width) / 2, (canvas.height - high) / 2, width, high);
}

// One tile through the epochs, with their numbers below
export class Strip {
  constructor(canvas, onSeek) {
    this.canvas = canvas;
    const find = event => {
      const box = canvas.getBoundingClientRect();
      const column = Math.floor((event.clientX - box.left) / this.cell);
      const row = Math.floor((event.clientY - box.top) / this.row);
      return this.epochs?.[row * this.columns + column];
    };
    canvas.addEventListener("click", event => {
      const epoch = find(event);
      if (epoch !== undefined) onSeek(epoch);
    });
  }

  // which of the epochs there is room for, the first and the newest among them
  static choose(epochs, width, rows) {
    const columns = Math.max(2, Math.floor(width / 62));
    const most = columns * rows;
    if (epochs.length <= 1.25 * most)
      return { columns: Math.max(columns, Math.ceil(epochs.length / rows)), chosen: epochs };
    const chosen = Array.from({ length: most }, (_, i) => epochs[Math.round((i * (epochs.length - 1)) / (most - 1))]);
    return { columns, chosen };
  }

  draw(chosen, columns, sheets, k, shown, width, colours) {
    this.epochs = chosen;
    this.columns = columns;
    this.cell = width / columns;
    const size = Math.min(this.cell - 6, 84);
    this.row = size + 22;
    const rows = Math.max(1, Math.ceil(chosen.length / columns));
    fit(this.canvas, width, rows * this.row);
    const ratio = window.devicePixelRatio || 1;
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, rows * this.row);
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "top";
    let marked = -1;
    chosen.forEach((epoch, i) => epoch <= shown && (marked = i));
    chosen.forEach((epoch, i) => {
      const x = (i % columns) * this.cell + 3,
        y = Math.floor(i / columns) * this.row + 3;
      const sheet = sheets(epoch);
      if (sheet && k < sheet.n) {
        const h = tall(sheet);
        const zoom = Math.min(size / sheet.w, size / h);
        paint(context, sheet, k, x + (size - sheet.w * zoom) / 2, y + (size - h * zoom) / 2, sheet.w * zoom, h * zoom);
      } else {
        context.strokeStyle = colours.grid;
        context.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
      }
      if (i === marked) {
        context.strokeStyle = colours.pick;
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
