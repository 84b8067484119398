// The maps of codes: linked maps of the same points, what is chosen among them, their training, and a pad to draw on.

import { classColours } from "../../shared/view/colours.js";
import { write } from "../../shared/view/controls.js";
import { find, findAll } from "../../shared/view/dom.js";
import { put, refresh } from "../../shared/view/html.js";
import { Shell } from "../../shared/view/shell.js";
import { mapsOfLink, readView, writeLink } from "./codes_url.js";
import { colouring, colourOptions, colourProblem, possibleColour, shownValues } from "./colour_choice.js";
import { actionsOf, changeSelect, keysOf, submitForm, syncControls, toggleMeaning } from "./controls.js";
import { clusterNames, legendOf } from "./legends.js";
import { MapGrid } from "./map_grid.js";
import { describeMap } from "./map_words.js";
import { markup } from "./markup.js";
import { OutOfSample } from "./out_of_sample.js";
import { coloursOf, inkOf, spanOf, unpacked } from "./point_colours.js";
import { PointLoader } from "./point_loader.js";
import { PointSelector } from "./point_selector.js";
import { Selection } from "./selection.js";
import { SelectionList } from "./selection_list.js";
import { Tooltip } from "./tooltip.js";
import { TrajectoryBar } from "./trajectory_bar.js";

/** @typedef {import("../../shared/view/plane_view.js").Spot} Spot */
/** @typedef {import("./map_panel.js").MapPanel} MapPanel */
/** @typedef {import("../../shared/view/types.d.ts").Component<CodesData>} CodesComponent */
/** @typedef {import("../../shared/view/types.d.ts").Keys} Keys */
/** @typedef {import("../../shared/view/types.d.ts").Rgb} Rgb */
/** @typedef {import("./point_store.js").PointStore} PointStore */
/** @typedef {import("./point_store.js").What} What */
/** @typedef {import("./types.d.ts").CodesData} CodesData */
/** @typedef {import("./types.d.ts").CodesState} CodesState */
/** @typedef {import("./types.d.ts").Layout} Layout */
/** @typedef {import("./point_colours.js").PointColours} PointColours */

/** @param {Element} parent @param {CodesComponent} component */
export const mount = (parent, component) => CodesView.mount(parent, component);

