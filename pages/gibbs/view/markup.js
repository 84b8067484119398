// What is written around the chains: their controls and the places for pictures.

import { button, choice, icon, playButton, slider } from "../../shared/view/controls.js";
import { html } from "../../shared/view/html.js";
import { SURE } from "./mixing.js";
import { CHAINS, COLDEST } from "./settings.js";

/** @typedef {import("./types.d.ts").GibbsData} GibbsData */

/** Title of the slider of the temperature. */
export const HEAT = "Divides the energy: low T stays in a mode, high T moves on";
/** What a change of class is. */
export const HOW_CHANGES = `Counted once the linear probe gives another class at least ${100 * SURE}%`;
const HOW_MIXING = "Correlation of hidden states by lag: 1 identical, 0 independent";

/** @param {GibbsData} data */
export function markup(data) {
  const { name, persistent } = data.training;
  return html`
<div data-part="error" class="error" role="alert" hidden></div>
<div class="bar">
  <span class="group"><b>Start from</b>
    ${choice(
      "start",
      [
        ["model", "model samples", "Samples that the model produced in 1,000 Gibbs steps"],
        ["noise", "noise", "Random pixels: watch samples form"],
        ["test", "test images", "Images not used in training"],
        ["class", "a class", "Test images of one class"],
        ["drawing", "your drawing", "Draw on the pad; every chain starts there"],
      ],
      "Start of the chains",
    )}
    <select data-pick="digit" aria-label="Class to start from">${data.classes.map(c => html`<option>${c}</option>`)}</select>
  </span>
  <span class="group"><b>Chains</b>
    <select data-pick="chains" aria-label="Number of chains">${CHAINS.map(n => html`<option>${n}</option>`)}</select>
  </span>
  <span class="group"><b>Sampler</b>
    ${choice(
      "sampler",
      [
        [
          "gibbs",
          "Gibbs",
          persistent
            ? `One long chain, as ${name} ran in training`
            : `One long chain; in training, ${name} restarted at the data`,
        ],
        [
          "cd",
          "CD-k",
          persistent
            ? "Restarts every k steps, as contrastive divergence does"
            : `Restarts every k steps, as ${name} did in training`,
        ],
        ["pt", "Tempering", "Parallel tempering: hotter replicas swap with the chain"],
        ["compare", "Compare all", "The three side by side on the same weights"],
      ],
      "Sampler",
    )}
    <label class="small-number" data-part="cd">k <input type="number" data-number="cd" min="1" max="1000" aria-label="k: Gibbs steps before CD restarts"></label>
  </span>
  <span class="group"><b>Seed</b>
    <input type="number" class="seed" data-number="seed" min="0" max="2147483647" aria-label="Seed">
    ${button("dice", "new", "New seed (N)")}
  </span>
</div>
<div class="body">
  <section class="left">
    <p class="start-hint" data-part="hint" role="status" hidden></p>
    <div class="stages" data-part="stages"></div>
<div class="bar transport">
  <span class="group">
    ${button("restart", icon("restart"), "Restart at frame 0 (R)")}
    ${button("back", icon("back"), "Half a step back (left arrow)")}
    ${playButton()}
    ${button("forward", icon("forward"), "Next half-step: v given h, then h given v (right arrow)")}
    ${button("loop", icon("loop"), "Loop over the recorded frames (L)")}
  </span>
  <input type="range" class="scrub" data-part="scrub" min="0" max="0" value="0" aria-label="Frame">
  <output class="frame" data-part="frame"></output>
</div>
<div class="bar sliders">
  ${slider("fps", "speed", 1, 60, 1, "Frames per second ([ and ])")}
  ${slider("sweeps", "steps per frame", 0, 8, 1, "Gibbs steps from one frame to the next")}
  ${slider("temperature", "temperature", Math.log10(COLDEST), 0.7, 0.01, HEAT)}
</div>
<div class="bar">
  <span class="group"><b>Show</b>${choice(
    "view",
    [
      ["mean", "probabilities", "Show p(v=1 | h) and p(h=1 | v) (P)"],
      ["sample", "samples", "Show the sampled states that the chain passes on (P)"],
    ],
    "What to show",
  )}</span>
  <span class="group end">${button("png", "PNG", "Save this frame as an image")}${button("gif", "GIF", "Save the last 120 frames as an animation")}${button("keys", "keys", "Show keyboard shortcuts (?)")}</span>
</div>
<div data-part="key-help" class="key-help" hidden>
  <kbd>space</kbd> play, pause <kbd>←</kbd><kbd>→</kbd> half-step <kbd>shift</kbd>+<kbd>←</kbd><kbd>→</kbd> ten frames <kbd>home</kbd><kbd>end</kbd> first, newest
  <kbd>L</kbd> loop <kbd>R</kbd> restart <kbd>N</kbd> new seed <kbd>[</kbd><kbd>]</kbd> slower, faster <kbd>P</kbd> probabilities, samples
  <kbd>,</kbd><kbd>.</kbd> previous, next chain <kbd>X</kbd> ablate, restore unit <kbd>H</kbd> clamp the top half <kbd>U</kbd> unclamp all
</div>
<div class="timeline"><canvas data-part="timeline" aria-label="Free energies and classes over time; drag to scrub"></canvas></div>
<figure class="mixing" title="${HOW_MIXING}">
  <figcaption><b>Mixing</b> autocorrelation ρ of the hidden layer <span data-part="mixing-says"></span></figcaption>
  <canvas data-part="mixing" role="img" aria-label="Autocorrelation of the hidden layer by lag, a curve for each sampler"></canvas>
</figure>
  </section>
  <section class="right">
    <div class="card">
      <header><b data-part="chain-name">Chain 1</b><span data-part="chain-class" class="badge"></span><span class="muted" data-part="chain-energy"></span></header>
      <div class="card-body">
      <div class="pair">
        <div class="visible-layer">
          <h4>visible layer v <i data-part="visible-title"></i></h4>
          <div class="pad"><canvas data-part="visible" aria-label="Visible layer of the selected chain"></canvas><span data-part="pad-says" hidden>Draw here</span></div>
          <div class="tools">
            ${choice(
              "tool",
              [
                ["look", "view", "View the selected chain"],
                ["on", "clamp on", "Paint pixels to clamp on in every chain"],
                ["off", "clamp off", "Paint pixels to clamp off in every chain"],
                ["free", "unclamp", "Paint pixels to unclamp"],
              ],
              "Tool for the visible layer",
            )}
            ${choice(
              "pen",
              [
                ["draw", "draw", "Draw the image where all chains start"],
                ["rub", "erase", "Erase part of the drawing"],
              ],
              "Drawing tools",
            )}
            ${button("blank", "clear", "Clear the drawing")}
          </div>
          <div class="tools">
            <span class="muted">clamp</span>
            ${button("top", "top half", "Clamp the top half as it is now; sample the rest (H)")}
            ${button("left", "left half", "Clamp the left half as it is now")}
            ${button("hole", "all but a hole", "Clamp all pixels except a square in the middle")}
            ${button("release", "unclamp all", "Unclamp every pixel (U)")}
          </div>
        </div>
        <div class="hidden-layer">
          <h4>hidden layer h <i data-part="hidden-title"></i></h4>
          <div><canvas data-part="hidden" aria-label="Hidden layer of the selected chain"></canvas></div>
          <div class="tools">
            ${button("on-all", "restore all", "Restore every ablated unit")}
            ${button("off-used", "ablate 50 most active", "Fix the 50 most active units at 0")}
            ${button("off-half", "ablate a random half", "Fix half of the hidden units at 0, chosen by the seed")}
            <span class="muted" data-part="off-count"></span>
          </div>
        </div>
      </div>
      <div class="unit" data-part="unit">
        <div class="fields-pair">
          <figure><canvas data-part="field" aria-label="Receptive field of the selected hidden unit"></canvas><figcaption>weights</figcaption></figure>
          <figure><canvas data-part="parts" aria-label="Contribution of each pixel"></canvas><figcaption>pixel × weight</figcaption></figure>
        </div>
        <div class="sum">
          <b data-part="unit-name">hidden unit</b>
          <span data-part="unit-use" class="muted"></span>
          <code data-part="unit-input"></code>
          <code data-part="unit-probability"></code>
          <code data-part="unit-outcome"></code>
          ${button("switch", "ablate this unit", "Fix this unit at 0, or restore it, from this frame on (X)")}
        </div>
      </div>
      </div>
    </div>
  </section>
</div>
<details data-part="sheet">
  <summary>Receptive fields of all ${data.hidden} hidden units</summary>
  <div class="bar">
    <span class="group"><b>Sort by</b>${choice(
      "order",
      [
        ["use", "activation frequency", "Mean activity on the training data"],
        ["norm", "weight norm", "Norm of the weight vector"],
        ["index", "index", "Order of the weight matrix"],
      ],
      "Order of the fields",
    )}</span>
    <label><input type="checkbox" data-part="mark-on"> mark units that are on in the selected chain</label>
    <span class="muted">orange: positive weight; blue: negative weight</span>
  </div>
  <div class="sheet"><canvas data-part="fields" aria-label="Receptive fields of all hidden units"></canvas></div>
</details>`;
}
