// The map: a plane through the latent space with the posterior means of examples, a point that is dragged, and what the
// panels mark on it. As "manifold" its axes run through the prior's quantiles, over a lattice of decoded pictures.

import { fit } from "../../shared/view/canvas.js";
import { css, PICKED } from "../../shared/view/colours.js";
import { context2d, findAll, part } from "../../shared/view/dom.js";
import { Dots } from "../../shared/view/dots.js";
import { Fingers, frameOf, nearestPoint, panned, placeOf, spotOf, zoomed } from "../../shared/view/plane_view.js";
import { zoomByWheel } from "../../shared/view/zoom.js";
import { Lattice } from "./lattice.js";
import { MOST_ZOOM } from "./link.js";
import * as marks from "./marks.js";
import { normal, quantile } from "./maths.js";

/** @typedef {import("./player.js").LatentView} LatentView */
/** @typedef {import("../../shared/view/plane_view.js").Box} Box */
/** @typedef {import("../../shared/view/plane_view.js").Frame} Frame */
/** @typedef {import("../../shared/view/plane_view.js").Spot} Spot */
/** @typedef {import("../../shared/view/plane_view.js").View} View */
/** @typedef {CanvasRenderingContext2D} Pen */

const REACH = 9; // pixels from an example within which a click means it
const AROUND = 2.6; // standard deviations of the prior that are shown at least

/**
 * What holds all places, and most of the prior.
 * @param {Float32Array} us
 * @param {Float32Array} vs
 * @returns {Box}
 */
export function boxOf(us, vs) {
  /** @param {Float32Array} values */
  const least = values => values.reduce((a, b) => Math.min(a, b), -AROUND);
  /** @param {Float32Array} values */
  const most = values => values.reduce((a, b) => Math.max(a, b), AROUND);
  return { left: least(us), right: most(us), bottom: least(vs), top: most(vs) };
}

export class Plane {
  /**
   * @param {LatentView} host
   * @param {HTMLElement} element
   */
  constructor(host, element) {
    this.host = host;
    this.element = element;
    const [under, canvas, over] = findAll(element, "canvas", HTMLCanvasElement);
    this.under = under; // the lattice of pictures
    this.canvas = canvas; // the examples
    this.over = over; // marks, and the pointer
    this.dots = new Dots();
    this.lattice = new Lattice();
    /** @type {View | null} null shows everything */
    this.view = null;
    /** @type {Frame | null} null until something is shown */
    this.frame = null;
    this.ratio = 1;
    this.hover = -1;
    this.dirty = this.overDirty = this.latticeDirty = false;
    // all examples: coordinates on the axes, and places on the map
    this.us = this.vs = this.xs = this.ys = new Float32Array(0);
    this.rows = new Int32Array(0);
    /** @type {Box} */
    this.box = { left: 0, right: 1, bottom: 0, top: 1 };
    this.listen();
  }

  /** Find the places of all examples: model or axes have changed. */
  project() {
    Object.assign(this, this.host.space.project());
    this.rows = Int32Array.from(this.us.keys());
    this.warp();
  }

  get manifold() {
    return this.host.state.manifold === "on";
  }

  /** Find the places again: the kind of map has changed. */
  warp() {
    const { us, vs, manifold } = this;
    this.xs = manifold ? us.map(normal) : us;
    this.ys = manifold ? vs.map(normal) : vs;
    this.box = manifold ? { left: 0, right: 1, bottom: 0, top: 1 } : boxOf(us, vs);
    this.lattice.clear();
    this.dirty = true;
  }

  /**
   * In pixels of the page, from coordinates on the axes.
   * @param {ArrayLike<number>} uv
   * @returns {Spot}
   */
  spot(uv) {
    if (!this.frame) return { x: 0, y: 0 };
    return spotOf(this.frame, this.manifold ? [normal(uv[0]), normal(uv[1])] : uv);
  }

  /** Where a code lies. @param {ArrayLike<number>} z */
  spotOfCode(z) {
    return this.spot(this.host.space.onAxes(z));
  }

  /** Where an example lies. @param {number} row */
  spotOfRow(row) {
    return this.spot([this.us[row], this.vs[row]]);
  }

  /**
   * Coordinates on the axes, from a place on the map.
   * @param {[number, number]} place
   * @returns {[number, number]}
   */
  unplace([x, y]) {
    return this.manifold ? [quantile(x), quantile(y)] : [x, y];
  }

  // -- drawing ------------------------------------------------------------------------------------

