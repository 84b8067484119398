// @ts-nocheck: no types yet
// Units of a recurrent network along a text: one of them in colour, all of them in a strip, and a search for those that follow
// something.

import { fit } from "../gibbs/draw.js";
import { post } from "../gibbs/wire.js";
import { write } from "../shared/controls.js";
import { html, put } from "../shared/html.js";
import { Latest } from "../tabs/latest.js";
import { signed } from "./marks.js";

const HIGH = "232, 89, 12",
  LOW = "28, 126, 214"; // towards 1, towards -1
const TRACE = 74,
  GAP = 6,
  USUAL = "line";
const FOLLOWING = ["pattern", "your own pattern…"];

const tint = h => `rgba(${h < 0 ? LOW : HIGH}, ${(0.75 * Math.min(1, Math.abs(h))).toFixed(3)})`;

export class Units {
  constructor(panel, root, under) {
    Object.assign(this, { panel, host: panel.host, root, under, hover: -1 });
    put(root, this.markup());
    put(
      under,
      html`<figure class="strip"><figcaption data-part="strip-says"></figcaption><div data-part="holder"><canvas data-part="strip" role="img" aria-label="Activity of all units along the text; a click chooses a unit"></canvas></div><figcaption data-part="strip-hover"></figcaption></figure>`,
    );
    this.$ = name => root.querySelector(`[data-part="${name}"]`) ?? under.querySelector(`[data-part="${name}"]`);
    this.asked = new Latest(
      what => post(`${this.host.url}/units`, what),
      (answer, what) => this.found(answer, what),
      (error, what) => this.wanted(what) && this.rows(error.message),
    );
    const strip = this.$("strip");
    strip.addEventListener("pointermove", event => this.over(event));
    strip.addEventListener("pointerleave", () => this.over(null));
    strip.addEventListener("click", event => {
      if (!this.order) return;
      const [row, place] = this.where(event);
      if (row >= 0) this.choose(this.layer, this.order[row]);
      this.panel.go(place);
    });
  }

  close() {
    this.asked.close();
  }

  get follow() {
    return this.host.state.follow || USUAL;
  }

  came(header, { activity }) {
    [this.t, this.layers, this.width] = activity.shape;
    this.data = activity.data;
    const { state } = this.host;
    if (state.layer >= this.layers) state.layer = -1;
    if (state.unit >= this.width) state.unit = -1;
    this.targets = header.targets;
    this.later = header.later;
    const follow = this.$("follow");
    const options = [...Object.entries(header.targets), FOLLOWING];
    put(
      follow,
      options.map(([key, title]) => html`<option value="${key}">${title}</option>`),
    );
    if (state.follow && !state.follow.startsWith("/") && !(state.follow in header.targets)) state.follow = "";
    this.own = state.follow.startsWith("/");
    this.$("pattern").value = this.own ? state.follow.slice(1) : "";
    put(
      this.$("layer"),
      Array.from({ length: this.layers }, (_, l) => html`<option value="${l}">layer ${l + 1}</option>`),
    );
    this.$("layer").hidden = this.layers < 2;
    this.$("rows").classList.toggle("deep", this.layers > 1);
    this.$("unit").max = this.width - 1;
    this.ordered = this.key = this.stripped = null;
    this.target = null;
    this.search();
  }

  search() {
    this.$("follow").value = this.own ? "pattern" : this.follow;
    this.$("pattern").hidden = !this.own;
    if (this.blank)
      return this.rows(
        "Write a regular expression: characters that it matches count as 1, all others as 0. Try [0-9] or \\bthe\\b.",
      );
    this.$("rows").classList.add("waiting");
    if (!this.answer) write(this.$("honest"), "The test text is being read…");
    this.asked.want({ follow: this.follow, text: this.panel.read });
  }

  // a pattern is to be followed, and none was written yet
  get blank() {
    return this.own && !this.host.state.follow;
  }

  // whether it is still this that the visitor asks for
  wanted({ follow, text }) {
    return !this.blank && follow === this.follow && text === this.panel.read;
  }

  found({ header, planes }, what) {
    if (!this.wanted(what)) return;
    if (header.wrong) return this.rows(header.wrong);
    this.answer = header;
    this.target = planes.target.data;
    this.rows();
    this.underline();
    this.stripped = null;
    this.host.wake();
  }

