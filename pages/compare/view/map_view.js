// One map on a canvas: points in colour, marks above them, and the pointer that pans, zooms and chooses.

import { fit } from "../../shared/view/canvas.js";
import { PICKED } from "../../shared/view/colours.js";
import { context2d, part } from "../../shared/view/dom.js";
import { Dots } from "../../shared/view/dots.js";
import { html } from "../../shared/view/html.js";
import {
  Fingers,
  frameOf,
  nearestPoint,
  panned,
  placeOf,
  pointsWithin,
  spotOf,
  thinned,
  zoomed,
} from "../../shared/view/plane_view.js";
import { zoomByWheel, zoomHint } from "../../shared/view/zoom.js";

/** @typedef {import("../../shared/view/plane_view.js").Box} Box */
/** @typedef {import("../../shared/view/plane_view.js").Frame} Frame */
/** @typedef {import("../../shared/view/plane_view.js").Spot} Spot */
/** @typedef {import("../../shared/view/plane_view.js").View} View */
/** @typedef {import("./player.js").ComparePlayer} ComparePlayer */
/** @typedef {import("./types.d.ts").Places} Places */
/** @typedef {import("./types.d.ts").PointColours} PointColours */

/** @type {[number, number]} */
const ZOOMS = [0.5, 60];
const CORNERS = 60; // of a lasso

/**
 * What all maps of a panel share: one view, so that they are looked at in the same place.
 * @typedef {object} MapHost
 * @property {ComparePlayer} host
 * @property {View | null} view
 * @property {(view: View | null) => void} look
 * @property {string} tool what dragging does: move, box or lasso
 */

/** The element that a `MapView` draws into. @param {string} label */
export const mapMarkup = label =>
  html`<div class="plane"><canvas data-part="dots"></canvas><canvas data-part="over" tabindex="0" aria-label="${label}. Arrow keys pan, + and - zoom, 0 shows all"></canvas>${zoomHint()}</div>`;

export class MapView {
  /**
   * @param {MapHost} owner
   * @param {Element} element
   */
  constructor(owner, element) {
    this.owner = owner;
    this.host = owner.host;
    this.plane = /** @type {HTMLElement} */ (element.querySelector(".plane"));
    this.canvas = part(element, "dots", HTMLCanvasElement);
    this.over = part(element, "over", HTMLCanvasElement);
    this.dots = new Dots();
    /** @type {Places | null} */
    this.places = null;
    /** @type {PointColours | null} */
    this.colours = null;
    /** @type {Box} */
    this.box = { left: -2, right: 2, bottom: -2, top: 2 };
    /** @type {Frame | null} */
    this.frame = null;
    this.fade = 1; // of all points
    this.dirty = this.overDirty = true;
    /** @type {(pen: CanvasRenderingContext2D, view: MapView) => void} marks of the panel, below those of the selection */
    this.annotate = () => {};
    /** @type {Spot[]} */
    this.path = [];
    this.listen(element);
  }

  /** @param {Places | null} places @param {PointColours | null} colours @param {Box} box */
  show(places, colours, box) {
    this.places = places;
    this.colours = colours;
    this.box = box;
    this.dirty = true;
  }

  // -- drawing ------------------------------------------------------------------------------------

  draw() {
    const { clientWidth: width, clientHeight: height } = this.plane;
    if (!width || !height) return;
    for (const canvas of [this.canvas, this.over]) if (fit(canvas, width, height)) this.dirty = true;
    if (this.dirty) this.paint();
    if (this.overDirty && this.frame) this.mark();
  }

  paint() {
    this.dirty = false;
    this.overDirty = true;
    const { canvas, places, colours } = this;
    const context = context2d(canvas);
    context.clearRect(0, 0, canvas.width, canvas.height);
    const ratio = canvas.width / this.plane.clientWidth;
    this.frame = frameOf(this.box, this.owner.view, canvas, ratio, 0.92);
    if (!places || !colours) return;
    const { dim, normal, chosen } = this.host.selection.lists;
    const n = dim.length + normal.length + chosen.length;
    const r = this.radius(n) * ratio;
    const opacity = this.fade * Math.min(1, Math.max(0.5, 1.35 - 0.2 * Math.log10(Math.max(10, n))));
    this.dots.begin(canvas.width, canvas.height, Math.ceil(3 * r) + 4);
    /** @param {Int32Array} list @param {number} size @param {number} alpha */
    const add = (list, size, alpha) =>
      this.dots.add(places.xs, places.ys, list, /** @type {Frame} */ (this.frame), colours.palette, size, alpha);
    add(dim, r * 0.9, 0.22 * opacity);
    add(normal, r, opacity);
    add(chosen, r * (chosen.length > 200 ? 1.15 : 1.4), this.fade);
    this.dots.put(context);
  }

  /** @param {number} n points */
  radius(n) {
    const base = n > 6000 ? 1.6 : n > 1500 ? 2.1 : n > 500 ? 2.7 : 3.3;
    return base * Math.min(2.6, (this.owner.view?.zoom ?? 1) ** 0.22);
  }

