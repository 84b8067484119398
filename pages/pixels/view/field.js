// Receptive field: which pixels a prediction depends on, layer by layer; beside the same network with wrong masks.

import { get, messageOf } from "../../shared/view/api.js";
import { HEAT, PICKED } from "../../shared/view/colours.js";
import { write } from "../../shared/view/controls.js";
import { find, findAll, part } from "../../shared/view/dom.js";
import { fixed } from "../../shared/view/format.js";
import { html, put } from "../../shared/view/html.js";
import { LatestRequest } from "../../shared/view/latest_request.js";
import { stepped } from "../../shared/view/panel.js";
import { rowsOf } from "../../shared/view/rows.js";
import { ImagePicker, sideOn } from "./image_picker.js";
import { pixelName, ranksOf } from "./model.js";
import { frame, paintImage, pixelAt } from "./overlays.js";

const SIDE = 264,
  SMALL = 88,
  PICKER = 120,
  SAMPLE = 56;
const SAMPLES = 8; // shown of each model

/** @typedef {import("./player.js").PixelPlayer} PixelPlayer */

/** The receptive fields of one model, each pixel's asked for once. */
class ReceptiveFields {
  /**
   * @param {PixelPlayer} host
   * @param {{ name: string, version: string }} checkpoint
   * @param {() => void} onData
   */
  constructor(host, { name, version }, onData) {
    const { api } = host.data;
    /** @type {Map<number, Float32Array[]>} of the layers, the prediction's last; by pixel */
    this.fields = new Map();
    this.wanted = -1;
    this.by = ""; // how they were measured
    this.images = 0; // on how many
    /** @type {LatestRequest<number, import("../../shared/view/types.d.ts").Message>} */
    this.request = new LatestRequest(
      pixel => get(`${api}/${encodeURIComponent(name)}/field?place=${pixel}&v=${version}`),
      ({ header, planes }, pixel) => {
        this.by = header.by;
        this.images = header.images;
        this.fields.set(pixel, rowsOf(planes.field.data, host.model.d));
        onData();
      },
      error => host.showError(messageOf(error)),
    );
  }

  /** @param {number} pixel @returns {Float32Array[] | null} null until they have come */
  of(pixel) {
    if (!this.fields.has(pixel) && this.wanted !== pixel) {
      this.wanted = pixel;
      this.request.request(pixel);
    }
    return this.fields.get(pixel) ?? null;
  }
}

/**
 * What a field sees, in words.
 * @param {ArrayLike<number>} field above 0 where it sees
 * @param {ArrayLike<number>} rank of the pixels in the order
 * @param {number} pixel that is predicted
 */
export function describeField(field, rank, pixel) {
  let before = 0,
    later = 0;
  for (let i = 0; i < field.length; i++) {
    if (!(field[i] > 0) || i === pixel) continue;
    if (rank[i] > rank[pixel]) later += 1;
    else before += 1;
  }
  const itself = field[pixel] > 0;
  const rest = later ? ` and ${later} later` : itself ? "" : "; neither itself nor later pixels";
  return `sees ${before} of ${rank[pixel]} earlier pixels${itself ? ", itself" : ""}${rest}`;
}

export class Field {
  static name = "field";
  static title = "Receptive field";
  static hint = "Which pixels a prediction depends on, layer by layer";

