// @ts-nocheck: no types yet
// The map: a plane through the latent space with the posterior means of examples, a point that is dragged, and what the
// panels mark on it. As "manifold" its axes run through the prior's quantiles, over a lattice of decoded pictures.

import { css } from "../atlas/colours.js";
import { Dots } from "../atlas/dots.js";
import { fit } from "../gibbs/draw.js";
import { zoomByWheel } from "../shared/zoom.js";
import { Lattice } from "./lattice.js";
import { normal, quantile } from "./maths.js";

const REACH = 9; // pixels from an example within which a click means it
export const MOST_ZOOM = 400;

export class Plane {
  // host: model, axes, z, palette, ink, accent; preview(at), drag(at), click(row, at)
  constructor(host, element) {
    Object.assign(this, { host, element });
    [this.under, this.canvas, this.over] = element.querySelectorAll("canvas");
    this.dots = new Dots();
    this.view = null;
    this.hover = -1;
    this.listen();
  }

  // the places of all examples on the axes; called when model or axes change
  project() {
    const { model, axes } = this.host;
    const { n, d, mean } = model;
    this.us = new Float32Array(n);
    this.vs = new Float32Array(n);
    for (let i = 0; i < n; i++) {
      let u = 0,
        v = 0;
      for (let j = 0, at = i * d; j < d; j++, at++) (u += mean[at] * axes[0][j]), (v += mean[at] * axes[1][j]);
      this.us[i] = u;
      this.vs[i] = v;
    }
    this.warp();
  }

  // from coordinates on the axes to places on the map, and back
  get manifold() {
    return this.host.state.manifold === "on";
  }

  warp() {
    const { us, vs, manifold } = this;
    this.xs = manifold ? us.map(normal) : us;
    this.ys = manifold ? vs.map(normal) : vs;
    let left = -2.6,
      right = 2.6,
      bottom = -2.6,
      top = 2.6;
    if (manifold) [left, right, bottom, top] = [0, 1, 0, 1];
    else
      for (let i = 0; i < us.length; i++) {
        left = Math.min(left, us[i]);
        right = Math.max(right, us[i]);
        bottom = Math.min(bottom, vs[i]);
        top = Math.max(top, vs[i]);
      }
    this.box = { left, right, bottom, top };
    this.lattice?.clear();
    this.dirty = true;
  }

  place([u, v]) {
    return this.manifold ? [normal(u), normal(v)] : [u, v];
  }

  unplace([x, y]) {
    return this.manifold ? [quantile(x), quantile(y)] : [x, y];
  }

  measure() {
    const { width: W, height: H } = this.canvas,
      { left, right, bottom, top } = this.box;
    const share = this.manifold ? 1 : 0.93;
    const whole = share * Math.min(W / (right - left), H / (top - bottom));
    const view = this.view ?? { x: (left + right) / 2, y: (bottom + top) / 2, zoom: 1 };
    const k = whole * view.zoom;
    this.frame = { k, ox: W / 2 - view.x * k, oy: H / 2 + view.y * k, whole, ...view };
  }

  // in pixels of the page, from coordinates on the axes
  spot(uv) {
    const [x, y] = this.place(uv),
      { k, ox, oy } = this.frame;
    return { x: (x * k + ox) / this.ratio, y: (oy - y * k) / this.ratio };
  }

  at(x, y) {
    const { k, ox, oy } = this.frame;
    return this.unplace([(x * this.ratio - ox) / k, (oy - y * this.ratio) / k]);
  }

  uv(z) {
    return this.host.onAxes(z);
  }

  // -- drawing ------------------------------------------------------------------------------------

  // true where there is more to draw at the next beat
  draw() {
    const { host, element } = this;
    const width = element.clientWidth,
      height = element.clientHeight;
    if (!width || !host.axes) return false;
    this.ratio = window.devicePixelRatio || 1;
    for (const canvas of [this.under, this.canvas, this.over]) if (fit(canvas, width, height)) this.dirty = true;
    let more = false;
    if (this.dirty) {
      this.measure();
      this.paint();
      this.overDirty = this.latticeDirty = true;
      this.dirty = false;
    }
    if (this.latticeDirty) more = this.latticeDirty = this.paintLattice();
    if (this.overDirty) {
      this.overDirty = false;
      this.annotate();
    }
    return more;
  }

  paint() {
    const { host, canvas } = this;
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    const r =
      (this.manifold ? 1.5 : this.us.length > 1200 ? 2 : 2.6) * this.ratio * Math.min(2, this.frame.zoom ** 0.25);
    this.dots.begin(canvas.width, canvas.height, Math.ceil(2.5 * r) + 4);
    const rows = (this.rows ??= Int32Array.from(this.us.keys()));
    if (rows.length !== this.us.length) this.rows = Int32Array.from(this.us.keys());
    this.dots.add(this.xs, this.ys, this.rows, this.frame, host.palette, r, this.manifold ? 0.75 : 0.6);
    this.dots.put(context);
  }

