// How Generate looks: the text with its surprisal, the prediction of the next token, controls.

import { button, choice, icon, playButton, slider, syncSlider, write } from "../../shared/view/controls.js";
import { part } from "../../shared/view/dom.js";
import { percent, plural, whole, withMinus } from "../../shared/view/format.js";
import { html } from "../../shared/view/html.js";
import { seedField, select, showPlaying } from "../../shared/view/panel.js";
import { entropy, softmax, toBits } from "../../shared/view/probability.js";
import { BranchTree } from "./branch_tree.js";
import { promptSelect } from "./markup.js";
import { NextTokenBars } from "./next_token_bars.js";
import { samplingProbs, sliderOfTopK } from "./sampling.js";
import { heat } from "./scales.js";

const LONG = 2_000; // characters of a prompt that are shown

/** @typedef {import("./branch.js").Branch} Branch */
/** @typedef {import("./write_state.js").WriteState} WriteState */

export class WriteView {
  /**
   * @param {import("./player.js").TokenPlayer} host
   * @param {HTMLElement} root
   * @param {{ onSelect: (branch: Branch) => void, onRemove: (branch: Branch) => void }} events of the tree
   */
  constructor(host, root, events) {
    this.host = host;
    this.root = root;
    this.text = part(root, "text");
    this.bars = new NextTokenBars(part(root, "bars"), host.model.vocabulary);
    this.tree = new BranchTree(part(root, "tree"), host, events);
    this.end = document.createElement("span"); // after the last token
    this.end.className = "end";
    /** @type {HTMLElement[]} one a token */
    this.spans = [];
  }

  destroy() {
    this.tree.destroy();
  }

  /** Another text begins. */
  clear() {
    const { prompt } = this.host,
      begin = document.createElement("span");
    begin.className = "prompt";
    begin.textContent = prompt.length > LONG ? `… ${prompt.slice(-LONG)}` : prompt;
    this.spans = [];
    this.text.replaceChildren(begin, this.end);
  }

  /** @param {WriteState} state @param {number} t whole tokens that are read */
  draw(state, t) {
    const { branches, branch, playing } = state;
    this.drawText(branch, t, playing);
    this.bars.show(branch.predictions[t], this.host.sampling, branch.tokens[t], branch.forced.has(t));
    write(part(this.root, "says"), this.describeNext(branch, t));
    showPlaying(this.root, playing);
    write(part(this.root, "clock"), this.describeText(branch, t));
    this.tree.show({ branches, current: branch, t });
  }

  /**
   * The tokens up to those that were seen, those before t as read.
   * @param {Branch} branch
   * @param {number} t
   * @param {boolean} playing
   */
  drawText(branch, t, playing) {
    const { spans, host, text } = this,
      { vocabulary } = host.model,
      shown = Math.min(branch.seen, branch.tokens.length),
      coloured = host.state.colour === "on";
    if (spans.length < shown) {
      const texts = vocabulary.texts(branch.tokens.slice(0, shown), true);
      for (let i = spans.length; i < shown; i++) {
        const span = document.createElement("span");
        span.textContent = texts[i].replace(/\n/g, "⏎\n") || "·";
        span.dataset.at = String(i);
        spans.push(span);
        this.end.before(span);
      }
    }
    spans.forEach((span, i) => {
      const bits = toBits(branch.cost(i)),
        forced = branch.forced.has(i);
      const name = [i >= t && "future", i === t && "now", forced && "forced"].filter(Boolean).join(" ");
      if (span.className !== name) span.className = name;
      const ground = coloured && bits > 0 ? heat(bits) : "";
      if (span.dataset.ground === ground) return;
      span.dataset.ground = ground;
      span.style.background = ground;
      span.title = Number.isFinite(bits)
        ? `${vocabulary.name(branch.tokens[i])}: ${bits.toFixed(2)} bits${forced ? ", forced" : ""}. Click to go back there.`
        : "";
    });
    const near = spans[Math.min(t, spans.length - 1)];
    if (near && playing) text.scrollTop = Math.max(0, near.offsetTop - text.clientHeight + 60);
  }

  /** @param {Branch} branch @param {number} t */
  describeNext(branch, t) {
    const { vocabulary, size } = this.host.model,
      prediction = branch.predictions[t],
      token = branch.tokens[t];
    if (!prediction) return "…";
    const probs = softmax(prediction),
      after = samplingProbs(prediction, this.host.sampling),
      left = after.filter(p => p > 0).length;
    const kept = left === size ? "all tokens allowed" : `${plural(left, "token")} allowed`;
    const text = `Token ${t + 1}. Entropy ${entropy(probs).toFixed(2)} bits; ${kept}, ${entropy(after).toFixed(2)} bits after truncation.`;
    if (token === undefined) return text;
    const rank = 1 + probs.filter(p => p > probs[token]).length;
    return `${text} ${branch.forced.has(t) ? "Forced" : "Sampled"}: ${vocabulary.name(token)}, p ${percent(probs[token])}, rank ${rank} of ${whole(size)}, ${(-Math.log2(probs[token])).toFixed(1)} bits.`;
  }

