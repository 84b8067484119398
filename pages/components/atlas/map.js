// @ts-nocheck: no types yet
// One map: points on a plane that is dragged and zoomed, chosen by click, box and lasso; pictures where there is room.

import { fit } from "../gibbs/draw.js";
import { zoomByWheel } from "../shared/zoom.js";
import { css } from "./colours.js";
import { Ghost } from "./ghost.js";
import { Dots } from "../shared/dots.js";
import { Thumbs } from "./thumbs.js";

const GLIDE = 700; // ms from one map to another
const REST = 140; // ms after the last movement, when all points are drawn again
const BUDGET = 9; // ms for the dots while moving
const FURTHEST = 4000; // zoom
export const AREA = 60; // corners of a lasso that a link carries, at most

const still = matchMedia("(prefers-reduced-motion: reduce)");

export class MapPanel {
  constructor(host, element) {
    this.host = host;
    this.element = element;
    this.$ = name => element.querySelector(`[data-part="${name}"]`);
    this.under = this.$("under");
    this.canvas = this.$("dots");
    this.over = this.$("over");
    this.plane = this.$("plane");
    this.dots = new Dots();
    this.map = null;
    this.view = null; // {x, y, zoom}; null shows everything
    this.pointers = new Map();
    this.path = null; // of the lasso or box being drawn, in pixels of the plane
    this.cost = 0; // ms that all dots take
    this.movedAt = -1e9;
    this.listen();
  }

  // show another map; points glide there from where they are
  show(map, view = null) {
    const before = this.current;
    this.map = map;
    this.view = view;
    this.ghost = null;
    this.from = before && this.frame ? { ...before, frame: this.frame } : null;
    this.began = 0;
    this.dirty = this.overDirty = true;
  }

  get entry() {
    return this.host.store.layout(this.map);
  }

  get filmed() {
    return this.map.name === "code" && this.host.filming;
  }

  // -- where things are ---------------------------------------------------------------------------

  // what is drawn: the map itself, or PCA of the same numbers in its stead while it is not there yet
  get base() {
    const { entry } = this;
    if (entry.state === "ready") return entry;
    const { store } = this.host;
    const name = `pca-${this.map.name.split("-")[1]}`;
    const usual = store.maps.find(map => map.name === name)
      ? name
      : store.maps.some(map => map.name === "code")
        ? "code"
        : null;
    const other = usual && store.layout({ name: usual, settings: {} });
    return other?.state === "ready" ? other : null;
  }

  // pixels of the canvas from places on the map: x * k + ox, oy - y * k
  measure(base) {
    const { width: W, height: H } = this.canvas;
    const { left, right, bottom, top } = base.box;
    const wide = right - left || top - bottom || 1,
      high = top - bottom || wide;
    const whole = 0.9 * Math.min(W / wide, H / high);
    const view = this.view ?? { x: (left + right) / 2, y: (bottom + top) / 2, zoom: 1 };
    const k = whole * view.zoom;
    return { k, ox: W / 2 - view.x * k, oy: H / 2 + view.y * k, whole, zoom: view.zoom };
  }

  placeOf(x, y) {
    const { k, ox, oy } = this.frame;
    return [(x * this.ratio - ox) / k, (oy - y * this.ratio) / k];
  }

  // of a point, in pixels of the plane; null where it is not drawn
  spot(row) {
    if (!this.current || !this.frame) return null;
    return this.spotOf([this.current.xs[row], this.current.ys[row]]);
  }

  spotOf([x, y]) {
    const { k, ox, oy } = this.frame;
    return { x: (x * k + ox) / this.ratio, y: (oy - y * k) / this.ratio };
  }

  get radius() {
    const n = this.listed || 1;
    const base = n > 30_000 ? 1.1 : n > 6000 ? 1.7 : n > 1500 ? 2.3 : 3.2;
    return base * Math.min(3, (this.frame?.zoom ?? 1) ** 0.22) * this.host.state.size;
  }

  // -- drawing ------------------------------------------------------------------------------------

