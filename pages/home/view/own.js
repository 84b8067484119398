// Data that a visitor brings, at a glance: PCA, UMAP and a small autoencoder, each as soon as it is there.

import { get, isAbort, messageOf } from "../../shared/view/api.js";
import { blankCanvas, paint, weightPixel } from "../../shared/view/canvas.js";
import { classColours, css, packed } from "../../shared/view/colours.js";
import { placeTooltip, write } from "../../shared/view/controls.js";
import { find } from "../../shared/view/dom.js";
import { whole } from "../../shared/view/format.js";
import { drawGrey, fitGrey } from "../../shared/view/greys.js";
import { put, refresh } from "../../shared/view/html.js";
import { LatestRequest } from "../../shared/view/latest_request.js";
import { Maps } from "../../shared/view/maps_store.js";
import { reducedMotion } from "../../shared/view/motion.js";
import { placesOf } from "../../shared/view/places.js";
import { stopRun } from "../../shared/view/runs.js";
import { Shell } from "../../shared/view/shell.js";
import { queryWith } from "../../shared/view/url.js";
import { backNote, legendMarkup, mapWait, nextMarkup, ownMarkup, trainingWait } from "./own_markup.js";
import { Training } from "./own_training.js";
import { boxOf, drawPictures, pictureAt } from "./pictures.js";
import { PointMap } from "./point_map.js";

/** @typedef {import("../../shared/view/types.d.ts").Component<OwnData>} OwnComponent */
/** @typedef {import("../../shared/view/types.d.ts").Message} Message */
/** @typedef {import("../../shared/view/types.d.ts").PlaneMap} PlaneMap */
/** @typedef {import("./types.d.ts").OwnData} OwnData */
/** @typedef {import("./types.d.ts").Points} Points */

const INPUT = "pixels"; // key of the representation that is the data themselves
const PCA = { method: "pca", settings: {} };
const UMAP = { method: "umap", settings: {} };
const TRIES = 2; // of a map that is stopped by others
const PICTURE = 72; // CSS pixels of the example under the pointer
const STRIPS = 8; // rows of a table with their reconstructions, at most
const GAP = 6; // between strips

/** @param {Element} parent @param {OwnComponent} component */
export const mount = (parent, component) => OwnPlayer.mount(parent, component);

/** What the server knows of one data set, as long as it is looked at. */
export class Look {
  /** @param {OwnData} data @param {() => void} onChange */
  constructor({ api, checkpoint, version }, onChange) {
    this.closed = false;
    this.onChange = () => this.closed || onChange();
    this.base = `${api}/${checkpoint}`;
    this.version = version;
    this.maps = new Maps(this);
    this.training = new Training((path, query) => this.url(path, query), this.onChange);
    /** @type {Points | null} */
    this.points = null;
    this.tries = 0; // of UMAP
    this.asked = false; // for an autoencoder
  }

  /** @param {string} path @param {Record<string, string | number>} [query] */
  url(path, query = {}) {
    return `${this.base}/${path}?${queryWith("", { ...query, v: this.version })}`;
  }

  get pca() {
    return this.maps.of(INPUT, PCA);
  }

  get umap() {
    return this.maps.of(INPUT, UMAP);
  }

  /** Have UMAP computed, and after it the autoencoder trained: where runs wait for one another, it is the shorter one. */
  goOn() {
    const { umap, training } = this;
    if (umap.state === "absent" && this.tries < TRIES) this.compute();
    else if (!this.asked && (umap.id || ["ready", "failed", "absent", "refused"].includes(umap.state))) {
      this.asked = true;
      training.open();
    }
  }

  compute() {
    this.tries += 1;
    this.maps.compute(this.umap, UMAP);
  }

  /** Nobody looks any more: what was computed for that is not needed. */
  close() {
    if (this.closed) return;
    this.closed = true;
    this.training.close();
    this.leave();
  }

  leave() {
    const { state, id } = this.umap;
    if (state === "asked" && id) stopRun(id);
  }
}