  /** True where there is more to draw at the next beat. */
  draw() {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width) return false;
    this.ratio = window.devicePixelRatio || 1;
    for (const canvas of [this.under, this.canvas, this.over]) if (fit(canvas, width, height)) this.dirty = true;
    let more = false;
    if (this.dirty) {
      this.frame = this.measure();
      this.paint(this.frame);
      this.overDirty = this.latticeDirty = true;
      this.dirty = false;
    }
    if (this.latticeDirty && this.frame) {
      this.latticeDirty = this.paintLattice(this.frame);
      more = this.latticeDirty;
    }
    if (this.overDirty && this.frame) {
      this.overDirty = false;
      this.annotate(this.frame);
    }
    return more;
  }

  /** @param {Frame} frame */
  paint(frame) {
    const { host, canvas } = this;
    const pen = context2d(canvas);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    const size = this.manifold ? 1.5 : this.us.length > 1200 ? 2 : 2.6;
    const r = size * this.ratio * Math.min(2, frame.zoom ** 0.25);
    this.dots.begin(canvas.width, canvas.height, Math.ceil(2.5 * r) + 4);
    this.dots.add(this.xs, this.ys, this.rows, frame, host.palette, r, this.manifold ? 0.75 : 0.6);
    this.dots.put(pen);
  }

  /** @param {Frame} frame */
  paintLattice(frame) {
    const { space } = this.host;
    const pen = context2d(this.under);
    if (!this.manifold) {
      pen.clearRect(0, 0, this.under.width, this.under.height);
      return false;
    }
    return this.lattice.draw(pen, frame, space.model, space.baseKey, place =>
      space.model.decode(space.through(this.unplace(place))),
    );
  }

  /** @param {Frame} frame */
  annotate(frame) {
    const { host, over, ratio } = this;
    const { space } = host;
    const pen = context2d(over);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, over.width, over.height);
    if (!this.manifold) this.priorRings(pen, frame);
    host.panel?.drawMarks?.(this, pen);
    const { pick, model } = space;
    if (pick >= 0) {
      this.ellipse(pen, model.code(pick), model.spread(pick), css(host.colourOf(pick)));
      marks.ring(pen, this.spotOfRow(pick), 6.5, host.theme.text, 2);
    }
    if (this.hover >= 0) marks.ring(pen, this.spotOfRow(this.hover), 6, PICKED, 2.2);
    marks.cross(pen, this.spotOfCode(space.z), host.theme.background);
  }

  /**
   * The prior: one, two and three standard deviations about its mean.
   * @param {Pen} pen
   * @param {Frame} frame
   */
  priorRings(pen, frame) {
    const middle = this.spot([0, 0]);
    pen.strokeStyle = this.host.theme.text;
    pen.fillStyle = this.host.theme.text;
    pen.font = `11px ${this.host.theme.font}`;
    for (const sigma of [1, 2, 3]) {
      const radius = (sigma * frame.k) / this.ratio;
      pen.globalAlpha = 0.22;
      pen.setLineDash([3, 4]);
      pen.beginPath();
      pen.arc(middle.x, middle.y, radius, 0, 7);
      pen.stroke();
      pen.setLineDash([]);
      pen.globalAlpha = 0.55;
      pen.fillText(`${sigma}σ`, middle.x + radius * Math.SQRT1_2 + 3, middle.y + radius * Math.SQRT1_2 + 9);
    }
    pen.globalAlpha = 1;
  }

  /**
   * One and two standard deviations of N(mean, diag(std^2)) on this plane.
   * @param {Pen} pen
   * @param {ArrayLike<number>} mean
   * @param {ArrayLike<number>} std
   * @param {string} colour
   */
  ellipse(pen, mean, std, colour) {
    const { l, m, o } = marks.ellipseOf(this.host.space.axes, std);
    const [u, v] = this.host.space.onAxes(mean);
    pen.strokeStyle = colour;
    pen.fillStyle = colour;
    for (const { sigmas, alpha } of [
      { sigmas: 2, alpha: 0.16 },
      { sigmas: 1, alpha: 0.28 },
    ]) {
      const outline = Array.from({ length: 49 }, (_, i) => {
        const c = sigmas * Math.cos((i * Math.PI) / 24);
        const s = sigmas * Math.sin((i * Math.PI) / 24);
        return this.spot([u + l * c, v + m * c + o * s]);
      });
      marks.trace(pen, outline);
      pen.globalAlpha = this.manifold ? 0 : alpha; // there it would hide the pictures
      pen.fill();
      pen.globalAlpha = 1;
      pen.lineWidth = 1.6;
      pen.stroke();
    }
  }

  /**
   * A way through the space, as it lies on this plane.
   * @param {Pen} pen
   * @param {ArrayLike<number>[]} codes
   * @param {string} colour
   * @param {number[]} [dash]
   */
  path(pen, codes, colour, dash) {
    const spots = codes.map(z => this.spotOfCode(z));
    marks.path(pen, spots, colour, this.host.theme.background, dash);
  }

  /**
   * @param {Pen} pen
   * @param {ArrayLike<number>} z
   * @param {string} text
   * @param {string} colour
   */
  label(pen, z, text, colour) {
    marks.label(pen, this.spotOfCode(z), text, colour, this.host.theme);
  }

  /**
   * @param {Pen} pen
   * @param {ArrayLike<number>} z
   * @param {string} colour
   */
  disc(pen, z, colour, radius = 4.5) {
    marks.disc(pen, this.spotOfCode(z), colour, this.host.theme.background, radius);
  }

  // -- the view -----------------------------------------------------------------------------------

  /**
   * @param {number} factor
   * @param {Spot} spot that keeps its place
   */
  zoomAt(factor, spot = { x: this.element.clientWidth / 2, y: this.element.clientHeight / 2 }) {
    if (this.frame) this.look(zoomed(this.frame, spot, factor, [1, MOST_ZOOM]));
  }

  /**
   * @param {number} dx pixels of the page
   * @param {number} dy
   */
  pan(dx, dy) {
    if (this.frame) this.look(panned(this.frame, dx, dy));
  }

  /** @param {View | null} view */
  look(view) {
    const { left, right, bottom, top } = this.box;
    this.view =
      view && view.zoom > 1.0001
        ? {
            x: Math.min(right, Math.max(left, view.x)),
            y: Math.min(top, Math.max(bottom, view.y)),
            zoom: view.zoom,
          }
        : null;
    this.frame &&= this.measure(); // a pinch zooms and pans before the next frame is drawn
    this.dirty = true;
    this.host.requestFrame();
    this.host.syncUrl();
  }

  measure() {
    return frameOf(this.box, this.view, this.canvas, this.ratio, this.manifold ? 1 : 0.93);
  }

  // -- the pointer --------------------------------------------------------------------------------

  /** The example within reach of a spot; -1. @param {Spot} spot @param {Frame} frame */
  rowAt(spot, frame) {
    return nearestPoint(this.xs, this.ys, [this.rows], frame, spot, REACH);
  }

  /** The pointer is over a spot, and nothing is pressed. @param {Spot} spot @param {Frame} frame */
  hoverAt(spot, frame) {
    const row = this.rowAt(spot, frame);
    this.over.style.cursor = row >= 0 ? "pointer" : "crosshair";
    if (row !== this.hover) this.overDirty = true;
    this.hover = row;
    this.host.preview(this.unplace(placeOf(frame, spot)), row);
  }

  listen() {
    const { over, host } = this;
    const fingers = new Fingers(over);
    /** @type {{ at: Spot, panning: boolean, row: number, moved: boolean } | null} */
    let began = null;
    over.addEventListener("pointerdown", event => {
      if (!this.frame || event.button > 1) return;
      const at = fingers.press(event);
      const panning = event.shiftKey || event.button === 1;
      began = { at, panning, row: this.rowAt(at, this.frame), moved: fingers.down.size > 1 };
    });
    over.addEventListener("pointermove", event => {
      if (!this.frame) return;
      const at = fingers.spot(event);
      if (!began) return this.hoverAt(at, this.frame);
      const last = fingers.move(event);
      if (last && fingers.down.size === 2) {
        const { dx, dy, factor, middle } = fingers.pinch(event, last);
        this.zoomAt(factor, middle);
        this.pan(dx, dy);
        return;
      }
      if (Math.hypot(at.x - began.at.x, at.y - began.at.y) > 4) began.moved = true;
      if (!began.moved || !last) return;
      if (began.panning) this.pan(at.x - last.x, at.y - last.y);
      else host.drag(this.unplace(placeOf(this.frame, at)));
    });
    /** @param {PointerEvent} event */
    const end = event => {
      fingers.lift(event);
      if (!began || !this.frame) return;
      const { moved, panning, row, at } = began;
      if (!fingers.down.size) began = null;
      if (moved || event.type === "pointercancel") return host.syncUrl();
      if (!panning) host.click(row, this.unplace(placeOf(this.frame, at)));
    };
    over.addEventListener("pointerup", end);
    over.addEventListener("pointercancel", end);
    over.addEventListener("pointerleave", () => {
      if (began) return;
      this.hover = -1;
      this.overDirty = true;
      host.preview(null, -1);
    });
    over.addEventListener("dblclick", event => this.zoomAt(event.shiftKey ? 0.5 : 2, fingers.spot(event)));
    zoomByWheel(over, part(this.element, "zoom-hint"), (factor, x, y) => this.zoomAt(factor, { x, y }));
  }
}
