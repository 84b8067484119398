// What Paint shows, and what changes it: images being sampled, changed pixels, continuations, the playhead.

import { reducedMotion } from "../../shared/view/motion.js";
import { ranksOf } from "./model.js";
import { SampleBuffer } from "./sample_buffer.js";

export const CONTINUATIONS = 8;

/** @typedef {import("./model.js").PixelModel} PixelModel */
/** @typedef {import("./model.js").GivenPixels} GivenPixels */
/** @typedef {import("./sample_buffer.js").PixelEdit} PixelEdit */
/**
 * @typedef {object} PaintState
 * @property {Pick<PixelModel, "levels" | "d" | "width">} model
 * @property {SampleBuffer[]} buffers one an image
 * @property {GivenPixels | null} given what the images begin with
 * @property {number} start pixels that are given before the first sampled one
 * @property {Uint16Array | null} order pixels as they are sampled, null until the server has said it
 * @property {Uint16Array | null} rank its inverse
 * @property {{ image: number, after: number, buffers: SampleBuffer[] } | null} continuations of one image's past
 * @property {number} rounds of continuations so far
 * @property {number[]} undoable images with changed pixels, the latest change last
 * @property {number} t pixels that are shown
 * @property {boolean} playing
 */

/**
 * @param {PaintState["model"]} model
 * @param {number} t of the link; -1 for images that play from their beginning
 * @returns {PaintState}
 */
export const createPaintState = (model, t) => ({
  model,
  buffers: [],
  given: null,
  start: 0,
  order: null,
  rank: null,
  continuations: null,
  rounds: 0,
  undoable: [],
  t: Math.min(model.d, Math.max(0, t)), // the link may be of a larger image
  playing: t < 0 && !reducedMotion(),
});

/**
 * New images, of which nothing is sampled yet. The playhead stays.
 * @param {PaintState} state
 * @param {number} images
 * @param {GivenPixels | null} given
 */
export function restart(state, images, given) {
  state.buffers = Array.from({ length: images }, (_, i) => new SampleBuffer(state.model, i, i));
  Object.assign(state, { given, start: 0, order: null, rank: null, continuations: null, undoable: [] });
}

/**
 * @param {PaintState} state
 * @param {Uint16Array} order
 */
export function setOrder(state, order) {
  state.order = order;
  state.rank = ranksOf(order);
}

/**
 * Given pixels that come first in the order are there from the beginning.
 * @param {PaintState} state
 * @param {number} first sampled pixel
 */
export function fillGiven(state, first) {
  const { given, order } = state;
  if (!given || !order || !first) return;
  state.start = first;
  for (const buffer of state.buffers) {
    for (let t = 0; t < first; t++) buffer.values[t] = given.levels[order[t]];
    buffer.length = Math.max(buffer.length, first);
  }
  state.t = Math.max(state.t, first);
}

/**
 * Everything that is known once `after` pixels of a buffer are.
 * @param {PaintState} state
 * @param {SampleBuffer} buffer
 * @param {number} after
 * @returns {GivenPixels}
 */
export function knownPixels({ model, given, order }, buffer, after) {
  const levels = given ? given.levels.slice() : new Uint8Array(model.d);
  const mask = given ? given.mask.slice() : new Uint8Array(model.d);
  for (let t = 0; order && t < after; t++) {
    levels[order[t]] = buffer.values[t];
    mask[order[t]] = 1;
  }
  return { levels, mask };
}

/**
 * Change a pixel; what follows it is to be sampled into the buffer that is returned, null where there is no such pixel.
 * @param {PaintState} state
 * @param {PixelEdit} edit
 */
export function changePixel(state, edit) {
  const { image, after, value, key } = edit,
    old = state.buffers[image];
  if (after > old.length || after < state.start) return null;
  const buffer = new SampleBuffer(state.model, key, image, old).copyPrefix(old, after, value);
  buffer.edits.push(...old.edits, edit);
  state.buffers[image] = buffer;
  state.undoable.push(image);
  return buffer;
}

/**
 * The edit that gives the pixel under the playhead another value; null where it has that value, is given or not sampled.
 * @param {PaintState} state
 * @param {number} image
 * @param {number} value
 * @returns {PixelEdit | null}
 */
