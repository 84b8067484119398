// Error against code size: the curve of PCA, the networks as points, and a marker to drag.

import { blankCanvas } from "../../shared/view/canvas.js";
import { faded } from "../../shared/view/theme.js";

/** @typedef {import("../../shared/view/types.d.ts").Theme} Theme */
/** @typedef {{ title: string, size: number, error: number, colour: string, hollow: boolean }} Dot */
/**
 * What the chart shows.
 * @typedef {object} Chart
 * @property {ArrayLike<number>} errors of PCA with 1, 2, ... numbers
 * @property {number} known how much of the curve is shown
 * @property {Dot[]} dots
 * @property {number} k where the marker is
 * @property {number} most where it can be
 * @property {{ error: number, size: number, match: number } | null} answer of the question, once it was given
 * @property {number} guess of the visitor, 0 where there is none
 */

const LEFT = 40,
  RIGHT = 14,
  TOP = 12,
  BOTTOM = 36;
const REACH = 10; // CSS pixels from a dot that count as on it

export class ErrorCurve {
  /** @param {HTMLCanvasElement} canvas @param {(k: number) => void} onPick @param {HTMLElement} tip */
  constructor(canvas, onPick, tip) {
    this.canvas = canvas;
    this.tip = tip;
    this.onPick = onPick;
    /** @type {Chart | null} */
    this.chart = null;
    this.width = 0;
    this.height = 0;
    this.top = 1; // of the errors
    let dragging = false;
    canvas.addEventListener("pointerdown", event => {
      dragging = true;
      canvas.setPointerCapture(event.pointerId);
      this.pick(event);
    });
    canvas.addEventListener("pointermove", event => {
      if (dragging) this.pick(event);
      this.hover(event);
    });
    for (const type of ["pointerup", "pointercancel"])
      canvas.addEventListener(type, () => {
        dragging = false;
      });
    canvas.addEventListener("pointerleave", () => {
      tip.hidden = true;
    });
  }

  /** The largest code on the axis. */
  get end() {
    const { chart } = this;
    if (!chart) return 2;
    return Math.max(
      2,
      chart.most,
      Math.min(100, chart.errors.length),
      chart.answer?.match ?? 0,
      chart.guess,
      ...chart.dots.map(({ size }) => size),
    );
  }

  /** @param {number} size */
  x(size) {
    return LEFT + ((this.width - LEFT - RIGHT) * Math.log(size)) / Math.log(this.end);
  }

  /** @param {number} error */
  y(error) {
    return TOP + (this.height - TOP - BOTTOM) * (1 - error / this.top);
  }

