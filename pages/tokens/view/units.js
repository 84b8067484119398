// Units of a recurrent network along a text: one of them in colour, all of them in a strip, and a search for those that
// follow something.

import { messageOf, post } from "../../shared/view/api.js";
import { write } from "../../shared/view/controls.js";
import { findAll, part } from "../../shared/view/dom.js";
import { whole, withMinus } from "../../shared/view/format.js";
import { html, put } from "../../shared/view/html.js";
import { LatestRequest } from "../../shared/view/latest_request.js";
import { hasFocus } from "../../shared/view/panel.js";
import { UnitActivity } from "./unit_activity.js";
import { HIGH, LOW, UnitStrip } from "./unit_strip.js";

const USUAL = "line"; // what is followed unless the link says something else
const HINT = "Enter a regular expression: characters that match count as 1, all others as 0. Try [0-9] or \\bthe\\b.";

/** @typedef {import("../../shared/view/types.d.ts").Message} Message */
/** @typedef {{ layer: number, unit: number, fitted: number, held: number }} UnitMatch correlations on both halves */
/** @typedef {{ follow: string, text: string }} Question */
/**
 * Units that follow the target over the test text (route `units`).
 * @typedef {object} Search
 * @property {UnitMatch[] | null} units best first; null where the target is the same everywhere
 * @property {number} chance |r| that the best unit stays below by chance
 * @property {number} mean of the target
 * @property {number} top largest value of the target
 * @property {number} tokens of the test text
 */

/** @param {number} h activity */
const tint = h => `rgba(${h < 0 ? LOW : HIGH}, ${(0.75 * Math.min(1, Math.abs(h))).toFixed(3)})`;

/**
 * What was found, in words.
 * @param {Search} search
 * @param {string} title of what is followed
 * @param {string} later what more is known of it
 */
export function describeSearch({ units, chance, mean, top, tokens }, title, later = "") {
  const over = `the first ${whole(tokens)} tokens of the test text`;
  const much =
    top > 1 ? `is ${mean.toFixed(1)} on average over` : `holds for ${(100 * mean).toFixed(mean < 0.01 ? 1 : 0)}% of`;
  if (!units) {
    const where = mean ? `${much} ${over}, but is constant in one half of them` : `never occurs in ${over}`;
    return `“${title}” ${where}: no unit can be tested on it.`;
  }
  const { held, fitted } = units[0];
  let verdict = "";
  if (Math.abs(held) <= chance || Math.sign(held) !== Math.sign(fitted))
    verdict = "That is no better than chance: no single unit tracks it.";
  else if (Math.abs(held) < 0.3) verdict = "That is better than chance, but weak.";
  return `“${title}” ${much} ${over}. Units are selected on the first half (pale r) and tested on the second (r). Mark, |r| = ${chance.toFixed(2)}: 95th percentile of the best unit for randomly shifted targets. ${verdict} ${later}`;
}

export class Units {
  static usual = 600; // characters of the test text
  static beginning = false;
  static backward = false;
  static lead =
    html`What does a hidden unit do along a text, and does one keep track of something? <span class="muted">Karpathy, Johnson &amp; Fei-Fei (2015) found such units by eye; here a search finds them and tests them on held-out text.</span>`;
  static legend =
    html`<span class="ramp diverging"></span> from −1 to 1: activation of the unit after the token. Underlined: the target of the search.`;
  static keyHelp = html`<kbd>[</kbd><kbd>]</kbd> slower, faster unit <kbd>B</kbd> best unit`;

  /**
   * @param {import("./inside.js").Inside} panel
   * @param {HTMLElement} root
   * @param {HTMLElement} below room across the panel
   */
  constructor(panel, root, below) {
    this.panel = panel;
    this.host = panel.host;
    this.root = root;
    /** @type {UnitActivity | null} */
    this.activity = null;
    /** @type {Record<string, string>} what can be followed: titles by name */
    this.targets = {};
    /** @type {Record<string, string>} what more is known of some of them */
    this.later = {};
    this.ownPattern = false; // the visitor's regular expression is followed
    /** @type {Search | null} */
    this.search = null;
    /** @type {Float32Array | null} what is followed along the text, 0 to 1 */
    this.target = null;
    this.problem = ""; // why there is no search
    /** @type {{ key: string, tints: string[] } | null} the last that were asked for */
    this.tinted = null;
    put(root, markup());
    this.strip = new UnitStrip(below, {
      onChoose: (row, token) => {
        if (row >= 0) this.choose(this.layer, this.order[row]);
        this.panel.go(token);
      },
      onPoint: (row, token) => this.point(row, token),
    });
    /** @type {LatestRequest<Question, Message>} */
    this.request = new LatestRequest(
      question => post(`${this.host.modelUrl}/units`, question),
      (answer, question) => this.onSearch(answer, question),
      (error, question) => this.wants(question) && this.fail(messageOf(error)),
    );
  }

  destroy() {
    this.request.close();
  }

  /**
   * @template {HTMLElement} E
   * @param {string} name
   * @param {{ new (): E }} kind
   */
  field(name, kind) {
    return part(this.root, name, kind);
  }

