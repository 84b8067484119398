// What the panel of one-shot trials consists of.

import { button, choice } from "../../shared/view/controls.js";
import { html } from "../../shared/view/html.js";
import { padMarkup } from "./pad_markup.js";

/**
 * @typedef {import("../../shared/view/html.js").Html} Html
 * @typedef {import("./trials.js").Trials} Trials
 * @typedef {import("./types.d.ts").Space} Space
 */

export const PEOPLE = 95.5; // percent right, of Lake et al. 2015

/** @param {Trials} trials */
export const markup = ({ ways }) => html`
<div class="one-shot">
  <section class="card"><header>${choice(
    "item",
    [
      ["trial", "A trial", "A drawing by another person"],
      ["own", "My drawing", "Draw one of the characters yourself"],
    ],
    "What is to be recognised",
  )}</header>
    <canvas data-part="test" role="img" aria-label="The drawing that is to be recognised"></canvas>
    ${padMarkup("draw one of the characters")}
    <p data-part="asks"></p>
    <p class="note" data-part="which"></p>
    <div class="tools">${button("next", "Another trial", "A trial that was not played yet (N)", html`class="main"`)}${button("reveal", "Show", "Show the answer without a guess")}</div></section>
  <section class="card"><header><b>Twenty characters, one drawing of each</b></header>
    <div class="support" data-part="support" role="group" aria-label="The characters">${Array.from(
      { length: ways },
      (_, k) =>
        html`<button type="button" data-do="say" value="${k}" aria-label="Character ${k + 1}"><canvas></canvas></button>`,
    )}</div></section>
  <section class="card answers"><header><b>Who knows?</b><span class="end muted" data-part="progress" role="status"></span></header>
    <div class="scrolls"><table><thead><tr><th>By the nearest in</th><th>Answer</th><th>Nearest of all 800 drawings</th><th>All 400 trials</th></tr></thead><tbody data-part="rows"></tbody></table></div>
    <p class="note">± one standard error over the 10 alphabets. Guessing gets 5%, people get ${PEOPLE}% (Lake et al. 2015). Framed: the same character of this run; the alphabet's other run may hold it too.</p></section>
</div>`;

/** How a representation was learned, in words. @param {Space} space */
export function learnedOf({ labels, learned }) {
  return learned ? `from ${learned}, ${labels ? "with" : "without"} labels` : "not learned";
}

/** @param {boolean | null} right */
const sign = right => (right === null ? "" : right ? "✓ " : "✗ ");

/**
 * A row of the table. Canvases are painted once they stand.
 * @param {object} row
 * @param {string} row.title
 * @param {string} row.about
 * @param {string} row.key
 * @param {boolean} row.answers whether its answer is known and shown
 * @param {number} row.answer the character, from 0
 * @param {number} row.same how many of the nearest others are of the right character
 * @param {number} row.others of how many
 * @param {string} row.says of the answer
 * @param {boolean | null} row.right null where nobody knows
 * @param {number | null} row.percent right of all
 * @param {string} row.score
 */
export const rowMarkup = ({ title, about, key, answers, answer, same, others, says, right, percent, score }) => html`
<tr class="${key === "you" ? "you" : ""}"><th scope="row">${title}<small>${about}</small></th>
<td><span class="answer ${right === null ? "" : right ? "right" : "wrong"}">${answers ? html`<canvas data-answer="${key}" role="img" aria-label="Character ${answer + 1}"></canvas>` : html`<i>?</i>`}<small>${sign(right)}${says}</small></span></td>
<td>${answers && key !== "you" && html`<canvas data-neighbours="${key}" role="img" aria-label="${others} nearest drawings, ${same} of them of the right character"></canvas>`}</td>
<td><span class="score"><span class="share">${percent !== null && html`<i style="width:${percent.toFixed(1)}%"></i>`}</span>${score}</span></td></tr>`;
