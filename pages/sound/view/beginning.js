// What a sound begins with, or what is read: nothing, a recording of the test part, the visitor's own, a drawn wave.

import { button, choice, slider, syncSlider, write } from "../../shared/view/controls.js";
import { find, findAll, part } from "../../shared/view/dom.js";
import { fixed, whole } from "../../shared/view/format.js";
import { html } from "../../shared/view/html.js";
import { select } from "../../shared/view/panel.js";
import { recordingName } from "./model.js";
import { readSound, record } from "./own_sound.js";
import { WavePad } from "./wave_pad.js";
import { packWave, repeated, SHAPE_NAMES, shapeOf, unpackWave } from "./wave_shape.js";

/** @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes */
/** @typedef {import("./player.js").SoundPlayer} SoundPlayer */

const WAVE = 0.15; // seconds that a drawn wave is repeated for
const USUAL = { begin: "nothing", read: "recording" };
const AFTER = 400; // milliseconds, at least, that are drawn after a beginning which was just chosen
const NAMED = 28; // characters of a file's name that are shown

/**
 * How long a sound is, in ms: so long that something is left to draw after a beginning.
 * @param {number} given samples
 * @param {number} length ms, as it was
 * @param {{ rate: number, most: number }} model
 */
export function lengthAfter(given, length, { rate, most }) {
  const needed = 50 * Math.ceil(((1000 * given) / rate + AFTER) / 50);
  return given && needed > length ? Math.min(needed, (1000 * most) / rate) : length;
}

export class Beginning {
  /**
   * @param {SoundPlayer} host
   * @param {HTMLElement} root with the markup of `beginningMarkup`
   * @param {"begin" | "read"} field of the state that says what it is
   * @param {() => void} onChange
   */
  constructor(host, root, field, onChange) {
    const { state } = host;
    this.host = host;
    this.field = field;
    this.root = root;
    this.onChange = onChange;
    /** @type {{ stop: () => Promise<Blob> } | null} a recording of the microphone under way */
    this.recording = null;
    this.since = 0; // when it began, ms
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.clock = undefined;
    const canvas = root.querySelector('[data-part="pad"]');
    const given = state.wave ? unpackWave(state.wave) : null;
    if (state.wave && !given) host.problems.push("The wave in the link cannot be read: here is a sine wave.");
    this.pad =
      canvas instanceof HTMLCanvasElement
        ? new WavePad(canvas, given ?? shapeOf(SHAPE_NAMES[0]), done => this.onDrawn(done))
        : null;
    const file = find(root, 'input[type="file"]', HTMLInputElement);
    file.addEventListener("change", () => file.files?.[0] && this.read(file.files[0], file.files[0].name));
    this.sync();
  }

  /** What it is. @returns {string} */
  get kind() {
    return this.host.state[this.field];
  }

  /** The recording that is chosen; the first where there is none of that number. */
  get clip() {
    const { recordings } = this.host.model;
    return recordings.find(({ row }) => row === this.host.state.clip) ?? recordings[0];
  }

  /** Levels of all of it; null where there is nothing yet. @returns {Promise<Bytes | null>} */
  async whole() {
    const { host, clip, kind } = this,
      { state, model } = host;
    if (kind === "recording") return clip ? host.recording(clip.row) : null;
    if (kind === "file") return host.own ? model.law.encode(host.own.amplitudes) : null;
    if (kind === "wave" && this.pad)
      return model.law.encode(repeated(this.pad.period, state.pitch, Math.round(WAVE * model.rate), model.rate));
    return null;
  }

  /** The part of it that a sound begins with. @returns {Promise<Bytes>} */
  async given() {
    const found = await this.whole(),
      { state } = this.host;
    if (!found) return new Uint8Array(0);
    return this.kind === "wave" ? found : found.slice(0, Math.round((found.length * state.share) / 100));
  }

  /** @param {Blob} file @param {string} name */
  async read(file, name) {
    const { host } = this,
      { rate, most } = host.model;
    host.showError("");
    try {
      host.own = { name, rate, ...(await readSound(file, name, rate, most)) };
      host.state[this.field] = "file";
      host.sync();
      this.changed();
    } catch (error) {
      host.fail(error);
    }
  }

  async record() {
    try {
      if (this.recording) {
        const { stop } = this.recording;
        clearInterval(this.clock);
        this.recording = null;
        this.sync();
        await this.read(await stop(), "your voice");
      } else {
        this.recording = await record();
        this.since = performance.now();
        this.clock = setInterval(() => this.syncRecording(), 100);
        this.sync();
      }
    } catch (error) {
      this.host.fail(error);
    }
  }

  /** @param {boolean} done */
  onDrawn(done) {
    this.host.requestFrame();
    if (!done || !this.pad) return;
    this.host.state.wave = packWave(this.pad.period);
    this.changed();
  }

  changed() {
    this.sync();
    this.onChange();
    this.host.syncUrl();
  }

  draw() {
    if (this.kind === "wave") this.pad?.draw(this.host.theme);
  }

