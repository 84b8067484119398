// Tables to save: comma-separated, text in quotes.

import { download } from "../../shared/view/download.js";

/** @typedef {string | number} Value */

/** A cell; text that could be read as a formula is kept from being one. @param {Value} value */
function cell(value) {
  if (typeof value === "number") return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : "";
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return `"${text.replaceAll('"', '""')}"`;
}

/** @param {Value[][]} rows */
export const csvOf = rows => rows.map(row => `${row.map(cell).join(",")}\r\n`).join("");

/** @param {Value[][]} rows @param {string} name of the file */
export const saveCsv = (rows, name) => download(new Blob([csvOf(rows)], { type: "text/csv" }), name);
