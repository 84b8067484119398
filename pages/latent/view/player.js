// The explorer of a latent space: a plane that is dragged through, its pictures decoded here, and panels of what to do.

import { messageOf } from "../../shared/view/api.js";
import { classColours, packed } from "../../shared/view/colours.js";
import { find } from "../../shared/view/dom.js";
import { put } from "../../shared/view/html.js";
import { TabsShell, tabButtons } from "../../shared/view/tabs.js";
import { linkProblems, readCode, readPlane, readView, usualPlane, whole, writeCode, writeView } from "./link.js";
import { legend, markup } from "./markup.js";
import { Model } from "./model.js";
import { PANELS } from "./panels.js";
import { Pictures } from "./pictures.js";
import { Plane } from "./plane.js";
import { changedPlane, syncPlaneControls } from "./plane_controls.js";
import { Readout } from "./readout.js";
import { LatentSpace } from "./space.js";

/** @typedef {import("../../shared/view/types.d.ts").Component<LatentData>} LatentComponent */
/** @typedef {import("../../shared/view/types.d.ts").Keys} Keys */
/** @typedef {import("../../shared/view/types.d.ts").Rgb} Rgb */
/** @typedef {import("./link.js").PlaneChoice} PlaneChoice */
/** @typedef {import("./model.js").Axes} Axes */
/** @typedef {import("./types.d.ts").LatentData} LatentData */
/** @typedef {import("./types.d.ts").LatentPanel} LatentPanel */
/** @typedef {import("./types.d.ts").LatentPanelKind} LatentPanelKind */
/** @typedef {import("./types.d.ts").LatentState} LatentState */
/** @typedef {import("./types.d.ts").Member} Member */

/** @param {Element} parent @param {LatentComponent} component */
export const mount = (parent, component) => LatentView.mount(parent, component);

