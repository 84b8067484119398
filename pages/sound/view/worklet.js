// The audio thread: plays samples as they are drawn, and says where it is.

import { Playback } from "./playback.js";

const EVERY = 4; // blocks of 128 samples between two reports

class SoundProcessor extends AudioWorkletProcessor {
  constructor() {
    super();
    this.playback = new Playback();
    this.blocks = 0;
    this.port.onmessage = ({ data }) => this.playback.obey(data);
  }

  /** @override @param {Float32Array[][]} _inputs @param {Float32Array[][]} outputs */
  process(_inputs, [[out]]) {
    const before = this.playback.playing,
      ended = this.playback.fill(out);
    if (ended || (before && this.blocks++ % EVERY === 0)) this.port.postMessage(this.playback.report(ended));
    return true;
  }
}

registerProcessor("sound", SoundProcessor);
