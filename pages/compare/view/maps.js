// Maps, aligned: one map of each representation, laid over the reference, and one that morphs between them.

import { css, SCALE } from "../../shared/view/colours.js";
import { setPlaying, syncChoices, syncSlider, write } from "../../shared/view/controls.js";
import { find, findAll, part } from "../../shared/view/dom.js";
import { put, refresh } from "../../shared/view/html.js";
import { reducedMotion } from "../../shared/view/motion.js";
import { hasFocus } from "../../shared/view/panel.js";
import { boxBetween, mix } from "../../shared/view/places.js";
import { topIndices } from "../../shared/view/probability.js";
import { Layout } from "./layout.js";
import { askMarkup, cellsMarkup, panelMarkup } from "./map_cells.js";
import { drawNeighbours, drawTrails } from "./map_marks.js";
import { MapView } from "./map_view.js";
import { advanced, between } from "./morphing.js";
import { middle, missing, rangeOf } from "./point_colours.js";
import { Side } from "./side.js";

/** @typedef {import("../../shared/view/plane_view.js").View} View */
/** @typedef {import("./player.js").ComparePlayer} ComparePlayer */
/** @typedef {import("./types.d.ts").Places} Places */
/** @typedef {import("./types.d.ts").PlaneMap} PlaneMap */

const TRAILS = 500; // points with a trail, at most
const UNASKED = 60; // trails where nothing is chosen: of those that change neighbours most

export class MapsPanel {
  static name = "maps";
  static title = "Maps, aligned";
  static hint = "One map of each representation, linked, and a morph between them";

