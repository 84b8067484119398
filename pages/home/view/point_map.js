// A map of points that shows the one under the pointer; new places are glided to.

import { fit } from "../../shared/view/canvas.js";
import { PICKED } from "../../shared/view/colours.js";
import { context2d, find, part } from "../../shared/view/dom.js";
import { Dots } from "../../shared/view/dots.js";
import { boxBetween, boxOf, mix } from "../../shared/view/places.js";
import { frameOf, nearestPoint, spotOf } from "../../shared/view/plane_view.js";

/** @typedef {import("../../shared/view/plane_view.js").Box} Box */
/** @typedef {import("../../shared/view/plane_view.js").Frame} Frame */
/** @typedef {import("../../shared/view/plane_view.js").Spot} Spot */
/** @typedef {import("../../shared/view/types.d.ts").Places} Places */

const GLIDE = 450; // ms
const REACH = 14; // CSS pixels from the pointer to a point
const SHARE = 0.9; // of the canvas that the points fill

/** @param {number} n points @returns {number} radius of each, CSS pixels */
const radiusOf = n => (n > 6000 ? 1.5 : n > 1500 ? 2 : n > 400 ? 2.8 : 4);

export class PointMap {
  /**
   * @param {HTMLElement} element
   * @param {(point: number, map: PointMap) => void} onHover -1: none
   */
  constructor(element, onHover) {
    this.plane = find(element, ".plane");
    this.canvas = part(element, "dots", HTMLCanvasElement);
    this.over = part(element, "over", HTMLCanvasElement);
    this.dots = new Dots();
    /** @type {Places | null} of all points; only the listed ones are drawn */
    this.places = null;
    /** @type {Places | null} where they glide from */
    this.before = null;
    /** @type {Int32Array} */
    this.list = new Int32Array(0);
    /** @type {Uint32Array} */
    this.palette = new Uint32Array(0);
    /** @type {Box} */
    this.box = this.boxBefore = boxOf([]);
    /** @type {Frame | null} */
    this.frame = null;
    this.began = 0; // when the glide did; 0: with the next frame
    this.dirty = true;
    this.hover = -1;
    for (const type of ["pointermove", "pointerdown"])
      this.over.addEventListener(type, event => onHover(this.pointAt(/** @type {PointerEvent} */ (event)), this));
    this.over.addEventListener("pointerleave", () => onHover(-1, this));
  }

  /**
   * Show some of all points.
   * @param {Places} places of those in the list, in its order
   * @param {Int32Array} list
   * @param {Uint32Array} palette colours of all points
   */
  show(places, list, palette) {
    const n = palette.length;
    const all = { xs: new Float32Array(n), ys: new Float32Array(n) };
    for (let i = 0; i < list.length; i++) {
      all.xs[list[i]] = places.xs[i];
      all.ys[list[i]] = places.ys[i];
    }
    this.before = this.list.length === list.length ? this.places : null;
    this.boxBefore = this.box;
    Object.assign(this, { places: all, list, palette, box: boxOf([places]), began: 0, dirty: true });
  }

  /** @param {number} point ringed; -1: none */
  mark(point) {
    this.hover = point;
    this.ring();
  }

  /** @param {number} now @param {boolean} still @returns {boolean} whether they move */
  draw(now, still) {
    const { clientWidth: width, clientHeight: height } = this.plane;
    if (!width || !height || !this.places) return false;
    for (const canvas of [this.canvas, this.over]) if (fit(canvas, width, height)) this.dirty = true;
    this.began ||= now;
    const t = still || !this.before ? 1 : Math.min(1, (now - this.began) / GLIDE);
    if (!this.dirty && !this.before) return false;
    this.paint(t);
    if (t < 1) return true;
    this.before = null;
    return false;
  }

  /** @param {number} t share of the way */
  paint(t) {
    const { canvas, places, before, list, palette } = this;
    if (!places) return;
    this.dirty = false;
    const context = context2d(canvas);
    context.clearRect(0, 0, canvas.width, canvas.height);
    const ratio = canvas.width / this.plane.clientWidth;
    const box = before ? boxBetween(this.boxBefore, this.box, t) : this.box;
    this.frame = frameOf(box, null, canvas, ratio, SHARE);
    const r = radiusOf(list.length) * ratio;
    this.dots.begin(canvas.width, canvas.height, Math.ceil(3 * r) + 4);
    const at = before ? { xs: new Float32Array(places.xs.length), ys: new Float32Array(places.xs.length) } : places;
    if (before) mix(before, places, t, at);
    this.dots.add(at.xs, at.ys, list, this.frame, palette, r, list.length > 1000 ? 0.75 : 0.9);
    this.dots.put(context);
    this.ring();
  }

  ring() {
    const { over, places, frame, hover } = this;
    const pen = context2d(over);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, over.width, over.height);
    if (!places || !frame || hover < 0 || !this.list.includes(hover)) return;
    pen.setTransform(frame.ratio, 0, 0, frame.ratio, 0, 0);
    const { x, y } = this.spot(hover);
    pen.strokeStyle = PICKED;
    pen.lineWidth = 2.2;
    pen.beginPath();
    pen.arc(x, y, 7, 0, 2 * Math.PI);
    pen.stroke();
  }

  /** @param {number} point @returns {Spot} */
  spot(point) {
    if (!this.places || !this.frame) return { x: 0, y: 0 };
    return spotOf(this.frame, [this.places.xs[point], this.places.ys[point]]);
  }

  /** @param {PointerEvent} event */
  pointAt(event) {
    if (!this.places || !this.frame) return -1;
    const box = this.over.getBoundingClientRect();
    const spot = { x: event.clientX - box.left, y: event.clientY - box.top };
    return nearestPoint(this.places.xs, this.places.ys, [this.list], this.frame, spot, REACH);
  }
}
