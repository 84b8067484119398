// Known factors read out of each representation: bars with their spread, and a table.

import { html } from "../../shared/view/html.js";
import { REP_COLOURS, repHead } from "./chips.js";

/** @typedef {import("./player.js").ComparePlayer} ComparePlayer */

/**
 * How well a factor is read (route `factors`); null where it is constant.
 * @typedef {object} Factor
 * @property {string} name
 * @property {string} unit "R²" or "share right"
 * @property {number | null} linear
 * @property {number} linear_spread
 * @property {number | null} knn
 * @property {number} knn_spread
 */

/** Of one representation: a text is what went wrong, null: on its way. @typedef {Factor[] | string | null} Factors */

const WIDE = 640;
const LEFT = 84;
const BAR = 9; // height of a bar
const GAP = 14; // between factors
const BOTTOM = 22;

/** Value and spread by the probe that is chosen. @param {Factor} factor @param {string} probe */
export const scoreOf = (factor, probe) =>
  probe === "knn" ? [factor.knn, factor.knn_spread] : [factor.linear, factor.linear_spread];

/** @param {ComparePlayer} host @param {Factors[]} found @param {string} probe */
export function factorsChart(host, found, probe) {
  const names = host.model.factors.map(({ name }) => name);
  const high = BAR * found.length + GAP;
  const bottom = high * names.length;
  /** @param {number} share */
  const x = share => LEFT + (WIDE - LEFT - 26) * Math.max(0, Math.min(1, share));
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    share =>
      html`<line x1="${x(share)}" x2="${x(share)}" y1="0" y2="${bottom}" class="grid"/><text x="${x(share)}" y="${bottom + 16}" text-anchor="middle">${share}</text>`,
  );
  const drawn = names.map((name, row) => {
    const top = row * high + GAP / 2;
    const bars = found.map((factors, i) => {
      const factor = Array.isArray(factors) ? factors.find(one => one.name === name) : undefined;
      const [value, spread] = factor ? scoreOf(factor, probe) : [null, 0];
      if (value === null || spread === null) return "";
      const y = top + BAR * i;
      const middle = y + BAR / 2 - 0.5;
      return html`<rect x="${LEFT}" y="${y}" width="${(x(value) - LEFT).toFixed(1)}" height="${BAR - 1}" fill="${REP_COLOURS[i]}"/><path d="M${x(value - spread).toFixed(1)} ${middle}H${x(value + spread).toFixed(1)}" stroke="currentColor" stroke-width="1.3"/>`;
    });
    return html`<text x="${LEFT - 8}" y="${top + (BAR * found.length) / 2 + 4}" text-anchor="end">${name}</text>${bars}`;
  });
  return html`<svg class="curves" viewBox="0 0 ${WIDE} ${bottom + BOTTOM}" role="img" aria-label="How well each factor is read out">${grid}${drawn}</svg>`;
}

/** @param {ComparePlayer} host @param {Factors[]} found @param {string} probe */
export function factorsTable(host, found, probe) {
  const { factors } = host.model;
  const rows = host.chosen.map((one, i) => {
    const head = repHead(host.model, one, i, true);
    const known = found[i];
    if (!known) return html`<tr>${head}<td colspan="${factors.length}" class="muted">Computing …</td></tr>`;
    if (typeof known === "string")
      return html`<tr>${head}<td colspan="${factors.length}" class="problem">${known}</td></tr>`;
    const cells = known.map(factor => {
      const [value, spread] = scoreOf(factor, probe);
      if (value === null || spread === null) return html`<td title="This factor is constant">–</td>`;
      return html`<td>${value.toFixed(2).replace("-", "−")} <small>± ${spread.toFixed(2)}</small></td>`;
    });
    return html`<tr>${head}${cells}</tr>`;
  });
  const first = found.find(one => Array.isArray(one));
  const heads = factors.map(({ name }) => {
    const unit = Array.isArray(first) ? first.find(one => one.name === name)?.unit : "";
    return html`<th scope="col">${name}${unit && unit !== "R²" && html` <small>${unit}</small>`}</th>`;
  });
  const what = probe === "knn" ? "R² by the mean of 5 neighbours" : "R² by ridge regression";
  return html`<table class="counted"><thead><tr><th scope="col">${what}</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`;
}

/** The numbers as a table to save. @param {ComparePlayer} host @param {Factors[]} found */
export function factorsRows(host, found) {
  const rows = host.chosen.flatMap((one, i) => {
    const factors = found[i];
    return (Array.isArray(factors) ? factors : []).map(factor => [
      one.title,
      factor.name,
      factor.unit,
      factor.linear ?? "",
      factor.linear_spread ?? "",
      factor.knn ?? "",
      factor.knn_spread ?? "",
    ]);
  });
  const head = ["representation", "factor", "score", "linear", "linear: spread", "k-NN", "k-NN: spread"];
  return [head, ...rows];
}
