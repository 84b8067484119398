// One run as the server tells of it: asked again and again while it is at work, each answer only what is new.

import { get } from "../../shared/view/api.js";
import { rateChanges, TrainingHistory } from "./history.js";
import { PictureCache } from "./picture_cache.js";

/**
 * @typedef {import("./types.d.ts").EpochPictures} EpochPictures
 * @typedef {import("./types.d.ts").RunState} RunState
 * @typedef {import("./types.d.ts").RunStatus} RunStatus
 */

/** States in which a process is at work. @type {string[]} */
const LIVE = ["starting", "running", "paused", "evaluating"];
/** States that nothing but a visitor ends. @type {string[]} */
const ENDED = ["stopped", "failed", "finished", "gone"];
const SOON = 700; // ms between two looks at a run at work
const LATER = 3000; // at one that waits
const ASLEEP = 6000; // while nobody looks
const PATIENCE = 15_000; // for one answer
const AFTER_ACTION = 200;
const RATE_HOLDS = 3000; // ms that a learning rate counts as taken up before the run says so

/**
 * When to look at a run again, in ms; null for never.
 * @param {string} state
 * @param {number} fails looks in a row that brought no answer
 * @param {boolean} hidden whether the window cannot be seen
 * @param {number | null} soon where there will be news
 */
export function nextLook(state, fails, hidden, soon) {
  if (fails) return Math.min(5000, 1000 * fails);
  if (ENDED.includes(state) && soon === null) return null;
  if (hidden) return ASLEEP;
  return soon ?? (!LIVE.includes(state) ? LATER : state === "paused" ? 2 * SOON : SOON);
}

/** The epoch whose pictures show the state at `epoch`, null for none. @param {number[]} pictured in rising order @param {number} epoch */
export function pictureEpoch(pictured, epoch) {
  return pictured.findLast(other => other <= epoch + 1e-6) ?? pictured[0] ?? null;
}

export class Run {
  /**
   * @param {string} id
   * @param {string} api
   * @param {(run: Run) => void} onNews after every answer
   * @param {() => void} onPictures
   */
  constructor(id, api, onNews, onPictures) {
    this.id = id;
    this.api = api;
    this.onNews = onNews;
    /** @type {RunStatus | null} the last answer */
    this.status = null;
    this.history = new TrainingHistory();
    this.pictures = new PictureCache(epoch => this.fetchPictures(epoch), onPictures);
    this.version = 0; // rises with every answer
    this.fails = 0;
    /** What became of the last thing asked. */
    this.problem = "";
    /** What is being asked. */
    this.asking = "";
    /** @type {{controller: AbortController, acts: boolean} | null} */
    this.request = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {{lr: number, until: number} | null} a learning rate that was asked for */
    this.pendingRate = null;
    this.closed = false;
    this.look();
  }

  get state() {
    return this.status?.state ?? "";
  }

  get live() {
    return LIVE.includes(this.state);
  }

  get offline() {
    return this.fails > 0;
  }

  /** Epochs after which pictures were taken. */
  get pictured() {
    return this.status?.pictures ?? [];
  }

  get totalEpochs() {
    return this.status?.total_epochs ?? 0;
  }

  /** @param {number} epoch */
  pictureEpoch(epoch) {
    return pictureEpoch(this.pictured, epoch);
  }

  // -- looking --------------------------------------------------------------------------------------

  get url() {
    return `${this.api}/${encodeURIComponent(this.id)}`;
  }

  look() {
    return this.exchange(null);
  }

  /** @param {{do: string, lr?: number}} action */
  act(action) {
    this.asking = action.do;
    this.problem = "";
    this.onNews(this);
    return this.exchange(action);
  }

  /** One request at a time: what is asked of the run goes before a look at it. @param {object | null} action */
  async exchange(action) {
    if (this.closed || (this.request?.acts && !action)) return;
    clearTimeout(this.timer);
    this.request?.controller.abort();
    const request = { controller: new AbortController(), acts: action !== null };
    this.request = request;
    const patience = setTimeout(() => request.controller.abort(), PATIENCE);
    /** @type {{status: number, body: any}} */
    let answer = { status: 0, body: null };
    try {
      answer = await this.ask(action, request.controller.signal);
    } catch {
      // no answer: it is asked again
    } finally {
      clearTimeout(patience);
    }
    if (this.closed || this.request !== request) return; // another has taken its place
    this.request = null;
    this.onAnswer(answer, request.acts);
  }

  /** @param {object | null} action @param {AbortSignal} signal */
  async ask(action, signal) {
    const known = `after=${this.history.lastStep}&epochs=${this.history.epochs.length}`;
    const posted = action && {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(action),
    };
    const response = await fetch(`${this.url}?${known}`, { ...posted, signal });
    return { status: response.status, body: await response.json() };
  }

  /** @param {{status: number, body: any}} answer @param {boolean} acted */
  onAnswer({ status, body }, acted) {
    if (acted) this.asking = "";
    const silent = body === null || (status >= 500 && !body.error); // a full disk (507) says so itself
    this.fails = silent ? this.fails + 1 : 0;
    let soon = acted ? AFTER_ACTION : null;
    if (status === 200) soon = this.merge(body) ? soon : 0;
    else if (status === 404 && !acted)
      this.status = /** @type {RunStatus} */ ({
        ...this.status,
        id: this.id,
        state: "gone",
        message: body?.error ?? "",
      });
    else if (acted)
      this.problem = silent
        ? "The server does not answer: nothing was changed."
        : (body.error ?? `The server answered ${status}.`);
    this.onNews(this);
    this.schedule(soon);
  }

  /** @param {RunStatus} status @returns {boolean} false where all of it has to be asked for again */
  merge(status) {
    this.version += 1;
    if (status.asked_lr) this.pendingRate = { lr: status.asked_lr, until: performance.now() + RATE_HOLDS };
    if (this.status && status.step < this.status.step) {
      // it began anew, or goes on from an earlier point: what came after that is no longer so
      this.history = new TrainingHistory();
      this.pictures.clear();
      this.status = { ...status, pictures: [] };
      return false;
    }
    this.history.append(status.curve, status.history);
    this.pictures.missing.clear();
    this.status = status;
    return true;
  }

  /** @param {number | null} soon */
  schedule(soon) {
    clearTimeout(this.timer);
    if (this.closed) return;
    const wait = nextLook(this.state, this.fails, document.hidden, soon);
    if (wait !== null) this.timer = setTimeout(() => this.look(), wait);
  }

  close() {
    this.closed = this.pictures.closed = true;
    clearTimeout(this.timer);
    this.request?.controller.abort();
  }

  // -- the learning rate ----------------------------------------------------------------------------

  /** Where the learning rate was set by hand: [epoch, learning rate]. */
  get rateChanges() {
    return rateChanges(this.status ?? {}, this.history.curve);
  }

  /** What the schedule starts from now; what was asked for stands until the worker has taken it up. */
  get baseRate() {
    if (this.status?.asked_lr) return this.status.asked_lr;
    if (this.pendingRate && performance.now() < this.pendingRate.until) return this.pendingRate.lr;
    return this.rateChanges.at(-1)?.[1] ?? this.status?.preset?.train?.lr ?? 0.01;
  }

  // -- pictures -------------------------------------------------------------------------------------

  /** @param {number} epoch @returns {Promise<EpochPictures>} */
  async fetchPictures(epoch) {
    const { header, planes } = await get(`${this.url}/pictures/${epoch}`);
    const bytes = Object.values(planes).reduce((sum, plane) => sum + plane.data.length, 0);
    return { epoch, sheets: header.sheets, planes, bytes };
  }
}
