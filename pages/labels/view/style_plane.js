// Two numbers of a style as a place that is dragged, among those of images; and the images whose class was given.

import { blankCanvas, fit, greyPixel, paint, pixelRatio } from "../../shared/view/canvas.js";
import { write } from "../../shared/view/controls.js";
import { context2d, part } from "../../shared/view/dom.js";
import { MOST, within } from "./style_model.js";

/** @typedef {import("./style_model.js").StyleModel} StyleModel */

const SIDE = 208; // CSS pixels
const DOT = 6;
const TILES = 25; // in a row, at most, where there are so many of a class

export class StylePlane {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(x: number, y: number) => void} onMove
   */
  constructor(canvas, onMove) {
    this.canvas = canvas;
    /** @param {PointerEvent} event */
    const follow = event => {
      const box = canvas.getBoundingClientRect();
      onMove(
        (2 * MOST * (event.clientX - box.left)) / box.width - MOST,
        MOST - (2 * MOST * (event.clientY - box.top)) / box.height,
      );
    };
    canvas.addEventListener("pointerdown", event => {
      canvas.setPointerCapture(event.pointerId);
      follow(event);
    });
    canvas.addEventListener("pointermove", event => {
      if (canvas.hasPointerCapture(event.pointerId)) follow(event);
    });
  }

  /**
   * @param {StyleModel} model
   * @param {number[]} axes
   * @param {ArrayLike<number>} style
   */
  draw({ readings }, [a, b], style) {
    const context = blankCanvas(this.canvas, SIDE, SIDE);
    const css = getComputedStyle(this.canvas);
    const scale = SIDE / (2 * MOST);
    /** @param {number} x @param {number} y @param {number} radius */
    const circle = (x, y, radius) => {
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
    };
    context.strokeStyle = context.fillStyle = css.color;
    context.globalAlpha = 0.25;
    for (const deviations of [1, 2, 3]) {
      circle(SIDE / 2, SIDE / 2, deviations * scale);
      context.stroke();
    }
    for (const { style: z } of readings)
      context.fillRect((within(z[a]) + MOST) * scale - 1, (MOST - within(z[b])) * scale - 1, 2, 2);
    context.globalAlpha = 1;
    context.fillStyle = css.getPropertyValue("--accent");
    circle((within(style[a]) + MOST) * scale, (MOST - within(style[b])) * scale, DOT);
    context.fill();
  }
}

/** The images whose class was given, a row or more for each class. @param {HTMLElement} root @param {StyleModel} model */
export function drawGiven(root, model) {
  const { about, classes, given, givenLabels, height, width } = model;
  const off = about.error === null ? "" : ` It is wrong on ${(100 * about.error).toFixed(1)}% of the test images.`;
  const words = part(root, "learned");
  write(words, `${about.title}: ${given.length} training images had a class, all others none.${off}`);
  const groups = classes.map((_, k) => given.filter((_, i) => givenLabels[i] === k));
  const most = Math.max(1, ...groups.map(({ length }) => length));
  const room = Math.max(120, words.clientWidth);
  const step = Math.max(10, Math.min(32, Math.floor(room / Math.min(most, TILES))));
  const across = Math.max(1, Math.floor(room / step));
  const lines = groups.flatMap(group =>
    Array.from({ length: Math.ceil(group.length / across) }, (_, i) => group.slice(i * across, (i + 1) * across)),
  );
  const canvas = part(root, "given", HTMLCanvasElement);
  if (!fit(canvas, Math.min(most, across) * step, lines.length * step)) return; // it stands
  const context = context2d(canvas);
  const ratio = pixelRatio();
  const side = Math.round((step - 2) * ratio);
  lines.forEach((line, i) => {
    line.forEach((grey, j) => {
      paint(
        context,
        width,
        height,
        greyPixel(grey),
        Math.round(j * step * ratio),
        Math.round(i * step * ratio),
        side,
        side,
      );
    });
  });
}
