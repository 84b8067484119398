// @ts-nocheck: no types yet
// The decoder in the browser: from a place on a map to a picture in about a millisecond; and a lattice of such pictures.

import { get } from "../gibbs/wire.js";

const UNITS = {
  linear: x => x,
  sigmoid: x => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  relu: x => (x > 0 ? x : 0),
  gelu: x => 0.5 * x * (1 + erf(x / Math.SQRT2)),
};

function erf(x) {
  // Abramowitz & Stegun 7.1.26: off by 1.5e-7 at most
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const y =
    1 -
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * Math.exp(-x * x);
  return x < 0 ? -y : y;
}

// means of pixels (n,) whose levels 0, 1, ... have these log-odds (n * levels,)
function meanLevels(odds, n) {
  const levels = odds.length / n;
  return Float32Array.from({ length: n }, (_, i) => {
    let top = -Infinity,
      total = 0,
      sum = 0;
    for (let l = 0; l < levels; l++) top = Math.max(top, odds[i * levels + l]);
    for (let l = 0; l < levels; l++) {
      const share = Math.exp(odds[i * levels + l] - top);
      total += share;
      sum += l * share;
    }
    return sum / total;
  });
}

export class Net {
  constructor({ header, planes }) {
    this.layers = header.units.map((unit, i) => ({
      weight: planes[`weight${i}`].data, // (out, in), row by row
      bias: planes[`bias${i}`].data,
      unit,
    }));
    this.shift = planes.shift.data;
    this.scale = planes.scale.data;
    this.size = this.shift.length;
  }

  static async load(url) {
    return new Net(await get(url));
  }

  // grey bytes of what lives at a place
  run(place) {
    let u = Float32Array.from(place);
    for (const { weight, bias, unit } of this.layers) {
      const out = Float32Array.from(bias),
        n = u.length;
      for (let j = 0, at = 0; j < out.length; j++) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += weight[at++] * u[i];
        out[j] += sum;
      }
      if (unit === "softmax") {
        const top = Math.max(...out);
        let total = 0;
        for (let j = 0; j < out.length; j++) total += out[j] = Math.exp(out[j] - top);
        for (let j = 0; j < out.length; j++) out[j] /= total;
      } else if (unit === "levels") {
        u = meanLevels(out, this.size);
        continue;
      } else if (unit !== "linear") {
        const f = UNITS[unit];
        for (let j = 0; j < out.length; j++) out[j] = f(out[j]);
      }
      u = out;
    }
    const grey = new Uint8ClampedArray(this.size);
    for (let i = 0; i < this.size; i++) grey[i] = 255 * (this.shift[i] + this.scale[i] * u[i]);
    return grey;
  }
}

const MOST_TILES = 3000;
const SIDE = 36; // of a tile on the screen, from 0.71 to 1.41 times as much

// Pictures at the knots of a lattice that is fixed to the map, decoded a few at a time
export class Ghost {
  constructor(net, width, height) {
    Object.assign(this, { net, width, height });
    this.tiles = new Map();
  }

  // the lattice of a view: spacing in units of the map, by half octaves
  static spacing(k, ratio) {
    return 2 ** (Math.round(2 * Math.log2((SIDE * ratio) / k)) / 2);
  }

  // draw what is there, decode some of what is missing for `budget` ms; true where more is to come
  draw(context, { k, ox, oy }, ratio, ink, budget) {
    const { width: W, height: H } = context.canvas;
    context.clearRect(0, 0, W, H);
    const step = Ghost.spacing(k, ratio),
      side = step * k;
    const from = [Math.floor(-ox / k / step), Math.floor((oy - H) / k / step)];
    const to = [Math.ceil((W - ox) / k / step), Math.ceil(oy / k / step)];
    const missing = [];
    context.imageSmoothingEnabled = false;
    for (let j = from[1]; j <= to[1]; j++)
      for (let i = from[0]; i <= to[0]; i++) {
        const key = `${step.toPrecision(6)} ${i} ${j}`;
        const tile = this.tiles.get(key);
        const x = i * step * k + ox - side / 2,
          y = oy - j * step * k - side / 2;
        if (tile) context.drawImage(tile, x, y, side, side);
        else missing.push({ key, i, j, far: Math.hypot(x - W / 2, y - H / 2), x, y });
      }
    missing.sort((a, b) => a.far - b.far);
    const began = performance.now();
    for (const { key, i, j, x, y } of missing) {
      if (performance.now() - began > budget) return true;
      const tile = this.paint(this.net.run([i * step, j * step]), ink);
      this.tiles.set(key, tile);
      context.drawImage(tile, x, y, side, side);
    }
    while (this.tiles.size > MOST_TILES) this.tiles.delete(this.tiles.keys().next().value);
    return false;
  }

  paint(grey, [r, g, b]) {
    const canvas = document.createElement("canvas");
    canvas.width = this.width;
    canvas.height = this.height;
    const context = canvas.getContext("2d");
    const image = context.createImageData(this.width, this.height);
    for (let i = 0; i < grey.length; i++) image.data.set([r, g, b, grey[i] * 0.55], 4 * i);
    context.putImageData(image, 0, 0);
    return canvas;
  }
}