  paintLattice() {
    const { host, under } = this;
    const context = under.getContext("2d");
    if (!this.manifold) {
      context.clearRect(0, 0, under.width, under.height);
      return false;
    }
    this.lattice ??= new Lattice();
    const { model } = host;
    return this.lattice.draw(context, this.frame, this.ratio, model, host.baseKey, ([x, y]) =>
      model.decode(host.through(this.unplace([x, y]))),
    );
  }

  annotate() {
    const { host, over, ratio } = this;
    const context = over.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, over.width, over.height);
    if (!this.manifold) this.rings(context);
    host.marks(this, context);
    if (host.pick >= 0) {
      this.ellipse(context, host.model.code(host.pick), host.model.spread(host.pick), css(host.colourOf(host.pick)));
      ring(context, this.spot([this.us[host.pick], this.vs[host.pick]]), 6.5, host.ink, 2);
    }
    if (this.hover >= 0) ring(context, this.spot([this.us[this.hover], this.vs[this.hover]]), 6, "#ff9f1a", 2.2);
    cross(context, this.spot(this.uv(host.z)), host.ground);
  }

  // the prior: one, two and three standard deviations about its mean
  rings(context) {
    const middle = this.spot([0, 0]);
    context.strokeStyle = this.host.ink;
    context.fillStyle = this.host.ink;
    context.font = `11px ${this.host.font}`;
    for (const sigma of [1, 2, 3]) {
      const radius = (sigma * this.frame.k) / this.ratio;
      context.globalAlpha = 0.22;
      context.setLineDash([3, 4]);
      context.beginPath();
      context.arc(middle.x, middle.y, radius, 0, 7);
      context.stroke();
      context.setLineDash([]);
      context.globalAlpha = 0.55;
      context.fillText(`${sigma}σ`, middle.x + radius * Math.SQRT1_2 + 3, middle.y + radius * Math.SQRT1_2 + 9);
    }
    context.globalAlpha = 1;
  }

  // one and two standard deviations of N(mean, diag(std^2)) on this plane: C = A diag(std^2) A^T
  ellipse(context, mean, std, colour) {
    const [a, b] = this.host.axes;
    let p = 0,
      q = 0,
      r = 0;
    for (let j = 0; j < mean.length; j++) {
      const s = std[j] ** 2;
      (p += a[j] * a[j] * s), (q += a[j] * b[j] * s), (r += b[j] * b[j] * s);
    }
    const l = Math.sqrt(p),
      m = q / (l || 1),
      o = Math.sqrt(Math.max(0, r - m * m)); // Cholesky
    const [u, v] = this.uv(mean);
    context.strokeStyle = colour;
    context.fillStyle = colour;
    for (const [sigmas, alpha] of [
      [2, 0.16],
      [1, 0.28],
    ]) {
      context.beginPath();
      for (let i = 0; i <= 48; i++) {
        const c = sigmas * Math.cos((i * Math.PI) / 24),
          s = sigmas * Math.sin((i * Math.PI) / 24);
        const spot = this.spot([u + l * c, v + m * c + o * s]);
        i ? context.lineTo(spot.x, spot.y) : context.moveTo(spot.x, spot.y);
      }
      context.globalAlpha = this.manifold ? 0 : alpha; // there it would hide the pictures
      context.fill();
      context.globalAlpha = 1;
      context.lineWidth = 1.6;
      context.stroke();
    }
  }

  // a way through the space, as it lies on this plane
  path(context, points, colour, dash = []) {
    context.beginPath();
    points.forEach((z, i) => {
      const spot = this.spot(this.uv(z));
      i ? context.lineTo(spot.x, spot.y) : context.moveTo(spot.x, spot.y);
    });
    for (const [style, width] of [
      [this.host.ground, 5],
      [colour, 2.4],
    ]) {
      context.setLineDash(width > 3 ? [] : dash);
      context.strokeStyle = style;
      context.lineWidth = width;
      context.stroke();
    }
    context.setLineDash([]);
  }

  label(context, z, text, colour) {
    const { x, y } = this.spot(this.uv(z));
    context.beginPath();
    context.arc(x, y, 9, 0, 7);
    context.fillStyle = colour;
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = this.host.ground;
    context.stroke();
    context.fillStyle = "#fff";
    context.font = `600 12px ${this.host.font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(text, x, y + 0.5);
    context.textAlign = "start";
    context.textBaseline = "alphabetic";
  }

  spotDot(context, z, colour, radius = 4.5) {
    const { x, y } = this.spot(this.uv(z));
    context.beginPath();
    context.arc(x, y, radius, 0, 7);
    context.fillStyle = colour;
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = this.host.ground;
    context.stroke();
  }

  // -- the view -----------------------------------------------------------------------------------

  zoomAt(factor, x = this.element.clientWidth / 2, y = this.element.clientHeight / 2) {
    if (!this.frame) return; // nothing is shown yet
    const { k, ox, oy, whole, zoom } = this.frame;
    const to = Math.min(MOST_ZOOM, Math.max(1, zoom * factor));
    const px = (x * this.ratio - ox) / k,
      py = (oy - y * this.ratio) / k,
      next = whole * to;
    const { width: W, height: H } = this.canvas;
    this.look({ x: px - (x * this.ratio - W / 2) / next, y: py + (y * this.ratio - H / 2) / next, zoom: to });
  }

  pan(dx, dy) {
    if (!this.frame) return;
    const { k, x, y, zoom } = this.frame;
    this.look({ x: x - (dx * this.ratio) / k, y: y + (dy * this.ratio) / k, zoom });
  }

  look(view) {
    const { left, right, bottom, top } = this.box;
    if (view && view.zoom <= 1.0001) view = null;
    if (view) (view.x = Math.min(right, Math.max(left, view.x))), (view.y = Math.min(top, Math.max(bottom, view.y)));
    this.view = view;
    this.dirty = true;
    this.host.wake();
    this.host.remember();
  }

  // -- the pointer --------------------------------------------------------------------------------

  near(x, y) {
    let best = -1,
      least = REACH ** 2;
    const { k, ox, oy } = this.frame;
    for (let i = 0; i < this.xs.length; i++) {
      const far = ((this.xs[i] * k + ox) / this.ratio - x) ** 2 + ((oy - this.ys[i] * k) / this.ratio - y) ** 2;
      if (far < least) (least = far), (best = i);
    }
    return best;
  }

  listen() {
    const { over, host } = this;
    const fingers = new Map();
    let began = null,
      pinch = null;
    const where = event => {
      const box = over.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    const spread = () => {
      const [[ax, ay], [bx, by]] = [...fingers.values()];
      return { far: Math.hypot(ax - bx, ay - by), x: (ax + bx) / 2, y: (ay + by) / 2 };
    };
    over.addEventListener("pointerdown", event => {
      if (!this.frame || event.button > 1) return;
      const [x, y] = where(event);
      over.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, [x, y]);
      pinch = fingers.size === 2 ? spread() : null;
      began = { x, y, panning: event.shiftKey || event.button === 1, row: this.near(x, y), moved: fingers.size > 1 };
    });
    over.addEventListener("pointermove", event => {
      if (!this.frame) return;
      const [x, y] = where(event);
      if (!began) {
        const row = this.near(x, y);
        over.style.cursor = row >= 0 ? "pointer" : "crosshair";
        if (row !== this.hover) this.overDirty = true;
        this.hover = row;
        return host.preview(this.at(x, y), row);
      }
      const last = fingers.get(event.pointerId);
      fingers.set(event.pointerId, [x, y]);
      if (pinch && fingers.size === 2) {
        const now = spread();
        this.zoomAt(now.far / Math.max(1, pinch.far), now.x, now.y);
        this.pan(now.x - pinch.x, now.y - pinch.y);
        pinch = now;
        return;
      }
      if (Math.hypot(x - began.x, y - began.y) > 4) began.moved = true;
      if (!began.moved || !last) return;
      if (began.panning) this.pan(x - last[0], y - last[1]);
      else host.drag(this.at(x, y));
    });
    const end = event => {
      fingers.delete(event.pointerId);
      if (!began) return;
      const { moved, panning, row, x, y } = began;
      if (!fingers.size) began = null;
      if (moved || event.type === "pointercancel") return host.remember();
      if (!panning) host.click(row, this.at(x, y));
    };
    over.addEventListener("pointerup", end);
    over.addEventListener("pointercancel", end);
    over.addEventListener("pointerleave", () => {
      if (began) return;
      this.hover = -1;
      this.overDirty = true;
      host.preview(null, -1);
    });
    over.addEventListener("dblclick", event => this.zoomAt(event.shiftKey ? 0.5 : 2, ...where(event)));
    zoomByWheel(over, this.element.querySelector('[data-part="zoom-hint"]'), (factor, x, y) =>
      this.zoomAt(factor, x, y),
    );
  }
}

function ring(context, { x, y }, radius, colour, width) {
  context.beginPath();
  context.arc(x, y, radius, 0, 7);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

// the point that is dragged: seen on any ground
function cross(context, { x, y }, ground) {
  for (const [style, width] of [
    [ground, 5.5],
    ["#ff9f1a", 2.4],
  ]) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.beginPath();
    context.arc(x, y, 8, 0, 7);
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      context.moveTo(x + 4 * dx, y + 4 * dy);
      context.lineTo(x + 13 * dx, y + 13 * dy);
    }
    context.stroke();
  }
}
