// The player of models of sound: what its panels share, the network in its worker and the loudspeaker among it.

import { get, messageOf, once } from "../../shared/view/api.js";
import { TabsShell } from "../../shared/view/tabs.js";
import { Engine } from "./engine.js";
import { readModel } from "./model.js";
import { PANELS } from "./panels.js";
import { SoundOutput } from "./sound_output.js";

/** @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes */
/** bits per sample of test recordings, where that was scored. @typedef {import("../../shared/view/types.d.ts").PlayerData & { bits: number | null }} SoundData */
/** @typedef {import("./model.js").SoundModel} SoundModel */
/** @typedef {import("./model.js").SoundSettings} SoundSettings */
/** @typedef {{ onReport?(report: import("./playback.js").PlaybackReport): void }} Listener */

/** @extends {TabsShell<SoundModel, SoundData>} */
export class SoundPlayer extends TabsShell {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root);
    this.state = /** @type {SoundSettings} */ (this.state);
    /** @type {import("./own_sound.js").OwnSound & { name: string, rate: number } | null} the visitor's own recording */
    this.own = null;
    /** @type {Map<number, Promise<Bytes>>} */
    this.recordings = new Map();
    /** @type {Engine | null} */
    this.engine = null;
    /** @type {SoundOutput | null} */
    this.output = null;
    this.cleanups.push(() => this.close());
  }

  /** @override */
  get panels() {
    return PANELS;
  }

  /** @override */
  get resetState() {
    return {
      label: 0,
      speaker: 0,
      read_label: -2,
      read_speaker: -2,
      path: "",
      muted: [],
      at: 0,
      first: 0,
      span: 0,
      clip: 0,
    };
  }

  /** @override */
  get keptState() {
    return ["temperature", "seed", "length", "begin", "share", "wave", "pitch", "amplitude", "play"];
  }

  /** @override @param {import("../../shared/view/types.d.ts").Message} answer @returns {SoundModel} */
  readModel({ header }) {
    const model = readModel(header);
    this.close();
    this.recordings.clear();
    this.engine = new Engine(problem => this.showError(problem));
    this.output = new SoundOutput(model.rate, report =>
      /** @type {Listener | null} */ (this.panel)?.onReport?.(report),
    );
    this.loaded = once(() => this.loadWeights());
    return model;
  }

  /** The network has come to the worker; asked for once. @type {() => Promise<void>} */
  loaded = () => Promise.reject(new Error("no model"));

  async loadWeights() {
    const engine = this.engine,
      { header, planes } = await get(`${this.modelUrl}/weights?v=${this.data.version}`);
    engine?.load({ structure: header.structure, dilations: header.dilations, planes });
  }

  /** Levels of a recording of the test part. @param {number} row @returns {Promise<Bytes>} */
  recording(row) {
    const found =
      this.recordings.get(row) ??
      get(`${this.modelUrl}/recording?row=${row}&v=${this.data.version}`).then(({ planes }) => planes.levels.data);
    this.recordings.set(row, found);
    found.catch(() => this.recordings.delete(row));
    return found;
  }

  /** @param {unknown} error */
  fail(error) {
    if (!this.destroyed) this.showError(messageOf(error));
  }

  close() {
    this.engine?.close();
    this.output?.close();
    this.engine = this.output = null;
  }
}

/**
 * @param {Element} parent what Streamlit made for the component
 * @param {import("../../shared/view/types.d.ts").Component<any>} component
 */
export const mount = (parent, component) => SoundPlayer.mount(parent, component);