  // true where there is more to draw at the next beat
  draw(now) {
    const { host, canvas } = this;
    const width = this.plane.clientWidth,
      height = this.plane.clientHeight;
    if (!width || !host.store.n) return false;
    this.ratio = window.devicePixelRatio || 1;
    for (const c of [this.under, canvas, this.over]) if (fit(c, width, height)) this.dirty = this.overDirty = true;
    const base = this.base;
    this.sayState(base);
    const settled = now - this.movedAt > REST;
    if (this.rough && settled) this.dirty = true;
    let more = this.rough || this.movedAt > now - REST;
    if (this.began && now - this.began < GLIDE) this.dirty = more = true;
    if (this.ghostMore) more = true;
    if (this.dirty) {
      this.dirty = false;
      this.overDirty = true;
      this.frame = base ? this.measure(base) : null;
      if (this.from && this.began === 0 && base) this.began = still.matches ? -GLIDE : now;
      this.current = base ? this.places(base, now) : null;
      this.paint(base, settled);
      this.ghostMore = true;
      if (this.began && now - this.began < GLIDE) more = true;
    }
    if (this.ghostMore && this.frame) {
      this.ghostMore = this.haunt(base);
      more ||= this.ghostMore;
    }
    if (this.overDirty && this.frame) {
      this.overDirty = false;
      this.annotate();
    }
    return more;
  }

  // coordinates of all points at this moment
  places(base, now) {
    if (this.filmed) return this.host.filmPlaces();
    if (!this.from) return base;
    const t = (now - this.began) / GLIDE;
    const { xs, ys, frame: old } = this.from;
    if (t >= 1 || xs.length !== base.xs.length) {
      this.from = null;
      this.began = 0;
      this.dirty = true;
      return base;
    }
    const s = t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2;
    const { k, ox, oy } = this.frame;
    const n = xs.length;
    this.glide ??= { xs: new Float32Array(n), ys: new Float32Array(n) };
    if (this.glide.xs.length !== n) this.glide = { xs: new Float32Array(n), ys: new Float32Array(n) };
    for (let i = 0; i < n; i++) {
      const x = (xs[i] * old.k + old.ox - ox) / k,
        y = (oy - (old.oy - ys[i] * old.k)) / k;
      this.glide.xs[i] = x + (base.xs[i] - x) * s;
      this.glide.ys[i] = y + (base.ys[i] - y) * s;
    }
    return this.glide;
  }