  get follow() {
    return this.host.state.follow || USUAL;
  }

  /** @param {Message} answer */
  onData({ header, planes }) {
    const activity = new UnitActivity(planes.activity),
      { state } = this.host,
      { layers, width } = activity;
    this.activity = activity;
    if (state.layer >= layers) state.layer = -1;
    if (state.unit >= width) state.unit = -1;
    this.targets = header.targets;
    this.later = header.later;
    put(
      part(this.root, "follow"),
      [...Object.entries(this.targets), ["pattern", "your own pattern …"]].map(
        ([name, title]) => html`<option value="${name}">${title}</option>`,
      ),
    );
    if (state.follow && !state.follow.startsWith("/") && !(state.follow in this.targets)) state.follow = "";
    this.ownPattern = state.follow.startsWith("/");
    this.field("pattern", HTMLInputElement).value = this.ownPattern ? state.follow.slice(1) : "";
    const layer = this.field("layer", HTMLSelectElement);
    put(
      layer,
      Array.from({ length: layers }, (_, l) => html`<option value="${l}">layer ${l + 1}</option>`),
    );
    layer.hidden = layers < 2;
    part(this.root, "rows").classList.toggle("deep", layers > 1);
    this.field("unit", HTMLInputElement).max = String(width - 1);
    this.tinted = this.target = null;
    this.strip.setActivity(activity);
    this.ask();
  }

  // -- what is followed ---------------------------------------------------------------------------

  ask() {
    this.field("follow", HTMLSelectElement).value = this.ownPattern ? "pattern" : this.follow;
    this.field("pattern", HTMLInputElement).hidden = !this.ownPattern;
    if (this.blank) return this.fail(HINT);
    part(this.root, "rows").classList.add("waiting");
    if (!this.search) write(part(this.root, "honest"), "Reading the test text…");
    this.request.request({ follow: this.follow, text: this.panel.read });
  }

  /** A pattern is to be followed, and none was written yet. */
  get blank() {
    return this.ownPattern && !this.host.state.follow;
  }

  /** Whether it is still this that the visitor asks for. @param {Question} question */
  wants({ follow, text }) {
    return !this.blank && follow === this.follow && text === this.panel.read;
  }

  /** @param {Message} answer @param {Question} question */
  onSearch({ header, planes }, question) {
    if (!this.wants(question)) return;
    if (header.wrong) return this.fail(header.wrong);
    this.search = header;
    this.target = planes.target.data;
    this.problem = "";
    this.rows(header);
    this.underline();
    this.strip.dirty = true;
    this.host.requestFrame();
  }

  /** No unit follows what was asked for. @param {string} problem */
  fail(problem) {
    const rows = part(this.root, "rows");
    this.problem = problem;
    this.search = this.target = null;
    this.strip.dirty = true;
    this.underline();
    rows.classList.remove("waiting");
    rows.replaceChildren();
    write(part(this.root, "honest"), problem);
    this.host.requestFrame();
  }

  /** Underline the text where the target holds. */
  underline() {
    this.panel.spans.slice(1).forEach((span, i) => {
      const share = this.target?.[i] ?? 0;
      if (span)
        span.style.borderBottomColor = share
          ? `color-mix(in srgb, currentColor ${Math.round(85 * share)}%, transparent)`
          : "";
    });
  }

  get title() {
    return this.ownPattern ? `matches of ${this.host.state.follow.slice(1)}` : this.targets[this.follow];
  }

  /** A unit in words. @param {number} layer @param {number} unit */
  nameOf(layer, unit) {
    return `${(this.activity?.layers ?? 1) > 1 ? `layer ${layer + 1}, ` : ""}unit ${unit}`;
  }

  /** @param {Search} search */
  rows(search) {
    const rows = part(this.root, "rows");
    rows.classList.remove("waiting");
    put(
      rows,
      (search.units ?? []).map(({ layer, unit, fitted, held }) => {
        const name = this.nameOf(layer, unit);
        return html`<button type="button" data-do="unit" value="${layer} ${unit}" title="Show ${name}: r = ${withMinus(held, 2)} on the test half, ${withMinus(fitted, 2)} on the other"><b>${name}</b><span class="well"><i style="width:${100 * Math.abs(held)}%; background: rgb(${held < 0 ? LOW : HIGH})"></i><u style="left:${100 * search.chance}%"></u></span><s>r = ${withMinus(held, 2)}</s><s class="muted">${withMinus(fitted, 2)}</s></button>`;
      }),
    );
    write(part(this.root, "honest"), describeSearch(search, this.title, this.later[this.follow]));
  }

  // -- which unit -----------------------------------------------------------------------------------

  get best() {
    return this.search?.units?.[0] ?? { layer: (this.activity?.layers ?? 1) - 1, unit: 0 };
  }

  get layer() {
    const { layer, unit } = this.host.state;
    if (unit < 0) return this.best.layer;
    return layer < 0 ? (this.activity?.layers ?? 1) - 1 : layer;
  }

  get unit() {
    const { unit } = this.host.state;
    return unit < 0 ? this.best.unit : unit;
  }

