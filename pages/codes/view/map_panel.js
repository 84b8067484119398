// One map: points on a plane that is dragged and zoomed; pictures where there is room.

import { fit } from "../../shared/view/canvas.js";
import { context2d, part } from "../../shared/view/dom.js";
import { Dots } from "../../shared/view/dots.js";
import { reducedMotion } from "../../shared/view/motion.js";
import { frameOf, nearestPoint, panned, placeOf, pointsWithin, spotOf, zoomed } from "../../shared/view/plane_view.js";
import { ZOOMS } from "./codes_url.js";
import { DecodedPlane } from "./decoded_plane.js";
import { glide } from "./glide.js";
import { MapAnnotations } from "./map_annotations.js";
import { MapPointer } from "./map_pointer.js";
import { Thumbs, thumbSide } from "./thumbs.js";

/** @typedef {import("./player.js").CodesView} CodesView */
/** @typedef {import("./types.d.ts").Layout} Layout */
/** @typedef {import("./types.d.ts").MapChoice} MapChoice */
/** @typedef {import("./types.d.ts").Places} Places */
/** @typedef {import("../../shared/view/plane_view.js").Frame} Frame */
/** @typedef {import("../../shared/view/plane_view.js").Spot} Spot */
/** @typedef {import("../../shared/view/plane_view.js").View} View */
/** @typedef {import("./glide.js").Start} Start */

const GLIDE = 700; // ms from one map to another
const REST = 140; // ms after the last movement, when all points are drawn again
const BUDGET = 9; // ms for the dots while moving

export class MapPanel {
  /**
   * @param {CodesView} host
   * @param {HTMLElement} element
   * @param {MapChoice} map
   * @param {View | null} view
   */
  constructor(host, element, map, view) {
    this.host = host;
    this.element = element;
    this.store = host.points;
    this.plane = part(element, "plane");
    this.under = part(element, "under", HTMLCanvasElement); // decoded pictures
    this.canvas = part(element, "dots", HTMLCanvasElement);
    this.over = part(element, "over", HTMLCanvasElement); // marks, and the pointer
    this.noPoints = part(element, "no-points");
    this.dots = new Dots();
    this.thumbs = new Thumbs(this.store);
    this.map = map;
    this.view = view; // null shows everything
    /** @type {Frame | null} null until there is something to show */
    this.frame = null;
    /** @type {Places | null} what is drawn */
    this.current = null;
    /** @type {Start | null} while the points glide */
    this.from = null;
    /** @type {number | null} when they began to */
    this.began = null;
    /** @type {Places} */
    this.gliding = { xs: new Float32Array(0), ys: new Float32Array(0) };
    this.ratio = 1;
    this.dirty = this.overDirty = true;
    this.rough = false; // some points were left out, as there was no time
    this.inside = Infinity; // points within the canvas
    this.listed = 1; // points that are drawn
    this.withImages = false;
    this.cost = 0; // ms that all dots take
    this.movedAt = -1e9;
    /** @type {DecodedPlane | null} */
    this.decoded = null;
    this.decoding = false; // there is more of it to draw
    this.described = ""; // what is said around the map, as a key
    this.pointer = new MapPointer(this);
    this.annotations = new MapAnnotations(this);
  }

  /** Show another map; points glide there from where they are. @param {MapChoice} map */
  show(map) {
    this.map = map;
    this.view = null;
    this.decoded = null;
    this.from = this.current && this.frame ? { ...this.current, frame: this.frame } : null;
    this.began = null;
    this.described = "";
    this.dirty = this.overDirty = true;
  }

  /** What the server knows of the map. */
  get layout() {
    return this.store.maps.layout(this.map);
  }

  /** Whether the codes of an epoch are shown. */
  get showsTraining() {
    return this.map.name === "code" && this.host.showsTraining;
  }

  // -- where things are ---------------------------------------------------------------------------

  /** The map that is drawn: PCA of the same numbers in the place of one that is not there yet. @returns {Layout | null} */
  get base() {
    const { layout, store } = this;
    if (layout.state === "ready") return layout;
    const pca = `pca-${this.map.name.split("-")[1]}`;
    const name = [pca, "code"].find(other => store.kindOf(other));
    const other = name && store.maps.layout({ name, settings: {} });
    return other && other.state === "ready" ? other : null;
  }

  /** @param {Layout} base */
  measure(base) {
    return frameOf(base.box, this.view, this.canvas, this.ratio, 0.9);
  }

  /** A point's spot. @param {number} row @returns {Spot} */
  spot(row) {
    if (!this.current || !this.frame) return { x: 0, y: 0 };
    return spotOf(this.frame, [this.current.xs[row], this.current.ys[row]]);
  }

