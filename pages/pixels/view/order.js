// Inpainting: the same missing region sampled in every order that a model knows, and why some orders make it hard.

import { isAbort, messageOf, post } from "../../shared/view/api.js";
import { fit } from "../../shared/view/canvas.js";
import { button, choice, write } from "../../shared/view/controls.js";
import { context2d, find, findAll, part } from "../../shared/view/dom.js";
import { fixed } from "../../shared/view/format.js";
import { html, put } from "../../shared/view/html.js";
import { packImage, unpackImage } from "../../shared/view/packed_image.js";
import { rowsOf } from "../../shared/view/rows.js";
import { ImagePicker, send } from "./image_picker.js";
import { comparisons, conclusion, METHODS } from "./inpainting_methods.js";
import { regionMask } from "./model.js";
import { outline, pixelAt } from "./overlays.js";

const SIDE = 208,
  SMALL = 52;
const BRUSH_HINT = "Brush the missing pixels. To restore pixels, start inside the region or hold Shift.";
const SAMPLES = 8; // shown in a row
const GAP = 4; // px between them
const OUTLINE = "rgba(255, 159, 26, 0.75)";
const PATIENCE = 250; // milliseconds that the hand rests before samples are asked for

/** @type {[string, string][]} */
const REGIONS = [
  ["right", "right half"],
  ["lower", "lower half"],
  ["middle", "middle"],
  ["upper", "upper half"],
  ["left", "left half"],
  ["brushed", "brush"],
];
/** @typedef {import("../../shared/view/html.js").Html} Html */
/** @typedef {import("./inpainting_methods.js").Inpainted} Inpainted */
/** @typedef {import("./player.js").PixelPlayer} PixelPlayer */
/**
 * Brush a disc of a mask.
 * @param {{ width: number, height: number }} size
 * @param {Uint8Array} mask
 * @param {number} x centre, in pixels of the image
 * @param {number} y
 * @param {number} value
 */
export function brush({ width, height }, mask, x, y, value) {
  const radius = Math.max(0.8, width / 12);
  for (let i = 0; i < width * height; i++)
    if (Math.hypot((i % width) + 0.5 - x, Math.floor(i / width) + 0.5 - y) < radius) mask[i] = value;
}

/** @param {number | undefined} x */
const cell = x => (x === undefined ? "…" : fixed(x, 1));

export class Order {
  static name = "order";
  static title = "Inpainting";
  static hint = "Sample the same missing region in every order";