  /**
   * @param {PixelPlayer} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    const { model, state, data } = host;
    this.host = host;
    this.root = root;
    this.destroyed = false;
    put(root, markup());
    if (state.place < 0 || state.place >= model.d)
      state.place = Math.floor(model.height / 2) * model.width + Math.floor(model.width / 2);
    this.rank = ranksOf(model.order);
    const onData = () => {
      host.requestFrame();
      host.reportShown();
    };
    this.onData = onData;
    this.own = new ReceptiveFields(host, { name: data.checkpoint, version: data.version }, onData);
    /** @type {ReceptiveFields | null} of the same network with the other masks, where it is here */
    this.twin = null;
    /** @type {{ own: Float32Array[] | null, twin: Float32Array[] | null }} fields on the screen */
    this.shown = { own: null, twin: null };
    /** @type {{ samples: Uint8Array | null, nats: number | null, drawn: boolean }[]} of it and of its twin */
    this.scores = [];
    this.picker = new ImagePicker(
      host,
      part(root, "chosen"),
      () => host.requestFrame(),
      () => PICKER,
    );
    for (const name of ["own", "other"]) this.followPointer(part(root, name, HTMLCanvasElement));
    this.open();
  }

  destroy() {
    this.destroyed = true;
    this.own.request.close();
    this.twin?.request.close();
  }

  /** @param {HTMLCanvasElement} canvas */
  followPointer(canvas) {
    /** @param {PointerEvent} event */
    const go = event => {
      const pixel = pixelAt(canvas, this.host.model, event);
      if (pixel >= 0) this.go(pixel);
    };
    canvas.addEventListener("pointermove", go);
    canvas.addEventListener("pointerdown", go);
  }

  /** @param {number} pixel */
  go(pixel) {
    const { host } = this;
    if (pixel === host.state.place) return;
    host.state.place = pixel;
    host.syncUrl();
    host.requestFrame();
  }

  /** What is beside the model: samples, scores, the twin. */
  async open() {
    const { host, root } = this;
    try {
      const { twin, nats, samples } = await host.around();
      if (this.destroyed) return;
      this.scores = [{ samples, nats, drawn: false }];
      if (twin) {
        const { header, planes } = await get(`${host.data.api}/${encodeURIComponent(twin.name)}/around`);
        if (this.destroyed) return;
        this.twin = new ReceptiveFields(host, twin, this.onData);
        this.scores.push({ samples: planes.samples?.data ?? null, nats: header.nats, drawn: false });
      }
      part(root, "second").hidden = !twin;
      part(root, "none").hidden = Boolean(twin);
      this.titles();
      host.requestFrame();
    } catch (error) {
      host.showError(messageOf(error));
    }
  }

  // -- words --------------------------------------------------------------------------------------

  titles() {
    const { root, scores } = this,
      { proper } = this.host.model;
    /** @param {boolean} right */
    const words = right => (right ? "correct masks" : "wrong masks");
    write(part(root, "own-title"), this.twin ? words(proper) : "receptive field of the prediction");
    write(part(root, "other-title"), words(!proper));
    findAll(root, "[data-samples]").forEach((box, i) => {
      const { samples, nats } = scores[i] ?? { samples: null, nats: null },
        right = i ? !proper : proper;
      box.hidden = !samples;
      let caption = "samples";
      if (typeof nats === "number")
        caption += right
          ? `; test images: ${fixed(nats)} nats`
          : `; test images: “${fixed(nats)} nats”, not a likelihood`;
      write(find(box, "figcaption"), caption);
    });
    if (!this.twin) return;
    const [own, twin] = scores.map(({ nats }) => fixed(nats ?? NaN)),
      [right, wrong] = proper ? [own, twin] : [twin, own];
    write(
      part(root, "cheat"),
      `With wrong masks, each prediction sees the pixel it predicts, and the score changes from ${right} to ${wrong} nats. During sampling, that pixel is not there to copy yet: compare the samples. A likelihood is only valid with correct masks.`,
    );
  }

  /** @param {Float32Array[]} fields that have come */
  describe(fields) {
    const { root, rank } = this,
      { model, state } = this.host,
      { by, images } = this.own;
    write(part(root, "own-says"), describeField(fields[fields.length - 1], rank, state.place));
    write(
      part(root, "how"),
      `${pixelName(model, state.place)}, number ${rank[state.place] + 1} of ${model.d} in sampling order. ${
        by === "gradient"
          ? "Heat: gradient of the prediction with respect to each pixel"
          : "Heat: change of the predicted probabilities when a pixel changes its level"
      } (mean over ${images} test images, square-root scale); dark: outside the receptive field.`,
    );
  }

  // -- what is drawn ------------------------------------------------------------------------------

  draw() {
    const { host, root, shown } = this,
      { model, state } = host,
      side = sideOn(host, SIDE);
    this.picker.draw();
    const own = this.own.of(state.place),
      canvas = part(root, "own", HTMLCanvasElement);
    if (own) this.describe(own);
    shown.own = own ?? shown.own;
    if (shown.own) this.drawField(canvas, shown.own[shown.own.length - 1], side);
    else host.blit(canvas, this.picker.levels ?? new Uint8Array(model.d), side);
    this.drawLayers(shown.own);
    const twin = this.twin?.of(state.place);
    shown.twin = twin ?? shown.twin;
    if (shown.twin) this.drawField(part(root, "other", HTMLCanvasElement), shown.twin[shown.twin.length - 1], side);
    if (twin) write(part(root, "other-says"), describeField(twin[twin.length - 1], this.rank, state.place));
    this.drawSamples();
    return false;
  }

  /**
   * The image in grey, with what the field sees of it in heat; what is hidden stays dark.
   * @param {HTMLCanvasElement} canvas
   * @param {Float32Array} field
   * @param {number} side
   * @param {boolean} framed whether the pixel that is predicted has a frame
   */
  drawField(canvas, field, side, framed = true) {
    const { model, state } = this.host,
      most = Math.max(...field, 1e-12),
      { levels } = this.picker,
      step = 255 / (model.levels - 1);
    paintImage(canvas, model, side, (out, i, at) => {
      const grey = levels ? levels[i] * step : 0;
      const heat = HEAT[Math.round(255 * (0.3 + 0.7 * Math.sqrt(field[i] / most)))];
      for (let c = 0; c < 3; c++) out[at + c] = field[i] > 0 ? 0.82 * heat[c] + 0.18 * grey : 26 + 0.22 * grey;
      out[at + 3] = 255;
    });
    if (!framed) return;
    frame(canvas, model, [state.place], "#000", 4);
    frame(canvas, model, [state.place], PICKED, 2.5);
  }

  /** Each layer's field in small, where there are several. @param {Float32Array[] | null} fields */
  drawLayers(fields) {
    const box = part(this.root, "layers");
    box.hidden = !fields || fields.length < 2;
    if (!fields || box.hidden) return;
    if (box.children.length !== fields.length)
      put(
        box,
        fields.map((_, k) => {
          const what = k === fields.length - 1 ? "prediction" : `layer ${k + 1}`;
          return html`<figure><canvas role="img" aria-label="Receptive field of ${what}"></canvas><figcaption>${what}</figcaption></figure>`;
        }),
      );
    findAll(box, "canvas", HTMLCanvasElement).forEach((canvas, k) => this.drawField(canvas, fields[k], SMALL, false));
  }

  drawSamples() {
    const { d } = this.host.model;
    findAll(this.root, "[data-samples]").forEach((box, i) => {
      const score = this.scores[i];
      if (!score?.samples || score.drawn) return;
      score.drawn = true;
      for (const image of rowsOf(score.samples, d).slice(0, SAMPLES)) {
        const canvas = document.createElement("canvas");
        this.host.blit(canvas, image, SAMPLE);
        find(box, "div").append(canvas);
      }
    });
  }

  // -- hands --------------------------------------------------------------------------------------

  /** @param {number} dx @param {number} dy */
  step(dx, dy) {
    const { model, state } = this.host;
    const x = stepped(state.place % model.width, dx, model.width - 1);
    const y = stepped(Math.floor(state.place / model.width), dy, model.height - 1);
    this.go(y * model.width + x);
  }

  /** @param {string} name */
  onAction(name) {
    this.picker.onAction(name);
  }

  /** @param {string} name */
  onChoice(name) {
    this.picker.onChoice(name);
  }

  /** @param {string} name @param {string} value */
  onSelect(name, value) {
    this.picker.onSelect(name, value);
  }

  keys() {
    return {
      ...this.picker.keys(),
      ArrowLeft: () => this.step(-1, 0),
      ArrowRight: () => this.step(1, 0),
      ArrowUp: () => this.step(0, -1),
      ArrowDown: () => this.step(0, 1),
    };
  }

  urlParams() {
    return { ...this.picker.urlParams(), place: String(this.host.state.place) };
  }
}

function markup() {
  const samples = html`<figure data-samples class="samples-of" hidden><div></div><figcaption></figcaption></figure>`;
  return html`
<p class="lead">Which pixels does the prediction of one pixel depend on? Move over the image. <span class="muted">A correct mask hides the pixel itself and all later ones. How far back does the network see?</span></p>
<div class="reading fields">
  <section><figure><figcaption><b data-part="own-title"></b></figcaption><canvas data-part="own" role="img" aria-label="Receptive field of the framed pixel; arrow keys move it"></canvas><figcaption data-part="own-says"></figcaption></figure>${samples}</section>
  <section data-part="second" hidden><figure><figcaption><b data-part="other-title"></b></figcaption><canvas data-part="other" role="img" aria-label="Receptive field with the other masks"></canvas><figcaption data-part="other-says"></figcaption></figure>${samples}</section>
  <section class="facts"><div class="chooser small" data-part="chosen"></div><p class="note" data-part="how"></p><p data-part="cheat"></p>
    <p class="note" data-part="none" hidden>There is no checkpoint of this network with wrong masks. Digits 8×8 has two such pairs: gated PixelCNN with 17 levels, and binary MADE.</p></section>
</div>
<div class="layers" data-part="layers" hidden></div>`;
}
