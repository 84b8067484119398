// What a model of sounds is made of: dilations that can be switched off, a recurrent state, or coefficients.

import { button } from "../../shared/view/controls.js";
import { fixed, whole, withMinus } from "../../shared/view/format.js";
import { html } from "../../shared/view/html.js";
import { multiplicationsOf } from "./wavenet.js";

/** @typedef {import("./model.js").SoundModel} SoundModel */

/**
 * Multiplications, in words.
 * @param {number} n
 */
export function amount(n) {
  for (const [size, word] of /** @type {[number, string][]} */ ([
    [1e12, "trillion"],
    [1e9, "billion"],
    [1e6, "million"],
    [1e3, "thousand"],
  ]))
    if (n >= size) return `${fixed(n / size, n < 10 * size ? 1 : 0)} ${word}`;
  return String(n);
}

/** Heading and controls of its section. @param {SoundModel} model */
export function structureMarkup(model) {
  const { dilations, state, coefficients, rate } = model;
  if (dilations.length)
    return html`<div class="heads"><b>Dilations</b><span class="muted">each layer sees its input now and so many samples ago; switch some off</span></div>
    <div class="bar tight chips" role="group" aria-label="Dilations that are on">${[...new Set(dilations)]
      .sort((a, b) => a - b)
      .map(d =>
        button(
          "mute",
          String(d),
          `Layers of dilation ${d}: ${fixed((1000 * d) / rate, 2)} ms`,
          html`value="${d}" aria-pressed="true"`,
        ),
      )}${button("unmute", "all on", "Switch all dilations on")}</div>`;
  if (state)
    return html`<div class="heads"><b>Recurrent state</b><span class="muted">${whole(state)} numbers, which every sample changes</span></div>
    <p class="note">All that it has heard stands in them: there are no dilations to switch off, and no queues.</p>`;
  const [last, earlier] = [coefficients.slice(0, 1), coefficients.slice(1)].map(some =>
    some.map(a => withMinus(a, 2)).join(", "),
  );
  return html`<div class="heads"><b>Linear prediction</b><span class="muted">the mean of a sample is a weighted sum of the last ${coefficients.length}</span></div>
    <p class="note">Weights: ${last} for the last sample, before it ${earlier}. How far a sample may lie from that mean follows the errors just made. There are no layers, no dilations and no queues.</p>`;
}

/**
 * What drawing so many samples has cost, in words.
 * @param {SoundModel} model
 * @param {number} samples
 */
export function costText(model, samples) {
  const { dilations, state, hidden, levels, coefficients } = model;
  if (dilations.length) {
    const { cached, naive } = multiplicationsOf(model);
    return html`Multiplications: <b>${amount(cached * samples)}</b> with queues, <b>${amount(naive * samples)}</b> if each sample ran over its whole receptive field (${whole(Math.round(naive / cached))} times as many).`;
  }
  if (state) {
    const each = 3 * state * state + state * hidden + hidden * levels;
    return html`Multiplications: <b>${amount(each * samples)}</b>, as many for each sample however long the sound is.`;
  }
  return html`Multiplications: <b>${amount(coefficients.length * samples)}</b> for the means, ${coefficients.length} for each sample.`;
}
