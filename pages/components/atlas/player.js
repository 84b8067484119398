// @ts-nocheck: no types yet
// The atlas of codes: linked maps of the same points, what is chosen among them, a film of their training and a pad.

import { fit, greyPixel, paint, save } from "../gibbs/draw.js";
import { Easel } from "../gibbs/easel.js";
import { post } from "../gibbs/wire.js";
import { icon, write } from "../shared/controls.js";
import { html, put, refresh } from "../shared/html.js";
import { Chosen } from "./chosen.js";
import { classColours, packed, planeColour, SCALE } from "./colours.js";
import { Film } from "./film.js";
import { MapPanel } from "./map.js";
import {
  amount,
  askMarkup,
  classLegend,
  errorLegend,
  factorLegend,
  factorOptions,
  filmScores,
  markup,
  meaningOf,
  panelMarkup,
  placeLegend,
  scoresMarkup,
  tuneMarkup,
} from "./markup.js";
import { shapeOf } from "../shared/shapes.js";
import { Store } from "./store.js";

const MOST_MAPS = 4;
const LINK = 1500; // characters of a link that single points may take
const NEAR = ["pixels", "code", "off"];

export function mount(parent, component) {
  return new Player(parent.querySelector(".player"), component);
}

class Player {
  constructor(root, component) {
    this.root = root;
    this.cleanups = [];
    put(root, markup());
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    this.tool = "move";
    this.panels = [];
    this.selected = [];
    this.chosenFlags = null;
    this.focus = this.hover = -1;
    this.landing = null; // {code, places: {key: place}, image, text}
    this.chosen = new Chosen(this.$("chosen"), this);
    this.listen();
    this.readTheme();
    const observer = new ResizeObserver(() => this.redrawAll());
    observer.observe(root);
    this.cleanups.push(() => observer.disconnect());
    const theme = setInterval(() => this.readTheme() && this.recolour(), 1000); // it can change without any message
    this.cleanups.push(() => clearInterval(theme));
    this.update(component);
  }

  // Streamlit has sent data: another checkpoint starts afresh, but keeps what still has a meaning
  update({ data, setStateValue }) {
    this.tell = setStateValue;
    const before = this.data;
    this.data = data;
    if (before && before.checkpoint === data.checkpoint && before.version === data.version) return;
    const kept = before
      ? {
          split: this.state.split,
          points: this.state.points,
          colour: this.state.colour,
          factor: this.state.factor,
          show: this.state.show,
          near: this.state.near,
          ghost: this.state.ghost,
          maps: this.mapsText(),
        }
      : {};
    this.state = {
      size: 1,
      ...data.state,
      ...(before ? { pick: "", at: "", hide: [], probe: "", place1: "", place2: "", place3: "", place4: "" } : {}),
      ...kept,
    };
    this.open();
  }

  destroy() {
    this.stopped = true;
    cancelAnimationFrame(this.raf);
    clearTimeout(this.writing);
    clearInterval(this.waiting);
    this.store?.close();
    this.cleanups.splice(0).forEach(cleanup => cleanup());
  }

  // -- opening ------------------------------------------------------------------------------------

  async open() {
    this.store?.close();
    const { data, state } = this;
    const store = (this.store = new Store(data, state.split, state.points, what => this.came(what)));
    this.film = null;
    this.landing = null;
    this.selected = [];
    this.focus = this.hover = -1;
    this.hidden = new Set(state.hide);
    this.complain("");
    this.sayLoading();
    clearInterval(this.waiting);
    this.waiting = setInterval(() => this.sayLoading(), 1000);
    try {
      await store.load();
    } catch (error) {
      if (this.store === store) this.complain(error.message);
    }
    if (this.store !== store) return;
    clearInterval(this.waiting);
    this.$("loading").hidden = true;
  }

  // whether the points are here: before, every control but the choice of points is left alone
  get ready() {
    return Boolean(this.store?.n) && this.panels.length > 0;
  }

  // until they are: what is being done, and nothing that looks as if it could be used
  sayLoading() {
    const { root, store, state } = this;
    root.setAttribute("aria-busy", "true");
    for (const part of [...root.children, ...root.querySelectorAll(".controls > *")])
      part.inert = !part.matches(".error, .loading, .controls, .controls > :first-child");
    const line = this.$("loading");
    line.hidden = false;
    const which = { test: "held-out", train: "training", all: "held-out and training" }[state.split];
    const seconds = Math.round((performance.now() - store.began) / 1000);
    write(
      line,
      `Encoding up to ${Number(state.points).toLocaleString("en")} ${which} examples …${seconds > 1 ? ` ${seconds} s` : ""}`,
    );
    this.sync();
  }

  // something has come from the server
  came(what) {
    if (this.stopped) return;
    if (what.error) return this.complain(what.error.message);
    if (what === "points") this.build();
    if (what === "layout") this.layoutCame();
    if (what === "pictures" || what === "back" || what === "words") {
      this.chosen.show(this.selected, this.focus);
      if (this.tipOf) this.tipOf();
    }
    if (what === "film") this.filmCame();
    if (what === "net" && this.pointed) this.pointed.panel.point(this.pointed.at);
    if (what === "net" || what === "near" || what === "pictures" || what === "accuracy") this.redrawAll();
    this.wake();
  }

