// The choice of the image that a panel reads: a test image, a drawing, an image of another data set.

import { get, messageOf } from "../../shared/view/api.js";
import { button, choice, write } from "../../shared/view/controls.js";
import { find, part } from "../../shared/view/dom.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { rowsOf } from "../../shared/view/rows.js";
import { SourceImage } from "./source_image.js";

/** @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes */
/** @typedef {import("./player.js").PixelPlayer} PixelPlayer */
/** @typedef {{ examples: Bytes[], labels: number[], names: string[] }} ImageSet images in levels */

/**
 * An example of a set beside example `at`.
 * @param {Pick<ImageSet, "examples" | "labels">} set
 * @param {number} at
 * @param {string} wanted class by its number; "" for any
 * @param {number} by so many further; 0 for one at random
 * @param {() => number} [random] from 0 to 1
 * @returns {number | null} null where there is none of that class
 */
export function anotherExample({ examples, labels }, at, wanted, by, random = Math.random) {
  const rows = [...examples.keys()].filter(i => wanted === "" || String(labels[i]) === wanted);
  if (!rows.length) return null;
  if (by) return rows[(rows.indexOf(at) + by + rows.length) % rows.length];
  const rest = rows.filter(i => i !== at);
  return rest.length ? rest[Math.floor(random() * rest.length)] : rows[0];
}

/** An image as the routes take it. @param {Uint8Array} levels */
export const send = levels => ({
  type: /** @type {const} */ ("u8"),
  shape: [levels.length],
  data: Uint8Array.from(levels),
});

/**
 * `side` pixels, or half of a narrow screen.
 * @param {PixelPlayer} host
 * @param {number} side
 */
export const sideOn = ({ root }, side) =>
  Math.min(side, root.clientWidth < 520 ? Math.floor((root.clientWidth - 18) / 2) : side);

export class ImagePicker {
  /**
   * @param {PixelPlayer} host
   * @param {HTMLElement} root
   * @param {() => void} onChange another image is chosen, or is here
   * @param {() => number} side of the image on the page
   */
  constructor(host, root, onChange, side) {
    const { model, state } = host;
    this.host = host;
    this.root = root;
    this.onChange = onChange;
    this.side = side;
    put(root, markup());
    this.canvas = part(root, "image", HTMLCanvasElement);
    this.source = new SourceImage(host, this.canvas, () => this.onStroke());
    if (state.read === "test" && !model.examples.length) state.read = "drawing";
    state.example = Math.min(state.example, Math.max(0, model.examples.length - 1));
    /** @type {Map<string, ImageSet>} */
    this.others = new Map();
    this.open();
  }

  async open() {
    const { host, root } = this,
      { state } = host;
    try {
      const { strangers } = await host.around();
      if (!strangers.length) find(root, '[value="other"]').remove();
      put(
        this.select("other"),
        strangers.map(({ name, title }) => html`<option value="${name}">${title}</option>`),
      );
      if (state.read === "other" && !strangers.some(({ name }) => name === state.other)) {
        if (strangers.length) state.other = strangers[0].name;
        else {
          host.showError("The link shows an image of a data set that is not downloaded. Showing a test image instead.");
          state.read = "test";
        }
      }
      if (state.read === "other") await this.fetch();
    } catch (error) {
      host.showError(messageOf(error));
    }
    this.sync();
    this.onChange();
  }

  /** @param {string} name */
  select(name) {
    return find(this.root, `[data-pick="${name}"]`, HTMLSelectElement);
  }

  /** Get the images of the other data set. */
  async fetch() {
    const { host, others } = this,
      { other } = host.state;
    if (others.has(other)) return;
    const source = encodeURIComponent(other);
    const { header, planes } = await get(`${host.modelUrl}/strange?source=${source}&v=${host.data.version}`);
    others.set(other, { ...header, examples: rowsOf(planes.levels.data, host.model.d) });
  }

  /** @returns {ImageSet | null} what is chosen from; null for a drawing */
  get set() {
    const { model, state } = this.host;
    if (state.read === "drawing") return null;
    return state.read === "other" ? (this.others.get(state.other) ?? null) : model;
  }

  /** @returns {Bytes | null} the image; null while there is none */
  get levels() {
    const { state } = this.host;
    if (state.read === "drawing") return this.source.drawing();
    const { set } = this;
    return set?.examples.length ? set.examples[state.example % set.examples.length] : null;
  }