  /** @param {MouseEvent} event */
  placeOf(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** @param {{ x: number, y: number }} place */
  dotAt({ x, y }) {
    return this.chart?.dots.find(({ size, error }) => Math.hypot(this.x(size) - x, this.y(error) - y) < REACH);
  }

  /** @param {MouseEvent} event */
  pick(event) {
    if (!this.chart) return;
    const place = this.placeOf(event);
    const share = (place.x - LEFT) / (this.width - LEFT - RIGHT);
    const size = this.dotAt(place)?.size ?? Math.round(this.end ** Math.max(0, Math.min(1, share)));
    this.onPick(Math.min(this.chart.most, size));
  }

  /** @param {MouseEvent} event */
  hover(event) {
    const place = this.placeOf(event);
    const dot = this.dotAt(place);
    this.tip.hidden = !dot;
    if (!dot) return;
    this.tip.textContent = `${dot.title}, ${dot.size}-D: ${dot.error.toFixed(2)}`;
    const left = place.x + 12 + this.tip.offsetWidth > this.width ? place.x - 12 - this.tip.offsetWidth : place.x + 12;
    this.tip.style.left = `${Math.max(0, left)}px`;
    this.tip.style.top = `${place.y - 30}px`;
  }

  /** @param {Chart} chart @param {Theme} theme @param {number} width @param {number} height */
  draw(chart, theme, width, height) {
    Object.assign(this, { chart, width, height });
    const { errors, dots, k, known, answer } = chart;
    this.top = Math.max(errors[0] ?? 0, ...dots.map(({ error }) => error), 1e-6) * 1.04;
    const context = blankCanvas(this.canvas, width, height);
    this.drawAxes(context, theme);
    const last = Math.min(errors.length, answer ? this.end : known);
    context.lineWidth = 2.5;
    context.strokeStyle = faded(theme.text, 0.55);
    context.beginPath();
    for (let size = 1; size <= last; size++) context.lineTo(this.x(size), this.y(errors[size - 1]));
    context.stroke();
    if (answer) this.drawAnswer(context, theme, answer);
    if (chart.guess > 0) this.drawFlag(context, theme, chart.guess, "your guess");
    context.strokeStyle = theme.accent;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(this.x(k), TOP);
    context.lineTo(this.x(k), height - BOTTOM);
    context.stroke();
    if (k <= errors.length) this.disc(context, theme.accent, this.x(k), this.y(errors[k - 1]), 6);
    for (const dot of dots) {
      this.disc(context, dot.colour, this.x(dot.size), this.y(dot.error), 5);
      if (dot.hollow) this.disc(context, theme.background, this.x(dot.size), this.y(dot.error), 2.5);
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
  }

  /** @param {CanvasRenderingContext2D} context @param {Theme} theme */
  drawAxes(context, theme) {
    const { width, height, top } = this;
    context.font = `12px ${theme.font}`;
    context.fillStyle = faded(theme.text, 0.75);
    const step = roundStep(top / 4);
    context.textAlign = "right";
    for (let error = 0; error < top; error += step) {
      context.fillText(String(Number(error.toPrecision(6))), LEFT - 6, this.y(error) + 4);
      context.save();
      context.fillStyle = faded(theme.text, 0.13);
      context.fillRect(LEFT, this.y(error), width - LEFT - RIGHT, 1);
      context.restore();
    }
    context.textAlign = "center";
    for (const size of [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000])
      if (size <= this.end) context.fillText(String(size), this.x(size), height - BOTTOM + 16);
    context.fillText("code dimensions", LEFT + (width - LEFT - RIGHT) / 2, height - 4);
  }

  /** @param {CanvasRenderingContext2D} context @param {Theme} theme @param {NonNullable<Chart["answer"]>} answer */
  drawAnswer(context, theme, { error, size, match }) {
    context.strokeStyle = theme.text;
    context.setLineDash([4, 3]);
    context.lineWidth = 1.2;
    context.beginPath();
    context.moveTo(this.x(size), this.y(error));
    context.lineTo(match ? this.x(match) : this.width - RIGHT, this.y(error));
    context.stroke();
    context.setLineDash([]);
    if (match) this.drawFlag(context, theme, match, String(match));
  }

  /** @param {CanvasRenderingContext2D} context @param {Theme} theme @param {number} size @param {string} text */
  drawFlag(context, theme, size, text) {
    const x = this.x(size);
    context.strokeStyle = faded(theme.text, 0.5);
    context.setLineDash([2, 3]);
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, TOP + 16);
    context.lineTo(x, this.height - BOTTOM);
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = theme.text;
    context.textAlign = x > this.width - 60 ? "right" : "center";
    context.fillText(text, Math.min(x, this.width - 4), text.length > 5 ? TOP + 12 : TOP + 26);
  }

  /** @param {CanvasRenderingContext2D} context @param {string} colour @param {number} x @param {number} y @param {number} r */
  disc(context, colour, x, y, r) {
    context.fillStyle = colour;
    context.beginPath();
    context.arc(x, y, r, 0, 7);
    context.fill();
  }
}

/** A round number of about this size. @param {number} rough */
function roundStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5].find(m => m * power >= rough * 0.999) ?? 10) * power;
}
