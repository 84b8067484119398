// Drawings of the one-shot trials on canvases, each painted when it is another one than before.

import { fit } from "../../shared/view/canvas.js";
import { context2d } from "../../shared/view/dom.js";
import { drawGrey } from "../../shared/view/greys.js";

const FRAME = "#0fa07a";
const GAP = 4; // CSS pixels between the drawings of a row

export class TrialPictures {
  /** @param {import("./trials.js").Trials} trials */
  constructor(trials) {
    this.trials = trials;
    /** @type {Map<number, HTMLCanvasElement>} by the places of the drawings */
    this.pictures = new Map();
    /** @type {WeakMap<HTMLCanvasElement, string>} what is painted where */
    this.painted = new WeakMap();
  }

  /** A drawing. @param {HTMLCanvasElement} canvas @param {number} place @param {number} side in CSS pixels */
  paint(canvas, place, side) {
    if (!this.isOther(canvas, side, side, String(place))) return;
    context2d(canvas).drawImage(this.picture(place), 0, 0, canvas.width, canvas.height);
  }

  /**
   * Drawings side by side, some of them framed.
   * @param {HTMLCanvasElement} canvas
   * @param {number[]} places
   * @param {boolean[]} framed
   * @param {number} side in CSS pixels
   */
  paintRow(canvas, places, framed, side) {
    const step = side + GAP;
    if (!this.isOther(canvas, places.length * step, side, `${places} ${framed}`)) return;
    const context = context2d(canvas);
    const ratio = canvas.height / side;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, places.length * step, side);
    places.forEach((place, i) => {
      context.drawImage(this.picture(place), i * step, 0, side, side);
      if (!framed[i]) return;
      context.strokeStyle = FRAME;
      context.lineWidth = 3;
      context.strokeRect(i * step + 1.5, 1.5, side - 3, side - 3);
    });
  }

  /**
   * Whether a canvas, which is sized for it, shows something else.
   * @param {HTMLCanvasElement} canvas
   * @param {number} width in CSS pixels
   * @param {number} height
   * @param {string} what
   */
  isOther(canvas, width, height, what) {
    const wiped = fit(canvas, width, height);
    if (!wiped && this.painted.get(canvas) === what) return false;
    this.painted.set(canvas, what);
    return true;
  }

  /** @param {number} place @returns {HTMLCanvasElement} */
  picture(place) {
    let picture = this.pictures.get(place);
    if (!picture) {
      const { side } = this.trials;
      picture = document.createElement("canvas");
      picture.width = picture.height = side;
      drawGrey(picture, this.trials.greys(place), { width: side, height: side });
      this.pictures.set(place, picture);
    }
    return picture;
  }
}
