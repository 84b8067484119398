// Many dots, painted into an image byte by byte: tens of thousands take milliseconds, with soft edges.

import { FURTHEST, outline, SHAPES } from "./shapes.js";

const PHASES = 4; // places within a pixel, each way, that a dot's centre is rounded to

/** @typedef {{ offsets: Int32Array, alphas: Uint8Array }} Stamp pixels of an image that a dot covers, and how far */

/** @type {Map<string, Stamp[]>} */
const stamps = new Map();

/**
 * What dots of this shape and radius cover in an image of this width, for each phase.
 * @param {number} shape
 * @param {number} r
 * @param {number} opacity
 * @param {number} width
 */
function stampsOf(shape, r, opacity, width) {
  const key = `${shape} ${r.toFixed(2)} ${opacity.toFixed(3)} ${width}`;
  const known = stamps.get(key);
  if (known) return known;
  if (stamps.size > 240) stamps.clear();
  /** @type {Stamp[]} */
  const phases = [];
  const reach = Math.ceil(FURTHEST * r + 1);
  const far = outline(shape);
  for (let phase = 0; phase < PHASES * PHASES; phase++) {
    const fx = ((phase % PHASES) + 0.5) / PHASES;
    const fy = (Math.floor(phase / PHASES) + 0.5) / PHASES;
    /** @type {number[]} */
    const offsets = [];
    /** @type {number[]} */
    const alphas = [];
    for (let y = -reach; y <= reach; y++)
      for (let x = -reach; x <= reach; x++) {
        const cover = Math.max(0, Math.min(1, 0.5 - far(x + 0.5 - fx, y + 0.5 - fy, r)));
        const alpha = Math.round(255 * opacity * cover);
        if (alpha <= 2) continue;
        offsets.push(y * width + x);
        alphas.push(alpha);
      }
    phases.push({ offsets: Int32Array.from(offsets), alphas: Uint8Array.from(alphas) });
  }
  stamps.set(key, phases);
  return phases;
}

/** A picture of dots, made anew by `begin`, `add` for each list of points, and `put`. */
export class Dots {
  constructor() {
    this.edge = this.width = this.height = 0;
    /** @type {ImageData | null} */
    this.image = null;
    this.words = new Uint32Array(0);
  }

  /**
   * Begin a fresh picture.
   * @param {number} width pixels
   * @param {number} height
   * @param {number} edge as many more on every side, so that dots may cross its border
   */
  begin(width, height, edge) {
    this.edge = edge;
    this.width = width + 2 * edge;
    this.height = height + 2 * edge;
    if (this.image?.width === this.width && this.image.height === this.height) return void this.words.fill(0);
    this.image = new ImageData(this.width, this.height);
    this.words = new Uint32Array(this.image.data.buffer);
  }

  /**
   * Add points: pixel = (x * k + ox, oy - y * k). Returns about how many of them lie within.
   * @param {ArrayLike<number>} xs
   * @param {ArrayLike<number>} ys
   * @param {ArrayLike<number>} list rows of the points
   * @param {{ k: number, ox: number, oy: number }} frame
   * @param {Uint32Array} colours of all points, packed
   * @param {number} r radius in pixels
   * @param {number} opacity
   * @param {number} stride every which point of the list is drawn
   * @param {Uint8Array | null} shapes of all points; null draws discs
   */
  add(xs, ys, list, { k, ox, oy }, colours, r, opacity, stride = 1, shapes = null) {
    const { words, width, height, edge } = this;
    const stampsOfShapes = (shapes ? SHAPES : ["circle"]).map((_, shape) => stampsOf(shape, r, opacity, width));
    const reach = Math.ceil(FURTHEST * r + 1) + 1;
    const left = reach - edge;
    const right = width - edge - reach;
    const top = reach - edge;
    const bottom = height - edge - reach;
    let inside = 0;
    for (let q = 0; q < list.length; q += stride) {
      const i = list[q];
      const x = xs[i] * k + ox;
      const y = oy - ys[i] * k;
      if (!(x >= left && x < right && y >= top && y < bottom)) continue;
      inside += 1;
      const ix = Math.floor(x);
      const iy = Math.floor(y);
      const { offsets, alphas } =
        stampsOfShapes[shapes ? shapes[i] : 0][(((y - iy) * PHASES) | 0) * PHASES + (((x - ix) * PHASES) | 0)];
      const base = (iy + edge) * width + ix + edge;
      const colour = colours[i];
      const rb = colour & 0xff00ff;
      const g = colour & 0xff00;
      for (let m = 0; m < offsets.length; m++) {
        const at = base + offsets[m];
        const a = alphas[m];
        const old = words[at];
        if (old === 0) words[at] = (a << 24) | colour;
        else if (a > 250) words[at] = 0xff000000 | colour;
        else {
          const under = old >>> 24;
          const alpha = Math.min(255, a + under - ((a * under) >> 8));
          const w = Math.min(256, ((a << 8) / alpha) | 0);
          const v = 256 - w;
          const mixed = ((Math.imul(old & 0xff00ff, v) + Math.imul(rb, w)) >>> 8) & 0xff00ff;
          const green = ((Math.imul(old & 0xff00, v) + Math.imul(g, w)) >>> 8) & 0xff00;
          words[at] = (alpha << 24) | mixed | green;
        }
      }
    }
    return inside * stride;
  }

  /** @param {CanvasRenderingContext2D} context */
  put(context) {
    if (this.image) context.putImageData(this.image, -this.edge, -this.edge);
  }
}