/** @extends {Shell<OwnData>} */
export class OwnPlayer extends Shell {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root);
    /** @type {Look | null} */
    this.look = null;
    /** @type {Record<string, PointMap>} */
    this.views = {};
    /** @type {Map<string, unknown>} what each map shows */
    this.drawn = new Map();
    this.palette = new Uint32Array(0);
    this.hovered = { point: -1, view: /** @type {PointMap | null} */ (null) };
    this.examples = this.requests();
    this.listen(window, "pagehide", () => this.look?.leave());
    this.cleanups.push(() => {
      this.look?.close();
      this.examples.close();
    });
  }

  /** @override */
  open() {
    const { root, data } = this;
    this.look?.close();
    this.look = null;
    this.drawn.clear();
    put(root, ownMarkup(data));
    root.scrollIntoView({ block: data.checkpoint ? "start" : "nearest" });
    if (!data.checkpoint) return;
    for (const name of ["pca", "umap", "autoencoder"])
      this.views[name] = new PointMap(this.card(name), (point, view) => this.onHover(point, view));
    const look = new Look(data, () => this.onChange());
    this.look = look;
    this.fetchPoints(look);
    this.onChange();
    this.syncUrl();
  }

  /** @param {string} name */
  card(name) {
    return find(this.root, `[data-map="${name}"]`);
  }

  /** @param {Look} look */
  async fetchPoints(look) {
    try {
      const { header, planes } = await get(look.url("points"));
      const rows = Array.from(planes.rows.data, Number);
      const points = { n: header.n, test: header.test, rows, labels: planes.labels?.data ?? null };
      const colours = classColours(points.labels ? header.classes.length : 1, this.data.colours);
      this.palette = Uint32Array.from(rows, (_, i) => packed(colours[points.labels ? points.labels[i] : 0]));
      look.points = { ...points, classes: header.classes };
      if (points.labels) refresh(this.$("legend"), legendMarkup(header.classes, colours.map(css)));
      look.onChange();
    } catch (error) {
      if (!look.closed) this.showError(messageOf(error));
    }
  }

  // -- what has come --------------------------------------------------------------------------------

  onChange() {
    const { look } = this;
    if (!look || this.destroyed) return;
    this.showMap("pca", look.pca);
    this.showMap("umap", look.umap);
    this.showTraining(look);
    look.goOn();
    this.requestFrame();
  }

  /** @param {string} name @param {PlaneMap} map */
  showMap(name, map) {
    const points = this.look?.points;
    const ready = map.state === "ready" && Boolean(points);
    const share = map.explained;
    this.say(name, ready ? "ready" : map.state, share === null ? "" : `${Math.round(100 * share)}% of the variance`);
    const wait = find(this.card(name), '[data-part="wait"]');
    wait.hidden = ready;
    if (!ready) refresh(wait, mapWait(map.state === "ready" ? { ...map, state: "loading" } : map, name));
    else if (map.places && points)
      this.put(
        name,
        map.places,
        points.rows.map((_, i) => i),
      );
  }

  /** @param {Look} look */
  showTraining({ training, points }) {
    const { data } = this;
    const { codes, state, back } = training;
    const shown = Boolean(codes && points);
    const count = points && codes ? this.coded(points, codes.shape[0]).length : 0;
    const of = state === "ready" ? "" : `${whole(count)} test examples`;
    const error = back?.shape[1] === 1 ? training.error.replace("per image", "per row") : training.error;
    const note = [state === "asked" && training.progress, error, shown && of].filter(Boolean).join(" · ");
    this.say("autoencoder", state, shown ? note : "");
    const wait = find(this.card("autoencoder"), '[data-part="wait"]');
    const ended = state === "ended" || state === "none";
    wait.hidden = shown && !ended;
    if (!wait.hidden) refresh(wait, trainingWait(training, data.checkpoint));
    if (shown && codes && points)
      this.put(
        "autoencoder",
        placesOf(this.taken(codes.data, points, codes.shape[0])),
        this.coded(points, codes.shape[0]),
        codes,
      );
    this.$("back").hidden = state === "none";
    write(this.$("back-note"), backNote(back));
    if (back) this.drawBack(back);
    refresh(this.$("next"), nextMarkup(data.checkpoint, state === "ready" ? (training.run?.checkpoint ?? "") : ""));
  }

  /** The points that have a code: all, or the test examples of which the film has one. @param {Points} points @param {number} m codes */
  coded({ n, rows }, m) {
    return m === n ? rows.map((_, i) => i) : rows.flatMap((row, i) => (row < m ? [i] : []));
  }

  /** Their codes. @param {Float32Array} codes @param {Points} points @param {number} m */
  taken(codes, points, m) {
    if (m === points.n) return codes;
    return Float32Array.from(this.coded(points, m).flatMap(i => [0, 1].map(axis => codes[2 * points.rows[i] + axis])));
  }

  /** @param {string} name @param {string} state @param {string} note */
  say(name, state, note) {
    const card = this.card(name);
    card.dataset.state = state;
    write(find(card, '[data-part="note"]'), note);
  }

  /**
   * @param {string} name
   * @param {import("../../shared/view/types.d.ts").Places} places
   * @param {number[]} list
   * @param {unknown} [what] tells them from those before
   */
  put(name, places, list, what = places) {
    if (this.drawn.get(name) === what) return;
    this.drawn.set(name, what);
    this.views[name].show(places, Int32Array.from(list), this.palette);
  }

  /** @param {import("../../shared/view/types.d.ts").Plane} back pairs of an example and its reconstruction */
  drawBack({ data, shape: [count, height, width] }) {
    const canvas = this.$("strip", HTMLCanvasElement);
    if (height === 1) return this.drawStrips(canvas, data, width, Math.min(STRIPS, count / 2));
    const box = boxOf(canvas);
    const n = Math.min(Math.max(4, Math.floor((2 * box.width * height) / (box.height * width))), count / 2);
    const order = Array.from({ length: n }, (_, i) => 2 * i);
    const pictures = [...order, ...order.map(i => i + 1)].map(i => pictureAt(data, i, width * height));
    drawPictures(canvas, pictures, { width, height }, n);
  }

  /** Rows of numbers, zero at 128: a cell each. @param {HTMLCanvasElement} canvas @param {Uint8Array} data @param {number} d @param {number} n */
  drawStrips(canvas, data, d, n) {
    const { width, height } = boxOf(canvas);
    const context = blankCanvas(canvas, width, height);
    const [wide, high] = [width / n - GAP, (height - GAP) / 2];
    for (let i = 0; i < 2 * n; i++) {
      const values = Array.from(pictureAt(data, i, d), value => value - 128);
      const [x, y] = [Math.floor(i / 2) * (wide + GAP), (i % 2) * (high + GAP)];
      paint(context, d, 1, weightPixel(values, 127), x, y, wide, high);
    }
  }

  /** @override @param {number} now */
  draw(now) {
    return Object.values(this.views)
      .map(view => view.draw(now, reducedMotion()))
      .includes(true);
  }

  /** @override */
  redraw() {
    const back = this.look?.training.back;
    for (const view of Object.values(this.views)) view.dirty = true;
    if (back) this.drawBack(back);
    this.requestFrame();
  }

  // -- the example under the pointer ------------------------------------------------------------------

  requests() {
    return new LatestRequest(
      /** @param {number} point */ point => get(/** @type {Look} */ (this.look).url("example", { point })),
      (answer, point) => point === this.hovered.point && this.showExample(answer),
      error => isAbort(error) || this.hideTip(),
    );
  }

  /** @param {number} point @param {PointMap} view */
  onHover(point, view) {
    if (point === this.hovered.point && view === this.hovered.view) return;
    this.hovered = { point, view };
    for (const each of Object.values(this.views)) each.mark(point);
    if (point < 0) return this.hideTip();
    this.examples.request(point);
  }

  hideTip() {
    this.$("tip").hidden = true;
  }

  /** @param {Message} answer */
  showExample({ header, planes }) {
    const { look, root } = this;
    const { point, view } = this.hovered;
    if (!look?.points || !view) return;
    const { labels, classes, rows, test } = look.points;
    const tip = this.$("tip");
    tip.hidden = false;
    const canvas = find(tip, "canvas", HTMLCanvasElement);
    canvas.hidden = !planes.image;
    if (planes.image) {
      const [height, width] = planes.image.shape;
      fitGrey(canvas, { width, height }, PICTURE);
      drawGrey(canvas, planes.image.data, { width, height });
    }
    const row = rows[point];
    const name = row < test ? `test example ${row + 1}` : `training example ${row - test + 1}`;
    const words = header.words.join(" · ");
    find(tip, "span").textContent = [labels ? classes[labels[point]] : "", words || name].filter(Boolean).join(" · ");
    const own = root.getBoundingClientRect();
    const box = view.over.getBoundingClientRect();
    const { x, y } = view.spot(point);
    placeTooltip(tip, box.left - own.left + x, box.top - own.top + y + 12, own.width);
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** @override @param {string} name */
  onAction(name) {
    if (name === "umap") this.look?.compute();
    else if (name === "train") this.look?.training.begin();
  }

  /** @override */
  urlParams() {
    return { data: this.data.checkpoint };
  }
}