  /** @param {ComparePlayer} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    /** @type {View | null} */
    this.view = null;
    this.playing = false;
    this.way = { at: host.state.morph, forward: true, rest: 0 };
    /** @type {MapView[]} one a representation */
    this.views = [];
    /** @type {MapView | null} */
    this.morph = null;
    this.layout = new Layout(host);
    /** @type {Places} */
    this.mixed = { xs: new Float32Array(host.model.n), ys: new Float32Array(host.model.n) };
    this.trailsOf = ""; // what the trails are of
    /** @type {number[]} */
    this.trailed = [];
    put(root, panelMarkup(host.model, host.state));
    const stops = [0, 64, 128, 192, 255].map(i => css(SCALE[i])).join(",");
    for (const ramp of findAll(root, ".ramp-legend .ramp")) ramp.style.background = `linear-gradient(90deg,${stops})`;
    this.side = new Side(host, part(root, "aside"));
    root.addEventListener("pointerover", event => this.pointAt(event.target));
    this.build();
  }

  /** @param {EventTarget | null} target a thumbnail lights its point on every map */
  pointAt(target) {
    const thumb = target instanceof Element ? target.closest("[data-row]") : null;
    if (thumb instanceof HTMLElement) this.host.hoverRow(Number(thumb.dataset.row));
    else if (target instanceof Element && !target.closest(".plane")) this.host.hoverRow(-1);
  }

  get tool() {
    return this.host.state.tool;
  }

  // -- the maps -------------------------------------------------------------------------------------

  build() {
    const { host, root } = this;
    const box = part(root, "maps");
    put(box, cellsMarkup(host.model, host.chosen));
    box.dataset.count = String(host.chosen.length);
    this.views = host.chosen.map((_, i) => new MapView(this, find(box, `[data-cell="${i}"]`)));
    this.views.forEach((view, i) => {
      view.annotate = pen => drawNeighbours(pen, view, host, host.chosen[i].key);
    });
    this.morph = null;
    if (host.chosen.length > 1) {
      this.morph = new MapView(this, find(box, '[data-cell="morph"]'));
      this.morph.annotate = pen => this.drawTrails(pen);
    }
    this.way.at = Math.min(this.way.at, Math.max(0, host.chosen.length - 1));
    setPlaying(root, this.playing);
    this.lay();
  }

  /** The maps as far as they are known. @returns {PlaneMap[]} */
  get maps() {
    const { host } = this;
    return host.chosen.map(({ key }) => host.model.maps.of(key, host.method));
  }

  /** Lay all maps over the reference. */
  lay() {
    const { maps, host } = this;
    this.layout.lay(maps);
    this.views.forEach((view, i) => {
      view.fade = maps[i].state === "ready" ? 1 : 0.3;
      view.show(this.layout.laid[i], host.coloursOf(host.chosen[i].key), this.layout.boxes[i]);
    });
    this.moveMorph();
    this.describe();
    if (maps.some(({ state }) => state === "ready")) host.reportShown();
    host.requestFrame();
  }

  /** What a drag does to maps in three dimensions. @param {number} dx CSS pixels @param {number} dy @returns {boolean} whether there are such */
  drag(dx, dy) {
    const { host } = this;
    if (!this.layout.solid) return false;
    host.state.yaw = ((host.state.yaw + dx / 2 + 540) % 360) - 180;
    host.state.pitch = Math.max(-90, Math.min(90, host.state.pitch + dy / 2));
    this.layout.turn();
    this.views.forEach((view, i) => {
      view.show(this.layout.laid[i], view.colours, this.layout.boxes[i]);
    });
    this.moveMorph();
    host.requestFrame();
    host.syncUrl();
    return true;
  }

  describe() {
    const { root, maps } = this;
    maps.forEach((map, i) => {
      const cell = find(root, `[data-cell="${i}"]`);
      const ask = part(cell, "ask");
      ask.hidden = map.state === "ready";
      refresh(ask, askMarkup(map, i));
      const shows =
        map.explained === null || map.explained > 0.9999
          ? ""
          : `shows ${Math.round(100 * map.explained)}% of the variance`;
      const laid = this.layout.laid[i];
      const far = i && laid && map.state === "ready" ? `disparity ${laid.disparity.toFixed(2)}` : "";
      write(
        part(cell, "note"),
        [i ? "" : "reference", map.state === "ready" ? shows : laid ? "PCA meanwhile" : "", far]
          .filter(Boolean)
          .join(" · "),
      );
      part(cell, "note").title = far
        ? "Procrustes disparity to the reference's map: 0 the same, 1 nothing in common"
        : "";
    });
    const absent = maps.filter(({ state }) => state === "absent").length;
    const all = part(root, "compute-all");
    all.hidden = absent < 2;
    write(all, `Compute ${absent} maps`);
    this.sync();
  }

  sync() {
    const { root, host } = this;
    const { state } = host;
    for (const field of findAll(root, "input[data-pick]", HTMLInputElement))
      if (!hasFocus(field)) field.value = String(state[field.dataset.pick ?? ""]);
    for (const group of findAll(root, "[data-for]"))
      group.hidden = ![state.method.replace(/-3d$/, ""), state.colour].includes(group.dataset.for ?? "");
    const factor = host.model.factors.find(({ name }) => name === state.factor) ?? host.model.factors[0];
    if (factor) {
      const [low, high] = rangeOf(factor.values);
      write(part(root, "low"), String(Number(low.toPrecision(3))));
      write(part(root, "high"), String(Number(high.toPrecision(3))));
    }
    if (state.colour === "value" && host.values) {
      const [low, high] = middle(host.values);
      write(part(root, "least"), String(Number(low.toPrecision(3))));
      write(part(root, "most"), `${Number(high.toPrecision(3))} ${host.score?.unit ?? ""}${missing(host.values)}`);
    }
    syncChoices(root, state);
    syncSlider(root, "k", state.k, String(state.k));
  }

  // -- the morph ------------------------------------------------------------------------------------

  /** The two maps that the slider lies between; null while one is missing. */
  get ends() {
    const { from, to, t } = between(this.way.at, this.host.chosen.length);
    const a = this.layout.laid[from];
    const b = this.layout.laid[to];
    return a && b ? { a, b, t, from, to } : null;
  }

  /** Put all points where the slider is. */
  moveMorph() {
    const { host, morph, root, ends } = this;
    if (!morph) return;
    const { from, to, t } = between(this.way.at, host.chosen.length);
    if (ends) mix(ends.a, ends.b, t, this.mixed);
    const nearer = host.chosen[t < 0.5 ? from : to];
    morph.show(
      ends ? this.mixed : null,
      host.coloursOf(nearer.key),
      boxBetween(this.layout.boxes[from], this.layout.boxes[to], t),
    );
    const [a, b] = [host.chosen[from], host.chosen[to]].map(one => host.model.nameFor(one));
    const words = t < 0.01 ? a : t > 0.99 ? b : `${a} → ${b}`;
    write(part(root, "between"), ends ? words : "waits for both maps");
    const [slider] = findAll(root, '[data-slide="morph"]', HTMLInputElement);
    if (slider && (this.playing || !hasFocus(slider))) slider.value = String(this.way.at);
  }

  /** Rows with a trail. @param {number} from @param {number} to */
  trailRows(from, to) {
    const { host } = this;
    const { rows } = host.selection;
    if (rows.length) return rows.filter(row => !host.selection.isHidden(row)).slice(0, TRAILS);
    const changes = host.changesOf(host.chosen[to].key, host.chosen[from].key);
    return changes ? topIndices(changes, UNASKED, row => !host.selection.isHidden(row)) : [];
  }

  /** @param {CanvasRenderingContext2D} pen */
  drawTrails(pen) {
    const { ends, morph, host } = this;
    if (!ends || !morph) return;
    const { rows, hidden } = host.selection;
    const key = [ends.from, ends.to, host.state.k, rows.length, rows[0], hidden.size].join(" ");
    if (this.trailsOf !== key) {
      this.trailsOf = key;
      this.trailed = this.trailRows(ends.from, ends.to);
    }
    drawTrails(pen, morph, ends, this.trailed, host.coloursOf(host.chosen[ends.to].key));
  }

  /** @param {boolean} playing */
  play(playing) {
    this.playing = playing;
    this.way.rest = 0;
    setPlaying(this.root, playing);
    if (!playing) this.leave();
    this.host.requestFrame();
  }

  /** The slider rests: the link says where. */
  leave() {
    this.host.state.morph = Math.round(100 * this.way.at) / 100;
    this.host.syncUrl();
  }

  /** @param {number} at */
  goTo(at) {
    if (this.playing) this.play(false);
    this.way = { ...this.way, at, rest: 0 };
    this.moveMorph();
    this.leave();
    this.host.requestFrame();
  }

  // -- frames -----------------------------------------------------------------------------------------

  /** @param {number} _now @param {number} elapsed */
  draw(_now, elapsed) {
    if (this.playing) {
      this.way = advanced(this.way, reducedMotion() ? 4 * elapsed : elapsed, this.host.chosen.length);
      this.moveMorph();
    }
    this.morph?.draw();
    for (const view of this.views) view.draw();
    return this.playing;
  }

  redraw() {
    for (const view of [...this.views, ...(this.morph ? [this.morph] : [])]) view.dirty = true;
    this.host.requestFrame();
  }

  /** @param {View | null} view */
  look(view) {
    this.view = view;
    this.redraw();
  }

  // -- what has come or changed -------------------------------------------------------------------------

  onReps() {
    this.build();
    this.side.show();
  }

  onSelection() {
    this.trailsOf = "";
    this.views.forEach((view, i) => {
      view.colours = this.host.coloursOf(this.host.chosen[i].key);
    });
    this.moveMorph();
    this.side.showSelected();
    this.side.showChanged();
    this.redraw();
  }

  onHover() {
    for (const view of [...this.views, ...(this.morph ? [this.morph] : [])]) view.overDirty = true;
  }

  /** @param {import("./store.js").What} what */
  onArrival(what) {
    if (what === "map") this.lay();
    if (what === "neighbours") {
      this.trailsOf = "";
      this.side.showChanged();
      if (this.host.state.colour === "change") this.onSelection();
    }
    if (what === "values") {
      this.onSelection();
      this.sync();
    }
    if (what === "images") this.side.paint();
  }

  onTheme() {
    this.redraw();
  }

  table() {
    return this.layout.table();
  }

  // -- hands --------------------------------------------------------------------------------------------

  /** @param {string} name @param {HTMLButtonElement} pressed */
  onAction(name, pressed) {
    const { host, maps } = this;
    /** @type {Record<string, () => void>} */
    const actions = {
      play: () => this.play(!this.playing),
      stop: () => this.goTo(Number(pressed.value)),
      fit: () => this.look(null),
      compute: () => host.model.maps.compute(maps[Number(pressed.value)], host.method),
      "compute-all": () => {
        for (const map of maps) if (map.state === "absent") host.model.maps.compute(map, host.method);
      },
      suggestion: () => this.side.take(Number(pressed.value)),
    };
    actions[name]?.();
  }

  /** @param {string} name */
  onChoice(name) {
    if (name === "method") {
      this.view = null;
      this.lay();
    }
    if (name === "colour") {
      this.host.recolour();
      this.lay();
    }
    this.sync();
  }

  /** @param {string} name @param {number} value */
  onSlide(name, value) {
    const { host } = this;
    if (name === "morph") this.goTo(value);
    if (name !== "k") return;
    host.state.k = value;
    host.changesKnown.clear();
    host.recolour();
    this.sync();
  }

  /** @param {string} name @param {string} value @param {HTMLInputElement | HTMLSelectElement} field */
  onSelect(name, value, field) {
    const { host } = this;
    if (name === "against") {
      this.side.against = value;
      this.side.show();
    } else if (name === "factor" || name === "under") {
      host.state[name] = value;
      host.recolour();
      this.lay();
    } else if (field instanceof HTMLInputElement) {
      const asked = Number(value);
      if (value && asked >= Number(field.min) && asked <= Number(field.max)) host.state[name] = asked;
      else field.value = String(host.state[name]);
      this.lay();
    }
    host.syncUrl();
  }

  keys() {
    return { " ": () => this.morph && this.play(!this.playing), 0: () => this.look(null) };
  }

  urlParams() {
    const { morph } = this.host.state;
    return { morph: morph ? String(morph) : "" };
  }
}
