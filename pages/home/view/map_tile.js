// The drawing on a map of test images, among those whose codes are nearest.

import { get, once, post } from "../../shared/view/api.js";
import { blankCanvas, greyPixel, paint, pixelRatio } from "../../shared/view/canvas.js";
import { classColours, css, PICKED } from "../../shared/view/colours.js";
import { html } from "../../shared/view/html.js";
import { frameOf, spotOf } from "../../shared/view/plane_view.js";
import { countsOf } from "../../shared/view/rows.js";
import { plane } from "./given.js";
import { boxOf, pictureAt } from "./pictures.js";

/** @typedef {import("../../shared/view/types.d.ts").Message} Message */
/** @typedef {import("../../shared/view/plane_view.js").Box} Box */
/** @typedef {import("./types.d.ts").Given} Given */
/** @typedef {import("./types.d.ts").TileHost} TileHost */
/** @typedef {import("./types.d.ts").TileModel} TileModel */
/** @typedef {import("./types.d.ts").TileWords} TileWords */
/** @typedef {{ labels: ArrayLike<number> | null, places: Float32Array, images: Uint8Array, box: Box }} Points */

const POINTS = 1000;
const NEAREST = 8;
const MAP = { name: "code" };
const SIDE = 34; // of the drawing on the map, CSS pixels
const GAP = 3; // between neighbours
const OUTLIERS = 0.01; // of the points may lie beyond the map on each side

/**
 * Rows of the places nearest to one, nearest first.
 * @param {Float32Array} places x and y of each
 * @param {ArrayLike<number>} at
 * @param {number} k
 */
export function nearestRows(places, at, k) {
  const far = Array.from({ length: places.length / 2 }, (_, i) =>
    Math.hypot(places[2 * i] - at[0], places[2 * i + 1] - at[1]),
  );
  return [...far.keys()].sort((i, j) => far[i] - far[j]).slice(0, k);
}

/** What nearly all places lie in. @param {Float32Array} places @returns {Box} */
export function boxOfMost(places) {
  const n = places.length / 2;
  /** @param {number} axis */
  const span = axis => {
    const sorted = Array.from({ length: n }, (_, i) => places[2 * i + axis]).sort((a, b) => a - b);
    const out = Math.floor(OUTLIERS * (n - 1));
    return [sorted[out], sorted[n - 1 - out]];
  };
  const [[left, right], [bottom, top]] = [span(0), span(1)];
  return { left, right, bottom, top };
}

export class MapTile {
  static title = "Place it";
  static wide = true;
  static late = true;

  /** @param {TileHost} host @param {TileModel} model @param {HTMLCanvasElement} canvas */
  constructor(host, model, canvas) {
    this.host = host;
    this.model = model;
    this.canvas = canvas;
    this.url = `${host.data.api}/maps/${model.checkpoint}`;
    this.colours = classColours(model.classes.length, host.data.colours).map(css);
    /** Test images with their places and pictures. */
    this.points = once(() => this.load());
    /** @type {Points | null} */
    this.known = null;
    /** @type {number[] | null} where the drawing lies */
    this.at = null;
    /** @type {number[]} */
    this.rows = [];
    /** @type {Given | null} */
    this.given = null;
  }

  /** @returns {Promise<Points>} */
  async load() {
    const query = `split=test&points=${POINTS}&v=${this.model.version}`;
    const [points, layout, pictures] = await Promise.all([
      get(`${this.url}/points?${query}`),
      get(`${this.url}/layouts/${MAP.name}?${query}&quick=1`),
      get(`${this.url}/sprites/0?${query}`),
    ]);
    const places = layout.planes.coordinates.data;
    this.known = {
      labels: points.planes.labels?.data ?? null,
      places,
      images: pictures.planes.images.data,
      box: boxOfMost(places),
    };
    return this.known;
  }

