// The image shifted: how far each way to represent it moves.

import { blankCanvas, greyPixel, paint } from "../../shared/view/canvas.js";
import { button, slider, syncSlider, write } from "../../shared/view/controls.js";
import { part } from "../../shared/view/dom.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { ImagePad } from "../../shared/view/image_pad.js";
import { tracePath } from "../../shared/view/line_chart.js";
import { roomFor, stepped, unless } from "../../shared/view/panel.js";
import { codesOf, distancesOfShifts, yardstick } from "./codes.js";
import { shifted } from "./machine.js";

/**
 * @typedef {import("./player.js").ConvolutionalView} ConvolutionalView
 * @typedef {import("./types.d.ts").Code} Code
 */

const SHIFTED = 220; // CSS pixels of the image that is dragged
const REACH = 0.25; // of the image's sides, at most
const CHART = { height: 190, left: 44, right: 12, top: 10, bottom: 26 };

export class Shift {
  static name = "shift";
  static title = "Shift the image";
  static hint = "How far pixels, detection units and pooling units move when the image does";

  /** @param {ConvolutionalView} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    const { model, state } = host;
    this.most = Math.max(1, Math.floor(REACH * Math.min(model.height, model.width)));
    for (const axis of /** @type {("dx" | "dy")[]} */ (["dx", "dy"])) {
      if (Math.abs(state[axis]) <= this.most) continue;
      host.problems.push(
        `The link's ${axis} ${state[axis]} was not used: images of this size are shifted by at most ${this.most}.`,
      );
      state[axis] = 0;
    }
    put(root, markup(this.most, Math.min(model.height, model.width)));
    /** @type {Code[]} */
    this.codes = [];
    /** @type {number[]} how far the codes of different images lie from each other */
    this.yards = [];
    /** @type {number[][]} of each code, for every shift to the side */
    this.curves = [];
    this.curvesOf = NaN; // the shift down that they are of
    this.pad = new ImagePad(host, part(root, "input"), () => this.onImage(), { hides: false });
    this.listen(part(root, "shifted", HTMLCanvasElement));
    this.setCodes(null);
    this.loadDense();
  }

  async loadDense() {
    const { host } = this;
    const dense = await host.dense().catch(() => null); // the others are enough
    if (dense && host.panel === this) this.setCodes(dense);
  }

  /** @param {import("./types.d.ts").Dense | null} dense */
  setCodes(dense) {
    const { model, input } = this.host;
    this.codes = codesOf(model, dense);
    const examples = model.examples(40);
    this.yards = this.codes.map(code => yardstick(code, examples, input.visible));
    this.onImage();
  }

  onImage() {
    this.curvesOf = NaN;
    this.host.requestFrame();
  }

  /** Drag the image. @param {HTMLCanvasElement} canvas */
  listen(canvas) {
    /** @type {{ x: number, y: number, dx: number, dy: number } | null} */
    let start = null;
    canvas.addEventListener("pointerdown", event => {
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      const { dx, dy } = this.host.state;
      start = { x: event.clientX, y: event.clientY, dx, dy };
    });
    canvas.addEventListener("pointermove", event => {
      if (!start) return;
      const pixel = canvas.clientWidth / this.host.model.width;
      this.moveTo(
        start.dx + Math.round((event.clientX - start.x) / pixel),
        start.dy + Math.round((event.clientY - start.y) / pixel),
      );
    });
    for (const type of ["pointerup", "pointercancel"])
      canvas.addEventListener(type, () => {
        start = null;
      });
  }

  /** @param {number} dx @param {number} dy */
  moveTo(dx, dy) {
    const { state } = this.host;
    /** @param {number} d */
    const within = d => Math.max(-this.most, Math.min(this.most, d));
    state.dx = within(dx);
    state.dy = within(dy);
    this.host.syncUrl();
    this.host.requestFrame();
  }

  draw() {
    const { host, root } = this;
    const { dx, dy } = host.state;
    syncSlider(root, "dx", dx, signed(dx));
    syncSlider(root, "dy", dy, signed(dy));
    if (this.curvesOf !== dy) {
      this.curvesOf = dy;
      const { visible } = host.input;
      this.curves = this.codes.map((code, c) =>
        distancesOfShifts(code, visible, host.model, this.most, dy).map(d => d / this.yards[c]),
      );
    }
    this.drawShifted();
    this.drawMeters();
    this.drawChart();
  }

  drawShifted() {
    const { host, root } = this;
    const { model, input } = host;
    const { dx, dy } = host.state;
    const { width, height } = model;
    const zoom = SHIFTED / Math.max(width, height);
    const canvas = part(root, "shifted", HTMLCanvasElement);
    const context = blankCanvas(canvas, width * zoom, height * zoom);
    const grey = model.greyOf(shifted(input.visible, model, dx, dy, 0));
    paint(context, width, height, greyPixel(grey), 0, 0, width * zoom, height * zoom);
    write(
      part(root, "shift-says"),
      dx || dy ? `Shifted by ${signed(dx)} across, ${signed(dy)} down` : "Drag the image",
    );
  }

  /** The end of every scale. */
  get highest() {
    return Math.max(1.1, ...this.curves.flat());
  }

  drawMeters() {
    const { codes, curves, host, most } = this;
    const { dx } = host.state;
    const rows = codes.map(({ title, colour }, c) => ({ title, colour, far: curves[c][dx + most] }));
    const high = this.highest;
    refresh(
      part(this.root, "meters"),
      html`${rows.map(({ title, colour, far }) => html`<span>${title}</span><i><b style="width:${((100 * far) / high).toFixed(1)}%;background:${colour}"></b></i><span>${far.toFixed(2)}</span>`)}`,
    );
  }

  drawChart() {
    const { codes, curves, host, most, root } = this;
    const canvas = part(root, "chart", HTMLCanvasElement);
    const { height, left, right, top, bottom } = CHART;
    const width = Math.max(240, roomFor(canvas));
    const context = blankCanvas(canvas, width, height);
    const high = this.highest;
    /** @param {number} i */
    const x = i => left + ((width - left - right) * i) / (2 * most);
    /** @param {number} v */
    const y = v => top + (height - top - bottom) * (1 - v / high);
    context.font = `12px ${host.theme.font}`;
    context.fillStyle = host.theme.text;
    for (const v of [0, 0.5, 1]) {
      context.textAlign = "right";
      context.globalAlpha = 0.75;
      context.fillText(v.toFixed(1), left - 6, y(v) + 4);
      context.globalAlpha = v === 1 ? 0.4 : 0.15;
      context.fillRect(left, y(v), width - left - right, 1);
    }
    context.globalAlpha = 0.75;
    context.textAlign = "center";
    for (const d of [-most, 0, most]) context.fillText(signed(d), x(d + most), height - 8);
    context.globalAlpha = 0.4;
    context.fillRect(x(host.state.dx + most), top, 1, height - top - bottom);
    context.globalAlpha = 1;
    codes.forEach(({ colour }, c) => {
      context.strokeStyle = colour;
      context.lineWidth = 2.5;
      tracePath(context, curves[c], x, y);
      context.stroke();
    });
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    if (name === "home") this.moveTo(0, 0);
    else this.pad.onAction(name, button.value);
  }

  /** @param {string} name @param {string} value */
  onChoice(name, value) {
    if (name === "tool") this.pad.setTool(/** @type {import("../../shared/view/image_pad.js").PadTool} */ (value));
  }

  /** @param {string} name @param {number} value */
  onSlide(name, value) {
    const { dx, dy } = this.host.state;
    if (name === "dx") this.moveTo(value, dy);
    else this.moveTo(dx, value);
  }

  keys() {
    const { most, host } = this;
    const { dx, dy } = host.state;
    /** @param {number} d @param {number} by */
    const moved = (d, by) => stepped(d + most, by, 2 * most) - most;
    return {
      ArrowLeft: () => this.moveTo(moved(dx, -1), dy),
      ArrowRight: () => this.moveTo(moved(dx, 1), dy),
      ArrowUp: () => this.moveTo(dx, moved(dy, -1)),
      ArrowDown: () => this.moveTo(dx, moved(dy, 1)),
      r: () => this.pad.onAction("shuffle", ""),
    };
  }

  urlParams() {
    const { input, state } = this.host;
    return { ...input.urlParams(), dx: unless(state.dx, 0), dy: unless(state.dy, 0) };
  }
}

