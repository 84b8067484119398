// The branches of a text: a small tree, and their texts side by side.

import { button, icon } from "../../shared/view/controls.js";
import { html, put } from "../../shared/view/html.js";
import { toBits } from "../../shared/view/probability.js";
import { forksOf } from "./branch.js";
import { heat } from "./scales.js";

const COLOURS = ["#2b8cd4", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#6a5acd", "#c0392b", "#4f7a28"];
const ROW = 18; // height of a line of the tree
const WIDTH = 988,
  LEFT = 6; // of the tree, of the 1000 that its picture is wide
const PAST = 160; // characters of what is shared that are shown
const OFTEN = 120, // milliseconds between two pictures of one branch
  LATER = 150;

/** @typedef {import("./branch.js").Branch} Branch */
/** @typedef {{ shared: number, from: number }} Fork */
/** @typedef {{ branches: Branch[], current: Branch, t: number }} TreeView */

export class BranchTree {
  /**
   * @param {HTMLElement} root
   * @param {import("./player.js").TokenPlayer} host
   * @param {{ onSelect: (branch: Branch) => void, onRemove: (branch: Branch) => void }} events
   */
  constructor(root, host, { onSelect, onRemove }) {
    this.root = root;
    this.host = host;
    /** @type {Map<Branch, string>} */
    this.colours = new Map();
    /** @type {Branch[]} */
    this.branches = [];
    this.drawn = { time: -Infinity, count: 0, current: /** @type {Branch | null} */ (null) };
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @param {Event} event */
    const branchAt = ({ target }) => {
      const element = target instanceof Element ? target.closest("[data-branch]") : null;
      return element ? this.branches[Number(element.getAttribute("data-branch"))] : undefined;
    };
    root.addEventListener("click", event => {
      const branch = branchAt(event),
        { target } = event;
      if (branch && target instanceof Element)
        if (target.closest('[data-do="drop"]')) onRemove(branch);
        else onSelect(branch);
    });
    root.addEventListener("keydown", event => {
      const branch = branchAt(event);
      if (branch && event.key === "Enter" && event.target instanceof Element && event.target.matches("article"))
        onSelect(branch);
    });
  }

  destroy() {
    clearTimeout(this.timer);
  }

  /** A colour stays with its branch. @param {Branch} branch */
  colour(branch) {
    let colour = this.colours.get(branch);
    if (!colour) {
      const used = new Set(this.branches.map(other => this.colours.get(other)));
      colour = COLOURS.find(each => !used.has(each)) ?? COLOURS[0];
      this.colours.set(branch, colour);
    }
    return colour;
  }

  /** @param {TreeView} view */
  show(view) {
    const { branches, current } = view,
      { root, drawn } = this;
    this.branches = branches;
    clearTimeout(this.timer);
    root.hidden = branches.length < 2;
    if (root.hidden) return root.replaceChildren();
    const time = performance.now();
    if (time - drawn.time < OFTEN && drawn.current === current && drawn.count === branches.length) {
      root.setAttribute("aria-busy", "true");
      this.timer = setTimeout(() => root.isConnected && this.show(view), LATER);
      return;
    }
    root.removeAttribute("aria-busy");
    this.drawn = { time, current, count: branches.length };
    const forks = forksOf(branches);
    put(
      root,
      html`<div class="heads"><b>Branches</b><span class="muted">click a branch to continue it; shared text is grey</span></div>
${this.picture(forks, view)}<div class="cards">${branches.map((branch, i) => this.card(branch, i, forks[i], current))}</div>`,
    );
  }

  /** @param {Fork[]} forks @param {TreeView} view */
  picture(forks, { branches, current, t }) {
    const height = forks.length * ROW,
      longest = Math.max(1, ...branches.map(branch => branch.seen));
    /** @param {number} place */
    const x = place => LEFT + (WIDTH * place) / longest;
    /** @param {number} i */
    const y = i => ROW / 2 + i * ROW;
    const lines = forks.map(({ shared, from }, i) => {
      const branch = branches[i],
        colour = this.colour(branch),
        begin = Math.max(0, shared),
        line = `M${x(begin)} ${y(i)}H${x(Math.max(branch.seen, begin))}`;
      const rise = from < 0 ? "" : `M${x(begin)} ${y(from)}V${y(i)}`;
      const marks = [...branch.forced]
        .filter(place => place >= begin && place < branch.seen)
        .map(place => html`<circle cx="${x(place)}" cy="${y(i)}" r="4" fill="${colour}"/>`);
      const now = branch === current && html`<circle class="now" cx="${x(Math.min(t, longest))}" cy="${y(i)}" r="5"/>`;
      return html`<g data-branch="${i}" class="${branch === current ? "current" : ""}"><path class="wide" d="${line}"/><path stroke="${colour}" d="${rise}${line}"/>${marks}${now}</g>`;
    });
    return html`<svg viewBox="0 0 1000 ${height}" height="${height}" preserveAspectRatio="none" role="img" aria-label="Tree of branches">${lines}</svg>`;
  }

  /** @param {Branch} branch @param {number} i @param {Fork} fork @param {Branch} current */
  card(branch, i, { shared }, current) {
    const { model, state } = this.host,
      texts = model.vocabulary.texts(branch.tokens.slice(0, branch.seen)),
      from = Math.max(0, shared),
      past = texts.slice(0, from).join(""),
      name = String.fromCharCode(65 + i);
    const own = texts.slice(from).map((text, j) => {
      const at = from + j,
        colour = state.colour === "on" && html`style="background:${heat(toBits(branch.cost(at)) || 0)}"`;
      return html`<span ${colour} class="${branch.forced.has(at) ? "forced" : ""}">${text}</span>`;
    });
    return html`<article data-branch="${i}" tabindex="0" aria-current="${branch === current}" style="--own:${this.colour(branch)}">
<header><b>${name}</b><span>${costOf(branch, i ? from : null)}</span>${button("drop", icon("cross"), `Remove branch ${name}`)}</header>
<p><span class="muted">${past.length > PAST ? `…${past.slice(-PAST)}` : past}</span>${own}</p></article>`;
  }
}

/**
 * What a branch costs, in words.
 * @param {Branch} branch
 * @param {number | null} from where it leaves another one; null where it leaves none
 */
export function costOf(branch, from) {
  const { seen } = branch,
    total = -toBits(branch.logProb(seen));
  if (!Number.isFinite(total)) return "…";
  const after = total + toBits(branch.logProb(from ?? 0)),
    each = (after / Math.max(1, seen - (from ?? 0))).toFixed(2);
  const rest = from === null ? `, ${each} per token` : `; after the fork: ${after.toFixed(1)}, ${each} per token`;
  return `${total.toFixed(1)} bits${rest}`;
}
