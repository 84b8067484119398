// What stands beside the pointer: the example that it is on.

import { find } from "../../shared/view/dom.js";
import { drawGrey, fitGrey } from "../../shared/view/greys.js";

const SIDE = 64; // CSS pixels of the picture

/**
 * @param {import("./player.js").ComparePlayer} host
 * @param {number} row -1: none
 * @param {import("./map_view.js").MapView} [view] where the pointer is
 * @param {import("../../shared/view/plane_view.js").Spot} [at]
 */
export function showTip(host, row, view, at) {
  const tip = host.$("tip");
  tip.hidden = row < 0 || !view || !at;
  if (tip.hidden || !view || !at) return;
  const grey = host.model.image(row);
  const canvas = find(tip, "canvas", HTMLCanvasElement);
  canvas.hidden = !grey;
  if (grey) {
    fitGrey(canvas, host.model, SIDE);
    drawGrey(canvas, grey, host.model);
  }
  find(tip, "span").textContent = host.model.nameOf(row);
  const own = host.root.getBoundingClientRect();
  const box = view.over.getBoundingClientRect();
  const x = box.left - own.left + at.x;
  tip.style.left = `${x + 14 + tip.offsetWidth > own.width ? x - 14 - tip.offsetWidth : x + 14}px`;
  tip.style.top = `${box.top - own.top + at.y + 10}px`;
}