  build() {
    const { store, state } = this;
    this.root.removeAttribute("aria-busy");
    this.root.classList.add("built");
    this.root.querySelectorAll("[inert]").forEach(part => (part.inert = false));
    const names = store.maps.map(map => map.name);
    let maps = readMaps(state.maps, store.maps);
    const wanted = state.maps.split(",").filter(Boolean);
    const lacking = maps.length < Math.min(MOST_MAPS, wanted.length);
    if (lacking)
      this.complain(
        `Some of the maps that the link asks for (${wanted.slice(0, 8).join(", ").slice(0, 100)}) are not there for this model.`,
      );
    if (!maps.length) {
      const first = names.includes("code") ? "code" : "pca-code";
      maps = [first, "pca-pixels"].filter(name => names.includes(name)).map(name => ({ name, settings: {} }));
    }
    const views = [state.place1, state.place2, state.place3, state.place4].map(readView);
    this.classPalette = classColours(store.classes.length, this.data.colours);
    this.counts = new Array(store.classes.length).fill(0);
    if (store.labels) for (const label of store.labels) this.counts[label] += 1;
    const sorted = Float32Array.from(store.errors).sort();
    const at = q => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
    this.errorSpan = [at(0.02), at(0.98)];
    if (!store.labels && state.colour === "class") state.colour = "error";
    if (state.colour === "factor" && !this.factor) state.colour = store.labels ? "class" : "error";
    if (store.note) (state.split = store.split), this.complain(store.note);
    const factors = this.root.querySelector("[data-factor]");
    factors.hidden = !store.factors.length;
    put(factors, factorOptions(store.factors, state.factor));
    this.hidden = new Set([...this.hidden].filter(c => c < store.classes.length));
    this.chosenFlags = new Uint8Array(store.n);
    this.$("show").hidden = !store.size;
    write(this.root.querySelector('[data-choice="near"][value="pixels"]'), store.size ? "pixels" : "data");
    this.setMaps(maps, views);
    this.restore();
    this.buildPad();
    if (store.hasFilm && state.split !== "train" && names.includes("code"))
      store.fetchFilm().catch(error => this.complain(error.message));
    this.$("film").hidden = true;
    this.sync();
    this.remember();
  }

  setMaps(maps, views = []) {
    const box = this.$("maps");
    box.replaceChildren();
    box.dataset.count = maps.length;
    this.panels = maps.map((map, i) => {
      const section = document.createElement("section");
      section.className = "map card";
      section.dataset.map = i;
      put(section, panelMarkup(i, this.store.maps, map.name));
      box.append(section);
      const panel = new MapPanel(this, section);
      panel.show(map, views[i] ?? null);
      return panel;
    });
    this.recolour();
  }

  // what a link says is chosen, once the maps that it speaks of are there
  restore() {
    const { store, state } = this;
    const text = state.pick;
    if (text.startsWith("a:")) {
      const [, key, corners] = text.split("~");
      const panel = this.panels.find(p => Store.key(p.map) === key);
      const area = (corners ?? "").split("_").map(pair => pair.split("*").map(Number));
      if (!panel || area.length < 3 || !area.flat().every(Number.isFinite)) return;
      if (panel.entry.state === "ready") {
        this.pending = null;
        this.lists = null;
        this.choose(panel.within(area), -1, text);
      } else this.pending = () => this.restore();
    } else if (text.startsWith("q:")) this.search(text.slice(2));
    else if (text) {
      let row = 0;
      const [focus, rest] = text.includes("!") ? text.split("!") : ["", text];
      const rows = rest
        .split(".")
        .filter(Boolean)
        .map(part => (row += parseInt(part, 36)));
      const good = rows.filter(r => Number.isInteger(r) && r >= 0 && r < store.n);
      const f = parseInt(focus, 36);
      this.choose([...new Set(good)], Number.isInteger(f) && f < store.n ? f : -1);
    }
    const [key, x, y] = state.probe.split("~");
    if (key && Number.isFinite(+x) && Number.isFinite(+y)) this.wantedProbe = { key, place: [+x, +y] };
  }

  layoutCame() {
    this.pending?.();
    for (const panel of this.panels) {
      panel.told = "";
      panel.redraw();
    }
    if (this.state.colour === "place") this.recolour();
    if (this.landing) this.land(this.landing);
    if (!this.shown && this.panels.some(panel => panel.entry.state === "ready")) this.shown = "soon";
  }

  // -- what is drawn ------------------------------------------------------------------------------

  wake() {
    if (this.raf || this.stopped) return;
    this.raf = requestAnimationFrame(now => {
      this.raf = 0;
      this.beat(now);
    });
  }

  beat(now) {
    let more = false;
    if (this.film?.playing) {
      if (!this.film.advance(Math.min(100, now - this.last))) {
        this.film.playing = false;
        this.film.at = null;
        this.remember();
      }
      this.filmMoved();
      more = this.film.playing;
    }
    this.last = now;
    for (const panel of this.panels) more = panel.draw(now) || more;
    if (this.wantedProbe) this.restoreProbe();
    if (this.shown === "soon") {
      this.shown = "yes";
      this.store.fetchPictures(); // after the dots
      for (const panel of this.panels) this.store.net(panel.map.name);
      this.tell("shown", true);
      this.store.fetchAccuracy();
    } else if (this.shown === "yes") this.store.fetchPictures();
    if (more) this.wake();
  }

  redrawAll() {
    for (const panel of this.panels) panel.dirty = true;
    this.wake();
  }

  redrawOver() {
    for (const panel of this.panels) panel.overDirty = true;
    this.wake();
  }

  get filming() {
    return Boolean(this.film?.filming);
  }

  filmPlaces() {
    return this.film.places();
  }

  // rows to draw, by how: dim ones first; hidden classes are in none
  listsOf(panel) {
    if (!this.lists) this.lists = this.sortRows(null);
    if (!panel.filmed) return this.lists;
    return (this.filmLists ??= this.sortRows(this.film.inFilm));
  }

