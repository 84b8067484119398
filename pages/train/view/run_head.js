// A run's head: its title, state and progress, with buttons to control it.

import { icon, write } from "../../shared/view/controls.js";
import { find, part } from "../../shared/view/dom.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { headMarkup } from "./markup.js";
import { number } from "./numbers.js";
import { factTexts, noteText, offeredActions, resumeText, stateText, stopText } from "./run_text.js";

/**
 * @typedef {import("./run.js").Run} Run
 * @typedef {import("./types.d.ts").RunStatus} RunStatus
 */

const ACTIONS = /** @type {const} */ (["pause", "resume", "stop", "finish"]);

export class RunHead {
  /**
   * @param {Run} run
   * @param {string} colour its mark among several runs, "" for none
   * @param {boolean} compact
   */
  constructor(run, colour, compact) {
    this.run = run;
    this.element = document.createElement("article");
    this.element.className = compact ? "head compact" : "head";
    this.element.dataset.run = run.id;
    put(this.element, headMarkup(run.id, colour, compact));
    this.rate = compact ? null : new RateForm(run, this.$("lr", HTMLFormElement));
  }

  /**
   * @template {Element} [E=HTMLElement]
   * @param {string} name
   * @param {{new (): E}} [kind]
   */
  $(name, kind) {
    return part(this.element, name, kind);
  }

  /** @param {string} name */
  button(name) {
    return find(this.element, `[data-do="${name}"]`, HTMLButtonElement);
  }

  show() {
    const { run } = this,
      { status } = run;
    if (!status) {
      write(this.$("title"), run.id);
      write(this.$("note"), run.offline ? "The server does not answer …" : "Loading …");
      for (const name of ACTIONS) this.button(name).hidden = true;
      return;
    }
    const title = this.$("title");
    write(title, status.title ?? run.id);
    title.title = status.title ?? run.id;
    const { sign, word } = stateText(status);
    refresh(this.$("state"), html`${icon(sign)}${word}`);
    this.element.dataset.state = status.state;
    write(this.$("device"), status.device ?? "");
    for (const [name, text] of Object.entries(factTexts(status, run.live))) write(this.$(name), text);
    this.showProgress(status);
    this.$("problem").hidden = !run.problem;
    write(this.$("problem"), run.problem);
    const log = this.$("log");
    log.hidden = !status.log?.length;
    if (!log.hidden) write(find(log, "pre"), status.log.join("\n"));
    this.showButtons(status);
    this.rate?.show();
  }

  /** @param {RunStatus} status */
  showProgress(status) {
    const { kind, state, step, total_steps: total } = status;
    const progress = this.$("progress");
    progress.hidden = kind !== "train"; // the phase has a bar of its own
    showBar(progress, total ? step / total : state === "finished" ? 1 : 0, "Training");
    write(this.$("note"), noteText(status));
    const phase = this.$("phase");
    phase.hidden = !status.phase || !this.run.live;
    if (!status.phase || phase.hidden) return;
    const [what, done, of] = status.phase;
    const share = of ? done / of : 0;
    showBar(phase, share, what);
    write(this.$("note"), `${what.charAt(0).toUpperCase()}${what.slice(1)}: ${Math.round(100 * share)}%`);
  }

  /** @param {RunStatus} status */
  showButtons(status) {
    const { run } = this;
    const offered = offeredActions(status, run.live);
    const ending = run.live && ["stop", "finish"].includes(status.want);
    for (const name of ACTIONS) {
      const button = this.button(name);
      button.hidden = !offered[name];
      button.disabled = Boolean(run.asking) || (ending && name !== "resume");
    }
    this.label("resume", resumeText(status));
    this.label("stop", stopText(status));
  }

  /** @param {"resume" | "stop"} name @param {[string, string]} text its word and what it does */
  label(name, [word, title]) {
    write(this.$(name), word);
    const button = this.button(name);
    button.title = title;
    button.setAttribute("aria-label", `${word}: ${title}`);
  }
}

/** Sets the learning rate of a run, by a slider of its logarithm or a number. */
class RateForm {
  /** @param {Run} run @param {HTMLFormElement} form */
  constructor(run, form) {
    this.run = run;
    this.form = form;
    this.slider = find(form, "[data-slide]", HTMLInputElement);
    this.field = find(form, "[data-number]", HTMLInputElement);
    this.submit = find(form, "button", HTMLButtonElement);
    this.touched = false; // what a visitor has entered stays
    /** @type {number | null} the learning rate that the form shows */
    this.shown = null;
    this.slider.addEventListener("input", () => {
      this.field.value = String(Number((10 ** Number(this.slider.value)).toPrecision(2)));
      this.touch();
    });
    this.field.addEventListener("input", () => {
      const value = Number(this.field.value);
      if (value > 0) this.slider.value = String(Math.log10(value));
      this.touch();
    });
    form.addEventListener("submit", event => {
      event.preventDefault();
      this.touched = false;
      run.act({ do: "lr", lr: Number(this.field.value) });
    });
  }

  touch() {
    this.touched = true;
    this.show();
  }

  show() {
    const { run, form, slider, field } = this,
      { status } = run;
    if (!status) return;
    form.hidden = status.read_only || !(["running", "paused"].includes(status.state) && status.kind === "train");
    if (form.hidden) return;
    const base = run.baseRate;
    const tree = /** @type {Document | ShadowRoot} */ (form.getRootNode());
    if (!this.touched && tree.activeElement !== field && this.shown !== base) {
      this.shown = base;
      const middle = Math.log10(base);
      slider.min = String(Math.min(-5, Math.floor(middle)));
      slider.max = String(Math.max(0, Math.ceil(middle + 0.5)));
      slider.value = String(middle);
      field.value = String(Number(base.toPrecision(3)));
    }
    const wanted = Number(field.value);
    const fair = field.value !== "" && wanted > 0 && wanted < 100;
    this.submit.disabled = Boolean(run.asking) || !fair || Math.abs(wanted / base - 1) < 1e-3;
    const schedule = status.preset?.train?.lr_schedule;
    const by = schedule && schedule !== "constant" ? ` by the ${schedule} schedule` : "";
    const now = status.lr ? `now ${number(status.lr)}${by}` : "";
    write(part(form, "lr-now"), fair ? now : "Above 0 and below 100");
  }
}

/** @param {HTMLElement} element @param {number} share @param {string} what */
function showBar(element, share, what) {
  const percent = Math.max(0, Math.min(100, 100 * share));
  find(element, "i").style.width = `${percent.toFixed(2)}%`;
  element.setAttribute("aria-valuenow", String(Math.round(percent)));
  element.setAttribute("aria-label", what);
}
