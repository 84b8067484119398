// Which examples are chosen, which one is pointed at, which classes are hidden: one for all maps and tabs.

/** @typedef {Uint8Array | Float32Array} Labels */

const LINKED = 300; // rows that a link has room for

export class Selection {
  /**
   * @param {number} n examples
   * @param {Labels | null} labels
   * @param {number} classes
   */
  constructor(n, labels, classes) {
    this.n = n;
    this.labels = labels;
    /** @type {number[]} examples of each class */
    this.counts = new Array(classes).fill(0);
    if (labels) for (const label of labels) this.counts[label] += 1;
    /** @type {Set<number>} */
    this.hidden = new Set();
    this.before = this.hidden; // what was hidden before the first click of a double one
    /** @type {number[]} */
    this.rows = [];
    this.flags = new Uint8Array(n); // 1: chosen
    this.hover = -1;
    this.searched = ""; // what the rows were found by
    /** @type {{ normal: Int32Array, dim: Int32Array, chosen: Int32Array } | null} */
    this.known = null;
  }

  /** The example that is looked at alone, -1 where there is none. */
  get focus() {
    return this.rows.length === 1 ? this.rows[0] : -1;
  }

  /** @param {number[]} rows @param {string} searched */
  choose(rows, searched = "") {
    this.rows = rows;
    this.searched = searched;
    this.flags.fill(0);
    for (const row of rows) this.flags[row] = 1;
    this.known = null;
  }

  /** One more, or one less. @param {number} row */
  toggle(row) {
    this.choose(this.flags[row] ? this.rows.filter(r => r !== row) : [...this.rows, row]);
  }

  /** @param {number[]} rows */
  add(rows) {
    this.choose([...new Set([...this.rows, ...rows])]);
  }

  /** @param {number} row */
  isHidden(row) {
    return this.labels !== null && this.hidden.has(this.labels[row]);
  }

  /** Hide a class, or show it; where none is left, all come back. @param {number} c */
  toggleClass(c) {
    if (this.hidden.has(c)) this.hidden.delete(c);
    else this.hidden.add(c);
    if (this.counts.every((count, i) => !count || this.hidden.has(i))) this.hidden.clear();
    this.known = null;
  }

  /** Show a class alone; where it was, all. @param {number} c @param {Set<number>} before what was hidden */
  isolateClass(c, before = this.hidden) {
    const others = this.counts.map((_, i) => i).filter(i => i !== c && this.counts[i]);
    const alone = !before.has(c) && others.every(i => before.has(i));
    this.hidden = new Set(alone ? [] : others);
    this.known = null;
  }

  /** Rows that are drawn, by how. */
  get lists() {
    if (this.known) return this.known;
    /** @type {number[]} */
    const rest = [];
    /** @type {number[]} */
    const chosen = [];
    for (let i = 0; i < this.n; i++) if (!this.isHidden(i)) (this.flags[i] ? chosen : rest).push(i);
    const none = new Int32Array(0);
    const others = Int32Array.from(rest);
    const dimmed = chosen.length > 0;
    this.known = { normal: dimmed ? none : others, dim: dimmed ? others : none, chosen: Int32Array.from(chosen) };
    return this.known;
  }

  /** As a link tells it. */
  write() {
    if (this.searched) return `q:${this.searched}`;
    return this.rows.length <= LINKED ? this.rows.map(row => row.toString(36)).join(".") : "";
  }
}

/** Rows of a link, those that there are. @param {string} text @param {number} n @returns {number[]} */
export function readRows(text, n) {
  const rows = text.split(".").filter(part => /^[0-9a-z]{1,6}$/.test(part));
  return [...new Set(rows.map(part => Number.parseInt(part, 36)))].filter(row => row < n);
}

/**
 * The rows that words name: labels, and numbers of examples with # before them or without.
 * @param {string} text words with commas between them
 * @param {string[]} classes
 * @param {Labels | null} labels
 * @param {ArrayLike<number>} indices numbers of the examples
 */
export function found(text, classes, labels, indices) {
  /** @type {number[]} */
  const rows = [];
  /** @type {string[]} */
  const missing = [];
  const words = text
    .split(/[,;]/)
    .map(word => word.trim())
    .filter(Boolean);
  for (const word of words) {
    const label = word.startsWith("#") ? -1 : classes.findIndex(name => name.toLowerCase() === word.toLowerCase());
    const number = /^#?(\d+)$/.exec(word);
    const row = number ? Array.prototype.indexOf.call(indices, Number(number[1])) : -1;
    if (label >= 0 && labels) {
      for (let i = 0; i < labels.length; i++) if (labels[i] === label) rows.push(i);
    } else if (row >= 0) rows.push(row);
    else missing.push(word);
  }
  return { rows: [...new Set(rows)], missing };
}