  // where the target holds, in the text
  underline() {
    this.panel.spans
      .slice(1)
      .forEach(
        (span, i) =>
          (span.style.borderBottomColor = this.target?.[i]
            ? `color-mix(in srgb, currentColor ${Math.round(85 * this.target[i])}%, transparent)`
            : ""),
      );
  }

  get title() {
    return this.own ? `matches of ${this.host.state.follow.slice(1)}` : this.targets[this.follow];
  }

  rows(said = "") {
    const box = this.$("rows"),
      { answer } = this;
    box.classList.remove("waiting");
    this.said = said;
    if (said) {
      this.answer = this.target = this.stripped = null;
      this.underline();
      box.replaceChildren();
      this.host.wake();
      return write(this.$("honest"), said);
    }
    const { units, chance, mean, top, tokens } = answer,
      over = `the first ${tokens.toLocaleString("en")} tokens of the test text`,
      much =
        top > 1
          ? `is ${mean.toFixed(1)} on average over`
          : `holds for ${(100 * mean).toFixed(mean < 0.01 ? 1 : 0)}% of`;
    if (!units) {
      box.replaceChildren();
      const where = mean ? `${much} ${over}, and never changes in one half of them` : `never occurs in ${over}`;
      return write(this.$("honest"), `“${this.title}” ${where}: no unit can be judged by it.`);
    }
    put(
      box,
      units.map(({ layer, unit, fitted, held }) => {
        const name = `${this.layers > 1 ? `layer ${layer + 1}, ` : ""}unit ${unit}`;
        return html`<button type="button" data-do="unit" value="${layer} ${unit}" title="Show ${name}: r = ${signed(held, 2)} on the half that judges, ${signed(fitted, 2)} on the half that chose"><b>${name}</b><span class="well"><i style="width:${100 * Math.abs(held)}%; background: rgb(${held < 0 ? LOW : HIGH})"></i><u style="left:${100 * chance}%"></u></span><s>r = ${signed(held, 2)}</s><s class="muted">${signed(fitted, 2)}</s></button>`;
      }),
    );
    const best = units[0],
      against = Math.sign(best.held) !== Math.sign(best.fitted);
    const real =
      Math.abs(best.held) <= chance || against
        ? "That is no more than chance: no unit follows it by itself."
        : Math.abs(best.held) < 0.3
          ? "More than chance, but weakly."
          : "";
    write(
      this.$("honest"),
      `“${this.title}” ${much} ${over}. Units are chosen on their first half (pale r) and judged on the second (r). The mark, |r| = ${chance.toFixed(2)}: what the best unit for the same, moved to wrong places, stays below 95 times of 100. ${real} ${this.later[this.follow] ?? ""}`,
    );
  }

  // -- which unit -----------------------------------------------------------------------------------

  get best() {
    return this.answer?.units?.[0] ?? { layer: this.layers - 1, unit: 0 };
  }

  get layer() {
    const { layer, unit } = this.host.state;
    return unit < 0 ? this.best.layer : layer < 0 ? this.layers - 1 : layer;
  }

  get unit() {
    const { unit } = this.host.state;
    return unit < 0 ? this.best.unit : unit;
  }

  h(i, unit = this.unit, layer = this.layer) {
    return this.data[(i * this.layers + layer) * this.width + unit] / 127.5 - 1;
  }

  // until the search has told which unit is the best, none is shown
  get unknown() {
    return this.host.state.unit < 0 && !this.answer && !this.said;
  }

  tints() {
    if (this.unknown) return (this.tinted = Array(this.t + 1).fill(""));
    const key = `${this.layer} ${this.unit} ${Boolean(this.target)}`;
    if (this.key === key) return this.tinted;
    this.key = key;
    this.stripped = null;
    return (this.tinted = ["", ...Array.from({ length: this.t }, (_, i) => tint(this.h(i)))]);
  }

