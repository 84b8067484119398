// @ts-nocheck: no types yet
// The image that is read: a test image, a drawing, an item of other data; and what the panels that read it share.

import { oklch } from "../atlas/colours.js";
import { fit, paint } from "../gibbs/draw.js";
import { get, post } from "../gibbs/wire.js";
import { button, choice, write } from "../shared/controls.js";
import { html, put, refresh } from "../shared/html.js";
import { Latest } from "../tabs/latest.js";
import { Subject } from "./subject.js";

// nothing to much: from black over red to a pale yellow, evenly lighter
export const HEAT = Array.from({ length: 256 }, (_, i) =>
  oklch(0.14 + (0.82 * i) / 255, 0.19 * Math.sin((Math.PI * (i + 30)) / 300), 350 + (110 * i) / 255),
);
export const MARK = "#ff9f1a";

// `side` pixels, or half of a narrow screen
export const half = (host, side) =>
  Math.min(side, host.root.clientWidth < 520 ? Math.floor((host.root.clientWidth - 18) / 2) : side);

export const number = (x, digits = 2) => (Number.isFinite(x) ? x.toFixed(digits).replace(/^-(0\.0*)$/, "$1") : "–");
export const plural = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

// what is beside the model, asked for once
export function around(host) {
  const { model } = host;
  model.around ??= get(`${host.url}/around`).then(({ header, planes }) => ({
    ...header,
    samples: planes.samples ?? null,
  }));
  return model.around;
}

export const row = levels => ({ type: "u8", shape: [levels.length], data: Uint8Array.from(levels) });

export class Chosen {
  // `changed()`: another image; `side()`: how large it is drawn
  constructor(host, root, changed, side) {
    Object.assign(this, { host, root, changed, side });
    const { model, state } = host;
    put(root, this.markup());
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    this.canvas = this.$("image");
    this.subject = new Subject(host, this.canvas, () => this.stroke());
    if (state.read === "test" && !model.examples.length) state.read = "drawing";
    state.example = Math.min(state.example, Math.max(0, model.examples.length - 1));
    this.others = new Map();
    this.open();
  }

  async open() {
    const { host } = this,
      { state } = host;
    try {
      const { strangers } = await around(host);
      if (!strangers.length) this.root.querySelector('[value="other"]').remove();
      const select = this.root.querySelector('[data-pick="other"]');
      put(
        select,
        strangers.map(({ name, title }) => html`<option value="${name}">${title}</option>`),
      );
      if (state.read === "other" && !strangers.some(({ name }) => name === state.other)) {
        if (strangers.length) state.other = strangers[0].name;
        else {
          host.complain("The link's image is from data that are not downloaded: this is a test image.");
          state.read = "test";
        }
      }
      if (state.read === "other") await this.fetch();
    } catch (error) {
      host.complain(error.message);
    }
    this.sync();
    this.changed();
  }

  // the images of another data set
  async fetch() {
    const { host } = this,
      { other } = host.state;
    if (this.others.has(other)) return;
    const { header, planes } = await get(
      `${host.url}/strange?source=${encodeURIComponent(other)}&v=${host.data.version}`,
    );
    const { d } = host.model,
      { data } = planes.levels;
    this.others.set(other, {
      ...header,
      examples: Array.from({ length: data.length / d }, (_, i) => data.subarray(i * d, (i + 1) * d)),
    });
  }

  // {examples, labels, names} of what is chosen from; null for a drawing
  get shelf() {
    const { model, state } = this.host;
    if (state.read === "drawing") return null;
    return state.read === "other" ? (this.others.get(state.other) ?? null) : model;
  }

  // the levels that are read; null while there are none
  get levels() {
    const { state } = this.host;
    if (state.read === "drawing") return this.subject.drawn();
    const shelf = this.shelf;
    return shelf?.examples.length ? shelf.examples[state.example % shelf.examples.length] : null;
  }

  // the class that the model is conditioned on: a test image's own, else the one that it finds likeliest
  get label() {
    const { model, state } = this.host;
    return state.read === "test" && model.classes.length && model.labels.length ? model.labels[state.example] : null;
  }

  get whose() {
    const { state } = this.host,
      { shelf } = this;
    if (state.read === "drawing") return "your drawing";
    if (!shelf) return "";
    const at = state.example % shelf.examples.length,
      label = shelf.labels[at];
    const what = label === undefined ? "" : `: ${shelf.names[label] ?? label}`;
    return `${state.read === "test" ? "test image" : "image"} ${at}${what}`;
  }

  stroke() {
    this.changed();
    this.host.remember();
    this.host.wake();
  }

  another(by = 0) {
    const { shelf, host } = this;
    if (!shelf?.examples.length) return;
    const n = shelf.examples.length,
      wanted = this.root.querySelector('[data-pick="class"]').value;
    const rows = [...shelf.examples.keys()].filter(i => wanted === "" || String(shelf.labels[i]) === wanted);
    if (!rows.length) return;
    if (by) {
      const at = rows.indexOf(host.state.example % n);
      host.state.example = rows[(at + by + rows.length) % rows.length];
    } else {
      const rest = rows.filter(i => i !== host.state.example % n);
      host.state.example = rest.length ? rest[Math.floor(Math.random() * rest.length)] : rows[0];
    }
    this.sync();
    this.changed();
    host.remember();
  }

  do(name) {
    if (name === "another") this.another();
    else if (name === "wipe") {
      this.subject.wipe();
      this.stroke();
    } else return false;
    return true;
  }

  async set(name) {
    if (name !== "read") return;
    await this.chose();
  }

  async change(name, value) {
    if (name === "class") return this.another();
    if (name !== "other") return;
    this.host.state.other = value;
    await this.chose();
  }