/** @param {number} d */
const signed = d => (d > 0 ? `+${d}` : String(d).replace("-", "−"));

/** @param {number} most @param {number} side pixels of the image's shorter side */
const markup = (most, side) => html`
<div class="stage">
  <section class="input" data-part="input"></section>
  <section class="moved">
    <figure><canvas data-part="shifted" class="drag" role="img" aria-label="The shifted image: drag it, or use the arrow keys"></canvas><figcaption data-part="shift-says"></figcaption>
      <div class="tools">${slider("dx", "Across", -most, most, 1, "Pixels to the right (← →)")}</div><div class="tools">${slider("dy", "Down", -most, most, 1, "Pixels down (↑ ↓)")}</div>
      <div class="tools">${button("home", "Back to the middle", "Shift by nothing")}</div></figure>
    <div><b>Distance to the code of the image where it was</b>
      <div class="bars" data-part="meters"></div>
      <div><canvas data-part="chart" role="img" aria-label="Distance of each code, for every shift to the side"></canvas></div>
      <p class="note">Below the curves: the shift to the side, in pixels, of an image shifted down as on the left. 1: as far as two different test images are apart on average in the same code, so that codes of any length can be compared.</p></div>
  </section>
</div>
<p class="note">A dense RBM has a weight from every hidden unit to every pixel: a shifted image is another image to it. Detection units move along with the image; a pooling unit stays on as long as its pattern stays in its block. ${side < 16 ? `Images of ${side} pixels are so small that a shift by one takes most patterns out of their block: pooling forgives little here.` : `Blocks are small beside images of ${side} pixels: how far does that carry?`}</p>`;
