// What is shown of a latent space: the model, a plane through it, a point. Nothing here draws.

import { dot } from "./maths.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./model.js").Axes} Axes */
/** @typedef {import("./link.js").PlaneChoice} PlaneChoice */

export class LatentSpace {
  /**
   * @param {Model} model
   * @param {PlaneChoice} plane
   * @param {Axes} axes
   * @param {Float32Array} z
   * @param {number} pick
   */
  constructor(model, plane, axes, z, pick) {
    this.own = model; // the page's; `model` may be another one of its family
    this.model = model;
    this.plane = plane;
    this.axes = axes;
    this.z = z;
    this.pick = pick; // the example that the point belongs to; -1: none
    /** @type {{ z: Float32Array, row: number } | null} the place under the pointer */
    this.hovered = null;
    this.base = z; // what the point has beside its place on the plane: z = base + u a + v b
    this.baseKey = "";
    this.rebase();
  }

  /**
   * @param {PlaneChoice} plane
   * @param {Axes} axes
   */
  setPlane(plane, axes) {
    this.plane = plane;
    this.axes = axes;
    this.rebase();
  }

  /**
   * Another model of the family: the same examples, other codes.
   * @param {Model} model
   */
  setModel(model) {
    this.model = model;
    this.hovered = null;
    if (this.pick >= 0) this.z = model.code(this.pick);
  }

  /**
   * @param {Float32Array} z
   * @param {number} pick
   */
  moveTo(z, pick = this.pick) {
    this.z = z;
    this.pick = pick;
    this.hovered = null;
    this.rebase();
  }

  rebase() {
    const [u, v] = this.onAxes(this.z);
    const [a, b] = this.axes;
    this.base = this.z.map((x, j) => x - u * a[j] - v * b[j]);
    this.baseKey = this.base.map(x => Math.round(x * 1000) / 1000 || 0).join(" ");
  }

  /**
   * Coordinates of a code on the axes.
   * @param {ArrayLike<number>} z
   * @returns {[number, number]}
   */
  onAxes(z) {
    return [dot(z, this.axes[0]), dot(z, this.axes[1])];
  }

  /**
   * The code at coordinates on the axes, on the plane through the point.
   * @param {ArrayLike<number>} uv
   */
  through(uv) {
    const [a, b] = this.axes;
    return this.base.map((x, j) => x + uv[0] * a[j] + uv[1] * b[j]);
  }

  /** The posterior means of all examples on the axes. */
  project() {
    const { axes } = this;
    const { n, d, mean } = this.model;
    const us = new Float32Array(n);
    const vs = new Float32Array(n);
    for (let i = 0; i < n; i++) {
      let u = 0;
      let v = 0;
      for (let j = 0, at = i * d; j < d; j++, at++) {
        u += mean[at] * axes[0][j];
        v += mean[at] * axes[1][j];
      }
      us[i] = u;
      vs[i] = v;
    }
    return { us, vs };
  }

  /** Whether the point is the code of the chosen example. */
  get isPick() {
    return this.pick >= 0 && this.model.code(this.pick).every((x, j) => x === this.z[j]);
  }

  /** Whether the page's own model is shown. */
  get isOwn() {
    return this.model === this.own;
  }
}