  async chose() {
    const { host } = this,
      { state } = host;
    try {
      if (state.read === "other") {
        state.other ||= this.root.querySelector('[data-pick="other"]').value;
        await this.fetch();
      }
    } catch (error) {
      host.complain(error.message);
    }
    this.sync();
    this.changed();
    host.remember();
  }

  sync() {
    const { state, model } = this.host,
      { shelf } = this;
    const drawing = state.read === "drawing";
    this.subject.easel.tool = drawing ? "draw" : "look";
    this.root.querySelector('[data-do="another"]').hidden = drawing;
    this.root.querySelector('[data-do="wipe"]').hidden = !drawing;
    this.root.querySelector('[value="test"]').disabled = !model.examples.length;
    const select = this.root.querySelector('[data-pick="class"]');
    const names = shelf ? [...new Set(shelf.labels)].sort((a, b) => a - b) : [];
    select.hidden = drawing || names.length < 2 || names.length > 60;
    refresh(
      select,
      html`<option value="">any</option>${names.map(c => html`<option value="${c}">${shelf.names[c] ?? c}</option>`)}`,
    );
    this.root.querySelector('[data-pick="other"]').hidden = state.read !== "other";
    this.host.sync();
    this.host.wake();
  }

  // `shown`: other levels than those that are read (what a variant makes of them)
  draw(shown = this.levels) {
    const { host, canvas } = this;
    if (!shown) return;
    host.blit(canvas, shown, this.side());
    canvas.style.cursor = host.state.read === "drawing" ? "crosshair" : "default";
    write(this.$("whose"), host.state.read === "drawing" && this.subject.empty ? "draw here" : this.whose);
  }

  keys() {
    return { r: () => this.another(), "[": () => this.another(-1), "]": () => this.another(1) };
  }

  link() {
    const { state } = this.host,
      drawing = state.read === "drawing";
    return {
      read: state.read === "test" ? "" : state.read,
      example: !drawing && state.example ? String(state.example) : "",
      other: state.read === "other" ? state.other : "",
      drawing: this.subject.empty ? "" : (state.drawing = this.subject.easel.write(this.subject.easel.drawing)),
    };
  }

  markup() {
    return html`
<figure class="subject"><canvas data-part="image" role="img" aria-label="The image that is read"></canvas><figcaption data-part="whose"></figcaption></figure>
<div class="pick">${choice(
      "read",
      [
        ["test", "test image", "An image that the model was not trained on"],
        ["drawing", "your drawing", "Draw one yourself"],
        ["other", "other data", "An image from another data set, under this model"],
      ],
      "Which image is read",
    )}
  <select data-pick="other" aria-label="Which other data" hidden></select>
  <span class="group"><select data-pick="class" aria-label="Class of the image" title="Only images of this class"></select>${button("another", "another", "Another image ([, ] previous, next; R random)")}${button("wipe", "clear", "Clear the drawing", html`hidden`)}</span></div>`;
  }
}

// -- canvases ---------------------------------------------------------------------------------------

// values (D,) from 0 to 1 as heat
export function heat(canvas, model, values, side) {
  const { width, height } = model,
    scale = side / Math.max(width, height);
  fit(canvas, width * scale, height * scale);
  const pixel = (out, i, at) => {
    const [r, g, b] = HEAT[Math.max(0, Math.min(255, Math.round(255 * values[i])))];
    (out[at] = r), (out[at + 1] = g), (out[at + 2] = b), (out[at + 3] = 255);
  };
  paint(canvas.getContext("2d"), width, height, pixel, 0, 0, canvas.width, canvas.height);
}

// frames around some places
export function frame(canvas, model, places, colour = MARK, line = 2) {
  const context = canvas.getContext("2d"),
    px = canvas.width / model.width,
    ratio = window.devicePixelRatio || 1;
  context.strokeStyle = colour;
  context.lineWidth = line * ratio;
  for (const i of places) context.strokeRect((i % model.width) * px, Math.floor(i / model.width) * px, px, px);
}

// the line around a region, (D,) of 0 and 1
export function outline(canvas, model, inside, colour = MARK, line = 2) {
  const { width: w, height: h } = model,
    context = canvas.getContext("2d"),
    px = canvas.width / w;
  const is = (i, j) => i >= 0 && j >= 0 && i < h && j < w && Boolean(inside[i * w + j]);
  context.strokeStyle = colour;
  context.lineWidth = line * (window.devicePixelRatio || 1);
  context.beginPath();
  for (let i = 0; i <= h; i++)
    for (let j = 0; j <= w; j++) {
      if (is(i, j) !== is(i - 1, j) && j < w) context.moveTo(j * px, i * px), context.lineTo((j + 1) * px, i * px);
      if (is(i, j) !== is(i, j - 1) && i < h) context.moveTo(j * px, i * px), context.lineTo(j * px, (i + 1) * px);
    }
  context.stroke();
}

// the place under a pointer, -1 beside the image
export function placeAt(canvas, model, event) {
  const box = canvas.getBoundingClientRect();
  const column = Math.floor(((event.clientX - box.left) / box.width) * model.width);
  const line = Math.floor(((event.clientY - box.top) / box.height) * model.height);
  return column < 0 || line < 0 || column >= model.width || line >= model.height ? -1 : line * model.width + column;
}

// what a level is called: off and on, or its number of how many
export const levelName = (model, level) =>
  model.levels === 2 ? ["off", "on"][level] : `level ${level} of ${model.levels - 1}`;

export const where = (model, i) => `row ${Math.floor(i / model.width) + 1}, column ${(i % model.width) + 1}`;

export { button, choice, get, html, Latest, post, put, write };
