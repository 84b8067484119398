// @ts-nocheck: no types yet
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
