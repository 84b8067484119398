// @ts-nocheck: no types yet
// The explorer of a latent space: a plane that is dragged through, its pictures decoded here, and panels of what to do.

import { classColours, css, packed } from "../atlas/colours.js";
import { fit, greyPixel, paint } from "../gibbs/draw.js";
import { write } from "../shared/controls.js";
import { html, put, refresh } from "../shared/html.js";
import { readCode, readPlane, subscript, usualPlane, whole, writeCode } from "./link.js";
import { legend, markup } from "./markup.js";
import { dot } from "./maths.js";
import { Model } from "./model.js";
import { PANELS } from "./panels.js";
import { MOST_ZOOM, Plane } from "./plane.js";

const SMALL = 92,
  INSET = 92;

export function mount(parent, component) {
  return new Player(parent.querySelector(".player"), component);
}

class Player {
  constructor(root, component) {
    this.root = root;
    this.cleanups = [];
    this.said = [];
    const panels = PANELS.filter(panel => panel.applies?.(component.data) ?? true);
    put(root, markup(panels));
    root.querySelectorAll('[data-part="tabs"]').forEach(tabs => (tabs.hidden = !panels.length));
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    this.kinds = panels;
    this.readTheme();
    this.plane = new Plane(this, this.$("plane"));
    this.listen();
    const observer = new ResizeObserver(() => this.redraw());
    observer.observe(root);
    this.cleanups.push(() => observer.disconnect());
    const theme = setInterval(() => this.readTheme() && this.redraw(), 1000); // it can change without any message
    this.cleanups.push(() => clearInterval(theme));
    this.update(component);
  }

  update({ data, setStateValue }) {
    this.tell = setStateValue;
    const before = this.data;
    this.data = data;
    if (before && before.checkpoint === data.checkpoint && before.version === data.version) return;
    // another model: what has no meaning in it is dropped
    const kept = before
      ? {
          mode: this.state.mode,
          manifold: this.state.manifold,
          speed: this.state.speed,
          frames: this.state.frames,
          turn: this.state.turn,
        }
      : {};
    this.state = {
      ...data.state,
      ...(before ? { plane: "", view: "", z: "", pick: "", a: "", b: "", t: 0, beta: "", less: "", more: "" } : {}),
      ...kept,
    };
    this.open();
  }

  destroy() {
    this.stopped = true;
    cancelAnimationFrame(this.raf);
    clearTimeout(this.writing);
    clearTimeout(this.hinting);
    this.panel?.close?.();
    this.cleanups.splice(0).forEach(cleanup => cleanup());
  }

  // -- opening ------------------------------------------------------------------------------------

  async open() {
    const { data } = this;
    this.complain("");
    this.open_ = false; // nothing is drawn until the new model is here
    this.panel?.close?.();
    this.panel = this.panels = null;
    this.model = null;
    this.images = null;
    this.cut = new Map();
    this.root.setAttribute("aria-busy", "true");
    const opening = (this.opening = {});
    this.models = new Map();
    try {
      const own = await this.modelOf({ name: data.checkpoint, version: data.version, beta: data.beta });
      if (this.opening !== opening || this.stopped) return;
      this.own = this.model = own;
      this.palette8 = classColours(own.classes.length, data.colours);
      this.repaint();
      this.pick = whole(this.state.pick, 0, own.n - 1) ?? -1;
      this.z = readCode(this.state.z, own.d) ?? (this.pick >= 0 ? own.code(this.pick) : new Float32Array(own.d));
      if (this.state.z && !readCode(this.state.z, own.d))
        this.complain(`The link's point is no list of ${own.d} numbers: this is the default.`);
      if (this.state.pick !== "" && this.pick < 0)
        this.complain(`The link's example ${this.state.pick.slice(0, 20)} is not there: there are ${own.n}.`);
      if (!this.state.z && this.pick < 0) this.choose(0, false);
      const view = this.state.view.split(",").map(Number);
      this.plane.view =
        view.length === 3 && view.every(Number.isFinite) && view[2] > 1 && view[2] <= MOST_ZOOM
          ? { x: view[0], y: view[1], zoom: view[2] }
          : null;
      if (this.state.view && !this.plane.view)
        this.complain(
          `The link's view is no place and zoom (x,y,zoom from 1 to ${MOST_ZOOM}): the whole plane is shown.`,
        );
      await this.setPlane(readPlane(this.state.plane, own) ?? usualPlane(own), true);
      if (this.opening !== opening || this.stopped) return;
      if (this.state.plane && !readPlane(this.state.plane, own))
        this.complain("The link's plane is not there for this model: this is the default.");
      this.panels = {};
      put(this.$("legend"), legend(own.classes, this.palette8));
      this.root.removeAttribute("aria-busy");
      this.open_ = true;
      this.showPanel(this.state.mode);
      this.sync();
      this.redraw();
      this.tell("shown", true);
      this.remember();
      if (data.dataHere) this.fetchPictures();
    } catch (error) {
      if (this.opening === opening && !this.stopped) this.complain(error.message);
    }
  }

