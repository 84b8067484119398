// The chosen representations as chips, and the cards from which more are chosen.

import { icon } from "../../shared/view/controls.js";
import { html } from "../../shared/view/html.js";
import { layerName } from "./store.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./types.d.ts").Representation} Representation */

const UPLOADS = "upload"; // the group of what was uploaded

/**
 * Colours of representations in charts, apart from all of the classes'. Everywhere else a number tells them apart, so
 * that on maps a colour is a class.
 */
export const REP_COLOURS = ["#0066aa", "#ff5500", "#447766", "#cc5599", "#7744dd", "#995522"];

/**
 * @param {Store} store
 * @param {Representation[]} chosen
 * @param {boolean} open whether cards are shown
 */
export function chipsMarkup(store, chosen, open) {
  const chips = chosen.map((one, i) => {
    const name = store.nameFor(one);
    const size = one.size && !name.includes(`${one.size}-D`) ? html` <small>${one.size}-D</small>` : "";
    const first = i === 0;
    return html`<span class="rep${first ? " first" : ""}"><button type="button" data-do="reference" value="${one.key}" title="${first ? `Reference: ${one.title}` : `Make this the reference: ${one.title}`}" aria-pressed="${first}"><span class="number">${i + 1}</span> ${name}${size}${first && html` <em>reference</em>`}</button>${chosen.length > 1 && html`<button type="button" class="drop" data-do="drop" value="${one.key}" title="Remove ${name}" aria-label="Remove ${name}">${icon("cross")}</button>`}</span>`;
  });
  const full = chosen.length >= store.most;
  return html`${chips}<button type="button" class="add" data-do="cards" aria-expanded="${open}" title="${full ? `At most ${store.most}: remove one first` : "Choose from all representations of this data set"}">${open ? "done" : "+ add"}</button>`;
}

/**
 * A representation's name as the head of its row in a table.
 * @param {Store} store
 * @param {Representation} one
 * @param {number} i its number
 * @param {boolean} [charted] whether a chart above has it in its colour
 */
export const repHead = (store, one, i, charted = false) =>
  html`<th scope="row"><span class="number" ${charted && html`style="background:${REP_COLOURS[i]};color:#fff"`}>${i + 1}</span> ${store.nameFor(one)}</th>`;

/**
 * Cards of what can be added: the data's own first, then one for each model.
 * @param {Store} store
 * @param {string[]} chosen keys
 * @param {string} words that are searched for
 * @param {Set<string>} untrained models whose untrained layers are shown
 */
export function cardsMarkup(store, chosen, words, untrained) {
  /** @type {Map<string, Representation[]>} */
  const groups = new Map();
  for (const one of store.all) {
    const group = one.kind === "upload" ? UPLOADS : one.checkpoint;
    groups.set(group, [...(groups.get(group) ?? []), one]);
  }
  const sought = words.toLowerCase().split(/\s+/).filter(Boolean);
  /** @param {Representation} one */
  const fits = one => sought.every(word => `${one.title} ${one.layer}`.toLowerCase().includes(word));
  const cards = [...groups].map(([checkpoint, all]) => {
    const wanted = all.filter(fits);
    if (!wanted.length) return "";
    const uploads = checkpoint === UPLOADS;
    const title = uploads
      ? "Uploaded vectors"
      : checkpoint
        ? store.shortTitle({ title: all[0].model })
        : "Data and references";
    const trained = wanted.filter(({ kind }) => kind !== "untrained");
    const before = wanted.filter(({ kind }) => kind === "untrained");
    const shown = untrained.has(checkpoint) || (!trained.length && sought.length > 0);
    return html`<div class="card"><b>${title}</b><div class="layers">${trained.map(one => html`${option(store, one, chosen)}${uploads && !one.read_only && html`<button type="button" class="quiet" data-do="forget" value="${one.key}" title="Delete ${one.title} from the server" aria-label="Delete ${one.title} from the server">${icon("cross")}</button>`}`)}</div>${
      before.length > 0 &&
      html`<div class="layers">${shown ? html`<span class="muted">untrained:</span>${before.map(one => option(store, one, chosen))}` : html`<button type="button" class="quiet" data-do="untrained" value="${checkpoint}" title="The same network before training">untrained …</button>`}</div>`
    }</div>`;
  });
  return html`<div class="cards">${cards.some(Boolean) ? cards : html`<p class="muted">No representation matches “${words}”.</p>`}</div>`;
}

/** @param {Store} store @param {Representation} one @param {string[]} chosen */
function option(store, one, chosen) {
  const on = chosen.includes(one.key);
  const name = one.checkpoint ? layerName(one) : store.nameFor(one);
  const full = chosen.length >= store.most && !on;
  return html`<button type="button" data-do="choose" value="${one.key}" aria-pressed="${on}" ${full && html`disabled`} title="${one.title}${one.size ? `, ${one.size} numbers` : ""}">${name}${one.size ? html` <small>${one.size}</small>` : ""}</button>`;
}
