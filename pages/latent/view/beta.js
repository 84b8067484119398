// The weight of the KL turned up until the posterior collapses, and back: models that differ in beta alone, side by side.

import { messageOf } from "../../shared/view/api.js";
import { fit, greyPixel, paint } from "../../shared/view/canvas.js";
import { write } from "../../shared/view/controls.js";
import { context2d, find, findAll } from "../../shared/view/dom.js";
import { html, put } from "../../shared/view/html.js";
import { noise } from "./maths.js";

/** @typedef {import("./player.js").LatentView} LatentView */
/** @typedef {import("./model.js").Greys} Greys */
/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.d.ts").LatentData} LatentData */

const TILES = 8; // pictures of each kind
const COLUMNS = 4;

export class Beta {
  static name = "beta";
  static title = "Collapse";
  static hint = "Raise the weight of the KL until the posterior collapses";

  /** @param {LatentData} data */
  static applies(data) {
    return data.family.length > 1;
  }

  /**
   * @param {LatentView} host
   * @param {HTMLElement} root
   * @param {Beta} [before]
   */
  constructor(host, root, before) {
    this.host = host;
    this.root = root;
    this.members = host.data.family;
    const asked = before?.at ?? this.members.findIndex(({ beta }) => String(beta) === host.state.beta);
    this.at = asked >= 0 ? asked : this.members.findIndex(({ name }) => name === host.data.checkpoint);
    if (host.state.beta && asked < 0) host.showError(`No model here has β = ${host.state.beta.slice(0, 20)}.`);
    /** @type {(Model | undefined)[]} as they come, in the order of the members */
    this.models = this.members.map(() => undefined);
    this.examples = exampleRows(host.space.own);
    this.largestKl = 0; // of a unit of any model: the scale of all bars
    this.width = 0; // of a column
    this.dirty = false;
    this.destroyed = false;
    put(root, this.markup());
    this.load();
  }

  /** Load all models, so that the slider swaps at once. */
  async load() {
    const { host, members } = this;
    const { plane } = host.space;
    try {
      await Promise.all(
        members.map(async (member, i) => {
          const model = await host.modelOf(member);
          await model.axes(plane);
          this.models[i] = model;
          this.drawBars(i);
          this.dirty = true;
          host.requestFrame();
        }),
      );
      if (!this.destroyed) this.show(this.at);
    } catch (error) {
      host.showError(messageOf(error));
    }
  }

  destroy() {
    this.destroyed = true;
    const { space } = this.host;
    if (!space.isOwn) this.host.showModel(space.own);
  }

  /** @param {number} i */
  show(i) {
    this.at = i;
    find(this.root, "input", HTMLInputElement).value = String(i);
    write(find(this.root, "output"), `β = ${this.members[i].beta}`);
    for (const [j, column] of findAll(this.root, ".member").entries())
      column.setAttribute("aria-pressed", String(i === j));
    const model = this.models[i];
    if (model) this.host.showModel(model);
    this.host.syncUrl();
  }

  /** @param {string} _name @param {number} value */
  onSlide(_name, value) {
    this.show(Math.min(this.members.length - 1, Math.max(0, Math.round(value))));
  }

  /** @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    if (name === "member") this.show(Number(button.value));
  }

  /** Draw the KL of each unit, the largest first, on one scale for all models. @param {number} i */
  drawBars(i) {
    const most = Math.max(...this.models.flatMap(model => (model ? Array.from(model.kl) : [])), 1e-6);
    const rescaled = most !== this.largestKl;
    this.largestKl = most;
    for (const [k, model] of this.models.entries()) {
      if (!model || !(rescaled || k === i)) continue;
      const bars = model.order.map(
        j =>
          html`<i class="${model.inactive[j] ? "inactive" : ""}" style="height:${Math.max(2, (100 * model.kl[j]) / most)}%"></i>`,
      );
      put(find(this.root, `[data-bars="${k}"]`), bars);
      write(
        find(this.root, `[data-total="${k}"]`),
        `${model.totalKl.toFixed(1)} nats, ${model.inactiveUnits} inactive`,
      );
    }
  }