  // a model, loaded once
  modelOf({ name, version, beta }) {
    if (!this.models.has(name)) {
      const model = new Model({ name, version, beta }, this.data.api, error =>
        error ? this.complain(error.message) : this.redraw(),
      );
      this.models.set(name, model.load());
    }
    return this.models.get(name);
  }

  // the pictures of the examples; the page works without them
  async fetchPictures() {
    try {
      this.images = await this.own.pictures();
      this.panel?.picturesCame?.();
      this.redraw();
    } catch (error) {
      this.complain(error.message);
    }
  }

  image(row) {
    const { size } = this.own;
    if (!this.images || row < 0) return null;
    if (!this.cut.has(row)) this.cut.set(row, this.images.subarray(row * size, (row + 1) * size)); // the same array each time
    return this.cut.get(row);
  }

  // -- the plane and the point --------------------------------------------------------------------

  async setPlane({ kind, first, second }, opening = false) {
    const planeOf = (this.planeOf = { kind, first, second }),
      { model } = this;
    const axes = await model.axes(kind, first, second).catch(error => {
      this.complain(error.message);
      return null;
    });
    if (!axes || model !== this.model || planeOf !== this.planeOf) return;
    this.axes = axes;
    if (!opening) this.plane.view = null;
    this.plane.rows = null;
    this.plane.project();
    this.rebase();
    this.axisWords();
    if (!opening) {
      this.sync();
      this.remember();
    }
    this.redraw();
  }

  // another model of the family on the map: the same examples, other codes
  async show(model) {
    if (model === this.model) return;
    this.model = model;
    if (this.pick >= 0) this.z = model.code(this.pick);
    this.hovered = null;
    await this.setPlane(this.planeOf, true);
    if (this.model === model) this.panel?.modelChanged?.();
  }

  // what the point has beside its place on the plane
  rebase() {
    const [u, v] = this.onAxes(this.z),
      [a, b] = this.axes; // z = base + u a + v b
    this.base = Float32Array.from(this.z, (x, j) => x - u * a[j] - v * b[j]);
    this.baseKey = this.base.map(x => Math.round(x * 1000) / 1000 || 0).join(" ");
    if (this.plane.manifold) this.plane.latticeDirty = true;
  }

  onAxes(z) {
    return [dot(z, this.axes[0]), dot(z, this.axes[1])];
  }

  // the code at coordinates on the axes, on the plane through the point
  through([u, v]) {
    const [a, b] = this.axes;
    return Float32Array.from(this.base, (x, j) => x + u * a[j] + v * b[j]);
  }

  // the point goes to z; `pick` is the example that it belongs to
  moveTo(z, pick = this.pick) {
    this.z = z;
    this.pick = pick;
    this.hovered = null;
    this.rebase();
    this.panel?.moved?.();
    this.redrawOver();
    this.remember();
  }

  choose(row, told = true) {
    this.pick = row;
    this.z = this.model.code(row);
    this.hovered = null;
    if (!told) return;
    this.moveTo(this.z, row);
  }

  // what the map calls: the pointer is over a place; the point is dragged; an example or a place was clicked
  preview(at, row) {
    this.hovered = at && { z: this.through(at), row };
    this.wake();
  }

  drag(at) {
    this.panel?.held?.();
    this.moveTo(this.through(at));
  }

  click(row, at) {
    this.hovered = null;
    if (this.panel?.takes?.(row, row >= 0 ? this.model.code(row) : this.through(at))) return;
    if (row >= 0) this.choose(row);
    else this.drag(at);
  }

  marks(plane, context) {
    this.panel?.marks?.(plane, context);
  }

  // -- what is drawn ------------------------------------------------------------------------------

  redraw() {
    this.plane.dirty = true;
    this.wake();
  }

  redrawOver() {
    this.plane.overDirty = true;
    this.wake();
  }