  /** The class that the model is conditioned on: a test image's own; null for the one that it finds likeliest. */
  get label() {
    const { model, state } = this.host;
    return state.read === "test" && model.classes.length && model.labels.length ? model.labels[state.example] : null;
  }

  get caption() {
    const { state } = this.host,
      { set } = this;
    if (state.read === "drawing") return this.source.empty ? "draw here" : "your drawing";
    if (!set) return "";
    const at = state.example % set.examples.length,
      label = set.labels[at];
    const what = label === undefined ? "" : `: ${set.names[label] ?? label}`;
    return `${state.read === "test" ? "test image" : "image"} ${at}${what}`;
  }

  onStroke() {
    this.onChange();
    this.host.syncUrl();
    this.host.requestFrame();
  }

  /** @param {number} [by] so many further; 0 for one at random */
  another(by = 0) {
    const { set, host } = this;
    if (!set?.examples.length) return;
    const at = anotherExample(set, host.state.example % set.examples.length, this.select("class").value, by);
    if (at === null) return;
    host.state.example = at;
    this.chosen();
  }

  /** @param {string} name @returns {boolean} whether the button is one of these */
  onAction(name) {
    if (name === "another") this.another();
    else if (name === "wipe") {
      this.source.clear();
      this.onStroke();
    } else return false;
    return true;
  }

  /** @param {string} name */
  async onChoice(name) {
    if (name === "read") await this.changeSet();
  }

  /** @param {string} name @param {string} value */
  async onSelect(name, value) {
    if (name === "class") return this.another();
    if (name !== "other") return;
    this.host.state.other = value;
    await this.changeSet();
  }

  async changeSet() {
    const { host } = this,
      { state } = host;
    try {
      if (state.read === "other") {
        state.other ||= this.select("other").value;
        await this.fetch();
      }
    } catch (error) {
      host.showError(messageOf(error));
    }
    this.chosen();
  }

  chosen() {
    this.sync();
    this.onChange();
    this.host.syncUrl();
  }

  // -- what is drawn ------------------------------------------------------------------------------

  sync() {
    const { host, root, set } = this,
      { state, model } = host,
      drawing = state.read === "drawing";
    this.source.pad.tool = drawing ? "draw" : "look";
    find(root, '[data-do="another"]').hidden = drawing;
    find(root, '[data-do="wipe"]').hidden = !drawing;
    find(root, '[value="test"]', HTMLButtonElement).disabled = !model.examples.length;
    const select = this.select("class"),
      classes = set ? [...new Set(set.labels)].sort((a, b) => a - b) : [];
    select.hidden = drawing || classes.length < 2 || classes.length > 60;
    refresh(
      select,
      html`<option value="">any</option>${classes.map(c => html`<option value="${c}">${set?.names[c] ?? c}</option>`)}`,
    );
    this.select("other").hidden = state.read !== "other";
    host.sync();
    host.requestFrame();
  }

  /** @param {Bytes | null} levels others than those that are chosen: what a variant makes of them */
  draw(levels = this.levels) {
    const { host, canvas } = this;
    if (!levels) return;
    host.blit(canvas, levels, this.side());
    canvas.style.cursor = host.state.read === "drawing" ? "crosshair" : "default";
    write(part(this.root, "whose"), this.caption);
  }

  keys() {
    return { r: () => this.another(), "[": () => this.another(-1), "]": () => this.another(1) };
  }

  urlParams() {
    const { state } = this.host,
      drawing = state.read === "drawing";
    if (!this.source.empty) state.drawing = this.source.packed();
    return {
      read: state.read === "test" ? "" : state.read,
      example: !drawing && state.example ? String(state.example) : "",
      other: state.read === "other" ? state.other : "",
      drawing: this.source.packed(),
    };
  }
}

const markup = () => html`
<figure class="subject"><canvas data-part="image" role="img" aria-label="Selected image"></canvas><figcaption data-part="whose"></figcaption></figure>
<div class="pick">${choice(
  "read",
  [
    ["test", "test image", "An image not used in training"],
    ["drawing", "your drawing", "Draw an image"],
    ["other", "other data", "An image from another data set"],
  ],
  "Source of the image",
)}
  <select data-pick="other" aria-label="Other data set" hidden></select>
  <span class="group"><select data-pick="class" aria-label="Class of the image" title="Show only images of this class"></select>${button("another", "shuffle", "Random image (R); [ and ] for previous and next")}${button("wipe", "clear", "Clear the drawing", html`hidden`)}</span></div>`;
