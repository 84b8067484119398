// The difference of two confusion matrices: what is read differently from two representations, and in which images.

import { find, findAll } from "../../shared/view/dom.js";
import { html, refresh } from "../../shared/view/html.js";
import { select } from "../../shared/view/panel.js";
import { paintThumbs, thumb } from "./thumbs.js";

/** @typedef {import("./answers.js").Answers} Answers */
/** @typedef {import("./player.js").ComparePlayer} ComparePlayer */

const MOST_CLASSES = 30; // of a matrix
const SMALL = 14; // classes beyond which cells have no numbers
const LISTED = 12;
const SHOWN = 24; // images of a group
const SIDE = 40;

/**
 * How often each class is read as each, row by row.
 * @param {ArrayLike<number>} labels
 * @param {ArrayLike<number>} read
 * @param {number} classes
 */
export function confusion(labels, read, classes) {
  const counts = new Int32Array(classes * classes);
  for (let i = 0; i < labels.length; i++) counts[labels[i] * classes + read[i]] += 1;
  return counts;
}

/**
 * Cells off the diagonal where two matrices differ most, at most so many.
 * @param {ArrayLike<number>} first
 * @param {ArrayLike<number>} second
 * @param {number} classes
 * @param {number} most
 */
export function differences(first, second, classes, most = LISTED) {
  const cells = Array.from({ length: first.length }, (_, at) => ({
    truth: Math.floor(at / classes),
    read: at % classes,
    first: first[at],
    second: second[at],
  }));
  return cells
    .filter(cell => cell.truth !== cell.read && cell.first !== cell.second)
    .sort((a, b) => Math.abs(b.second - b.first) - Math.abs(a.second - a.first))
    .slice(0, most);
}

/** @param {number} difference @param {number} top @returns {{ ground: string, light: boolean }} the look of a cell */
export function differenceLook(difference, top) {
  const share = top > 0 ? Math.min(1, Math.abs(difference) / top) ** 0.7 : 0;
  const colour = difference < 0 ? "#0072b2" : "#d97700";
  return { ground: `color-mix(in srgb, ${colour} ${Math.round(92 * share)}%, transparent)`, light: share > 0.6 };
}

export class Confusions {
  /** @param {ComparePlayer} host @param {Answers} answers @param {() => void} onChange */
  constructor(host, answers, onChange) {
    this.host = host;
    this.answers = answers;
    this.onChange = onChange;
    /** @type {Element | null} */
    this.box = null;
  }

  /** Numbers of the two representations. @returns {[number, number]} */
  get pair() {
    const { chosen, rival, state } = this.host;
    const [a, b] = state.versus.split(".").map(Number);
    if (state.versus && a !== b && chosen[a] && chosen[b]) return [a, b];
    return [0, rival ? chosen.indexOf(rival) : 0];
  }

  /** @param {Element} box */
  show(box) {
    this.box = find(box, '[data-part="confusions"]');
    const { host, answers } = this;
    const { classes, labels } = host.model;
    const [a, b] = this.pair;
    if (!labels || a === b) return refresh(this.box, html`<p class="muted">Choose a second representation.</p>`);
    const method = host.state.probe;
    const both = [a, b].map(i => answers.of("read", { of: host.chosen[i].key, method }));
    const said = both.find(one => typeof one === "string");
    /** @type {[number, string][]} */
    const options = host.chosen.map((one, i) => [i, `${i + 1} ${host.model.nameFor(one)}`]);
    const head = html`<p class="versus">${select("first", options, a, "First representation")} <span>against</span> ${select("second", options, b, "Second representation")}</p>`;
    const [first, second] = both.map(one => (one && typeof one === "object" ? one.planes.read.data : null));
    if (!first || !second)
      return refresh(
        this.box,
        html`${head}<p class="${said ? "problem" : "muted"}">${said ?? "Reading every example …"}</p>`,
      );
    const n = classes.length;
    const [one, two] = [first, second].map(read => confusion(labels, read, n));
    const listed = differences(one, two, n);
    const open = this.open(listed, n);
    const names = [a, b].map(i => host.model.nameFor(host.chosen[i]));
    const right = [one, two].map(counts => sum(classes.map((_, c) => counts[c * n + c])) / labels.length);
    const matrix = n <= MOST_CLASSES && this.matrix(one, two, open, names);
    const list = listed.map(
      cell =>
        html`<li><button type="button" data-do="cell" value="${cell.truth}.${cell.read}" aria-pressed="${cell.truth === open?.[0] && cell.read === open[1]}">${classes[cell.truth]} read as ${classes[cell.read]}: ${cell.first} → ${cell.second}</button></li>`,
    );
    refresh(
      this.box,
      html`${head}<p>Right: <b>${(100 * right[0]).toFixed(1)}%</b> from ${names[0]}, <b>${(100 * right[1]).toFixed(1)}%</b> from ${names[1]}. Rows: true class; columns: class read. <b class="more">Orange</b>: more often from the second, <b class="less">blue</b>: from the first.</p>
<div class="confusion-stage"><div class="scrolls">${matrix}</div><div>${open && this.images(open, first, second, names)}<h4>Largest differences</h4><ul class="differences">${list}</ul></div></div>`,
    );
    paintThumbs(this.box, host.model, SIDE);
  }

