// A small autoencoder of the visitor's data: asked for, watched while it trains, and in the end the codes of all examples.

import { get, messageOf } from "../../shared/view/api.js";
import { askJson, looksAt, phaseOf, runUrl } from "../../shared/view/runs.js";

/** @typedef {import("../../shared/view/types.d.ts").Plane} Plane */
/** @typedef {import("./types.d.ts").TrainingRun} TrainingRun */

const NO_CURVE = 10 ** 11; // a step after which no point of the curve is asked for
const RESUMES = ["stopped", "failed", "interrupted"];

export class Training {
  /**
   * @param {(path: string, query?: Record<string, string | number>) => string} url of Home's routes for the data set
   * @param {() => void} onChange
   */
  constructor(url, onChange) {
    this.url = url;
    this.onChange = () => this.closed || onChange();
    this.closed = false;
    /** none: these data suit no autoencoder; ended: before its end @type {"loading" | "none" | "asked" | "ended" | "ready"} */
    this.state = "loading";
    this.problem = "";
    /** @type {string[]} models that take the data, where an autoencoder does not */
    this.others = [];
    /** @type {TrainingRun | null} */
    this.run = null;
    this.lines = 0; // of its history that are known
    this.error = ""; // the last one, in words
    this.epoch = -1; // of the pictures
    /** @type {Plane | null} (m, 2): those of the first test examples while it trains; of all examples at the end */
    this.codes = null;
    /** @type {Plane | null} (2 n, h, w): examples that it was not trained on, each followed by its reconstruction */
    this.back = null;
  }

  close() {
    this.closed = true;
  }

  async open() {
    await this.caught(async () => {
      const found = await askJson(this.url("autoencoder"));
      if (found.problem) Object.assign(this, { state: "none", problem: found.problem, others: found.others });
      else if (RESUMES.includes(found.state))
        Object.assign(this, { state: "ended", problem: `Training ${found.state}.` });
      else if (found.state) await this.follow(found.run);
      else await this.ask();
    });
  }

  /** Have it trained, or go on. */
  async begin() {
    await this.caught(() => this.ask());
  }

  async ask() {
    Object.assign(this, { state: "asked", problem: "" });
    this.onChange();
    const { run } = await askJson(this.url("autoencoder"), {});
    await this.follow(run);
  }

  /** @param {() => Promise<void>} work */
  async caught(work) {
    try {
      await work();
    } catch (error) {
      Object.assign(this, { state: "ended", problem: messageOf(error) });
    }
    this.onChange();
  }

  /** @param {string} id of its run */
  async follow(id) {
    this.state = "asked";
    const query = () => `?after=${NO_CURVE}&epochs=${this.lines}`;
    for await (const run of looksAt(id, () => this.closed, query)) {
      this.note(run);
      const newest = run.pictures.at(-1);
      if (newest !== undefined && newest !== this.epoch) await this.fetchPictures(id, newest);
      if (run.state === "finished") await this.finish(run);
      else if (RESUMES.includes(run.state))
        Object.assign(this, { state: "ended", problem: run.message || `Training ${run.state}.` });
      this.onChange();
    }
  }

  /** @param {TrainingRun} run */
  note(run) {
    this.run = run;
    this.lines += run.history.length;
    const last = run.history.at(-1);
    const metric = last && run.metrics.find(({ name, better }) => better && name in last && name !== "loss");
    if (last && metric) this.error = `${metric.unit}: ${Number(last[metric.name]).toPrecision(3)}`;
  }

  /** @param {string} id @param {number} epoch */
  async fetchPictures(id, epoch) {
    const { planes } = await get(`${runUrl(id)}/pictures/${epoch}?codes`);
    this.epoch = epoch;
    this.codes = planes.codes ?? this.codes;
    this.back = planes.reconstructions ?? this.back;
  }

  /** @param {TrainingRun} run */
  async finish({ checkpoint }) {
    const { planes } = await get(this.url("codes", { of: checkpoint }));
    this.codes = planes.coordinates;
    this.state = "ready";
  }

  /** How far it is, in words. */
  get progress() {
    const { run } = this;
    if (!run) return "asking for a place in the queue";
    if (run.state === "running" || run.state === "paused")
      return `${run.state === "paused" ? "paused at " : ""}epoch ${Math.floor(run.epoch)} of ${run.total_epochs}`;
    if (run.state === "evaluating") return "trained; computing its scores";
    return phaseOf(run) || (run.state === "queued" ? "waiting to start" : "starting");
  }

  get done() {
    return this.run?.total_steps ? this.run.step / this.run.total_steps : 0;
  }
}
