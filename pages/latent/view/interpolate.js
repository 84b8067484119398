// From A to B along several paths on one time bar: pixels, linear codes, a deterministic autoencoder, the latent space.

import { messageOf, postForBlob } from "../../shared/view/api.js";
import { setPlaying, write } from "../../shared/view/controls.js";
import { find, findAll, part } from "../../shared/view/dom.js";
import { download } from "../../shared/view/download.js";
import { put } from "../../shared/view/html.js";
import { EndPad } from "./end_pad.js";
import { End, usualRows } from "./ends.js";
import { interpolateMarkup } from "./interpolate_markup.js";
import { mix, slerp } from "./maths.js";
import { loadDecoder } from "./model.js";
import { COLOURS, PathRows } from "./path_rows.js";
import { pathsBetween } from "./paths.js";
import { blit } from "./readout.js";
import { frameTimes, shareOf, timeAfter, timeAt } from "./time_bar.js";

/** @typedef {import("./player.js").LatentView} LatentView */
/** @typedef {import("./plane.js").Plane} Plane */
/** @typedef {import("./paths.js").DeepModel} DeepModel */
/** @typedef {import("./paths.js").Ready} Ready */
/** @typedef {import("./end_pad.js").Which} Which */

const SECONDS = 2.2; // from A to B at speed 1
const SIDE = 58; // of the pictures of A and B

/** @param {string} text @returns {Which} */
const whichOf = text => (text.endsWith("b") ? "b" : "a");

export class Interpolate {
  static name = "interpolate";
  static title = "Interpolate";
  static hint = "From one image to another, along up to five paths at once";

  /**
   * @param {LatentView} host
   * @param {HTMLElement} root
   * @param {Pick<Interpolate, "ends" | "t" | "deep">} [before]
   */
  constructor(host, root, before) {
    this.host = host;
    this.root = root;
    const { state, space } = host;
    this.usual = usualRows(space.own);
    /** @type {Record<Which, End>} */
    this.ends = before?.ends ?? { a: this.readEnd("a"), b: this.readEnd("b") };
    /** @type {number} from 0 at A to 1 at B */
    this.t = before?.t ?? state.t;
    /** @type {DeepModel | null} */
    this.deep = before?.deep ?? null;
    /** @type {{ a: Ready, b: Ready } | null} null while a code is on its way */
    this.between = null;
    this.playing = false;
    this.backwards = false;
    this.watching = false; // the large picture shows the place between A and B
    /** @type {Which | null} the end that the next click on the map belongs to */
    this.armed = null;
    this.destroyed = false;
    put(root, interpolateMarkup(space.own, state));
    this.pad = new EndPad(host, part(root, "pad"), (which, end) => {
      this.ends[which] = end;
      this.build();
      this.host.syncUrl();
    });
    this.rows = new PathRows(host, part(root, "rows"));
    part(root, "scrub", HTMLInputElement).addEventListener("input", event =>
      this.seek(Number(/** @type {HTMLInputElement} */ (event.target).value)),
    );
    this.listenToStrips();
    this.build();
    if (!this.deep && host.data.deep) this.fetchDeep(host.data.deep);
  }

  destroy() {
    this.playing = false;
    this.destroyed = true;
  }

  // -- the ends -----------------------------------------------------------------------------------

  /** @param {Which} which */
  readEnd(which) {
    const text = this.host.state[which];
    const end = End.read(text, this.host.space.own);
    if (text && !end)
      this.host.showError(`The link's end ${which.toUpperCase()} does not exist for this model: another is used.`);
    return end ?? new End({ row: this.usual[which] });
  }

  /** Ends or paths have changed. */
  build() {
    if (this.destroyed) return; // an answer that came after the tab was left, or for the model before this one
    const { host, ends } = this;
    const a = ends.a.resolve(host, this.deep, () => this.build());
    const b = ends.b.resolve(host, this.deep, () => this.build());
    this.between = a && b && { a, b };
    this.rows.show(
      a && b ? pathsBetween(a, b, host.space.model, this.deep) : [],
      [ends.a.row, ends.b.row].filter(row => row >= 0),
    );
    for (const which of /** @type {Which[]} */ (["a", "b"]))
      write(part(this.root, `words-${which}`), ends[which].words(host.space.own));
    host.redrawOver();
  }

  onPictures() {
    this.build();
  }

  /** @param {{ name: string, version: string, title: string }} deep */
  async fetchDeep({ name, version, title }) {
    const url = `${this.host.data.api}/${encodeURIComponent(name)}`;
    try {
      this.deep = { url, title, net: await loadDecoder(url, version, () => this.build()) };
      this.build();
    } catch (error) {
      this.host.showError(messageOf(error));
    }
  }

