// @ts-nocheck: no types yet
// What is written around the map: controls and legends.

import { css } from "../atlas/colours.js";
import { button, icon } from "../shared/controls.js";
import { escapeHtml as escape, html } from "../shared/html.js";
import { zoomHint } from "../shared/zoom.js";

export function markup(panels) {
  return html`
<div data-part="error" class="error" role="alert" hidden></div>
<div class="space">
  <section class="left">
    <div class="bar controls">
      <span class="group"><b>Plane</b>
        <select data-part="kind" aria-label="What spans the plane">
          <option value="dims">two units</option><option value="pca">principal axes</option><option value="class">between classes</option>
        </select>
        <select data-part="first" aria-label="First axis"></select><span data-part="times" class="muted">×</span>
        <select data-part="second" aria-label="Second axis"></select></span>
      <span class="group end">
        ${button("manifold", "Manifold", "Decode the whole plane, at the prior's quantiles (M)", html`aria-pressed="false"`)}
        ${button("nearer", "+", "Zoom in (+)")}${button("farther", "−", "Zoom out (−)")}${button("fit", icon("fit"), "Show everything (0)")}
        ${button("help", "?", "Keyboard shortcuts", html`aria-expanded="false"`)}</span>
    </div>
    <div class="key-help" data-part="help" hidden>
      move: decode that place; drag: move the point; click an example: choose it
      <kbd>←</kbd><kbd>↑</kbd><kbd>→</kbd><kbd>↓</kbd> move the point (<kbd>shift</kbd> far) <kbd>ctrl</kbd>+wheel, pinch, <kbd>+</kbd><kbd>−</kbd><kbd>0</kbd> zoom
      <kbd>shift</kbd>+drag move the map <kbd>M</kbd> manifold <kbd>space</kbd> play <kbd>[</kbd><kbd>]</kbd> previous, next step <kbd>esc</kbd> choose nothing
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
      <figure class="large"><canvas data-part="large" role="img" aria-label="The decoded picture"></canvas>
        <figcaption><b data-part="whose"></b><br><span data-part="says"></span></figcaption></figure>
      <div class="chosen" data-part="chosen">
        <div class="pair"><figure data-part="own"><canvas width="92" height="92"></canvas><figcaption>example</figcaption></figure>
        <figure><canvas width="92" height="92"></canvas><figcaption>its reconstruction</figcaption></figure></div>
        <p data-part="about" class="muted"></p>
        <div class="tools">${button("random", "another example", "Choose an example at random (R)")}${button("origin", "go to prior mean", "Move the point to the prior's mean (O)")}</div>
      </div>
    </div>
    <div class="tabs" role="tablist" data-part="tabs">${panels.map(({ name, title, hint }) => html`<button type="button" role="tab" data-tab="${name}" title="${hint}">${title}</button>`)}</div>
    <div class="panel" data-part="panel" role="tabpanel"></div>
  </section>
</div>`;
}

export const legend = (classes, palette) =>
  classes.map((name, c) => html`<span class="chip"><i style="background:${css(palette[c])}"></i>${name}</span>`);

// -- for players that still put strings together: the same controls as text ----------------------------

const text = (name, label, title, more = "") =>
  `<button type="button" data-do="${name}" title="${title}" aria-label="${title}" ${more}>${label}</button>`;
const textIcon = name => icon(name).text;
const textChoice = (name, options, label) =>
  `<span class="choice" role="group" aria-label="${label}">${options
    .map(
      ([value, words, title]) =>
        `<button type="button" data-choice="${name}" value="${value}" title="${title}">${words}</button>`,
    )
    .join("")}</span>`;
const textSlider = (name, words, low, high, step, title) =>
  `<label class="slider" title="${title}">${words}<input type="range" data-slide="${name}" min="${low}" max="${high}" step="${step}"><output></output></label>`;

export { write } from "../shared/controls.js";
export { escape, text as button, textChoice as choice, textIcon as icon, textSlider as slider };
