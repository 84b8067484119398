// A convolutional machine computed in the browser: maps of detection units, pooling units above them, Gibbs sampling.
//
// All units of map k share filter k. At most one unit of a pooling block is on; the pooling unit above it is on where
// any is (core/models/boltzmann/crbm.py).

import { sigmoid } from "../../shared/view/probability.js";
import { normal } from "../../shared/view/random.js";

/**
 * @typedef {import("../../shared/view/types.d.ts").Floats} Floats
 * @typedef {import("./types.d.ts").Shape} Shape
 */

export class ConvolutionalMachine {
  /**
   * @param {object} parts
   * @param {Floats} parts.filters (K, s, s)
   * @param {Floats} parts.hiddenBias (K,)
   * @param {number} parts.visibleBias
   * @param {number} parts.pool side of a pooling block
   * @param {boolean} parts.binary whether visibles are binary, or real with variance 1
   */
  constructor({ filters, hiddenBias, visibleBias, pool, binary }) {
    this.filters = filters;
    this.hiddenBias = hiddenBias;
    this.visibleBias = visibleBias;
    this.pool = pool;
    this.binary = binary;
    this.count = hiddenBias.length;
    this.side = Math.round(Math.sqrt(filters.length / hiddenBias.length)); // of a filter
  }

  /** @param {number} k @returns {Floats} (s, s) */
  filter(k) {
    const area = this.side ** 2;
    return this.filters.subarray(k * area, (k + 1) * area);
  }

  /** Sides of a feature map. @param {Shape} image @returns {Shape} */
  mapShape({ height, width }) {
    return { height: height - this.side + 1, width: width - this.side + 1 };
  }

  /** The image whose feature maps are so many times larger. @param {Shape} image @param {number} times @returns {Shape} */
  enlarged(image, times) {
    const { height, width } = this.mapShape(image);
    return { height: times * height + this.side - 1, width: times * width + this.side - 1 };
  }

  /** Total input of every detection unit: (K, h, w). @param {ArrayLike<number>} v @param {Shape} image */
  hiddenInput(v, image) {
    const { side, count, hiddenBias, filters } = this;
    const { height, width } = this.mapShape(image);
    const area = height * width;
    const input = new Float32Array(count * area);
    for (let k = 0; k < count; k++) {
      const map = input.subarray(k * area, (k + 1) * area).fill(hiddenBias[k]);
      for (let a = 0; a < side; a++)
        for (let b = 0; b < side; b++) {
          const weight = filters[(k * side + a) * side + b];
          for (let i = 0, at = 0; i < height; i++) {
            const row = (i + a) * image.width + b;
            for (let j = 0; j < width; j++) map[at++] += weight * v[row + j];
          }
        }
    }
    return input;
  }

  /**
   * Call `each` with every pooling block: its number, and where its units are in the maps.
   * @param {Shape} map
   * @param {(block: number, units: Int32Array) => void} each `units` is filled anew for every block
   */
  eachBlock({ height, width }, each) {
    const { pool, count } = this;
    const units = new Int32Array(pool * pool);
    let block = 0;
    for (let k = 0; k < count; k++)
      for (let row = 0; row < height; row += pool)
        for (let column = 0; column < width; column += pool) {
          for (let u = 0; u < units.length; u++)
            units[u] = (k * height + row + Math.floor(u / pool)) * width + column + (u % pool);
          each(block++, units);
        }
  }

  /**
   * Probabilities that units are on: of detection (K, h, w), of pooling (K, h / C, w / C).
   * @param {ArrayLike<number>} v
   * @param {Shape} image
   */
  means(v, image) {
    const map = this.mapShape(image);
    const detection = this.hiddenInput(v, image);
    const pooling = new Float32Array(detection.length / this.pool ** 2);
    this.eachBlock(map, (block, units) => {
      let most = 0; // the input of none
      for (const unit of units) most = Math.max(most, detection[unit]);
      let sum = Math.exp(-most);
      for (const unit of units) sum += detection[unit] = Math.exp(detection[unit] - most);
      pooling[block] = 1 - Math.exp(-most) / sum;
      for (const unit of units) detection[unit] /= sum;
    });
    return { detection, pooling };
  }

  /**
   * Draw the detection units; the places of those that are on in the maps (K, h, w).
   * @param {ArrayLike<number>} v
   * @param {Shape} image
   * @param {() => number} random
   * @returns {number[]}
   */
  drawHidden(v, image, random) {
    const { detection } = this.means(v, image);
    /** @type {number[]} */
    const on = [];
    this.eachBlock(this.mapShape(image), (_, units) => {
      let left = random();
      for (const unit of units) {
        left -= detection[unit];
        if (left < 0) {
          on.push(unit);
          return;
        }
      }
    });
    return on;
  }

  /** Means of the visibles given the detection units that are on. @param {number[]} on @param {Shape} image */
  visibleMeans(on, image) {
    const { side, filters, binary } = this;
    const { height, width } = this.mapShape(image);
    const v = new Float32Array(image.height * image.width).fill(this.visibleBias);
    for (const unit of on) {
      const k = Math.floor(unit / (height * width));
      const place = unit - k * height * width;
      const top = Math.floor(place / width),
        left = place % width;
      for (let a = 0, at = k * side * side; a < side; a++)
        for (let b = 0; b < side; b++) v[(top + a) * image.width + left + b] += filters[at++];
    }
    if (binary) for (let i = 0; i < v.length; i++) v[i] = sigmoid(v[i]);
    return v;
  }

  /** Draw visibles of these means. @param {Floats} means @param {() => number} random */
  drawVisible(means, random) {
    return means.map(this.binary ? p => Number(random() < p) : mean => mean + normal(random));
  }

  /** An image without any pattern. @param {Shape} image @param {() => number} random */
  noise({ height, width }, random) {
    const v = new Float32Array(height * width);
    return v.map(this.binary ? () => Number(random() < 0.5) : () => normal(random));
  }
}

/**
 * An image moved by whole pixels; what comes in from outside is `outside`.
 * @param {Floats} v
 * @param {Shape} image
 * @param {number} dx to the right
 * @param {number} dy down
 * @param {number} outside
 */
export function shifted(v, { height, width }, dx, dy, outside) {
  return v.map((_, at) => {
    const row = Math.floor(at / width) - dy,
      column = (at % width) - dx;
    return row >= 0 && row < height && column >= 0 && column < width ? v[row * width + column] : outside;
  });
}

/** Euclidean. @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export function distance(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}
