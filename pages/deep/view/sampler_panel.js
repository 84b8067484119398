// What panels share whose chains go on until they are paused: play, restart, the seed in the link.

import { setPlaying } from "../../shared/view/controls.js";
import { reducedMotion } from "../../shared/view/motion.js";
import { unless } from "../../shared/view/panel.js";

/** @typedef {import("./player.js").DeepView} DeepView */

export class SamplerPanel {
  /** @param {DeepView} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    this.playing = !reducedMotion();
  }

  destroy() {
    this.playing = false;
  }

  /** Begin all chains anew, with the seed of the state. */
  restart() {}

  sync() {
    setPlaying(this.root, this.playing);
    this.host.requestFrame();
  }

  /** @param {string} name */
  onAction(name) {
    const { state } = this.host;
    if (name === "play") this.playing = !this.playing;
    else if (name === "restart") {
      state.seed = (state.seed + 1) % 100_000;
      this.restart();
      this.host.syncUrl();
    }
    this.sync();
  }

  /** @returns {import("../../shared/view/types.d.ts").Keys} */
  keys() {
    return { " ": () => this.onAction("play"), n: () => this.onAction("restart") };
  }

  urlParams() {
    return { seed: unless(this.host.state.seed, 0) };
  }
}