  paint(base, settled) {
    const { host, canvas } = this;
    const context = (this.context ??= canvas.getContext("2d"));
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!base) return;
    const began = performance.now();
    const { xs, ys } = this.current;
    const lists = host.listsOf(this);
    this.listed = lists.normal.length + lists.dim.length + lists.chosen.length;
    const thin = base !== this.entry; // another map stands in
    const r = this.radius * this.ratio;
    const n = this.listed;
    const dense = Math.min(1, Math.max(0.45, 1.35 - 0.2 * Math.log10(Math.max(10, n))));
    const stride = settled ? 1 : Math.max(1, Math.ceil(this.cost / BUDGET));
    this.rough = stride > 1;
    const images = !thin && this.imageMode();
    const fade = thin ? 0.25 : images ? 0.45 : 1;
    this.dots.begin(canvas.width, canvas.height, Math.ceil(2.5 * r) + 4);
    const add = (list, size, opacity) =>
      this.dots.add(xs, ys, list, this.frame, host.palette, size, opacity * fade, stride, host.shapes);
    add(lists.dim, r * 0.9, 0.2 * dense);
    let inside = add(lists.normal, r, dense);
    inside += add(lists.chosen, r * (lists.chosen.length > 200 ? 1.15 : 1.35), 1);
    this.inside = inside;
    this.dots.put(context);
    if (images) this.paintThumbs(context, xs, ys, lists);
    this.withImages = images;
    // a rough drawing leaves points out: only a whole one can say that there are none
    if (inside || stride === 1) this.$("lost").hidden = inside > 0 || !n || this.filmed;
    const took = performance.now() - began;
    if (stride === 1) this.cost = took;
    else this.cost = Math.max(took * stride * 0.8, this.cost * 0.9);
  }

  imageMode() {
    const { store, state } = this.host;
    if (!store.size || state.show === "dots" || !store.images) return false;
    if (state.show === "images") return true;
    const side = this.thumbSide;
    return (
      (this.inside ?? Infinity) * side * side < 2.6 * this.canvas.width * this.canvas.height && this.frame.zoom > 1.5
    );
  }

  get thumbSide() {
    const { store } = this.host;
    const base = Math.max(store.width, store.height) > 20 ? 30 : 24;
    return base * Math.min(1.7, Math.max(1, (this.frame?.zoom ?? 1) ** 0.15)) * (window.devicePixelRatio || 1);
  }

  // as many pictures as find room, one in each cell of a lattice that is fixed to the map; the chosen ones first
  paintThumbs(context, xs, ys, { normal, chosen }) {
    const {
      host,
      canvas,
      frame: { k, ox, oy },
    } = this;
    const { store } = host;
    this.thumbs ??= new Thumbs(store);
    if (this.thumbs.store !== store || this.thumbsKey !== host.paletteKey) {
      this.thumbs.store = store;
      this.thumbs.clear();
      this.thumbsKey = host.paletteKey;
    }
    const side = this.thumbSide;
    const w = side * Math.min(1, store.width / store.height),
      h = side * Math.min(1, store.height / store.width);
    const cell = 2 ** (Math.ceil(2 * Math.log2((side * 0.85) / k)) / 2);
    const x0 = Math.floor(-ox / k / cell) - 1,
      y0 = Math.floor((oy - canvas.height) / k / cell) - 1;
    const columns = Math.ceil(canvas.width / k / cell) + 3,
      rows = Math.ceil(canvas.height / k / cell) + 3;
    const taken = new Uint8Array(columns * rows);
    context.imageSmoothingEnabled = side < 2 * store.width;
    for (const [list, marked] of [
      [chosen, true],
      [normal, false],
    ])
      for (let q = 0; q < list.length; q++) {
        const i = list[q];
        const column = Math.floor(xs[i] / cell) - x0,
          row = Math.floor(ys[i] / cell) - y0;
        if (column < 0 || row < 0 || column >= columns || row >= rows || taken[row * columns + column]) continue;
        const x = xs[i] * k + ox - w / 2,
          y = oy - ys[i] * k - h / 2;
        const colour = host.colourOf(i);
        if (!this.thumbs.draw(context, i, x, y, w, h, colour)) continue;
        taken[row * columns + column] = 1;
        if (!store.glyphs || marked) {
          context.strokeStyle = marked ? host.ink : css(colour);
          context.lineWidth = (marked ? 1.5 : 2) * this.ratio;
          context.strokeRect(x, y, w, h);
        }
      }
  }

  haunt(base) {
    const { host } = this;
    const context = (this.underContext ??= this.under.getContext("2d"));
    const net = host.state.ghost === "on" && base === this.entry && !this.filmed ? host.store.net(this.map.name) : null;
    if (!net) {
      if (this.haunted) context.clearRect(0, 0, this.under.width, this.under.height);
      this.haunted = false;
      return false;
    }
    this.haunted = true;
    if (this.ghost?.net !== net || this.ghostInk !== host.ink)
      this.ghost = new Ghost(net, host.store.width, host.store.height);
    this.ghostInk = host.ink;
    return this.ghost.draw(
      context,
      this.frame,
      this.ratio,
      host.inkBytes,
      performance.now() - this.movedAt < REST ? 5 : 12,
    );
  }

  // what lies over the points: lines to neighbours, rings, marks, the lasso
  annotate() {
    const { host, over, ratio } = this;
    const context = (this.overContext ??= over.getContext("2d"));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, over.width, over.height);
    const ready = this.base === this.entry;
    if (ready) this.drawNear(context);
    const r = this.radius;
    if (ready && host.focus >= 0 && host.shows(this, host.focus))
      ring(context, this.spot(host.focus), r + 5, host.ink, 2.2);
    if (host.hover >= 0 && host.shows(this, host.hover)) ring(context, this.spot(host.hover), r + 3.5, "#ff9f1a", 2.2);
    for (const mark of ready ? host.marks(this) : []) drawMark(context, this.spotOf(mark.place), mark);
    if (this.path) {
      context.beginPath();
      this.path.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
      context.closePath();
      context.fillStyle = "rgb(255 159 26 / 0.14)";
      context.strokeStyle = "#ff9f1a";
      context.lineWidth = 1.5;
      context.fill();
      context.stroke();
    }
  }

  // lines to the true neighbours: bright where the map keeps them near, dashed where it tears them away; rings around
  // those that only the map calls near
  drawNear(context) {
    const { host } = this;
    const found = host.nearOf();
    this.kept = null;
    if (!found || !host.shows(this, host.focus)) return this.sayKept();
    const own = this.ownNearest(host.focus, found.length);
    const true_ = new Set(found),
      here = new Set(own);
    const from = this.spot(host.focus);
    for (const row of found) {
      if (!host.shows(this, row)) continue;
      const to = this.spot(row);
      const kept = here.has(row);
      context.setLineDash(kept ? [] : [5, 4]);
      context.strokeStyle = kept ? host.ink : "#e0561b";
      context.lineWidth = kept ? 1.6 : 1.5;
      context.beginPath();
      context.moveTo(from.x, from.y);
      context.lineTo(to.x, to.y);
      context.stroke();
      context.setLineDash([]);
      ring(context, to, this.radius + 2, kept ? host.ink : "#e0561b", 1.6);
    }
    for (const row of own)
      if (!true_.has(row)) ring(context, this.spot(row), this.radius + 2.5, "#8e7cc3", 1.4, [2, 2]);
    this.kept = { kept: found.filter(row => here.has(row)).length, of: found.length };
    this.sayKept();
  }

  sayKept() {
    const text = this.kept
      ? `${this.kept.kept} of its ${this.kept.of} true neighbours are near here${this.host.filming && this.host.state.near === "code" ? ", by the finished model’s code" : ""}`
      : "";
    if (this.$("kept").textContent !== text) this.$("kept").textContent = text;
  }

  // the k points nearest on this map
  ownNearest(row, k) {
    const { xs, ys } = this.current;
    const best = [];
    let worst = Infinity;
    for (let i = 0; i < xs.length; i++) {
      const far = (xs[i] - xs[row]) ** 2 + (ys[i] - ys[row]) ** 2;
      if (far >= worst || i === row || !this.host.shows(this, i)) continue;
      best.push([far, i]);
      best.sort((a, b) => a[0] - b[0]);
      if (best.length > k) best.pop();
      if (best.length === k) worst = best[k - 1][0];
    }
    return best.map(([, i]) => i);
  }

  // -- the pointer --------------------------------------------------------------------------------

  listen() {
    const { over } = this;
    // while the points of another choice load, what is left of these cannot be moved or chosen
    const on = (kind, act) => over.addEventListener(kind, event => this.host.ready && act(event), { passive: false });
    on("pointerdown", event => this.down(event));
    on("pointermove", event => this.move(event));
    on("pointerup", event => this.up(event));
    on("pointercancel", event => {
      this.pointers.delete(event.pointerId);
      this.path = null;
      this.redraw();
    });
    on("pointerleave", () => this.host.leave());
    on("touchmove", event => event.touches.length > 1 && event.cancelable && event.preventDefault()); // two fingers move the map
    on("dblclick", event => {
      const { x, y } = this.local(event);
      this.zoomAt(x, y, event.shiftKey ? 0.5 : 2);
    });
    zoomByWheel(over, this.$("zoom-hint"), (factor, x, y) => this.host.ready && this.zoomAt(x, y, factor));
    on("keydown", event => this.key(event));
  }

  local(event) {
    const box = this.over.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  down(event) {
    if (!this.frame || event.button > 1) return;
    this.over.setPointerCapture(event.pointerId);
    const at = this.local(event);
    this.pointers.set(event.pointerId, at);
    if (this.pointers.size > 1) {
      this.path = null;
      this.mode = "pinch";
      return;
    }
    this.start = at;
    this.moved = false;
    const tool = event.button === 1 ? "move" : event.shiftKey ? "box" : event.altKey ? "lasso" : this.host.tool;
    this.mode = tool;
    this.adding = event.ctrlKey || event.metaKey;
    if (tool !== "move") {
      this.path = [[at.x, at.y]];
      this.host.leave();
    }
  }

  move(event) {
    const at = this.local(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch") this.point(at);
      return;
    }
    if (this.mode === "pinch" && this.pointers.size === 2) {
      const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, p]) => p);
      const factor =
        Math.hypot(at.x - other.x, at.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      this.pan((at.x - before.x) / 2, (at.y - before.y) / 2);
      this.zoomAt((at.x + other.x) / 2, (at.y + other.y) / 2, factor);
    } else if (this.mode === "move") {
      if (event.pointerType === "touch")
        this.moved ||= Math.hypot(at.x - this.start.x, at.y - this.start.y) > 10; // the page's swipe
      else if (this.moved || Math.hypot(at.x - this.start.x, at.y - this.start.y) > 4) {
        if (!this.moved) this.host.leave();
        this.pan(at.x - (this.moved ? before.x : this.start.x), at.y - (this.moved ? before.y : this.start.y));
        this.moved = true;
      }
    } else if (this.path) {
      this.moved ||= Math.hypot(at.x - this.start.x, at.y - this.start.y) > 4;
      const { x, y } = this.start;
      if (this.mode === "box")
        this.path = [
          [x, y],
          [at.x, y],
          [at.x, at.y],
          [x, at.y],
        ];
      else if (Math.hypot(at.x - this.path.at(-1)[0], at.y - this.path.at(-1)[1]) > 3) this.path.push([at.x, at.y]);
      this.overDirty = true;
      this.host.wake();
    }
    this.pointers.set(event.pointerId, at);
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    if (this.mode === "pinch") {
      if (!this.pointers.size) this.mode = "";
      return;
    }
    const { path } = this;
    this.path = null;
    this.overDirty = true;
    const at = this.local(event);
    if (!this.moved) this.click(at, event);
    else if (path && path.length > 2)
      this.host.chooseArea(
        this,
        thinned(path).map(([x, y]) => this.placeOf(x, y)),
        this.adding,
      );
    else this.host.moved(this);
    this.host.wake();
  }

  point(at) {
    if (!this.current) return;
    const row = this.find(at);
    this.host.pointAt(this, row, at);
  }

  click(at, event) {
    if (!this.current || this.base !== this.entry) return;
    const row = this.find(at);
    if (row >= 0) this.host.click(row, event.ctrlKey || event.metaKey || event.shiftKey);
    else this.host.clickEmpty(this, at);
    if (event.pointerType === "touch") this.host.pointAt(this, row, at);
  }

  // the visible point nearest to a place, within reach of a pointer; -1
  find({ x, y }) {
    const { k, ox, oy } = this.frame,
      { xs, ys } = this.current;
    const px = x * this.ratio,
      py = y * this.ratio;
    let reach = Math.max(7, this.radius + 3) * this.ratio;
    if (this.withImages) reach = Math.max(reach, this.thumbSide * 0.5);
    let best = -1,
      least = reach * reach;
    const lists = this.host.listsOf(this);
    for (const list of [lists.dim, lists.normal, lists.chosen])
      for (let q = 0; q < list.length; q++) {
        const i = list[q];
        const dx = xs[i] * k + ox - px;
        if (dx > reach || dx < -reach) continue;
        const dy = oy - ys[i] * k - py;
        const far = dx * dx + dy * dy;
        if (far <= least) (least = far), (best = i);
      }
    return best;
  }

  // rows within a polygon on the map
  within(area) {
    const { xs, ys } = this.base;
    const left = Math.min(...area.map(p => p[0])),
      right = Math.max(...area.map(p => p[0]));
    const low = Math.min(...area.map(p => p[1])),
      high = Math.max(...area.map(p => p[1]));
    const found = [];
    const lists = this.host.listsOf(this);
    const from = this.filmed ? this.current : { xs, ys };
    for (const list of [lists.dim, lists.normal, lists.chosen])
      for (const i of list) {
        const x = from.xs[i],
          y = from.ys[i];
        if (x < left || x > right || y < low || y > high) continue;
        let inside = false;
        for (let a = 0, b = area.length - 1; a < area.length; b = a++) {
          const [ax, ay] = area[a],
            [bx, by] = area[b];
          if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
        }
        if (inside) found.push(i);
      }
    return found;
  }

  // -- moving the view ----------------------------------------------------------------------------

  get seen() {
    const { k, ox, oy, zoom } = this.frame;
    return this.view ?? { x: (this.canvas.width / 2 - ox) / k, y: (oy - this.canvas.height / 2) / k, zoom };
  }

  pan(dx, dy) {
    if (!this.frame) return;
    const { k } = this.frame,
      { x, y, zoom } = this.seen;
    this.view = { x: x - (dx * this.ratio) / k, y: y + (dy * this.ratio) / k, zoom };
    this.frame = this.base ? this.measure(this.base) : this.frame;
    this.shifted();
  }

  zoomAt(px, py, factor) {
    if (!this.frame || !this.base) return;
    const { x, y, zoom } = this.seen;
    const to = Math.max(0.2, Math.min(FURTHEST, zoom * factor));
    const [wx, wy] = this.placeOf(px, py);
    const f = zoom / to;
    this.view = { x: wx + (x - wx) * f, y: wy + (y - wy) * f, zoom: to };
    this.frame = this.measure(this.base);
    this.shifted();
  }

  zoomBy(factor) {
    this.zoomAt(this.plane.clientWidth / 2, this.plane.clientHeight / 2, factor);
  }

  fitAll() {
    this.view = null;
    this.shifted();
  }

  // bring a point to the middle where it is out of sight
  reveal(row) {
    const at = this.spot(row);
    if (!at || (at.x > 0 && at.y > 0 && at.x < this.plane.clientWidth && at.y < this.plane.clientHeight)) return;
    this.view = { x: this.current.xs[row], y: this.current.ys[row], zoom: this.seen.zoom };
    this.shifted();
  }

  shifted() {
    this.movedAt = performance.now();
    this.redraw();
    this.host.moved(this);
  }

  redraw() {
    this.dirty = true;
    this.host.wake();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const actions = {
      ArrowLeft: () => this.pan(50, 0),
      ArrowRight: () => this.pan(-50, 0),
      ArrowUp: () => this.pan(0, 50),
      ArrowDown: () => this.pan(0, -50),
      "+": () => this.zoomBy(1.3),
      "=": () => this.zoomBy(1.3),
      "-": () => this.zoomBy(1 / 1.3),
      0: () => this.fitAll(),
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    actions[event.key]();
  }

  // -- words --------------------------------------------------------------------------------------

  sayState(base) {
    const { entry } = this;
    const key = `${entry.key} ${entry.state} ${Boolean(entry.scores)} ${this.host.store.accuracy?.n} ${this.host.filming && this.host.film.frame} ${entry.run?.state} ${entry.run?.phase} ${entry.problem}`;
    if (key === this.told) return;
    this.told = key;
    this.host.describe(this, entry, base);
  }

  // the map as it is shown, on the page's ground
  picture() {
    const canvas = document.createElement("canvas");
    canvas.width = this.canvas.width;
    canvas.height = this.canvas.height;
    const context = canvas.getContext("2d");
    context.fillStyle = this.host.ground;
    context.fillRect(0, 0, canvas.width, canvas.height);
    for (const layer of [this.under, this.canvas, this.over]) context.drawImage(layer, 0, 0);
    return new Promise(done => canvas.toBlob(done, "image/png"));
  }
}