  // units that change slowly first: how far h goes from token to token, in its own spread
  sort() {
    const { layer, t, width } = this;
    if (this.ordered === layer) return;
    this.ordered = layer;
    const pace = Array.from({ length: width }, (_, u) => {
      let sum = 0,
        square = 0,
        moved = 0;
      for (let i = 0; i < t; i++) {
        const h = this.h(i, u, layer);
        sum += h;
        square += h * h;
        if (i) moved += (h - this.h(i - 1, u, layer)) ** 2;
      }
      const spread = square / t - (sum / t) ** 2;
      return spread > 1e-6 ? moved / t / spread : 2;
    });
    this.order = pace.map((_, u) => u).sort((a, b) => pace[a] - pace[b]);
    this.heat = document.createElement("canvas");
    this.heat.width = t;
    this.heat.height = width;
    const context = this.heat.getContext("2d"),
      image = context.createImageData(t, width);
    const high = HIGH.split(",").map(Number),
      low = LOW.split(",").map(Number);
    this.order.forEach((u, row) => {
      for (let i = 0; i < t; i++) {
        const h = this.h(i, u, layer);
        image.data.set([...(h < 0 ? low : high), 255 * Math.min(1, Math.abs(h))], 4 * (row * t + i));
      }
    });
    context.putImageData(image, 0, 0);
  }

  // -- what is drawn ------------------------------------------------------------------------------

  draw(at) {
    if (this.unknown) return;
    this.sort();
    const { layer, unit } = this,
      width = Math.max(200, this.$("holder").clientWidth);
    this.root
      .querySelectorAll('[data-do="unit"]')
      .forEach(b => b.setAttribute("aria-pressed", String(b.value === `${layer} ${unit}`)));
    const field = this.$("unit");
    if (this.root.getRootNode().activeElement !== field) field.value = unit;
    this.$("layer").value = layer;
    const whose = `${this.layers > 1 ? `layer ${layer + 1}, ` : ""}unit ${unit}`;
    put(
      this.$("token"),
      html`After <b>${this.panel.name(at)}</b>, token ${at + 1} of ${this.t}: <b>${whose}</b> is at <b>${signed(this.h(at), 2)}</b>.`,
    );
    write(
      this.$("strip-says"),
      `Above: ${whose} along the text${this.target ? `; grey: ${this.title}` : ""}. Below: all ${this.width} units${this.layers > 1 ? " of the layer" : ""}, those that change slowly first; a click chooses one.`,
    );
    const key = `${at} ${width} ${this.host.ink}`;
    if (this.stripped === key) return;
    this.stripped = key;
    this.strip(at, width);
  }

  get tall() {
    return Math.max(110, Math.min(300, 2 * this.width));
  }