  wake() {
    if (this.raf || this.stopped) return;
    this.raf = requestAnimationFrame(now => {
      this.raf = 0;
      if (this.axes && this.open_) this.beat(now);
    });
  }

  beat(now) {
    let more = this.panel?.advance?.(now, Math.min(100, now - (this.last ?? now))) ?? false;
    this.last = more ? now : undefined;
    this.paintLarge();
    more = this.plane.draw() || more;
    more = this.panel?.draw?.() || more;
    if (more) this.wake();
  }

  paintLarge() {
    const { model } = this;
    const shown = this.hovered ?? this.panel?.looking?.() ?? { z: this.z, row: -1 };
    const decoded = model.decode(shown.z);
    this.blit(this.$("large"), decoded, this.$("large").parentElement.clientWidth);
    this.paintInset(decoded, shown.z);
    const whose = this.hovered ? "at the pointer" : (shown.what ?? "at the point");
    write(this.$("whose"), model === this.own ? whose : `${whose}, β = ${model.beta}`);
    this.says(model.vote(shown.z));
    const [own, back] = this.$("chosen").querySelectorAll("figure canvas");
    this.$("own").hidden = !this.data.dataHere;
    this.$("chosen").classList.toggle("none", this.pick < 0);
    this.blit(own, this.image(this.pick), SMALL); // without a picture too: its place is kept
    this.blit(back, this.pick >= 0 ? model.decode(model.code(this.pick)) : null, SMALL);
    write(this.$("about"), this.pick >= 0 ? this.aboutPick() : "Click an example on the map to see its posterior.");
  }

  // on a narrow screen the large picture is below the map: a small one lies on it, in the corner that is away from the hand
  paintInset(grey, z) {
    const inset = this.$("inset");
    if (!inset.offsetParent || !this.plane.frame) return; // not shown
    this.blit(inset, grey, INSET);
    const { x, y } = this.plane.spot(this.onAxes(z)),
      { clientWidth, clientHeight } = this.$("plane");
    inset.classList.toggle("away", x > clientWidth / 2 && y < clientHeight / 2);
  }

  // a grey picture into a canvas of so many pixels on the longer side
  blit(canvas, grey, side) {
    const { width, height } = this.own;
    const scale = side / Math.max(width, height);
    const changed = fit(canvas, width * scale, height * scale);
    if (!grey || (canvas.shown === grey && !changed)) return;
    canvas.shown = grey;
    paint(canvas.getContext("2d"), width, height, greyPixel(grey), 0, 0, canvas.width, canvas.height);
  }

  says(shares) {
    const element = this.$("says");
    if (!shares) return write(element, "");
    const best = shares.indexOf(Math.max(...shares));
    const name = this.own.classes[best],
      percent = Math.round(100 * shares[best]);
    write(
      element,
      name.length === 1 ? `${percent}% of the nearest codes are ${name}s` : `${percent}% of the nearest codes: ${name}`,
    );
  }

  aboutPick() {
    const { model, pick } = this;
    let kl = 0;
    for (let j = 0, at = pick * model.d; j < model.d; j++, at++)
      kl += (model.mean[at] ** 2 + model.std[at] ** 2 - 1) / 2 - Math.log(model.std[at]);
    const label = model.labels ? `${this.own.classes[model.labels[pick]]}, ` : "";
    return `Test example ${pick}: ${label}KL ${kl.toFixed(1)} nats. The ellipses are one and two standard deviations of its posterior.`;
  }

  colourOf(row) {
    return this.palette8[this.own.labels ? this.own.labels[row] : 0];
  }

  repaint() {
    const { own, palette8 } = this;
    const bytes = palette8.map(packed);
    this.palette = new Uint32Array(own.n);
    for (let i = 0; i < own.n; i++) this.palette[i] = bytes[own.labels ? own.labels[i] : 0];
  }

  readTheme() {
    const style = getComputedStyle(this.root);
    const ink = style.getPropertyValue("--st-text-color").trim() || "#222";
    const ground = style.getPropertyValue("--st-background-color").trim() || "#fff";
    if (ink === this.ink && ground === this.ground) return false;
    const accent = style.getPropertyValue("--st-primary-color").trim() || "#06c";
    Object.assign(this, { ink, ground, accent, font: style.fontFamily });
    this.panel?.themed?.();
    return true;
  }

  // -- words and controls ---------------------------------------------------------------------------

