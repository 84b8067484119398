// Accuracy against the number of labels, in the full space and on the 2-D map: curves and a table.

import { html } from "../../shared/view/html.js";
import { REP_COLOURS, repHead } from "./chips.js";

/** @typedef {import("./player.js").ComparePlayer} ComparePlayer */
/** @typedef {import("./types.d.ts").PlaneMap} PlaneMap */
/** @typedef {{ labels: number | null, mean: number, spread: number }} Point by so many labels of each class, null for all */

/**
 * What is known of a representation: a text is what went wrong, null: on its way.
 * @typedef {object} Line
 * @property {Point[] | string | null} full in the full space
 * @property {Point[] | string | null} flat on the map
 * @property {PlaneMap} map
 */

const WIDE = 640;
const HIGH = 300;
const LEFT = 44;
const BOTTOM = 40;

/**
 * Where a point lies in the drawing.
 * @param {number} i number of the point
 * @param {number} count of points
 * @param {number} share 0 to 1
 */
export const placeIn = (i, count, share) => ({
  x: LEFT + ((WIDE - LEFT - 20) * (i + 0.5)) / Math.max(1, count),
  y: 10 + (HIGH - BOTTOM - 10) * (1 - share),
});

/** @param {Point[] | string | null} points */
const known = points => (Array.isArray(points) ? points : []);

/** @param {Line[]} lines */
export function chart(lines) {
  const longest = lines.reduce(
    (/** @type {Point[]} */ a, { full }) => (known(full).length > a.length ? known(full) : a),
    [],
  );
  const count = longest.length;
  const grid = [0, 0.25, 0.5, 0.75, 1].map(share => {
    const { y } = placeIn(0, count, share);
    return html`<line x1="${LEFT}" x2="${WIDE}" y1="${y}" y2="${y}" class="grid"/><text x="${LEFT - 6}" y="${y + 4}" text-anchor="end">${100 * share}%</text>`;
  });
  const ticks = longest.map(
    ({ labels }, i) =>
      html`<text x="${placeIn(i, count, 0).x}" y="${HIGH - 20}" text-anchor="middle">${labels ?? "all"}</text>`,
  );
  const drawn = lines.map(({ full, flat }, i) => {
    const shift = 4 * (i - (lines.length - 1) / 2);
    /** @param {number} j @param {number} share */
    const at = (j, share) => {
      const { x, y } = placeIn(j, count, Math.max(0, Math.min(1, share)));
      return [(x + shift).toFixed(1), y.toFixed(1)];
    };
    /** @param {Point[]} points */
    const path = points => points.map(({ mean }, j) => `${j ? "L" : "M"}${at(j, mean).join(" ")}`).join("");
    const marks = known(full).map(({ mean, spread }, j) => {
      const [x, y] = at(j, mean);
      return html`<path d="M${x} ${at(j, mean + spread)[1]}V${at(j, mean - spread)[1]}" stroke-width="1.4"/><circle cx="${x}" cy="${y}" r="3.2" fill="${REP_COLOURS[i]}"/>`;
    });
    return html`<g stroke="${REP_COLOURS[i]}" fill="none" stroke-width="2"><path d="${path(known(full))}"/><path d="${path(known(flat))}" stroke-width="1.4" stroke-dasharray="5 4"/>${marks}</g>`;
  });
  return html`<svg class="curves" viewBox="0 0 ${WIDE} ${HIGH}" role="img" aria-label="Accuracy against labels per class">${grid}${ticks}${drawn}<text x="${(LEFT + WIDE) / 2}" y="${HIGH - 3}" text-anchor="middle">labels per class</text></svg>`;
}

/** @param {Point} point */
const cell = ({ mean, spread }) =>
  html`<td>${(100 * mean).toFixed(1)} <small>± ${(100 * spread).toFixed(1)}</small></td>`;

/** The score of the map, or how to have one. @param {Line} line */
function mapCell({ flat, map }) {
  if (map.state === "absent" || map.state === "failed")
    return html`<td><button type="button" data-do="compute" value="${map.key}" title="${map.problem || `Compute this map: ${map.cost}`}">compute map</button></td>`;
  if (map.state === "refused") return html`<td class="muted" title="${map.problem}">not computed</td>`;
  if (typeof flat === "string") return html`<td class="problem">${flat}</td>`;
  if (flat?.length) return cell(flat[flat.length - 1]);
  return html`<td class="muted">${map.state === "asked" ? `${Math.round(100 * map.done)}%` : "…"}</td>`;
}

/** @param {ComparePlayer} host @param {Line[]} lines @param {string} method of the maps */
export function labelsTable(host, lines, method) {
  const rows = host.chosen.map((one, i) => {
    const { full } = lines[i];
    const head = repHead(host.model, one, i, true);
    if (!full) return html`<tr>${head}<td class="muted">Computing …</td></tr>`;
    if (typeof full === "string") return html`<tr>${head}<td class="problem">${full}</td></tr>`;
    return html`<tr>${head}${full.map(cell)}${mapCell(lines[i])}</tr>`;
  });
  const first = lines.map(({ full }) => known(full)).find(({ length }) => length) ?? [];
  const heads = first.map(({ labels }) => html`<th scope="col">${labels ?? "all"}</th>`);
  const last =
    heads.length > 0 &&
    html`<th scope="col" title="The same from two dimensions, with all labels">all, ${method} map</th>`;
  return html`<table class="counted"><thead><tr><th scope="col">Accuracy (%) by labels per class</th>${heads}${last}</tr></thead><tbody>${rows}</tbody></table>`;
}

/** The numbers as a table to save. @param {ComparePlayer} host @param {Line[]} lines */
export function labelsRows(host, lines) {
  const rows = host.chosen.flatMap((one, i) =>
    [
      { space: "full space", points: known(lines[i].full) },
      { space: `${host.state.method} map`, points: known(lines[i].flat) },
    ].flatMap(({ space, points }) =>
      points.map(({ labels, mean, spread }) => [one.title, space, labels ?? "all", mean, spread]),
    ),
  );
  return [["representation", "read from", "labels per class", "accuracy", "standard deviation"], ...rows];
}
