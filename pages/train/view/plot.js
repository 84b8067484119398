// Curves over the epochs on one canvas: axes, lines, a cursor to drag, and a crosshair that reads values off.

import { blankCanvas } from "../../shared/view/canvas.js";
import { placeTooltip } from "../../shared/view/controls.js";
import { html, put } from "../../shared/view/html.js";
import { number } from "./numbers.js";
import { axis, evenTicks, logTicks, nearest, valueRange } from "./scales.js";

/**
 * @typedef {import("./types.d.ts").ChartColours} ChartColours
 * @typedef {import("../../shared/view/html.js").Html} Html
 */

/**
 * One line; without a label it is not read off.
 * @typedef {object} Line
 * @property {number[]} xs
 * @property {number[]} ys
 * @property {string} colour
 * @property {boolean} [dash]
 * @property {boolean} [faint]
 * @property {string} [label]
 */

/**
 * What a plot shows.
 * @typedef {object} Chart
 * @property {Line[]} lines
 * @property {{high: number, log: boolean, title: string, share: boolean, name: (x: number) => string}} x `share`: places
 *   are shares, written in percent
 * @property {"all" | "most" | "log"} y "most": extremes may be cut off
 * @property {string} unit of the values
 * @property {{x: number, text: string, colour: string | null}[]} marks
 * @property {number | null} cursor a place on x
 * @property {string} empty what to say without lines
 */

/**
 * What all parts of one drawing need.
 * @typedef {object} Drawing
 * @property {CanvasRenderingContext2D} context
 * @property {Chart["x"]} x
 * @property {{low: number, high: number, log: boolean}} range
 * @property {number} low the first place on x
 * @property {(value: number) => number} placeX
 * @property {(value: number) => number} placeY
 * @property {number} right
 * @property {number} bottom
 * @property {ChartColours} colours
 */

const LEFT = 58,
  RIGHT = 12,
  TOP = 10,
  BOTTOM = 28;
const FONT = "12px system-ui, sans-serif";

export class Plot {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement} tip
   * @param {(x: number) => void} onSeek
   * @param {() => void} onHover
   */
  constructor(canvas, tip, onSeek, onHover) {
    this.canvas = canvas;
    this.tip = tip;
    /** @type {number | null} where the pointer is, on x */
    this.hover = null;
    /** @type {((place: number) => number) | null} from a place on the canvas to x; null without lines */
    this.valueAt = null;
    this.decimals = 0; // of the values' axis
    let dragging = false;
    /** @param {MouseEvent} event */
    const at = event => this.valueAt?.(event.clientX - canvas.getBoundingClientRect().left) ?? null;
    canvas.addEventListener("pointerdown", event => {
      const x = at(event);
      if (x === null) return;
      dragging = true;
      canvas.setPointerCapture(event.pointerId);
      onSeek(x);
    });
    canvas.addEventListener("pointermove", event => {
      this.hover = at(event);
      if (this.hover === null) return;
      if (dragging) onSeek(this.hover);
      onHover();
    });
    for (const end of ["pointerup", "pointercancel"])
      canvas.addEventListener(end, () => {
        dragging = false;
      });
    canvas.addEventListener("pointerleave", () => {
      this.hover = null;
      onHover();
    });
  }

  /**
   * A value some digits finer than the axis, so that its width stays while it changes.
   * @param {number} value
   * @param {number} finer
   */
  text(value, finer = 1) {
    const own = Number.isFinite(value) && value !== 0 ? 2 - Math.floor(Math.log10(Math.abs(value))) : 0;
    return number(value, Math.max(0, Math.min(6, Math.max(this.decimals + finer, own))));
  }

  /**
   * @param {Chart} chart
   * @param {number} width
   * @param {number} height
   * @param {ChartColours} colours
   */
  draw({ lines, x, y, unit, marks, cursor, empty }, width, height, colours) {
    const context = blankCanvas(this.canvas, width, height);
    context.font = FONT;
    const right = width - RIGHT,
      bottom = height - BOTTOM;
    const seen = lines.filter(line => line.ys.some(Number.isFinite));
    if (!seen.length) {
      this.valueAt = null;
      this.tip.hidden = true;
      drawBlank(context, LEFT + 0.5, TOP + 0.5, right - LEFT - 1, bottom - TOP - 1, empty, colours);
      return;
    }
    const low = x.log ? lowestPlace(seen, x.high / 2) : 0;
    const range = valueRange(seen, y, low);
    const across = axis(low, x.high, x.log, LEFT, right),
      up = axis(range.low, range.high, range.log, bottom, TOP);
    this.valueAt = across.value;
    /** @type {Drawing} */
    const drawing = { context, x, range, low, placeX: across.place, placeY: up.place, right, bottom, colours };
    this.decimals = drawAxes(drawing);
    context.save();
    context.beginPath();
    context.rect(LEFT, TOP - 2, right - LEFT + 2, bottom - TOP + 4);
    context.clip();
    for (const line of seen) drawLine(drawing, line);
    context.restore();
    if (cursor !== null && cursor <= 1.001 * x.high) drawCursor(drawing, Math.max(low, cursor));
    for (const mark of marks) drawMark(drawing, mark);
    drawNote(context, unit, LEFT + 6, TOP + 1, colours.quiet, colours.background);
    const titleLeft = right - context.measureText(x.title).width - 5;
    drawNote(context, x.title, titleLeft, bottom - 18, colours.quiet, colours.background);
    this.drawCrosshair(drawing, seen, width);
  }

  /** @param {Drawing} drawing @param {Line[]} lines @param {number} width */
  drawCrosshair({ context, x, range, placeX, placeY, bottom, colours }, lines, width) {
    this.tip.hidden = this.hover === null;
    if (this.hover === null) return;
    const px = Math.round(placeX(this.hover)) + 0.5;
    context.strokeStyle = colours.quiet;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(px, TOP);
    context.lineTo(px, bottom);
    context.stroke();
    const rows = [html`<b>${x.name(this.hover)}</b>`];
    for (const line of lines) {
      const i = nearest(line.xs, this.hover);
      if (i < 0 || !Number.isFinite(line.ys[i]) || line.label === undefined) continue;
      if (!line.faint && line.ys[i] >= range.low && line.ys[i] <= range.high)
        drawDot(context, placeX(line.xs[i]), placeY(line.ys[i]), 3.5, line.colour);
      rows.push(html`<span>${lineKey(line)}${line.label}</span><output>${this.text(line.ys[i], 2)}</output>`);
    }
    put(this.tip, rows);
    placeTooltip(this.tip, px, TOP + 22, width);
  }
}

