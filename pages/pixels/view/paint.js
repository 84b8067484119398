// Sample: images are sampled pixel by pixel. Scrub, change a pixel, sample continuations, complete an image.

import { isAbort, messageOf, postForBlob } from "../../shared/view/api.js";
import { classColours } from "../../shared/view/colours.js";
import { syncSlider, write } from "../../shared/view/controls.js";
import { find, part } from "../../shared/view/dom.js";
import { download } from "../../shared/view/download.js";
import { put } from "../../shared/view/html.js";
import { unless } from "../../shared/view/panel.js";
import { Inpainting } from "./inpainting.js";
import { markup } from "./markup.js";
import { pixelAt } from "./overlays.js";
import { animationMessage, hex } from "./paint_animation.js";
import * as painting from "./paint_state.js";
import { PaintView } from "./paint_view.js";
import { streamSamples } from "./sample_buffer.js";

const PATIENCE = 350; // milliseconds that a slider rests before images are sampled anew
/** @type {{ glow: Record<string, string>, loop: Record<string, string> }} what a key makes of a choice */
const NEXT = { glow: { fading: "on", on: "off", off: "fading" }, loop: { on: "off", off: "on" } };

/** @typedef {import("./model.js").GivenPixels} GivenPixels */
/** @typedef {import("./player.js").PixelPlayer} PixelPlayer */
/** @typedef {import("./sample_buffer.js").PixelEdit} PixelEdit */
/** @typedef {import("./sample_buffer.js").SampleBuffer} SampleBuffer */

export class Paint {
  static name = "paint";
  static title = "Sample";
  static hint = "Sample images pixel by pixel, change pixels, complete images";

