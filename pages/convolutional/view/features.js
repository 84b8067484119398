// Filters, and the feature map of each for the image: where it is seen, and what pooling makes of that.

import { blankCanvas, fit, greyPixel, layout, paint, pointOn, weightPixel } from "../../shared/view/canvas.js";
import { PICKED } from "../../shared/view/colours.js";
import { button, write } from "../../shared/view/controls.js";
import { context2d, part } from "../../shared/view/dom.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { ImagePad, SIDE } from "../../shared/view/image_pad.js";
import { roomFor, stepped, unless } from "../../shared/view/panel.js";

/**
 * @typedef {import("./player.js").ConvolutionalView} ConvolutionalView
 * @typedef {import("../../shared/view/canvas.js").TileGrid} TileGrid
 */

const GAP = 0.12; // between a filter and its map, as a share of either
const LARGE = 220; // CSS pixels of the map of the picked filter

export class Features {
  static name = "features";
  static title = "Feature maps";
  static hint = "Where each filter finds its pattern in the image, and what pooling keeps of it";

  /** @param {ConvolutionalView} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    const { model } = host;
    const { machine } = model;
    this.map = machine.mapShape(model);
    this.top = Math.max(...machine.filters.map(Math.abs), 1e-9); // the weight of full colour, of all filters alike
    /** @type {TileGrid | null} */
    this.tiles = null;
    /** @type {{ row: number, column: number } | null} the pooling block under the pointer, else the one most on */
    this.pointed = null;
    put(root, markup());
    this.sheet = part(root, "sheet", HTMLCanvasElement);
    this.large = part(root, "map", HTMLCanvasElement);
    this.sheet.addEventListener("click", event => {
      const { x, y } = pointOn(this.sheet, event);
      const found = this.tiles?.find(x, y) ?? -1;
      if (found >= 0) this.pick(found);
    });
    this.large.addEventListener("pointermove", event => this.point(event));
    this.large.addEventListener("pointerleave", () => {
      this.pointed = null;
      host.requestFrame();
    });
    this.pad = new ImagePad(host, part(root, "input"), () => this.onImage(), { hides: false });
    this.onImage();
  }

  onImage() {
    const { host } = this;
    this.means = host.model.machine.means(host.input.visible, host.model);
    host.requestFrame();
  }

  /** @param {number} k */
  pick(k) {
    this.host.state.filter = k;
    this.host.syncUrl();
    this.host.requestFrame();
  }

  /** @param {PointerEvent} event */
  point(event) {
    const { pool } = this.host.model.machine;
    const { x, y } = pointOn(this.large, event);
    const row = Math.floor(((y / this.large.height) * this.map.height) / pool),
      column = Math.floor(((x / this.large.width) * this.map.width) / pool);
    this.pointed = { row, column };
    this.host.requestFrame();
  }

  /** Sides of a pooled map. */
  get pooled() {
    const { pool } = this.host.model.machine;
    return { height: this.map.height / pool, width: this.map.width / pool };
  }

  /** The block that is told of: the one under the pointer, else the one that is likeliest on. */
  get block() {
    if (this.pointed) return this.pointed;
    const { width } = this.pooled;
    const { pooling } = this.mapsOf(this.host.state.filter);
    const most = pooling.indexOf(Math.max(...pooling));
    return { row: Math.floor(most / width), column: most % width };
  }

  /** Detection and pooling of one filter. @param {number} k */
  mapsOf(k) {
    const { detection, pooling } = /** @type {NonNullable<typeof this.means>} */ (this.means);
    const area = this.map.height * this.map.width,
      blocks = this.pooled.height * this.pooled.width;
    return {
      detection: detection.subarray(k * area, (k + 1) * area),
      pooling: pooling.subarray(k * blocks, (k + 1) * blocks),
    };
  }

  draw() {
    this.drawSheet();
    this.drawLarge();
    this.drawBlock();
  }

  /** Each filter beside its pooled map. */
  drawSheet() {
    const { host, sheet } = this;
    const { machine } = host.model;
    const { side, count } = machine;
    const width = Math.max(240, roomFor(sheet));
    const columns = Math.max(3, Math.round(width / 150)); // height follows from tiles that are easily told apart
    const height = Math.ceil(count / columns) * (width / columns) * 0.5;
    fit(sheet, width, height);
    const context = context2d(sheet);
    context.clearRect(0, 0, sheet.width, sheet.height);
    const tiles = layout(count, 2 + GAP, 1, sheet.width, sheet.height, 8);
    this.tiles = tiles;
    for (let k = 0; k < count; k++) {
      const { x, y } = tiles.place(k);
      const box = tiles.tileH;
      paint(context, side, side, weightPixel(machine.filter(k), this.top), x, y, box, box);
      const { pooling } = this.mapsOf(k);
      const { height: rows, width: across } = this.pooled;
      paint(context, across, rows, greyPixel(pooling.map(p => 255 * p)), x + box * (1 + GAP), y, box, box);
      if (k !== host.state.filter) continue;
      context.strokeStyle = PICKED;
      context.lineWidth = 3;
      context.strokeRect(x - 2, y - 2, tiles.tileW + 4, tiles.tileH + 4);
    }
  }

  /** The map of the picked filter, its pooling blocks, and what the block sees of the image. */
  drawLarge() {
    const { host, large, map, root } = this;
    const { model } = host;
    const { machine } = model;
    const k = host.state.filter;
    const { row, column } = this.block;
    const { pool, side } = machine;
    write(part(root, "title"), `Filter ${k + 1}`);

    const filter = part(root, "filter", HTMLCanvasElement);
    fit(filter, 96, 96);
    const { width: w, height: h } = filter;
    paint(context2d(filter), side, side, weightPixel(machine.filter(k), this.top), 0, 0, w, h);

    const scale = LARGE / Math.max(map.height, map.width);
    const context = blankCanvas(large, map.width * scale, map.height * scale);
    const { detection } = this.mapsOf(k);
    paint(
      context,
      map.width,
      map.height,
      greyPixel(detection.map(p => 255 * p)),
      0,
      0,
      map.width * scale,
      map.height * scale,
    );
    context.strokeStyle = "#8b95a366";
    context.lineWidth = 1;
    for (let i = pool; i < map.height; i += pool) line(context, 0, i * scale, map.width * scale, i * scale);
    for (let j = pool; j < map.width; j += pool) line(context, j * scale, 0, j * scale, map.height * scale);
    context.strokeStyle = PICKED;
    context.lineWidth = 2;
    context.strokeRect(column * pool * scale, row * pool * scale, pool * scale, pool * scale);

    const seen = part(root, "seen", HTMLCanvasElement);
    const zoom = SIDE / Math.max(model.width, model.height);
    const image = blankCanvas(seen, model.width * zoom, model.height * zoom);
    const { width, height } = model;
    paint(image, width, height, greyPixel(host.input.grey), 0, 0, width * zoom, height * zoom);
    image.strokeStyle = PICKED;
    image.lineWidth = 2;
    const reach = (side + pool - 1) * zoom;
    image.strokeRect(column * pool * zoom, row * pool * zoom, reach, reach);
  }

  /** The states of the block as bars: one for each of its units, and none. */
  drawBlock() {
    const { host, map, root } = this;
    const { pool } = host.model.machine;
    const { row, column } = this.block;
    const { detection } = this.mapsOf(host.state.filter);
    const units = Array.from({ length: pool * pool }, (_, u) => {
      const i = row * pool + Math.floor(u / pool),
        j = column * pool + (u % pool);
      return detection[i * map.width + j];
    });
    const none = Math.max(0, 1 - units.reduce((sum, p) => sum + p, 0));
    const states = [...units.map((p, u) => ({ name: `unit ${u + 1}`, p })), { name: "none", p: none }];
    const where = this.pointed ? "" : " (the likeliest of this map)";
    write(
      part(root, "block-says"),
      `Block in row ${row + 1}, column ${column + 1}${where}: pooling unit on with probability ${(1 - none).toFixed(2)}`,
    );
    refresh(
      part(root, "block"),
      html`${states.map(({ name, p }) => html`<span>${name}</span><i><b style="width:${(100 * p).toFixed(1)}%"></b></i><span>${p.toFixed(2)}</span>`)}`,
    );
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    if (name === "filter") this.step(Number(button.value));
    else this.pad.onAction(name, button.value);
  }

  /** @param {number} by */
  step(by) {
    this.pick(stepped(this.host.state.filter, by, this.host.model.machine.count - 1));
  }

  /** @param {string} name @param {string} value */
  onChoice(name, value) {
    if (name === "tool") this.pad.setTool(/** @type {import("../../shared/view/image_pad.js").PadTool} */ (value));
  }

  keys() {
    return {
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
      r: () => this.pad.onAction("shuffle", ""),
    };
  }

  urlParams() {
    const { input, state } = this.host;
    return { ...input.urlParams(), filter: unless(state.filter, 0) };
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 */
function line(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

const markup = () => html`
<div class="stage">
  <section class="input" data-part="input"></section>
  <section class="card"><header><b>Filters, each beside its pooled map</b><span class="muted">Orange weights want white, blue ones black. Click a filter.</span></header>
    <div><canvas data-part="sheet" class="sheet" role="img" aria-label="Filters and their pooled maps"></canvas></div></section>
</div>
<section class="card"><header><b data-part="title"></b><span class="end group">${button("filter", "←", "The filter before (←)", html`value="-1"`)}${button("filter", "→", "The next filter (→)", html`value="1"`)}</span></header>
  <div class="picked">
    <figure><canvas data-part="filter" role="img" aria-label="Weights of the filter"></canvas><figcaption>Weights</figcaption></figure>
    <figure><canvas data-part="map" role="img" aria-label="Feature map: point at a pooling block"></canvas><figcaption>Detection units in their pooling blocks: point at one</figcaption></figure>
    <figure><canvas data-part="seen" role="img" aria-label="What the block sees of the image"></canvas><figcaption>What the block sees of the image</figcaption></figure>
    <div><p data-part="block-says"></p><div class="bars" data-part="block"></div><p class="note">At most one unit of a block is on. The pooling unit above is on where any of them is: that the pattern is there counts, not where in the block.</p></div>
  </div></section>`;
