// Markup that several panels have.

import { html } from "../shared/html.js";
import { select } from "../shared/panel.js";
import { visible } from "./vocabulary.js";

const NAMED = 40; // characters of a prompt in a list

/** A choice of prompts, where the model has some. @param {import("./model.js").LanguageModel} model */
export function promptSelect({ prompts }) {
  if (!prompts.length) return "";
  /** @type {[string, string][]} */
  const options = prompts.map(prompt => [prompt, visible(prompt.trim()).slice(0, NAMED)]);
  return html`<label class="group">from the test text ${select("prompts", [["", "choose …"], ...options], "", "Prompts from the test text")}</label>`;
}
