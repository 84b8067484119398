// What the panel Generate looks like: its controls, its bars, its numbers.

import { button, icon, playButton, slider, syncSlider, write } from "../../shared/view/controls.js";
import { find, findAll, part } from "../../shared/view/dom.js";
import { fixed, percent, plural, whole, withMinus } from "../../shared/view/format.js";
import { html, refresh } from "../../shared/view/html.js";
import { actionButton, hasFocus, seedField, select, showPlaying } from "../../shared/view/panel.js";
import { beginningMarkup } from "./beginning.js";
import { drawLevels } from "./level_bars.js";
import { MEAN, OWN, reachText } from "./model.js";
import { costText, structureMarkup } from "./structure_view.js";
import { stackMarkup, viewControls } from "./track_view.js";

/** @typedef {import("./generate.js").Generate} Generate */
/** @typedef {import("./player.js").SoundPlayer} SoundPlayer */

const CONDITIONS = /** @type {const} */ (["label", "speaker", "read_label", "read_speaker"]);
const BARS = 124; // CSS pixels
const SHORTEST = 100; // milliseconds of a sound
const SURPRISING = 0.5; // bits per sample above the score, from which on a word is said of it

/** The slider of the sample that is looked at. @param {HTMLElement} root @param {import("./track_view.js").TrackView} view */
export function syncScrub(root, { at, track }) {
  const slider = find(root, '[data-slide="scrub"]', HTMLInputElement);
  slider.max = String(Math.max(1, track.total - 1)); // before its value, which it would cut
  syncSlider(root, "scrub", at, "");
}

/** @param {HTMLElement} root @param {boolean} busy */
export function showBusy(root, busy) {
  if (busy) root.setAttribute("aria-busy", "true");
  else root.removeAttribute("aria-busy");
}

/** Show what is chosen, how far the sound is, and what it costs. @param {Generate} panel */
export function syncGenerate(panel) {
  const { root, host, track, view, listening, edits } = panel,
    { state, model } = host;
  showPlaying(root, listening.wanted);
  syncSlider(root, "temperature", state.temperature, fixed(state.temperature, 2));
  syncSlider(root, "length", state.length, `${whole(state.length)} ms`);
  const seed = find(root, '[data-pick="seed"]', HTMLInputElement);
  if (!hasFocus(seed)) seed.value = String(state.seed);
  syncConditions(root, state);
  for (const chip of findAll(root, 'button[data-do="mute"]', HTMLButtonElement))
    chip.setAttribute("aria-pressed", String(!state.muted.includes(Number(chip.value))));
  if (model.dilations.length) actionButton(root, "unmute").disabled = !state.muted.length;
  actionButton(root, "undo").disabled = !panel.past.length;
  actionButton(root, "redo").disabled = !panel.undone.length;
  actionButton(root, "fork").disabled = view.at >= track.told;
  actionButton(root, "read").disabled = track.told < track.total;
  const progress = track.told < track.total ? `${whole(track.told)} of ${whole(track.total)} samples drawn` : "";
  const waits = listening.wanted && !listening.playing;
  write(
    part(root, "progress"),
    waits
      ? `${progress || "starting"}; sound starts at ${whole(listening.needed)}, so that there is no gap`
      : progress || plural(track.total, "sample"),
  );
  showBusy(root, track.told < track.total);
  const drawn = track.bitsPerSample(view.given);
  const speed = panel.speed
    ? `${whole(Math.round(panel.speed))} samples/s here (${fixed(panel.speed / model.rate, 1)} times real time).`
    : "";
  const scored = host.data.bits
    ? ` (test recordings: ${fixed(host.data.bits)}${drawn > host.data.bits + SURPRISING ? "; noise is hard to predict" : ""})`
    : "";
  refresh(
    part(root, "facts"),
    html`<p>${view.given >= track.total ? "Nothing is left to draw: raise the length, or give less of the beginning." : Number.isFinite(drawn) && html`What the model drew: <b>${fixed(drawn)} bits</b> per sample${scored}.`} ${view.given > 0 && html`What it was given: <b>${fixed(track.bitsPerSample(0, view.given))}</b>.`} ${edits.length > 0 && `${plural(edits.length, "change")} by hand.`} ${speed}</p>
<p>${costText(model, track.told)}</p>`,
  );
}

/** The probabilities of the sample that is looked at. @param {Generate} panel */
export function drawBars(panel) {
  const { root, host, track, view, bars } = panel,
    { state, theme } = host;
  const width = Math.max(200, bars.parentElement?.clientWidth ?? 0),
    { at } = view,
    given = at < view.given;
  const probs = drawLevels(bars, theme, {
    logProbs: track.prediction(at),
    temperature: state.temperature,
    level: at < track.length ? track.levels[at] : -1,
    hovered: panel.level,
    width,
    height: BARS,
    amplitudes: track.law.amplitudes,
  });
  const level = panel.level >= 0 ? panel.level : at < track.length ? track.levels[at] : -1;
  if (level >= 0) syncSlider(root, "level", level, String(level));
  const force = actionButton(root, "force");
  force.disabled = panel.level < 0 || !probs || panel.level === track.levels[at];
  const how = view.forced.has(at) ? "forced" : given ? "given" : "drawn";
  write(
    part(root, "says"),
    !probs || level < 0
      ? "This sample is not drawn yet."
      : `Level ${level}, amplitude ${withMinus(track.law.amplitudes[level], 4)}: p = ${percent(probs[level])}${panel.level < 0 || level === track.levels[at] ? ` (${how})` : "; click to force it"}`,
  );
}

