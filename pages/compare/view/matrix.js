// The matrix of all pairs: CKA above the diagonal, another measure below it.

import { html } from "../../shared/view/html.js";

/** @typedef {"cka" | "overlap" | "procrustes" | "rsa"} Measure */

/** @type {Record<Measure, string>} */
export const MEASURES = {
  cka: "linear CKA, debiased",
  overlap: "k-NN overlap",
  procrustes: "Procrustes distance",
  rsa: "RSA",
};

/**
 * How alike two representations are by a measure's value: 0 nothing in common, 1 alike. Of a distance, 1 less it.
 * @param {Measure} measure
 * @param {number} value
 */
export function likeness(measure, value) {
  if (!Number.isFinite(value)) return 0;
  return Math.max(0, Math.min(1, measure === "procrustes" ? 1 - value : value));
}

/**
 * The look of a cell: its ground, and whether its text is light.
 * @param {Measure} measure
 * @param {number} value
 * @returns {{ ground: string, light: boolean }}
 */
export function cellLook(measure, value) {
  const share = likeness(measure, value);
  const colour = measure === "cka" ? "#0072b2" : "#b5551d";
  return { ground: `color-mix(in srgb, ${colour} ${Math.round(4 + 92 * share)}%, transparent)`, light: share > 0.55 };
}

/** @param {number} value */
export const numberOf = value => (Number.isFinite(value) ? value.toFixed(2).replace("-", "−") : "–");

/**
 * @param {{ title: string, short: string }[]} names
 * @param {{ upper: ArrayLike<number> | null, lower: ArrayLike<number> | null, measure: Measure }} values row by row
 * @param {string} open the pair that is shown, "i.j"
 */
export function matrixMarkup(names, { upper, lower, measure }, open) {
  const m = names.length;
  const small = m > 9;
  /** @param {number} i @param {number} j */
  const cell = (i, j) => {
    if (i === j) return html`<td class="same"></td>`;
    const by = j > i ? "cka" : measure;
    const values = j > i ? upper : lower;
    if (!values) return html`<td class="pending"></td>`;
    const value = values[i * m + j];
    const { ground, light } = cellLook(by, value);
    const [a, b] = [names[Math.min(i, j)], names[Math.max(i, j)]];
    const pair = `${Math.min(i, j)}.${Math.max(i, j)}`;
    return html`<td><button type="button" data-do="pair" value="${pair}" class="${light ? "light" : ""}" style="background:${ground}" aria-pressed="${pair === open}" title="${a.title} and ${b.title}: ${MEASURES[by]} ${numberOf(value)}">${small ? "" : numberOf(value)}</button></td>`;
  };
  const all = Array.from({ length: m }, (_, i) => i);
  return html`<table class="matrix${small ? " small" : ""}"><thead><tr><td></td>${all.map(j => html`<th scope="col" title="${names[j].title}"><span>${j + 1}</span></th>`)}</tr></thead><tbody>${all.map(i => html`<tr><th scope="row" title="${names[i].title}"><span>${i + 1}</span> ${names[i].short}</th>${all.map(j => cell(i, j))}</tr>`)}</tbody></table>`;
}
