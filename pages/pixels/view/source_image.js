// The image that is read or completed: a test image or the visitor's drawing, as levels of the model.

import { DrawingPad } from "../../shared/view/drawing_pad.js";
import { quantizeDrawing } from "../../shared/view/levels.js";

/** @typedef {import("./player.js").PixelPlayer} PixelPlayer */

export class SourceImage {
  /**
   * With the drawing that the link has.
   * @param {PixelPlayer} host
   * @param {HTMLCanvasElement} canvas
   * @param {() => void} onStroke
   */
  constructor(host, canvas, onStroke) {
    const { model, state } = host;
    this.host = host;
    this.pad = new DrawingPad(canvas, { ...model, binary: model.levels === 2 }, onStroke);
    if (state.drawing && !this.pad.decode(state.drawing, this.pad.drawing))
      host.showError("The drawing in the link does not fit this model's images and was ignored.");
  }

  /** The drawing in levels. */
  drawing() {
    return quantizeDrawing(this.pad.drawing, this.host.model.levels);
  }

  /** The drawing as a link has it; "" where nothing is drawn. */
  packed() {
    return this.empty ? "" : this.pad.encode(this.pad.drawing);
  }

  /** The test image in levels; null where test images are not downloaded. */
  example() {
    const { model, state } = this.host;
    return model.examples.length ? model.examples[state.example % model.examples.length] : null;
  }

  clear() {
    this.pad.drawing.fill(0);
  }

  get empty() {
    return !this.pad.drawing.some(grey => grey);
  }
}
