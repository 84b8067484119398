// One map on a canvas: points in colour, marks above them, and the pointer that pans, zooms and chooses.

import { fit } from "../../shared/view/canvas.js";
import { PICKED } from "../../shared/view/colours.js";
import { context2d, part } from "../../shared/view/dom.js";
import { Dots } from "../../shared/view/dots.js";
import { vectors } from "../../shared/view/figure.js";
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
import { dotsSvg } from "./map_svg.js";

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
/** Depths of points in three dimensions, and how large those are. */
const LAYERS = [
  { from: Number.NEGATIVE_INFINITY, to: -0.8, size: 0.7 },
  { from: -0.8, to: -0.25, size: 0.85 },
  { from: -0.25, to: 0.25, size: 1 },
  { from: 0.25, to: 0.8, size: 1.2 },
  { from: 0.8, to: Number.POSITIVE_INFINITY, size: 1.4 },
];

/**
 * What all maps of a panel share: one view, so that they are looked at in the same place.
 * @typedef {object} MapHost
 * @property {ComparePlayer} host
 * @property {View | null} view
 * @property {(view: View | null) => void} look
 * @property {string} tool what dragging does: move, box or lasso
 * @property {(dx: number, dy: number) => boolean} [drag] turns what is seen; false where a drag moves it
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
    vectors.set(this.canvas, () => this.asSvg());
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
    const groups = this.groups;
    this.dots.begin(
      canvas.width,
      canvas.height,
      Math.ceil(3 * Math.max(...groups.map(({ size }) => size)) * ratio) + 4,
    );
    for (const { rows, size, alpha } of groups)
      this.dots.add(places.xs, places.ys, rows, this.frame, colours.palette, size * ratio, alpha);
    this.dots.put(context);
  }

  /** The points by how they are drawn: rows, radius in pixels of the page, opacity. */
  get groups() {
    const { dim, normal, chosen } = this.host.selection.lists;
    const n = dim.length + normal.length + chosen.length;
    const r = this.radius(n);
    const opacity = this.fade * Math.min(1, Math.max(0.5, 1.35 - 0.2 * Math.log10(Math.max(10, n))));
    return [
      { rows: dim, size: r * 0.9, alpha: 0.22 * opacity },
      { rows: normal, size: r, alpha: opacity },
      { rows: chosen, size: r * (chosen.length > 200 ? 1.15 : 1.4), alpha: this.fade },
    ].flatMap(group => this.byDepth(group));
  }

  /** A group of points, in three dimensions from far to near: nearer ones are larger. @param {{ rows: Int32Array, size: number, alpha: number }} group */
  byDepth(group) {
    const depth = this.places?.depth;
    if (!depth) return [group];
    return LAYERS.map(({ from, to, size }) => ({
      ...group,
      rows: group.rows.filter(row => depth[row] >= from && depth[row] < to),
      size: group.size * size,
    }));
  }

  /** The points as vector graphics. */
  asSvg() {
    const { colours, places } = this;
    if (!places || !colours) return "";
    return this.groups
      .map(({ rows, size, alpha }) => dotsSvg(rows, row => this.spot(row), colours, size, alpha))
      .join("");
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
      } else if (mode === "move" && event.pointerType !== "touch") this.pan(at.x - before.x, at.y - before.y);
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

  /** @param {number} dx CSS pixels @param {number} dy */
  pan(dx, dy) {
    if (this.frame && !this.owner.drag?.(dx, dy)) this.owner.look(panned(this.frame, dx, dy));
  }

  /** @param {number} factor @param {Spot} [at] */
  zoom(factor, at = { x: this.plane.clientWidth / 2, y: this.plane.clientHeight / 2 }) {
    if (this.frame) this.owner.look(zoomed(this.frame, at, factor, ZOOMS));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.frame) return;
    /** @param {number} dx @param {number} dy */
    const pan = (dx, dy) => () => this.pan(dx, dy);
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
