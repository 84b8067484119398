// Markup of Sample: controls and places for pictures.

import { button, choice, icon, playButton, slider } from "../../shared/view/controls.js";
import { html } from "../../shared/view/html.js";
import { seedField, select } from "../../shared/view/panel.js";

const IMAGES = [1, 2, 4, 8, 16, 25, 36, 49, 64]; // to choose from

/**
 * @param {import("./model.js").PixelModel} model
 * @param {import("./model.js").PixelSettings} state
 */
export function markup(model, state) {
  const orders = Object.entries(model.orders);
  /** @type {[string | number, string][]} */
  const classes = [
    ["", "each in turn"],
    ...model.classes.map((name, i) => /** @type {[number, string]} */ ([i, name])),
  ];
  const images = [...new Set([...IMAGES, state.images])].sort((a, b) => a - b);
  return html`
<p class="note lead">Each pixel is sampled from the model's prediction given the pixels before it; uncertain pixels glow. Pause, step back to a glowing pixel and click the other bar: earlier pixels stay, later ones are resampled.</p>
<div class="bar">
  <label class="group"><b>Images</b>${select(
    "images",
    images.map(n => [n, n]),
    state.images,
    "Number of images",
  )}</label>
  ${model.classes.length > 0 && html`<label class="group"><b>Class</b>${select("only", classes, state.only, "Class to condition on")}</label>`}
  ${
    orders.length > 1 &&
    html`<label class="group" title="${orders.map(([name, what]) => `${name}: ${what}`).join("; ")}"><b>Order</b>${select(
      "order",
      orders.map(([name], i) => [i ? name : "", name]),
      state.order,
      "Order of the pixels",
    )}</label>
  <label class="group" data-part="orderSeed" hidden>order seed ${seedField("order_seed", state.order_seed)}</label>`
  }
  ${slider("temperature", "temperature", 0.1, 3, 0.05, "Divides log-probabilities: below 1 sharper, above 1 flatter")}
  <label class="group">seed ${seedField("seed", state.seed)}</label>${button("again", "new seed", "Sample new images with a new seed (N)")}
</div>
<div class="bar">
  <span class="group"><b>Start from</b>${choice(
    "source",
    [
      ["nothing", "scratch", "Sample every pixel"],
      ["test", "part of a test image", "Give part of a test image; sample completions of the rest"],
      ["drawing", "part of your drawing", "Draw; sample completions of part of your drawing"],
    ],
    "What is given",
  )}</span>
  <span class="group end">${button("gif", "GIF", "Save all images as an animation")}${button("png", "PNG", "Save the images as a picture")}${button("help", "?", "Keyboard shortcuts", html`aria-expanded="false"`)}</span>
</div>
<div class="kept" data-part="kept" hidden>
  <div class="how">${choice(
    "keep",
    [
      ["top", "top half", "Give the top half; sample the bottom half"],
      ["left", "left half", "Give the left half; sample the right half"],
      ["brushed", "brushed part", "Brush the part that is given"],
    ],
    "Given part",
  )}
    <div class="tools">${button("other", "previous", "Previous test image", html`value="-1"`)}${button("other", "next", "Next test image", html`value="1"`)}
      ${[
        ["draw", "draw", "Draw on the image"],
        ["rub", "erase", "Erase part of the drawing"],
        ["on", "mark as given", "Brush pixels to give"],
        ["free", "unmark", "Brush pixels to sample"],
      ].map(([value, text, title]) => button("tool", text, title, html`value="${value}"`))}
      ${button("wipe", "clear", "Clear the drawing or the brushed part")}</div>
    <p class="note" data-part="lacks"></p></div>
  <figure><canvas data-part="pad" aria-label="Image with its given part marked"></canvas><figcaption data-part="pad-caption"></figcaption></figure>
  <div class="completed" data-part="completed">
    <figure><canvas data-part="mean" role="img" aria-label="Mean of the completions"></canvas><figcaption>mean of the completions</figcaption></figure>
    <figure><canvas data-part="spread" role="img" aria-label="Entropy of the completions at each pixel"></canvas><figcaption data-part="spreadSays"></figcaption></figure>
    <p class="note" data-part="honest"></p></div>
</div>
<div class="key-help" data-part="help" hidden>
  <kbd>space</kbd> play <kbd>←</kbd><kbd>→</kbd> one pixel <kbd>↑</kbd><kbd>↓</kbd> one row <kbd>home</kbd><kbd>end</kbd> first, last pixel
  <kbd>F</kbd> 8 continuations <kbd>U</kbd> undo <kbd>N</kbd> new seed <kbd>G</kbd> glow <kbd>L</kbd> loop; click a pixel of the large image to go there, again to change it
</div>
<div class="scene">
  <section><canvas data-part="stage" data-stage="paint" role="img" aria-label="All images"></canvas></section>
  <section class="chosen">
    <figure class="large"><canvas data-part="large" role="img" aria-label="The selected image"></canvas></figure>
    <div class="prediction">
      <b data-part="image"></b>
      <p data-part="pixel" class="says"></p>
      <div class="bars" data-part="bars"></div>
      <p class="note">outline: model probability; filled: after temperature; orange: sampled. Click another bar to change the pixel.</p>
      <p data-part="sum" class="note"></p>
      <div class="tools">${button("branch", "sample 8 continuations", "Sample eight continuations of the pixels so far (F)")}${button("undo", "undo", "Undo the last pixel change (U)", html`disabled`)}</div>
    </div>
    <div class="futures" data-part="futures" hidden>
  <div class="bar"><b>Continuations</b><span class="group end">${button("branch", "new", "Sample eight new continuations (F)")}${button("unbranch", "close", "Close the continuations (Esc)")}</span></div>
  <div class="samples">${Array.from({ length: 8 }, (_, j) => html`<button type="button" class="sample" data-do="adopt" data-future="${j}" title="Continue with this image"><canvas></canvas><span></span></button>`)}</div>
  <p class="note" data-part="branched"></p>
</div>
  </section>
</div>
<div class="transport bar">
  <span class="group">${button("first", icon("first"), "First pixel (Home)")}${button("back", "−1", "Previous pixel (←)")}
  ${playButton()}
  ${button("on", "+1", "Next pixel (→)")}${button("last", icon("last"), "Last sampled pixel (End)")}</span>
  <span class="frame" data-part="clock"></span>
  <label class="group">row <input type="number" data-part="row" data-pick="row" min="1" max="${model.height}" value="1"></label>
  <label class="group">speed ${select(
    "speed",
    ["0.5", "1", "2", "4", "8", "16", "32"].map(s => [s, `${s} rows/s`]),
    state.speed,
    "Speed",
  )}</label>
  <span class="group">glow ${choice(
    "glow",
    [
      ["fading", "fading", "Glow by the entropy of the prediction, then fade (G)"],
      ["on", "lasting", "Keep the glow (G)"],
      ["off", "off", "No glow (G)"],
    ],
    "Glow",
  )}</span>
  <span class="group">loop ${choice(
    "loop",
    [
      ["on", "on", "Restart at the end (L)"],
      ["off", "off", "Stop at the end (L)"],
    ],
    "Loop",
  )}</span>
</div>
<div class="strip-of-time"><canvas data-part="track" aria-label="Entropy of each prediction; drag to scrub"></canvas></div>
<p class="note">Entropy of each prediction in sampling order, at most ${Math.log2(model.levels).toFixed(1)} bits: mean over images (orange), selected image (line). Drag to scrub.</p>`;
}