  /** @param {Which} which @param {End} end */
  setEnd(which, end) {
    this.ends[which] = end;
    this.arm(null);
    this.build();
    this.host.syncUrl();
  }

  swap() {
    this.ends = { a: this.ends.b, b: this.ends.a };
    this.build();
    this.host.syncUrl();
  }

  /** A click on the map belongs to the end that waits for it. @param {number} row @param {Float32Array} z */
  takesClick(row, z) {
    if (!this.armed) return false;
    this.setEnd(this.armed, new End(row >= 0 ? { row } : { z }));
    return true;
  }

  /** @param {Which | null} which */
  arm(which) {
    this.armed = which;
    this.press("arm", which);
  }

  /** Open the pad for an end, or close it: for the one that it is open for, and for none. @param {Which | null} which */
  draws(which) {
    const next = which === this.pad.which ? null : which;
    this.pad.open(next, next && this.ends[next].bytes);
    this.press("draw", next);
  }

  /** Of the buttons with a name, only the one of this end is pressed. @param {string} name @param {Which | null} which */
  press(name, which) {
    for (const button of findAll(this.root, `[data-do="${name}"]`, HTMLButtonElement))
      button.setAttribute("aria-pressed", String(button.value === which));
  }

  /** @param {Which} which */
  chooseAtRandom(which) {
    const { own } = this.host.space;
    const [select] = findAll(this.root, `[data-pick="class-${which}"]`, HTMLSelectElement);
    const label = select?.value ?? "";
    const among = label === "" ? Array.from({ length: own.n }, (_, i) => i) : own.rowsOf(Number(label));
    const others = among.filter(row => row !== this.ends[which].row);
    const rows = others.length ? others : among;
    this.setEnd(which, new End({ row: rows[Math.floor(Math.random() * rows.length)] }));
  }

  // -- what is drawn ------------------------------------------------------------------------------

  onDrag() {
    this.watching = this.playing;
  }

  onTheme() {
    this.rows.dirty = true;
  }

  lookedAt() {
    const { between } = this;
    return this.watching && between
      ? { z: mix(between.a.z, between.b.z, this.t), what: "between A and B, straight" }
      : null;
  }

  /** @param {number} _now @param {number} elapsed */
  advance(_now, elapsed) {
    if (!this.playing) return false;
    const { turn, speed } = this.host.state;
    const { t, backwards, ended } = timeAfter(this.t, this.backwards, (elapsed / 1000 / SECONDS) * Number(speed), turn);
    Object.assign(this, { t, backwards, playing: !ended, watching: true });
    if (ended) this.host.syncUrl();
    this.host.plane.overDirty = true;
    return this.playing;
  }

  draw() {
    const { host, ends, root } = this;
    if (!ends.a.back || !ends.b.back) this.build(); // they were on their way from the server
    for (const which of /** @type {Which[]} */ (["a", "b"]))
      if (ends[which].grey)
        blit(find(root, `[data-end="${which}"] canvas`, HTMLCanvasElement), ends[which].grey, host.space.own, SIDE);
    this.rows.draw(this.t);
    root.style.setProperty("--t", String(shareOf(this.t)));
    this.drawTransport();
    return this.playing;
  }

  drawTransport() {
    const { root, t } = this;
    const scrub = part(root, "scrub", HTMLInputElement);
    if (Number(scrub.value) !== t) scrub.value = String(t);
    write(part(root, "frame"), `t = ${t.toFixed(2)}${this.rows.voteWords(t)}`);
    for (const lengths of findAll(root, '[data-part="lengths"]')) write(lengths, this.rows.lengths);
    setPlaying(root, this.playing);
    write(find(root, '[data-do="gif"]'), `GIF, ${this.times.length} frames`);
  }

  /** @param {Plane} plane @param {CanvasRenderingContext2D} context */
  drawMarks(plane, context) {
    if (!this.between) return;
    const { a, b } = this.between;
    const times = Array.from({ length: 49 }, (_, i) => i / 48);
    plane.path(
      context,
      times.map(t => slerp(a.z, b.z, t)),
      COLOURS.sphere,
      [6, 4],
    );
    plane.path(
      context,
      times.map(t => mix(a.z, b.z, t)),
      COLOURS.straight,
    );
    plane.disc(context, slerp(a.z, b.z, this.t), COLOURS.sphere);
    plane.disc(context, mix(a.z, b.z, this.t), COLOURS.straight, 5.5);
    plane.label(context, a.z, "A", COLOURS.a);
    plane.label(context, b.z, "B", COLOURS.b);
  }

