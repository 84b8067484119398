// What models make of a drawing: each tile asks the route of the page that it opens, and so shows what that shows.

import { get, once, post } from "../../shared/view/api.js";
import { fromHex, HEAT, PICKED } from "../../shared/view/colours.js";
import { fixed } from "../../shared/view/format.js";
import { quantizeDrawing } from "../../shared/view/levels.js";
import { packImage } from "../../shared/view/packed_image.js";
import { countsOf } from "../../shared/view/rows.js";
import { BITS, inkOf, plane } from "./given.js";
import { MapTile } from "./map_tile.js";
import { drawPictures, pictureAt } from "./pictures.js";

/** @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes */
/** @typedef {import("../../shared/view/types.d.ts").Message} Message */
/** @typedef {import("../../shared/view/types.d.ts").PixelPainter} PixelPainter */
/** @typedef {import("./types.d.ts").Given} Given */
/** @typedef {import("./types.d.ts").TileHost} TileHost */
/** @typedef {import("./types.d.ts").TileKind} TileKind */
/** @typedef {import("./types.d.ts").TileModel} TileModel */
/** @typedef {import("./types.d.ts").TileWords} TileWords */

const CHAINS = 8;
const FRAMES = 24;
const FRAME_TIME = 90; // ms
const HOLD = 16; // frames for which the last one stands
const KEPT = fromHex(PICKED);

/** What a tile has to draw on. */
class Tile {
  /** @param {TileHost} host @param {TileModel} model @param {HTMLCanvasElement} canvas */
  constructor(host, model, canvas) {
    this.host = host;
    this.model = model;
    this.canvas = canvas;
    const { width, height } = host.size;
    this.pixels = width * height;
    this.url = `${host.data.api}/${model.page}/${model.checkpoint}`;
  }
}

/** Paints greys, and where there is ink, that in its own colour. @param {ArrayLike<number>} grey @param {Bytes} ink @returns {PixelPainter} */
const kept = (grey, ink) => (rgba, i, at) => {
  [rgba[at], rgba[at + 1], rgba[at + 2]] = ink[i] ? KEPT : [grey[i], grey[i], grey[i]];
  rgba[at + 3] = 255;
};

/** The ink is clamped; Gibbs steps fill in the rest. */
export class ChainsTile extends Tile {
  static title = "Complete it";
  /** @type {Bytes} probabilities of all frames and chains */
  mean = new Uint8Array(0);
  /** @type {Bytes} what is kept of the drawing */
  ink = new Uint8Array(0);

  /** @param {Given} given */
  ask({ grey }) {
    const settings = { sampler: "gibbs", temperature: 1, sweeps: 1, cd_steps: 10, off: [], seed: 0 };
    const mask = grey.map(x => (x > 127 ? 1 : 0));
    return post(
      `${this.url}/frames`,
      { settings, start: "drawing", class: "", chains: CHAINS, first: 0, count: FRAMES },
      {
        drawing: plane(grey, [this.pixels]),
        clamp_mask: plane(mask, [this.pixels]),
        clamp_grey: plane(inkOf(grey), [this.pixels]),
      },
    );
  }

  /** @param {Message} answer @param {Given} given @returns {TileWords} */
  show({ planes }, { grey }) {
    this.mean = planes.mean.data;
    this.ink = inkOf(grey);
    const read = planes.class?.data.subarray(-CHAINS);
    const most = read && countsOf(read)[0];
    return {
      number: most ? `${most.count} of ${CHAINS} read as ${this.model.classes[most.value]}` : "",
      text: `Orange: your strokes, which are kept. The ${this.model.family} fills in the rest, ${CHAINS} times: erase a half and see.`,
    };
  }

  /** @param {number} now @param {boolean} still */
  draw(now, still) {
    const { mean, pixels } = this;
    const frames = mean.length / (CHAINS * pixels);
    if (!frames) return false;
    const t = still ? frames - 1 : Math.min(frames - 1, Math.floor(now / FRAME_TIME) % (frames + HOLD));
    const pictures = Array.from({ length: CHAINS }, (_, chain) =>
      kept(pictureAt(mean, t * CHAINS + chain, pixels), this.ink),
    );
    drawPictures(this.canvas, pictures, this.host.size, 4);
    return !still;
  }

  /** @param {Given} given */
  query({ grey, packed }) {
    const ink = inkOf(grey);
    const held = `${packImage(ink, 1)}.${packImage(ink, BITS)}`;
    const { checkpoint } = this.model;
    return { checkpoint, start: "drawing", chains: CHAINS, frame: FRAMES - 1, drawing: packed, held };
  }
}

/** PCA and a deep autoencoder with as many numbers. */
export class CodesTile extends Tile {
  static title = "Compress it";
  static late = true;
  /** @type {ArrayLike<number>[]} */
  pictures = [];

  /** @param {TileHost} host @param {TileModel} model @param {HTMLCanvasElement} canvas */
  constructor(host, model, canvas) {
    super(host, model, canvas);
    this.url = `${host.data.api}/compare/${host.data.checkpoint}`;
    this.keys = [`pca-${model.code}`, `${model.checkpoint}~code`];
  }

  /** @param {Given} given */
  ask({ grey }) {
    const { width, height } = this.host.size;
    return post(`${this.url}/through`, { of: this.keys }, { image: plane(grey, [height, width]) });
  }