  sortRows(within) {
    const { store, hidden, selected, chosenFlags } = this;
    const any = selected.length > 0 && !(selected.length === 1 && this.focus >= 0);
    const dim = [],
      normal = [],
      chosen = [];
    for (let i = 0; i < store.n; i++) {
      if (within && !within[i]) continue;
      if (hidden.size && store.labels && hidden.has(store.labels[i])) continue;
      if (chosenFlags[i]) chosen.push(i);
      else if (any) dim.push(i);
      else normal.push(i);
    }
    return { dim: Int32Array.from(dim), normal: Int32Array.from(normal), chosen: Int32Array.from(chosen) };
  }

  shows(panel, row) {
    if (row < 0 || (this.hidden.size && this.store.labels && this.hidden.has(this.store.labels[row]))) return false;
    return !panel.filmed || this.film.inFilm[row] === 1;
  }

  relist() {
    this.lists = this.filmLists = null;
    this.redrawAll();
  }

  colourOf(row) {
    const { store } = this;
    if (this.state.colour === "class" && store.labels) return this.classPalette[store.labels[row]];
    const c = this.palette[row];
    return [c & 255, (c >> 8) & 255, (c >> 16) & 255];
  }

  get factor() {
    return this.store.factors?.find(({ name }) => name === this.state.factor);
  }