  /** Both matrices, cell by cell. */
  table() {
    const { host, answers } = this;
    const { classes, labels } = host.model;
    const pair = this.pair.map(i => host.chosen[i]);
    const counted = pair.map(({ key }) => {
      const read = answers.of("read", { of: key, method: host.state.probe });
      return labels && read && typeof read === "object"
        ? confusion(labels, read.planes.read.data, classes.length)
        : null;
    });
    const [one, two] = counted;
    if (!one || !two) return null;
    const rows = classes.flatMap((truth, i) =>
      classes.map((read, j) => [truth, read, one[i * classes.length + j], two[i * classes.length + j]]),
    );
    return { rows: [["true class", "read as", ...pair.map(({ title }) => title)], ...rows], name: "confusions" };
  }

  /** The cell that is open: that of the link, else the largest difference. @param {ReturnType<typeof differences>} listed @param {number} n @returns {[number, number] | null} */
  open(listed, n) {
    const [truth, read] = this.host.state.cell.split(".").map(Number);
    if (this.host.state.cell && truth < n && read < n) return [truth, read];
    return listed.length ? [listed[0].truth, listed[0].read] : null;
  }

  /** @param {Int32Array} one @param {Int32Array} two @param {[number, number] | null} open @param {string[]} names */
  matrix(one, two, open, names) {
    const { classes } = this.host.model;
    const n = classes.length;
    const small = n > SMALL;
    let top = 1;
    for (let at = 0; at < one.length; at++) top = Math.max(top, Math.abs(two[at] - one[at]));
    /** @param {number} truth @param {number} read */
    const cell = (truth, read) => {
      const at = truth * n + read;
      const difference = two[at] - one[at];
      const { ground, light } = differenceLook(difference, top);
      const text = small || !difference ? "" : `${difference > 0 ? "+" : "−"}${Math.abs(difference)}`;
      return html`<td class="${truth === read ? "own" : ""}"><button type="button" data-do="cell" value="${truth}.${read}" class="${light ? "light" : ""}" style="background:${ground}" aria-pressed="${truth === open?.[0] && read === open[1]}" title="${classes[truth]} read as ${classes[read]}: ${one[at]} from ${names[0]}, ${two[at]} from ${names[1]}">${text}</button></td>`;
    };
    return html`<table class="matrix confusion${small ? " small" : ""}"><thead><tr><td></td>${classes.map(name => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${classes.map((name, truth) => html`<tr><th scope="row">${name}</th>${classes.map((_, read) => cell(truth, read))}</tr>`)}</tbody></table>`;
  }

  /** The images of a cell. @param {[number, number]} cell @param {ArrayLike<number>} first @param {ArrayLike<number>} second @param {string[]} names */
  images([truth, read], first, second, names) {
    const { model } = this.host;
    const labels = /** @type {ArrayLike<number>} */ (model.labels);
    /** @type {number[][]} */
    const [only, other, both] = [[], [], []];
    for (let row = 0; row < labels.length; row++) {
      if (labels[row] !== truth) continue;
      const [inFirst, inSecond] = [first[row] === read, second[row] === read];
      if (inFirst && inSecond) both.push(row);
      else if (inFirst) only.push(row);
      else if (inSecond) other.push(row);
    }
    /** @param {string} title @param {number[]} rows @param {ArrayLike<number> | null} instead what else they are read as */
    const group = (title, rows, instead) =>
      html`<p class="note">${title}: ${rows.length}</p><div class="thumbs">${rows.slice(0, SHOWN).map(row => thumb(model, row, instead ? `→ ${model.classes[instead[row]]}` : ""))}</div>`;
    const what = truth === read ? "read rightly" : `read as ${model.classes[read]}`;
    return html`<div data-part="images"><h4>${model.classes[truth]} ${what}</h4>${group(`From ${names[0]} only`, only, second)}${group(`From ${names[1]} only`, other, first)}${group("From both", both, null)}</div>`;
  }

  /** The example that is pointed at, among the images. */
  light() {
    const { hover, focus } = this.host.selection;
    for (const image of this.box ? findAll(this.box, ".thumb") : [])
      image.classList.toggle("lit", [hover, focus].includes(Number(image.dataset.row)));
  }

  /** @param {string} name @param {HTMLButtonElement} pressed */
  onAction(name, pressed) {
    if (name !== "cell") return;
    this.host.state.cell = pressed.value;
    this.onChange();
    this.host.syncUrl();
  }

  /** @param {string} name @param {string} value */
  onSelect(name, value) {
    if (name !== "first" && name !== "second") return;
    const [a, b] = this.pair;
    const chosen = Number(value);
    // the other one gives way where both would be the same
    const pair = name === "first" ? [chosen, chosen === b ? a : b] : [chosen === a ? b : a, chosen];
    Object.assign(this.host.state, { versus: pair.join("."), cell: "" });
    this.onChange();
    this.host.syncUrl();
  }
}

/** @param {number[]} values */
const sum = values => values.reduce((a, b) => a + b, 0);