/** @extends {Shell<CodesData>} */
export class CodesView extends Shell {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root);
    put(root, markup());
    this.state = /** @type {CodesState} */ (/** @type {unknown} */ (null)); // until the first update
    this.points = /** @type {PointStore} */ (/** @type {unknown} */ (null)); // used only where there are panels
    this.loader = new PointLoader(this);
    this.selection = new Selection(0, null, 0, []);
    this.selector = new PointSelector(this);
    this.grid = new MapGrid(this, this.$("maps"));
    /** @type {Rgb[]} */
    this.classPalette = [];
    /** @type {PointColours} */
    this.colours = { palette: new Uint32Array(0), shapes: null };
    this.coloursKey = ""; // changes with the colours
    /** @type {import("./colour_choice.js").ShownValues | null} numbers that colours stand for */
    this.shown = null;
    /** @type {import("./map_density.js").Groups | null} whose names stand on the maps */
    this.groups = null;
    /** @type {[number, number]} that nearly all errors lie in */
    this.errorSpan = [0, 1];
    this.inkBytes = inkOf(this.theme.text);
    this.drawn = false; // a map of these points
    /** @type {{ panel: MapPanel, spot: Spot } | null} where the pointer is */
    this.pointed = null;
    this.list = new SelectionList(this, this.$("chosen"));
    this.tooltip = new Tooltip(this, this.$("tip"));
    this.bar = new TrajectoryBar(this, this.$("trajectory"));
    this.outOfSample = new OutOfSample(this, this.$("pad"));
    this.cleanups.push(
      () => this.points?.close(),
      () => this.outOfSample.close(),
    );
    this.listen(root, "submit", event => {
      event.preventDefault();
      if (this.ready) submitForm(this, event.target);
    });
    this.listen(this.$("query"), "search", event => {
      if (this.ready && !event.target.value && this.selection.rows.length) this.selector.choose([]);
    });
  }

  // -- opening ------------------------------------------------------------------------------------

  /** @override @param {CodesData | null} before */
  open(before) {
    this.loader.openModel(before);
  }

  /** Other points are on their way. */
  closePoints() {
    this.points?.close();
    this.grid.close();
    this.bar.show(null);
    this.tooltip.hide();
    this.showError("");
  }

  /** The maps; none until the points are here. */
  get panels() {
    return this.grid.panels;
  }

  /** Until the points are here, every control but the choice of points is left alone. @override */
  get ready() {
    return this.panels.length > 0;
  }

  /** The points are here. @param {PointStore} points */
  show(points) {
    const { root, state } = this;
    const mapsAreKept = this.points !== null; // from points before; else they are the link's
    this.points = points;
    this.drawn = false;
    root.removeAttribute("aria-busy");
    root.classList.add("built");
    for (const box of findAll(root, "[inert]")) box.inert = false;
    this.classPalette = classColours(points.classes.length, this.data.colours);
    this.errorSpan = spanOf(points.errors);
    this.selection = new Selection(points.n, points.labels, points.classes.length, state.hide);
    const colour = possibleColour(state, points);
    const problems = mapsAreKept ? [] : [colourProblem(state, colour)];
    Object.assign(state, colour);
    put(find(root, '[data-pick="colour"]', HTMLSelectElement), colourOptions(points));
    this.$("show").hidden = !points.size;
    write(find(root, '[data-choice="near"][value="pixels"]'), this.spaceOfData);
    const { maps, missing } = mapsOfLink(state.maps, points.kinds);
    if (missing && !mapsAreKept) problems.push(`The link asks for maps (${missing}) that this model does not have.`);
    if (points.note) {
      state.split = points.split;
      problems.push(points.note);
    }
    this.showError(problems.filter(Boolean).join(" "));
    this.grid.show(maps, [state.place1, state.place2, state.place3, state.place4].map(readView));
    this.outOfSample.reset();
    this.outOfSample.restore(state.drawing);
    this.selector.restore(state.pick, state.probe);
    this.list.show();
    if (state.split !== "train" && points.kindOf("code")) points.fetchTrajectory();
    this.sync();
    this.syncUrl();
  }

  /** Something has come from the server. @param {What} what */
  onArrival(what) {
    if (!this.ready || this.destroyed) return;
    if (what === "layout") this.onLayout();
    if (what === "clusters" || what === "values") this.recolour();
    if (what === "trajectory") this.bar.open(this.points.trajectory, this.points, this.state.at);
    if (what === "pictures" || what === "back" || what === "words" || what === "near") {
      this.list.show();
      this.tooltip.refresh();
    }
    if (what === "net" && this.pointed)
      this.onPoint(this.pointed.panel, this.pointed.panel.rowAt(this.pointed.spot), this.pointed.spot);
    this.redraw();
  }

  onLayout() {
    this.selector.restoreArea();
    for (const panel of this.panels) panel.described = "";
    if (this.state.colour === "place") this.recolour();
    this.outOfSample.placeAgain();
  }

  // -- what is drawn ------------------------------------------------------------------------------

  /** @override @param {number} now @param {number} elapsed */
  draw(now, elapsed) {
    if (!this.ready) return false;
    const { points } = this;
    const playing = this.bar.advance(elapsed);
    const more = this.panels.map(panel => panel.draw(now)).includes(true);
    this.selector.restoreProbe();
    if (!this.drawn && this.panels.some(({ layout }) => layout.state === "ready")) {
      this.drawn = true;
      points.fetchPictures(); // after the dots
      for (const panel of this.panels) points.net(panel.map.name);
      this.reportShown();
      points.fetchAccuracy();
    }
    return more || playing;
  }

  /** @override */
  redraw() {
    for (const panel of this.panels) panel.dirty = true;
    this.requestFrame();
  }

  redrawOver() {
    for (const panel of this.panels) panel.overDirty = true;
    this.requestFrame();
  }

  /** @override */
  onResize() {
    this.bar.draw();
    this.redraw();
  }

  /** @override */
  onTheme() {
    this.inkBytes = inkOf(this.theme.text);
    this.bar.draw();
    this.recolour();
  }

  /** What the space of the data is called. */
  get spaceOfData() {
    return this.points.size ? "pixel space" : "data space";
  }

  /** What the space is called that neighbours are sought in. */
  get spaceWords() {
    const space = this.state.near === "code" ? "code space" : this.spaceOfData;
    return this.state.metric === "cosine" ? `${space}, by cosine` : space;
  }

  /** Rows that are truly near the point that is looked at; null where none are shown. */
  get spaceNeighbours() {
    const { focus } = this.selection;
    const { near, metric } = this.state;
    return focus < 0 || near === "off" ? null : (this.points.neighbours(focus, metric)?.[near] ?? null);
  }

  /** Colour every point. */
  recolour() {
    const { points, state, panels } = this;
    if (!this.ready) return;
    if (state.colour === "cluster") points.fetchClusters();
    const first = panels[0].layout;
    const { clusters, labels } = points;
    this.shown = shownValues(this);
    this.colours = coloursOf(this, first);
    this.coloursKey = `${JSON.stringify(colouring(state))} ${this.shown?.done} ${first.key} ${first.state} ${points.query} ${clusters !== null} ${this.theme.text}`;
    if (state.colour === "cluster" && clusters)
      this.groups = { member: clusters.member, names: clusterNames(clusters, points) };
    else if (this.groups?.member !== labels) this.groups = labels && { member: labels, names: points.classes };
    this.drawLegend();
    this.redraw();
  }

  /** @param {number} row @returns {Rgb} */
  colourOf(row) {
    return unpacked(this.colours.palette[row]);
  }

  drawLegend() {
    const box = this.$("legend");
    const tree = /** @type {Document | ShadowRoot} */ (box.getRootNode());
    const focused = tree.activeElement instanceof HTMLElement ? tree.activeElement.dataset.class : undefined;
    refresh(box, legendOf(this));
    for (const chip of findAll(box, `[data-class="${focused}"]`)) chip.focus();
  }

  /** @param {MapPanel} panel @param {Layout} layout @param {Layout | null} base */
  describe(panel, layout, base) {
    describeMap(panel, layout, base, this.training);
  }

  /** Show the state on the controls. */
  sync() {
    syncControls(this);
  }

  // -- the pointer --------------------------------------------------------------------------------

  /** @param {number} row -1: none */
  hoverRow(row) {
    if (row === this.selection.hover) return;
    this.selection.hover = row;
    this.redrawOver();
  }

  /** The pointer is over a map: a point, or a place between the points (-1). @param {MapPanel} panel @param {number} row @param {Spot} spot */
  onPoint(panel, row, spot) {
    this.hoverRow(row);
    this.pointed = { panel, spot };
    panel.over.style.cursor = row >= 0 ? "pointer" : this.state.tool === "move" ? "grab" : "crosshair";
    const net = row >= 0 || panel.showsTraining || panel.base !== panel.layout ? null : this.points.net(panel.map.name);
    if (row >= 0) this.tooltip.showPoint(panel, spot, row);
    else if (net) this.tooltip.showPlace(panel, spot, net);
    else this.tooltip.hide();
  }

  onLeave() {
    this.pointed = null;
    this.hoverRow(-1);
    this.tooltip.hide();
  }

  /** A map was moved or zoomed. */
  onViewChange() {
    this.tooltip.hide();
    this.syncUrl();
  }

  // -- the training -------------------------------------------------------------------------------

  /** Whether an epoch of the training is shown, and not the finished model. */
  get showsTraining() {
    return this.training?.active ?? false;
  }

  get training() {
    return this.bar.training;
  }

  /** The place in the training is another. @param {boolean} turned whether an epoch is shown now and was not, or the other way */
  onTrainingChange(turned) {
    if (turned) this.drawLegend();
    this.list.show();
    for (const panel of this.panels) if (panel.map.name === "code") panel.dirty = true;
    this.requestFrame();
    if (!this.training?.playing) this.syncUrl();
  }

  // -- hands --------------------------------------------------------------------------------------

  /** The choice of points can be changed while others load. @override */
  listenToControls() {
    super.listenToControls();
    this.listen(this.root, "change", ({ target }) => {
      if (!this.ready && ["split", "points"].includes(target.dataset.pick))
        this.onSelect(target.dataset.pick, target.value, target);
    });
  }

  /** @override @param {HTMLButtonElement} button @param {MouseEvent} event */
  onPress(button, event) {
    const { class: label, score } = button.dataset;
    if (label !== undefined) this.selector.clickClass(Number(label), event);
    else if (score) toggleMeaning(button, score);
    else super.onPress(button, event);
  }

  /** @override @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    actionsOf(this, button)[name]?.();
  }

  /** @override @param {string} name @param {string} _value @param {HTMLInputElement | HTMLSelectElement} field */
  onSelect(name, _value, field) {
    changeSelect(this, name, field);
  }

  /** @override @param {string} name @param {string} value */
  onChoice(name, value) {
    const { pad } = this.outOfSample;
    if (name !== "pen") Object.assign(this.state, { [name]: value });
    else if (pad) pad.tool = value === "rub" ? "rub" : "draw";
    if (name === "near" || name === "metric") this.list.show();
    this.redraw();
    this.sync();
    this.syncUrl();
  }

  /** Colours stand for something else. @param {Partial<import("./colour_choice.js").ColourChoice>} choice */
  setColour(choice) {
    Object.assign(this.state, possibleColour({ ...this.state, ...choice }, this.points));
    this.recolour();
    this.sync();
    this.syncUrl();
  }

  /** @override @returns {Keys} */
  keys() {
    return keysOf(this);
  }

  // -- the link -----------------------------------------------------------------------------------

  /** @override */
  urlParams() {
    if (!this.ready) return null;
    const { state, selection, training } = this;
    return writeLink({
      checkpoint: this.data.checkpoint,
      state,
      maps: this.grid.text,
      views: this.grid.views,
      pick: selection.write(),
      isolated: selection.isolated,
      hidden: [...selection.hidden],
      at: training && !training.playing ? training.at : null,
      probe: this.outOfSample.image?.probe ?? null,
      drawing: this.outOfSample.drawing,
    });
  }
}
