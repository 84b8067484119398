// @ts-nocheck: no types yet
// Pictures at the middles of the cells of a lattice that divides the plane of quantiles; finer when one comes nearer.

const SIDE = 40; // of a cell on the screen, from 0.71 to 1.41 times as much
const MOST = 2500; // pictures kept
const BUDGET = 10; // ms of decoding at a beat

export class Lattice {
  constructor() {
    this.tiles = new Map();
  }

  clear() {
    this.tiles.clear();
  }

  // draw what is there and decode some of what is missing; true where more is to come
  draw(context, { k, ox, oy }, ratio, model, key, decode) {
    const { width: W, height: H } = context.canvas;
    if (this.key !== `${model.name} ${key}`) this.clear();
    this.key = `${model.name} ${key}`;
    const cells = 2 ** Math.max(2, Math.round(Math.log2(k / (SIDE * ratio))));
    const side = k / cells;
    const clamp = i => Math.min(cells - 1, Math.max(0, i));
    const from = [clamp(Math.floor((-ox / k) * cells)), clamp(Math.floor(((oy - H) / k) * cells))];
    const to = [clamp(Math.floor(((W - ox) / k) * cells)), clamp(Math.floor((oy / k) * cells))];
    const missing = [],
      gap = Math.round(2 * ratio);
    context.clearRect(0, 0, W, H);
    context.imageSmoothingEnabled = side < 1.5 * model.width;
    const put = (tile, i, j) => {
      // to whole pixels, so that gaps are even
      const x = Math.round((i / cells) * k + ox),
        y = Math.round(oy - ((j + 1) / cells) * k);
      context.drawImage(
        tile,
        x,
        y,
        Math.round(((i + 1) / cells) * k + ox) - x - gap,
        Math.round(oy - (j / cells) * k) - y - gap,
      );
    };
    for (let j = from[1]; j <= to[1]; j++)
      for (let i = from[0]; i <= to[0]; i++) {
        const name = `${cells} ${i} ${j}`,
          tile = this.tiles.get(name);
        if (tile) put(tile, i, j);
        else
          missing.push({ name, i, j, far: Math.hypot((i + 0.5) * side + ox - W / 2, oy - (j + 0.5) * side - H / 2) });
      }
    missing.sort((a, b) => a.far - b.far);
    const began = performance.now();
    let waiting = false;
    for (const { name, i, j } of missing) {
      if (performance.now() - began > BUDGET) return true;
      const grey = decode([(i + 0.5) / cells, (j + 0.5) / cells]);
      if (!grey) {
        waiting = true; // what comes from the server wakes the player
        continue;
      }
      const tile = picture(grey, model.width, model.height);
      this.tiles.set(name, tile);
      put(tile, i, j);
    }
    while (this.tiles.size > MOST) this.tiles.delete(this.tiles.keys().next().value);
    this.whole = !waiting;
    return false;
  }
}

function picture(grey, width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d"),
    image = context.createImageData(width, height);
  for (let i = 0, at = 0; i < grey.length; i++, at += 4) {
    image.data[at] = image.data[at + 1] = image.data[at + 2] = grey[i];
    image.data[at + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
