// Memorise: nets trained on true labels, on random ones, on permuted and random inputs, side by side (Zhang et al. 2017).

import { isAbort, messageOf } from "../../shared/view/api.js";
import { setPlaying, syncChoices, syncSlider, write } from "../../shared/view/controls.js";
import { find, findAll, part } from "../../shared/view/dom.js";
import { percent, plural, wholePercent } from "../../shared/view/format.js";
import { drawGrey, fitGrey } from "../../shared/view/greys.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { drawLineChart } from "../../shared/view/line_chart.js";
import { reducedMotion } from "../../shared/view/motion.js";
import { actionButton, unless } from "../../shared/view/panel.js";
import { concluded, counted } from "./bits.js";
import { CURVES } from "./error_chart.js";
import { EPOCHS, Experiment, judgedBatch } from "./experiment.js";
import { bitsMarkup, markup, rowsMarkup } from "./memorise_markup.js";
import { completed, MOST, read, SETS, written } from "./settings.js";

/**
 * @typedef {import("./player.js").LabelsView} LabelsView
 * @typedef {import("./settings.js").Choice} Choice
 * @typedef {import("./types.d.ts").Material} Material
 */

const BUDGET = 20; // ms of training a frame
const TILES = 24;
const TILE = 52; // CSS pixels
const SHORTEST = 20; // epochs that charts have room for
const LEAST_LOSS = 1e-3; // that the chart has room for

export class Memorise {
  static name = "memorise";
  static title = "Memorise";
  static hint = "Train a net on random labels or random pixels: what does it memorise?";

