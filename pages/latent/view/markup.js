// What is written around the map: controls and legends.

import { css } from "../../shared/view/colours.js";
import { button, icon } from "../../shared/view/controls.js";
import { html } from "../../shared/view/html.js";
import { zoomHint } from "../../shared/view/zoom.js";

export const markup = () => html`
<div data-part="error" class="error" role="alert" hidden></div>
<div class="space">
  <section class="left">
    <div class="bar controls">
      <span class="group"><b>Plane</b>
        <select data-part="kind" data-pick="kind" aria-label="What spans the plane">
          <option value="dims">two dimensions</option><option value="pca">principal components</option><option value="class">between classes</option>
        </select>
        <select data-part="first" data-pick="first" aria-label="First axis"></select><span data-part="times" class="muted">×</span>
        <select data-part="second" data-pick="second" aria-label="Second axis"></select></span>
      <span class="group end">
        ${button("manifold", "Manifold", "Decode the whole plane on the prior's quantiles (M)", html`aria-pressed="false"`)}
        ${button("nearer", "+", "Zoom in (+)")}${button("farther", "−", "Zoom out (−)")}${button("fit", icon("fit"), "Show the whole plane (0)")}
        ${button("help", "?", "Keyboard shortcuts", html`aria-expanded="false"`)}</span>
    </div>
    <div class="key-help" data-part="help" hidden>
      move the pointer to decode; drag to move the point; click an example to select it
      <kbd>←</kbd><kbd>↑</kbd><kbd>→</kbd><kbd>↓</kbd> move the point (<kbd>shift</kbd> far) <kbd>ctrl</kbd>+wheel, pinch, <kbd>+</kbd><kbd>−</kbd><kbd>0</kbd> zoom
      <kbd>shift</kbd>+drag move the map <kbd>M</kbd> manifold <kbd>space</kbd> play <kbd>[</kbd><kbd>]</kbd> previous, next step <kbd>esc</kbd> clear the selection
    </div>
    <div class="plane" data-part="plane"><canvas></canvas><canvas data-stage="plane"></canvas>
      <canvas data-part="over" tabindex="0" role="application" aria-label="Plane through the latent space: drag the point, click examples, arrow keys"></canvas>
      <canvas class="inset" data-part="inset" aria-hidden="true"></canvas>
      <span class="axis across" data-part="across"></span><span class="axis up" data-part="up"></span>
      ${zoomHint()}</div>
    <div class="legend" data-part="legend"></div>
  </section>
  <section class="right">
    <div class="looks">
      <figure class="large"><canvas data-part="large" role="img" aria-label="Decoded image"></canvas>
        <figcaption><b data-part="whose"></b><br><span data-part="says"></span></figcaption></figure>
      <div class="chosen" data-part="chosen">
        <div class="pair"><figure data-part="own"><canvas width="92" height="92"></canvas><figcaption>example</figcaption></figure>
        <figure><canvas width="92" height="92"></canvas><figcaption>reconstruction</figcaption></figure></div>
        <p data-part="about" class="muted"></p>
        <div class="tools">${button("random", "random example", "Select a random example (R)")}${button("origin", "go to prior mean", "Move the point to the prior's mean (O)")}</div>
      </div>
    </div>
    <div class="tabs" role="tablist" data-part="tabs"></div>
    <div class="panel" data-part="panel" role="tabpanel"></div>
  </section>
</div>`;

/** @param {string[]} classes @param {import("../../shared/view/types.d.ts").Rgb[]} palette */
export const legend = (classes, palette) =>
  classes.map((name, c) => html`<span class="chip"><i style="background:${css(palette[c])}"></i>${name}</span>`);
