// The images being sampled as frames of an animation.

import { sampledByAll } from "./paint_state.js";

const FRAMES = 120; // at most, without those at the end
const UNSAMPLED = 90; // grey

/**
 * Numbers of pixels that the frames show, at even steps; the complete images stand for a while.
 * @param {number} start
 * @param {number} end
 * @param {number} most frames
 * @returns {{ times: number[], count: number }} `count`: frames before the end stands
 */
export function frameTimes(start, end, most) {
  const count = Math.min(FRAMES, most);
  const times = Array.from({ length: count }, (_, k) => Math.round(start + ((k + 1) * (end - start)) / count));
  for (let k = 0; k < count / 5; k++) times.push(end);
  return { times, count };
}

/**
 * The images as the route for GIFs takes them.
 * @param {import("./paint_state.js").PaintState} state with an order
 * @param {(i: number) => number} classOf
 * @param {number} speed pixels a second
 */
export function animationMessage(state, classOf, speed) {
  const { model, buffers, rank, given, start } = state,
    { d } = model,
    n = buffers.length,
    end = sampledByAll(state),
    grey = 255 / (model.levels - 1);
  const { times, count } = frameTimes(start, end, d - start);
  const tiles = new Uint8Array(times.length * n * d),
    classes = new Uint8Array(times.length * n);
  times.forEach((t, f) => {
    buffers.forEach(({ values }, i) => {
      const at = (f * n + i) * d;
      for (let p = 0; p < d; p++) {
        const place = rank ? rank[p] : d;
        if (place < t) tiles[at + p] = values[place] * grey;
        else tiles[at + p] = given?.mask[p] ? given.levels[p] * grey : UNSAMPLED;
      }
      classes[f * n + i] = classOf(i);
    });
  });
  /** @type {Record<string, import("../../shared/view/types.d.ts").SentPlane>} greys and classes of each frame's images */
  const planes = {
    tiles: { type: "u8", shape: [times.length, n, d], data: tiles },
    classes: { type: "u8", shape: [times.length, n], data: classes },
  };
  const fps = Math.max(1, Math.min(30, Math.round((count * speed) / (end - start))));
  return { header: { fps }, planes };
}

/** @param {number[]} rgb 0 to 255 */
export const hex = rgb => `#${rgb.map(x => x.toString(16).padStart(2, "0")).join("")}`;
