// A player of several panels under tabs: what they share (the model, the theme, the link, the keys).

import { get } from "./api.js";
import { button, syncChoices } from "./controls.js";
import { findAll } from "./dom.js";
import { html, put } from "./html.js";
import { isOfNothing, keyName } from "./keyboard.js";
import { Shell } from "./shell.js";

/**
 * @typedef {import("./html.js").Html} Html
 * @typedef {import("./types.d.ts").Keys} Keys
 * @typedef {import("./types.d.ts").Message} Message
 * @typedef {import("./types.d.ts").Panel} Panel
 * @typedef {import("./types.d.ts").PanelKind<any>} PanelKind
 * @typedef {import("./types.d.ts").PlayerData} PlayerData
 * @typedef {import("./types.d.ts").UrlParams} UrlParams
 */

const SCROLLING = ["ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"]; // keys that move the page
const MOST_PROBLEMS = 3; // of a link that are said at once

/**
 * A panel is a class in a file of its own (see `PanelKind` and `Panel` in types.d.ts). On a narrow screen what has the
 * class `fold` stands behind the button Settings.
 * @template {object} [Model=any]
 * @template {PlayerData} [Data=PlayerData]
 * @extends {Shell<Data>}
 */
export class TabsShell extends Shell {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root);
    put(root, this.markup());
    /** @type {Record<string, any>} what the link says, and what the panels make of it */
    this.state = {};
    /** @type {Panel | null} */
    this.panel = null;
    this.model = /** @type {Model} */ (/** @type {unknown} */ (null)); // a panel is there only with a model
    /** @type {UrlParams} what the address says of each panel that was open */
    this.links = {};
    /** @type {string[]} what of the link could not be used, not yet said */
    this.problems = [];
    this.opening = {};
    this.listen(window, "popstate", () => this.followAddress());
    this.cleanups.push(() => this.panel?.destroy?.());
  }

  // -- what a player says ---------------------------------------------------------------------------

  /** @returns {PanelKind[]} */
  get panels() {
    return [];
  }

  /** @returns {Record<string, any>} values of the state for another model: of what a link says of one model alone */
  get resetState() {
    return {};
  }

  /** @returns {string[]} names of the state that hold for another model too */
  get keptState() {
    return [];
  }

  /**
   * The model for the panels.
   * @param {Message} answer of the route `about`
   * @returns {Model}
   */
  readModel(answer) {
    return answer.header;
  }

  /** @returns {Html} with the parts "error" and "panel", and "settings" where panels fold */
  markup() {
    return html`
<div data-part="error" class="error" role="alert" hidden></div>
<div class="tabs" role="tablist">${tabButtons(this.panels)}${button("settings", "Settings", "Show or hide the controls of this tab", html`data-part="settings" aria-expanded="false" hidden`)}</div>
<div class="panel" data-part="panel" role="tabpanel"></div>`;
  }

  /**
   * @param {PanelKind} Kind
   * @param {HTMLElement} root
   * @returns {Panel}
   */
  createPanel(Kind, root) {
    return new Kind(this, root);
  }

  // -- the model ------------------------------------------------------------------------------------

  get modelUrl() {
    return `${this.data.api}/${this.data.checkpoint}`;
  }

  /** @override */
  get ready() {
    return this.panel !== null;
  }

  /** @override @param {Data | null} before */
  open(before) {
    // another model: what has no meaning in it is let go
    const kept = before ? Object.fromEntries(["mode", ...this.keptState].map(name => [name, this.state[name]])) : {};
    this.state = { ...this.data.state, ...kept, ...(before ? this.resetState : {}) };
    this.load(Boolean(before));
  }

  /** @param {boolean} another in place of a model that was shown before */
  async load(another) {
    this.showError("");
    this.panel?.destroy?.();
    this.panel = null;
    this.problems = [];
    this.$("panel").inert = true; // what is still seen there is of no model
    this.sync();
    this.links = another ? Object.fromEntries(Object.keys(this.resetState).map(name => [name, ""])) : {};
    this.root.setAttribute("aria-busy", "true");
    const opening = {};
    this.opening = opening;
    try {
      const answer = await get(`${this.modelUrl}/about?v=${this.data.version}`);
      if (this.opening !== opening || this.destroyed) return;
      this.model = this.readModel(answer);
      this.root.removeAttribute("aria-busy");
      this.$("panel").inert = false;
      this.showPanel(this.state.mode);
      if (another) this.syncUrl();
    } catch (error) {
      if (this.opening !== opening || this.destroyed) return;
      this.root.removeAttribute("aria-busy");
      this.showError(/** @type {Error} */ (error).message);
    }
  }

  // -- panels ---------------------------------------------------------------------------------------

  /** @param {string} name of the panel; the first where there is none of that name */
  showPanel(name) {
    const Kind = this.panels.find(kind => kind.name === name) ?? this.panels[0];
    this.panel?.destroy?.();
    this.showError("");
    this.state.mode = Kind.name;
    const element = document.createElement("div");
    element.className = Kind.name;
    this.$("panel").replaceChildren(element);
    this.panel = this.createPanel(Kind, element);
    for (const settings of findAll(this.root, '[data-part="settings"]'))
      settings.hidden = !element.querySelector(".fold");
    if (this.problems.length) this.showError(this.problems.splice(0).slice(0, MOST_PROBLEMS).join(" "));
    this.sync();
    this.requestFrame();
  }

  /** Show the state on tabs and choices. */
  sync() {
    for (const tab of findAll(this.root, "[data-tab]")) {
      tab.setAttribute("aria-selected", String(tab.dataset.tab === this.state.mode));
      tab.tabIndex = tab.dataset.tab === this.state.mode ? 0 : -1;
    }
    syncChoices(this.root, this.state);
  }

  /** @override @param {number} now @param {number} elapsed @returns {boolean} */
  draw(now, elapsed) {
    return this.panel?.draw?.(now, elapsed) === true;
  }

  /** @override */
  onTheme() {
    this.panel?.onTheme?.();
    this.redraw();
  }

  // -- the address ----------------------------------------------------------------------------------

  /** Other panels keep what they had there. @override @returns {UrlParams | null} */
  urlParams() {
    if (!this.panel) return null;
    const { mode } = this.state;
    Object.assign(this.links, this.panel.urlParams?.());
    return { checkpoint: this.data.checkpoint, mode: mode === this.panels[0].name ? "" : mode, ...this.links };
  }

  /** The visitor went back or forward in the browser's history: the tab of that entry, as it was left. */
  followAddress() {
    this.address.cancel();
    if (location.pathname !== this.address.path) return; // another page comes
    const mode = new URLSearchParams(location.search).get("mode") ?? this.panels[0].name;
    if (!this.panel) this.state.mode = mode;
    else if (mode !== this.state.mode) {
      Object.assign(this.links, this.panel.urlParams?.());
      this.showPanel(mode);
    }
    this.sync();
    this.address.write(); // other tabs may have changed what this entry says of them
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** @override */
  listenToControls() {
    super.listenToControls();
    this.listen(
      window,
      "keydown",
      event => {
        if (!isOfNothing(event) || SCROLLING.includes(keyName(event))) return;
        this.onKey(event);
        if (event.defaultPrevented) event.stopPropagation(); // Streamlit has keys of its own
      },
      true,
    );
    this.listen(this.root, "click", event => {
      const tab = event.target.closest("[data-tab]");
      if (tab) this.goToTab(tab.dataset.tab);
    });
  }

  /** @override @param {string} name @param {string} value */
  onChoice(name, value) {
    this.state[name] = value;
    this.panel?.onChoice?.(name, value);
    this.sync();
    this.syncUrl();
  }

  /** @override @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    if (name === "settings") button.setAttribute("aria-expanded", String(this.$("panel").classList.toggle("unfolded")));
    else this.panel?.onAction?.(name, button);
  }

  /** @override @param {string} name @param {number} value @param {HTMLInputElement} slider */
  onSlide(name, value, slider) {
    this.panel?.onSlide?.(name, value, slider);
  }

  /** @override @param {string} name @param {string} value @param {HTMLInputElement | HTMLSelectElement} field */
  onSelect(name, value, field) {
    this.panel?.onSelect?.(name, value, field);
  }

  /** @override @param {KeyboardEvent} event @returns {Keys} */
  keys(event) {
    const tab = /** @type {HTMLElement} */ (event.target).dataset?.tab;
    const tabs = tab ? { ArrowLeft: () => this.nextTab(-1), ArrowRight: () => this.nextTab(1) } : {};
    return { ...this.panel?.keys?.(), ...tabs };
  }

  /** @param {string} name */
  goToTab(name) {
    if (!this.panel) {
      this.state.mode = name; // opened once the model has come
      this.sync();
    } else if (name !== this.state.mode) {
      this.address.write(); // the entry that is left keeps what it shows
      this.showPanel(name);
      this.address.write("pushState");
    }
  }

  /** @param {number} by */
  nextTab(by) {
    const at = this.panels.findIndex(kind => kind.name === this.state.mode);
    const { name } = this.panels[(at + by + this.panels.length) % this.panels.length];
    this.goToTab(name);
    const tab = this.root.querySelector(`[data-tab="${name}"]`);
    if (tab instanceof HTMLElement) tab.focus();
  }
}

/** @param {PanelKind[]} panels @returns {Html[]} */
export const tabButtons = panels =>
  panels.map(
    ({ name, title, hint }) =>
      html`<button type="button" role="tab" data-tab="${name}" title="${hint}">${title}</button>`,
  );
