// Markup of Paint: controls and places for pictures.

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
<p class="note lead">Each pixel is sampled from the model's prediction given the pixels before it; where the prediction was uncertain, the pixel glows. Pause, step back to a glowing one, and choose the other bar: the past stays, the future is resampled.</p>
<div class="bar">
  <label class="group"><b>Images</b>${select(
    "images",
    images.map(n => [n, n]),
    state.images,
    "How many images",
  )}</label>
  ${model.classes.length > 0 && html`<label class="group"><b>Class</b>${select("only", classes, state.only, "Class that the model is conditioned on")}</label>`}
  ${
    orders.length > 1 &&
    html`<label class="group" title="${orders.map(([name, what]) => `${name}: ${what}`).join("; ")}"><b>Order</b>${select(
      "order",
      orders.map(([name], i) => [i ? name : "", name]),
      state.order,
      "Order of the pixels",
    )}</label>
  <label class="group" data-part="orderSeed" hidden>order's seed ${seedField("order_seed", state.order_seed)}</label>`
  }
  ${slider("temperature", "temperature", 0.1, 3, 0.05, "Divides the log-probabilities: below 1 sharper, above 1 flatter")}
  <label class="group">seed ${seedField("seed", state.seed)}</label>${button("again", "new seed", "Paint new images, by a new seed (N)")}
</div>
<div class="bar">
  <span class="group"><b>Begin with</b>${choice(
    "source",
    [
      ["nothing", "nothing", "The model paints everything"],
      ["test", "part of a test image", "Give a part of an image; the model completes it, many times"],
      ["drawing", "part of your drawing", "Draw, and let the model complete a part of it"],
    ],
    "What is there before the first stroke",
  )}</span>
  <span class="group end">${button("gif", "GIF", "Save all images as an animation")}${button("png", "PNG", "Save what is on the screen")}${button("help", "?", "Keyboard shortcuts", html`aria-expanded="false"`)}</span>
</div>
<div class="kept" data-part="kept" hidden>
  <div class="how">${choice(
    "keep",
    [
      ["top", "give the top", "The upper half of the rows is given"],
      ["left", "the left", "The left half of the columns is given"],
      ["brushed", "what I brush", "Mark the given part with a brush"],
    ],
    "Which part is given",
  )}
    <div class="tools">${button("other", "previous", "Previous test image", html`value="-1"`)}${button("other", "next", "Next test image", html`value="1"`)}
      ${[
        ["draw", "draw", "Draw"],
        ["rub", "erase", "Erase"],
        ["on", "give", "Brush the part that is given"],
        ["free", "don't give", "Brush the part that is sampled"],
      ].map(([value, text, title]) => button("tool", text, title, html`value="${value}"`))}
      ${button("wipe", "clear", "Clear the drawing, or the brushed part")}</div>
    <p class="note" data-part="lacks"></p></div>
  <figure><canvas data-part="easel" aria-label="The image, and which part of it is given"></canvas><figcaption data-part="easelSays"></figcaption></figure>
  <div class="completed" data-part="completed">
    <figure><canvas data-part="mean" role="img" aria-label="Mean of the completions"></canvas><figcaption>mean of the completions</figcaption></figure>
    <figure><canvas data-part="spread" role="img" aria-label="Where the completions differ"></canvas><figcaption data-part="spreadSays"></figcaption></figure>
    <p class="note" data-part="honest"></p></div>
</div>
<div class="key-help" data-part="help" hidden>
  <kbd>space</kbd> play <kbd>←</kbd><kbd>→</kbd> one pixel <kbd>↑</kbd><kbd>↓</kbd> one row <kbd>Home</kbd><kbd>End</kbd> start, end
  <kbd>F</kbd> 8 continuations <kbd>U</kbd> undo <kbd>N</kbd> new seed <kbd>G</kbd> glow <kbd>L</kbd> loop; click a pixel of the large image: go there; click it again: change its value
</div>
<div class="scene">
  <section><canvas data-part="stage" data-stage="paint" role="img" aria-label="All images"></canvas></section>
  <section class="chosen">
    <figure class="large"><canvas data-part="large" role="img" aria-label="The selected image"></canvas></figure>
    <div class="told">
      <b data-part="image"></b>
      <p data-part="pixel" class="says"></p>
      <div class="bars" data-part="bars"></div>
      <p class="note">outline: model probability; filled: after temperature; orange: sampled. Choose another bar to change the pixel.</p>
      <p data-part="sum" class="note"></p>
      <div class="tools">${button("branch", "sample 8 continuations", "Eight continuations of the same past (F)")}${button("undo", "undo", "Undo the last change of a pixel (U)", html`disabled`)}</div>
    </div>
    <div class="futures" data-part="futures" hidden>
  <div class="bar"><b>Continuations</b><span class="group end">${button("branch", "new", "Eight new continuations from here (F)")}${button("unbranch", "close", "Close the continuations (Esc)")}</span></div>
  <div class="samples">${Array.from({ length: 8 }, (_, j) => html`<button type="button" class="sample" data-do="adopt" data-future="${j}" title="Continue with this one"><canvas></canvas><span></span></button>`)}</div>
  <p class="note" data-part="branched"></p>
</div>
  </section>
</div>
<div class="transport bar">
  <span class="group">${button("first", icon("first"), "First pixel (Home)")}${button("back", "−1", "Previous pixel (←)")}
  ${playButton()}
  ${button("on", "+1", "Next pixel (→)")}${button("last", icon("last"), "Last pixel painted so far (End)")}</span>
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
      ["fading", "fading", "Pixels glow by the entropy of their prediction, then fade (G)"],
      ["on", "lasting", "The glow stays (G)"],
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
<div class="strip-of-time"><canvas data-part="track" aria-label="Timeline: entropy of each prediction; drag to scrub"></canvas></div>
<p class="note">Entropy of each prediction, in the order of painting, up to ${Math.log2(model.levels).toFixed(1)} bits: mean over images (orange), selected image (line). Drag to scrub.</p>`;
}