  // what went wrong last, each thing once; nothing ends it
  complain(text) {
    const box = this.$("error");
    this.said = text ? [...this.said.filter(said => said !== text), text].slice(-6) : [];
    box.hidden = !text;
    write(box, this.said.join(" "));
  }

  axisWords() {
    const { kind, first, second } = this.planeOf,
      { classes } = this.own;
    const words = {
      dims: () => [`z${subscript(first + 1)}`, `z${subscript(second + 1)}`],
      pca: () => [`principal axis ${first + 1}`, `principal axis ${second + 1}`],
      class: () => [`from ${classes[first]} to ${classes[second]}`, "leading axis across it"],
    }[kind]();
    write(this.$("across"), `${words[0]} →`);
    write(this.$("up"), `${words[1]} →`);
  }

  sync() {
    const { root, state, own } = this;
    const { kind, first, second } = this.planeOf;
    root.querySelector('[data-do="manifold"]').setAttribute("aria-pressed", String(state.manifold === "on"));
    const select = this.$("kind");
    select.value = kind;
    select.querySelector('[value="class"]').disabled = own.known.length < 2;
    const numbers = Array.from({ length: kind === "pca" ? own.principal : own.d }, (_, i) => [
      i,
      kind === "dims" ? `z${subscript(i + 1)}` : `${i + 1}`,
    ]);
    const names = kind === "class" ? own.known.map(c => [c, own.classes[c]]) : numbers;
    for (const [part, value] of [
      ["first", first],
      ["second", second],
    ]) {
      refresh(
        this.$(part),
        names.map(([i, name]) => html`<option value="${i}">${name}</option>`),
      );
      this.$(part).value = value;
    }
    write(this.$("times"), kind === "class" ? "to" : "×");
    root.querySelectorAll("[data-tab]").forEach(tab => {
      tab.setAttribute("aria-selected", String(tab.dataset.tab === state.mode));
      tab.tabIndex = tab.dataset.tab === state.mode ? 0 : -1;
    });
    root
      .querySelectorAll("[data-choice]")
      .forEach(b => b.setAttribute("aria-pressed", String(b.value === String(state[b.dataset.choice]))));
  }

  showPanel(name) {
    if (!this.kinds.length) return;
    if (!this.kinds.some(kind => kind.name === name)) name = this.kinds[0].name;
    this.panel?.close?.();
    this.state.mode = name;
    const Kind = this.kinds.find(kind => kind.name === name);
    const box = this.$("panel");
    const element = document.createElement("div");
    element.className = name;
    box.replaceChildren(element);
    this.panel = this.panels[name] = new Kind(this, element, this.panels[name]);
    this.sync();
    this.redraw();
  }

  toggleManifold() {
    this.state.manifold = this.state.manifold === "on" ? "off" : "on";
    this.plane.view = null;
    this.plane.warp();
    this.sync();
    this.redraw();
    this.remember();
  }

  // the kind or an axis was changed in the controls
  pickPlane(part, value) {
    let { kind, first, second } = this.planeOf;
    if (part === "kind") {
      const usual = value === "class" ? this.own.known : [0, 1];
      ({ kind, first, second } = { kind: value, first: usual[0], second: usual[1] });
    } else if (part === "first") [first, second] = [Number(value), Number(value) === second ? first : second];
    else [first, second] = [Number(value) === first ? second : first, Number(value)];
    this.setPlane({ kind, first, second });
    this.sync(); // at once: until the axes come, the choices would be those of the plane before
  }

  nudge(du, dv) {
    const [u, v] = this.onAxes(this.z);
    this.drag([u + du, v + dv]);
  }

  // -- the link -------------------------------------------------------------------------------------

  // put what is shown into the address, not more often than browsers like
  remember() {
    clearTimeout(this.writing);
    this.writing = setTimeout(() => {
      if (!this.open_ || this.stopped) return;
      const { state, plane, own, pick } = this;
      const { kind, first, second } = this.planeOf;
      const usual = usualPlane(own);
      const at =
        plane.view && [plane.view.x, plane.view.y, plane.view.zoom].map(x => Number(x.toPrecision(5))).join(",");
      const picked = pick >= 0 && this.model.code(pick).every((x, j) => x === this.z[j]);
      const now = {
        checkpoint: this.data.checkpoint,
        mode: this.kinds.length && state.mode !== this.kinds[0].name ? state.mode : "",
        plane:
          kind === usual.kind && first === usual.first && second === usual.second ? "" : `${kind}~${first}~${second}`,
        view: at ?? "",
        manifold: state.manifold === "on" ? "on" : "",
        pick: pick > 0 || (pick === 0 && !picked) ? String(pick) : "",
        z: picked ? "" : writeCode(this.z),
        ...Object.assign({}, ...Object.values(this.panels ?? {}).map(panel => panel.link())),
      };
      const query = new URLSearchParams(location.search);
      for (const [name, value] of Object.entries(now))
        if (value === "") query.delete(name);
        else query.set(name, value);
      const text = query.toString().replaceAll("%2C", ",").replaceAll("%7E", "~");
      history.replaceState(history.state, "", text ? `${location.pathname}?${text}` : location.pathname);
    }, 300);
  }