  /** What the first t tokens cost. @param {Branch} branch @param {number} t */
  describeText(branch, t) {
    const nats = -branch.logProb(t);
    if (!Number.isFinite(nats)) return "…";
    if (!t) return "no tokens yet";
    const characters = Array.from(this.host.model.vocabulary.text(branch.tokens.slice(0, t))).length,
      bits = toBits(nats);
    return `${plural(t, "token")}: ${bits.toFixed(1)} bits (log p = ${withMinus(-nats)} nats), ${(bits / Math.max(1, characters)).toFixed(2)} bits per character`;
  }

  /** Sliders as the state has them. */
  sync() {
    const { state, model } = this.host,
      { temperature, top_k, top_p, min_p } = state;
    syncSlider(this.root, "temperature", temperature, temperature.toFixed(2));
    syncSlider(
      this.root,
      "top_k",
      sliderOfTopK(top_k, model.size),
      top_k && top_k < model.size ? String(top_k) : "all",
    );
    syncSlider(this.root, "top_p", top_p, top_p === 1 ? "all" : top_p.toFixed(2));
    syncSlider(this.root, "min_p", min_p, min_p ? min_p.toFixed(2) : "off");
  }
}

/** @param {import("./player.js").TokenPlayer} host */
export function markup({ model, state }) {
  return html`
<p class="lead fold">The model predicts the probability of every next token; one is sampled and appended. Click a bar to force that token, or a token of the text to go back there: earlier tokens stay, a new branch begins.</p>
<div class="bar prompting fold">
  <label class="field">Prompt<textarea data-part="prompt" rows="2" spellcheck="false" aria-label="Prompt"></textarea></label>
  ${promptSelect(model)}
  <label class="group">seed ${seedField("seed", state.seed)}</label>${button("again", "new seed", "Generate from the prompt with a new seed (N)")}
</div>
<div class="bar fold">
  ${slider("temperature", "temperature", 0.05, 3, 0.05, "Divides log-probabilities: below 1 sharper, above 1 flatter")}
  ${slider("top_k", "top-k", 0, 100, 1, "Allow only the k most probable tokens")}
  ${slider("top_p", "top-p", 0.05, 1, 0.01, "Allow the most probable tokens up to this total probability")}
  ${slider("min_p", "min-p", 0, 0.5, 0.01, "Allow tokens above this fraction of the largest probability")}
</div>
<div class="desk">
  <section>
    <div class="bar transport"><span class="group">${button("first", icon("back"), "Go to the prompt (Home)")}${button("back", "−1", "Previous token (←)")}
      ${playButton()}
      ${button("on", "+1", "Next token (→)")}${button("last", icon("forward"), "Go to the end of the text (End)")}</span>
      <label class="group fold">speed ${select(
        "speed",
        ["1", "2", "5", "10", "20", "50"].map(s => [s, `${s} tokens/s`]),
        state.speed,
        "Speed",
      )}</label>
      <span class="group fold">colour ${choice(
        "colour",
        [
          ["on", "surprisal", "Darker: less probable token (C)"],
          ["off", "off", "No colour (C)"],
        ],
        "Colour of tokens",
      )}</span>
      <span class="group end fold">${button("copy", "copy", "Copy the text")}${button("help", "?", "Keyboard shortcuts", html`aria-expanded="false"`)}</span></div>
    <div class="key-help" data-part="help" hidden><kbd>space</kbd> play <kbd>←</kbd><kbd>→</kbd> one token <kbd>home</kbd><kbd>end</kbd> prompt, end <kbd>1</kbd> … <kbd>9</kbd> force that token <kbd>B</kbd> new branch <kbd>N</kbd> new seed <kbd>C</kbd> colour</div>
    <div class="text" data-part="text" tabindex="0" role="document" aria-label="Generated text"></div>
    <p class="note" data-part="clock"></p>
  </section>
  <section class="next">
    <div class="heads"><b>Next token</b><span class="muted">outline: model probability; filled: after temperature and truncation</span></div>
    <div class="rows" data-part="bars"></div>
    <p class="note says" data-part="says"></p>
    ${button("fork", "new branch from here", "Keep this text; generate another from here (B)")}
  </section>
</div>
<div class="branches" data-part="tree"></div>
<p class="note" data-part="dropped"></p>`;
}
