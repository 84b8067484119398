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
    <select data-pick="points" aria-label="Maximum number of points">
      <option value="1000">up to 1,000</option><option value="10000">up to 10,000</option><option value="70000">up to 70,000</option>
    </select>
  </span>
  ${choice(
    "tool",
    [
      ["move", icon("move"), "Drag to move the map (V)"],
      ["box", icon("box"), "Drag a box to select points (B, or hold shift)"],
      ["lasso", icon("lasso"), "Drag a lasso to select points (L, or hold alt)"],
    ],
    "What dragging does",
  )}
  <label class="group" title="What the colours of the points stand for"><b>Colour</b> <select data-pick="colour" aria-label="Colour"></select></label>
  <span class="group" data-part="show"><b>Show</b>${choice(
    "show",
    [
      ["auto", "auto", "Dots, and images where there is room"],
      ["dots", "dots", "Dots only"],
      ["images", "images", "As many images as fit"],
    ],
    "Dots or images",
  )}</span>
  <span class="group"><b>Neighbours in</b>${choice(
    "near",
    [
      ["pixels", "pixel space", "Connect the clicked point to its 10 nearest in pixel space"],
      ["code", "code space", "Connect the clicked point to its 10 nearest in code space"],
      ["off", "off", "Hide the lines"],
    ],
    "Space in which a click finds neighbours",
  )}${choice(
    "metric",
    [
      ["euclidean", "Euclidean", "Nearest by Euclidean distance"],
      ["cosine", "cosine", "Nearest by the angle between vectors"],
    ],
    "Metric of the neighbours",
  )}</span>
</div>
<div class="key-help" data-part="help" hidden>
  drag move; <kbd>ctrl</kbd>+wheel, pinch, double click zoom; two fingers move and zoom <kbd>shift</kbd>+drag box <kbd>alt</kbd>+drag lasso <kbd>ctrl</kbd>+click or drag add to the selection
  <kbd>V</kbd><kbd>B</kbd><kbd>L</kbd> move, box, lasso <kbd>D</kbd> decode the plane <kbd>C</kbd> density contours <kbd>T</kbd> names <kbd>,</kbd><kbd>.</kbd> previous, next unit as colour <kbd>N</kbd> neighbours in pixel space, code space, off
  <kbd>space</kbd> play the training <kbd>[</kbd><kbd>]</kbd> previous, next saved epoch <kbd>I</kbd> show the selection alone <kbd>esc</kbd> show all, clear the selection;
  on a map: <kbd>←</kbd><kbd>↑</kbd><kbd>→</kbd><kbd>↓</kbd> move <kbd>+</kbd><kbd>−</kbd> zoom <kbd>0</kbd> show everything
</div>
<div class="bar second"><span class="group units" data-part="unit-of" hidden>${button("unit-back", icon("back"), "Previous unit (,)")}<label>unit <input type="number" data-pick="unit" min="0" step="1" title="Unit of the layer, from 0"></label>${button("unit-on", icon("forward"), "Next unit (.)")}<span class="muted" data-part="units"></span></span>
  <div class="legend" data-part="legend"></div>
  <span class="group end">${button("names", "Names", "Names of classes or clusters on the maps (T)", html`aria-pressed="true" data-part="names"`)}${button("contours", "Density", "Contours around the densest 25, 50, 75, 95% of points (C)", html`aria-pressed="false" data-part="contours"`)}${button("decode-plane", "Decode the whole plane", "Show decoded images behind the points (D)", html`aria-pressed="false" data-part="decode-plane"`)}<form data-part="search" role="search"><input type="search" data-part="query" placeholder="label or #number" aria-label="Select points by label or #number" title="Select by label (7) or example number (#42, #99)"></form>
  ${button("add", "Add map", "Add another map beside these")}${button("help", "?", "Keyboard shortcuts")}</span></div>
<div class="work"><div>
<div class="maps" data-part="maps"></div>
<section class="trajectory card" data-part="trajectory" hidden aria-label="Codes during training">
  <div class="bar transport">
    <span class="group">
      ${button("step-back", icon("back"), "Previous saved epoch ([)")}
      ${playButton("Play or pause the training (space)")}
      ${button("step-on", icon("forward"), "Next saved epoch (])")}
    </span>
    <span class="track"><canvas data-part="curve" role="img" aria-label="Reconstruction error during training; drag to scrub"></canvas>
    <input type="range" class="scrub" data-part="scrub" min="0" max="1" step="0.01" value="1" aria-label="Epoch"></span>
    <span class="group at"><output class="frame" data-part="frame"></output>
    ${button("finish", "final weights", "Show all points with the final weights", html`aria-pressed="true"`)}</span>
  </div>
</section>
</div>
<div class="below">
  <section class="card chosen" data-part="chosen" aria-label="Selected points" aria-live="off"></section>
  <section class="card pad" data-part="pad" aria-label="Drawing pad" hidden>
    <div class="pair">
      <figure><canvas data-part="drawing" aria-label="Draw an image here"></canvas><figcaption>draw here</figcaption></figure>
      <figure><canvas data-part="answer" role="img" aria-label="Reconstruction of the drawing"></canvas><figcaption>reconstruction</figcaption></figure>
    </div>
    <div class="tools">${choice(
      "pen",
      [
        ["draw", "pen", "Draw"],
        ["rub", "eraser", "Erase"],
      ],
      "Pen or eraser",
    )}
    ${button("clear-pad", "clear", "Clear the drawing pad")}</div>
    <p class="note" data-part="encoded">Draw an image: it is encoded and shown on every map.</p>
  </section>
</div></div>
<div class="tip" data-part="tip" hidden><div class="pictures"><figure><canvas></canvas><figcaption></figcaption></figure><figure><canvas></canvas><figcaption></figcaption></figure></div><span></span></div>`;
