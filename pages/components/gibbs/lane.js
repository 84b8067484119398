// @ts-nocheck: no types yet
// The recorded film of one sampler: frames first .. last, the oldest dropped when the budget is full.

import { autocorrelation, classChanges, FEWEST_CHAINS, integratedTime } from "./mixing.js";

const BUDGET = 64 * 2 ** 20; // bytes of frames a lane may hold
const BURN_IN = 0.2; // of the frames since the start, or since a setting changed
const REMEMBERED = 300; // frames that the autocorrelation looks back

export class Lane {
  constructor(sampler, title, restarts) {
    this.sampler = sampler;
    this.restarts = restarts; // frame number -> whether the chains restarted there
    this.title = title;
    this.clear();
  }

  clear() {
    this.first = 0;
    this.frames = [];
    this.bytes = 0;
    this.since = 0; // the frame from which on the settings are as they are now
    this.busy = null; // the request under way
    this.batch = 2; // how many frames to ask for next
  }

  get last() {
    return this.first + this.frames.length - 1;
  }

  at(t) {
    return this.frames[t - this.first];
  }

  // forget what comes after frame t; a short request under way may still come in, a long one is given up
  truncate(t) {
    if (this.busy?.short) this.busy.stale = true;
    else this.abort();
    this.batch = 4;
    this.since = Math.max(0, t);
    const cut = this.frames.splice(Math.max(0, t - this.first + 1));
    for (const frame of cut) this.bytes -= frame.bytes;
    // what stays of a batch cut in two must not hold on to all of its memory
    for (let k = this.frames.length - 1; cut.length && k >= 0 && this.frames[k].mean.buffer === cut[0].mean.buffer; k--)
      for (const [name, plane] of Object.entries(this.frames[k]))
        if (ArrayBuffer.isView(plane)) this.frames[k][name] = plane.slice();
  }

  abort() {
    this.busy?.controller.abort();
    this.busy = null;
  }

  append(header, planes, count) {
    if (header.first !== this.last + 1 && this.frames.length) return;
    if (!this.frames.length) this.first = header.first;
    for (let k = 0; k < count; k++) {
      const frame = { bytes: 0 };
      for (const [name, { data, shape }] of Object.entries(planes)) {
        const length = shape.slice(1).reduce((a, b) => a * b, 1);
        frame[name] = data.subarray(k * length, (k + 1) * length);
        frame.bytes += length * data.BYTES_PER_ELEMENT;
      }
      if (frame.class) {
        Object.assign(frame, classChanges(frame, this.frames.at(-1), this.restarts(header.first + k)));
        frame.bytes += 3 * frame.class.length;
      }
      this.frames.push(frame);
      this.bytes += frame.bytes;
    }
    while (this.bytes > BUDGET && this.frames.length > 2) {
      this.bytes -= this.frames.shift().bytes;
      this.first += 1;
    }
  }

  // changes of class of all chains up to frame t; null without a probe
  totalChanges(t) {
    return this.at(t)?.changes?.reduce((a, b) => a + b, 0) ?? null;
  }

  // {rho, time, closed} of the hidden layers up to frame t, time in Gibbs steps; null where the film is too short
  mixing(t, chains, units, sweeps) {
    const from = Math.max(this.first, this.since + Math.ceil(BURN_IN * (t - this.since)), t - REMEMBERED);
    if (chains < FEWEST_CHAINS || t > this.last || t - from < 10) return null;
    const layers = this.frames.slice(from - this.first, t - this.first + 1).map(({ hidden }) => hidden);
    const rho = autocorrelation(layers, chains, units, i => this.restarts(from + i));
    if (!rho) return null;
    const { time, closed } = integratedTime(rho);
    return { rho, time: time * sweeps, closed };
  }
}

export function bit(packed, row, units, i) {
  return (packed[row * Math.ceil(units / 8) + (i >> 3)] >> (7 - (i & 7))) & 1;
}
