// What is written around curves and pictures: controls and the places for both, and the head of a run.

import { button, choice, icon, playButton } from "../../shared/view/controls.js";
import { html } from "../../shared/view/html.js";

export function markup() {
  return html`
<div data-part="offline" class="error" role="alert" hidden></div>
<div data-part="heads" class="heads"></div>
<div class="watch" data-part="watch">
  <section class="curves" aria-label="Curves">
    <div class="bar">
      <span class="group chips" data-part="curves" role="group" aria-label="Curve"></span>
    </div>
    <p class="about" data-part="about"></p>
    <div>
    <div class="plot" data-part="plot-box">
      <canvas data-part="plot" role="img" aria-label="The selected curve by epoch; drag to scrub"></canvas>
      <div class="tip" data-part="tip" hidden></div>
    </div>
    <div class="axes">
      ${choice(
        "y",
        [
          ["all", "all", "Show the whole range of values"],
          ["most", "zoom", "Leave out extreme values, usually the start"],
          ["log", "log", "Logarithmic scale (positive values only)"],
        ],
        "Value axis",
      )}
      <button type="button" data-do="smooth" aria-pressed="false" title="Show a moving average over epochs">smooth</button>
      <span class="end"></span>
      ${choice(
        "x",
        [
          ["linear", "linear", "Linear epoch axis"],
          ["log", "log", "Logarithmic epoch axis"],
        ],
        "Epoch axis",
      )}
    </div>
    <div class="legend" data-part="legend"></div>
    </div>
  </section>
  <section class="made" data-part="made" aria-label="Images">
    <div class="bar">
      <span class="group chips" data-part="sheets" role="group" aria-label="Images"></span>
    </div>
    <p class="about" data-part="sheet-about"></p>
    <div class="sheets" data-part="stages"></div>
  </section>
</div>
<div class="bar transport" data-part="transport">
  <span class="group">
    ${button("back", icon("back"), "Previous (left arrow)")}
    ${playButton()}
    ${button("forward", icon("forward"), "Next (right arrow)")}
  </span>
  <input type="range" class="scrub" data-part="scrub" min="0" max="0" value="0" aria-label="Epoch">
  <output class="frame" data-part="frame"></output>
  <button type="button" data-do="live" aria-pressed="true" title="Follow the newest epoch (end)">live</button>
  <label class="slider" title="Frames per second ([ and ])"><span>speed</span>
    <input type="range" data-slide="fps" min="1" max="30" step="1" aria-label="Frames per second"><output data-out="fps"></output></label>
  <span class="group" data-part="unit">${choice(
    "unit",
    [
      ["epoch", "same epoch", "Align the runs by epoch"],
      ["share", "same fraction", "Align the runs by fraction of training"],
    ],
    "Alignment",
  )}</span>
</div>
<section class="card enlarged" data-part="enlarged" hidden aria-label="One image during training">
  <header><b data-part="enlarged-title"></b><span class="muted" data-part="enlarged-at"></span>
    <span class="group end">
      ${button("before", icon("back"), "Previous image (,)")}${button("after", icon("forward"), "Next image (.)")}
      ${button("close", icon("cross"), "Close (escape)")}
    </span>
  </header>
  <div data-part="enlarged-rows"></div>
</section>`;
}

/**
 * The head of a run.
 * @param {string} id
 * @param {string} colour its mark among several runs, "" for none
 * @param {boolean} compact without the form for the learning rate
 */
export function headMarkup(id, colour, compact) {
  const run = html`data-run="${id}"`;
  return html`
<div class="line">
  ${colour ? html`<i class="swatch" style="background:${colour}"></i>` : ""}
  <b data-part="title"></b>
  <span class="state" data-part="state"></span>
  <span class="group end tools" role="group" aria-label="Controls">
    ${button("pause", html`${icon("pause")}<span>Pause</span>`, "Pause training; it resumes at once", run)}
    ${button("resume", html`${icon("play")}<span data-part="resume">Resume</span>`, "Resume training", run)}
    ${button("stop", html`${icon("stop")}<span data-part="stop">Stop</span>`, "Save and stop training; it can be resumed later", run)}
    ${button("finish", html`${icon("keep")}<span>Finish now</span>`, "End training now, save the model and score it", run)}
  </span>
</div>
<div class="progress" role="progressbar" aria-valuemin="0" aria-valuemax="100" data-part="progress"><i></i></div>
<div class="facts"><span data-part="epoch"></span><span data-part="rate"></span><span data-part="elapsed"></span><span data-part="left"></span></div>
<div class="facts2"><p class="note" data-part="note"></p><span class="muted device" data-part="device"></span></div>
<div class="progress phase" role="progressbar" aria-valuemin="0" aria-valuemax="100" data-part="phase" hidden><i></i></div>
<p class="problem" role="alert" data-part="problem" hidden></p>
<details data-part="log" hidden><summary>Log</summary><pre></pre></details>
${
  compact
    ? ""
    : html`<form class="bar lr" data-part="lr" hidden>
  <b title="Step size of every update">Learning rate</b>
  <input type="range" data-slide="lr" min="-5" max="0" step="0.01" aria-label="Learning rate, on a logarithmic scale">
  <input type="number" data-number="lr" min="0" max="100" step="any" aria-label="Learning rate">
  <button type="submit" data-do="lr" ${run} title="Use this learning rate from the next step">Change</button>
  <span class="muted" data-part="lr-now"></span>
</form>`
}`;
}