  onPictures() {
    this.dirty = true;
  }

  draw() {
    const { host, models, examples } = this;
    const width = find(this.root, "[data-bars]").clientWidth;
    if (width !== this.width) this.dirty = true;
    this.width = width;
    if (!this.dirty || !width) return false;
    this.dirty = false;
    const originals = find(this.root, "[data-originals]", HTMLCanvasElement);
    const box = /** @type {HTMLElement} */ (originals.parentElement);
    box.hidden = !host.pictures.here;
    if (host.pictures.here)
      this.drawTiles(
        originals,
        box.parentElement?.clientWidth ?? width,
        examples.map(row => host.pictures.of(row)),
      );
    for (const [i, model] of models.entries()) {
      if (!model) continue;
      const draw = noise(7);
      this.drawTiles(
        find(this.root, `[data-backs="${i}"]`, HTMLCanvasElement),
        width,
        examples.map(row => model.decode(model.code(row))),
      );
      this.drawTiles(
        find(this.root, `[data-samples="${i}"]`, HTMLCanvasElement),
        width,
        examples.map(() => model.decode(Float32Array.from({ length: model.d }, draw))),
      );
    }
    return false;
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number} width
   * @param {(Greys | null)[]} greys
   */
  drawTiles(canvas, width, greys) {
    const { own } = this.host.space;
    const cell = width / COLUMNS;
    const scale = (cell - 2) / Math.max(own.width, own.height);
    const height = own.height * scale;
    fit(canvas, width, Math.ceil(greys.length / COLUMNS) * (height + 2));
    const ratio = canvas.width / width;
    const context = context2d(canvas);
    for (const [i, grey] of greys.entries()) {
      if (!grey) {
        this.dirty = true;
        continue;
      }
      const x = ((i % COLUMNS) * cell + 1) * ratio;
      const y = Math.floor(i / COLUMNS) * (height + 2) * ratio;
      paint(context, own.width, own.height, greyPixel(grey), x, y, own.width * scale * ratio, height * ratio);
    }
  }

  urlParams() {
    const usual = this.members[this.at]?.name === this.host.data.checkpoint;
    return { beta: usual || this.destroyed ? "" : String(this.members[this.at].beta) };
  }

  markup() {
    const last = this.members.length - 1;
    return html`
<p class="note">Models that differ only in β, the weight of the KL. As β grows, dimensions collapse one by one; in the end the posterior
  equals the prior for every image, and the decoder returns the mean image. Move the slider and watch the codes collapse to a point.</p>
<div class="bar"><label class="slider wide">β <input type="range" data-slide="beta" min="0" max="${last}" step="1" aria-label="beta"><output></output></label></div>
<div class="members" style="--members:${this.members.length}">
  <span></span>${this.members.map(({ beta }, i) => html`<button type="button" class="member" data-do="member" value="${i}" title="Show this model on the map">β = ${beta}</button>`)}
  <span class="muted word">KL per dimension</span>${this.members.map((_, i) => html`<span><span class="bars" data-bars="${i}"></span><small data-total="${i}"></small></span>`)}
  <span class="originals"><span class="muted word">reconstructions of</span><span hidden><canvas data-originals></canvas></span></span>${this.members.map((_, i) => html`<canvas data-backs="${i}" role="img" aria-label="Reconstructions"></canvas>`)}
  <span class="muted word">samples from the prior (same noise)</span>${this.members.map((_, i) => html`<canvas data-samples="${i}" role="img" aria-label="Samples"></canvas>`)}
</div>`;
  }
}

/**
 * Examples of different classes, the same for every model; others where there are fewer classes.
 * @param {Model} model
 */
export function exampleRows(model) {
  const rows = model.labels ? model.known.flatMap(c => model.rowsOf(c).slice(0, 1)) : [];
  while (rows.length < TILES && rows.length < model.n)
    rows.push(rows.length * 3 + 1 < model.n ? rows.length * 3 + 1 : rows.length);
  return rows.slice(0, TILES);
}