/** @param {{colour: string, dash?: boolean, faint?: boolean}} line @returns {Html} how the line looks */
export const lineKey = ({ colour, dash, faint }) =>
  html`<i class="key${dash ? " dashed" : ""}${faint ? " faint" : ""}" style="border-color:${colour}"></i>`;

/**
 * A frame in which something will be, and what.
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 * @param {string} text
 * @param {ChartColours} colours
 * @param {number} ratio pixels of the canvas for one of CSS
 */
export function drawBlank(context, x, y, width, height, text, colours, ratio = 1) {
  context.lineWidth = 1;
  context.strokeStyle = colours.grid;
  context.strokeRect(x, y, width, height);
  context.fillStyle = colours.quiet;
  context.font = `${13 * ratio}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, x + width / 2, y + height / 2, width - 20);
}

/**
 * A word in the plot, readable over lines.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {string} colour
 * @param {string} ground
 */
function drawNote(context, text, x, y, colour, ground) {
  if (!text) return;
  context.globalAlpha = 0.8;
  context.fillStyle = ground;
  context.fillRect(x - 2, y, context.measureText(text).width + 4, 16);
  context.globalAlpha = 1;
  context.fillStyle = colour;
  context.textAlign = "left";
  context.textBaseline = "top";
  context.fillText(text, x, y + 2);
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} radius @param {string} colour */
function drawDot(context, x, y, radius, colour) {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, 7);
  context.fill();
}

/** @param {Drawing} drawing @returns {number} decimals of the numbers beside the values' axis */
function drawAxes({ context, x, range, low, right, bottom, placeX, placeY, colours }) {
  context.lineWidth = 1;
  context.textBaseline = "middle";
  context.textAlign = "right";
  const { step, ticks } = evenTicks(range.low, range.high, (bottom - TOP) / 48);
  const decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  const rounder = range.log ? logTicks(range.low, range.high, (bottom - TOP) / 40) : [];
  for (const value of rounder.length > 1 ? rounder : ticks) {
    const py = Math.round(placeY(value)) + 0.5;
    context.strokeStyle = colours.grid;
    context.beginPath();
    context.moveTo(LEFT, py);
    context.lineTo(right, py);
    context.stroke();
    context.fillStyle = colours.quiet;
    const text = range.log ? number(value) : number(Math.abs(value) < step / 1e6 ? 0 : value, decimals);
    context.fillText(text, LEFT - 7, py, LEFT - 9);
  }
  context.textBaseline = "top";
  const room = (right - LEFT) / 64;
  let free = Number.NEGATIVE_INFINITY; // from here on there is room for a number
  for (const value of x.log ? logTicks(low, x.high, room) : evenTicks(low, x.high, room).ticks) {
    const px = Math.round(placeX(value)) + 0.5;
    context.strokeStyle = colours.axis;
    context.beginPath();
    context.moveTo(px, bottom);
    context.lineTo(px, bottom + 4);
    context.stroke();
    const text = x.share ? `${number(100 * value)}%` : number(value);
    const wide = context.measureText(text).width;
    const centre = Math.min(px, right + RIGHT - wide / 2 - 1);
    if (centre - wide / 2 < free) continue;
    free = centre + wide / 2 + 8;
    context.textAlign = "center";
    context.fillStyle = colours.quiet;
    context.fillText(text, centre, bottom + 11);
  }
  context.strokeStyle = colours.axis;
  context.beginPath();
  context.moveTo(LEFT + 0.5, TOP);
  context.lineTo(LEFT + 0.5, bottom + 0.5);
  context.lineTo(right, bottom + 0.5);
  context.stroke();
  return decimals;
}

/** @param {Drawing} drawing @param {number} at */
function drawCursor({ context, placeX, bottom, colours }, at) {
  const px = placeX(at);
  context.fillStyle = colours.cursor;
  context.fillRect(px - 1, TOP, 2, bottom - TOP);
  context.beginPath();
  context.moveTo(px - 6, bottom + 9);
  context.lineTo(px + 6, bottom + 9);
  context.lineTo(px, bottom);
  context.fill();
}

/** @param {Drawing} drawing @param {Chart["marks"][0]} mark */
function drawMark({ context, placeX, right, bottom, colours }, { x, text, colour }) {
  const px = Math.round(placeX(x)) + 0.5;
  context.strokeStyle = colour ?? colours.quiet;
  context.lineWidth = 1;
  context.setLineDash([2, 3]);
  context.beginPath();
  context.moveTo(px, TOP);
  context.lineTo(px, bottom);
  context.stroke();
  context.setLineDash([]);
  const wide = context.measureText(text).width;
  const left = px + wide + 8 > right ? px - wide - 5 : px + 5;
  drawNote(context, text, left, TOP + 20, colour ?? colours.quiet, colours.background);
}

/** @param {Drawing} drawing @param {Line} line */
function drawLine({ context, placeX, placeY, low }, { xs, ys, colour, dash, faint }) {
  context.strokeStyle = colour;
  context.globalAlpha = faint ? 0.38 : 1;
  context.lineWidth = faint ? 1 : 2;
  context.lineJoin = "round";
  context.setLineDash(dash ? [6, 4] : []);
  context.beginPath();
  const points = linePoints(xs, ys, low, placeX, placeY);
  for (const { x, y, begins } of points)
    if (begins) context.moveTo(x, y);
    else context.lineTo(x, y);
  context.stroke();
  context.setLineDash([]);
  const last = points.at(-1);
  if (last && points.every(({ x }) => x === last.x)) drawDot(context, last.x, last.y, 3, colour);
  context.globalAlpha = 1;
}

/** @param {Line[]} lines @param {number} most @returns {number} the smallest place above 0, `most` at most */
const lowestPlace = (lines, most) =>
  lines.reduce((low, { xs }) => xs.reduce((least, x) => (x > 0 && x < least ? x : least), low), most);

/**
 * The points of a line on the screen: of many that share half a pixel only the extremes and the last, since no others can
 * be seen. A value that is no number breaks the line.
 * @param {number[]} xs
 * @param {number[]} ys
 * @param {number} from places before are left out
 * @param {(x: number) => number} placeX
 * @param {(y: number) => number} placeY
 * @returns {{x: number, y: number, begins: boolean}[]}
 */
export function linePoints(xs, ys, from, placeX, placeY) {
  /** @type {{x: number, y: number, begins: boolean}[]} */
  const points = [];
  /** @type {{at: number, x: number, least: number, largest: number, last: number} | null} */
  let column = null;
  const flush = () => {
    if (column && column.least !== column.largest)
      for (const value of [column.least, column.largest, column.last])
        points.push({ x: column.x, y: placeY(value), begins: false });
    column = null;
  };
  let begins = true;
  for (let i = 0; i < xs.length; i++) {
    const value = ys[i];
    if (!Number.isFinite(value) || xs[i] < from) {
      flush();
      begins ||= !Number.isFinite(value);
      continue;
    }
    const x = placeX(xs[i]),
      at = Math.floor(x * 2);
    if (column && column.at === at) {
      column.least = Math.min(column.least, value);
      column.largest = Math.max(column.largest, value);
      column.last = value;
      continue;
    }
    flush();
    points.push({ x, y: placeY(value), begins });
    begins = false;
    column = { at, x, least: value, largest: value, last: value };
  }
  flush();
  return points;
}
