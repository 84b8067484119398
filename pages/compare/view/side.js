// Beside the maps: what is chosen, which neighbourhoods changed most, groups that a representation breaks up.

import { get, messageOf } from "../../shared/view/api.js";
import { part } from "../../shared/view/dom.js";
import { html, refresh } from "../../shared/view/html.js";
import { select } from "../../shared/view/panel.js";
import { topIndices } from "../../shared/view/probability.js";
import { SHARED } from "./map_marks.js";
import { mean } from "./neighbourhoods.js";
import { paintThumbs, thumb } from "./thumbs.js";

/** @typedef {import("./player.js").ComparePlayer} ComparePlayer */
/** @typedef {import("./types.d.ts").Suggestion} Suggestion */

const SHOWN = 48; // chosen examples
const CHANGED = 24;
const IN_GROUP = 8;
const SIDE = 40;

export class Side {
  /** @param {ComparePlayer} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    this.against = ""; // key of the representation that is compared with the reference
    /** @type {Map<string, Suggestion[] | string | null>} by both keys; a text is what went wrong */
    this.suggestions = new Map();
    this.show();
  }

  /** The representation whose changes are listed. */
  get other() {
    const { chosen, rival } = this.host;
    return chosen.find(({ key }, i) => i > 0 && key === this.against) ?? rival;
  }

  show() {
    this.showSelected();
    this.showChanged();
    this.showSuggested();
  }

  paint() {
    paintThumbs(this.root, this.host.model, SIDE);
  }

  showSelected() {
    const { model, selection } = this.host;
    const box = part(this.root, "selected");
    const { rows } = selection;
    box.hidden = !rows.length;
    const shown = rows.slice(0, SHOWN);
    refresh(
      box,
      html`<h4>${rows.length === 1 ? model.nameOf(rows[0]) : `${rows.length} chosen`}</h4><div class="thumbs">${shown.map(row => thumb(model, row))}</div>${rows.length > SHOWN && html`<p class="note">and ${rows.length - SHOWN} more</p>`}${rows.length === 1 && html`<p class="note">Lines: its ${this.host.state.k} nearest neighbours in each full space; <b style="color:${SHARED}">green</b>: shared with the reference.</p>`}`,
    );
    this.paint();
  }

  showChanged() {
    const { host, other } = this;
    const box = part(this.root, "changed");
    box.hidden = !other;
    if (!other) return;
    const changes = host.changesOf(other.key);
    /** @type {[string, string][]} */
    const options = host.chosen.slice(1).map(one => [one.key, host.model.nameFor(one)]);
    const rows = changes ? topIndices(changes, CHANGED, row => !host.selection.isHidden(row)) : [];
    refresh(
      box,
      html`<h4>Changed neighbours most</h4><p class="note">${host.model.nameFor(host.reference)} → ${select("against", options, other.key, "Compared with the reference")}</p>
<div class="thumbs">${changes ? rows.map(row => thumb(host.model, row, `${Math.round(100 * changes[row])}%`)) : html`<span class="muted">Finding neighbours …</span>`}</div>
${changes && html`<p class="note">Share of the ${host.state.k} nearest neighbours that differ; mean ${Math.round(100 * mean(changes))}%.</p>`}`,
    );
    this.paint();
  }

  showSuggested() {
    const { host, other } = this;
    const box = part(this.root, "suggested");
    box.hidden = !other;
    if (!other) return;
    const name = `${host.reference.key} ${other.key}`;
    const known = this.suggestions.get(name);
    if (known === undefined) this.fetch(name, host.reference.key, other.key);
    const [first, second] = [host.reference, other].map(one => host.model.nameFor(one));
    /** @param {Suggestion} group @param {number} i @param {Suggestion[]} all */
    const suggestion = (group, i, all) =>
      html`${group.from !== all[i - 1]?.from && html`<p class="note">Together in <b>${group.from ? second : first}</b>, apart in <b>${group.from ? first : second}</b>:</p>`}<div class="suggestion"><button type="button" data-do="suggestion" value="${i}" title="Choose these examples on all maps">${group.rows.length} examples</button><div class="thumbs">${group.rows.slice(0, IN_GROUP).map(row => thumb(host.model, row))}</div></div>`;
    const body =
      typeof known === "string"
        ? html`<p class="note">${known}</p>`
        : (known?.map(suggestion) ?? html`<span class="muted">Looking for groups …</span>`);
    refresh(
      box,
      html`<h4>Suggested selections</h4>${body}${Array.isArray(known) && !known.length && html`<p class="note">No group stands together in one and apart in the other.</p>`}`,
    );
    this.paint();
  }

  /** @param {string} name @param {string} of @param {string} against */
  async fetch(name, of, against) {
    this.suggestions.set(name, null);
    try {
      const { header } = await get(this.host.model.url("suggest", { of, against }));
      this.suggestions.set(name, header.groups);
    } catch (error) {
      this.suggestions.set(name, messageOf(error));
    }
    if (this.root.isConnected) this.showSuggested();
  }

  /** Choose a suggested group. @param {number} i */
  take(i) {
    const { host, other } = this;
    const known = other && this.suggestions.get(`${host.reference.key} ${other.key}`);
    if (Array.isArray(known) && known[i]) host.chooseRows(known[i].rows, false);
  }
}
