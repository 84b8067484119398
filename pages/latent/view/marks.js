// What is drawn over the map of a latent space. Places come as spots, in pixels of the page.

import { PICKED } from "../../shared/view/colours.js";

/** @typedef {import("../../shared/view/plane_view.js").Spot} Spot */
/** @typedef {CanvasRenderingContext2D} Pen */

/**
 * @param {Pen} pen
 * @param {Spot} spot
 * @param {number} radius
 * @param {string} colour
 * @param {number} width
 */
export function ring(pen, { x, y }, radius, colour, width) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 7);
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke();
}

/**
 * The point that is dragged: seen on any ground.
 * @param {Pen} pen
 * @param {Spot} spot
 * @param {string} ground
 */
export function cross(pen, { x, y }, ground) {
  for (const { colour, width } of [
    { colour: ground, width: 5.5 },
    { colour: PICKED, width: 2.4 },
  ]) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    pen.arc(x, y, 8, 0, 7);
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      pen.moveTo(x + 4 * dx, y + 4 * dy);
      pen.lineTo(x + 13 * dx, y + 13 * dy);
    }
    pen.stroke();
  }
}

/**
 * @param {Pen} pen
 * @param {Spot[]} spots
 */
export function trace(pen, spots) {
  pen.beginPath();
  spots.forEach(({ x, y }, i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
}

/**
 * A way through the space.
 * @param {Pen} pen
 * @param {Spot[]} spots
 * @param {string} colour
 * @param {string} ground
 * @param {number[]} dash
 */
export function path(pen, spots, colour, ground, dash = []) {
  trace(pen, spots);
  pen.strokeStyle = ground;
  pen.lineWidth = 5;
  pen.stroke();
  pen.setLineDash(dash);
  pen.strokeStyle = colour;
  pen.lineWidth = 2.4;
  pen.stroke();
  pen.setLineDash([]);
}

/**
 * @param {Pen} pen
 * @param {Spot} spot
 * @param {string} colour
 * @param {string} ground
 * @param {number} radius
 */
export function disc(pen, { x, y }, colour, ground, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 7);
  pen.fillStyle = colour;
  pen.fill();
  pen.lineWidth = 1.5;
  pen.strokeStyle = ground;
  pen.stroke();
}

/**
 * @param {Pen} pen
 * @param {Spot} spot
 * @param {string} text
 * @param {string} colour
 * @param {import("../../shared/view/types.d.ts").Theme} theme
 */
export function label(pen, { x, y }, text, colour, { background, font }) {
  pen.beginPath();
  pen.arc(x, y, 9, 0, 7);
  pen.fillStyle = colour;
  pen.fill();
  pen.lineWidth = 2;
  pen.strokeStyle = background;
  pen.stroke();
  pen.fillStyle = "#fff";
  pen.font = `600 12px ${font}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, x, y + 0.5);
  pen.textAlign = "start";
  pen.textBaseline = "alphabetic";
}

/**
 * The ellipse of one standard deviation of N(mean, diag(std^2)) on two axes, C = A diag(std^2) A^T, as the Cholesky factor
 * [l, 0; m, o]: its points are mean + (l cos, m cos + o sin).
 * @param {import("./model.js").Axes} axes
 * @param {ArrayLike<number>} std
 */
export function ellipseOf([a, b], std) {
  let p = 0;
  let q = 0;
  let r = 0;
  for (let j = 0; j < std.length; j++) {
    const s = std[j] ** 2;
    p += a[j] * a[j] * s;
    q += a[j] * b[j] * s;
    r += b[j] * b[j] * s;
  }
  const l = Math.sqrt(p);
  const m = q / (l || 1);
  return { l, m, o: Math.sqrt(Math.max(0, r - m * m)) };
}