export function editAtPlayhead({ buffers, start, t }, image, value) {
  const buffer = buffers[image],
    after = Math.floor(t);
  if (after <= start || after > buffer.length || buffer.values[after - 1] === value) return null;
  return { image, after, value, key: buffer.key };
}

/**
 * Undo the last change of a pixel.
 * @param {PaintState} state
 * @returns {number | null} the image, null where there is nothing to undo
 */
export function undoEdit(state) {
  const image = state.undoable.pop();
  if (image === undefined) return null;
  const { previous, edits } = state.buffers[image];
  const edit = edits.at(-1);
  if (!previous || !edit) return null;
  state.buffers[image] = previous;
  state.t = Math.min(previous.length, edit.after);
  state.continuations = null;
  state.playing = false;
  return image;
}

/**
 * Continue the past of an image in several ways, with other noise each.
 * @param {PaintState} state
 * @param {number} image
 * @returns {NonNullable<PaintState["continuations"]> | null} null where the image is complete at the playhead
 */
export function branchOut(state, image) {
  const past = state.buffers[image],
    after = Math.min(Math.floor(state.t), past.length);
  if (after >= state.model.d) return null;
  state.rounds += 1;
  const buffers = Array.from({ length: CONTINUATIONS }, (_, j) =>
    new SampleBuffer(state.model, 1000 * state.rounds + j, image).copyPrefix(past, after),
  );
  state.continuations = { image, after, buffers };
  state.t = after;
  state.playing = true;
  return state.continuations;
}

/**
 * The edit that makes continuation `j` the image.
 * @param {PaintState} state
 * @param {number} j
 * @returns {PixelEdit | null}
 */
export function editOfContinuation({ continuations, buffers }, j) {
  if (!continuations) return null;
  const { image, after } = continuations;
  return { image, after, value: after ? buffers[image].values[after - 1] : 0, key: continuations.buffers[j].key };
}

/**
 * Pixels that all images on the screen have.
 * @param {PaintState} state
 */
export const sampledByAll = ({ buffers, continuations }) =>
  Math.min(...[...buffers, ...(continuations?.buffers ?? [])].map(buffer => buffer.length));

// -- the playhead -----------------------------------------------------------------------------------

/** @param {PaintState} state */
const beginning = ({ continuations, start }) => continuations?.after ?? start;

/**
 * Move on; true while it plays.
 * @param {PaintState} state
 * @param {number} pixels
 * @param {boolean} loop
 */
export function advance(state, pixels, loop) {
  if (!state.playing) return false;
  state.t = Math.min(sampledByAll(state), state.t + pixels);
  if (state.t < state.model.d) return true;
  if (loop) state.t = beginning(state);
  else state.playing = false;
  return state.playing;
}

/**
 * @param {PaintState} state
 * @param {boolean} on
 */
export function play(state, on) {
  state.playing = on;
  if (on && state.t >= state.model.d) state.t = beginning(state);
}

/**
 * Show `t` pixels, and stand.
 * @param {PaintState} state
 * @param {number} t
 */
export function seek(state, t) {
  state.playing = false;
  state.t = Math.max(state.start, Math.min(sampledByAll(state), Math.round(t)));
}

// -- changed pixels in a link: image.after.value.key, "_" between them --------------------------------

/** @param {SampleBuffer[]} buffers */
export const writeEdits = buffers =>
  buffers
    .flatMap(({ edits }) => edits)
    .map(({ image, after, value, key }) => `${image}.${after}.${value}.${key}`)
    .join("_");

/**
 * @param {string} text
 * @param {Pick<PixelModel, "d" | "levels">} model
 * @param {number} images
 * @returns {PixelEdit[]} those of the text that fit
 */
export function readEdits(text, model, images) {
  return text
    .split("_")
    .filter(part => /^\d{1,2}\.\d{1,6}\.\d{1,3}\.\d{1,9}$/.test(part))
    .map(part => {
      const [image, after, value, key] = part.split(".").map(Number);
      return { image, after, value, key };
    })
    .filter(({ image, after, value }) => image < images && after <= model.d && value < model.levels);
}
