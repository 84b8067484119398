// What the panel of style and class consists of.

import { button, choice, slider } from "../../shared/view/controls.js";
import { withMinus } from "../../shared/view/format.js";
import { html } from "../../shared/view/html.js";
import { padMarkup } from "./pad_markup.js";
import { MOST } from "./style_model.js";

/** @typedef {import("./style_model.js").StyleModel} StyleModel */

/** The name of a number of a style. @param {number} i */
export const nameOf = i => `z${String(i + 1).replace(/\d/g, c => "₀₁₂₃₄₅₆₇₈₉"[Number(c)])}`;

/** @param {number} x */
export const inHundredths = x => withMinus(Math.round(100 * x) / 100 || 0, 2);

/** @param {StyleModel} model @param {string} which @param {string} label */
const axis = ({ order }, which, label) =>
  html`<select data-pick="${which}" data-part="${which}" aria-label="${label}">${order.map(i => html`<option value="${i}">${nameOf(i)}</option>`)}</select>`;

/** @param {StyleModel} model */
export const markup = model => html`
<div class="styles">
  <section class="card"><header>${choice(
    "whose",
    [
      ["image", "An image", "Take the style of an image that the model was not trained on"],
      ["own", "My drawing", "Draw one yourself"],
    ],
    "Whose style",
  )}</header>
    <canvas data-part="image" role="img" aria-label="The image whose style is taken"></canvas>
    ${padMarkup("draw one yourself")}
    <p class="note" data-part="which"></p>
    <div class="probs" data-part="probs" role="group" aria-label="How likely each class is"></div></section>
  <section class="card written"><header><b>The same style in every class</b></header>
    <div class="scrolls" data-part="scrolls"><div class="in-classes" data-part="rows"></div></div>
    <div class="tools">${button("others", "Other images", "Five others that the model was not trained on (N)")}<span class="note">Press an image to take its style.</span></div></section>
  <section class="card"><header><b>Style</b><span class="end tools">${button("own-style", "As inferred", "Back to the style of the image")}${button("random", "Random", "A style from the prior, a normal distribution")}</span></header>
    <div class="style-pad"><canvas data-part="plane" tabindex="0" role="img" aria-label="Two numbers of the style. Arrow keys move it"></canvas></div>
    <div class="tools axes"><span>across</span>${axis(model, "across", "Number across")}<span>up</span>${axis(model, "up", "Number up")}</div>
    <div class="numbers-of-style">${model.order.map(i => slider(`z${i}`, nameOf(i), -MOST, MOST, 0.05, "A number of the style"))}</div></section>
  <section class="card given"><header><b>Images whose class was given</b></header>
    <p class="note" data-part="learned"></p>
    <canvas data-part="given" role="img" aria-label="The images whose class was given, a row for each class"></canvas></section>
</div>`;

/**
 * @param {string[]} classes
 * @param {ArrayLike<number> | null} probs
 */
export const probsMarkup = (classes, probs) =>
  classes.map((name, k) => {
    const percent = probs ? 100 * probs[k] : 0;
    return html`<span>${name}</span><span class="share"><i style="width:${percent.toFixed(1)}%"></i></span><span class="percent">${probs && `${percent.toFixed(percent < 9.95 ? 1 : 0)}%`}</span>`;
  });
