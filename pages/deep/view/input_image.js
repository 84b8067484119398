// The image that all panels share: an example or a drawing, part of which may be hidden from the machine.

import { packImage, unpackImage } from "../../shared/view/packed_image.js";

/** @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes */
/** @typedef {{ pick: number, drawing: string, hidden: string }} Link */

export class InputImage {
  /** @param {{ width: number, height: number }} size */
  constructor({ width, height }) {
    this.width = width;
    this.height = height;
    /** @type {Bytes} black or white, as the machine sees it */
    this.grey = new Uint8Array(width * height);
    /** @type {Bytes} 1 for each pixel that the machine is not shown */
    this.hidden = new Uint8Array(width * height);
    this.pick = 0; // the example that it is, -1 for a drawing
  }

  /** What the machine sees. */
  get visible() {
    return Float32Array.from(this.grey, g => Number(g > 127));
  }

  /** @param {Bytes[]} examples @param {number} row */
  show(examples, row) {
    if (!examples.length) return this.clear();
    this.pick = row % examples.length;
    this.grey.set(examples[this.pick].map(g => (g > 127 ? 255 : 0)));
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
    this.grey.fill(0);
    this.pick = -1;
  }

  /** @returns {Record<keyof Link, string>} what a link says of it */
  urlParams() {
    return {
      pick: this.pick > 0 ? String(this.pick) : "",
      drawing: this.pick < 0 ? packImage(this.grey, 1) : "",
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
      this.show(examples, Math.max(0, pick));
    }
    const mask = new Uint8Array(this.hidden.length);
    if (hidden && unpackImage(hidden, mask)) this.hidden.set(mask.map(m => Number(m > 127)));
    else if (hidden) problems.push(`The link's hidden pixels were not used: ${size}.`);
    return problems;
  }
}
