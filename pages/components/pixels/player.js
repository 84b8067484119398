// @ts-nocheck: no types yet
// The player of models that paint pixel by pixel: what its panels share beside what all players under tabs do.

import { fit, paint } from "../gibbs/draw.js";
import { Host } from "../tabs/host.js";
import { PANELS } from "./panels.js";

export function mount(parent, component) {
  return new Player(parent.querySelector(".player"), component);
}

class Player extends Host {
  get panels() {
    return PANELS;
  }

  get forgotten() {
    return {
      order: "",
      order_seed: 0,
      only: "",
      t: -1,
      pick: 0,
      edits: "",
      source: "nothing",
      example: 0,
      drawing: "",
      region: "",
      read: "test",
      other: "",
      level: 0,
      missing: "",
      first: -1,
      place: -1,
    };
  }

  get kept() {
    return ["speed", "loop", "glow", "images", "temperature"];
  }

  // {width, height, d, levels, classes told of, orders by name, own order, examples (levels), their labels, class names}
  read({ header, planes }) {
    const d = header.width * header.height,
      { data } = planes.examples;
    const examples = Array.from({ length: data.length / d }, (_, i) => data.subarray(i * d, (i + 1) * d));
    return { ...header, d, examples, order: planes.order.data };
  }

  // levels (D,) into a canvas of so many pixels on the longer side
  blit(canvas, levels, side) {
    const { width, height } = this.model;
    const scale = side / Math.max(width, height);
    fit(canvas, width * scale, height * scale);
    paint(canvas.getContext("2d"), width, height, this.pixel(levels), 0, 0, canvas.width, canvas.height);
  }

  pixel(levels) {
    const step = 255 / (this.model.levels - 1);
    return (out, i, at) => {
      out[at] = out[at + 1] = out[at + 2] = levels[i] * step;
      out[at + 3] = 255;
    };
  }
}