  /**
   * @param {PixelPlayer} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    const { model, state } = host;
    this.host = host;
    this.root = root;
    this.orders = Object.keys(model.orders);
    /** @type {Map<string, Inpainted>} by order and method */
    this.results = new Map();
    this.brushed = new Uint8Array(model.d); // 1 where the region is
    this.dirty = true;
    this.destroyed = false;
    this.request = new AbortController();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    put(root, markup(host, this.anyOrder));
    this.picker = new ImagePicker(
      host,
      part(root, "chosen"),
      () => this.ask(),
      () => SIDE,
    );
    if (state.missing) {
      if (unpackImage(state.missing, this.brushed)) this.brushed = this.brushed.map(grey => Number(grey > 127));
      else host.showError("The brushed region in the link does not fit this model's images and was ignored.");
    }
    this.listenToBrush(this.picker.canvas);
    this.rows();
    host.around().then(
      around => !this.destroyed && this.showStored(around),
      error => host.showError(messageOf(error)),
    );
  }

  destroy() {
    this.destroyed = true;
    clearTimeout(this.timer);
    this.request.abort();
  }

  get anyOrder() {
    return this.orders.length > 1;
  }

  /** Whether the pointer brushes the region. */
  get brushes() {
    const { hole, read } = this.host.state;
    return hole === "brushed" && read !== "drawing";
  }

  /** @param {HTMLCanvasElement} canvas */
  listenToBrush(canvas) {
    const { model } = this.host;
    /** @type {number | null} what the brush writes, while it is down */
    let value = null;
    /** @param {PointerEvent} event */
    const dab = event => {
      if (value === null) return;
      const box = canvas.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * model.width,
        y = ((event.clientY - box.top) / box.height) * model.height;
      brush(model, this.brushed, x, y, value);
      this.ask();
      this.host.syncUrl();
    };
    canvas.addEventListener("pointerdown", event => {
      if (!this.brushes) return;
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      value = event.shiftKey || this.brushed[pixelAt(canvas, model, event)] ? 0 : 1;
      dab(event);
    });
    canvas.addEventListener("pointermove", event => {
      if (canvas.hasPointerCapture(event.pointerId)) dab(event);
    });
    const end = () => {
      value = null;
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
  }

  /** 1 where the image is missing. */
  get missing() {
    const { model, state } = this.host;
    return state.hole === "brushed" ? this.brushed : regionMask(model, state.hole);
  }

  // -- what is asked ------------------------------------------------------------------------------

  ask() {
    clearTimeout(this.timer);
    this.host.requestFrame();
    this.timer = setTimeout(() => this.inpaint(), PATIENCE);
  }

  async inpaint() {
    const { host, results } = this,
      { levels, label } = this.picker,
      { state, model } = host;
    if (!levels || this.destroyed) return;
    this.request.abort();
    const request = new AbortController();
    this.request = request;
    results.clear();
    const planes = { image: send(levels), missing: send(this.missing) };
    const settings = { order_seed: Number(state.order_seed) || 0, label, seed: Number(state.tries) || 0 };
    this.rows();
    try {
      /** @type {[string, string][]} */
      const asked = [[this.orders[0], "truth"], ...comparisons(this.orders)];
      for (const [order, way] of asked) {
        if (way === "weighted") continue;
        const { header, planes: answer } = await post(
          `${host.modelUrl}/fill`,
          { order, way, ...settings },
          planes,
          request.signal,
        );
        if (request.signal.aborted) return;
        results.set(`${order} ${way}`, { ...header, images: rowsOf(answer.values.data, model.d) });
        if (answer.weighted)
          results.set(`${order} weighted`, {
            ...header,
            ...header.weighted,
            images: rowsOf(answer.weighted.data, model.d),
          });
        this.rows();
        host.reportShown();
      }
    } catch (error) {
      if (!isAbort(error)) host.showError(messageOf(error));
    }
  }

  // -- words --------------------------------------------------------------------------------------

  rows() {
    const { host, results, orders } = this,
      { model } = host,
      truth = `${orders[0]} truth`;
    /**
     * @param {string | Html} title
     * @param {string} about
     * @param {string} key of the results
     * @param {string} kind class of the row
     */
    const line = (title, about, key, kind = "") => {
      const result = results.get(key);
      let effective = "…";
      if (result) {
        if (result.effective === undefined) effective = "";
        else if (result.different) effective = `${result.different} left`;
        else effective = `${fixed(result.effective, 0)} of ${result.drawings}`;
      }
      const right = result?.right === undefined ? "" : `${Math.round(100 * result.right)}%`;
      return html`<tr class="${kind}"><th title="${about}">${title}</th><td><canvas data-row="${key}" role="img" aria-label="Samples of the region: ${about}"></canvas></td>
        <td class="number">${cell(result?.after)}</td><td class="number">${effective}</td><td class="number">${cell(result?.nats)}</td>
        <td class="number">${result ? right : "…"}</td></tr>`;
    };
    const body = comparisons(orders).map(([order, method]) => {
      const [words, about] = METHODS[method],
        key = `${order} ${method}`;
      if (!this.anyOrder) return line(words, about, key);
      const first = method === "held"; // the first of its order
      const title = first ? html`${order}<small>${words}</small>` : html`<small>${words}</small>`;
      return line(title, `${model.orders[order]}. ${about}`, key, first ? "top" : "");
    });
    put(
      part(this.root, "fills"),
      html`<thead><tr><th></th><th>${SAMPLES} samples</th><th title="−log p of given pixels after the first missing one: low if samples fit">later given pixels, nats</th>
      <th title="Effective sample size; for the particle filter, distinct samples left">effective samples</th><th title="−log p of the whole image, mean over samples">whole image, nats</th><th title="Missing pixels whose level equals the original">as in the original</th></tr></thead>
      <tbody>${line("true image", "The same numbers for the true image; nothing is sampled", truth)}${body}</tbody>`,
    );
    this.dirty = true;
    host.requestFrame();
    write(part(this.root, "says"), conclusion(results, orders, model.proper));
  }

  /** What was measured with the checkpoint. @param {import("./model.js").Around} around */
  showStored({ orders, data }) {
    if (!orders.length) return;
    put(
      part(this.root, "stored"),
      html`<h4>Test images in each order</h4><div class="scrolls"><table><tbody>${orders.map(
        ({ order, nats, spread, note }) =>
          html`<tr><th>${order}</th><td class="number">${fixed(nats)}${spread ? ` ± ${fixed(spread)}` : ""}</td><td><small>${note}</small></td></tr>`,
      )}</tbody></table></div><p class="note">Mean −log p(x) in nats (${data ?? "test images"}, or the first of them).</p>`,
    );
  }

  // -- what is drawn ------------------------------------------------------------------------------

  draw() {
    const { picker } = this,
      { model } = this.host,
      { missing } = this;
    picker.draw();
    if (picker.levels) {
      outline(picker.canvas, model, missing);
      if (this.brushes) picker.canvas.style.cursor = "crosshair";
    }
    if (!this.dirty) return false;
    this.dirty = false;
    for (const canvas of findAll(this.root, "[data-row]", HTMLCanvasElement))
      this.drawRow(canvas, this.results.get(canvas.dataset.row ?? "")?.images, missing);
    return false;
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Uint8Array[] | undefined} images
   * @param {Uint8Array} missing
   */
  drawRow(canvas, images, missing) {
    const { model, theme } = this.host,
      count = images?.length ?? SAMPLES,
      ratio = window.devicePixelRatio || 1;
    const scale = SMALL / Math.max(model.width, model.height),
      w = Math.round(model.width * scale),
      h = Math.round(model.height * scale);
    fit(canvas, count * (w + GAP) - GAP, h);
    canvas.style.height = ""; // narrower where there is no room, in proportion
    canvas.style.aspectRatio = `${canvas.width} / ${canvas.height}`;
    const context = context2d(canvas),
      one = document.createElement("canvas");
    context.clearRect(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < count; i++) {
      const x = i * (w + GAP) * ratio;
      if (images) {
        this.host.blit(one, images[i], SMALL);
        outline(one, model, missing, OUTLINE, 1);
        context.drawImage(one, x, 0);
      } else {
        context.fillStyle = theme.panel;
        context.fillRect(x, 0, w * ratio, h * ratio);
      }
    }
  }

  onTheme() {
    this.dirty = true;
  }

  // -- hands --------------------------------------------------------------------------------------

  /** @param {string} name */
  onAction(name) {
    if (this.picker.onAction(name)) return;
    const { state } = this.host;
    if (name === "again") state.tries = ((Number(state.tries) || 0) + 1) % 10_000;
    else if (name === "clear") this.brushed.fill(0);
    this.ask();
    this.host.syncUrl();
  }

  /** @param {string} name @param {string} value */
  onChoice(name, value) {
    if (name !== "hole") {
      this.picker.onChoice(name);
      return;
    }
    const brushed = value === "brushed";
    find(this.root, '[data-do="clear"]').hidden = !brushed;
    write(part(this.root, "hint"), brushed ? BRUSH_HINT : "");
    this.ask();
  }

  /** @param {string} name @param {string} value */
  onSelect(name, value) {
    this.picker.onSelect(name, value);
  }

  keys() {
    return { ...this.picker.keys(), g: () => this.onAction("again") };
  }

  urlParams() {
    const { hole, tries } = this.host.state,
      { levels } = this.host.model;
    const brushed = hole === "brushed" && this.brushed.some(m => m);
    return {
      ...this.picker.urlParams(),
      hole: hole === "right" ? "" : hole,
      missing: brushed
        ? packImage(
            this.brushed.map(m => 255 * m),
            levels === 2 ? 1 : 4,
          )
        : "",
      tries: Number(tries) ? String(tries) : "",
    };
  }
}