function ring(context, at, r, colour, width, dash = []) {
  if (!at) return;
  context.setLineDash(dash);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.arc(at.x, at.y, r, 0, 7);
  context.stroke();
  context.setLineDash([]);
}

function drawMark(context, at, { text, image, width, height, ground, ink, font }) {
  const side = 34;
  if (image) {
    const h = (side * height) / width;
    const x = at.x - side / 2,
      y = at.y - h - 12;
    context.fillStyle = ground;
    context.strokeStyle = "#ff9f1a";
    context.lineWidth = 2;
    context.imageSmoothingEnabled = false;
    context.fillRect(x - 2, y - 2, side + 4, h + 4);
    context.drawImage(image, x, y, side, h);
    context.strokeRect(x - 2, y - 2, side + 4, h + 4);
  }
  context.strokeStyle = "#ff9f1a";
  context.fillStyle = ink;
  context.lineWidth = 2.5;
  context.beginPath();
  context.arc(at.x, at.y, 6, 0, 7);
  context.moveTo(at.x - 10, at.y);
  context.lineTo(at.x + 10, at.y);
  context.moveTo(at.x, at.y - 10);
  context.lineTo(at.x, at.y + 10);
  context.stroke();
  context.font = `600 12px ${font}`;
  context.lineWidth = 3;
  context.strokeStyle = ground;
  context.strokeText(text, at.x + 13, at.y + 4);
  context.fillText(text, at.x + 13, at.y + 4);
}

// a path with at most AREA corners
function thinned(path) {
  const every = Math.ceil(path.length / AREA);
  return path.filter((_, i) => i % every === 0);
}
