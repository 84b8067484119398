// The comparison: which representations are compared, what is chosen among the examples, and what its tabs share.

import { classColours, packed } from "../../shared/view/colours.js";
import { button } from "../../shared/view/controls.js";
import { findAll } from "../../shared/view/dom.js";
import { html, refresh } from "../../shared/view/html.js";
import { TabsShell, tabButtons } from "../../shared/view/tabs.js";
import { cardsMarkup, chipsMarkup } from "./chips.js";
import { legendMarkup, pickedMarkup } from "./legend.js";
import { linkOf } from "./link.js";
import { changes } from "./neighbourhoods.js";
import { PANELS } from "./panels.js";
import { colourRule } from "./point_colours.js";
import { save, saveVectors, savingMarkup, showVectors } from "./saving.js";
import { found, readRows, Selection } from "./selection.js";
import { Store } from "./store.js";
import { showTip } from "./tip.js";
import { forget, upload, uploadMarkup } from "./uploading.js";

/** @typedef {import("../../shared/view/plane_view.js").Spot} Spot */
/** @typedef {import("../../shared/view/types.d.ts").Message} Message */
/** @typedef {import("../../shared/view/types.d.ts").Rgb} Rgb */
/** @typedef {import("./map_view.js").MapView} MapView */
/** @typedef {import("../../shared/view/maps_store.js").MapMethod} MapMethod */
/** @typedef {import("./types.d.ts").Follower} Follower */
/** @typedef {import("./types.d.ts").PointColours} PointColours */
/** @typedef {import("./types.d.ts").Representation} Representation */

