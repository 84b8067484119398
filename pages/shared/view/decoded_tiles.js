// Small pictures at the knots of a lattice on a plane, decoded a few at a time, the ones in the middle first.

/** @typedef {{ key: string, place: [number, number], x: number, y: number, width: number, height: number }} Cell */
/** @typedef {Uint8Array | Uint8ClampedArray} Greys */

export class DecodedTiles {
  /** @param {number} most pictures that are kept */
  constructor(most) {
    this.most = most;
    /** @type {Map<string, HTMLCanvasElement>} */
    this.tiles = new Map();
  }

  clear() {
    this.tiles.clear();
  }

  /**
   * Draw what is there and decode some of what is missing; true where there is more to decode.
   * @param {CanvasRenderingContext2D} context
   * @param {Cell[]} cells
   * @param {number} budget milliseconds of decoding
   * @param {(place: [number, number]) => HTMLCanvasElement | null} picture null while it is on its way from the server
   */
  draw(context, cells, budget, picture) {
    const { width, height } = context.canvas;
    /** @param {Cell} cell */
    const far = cell => Math.hypot(cell.x + cell.width / 2 - width / 2, cell.y + cell.height / 2 - height / 2);
    const missing = cells.filter(cell => !this.put(context, cell)).sort((a, b) => far(a) - far(b));
    const began = performance.now();
    for (const cell of missing) {
      if (performance.now() - began > budget) return true;
      const tile = picture(cell.place);
      if (!tile) continue;
      this.tiles.set(cell.key, tile);
      this.put(context, cell);
    }
    for (const key of this.tiles.keys()) {
      if (this.tiles.size <= this.most) break;
      this.tiles.delete(key);
    }
    return false;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Cell} cell
   */
  put(context, { key, x, y, width, height }) {
    const tile = this.tiles.get(key);
    if (tile) context.drawImage(tile, x, y, width, height);
    return Boolean(tile);
  }
}

/**
 * A canvas of greys as they are, or as strengths of an ink.
 * @param {Greys} grey
 * @param {number} width
 * @param {number} height
 * @param {number[]} [ink]
 */
export function tileOf(grey, width, height, ink) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(width, height);
  const { data } = image;
  for (let i = 0, at = 0; i < grey.length; i++, at += 4) {
    data[at] = ink ? ink[0] : grey[i];
    data[at + 1] = ink ? ink[1] : grey[i];
    data[at + 2] = ink ? ink[2] : grey[i];
    data[at + 3] = ink ? grey[i] * 0.55 : 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
