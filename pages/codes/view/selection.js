// Which points are chosen, which one is looked at, which classes are hidden. Nothing here draws.

import { packRows, shortArea } from "./codes_url.js";

/** @typedef {{ dim: Int32Array, normal: Int32Array, chosen: Int32Array }} RowLists rows by how they are drawn */
/** @typedef {Uint8Array | Float32Array} Labels */

export class Selection {
  /**
   * @param {number} n points
   * @param {Labels | null} labels
   * @param {number} classes
   * @param {number[]} hidden classes
   */
  constructor(n, labels, classes, hidden) {
    this.n = n;
    this.labels = labels;
    /** @type {number[]} points of each class */
    this.counts = new Array(classes).fill(0);
    if (labels) for (const label of labels) this.counts[label] += 1;
    this.hidden = new Set(hidden.filter(c => c < classes));
    /** @type {number[]} */
    this.rows = [];
    this.flags = new Uint8Array(n); // 1: chosen
    this.focus = -1; // the one whose neighbours are shown
    this.hover = -1; // the one under the pointer
    this.area = ""; // how the rows were chosen, as a link tells it
    this.isolated = false; // chosen points are shown alone
    /** @type {Map<Uint8Array | null, RowLists>} by what the points are taken from */
    this.lists = new Map();
    this.beforeClick = new Set(this.hidden); // what was hidden before the first click of a double one
  }

  /**
   * @param {number[]} rows
   * @param {number} focus
   * @param {string} area
   */
  choose(rows, focus = -1, area = "") {
    this.rows = rows;
    this.focus = focus;
    this.area = area;
    this.flags.fill(0);
    for (const row of rows) this.flags[row] = 1;
    if (!rows.length) this.isolated = false;
    this.lists.clear();
  }

  /** Show the chosen points alone, or all again. @param {boolean} isolated */
  isolate(isolated) {
    this.isolated = isolated && this.rows.length > 0;
    this.lists.clear();
  }

  /** A point more, or one less. @param {number} row */
  toggle(row) {
    const rows = this.rows.includes(row) ? this.rows.filter(r => r !== row) : [...this.rows, row];
    this.choose(rows, rows.includes(row) ? row : -1);
  }

  /** @param {number[]} rows */
  add(rows) {
    this.choose([...new Set([...this.rows, ...rows])]);
  }

  /** Look at a chosen point, or no longer. @param {number} row */
  toggleFocus(row) {
    this.focus = this.focus === row ? -1 : row;
    this.lists.clear();
  }

  /** Hide a class, or show it; where none were left, all come back. @param {number} c */
  toggleClass(c) {
    if (this.hidden.has(c)) this.hidden.delete(c);
    else this.hidden.add(c);
    if (this.hidden.size >= this.counts.filter(Boolean).length) this.hidden.clear();
    this.lists.clear();
  }

  /** Show a class alone; where it was alone, all. @param {number} c */
  isolateClass(c) {
    const before = this.beforeClick;
    const all = [...this.counts.keys()].filter(i => this.counts[i]);
    const alone = !before.has(c) && all.every(i => i === c || before.has(i));
    this.hidden = new Set(alone ? [] : all.filter(i => i !== c));
    this.lists.clear();
  }

  showAll() {
    this.hidden.clear();
    this.lists.clear();
  }

  /** @param {number} row */
  isHidden(row) {
    return (this.isolated && !this.flags[row]) || (this.labels !== null && this.hidden.has(this.labels[row]));
  }

  /**
   * Rows that are drawn, by how: dim ones where others are chosen.
   * @param {Uint8Array | null} within 1 where a point is there at all; null: everywhere
   */
  listsOf(within) {
    let lists = this.lists.get(within);
    if (!lists) {
      lists = this.sort(within);
      this.lists.set(within, lists);
    }
    return lists;
  }

  /** @param {Uint8Array | null} within @returns {RowLists} */
  sort(within) {
    const dimmed = this.rows.length > 0 && !(this.rows.length === 1 && this.focus >= 0);
    /** @type {number[]} */
    const others = [];
    /** @type {number[]} */
    const chosen = [];
    for (let i = 0; i < this.n; i++) {
      if ((within && !within[i]) || this.isHidden(i)) continue;
      (this.flags[i] ? chosen : others).push(i);
    }
    const none = new Int32Array(0);
    const rest = Int32Array.from(others);
    return { dim: dimmed ? rest : none, normal: dimmed ? none : rest, chosen: Int32Array.from(chosen) };
  }

  /** As a link tells it. */
  write() {
    return this.rows.length ? packRows(this.rows, this.focus) || shortArea(this.area) : "";
  }
}

/**
 * The points that words name: labels, and numbers with or without # before them; and the words that name nothing.
 * @param {string} text words with commas between them
 * @param {string[]} classes
 * @param {Labels | null} labels
 * @param {Map<number, number>} rows by number
 */
export function findPoints(text, classes, labels, rows) {
  const parts = text
    .split(/[,;]/)
    .map(part => part.trim())
    .filter(Boolean);
  /** @type {number[]} */
  const found = [];
  /** @type {number[]} */
  const named = [];
  /** @type {string[]} */
  const missing = [];
  for (const part of parts) {
    const label = classes.findIndex(name => name.toLowerCase() === part.toLowerCase());
    const row = rows.get(Number(part.match(/^#?(\d+)$/)?.[1] ?? Number.NaN));
    if (label >= 0 && !part.startsWith("#") && labels) {
      named.push(label);
      for (let i = 0; i < labels.length; i++) if (labels[i] === label) found.push(i);
    } else if (row !== undefined) found.push(row);
    else missing.push(part);
  }
  return { rows: found, classes: named, missing };
}