  strip(at, width) {
    const canvas = this.$("strip"),
      { tall, t, host } = this,
      ratio = window.devicePixelRatio || 1;
    fit(canvas, width, TRACE + GAP + tall);
    const context = canvas.getContext("2d"),
      x = i => (i * width) / t,
      y = h => 4 + ((TRACE - 8) * (1 - h)) / 2;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, TRACE + GAP + tall);
    context.fillStyle = host.ink;
    if (this.target) {
      context.globalAlpha = 0.2;
      this.target.forEach((v, i) => context.fillRect(x(i), y(-1 + 2 * v), x(i + 1) - x(i), y(-1) - y(-1 + 2 * v)));
    }
    context.globalAlpha = 0.3;
    context.fillRect(0, y(0) - 0.5, width, 1);
    context.globalAlpha = 1;
    for (const [sign, colour] of [
      [1, HIGH],
      [-1, LOW],
    ]) {
      context.save();
      context.beginPath();
      context.rect(0, sign > 0 ? 0 : y(0), width, sign > 0 ? y(0) : TRACE);
      context.clip();
      context.strokeStyle = `rgb(${colour})`;
      context.lineWidth = 1.6;
      context.lineJoin = "round";
      context.beginPath();
      for (let i = 0; i < t; i++) context[i ? "lineTo" : "moveTo"](x(i + 0.5), y(this.h(i)));
      context.stroke();
      context.restore();
    }
    context.imageSmoothingEnabled = this.width > tall * ratio || t > width * ratio;
    context.drawImage(this.heat, 0, TRACE + GAP, width, tall);
    const row = this.order.indexOf(this.unit),
      high = Math.max(2, tall / this.width);
    context.strokeStyle = host.ink;
    context.lineWidth = 1;
    context.strokeRect(0.5, TRACE + GAP + (row * tall) / this.width - 0.5, width - 1, high + 1);
    context.globalAlpha = 0.6;
    context.strokeRect(x(at) - 0.5, 0.5, Math.max(1, width / t) + 1, TRACE + GAP + tall - 1);
    context.globalAlpha = 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
  }

  // [row of the strip, -1 above it; token] under a pointer
  where(event) {
    const place = Math.max(0, Math.min(this.t - 1, Math.floor((event.offsetX / this.$("strip").clientWidth) * this.t)));
    const row = Math.floor(((event.offsetY - TRACE - GAP) / this.tall) * this.width);
    return [event.offsetY < TRACE + GAP / 2 ? -1 : Math.max(0, Math.min(this.width - 1, row)), place];
  }

  over(event) {
    if (!event || !this.order) {
      write(this.$("strip-hover"), "");
      return this.panel.point(-1);
    }
    const [row, place] = this.where(event),
      unit = row < 0 ? this.unit : this.order[row];
    write(
      this.$("strip-hover"),
      `unit ${unit} after ${this.panel.name(place)} (token ${place + 1}): ${signed(this.h(place, unit), 2)}`,
    );
    this.panel.point(place);
  }

  // -- hands --------------------------------------------------------------------------------------

  choose(layer, unit) {
    Object.assign(this.host.state, { layer, unit });
    this.host.remember();
    this.host.wake();
  }

  do(name, pressed) {
    if (name === "unit") this.choose(...pressed.value.split(" ").map(Number));
  }

  change(name, value) {
    if (!this.data) return;
    const { state } = this.host,
      number = Math.round(Number(value));
    if (name === "layer") return this.choose(number, this.unit);
    if (name === "unit") return this.choose(this.layer, Math.max(0, Math.min(this.width - 1, number || 0)));
    this.own = name === "pattern" || value === "pattern";
    state.follow = this.own
      ? this.$("pattern").value
        ? `/${this.$("pattern").value}`
        : ""
      : value === USUAL
        ? ""
        : value;
    Object.assign(state, { layer: -1, unit: -1 });
    Object.assign(this, { answer: null, target: null, key: null, said: "" }); // what was found is of something else
    this.underline();
    this.search();
    if (name === "follow" && this.own) this.$("pattern").focus();
    this.host.remember();
    this.host.wake();
  }

  step(by) {
    if (!this.order) return;
    const row = (this.order.indexOf(this.unit) + by + this.width) % this.width;
    this.choose(this.layer, this.order[row]);
  }

  keys() {
    return { "[": () => this.step(-1), "]": () => this.step(1), b: () => this.choose(-1, -1) };
  }

  link() {
    const { layer, unit, follow } = this.host.state;
    return { layer: unit < 0 || layer < 0 ? "" : String(layer), unit: unit < 0 ? "" : String(unit), follow };
  }

  markup() {
    return html`
<p class="token-says" data-part="token"></p>
<div class="bar"><label class="group"><b>Unit</b><select data-pick="layer" data-part="layer" aria-label="Layer" hidden></select><input type="number" data-pick="unit" data-part="unit" min="0" step="1" aria-label="Number of the unit"></label>
  <label class="group"><b>Which unit best follows</b><select data-pick="follow" data-part="follow"></select></label>
  <input type="text" data-pick="pattern" data-part="pattern" maxlength="100" spellcheck="false" autocomplete="off" placeholder="a regular expression" aria-label="A regular expression" hidden></div>
<div class="followers" data-part="rows"></div>
<p class="note" data-part="honest"></p>`;
  }
}

Object.assign(Units, {
  usual: 600,
  lead: html`What does a hidden unit do while a text is read, and does any of them keep track of something? <span class="muted">As Karpathy, Johnson &amp; Fei-Fei (2015) found them by eye; here by search, judged on a text that did not choose.</span>`,
  legend: html`<span class="ramp diverging"></span> from −1 over 0 to 1: the unit's activity right after it has read the token. Underlined: what is followed.`,
  keyHelp: html`<kbd>[</kbd><kbd>]</kbd> a unit slower, faster <kbd>B</kbd> the best one again`,
});
