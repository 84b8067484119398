// What stands around the rows: controls, the curve, the network.

import { button, icon, slider } from "../../shared/view/controls.js";
import { html } from "../../shared/view/html.js";

export const markup = () => html`
<div data-part="error" class="error" role="alert" hidden></div>
<div data-part="all" class="all">
  <div class="bar controls">
    <span class="group size">${slider("k", "Code dimensions", 1, 30, 1, "Numbers that each example is compressed to (← →)")}<span class="choice" role="group" aria-label="Code dimensions" data-part="sizes"></span></span>
    <span class="group end"><label class="group" data-part="class-box">Class <select data-pick="digit" data-part="digit" aria-label="Class" title="Show examples of one class"></select></label>
      ${button("shuffle", "Shuffle", "Other examples (R)")}${button("errors", "Residuals", "Orange too bright, blue too dark (E)", html`aria-pressed="false"`)}${button("help", "?", "Keyboard shortcuts", html`aria-expanded="false"`)}</span>
  </div>
  <div class="key-help" data-part="help" hidden><kbd>←</kbd><kbd>→</kbd> code dimensions <kbd>R</kbd> other examples <kbd>E</kbd> residuals</div>
  <div class="top">
    <figure class="pad-box" data-part="pad-box"><canvas data-part="pad" aria-label="Draw here"></canvas>
      <figcaption><span data-part="pad-says">Draw here</span> ${button("wipe", icon("cross"), "Clear the drawing")}</figcaption></figure>
    <section class="rows" data-part="rows" aria-label="Reconstructions"></section>
    <section class="card chart"><header><b data-part="chart-title"></b></header>
      <div class="chart-box" data-part="chart-box"><canvas data-part="curve" role="slider" tabindex="0" aria-label="Code dimensions" aria-valuemin="1"></canvas><span class="tip" data-part="tip" hidden></span></div>
      <div class="question" data-part="question"></div></section>
  </div>
  <section class="card network" data-part="network">
    <header><b>What each layer preserves</b> <span class="muted" data-part="from"></span></header>
    <div class="layers"><div class="drawing" data-part="drawing" role="group" aria-label="Layers of the network"></div>
      <div class="rows" data-part="layer-rows"></div></div>
    <header><b>Change the code</b> <span class="muted">of <span data-part="whose"></span>: drag a unit and watch the output</span>
      ${button("reset-code", "Reset", "Back to the example's own code")}</header>
    <div class="through"><figure data-part="input"><canvas></canvas><div data-part="words"></div><figcaption>input</figcaption></figure>
      <div class="units" data-part="units"></div>
      <figure data-part="output"><canvas></canvas><div data-part="words"></div><figcaption>output · <span data-part="lost"></span></figcaption></figure></div>
  </section>
</div>`;
