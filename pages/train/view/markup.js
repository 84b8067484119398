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
      <canvas data-part="plot" role="img" aria-label="The chosen curve over the epochs; drag to go through the training"></canvas>
      <div class="tip" data-part="tip" hidden></div>
    </div>
    <div class="axes">
      ${choice(
        "y",
        [
          ["all", "all", "The whole range of values"],
          ["most", "closer", "Leave out the most extreme values: most often the beginning"],
          ["log", "log", "A logarithmic scale, where all values are positive"],
        ],
        "Range of the values",
      )}
      <button type="button" data-do="smooth" aria-pressed="false" title="Means of neighbouring epochs, the values themselves faint behind them">smooth</button>
      <span class="end"></span>
      ${choice(
        "x",
        [
          ["linear", "linear", "Epochs evenly spaced"],
          ["log", "log", "Early epochs spread out"],
        ],
        "Spacing of the epochs",
      )}
    </div>
    <div class="legend" data-part="legend"></div>
    </div>
  </section>
  <section class="made" data-part="made" aria-label="Pictures">
    <div class="bar">
      <span class="group chips" data-part="sheets" role="group" aria-label="Pictures"></span>
    </div>
    <p class="about" data-part="sheet-about"></p>
    <div class="sheets" data-part="stages"></div>
  </section>
</div>
<div class="bar transport" data-part="transport">
  <span class="group">
    ${button("back", icon("back"), "One back (left arrow)")}
    ${playButton()}
    ${button("forward", icon("forward"), "One on (right arrow)")}
  </span>
  <input type="range" class="scrub" data-part="scrub" min="0" max="0" value="0" aria-label="Epoch">
  <output class="frame" data-part="frame"></output>
  <button type="button" data-do="live" aria-pressed="true" title="Follow the newest (end)">live</button>
  <label class="slider" title="Pictures a second ([ and ])"><span>speed</span>
    <input type="range" data-slide="fps" min="1" max="30" step="1" aria-label="Pictures a second"><output data-out="fps"></output></label>
  <span class="group" data-part="unit">${choice(
    "unit",
    [
      ["epoch", "same epoch", "Compare the runs after as many epochs"],
      ["share", "same share", "Compare the runs after the same share of their training"],
    ],
    "What is compared",
  )}</span>
</div>
<section class="card grown" data-part="grown" hidden aria-label="One picture through the training">
  <header><b data-part="grown-title"></b><span class="muted" data-part="grown-at"></span>
    <span class="group end">
      ${button("before", icon("back"), "The one before (,)")}${button("after", icon("forward"), "The next one (.)")}
      ${button("close", icon("cross"), "Close (escape)")}
    </span>
  </header>
  <div data-part="grown-rows"></div>
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
    ${button("pause", html`${icon("pause")}<span>Pause</span>`, "Hold the training; the process keeps what it has, and goes on at once", run)}
    ${button("resume", html`${icon("play")}<span data-part="resume">Resume</span>`, "Go on", run)}
    ${button("stop", html`${icon("stop")}<span data-part="stop">Stop</span>`, "End the training, keeping what was reached; it can go on later", run)}
    ${button("finish", html`${icon("keep")}<span>Keep as it is</span>`, "End the training here and make a finished model of what there is now: it is scored, and can be used on every page", run)}
  </span>
</div>
<div class="progress" role="progressbar" aria-valuemin="0" aria-valuemax="100" data-part="progress"><i></i></div>
<div class="facts"><span data-part="epoch"></span><span data-part="rate"></span><span data-part="elapsed"></span><span data-part="left"></span></div>
<div class="facts2"><p class="note" data-part="note"></p><span class="muted device" data-part="device"></span></div>
<div class="progress phase" role="progressbar" aria-valuemin="0" aria-valuemax="100" data-part="phase" hidden><i></i></div>
<p class="problem" role="alert" data-part="problem" hidden></p>
<details data-part="log" hidden><summary>What the worker printed last</summary><pre></pre></details>
${
  compact
    ? ""
    : html`<form class="bar lr" data-part="lr" hidden>
  <b title="The step width of every update">Learning rate</b>
  <input type="range" data-slide="lr" min="-5" max="0" step="0.01" aria-label="Learning rate, on a logarithmic scale">
  <input type="number" data-number="lr" min="0" max="100" step="any" aria-label="Learning rate">
  <button type="submit" data-do="lr" ${run} title="Train on with this learning rate from the next step">Change</button>
  <span class="muted" data-part="lr-now"></span>
</form>`
}`;
}
