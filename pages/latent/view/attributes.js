// Arithmetic with codes: what one class has that another has not, added to an image; and which unit tells which factor.

import { slider, syncSlider } from "../../shared/view/controls.js";
import { find } from "../../shared/view/dom.js";
import { html, put } from "../../shared/view/html.js";
import { subscript, whole } from "./link.js";
import { drawStrip } from "./strip.js";

/** @typedef {import("./player.js").LatentView} LatentView */
/** @typedef {import("./plane.js").Plane} Plane */
/** @typedef {import("./types.d.ts").LatentData} LatentData */

const TILES = 9;
const REACH = 2;

export class Attributes {
  static name = "attributes";
  static title = "Attributes";
  static hint = "Add the difference between two classes; see which dimension encodes which factor";

  /** @param {LatentData} data */
  static applies(data) {
    return data.labelled || data.mig !== null;
  }

  /**
   * @param {LatentView} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    const { known } = host.space.model;
    const { less, more, strength } = host.state;
    this.less = this.classOf("less", less, known[0]);
    this.more = this.classOf("more", more, known[1]);
    this.strength = strength;
    this.width = 0; // of the strip
    this.dirty = true;
    put(root, this.markup());
    if (this.possible) this.sync();
  }

  /**
   * The class that a link names, or the usual one.
   * @param {string} name
   * @param {string} text
   * @param {number} usual
   */
  classOf(name, text, usual) {
    const label = whole(text, 0, 9_999);
    if (label !== null && this.host.space.model.known.includes(label)) return label;
    if (text !== "")
      this.host.showError(`This model has no class ${name} = ${text.slice(0, 20)}: the default is used.`);
    return usual;
  }

  get possible() {
    return this.host.space.model.known.length > 1;
  }

  sync() {
    syncSlider(this.root, "strength", this.strength, this.strength.toFixed(2));
    this.dirty = true;
    this.host.redrawOver();
  }

  /** The point with so much of the difference added. @param {number} strength */
  at(strength) {
    const { model, z } = this.host.space;
    const from = model.classMean(this.less);
    const to = model.classMean(this.more);
    return z.map((x, j) => x + strength * (to[j] - from[j]));
  }

  lookedAt() {
    return this.possible
      ? {
          z: this.at(this.strength),
          what: `the point, ${this.strength >= 0 ? "+" : "−"} ${Math.abs(this.strength).toFixed(2)} × the difference`,
        }
      : null;
  }

  onPointChange() {
    this.dirty = true;
  }

  /** @param {string} _name @param {number} value */
  onSlide(_name, value) {
    this.strength = value;
    this.sync();
    this.host.syncUrl();
  }

  /** @param {string} name @param {string} value */
  onSelect(name, value) {
    if (name === "less") this.less = Number(value);
    else this.more = Number(value);
    this.sync();
    this.host.syncUrl();
  }

  draw() {
    if (!this.possible) return false;
    const canvas = find(this.root, "[data-tiles]", HTMLCanvasElement);
    const width = canvas.parentElement?.clientWidth ?? 0;
    if (width !== this.width) this.dirty = true;
    this.width = width;
    if (!this.dirty || !width) return false;
    const { own, model } = this.host.space;
    const pictures = Array.from({ length: TILES }, (_, i) =>
      model.decode(this.at(-REACH + (2 * REACH * i) / (TILES - 1))),
    );
    this.dirty = !drawStrip(canvas, width, own, pictures);
    const share = (this.strength + REACH) / (2 * REACH);
    find(this.root, ".strip").style.setProperty("--t", String((share * (TILES - 1) + 0.5) / TILES));
    return false;
  }

  /** @param {Plane} plane @param {CanvasRenderingContext2D} context */
  drawMarks(plane, context) {
    if (!this.possible) return;
    const { model, z } = this.host.space;
    const from = model.classMean(this.less);
    const to = model.classMean(this.more);
    plane.path(context, [from, to], "#8e7cc3", [4, 4]);
    plane.disc(context, from, "#8e7cc3");
    plane.disc(context, to, "#8e7cc3", 6);
    plane.path(context, [z, this.at(this.strength)], "#e69f00");
    plane.disc(context, this.at(this.strength), "#e69f00", 6);
  }

  urlParams() {
    const { known } = this.host.space.own;
    return {
      less: this.less === known[0] || this.less === undefined ? "" : String(this.less),
      more: this.more === known[1] || this.more === undefined ? "" : String(this.more),
      strength: this.strength === 1 ? "" : String(Number(this.strength.toFixed(2))),
    };
  }

  markup() {
    const { data, space } = this.host;
    const { model } = space;
    /** @param {number} chosen */
    const options = chosen =>
      model.known.map(c => html`<option value="${c}" ${c === chosen && html`selected`}>${model.classes[c]}</option>`);
    const arithmetic =
      this.possible &&
      html`<div class="bar"><span class="group"><b>Add the mean of</b> <select data-pick="more" aria-label="Class to add">${options(this.more)}</select> <b>minus that of</b>
  <select data-pick="less" aria-label="Class to subtract">${options(this.less)}</select></span>${slider("strength", "strength", -REACH, REACH, 0.01, "Multiple of the difference added to the point")}</div>
<div class="path attribute"><span class="strip"><canvas data-tiles role="img" aria-label="The point plus increasing multiples of the difference"></canvas></span></div>
<p class="note">Orange on the map: z + strength · (mean of one class − mean of the other); the purple line joins the two means. One direction rarely works for all images: look for examples where it fails.</p>`;
    return html`${arithmetic}${factorTable(model, data.mig)}`;
  }
}

/**
 * Mutual information of each unit with each factor, as a fraction of the factor's entropy, and the gap that MIG averages.
 * @param {import("./model.js").Model} model
 * @param {number | null} mig
 */
function factorTable({ information, order, inactive }, mig) {
  const factors = Object.keys(information);
  if (!factors.length) return null;
  const units = order.filter(j => !inactive[j]);
  const rows = factors.map(factor => {
    const shares = information[factor];
    const [best, second] = [...shares].sort((x, y) => y - x);
    const cells = units.map(
      j =>
        html`<td style="background:color-mix(in srgb, var(--accent) ${Math.round(75 * Math.max(0, shares[j]))}%, transparent)">${shares[j] < 0.005 ? "" : shares[j].toFixed(2).slice(1)}</td>`,
    );
    return html`<tr><th>${factor}</th>${cells}<td><b>${(best - (second ?? 0)).toFixed(2)}</b></td></tr>`;
  });
  return html`<h4>Which dimension encodes which factor</h4>
<div class="wide"><table><tr><th></th>${units.map(j => html`<th>z${subscript(j + 1)}</th>`)}<th>gap</th></tr>${rows}</table></div>
<p class="note">Mutual information of dimension and factor as a fraction of the factor's entropy. The gap is the best minus the second best; its mean over factors is MIG${mig !== null && html`, here <b>${mig.toFixed(2)}</b>`} (Chen et al. 2018).
MIG rewards one dimension per factor: a rotated space scores low although it encodes all factors, and so does an angle encoded by two dimensions.</p>`;
}
