// The pictures of a model's examples, fetched once; the page works without them.

/** @typedef {import("./model.js").Greys} Greys */
/** @typedef {import("./model.js").Model} Model */

export class Pictures {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    /** @type {Uint8Array | null} greys of all examples */
    this.greys = null;
    /** @type {Map<number, Uint8Array>} the same array of an example's picture each time */
    this.kept = new Map();
  }

  get here() {
    return this.greys !== null;
  }

  async fetch() {
    this.greys = await this.model.pictures();
  }

  /** The picture of an example; null while it has not come. @param {number} row @returns {Greys | null} */
  of(row) {
    if (!this.greys || row < 0) return null;
    const { size } = this.model;
    const image = this.kept.get(row) ?? this.greys.subarray(row * size, (row + 1) * size);
    this.kept.set(row, image);
    return image;
  }
}
