// Teacher forcing: what is predicted one pixel ahead of the truth, against running freely from the same start.

import { ApiError, get, messageOf, post } from "../../shared/view/api.js";
import { button, syncSlider, write } from "../../shared/view/controls.js";
import { findAll, part } from "../../shared/view/dom.js";
import { drawForcing, FREE, TRUTH } from "../../shared/view/forcing.js";
import { fixed } from "../../shared/view/format.js";
import { html, put } from "../../shared/view/html.js";
import { LatestRequest } from "../../shared/view/latest_request.js";
import { stepped } from "../../shared/view/panel.js";
import { rowsOf } from "../../shared/view/rows.js";
import { ImagePicker, send, sideOn } from "./image_picker.js";
import { ranksOf } from "./model.js";
import { outline } from "./overlays.js";

const SIDE = 160,
  SMALL = 84;
const SAMPLES = 8;
const PATIENCE = 400; // milliseconds before the slow part is asked for

/** @typedef {import("../../shared/view/types.d.ts").Message} Message */
/** @typedef {import("./player.js").PixelPlayer} PixelPlayer */
/** @typedef {{ levels: Uint8Array, label: number | null }} AheadQuestion */
/** @typedef {AheadQuestion & { t: number, seed: number }} RunQuestion */
/** @typedef {{ t: number, seed: number }} DriftQuestion */
/**
 * Means over test images, one a pixel in the model's order (route `drift`).
 * @typedef {object} Drift
 * @property {number} t pixels given
 * @property {number} gap nats that the truth costs more than free runs
 * @property {number} error standard error of the gap
 * @property {number} images
 * @property {Float32Array} truth log p of true pixels, given true ones
 * @property {Float32Array} own log p of samples, given samples
 * @property {Float32Array} ahead expected share of pixels as in the image, given true ones
 * @property {Float32Array} met the same in free runs
 */

/**
 * What the measurement says, in a sentence.
 * @param {Pick<Drift, "t" | "gap" | "error" | "images">} drift
 * @param {{ d: number, proper: boolean }} model
 */
export function conclusion({ t, gap, error, images }, { d, proper }) {
  if (!proper)
    return "Its masks are wrong: with teacher forcing it copies the pixel it should predict; free-running, there is nothing to copy.";
  if (t >= d) return "All pixels are given: nothing is sampled.";
  const verdict =
    Math.abs(gap) < 2 * error
      ? "Within two standard errors: by its own measure, it does not drift."
      : gap > 0
        ? "It drifts to images that it finds more probable than real ones."
        : "It drifts to images that it finds less probable than real ones: one improbable sample spoils later predictions.";
  return `Over ${images} test images, one free-running sample each: after ${t} given pixels, the samples have ${fixed(Math.abs(gap))} ± ${fixed(error)} nats ${gap > 0 ? "less" : "more"} −log p than the true pixels. ${verdict} A model equal to the data distribution would show no difference on average.`;
}

export class Forcing {
  static name = "forcing";
  static title = "Teacher forcing";
  static hint = "Predict from true pixels, or from the model's own samples";