  /** @param {LabelsView} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    /** @type {Material | null} */
    this.material = null;
    /** @type {Experiment[]} */
    this.experiments = [];
    this.shown = 0; // the experiment whose examples and bits are shown
    this.playing = !reducedMotion();
    this.values = host.model.images.length ? "pixels" : "values"; // what an input consists of
    this.choices = this.restore();
    /** @type {Choice} of the experiment that can be added */
    this.draft = { ...this.choices[this.choices.length - 1] };
    put(root, markup(this.draft, this.values));
    part(root, "tiles-box").hidden = !host.model.images.length;
    this.syncDraft();
    this.load();
  }

  /** Experiments of the link; the usual ones where it names none. */
  restore() {
    const { problems, state } = this.host;
    /** @type {Choice[]} */
    const found = [];
    for (const text of state.runs ? state.runs.split("~") : []) {
      const choice = read(text);
      if (choice && found.length < MOST) found.push(choice);
      else problems.push(`The link's experiment “${text.slice(0, 40)}” was not used.`);
    }
    return found.length ? found : completed(SETS.both);
  }

  async load() {
    const { host } = this;
    try {
      const material = await host.model.material();
      if (host.panel !== this) return;
      this.material = material;
      this.start(this.choices);
    } catch (error) {
      if (!isAbort(error) && host.panel === this) {
        put(this.root, html``);
        host.showError(messageOf(error));
      }
    }
  }

  // -- experiments ----------------------------------------------------------------------------------

  /** Train these, all from their beginning. @param {Choice[]} choices */
  start(choices) {
    this.experiments = [];
    for (const choice of choices) this.create(choice);
    this.shown = choices.length - 1;
    this.changed();
  }

  /** @param {Choice} choice */
  create(choice) {
    const { material } = this;
    if (!material) return;
    const { seed } = this.host.state;
    this.experiments.push(new Experiment(material, { ...choice, seed }));
  }

  /** Add the experiment that is set up; one that is there already is shown. */
  add() {
    const at = this.experiments.findIndex(({ settings }) => written(settings) === written(this.draft));
    if (at < 0 && this.experiments.length >= MOST) return;
    if (at < 0) this.create(this.draft);
    this.shown = at < 0 ? this.experiments.length - 1 : at;
    this.playing = true;
    this.changed();
  }

  /** Other experiments, or another one shown. */
  changed() {
    const { experiments, host, root, shown, values } = this;
    this.draft = { ...experiments[shown].settings };
    host.state.runs = experiments.map(({ settings }) => written(settings)).join("~");
    put(part(root, "runs"), html`${rowsMarkup(experiments, shown, CURVES, values)}`);
    this.drawBits();
    this.syncDraft();
    host.requestFrame();
    host.syncUrl();
  }

  /** Show what is set up. */
  syncDraft() {
    const { draft, experiments, host, root } = this;
    host.state.inputs = draft.inputs; // the host shows its choices by it
    syncChoices(root, host.state);
    syncSlider(root, "random", draft.random, `${draft.random}%`);
    for (const name of /** @type {const} */ (["examples", "hidden", "layers", "decay", "dropout"])) {
      const field = find(root, `[data-pick="${name}"]`, HTMLSelectElement);
      field.value = String(draft[name]);
    }
    const full = experiments.length >= MOST;
    actionButton(root, "add").disabled = full;
    write(part(root, "full"), full ? `${MOST} experiments are the most: remove one.` : "");
  }

  /** Some milliseconds of training, whoever is least far first. @returns {boolean} whether there is more to do */
  train() {
    const left = () => this.experiments.filter(({ done }) => !done);
    for (const until = performance.now() + BUDGET; performance.now() < until; ) {
      const some = left();
      if (!some.length) break;
      some.reduce((last, one) => (one.epochs < last.epochs ? one : last)).advance();
    }
    return left().length > 0;
  }

  // -- what is drawn --------------------------------------------------------------------------------

  draw() {
    if (!this.material) return;
    const more = this.playing && this.train();
    setPlaying(this.root, more);
    this.drawCurves();
    this.drawRows();
    this.drawTiles();
    return more;
  }

  drawCurves() {
    const { experiments, host, root, shown } = this;
    const n = Math.max(SHORTEST, ...experiments.map(({ epochs }) => epochs)) + 1;
    const begun = experiments
      .map((one, i) => ({ ...one.curves, i, ring: one.stop }))
      .filter(one => one.test.loss.length);
    /** @param {"accuracy" | "loss"} what @param {(value: number) => number} scale */
    const lines = (what, scale) =>
      begun.flatMap(({ i, ring, test, train }) => {
        const width = i === shown ? 2.6 : 1.6;
        return [
          { values: train[what].map(scale), colour: CURVES[i], width },
          { values: test[what].map(scale), colour: CURVES[i], width, dashes: [5, 4], ring },
        ];
      });
    const common = { n, axis: "epoch", first: 0, height: 210, left: 44 };
    const accuracy = part(root, "accuracy", HTMLCanvasElement);
    drawLineChart(
      accuracy,
      host.theme,
      lines("accuracy", value => value),
      [0, 1],
      { ...common, label: wholePercent },
    );
    const log = lines("loss", value => Math.log10(Math.max(LEAST_LOSS, value)));
    const range = /** @type {[number, number]} */ ([-3, Math.max(1, ...log.map(({ values }) => Math.max(...values)))]);
    drawLineChart(part(root, "loss", HTMLCanvasElement), host.theme, log, range, {
      ...common,
      label: value => String(Number((10 ** value).toPrecision(1))),
    });
  }

  drawRows() {
    const rows = findAll(part(this.root, "runs"), "tr");
    this.experiments.forEach(({ curves: { test, train }, done, epochs, memorised, stop }, i) => {
      if (!test.accuracy.length) return;
      const cells = {
        epoch: `${epochs}${done ? "" : " …"}`,
        train: share(train.accuracy[epochs]),
        memorised: memorised >= 0 ? plural(memorised, "epoch") : done ? `not in ${EPOCHS}` : "–",
        test: share(test.accuracy[epochs]),
        stop: `${share(test.accuracy[stop])} after ${stop}`,
      };
      for (const [name, text] of Object.entries(cells)) write(find(rows[i], `[data-cell="${name}"]`), text);
    });
  }

  /** Some training examples: the label that each was given, and whether the net has it right by now. */
  drawTiles() {
    const { experiments, host, material, root, shown } = this;
    if (!material?.image) return;
    const { classes } = host.model;
    const { examples, net } = experiments[shown];
    const some = examples.train.slice(0, TILES);
    const found = judgedBatch(net, some);
    const wrong = examples.train.filter(({ label, truth }) => label !== truth).length / examples.train.length;
    const { height, width } = material.image;
    const said = [
      width < host.model.width && `averaged to ${width} × ${height} pixels`,
      wrong > 0 && `${percent(wrong)} of the labels are wrong`,
      "✓: predicted by now",
    ];
    write(part(root, "tiles-say"), said.filter(Boolean).join(" · "));
    const box = part(root, "tiles");
    refresh(
      box,
      html`${some.map(({ label, truth }, i) => {
        const { best, right } = found[i];
        const told = `${classes[truth]} in the data, trained as ${classes[label]}, predicted ${classes[best]}`;
        return html`<figure class="tile" title="${told}"><canvas data-tile="${i}" role="img" aria-label="${told}"></canvas><span class="${label !== truth && "wrong"}">${classes[label]} ${right ? "✓" : html`<span class="muted">·</span>`}</span></figure>`;
      })}`,
    );
    const { image } = material;
    some.forEach(({ x }, i) => {
      const canvas = find(box, `[data-tile="${i}"]`, HTMLCanvasElement);
      fitGrey(canvas, image, TILE);
      drawGrey(canvas, material.grey(x), image);
    });
  }

  drawBits() {
    const amounts = counted(this.experiments[this.shown], this.values);
    const { labels, images, independent, held, stored } = amounts;
    const rows = [labels, images, independent, held, stored].filter(one => one !== null);
    refresh(part(this.root, "bits"), bitsMarkup(rows, [...concluded(amounts, this.values), ...this.averagedWords]));
  }

  /** What the net is trained on, where its images are smaller than those whose bits are counted. */
  get averagedWords() {
    const { bits, image } = this.material ?? {};
    if (!bits || !image || (bits.shape[0] === image.height && bits.shape[1] === image.width)) return [];
    return [
      `The bits are those of whole images; the net is trained on images averaged to ${image.height} × ${image.width} pixels.`,
    ];
  }

  // -- hands ----------------------------------------------------------------------------------------

  /** @param {string} name @param {HTMLButtonElement} button */
  onAction(name, button) {
    if (!this.material) return;
    const { experiments, host } = this;
    const at = Number(button.value);
    /** @type {Record<string, () => void>} */
    const actions = {
      play: () => this.play(),
      restart: () => this.restart(),
      again: () => {
        host.state.seed = (host.state.seed + 1) % 100_000;
        this.restart();
      },
      set: () => {
        this.playing = true;
        this.start(completed(SETS[button.value]));
      },
      add: () => this.add(),
      show: () => {
        this.shown = at;
        this.changed();
      },
      remove: () => {
        experiments.splice(at, 1);
        this.shown = Math.min(this.shown, experiments.length - 1);
        this.changed();
      },
    };
    actions[name]?.();
  }

  /** Go on, or pause; where all is trained, train it again. */
  play() {
    if (this.experiments.every(({ done }) => done)) return this.restart();
    this.playing = !this.playing;
    this.host.requestFrame();
  }

  /** All from the beginning: the same curves for the same seed. */
  restart() {
    const { shown } = this;
    this.playing = true;
    this.start(this.experiments.map(({ settings }) => settings));
    this.shown = shown;
    this.changed();
  }

  /** @param {string} name @param {string} value */
  onChoice(name, value) {
    this.set(name, value);
  }

  /** @param {string} name @param {number} value */
  onSlide(name, value) {
    this.set(name, value);
  }

  /** @param {string} name @param {string} value */
  onSelect(name, value) {
    this.set(name, Number(value));
  }

  /** @param {string} name of the settings @param {string | number} value */
  set(name, value) {
    this.draft = { ...this.draft, [name]: value };
    this.syncDraft();
  }

  keys() {
    return { " ": () => this.play(), r: () => this.restart(), a: () => this.add() };
  }

  urlParams() {
    const { runs, seed } = this.host.state;
    return {
      runs: unless(
        runs,
        completed(SETS.both)
          .map(choice => written(choice))
          .join("~"),
      ),
      seed: unless(seed, 0),
    };
  }
}

/** @param {number} accuracy */
const share = accuracy => `${(100 * accuracy).toFixed(1)}%`;
