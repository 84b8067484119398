// Generate: a text token by token beside the predictions; tokens are forced, the text rewound, branches kept.

import { isAbort, messageOf } from "../../shared/view/api.js";
import { write } from "../../shared/view/controls.js";
import { find, part } from "../../shared/view/dom.js";
import { put } from "../../shared/view/html.js";
import { reducedMotion } from "../../shared/view/motion.js";
import { unless } from "../../shared/view/panel.js";
import { MOST, packBranches } from "./branch_link.js";
import { linkedPrompt, nextSeed, toSeed } from "./model.js";
import { topKOf } from "./sampling.js";
import * as writing from "./write_state.js";
import { markup, WriteView } from "./write_view.js";

const PATIENCE = 200; // milliseconds that a slider rests before a text is sampled anew
const TYPING = 400; // milliseconds that typing rests

/** @typedef {import("./branch.js").Branch} Branch */
/** @typedef {import("./player.js").TokenPlayer} TokenPlayer */

export class Write {
  static name = "write";
  static title = "Generate";
  static hint = "Generate text token by token; force tokens, rewind, branch";

  /**
   * @param {TokenPlayer} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    const { state, model } = host;
    this.host = host;
    this.root = root;
    put(root, markup(host));
    part(root, "prompt", HTMLTextAreaElement).value = host.prompt;
    if ((host.writtenPrompt ?? host.prompt) !== host.prompt) Object.assign(state, { path: "", branch: 0, t: -1 }); // another one since
    const opened = writing.openWriteState(state, model);
    this.shown = opened.state;
    if (reducedMotion()) this.shown.playing = false;
    if (!opened.legible) host.showError("The branches in the link do not fit this model. Starting from the prompt.");
    this.view = new WriteView(host, root, {
      onSelect: branch => this.select(branch),
      onRemove: branch => this.remove(branch),
    });
    this.destroyed = false;
    this.dirty = true;
    /** @type {AbortController | null} what samples the current branch */
    this.sampling = null;
    this.recalling = new AbortController(); // what gets the predictions of other branches
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.resting = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.typing = undefined;
    this.listen();
    this.view.sync();
    this.open();
    this.recall();
  }

  destroy() {
    const { host, shown } = this,
      { branches, branch } = shown,
      packed = packBranches(branches, branch);
    this.destroyed = true;
    this.sampling?.abort();
    this.recalling.abort();
    clearTimeout(this.resting);
    clearTimeout(this.typing);
    this.view.destroy();
    // coming back finds everything as it was left
    Object.assign(host.state, { ...packed, t: Math.floor(shown.t), seed: packed.path ? host.state.seed : branch.seed });
    host.writtenPrompt = host.prompt;
    host.written = host.prompt + host.model.vocabulary.text(branch.tokens.slice(0, branch.seen));
  }

  // -- the text -----------------------------------------------------------------------------------

  /** Show the branch from its beginning, and sample what it lacks. */
  open() {
    this.view.clear();
    this.dirty = true;
    this.sampling?.abort();
    this.sampling = null;
    this.fill();
    this.host.requestFrame();
  }

  get header() {
    return { prompt: this.host.prompt, choices: [this.host.sampling] };
  }

  /** Have tokens ready for a while. */
  async fill() {
    const { host, shown } = this,
      count = writing.tokensToSample(shown);
    if (this.sampling || this.destroyed || count === null) return;
    const request = new AbortController();
    this.sampling = request;
    try {
      await shown.branch.extend(host.modelUrl, this.header, count, request.signal, () => {
        this.dirty = true;
        host.requestFrame();
      });
    } catch (error) {
      if (!isAbort(error) && this.sampling === request) {
        host.showError(messageOf(error));
        shown.playing = false;
      }
    }
    if (this.sampling === request) this.sampling = null;
    host.requestFrame();
  }

  /** Get the predictions of the link's other branches. */
  async recall() {
    const { host, shown } = this;
    this.recalling.abort();
    const request = new AbortController();
    this.recalling = request;
    for (const branch of shown.branches.filter(each => each !== shown.branch && !each.complete)) {
      try {
        const count = branch.seen - branch.tokens.length;
        await branch.extend(host.modelUrl, this.header, count, request.signal, () => {});
      } catch (error) {
        if (!isAbort(error)) host.showError(messageOf(error));
        return;
      }
      if (request.signal.aborted) return;
      this.dirty = true;
      host.requestFrame();
    }
  }

  /** What comes after the tokens that are read is sampled anew, once the hand rests. */
  resample() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.shown.branch.truncate(Math.floor(this.shown.t));
      this.open();
    }, PATIENCE);
    this.changed();
  }

  /** Everything anew from the prompt. @param {number} seed */
  restart(seed = this.host.state.seed) {
    clearTimeout(this.resting);
    this.recalling.abort();
    this.host.showError("");
    this.host.state.seed = seed;
    find(this.root, '[data-pick="seed"]', HTMLInputElement).value = String(seed);
    writing.restart(this.shown, seed);
    this.open();
    this.host.syncUrl();
  }

  // -- moving -------------------------------------------------------------------------------------

  /** @param {number} t */
  seek(t) {
    writing.seek(this.shown, t);
    this.fill();
    this.changed();
  }

  /** Take a token instead of the one that was sampled. @param {number} token */
  force(token) {
    const { branch, t } = this.shown,
      at = Math.floor(t);
    if (!branch.predictions[at]) return;
    if (branch.tokens[at] === token) this.seek(at + 1);
    else this.added(writing.forceToken(this.shown, token));
  }

  /** @param {boolean} dropped whether the oldest branch went */
  added(dropped) {
    write(part(this.root, "dropped"), dropped ? `At most ${MOST} branches: the oldest was removed.` : "");
    this.open();
    this.host.syncUrl();
  }

  /** @param {Branch} branch */
  select(branch) {
    writing.goTo(this.shown, branch);
    this.selected();
  }

  selected() {
    this.open();
    this.recall();
    this.host.syncUrl();
  }

  /** @param {Branch} branch */
  remove(branch) {
    if (this.shown.branches.length < 2) return;
    if (writing.remove(this.shown, branch)) this.selected();
    this.changed();
  }

  changed() {
    this.dirty = true;
    this.host.requestFrame();
    this.host.syncUrl();
  }

  // -- what is drawn ------------------------------------------------------------------------------

  /** @param {number} _ @param {number} elapsed */
  draw(_, elapsed) {
    const { shown, host } = this,
      before = Math.floor(shown.t);
    if (shown.playing) {
      writing.advance(shown, (elapsed / 1000) * Number(host.state.speed));
      if (writing.runsOut(shown)) this.fill();
    }
    const t = Math.floor(shown.t),
      { branch } = shown;
    if (t !== before || this.dirty) {
      branch.seen = Math.max(branch.seen, Math.min(t, branch.tokens.length));
      this.view.draw(shown, t);
      if (branch.predictions[t]) host.reportShown();
    }
    this.dirty = false;
    if (t !== before) host.syncUrl();
    return shown.playing;
  }

  // -- hands --------------------------------------------------------------------------------------

  listen() {
    const prompt = part(this.root, "prompt", HTMLTextAreaElement);
    /** @param {Event} event @param {string} name */
    const numberAt = ({ target }, name) => {
      const element = target instanceof Element ? target.closest(`[data-${name}]`) : null;
      return element ? Number(element.getAttribute(`data-${name}`)) : null;
    };
    this.view.text.addEventListener("click", event => {
      const at = numberAt(event, "at");
      if (at !== null && !String(getSelection())) this.seek(at);
    });
    part(this.root, "bars").addEventListener("click", event => {
      const token = numberAt(event, "token");
      if (token !== null) this.force(token);
    });
    prompt.addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => !this.destroyed && this.begin(prompt.value), TYPING);
    });
  }

  /** @param {string} prompt */
  begin(prompt) {
    if (prompt === this.host.prompt) return;
    this.host.state.prompt = prompt;
    this.restart();
  }

  /** @param {string} name @param {number} value */
  onSlide(name, value) {
    const { state, model } = this.host;
    writing.settingsChanged(this.shown);
    if (name === "top_k") state.top_k = topKOf(value, model.size);
    else if (name === "temperature" || name === "top_p" || name === "min_p") state[name] = value;
    this.view.sync();
    this.resample();
  }

  /** @param {string} name @param {string} value */
  onSelect(name, value) {
    if (name === "prompts" && value) {
      part(this.root, "prompt", HTMLTextAreaElement).value = value;
      this.begin(value);
    } else if (name === "seed") this.restart(toSeed(Number(value)));
    else if (name === "speed") {
      this.host.state.speed = value;
      this.changed();
    }
  }

  onChoice() {
    this.dirty = true;
    this.host.requestFrame();
  }

  /** @param {string} name */
  onAction(name) {
    const { host, shown } = this,
      t = Math.floor(shown.t);
    /** @type {Record<string, () => unknown>} */
    const actions = {
      play: () => {
        writing.togglePlaying(shown);
        this.changed();
      },
      first: () => this.seek(0),
      last: () => this.seek(shown.branch.seen),
      back: () => this.seek(t - 1),
      on: () => this.seek(t + 1),
      again: () => this.restart(nextSeed(host.state.seed)),
      fork: () => this.added(writing.fork(shown)),
      copy: () => this.copy(host.prompt + host.model.vocabulary.text(shown.branch.tokens.slice(0, t))),
    };
    actions[name]?.();
  }

  /** @param {string} text */
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      if (!this.destroyed)
        this.host.showError("The browser does not allow copying. Select the text and copy it yourself.");
    }
  }

  keys() {
    /** @type {Record<string, string>} */
    const actions = {
      " ": "play",
      ArrowLeft: "back",
      ArrowRight: "on",
      Home: "first",
      End: "last",
      b: "fork",
      n: "again",
    };
    const { order } = this.view.bars;
    /** @type {import("../../shared/view/types.d.ts").Keys} */
    const keys = {
      c: () =>
        /** @type {HTMLElement | null} */ (
          this.root.querySelector('[data-choice="colour"][aria-pressed="false"]')
        )?.click(),
    };
    for (const [key, name] of Object.entries(actions)) keys[key] = () => this.onAction(name);
    order.slice(0, 9).forEach((token, i) => {
      keys[i + 1] = () => this.force(token);
    });
    return keys;
  }

  urlParams() {
    const { state } = this.host,
      { branches, branch, playing, t } = this.shown,
      prompt = linkedPrompt(state.prompt),
      long = !prompt && state.prompt !== "~"; // a link has no room for it, nor for what follows it
    const packed = long ? { path: "", branch: 0 } : packBranches(branches, branch);
    return {
      prompt,
      seed: unless(branches[0].own ? branches[0].seed : state.seed, 0),
      temperature: unless(state.temperature, 0.8),
      top_k: unless(state.top_k, 0),
      top_p: unless(state.top_p, 1),
      min_p: unless(state.min_p, 0),
      speed: unless(state.speed, "10"),
      colour: unless(state.colour, "on"),
      path: packed.path,
      branch: unless(packed.branch, 0),
      t: playing || long ? "" : String(Math.floor(t)),
    };
  }
}
