// Over the points of a map: contours of how densely they lie, and the names of classes or clusters where these are densest.

import { spotOf } from "../../shared/view/plane_view.js";
import { contourAt, densityOf, levelsOf, peakOf, SHARES } from "./density.js";

/** @typedef {import("../../shared/view/plane_view.js").Box} Box */
/** @typedef {import("../../shared/view/plane_view.js").Frame} Frame */
/** @typedef {import("../../shared/view/plane_view.js").Spot} Spot */
/** @typedef {import("../../shared/view/types.d.ts").Theme} Theme */
/** @typedef {import("./types.d.ts").Places} Places */
/** @typedef {{ text: string, place: [number, number], size: number }} Name of a group of points, where most of them lie */
/** @typedef {{ member: ArrayLike<number>, names: string[] }} Groups the group of each point */

const FINE = 128; // knots of contours
const COARSE = 48; // of where a group is densest
const MOST_NAMES = 40;
const LINE = 15; // pixels from one name to another below it
const LETTER = 7.2; // pixels across

/**
 * The contours, the outermost first.
 * @param {Places} places
 * @param {ArrayLike<number>[]} lists rows of the points
 * @param {Box} box
 */
export function contoursOf(places, lists, box) {
  const density = densityOf(places, lists, box, FINE);
  if (!density) return [];
  const levels = levelsOf(density, SHARES);
  return levels.map(level => contourAt(density, level)).reverse();
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {number[][]} contours
 * @param {Frame} frame
 * @param {string} ink
 */
export function drawContours(pen, contours, { k, ox, oy, ratio }, ink) {
  pen.strokeStyle = ink;
  pen.lineWidth = 1.2;
  pen.lineCap = "round";
  for (const [i, pieces] of contours.entries()) {
    pen.globalAlpha = 0.35 + (0.5 * i) / Math.max(1, contours.length - 1);
    pen.beginPath();
    for (let at = 0; at < pieces.length; at += 4) {
      pen.moveTo((pieces[at] * k + ox) / ratio, (oy - pieces[at + 1] * k) / ratio);
      pen.lineTo((pieces[at + 2] * k + ox) / ratio, (oy - pieces[at + 3] * k) / ratio);
    }
    pen.stroke();
  }
  pen.globalAlpha = 1;
  pen.lineCap = "butt";
}

/**
 * Names of the groups, the largest first; none where there are too many to be read.
 * @param {Places} places
 * @param {Groups} groups
 * @param {ArrayLike<number>[]} lists rows of the points
 * @param {Box} box
 * @returns {Name[]}
 */
export function namesOf(places, { member, names }, lists, box) {
  /** @type {number[][]} */
  const rows = names.map(() => []);
  for (const list of lists) for (let q = 0; q < list.length; q++) rows[member[list[q]]].push(list[q]);
  const filled = [...rows.entries()].filter(([, some]) => some.length);
  if (filled.length > MOST_NAMES) return [];
  const found = filled.map(([group, some]) => {
    const density = densityOf(places, [some], box, COARSE);
    return density && { text: names[group], place: peakOf(density), size: some.length };
  });
  return found.filter(name => name !== null).sort((a, b) => b.size - a.size);
}

/**
 * Where names are written: one that would lie on another goes below it, or above.
 * @param {{ text: string, spot: Spot }[]} names the most important first
 * @returns {Spot[]} their middles
 */
export function apart(names) {
  /** @type {{ x: number, y: number, half: number }[]} */
  const taken = [];
  for (const { text, spot } of names) {
    const half = (LETTER * Math.max(2, text.length)) / 2;
    const tries = [0, 1, -1, 2, -2].map(step => ({ x: spot.x, y: spot.y + step * LINE, half }));
    const isFree = (/** @type {Spot} */ { x, y }) =>
      taken.every(other => Math.abs(other.x - x) > other.half + half || Math.abs(other.y - y) >= LINE);
    taken.push(tries.find(isFree) ?? tries[0]);
  }
  return taken;
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Name[]} names
 * @param {Frame} frame
 * @param {Theme} theme
 */
export function drawNames(pen, names, frame, theme) {
  pen.font = `600 13px ${theme.font}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = theme.background;
  pen.fillStyle = theme.text;
  const spots = apart(names.map(({ text, place }) => ({ text, spot: spotOf(frame, place) })));
  for (const [i, { x, y }] of spots.entries()) {
    pen.strokeText(names[i].text, x, y);
    pen.fillText(names[i].text, x, y);
  }
  pen.textAlign = "start";
  pen.textBaseline = "alphabetic";
  pen.lineJoin = "miter";
}
