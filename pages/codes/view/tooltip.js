// What the pointer shows on a map: a point with what comes back from its code, or what is decoded from a place.

import { write } from "../../shared/view/controls.js";
import { find, findAll } from "../../shared/view/dom.js";
import { clear, drawGrey, fitGrey } from "../../shared/view/greys.js";
import { html, refresh } from "../../shared/view/html.js";
import { valueWords } from "./colour_choice.js";
import { amount } from "./scores.js";

/** @typedef {import("../../shared/view/decoder_net.js").DecoderNet} DecoderNet */
/** @typedef {import("../../shared/view/plane_view.js").Spot} Spot */
/** @typedef {import("./map_panel.js").MapPanel} MapPanel */
/** @typedef {import("./player.js").CodesView} CodesView */
/** @typedef {{ grey: ArrayLike<number> | null, words: string }} Picture null while it is on its way */

const SIDE = 76;
const PATIENCE = 60; // ms that the pointer rests on a point before its reconstruction is asked for

/**
 * Where a tooltip stands beside a spot: on the left where there is no room on the right, below where there is none above.
 * @param {Spot} spot in a box
 * @param {{ width: number, height: number }} tip
 * @param {{ width: number, top: number }} box
 */
export function besideSpot({ x, y }, tip, box) {
  const left = x + 18 + tip.width > box.width ? x - tip.width - 18 : x + 18;
  const above = y - tip.height - 10;
  return { x: Math.max(2, left), y: Math.max(2, above < box.top ? y + 18 : above) };
}

export class Tooltip {
  /**
   * @param {CodesView} host
   * @param {HTMLElement} element
   */
  constructor(host, element) {
    this.host = host;
    this.element = element;
    this.figures = findAll(element, "figure");
    this.words = find(element, ":scope > span");
    /** @type {(() => void) | null} fills it anew: what it shows may be on its way */
    this.fill = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** Show a point. @param {MapPanel} panel @param {Spot} spot @param {number} row */
  showPoint(panel, spot, row) {
    this.show(panel, spot, () => this.fillPoint(row));
  }

  /** Show what is decoded from a place. @param {MapPanel} panel @param {Spot} spot @param {DecoderNet} net */
  showPlace(panel, spot, net) {
    const place = panel.placeAt(spot);
    const words = panel.map.name === "pca-pixels" ? "decoded by PCA" : "decoded from here";
    this.show(panel, spot, () =>
      this.draw([{ grey: net.run(place), words }], html`(${place.map(x => Number(x.toPrecision(3))).join(", ")})`),
    );
  }

  hide() {
    this.fill = null;
    this.element.hidden = true;
  }

  /** Something has come that it may show. */
  refresh() {
    this.fill?.();
  }

  /** @param {MapPanel} panel @param {Spot} spot @param {() => void} fill */
  show(panel, spot, fill) {
    const { element, host } = this;
    this.fill = fill;
    fill();
    element.hidden = false;
    const root = host.root.getBoundingClientRect();
    const plane = panel.plane.getBoundingClientRect();
    const top = plane.top - root.top;
    const { x, y } = besideSpot(
      { x: plane.left - root.left + spot.x, y: top + spot.y },
      { width: element.offsetWidth, height: element.offsetHeight },
      { width: root.width, top },
    );
    element.style.transform = `translate(${x}px, ${y}px)`;
  }

  /** @param {number} row */
  fillPoint(row) {
    const { host } = this;
    const { points } = host;
    points.fetchWords([row]);
    const back = points.back.get(row) ?? null;
    if (!back && points.size) this.askForBack(row);
    const label = points.labels ? html`<b>${points.classes[points.labels[row]]}</b> · ` : "";
    const words = points.words.get(row);
    this.draw(
      [
        { grey: points.image(row), words: "image" },
        { grey: back, words: "reconstruction" },
      ],
      html`${label}number ${points.indices[row]} · error ${amount(points.errors[row])}${valueWords(host.shown, row)}${host.showsTraining ? " (final weights)" : ""}${words ? html`<br>${words.join(" · ")}` : ""}`,
    );
  }

  /** @param {number} row */
  askForBack(row) {
    const { host } = this;
    const { points } = host;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (host.points === points && host.selection.hover === row) points.fetchBack([row]);
    }, PATIENCE);
  }

  /** @param {Picture[]} pictures @param {import("../../shared/view/html.js").Html} text */
  draw(pictures, text) {
    const { points } = this.host;
    const key = String(text);
    for (const [i, figure] of this.figures.entries()) {
      figure.hidden = !points.size || !pictures[i];
      if (figure.hidden) continue;
      const canvas = find(figure, "canvas", HTMLCanvasElement);
      const { grey, words } = pictures[i];
      write(find(figure, "figcaption"), words);
      fitGrey(canvas, points, SIDE);
      if (grey) drawGrey(canvas, grey, points);
      else if (canvas.dataset.key !== key) clear(canvas);
      canvas.dataset.key = key;
    }
    refresh(this.words, text);
  }
}
