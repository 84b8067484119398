// The player of language models: what its panels share.

import { TabsShell } from "../../shared/view/tabs.js";
import { PANELS } from "./panels.js";
import { Vocabulary } from "./vocabulary.js";

/** @typedef {import("../../shared/view/types.d.ts").PlayerData} PlayerData */
/** @typedef {import("./model.js").LanguageModel} LanguageModel */
/** @typedef {import("./model.js").TokenSettings} TokenSettings */
/** @typedef {import("./sampling.js").SamplingSettings} SamplingSettings */

/** @extends {TabsShell<LanguageModel, PlayerData>} */
export class TokenPlayer extends TabsShell {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root);
    this.state = /** @type {TokenSettings} */ (this.state);
    this.written = ""; // prompt and text that Write was left with
    /** @type {string | null} */
    this.writtenPrompt = null; // their prompt
  }

  /** @override */
  get panels() {
    return PANELS;
  }

  /** @override */
  get resetState() {
    return { path: "", branch: 0, t: -1, place: -1, layer: -1, head: -1, unit: -1 };
  }

  /** @override */
  get keptState() {
    return [
      "prompt",
      "seed",
      "temperature",
      "top_k",
      "top_p",
      "min_p",
      "speed",
      "colour",
      "text",
      "along",
      "rivals",
      "follow",
      "first",
    ];
  }

  /** @override @param {import("../../shared/view/types.d.ts").Message} answer @returns {LanguageModel} */
  readModel({ header }) {
    return { ...header, vocabulary: new Vocabulary(header.tokens) };
  }

  /** What a text begins with. */
  get prompt() {
    const { prompt } = this.state;
    if (prompt === "~") return this.model.prompts[0] ?? "";
    return prompt === "~~" ? "" : prompt;
  }

  /** @returns {SamplingSettings} */
  get sampling() {
    const { temperature, top_k, top_p, min_p } = this.state;
    return { temperature, top_k, top_p, min_p };
  }
}

/**
 * @param {Element} parent what Streamlit made for the component
 * @param {import("../../shared/view/types.d.ts").Component<any>} component
 */
export const mount = (parent, component) => TokenPlayer.mount(parent, component);