  /**
   * @param {PixelPlayer} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    const { model, state } = host;
    this.host = host;
    this.root = root;
    put(root, markup(host));
    state.first = state.first < 0 ? Math.floor(model.d / 2) : Math.min(state.first, model.d);
    this.rank = ranksOf(model.order);
    /** @type {Uint8Array | null} the image that `ahead` is of, or will be */
    this.read = null;
    /** @type {{ mean: Uint8Array, best: Uint8Array } | null} predictions one pixel ahead, in levels */
    this.ahead = null;
    /** @type {{ images: Uint8Array[], t: number } | null} free runs after t given pixels */
    this.runs = null;
    /** @type {Drift | null} */
    this.drift = null;
    this.destroyed = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @param {unknown} error */
    const failed = error => host.showError(messageOf(error));
    /** @type {LatestRequest<AheadQuestion, Message>} */
    this.aheadRequest = new LatestRequest(
      ({ levels, label }) => post(`${host.modelUrl}/ahead`, { label }, { image: send(levels) }),
      ({ planes }) => {
        this.ahead = { mean: planes.mean.data, best: planes.best.data };
        host.reportShown();
        host.requestFrame();
      },
      failed,
    );
    /** @type {LatestRequest<RunQuestion, Message>} */
    this.runRequest = new LatestRequest(
      ({ levels, ...header }) => post(`${host.modelUrl}/running`, header, { image: send(levels) }),
      ({ planes }, { t }) => {
        this.runs = { images: rowsOf(planes.free.data, model.d), t };
        host.requestFrame();
      },
      failed,
    );
    /** @type {LatestRequest<DriftQuestion, Message>} */
    this.driftRequest = new LatestRequest(
      ({ t, seed }) => get(`${host.modelUrl}/drift?t=${t}&seed=${seed}&v=${host.data.version}`),
      (answer, { t }) => this.onDrift(answer, t),
      error => {
        const missing = error instanceof ApiError && error.missingData;
        const text = missing ? "Test images not downloaded: nothing to measure." : messageOf(error);
        write(part(root, "measured"), text);
      },
    );
    this.picker = new ImagePicker(
      host,
      part(root, "chosen"),
      () => this.ask(),
      () => sideOn(host, SIDE),
    );
    this.slider();
  }

  destroy() {
    this.destroyed = true;
    for (const request of [this.aheadRequest, this.runRequest, this.driftRequest]) request.close();
    clearTimeout(this.timer);
  }

  ask() {
    const { levels, label } = this.picker,
      { state } = this.host;
    if (!levels || this.destroyed) return;
    const t = state.first,
      seed = Number(state.tries) || 0;
    if (levels !== this.read) this.aheadRequest.request({ levels, label });
    this.read = levels;
    this.runRequest.request({ levels, label, t, seed });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      write(part(this.root, "measured"), "Measuring …");
      this.driftRequest.request({ t, seed });
    }, PATIENCE);
    this.host.requestFrame();
  }

  /** @param {Message} answer @param {number} t */
  onDrift({ header, planes }, t) {
    const { gap, error, images } = header,
      { truth, own, ahead, met } = planes;
    this.drift = { t, gap, error, images, truth: truth.data, own: own.data, ahead: ahead.data, met: met.data };
    write(part(this.root, "measured"), conclusion(this.drift, this.host.model));
    this.host.requestFrame();
  }

  slider() {
    const { state, model } = this.host;
    syncSlider(this.root, "first", state.first, `${state.first} of ${model.d}`);
  }

  // -- what is drawn ------------------------------------------------------------------------------

  draw() {
    const { host, root, picker, runs } = this,
      { model, state } = host,
      nothing = new Uint8Array(model.d),
      side = sideOn(host, SIDE);
    picker.draw();
    const given = this.rank.map(t => Number(t < state.first));
    if (picker.levels) outline(picker.canvas, model, given);
    for (const name of /** @type {const} */ (["mean", "best"])) {
      const canvas = part(root, name, HTMLCanvasElement);
      host.blit(canvas, this.ahead?.[name] ?? nothing, side);
      outline(canvas, model, given, "rgba(255, 159, 26, 0.6)", 1);
    }
    const start = this.rank.map(t => Number(t < (runs?.t ?? 0)));
    findAll(root, "[data-free]", HTMLCanvasElement).forEach((canvas, i) => {
      host.blit(canvas, runs?.images[i] ?? nothing, SMALL);
      outline(canvas, model, start, "rgba(255, 159, 26, 0.8)", 1);
    });
    if (this.drift) this.drawCharts(this.drift);
    return false;
  }

  /** @param {Drift} drift */
  drawCharts({ truth, own, ahead, met, t }) {
    const { host, root } = this,
      options = { width: host.model.width, mark: t, left: 42 }; // smoothed over as many pixels as a row has
    const cost = part(root, "cost", HTMLCanvasElement),
      share = part(root, "share", HTMLCanvasElement);
    /** @param {number} logProb */
    const nats = logProb => -logProb;
    drawForcing(cost, host.theme, truth.map(nats), own.map(nats), options);
    drawForcing(share, host.theme, ahead, met, { ...options, top: 1 });
    cost.title = "Nats per pixel";
    share.title = "Fraction equal to the true level";
  }

  // -- hands --------------------------------------------------------------------------------------

  /** @param {string} _ @param {number} value */
  onSlide(_, value) {
    this.host.state.first = value;
    this.slider();
    this.ask();
    this.host.syncUrl();
  }

  /** @param {string} name */
  onAction(name) {
    if (this.picker.onAction(name)) return;
    const { state } = this.host;
    state.tries = ((Number(state.tries) || 0) + 1) % 10_000;
    this.ask();
    this.host.syncUrl();
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
    const { state, model } = this.host;
    /** @param {number} by */
    const step = by => () => this.onSlide("first", stepped(state.first, by, model.d));
    return {
      ...this.picker.keys(),
      g: () => this.onAction("again"),
      ArrowLeft: step(-1),
      ArrowRight: step(1),
      ArrowUp: step(-model.width),
      ArrowDown: step(model.width),
    };
  }

  urlParams() {
    const { first, tries } = this.host.state,
      { d } = this.host.model;
    return {
      ...this.picker.urlParams(),
      first: first === Math.floor(d / 2) ? "" : String(first),
      tries: Number(tries) ? String(tries) : "",
    };
  }
}

