// What it hears: the surprise of a recording, sample by sample, and which class makes it likeliest.

import { post } from "../../shared/view/api.js";
import { part } from "../../shared/view/dom.js";
import { put } from "../../shared/view/html.js";
import { unless } from "../../shared/view/panel.js";
import { Beginning } from "./beginning.js";
import { syncScrub } from "./generate_view.js";
import { drawClasses, markup, syncHear } from "./hear_view.js";
import { Listening } from "./listening.js";
import { OWN, readAs } from "./model.js";
import { levelAt, noiseAt } from "./sampling.js";
import { Track } from "./track.js";
import { TrackView } from "./track_view.js";
import { saveWav } from "./wav.js";

/** @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes */
/** @typedef {import("./player.js").SoundPlayer} SoundPlayer */
/** Bits under every class, cumulated up to some places. @typedef {{ places: number[], bits: Float32Array }} ClassBits */

export class Hear {
  static name = "hear";
  static title = "What it hears";
  static hint = "Bits of every sample of a recording, and the likelihood of each class";

  /**
   * @param {SoundPlayer} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    const { model } = host;
    this.host = host;
    this.root = root;
    this.destroyed = false;
    this.reading = true;
    this.empty = false; // nothing is chosen
    /** @type {ClassBits | null} */
    this.classBits = null;
    this.asked = 0; // the latest question
    put(root, markup(host));
    this.beginning = new Beginning(host, root, "read", () => this.restart());
    this.track = new Track(model.law, 1);
    this.view = new TrackView(host, root, this.track, at => this.onSeek(at));
    this.listening = new Listening(
      /** @type {import("./sound_output.js").SoundOutput} */ (host.output),
      model.rate,
      at => this.view.follow(at),
      () => this.changed(),
    );
    this.restart(true);
  }

  destroy() {
    this.destroyed = true;
    this.beginning.close();
    this.listening.pause();
    this.host.engine?.stop();
    this.host.state.at = this.view.at;
  }

  /** As what it is read. */
  get condition() {
    const { state, model } = this.host,
      own = state.read === "recording" ? this.beginning.clip : undefined;
    return {
      label: readAs(state.read_label, own?.label, model.classes),
      speaker: readAs(state.read_speaker, own?.speaker, model.speakers),
      muted: [],
    };
  }

  /**
   * @param {boolean} [opening] with the place that the link names
   * @param {boolean} [compares] whether the classes are asked for: what they cost is the same whatever it is read as
   */
  async restart(opening = false, compares = true) {
    const { host, view } = this,
      { state, model } = host,
      asked = ++this.asked;
    this.listening.pause();
    const asks = compares || !this.classBits; // or the answer was still to come
    if (asks) this.classBits = null;
    this.changed();
    try {
      const levels = await this.beginning.whole();
      await host.loaded();
      if (this.destroyed || asked !== this.asked) return;
      this.empty = !levels?.length;
      this.reading = !this.empty;
      if (!levels?.length) {
        host.engine?.stop();
        this.show(new Track(model.law, 1));
        host.reportShown();
        return;
      }
      const cut = levels.slice(0, model.most);
      const track = new Track(model.law, cut.length);
      track.give(cut);
      this.show(track);
      if (opening) {
        view.window.show(state.first, state.span);
        view.at = Math.min(state.at, cut.length - 1);
        host.syncUrl();
      }
      const { condition } = this;
      host.engine?.draw(
        { given: cut, length: cut.length, from: 0, levels: cut, condition, temperature: 1, seed: 0, edits: [] },
        progress => this.onProgress(progress),
      );
      if (asks && model.classes.length) await this.compare(cut, asked);
    } catch (error) {
      if (asked === this.asked) host.fail(error);
    }
  }

  /** @param {Track} track another recording */
  show(track) {
    this.track = track;
    this.view.show(track);
    this.heard();
    this.changed();
  }

  /** @param {Bytes} levels @param {number} asked */
  async compare(levels, asked) {
    const { host } = this,
      sent = { levels: { type: /** @type {"u8"} */ ("u8"), shape: [levels.length], data: levels } };
    const { header, planes } = await post(`${host.modelUrl}/classes`, { speaker: this.condition.speaker }, sent);
    if (this.destroyed || asked !== this.asked) return;
    this.classBits = { places: header.places, bits: planes.bits.data };
    this.changed();
  }

  /** @param {import("./engine.js").Progress} progress */
  onProgress({ parts, done }) {
    for (const chunk of parts) this.track.append(chunk);
    this.reading = !done;
    this.host.reportShown();
    if (done) this.heard();
    this.changed();
  }

  /** What is heard: the recording, or a draw for each sample from what was predicted for it. */
  heard() {
    const { track, listening, host } = this;
    const ahead = host.state.play === "ahead";
    if (ahead && track.told < track.total) return;
    listening.attach(ahead ? this.ahead() : track.amplitudes);
    listening.extend(track.total);
  }

  /** Every sample drawn from its prediction, each of which has seen the true past. */
  ahead() {
    const { track, host } = this,
      { seed, temperature } = host.state;
    return Float32Array.from(
      { length: track.total },
      (_, t) =>
        track.law.amplitudes[
          levelAt(
            /** @type {Float32Array} */ (track.prediction(t)).map(bits => bits * Math.LN2),
            temperature,
            noiseAt(seed, t),
          )
        ],
    );
  }

  /** @param {import("./playback.js").PlaybackReport} report */
  onReport(report) {
    this.listening.onReport(report);
  }

  /** @param {number} at by hand */
  onSeek(at) {
    this.listening.seek(at);
    this.changed();
    this.host.syncUrl();
  }

  changed() {
    syncHear(this);
    this.host.requestFrame();
  }

  draw() {
    this.view.draw();
    syncScrub(this.root, this.view);
    drawClasses(this, part(this.root, "curves", HTMLCanvasElement));
    return false;
  }

  // -- hands --------------------------------------------------------------------------------------

  async play() {
    try {
      await this.listening.play(this.view.at);
    } catch (error) {
      this.host.fail(error);
    }
  }

  /** @param {string} name @param {HTMLButtonElement} [button] */
  onAction(name, button) {
    const { view, listening, host } = this;
    if (view.onAction(name) || (button && this.beginning.onAction(name, button))) return;
    if (this.empty && (name === "play" || name === "wav")) return;
    if (name === "play") {
      if (listening.wanted) listening.pause();
      else this.play();
    } else if (name === "first") view.seek(0);
    else if (name === "wav")
      saveWav(listening.amplitudes, host.model.rate, `${host.data.checkpoint}-${host.state.play}`);
    else if (name === "label") {
      const label = Number(button?.value);
      host.state.read_label = label === host.state.read_label ? OWN : label;
      this.restart(false, false);
      host.syncUrl();
    }
  }

  /** @param {string} name */
  onChoice(name) {
    if (name === "read") {
      this.beginning.sync();
      this.restart();
    } else if (name === "play") {
      this.listening.pause();
      this.heard();
      this.changed();
    } else this.host.requestFrame();
  }

  /** @param {string} name @param {number} value */
  onSlide(name, value) {
    if (name === "scrub") this.view.seek(value);
    else this.beginning.onSlide(name, value);
  }

  /** @param {string} name @param {string} value */
  onSelect(name, value) {
    if (this.beginning.onSelect(name, value)) return;
    if (name === "read_label" || name === "read_speaker") {
      this.host.state[name] = Number(value);
      this.restart(false, name === "read_speaker");
      this.host.syncUrl();
    }
  }

  /** @returns {import("../../shared/view/types.d.ts").Keys} */
  keys() {
    return {
      ...this.view.keys(),
      " ": () => this.onAction("play"),
      r: () => this.beginning.step(1),
      w: () => this.onAction("wav"),
    };
  }

  urlParams() {
    const { state } = this.host;
    return {
      ...this.view.urlParams(),
      ...this.beginning.urlParams(),
      read_label: unless(state.read_label, OWN),
      read_speaker: unless(state.read_speaker, OWN),
      amplitude: unless(state.amplitude, "linear"),
      play: unless(state.play, "recording"),
    };
  }
}