  // the colour of every point, as the dots' painter takes it
  recolour() {
    const { store, state } = this;
    if (!store.n) return;
    const palette = (this.palette = new Uint32Array(store.n));
    const first = this.panels[0]?.entry;
    this.shapes = null;
    if (state.colour === "class" && store.labels) {
      this.shapes = Uint8Array.from(store.labels, shapeOf);
      const bytes = this.classPalette.map(packed);
      for (let i = 0; i < store.n; i++) palette[i] = bytes[store.labels[i]];
    } else if (state.colour === "place" && first?.state === "ready") {
      const { left, right, bottom, top } = first.box;
      const bytes = Array.from({ length: 1024 }, (_, i) => packed(planeColour((i % 32) / 31, Math.floor(i / 32) / 31)));
      const step = (x, low, high) => Math.max(0, Math.min(31, Math.round((31 * (x - low)) / (high - low || 1))));
      for (let i = 0; i < store.n; i++)
        palette[i] = bytes[step(first.ys[i], bottom, top) * 32 + step(first.xs[i], left, right)];
    } else {
      const bytes = SCALE.map(packed);
      const values = state.colour === "factor" ? this.factor.values : store.errors;
      const [low, high] = (this.scaleSpan =
        state.colour === "factor"
          ? [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))]
          : this.errorSpan);
      for (let i = 0; i < store.n; i++)
        palette[i] = bytes[Math.max(0, Math.min(255, Math.round((255 * (values[i] - low)) / (high - low || 1))))];
    }
    this.paletteKey = `${state.colour} ${state.factor} ${this.panels[0] && Store.key(this.panels[0].map)} ${store.query} ${first?.state}`;
    this.legend();
    this.redrawAll();
  }

  legend() {
    const { store, state } = this;
    const box = this.$("legend");
    let shown;
    if (state.colour === "class" && store.labels)
      shown = classLegend(store.classes, this.counts, this.classPalette, this.hidden);
    else if (state.colour === "place")
      shown = placeLegend(store.maps.find(map => map.name === this.panels[0].map.name)?.title ?? "");
    else if (state.colour === "factor") shown = factorLegend(state.factor, ...this.scaleSpan);
    else
      shown = errorLegend(
        this.errorSpan[0],
        (this.errorSpan[0] + this.errorSpan[1]) / 2,
        this.errorSpan[1],
        this.filming,
      );
    const focused = box.getRootNode().activeElement?.dataset?.class;
    refresh(box, shown);
    if (focused !== undefined) box.querySelector(`[data-class="${focused}"]`)?.focus();
  }

  readTheme() {
    const style = getComputedStyle(this.root);
    const ink = style.getPropertyValue("--st-text-color").trim() || "#222";
    const ground = style.getPropertyValue("--st-background-color").trim() || "#fff";
    const accent = style.getPropertyValue("--st-primary-color").trim() || "#06c";
    if (ink === this.ink && ground === this.ground) return false;
    Object.assign(this, { ink, ground, accent, font: style.fontFamily });
    const hex = ink.match(/^#(..)(..)(..)$/);
    this.inkBytes = hex ? hex.slice(1).map(part => parseInt(part, 16)) : [128, 128, 128];
    this.drawFilm?.();
    return true;
  }

  // -- choosing -----------------------------------------------------------------------------------

  // these rows are chosen now; `focus` is the one whose neighbours are shown; `area` tells a link how it was done
  choose(rows, focus = -1, area = "") {
    if (rows.length && this.landing && !this.landing.drawn && !this.wantedProbe) this.dropLanding();
    this.selected = rows;
    this.focus = focus;
    this.area = area;
    this.chosenFlags.fill(0);
    for (const row of rows) this.chosenFlags[row] = 1;
    this.relist();
    this.chosen.show(rows, focus);
    this.remember();
  }

  click(row, adding) {
    if (!adding) return this.choose([row], row);
    const rows = this.selected.includes(row) ? this.selected.filter(r => r !== row) : [...this.selected, row];
    this.choose(rows, rows.includes(row) ? row : -1);
  }

  // a place without points: what the decoder draws there, and where that lies on the other maps
  clickEmpty(panel, at) {
    this.choose([]);
    const net = panel.filmed ? null : this.store.net(panel.map.name);
    if (net) this.probe(panel, panel.placeOf(at.x, at.y), net);
    else if (this.landing && !this.landing.drawn) this.dropLanding();
  }

  probe(panel, place, net) {
    const { store } = this;
    const grey = net.run(place);
    const key = Store.key(panel.map);
    this.land({ grey, text: "decoded", known: { [key]: place }, key, place });
    write(
      this.$("landed"),
      `The picture that the decoder draws at the place you clicked, and where it lands on the other maps.`,
    );
    this.paintAnswer(grey, store);
    this.remember();
  }

  restoreProbe() {
    const { key, place } = this.wantedProbe;
    const panel = this.panels.find(p => Store.key(p.map) === key);
    if (!panel) return void (this.wantedProbe = null);
    const net = this.store.net(panel.map.name);
    if (!net || !panel.frame) return;
    this.wantedProbe = null;
    this.probe(panel, place, net);
  }

  chooseArea(panel, area, adding) {
    const found = panel.within(area);
    const digits = x => String(Number(x.toPrecision(4)));
    const text = `a:~${Store.key(panel.map)}~${area.map(([x, y]) => `${digits(x)}*${digits(y)}`).join("_")}`;
    if (adding) this.choose([...new Set([...this.selected, ...found])]);
    else this.choose(found, -1, text);
  }

  focusOn(row) {
    this.focus = this.focus === row ? -1 : row;
    if (this.focus >= 0) this.panels.forEach(panel => panel.reveal(row));
    this.relist();
    this.chosen.show(this.selected, this.focus);
    this.remember();
  }

  nearOf() {
    const { near } = this.state;
    if (this.focus < 0 || near === "off") return null;
    return this.store.neighbours(this.focus)?.[near] ?? null;
  }

  search(text) {
    const { store } = this;
    const rows = [],
      missing = [];
    for (const part of text
      .split(/[,;]/)
      .map(t => t.trim())
      .filter(Boolean)) {
      const label = store.classes.findIndex(name => name.toLowerCase() === part.toLowerCase());
      const number = part.match(/^#?(\d+)$/)?.[1];
      if (label >= 0 && !part.startsWith("#") && store.labels) {
        for (let i = 0; i < store.n; i++) if (store.labels[i] === label) rows.push(i);
        this.hidden.delete(label);
      } else if (number !== undefined && store.rows.has(Number(number))) rows.push(store.rows.get(Number(number)));
      else missing.push(part);
    }
    this.complain(
      missing.length
        ? `Nothing here is called ${missing.map(m => `“${m}”`).join(", ")}: a label, or # and a number.`
        : "",
    );
    if (rows.length || !missing.length) this.choose(rows, rows.length === 1 ? rows[0] : -1, `q:${text}`);
    if (rows.length === 1) this.panels.forEach(panel => panel.reveal(rows[0]));
    this.legend();
  }

  hoverRow(row) {
    if (row === this.hover) return;
    this.hover = row;
    this.redrawOver();
  }

  // the pointer is over a map: a point, or a place between the points
  pointAt(panel, row, at) {
    this.hoverRow(row);
    this.pointed = { panel, at };
    panel.over.style.cursor = row >= 0 ? "pointer" : this.tool === "move" ? "grab" : "crosshair";
    if (row >= 0) return this.tipAt(panel, at, () => this.tipPoint(row));
    const net = panel.filmed || panel.base !== panel.entry ? null : this.store.net(panel.map.name);
    if (!net) return this.hideTip();
    const place = panel.placeOf(at.x, at.y);
    this.tipAt(panel, at, () => this.tipPlace(panel, net, place));
  }

  leave() {
    this.pointed = null;
    this.hoverRow(-1);
    this.hideTip();
  }

  tipAt(panel, at, fill) {
    this.tipOf = fill;
    const tip = this.$("tip");
    fill();
    tip.hidden = false;
    const root = this.root.getBoundingClientRect(),
      plane = panel.plane.getBoundingClientRect();
    const x = plane.left - root.left + at.x,
      y = plane.top - root.top + at.y;
    const w = tip.offsetWidth,
      h = tip.offsetHeight;
    const left = x + 18 + w > root.width ? x - w - 18 : x + 18;
    tip.style.transform = `translate(${Math.max(2, left)}px, ${Math.max(2, y - h - 10 < plane.top - root.top ? y + 18 : y - h - 10)}px)`;
  }

  hideTip() {
    this.tipOf = null;
    this.$("tip").hidden = true;
  }

  tipPoint(row) {
    const { store } = this;
    const label = store.labels ? html`<b>${store.classes[store.labels[row]]}</b> · ` : "";
    const grey = store.image(row),
      words = store.words.get(row);
    store.fetchWords([row]);
    const back = store.back.get(row);
    if (!back && store.size) {
      clearTimeout(this.backTimer);
      this.backTimer = setTimeout(() => this.store === store && this.hover === row && store.reconstruct([row]), 60);
    }
    this.fillTip(
      [
        [grey, "image"],
        [back, "from its code"],
      ],
      html`${label}number ${store.indices[row]} · error ${amount(store.errors[row])}${this.filming ? " (finished model)" : ""}${words ? html`<br>${words.join(" · ")}` : ""}`,
    );
  }

  tipPlace(panel, net, place) {
    const linear = panel.map.name === "pca-pixels" ? "PCA's picture of this place" : "decoded from this place";
    this.fillTip([[net.run(place), linear]], html`(${place.map(x => Number(x.toPrecision(3))).join(", ")})`);
  }

  fillTip(pictures, text) {
    const { store } = this;
    const tip = this.$("tip");
    const key = `${text}`;
    const side = 76,
      w = store.width ? Math.min(side, (side * store.width) / store.height) : 0;
    tip.querySelectorAll("figure").forEach((figure, i) => {
      figure.hidden = !store.size || !pictures[i];
      if (figure.hidden) return;
      const canvas = figure.querySelector("canvas"),
        [grey, words] = pictures[i];
      write(figure.querySelector("figcaption"), words);
      fit(canvas, w, (w * store.height) / store.width);
      if (grey)
        paint(canvas.getContext("2d"), store.width, store.height, greyPixel(grey), 0, 0, canvas.width, canvas.height);
      else if (canvas.dataset.key !== key) canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
      canvas.dataset.key = key;
    });
    refresh(tip.querySelector(":scope > span"), text);
  }

  // -- landing: a drawing, or what was decoded from a place ------------------------------------------

  // {grey, text, drawn, known}: find its places on all maps; the latest one wins
  async land(wanted) {
    const { store } = this;
    this.landing = { places: {}, ...this.landing, ...wanted, places: { ...wanted.known } };
    if (this.landing.image === undefined || wanted.grey)
      this.landing.image = this.stamp(wanted.grey ?? this.landing.grey);
    this.redrawOver();
    if (this.landingBusy) return void (this.landingNext = wanted);
    this.landingBusy = true;
    const { grey } = this.landing;
    const maps = this.panels.map(panel => panel.map);
    try {
      const { header, planes } = await post(
        `${this.data.api}/land`,
        { split: store.split, points: store.points, maps: maps.map(({ name, settings }) => ({ name, ...settings })) },
        { image: { type: "u8", shape: [store.height, store.width], data: Uint8Array.from(grey) } },
      );
      if (this.store === store && this.landing && this.landing.grey === grey) {
        maps.forEach((map, i) => {
          const found = header.places[i];
          if (found && !this.landing.known?.[Store.key(map)]) this.landing.places[Store.key(map)] = found.at;
        });
        if (this.landing.drawn) this.sayLanded(header, planes.back.data);
        this.redrawOver();
      }
    } catch (error) {
      this.complain(error.message);
    }
    this.landingBusy = false;
    const next = this.landingNext;
    this.landingNext = null;
    if (next && this.landing && !this.stopped) this.land(next);
  }

  dropLanding() {
    this.landing = null;
    this.state.probe = "";
    write(this.$("landed"), "Draw, and see where it lands on every map.");
    const answer = this.$("answer");
    answer.getContext("2d").clearRect(0, 0, answer.width, answer.height);
    this.redrawOver();
    this.remember();
  }

  sayLanded(header, back) {
    this.paintAnswer(back, this.store);
    const [low, high] = this.errorSpan;
    const like =
      header.error > high
        ? "more than nearly all of its images: it has not seen the like"
        : header.error < low
          ? "less than nearly all of its images"
          : `most of its images have ${amount(low)} to ${amount(high)}`;
    write(
      this.$("landed"),
      `Error ${amount(header.error)} (${like}). On UMAP and t-SNE, which have no formula, it lies among its nearest neighbours.`,
    );
  }

  marks(panel) {
    const place = this.landing?.places?.[Store.key(panel.map)];
    if (!place || panel.filmed) return [];
    const { image, text } = this.landing;
    return [
      {
        place,
        image,
        text,
        width: this.store.width,
        height: this.store.height,
        ground: this.ground,
        ink: this.ink,
        font: this.font,
      },
    ];
  }

  stamp(grey) {
    const canvas = document.createElement("canvas");
    const { width, height } = this.store;
    canvas.width = width;
    canvas.height = height;
    paint(canvas.getContext("2d"), width, height, greyPixel(grey), 0, 0, width, height);
    return canvas;
  }

  paintAnswer(grey, { width, height }) {
    const canvas = this.$("answer");
    fit(canvas, 130, (130 * height) / width);
    paint(canvas.getContext("2d"), width, height, greyPixel(grey), 0, 0, canvas.width, canvas.height);
  }

  buildPad() {
    const { store } = this;
    this.$("pad").hidden = !store.size;
    if (!store.size) return;
    const old = this.$("easel");
    const canvas = old.cloneNode(); // without the listeners of another checkpoint's
    old.replaceWith(canvas);
    this.easel = new Easel(canvas, { width: store.width, height: store.height, binary: false }, () => {
      this.easel.draw(null, 130);
      this.drawingChanged();
    });
    this.easel.tool = "draw";
    canvas.addEventListener("pointermove", () => this.easel.draw(null, 130));
    canvas.addEventListener("pointerleave", () => this.easel.draw(null, 130));
    this.easel.draw(null, 130);
    const answer = this.$("answer");
    fit(answer, 130, (130 * store.height) / store.width);
    answer.getContext("2d").clearRect(0, 0, answer.width, answer.height);
    write(this.$("landed"), "Draw, and see where it lands on every map.");
  }

  drawingChanged() {
    if (!this.store.size) return; // the pad is that of the points before
    if (!this.easel.drawing.some(x => x)) return this.dropLanding();
    this.state.probe = "";
    if (this.filming) this.seek(null); // what is drawn lands on the finished model's map
    this.land({
      grey: this.store.glyphs ? this.centred(this.easel.drawing) : Uint8Array.from(this.easel.drawing),
      text: "yours",
      drawn: true,
      known: null,
    });
  }

  // moved so that its ink is centred, as the digits that the model knows are
  centred(grey) {
    const { width: w, height: h } = this.store;
    let x = 0,
      y = 0,
      sum = 0;
    grey.forEach((v, i) => ((x += v * (i % w)), (y += v * Math.floor(i / w)), (sum += v)));
    const dx = Math.round((w - 1) / 2 - x / sum),
      dy = Math.round((h - 1) / 2 - y / sum);
    const out = new Uint8Array(w * h);
    for (let i = 0; i < h; i++)
      for (let j = 0; j < w; j++) {
        const a = i - dy,
          b = j - dx;
        if (a >= 0 && b >= 0 && a < h && b < w) out[i * w + j] = grey[a * w + b];
      }
    return out;
  }

  // -- the film -----------------------------------------------------------------------------------

  filmCame() {
    const { store, state } = this;
    this.film = new Film(store.film, store);
    this.$("film").hidden = false;
    const scrub = this.$("scrub");
    scrub.max = this.film.T - 1;
    const [frame] = state.at === "" ? [NaN] : [Number(state.at)];
    if (frame >= 0 && frame <= this.film.T - 1) this.film.at = frame;
    this.filmMoved();
    this.relist();
  }

  filmMoved() {
    const { film } = this;
    if (!film) return;
    if (film.filming !== this.wasFilming) {
      this.wasFilming = film.filming;
      this.lists = this.filmLists = null;
      this.legend();
    }
    this.chosen.show(this.selected, this.focus);
    for (const panel of this.panels) if (panel.map.name === "code") panel.dirty = true;
    const scrub = this.$("scrub");
    scrub.value = film.at ?? film.T - 1;
    scrub.setAttribute("aria-valuetext", film.words());
    write(this.$("frame"), film.words());
    const play = this.root.querySelector('[data-do="play"]');
    const shown = film.playing ? "pause" : "play";
    if (play.dataset.shown !== shown) {
      play.dataset.shown = shown;
      put(play, icon(shown));
    }
    this.root.querySelector('[data-do="finish"]').setAttribute("aria-pressed", String(!film.filming));
    this.drawFilm();
    this.wake();
  }

  drawFilm() {
    const canvas = this.$("curve");
    const width = canvas?.parentElement?.clientWidth ?? 0;
    const quiet = getComputedStyle(this.root).getPropertyValue("color");
    if (this.film && width) this.film.draw(canvas, { quiet, accent: this.accent, font: this.font }, width);
  }

  seek(at) {
    if (!this.film) return;
    this.film.playing = false;
    this.film.at = at === null ? null : Math.max(0, Math.min(this.film.T - 1, at));
    this.filmMoved();
    this.remember();
  }

  // to the kept epoch before or after
  stepFilm(by) {
    const { film } = this;
    if (film) this.seek((by < 0 ? Math.ceil : Math.floor)(film.at ?? film.T - 1) + by);
  }

  play() {
    const { film } = this;
    if (!film) return;
    film.playing = !film.playing;
    if (film.playing && (film.at === null || film.at >= film.T - 1)) film.at = 0;
    this.last = performance.now();
    this.hideTip();
    this.filmMoved();
    if (!film.playing) this.remember();
  }

  // -- words and controls -----------------------------------------------------------------------------

  // its scores: those of the film's epoch where that is shown, else of the full space and of the map
  scoresOf(panel, entry) {
    const { store, film } = this;
    if (panel.filmed)
      return filmScores(
        film,
        store.labels,
        film.inFilm.reduce((sum, x) => sum + x, 0),
      );
    const [, space] = panel.map.name.split("-");
    const units = { images: "pixels", documents: "word counts", rows: "columns" }[store.kind];
    const words =
      space === "code" ? `the code’s ${store.dim} numbers` : `all ${store.numbers.toLocaleString("en")} ${units}`;
    const own = space && store.accuracy ? { words, value: store.accuracy[space] ?? NaN, n: store.accuracy.n } : null;
    const stale = this.filming && (space ?? "code") === "code" ? film.epoch : null;
    return scoresMarkup(entry.scores, store.n, store.split, own, stale);
  }

  // what stands around a map: its scores, or what it would cost
  describe(panel, entry, base) {
    const { store } = this;
    const ask = panel.$("ask");
    const ready = entry.state === "ready";
    ask.hidden = ready;
    const focused = ask.contains(ask.getRootNode().activeElement);
    if (!ready) put(ask, askMarkup(entry, base, store.n));
    if (focused && !ready) ask.querySelector("button")?.focus({ preventScroll: true });
    put(panel.$("scores"), ready ? this.scoresOf(panel, entry) : html``);
    const rules = store.maps.find(map => map.name === panel.map.name)?.settings ?? {};
    const tune = panel.element.querySelector('[data-do="tune"]');
    tune.hidden = !Object.keys(rules).length;
    const form = panel.$("tune");
    if (tune.hidden) form.hidden = true;
    if (form.dataset.of !== entry.key) {
      form.dataset.of = entry.key;
      put(form, tuneMarkup(rules, panel.map.settings));
    }
    const title = store.maps.find(map => map.name === panel.map.name)?.title ?? panel.map.name;
    panel.over.setAttribute("aria-label", `${title}, ${store.n.toLocaleString("en")} points: drag, zoom, click points`);
  }

  complain(text) {
    const box = this.$("error");
    box.hidden = !text;
    write(box, text);
  }

  sync() {
    const { state, root } = this;
    for (const name of ["colour", "show", "near"])
      root
        .querySelectorAll(`[data-choice="${name}"]`)
        .forEach(b => b.setAttribute("aria-pressed", String(b.value === state[name])));
    root
      .querySelectorAll('[data-choice="tool"]')
      .forEach(b => b.setAttribute("aria-pressed", String(b.value === this.tool)));
    root
      .querySelectorAll('[data-choice="pen"]')
      .forEach(b => b.setAttribute("aria-pressed", String(b.value === this.easel?.tool)));
    root.querySelectorAll("[data-pick]").forEach(s => (s.value = state[s.dataset.pick]));
    const classes = root.querySelector('[data-choice="colour"][value="class"]');
    classes.disabled = Boolean(this.store.n) && !this.store.labels;
    const ghost = this.$("ghost");
    ghost.setAttribute("aria-pressed", String(state.ghost === "on"));
    ghost.disabled = ghost.hidden = this.store.maps.length > 0 && !this.store.maps.some(map => map.decodes);
    root.querySelector('[data-do="add"]').disabled = this.panels.length >= MOST_MAPS;
    root.querySelectorAll('[data-do="remove"]').forEach(b => (b.hidden = this.panels.length <= 1));
    for (const { over } of this.panels) {
      over.style.cursor = this.tool === "move" ? "grab" : "crosshair";
      over.style.touchAction = this.tool === "move" ? "pan-x pan-y" : "none"; // a finger draws the box or the loop
    }
  }

  set(name, value) {
    const { state } = this;
    if (name === "tool") this.tool = value;
    else if (name === "pen") this.easel && (this.easel.tool = value);
    else state[name] = value;
    if (name === "colour") this.recolour();
    this.root.querySelector("[data-factor]").value = state.colour === "factor" ? state.factor : "";
    if (name === "show" || name === "ghost") this.redrawAll();
    if (name === "near") this.redrawOver();
    this.sync();
    this.remember();
  }

  toggleClass(c) {
    if (this.hidden.has(c)) this.hidden.delete(c);
    else this.hidden.add(c);
    if (this.hidden.size >= this.counts.filter(Boolean).length) this.hidden.clear();
    this.afterHiding();
  }

  isolate(c) {
    const all = this.counts.map((n, i) => (n ? i : -1)).filter(i => i >= 0);
    const alone = !this.wasHidden?.has(c) && all.every(i => i === c || this.wasHidden?.has(i));
    this.hidden = new Set(alone ? [] : all.filter(i => i !== c));
    this.afterHiding();
  }

  afterHiding() {
    this.legend();
    this.relist();
    this.remember();
  }

  addMap() {
    const here = this.panels.map(panel => panel.map.name);
    const next = this.store.maps.find(map => !here.includes(map.name)) ?? this.store.maps[0];
    this.setMaps(
      [...this.panels.map(panel => panel.map), { name: next.name, settings: {} }],
      this.panels.map(panel => panel.view),
    );
    this.sync();
    this.remember();
  }

  removeMap(i) {
    const kept = this.panels.filter((_, j) => j !== i);
    this.setMaps(
      kept.map(panel => panel.map),
      kept.map(panel => panel.view),
    );
    this.sync();
    this.remember();
  }

  showMap(panel, name, settings) {
    panel.show({ name, settings });
    panel.told = "";
    if (panel === this.panels[0] && this.state.colour === "place") this.recolour();
    if (this.landing) this.land({});
    this.wake();
    this.remember();
  }

  async savePanel(panel) {
    if (panel.current) save(await panel.picture(), `${this.data.checkpoint}-${panel.map.name}.png`);
  }

  moved() {
    this.hideTip();
    this.remember();
  }

  // -- the link ---------------------------------------------------------------------------------------

  mapsText() {
    if (!this.panels.length) return this.state.maps;
    return this.panels
      .map(({ map }) => [map.name, ...Object.entries(map.settings).map(([k, v]) => `${k}=${v}`)].join(":"))
      .join(",");
  }

  pickText() {
    if (!this.selected.length) return "";
    let before = 0;
    const rows = [...this.selected].sort((a, b) => a - b);
    const text = rows
      .map(row => {
        const d = row - before;
        before = row;
        return d.toString(36);
      })
      .join(".");
    const focus = this.focus >= 0 ? `${this.focus.toString(36)}!` : "";
    if (focus.length + text.length <= LINK) return focus + text;
    return this.area.length <= LINK * 1.5 ? this.area : "";
  }

  // put what is shown into the address, not more often than browsers like
  remember() {
    clearTimeout(this.writing);
    this.writing = setTimeout(() => {
      const { state, data } = this;
      if (!this.store?.n) return;
      const view = panel =>
        panel?.view ? [panel.view.x, panel.view.y, panel.view.zoom].map(x => Number(x.toPrecision(7))).join(",") : "";
      const landing = this.landing && !this.landing.drawn ? this.landing : null;
      const now = {
        checkpoint: data.checkpoint,
        split: state.split === "test" ? "" : state.split,
        points: state.points === "10000" ? "" : state.points,
        maps: this.mapsText(),
        colour: state.colour === "class" ? "" : state.colour,
        factor: state.colour === "factor" ? state.factor : "",
        show: state.show === "auto" ? "" : state.show,
        near: state.near === "pixels" ? "" : state.near,
        ghost: state.ghost === "on" ? "on" : "",
        ...Object.fromEntries([0, 1, 2, 3].map(i => [`place${i + 1}`, view(this.panels[i])])),
        pick: this.pickText(),
        hide: [...this.hidden].join("."),
        at: this.film?.filming && !this.film.playing ? String(Number(this.film.at.toFixed(2))) : "",
        probe: landing?.key ? [landing.key, ...landing.place.map(x => Number(x.toPrecision(4)))].join("~") : "",
      };
      const query = new URLSearchParams(location.search);
      for (const [name, value] of Object.entries(now))
        if (value === "") query.delete(name);
        else query.set(name, value);
      const text = query
        .toString()
        .replaceAll("%2C", ",")
        .replaceAll("%3A", ":")
        .replaceAll("%7E", "~")
        .replaceAll("%21", "!");
      history.replaceState(history.state, "", text ? `${location.pathname}?${text}` : location.pathname);
    }, 300);
  }

  // -- hands --------------------------------------------------------------------------------------------

  listen() {
    const { root } = this;
    const panelOf = element => this.panels[Number(element.closest("[data-map]")?.dataset.map ?? -1)];
    const actions = {
      ghost: () => this.set("ghost", this.state.ghost === "on" ? "off" : "on"),
      help: b => b.setAttribute("aria-expanded", String(!(this.$("help").hidden = !this.$("help").hidden))),
      add: () => this.addMap(),
      clear: () => this.choose([]),
      more: () => this.chosen.more(),
      play: () => this.play(),
      "film-back": () => this.stepFilm(-1),
      "film-on": () => this.stepFilm(1),
      finish: () => this.seek(null),
      wipe: () => {
        if (!this.easel) return;
        this.easel.drawing.fill(0);
        this.easel.draw(null, 130);
        this.dropLanding();
      },
      "show-all": () => {
        this.hidden.clear();
        this.afterHiding();
      },
      fit: b => panelOf(b).fitAll(),
      "zoom-in": b => panelOf(b).zoomBy(1.3),
      "zoom-out": b => panelOf(b).zoomBy(1 / 1.3),
      png: b => this.savePanel(panelOf(b)),
      remove: b => this.removeMap(Number(b.closest("[data-map]").dataset.map)),
      compute: b => this.store.compute(panelOf(b).entry),
      halt: b => this.store.stop(panelOf(b).entry),
      tune: b => b.setAttribute("aria-expanded", String(!(panelOf(b).$("tune").hidden = !panelOf(b).$("tune").hidden))),
    };
    // what was pressed with the pointer gives the keyboard back to the player; what was reached by Tab keeps it
    let byKeys = false;
    root.addEventListener("keydown", () => void (byKeys = true), true);
    root.addEventListener("pointerdown", () => void (byKeys = false), true);
    root.addEventListener("click", event => {
      const b = event.target.closest("button");
      if (!b || !this.ready) return;
      if (!byKeys && b.isConnected) root.focus({ preventScroll: true });
      if (b.type !== "submit") actions[b.dataset.do]?.(b);
      if (b.dataset.choice) this.set(b.dataset.choice, b.value);
      if (b.dataset.class !== undefined) {
        if (event.detail === 1 || event.detail === 0) this.wasHidden = new Set(this.hidden);
        if (event.detail === 2) this.isolate(Number(b.dataset.class));
        else if (event.detail < 2)
          event.shiftKey ? this.isolate(Number(b.dataset.class)) : this.toggleClass(Number(b.dataset.class));
      }
      if (b.dataset.score) {
        const meaning = b.parentElement.querySelector('[data-part="meaning"]');
        const same = b.getAttribute("aria-expanded") === "true";
        b.parentElement.querySelectorAll("[data-score]").forEach(other => other.setAttribute("aria-expanded", "false"));
        b.setAttribute("aria-expanded", String(!same));
        meaning.hidden = same;
        write(meaning, meaningOf(b.dataset.score));
      }
    });
    root.addEventListener("change", event => {
      const { target } = event;
      if (target.dataset.pick) {
        this.state[target.dataset.pick] = target.value;
        Object.assign(this.state, {
          maps: this.mapsText(),
          pick: "",
          at: "",
          probe: "",
          hide: [...this.hidden],
          place1: "",
          place2: "",
          place3: "",
          place4: "",
        });
        this.open();
      }
      if (target.hasAttribute("data-factor") && this.ready) {
        this.state.factor = target.value;
        this.set("colour", target.value ? "factor" : this.store.labels ? "class" : "error");
      }
      if (target.hasAttribute("data-map-name") && this.ready) this.showMap(panelOf(target), target.value, {});
    });
    root.addEventListener("submit", event => {
      event.preventDefault();
      if (!this.ready) return;
      if (event.target === this.$("search")) return this.search(this.$("query").value);
      const panel = panelOf(event.target);
      const rules = this.store.maps.find(map => map.name === panel.map.name).settings;
      const settings = {};
      event.target.querySelectorAll("[data-setting]").forEach(field => {
        const value = Number(field.value),
          name = field.dataset.setting;
        if (field.value !== "" && value !== rules[name][2]) settings[name] = value;
      });
      this.showMap(panel, panel.map.name, settings);
    });
    this.$("query").addEventListener("search", () => this.$("query").value || !this.selected.length || this.choose([]));
    this.$("scrub").addEventListener("input", event => this.seek(Number(event.target.value)));
    const curve = this.$("curve");
    const drag = event =>
      this.film && this.seek(this.film.placeAt(event.clientX - curve.getBoundingClientRect().left, curve.clientWidth));
    curve.addEventListener("pointerdown", event => {
      curve.setPointerCapture(event.pointerId);
      this.dragging = true;
      drag(event);
    });
    curve.addEventListener("pointermove", event => this.dragging && drag(event));
    for (const end of ["pointerup", "pointercancel"]) curve.addEventListener(end, () => (this.dragging = false));
    root.addEventListener("keydown", event => this.key(event));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.ready) return;
    if (event.target.matches?.("input, select, textarea") && event.target.type !== "range") return;
    const actions = {
      d: () => this.set("ghost", this.state.ghost === "on" ? "off" : "on"),
      v: () => this.set("tool", "move"),
      b: () => this.set("tool", "box"),
      l: () => this.set("tool", "lasso"),
      n: () => this.set("near", NEAR[(NEAR.indexOf(this.state.near) + 1) % 3]),
      "?": () => this.root.querySelector('[data-do="help"]').click(),
      Escape: () => {
        this.choose([]);
        this.dropLanding();
      },
      "[": () => this.stepFilm(-1),
      "]": () => this.stepFilm(1),
    };
    if (event.key === " " && !event.target.matches?.("button")) actions[" "] = () => this.play();
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }
}

// `code,umap-pixels:n_neighbors=30` as maps, leaving out what is not there
function readMaps(text, known) {
  const found = [];
  for (const part of text.split(",").filter(Boolean)) {
    const [name, ...pairs] = part.split(":");
    const map = known.find(m => m.name === name);
    if (!map) continue;
    const settings = {};
    for (const [key, value] of pairs.map(pair => pair.split("="))) {
      const rule = map.settings[key];
      if (rule && value !== "" && Number(value) >= rule[0] && Number(value) <= rule[1] && Number(value) !== rule[2])
        settings[key] = Number(value);
    }
    found.push({ name, settings });
  }
  return found.slice(0, MOST_MAPS);
}

function readView(text) {
  const [x, y, zoom] = text.split(",").map(Number);
  return text && [x, y, zoom].every(Number.isFinite) && zoom > 0
    ? { x, y, zoom: Math.min(4000, Math.max(0.2, zoom)) }
    : null;
}
