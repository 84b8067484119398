// The timeline of images being sampled: the entropy of each prediction, in the order of sampling, under a playhead.

import { blankCanvas } from "../../shared/view/canvas.js";
import { roomFor } from "../../shared/view/panel.js";

const HEIGHT = 62;
const SAMPLE = "#ff9f1a",
  EDIT = "#009e73";

/** @typedef {import("./paint_state.js").PaintState} PaintState */

export class PixelTimeline {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(t: number) => void} onScrub with the pixel under the pointer
   */
  constructor(canvas, onScrub) {
    this.canvas = canvas;
    this.d = 0; // pixels, once something is drawn
    let dragging = false;
    /** @param {PointerEvent} event */
    const scrub = event => {
      const box = canvas.getBoundingClientRect();
      if (this.d) onScrub(((event.clientX - box.left) / box.width) * this.d);
    };
    canvas.addEventListener("pointerdown", event => {
      dragging = true;
      canvas.setPointerCapture(event.pointerId);
      scrub(event);
    });
    canvas.addEventListener("pointermove", event => {
      if (dragging) scrub(event);
    });
    const end = () => {
      dragging = false;
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
  }

  /**
   * @param {PaintState} state
   * @param {number} t
   * @param {import("./player.js").PixelPlayer} host
   */
  draw(state, t, { model, state: settings, theme }) {
    const { buffers, continuations, start } = state,
      { canvas } = this,
      { d } = model,
      width = roomFor(canvas),
      top = Math.log2(model.levels);
    this.d = d;
    const context = blankCanvas(canvas, width, HEIGHT);
    context.fillStyle = theme.panel;
    context.fillRect(0, 0, width, HEIGHT);
    /** @param {number} place */
    const x = place => (place / d) * width;
    /** @param {number} bits */
    const y = bits => HEIGHT - (bits / top) * (HEIGHT - 4);
    /** @param {number} end @param {(i: number) => number} bits */
    const steps = (end, bits) => {
      for (let i = start; i < end; i++) {
        context.lineTo(x(i), y(bits(i)));
        context.lineTo(x(i + 1), y(bits(i)));
      }
    };
    context.fillStyle = theme.text;
    context.globalAlpha = 0.1;
    for (let row = 0; row * model.width < d; row += 2)
      context.fillRect(x(row * model.width), 0, x(model.width), HEIGHT); // as many pixels as every second row has
    context.globalAlpha = 0.3;
    context.fillRect(0, 0, x(start), HEIGHT);
    context.globalAlpha = 1;
    const known = Math.min(...buffers.map(buffer => buffer.length));
    context.fillStyle = "rgba(255, 159, 26, 0.45)";
    context.beginPath();
    context.moveTo(x(start), HEIGHT);
    steps(known, i => buffers.reduce((sum, { entropies }) => sum + entropies[i], 0) / buffers.length);
    context.lineTo(x(known), HEIGHT);
    context.fill();
    const selected = buffers[settings.pick];
    context.strokeStyle = theme.text;
    context.lineWidth = 1;
    context.beginPath();
    steps(selected.length, i => selected.entropies[i]);
    context.stroke();
    /** @param {number} place */
    const flag = place => {
      context.fillStyle = EDIT;
      context.beginPath();
      context.moveTo(x(place) - 5, 0);
      context.lineTo(x(place) + 5, 0);
      context.lineTo(x(place), 8);
      context.fill();
      context.fillRect(x(place) - 0.75, 0, 1.5, HEIGHT);
    };
    for (const { after } of selected.edits) flag(after);
    if (continuations) flag(continuations.after);
    const sampled = Math.min(known, ...(continuations?.buffers ?? []).map(buffer => buffer.length));
    context.fillStyle = theme.accent;
    context.globalAlpha = 0.25;
    context.fillRect(x(sampled), 0, width - x(sampled), HEIGHT); // not sampled yet
    context.globalAlpha = 1;
    context.fillStyle = SAMPLE;
    context.fillRect(Math.min(width - 2.5, Math.max(0, x(t) - 1.25)), 0, 2.5, HEIGHT);
  }
}
