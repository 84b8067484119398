// Home: a pad, and live beside it what the models make of the drawing.

import { get, isAbort, messageOf } from "../../shared/view/api.js";
import { button, choice, syncChoices } from "../../shared/view/controls.js";
import { find, findAll, part } from "../../shared/view/dom.js";
import { DrawingPad } from "../../shared/view/drawing_pad.js";
import { drawGrey, fitGrey } from "../../shared/view/greys.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { LatestRequest } from "../../shared/view/latest_request.js";
import { reducedMotion } from "../../shared/view/motion.js";
import { Shell } from "../../shared/view/shell.js";
import { addressOf, BITS, givenOf } from "./given.js";
import { pictureAt } from "./pictures.js";
import { TILES } from "./tiles.js";
import { doorsMarkup, galleryMarkup, historyMarkup } from "./ways.js";

/** @typedef {import("../../shared/view/types.d.ts").Component<HomeData>} HomeComponent */
/** @typedef {import("./types.d.ts").Given} Given */
/** @typedef {import("./types.d.ts").HomeData} HomeData */
/** @typedef {import("./types.d.ts").TileKind} TileKind */
/** @typedef {import("./types.d.ts").TileView} TileView */

const SIDE = 252; // of the pad, CSS pixels
const THUMBS = 10; // examples to choose from
const THUMB = 44; // CSS pixels
const IDLE = "Draw something.";

/** @param {Element} parent @param {HomeComponent} component */
export const mount = (parent, component) => HomePlayer.mount(parent, component);

/** A tile on the page: its link, its words, its requests. */
class Shown {
  /** @param {HomePlayer} host @param {HTMLAnchorElement} link @param {TileView} view */
  constructor(host, link, view) {
    this.host = host;
    this.link = link;
    this.view = view;
    this.seen = false; // there is a picture
    this.answered = false; // or there was an error
    /** @type {LatestRequest<Given, any>} */
    this.requests = new LatestRequest(
      given => view.ask(given),
      (answer, given) => this.onAnswer(answer, given),
      error => isAbort(error) || this.onError(messageOf(error)),
    );
  }

  /** @param {unknown} answer @param {Given} given */
  onAnswer(answer, given) {
    const { number, text } = this.view.show(answer, given);
    this.seen = true;
    this.say(number, text);
    this.link.href = addressOf(this.link.dataset.page ?? "", this.view.query(given));
    this.host.requestFrame();
    this.onAnswered();
  }

  /** @param {string} text */
  onError(text) {
    this.say("", text);
    this.onAnswered();
  }

  onAnswered() {
    this.link.removeAttribute("aria-busy");
    if (this.answered) return;
    this.answered = true;
    this.host.onFirstAnswer();
  }

  get late() {
    return Boolean(/** @type {TileKind} */ (this.view.constructor).late);
  }

  /** @param {string} number @param {string | import("../../shared/view/html.js").Html} text */
  say(number, text) {
    refresh(part(this.link, "number"), html`${number}`);
    refresh(part(this.link, "text"), html`${text}`);
  }
}

