// Markup of controls for texts that are written.

import { button, choice, slider } from "../../shared/view/controls.js";
import { whole } from "../../shared/view/format.js";
import { html } from "../../shared/view/html.js";
import { seedField, select } from "../../shared/view/panel.js";
import { visible } from "./vocabulary.js";

const NAMED = 40; // characters of a prompt in a list
const LENGTHS = [100, 300, 600, 1_200]; // tokens of a column

/** A choice of prompts, where the model has some. @param {import("./model.js").LanguageModel} model */
export function promptSelect({ prompts }) {
  if (!prompts.length) return "";
  /** @type {[string, string][]} */
  const options = prompts.map(prompt => [prompt, visible(prompt.trim()).slice(0, NAMED)]);
  return html`<label class="group">from the test text ${select("prompts", [["", "choose …"], ...options], "", "Prompts from the test text")}</label>`;
}

/** Of the panel In columns. @param {import("./player.js").TokenPlayer} host */
export function columnsMarkup({ model, state }) {
  const lengths = [...new Set([...LENGTHS, state.length])]
    .sort((a, b) => a - b)
    .map(n => html`<option value="${n}">${whole(n)} tokens</option>`);
  return html`
<p class="lead fold">The same prompt and the same noise, side by side. <span class="muted" data-part="look"></span></p>
<div class="bar prompting fold">
  <label class="field">Prompt<textarea data-part="prompt" rows="2" spellcheck="false" aria-label="What the texts begin with"></textarea></label>
  ${promptSelect(model)}
  <label class="group">seed ${seedField("seed", state.seed)}</label>${button("again", "new seed", "Other texts, by another seed (N)")}
</div>
<div class="bar fold">
  <span class="group"><b>Side by side</b>${choice(
    "along",
    [
      ["temperature", "temperatures", "One model, from cold to hot"],
      ["model", "models", "Every model of this text, at one temperature"],
    ],
    "What differs from column to column",
  )}</span>
  <span class="group" data-part="rivals" data-for="model" role="group" aria-label="Models that are compared"></span>
  <span data-for="model">${slider("temperature", "temperature", 0.05, 3, 0.05, "Log-probabilities are divided by it, in every column")}</span>
  <label class="group"><select data-pick="length" aria-label="Length">${lengths}</select></label>
  ${button("halt", "stop", "Stop writing (S)")}
</div>
<div class="lanes" data-part="columns"></div>
<p class="note"><mark>marked</mark>: said before, in the same 16 characters or more. Bits are what the text costs the model that wrote it, at temperature 1. <span data-part="real"></span></p>`;
}
