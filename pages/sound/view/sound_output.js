// The loudspeaker: Web Audio at the sound's own rate. It begins at a click, as browsers want it.

import { Playback } from "./playback.js";

/** @typedef {import("./playback.js").PlaybackMessage} PlaybackMessage */
/** @typedef {import("./playback.js").PlaybackReport} PlaybackReport */

const BLOCK = 512; // samples at once where the page itself plays

export class SoundOutput {
  /**
   * @param {number} rate samples a second
   * @param {(report: PlaybackReport) => void} onReport
   */
  constructor(rate, onReport) {
    this.rate = rate;
    this.onReport = onReport;
    /** @type {AudioContext | null} */
    this.context = null;
    /** @type {AnalyserNode | null} */
    this.analyser = null;
    /** @type {((message: PlaybackMessage) => void) | null} */
    this.tell = null;
    /** @type {AudioNode | null} what plays: held, so that it is not collected */
    this.node = null;
    /** @type {PlaybackMessage[]} what was said before there was anyone to hear it */
    this.waiting = [];
    /** @type {Promise<void> | null} */
    this.starting = null;
  }

  /** Be ready to play; to be called in a click. Throws where the browser has no sound, or allows none. */
  async start() {
    if (typeof AudioContext === "undefined")
      throw new Error("This browser cannot play sound that is being drawn (no Web Audio).");
    const context = this.context ?? this.open();
    this.starting ??= this.connect(context);
    await this.starting;
    if (context.state === "suspended") await context.resume();
  }

  open() {
    try {
      this.context = new AudioContext({ sampleRate: this.rate });
    } catch {
      throw new Error(`This browser cannot play ${this.rate} samples a second.`);
    }
    return this.context;
  }

  /** @param {AudioContext} context */
  async connect(context) {
    this.analyser = new AnalyserNode(context);
    this.analyser.connect(context.destination);
    // browsers have no audio thread for pages that came without https from another machine
    this.tell = context.audioWorklet ? await this.worklet(context, this.analyser) : this.onPage(context, this.analyser);
    for (const message of this.waiting.splice(0)) this.tell(message);
  }

  /** @param {AudioContext} context @param {AudioNode} to */
  async worklet(context, to) {
    await context.audioWorklet.addModule(new URL("./worklet.js", import.meta.url));
    const node = new AudioWorkletNode(context, "sound", { numberOfInputs: 0, outputChannelCount: [1] });
    node.port.onmessage = ({ data }) => this.onReport(data);
    node.connect(to);
    this.node = node;
    return (/** @type {PlaybackMessage} */ message) => node.port.postMessage(message);
  }

  /** @param {AudioContext} context @param {AudioNode} to */
  onPage(context, to) {
    const playback = new Playback(),
      node = context.createScriptProcessor(BLOCK, 0, 1);
    node.onaudioprocess = ({ outputBuffer }) => {
      const before = playback.playing,
        ended = playback.fill(outputBuffer.getChannelData(0));
      if (before || ended) this.onReport(playback.report(ended));
    };
    node.connect(to);
    this.node = node;
    return (/** @type {PlaybackMessage} */ message) => playback.obey(message);
  }

  /** Whether a click has started it. */
  get ready() {
    return this.tell !== null && this.context?.state === "running";
  }

  /** @param {PlaybackMessage} message */
  say(message) {
    if (this.tell) this.tell(message);
    else this.waiting.push(message);
  }

  close() {
    this.context?.close();
  }
}