  mark() {
    this.overDirty = false;
    const { over, places, host } = this;
    const pen = context2d(over);
    const ratio = over.width / this.plane.clientWidth;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, over.width, over.height);
    if (places) {
      this.annotate(pen, this);
      const { hover, focus } = host.selection;
      if (focus >= 0 && !host.selection.isHidden(focus)) this.ring(pen, focus, 8, host.theme.text);
      if (hover >= 0 && !host.selection.isHidden(hover)) this.ring(pen, hover, 7, PICKED);
    }
    if (this.path.length > 1) {
      pen.setLineDash([5, 4]);
      pen.strokeStyle = PICKED;
      pen.fillStyle = "rgba(255, 159, 26, 0.14)";
      pen.lineWidth = 1.5;
      pen.beginPath();
      for (const { x, y } of this.path) pen.lineTo(x, y);
      pen.closePath();
      pen.fill();
      pen.stroke();
      pen.setLineDash([]);
    }
  }

  /** @param {CanvasRenderingContext2D} pen @param {number} row @param {number} radius @param {string} colour */
  ring(pen, row, radius, colour) {
    const { x, y } = this.spot(row);
    pen.strokeStyle = colour;
    pen.lineWidth = 2.2;
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.stroke();
  }

  /** @param {number} row @returns {Spot} */
  spot(row) {
    if (!this.places || !this.frame) return { x: 0, y: 0 };
    return spotOf(this.frame, [this.places.xs[row], this.places.ys[row]]);
  }

  // -- the pointer ----------------------------------------------------------------------------------

  /** @param {Spot} at */
  rowAt(at) {
    if (!this.places || !this.frame) return -1;
    const { dim, normal, chosen } = this.host.selection.lists;
    return nearestPoint(this.places.xs, this.places.ys, [dim, normal, chosen], this.frame, at, 8);
  }

  /** @param {Element} element */
  listen(element) {
    const { over, owner, host } = this;
    const fingers = new Fingers(over);
    let start = { x: 0, y: 0 };
    let moved = false;
    let mode = "move";
    over.addEventListener("pointerdown", event => {
      if (event.button > 0 || !this.frame) return;
      start = fingers.press(event);
      moved = false;
      mode = fingers.down.size > 1 ? "pinch" : event.shiftKey ? "box" : event.altKey ? "lasso" : owner.tool;
      this.path = mode === "box" || mode === "lasso" ? [start] : [];
    });
    over.addEventListener("pointermove", event => {
      const at = fingers.spot(event);
      const before = fingers.move(event);
      if (!before) {
        if (event.pointerType !== "touch") host.hoverRow(this.rowAt(at), this, at);
        return;
      }
      moved ||= Math.hypot(at.x - start.x, at.y - start.y) > (event.pointerType === "touch" ? 8 : 4);
      if (!this.frame || !moved) return;
      if (mode === "pinch" && fingers.down.size === 2) {
        const { dx, dy, factor, middle } = fingers.pinch(event, before);
        owner.look(zoomed({ ...this.frame, ...panned(this.frame, dx, dy) }, middle, factor, ZOOMS));
      } else if (mode === "move" && event.pointerType !== "touch")
        owner.look(panned(this.frame, at.x - before.x, at.y - before.y));
      else if (this.path.length) {
        this.path = mode === "box" ? [start, { x: at.x, y: start.y }, at, { x: start.x, y: at.y }] : [...this.path, at];
        this.overDirty = true;
        host.requestFrame();
      }
    });
    over.addEventListener("pointerup", event => {
      if (!fingers.lift(event)) return;
      const { path } = this;
      const adding = event.ctrlKey || event.metaKey;
      this.path = [];
      this.overDirty = true;
      host.requestFrame();
      if (mode === "pinch") return;
      if (!moved) return host.clickRow(this.rowAt(fingers.spot(event)), adding || event.shiftKey);
      if (path.length > 2 && this.places && this.frame) {
        const frame = this.frame;
        const corners = thinned(path, CORNERS).map(spot => placeOf(frame, spot));
        const { dim, normal, chosen } = host.selection.lists;
        host.chooseRows(pointsWithin(this.places.xs, this.places.ys, [dim, normal, chosen], corners), adding);
      }
    });
    over.addEventListener("pointercancel", event => {
      fingers.lift(event);
      this.path = [];
    });
    over.addEventListener("pointerleave", () => host.hoverRow(-1));
    over.addEventListener(
      "touchmove",
      event => event.touches.length > 1 && event.cancelable && event.preventDefault(),
      {
        passive: false,
      },
    );
    over.addEventListener("dblclick", event => this.zoom(2, fingers.spot(event)));
    over.addEventListener("keydown", event => this.onKey(event));
    zoomByWheel(over, part(element, "zoom-hint"), (factor, x, y) => this.zoom(factor, { x, y }));
  }

  /** @param {number} factor @param {Spot} [at] */
  zoom(factor, at = { x: this.plane.clientWidth / 2, y: this.plane.clientHeight / 2 }) {
    if (this.frame) this.owner.look(zoomed(this.frame, at, factor, ZOOMS));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.frame) return;
    const { frame } = this;
    /** @param {number} dx @param {number} dy */
    const pan = (dx, dy) => () => this.owner.look(panned(frame, dx, dy));
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: pan(50, 0),
      ArrowRight: pan(-50, 0),
      ArrowUp: pan(0, 50),
      ArrowDown: pan(0, -50),
      "+": () => this.zoom(1.3),
      "=": () => this.zoom(1.3),
      "-": () => this.zoom(1 / 1.3),
      0: () => this.owner.look(null),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  }
}
