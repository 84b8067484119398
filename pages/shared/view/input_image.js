// The image that all panels share: an example or a drawing, part of which may be hidden from the machine.

import { packImage, unpackImage } from "./packed_image.js";

/** @typedef {import("./types.d.ts").Bytes} Bytes */
/** @typedef {{ pick: number, drawing: string, hidden: string }} Link */

/** @typedef {{ shift: ArrayLike<number>, scale: ArrayLike<number> }} Greys of grey = shift + scale * visible, from 0 to 1 */

/** A picture as a machine sees it; `greys` is null where visibles are binary. @param {Bytes} grey @param {Greys | null} greys */
export function visibleOf(grey, greys) {
  if (!greys) return Float32Array.from(grey, g => Number(g > 127));
  return Float32Array.from(grey, (g, i) => (g / 255 - greys.shift[i]) / greys.scale[i]);
}

export class InputImage {
  /**
   * @param {object} size
   * @param {number} size.width
   * @param {number} size.height
   * @param {Greys | null} [size.greys] null where visibles are black or white
   */
  constructor({ width, height, greys = null }) {
    this.width = width;
    this.height = height;
    this.greys = greys;
    /** @type {Bytes} as the machine sees it: black or white where its visibles are binary */
    this.grey = new Uint8Array(width * height);
    /** @type {Bytes} 1 for each pixel that the machine is not shown */
    this.hidden = new Uint8Array(width * height);
    this.pick = 0; // the example that it is, -1 for a drawing
  }

  get binary() {
    return this.greys === null;
  }

  /** What the machine sees. */
  get visible() {
    return visibleOf(this.grey, this.greys);
  }

  /** @param {Bytes[]} examples @param {number} row */
  show(examples, row) {
    if (!examples.length) return this.clear();
    this.pick = row % examples.length;
    const example = examples[this.pick];
    this.grey.set(this.binary ? example.map(g => (g > 127 ? 255 : 0)) : example);
  }

  /** Hide half of the image. @param {"top" | "bottom" | "left" | "right"} side */
  hideHalf(side) {
    const { width, height } = this;
    for (let i = 0; i < this.hidden.length; i++) {
      const row = Math.floor(i / width),
        column = i % width;
      const inside = {
        top: row < height / 2,
        bottom: row >= height / 2,
        left: column < width / 2,
        right: column >= width / 2,
      };
      this.hidden[i] = Number(inside[side]);
    }
  }

  clear() {
    this.grey.fill(this.binary ? 0 : 128);
    this.pick = -1;
  }

  /** @returns {Record<keyof Link, string>} what a link says of it */
  urlParams() {
    return {
      pick: this.pick > 0 ? String(this.pick) : "",
      drawing: this.pick < 0 ? packImage(this.grey, this.binary ? 1 : 4) : "",
      hidden: this.hidden.some(Boolean)
        ? packImage(
            this.hidden.map(h => 255 * h),
            1,
          )
        : "",
    };
  }

  /** @param {Link} link @param {Bytes[]} examples @returns {string[]} what of it could not be used */
  restore({ pick, drawing, hidden }, examples) {
    const problems = [];
    const size = `it is no image of ${this.width} × ${this.height} pixels`;
    if (drawing && unpackImage(drawing, this.grey)) this.pick = -1;
    else {
      if (drawing) problems.push(`The link's drawing was not used: ${size}.`);
      const isThere = pick < Math.max(1, examples.length);
      if (!isThere) problems.push(`The link's image ${pick} was not used: the last one is ${examples.length - 1}.`);
      this.show(examples, isThere ? Math.max(0, pick) : 0);
    }
    const mask = new Uint8Array(this.hidden.length);
    if (hidden && unpackImage(hidden, mask)) this.hidden.set(mask.map(m => Number(m > 127)));
    else if (hidden) problems.push(`The link's hidden pixels were not used: ${size}.`);
    return problems;
  }
}
