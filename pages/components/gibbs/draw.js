// @ts-nocheck: no types yet
// Canvases: sized to the screen's pixels, tiles of grey, weights in two colours.

import { diverging } from "./machine.js";

/** @type {HTMLCanvasElement | undefined} made where first painted on: units of this script are tested without a page */
let scratch;

// Size a canvas to its place on the page; true when that changed (and wiped) it
export function fit(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const w = Math.max(1, Math.round(width * ratio));
  const h = Math.max(1, Math.round(height * ratio));
  if (canvas.width === w && canvas.height === h) return false;
  canvas.width = w;
  canvas.height = h;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  return true;
}

// Paint an image of w x h pixels, filled by `pixel(rgba, i, at)`, into a box of a canvas without smoothing
export function paint(context, w, h, pixel, x, y, boxW, boxH) {
  scratch ??= document.createElement("canvas");
  scratch.width = w;
  scratch.height = h;
  const inner = scratch.getContext("2d", { willReadFrequently: true });
  const image = inner.createImageData(w, h);
  for (let i = 0; i < w * h; i++) pixel(image.data, i, i * 4);
  inner.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(scratch, x, y, boxW, boxH);
}

export function greyPixel(bytes) {
  return (out, i, at) => {
    out[at] = out[at + 1] = out[at + 2] = bytes[i];
    out[at + 3] = 255;
  };
}

export function weightPixel(values, top) {
  return (out, i, at) => diverging(values[i] / top, out, at);
}

const SMALLER = 0.75; // as much smaller tiles may be where their rows are full

// The grid that shows n tiles of w x h largest in a box, one with full rows where it is not much smaller; and where tile k
// lies in it
export function layout(n, w, h, boxW, boxH, gap) {
  const grids = Array.from({ length: n }, (_, i) => {
    const columns = i + 1,
      rows = Math.ceil(n / columns);
    return {
      columns,
      rows,
      zoom: Math.min((boxW - gap * (columns + 1)) / columns / w, (boxH - gap * (rows + 1)) / rows / h),
    };
  });
  const largest = some => some.reduce((best, grid) => (grid.zoom > best.zoom ? grid : best));
  const ragged = largest(grids),
    full = largest(grids.filter(({ columns }) => n % columns === 0));
  const best = full.zoom >= SMALLER * ragged.zoom ? full : ragged;
  const { columns, rows, zoom } = best;
  const tileW = w * zoom,
    tileH = h * zoom;
  const left = (boxW - columns * tileW - gap * (columns - 1)) / 2;
  const top = (boxH - rows * tileH - gap * (rows - 1)) / 2;
  const place = k => ({
    x: left + (k % columns) * (tileW + gap),
    y: top + Math.floor(k / columns) * (tileH + gap),
  });
  const find = (x, y) => {
    const column = Math.floor((x - left + gap / 2) / (tileW + gap));
    const row = Math.floor((y - top + gap / 2) / (tileH + gap));
    const k = row * columns + column;
    return column >= 0 && column < columns && row >= 0 && k < n ? k : -1;
  };
  return { columns, rows, zoom, tileW, tileH, place, find };
}

export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
