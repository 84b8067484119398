// Chains as tiles: means of the pixels given the layer above.

import { fit, greyPixel, layout, paint } from "../../shared/view/canvas.js";
import { PICKED } from "../../shared/view/colours.js";
import { context2d } from "../../shared/view/dom.js";
import { roomFor } from "../../shared/view/panel.js";

/** @typedef {import("./types.d.ts").Layers} Layers */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("./model.js").DeepModel} model
 * @param {Layers[]} states
 * @param {number} most CSS pixels of its side, where there is room
 * @param {number} [picked] outlined
 * @returns {import("../../shared/view/canvas.js").TileGrid} where the tiles are
 */
export function drawChains(canvas, { width, height, machine }, states, most, picked = -1) {
  const side = Math.min(most, Math.max(160, roomFor(canvas)));
  fit(canvas, side, side);
  const context = context2d(canvas);
  context.clearRect(0, 0, canvas.width, canvas.height);
  const tiles = layout(states.length, width, height, canvas.width, canvas.height, 4);
  states.forEach((layers, k) => {
    const { x, y } = tiles.place(k);
    const means = machine.meanOf(0, machine.inputFromAbove(layers, 0));
    for (let i = 0; i < means.length; i++) means[i] *= 255;
    paint(context, width, height, greyPixel(means), x, y, tiles.tileW, tiles.tileH);
  });
  if (picked < 0) return tiles;
  const { x, y } = tiles.place(picked);
  context.strokeStyle = PICKED;
  context.lineWidth = 3;
  context.strokeRect(x - 1, y - 1, tiles.tileW + 2, tiles.tileH + 2);
  return tiles;
}