/**
 * @param {PixelPlayer} host
 * @param {boolean} anyOrder
 */
function markup({ state }, anyOrder) {
  return html`
<p class="lead">A part of the image is missing. ${
    anyOrder
      ? "This model was trained on many orders, so the given pixels can come first. Compare with its own order."
      : "This model has a single order: missing pixels are sampled before later given ones are seen."
  } <span class="muted">Try the ${anyOrder ? "middle, then the right half" : "lower half, then the upper"}.</span></p>
<div class="bar"><span class="group"><b>Missing</b>${choice(
    "hole",
    REGIONS.map(([name, words]) => [
      name,
      words,
      name === "brushed" ? "Brush the missing region" : `Remove the ${words}`,
    ]),
    "Missing region",
  )}</span>
  <span class="group">${button("clear", "clear", "Clear the brushed region", state.hole === "brushed" ? "" : html`hidden`)}${button("again", "new seed", "Sample the same region again (G)")}</span><span class="muted" data-part="hint">${state.hole === "brushed" ? BRUSH_HINT : ""}</span></div>
<div class="reading two"><section class="chooser" data-part="chosen"></section>
<section class="scrolls"><table class="fills" data-part="fills"></table><p class="note" data-part="says"></p></section></div>
<div data-part="stored"></div>`;
}