/** @extends {TabsShell<Store>} */
export class ComparePlayer extends TabsShell {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root);
    /** @type {Representation[]} */
    this.chosen = [];
    this.selection = new Selection(0, null, 0);
    /** @type {Set<string>} */
    this.untrained = new Set();
    this.cardsOpen = false;
    this.words = "";
    /** @type {Map<string, PointColours>} */
    this.coloursKnown = new Map();
    /** @type {Map<string, Float32Array | null>} */
    this.changesKnown = new Map();
    /** @type {Rgb[]} */
    this.palette = [];
    this.cleanups.push(() => this.closeStore());
    this.listen(root, "input", ({ target }) => {
      if (target.dataset.part !== "words" || !this.ready) return;
      this.words = target.value;
      this.showCards();
    });
    this.listen(root, "submit", event => {
      event.preventDefault();
      if (this.ready) this.search(this.$("query", HTMLInputElement).value);
    });
    this.listen(root, "search", event => {
      if (this.ready && event.target.dataset.part === "query" && !event.target.value) this.chooseRows([], false);
    });
  }

  /** @override */
  markup() {
    return html`
<div data-part="error" class="error" role="alert" hidden></div>
<div class="reps" data-part="reps" role="group" aria-label="Representations that are compared"></div>
<div data-part="chooser" class="chooser" hidden><input type="search" data-part="words" placeholder="Search models and layers" aria-label="Search models and layers"><div data-part="cards"></div><div data-part="bring"></div></div>
<div class="bar shared"><form class="group" role="search"><input type="search" data-part="query" placeholder="label or #number" aria-label="Search examples by label or number" title="Labels and numbers of examples, with commas between them"><button type="submit" title="Choose the examples that match">Find</button></form><span data-part="legend" class="chips" role="group" aria-label="Classes"></span><span class="group end"><span class="muted" data-part="picked"></span>${savingMarkup()}</span></div>
<div class="tabs" role="tablist">${tabButtons(this.panels)}${button("settings", "Settings", "Show or hide the controls of this tab", html`data-part="settings" aria-expanded="false" hidden`)}</div>
<div class="panel" data-part="panel" role="tabpanel"></div>
<div class="tip" data-part="tip" hidden><canvas></canvas><span></span></div>`;
  }

  /** @override */
  get panels() {
    return PANELS;
  }

  /** @override */
  get resetState() {
    return {
      reps: "",
      pick: "",
      hide: [],
      factor: "",
      under: "",
      pair: "",
      versus: "",
      cell: "",
      drawing: "",
      morph: 0,
    };
  }

  /** @override */
  get keptState() {
    return [
      "method",
      "n_neighbors",
      "min_dist",
      "perplexity",
      "colour",
      "k",
      "lower",
      "layers",
      "reading",
      "probe",
      "sort",
    ];
  }

  /** @returns {Follower} */
  get follower() {
    return /** @type {Follower} */ (/** @type {unknown} */ (this.panel ?? {}));
  }

  // -- the data set ---------------------------------------------------------------------------------

  closeStore() {
    /** @type {Store | null} */ (this.model)?.close();
  }

  /** @override @param {Message} answer */
  readModel(answer) {
    this.closeStore();
    const { data, state } = this;
    const store = new Store(
      this.modelUrl,
      data.version,
      answer,
      what => this.onArrival(what),
      error => this.showError(error.message),
    );
    for (const [name, value] of Object.entries({ tool: "move", pen: "draw" })) state[name] ??= value;
    this.palette = classColours(store.classes.length, data.colours);
    this.changesKnown.clear();
    this.coloursKnown.clear();
    this.selection = new Selection(store.n, store.labels, store.classes.length);
    for (const c of state.hide) if (c < store.classes.length) this.selection.hidden.add(c);
    if (!store.labels && state.colour === "class") state.colour = "change";
    this.model = store;
    const asked = state.reps ? state.reps.split(",") : store.usual;
    const missing = asked.filter((/** @type {string} */ key) => !store.of(key));
    const known = asked.filter((/** @type {string} */ key) => store.of(key));
    this.takeReps(known.length ? known : store.usual);
    this.restorePick(state.pick);
    store.fetchImages();
    this.cardsOpen = false;
    this.showChips();
    this.showLegend();
    const words = `The link names representations that ${store.title} does not have: ${missing.join(", ")}.`;
    if (missing.length) queueMicrotask(() => this.showError(words));
    return store;
  }

  /** @param {import("./store.js").What} what */
  onArrival(what) {
    if (!this.panel || this.destroyed) return;
    if (what === "neighbours") this.changesKnown.clear();
    if (what === "neighbours" || what === "values") this.coloursKnown.clear();
    this.follower.onArrival?.(what);
    this.requestFrame();
  }

  // -- representations ------------------------------------------------------------------------------

  /** @param {string[]} keys */
  takeReps(keys) {
    const { model } = this;
    const unique = [...new Set(keys)].slice(0, model.most);
    this.chosen = unique.flatMap(key => model.of(key) ?? []);
    for (const { key } of this.chosen) model.neighbours(key);
  }

  /** @param {string[]} keys */
  setReps(keys) {
    this.takeReps(keys);
    this.changesKnown.clear();
    this.coloursKnown.clear();
    Object.assign(this.state, { pair: "", versus: "", cell: "" });
    this.state.morph = Math.min(this.state.morph, this.chosen.length - 1);
    this.showChips();
    this.follower.onReps?.();
    this.requestFrame();
    this.syncUrl();
  }

  get reference() {
    return this.chosen[0];
  }

  /** What is first set against the reference: a model's, where one is chosen. @returns {Representation | undefined} */
  get rival() {
    const others = this.chosen.slice(1);
    return others.find(({ kind }) => kind !== "input" && kind !== "pca") ?? others[0];
  }

  showChips() {
    refresh(this.$("reps"), chipsMarkup(this.model, this.chosen, this.cardsOpen));
    showVectors(this);
    this.$("chooser").hidden = !this.cardsOpen;
    if (this.cardsOpen) this.showCards();
  }

  showCards() {
    refresh(this.$("bring"), uploadMarkup(this.model));
    const keys = this.chosen.map(({ key }) => key);
    refresh(this.$("cards"), cardsMarkup(this.model, keys, this.words, this.untrained));
  }

  /** @returns {MapMethod} */
  get method() {
    const { method, n_neighbors, min_dist, perplexity } = this.state;
    /** @type {Record<string, number>} */
    const settings = method.startsWith("umap") ? { n_neighbors, min_dist } : method === "tsne" ? { perplexity } : {};
    return { method, settings };
  }

  /** How far neighbourhoods have changed against the reference; null while they are on their way. @param {string} key */
  changesOf(key, against = this.reference.key) {
    const name = `${key} ${against} ${this.state.k}`;
    let known = this.changesKnown.get(name);
    if (known === undefined) {
      const a = this.model.neighbours(against);
      const b = this.model.neighbours(key);
      known = a && b ? changes(a, b, this.state.k) : null;
      this.changesKnown.set(name, known);
    }
    return known;
  }

  /** The score that colours are by. */
  get score() {
    const { scores } = this.model;
    return scores.find(({ key }) => key === this.state.under) ?? scores[0];
  }

  /** What it says of each example; null while it is on its way. */
  get values() {
    return this.score ? this.model.values(this.score.key) : null;
  }

  // -- colours ----------------------------------------------------------------------------------------

  /** Colours of all points on the map of a representation. @param {string} key @returns {PointColours} */
  coloursOf(key) {
    const { state, model } = this;
    const name = `${state.colour} ${state.factor} ${state.under} ${state.colour === "change" ? `${key} ${state.k}` : ""}`;
    const known = this.coloursKnown.get(name);
    if (known) return known;
    const of = colourRule(this, key);
    const made = { palette: Uint32Array.from({ length: model.n }, (_, row) => packed(of(row))), of };
    this.coloursKnown.set(name, made);
    return made;
  }

  recolour() {
    this.coloursKnown.clear();
    this.follower.onSelection?.();
    this.requestFrame();
    this.syncUrl();
  }

  // -- examples ---------------------------------------------------------------------------------------

  /** @param {string} pick of a link */
  restorePick(pick) {
    const words = pick.startsWith("q:") ? pick.slice(2) : "";
    this.selection.choose(words ? this.foundBy(words).rows : readRows(pick, this.model.n), words);
  }

  /** @param {string} text */
  foundBy(text) {
    const { classes, labels, indices } = this.model;
    return found(text, classes, labels, indices);
  }

  /** Choose the examples that words name. @param {string} text */
  search(text) {
    const { rows, missing } = this.foundBy(text);
    const words = missing.map(word => `“${word}”`).join(", ");
    this.showError(missing.length ? `No example matches ${words}: enter a label, or # and a number.` : "");
    if (rows.length || !missing.length) {
      this.selection.choose(rows, text.trim());
      this.onSelectionChange();
    }
  }

  /** @param {number[]} rows @param {boolean} adding */
  chooseRows(rows, adding) {
    if (adding) this.selection.add(rows);
    else this.selection.choose(rows);
    this.onSelectionChange();
  }

  /** @param {number} row -1: a place without a point @param {boolean} adding */
  clickRow(row, adding) {
    if (row < 0) {
      if (!adding && this.selection.rows.length) this.chooseRows([], false);
    } else if (adding) {
      this.selection.toggle(row);
      this.onSelectionChange();
    } else this.chooseRows(this.selection.focus === row ? [] : [row], false);
  }

  onSelectionChange() {
    this.showLegend();
    this.follower.onSelection?.();
    this.requestFrame();
    this.syncUrl();
  }

  /**
   * @param {number} row -1: none
   * @param {MapView} [view] where the pointer is
   * @param {Spot} [at]
   */
  hoverRow(row, view, at) {
    if (view) view.over.style.cursor = row >= 0 ? "pointer" : view.owner.tool === "move" ? "grab" : "crosshair";
    showTip(this, row, view, at);
    if (row === this.selection.hover) return;
    this.selection.hover = row;
    this.follower.onHover?.();
    this.requestFrame();
  }

  /** The classes as chips that hide and show, and how much is chosen. */
  showLegend() {
    const { selection, model, palette } = this;
    const box = this.$("legend");
    const tree = /** @type {Document | ShadowRoot} */ (box.getRootNode());
    const focused = tree.activeElement instanceof HTMLElement ? tree.activeElement.dataset.class : undefined;
    refresh(box, legendMarkup(model, selection, palette));
    if (focused !== undefined) for (const chip of findAll(box, `[data-class="${focused}"]`)) chip.focus();
    refresh(this.$("picked"), pickedMarkup(model, selection));
  }

  // -- hands --------------------------------------------------------------------------------------------

  /** @override @param {HTMLButtonElement} pressed @param {MouseEvent} event */
  onPress(pressed, event) {
    const label = pressed.dataset.class;
    if (label === undefined) return super.onPress(pressed, event);
    const { selection } = this;
    if (event.detail <= 1) selection.before = new Set(selection.hidden);
    if (event.detail === 2) selection.isolateClass(Number(label), selection.before);
    else if (event.shiftKey) selection.isolateClass(Number(label));
    else selection.toggleClass(Number(label));
    this.onSelectionChange();
  }

  /** @override @param {string} name @param {HTMLButtonElement} pressed */
  onAction(name, pressed) {
    const keys = this.chosen.map(({ key }) => key);
    const { value } = pressed;
    if (name === "cards") {
      this.cardsOpen = !this.cardsOpen;
      this.showChips();
      if (this.cardsOpen) this.$("words", HTMLInputElement).focus();
    } else if (name === "reference") this.setReps([value, ...keys.filter(key => key !== value)]);
    else if (name === "drop") this.setReps(keys.filter(key => key !== value));
    else if (name === "choose") {
      if (!keys.includes(value)) this.setReps([...keys, value]);
      else if (keys.length > 1) this.setReps(keys.filter(key => key !== value));
    } else if (name === "untrained") {
      this.untrained.add(value);
      this.showCards();
    } else if (name === "upload") upload(this);
    else if (name === "forget") forget(this, value);
    else if (name === "clear") this.chooseRows([], false);
    else if (name === "save") save(this, value);
    else if (name === "vectors") saveVectors(this, value);
    else if (name === "example") this.clickRow(Number(value), false);
    else super.onAction(name, pressed);
  }

  /** @override @param {KeyboardEvent} event */
  keys(event) {
    return { ...super.keys(event), Escape: () => this.chooseRows([], false) };
  }

  // -- the link ---------------------------------------------------------------------------------------

  /** @override */
  urlParams() {
    const params = super.urlParams();
    if (!params) return null;
    const { checkpoint, ...rest } = params;
    return { ...rest, dataset: checkpoint, ...linkOf(this) };
  }
}

/**
 * @param {Element} parent what Streamlit made for the component
 * @param {import("../../shared/view/types.d.ts").Component<any>} component
 */
export const mount = (parent, component) => ComparePlayer.mount(parent, component);
