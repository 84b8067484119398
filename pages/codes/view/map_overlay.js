// What lies over the points of a map: lines to neighbours, rings, marks, the box or loop that is being drawn.

import { PICKED } from "../../shared/view/colours.js";

/** @typedef {import("../../shared/view/plane_view.js").Spot} Spot */
/** @typedef {import("../../shared/view/types.d.ts").Theme} Theme */
/** @typedef {import("./types.d.ts").Places} Places */
/** @typedef {CanvasRenderingContext2D} Pen */
/** @typedef {{ place: number[], image: HTMLCanvasElement, text: string }} Mark a picture that is no point, and its place */

const SEPARATED = "#e0561b"; // true neighbours that the map tears away
const FALSE_NEIGHBOUR = "#8e7cc3"; // points that only the map calls near

/**
 * The points nearest to one, nearest first.
 * @param {Places} places
 * @param {number} row
 * @param {number} k
 * @param {(row: number) => boolean} isVisible
 */
export function nearestRows({ xs, ys }, row, k, isVisible) {
  /** @type {{ far: number, row: number }[]} */
  const best = [];
  let worst = Infinity;
  for (let i = 0; i < xs.length; i++) {
    const far = (xs[i] - xs[row]) ** 2 + (ys[i] - ys[row]) ** 2;
    if (far >= worst || i === row || !isVisible(i)) continue;
    best.push({ far, row: i });
    best.sort((a, b) => a.far - b.far);
    if (best.length > k) best.pop();
    if (best.length === k) worst = best[k - 1].far;
  }
  return best.map(near => near.row);
}

/**
 * @param {Pen} pen
 * @param {Spot} at
 * @param {number} r
 * @param {string} colour
 * @param {number} width
 * @param {number[]} dash
 */
export function drawRing(pen, at, r, colour, width, dash = []) {
  pen.setLineDash(dash);
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.beginPath();
  pen.arc(at.x, at.y, r, 0, 7);
  pen.stroke();
  pen.setLineDash([]);
}

/**
 * Lines to the true neighbours: bright where the map keeps them near, dashed where it tears them away; rings around those
 * that only the map calls near. Returns how many are kept near.
 * @param {Pen} pen
 * @param {(row: number) => Spot} spotOf
 * @param {number} focus
 * @param {number[]} truth rows that are truly near
 * @param {number[]} onMap rows that are near on the map
 * @param {(row: number) => boolean} isVisible
 * @param {number} radius of a point
 * @param {string} ink
 */
export function drawNeighbours(pen, spotOf, focus, truth, onMap, isVisible, radius, ink) {
  const here = new Set(onMap);
  const from = spotOf(focus);
  for (const row of truth.filter(isVisible)) {
    const to = spotOf(row);
    const kept = here.has(row);
    pen.setLineDash(kept ? [] : [5, 4]);
    pen.strokeStyle = kept ? ink : SEPARATED;
    pen.lineWidth = kept ? 1.6 : 1.5;
    pen.beginPath();
    pen.moveTo(from.x, from.y);
    pen.lineTo(to.x, to.y);
    pen.stroke();
    drawRing(pen, to, radius + 2, kept ? ink : SEPARATED, 1.6);
  }
  for (const row of onMap)
    if (!truth.includes(row)) drawRing(pen, spotOf(row), radius + 2.5, FALSE_NEIGHBOUR, 1.4, [2, 2]);
  return truth.filter(row => here.has(row)).length;
}

/**
 * @param {Pen} pen
 * @param {Spot} at
 * @param {Mark} mark
 * @param {Theme} theme
 */
export function drawMark(pen, at, { text, image }, theme) {
  const side = 34;
  const h = (side * image.height) / image.width;
  const x = at.x - side / 2;
  const y = at.y - h - 12;
  pen.fillStyle = theme.background;
  pen.strokeStyle = PICKED;
  pen.lineWidth = 2;
  pen.imageSmoothingEnabled = false;
  pen.fillRect(x - 2, y - 2, side + 4, h + 4);
  pen.drawImage(image, x, y, side, h);
  pen.strokeRect(x - 2, y - 2, side + 4, h + 4);
  pen.fillStyle = theme.text;
  pen.lineWidth = 2.5;
  pen.beginPath();
  pen.arc(at.x, at.y, 6, 0, 7);
  pen.moveTo(at.x - 10, at.y);
  pen.lineTo(at.x + 10, at.y);
  pen.moveTo(at.x, at.y - 10);
  pen.lineTo(at.x, at.y + 10);
  pen.stroke();
  pen.font = `600 12px ${theme.font}`;
  pen.lineWidth = 3;
  pen.strokeStyle = theme.background;
  pen.strokeText(text, at.x + 13, at.y + 4);
  pen.fillText(text, at.x + 13, at.y + 4);
}

/** The box or loop that is being drawn. @param {Pen} pen @param {Spot[]} path */
export function drawArea(pen, path) {
  pen.beginPath();
  path.forEach(({ x, y }, i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.closePath();
  pen.fillStyle = "rgb(255 159 26 / 0.14)";
  pen.strokeStyle = PICKED;
  pen.lineWidth = 1.5;
  pen.fill();
  pen.stroke();
}
