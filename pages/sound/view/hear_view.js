// What the panel What it hears looks like: its controls, the likelihood of each class.

import { classColours, css } from "../../shared/view/colours.js";
import { button, choice, icon, playButton, write } from "../../shared/view/controls.js";
import { part } from "../../shared/view/dom.js";
import { fixed, plural, whole, wholePercent } from "../../shared/view/format.js";
import { html, refresh } from "../../shared/view/html.js";
import { drawLineChart } from "../../shared/view/line_chart.js";
import { showPlaying } from "../../shared/view/panel.js";
import { beginningMarkup } from "./beginning.js";
import { conditions, showBusy, syncConditions } from "./generate_view.js";
import { stackMarkup, viewControls } from "./track_view.js";

/** @typedef {import("./hear.js").ClassBits} ClassBits */
/** @typedef {import("./hear.js").Hear} Hear */

/**
 * What each class costs up to a sample, and how likely that makes it, all being as likely before.
 * @param {ClassBits} found
 * @param {number} t samples that are heard
 * @returns {{ bits: number[], posterior: number[], best: number }}
 */
export function classesAt({ places, bits }, t) {
  const n = places.length,
    column = Math.max(
      0,
      places.findLastIndex(place => place <= t),
    );
  const costs = Array.from({ length: bits.length / n }, (_, k) => bits[k * n + column]),
    least = Math.min(...costs);
  const weights = costs.map(cost => 2 ** (least - cost)),
    sum = weights.reduce((a, b) => a + b);
  return { bits: costs, posterior: weights.map(w => w / sum), best: costs.indexOf(least) };
}

/** Show what is chosen, what the recording costs, and what the classes make of it. @param {Hear} panel */
export function syncHear(panel) {
  const { root, host, track, view, listening, classBits, beginning } = panel,
    { state, model } = host;
  showPlaying(root, listening.wanted);
  syncConditions(root, state);
  showBusy(root, panel.reading);
  root.classList.toggle("empty", panel.empty);
  write(
    part(root, "progress"),
    panel.empty
      ? ""
      : panel.reading
        ? `${whole(track.told)} of ${whole(track.total)} samples read`
        : plural(track.total, "sample"),
  );
  const bits = track.bitsPerSample();
  refresh(
    part(root, "total"),
    panel.empty
      ? html`<span class="muted">Nothing to read yet: open a file, or record your voice.</span>`
      : html`${Number.isFinite(bits) && html`<b class="big">${fixed(bits, 3)} bits per sample</b> ${fixed((bits * track.told) / 1000, 1)} kbit in ${fixed((1000 * track.told) / model.rate, 0)} ms${panel.reading && " so far"}.`} ${state.play === "ahead" && "You hear a draw from each prediction; the picture shows the recording."}
    <span class="muted">Without a model a sample costs ${fixed(Math.log2(model.levels), 0)} bits.</span>`,
  );
  const truth = state.read === "recording" && beginning.clip ? beginning.clip.label : -1;
  if (!model.classes.length) {
    write(part(root, "rows"), "This model knows no classes.");
    return;
  }
  if (!classBits) {
    write(part(root, "verdict"), panel.empty ? "" : "Reading …");
    refresh(
      part(root, "rows"),
      html`${model.classes.map(name => html`<button type="button" disabled><b>${name}</b><span class="well"></span><s>…</s></button>`)}`,
    );
    return;
  }
  const heard = view.at ? view.at + 1 : track.total, // at the beginning, where nothing is heard yet: all
    { bits: costs, posterior, best } = classesAt(classBits, heard),
    least = costs[best],
    most = Math.max(...costs);
  refresh(
    part(root, "rows"),
    html`${model.classes.map(
      (name, k) =>
        html`<button type="button" data-do="label" value="${k}" aria-pressed="${String(panel.condition.label === k)}" class="${k === best ? "drawn" : ""}" title="${name}: ${fixed(costs[k], 1)} bits; click to read the recording as this class">
      <b>${name}${k === truth && " ✓"}</b><span class="well"><i style="width:${most > least ? fixed((100 * (costs[k] - least)) / (most - least), 1) : "0"}%"></i></span><s>+${fixed(costs[k] - least, 1)} bits, ${wholePercent(posterior[k])}</s></button>`,
    )}`,
  );
  const right =
    truth < 0 ? "" : best === truth ? ", which is right" : `; it is ${model.classes[truth] ?? "none of these"}`;
  write(
    part(root, "verdict"),
    `${heard === track.total ? "All of it" : `Its first ${fixed((1000 * heard) / model.rate, 0)} ms`}: likeliest as ${model.classes[best]}${right}.`,
  );
}

