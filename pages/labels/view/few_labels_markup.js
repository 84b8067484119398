// What the panel of few labels consists of.

import { classColours, css } from "../../shared/view/colours.js";
import { button, choice } from "../../shared/view/controls.js";
import { html } from "../../shared/view/html.js";
import { select } from "../../shared/view/panel.js";

/** @typedef {import("./player.js").LabelsView} LabelsView */

/** @param {LabelsView} host */
export const markup = ({ data, model, state }) => html`
<div class="labelling">
  <section class="card"><header><label class="group">Coloured by ${select(
    "of",
    model.representations.map(({ key, title }) => [key, title]),
    state.of,
    "Representation",
  )}</label><span class="muted" data-part="map-says"></span></header>
    <div><canvas data-part="map" class="map" role="img" aria-label="Map of all examples, in the colours of their predicted classes"></canvas></div><p class="note">Colours: predicted classes, paler where less certain. Rings: labels, in the colour that was given. Point at an example to see it, click it to label it.</p></section>
  <div>
    <section class="card ask"><header><b>What is this?</b><span class="end muted" data-part="count"></span></header>
      <div class="asked"><canvas data-part="example" role="img" aria-label="The example that is asked for"></canvas><div><p data-part="words"></p><p class="muted" data-part="guess"></p></div></div>
      <div class="classes" role="group" aria-label="Classes">${model.classes.map(
        (name, c) =>
          html`<button type="button" data-do="class" value="${c}" style="--class:${css(classColours(model.classes.length, data.colours)[c])}" title="${c < 10 ? `Label it ${name} (${c})` : `Label it ${name}`}">${name}</button>`,
      )}</div>
      <div class="bar"><span class="group">Ask for ${choice(
        "query",
        [
          ["random", "any", "A random example without a label"],
          [
            "uncertain",
            "the least certain",
            "The example whose class is least certain in the representation that is shown",
          ],
        ],
        "Which example is asked for",
      )}</span>${button("next", "Another", "Ask for another one (N)")}${button("undo", "Undo", "Take the last label back, or Clear (U)")}</div>
      <div class="bar">${button("truth", "Tell me", "Label it as in the data")}${button("ten", "Label ten for me", "Ten labels as in the data")}${button("clear", "Clear", "Take all labels back")}</div></section>
    <section class="card"><header><b>Error on all without a label</b><span class="end">${choice(
      "method",
      [
        ["spread", "Label spreading", "Labels spread along nearest neighbours, through unlabelled examples"],
        ["linear", "Linear", "Ridge regression of the classes on the vector"],
        ["nearest", "Nearest", "The class of the nearest labelled example"],
      ],
      "Classifier",
    )}</span></header>
      <div><canvas data-part="errors" role="img" aria-label="Error against the number of labels, for each representation"></canvas></div>
      <div class="legend" data-part="legend"></div></section>
  </div>
</div>
<section data-part="wrong-box" hidden><h4>Surest errors in this representation</h4><div class="strip" data-part="wrong"></div></section>
<section class="card"><header><b>Does it pay to ask for the least certain?</b><span class="end">${button("race", "Start the race", "Five draws each: asked for the least certain, and for any")}</span></header>
  <div data-part="race-box" hidden><div><canvas data-part="race" role="img" aria-label="Error against the number of labels, both ways of asking"></canvas></div><p class="note" data-part="race-says"></p></div>
  <p class="note">Both begin with the same label and are told the classes as in the data, up to sixty labels, five times.</p></section>`;
