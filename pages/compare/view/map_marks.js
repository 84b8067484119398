// Marks on maps: the trails of a morph, and lines to the neighbours that an example has in the full space.

import { css } from "../../shared/view/colours.js";
import { trailOf } from "./morphing.js";
import { sharedWith } from "./neighbourhoods.js";

/** @typedef {import("./map_view.js").MapView} MapView */
/** @typedef {import("./player.js").ComparePlayer} ComparePlayer */
/** @typedef {import("./types.d.ts").Places} Places */
/** @typedef {import("./types.d.ts").PointColours} PointColours */

const TRAIL = 0.3; // length, as part of the way from map to map
const PIECES = 4; // of a trail, from faint to clear
export const SHARED = "#009e73";

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {MapView} view
 * @param {{ a: Places, b: Places, t: number }} ends
 * @param {number[]} rows
 * @param {PointColours} colours
 */
export function drawTrails(pen, { frame }, { a, b, t }, rows, colours) {
  if (!frame || t <= 0 || t >= 1) return;
  const { k, ox, oy, ratio } = frame;
  pen.lineCap = "round";
  for (const row of rows) {
    const [x0, y0, x1, y1] = trailOf(a, b, t, row, TRAIL);
    pen.strokeStyle = css(colours.of(row));
    for (let piece = 0; piece < PIECES; piece++) {
      const [u, v] = [piece / PIECES, (piece + 1) / PIECES];
      pen.globalAlpha = 0.15 + 0.75 * v;
      pen.lineWidth = 0.6 + 2 * v;
      pen.beginPath();
      pen.moveTo(((x0 + u * (x1 - x0)) * k + ox) / ratio, (oy - (y0 + u * (y1 - y0)) * k) / ratio);
      pen.lineTo(((x0 + v * (x1 - x0)) * k + ox) / ratio, (oy - (y0 + v * (y1 - y0)) * k) / ratio);
      pen.stroke();
    }
  }
  pen.globalAlpha = 1;
}

/**
 * Lines from the one chosen example to its nearest neighbours in the full space of a representation.
 * @param {CanvasRenderingContext2D} pen
 * @param {MapView} view
 * @param {ComparePlayer} host
 * @param {string} key
 */
export function drawNeighbours(pen, view, host, key) {
  const { focus } = host.selection;
  const own = focus < 0 ? null : host.model.neighbours(key);
  const reference = host.model.neighbours(host.reference.key);
  if (!own || !reference) return;
  const from = view.spot(focus);
  for (const { row, shared } of sharedWith(own, reference, focus, host.state.k)) {
    if (host.selection.isHidden(row)) continue;
    const to = view.spot(row);
    pen.strokeStyle = shared ? SHARED : host.theme.text;
    pen.globalAlpha = shared ? 0.9 : 0.45;
    pen.lineWidth = shared ? 1.6 : 1;
    pen.beginPath();
    pen.moveTo(from.x, from.y);
    pen.lineTo(to.x, to.y);
    pen.stroke();
  }
  pen.globalAlpha = 1;
}
