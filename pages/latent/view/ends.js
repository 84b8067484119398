// A and B of an interpolation: an example, a point of the space, or a drawing, and what the models make of it.

import { messageOf } from "../../shared/view/api.js";
import { unpackImage } from "../../shared/view/packed_image.js";
import { readCode, whole, writeCode } from "./link.js";
import { encode } from "./model.js";

/** @typedef {import("./player.js").LatentView} LatentView */
/** @typedef {import("./model.js").Greys} Greys */
/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./paths.js").DeepModel} DeepModel */
/** @typedef {import("./paths.js").Ready} Ready */
/** @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes */

/** What an end is: one of these. @typedef {{ row?: number, z?: Float32Array, drawing?: string }} Source */

export class End {
  /** @param {Source} source */
  constructor({ row = -1, z, drawing = "" }) {
    this.row = row; // of an example, else -1
    this.z = z ?? null; // of a point, else null
    this.drawing = drawing; // as text, else ""
    /** @type {Bytes | null} of the drawing */
    this.bytes = null;
    /** @type {Model | null} whose code it is */
    this.model = null;
    /** @type {Float32Array | null} */
    this.code = null;
    this.asked = false; // for the code of a drawing
    /** @type {Greys | null} its reconstruction */
    this.back = null;
    /** @type {Greys | null} its picture; where that is not here, its reconstruction */
    this.grey = null;
    /** @type {Float32Array | null} the code of a deterministic autoencoder */
    this.deep = null;
    /** @type {Greys | null} the picture which that is the code of */
    this.deepOf = null;
  }

  /** What a link says; null where the model has no such end. @param {string} text @param {Model} model */
  static read(text, model) {
    const row = text.startsWith("e") ? whole(text.slice(1), 0, model.n - 1) : null;
    const z = text.startsWith("z") ? readCode(text.slice(1), model.d) : null;
    if (row !== null) return new End({ row });
    if (z) return new End({ z });
    return text.startsWith("d") ? new End({ drawing: text.slice(1) }) : null;
  }

  write() {
    if (this.row >= 0) return `e${this.row}`;
    return this.z ? `z${writeCode(this.z)}` : `d${this.drawing}`;
  }

  /** @param {Model} model */
  words({ labels, classes }) {
    if (this.row >= 0) return `${labels ? `${classes[labels[this.row]]} · ` : ""}example ${this.row}`;
    return this.z ? "a point" : "your drawing";
  }

  /**
   * What it is made of, null while its code is on its way; asks for what is not known.
   * @param {LatentView} host
   * @param {DeepModel | null} deep
   * @param {() => void} onChange something has come
   * @returns {Ready | null}
   */
  resolve(host, deep, onChange) {
    const { model } = host.space;
    if (this.model !== model) Object.assign(this, { model, code: null, back: null, asked: false }); // it has other codes
    if (this.drawing && !this.bytes) this.readDrawing(host, model.size);
    if (this.row >= 0) this.code = model.code(this.row);
    else if (this.z) this.code = this.z;
    else if (!this.code && !this.asked && this.bytes) {
      this.asked = true;
      model.encode(this.bytes).then(
        ({ mean }) => {
          this.code = mean;
          onChange();
        },
        error => host.showError(messageOf(error)),
      );
    }
    if (this.code) this.back ??= model.decode(this.code);
    this.grey = (this.row >= 0 ? host.pictures.of(this.row) : this.bytes) ?? this.back;
    const coming = this.row >= 0 && host.data.dataHere && !host.pictures.here; // its own picture is still on its way
    if (deep && this.grey && !coming && this.deepOf !== this.grey) this.encodeDeep(host, deep, this.grey, onChange);
    return this.code && { z: this.code, grey: this.grey, deep: this.deep };
  }

  /** @param {LatentView} host @param {number} size */
  readDrawing(host, size) {
    const bytes = new Uint8Array(size);
    if (unpackImage(this.drawing, bytes)) this.bytes = bytes;
    else {
      host.showError("The link's drawing does not fit this model.");
      this.drawing = "";
      this.row = 0;
    }
  }

  /**
   * @param {LatentView} host
   * @param {DeepModel} deep
   * @param {Greys} grey
   * @param {() => void} onChange
   */
  encodeDeep(host, deep, grey, onChange) {
    const { height, width } = host.space.model;
    this.deepOf = grey;
    encode(deep.url, grey, height, width).then(
      ({ mean }) => {
        this.deep = mean;
        onChange();
      },
      error => host.showError(messageOf(error)),
    );
  }
}

/**
 * The examples that A and B are where nothing is said: the first one; and of the next ones the one furthest from it that is
 * not far out in the space.
 * @param {{ n: number, d: number, code(row: number): Float32Array }} model
 */
export function usualRows(model) {
  const from = model.code(0);
  let b = 0;
  let most = -1;
  for (let row = 1; row < Math.min(model.n, 60); row++) {
    const far = model.code(row).reduce((sum, x, j) => sum + (x - from[j]) ** 2, 0);
    if (far <= most || far >= 12 * model.d) continue;
    most = far;
    b = row;
  }
  return { a: 0, b };
}
