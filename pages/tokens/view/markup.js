// Markup of controls for generated texts.

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
  return html`<label class="group">from the test text ${select("prompts", [["", "choose …"], ...options], "", "Prompt from the test text")}</label>`;
}

/** Of the panel Side by side. @param {import("./player.js").TokenPlayer} host */
export function columnsMarkup({ model, state }) {
  const lengths = [...new Set([...LENGTHS, state.length])]
    .sort((a, b) => a - b)
    .map(n => html`<option value="${n}">${whole(n)} tokens</option>`);
  return html`
<p class="lead fold">The same prompt and seed, side by side. <span class="muted" data-part="look"></span></p>
<div class="bar prompting fold">
  <label class="field">Prompt<textarea data-part="prompt" rows="2" spellcheck="false" aria-label="Prompt"></textarea></label>
  ${promptSelect(model)}
  <label class="group">seed ${seedField("seed", state.seed)}</label>${button("again", "new seed", "Generate with a new seed (N)")}
</div>
<div class="bar fold">
  <span class="group"><b>Compare</b>${choice(
    "along",
    [
      ["temperature", "temperatures", "One model at several temperatures"],
      ["model", "models", "Every model of this text at one temperature"],
    ],
    "What to compare",
  )}</span>
  <span class="group" data-part="rivals" data-for="model" role="group" aria-label="Models to compare"></span>
  <span data-for="model">${slider("temperature", "temperature", 0.05, 3, 0.05, "Divides log-probabilities, in every column")}</span>
  <label class="group"><select data-pick="length" aria-label="Length in tokens">${lengths}</select></label>
  ${button("halt", "stop", "Stop generating (S)")}
</div>
<div class="side-by-side" data-part="columns"></div>
<p class="note"><mark>marked</mark>: repeats 16 or more characters of earlier text. Bits: −log₂ p under the model itself at temperature 1. <span data-part="real"></span></p>`;
}
