// What every player needs: mount, update and destroy; theme, size, address, errors, keys, and frames while it is seen.

import { part } from "./dom.js";
import { FrameLoop } from "./frame_loop.js";
import { controlAt, keyName, takesKey } from "./keyboard.js";
import { untilStaying } from "./leaving.js";
import { readTheme, watchTheme } from "./theme.js";
import { UrlWriter } from "./url.js";

/**
 * @typedef {import("./types.d.ts").Keys} Keys
 * @typedef {import("./types.d.ts").PlayerData} PlayerData
 * @typedef {import("./types.d.ts").UrlParams} UrlParams
 */

/**
 * @template Data
 * @typedef {import("./types.d.ts").Component<Data>} Component
 */

/**
 * A player writes its markup in its constructor and says in `open` what to do with another model. Its controls call
 *   onAction(name, button)      for a button with data-do
 *   onChoice(name, value)       for one of a segmented choice (data-choice)
 *   onSlide(name, value, input) for a slider (data-slide), while it moves
 *   onSelect(name, value, field) for a select or field with data-pick, once it has changed
 * and keys() says what keys do.
 * @template {object} [Data=PlayerData]
 */
export class Shell {
  /** What gives the keyboard back to the player once it was changed with the pointer. */
  static returnsFocus = "select";
  /** Whether keys count wherever they are pressed on the page, not only inside the player. */
  static hearsPage = false;
  /** Most milliseconds that one frame counts as. */
  static longestFrame = 100;

  /** @param {HTMLElement} root */
  constructor(root) {
    const kind = /** @type {typeof Shell} */ (this.constructor);
    this.root = root;
    /** @type {(() => void)[]} what `destroy` calls */
    this.cleanups = [];
    this.destroyed = false;
    this.data = /** @type {Data} */ (/** @type {unknown} */ (null)); // until the first update
    /** @type {Component<Data>["setStateValue"]} */
    this.setStateValue = () => {};
    this.reported = "";
    this.byKeyboard = false; // the last thing done was done by keys: the focus stays where it is
    this.theme = readTheme(root);
    this.address = new UrlWriter(root, () => this.urlParams());
    this.frames = new FrameLoop(root, (now, elapsed) => this.draw(now, elapsed), kind.longestFrame);
    const observer = new ResizeObserver(() => {
      this.checkTheme();
      this.onResize();
    });
    observer.observe(root);
    this.cleanups.push(
      () => observer.disconnect(),
      () => this.frames.stop(),
      () => this.address.cancel(),
      watchTheme(root, () => this.checkTheme()),
    );
    this.listenToControls();
  }

  /**
   * @template {Shell<any>} P
   * @this {new (root: HTMLElement) => P}
   * @param {Element} parent what Streamlit made for the component
   * @param {Component<any>} component
   * @returns {P}
   */
  static mount(parent, component) {
    const player = new this(/** @type {HTMLElement} */ (parent.querySelector(".player")));
    player.update(component);
    return player;
  }

  // -- what a player says ---------------------------------------------------------------------------

  /**
   * Another model than before is to be shown.
   * @param {Data | null} _before what was shown before, null at first
   */
  open(_before) {}

  /**
   * The page has run again with the same model.
   * @param {Data} _before
   */
  onData(_before) {}

  /**
   * @param {number} _now
   * @param {number} _elapsed ms since the last frame, 0 where it follows none
   * @returns {boolean | void} true where another frame is wanted
   */
  draw(_now, _elapsed) {}

  /** Draw everything anew, as after another size or theme. */
  redraw() {
    this.requestFrame();
  }

  onResize() {
    this.redraw();
  }

  onTheme() {
    this.redraw();
  }

  /** @returns {UrlParams | null} what the address says of what is shown; null while it shall stay as it is */
  urlParams() {
    return null;
  }

  /** @param {string} _name @param {HTMLButtonElement} _button @param {MouseEvent} _event */
  onAction(_name, _button, _event) {}

  /** @param {string} _name @param {string} _value */
  onChoice(_name, _value) {}

  /** @param {string} _name @param {number} _value @param {HTMLInputElement} _slider */
  onSlide(_name, _value, _slider) {}

  /** @param {string} _name @param {string} _value @param {HTMLInputElement | HTMLSelectElement} _field */
  onSelect(_name, _value, _field) {}

  /** @param {KeyboardEvent} _event @returns {Keys} */
  keys(_event) {
    return {};
  }

  /** Whether the player can be used. While it cannot, controls and keys do nothing. */
  get ready() {
    return true;
  }

  // -- what a player uses ---------------------------------------------------------------------------

  /**
   * The element with this data-part; throws where there is none.
   * @template {Element} [E=HTMLElement]
   * @param {string} name
   * @param {{new (): E}} [kind]
   * @returns {E}
   */
  $(name, kind) {
    return part(this.root, name, kind);
  }