/** @extends {TabsShell<Model, LatentData>} */
export class LatentView extends TabsShell {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root);
    this.state = /** @type {LatentState} */ (this.state);
    /** @type {LatentPanel | null} */
    this.panel = null;
    /** @type {PlaneChoice | null} asked for, while its axes are on their way */
    this.wantedPlane = null;
    this.space = /** @type {LatentSpace} */ (/** @type {unknown} */ (null)); // there only with a model
    /** @type {Record<string, LatentPanel>} panels that have been open, by name */
    this.opened = {};
    /** @type {string[]} what went wrong, each thing once */
    this.errors = [];
    /** @type {Map<string, Promise<Model>>} */
    this.models = new Map();
    this.pictures = /** @type {Pictures} */ (/** @type {unknown} */ (null)); // there only with a model
    /** @type {Rgb[]} */
    this.classPalette = [];
    this.palette = new Uint32Array(0); // of the examples, packed
    this.plane = new Plane(this, this.$("plane"));
    this.readout = new Readout(this, root);
  }

  /** @override */
  markup() {
    return markup();
  }

  /** @returns {LatentPanelKind[]} @override */
  get panels() {
    return PANELS.filter(panel => panel.applies?.(this.data) ?? true);
  }

  /** @override */
  get resetState() {
    return { plane: "", view: "", z: "", pick: "", a: "", b: "", t: 0, beta: "", less: "", more: "" };
  }

  /** @override */
  get keptState() {
    return ["manifold", "speed", "frames", "turn"];
  }

  // -- opening ------------------------------------------------------------------------------------

  /** @override */
  async load() {
    const { data } = this;
    this.showError("");
    this.panel?.destroy?.();
    this.panel = null; // nothing is drawn until the new model is here
    this.opened = {};
    this.wantedPlane = null;
    this.models.clear();
    put(this.$("tabs"), tabButtons(this.panels));
    this.root.setAttribute("aria-busy", "true");
    const opening = {};
    this.opening = opening;
    const isLatest = () => this.opening === opening && !this.destroyed;
    try {
      const model = await this.modelOf({ name: data.checkpoint, version: data.version, beta: data.beta });
      const { plane, axes } = await this.axesOr(model, readPlane(this.state.plane, model) ?? usualPlane(model));
      if (isLatest()) this.show(model, plane, axes);
    } catch (error) {
      if (isLatest()) this.showError(messageOf(error));
    }
  }

  /**
   * The axes of a plane; where the server has none, those of the first two units.
   * @param {Model} model
   * @param {PlaneChoice} plane
   * @returns {Promise<{ plane: PlaneChoice, axes: Axes }>}
   */
  async axesOr(model, plane) {
    try {
      return { plane, axes: await model.axes(plane) };
    } catch (error) {
      this.showError(messageOf(error));
      /** @param {number} unit */
      const axis = unit => Float32Array.from({ length: model.d }, (_, j) => Number(j === unit));
      return { plane: { kind: "dims", first: 0, second: 1 }, axes: [axis(0), axis(1)] };
    }
  }

  /**
   * The model has come.
   * @param {Model} model
   * @param {PlaneChoice} plane
   * @param {Axes} axes
   */
  show(model, plane, axes) {
    const { state, data } = this;
    const pick = whole(state.pick, 0, model.n - 1) ?? -1;
    const z = readCode(state.z, model.d);
    const first = !state.z && pick < 0 ? 0 : pick; // a link that names none means the first example
    this.model = model;
    this.space = new LatentSpace(
      model,
      plane,
      axes,
      z ?? (first >= 0 ? model.code(first) : new Float32Array(model.d)),
      first,
    );
    this.pictures = new Pictures(model);
    this.classPalette = classColours(model.classes.length, data.colours);
    const bytes = this.classPalette.map(packed);
    this.palette = Uint32Array.from({ length: model.n }, (_, i) => bytes[model.labels ? model.labels[i] : 0]);
    this.plane.view = state.view ? readView(state.view) : null;
    this.plane.project();
    put(this.$("legend"), legend(model.classes, this.classPalette));
    this.root.removeAttribute("aria-busy");
    const wrong = this.errors;
    this.showPanel(state.mode);
    for (const text of [...wrong, ...linkProblems(state, model)]) this.showError(text);
    this.redraw();
    this.reportShown();
    this.syncUrl();
    if (data.dataHere) this.fetchPictures();
  }

  /** A model, loaded once. @param {Member} member */
  modelOf(member) {
    let model = this.models.get(member.name);
    if (!model) {
      model = Model.load(member, this.data.api, error => (error ? this.showError(error.message) : this.redraw()));
      this.models.set(member.name, model);
    }
    return model;
  }

  async fetchPictures() {
    const { pictures } = this;
    try {
      await pictures.fetch();
      if (pictures !== this.pictures) return;
      this.panel?.onPictures?.();
      this.redraw();
    } catch (error) {
      this.showError(messageOf(error));
    }
  }

  /** @param {import("../../shared/view/types.d.ts").PanelKind<any>} Kind @param {HTMLElement} root @override */
  createPanel(Kind, root) {
    const panel = new /** @type {LatentPanelKind} */ (Kind)(this, root, this.opened[Kind.name]);
    this.opened[Kind.name] = panel;
    return panel;
  }

  // -- what changes the state ---------------------------------------------------------------------

  /** @param {PlaneChoice} plane */
  async setPlane(plane) {
    const { space } = this;
    const { model } = space;
    syncPlaneControls(this.root, plane, space.own); // at once: until the axes come, the choices are those of the new plane
    this.wantedPlane = plane;
    const axes = await model.axes(plane).catch(error => this.showError(messageOf(error)));
    if (space !== this.space || model !== space.model || plane !== this.wantedPlane) return;
    this.wantedPlane = null;
    if (!axes) return this.sync();
    space.setPlane(plane, axes);
    this.plane.view = null;
    this.onSpaceChange();
    this.syncUrl();
  }

  /** Show another model of the family on the map. @param {Model} model */
  async showModel(model) {
    const { space } = this;
    if (model === space.model) return;
    space.setModel(model);
    const axes = await model.axes(space.plane).catch(error => this.showError(messageOf(error)));
    if (!axes || space !== this.space || space.model !== model) return;
    space.setPlane(space.plane, axes);
    this.onSpaceChange();
    this.panel?.onModelChange?.();
  }

  /** Model or axes are others. */
  onSpaceChange() {
    this.plane.project();
    this.sync();
    this.redraw();
  }

  /**
   * Move the point; `pick` is the example that it belongs to.
   * @param {Float32Array} z
   * @param {number} [pick]
   */
  moveTo(z, pick) {
    this.space.moveTo(z, pick);
    if (this.plane.manifold) this.plane.latticeDirty = true;
    this.panel?.onPointChange?.();
    this.redrawOver();
    this.syncUrl();
  }

  /** @param {number} row */
  choose(row) {
    this.moveTo(this.space.model.code(row), row);
  }

  /** The pointer is over a place on the map, or over none. @param {[number, number] | null} uv @param {number} row */
  preview(uv, row) {
    if (!this.ready) return;
    this.space.hovered = uv && { z: this.space.through(uv), row };
    this.requestFrame();
  }

  /** The point is dragged. @param {[number, number]} uv */
  drag(uv) {
    this.panel?.onDrag?.();
    this.moveTo(this.space.through(uv));
  }

  /** An example was clicked, or a place between them. @param {number} row @param {[number, number]} uv */
  click(row, uv) {
    const { space } = this;
    space.hovered = null;
    if (this.panel?.takesClick?.(row, row >= 0 ? space.model.code(row) : space.through(uv))) return;
    if (row >= 0) this.choose(row);
    else this.drag(uv);
  }

  toggleManifold() {
    this.state.manifold = this.state.manifold === "on" ? "off" : "on";
    this.plane.view = null;
    this.plane.warp();
    this.sync();
    this.redraw();
    this.syncUrl();
  }

  /** @param {number} du @param {number} dv */
  nudge(du, dv) {
    const [u, v] = this.space.onAxes(this.space.z);
    this.drag([u + du, v + dv]);
  }

  chooseAtRandom() {
    this.choose(Math.floor(Math.random() * this.space.own.n));
  }

  goToPriorMean() {
    this.moveTo(new Float32Array(this.space.own.d), -1);
  }

  // -- what is drawn ------------------------------------------------------------------------------

  /** @override */
  redraw() {
    this.plane.dirty = true;
    this.requestFrame();
  }

  redrawOver() {
    this.plane.overDirty = true;
    this.requestFrame();
  }

  /** @param {number} now @param {number} elapsed @override */
  draw(now, elapsed) {
    if (!this.panel) return false;
    const moving = this.panel.advance?.(now, elapsed) ?? false;
    this.readout.draw();
    const drawing = this.plane.draw();
    return this.panel.draw?.(now, elapsed) || drawing || moving;
  }

  /** @param {number} row */
  colourOf(row) {
    const { labels } = this.space.own;
    return this.classPalette[labels ? labels[row] : 0];
  }

  /** Say what went wrong beside what did before; "" ends all. @param {string} text @override */
  showError(text) {
    this.errors = text ? [...this.errors.filter(error => error !== text), text].slice(-6) : [];
    super.showError(this.errors.join(" "));
  }

  /** @override */
  sync() {
    super.sync();
    if (!this.panel) return;
    find(this.root, '[data-do="manifold"]').setAttribute("aria-pressed", String(this.state.manifold === "on"));
    syncPlaneControls(this.root, this.space.plane, this.space.own);
  }

  /** @override */
  urlParams() {
    if (!this.panel) return null;
    const { state, space, data } = this;
    const { plane, pick, isPick } = space;
    const usual = usualPlane(space.own);
    const isUsual = plane.kind === usual.kind && plane.first === usual.first && plane.second === usual.second;
    return {
      checkpoint: data.checkpoint,
      mode: state.mode === this.panels[0].name ? "" : state.mode,
      plane: isUsual ? "" : `${plane.kind}~${plane.first}~${plane.second}`,
      view: writeView(this.plane.view),
      manifold: state.manifold === "on" ? "on" : "",
      pick: pick > 0 || (pick === 0 && !isPick) ? String(pick) : "",
      z: isPick ? "" : writeCode(space.z),
      ...Object.assign({}, ...Object.values(this.opened).map(panel => panel.urlParams())),
    };
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** @param {string} name @param {HTMLButtonElement} button @override */
  onAction(name, button) {
    const actions = {
      manifold: () => this.toggleManifold(),
      nearer: () => this.plane.zoomAt(1.6),
      farther: () => this.plane.zoomAt(1 / 1.6),
      fit: () => this.plane.look(null),
      random: () => this.chooseAtRandom(),
      origin: () => this.goToPriorMean(),
    };
    const action = /** @type {Record<string, () => void>} */ (actions)[name];
    if (action) action();
    else super.onAction(name, button);
  }

  /** @param {string} name @param {string} value @param {HTMLInputElement | HTMLSelectElement} field @override */
  onSelect(name, value, field) {
    if (["kind", "first", "second"].includes(name))
      this.setPlane(changedPlane(this.wantedPlane ?? this.space.plane, name, value, this.space.own.known));
    else super.onSelect(name, value, field);
  }

  /** @param {KeyboardEvent} event @returns {Keys} @override */
  keys(event) {
    const step = (event.shiftKey ? 0.5 : 0.08) / Math.max(1, (this.plane.frame?.zoom ?? 1) ** 0.7);
    return {
      m: () => this.toggleManifold(),
      r: () => this.chooseAtRandom(),
      o: () => this.goToPriorMean(),
      "+": () => this.plane.zoomAt(1.6),
      "=": () => this.plane.zoomAt(1.6),
      "-": () => this.plane.zoomAt(1 / 1.6),
      0: () => this.plane.look(null),
      Escape: () => this.panel?.onEscape?.() || this.moveTo(this.space.z, -1),
      ArrowLeft: () => this.nudge(-step, 0),
      ArrowRight: () => this.nudge(step, 0),
      ArrowUp: () => this.nudge(0, step),
      ArrowDown: () => this.nudge(0, -step),
      ...super.keys(event),
    };
  }
}