/** @param {PixelPlayer} host */
function markup({ model }) {
  const order = Object.keys(model.orders)[0];
  const free = Array.from(
    { length: SAMPLES },
    () => html`<canvas data-free role="img" aria-label="A free-running sample"></canvas>`,
  );
  return html`
<p class="lead">In training, each pixel is predicted from true pixels (teacher forcing). Free-running, the model sees its own samples. <span class="muted">Give a few rows more or fewer: when is the class decided?</span></p>
<div class="bar"><label class="slider wide" title="Given pixels in ${order} order (arrow keys: one pixel, one row)">Given: the first <input type="range" data-slide="first" min="0" max="${model.d}" step="1"><output data-out="first"></output></label>
  ${button("again", "new seed", "Sample again from the same given pixels (G)")}</div>
<div class="reading forced"><section class="chooser" data-part="chosen"></section>
  <figure><canvas data-part="mean" role="img" aria-label="Teacher forcing, mean of each prediction"></canvas><figcaption>teacher forcing: mean</figcaption></figure>
  <figure><canvas data-part="best" role="img" aria-label="Teacher forcing, mode of each prediction"></canvas><figcaption>teacher forcing: most probable</figcaption></figure>
  <figure class="runs"><div>${free}</div><figcaption>free-running after the line: ${SAMPLES} samples</figcaption></figure></div>
<div class="charts"><figure><figcaption>−log p of each pixel, nats: <i style="color:${TRUTH}">■</i> true pixels (teacher forcing) <i style="color:${FREE}">■</i> free-running samples</figcaption><div><canvas data-part="cost" height="150" role="img" aria-label="−log p of each pixel, true image and free-running samples"></canvas></div></figure>
<figure><figcaption>Fraction equal to the true level: <i style="color:${TRUTH}">■</i> teacher forcing (expected) <i style="color:${FREE}">■</i> free-running</figcaption><div><canvas data-part="share" height="150" role="img" aria-label="Fraction of samples equal to the true level"></canvas></div></figure></div>
<p class="note" data-part="measured"></p>
<p class="note">Means over test images, smoothed over one row; dashed line: end of the given pixels. A sample that differs from the true image is not wrong: the same given pixels allow many images.</p>`;
}