  sync() {
    const { root, host, recording } = this,
      { state } = host;
    for (const element of findAll(root, "[data-begin]"))
      element.hidden = !(element.dataset.begin ?? "").split(" ").includes(this.kind);
    const clips = root.querySelector('[data-pick="clip"]');
    if (clips instanceof HTMLSelectElement && this.clip) clips.value = String(this.clip.row);
    if (root.querySelector('[data-slide="share"]')) syncSlider(root, "share", state.share, `${state.share}%`);
    if (root.querySelector('[data-slide="pitch"]')) syncSlider(root, "pitch", state.pitch, `${state.pitch} Hz`);
    write(part(root, "own"), recording ? "" : host.own ? ownText(host.own) : "none yet");
    this.syncRecording();
    find(root, '[data-do="record"]').setAttribute("aria-pressed", String(recording !== null));
  }

  /** Say how long the microphone is listening. */
  syncRecording() {
    const { rate, most } = this.host.model,
      seconds = (performance.now() - this.since) / 1000;
    write(
      find(this.root, '[data-do="record"]'),
      this.recording ? `stop (${fixed(seconds, 1)} of ${fixed(most / rate, 0)} s)` : "record",
    );
    if (this.recording && seconds >= most / rate) this.record(); // more is not kept
  }

  /** @param {string} name @param {HTMLButtonElement} button @returns {boolean} whether it was one of these */
  onAction(name, button) {
    if (name === "file") find(this.root, 'input[type="file"]', HTMLInputElement).click();
    else if (name === "record") this.record();
    else if (name === "shape" && this.pad) {
      this.pad.period = shapeOf(button.value);
      this.onDrawn(true);
    } else if (name === "another") this.step(1);
    else return false;
    return true;
  }

  /** @param {number} by recordings on */
  step(by) {
    const { recordings } = this.host.model,
      at = recordings.indexOf(this.clip);
    if (at < 0) return;
    this.host.state.clip = recordings[(at + by + recordings.length) % recordings.length].row;
    this.changed();
  }

  /** @param {string} name @param {number} value @returns {boolean} */
  onSlide(name, value) {
    if (name !== "share" && name !== "pitch") return false;
    this.host.state[name] = value;
    this.changed();
    return true;
  }

  /** @param {string} name @param {string} value @returns {boolean} */
  onSelect(name, value) {
    if (name !== "clip") return false;
    this.host.state.clip = Number(value);
    this.changed();
    return true;
  }

  /** Give the microphone back. */
  close() {
    clearInterval(this.clock);
    this.recording?.stop();
  }

  urlParams() {
    const { kind } = this,
      { clip, share, wave, pitch } = this.host.state;
    return {
      [this.field]: kind === USUAL[this.field] ? "" : kind,
      clip: kind === "recording" && clip ? String(clip) : "",
      ...(this.field === "begin" && {
        share: (kind === "recording" || kind === "file") && share !== 50 ? String(share) : "",
        wave: kind === "wave" ? wave : "",
        pitch: kind === "wave" && pitch !== 120 ? String(pitch) : "",
      }),
    };
  }
}

/** @param {import("./own_sound.js").OwnSound & { name: string, rate: number }} own @returns {string} its name and length */
function ownText({ name, amplitudes, rate, whole: all }) {
  /** @param {number} samples */
  const ms = samples => whole(Math.round((1000 * samples) / rate));
  const cut = all > amplitudes.length ? `, the first ${ms(amplitudes.length)} of ${ms(all)} ms` : `, ${ms(all)} ms`;
  return name.slice(0, NAMED) + cut;
}

/**
 * @param {{ model: import("./model.js").SoundModel }} host
 * @param {string} label
 * @param {boolean} draws whether a sound goes on from it: then it can also be nothing, a part, or a wave
 */
export function beginningMarkup({ model }, label, draws) {
  /** @type {[string, string, string][]} */
  const kinds = [
    ["nothing", "nothing", "The model draws everything"],
    ["recording", "a recording", "A recording of the test part"],
    ["file", "your own", "A sound file or your voice; it stays in your browser"],
    ["wave", "a drawn wave", "One period, drawn by hand and repeated"],
  ];
  const field = draws ? "begin" : "read",
    offered = kinds.filter(([kind]) => draws || kind === "recording" || kind === "file");
  const clips = model.recordings.map(
    recording => /** @type {[number, string]} */ ([recording.row, recordingName(model, recording)]),
  );
  return html`
<span class="group"><b>${label}</b>${choice(field, offered, label)}</span>
<span class="group" data-begin="recording">${
    clips.length
      ? html`${select("clip", clips, "", "Recording")}${button("another", "next", "Next recording (R)")}`
      : html`<span class="muted">${model.missing || "There are no recordings."}</span>`
  }</span>
<span class="group" data-begin="file"><input type="file" accept="audio/*,.wav,.flac,.ogg,.mp3" hidden tabindex="-1" aria-hidden="true">${button("file", "open a file …", "Open a sound file; it stays in your browser")}${button("record", "record", "Record with the microphone, and stop", html`aria-pressed="false"`)} <span class="muted" data-part="own"></span></span>
${
  draws &&
  html`<span data-begin="recording file">${slider("share", "of it the first", 1, 100, 1, "How much of it the sound begins with")}</span>
<span class="group" data-begin="wave"><canvas class="pad" data-part="pad" role="img" aria-label="One period of the wave; draw it with the pointer, or take a shape"></canvas>
  <span class="group">${SHAPE_NAMES.map(name => button("shape", name, `Take a ${name} wave`, html`value="${name}"`))}</span>
  ${slider("pitch", "pitch", 40, 1000, 1, "Periods a second")}</span>`
}`;
}
