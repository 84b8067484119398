// @ts-nocheck: no types yet
// The player of language models: what its panels share beside what all players under tabs do.

import { Host } from "../tabs/host.js";
import { Lexicon } from "./lexicon.js";
import { PANELS } from "./panels.js";

export function mount(parent, component) {
  return new Player(parent.querySelector(".player"), component);
}

class Player extends Host {
  get panels() {
    return PANELS;
  }

  get forgotten() {
    return { path: "", branch: 0, t: -1, place: -1, layer: -1, head: -1, unit: -1 };
  }

  get kept() {
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

  // what the route `about` tells, and `lexicon`
  read({ header }) {
    return { ...header, lexicon: new Lexicon(header.tokens) };
  }

  // what a text begins with, as the page has it
  get prompt() {
    const { prompt } = this.state;
    return prompt === "~" ? (this.model.prompts[0] ?? "") : prompt === "~~" ? "" : prompt;
  }

  // how tokens are drawn, as the routes want it
  get choice() {
    const { temperature, top_k, top_p, min_p } = this.state;
    return { temperature, top_k, top_p, min_p };
  }
}
