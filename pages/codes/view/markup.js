// What is written around the maps.

import { button, choice, icon, playButton } from "../../shared/view/controls.js";
import { html } from "../../shared/view/html.js";

export const markup = () => html`
<div data-part="error" class="error" role="alert" hidden></div>
<p data-part="loading" class="loading" role="status" hidden></p>
<div class="bar controls">
  <span class="group" title="Which examples the points stand for">
    <select data-pick="split" aria-label="Which examples">
      <option value="test">held-out data</option><option value="train">training data</option><option value="all">all data</option>
    </select>
    <select data-pick="points" aria-label="How many points at most">
      <option value="1000">up to 1,000</option><option value="10000">up to 10,000</option><option value="70000">up to 70,000</option>
    </select>
  </span>
  ${choice(
    "tool",
    [
      ["move", icon("move"), "Drag moves the map (V)"],
      ["box", icon("box"), "Drag chooses the points in a box (B, or hold shift)"],
      ["lasso", icon("lasso"), "Drag chooses the points in a loop (L, or hold alt)"],
    ],
    "What dragging does",
  )}
  <span class="group"><b>Colour</b>${choice(
    "colour",
    [
      ["class", "class", "Colour by the label of each example, which no model here was told"],
      ["error", "error", "Colour by how badly the model reconstructs the example"],
      [
        "place",
        "place",
        "Colour by where the point lies on the first map: the other maps then show where its regions went",
      ],
    ],
    "Colour of the points",
  )}<select data-factor data-pick="factor" aria-label="Colour by a known factor" title="Colour by what is known to have generated each example" hidden></select></span>
  <span class="group" data-part="show"><b>Show</b>${choice(
    "show",
    [
      ["auto", "auto", "Dots, and the images where there is room for them"],
      ["dots", "dots", "Dots only"],
      ["images", "images", "As many images as find room"],
    ],
    "Dots or images",
  )}</span>
  <span class="group"><b>True neighbours</b>${choice(
    "near",
    [
      ["pixels", "pixels", "Join the clicked point with the ten nearest by pixels"],
      ["code", "code", "Join the clicked point with the ten nearest by code"],
      ["off", "off", "No lines"],
    ],
    "Which neighbours a click shows",
  )}</span>
</div>
<div class="key-help" data-part="help" hidden>
  drag moves; <kbd>ctrl</kbd>+wheel, pinch, double click zoom; two fingers move and zoom <kbd>shift</kbd>+drag box <kbd>alt</kbd>+drag lasso <kbd>ctrl</kbd>+click or drag: add to what is chosen
  <kbd>V</kbd><kbd>B</kbd><kbd>L</kbd> move, box, lasso <kbd>D</kbd> decode the plane <kbd>N</kbd> neighbours by pixels, code, off
  <kbd>space</kbd> play the film <kbd>[</kbd><kbd>]</kbd> one kept epoch back, on <kbd>esc</kbd> choose nothing;
  on a map: <kbd>←</kbd><kbd>↑</kbd><kbd>→</kbd><kbd>↓</kbd> move <kbd>+</kbd><kbd>−</kbd> zoom <kbd>0</kbd> show everything
</div>
<div class="bar second"><div class="legend" data-part="legend"></div>
  <span class="group end">${button("ghost", "Decode plane", "Draw what the decoder makes of every place, under the points (D)", html`aria-pressed="false" data-part="ghost"`)}<form data-part="search" role="search"><input type="search" data-part="query" placeholder="label or #number" aria-label="Find points by label, or by number with # before it" title="Choose all points of a label (7), or single points by their number (#42, #99); then press enter"></form>
  ${button("add", "Add a map", "One more map beside these")}${button("help", "?", "Keys")}</span></div>
<div class="maps" data-part="maps"></div>
<section class="trajectory card" data-part="trajectory" hidden aria-label="Film of the training">
  <div class="bar transport">
    <span class="group">
      ${button("step-back", icon("back"), "One kept epoch back ([)")}
      ${playButton("Play or pause the training (space)")}
      ${button("step-on", icon("forward"), "One kept epoch on (])")}
    </span>
    <span class="track"><canvas data-part="curve" role="img" aria-label="Reconstruction error along the training; drag to go through it"></canvas>
    <input type="range" class="scrub" data-part="scrub" min="0" max="1" step="0.01" value="1" aria-label="Place in the training"></span>
    <span class="group at"><output class="frame" data-part="frame"></output>
    ${button("finish", "finished model", "Back to the finished model and all its points", html`aria-pressed="true"`)}</span>
  </div>
</section>
<div class="below">
  <section class="card chosen" data-part="chosen" aria-label="Chosen points" aria-live="off"></section>
  <section class="card pad" data-part="pad" aria-label="Drawing pad" hidden>
    <div class="pair">
      <figure><canvas data-part="easel" aria-label="Draw here with the pointer"></canvas><figcaption>draw here</figcaption></figure>
      <figure><canvas data-part="answer" role="img" aria-label="What the model makes of the drawing"></canvas><figcaption>decoded from its code</figcaption></figure>
    </div>
    <div class="tools">${choice(
      "pen",
      [
        ["draw", "pen", "Draw"],
        ["rub", "rubber", "Rub out"],
      ],
      "Pen or rubber",
    )}
    ${button("wipe", "wipe", "Wipe the pad")}</div>
    <p class="note" data-part="landed">Draw, and see where it lands on every map.</p>
  </section>
</div>
<div class="tip" data-part="tip" hidden><div class="pictures"><figure><canvas></canvas><figcaption></figcaption></figure><figure><canvas></canvas><figcaption></figcaption></figure></div><span></span></div>`;
