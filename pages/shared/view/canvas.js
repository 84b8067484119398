// Canvases: sized to the screen's pixels, images without smoothing, grids of tiles.

import { diverging } from "./colours.js";
import { context2d } from "./dom.js";

/** @typedef {import("./types.d.ts").PixelPainter} PixelPainter */

/** @type {HTMLCanvasElement | undefined} made where first painted on: units of this script are tested without a page */
let scratch;

/** Pixels of the screen for one of CSS. */
export const pixelRatio = () => window.devicePixelRatio || 1;

/**
 * Size a canvas to its place on the page.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width in CSS pixels
 * @param {number} height
 * @returns {boolean} whether that changed (and wiped) it
 */
export function fit(canvas, width, height) {
  const ratio = pixelRatio();
  const w = Math.max(1, Math.round(width * ratio));
  const h = Math.max(1, Math.round(height * ratio));
  if (canvas.width === w && canvas.height === h) return false;
  canvas.width = w;
  canvas.height = h;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  return true;
}

/**
 * An empty canvas of this size, to be drawn on in CSS pixels.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @returns {CanvasRenderingContext2D}
 */
export function blankCanvas(canvas, width, height) {
  fit(canvas, width, height);
  const ratio = pixelRatio();
  const context = context2d(canvas);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/**
 * Paint an image into a box of a canvas without smoothing.
 * @param {CanvasRenderingContext2D} context
 * @param {number} w width of the image in its own pixels
 * @param {number} h
 * @param {PixelPainter} pixel
 * @param {number} x left edge of the box, in pixels of the canvas
 * @param {number} y
 * @param {number} boxW
 * @param {number} boxH
 */
export function paint(context, w, h, pixel, x, y, boxW, boxH) {
  scratch ??= document.createElement("canvas");
  scratch.width = w;
  scratch.height = h;
  const inner = context2d(scratch, { willReadFrequently: true });
  const image = inner.createImageData(w, h);
  for (let i = 0; i < w * h; i++) pixel(image.data, i, i * 4);
  inner.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(scratch, x, y, boxW, boxH);
}

/** @param {ArrayLike<number>} bytes grey levels, 0 to 255 @returns {PixelPainter} */
export function greyPixel(bytes) {
  return (rgba, i, at) => {
    rgba[at] = rgba[at + 1] = rgba[at + 2] = bytes[i];
    rgba[at + 3] = 255;
  };
}

/** @param {ArrayLike<number>} values @param {number} top the value of full colour @returns {PixelPainter} */
export function weightPixel(values, top) {
  return (rgba, i, at) => diverging(values[i] / top, rgba, at);
}

/**
 * Where tiles lie on a canvas, in its pixels.
 * @typedef {object} TileGrid
 * @property {number} columns
 * @property {number} rows
 * @property {number} tileW
 * @property {number} tileH
 * @property {(k: number) => {x: number, y: number}} place top left corner of tile k
 * @property {(x: number, y: number) => number} find the tile at a place, -1 where there is none
 */

/**
 * @param {number} n tiles
 * @param {number} columns
 * @param {number} tileW
 * @param {number} tileH
 * @param {number} gap between tiles
 * @param {number} left edge of the first tile
 * @param {number} top
 * @returns {TileGrid}
 */
export function tileGrid(n, columns, tileW, tileH, gap, left = gap, top = gap) {
  return {
    columns,
    rows: Math.ceil(n / columns),
    tileW,
    tileH,
    place: k => ({ x: left + (k % columns) * (tileW + gap), y: top + Math.floor(k / columns) * (tileH + gap) }),
    find: (x, y) => {
      const column = Math.floor((x - left + gap / 2) / (tileW + gap));
      const row = Math.floor((y - top + gap / 2) / (tileH + gap));
      const k = row * columns + column;
      return column >= 0 && column < columns && row >= 0 && k < n ? k : -1;
    },
  };
}

const SMALLER = 0.75; // as much smaller tiles may be where their rows are full

/**
 * The grid that shows n tiles of w x h largest in the middle of a box, one with full rows where it is not much smaller.
 * @param {number} n
 * @param {number} w
 * @param {number} h
 * @param {number} boxW
 * @param {number} boxH
 * @param {number} gap
 * @returns {TileGrid & {zoom: number}}
 */
export function layout(n, w, h, boxW, boxH, gap) {
  const grids = Array.from({ length: n }, (_, i) => {
    const columns = i + 1,
      rows = Math.ceil(n / columns);
    const zoom = Math.min((boxW - gap * (columns + 1)) / columns / w, (boxH - gap * (rows + 1)) / rows / h);
    return { columns, rows, zoom };
  });
  /** @param {typeof grids} some */
  const largest = some => some.reduce((best, grid) => (grid.zoom > best.zoom ? grid : best));
  const ragged = largest(grids),
    full = largest(grids.filter(({ columns }) => n % columns === 0));
  const { columns, rows, zoom } = full.zoom >= SMALLER * ragged.zoom ? full : ragged;
  const tileW = w * zoom,
    tileH = h * zoom;
  const left = (boxW - columns * tileW - gap * (columns - 1)) / 2;
  const top = (boxH - rows * tileH - gap * (rows - 1)) / 2;
  return { ...tileGrid(n, columns, tileW, tileH, gap, left, top), zoom };
}

/**
 * The pointer's place on a canvas, in pixels of the canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {MouseEvent} event
 */
export function pointOn(canvas, event) {
  const box = canvas.getBoundingClientRect();
  return {
    x: ((event.clientX - box.left) / box.width) * canvas.width,
    y: ((event.clientY - box.top) / box.height) * canvas.height,
  };
}