  /** @param {Component<Data>} component */
  update({ data, setStateValue }) {
    const before = /** @type {Data | null} */ (this.data);
    this.data = data;
    this.setStateValue = setStateValue;
    this.checkTheme();
    if (!before || isAnotherModel(before, data)) this.open(before);
    else this.onData(before);
  }

  destroy() {
    this.destroyed = true;
    for (const cleanup of this.cleanups.splice(0)) cleanup();
  }

  requestFrame() {
    this.frames.request();
  }

  /** Put what is shown into the address, soon. */
  syncUrl() {
    this.address.sync();
  }

  /** @param {string} text what went wrong; "" where nothing has */
  showError(text) {
    const box = this.$("error");
    box.hidden = !text;
    if (box.textContent !== text) box.textContent = text;
  }

  /** The first picture stands: what the page has below may come. Said once for every model. */
  reportShown() {
    const model = modelOf(this.data);
    if (this.reported === model) return;
    this.reported = model;
    this.tell("shown", true);
  }

  /** Tell the page a value, which makes it run again: once it is known that it stays. @param {string} name @param {unknown} value */
  tell(name, value) {
    const send = () => !this.destroyed && this.setStateValue(name, value);
    const wait = untilStaying(performance.now());
    if (wait) setTimeout(send, wait);
    else send();
  }

  checkTheme() {
    const theme = readTheme(this.root);
    if (JSON.stringify(theme) === JSON.stringify(this.theme)) return;
    this.theme = theme;
    this.onTheme();
  }

  /**
   * Listen until the player is destroyed.
   * @param {EventTarget} target
   * @param {string} type
   * @param {(event: any) => void} listener
   * @param {AddEventListenerOptions | boolean} [options]
   */
  listen(target, type, listener, options) {
    target.addEventListener(type, listener, options);
    this.cleanups.push(() => target.removeEventListener(type, listener, options));
  }

  // -- hands ----------------------------------------------------------------------------------------

  listenToControls() {
    const { root } = this;
    const { hearsPage } = /** @type {typeof Shell} */ (this.constructor);
    for (const type of ["keydown", "pointerdown"])
      this.listen(root, type, () => this.noteHand(type === "keydown"), true);
    this.listen(root, "click", event => {
      const pressed = event.target.closest("button, summary");
      if (!pressed || !this.ready) return;
      this.returnFocus(pressed);
      if (pressed instanceof HTMLButtonElement) this.onPress(pressed, event);
    });
    this.listen(root, "input", ({ target }) => {
      if (this.ready && target.dataset.slide) this.onSlide(target.dataset.slide, Number(target.value), target);
    });
    this.listen(root, "change", ({ target }) => {
      if (target.matches(/** @type {typeof Shell} */ (this.constructor).returnsFocus)) this.returnFocus(target);
      if (this.ready && target.dataset.pick) this.onSelect(target.dataset.pick, target.value, target);
    });
    if (hearsPage) this.listen(window, "keydown", event => this.onKey(event), true);
    else this.listen(root, "keydown", event => this.onKey(event));
  }

  /** @param {boolean} byKeyboard */
  noteHand(byKeyboard) {
    this.byKeyboard = byKeyboard;
  }

  /**
   * What was changed with the pointer gives the keyboard back to the player; what was reached by Tab keeps it.
   * @param {Element} control
   */
  returnFocus(control) {
    if (!this.byKeyboard && control.isConnected) this.root.focus({ preventScroll: true });
  }

  /** @param {HTMLButtonElement} button @param {MouseEvent} event */
  onPress(button, event) {
    const { choice, do: name } = button.dataset;
    if (choice !== undefined) this.onChoice(choice, button.value);
    else if (name === "help") this.toggleHelp();
    else if (name !== undefined) this.onAction(name, button, event);
  }

  get hasHelp() {
    return this.root.querySelector('[data-part="help"]') !== null;
  }

  toggleHelp() {
    const help = this.$("help");
    help.hidden = !help.hidden;
    this.root.querySelector('[data-do="help"]')?.setAttribute("aria-expanded", String(!help.hidden));
  }

  /**
   * Whether a key pressed somewhere on the page is meant for this player.
   * @param {KeyboardEvent} _event
   */
  hears(_event) {
    return true;
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.ready || !this.hears(event)) return;
    const control = controlAt(event.composedPath()[0]);
    const key = keyName(event);
    if (control && takesKey(control, key)) return;
    const action = this.keys(event)[key] || (key === "?" && this.hasHelp && (() => this.toggleHelp()));
    if (!action) return;
    event.preventDefault();
    if (/** @type {typeof Shell} */ (this.constructor).hearsPage) event.stopPropagation();
    action(event);
  }
}

/** @param {any} data @returns {string} the checkpoint, told from another one of the same name */
const modelOf = data => `${data.checkpoint} ${data.version}`;

/** @param {object} before @param {object} data */
const isAnotherModel = (before, data) => modelOf(before) !== modelOf(data);
