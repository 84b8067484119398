// What the server is asked for frames.

import { chainCount, temperatureOf } from "./settings.js";

/**
 * @typedef {import("./chain_buffer.js").ChainBuffer} ChainBuffer
 * @typedef {import("./types.d.ts").GibbsData} GibbsData
 * @typedef {import("./types.d.ts").GibbsState} GibbsState
 * @typedef {import("../../shared/view/drawing_pad.js").DrawingPad} DrawingPad
 * @typedef {import("../../shared/view/types.d.ts").SentPlane} SentPlane
 */

const MOST_BYTES = 6e6; // of an answer
const MOST_FRAMES = 60;

/**
 * How many frames to ask for: the first picture soon, then ever longer batches up to about a second.
 * @param {GibbsData} data
 * @param {Pick<GibbsState, "settings" | "playback">} state
 * @param {number} batch what the buffer would ask for
 */
export function frameCount({ width, height, binary, hidden }, { settings, playback }, batch) {
  const bytes = chainCount(settings) * (width * height * (binary ? 1.125 : 2) + hidden / 8);
  const most = Math.max(2, Math.min(MOST_FRAMES, Math.floor(MOST_BYTES / bytes)));
  return playback.goal > 8 ? most : Math.min(most, Math.max(6, settings.fps), batch);
}

/**
 * Header and planes of a request for the frames that follow those of a buffer.
 * @param {GibbsData} data
 * @param {GibbsState} state
 * @param {ChainBuffer} buffer
 * @param {DrawingPad | null} pad
 */
export function framesRequest(data, { settings, playback, ablated }, buffer, pad) {
  const chains = chainCount(settings),
    pixels = data.width * data.height,
    units = Math.ceil(data.hidden / 8);
  /** @type {Record<string, SentPlane>} */
  const planes = {};
  const last = buffer.at(buffer.last);
  if (last?.replicas && buffer.sampler === "pt") {
    const shape = [last.replicas.length / chains / units, chains, units];
    planes.hidden = { type: "u8", shape, data: last.replicas };
  } else if (last) planes.hidden = { type: "u8", shape: [chains, units], data: last.hidden };
  if (pad && settings.start === "drawing") planes.drawing = { type: "u8", shape: [pixels], data: pad.drawing.slice() };
  if (pad?.hasMask) {
    planes.clamp_mask = { type: "u8", shape: [pixels], data: pad.mask.slice() };
    planes.clamp_grey = { type: "u8", shape: [pixels], data: pad.clamped.slice() };
  }
  const header = {
    settings: {
      sampler: buffer.sampler,
      temperature: temperatureOf(settings),
      sweeps: settings.sweeps,
      cd_steps: settings.cd,
      off: [...ablated],
      seed: settings.seed,
    },
    start: settings.start,
    class: settings.digit,
    chains,
    first: last ? buffer.last + 1 : 0,
    count: frameCount(data, { settings, playback }, buffer.batch),
  };
  return { header, planes };
}

/**
 * The chain that is shown large until another is picked: the one that the probe reads most confidently, and among equals
 * (or without a probe) the one of lowest free energy.
 * @param {import("./types.d.ts").Frame} frame
 * @param {number} chains
 */
export function clearestChain({ confidence, free_energy: energy }, chains) {
  let best = 0;
  for (let c = 1; c < chains; c++)
    if (confidence && confidence[c] !== confidence[best] ? confidence[c] > confidence[best] : energy[c] < energy[best])
      best = c;
  return best;
}
