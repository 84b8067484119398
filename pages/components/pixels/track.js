// @ts-nocheck: no types yet
// The time bar of a film: how unsure the model was at each place, in the order of painting, under a playhead.

import { fit } from "../gibbs/draw.js";

const HEIGHT = 62;

export class Track {
  constructor(canvas, onScrub) {
    this.canvas = canvas;
    let dragging = false;
    const scrub = event => {
      const box = canvas.getBoundingClientRect();
      if (this.d) onScrub(((event.clientX - box.left) / box.width) * this.d);
    };
    canvas.addEventListener("pointerdown", event => {
      dragging = true;
      canvas.setPointerCapture(event.pointerId);
      scrub(event);
    });
    canvas.addEventListener("pointermove", event => dragging && scrub(event));
    const end = () => (dragging = false);
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
  }

  draw({ strips, futures, branch, start, done }, t, { model, state, ink, soft, accent }) {
    const { canvas } = this,
      { d } = model,
      width = canvas.parentElement.clientWidth,
      top = Math.log2(model.levels);
    this.d = d;
    fit(canvas, width, HEIGHT);
    const context = canvas.getContext("2d"),
      ratio = window.devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = soft;
    context.fillRect(0, 0, width, HEIGHT);
    const x = place => (place / d) * width,
      y = bits => HEIGHT - (bits / top) * (HEIGHT - 4);
    context.fillStyle = ink;
    context.globalAlpha = 0.1;
    for (let row = 0; row * model.width < d; row += 2)
      context.fillRect(x(row * model.width), 0, x(model.width), HEIGHT); // every second row's worth
    context.globalAlpha = 0.3;
    context.fillRect(0, 0, x(start), HEIGHT);
    context.globalAlpha = 1;
    const known = Math.min(...strips.map(s => s.done));
    context.fillStyle = "rgba(255, 159, 26, 0.45)";
    context.beginPath();
    context.moveTo(x(start), HEIGHT);
    for (let i = start; i < known; i++) {
      const mean = strips.reduce((sum, s) => sum + s.bits[i], 0) / strips.length;
      context.lineTo(x(i), y(mean));
      context.lineTo(x(i + 1), y(mean));
    }
    context.lineTo(x(known), HEIGHT);
    context.fill();
    const strip = strips[state.pick];
    context.strokeStyle = ink;
    context.lineWidth = 1;
    context.beginPath();
    for (let i = start; i < strip.done; i++) {
      context.lineTo(x(i), y(strip.bits[i]));
      context.lineTo(x(i + 1), y(strip.bits[i]));
    }
    context.stroke();
    const flag = (place, colour) => {
      context.fillStyle = colour;
      context.beginPath();
      context.moveTo(x(place) - 5, 0);
      context.lineTo(x(place) + 5, 0);
      context.lineTo(x(place), 8);
      context.fill();
      context.fillRect(x(place) - 0.75, 0, 1.5, HEIGHT);
    };
    for (const { after } of strip.edits) flag(after, "#009e73");
    if (futures) flag(branch.after, "#009e73");
    context.fillStyle = accent;
    context.globalAlpha = 0.25;
    context.fillRect(x(done), 0, width - x(done), HEIGHT); // not painted yet
    context.globalAlpha = 1;
    context.fillStyle = "#ff9f1a";
    context.fillRect(Math.min(width - 2.5, Math.max(0, x(t) - 1.25)), 0, 2.5, HEIGHT);
  }
}