  get radius() {
    const n = this.listed || 1;
    const base = n > 30_000 ? 1.1 : n > 6000 ? 1.7 : n > 1500 ? 2.3 : 3.2;
    return base * Math.min(3, (this.frame?.zoom ?? 1) ** 0.22);
  }

  /** Rows to draw, by how. */
  get lists() {
    return this.host.selection.listsOf(this.within);
  }

  /** The points that are there at all; null: all. */
  get within() {
    return (this.showsTraining && this.host.training?.within) || null;
  }

  /** @param {number} row */
  isVisible(row) {
    return row >= 0 && !this.host.selection.isHidden(row) && (!this.within || this.within[row] === 1);
  }

  // -- drawing ------------------------------------------------------------------------------------

  /** True where there is more to draw at the next beat. @param {number} now */
  draw(now) {
    const { clientWidth: width, clientHeight: height } = this.plane;
    if (!width || !height) return false;
    this.ratio = window.devicePixelRatio || 1;
    for (const canvas of [this.under, this.canvas, this.over])
      if (fit(canvas, width, height)) this.dirty = this.overDirty = true;
    const { base } = this;
    this.describe(base);
    const settled = now - this.movedAt > REST;
    const gliding = this.began !== null && now - this.began < GLIDE;
    if ((this.rough && settled) || gliding) this.dirty = true;
    let more = this.rough || !settled || gliding;
    if (this.dirty) {
      this.dirty = false;
      this.overDirty = this.decoding = true;
      this.frame = base && this.measure(base);
      if (this.from && this.began === null && base) this.began = reducedMotion() ? now - GLIDE : now;
      this.current = base && this.frame && this.placesAt(base, this.frame, now);
      this.paint(base, settled);
      more ||= this.began !== null && now - this.began < GLIDE;
    }
    if (this.decoding && this.frame) {
      this.decoding = this.drawDecoded(this.frame, base === this.layout);
      more ||= this.decoding;
    }
    if (this.overDirty && this.frame) {
      this.overDirty = false;
      this.annotations.draw(this.frame, base);
    }
    return more;
  }

  /**
   * Places of all points at this moment.
   * @param {Layout} base
   * @param {Frame} frame
   * @param {number} now
   * @returns {Places}
   */
  placesAt(base, frame, now) {
    const { from, began } = this;
    if (this.showsTraining && this.host.training) return this.host.training.placesNow();
    if (!from || began === null) return base;
    const t = (now - began) / GLIDE;
    const n = base.xs.length;
    if (t >= 1 || from.xs.length !== n) {
      this.from = this.began = null;
      this.dirty = true;
      return base;
    }
    if (this.gliding.xs.length !== n) this.gliding = { xs: new Float32Array(n), ys: new Float32Array(n) };
    glide(from, base, frame, t, this.gliding);
    return this.gliding;
  }

