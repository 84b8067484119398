// @ts-nocheck: no types yet
// Arithmetic with codes: what one class has that another has not, added to an image; and which unit tells which factor.

import { fit, greyPixel, paint } from "../gibbs/draw.js";
import { slider, write } from "../shared/controls.js";
import { html, put } from "../shared/html.js";
import { subscript, whole } from "./link.js";
import { mix } from "./maths.js";

const TILES = 9;
const REACH = 2;

export class Attributes {
  static applies(data) {
    return data.labelled || data.mig !== null;
  }

  constructor(host, root) {
    Object.assign(this, { host, root });
    const { known } = host.model,
      { state } = host;
    this.less = known.includes(whole(state.less, 0, 9_999)) ? Number(state.less) : known[0];
    this.more = known.includes(whole(state.more, 0, 9_999)) ? Number(state.more) : known[1];
    for (const name of ["less", "more"])
      if (state[name] !== "" && Number(state[name]) !== this[name])
        host.complain(
          `The link's class ${name} = ${state[name].slice(0, 20)} is not there for this model: this is the default.`,
        );
    this.strength = state.strength;
    put(root, this.markup());
    this.dirty = true;
    if (this.able) this.sync();
  }

  get able() {
    return this.host.model.known.length > 1;
  }

  sync() {
    const input = this.root.querySelector("input");
    input.value = this.strength;
    write(input.nextElementSibling, this.strength.toFixed(2));
    this.dirty = true;
    this.host.redrawOver();
  }

  // the point with so much of the difference added
  at(strength) {
    const { model, z } = this.host,
      from = model.classMean(this.less),
      to = model.classMean(this.more);
    return z.map((x, j) => x + strength * (to[j] - from[j]));
  }

  looking() {
    return this.able
      ? {
          z: this.at(this.strength),
          what: `the point, ${this.strength >= 0 ? "+" : "−"} ${Math.abs(this.strength).toFixed(2)} × the difference`,
        }
      : null;
  }

  moved() {
    this.dirty = true;
  }

  slide(name, value) {
    this.strength = value;
    this.sync();
    this.host.remember();
  }

  change(name, value) {
    this[name] = Number(value);
    this.sync();
    this.host.remember();
  }

  draw() {
    if (!this.able) return false;
    const { host } = this,
      canvas = this.root.querySelector("[data-tiles]"),
      width = canvas.parentElement.clientWidth;
    if (width !== this.width) (this.width = width), (this.dirty = true);
    if (!this.dirty || !width) return false;
    this.dirty = false;
    const { own, model } = host,
      cell = width / TILES,
      scale = Math.min(cell - 3, 62) / Math.max(own.width, own.height);
    fit(canvas, width, own.height * scale);
    const ratio = canvas.width / width,
      context = canvas.getContext("2d"),
      w = own.width * scale * ratio;
    context.clearRect(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < TILES; i++) {
      const grey = model.decode(this.at(-REACH + (2 * REACH * i) / (TILES - 1)));
      if (!grey) this.dirty = true;
      else
        paint(context, own.width, own.height, greyPixel(grey), (i + 0.5) * cell * ratio - w / 2, 0, w, canvas.height);
    }
    this.root
      .querySelector(".strip")
      .style.setProperty("--t", (((this.strength + REACH) / (2 * REACH)) * (TILES - 1) + 0.5) / TILES);
    return false;
  }

  marks(plane, context) {
    if (!this.able) return;
    const { model, z } = this.host,
      from = model.classMean(this.less),
      to = model.classMean(this.more);
    plane.path(context, [from, to], "#8e7cc3", [4, 4]);
    plane.spotDot(context, from, "#8e7cc3");
    plane.spotDot(context, to, "#8e7cc3", 6);
    plane.path(context, [z, this.at(this.strength)], "#e69f00");
    plane.spotDot(context, mix(z, this.at(this.strength), 1), "#e69f00", 6);
  }

  link() {
    const { known } = this.host.own;
    return {
      less: this.less === known[0] || this.less === undefined ? "" : String(this.less),
      more: this.more === known[1] || this.more === undefined ? "" : String(this.more),
      strength: this.strength === 1 ? "" : String(Number(this.strength.toFixed(2))),
    };
  }

  markup() {
    const { model, data } = this.host;
    const options = chosen =>
      model.known.map(c => html`<option value="${c}" ${c === chosen && html`selected`}>${model.classes[c]}</option>`);
    const arithmetic =
      this.able &&
      html`<div class="bar"><span class="group"><b>Add the mean of</b> <select data-pick="more" aria-label="Class that is added">${options(this.more)}</select> <b>minus that of</b>
  <select data-pick="less" aria-label="Class that is taken away">${options(this.less)}</select></span>${slider("strength", "strength", -REACH, REACH, 0.01, "How much of the difference is added to the point")}</div>
<div class="way attribute"><span class="strip"><canvas data-tiles role="img" aria-label="The point with more and more of the difference"></canvas></span></div>
<p class="note">z + strength · (mean of one class − mean of the other), on the map in orange; the purple line joins the two means. One direction serves all images only where classes lie side by side everywhere: look for examples where it does not.</p>`;
    return html`${arithmetic}${factorTable(model, data.mig)}`;
  }
}

Object.assign(Attributes, {
  title: "Attributes",
  hint: "Add the difference between two classes; which unit encodes which factor",
});
Object.defineProperty(Attributes, "name", { value: "attributes" });

// mutual information of each unit with each factor, as a fraction of the factor's entropy, and the gap that MIG averages
function factorTable({ information, order, dead }, mig) {
  const factors = Object.keys(information);
  if (!factors.length) return null;
  const units = order.filter(j => !dead[j]);
  const rows = factors.map(factor => {
    const shares = information[factor],
      [best, second] = [...shares].sort((x, y) => y - x);
    const cells = units.map(
      j =>
        html`<td style="background:color-mix(in srgb, var(--accent) ${Math.round(75 * Math.max(0, shares[j]))}%, transparent)">${shares[j] < 0.005 ? "" : shares[j].toFixed(2).slice(1)}</td>`,
    );
    return html`<tr><th>${factor}</th>${cells}<td><b>${(best - (second ?? 0)).toFixed(2)}</b></td></tr>`;
  });
  return html`<h4>Which unit encodes which factor</h4>
<div class="wide"><table><tr><th></th>${units.map(j => html`<th>z${subscript(j + 1)}</th>`)}<th>gap</th></tr>${rows}</table></div>
<p class="note">Mutual information of unit and factor as a fraction of the factor's entropy. The gap is the lead of the best unit over the second; its mean over factors is MIG${(mig ?? null) !== null && html`, here <b>${mig.toFixed(2)}</b>`} (Chen et al. 2018).
It asks for one unit per factor along the axes: a space that encodes all factors, but rotated, scores low, and an angle shared by two units is penalised though nothing is lost.</p>`;
}