  /** @param {Message} answer @param {Given} given @returns {TileWords} */
  show({ header, planes }, { grey }) {
    this.pictures = [grey, planes.back0.data, planes.back1.data];
    const [pca, deep] = header.rows.map((/** @type {{ error: number }} */ row) => row.error);
    const [more, less] = deep < pca ? [pca, deep] : [deep, pca];
    const times = `${fixed(more / Math.max(less, 1e-9), 1)} times the squared error`;
    return {
      number: `PCA ${fixed(pca, 2)} · deep ${fixed(deep, 2)}`,
      text: `Yours, back from ${this.model.code} numbers by PCA, and by a deep ${this.model.family}. ${deep < pca ? "PCA" : "It"} makes ${times} here.`,
    };
  }

  draw() {
    drawPictures(this.canvas, this.pictures, this.host.size, 3);
    return false;
  }

  /** @param {Given} given */
  query({ packed }) {
    return { dataset: this.host.data.checkpoint, mode: "image", reps: this.keys.join(), drawing: packed };
  }
}

/** Codes around that of the drawing, decoded. */
export class VaryTile extends Tile {
  static title = "Vary it";
  static columns = 7;
  static rows = 3;
  static step = 0.35; // standard deviations of the prior
  /** @type {Bytes} */
  images = new Uint8Array(0);
  /** @type {number[]} */
  z = [];

  /** @param {Given} given @returns {Promise<Message[]>} */
  async ask({ grey }) {
    const { width, height } = this.host.size;
    const { columns, rows, step } = VaryTile;
    const code = await post(`${this.url}/encode`, {}, { image: plane(grey, [height, width]) });
    const z = Array.from(code.planes.mean.data, x => Number(Number(x).toFixed(3))); // as the link has it
    const around = Float32Array.from({ length: 2 * columns * rows }, (_, i) => {
      const at = Math.floor(i / 2);
      const [column, row] = [at % columns, Math.floor(at / columns)];
      return i % 2 ? z[1] - step * (row - (rows - 1) / 2) : z[0] + step * (column - (columns - 1) / 2);
    });
    this.z = z;
    return [
      code,
      await post(`${this.url}/decode`, {}, { z: { type: "f32", shape: [columns * rows, 2], data: around } }),
    ];
  }

  /** @param {Message[]} answers @returns {TileWords} */
  show([, { planes }]) {
    this.images = planes.images.data;
    return {
      number: this.z.map(x => fixed(x, 2).replace("-", "−")).join(" and "),
      text: `Framed: yours, back from these two numbers. Around it: what the ${this.model.family} makes of numbers nearby.`,
    };
  }

  draw() {
    const { columns, rows } = VaryTile;
    const n = columns * rows;
    const pictures = Array.from({ length: n }, (_, i) => pictureAt(this.images, i, this.pixels));
    if (this.images.length) drawPictures(this.canvas, pictures, this.host.size, columns, (n - 1) / 2, PICKED);
    return false;
  }

  /** @param {Given} given */
  query({ packed }) {
    return { checkpoint: this.model.checkpoint, z: this.z.join("_"), a: `d${packed}` };
  }
}

/** What each pixel costs a model that reads them one after the other. */
export class SurpriseTile extends Tile {
  static title = "Which strokes surprise?";
  /** @type {ArrayLike<number>} */
  grey = [];
  /** @type {Float32Array} */
  bits = new Float32Array(0);
  /** What a test image costs. */
  typical = once(() => get(`${this.url}/around?v=${this.model.version}`));

  /** @param {Given} given @returns {Promise<Message[]>} */
  async ask({ grey }) {
    const header = { vary: "plain", seed: 0, level: 0, label: null };
    const image = plane(quantizeDrawing(grey, this.model.levels), [this.pixels]);
    return Promise.all([post(`${this.url}/surprise`, header, { image }), this.typical()]);
  }

  /** @param {Message[]} answers @returns {TileWords} */
  show([{ header, planes }, around]) {
    const top = this.model.levels - 1;
    this.grey = Array.from(planes.levels.data, level => (255 * Number(level)) / top);
    this.bits = planes.bits.data;
    return {
      number: `${fixed(header.nats, 1)} nats`,
      text: `Nats measure surprise: a typical test image has ${fixed(around.header.nats, 1)}. Bright pixels surprised the ${this.model.family} most; it reads row by row.`,
    };
  }

  draw() {
    const { bits } = this;
    const most = Math.max(...bits, 1e-6);
    /** @type {PixelPainter} */
    const heat = (rgba, i, at) => {
      [rgba[at], rgba[at + 1], rgba[at + 2]] = HEAT[Math.round(255 * Math.sqrt(bits[i] / most))];
      rgba[at + 3] = 255;
    };
    if (bits.length) drawPictures(this.canvas, [this.grey, heat], this.host.size, 2);
    return false;
  }

  /** @param {Given} given */
  query({ packed }) {
    return { checkpoint: this.model.checkpoint, mode: "surprise", read: "drawing", drawing: packed };
  }
}

/** @type {Record<string, TileKind>} by page */
export const TILES = {
  gibbs: ChainsTile,
  compare: CodesTile,
  latent: VaryTile,
  codes: MapTile,
  pixels: SurpriseTile,
};
