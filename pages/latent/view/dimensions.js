// Each unit on its own: how much it says of an example (its KL), what it changes, and a slider that moves it.

import { fit, greyPixel, paint, pixelRatio } from "../../shared/view/canvas.js";
import { PICKED } from "../../shared/view/colours.js";
import { button, choice, write } from "../../shared/view/controls.js";
import { context2d, find, findAll } from "../../shared/view/dom.js";
import { html, put } from "../../shared/view/html.js";
import { subscript } from "./link.js";

/** @typedef {import("./player.js").LatentView} LatentView */
/** @typedef {import("./model.js").Model} Model */

const TILES = 9;
const REACH = 3; // from -3 to 3 standard deviations of the prior
const AT_FIRST = 10;
const BUDGET = 6; // ms of decoding at a beat, so that a drag stays smooth

/** The value at a picture of a row. @param {number} i */
const valueAt = i => -REACH + (2 * REACH * i) / (TILES - 1);

export class Dimensions {
  static name = "dimensions";
  static title = "Dimensions";
  static hint = "KL and effect of each dimension, with a slider";

  /**
   * @param {LatentView} host
   * @param {HTMLElement} root
   * @param {Dimensions} [before]
   */
  constructor(host, root, before) {
    this.host = host;
    this.root = root;
    this.all = before?.all ?? false; // all units, not only the first
    this.width = 0; // of a row
    /** @type {HTMLCanvasElement[]} rows that are still to be painted */
    this.todo = [];
    this.waiting = false; // for pictures from the server
    this.mount();
  }

  mount() {
    const { host, root } = this;
    const { model } = host.space;
    const inactive = model.inactiveUnits;
    put(
      root,
      html`
<div class="bar"><span class="group"><b>About</b>${choice(
        "around",
        [
          ["point", "the point", "Each row changes one dimension of the point"],
          ["prior", "prior mean", "Each row changes one dimension; all others are zero"],
        ],
        "Starting point of the rows",
      )}</span>
  <span class="group end">${button("origin", "go to prior mean", "Move the point to the prior's mean (O)")}${button("back-to", "back to the example", "Move the point to the selected example's posterior mean")}</span></div>
<p class="note">KL from posterior to prior, mean over ${model.n.toLocaleString("en")} test examples: <b>${model.totalKl.toFixed(1)} nats</b> in ${model.d - inactive} of ${model.d} dimensions.
${inactive ? `${inactive} ${inactive === 1 ? "is" : "are"} inactive: variance of the posterior mean below 0.01, ignored by the decoder.` : "All are active."}</p>
<div class="dims" data-part="dims"></div>
${model.d > AT_FIRST && html`<div class="bar">${button("more", "", "Show all dimensions, or the first ten")}</div>`}`,
    );
    this.showRows();
  }

  showRows() {
    const { model } = this.host.space;
    const units = this.all ? model.order : model.order.slice(0, AT_FIRST);
    const most = Math.max(...model.kl, 1e-6);
    const head = html`<div class="dim head"><span>dim.</span><span>KL, nats</span><span>value</span><span class="ends-of"><i>−${REACH}</i><i>0</i><i>${REACH}</i></span></div>`;
    const rows = units.map(j => {
      const kl = model.kl[j];
      const title = `z${subscript(j + 1)}: KL ${kl.toFixed(3)} nats${model.inactive[j] ? ", inactive" : ""}`;
      return html`<div class="dim${model.inactive[j] ? " inactive" : ""}" data-unit="${j}" title="${title}"><b>z${subscript(j + 1)}</b>
        <span class="kl"><i style="width:${Math.max(1, (100 * kl) / most)}%"></i><em>${model.inactive[j] ? "inactive" : kl.toFixed(2)}</em></span>
        <label><input type="range" data-slide="unit-${j}" min="${-REACH - 1}" max="${REACH + 1}" step="0.01" aria-label="z${j + 1}"><output></output></label>
        <canvas data-row="${j}" role="img" aria-label="Effect of dimension ${j + 1} from −${REACH} to ${REACH}"></canvas></div>`;
    });
    put(find(this.root, '[data-part="dims"]'), [head, ...rows]);
    const more = this.root.querySelector('[data-do="more"]');
    if (more) write(more, this.all ? `only the first ${AT_FIRST}` : `all ${model.d} dimensions`);
    for (const canvas of this.canvases) canvas.addEventListener("click", event => this.jump(canvas, event));
    this.onPointChange();
  }