  /** @param {Layout | null} base @param {boolean} settled */
  paint(base, settled) {
    const { host, canvas, current, frame } = this;
    const context = context2d(canvas);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!base || !current || !frame) return;
    const began = performance.now();
    const { dim, normal, chosen } = this.lists;
    const n = dim.length + normal.length + chosen.length;
    this.listed = n;
    const isOwn = base === this.layout; // no other map stands in
    const r = this.radius * this.ratio;
    const dense = Math.min(1, Math.max(0.45, 1.35 - 0.2 * Math.log10(Math.max(10, n))));
    const stride = settled ? 1 : Math.max(1, Math.ceil(this.cost / BUDGET));
    this.rough = stride > 1;
    this.withImages = isOwn && this.hasRoomForImages(frame);
    const fade = isOwn ? (this.withImages ? 0.45 : 1) : 0.25;
    const { palette, shapes } = host.colours;
    /** @param {Int32Array} list @param {number} size @param {number} opacity */
    const add = (list, size, opacity) =>
      this.dots.add(current.xs, current.ys, list, frame, palette, size, opacity * fade, stride, shapes);
    this.dots.begin(canvas.width, canvas.height, Math.ceil(2.5 * r) + 4);
    add(dim, r * 0.9, 0.2 * dense);
    this.inside = add(normal, r, dense) + add(chosen, r * (chosen.length > 200 ? 1.15 : 1.35), 1);
    this.dots.put(context);
    if (this.withImages)
      this.thumbs.drawMany(
        context,
        frame,
        current,
        { normal, chosen },
        {
          key: host.coloursKey,
          of: row => host.colourOf(row),
          ink: host.theme.text,
        },
      );
    // a rough drawing leaves points out: only a whole one can say that there are none
    if (this.inside || stride === 1) this.noPoints.hidden = this.inside > 0 || !n || this.showsTraining;
    const took = performance.now() - began;
    this.cost = stride === 1 ? took : Math.max(took * stride * 0.8, this.cost * 0.9);
  }

  /** @param {Frame} frame */
  hasRoomForImages(frame) {
    const { store, host } = this;
    const { show } = host.state;
    if (!store.size || show === "dots" || !store.images) return false;
    if (show === "images") return true;
    const area = this.inside * thumbSide(store, frame.zoom) ** 2;
    return area < 2.6 * this.canvas.width * this.canvas.height && frame.zoom > 1.5;
  }

  /** @param {Frame} frame @param {boolean} isOwn no other map stands in */
  drawDecoded(frame, isOwn) {
    const { host, store } = this;
    const context = context2d(this.under);
    const net = host.state.ghost === "on" && isOwn && !this.showsTraining ? store.net(this.map.name) : null;
    if (!net) {
      if (this.decoded) context.clearRect(0, 0, this.under.width, this.under.height);
      this.decoded = null;
      return false;
    }
    if (this.decoded?.net !== net || this.decoded.ink !== host.inkBytes)
      this.decoded = new DecodedPlane(net, host.inkBytes, store);
    return this.decoded.draw(context, frame, performance.now() - this.movedAt < REST ? 5 : 12);
  }

  /** What stands around the map, where something of it has changed. @param {Layout | null} base */
  describe(base) {
    const { layout, host } = this;
    const { run } = layout;
    const key = [
      layout.key,
      layout.state,
      Boolean(layout.scores),
      this.store.accuracy?.n,
      host.showsTraining && host.training?.frame,
      base?.key,
      run?.state,
      run?.place,
      run?.phase,
      layout.problem,
    ].join(" ");
    if (key === this.described) return;
    this.described = key;
    host.describe(this, layout, base);
  }

  // -- finding points -------------------------------------------------------------------------------

  /** The visible point nearest to a spot, within reach of a pointer; -1. @param {Spot} spot */
  rowAt(spot) {
    if (!this.current || !this.frame) return -1;
    const { dim, normal, chosen } = this.lists;
    const ofImages = this.withImages ? thumbSide(this.store, this.frame.zoom) / this.ratio / 2 : 0;
    const reach = Math.max(7, this.radius + 3, ofImages);
    return nearestPoint(this.current.xs, this.current.ys, [dim, normal, chosen], this.frame, spot, reach);
  }

  /** Rows within a polygon on the map. @param {number[][]} corners */
  rowsWithin(corners) {
    const places = this.showsTraining ? this.current : this.base;
    const { dim, normal, chosen } = this.lists;
    return places ? pointsWithin(places.xs, places.ys, [dim, normal, chosen], corners) : [];
  }

  /** @param {Spot} spot @returns {[number, number]} */
  placeAt(spot) {
    return this.frame ? placeOf(this.frame, spot) : [0, 0];
  }

  // -- moving the view ----------------------------------------------------------------------------

  /** @param {number} dx pixels of the page @param {number} dy */
  pan(dx, dy) {
    if (this.frame) this.look(panned(this.frame, dx, dy));
  }

  /** @param {number} factor @param {Spot} spot that keeps its place */
  zoomAt(factor, spot = { x: this.plane.clientWidth / 2, y: this.plane.clientHeight / 2 }) {
    if (this.frame && this.base) this.look(zoomed(this.frame, spot, factor, ZOOMS));
  }

  /** Bring a point to the middle where it is out of sight. @param {number} row */
  reveal(row) {
    if (!this.current || !this.frame) return;
    const { x, y } = this.spot(row);
    if (x > 0 && y > 0 && x < this.plane.clientWidth && y < this.plane.clientHeight) return;
    this.look({ x: this.current.xs[row], y: this.current.ys[row], zoom: this.frame.zoom });
  }

  /** @param {View | null} view null shows everything */
  look(view) {
    const { base } = this;
    this.view = view;
    if (base && this.frame) this.frame = this.measure(base);
    this.movedAt = performance.now();
    this.redraw();
    this.host.onViewChange();
  }

  redraw() {
    this.dirty = true;
    this.host.requestFrame();
  }

  /** The map as it is shown, on the page's ground. @returns {Promise<Blob | null>} */
  picture() {
    const canvas = document.createElement("canvas");
    canvas.width = this.canvas.width;
    canvas.height = this.canvas.height;
    const context = context2d(canvas);
    context.fillStyle = this.host.theme.background;
    context.fillRect(0, 0, canvas.width, canvas.height);
    for (const layer of [this.under, this.canvas, this.over]) context.drawImage(layer, 0, 0);
    return new Promise(done => canvas.toBlob(done, "image/png"));
  }
}
