// The pad on which the image is drawn, chosen among examples, and hidden in part.

import { button, choice, icon, write } from "./controls.js";
import { part } from "./dom.js";
import { DrawingPad } from "./drawing_pad.js";
import { html, put } from "./html.js";

/**
 * @typedef {import("./types.d.ts").Bytes} Bytes
 * @typedef {"draw" | "rub" | "hide" | "show"} PadTool
 */

/**
 * The player on whose page it stands.
 * @typedef {object} PadHost
 * @property {import("./input_image.js").InputImage} input
 * @property {{ images: Bytes[], labels: number[], className: (c: number) => string }} model
 * @property {PadTool} tool
 * @property {() => void} syncUrl
 */

export const SIDE = 196; // CSS pixels
/** @type {Record<PadTool, import("./drawing_pad.js").Tool>} */
const TOOLS = { draw: "draw", rub: "rub", hide: "on", show: "free" };

export class ImagePad {
  /**
   * @param {PadHost} host
   * @param {HTMLElement} root
   * @param {() => void} onChange the image is another
   * @param {{ hides?: boolean }} [options] whether a part can be hidden
   */
  constructor(host, root, onChange, { hides = true } = {}) {
    this.host = host;
    this.root = root;
    this.onChange = onChange;
    if (!hides && !["draw", "rub"].includes(host.tool)) host.tool = "draw";
    put(root, markup(host.model.images.length > 0, hides));
    const { input } = host;
    this.pad = new DrawingPad(part(root, "pad", HTMLCanvasElement), input, what => {
      if (what === "drawing") {
        host.input.pick = -1;
        if (input.binary) this.keepBits();
      }
      this.change();
    });
    for (const type of ["pointermove", "pointerleave"]) this.pad.canvas.addEventListener(type, () => this.draw());
    // the image is that of all panels
    this.pad.drawing = input.grey;
    if (hides) this.pad.mask = input.hidden;
    this.pad.tool = TOOLS[this.host.tool];
    this.draw();
  }

  /** What is drawn is black or white, as the machine sees it. */
  keepBits() {
    const { drawing } = this.pad;
    for (let i = 0; i < drawing.length; i++) drawing[i] = drawing[i] > 90 ? 255 : 0;
  }

  change() {
    this.draw();
    this.onChange();
    this.host.syncUrl();
  }

  draw() {
    const { input, model } = this.host;
    this.pad.draw(input.grey, SIDE);
    const label = model.labels[input.pick]; // none for a drawing
    const name = label === undefined ? "" : ` · ${model.className(label)}`;
    write(part(this.root, "whose"), input.pick < 0 ? "your drawing" : `test image ${input.pick + 1}${name}`);
  }

  /** @param {PadTool} tool */
  setTool(tool) {
    this.pad.tool = TOOLS[tool];
    this.draw();
  }

  /** @param {string} name @param {string} value @returns {boolean} whether it was one of the pad's buttons */
  onAction(name, value) {
    const { input, model } = this.host;
    if (name === "shuffle") input.show(model.images, Math.floor(Math.random() * model.images.length));
    else if (name === "clear") input.clear();
    else if (name === "hide-half") input.hideHalf(/** @type {"top"} */ (value));
    else if (name === "show-all") input.hidden.fill(0);
    else return false;
    this.change();
    return true;
  }
}

const PENS = /** @type {[PadTool, string, string][]} */ ([
  ["draw", "Draw", "Draw on the image"],
  ["rub", "Erase", "Erase"],
  ["hide", "Hide", "Hide pixels: the machine must infer them"],
  ["show", "Show", "Show hidden pixels again"],
]);

/** @param {boolean} hasImages @param {boolean} hides */
const markup = (hasImages, hides) => html`
<canvas data-part="pad" class="pad" role="img" aria-label="The image: draw on it${hides && ", or hide a part of it"}"></canvas>
<div class="note" data-part="whose"></div>
<div class="tools">${choice("tool", hides ? PENS : PENS.slice(0, 2), "Pen")}</div>
<div class="tools">${hasImages && button("shuffle", "Another image", "A random test image (R)")}${button("clear", icon("cross"), "Clear the drawing")}</div>
${
  hides &&
  html`<div class="tools"><span>Hide</span>${[
    ["top", "↑"],
    ["bottom", "↓"],
    ["left", "←"],
    ["right", "→"],
  ].map(([side, arrow]) =>
    button("hide-half", arrow, `Hide the ${side} half`, html`value="${side}"`),
  )}${button("show-all", "Show all", "Hide nothing")}</div>`
}`;