  get canvases() {
    return findAll(this.root, "[data-row]", HTMLCanvasElement);
  }

  /** A picture of a row was clicked: the point goes there. @param {HTMLCanvasElement} canvas @param {MouseEvent} event */
  jump(canvas, event) {
    const box = canvas.getBoundingClientRect();
    const i = Math.min(TILES - 1, Math.floor(((event.clientX - box.left) / box.width) * TILES));
    this.moveUnit(this.base, Number(canvas.dataset.row), valueAt(i));
  }

  /** @param {Float32Array} from @param {number} j @param {number} x */
  moveUnit(from, j, x) {
    const z = Float32Array.from(from);
    z[j] = x;
    this.host.moveTo(z);
  }

  /** What the rows start from. */
  get base() {
    const { model, z } = this.host.space;
    return this.host.state.around === "prior" ? new Float32Array(model.d) : z;
  }

  onModelChange() {
    this.mount();
  }

  /** All rows are painted anew, from where the last beat left off: during a drag every one has its turn. */
  onPointChange() {
    const rows = this.canvases;
    const at = Math.max(0, rows.indexOf(this.todo[0]));
    this.todo = [...rows.slice(at), ...rows.slice(0, at)];
    this.host.requestFrame();
  }

  onChoice() {
    this.onPointChange();
  }

  /** @param {string} name @param {number} x */
  onSlide(name, x) {
    this.moveUnit(this.host.space.z, Number(name.split("-")[1]), x);
  }

  /** @param {string} name */
  onAction(name) {
    const { pick } = this.host.space;
    if (name === "more") {
      this.all = !this.all;
      this.showRows();
    } else if (name === "back-to" && pick >= 0) this.host.choose(pick);
  }

  draw() {
    const { root } = this;
    const { z, pick } = this.host.space;
    find(root, '[data-do="back-to"]', HTMLButtonElement).disabled = pick < 0;
    for (const input of findAll(root, "input[data-slide]", HTMLInputElement)) {
      const x = z[Number(input.dataset.slide?.split("-")[1])];
      if (Math.abs(Number(input.value) - x) > 0.006) input.value = String(x);
      if (input.nextElementSibling) write(input.nextElementSibling, x.toFixed(1).replace(/^-0.0$/, "0.0"));
    }
    const width = this.canvases[0]?.clientWidth ?? 0;
    if (width !== this.width) this.todo = this.canvases;
    this.width = width;
    const began = performance.now();
    const base = Float32Array.from(this.base);
    this.waiting = false;
    while (this.todo.length && performance.now() - began < BUDGET)
      this.paintRow(/** @type {HTMLCanvasElement} */ (this.todo.shift()), base);
    if (this.waiting && !this.todo.length) this.todo = this.canvases; // what comes asks for a frame
    return this.todo.length > 0 && !this.waiting;
  }

  /** @param {HTMLCanvasElement} canvas @param {Float32Array} base */
  paintRow(canvas, base) {
    const { model } = this.host.space;
    const j = Number(canvas.dataset.row);
    const cell = canvas.clientWidth / TILES;
    const scale = Math.min(cell - 2, 44) / Math.max(model.width, model.height);
    fit(canvas, canvas.clientWidth, model.height * scale);
    canvas.style.width = "100%";
    const ratio = pixelRatio();
    const context = context2d(canvas);
    const w = model.width * scale * ratio;
    const z = Float32Array.from(base);
    for (let i = 0; i < TILES; i++) {
      z[j] = valueAt(i);
      const grey = model.decode(z);
      if (!grey) {
        this.waiting = true;
        continue;
      }
      context.clearRect(i * cell * ratio, 0, cell * ratio, canvas.height); // the last marker may stand beside the picture
      const left = (i + 0.5) * cell * ratio - w / 2;
      paint(context, model.width, model.height, greyPixel(grey), left, 0, w, canvas.height);
    }
    // where the point stands in this row
    const at = ((base[j] + REACH) / (2 * REACH)) * (TILES - 1) + 0.5;
    if (at < 0 || at > TILES) return;
    context.fillStyle = PICKED;
    context.fillRect(at * cell * ratio - ratio, 0, 2 * ratio, canvas.height);
  }

  urlParams() {
    return { around: this.host.state.around === "prior" ? "prior" : "" };
  }
}
