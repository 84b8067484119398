// The frames of all samplers that run, asked for before the film runs out.

import { post } from "../../shared/view/api.js";
import { ChainBuffer } from "./chain_buffer.js";
import { clearestChain, framesRequest } from "./frames_request.js";
import { chainCount, restartsAt, samplersOf, titleOf } from "./settings.js";

/**
 * @typedef {import("../../shared/view/drawing_pad.js").DrawingPad} DrawingPad
 * @typedef {import("../../shared/view/types.d.ts").Message} Message
 * @typedef {import("./types.d.ts").FramePlanes} FramePlanes
 * @typedef {import("./types.d.ts").GibbsData} GibbsData
 * @typedef {import("./types.d.ts").GibbsState} GibbsState
 */

export class Film {
  /**
   * @param {GibbsData} data
   * @param {GibbsState} state
   * @param {DrawingPad | null} pad
   * @param {{onFrames: () => void, onGoal: () => void, onError: (error: unknown) => void}} tell `onGoal`: the frame that a
   *   link asked for is there
   */
  constructor(data, state, pad, tell) {
    this.data = data;
    this.state = state;
    this.pad = pad;
    this.tell = tell;
    /** @type {ChainBuffer[]} one a sampler */
    this.buffers = [];
    this.failed = false; // nothing more is asked for until something is changed
    this.closed = false;
  }

  /** Frames that all samplers have. */
  get range() {
    return {
      oldest: Math.max(...this.buffers.map(buffer => buffer.first)),
      newest: Math.min(...this.buffers.map(buffer => buffer.last)),
    };
  }

  /** The buffer and the frame of the picked chain, undefined before the first. */
  get pickedBuffer() {
    return this.buffers[this.state.picked.buffer];
  }

  get frame() {
    return this.pickedBuffer.at(this.state.playback.t);
  }

  /** Whether chains shall start from a drawing, and none is there. */
  get waitsForDrawing() {
    return this.pad !== null && this.state.settings.start === "drawing" && this.pad.empty;
  }

  /** Begin anew at frame 0. */
  restart() {
    const { settings, picked, playback } = this.state;
    this.abort();
    this.buffers = samplersOf(settings).map(
      sampler =>
        new ChainBuffer(sampler, titleOf(sampler, settings, this.data.training), t => restartsAt(sampler, settings, t)),
    );
    picked.buffer = Math.min(picked.buffer, this.buffers.length - 1);
    picked.chain = Math.min(Math.max(0, settings.chain), chainCount(settings) - 1);
    playback.restart(settings.frame);
    settings.frame = -1;
    this.failed = false;
    this.ensureFrames();
  }

  /** Keep the past, and draw the future anew with the settings as they are now. */
  branch() {
    const { settings, playback } = this.state;
    for (const buffer of this.buffers) {
      buffer.truncate(playback.t);
      buffer.title = titleOf(buffer.sampler, settings, this.data.training);
    }
    playback.loop = false;
    this.failed = false;
    this.ensureFrames();
  }

  /** Ask for frames where the film is about to run out. */
  ensureFrames() {
    if (this.failed || this.closed || this.waitsForDrawing) return;
    const wanted = this.state.playback.wanted(this.state.settings.fps);
    for (const buffer of this.buffers) if (!buffer.request && buffer.last < wanted) this.fetchFrames(buffer);
  }

  /** @param {ChainBuffer} buffer */
  async fetchFrames(buffer) {
    const { header, planes } = framesRequest(this.data, this.state, buffer, this.pad);
    const request = { controller: new AbortController(), short: header.count <= 8, stale: false };
    buffer.request = request;
    try {
      const answer = await post(`${this.data.api}/frames`, header, planes, request.controller.signal);
      if (buffer.request !== request) return;
      buffer.request = null;
      this.add(buffer, answer, request.stale);
    } catch (error) {
      if (buffer.request !== request) return;
      buffer.request = null;
      this.failed = true;
      this.tell.onError(error);
    }
  }

  /**
   * @param {ChainBuffer} buffer
   * @param {Message} answer
   * @param {boolean} stale whether settings have changed while it was under way
   */
  add(buffer, { header, planes }, stale) {
    const { playback } = this.state;
    const frames = /** @type {FramePlanes} */ (/** @type {unknown} */ (planes));
    if (!stale) {
      buffer.append(header, frames, header.count);
      if (header.first === 0) this.pickClearest(buffer);
      buffer.batch = 2 * header.count;
    } else if (playback.playing && buffer.frames.length) buffer.append(header, frames, 1); // keeps the film going
    if (playback.reachGoal(this.range)) this.tell.onGoal();
    this.tell.onFrames();
    this.ensureFrames();
  }

  /** @param {ChainBuffer} buffer */
  pickClearest(buffer) {
    const { settings, picked } = this.state;
    const frame = buffer.at(0);
    if (frame && settings.chain < 0 && buffer === this.pickedBuffer)
      picked.chain = clearestChain(frame, chainCount(settings));
  }

  abort() {
    for (const buffer of this.buffers) buffer.abort();
  }

  close() {
    this.closed = true;
    this.abort();
  }
}
