// @ts-nocheck: no types yet
// The image that is looked at or completed: a test image or the visitor's drawing, as levels of the model.

import { fit, greyPixel, paint } from "../gibbs/draw.js";
import { Easel } from "../gibbs/easel.js";

export class Subject {
  // the drawing and the example that the link names; `changed()` is called when the levels are others
  constructor(host, canvas, changed) {
    const { model } = host;
    this.host = host;
    this.easel = new Easel(canvas, { ...model, binary: model.levels === 2 }, changed);
    const { drawing } = host.state;
    if (drawing && !this.easel.read(drawing, this.easel.drawing))
      host.complain("The link's drawing does not fit this model's images: it was not used.");
  }

  // greys to levels as the model's data were made from greys: rounded to the nearest level; of bits, on above one half
  static levels(grey, levels) {
    return Uint8Array.from(grey, x => Math.round((x / 255) * (levels - 1) - (levels === 2 ? 1e-6 : 0)));
  }

  // in the sixteen greys that a link carries of it, so that a link brings back the same levels
  drawn() {
    const { levels } = this.host.model;
    return Subject.levels(
      levels > 2 ? this.easel.drawing.map(x => 17 * Math.round(x / 17)) : this.easel.drawing,
      levels,
    );
  }

  example() {
    const { examples } = this.host.model;
    return examples.length ? examples[this.host.state.example % examples.length] : null;
  }

  wipe() {
    this.easel.drawing.fill(0);
  }

  get empty() {
    return !this.easel.drawing.some(x => x);
  }
}

export { fit, greyPixel, paint };