/**
 * Bits of each class above the cheapest, millisecond by millisecond.
 * @param {ClassBits} found
 * @param {number} classes
 * @param {number} rate samples a second
 */
export function classCurves({ places, bits }, classes, rate) {
  const n = places.length,
    length = Math.max(2, Math.round((1000 * places[n - 1]) / rate));
  const curves = Array.from({ length: classes }, () => new Float32Array(length));
  for (let ms = 0, i = 0; ms < length; ms++) {
    while (i < n - 1 && places[i + 1] <= ((ms + 1) * rate) / 1000) i++;
    const costs = curves.map((_, k) => bits[k * n + i]),
      least = Math.min(...costs);
    for (const [k, curve] of curves.entries()) curve[ms] = costs[k] - least;
  }
  return curves;
}

/** @param {Hear} panel @param {HTMLCanvasElement} canvas */
export function drawClasses({ classBits, host, view }, canvas) {
  canvas.hidden = !classBits;
  if (!classBits) return;
  const { theme, model, data } = host,
    curves = classCurves(classBits, model.classes.length, model.rate);
  const top = Math.max(1, ...curves.map(curve => curve[curve.length - 1])),
    colours = classColours(curves.length, data.colours).map(css);
  drawLineChart(
    canvas,
    theme,
    curves.map((values, k) => ({ values: values.map(v => Math.min(top, v)), colour: colours[k], width: 1.6 })),
    [0, top],
    { digits: 0, left: 44, axis: "ms", height: 130, mark: Math.floor((1000 * view.at) / model.rate) },
  );
}

/** @param {import("./player.js").SoundPlayer} host */
export function markup({ model, data }) {
  const colours = classColours(model.classes.length, data.colours).map(css);
  return html`
<p class="lead fold">A recording is read sample by sample, each predicted from the true samples before it. Orange: bits that a sample costs, −log₂ p. <span class="muted">Sound starts at a click: browsers allow none before.</span></p>
<div class="bar transport">
  <span class="group">${playButton()}${button("first", icon("back"), "Go to the beginning (Home)")}</span>
  <input class="scrub" type="range" min="0" max="1" step="1" data-slide="scrub" aria-label="Sample">
  <span class="frame" data-part="progress"></span>${button("help", "?", "Keyboard shortcuts", html`aria-expanded="false"`)}
</div>
<div class="key-help" data-part="help" hidden><kbd>space</kbd> play <kbd>←</kbd><kbd>→</kbd> one sample <kbd>shift</kbd><kbd>←</kbd> far <kbd>home</kbd><kbd>end</kbd> <kbd>+</kbd><kbd>−</kbd> zoom <kbd>0</kbd> all <kbd>S</kbd> samples <kbd>R</kbd> next recording <kbd>W</kbd> WAV</div>
<div class="bar fold">${beginningMarkup({ model }, "Read", false)}</div>
<div class="bar fold">
  <span class="group">play ${choice(
    "play",
    [
      ["recording", "the recording", "As it is"],
      ["ahead", "teacher forcing", "Each sample drawn from its prediction, which saw the true past"],
    ],
    "What is heard",
  )}</span>
  ${conditions(model, true)}
  <span class="group end">${button("wav", "WAV", "Save what is heard as a WAV file (W)")}</span>
</div>
<div class="bar tight">${viewControls()}</div>
${stackMarkup(model)}
<p data-part="total"></p>
<div class="desk">
  <section class="next">
    <div class="heads"><b>Which class makes it likeliest?</b><span class="muted">up to the cursor: bits more than under the likeliest, and its probability, all being equally likely before</span></div>
    <p data-part="verdict" role="status"></p>
    <div class="rows" data-part="rows"></div>
  </section>
  <section>
    <div class="heads"><b>Bits more than under the likeliest class</b>${model.classes.map((name, k) => html`<span class="key" style="--colour:${colours[k]}">${name}</span>`)}</div>
    <div><canvas data-part="curves" role="img" aria-label="Bits of each class beyond those of the likeliest, along the recording"></canvas></div>
  </section>
</div>`;
}