/**
 * What it is conditioned on.
 * @param {import("./model.js").SoundModel} model
 * @param {boolean} reads whether a recording is read, which is of some class itself
 */
export function conditions({ classes, speakers }, reads) {
  /** @param {string[]} names @returns {[number, string][]} */
  const options = names => [
    .../** @type {[number, string][]} */ (reads ? [[OWN, "its own"]] : []),
    [MEAN, "mean of all"],
    .../** @type {[number, string][]} */ (names.map((name, i) => [i, name])),
  ];
  const [label, speaker] = reads ? ["read_label", "read_speaker"] : ["label", "speaker"];
  return html`${classes.length > 0 && html`<label class="group">${reads ? "read as class" : "class"} ${select(label, options(classes), MEAN, "Class")}</label>`}
  ${speakers.length > 0 && html`<label class="group">speaker ${select(speaker, options(speakers), MEAN, "Speaker")}</label>`}`;
}

/** @param {HTMLElement} root @param {import("./model.js").SoundSettings} state */
export function syncConditions(root, state) {
  for (const name of CONDITIONS)
    for (const field of findAll(root, `[data-pick="${name}"]`, HTMLSelectElement)) field.value = String(state[name]);
}

/** @param {SoundPlayer} host */
export function markup({ model, state }) {
  return html`
<p class="lead fold">The model predicts 256 probabilities for the next sample; one level is drawn and appended, ${whole(model.rate)} times for each second. Click the waveform to look at a sample, a bar to force it. <span class="muted">Sound starts at a click: browsers allow none before.</span></p>
<div class="bar transport">
  <span class="group">${playButton()}${button("first", icon("back"), "Go to the beginning (Home)")}${button("again", "new seed", "Draw with a new seed (N)")}</span>
  <input class="scrub" type="range" min="0" max="1" step="1" data-slide="scrub" aria-label="Sample">
  <span class="frame" data-part="progress"></span>${button("help", "?", "Keyboard shortcuts", html`aria-expanded="false"`)}
</div>
<div class="key-help" data-part="help" hidden><kbd>space</kbd> play <kbd>←</kbd><kbd>→</kbd> one sample <kbd>shift</kbd><kbd>←</kbd> far <kbd>home</kbd><kbd>end</kbd> <kbd>+</kbd><kbd>−</kbd> zoom <kbd>0</kbd> all <kbd>S</kbd> samples <kbd>↑</kbd><kbd>↓</kbd> level <kbd>enter</kbd> force it <kbd>B</kbd> another from here <kbd>Z</kbd><kbd>Y</kbd> undo, redo <kbd>N</kbd> new seed <kbd>R</kbd> next recording <kbd>W</kbd> WAV</div>
<div class="bar fold">
  ${conditions(model, false)}
  ${slider("temperature", "temperature", 0.05, 2, 0.05, "Divides log-probabilities: below 1 sharper, above 1 flatter")}
  <label class="group">seed ${seedField("seed", state.seed)}</label>
  ${slider("length", "length", SHORTEST, (1000 * model.most) / model.rate, 50, "Milliseconds of the sound")}
</div>
<div class="bar fold">${beginningMarkup({ model }, "Begins with", true)}</div>
<div class="bar tight">${viewControls()}
  <span class="group end">${button("undo", "undo", "Take the last change back (Z)")}${button("redo", "redo", "Make it again (Y)")}${button("fork", "another from here", "Keep what is before this sample; draw another sound from here (B)")}${button("read", "read it", "What it hears: let the model read what it drew, as each class")}${button("wav", "WAV", "Save what is drawn as a WAV file (W)")}</span>
</div>
${stackMarkup(model)}
<div class="desk">
  <section class="next">
    <div class="heads"><b>This sample's 256 levels</b><span class="muted">from the lowest to the highest, marked with amplitudes; at a temperature other than 1 the outline is the probability without it</span></div>
    <figure><canvas data-part="bars" role="img" aria-label="Probability of each level; click one to force it"></canvas></figure>
    <div class="bar tight">${slider("level", "level", 0, model.levels - 1, 1, "A level to force (↑ ↓)")}${button("force", "force it", "Take this level instead; what follows is drawn anew (Enter)")}<span class="note" data-part="says"></span></div>
  </section>
  <section>
    ${structureMarkup(model)}
    <p class="note">${reachText(model)}</p>
    <div class="facts" data-part="facts"></div>
  </section>
</div>`;
}