  // -- hands ----------------------------------------------------------------------------------------

  listen() {
    const { root, plane } = this;
    const actions = {
      manifold: () => this.toggleManifold(),
      nearer: () => plane.zoomAt(1.6),
      farther: () => plane.zoomAt(1 / 1.6),
      fit: () => plane.look(null),
      help: b => b.setAttribute("aria-expanded", String(!(this.$("help").hidden = !this.$("help").hidden))),
      random: () => this.choose(Math.floor(Math.random() * this.own.n)),
      origin: () => this.moveTo(new Float32Array(this.own.d), -1),
    };
    let byKeys = false;
    root.addEventListener("keydown", () => void (byKeys = true), true);
    root.addEventListener("pointerdown", () => void (byKeys = false), true);
    root.addEventListener("click", event => {
      const b = event.target.closest("button");
      if (!b || !this.open_) return;
      if (!byKeys && b.isConnected) root.focus({ preventScroll: true }); // the keyboard goes back to the player
      if (b.dataset.tab) {
        this.showPanel(b.dataset.tab);
        this.remember();
      } else if (b.dataset.choice) {
        this.state[b.dataset.choice] = b.value;
        this.panel?.set?.(b.dataset.choice, b.value);
        this.sync();
        this.remember();
      } else (actions[b.dataset.do] ?? (() => this.panel?.do?.(b.dataset.do, b)))(b);
    });
    root.addEventListener(
      "input",
      event =>
        this.open_ &&
        event.target.dataset.slide &&
        this.panel?.slide?.(event.target.dataset.slide, Number(event.target.value), event.target),
    );
    root.addEventListener("change", event => {
      const { target } = event;
      if (!this.open_) return;
      if (["kind", "first", "second"].includes(target.dataset.part)) this.pickPlane(target.dataset.part, target.value);
      else if (target.dataset.pick) this.panel?.change?.(target.dataset.pick, target.value, target);
    });
    root.addEventListener("keydown", event => this.key(event));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.open_) return;
    if (event.target.matches?.("input, select, textarea") && event.target.type !== "range") return;
    const range = event.target.type === "range";
    const tab = event.target.dataset?.tab;
    const step = (event.shiftKey ? 0.5 : 0.08) / Math.max(1, (this.plane.frame?.zoom ?? 1) ** 0.7);
    const actions = {
      m: () => this.toggleManifold(),
      r: () => this.choose(Math.floor(Math.random() * this.own.n)),
      o: () => this.moveTo(new Float32Array(this.own.d), -1),
      "+": () => this.plane.zoomAt(1.6),
      "=": () => this.plane.zoomAt(1.6),
      "-": () => this.plane.zoomAt(1 / 1.6),
      0: () => this.plane.look(null),
      "?": () => this.root.querySelector('[data-do="help"]').click(),
      Escape: () => this.panel?.escape?.() || this.moveTo(this.z, -1),
      ...(range || tab
        ? {}
        : {
            ArrowLeft: () => this.nudge(-step, 0),
            ArrowRight: () => this.nudge(step, 0),
            ArrowUp: () => this.nudge(0, step),
            ArrowDown: () => this.nudge(0, -step),
          }),
      ...(tab ? { ArrowLeft: () => this.nextTab(-1), ArrowRight: () => this.nextTab(1) } : {}),
      ...(event.target.matches?.("button") && event.key === " " ? {} : this.panel?.keys?.()),
    };
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  nextTab(by) {
    const at = this.kinds.findIndex(kind => kind.name === this.state.mode);
    const next = this.kinds[(at + by + this.kinds.length) % this.kinds.length].name;
    this.showPanel(next);
    this.remember();
    this.root.querySelector(`[data-tab="${next}"]`).focus();
  }
}
