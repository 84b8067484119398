// @ts-nocheck: no types yet
// Many dots, painted into an image byte by byte: tens of thousands take milliseconds, with soft edges.

import { FURTHEST, outline, SHAPES } from "./shapes.js";

const PHASES = 4; // places within a pixel, each way, that a dot's centre is rounded to
const stamps = new Map();

// pixels that a dot of this shape and radius r covers, as offsets in an image of this width, and how far; for each phase
function stampsOf(shape, r, opacity, width) {
  const key = `${shape} ${r.toFixed(2)} ${opacity.toFixed(3)} ${width}`;
  let found = stamps.get(key);
  if (found) return found;
  if (stamps.size > 240) stamps.clear();
  found = [];
  const reach = Math.ceil(FURTHEST * r + 1),
    far = outline(shape);
  for (let phase = 0; phase < PHASES * PHASES; phase++) {
    const fx = ((phase % PHASES) + 0.5) / PHASES,
      fy = (Math.floor(phase / PHASES) + 0.5) / PHASES;
    const offsets = [],
      alphas = [];
    for (let y = -reach; y <= reach; y++)
      for (let x = -reach; x <= reach; x++) {
        const cover = Math.max(0, Math.min(1, 0.5 - far(x + 0.5 - fx, y + 0.5 - fy, r)));
        const alpha = Math.round(255 * opacity * cover);
        if (alpha > 2) offsets.push(y * width + x), alphas.push(alpha);
      }
    found.push({ offsets: Int32Array.from(offsets), alphas: Uint8Array.from(alphas) });
  }
  stamps.set(key, found);
  return found;
}

export class Dots {
  // a fresh picture of width x height pixels; `edge` more on every side, so that dots may cross its border
  begin(width, height, edge) {
    this.edge = edge;
    const w = width + 2 * edge,
      h = height + 2 * edge;
    if (!this.image || this.image.width !== w || this.image.height !== h) {
      this.image = new ImageData(w, h);
      this.words = new Uint32Array(this.image.data.buffer);
    } else this.words.fill(0);
    this.width = w;
    this.height = h;
  }

  // the points of `list`, every `stride`-th: pixel = (x * k + ox, oy - y * k); as discs or in `shapes`; how many lie within
  add(xs, ys, list, { k, ox, oy }, colours, r, opacity, stride = 1, shapes = null) {
    const { words, width, height, edge } = this;
    const made = (shapes ? SHAPES : ["circle"]).map((_, shape) => stampsOf(shape, r, opacity, width));
    const reach = Math.ceil(FURTHEST * r + 1) + 1;
    const left = reach - edge,
      right = width - edge - reach,
      top = reach - edge,
      bottom = height - edge - reach;
    let inside = 0;
    for (let q = 0; q < list.length; q += stride) {
      const i = list[q];
      const x = xs[i] * k + ox,
        y = oy - ys[i] * k;
      if (!(x >= left && x < right && y >= top && y < bottom)) continue;
      inside += 1;
      const ix = Math.floor(x),
        iy = Math.floor(y);
      const { offsets, alphas } =
        made[shapes ? shapes[i] : 0][(((y - iy) * PHASES) | 0) * PHASES + (((x - ix) * PHASES) | 0)];
      const base = (iy + edge) * width + ix + edge;
      const colour = colours[i];
      const rb = colour & 0xff00ff,
        g = colour & 0xff00;
      for (let m = 0; m < offsets.length; m++) {
        const at = base + offsets[m],
          a = alphas[m],
          old = words[at];
        if (old === 0) words[at] = (a << 24) | colour;
        else if (a > 250) words[at] = 0xff000000 | colour;
        else {
          const under = old >>> 24;
          const alpha = Math.min(255, a + under - ((a * under) >> 8));
          const w = Math.min(256, ((a << 8) / alpha) | 0),
            v = 256 - w;
          const mixed = ((Math.imul(old & 0xff00ff, v) + Math.imul(rb, w)) >>> 8) & 0xff00ff;
          const green = ((Math.imul(old & 0xff00, v) + Math.imul(g, w)) >>> 8) & 0xff00;
          words[at] = (alpha << 24) | mixed | green;
        }
      }
    }
    return inside * stride;
  }

  put(context) {
    context.putImageData(this.image, -this.edge, -this.edge);
  }
}
