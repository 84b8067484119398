// What is written around the map: controls and legends.

import { css } from "../atlas/colours.js";
import { escape, icon } from "../atlas/markup.js";

export { escape, icon, write } from "../atlas/markup.js";

export const button = (name, label, title, more = "") => `<button type="button" data-do="${name}" title="${title}" aria-label="${title}" ${more}>${label}</button>`;
export const choice = (name, options, label) =>
  `<span class="choice" role="group" aria-label="${label}">${options
    .map(([value, text, title]) => `<button type="button" data-choice="${name}" value="${value}" title="${title}">${text}</button>`)
    .join("")}</span>`;
export const slider = (name, text, low, high, step, title) =>
  `<label class="slider" title="${title}">${text}<input type="range" data-slide="${name}" min="${low}" max="${high}" step="${step}"><output></output></label>`;

export function markup(panels) {
  return `
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
        ${button("manifold", "Manifold", "Decoded pictures at the prior's quantiles: each cell holds the same share of it (M)", 'aria-pressed="false"')}
        ${button("nearer", "+", "Nearer (+)")}${button("farther", "−", "Farther (−)")}${button("fit", icon("fit"), "Show everything (0)")}
        ${button("help", "?", "Keys", 'aria-expanded="false"')}</span>
    </div>
    <div class="key-help" data-part="help" hidden>
      move: the picture follows; drag: take the point along; click an example: choose it
      <kbd>←</kbd><kbd>↑</kbd><kbd>→</kbd><kbd>↓</kbd> move the point (<kbd>shift</kbd> far) <kbd>wheel</kbd>, pinch, <kbd>+</kbd><kbd>−</kbd><kbd>0</kbd> zoom
      <kbd>shift</kbd>+drag move the map <kbd>M</kbd> manifold <kbd>space</kbd> play <kbd>[</kbd><kbd>]</kbd> a step back, on <kbd>esc</kbd> choose nothing
    </div>
    <div class="plane" data-part="plane"><canvas></canvas><canvas data-stage="plane"></canvas>
      <canvas data-part="over" tabindex="0" role="application" aria-label="Plane through the latent space: drag the point, click examples, arrow keys"></canvas>
      <span class="axis across" data-part="across"></span><span class="axis up" data-part="up"></span></div>
    <div class="legend" data-part="legend"></div>
  </section>
  <section class="right">
    <div class="looks">
      <figure class="large"><canvas data-part="large" role="img" aria-label="The decoded picture"></canvas>
        <figcaption><b data-part="whose"></b><br><span data-part="says"></span></figcaption></figure>
      <div class="chosen" data-part="chosen">
        <div class="pair"><figure data-part="own"><canvas></canvas><figcaption>example</figcaption></figure>
        <figure><canvas></canvas><figcaption>its reconstruction</figcaption></figure></div>
        <p data-part="about" class="muted"></p>
        <div class="tools">${button("random", "another example", "Choose an example at random (R)")}${button("origin", "prior's mean", "The point goes to the middle of the prior (O)")}</div>
      </div>
    </div>
    <div class="tabs" role="tablist" data-part="tabs">${panels
      .map(({ name, title, hint }) => `<button type="button" role="tab" data-tab="${name}" title="${hint}">${title}</button>`)
      .join("")}</div>
    <div class="panel" data-part="panel" role="tabpanel"></div>
  </section>
</div>`;
}

export function legend(classes, palette) {
  return classes.length
    ? classes.map((name, c) => `<span class="chip"><i style="background:${css(palette[c])}"></i>${escape(name)}</span>`).join("")
    : "";
}
