// The recorded film of one sampler: frames first .. last, the oldest dropped when the budget is full.

const BUDGET = 64 * 2 ** 20; // bytes of frames a lane may hold
const SURE = 128; // a class counts for hops where the probe is at least half sure

export class Lane {
  constructor(sampler, title, restarts) {
    this.sampler = sampler;
    this.restarts = restarts; // frame number -> whether the chains began anew there
    this.title = title;
    this.clear();
  }

  clear() {
    this.first = 0;
    this.frames = [];
    this.bytes = 0;
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
    const cut = this.frames.splice(Math.max(0, t - this.first + 1));
    for (const frame of cut) this.bytes -= frame.bytes;
    // what stays of a batch cut in two must not hold on to all of its memory
    for (let k = this.frames.length - 1; cut.length && k >= 0 && this.frames[k].mean.buffer === cut[0].mean.buffer; k--)
      for (const [name, plane] of Object.entries(this.frames[k])) if (ArrayBuffer.isView(plane)) this.frames[k][name] = plane.slice();
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
      this.countHops(frame, this.frames.at(-1), this.restarts(header.first + k));
      this.frames.push(frame);
      this.bytes += frame.bytes;
    }
    while (this.bytes > BUDGET && this.frames.length > 2) {
      this.bytes -= this.frames.shift().bytes;
      this.first += 1;
    }
  }

  // hops: how often each chain has gone from one surely read class to another, so far
  countHops(frame, before, restarted) {
    if (!frame.class) return;
    const n = frame.class.length;
    frame.hops = before ? before.hops.slice() : new Uint16Array(n);
    frame.sure = before && !restarted ? before.sure.slice() : new Uint8Array(n).fill(255);
    for (let c = 0; c < n; c++) {
      if (frame.confidence[c] < SURE) continue;
      if (frame.sure[c] !== 255 && frame.sure[c] !== frame.class[c]) frame.hops[c] += 1;
      frame.sure[c] = frame.class[c];
    }
    frame.bytes += 3 * n;
  }

  totalHops(t) {
    const frame = this.at(t);
    return frame?.hops ? frame.hops.reduce((a, b) => a + b, 0) : null;
  }
}

export function bit(packed, row, units, i) {
  return (packed[row * Math.ceil(units / 8) + (i >> 3)] >> (7 - (i & 7))) & 1;
}
