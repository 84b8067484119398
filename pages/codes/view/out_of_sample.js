// Images that are no points: a drawing, or what was decoded from a place. Each is encoded and finds its place on all maps.

import { messageOf, post } from "../../shared/view/api.js";
import { fit } from "../../shared/view/canvas.js";
import { centred } from "../../shared/view/centred.js";
import { write } from "../../shared/view/controls.js";
import { part } from "../../shared/view/dom.js";
import { DrawingPad } from "../../shared/view/drawing_pad.js";
import { clear, drawGrey } from "../../shared/view/greys.js";
import { LatestRequest } from "../../shared/view/latest_request.js";
import { keyOf } from "./codes_url.js";
import { amount } from "./scores.js";

/** @typedef {import("./map_overlay.js").Mark} Mark */
/** @typedef {import("./player.js").CodesView} CodesView */
/** @typedef {import("./types.d.ts").MapChoice} MapChoice */
/** @typedef {import("../../shared/view/types.d.ts").Message} Message */
/** @typedef {Uint8Array | Uint8ClampedArray} Greys */

/**
 * @typedef {object} Image
 * @property {Greys} grey
 * @property {HTMLCanvasElement} picture of it
 * @property {{ key: string, place: [number, number] } | null} probe the place that it was decoded from; null: a drawing
 * @property {Record<string, number[]>} places by map
 */

const SIDE = 130;
const INVITATION = "Draw an image: it is encoded and shown on every map.";

/**
 * How an error compares with those of most examples, in words.
 * @param {number} error
 * @param {[number, number]} span that most of them lie in
 */
export function comparedWithMost(error, [low, high]) {
  if (error > high) return "higher than 98% of these images: unlike the training data";
  return error < low ? "lower than 98% of these images" : `most of these images: ${amount(low)} to ${amount(high)}`;
}

export class OutOfSample {
  /**
   * @param {CodesView} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    this.answer = part(root, "answer", HTMLCanvasElement);
    this.words = part(root, "encoded");
    /** @type {DrawingPad | null} where the points are pictures */
    this.pad = null;
    /** @type {Image | null} */
    this.image = null;
    this.requests = this.newRequests();
  }

  newRequests() {
    const { host } = this;
    return new LatestRequest(
      (/** @type {Image} */ image) => this.ask(image),
      (answer, image) => this.onAnswer(answer, image),
      error => host.showError(messageOf(error)),
    );
  }

  /** Other points are shown. */
  reset() {
    const { points } = this.host;
    this.requests.close();
    this.requests = this.newRequests();
    this.image = null;
    this.pad = null;
    this.root.hidden = !points.size;
    if (!points.size) return;
    const old = part(this.root, "drawing", HTMLCanvasElement);
    const canvas = /** @type {HTMLCanvasElement} */ (old.cloneNode()); // without the listeners of another pad
    old.replaceWith(canvas);
    const { width, height } = points;
    this.pad = new DrawingPad(canvas, { width, height, binary: false }, () => this.onDrawing());
    this.pad.tool = "draw";
    canvas.addEventListener("pointermove", () => this.drawPad());
    canvas.addEventListener("pointerleave", () => this.drawPad());
    this.drawPad();
    fit(this.answer, SIDE, (SIDE * height) / width);
    clear(this.answer);
    write(this.words, INVITATION);
  }

  close() {
    this.requests.close();
  }

  drawPad() {
    this.pad?.draw(null, SIDE);
  }

  clearPad() {
    if (!this.pad) return;
    this.pad.drawing.fill(0);
    this.drawPad();
    this.drop();
  }

  /** What a link has drawn. @param {string} drawing */
  restore(drawing) {
    if (!drawing || !this.pad) return;
    if (this.pad.decode(drawing, this.pad.drawing)) this.onDrawing();
    else this.host.showError("The link's drawing does not fit these images.");
  }

  /** The drawing packed to text; "" where none is placed. */
  get drawing() {
    const { image, pad } = this;
    return image && !image.probe && pad ? pad.encode(pad.drawing) : "";
  }

  onDrawing() {
    const { host, pad } = this;
    if (!pad) return;
    this.drawPad();
    if (pad.empty) return this.drop();
    if (host.showsTraining) host.bar.seek(null); // a drawing is encoded by the finished model
    const grey = host.points.glyphs ? centred(pad.drawing, host.points) : Uint8Array.from(pad.drawing);
    this.place(grey, null);
    host.syncUrl();
  }

  /**
   * What the decoder draws at a place of a map, and where that lies on the others.
   * @param {MapChoice} map
   * @param {[number, number]} place
   * @param {import("../../shared/view/decoder_net.js").DecoderNet} net
   */
  probe(map, place, net) {
    const grey = net.run(place);
    this.place(grey, { key: keyOf(map), place });
    write(this.words, "The clicked point, decoded; the other maps show where that image is encoded.");
    this.drawAnswer(grey);
    this.host.syncUrl();
  }

  /** Find the places of an image on all maps. @param {Greys} grey @param {Image["probe"]} probe */
  place(grey, probe) {
    const { width, height } = this.host.points;
    const picture = document.createElement("canvas");
    picture.width = width;
    picture.height = height;
    drawGrey(picture, grey, { width, height });
    // while a drawing goes on, it stays where it was until its new places have come
    const before = this.image && !this.image.probe ? this.image.places : {};
    this.image = { grey, picture, probe, places: probe ? { [probe.key]: probe.place } : { ...before } };
    this.placeAgain();
  }

  /** The maps are others, or ready now. */
  placeAgain() {
    if (!this.image) return;
    this.host.redrawOver();
    this.requests.request(this.image);
  }

  /** @param {Image} image */
  async ask({ grey }) {
    const { points, panels, data, state } = this.host;
    const maps = panels.map(panel => panel.map);
    const message = await post(
      `${data.api}/land`,
      { split: points.split, points: state.points, maps: maps.map(({ name, settings }) => ({ name, ...settings })) },
      { image: { type: "u8", shape: [points.height, points.width], data: Uint8Array.from(grey) } },
    );
    return { message, keys: maps.map(keyOf) };
  }

  /** @param {{ message: Message, keys: string[] }} answer @param {Image} image */
  onAnswer({ message: { header, planes }, keys }, image) {
    if (image !== this.image) return;
    for (const [i, key] of keys.entries())
      if (header.places[i] && key !== image.probe?.key) image.places[key] = header.places[i].at;
    if (!image.probe) {
      this.drawAnswer(planes.back.data);
      write(
        this.words,
        `Reconstruction error ${amount(header.error)} (${comparedWithMost(header.error, this.host.errorSpan)}). UMAP and t-SNE cannot map new images: there it is placed between its nearest neighbours.`,
      );
    }
    this.host.redrawOver();
  }

  /** @param {ArrayLike<number>} grey */
  drawAnswer(grey) {
    const { points } = this.host;
    fit(this.answer, SIDE, (SIDE * points.height) / points.width);
    drawGrey(this.answer, grey, points);
  }

  /** No image is placed any longer. */
  drop() {
    this.image = null;
    write(this.words, INVITATION);
    clear(this.answer);
    this.host.redrawOver();
    this.host.syncUrl();
  }

  /** As `drop`, where the image was decoded from a place. */
  dropProbe() {
    if (this.image?.probe) this.drop();
  }

  /** @param {MapChoice} map @returns {Mark | null} */
  markOn(map) {
    const place = this.image?.places[keyOf(map)];
    return this.image && place
      ? { place, image: this.image.picture, text: this.image.probe ? "decoded" : "yours" }
      : null;
  }
}