/** @extends {Shell<HomeData>} */
export class HomePlayer extends Shell {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root);
    /** @type {Shown[]} */
    this.tiles = [];
    /** @type {DrawingPad | null} */
    this.pad = null;
    /** @type {Uint8Array | null} of all examples */
    this.examples = null;
    this.example = -1; // the one on the pad, as it is; -1: it was drawn on
    this.cleanups.push(() => this.close());
  }

  close() {
    for (const { requests } of this.tiles.splice(0)) requests.close();
  }

  get size() {
    const { width, height } = this.data;
    return { width, height };
  }

  /** @override */
  open() {
    this.close();
    const { data, root } = this;
    const kinds = data.tiles.filter(({ page }) => TILES[page]);
    const tiles = kinds.map(({ page, title }) => ({ page, model: title, ...wordsOf(TILES[page]) }));
    put(root, [
      html`<p class="error" data-part="error" role="alert" hidden></p>`,
      ...(tiles.length ? [markup(tiles)] : []),
      galleryMarkup(data.gallery),
      historyMarkup(data.history),
      doorsMarkup(data.doors),
    ]);
    if (tiles.length) this.openPad(kinds);
  }

  /** @param {import("./types.d.ts").TileModel[]} kinds */
  openPad(kinds) {
    const { data, root } = this;
    this.example = -1;
    this.pad = new DrawingPad(this.$("pad", HTMLCanvasElement), { ...this.size, binary: false }, () => this.onDraw());
    this.pad.tool = "draw";
    for (const type of ["pointermove", "pointerleave"]) this.pad.canvas.addEventListener(type, () => this.drawPad());
    this.tiles = kinds.map(model => {
      const link = find(root, `[data-page="${model.page}"]`, HTMLAnchorElement);
      return new Shown(this, link, new TILES[model.page](this, model, find(link, "canvas", HTMLCanvasElement)));
    });
    syncChoices(root, { pen: "draw" });
    const { drawing } = data.state;
    if (drawing && this.pad.decode(drawing, this.pad.drawing)) this.request();
    else this.example = 0;
    if (drawing && this.example === 0) this.showError("The drawing in the link does not fit: here is an example.");
    this.drawPad();
    this.fetchExamples();
  }

  async fetchExamples() {
    const { api, checkpoint, version } = this.data;
    try {
      const { planes } = await get(`${api}/home/${checkpoint}/examples?v=${version}`);
      if (this.destroyed) return;
      this.examples = planes.images.data;
      this.drawThumbs(planes.images.data);
      if (this.example === 0) this.putExample(0);
    } catch (error) {
      this.showError(messageOf(error));
    }
  }

  /** @param {Uint8Array} examples */
  drawThumbs(examples) {
    const { size } = this;
    for (const [i, button] of findAll(this.root, '[data-do="example"]').entries()) {
      const canvas = find(button, "canvas", HTMLCanvasElement);
      fitGrey(canvas, size, THUMB);
      drawGrey(canvas, pictureAt(examples, i, size.width * size.height), size);
    }
  }

  /** @param {number} i */
  putExample(i) {
    const { examples, pad } = this;
    if (!examples || !pad) return;
    const d = pad.drawing.length;
    this.example = i % (examples.length / d);
    pad.drawing.set(pictureAt(examples, this.example, d));
    this.drawPad();
    this.request();
    this.syncUrl();
  }

  // -- what is drawn ------------------------------------------------------------------------------

  drawPad() {
    this.pad?.draw(null, SIDE);
  }

  onDraw() {
    this.example = -1;
    this.drawPad();
    this.request();
    this.syncUrl();
  }

  /** Each tile has one request on its way, for the latest drawing. */
  request() {
    const given = this.pad && givenOf(this.pad.drawing, this.size);
    for (const tile of this.tiles) {
      if (given && this.mayAsk(tile)) tile.requests.request(given);
      else if (!given && tile.seen) tile.say("", IDLE);
    }
  }

  /** What takes long at first is asked for when all others have answered, one after the other. @param {Shown} tile */
  mayAsk(tile) {
    const first = this.tiles.find(({ late, answered }) => !late && !answered) ?? this.tiles.find(t => !t.answered);
    return !tile.late || tile.answered || tile === first;
  }

  /** A tile has had its first answer: another may be asked. */
  onFirstAnswer() {
    this.reportShown();
    const given = this.pad && givenOf(this.pad.drawing, this.size);
    const next = this.tiles.find(tile => tile.late && !tile.answered && this.mayAsk(tile));
    if (given) next?.requests.request(given);
  }

  /** @override @param {number} now */
  draw(now) {
    return this.tiles.map(({ view, seen }) => seen && view.draw(now, reducedMotion())).includes(true);
  }

  /** @override */
  redraw() {
    this.drawPad();
    this.requestFrame();
  }

  /** @override */
  urlParams() {
    const { pad, example } = this;
    return { drawing: !pad || pad.empty || example === 0 ? "" : pad.encode(pad.drawing, BITS) };
  }

  // -- hands --------------------------------------------------------------------------------------

  /** @override @param {string} name @param {HTMLButtonElement} pressed */
  onAction(name, pressed) {
    const { pad, examples } = this;
    if (name === "bring") this.setStateValue("bring", true);
    if (!pad) return;
    if (name === "clear") {
      pad.drawing.fill(0);
      this.onDraw();
    } else if (name === "half") {
      pad.drawing.fill(0, pad.drawing.length / 2);
      this.onDraw();
    } else if (name === "example") {
      this.putExample(Number(pressed.value));
    } else if (name === "another" && examples) {
      const n = examples.length / pad.drawing.length;
      this.putExample(this.example < 0 ? Math.floor(Math.random() * n) : this.example + 1);
    }
  }

  /** @override @param {string} name @param {string} value */
  onChoice(name, value) {
    if (name !== "pen" || !this.pad) return;
    this.pad.tool = value === "rub" ? "rub" : "draw";
    syncChoices(this.root, { pen: value });
  }
}

/** @param {import("./types.d.ts").TileKind} kind */
const wordsOf = ({ title, wide }) => ({ title, wide: Boolean(wide) });

/** @param {{ page: string, model: string, title: string, wide: boolean }[]} tiles */
const markup = tiles => html`
<div class="draw">
  <section class="source"><canvas data-part="pad" class="pad" aria-label="Draw a digit here"></canvas>
    <div class="tools">${choice(
      "pen",
      [
        ["draw", "Draw", "Draw with the pointer"],
        ["rub", "Erase", "Erase with the pointer"],
      ],
      "Pen",
    )}${button("clear", "Clear", "An empty pad")}${button("half", "Erase half", "Erase the lower half, for the models to fill in")}${button("another", "Another", "Another test image")}</div>
    <p class="muted">Draw a digit. Every tile answers while you draw; click one to go on there with this drawing.</p>
    <div class="examples">${Array.from({ length: THUMBS }, (_, i) => button("example", html`<canvas></canvas>`, `Test image ${i + 1}`, html`value="${i}"`))}</div>
  </section>
  <div class="tiles">${tiles.map(
    ({ page, model, title, wide }) =>
      html`<a class="tile ${wide && "wide"}" data-page="${page}" href="./${page}" title="${model}" aria-busy="true"><span class="screen"><canvas></canvas></span><span class="says"><b>${title}</b><output data-part="number"></output></span><span class="note" data-part="text">Loading …</span></a>`,
  )}</div>
</div>`;