  /** @param {Given} given @returns {Promise<Message>} */
  async ask({ grey }) {
    const { width, height } = this.host.size;
    await this.points();
    const message = { split: "test", points: String(POINTS), maps: [MAP] };
    return post(`${this.url}/land`, message, { image: plane(grey, [height, width]) });
  }

  /** @param {Message} answer @param {Given} given @returns {TileWords} */
  show({ header }, given) {
    const { known, model } = this;
    /** @type {number[]} */
    const at = header.places[0].at;
    this.at = at;
    this.given = given;
    this.rows = known ? nearestRows(known.places, at, NEAREST) : [];
    const { labels } = known ?? {};
    const most = labels && countsOf(this.rows.map(row => labels[row]))[0];
    return {
      number: most ? `${most.count} of ${NEAREST} neighbours: ${model.classes[most.value]}` : "",
      text: html`${POINTS.toLocaleString("en")} test images where the ${model.family} puts them with two numbers each, and yours among its nearest. Turn a 4 into a 9: it moves.${labels && html`<span class="legend">${model.classes.map((name, i) => html`<span><i style="background:${this.colours[i]}"></i>${name}</span>`)}</span>`}`,
    };
  }

  draw() {
    const { canvas, known, at, rows, given } = this;
    if (!known) return false;
    const box = boxOf(canvas);
    const context = blankCanvas(canvas, box.width, box.height);
    const ratio = pixelRatio();
    const columns = box.width > 480 ? 4 : 2; // of neighbours, on the right
    const lines = NEAREST / columns;
    const side = Math.floor((box.height - GAP * (lines - 1)) / lines);
    const size = { width: (box.width - columns * (side + GAP) - 8) * ratio, height: box.height * ratio };
    const frame = frameOf(known.box, null, size, ratio, 0.94);
    /** @param {number} row */
    const spot = row => spotOf(frame, [known.places[2 * row], known.places[2 * row + 1]]);
    context.save();
    context.beginPath();
    context.rect(0, 0, size.width / ratio, box.height);
    context.clip();
    for (let row = 0; row < known.places.length / 2; row++) {
      const { x, y } = spot(row);
      context.fillStyle = known.labels ? this.colours[known.labels[row]] : "#888";
      context.beginPath();
      context.arc(x, y, 2, 0, 7);
      context.fill();
    }
    if (at && given) {
      const { x, y } = spotOf(frame, at);
      const held = { x: clamped(x, size.width / ratio), y: clamped(y, box.height) }; // far out, it stays in sight
      context.strokeStyle = PICKED;
      context.lineWidth = 1.5;
      for (const row of rows) {
        const to = spot(row);
        context.beginPath();
        context.moveTo(held.x, held.y);
        context.lineTo(to.x, to.y);
        context.stroke();
      }
      this.thumb(context, given.grey, held.x - SIDE / 2, held.y - SIDE / 2, SIDE, PICKED);
    }
    context.restore();
    for (const [i, row] of rows.entries()) {
      const x = box.width - (columns - (i % columns)) * (side + GAP) + GAP;
      const image = pictureAt(known.images, row, this.host.size.width * this.host.size.height);
      this.thumb(
        context,
        image,
        x,
        Math.floor(i / columns) * (side + GAP),
        side,
        known.labels ? this.colours[known.labels[row]] : "",
      );
    }
    return false;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {ArrayLike<number>} grey
   * @param {number} x
   * @param {number} y
   * @param {number} side
   * @param {string} colour of its frame
   */
  thumb(context, grey, x, y, side, colour) {
    const { width, height } = this.host.size;
    paint(context, width, height, greyPixel(grey), x, y, side, side);
    if (!colour) return;
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.strokeRect(x + 1, y + 1, side - 2, side - 2);
  }

  /** @param {Given} given */
  query({ packed }) {
    return { checkpoint: this.model.checkpoint, points: String(POINTS), maps: "code,pca-pixels", drawing: packed };
  }
}

/** @param {number} x @param {number} most */
const clamped = (x, most) => Math.max(SIDE / 2, Math.min(most - SIDE / 2, x));