  /** Units of the layer, those that change slowly first; none before all is known. */
  get order() {
    return this.strip.order;
  }

  /** Until the search has told which unit is the best, none is shown. */
  get unknown() {
    return this.host.state.unit < 0 && !this.search && !this.problem;
  }

  // -- what is drawn ------------------------------------------------------------------------------

  /** A tint for the beginning and each token. */
  tints() {
    const { activity, layer, unit } = this;
    if (!activity || this.unknown) {
      this.tinted = { key: "", tints: Array((activity?.length ?? 0) + 1).fill("") };
      return this.tinted.tints;
    }
    const key = `${layer} ${unit} ${Boolean(this.target)}`;
    if (this.tinted?.key !== key) {
      const tints = Array.from({ length: activity.length }, (_, i) => tint(activity.at(i, layer, unit)));
      this.tinted = { key, tints: ["", ...tints] };
      this.strip.dirty = true;
    }
    return this.tinted.tints;
  }

  /** @param {number} at */
  draw(at) {
    const { activity, layer, unit, root } = this;
    if (!activity || this.unknown) return;
    const pressed = `${layer} ${unit}`,
      name = this.nameOf(layer, unit);
    for (const button of findAll(root, '[data-do="unit"]', HTMLButtonElement))
      button.setAttribute("aria-pressed", String(button.value === pressed));
    const field = this.field("unit", HTMLInputElement);
    if (!hasFocus(field)) field.value = String(unit);
    this.field("layer", HTMLSelectElement).value = String(layer);
    put(
      part(root, "token"),
      html`After <b>${this.panel.name(at)}</b>, token ${at + 1} of ${activity.length}: <b>${name}</b> has activation <b>${withMinus(activity.at(at, layer, unit), 2)}</b>.`,
    );
    this.strip.describe(
      `Above: ${name} along the text${this.target ? `; grey: ${this.title}` : ""}. Below: all ${activity.width} units${activity.layers > 1 ? " of the layer" : ""}, slowest first; click to select one.`,
    );
    this.strip.draw({ at, layer, unit, target: this.target }, this.host.theme.text);
  }

  /** @param {number} row of the strip, -1 above it @param {number} token -1 where the pointer has left */
  point(row, token) {
    const { activity } = this;
    this.panel.point(token);
    if (!activity || token < 0) return this.strip.describePointer("");
    const unit = row < 0 ? this.unit : this.order[row];
    this.strip.describePointer(
      `unit ${unit} after ${this.panel.name(token)} (token ${token + 1}): ${withMinus(activity.at(token, this.layer, unit), 2)}`,
    );
  }

  // -- hands --------------------------------------------------------------------------------------

  /** @param {number} layer @param {number} unit */
  choose(layer, unit) {
    Object.assign(this.host.state, { layer, unit });
    this.host.syncUrl();
    this.host.requestFrame();
  }

  /** @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    if (name !== "unit") return;
    const [layer, unit] = button.value.split(" ").map(Number);
    this.choose(layer, unit);
  }

  /** @param {string} name @param {string} value */
  onSelect(name, value) {
    const { activity, host } = this,
      number = Math.round(Number(value));
    if (!activity) return;
    if (name === "layer") return this.choose(number, this.unit);
    if (name === "unit") return this.choose(this.layer, Math.max(0, Math.min(activity.width - 1, number || 0)));
    this.ownPattern = name === "pattern" || value === "pattern";
    const pattern = this.field("pattern", HTMLInputElement);
    let follow = value === USUAL ? "" : value;
    if (this.ownPattern) follow = pattern.value ? `/${pattern.value}` : "";
    Object.assign(host.state, { follow, layer: -1, unit: -1 });
    this.search = this.target = this.tinted = null; // what was found is of something else
    this.problem = "";
    this.underline();
    this.ask();
    if (name === "follow" && this.ownPattern) pattern.focus();
    host.syncUrl();
    host.requestFrame();
  }

  /** @param {number} by */
  step(by) {
    const { order } = this;
    if (!order.length) return;
    this.choose(this.layer, order[(order.indexOf(this.unit) + by + order.length) % order.length]);
  }

  keys() {
    return { "[": () => this.step(-1), "]": () => this.step(1), b: () => this.choose(-1, -1) };
  }

  urlParams() {
    const { layer, unit, follow } = this.host.state;
    return { layer: unit < 0 || layer < 0 ? "" : String(layer), unit: unit < 0 ? "" : String(unit), follow };
  }
}

const markup = () => html`
<p class="token-says" data-part="token"></p>
<div class="bar"><label class="group"><b>Unit</b><select data-pick="layer" data-part="layer" aria-label="Layer" hidden></select><input type="number" data-pick="unit" data-part="unit" min="0" step="1" aria-label="Unit"></label>
  <label class="group"><b>Find the unit that tracks</b><select data-pick="follow" data-part="follow"></select></label>
  <input type="text" data-pick="pattern" data-part="pattern" maxlength="100" spellcheck="false" autocomplete="off" placeholder="regular expression" aria-label="Regular expression" hidden></div>
<div class="followers" data-part="rows"></div>
<p class="note" data-part="honest"></p>`;
