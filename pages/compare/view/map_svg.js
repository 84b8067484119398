// The points of a map as vector graphics: of each colour one path, whose dots are strokes without length.

import { css } from "../../shared/view/colours.js";

/** @typedef {import("./types.d.ts").PointColours} PointColours */

/**
 * @param {ArrayLike<number>} rows
 * @param {(row: number) => { x: number, y: number }} spot
 * @param {PointColours} colours
 * @param {number} radius
 * @param {number} opacity
 */
export function dotsSvg(rows, spot, colours, radius, opacity) {
  /** @type {Map<number, string[]>} */
  const paths = new Map();
  for (let i = 0; i < rows.length; i++) {
    const { x, y } = spot(rows[i]);
    const colour = colours.palette[rows[i]];
    const path = paths.get(colour) ?? [];
    path.push(`M${x.toFixed(1)} ${y.toFixed(1)}h0`);
    paths.set(colour, path);
  }
  const drawn = [...paths].map(
    ([colour, path]) =>
      `<path d="${path.join("")}" stroke="${css([colour & 255, (colour >> 8) & 255, (colour >> 16) & 255]).replace(/ (?=\d)/g, ",")}"/>`,
  );
  return `<g stroke-width="${(2 * radius).toFixed(1)}" stroke-linecap="round" opacity="${opacity.toFixed(2)}">${drawn.join("")}</g>`;
}
