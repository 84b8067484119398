// What a unit of any layer responds to: by its weights, by the images that excite it, by samples with it clamped on.

import { isAbort, messageOf } from "../../shared/view/api.js";
import { fit, layout, pointOn } from "../../shared/view/canvas.js";
import { PICKED } from "../../shared/view/colours.js";
import { button, choice, write } from "../../shared/view/controls.js";
import { context2d, findAll, part } from "../../shared/view/dom.js";
import { drawGrey, fitGrey } from "../../shared/view/greys.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { roomFor, stepped, unless } from "../../shared/view/panel.js";
import { seededRandom } from "../../shared/view/random.js";
import { drawField, paintField } from "./field.js";

/**
 * @typedef {import("./player.js").DeepView} DeepView
 * @typedef {import("./types.d.ts").Layers} Layers
 */

const PAGE = 100; // fields at once
const CHAINS = 8;
const SWEEPS = 300;
const BUDGET = 10; // ms of sampling a frame
const LINKED = 6; // units of the layer below with the largest weights
const TILE = 54; // CSS pixels

export class Units {
  static name = "units";
  static title = "What units respond to";
  static hint = "A unit by its weights, by the images that excite it, by samples";

  /** @param {DeepView} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    const { machine } = host.model;
    const { state } = host;
    this.layer = state.layer > 0 && state.layer <= machine.top ? state.layer : machine.top;
    this.unit = state.unit >= 0 && state.unit < machine.sizes[this.layer] ? state.unit : 0;
    this.page = Math.floor(this.unit / PAGE);
    /** @type {Float32Array[]} of the page that is shown */
    this.fields = [];
    /** @type {import("../../shared/view/canvas.js").TileGrid | null} */
    this.tiles = null;
    /** @type {Layers[]} */
    this.chains = [];
    this.sweeps = 0;
    state.level = String(this.layer);
    put(root, this.markup());
    this.sheet = part(root, "sheet", HTMLCanvasElement);
    this.sheet.addEventListener("click", event => {
      const { x, y } = pointOn(this.sheet, event);
      const found = this.tiles?.find(x, y) ?? -1;
      if (found >= 0) this.pick(this.page * PAGE + found);
    });
    /** @type {Uint16Array[][] | null} rows that excite each unit most, layer by layer */
    this.preferred = null;
    this.showPage();
    this.pick(this.unit);
    this.loadPreferred();
  }

  async loadPreferred() {
    const { host } = this;
    if (!host.model.images.length) return;
    try {
      this.preferred = await host.preferred();
      if (host.panel === this) this.drawPreferred();
    } catch (error) {
      if (!isAbort(error)) host.showError(messageOf(error));
    }
  }

  get size() {
    return this.host.model.machine.sizes[this.layer];
  }

  showPage() {
    const { machine } = this.host.model;
    const count = Math.min(PAGE, this.size - this.page * PAGE);
    this.fields = Array.from({ length: count }, (_, k) => machine.field(this.layer, this.page * PAGE + k));
    this.host.requestFrame();
  }

  /** @param {number} unit */
  pick(unit) {
    this.unit = unit;
    const page = Math.floor(unit / PAGE);
    if (page !== this.page) {
      this.page = page;
      this.showPage();
    }
    const random = seededRandom(unit);
    this.random = random;
    const { machine } = this.host.model;
    this.chains = Array.from({ length: CHAINS }, () => {
      const layers = machine.noise(random);
      layers[this.layer][unit] = 1;
      return layers;
    });
    this.sweeps = 0;
    this.drawPreferred();
    this.drawLinked();
    this.host.syncUrl();
    this.host.requestFrame();
  }

  // -- what is drawn --------------------------------------------------------------------------------

  draw() {
    const { host, layer, unit, random = Math.random } = this;
    const { machine } = host.model;
    const due = this.sweeps < SWEEPS;
    if (due)
      for (const until = performance.now() + BUDGET; performance.now() < until && this.sweeps < SWEEPS; this.sweeps++)
        for (const layers of this.chains)
          for (const odd of /** @type {(0 | 1)[]} */ ([1, 0]))
            machine.halfStep(layers, odd, random, { clampedUnit: { layer, unit, value: 1 } });
    this.drawSheet();
    this.drawSamples();
    return due;
  }

  drawSheet() {
    const { sheet, fields, host } = this;
    const { width, height } = host.model;
    const side = Math.min(470, Math.max(220, roomFor(sheet)));
    fit(sheet, side, side);
    const context = context2d(sheet);
    context.clearRect(0, 0, sheet.width, sheet.height);
    const tiles = layout(fields.length, width, height, sheet.width, sheet.height, 3);
    this.tiles = tiles;
    fields.forEach((field, k) => {
      const { x, y } = tiles.place(k);
      paintField(context, host.model, field, x, y, tiles.tileW, tiles.tileH);
      if (this.page * PAGE + k !== this.unit) return;
      context.strokeStyle = PICKED;
      context.lineWidth = 3;
      context.strokeRect(x - 1, y - 1, tiles.tileW + 2, tiles.tileH + 2);
    });
    const first = this.page * PAGE;
    write(part(this.root, "pages"), `${first + 1} to ${first + fields.length} of ${this.size.toLocaleString("en")}`);
    for (const step of findAll(this.root, '[data-do="page"]', HTMLButtonElement)) step.hidden = this.size <= PAGE;
  }

  drawSamples() {
    const { machine } = this.host.model;
    const canvases = findAll(part(this.root, "samples"), "canvas", HTMLCanvasElement);
    canvases.forEach((canvas, k) => {
      fitGrey(canvas, this.host.model, TILE);
      const means = machine.meanOf(0, machine.inputFromAbove(this.chains[k], 0));
      drawGrey(
        canvas,
        Uint8Array.from(means, v => 255 * v),
        this.host.model,
      );
    });
    write(part(this.root, "samples-say"), `after ${this.sweeps} sweeps from noise`);
  }

  drawPreferred() {
    const { host, layer, unit, preferred } = this;
    const { images } = host.model;
    const box = part(this.root, "preferred");
    write(part(this.root, "title"), `Layer ${layer}, unit ${unit}`);
    drawField(part(this.root, "field", HTMLCanvasElement), host.model, layer, unit, 112);
    if (!images.length || !preferred) {
      const words = images.length ? "Searching the test images …" : "The test images are not on this machine.";
      refresh(box, html`<span class="muted">${words}</span>`);
      return;
    }
    const rows = Array.from(preferred[layer - 1][unit]);
    refresh(
      box,
      html`${rows.map(row => html`<canvas data-row="${row}" role="img" aria-label="Test image ${row + 1}"></canvas>`)}`,
    );
    for (const canvas of findAll(box, "canvas", HTMLCanvasElement)) {
      fitGrey(canvas, host.model, TILE);
      drawGrey(canvas, images[Number(canvas.dataset.row)], host.model);
    }
  }

  /** The units of the layer below that it is connected with most strongly; of the first layer none. */
  drawLinked() {
    const { host, layer, unit } = this;
    const box = part(this.root, "linked");
    part(this.root, "linked-box").hidden = layer === 1;
    if (layer === 1) return;
    const weights = host.model.machine.field(layer, unit, layer - 1);
    const strongest = Array.from(weights, (w, below) => ({ w, below }))
      .sort((a, b) => Math.abs(b.w) - Math.abs(a.w))
      .slice(0, LINKED);
    refresh(
      box,
      html`${strongest.map(({ w, below }) => html`<figure><canvas data-below="${below}"></canvas><figcaption>${w > 0 ? "+" : "−"}${Math.abs(w).toFixed(2)}</figcaption></figure>`)}`,
    );
    for (const canvas of findAll(box, "canvas", HTMLCanvasElement))
      drawField(canvas, host.model, layer - 1, Number(canvas.dataset.below), TILE);
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    if (name === "page") this.turn(Number(button.value));
  }

  /** @param {number} by pages */
  turn(by) {
    const last = Math.ceil(this.size / PAGE) - 1;
    this.pick(Math.max(0, Math.min(last, this.page + by)) * PAGE);
  }

  /** @param {string} name @param {string} value */
  onChoice(name, value) {
    if (name !== "level") return;
    this.layer = Number(value);
    this.page = 0;
    this.showPage();
    this.pick(0);
  }

  keys() {
    return {
      ArrowLeft: () => this.pick(stepped(this.unit, -1, this.size - 1)),
      ArrowRight: () => this.pick(stepped(this.unit, 1, this.size - 1)),
    };
  }

  urlParams() {
    return { layer: unless(this.layer, this.host.model.machine.top), unit: unless(this.unit, 0) };
  }

  markup() {
    const { machine } = this.host.model;
    const layers = machine.hidden.map(
      layer => /** @type {[string, string, string]} */ ([String(layer), `Layer ${layer}`, `Units of layer ${layer}`]),
    );
    const samples = Array.from({ length: CHAINS }, () => html`<canvas></canvas>`);
    return html`
<div class="bar">${choice("level", layers, "Layer")}<span class="muted">Each tile: the unit's weights, projected through the layers below. Orange excites, blue inhibits.</span>
  <span class="end group">${button("page", "←", "Units before", html`value="-1"`)}<span data-part="pages"></span>${button("page", "→", "Units after", html`value="1"`)}</span></div>
<div class="sheet-and-unit">
  <div><canvas data-part="sheet" role="img" aria-label="What each unit stands for"></canvas></div>
  <section class="card"><header><b data-part="title"></b></header>
    <div class="responses"><canvas data-part="field" role="img" aria-label="Weights of the unit"></canvas>
      <div><h4>Test images that excite it most</h4><div class="strip" data-part="preferred"></div>
      <h4>Samples with it clamped on <span class="muted" data-part="samples-say"></span></h4><div class="strip" data-part="samples">${samples}</div></div></div>
    <div data-part="linked-box"><h4>Units below with the largest weights</h4><div class="strip" data-part="linked"></div></div>
    <p class="note">The three need not agree: weights leave out what the other units do, test images leave out what the machine alone can imagine.</p></section>
</div>`;
  }
}
