// @ts-nocheck: no types yet
// The branches of a text: a small tree, and their texts side by side.

import { button, icon } from "../shared/controls.js";
import { html, put } from "../shared/html.js";
import { heat } from "./marks.js";

const COLOURS = ["#2b8cd4", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#6a5acd", "#c0392b", "#4f7a28"];
const ROW = 18;

export class Tree {
  constructor(root, host, go, drop) {
    Object.assign(this, { root, host, colours: new Map() });
    root.addEventListener("click", ({ target }) => {
      const at = target.closest("[data-branch]"),
        gone = target.closest('[data-do="drop"]');
      const branch = at && this.branches[Number(at.dataset.branch)];
      if (branch) (gone ? drop : go)(branch);
    });
    root.addEventListener("keydown", event => {
      if (event.key === "Enter" && event.target.matches("article"))
        go(this.branches[Number(event.target.dataset.branch)]);
    });
  }

  close() {
    clearTimeout(this.later);
  }

  // a colour stays with its branch
  colour(branch) {
    if (!this.colours.has(branch)) {
      const used = new Set(this.branches.map(other => this.colours.get(other)));
      this.colours.set(branch, COLOURS.find(colour => !used.has(colour)) ?? COLOURS[0]);
    }
    return this.colours.get(branch);
  }

  show(branches, current, t) {
    this.branches = branches;
    this.root.hidden = branches.length < 2;
    if (this.root.hidden) return this.root.replaceChildren();
    const now = performance.now();
    clearTimeout(this.later);
    if (this.last && now - this.last < 120 && this.of === current && this.count === branches.length) {
      this.root.setAttribute("aria-busy", "true");
      this.later = setTimeout(() => this.root.isConnected && this.show(branches, current, t), 150); // often enough
      return;
    }
    this.root.removeAttribute("aria-busy");
    Object.assign(this, { last: now, of: current, count: branches.length });
    // each branch leaves the earlier one that it shares most with
    const forks = branches.map((branch, i) =>
      branches
        .slice(0, i)
        .map(other => branch.shared(other))
        .reduce((best, shared, j) => (shared > best[0] ? [shared, j] : best), [-1, -1]),
    );
    const longest = Math.max(1, ...branches.map(branch => branch.seen));
    put(
      this.root,
      html`<div class="heads"><b>Branches</b><span class="muted">click one to go on with it; what they share is grey</span></div>
${this.svg(forks, longest, current, t)}<div class="cards">${branches.map((branch, i) => this.card(branch, i, forks[i], current))}</div>`,
    );
  }

  svg(forks, longest, current, t) {
    const height = forks.length * ROW,
      x = place => 6 + (988 * place) / longest,
      y = i => ROW / 2 + i * ROW;
    const lines = forks.map(([shared, from], i) => {
      const branch = this.branches[i],
        begin = Math.max(0, shared);
      const rise = from < 0 ? "" : `M${x(begin)} ${y(from)}V${y(i)}`;
      const marks = [...branch.forced]
        .filter(place => place >= begin && place < branch.seen)
        .map(place => html`<circle cx="${x(place)}" cy="${y(i)}" r="4" fill="${this.colour(branch)}"/>`);
      return html`<g data-branch="${i}" class="${branch === current ? "current" : ""}"><path class="wide" d="M${x(begin)} ${y(i)}H${x(Math.max(branch.seen, begin))}"/><path stroke="${this.colour(branch)}" d="${rise}M${x(begin)} ${y(i)}H${x(Math.max(branch.seen, begin))}"/>${marks}${branch === current ? html`<circle class="now" cx="${x(Math.min(t, longest))}" cy="${y(i)}" r="5"/>` : ""}</g>`;
    });
    return html`<svg viewBox="0 0 1000 ${height}" height="${height}" preserveAspectRatio="none" role="img" aria-label="Tree of the branches">${lines}</svg>`;
  }

  card(branch, i, [shared], current) {
    const { lexicon } = this.host.model,
      texts = lexicon.texts(branch.tokens.slice(0, branch.seen));
    const from = Math.max(0, shared),
      past = texts.slice(0, from).join("");
    const fresh = texts.slice(from).map((text, j) => {
      const at = from + j,
        colour =
          this.host.state.colour === "on" ? html`style="background:${heat(branch.cost(at) / Math.LN2 || 0)}"` : "";
      return html`<span ${colour} class="${branch.forced.has(at) ? "forced" : ""}">${text}</span>`;
    });
    const total = -branch.logProb(branch.seen) / Math.LN2,
      after = total + branch.logProb(from) / Math.LN2,
      count = branch.seen - from;
    const name = String.fromCharCode(65 + i);
    return html`<article data-branch="${i}" tabindex="0" aria-current="${branch === current}" style="--own:${this.colour(branch)}">
<header><b>${name}</b><span>${Number.isFinite(total) ? `${total.toFixed(1)} bits${i ? `; after the fork ${after.toFixed(1)}, ${(after / Math.max(1, count)).toFixed(2)} per token` : `, ${(total / Math.max(1, branch.seen)).toFixed(2)} per token`}` : "…"}</span>${this.branches.length > 1 ? button("drop", icon("cross"), `Remove branch ${name}`) : ""}</header>
<p><span class="muted">${past.length > 160 ? "…" + past.slice(-160) : past}</span>${fresh}</p></article>`;
  }
}
