// A film for a GIF: tiles of the last frames, each framed in the colour of its class.

import { greyTile } from "./chain_grid.js";
import { chainCount } from "./settings.js";

/**
 * @typedef {import("./chain_buffer.js").ChainBuffer} ChainBuffer
 * @typedef {import("./types.d.ts").GibbsData} GibbsData
 * @typedef {import("./types.d.ts").Settings} Settings
 */

const MOST_FRAMES = 120,
  MOST_CHAINS = 64;
const NO_CLASS = 255;

/**
 * Header and planes of a request for a GIF of the frames up to t.
 * @param {GibbsData} data
 * @param {Settings} settings
 * @param {ChainBuffer} buffer
 * @param {number} t
 */
export function gifRequest({ width, height, binary, colours }, settings, buffer, t) {
  const n = Math.min(chainCount(settings), MOST_CHAINS),
    d = width * height;
  const first = Math.max(buffer.first, t - MOST_FRAMES + 1),
    count = t - first + 1;
  const tiles = new Uint8Array(count * n * d),
    classes = new Uint8Array(count * n).fill(NO_CLASS);
  for (let f = 0; f < count; f++) {
    const frame = buffer.at(first + f);
    if (!frame) continue;
    for (let c = 0; c < n; c++) {
      tiles.set(greyTile(frame, c, settings.view, { width, height, binary }), (f * n + c) * d);
      if (frame.class) classes[f * n + c] = frame.class[c] % colours.length;
    }
  }
  return {
    first,
    header: { width, height, columns: Math.ceil(Math.sqrt(n)), fps: settings.fps, colours },
    planes: /** @type {Record<string, import("../../shared/view/types.d.ts").SentPlane>} */ ({
      tiles: { type: "u8", shape: [count, n, d], data: tiles },
      classes: { type: "u8", shape: [count, n], data: classes },
    }),
  };
}
