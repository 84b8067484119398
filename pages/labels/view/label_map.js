// A map of all examples in the colours of their predicted classes; labelled ones stand out.

import { blankCanvas, pointOn } from "../../shared/view/canvas.js";
import { css, PICKED } from "../../shared/view/colours.js";
import { roomFor } from "../../shared/view/panel.js";
import { boxOf } from "../../shared/view/places.js";

/**
 * @typedef {import("../../shared/view/types.d.ts").Places} Places
 * @typedef {import("../../shared/view/types.d.ts").Rgb} Rgb
 * @typedef {import("../../shared/view/types.d.ts").Theme} Theme
 * @typedef {import("./types.d.ts").Given} Given
 */

const SIDE = 460; // CSS pixels, where there is room
const REACH = 14; // CSS pixels from a point that still count as on it

export class LabelMap {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{ onHover: (point: number) => void, onPick: (point: number) => void }} hands
   */
  constructor(canvas, { onHover, onPick }) {
    this.canvas = canvas;
    /** @type {Places | null} */
    this.places = null;
    this.box = boxOf([]);
    canvas.addEventListener("pointermove", event => onHover(this.pointAt(event)));
    canvas.addEventListener("pointerleave", () => onHover(-1));
    canvas.addEventListener("click", event => {
      const point = this.pointAt(event);
      if (point >= 0) onPick(point);
    });
  }

  /** @param {Places | null} places null while they are on their way */
  show(places) {
    this.places = places;
    this.box = boxOf(places ? [places] : []); // sorts them all: not for every movement of the pointer
  }

  /** @param {MouseEvent} event @returns {number} the nearest point within reach, else -1 */
  pointAt(event) {
    const { canvas, places } = this;
    if (!places) return -1;
    const ratio = canvas.width / canvas.clientWidth;
    const { x, y } = pointOn(canvas, event);
    const spot = this.spots(canvas.clientWidth);
    let best = -1,
      least = REACH ** 2;
    for (let i = 0; i < places.xs.length; i++) {
      const [px, py] = spot(i);
      const square = (px - x / ratio) ** 2 + (py - y / ratio) ** 2;
      if (square < least) [best, least] = [i, square];
    }
    return best;
  }

  /** Where points lie on the canvas, in CSS pixels. @param {number} side @returns {(point: number) => [number, number]} */
  spots(side) {
    const { xs, ys } = /** @type {Places} */ (this.places);
    const { left, right, bottom, top } = this.box;
    const scale = (side - 24) / Math.max(right - left, top - bottom, 1e-9);
    const [middleX, middleY] = [(left + right) / 2, (bottom + top) / 2];
    return point => [side / 2 + (xs[point] - middleX) * scale, side / 2 - (ys[point] - middleY) * scale];
  }

  /**
   * @param {Theme} theme
   * @param {Rgb[]} palette
   * @param {object} shown
   * @param {{ predicted: Int32Array, margin: Float32Array } | null} shown.decided null where there is no label yet
   * @param {Given[]} shown.given
   * @param {number} shown.asked
   * @param {number} shown.hovered
   */
  draw(theme, palette, { decided, given, asked, hovered }) {
    const { canvas, places } = this;
    const side = Math.min(SIDE, Math.max(240, roomFor(canvas)));
    const context = blankCanvas(canvas, side, side);
    if (!places) return;
    const spot = this.spots(side);
    for (let i = 0; i < places.xs.length; i++) {
      const [x, y] = spot(i);
      context.globalAlpha = decided ? 0.35 + 0.6 * Math.min(1, 2 * decided.margin[i]) : 0.6;
      context.fillStyle = decided ? css(palette[decided.predicted[i]]) : "#8b95a3";
      context.fillRect(x - 2, y - 2, 4, 4);
    }
    context.globalAlpha = 1;
    for (const { point, label } of given) ring(context, spot(point), 5, css(palette[label]), theme.text);
    if (asked >= 0) ring(context, spot(asked), 7, "transparent", PICKED);
    if (hovered >= 0) ring(context, spot(hovered), 7, "transparent", theme.text);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {[number, number]} at
 * @param {number} radius
 * @param {string} fill
 * @param {string} stroke
 */
function ring(context, [x, y], radius, fill, stroke) {
  context.beginPath();
  context.arc(x, y, radius, 0, 7);
  context.fillStyle = fill;
  context.fill();
  context.strokeStyle = stroke;
  context.lineWidth = 2;
  context.stroke();
}