  // -- hands --------------------------------------------------------------------------------------

  play() {
    this.playing = !this.playing;
    if (this.playing && this.host.state.turn === "once" && this.t >= 1) this.t = 0;
    this.watching = true;
    if (!this.playing) this.host.syncUrl();
    this.host.requestFrame();
  }

  /** @param {number} t */
  seek(t) {
    this.playing = false;
    this.t = Math.min(1, Math.max(0, t));
    this.watching = true;
    this.host.redrawOver();
    this.host.syncUrl();
  }

  /** @param {number} by */
  step(by) {
    const last = Number(this.host.state.frames) - 1;
    this.seek((Math.round(this.t * last) + by) / last);
  }

  /** Strips are dragged as the time bar is. */
  listenToStrips() {
    const rows = part(this.root, "rows");
    let held = false;
    /** @param {PointerEvent} event */
    const drag = event => {
      const box = find(rows, ".strip").getBoundingClientRect();
      this.seek(timeAt((event.clientX - box.left) / box.width));
    };
    rows.addEventListener("pointerdown", event => {
      if (!(event.target instanceof Element && event.target.closest(".strip"))) return;
      rows.setPointerCapture(event.pointerId);
      held = true;
      drag(event);
    });
    rows.addEventListener("pointermove", event => held && drag(event));
    const release = () => {
      held = false;
    };
    rows.addEventListener("pointerup", release);
    rows.addEventListener("pointercancel", release);
  }

  /** @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    const which = whichOf(button.value);
    /** @type {Record<string, () => void>} */
    const actions = {
      play: () => this.play(),
      back: () => this.step(-1),
      on: () => this.step(1),
      swap: () => this.swap(),
      arm: () => this.arm(this.armed === which ? null : which),
      dice: () => this.chooseAtRandom(which),
      here: () => this.setEnd(which, new End({ z: Float32Array.from(this.host.space.z) })),
      draw: () => this.draws(which),
      "clear-pad": () => this.pad.clear(),
      "close-pad": () => this.draws(null),
      gif: () => this.saveGif(button),
      png: () => this.savePng(),
    };
    actions[name]?.();
  }

  /** @param {string} name @param {string} value */
  onSelect(name, value) {
    if (name.startsWith("class-")) return this.chooseAtRandom(whichOf(name));
    if (name === "speed") this.host.state.speed = value;
    else this.host.state.frames = value;
    this.host.syncUrl();
    this.host.requestFrame();
  }

  onChoice() {
    this.backwards = false;
    this.host.requestFrame();
  }

  onEscape() {
    const busy = Boolean(this.armed || this.pad.which);
    this.draws(null);
    this.arm(null);
    return busy;
  }

  keys() {
    return { " ": () => this.play(), "[": () => this.step(-1), "]": () => this.step(1) };
  }

  // -- what is saved ------------------------------------------------------------------------------

  /** The times of an animation's frames. */
  get times() {
    return frameTimes(Number(this.host.state.frames), this.host.state.turn);
  }

  /** @param {HTMLButtonElement} button */
  async saveGif(button) {
    const { host, times } = this;
    const { width, height, size } = host.space.own;
    const columns = this.rows.paths.length;
    const tiles = this.rows.frames(times);
    if (!tiles) return host.showError("Some images are still being decoded. Play once, then save.");
    const rate = (Number(host.state.frames) / SECONDS) * Number(host.state.speed);
    button.disabled = true;
    try {
      const blob = await postForBlob(
        host.data.gif,
        { width, height, columns, fps: Math.min(50, Math.max(1, Math.round(rate))), colours: [] },
        {
          tiles: { type: "u8", shape: [times.length, columns, size], data: tiles },
          classes: { type: "u8", shape: [times.length, columns], data: new Uint8Array(times.length * columns) },
        },
      );
      download(blob, `${host.data.checkpoint}-a-to-b.gif`);
    } catch (error) {
      host.showError(messageOf(error));
    }
    button.disabled = false;
  }

  savePng() {
    this.rows.picture().toBlob(blob => blob && download(blob, `${this.host.data.checkpoint}-a-to-b.png`));
  }

  urlParams() {
    const { speed, turn, frames } = this.host.state;
    const { a, b } = this.ends;
    const usual = a.row === this.usual.a && b.row === this.usual.b;
    return {
      a: usual ? "" : a.write(),
      b: usual ? "" : b.write(),
      t: this.playing || this.t === 0 ? "" : String(Number(this.t.toFixed(3))),
      speed: speed === "1" ? "" : speed,
      turn: turn === "bounce" ? "" : turn,
      frames: frames === "24" ? "" : frames,
    };
  }
}