  /**
   * @param {PixelPlayer} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    const { model, state } = host;
    this.host = host;
    this.root = root;
    put(root, markup(model, state));
    syncSlider(root, "temperature", state.temperature, Number(state.temperature).toFixed(2));
    this.shown = painting.createPaintState(model, state.t);
    /** @param {number} i */
    const classOf = i => this.classOf(i);
    this.view = new PaintView(host, root, classOf, t => this.seek(t));
    this.inpainting = new Inpainting(host, root, () => this.begin());
    this.linked = state.edits; // changed pixels of the link, until they are made
    this.sampling = false; // the images that everything begins with
    this.destroyed = false;
    this.dirty = true;
    this.drawn = { t: -1, width: -1 };
    /** @type {Set<AbortController>} requests under way */
    this.requests = new Set();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.listen();
    this.begin(true);
  }

  destroy() {
    this.destroyed = true;
    for (const request of this.requests) request.abort();
  }

  onTheme() {
    this.dirty = true;
  }

  // -- what is sampled ----------------------------------------------------------------------------

  /** Sample all images anew. @param {boolean} opening with the place and the changed pixels of the link */
  async begin(opening = false) {
    const { host, shown } = this,
      { model, state } = host;
    for (const request of this.requests) request.abort();
    this.requests = new Set();
    if (!opening) {
      shown.t = 0;
      shown.playing = true;
      this.linked = "";
    }
    this.sampling = true;
    state.pick = Math.min(state.pick, state.images - 1);
    painting.restart(shown, state.images, this.inpainting.given());
    this.sync();
    this.changed();
    const { buffers, given } = shown;
    let begun = false;
    await this.sample({ after: given ? null : 0 }, buffers, given, (order, first) => {
      if (!shown.order) painting.setOrder(shown, order);
      if (first === undefined) return;
      if (!begun) painting.fillGiven(shown, first);
      begun = true;
      this.inpainting.showCompletions(shown.buffers, order);
    });
    if (buffers !== shown.buffers || this.destroyed) return;
    if (!begun) painting.fillGiven(shown, model.d); // all is given
    this.sampling = false;
    for (const edit of painting.readEdits(this.linked, model, state.images)) await this.change(edit, true);
    if (this.linked && !shown.undoable.length)
      host.showError("The changed pixels in the link do not fit these images and were ignored.");
    this.dirty = true;
    host.requestFrame();
  }

  /**
   * Fill buffers as the controls say.
   * @param {{ after: number | null }} more
   * @param {SampleBuffer[]} buffers
   * @param {GivenPixels | null} given
   * @param {(order: Uint16Array, first: number | undefined) => void} [onData]
   */
  async sample(more, buffers, given, onData) {
    const { host } = this,
      { model, state } = host,
      request = new AbortController();
    this.requests.add(request);
    const { seed, temperature, order, order_seed } = state;
    const labels = model.classes.length ? { labels: buffers.map(({ image }) => this.classOf(image)) } : {};
    const header = { seed, temperature, order, order_seed, ...more, ...labels };
    try {
      await streamSamples(host.modelUrl, header, buffers, given, request.signal, (places, first) => {
        onData?.(places, first);
        this.dirty = true;
        host.requestFrame();
        if (first !== undefined) host.reportShown();
      });
    } catch (error) {
      if (!isAbort(error)) host.showError(messageOf(error));
    } finally {
      this.requests.delete(request);
    }
  }

  /** The class that image i is conditioned on. @param {number} i */
  classOf(i) {
    const { model, state } = this.host;
    if (!model.classes.length) return 0;
    if (state.only !== "") return Number(state.only);
    return this.inpainting.label() ?? i % model.classes.length;
  }

  /**
   * Change a pixel; those after it are sampled anew.
   * @param {PixelEdit | null} edit
   * @param {boolean} opening a pixel that the link changes
   */
  async change(edit, opening = false) {
    const { host, shown } = this,
      buffer = edit && !this.destroyed && painting.changePixel(shown, edit);
    if (!edit || !buffer) return;
    const { after } = edit;
    this.sync();
    if (!opening) {
      shown.t = after;
      shown.playing = true;
      host.syncUrl();
    }
    this.dirty = true;
    host.requestFrame();
    await this.sample({ after }, [buffer], painting.knownPixels(shown, buffer, after), order =>
      this.inpainting.showCompletions(shown.buffers, order),
    );
  }

  /** Give the pixel under the playhead another value. @param {number} value */
  changeHere(value) {
    const edit = painting.editAtPlayhead(this.shown, this.host.state.pick, value);
    if (!edit) return;
    this.shown.continuations = null;
    this.change(edit);
  }

  undo() {
    const image = painting.undoEdit(this.shown);
    if (image === null) return;
    this.host.state.pick = image;
    this.sync();
    this.changed();
  }

  async branchOut() {
    const { host, shown } = this;
    if (!shown.order) return;
    const { pick } = host.state,
      made = painting.branchOut(shown, pick);
    host.showError(made ? "" : "The image is complete here. Step back to sample continuations.");
    if (!made) return;
    this.sync();
    this.changed();
    const { after, buffers } = made;
    await this.sample({ after }, buffers, painting.knownPixels(shown, shown.buffers[pick], after));
  }

  // -- playing --------------------------------------------------------------------------------------

  play(on = !this.shown.playing) {
    painting.play(this.shown, on);
    this.changed();
  }

  /** @param {number} t */
  seek(t) {
    painting.seek(this.shown, t);
    this.changed();
  }

  /** @param {number} by */
  step(by) {
    this.seek(Math.floor(this.shown.t) + by);
  }

  changed() {
    this.dirty = true;
    this.host.requestFrame();
    this.host.syncUrl();
  }

  // -- what is drawn ------------------------------------------------------------------------------

  /** @param {number} _ @param {number} elapsed */
  draw(_, elapsed) {
    const { shown, host } = this,
      { state, model } = host,
      played = shown.playing;
    const more = painting.advance(shown, (Number(state.speed) * model.width * elapsed) / 1000, state.loop === "on");
    if (played && !shown.playing) this.changed();
    const t = Math.floor(shown.t),
      width = this.root.clientWidth;
    if (this.dirty || this.drawn.t !== t || this.drawn.width !== width) {
      this.dirty = false;
      this.drawn = { t, width };
      this.view.draw(shown, t);
    }
    return more;
  }

  /** Words and controls that the state decides. */
  sync() {
    const { host, root } = this,
      { state, model } = host,
      { classes } = model;
    const condition = classes.length ? `, conditioned on class ${classes[this.classOf(state.pick)]}` : "";
    write(part(root, "image"), `Image ${state.pick + 1} of ${state.images}${condition}`);
    this.inpainting.sync();
    host.sync();
    if (classes.length)
      find(root, '[data-pick="only"]', HTMLSelectElement).options[0].text =
        this.inpainting.label() === null ? "each in turn" : "the image's own";
    if (Object.keys(model.orders).length > 1)
      part(root, "orderSeed").hidden = state.order !== "random" && !(state.order === "" && model.own === "random");
  }

  // -- hands ----------------------------------------------------------------------------------------

  listen() {
    const { stage, large } = this.view;
    stage.addEventListener("click", event => {
      const box = stage.getBoundingClientRect();
      const i = this.view.imageAt(event.clientX - box.left, event.clientY - box.top);
      if (i < 0) return;
      this.host.state.pick = i;
      this.sync();
      this.changed();
    });
    large.addEventListener("click", event => {
      const { model, state } = this.host,
        { rank, playing, t, start, buffers } = this.shown,
        i = pixelAt(large, model, event);
      if (!rank || i < 0) return;
      const place = rank[i];
      if (!playing && place + 1 === Math.floor(t))
        this.changeHere((buffers[state.pick].values[place] + 1) % model.levels);
      else if (place >= start) this.seek(place + 1);
    });
  }

  /** @param {string} name @param {HTMLButtonElement} [button] */
  onAction(name, button) {
    const { model, state } = this.host;
    /** @type {Record<string, () => unknown>} */
    const actions = {
      play: () => this.play(),
      back: () => this.step(-1),
      on: () => this.step(1),
      first: () => this.seek(0),
      last: () => this.seek(model.d),
      bar: () => this.changeHere(Number(button?.value)),
      undo: () => this.undo(),
      branch: () => this.branchOut(),
      unbranch: () => {
        this.shown.continuations = null;
        this.changed();
      },
      adopt: () => this.change(painting.editOfContinuation(this.shown, Number(button?.dataset.future))),
      again: () => {
        state.seed = Math.floor(Math.random() * 100_000);
        find(this.root, '[data-pick="seed"]', HTMLInputElement).value = String(state.seed);
        this.begin();
      },
      gif: () => this.saveGif(),
      png: () => this.view.stage.toBlob(blob => blob && download(blob, `${this.host.data.checkpoint}-samples.png`)),
    };
    if (name in actions) actions[name]();
    else if (button) this.inpainting.onAction(name, button);
  }

  /** @param {string} name */
  onChoice(name) {
    if (name === "source" || name === "keep") this.inpainting.onChoice(name);
    else this.changed();
  }

  /** @param {string} name @param {number} value */
  onSlide(name, value) {
    syncSlider(this.root, name, value, value.toFixed(2));
    this.host.state.temperature = value;
    this.dirty = true; // the bars follow the slider at once; the images once it rests
    this.host.requestFrame();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => !this.destroyed && this.begin(), PATIENCE);
  }

  /** @param {string} name @param {string} value */
  onSelect(name, value) {
    const { host } = this,
      { state } = host;
    if (name === "row") return this.seek((Number(value) - 1) * host.model.width);
    if (name === "images" || name === "seed" || name === "order_seed") {
      if (!/^\d{1,9}$/.test(value))
        return host.showError(
          `${name === "order_seed" ? "order seed" : name} = ${value.slice(0, 20)}: expected a whole number from 0 to 999,999,999.`,
        );
      state[name] = Number(value);
    } else if (name === "speed") {
      state.speed = value;
      return this.changed();
    } else if (name === "order" || name === "only") state[name] = value;
    this.begin();
  }

  keys() {
    const { width } = this.host.model;
    /** @param {"glow" | "loop"} name */
    const turn = name =>
      find(this.root, `[data-choice="${name}"][value="${NEXT[name][this.host.state[name]]}"]`).click();
    return {
      " ": () => this.play(),
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
      ArrowUp: () => this.step(-width),
      ArrowDown: () => this.step(width),
      Home: () => this.onAction("first"),
      End: () => this.onAction("last"),
      n: () => this.onAction("again"),
      u: () => this.undo(),
      f: () => this.branchOut(),
      g: () => turn("glow"),
      l: () => turn("loop"),
      Escape: () => this.onAction("unbranch"),
    };
  }

  urlParams() {
    const { state, model } = this.host,
      { t, playing, buffers } = this.shown;
    return {
      images: unless(state.images, 16),
      seed: unless(state.seed, 0),
      temperature: unless(state.temperature, 1),
      order: state.order,
      order_seed: unless(state.order_seed, 0),
      only: state.only,
      t: playing || t >= model.d ? "" : String(Math.floor(t)),
      pick: unless(state.pick, 0),
      speed: unless(state.speed, "4"),
      loop: unless(state.loop, "off"),
      glow: unless(state.glow, "fading"),
      edits: this.sampling ? this.linked : painting.writeEdits(buffers),
      ...this.inpainting.urlParams(),
    };
  }

  /** Everything from the first sampled pixel to the last, at the speed of playing. */
  async saveGif() {
    const { shown, host, view } = this,
      { model, state, data } = host;
    if (!shown.order || painting.sampledByAll(shown) <= shown.start) return; // nothing is sampled yet
    const colours = model.classes.length
      ? classColours(model.classes.length, data.colours).slice(0, 64).map(hex)
      : ["#9aa0a6"];
    const { header, planes } = animationMessage(shown, i => this.classOf(i), Number(state.speed) * model.width);
    const more = { width: model.width, height: model.height, columns: view.tiles?.columns ?? 1, colours };
    try {
      download(await postForBlob(data.gif, { ...header, ...more }, planes), `${data.checkpoint}-samples.gif`);
    } catch (error) {
      host.showError(messageOf(error));
    }
  }
}
