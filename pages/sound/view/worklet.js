// The audio thread: plays samples as they are drawn, and says where it is.

import { Playback } from "./playback.js";

class SoundProcessor extends AudioWorkletProcessor {
  constructor() {
    super();
    this.playback = new Playback();
    this.port.onmessage = ({ data }) => this.playback.obey(data);
  }

  /** @override @param {Float32Array[][]} _inputs @param {Float32Array[][]} outputs */
  process(_inputs, [[out]]) {
    const before = this.playback.playing,
      ended = this.playback.fill(out);
    if (ended || before) this.port.postMessage(this.playback.report(ended));
    return true;
  }
}

registerProcessor("sound", SoundProcessor);
