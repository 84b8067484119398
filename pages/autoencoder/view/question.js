// The question of the page: guess first, then the curve answers.

import { button } from "../../shared/view/controls.js";
import { html } from "../../shared/view/html.js";
import { sizeToMatch } from "./linear.js";

/** @typedef {import("../../shared/view/html.js").Html} Html */

/**
 * What the curve of PCA says of the best network of a size; null where nothing was measured.
 * @param {import("./model.js").Model} model
 */
export function answerOf(model) {
  const { size } = model;
  const { errors } = model.basis;
  const best = model.best(size);
  if (best?.error === null || best?.error === undefined || !errors.length) return null;
  return { size, error: best.error, match: sizeToMatch(errors, best.error), title: best.title };
}

/**
 * @param {import("./model.js").Model} model
 * @param {number} guess 0 for none yet, -1 for somebody who would not guess
 * @returns {Html}
 */
export function questionMarkup(model, guess) {
  const answer = answerOf(model);
  if (!answer) return html``;
  const { title, errors } = model.basis;
  const { size, match } = answer;
  const numbers = size === 1 ? "1 number" : `${size} numbers`;
  if (!guess)
    return html`<form data-part="ask"><label for="guess"><b>How many numbers does ${title} need to match this network's ${size}?</b></label><span class="group"><input type="number" id="guess" data-part="guess" min="1" max="99999" required aria-label="Your guess" title="Your guess"><button type="submit" class="main" title="Compare your guess with the curve">Guess</button>${button("show-answer", "Show", "Show the answer without a guess")}</span></form>`;
  const found = match
    ? html`<b>${match}.</b> ${title} with ${match} numbers loses as little as the best network (${answer.title}) with ${numbers}.`
    : html`<b>More than ${errors.length}.</b> Even ${errors.length} numbers of ${title} lose more than the best network (${answer.title}) with ${numbers}.`;
  return html`<p>${found} ${guess > 0 ? verdict(guess, match) : ""} ${button("ask-again", "Ask again", "Hide the answer and guess again")}</p>`;
}

/** @param {number} guess @param {number} match */
function verdict(guess, match) {
  if (!match) return `You guessed ${guess}.`;
  if (guess === match) return "Exactly your guess.";
  return `You guessed ${guess}: ${guess < match ? "too few" : "too many"}.`;
}
