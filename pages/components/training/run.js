// @ts-nocheck: no types yet
// One run as the server tells of it: asked again and again while it is at work, each answer only what is new.

import { get } from "../shared/api.js";

export const LIVE = ["starting", "running", "paused", "evaluating"];
const ENDED = ["stopped", "failed", "finished", "gone"];
const SOON = 700; // ms between two looks at a run at work
const LATER = 3000; // at one that waits
const ASLEEP = 6000; // while nobody looks
const PATIENCE = 15_000; // for one answer
const KEPT = 64e6; // bytes of pictures

export class Run {
  // news(run) is called after every answer; drawn(run) when a picture has come
  constructor(id, api, news, drawn) {
    this.id = id;
    this.api = api;
    this.news = news;
    this.drawn = drawn;
    this.now = null; // the last answer
    this.offline = false;
    this.problem = ""; // what became of the last thing asked
    this.asking = "";
    this.forget();
    this.look();
  }

  forget() {
    this.curve = []; // [step, epoch, loss, lr]
    this.history = [];
    this.pictures = new Map(); // epoch -> {sheets, planes, bytes}, the longest unused first
    this.bytes = 0;
    this.missing = new Set();
    this.turn = (this.turn ?? 0) + 1; // tells late pictures from those of this training
    this.version = (this.version ?? 0) + 1;
  }

  get state() {
    return this.now?.state ?? "";
  }

  get live() {
    return LIVE.includes(this.state);
  }

  get epochs() {
    return this.now?.pictures ?? [];
  }

  // -- looking ----------------------------------------------------------------------------------

  get address() {
    const after = this.curve.length ? this.curve.at(-1)[0] : -1;
    return url(`${this.api}/${encodeURIComponent(this.id)}?after=${after}&epochs=${this.history.length}`);
  }

  look() {
    return this.exchange({});
  }

  act(word) {
    this.asking = word.do;
    this.problem = "";
    this.news(this);
    return this.exchange({
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(word),
    });
  }

  // one request at a time: what is asked of the run goes before a look at it
  async exchange(what) {
    if (this.closed || (this.request?.method && !what.method)) return;
    clearTimeout(this.timer);
    this.request?.controller.abort();
    const request = (this.request = { controller: new AbortController(), method: what.method });
    const patience = setTimeout(() => request.controller.abort(), PATIENCE);
    let answer = null,
      status = 0;
    try {
      const response = await fetch(this.address, { ...what, signal: request.controller.signal });
      status = response.status;
      answer = await response.json();
    } catch {
      if (this.closed || this.request !== request) return; // another has taken its place
    } finally {
      clearTimeout(patience);
    }
    if (this.closed || this.request !== request) return;
    this.request = null;
    if (what.method) this.asking = "";
    this.offline = answer === null || (status >= 500 && !answer.error); // a full disk (507) says so itself
    let again = what.method ? 200 : null;
    if (status === 200) again = this.merge(answer) ? again : 0;
    else if (status === 404 && !what.method)
      this.now = { ...this.now, id: this.id, state: "gone", message: answer?.error ?? "" };
    else if (what.method)
      this.problem = this.offline
        ? "The server does not answer: nothing was changed."
        : (answer.error ?? `The server answered ${status}.`);
    this.news(this);
    this.again(again);
  }

  // false where all of it has to be asked for again
  merge(answer) {
    if (this.now && answer.step < this.now.step) {
      // it began anew, or goes on from an earlier point: what came after that is no longer so
      this.forget();
      this.now = { ...answer, pictures: [] };
      return false;
    }
    const last = this.curve.length ? this.curve.at(-1)[0] : -1;
    for (const point of answer.curve) if (point[0] > last) this.curve.push(point);
    this.history.push(...answer.history);
    this.version += 1;
    this.missing.clear();
    this.now = answer;
    return true;
  }

  // look again after `soon` ms, or when there can be news
  again(soon) {
    clearTimeout(this.timer);
    if (this.closed) return;
    this.fails = this.offline ? (this.fails ?? 0) + 1 : 0;
    if (!this.offline && ENDED.includes(this.state) && soon === null) return;
    const usual = !this.live ? LATER : this.state === "paused" ? 2 * SOON : SOON;
    const wait = this.offline ? Math.min(5000, 1000 * this.fails) : document.hidden ? ASLEEP : (soon ?? usual);
    this.timer = setTimeout(() => this.look(), wait);
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.request?.controller.abort();
  }

  // -- curves -----------------------------------------------------------------------------------

  // [epochs, values] of a metric's line: "each" epoch's, "train" or "held" out, or "within" the epoch
  line(metric, which) {
    const key = `${metric} ${which} ${this.version}`;
    this.lines ??= new Map();
    if (this.lines.has(key)) return this.lines.get(key);
    if (this.lines.size > 24) this.lines.clear();
    const xs = [],
      ys = [];
    if (which === "within") {
      const column = metric === "lr" ? 3 : 2;
      for (const point of this.curve) {
        xs.push(point[1]);
        ys.push(point[column] ?? NaN);
      }
    } else {
      const name = which === "train" ? `train.${metric}` : metric;
      for (const line of this.history) {
        if (!(name in line)) continue;
        xs.push(line.epoch);
        ys.push(line[name] ?? NaN);
      }
    }
    this.lines.set(key, [xs, ys]);
    return [xs, ys];
  }

  // what the schedule makes of a learning rate at a step
  factor(step) {
    const { preset, total_steps: total } = this.now;
    const { lr_schedule: schedule, lr_hold: hold } = preset.train;
    const done = step / total;
    const left = done < hold ? 1 : (1 - done) / Math.max(1e-12, 1 - hold);
    return { constant: 1, linear: left, cosine: 0.5 - 0.5 * Math.cos(Math.PI * left) }[schedule] ?? 1;
  }

  // where the learning rate was set by hand: [epoch, lr]
  get changes() {
    const { preset, total_steps: total, total_epochs: epochs } = this.now ?? {};
    const train = preset?.train;
    if (!train || !total) return [];
    // a finished model's recipe says so; in a curve it shows once the schedule is taken out
    if (!this.curve.length) return (train.lr_changes ?? []).map(([step, lr]) => [(step / total) * epochs, lr]);
    const found = [];
    let base = train.lr;
    for (const [step, epoch, , lr] of this.curve) {
      const factor = this.factor(step - 1);
      if (!(factor > 0.02) || lr === null) continue;
      // the schedule moves a little between a step and its report
      if (Math.abs(lr - base * factor) < base * (0.04 * factor + 2 / total)) continue;
      base = lr / factor;
      found.push([epoch, base]);
    }
    return found;
  }

  // what the schedule starts from now; what was asked for stands until the worker has taken it up
  get base() {
    if (this.now?.asked_lr) this.hoped = { lr: this.now.asked_lr, until: performance.now() + 3000 };
    if (this.hoped && performance.now() < this.hoped.until) return this.hoped.lr;
    return this.changes.at(-1)?.[1] ?? this.now?.preset?.train?.lr ?? 0.01;
  }

  // -- pictures ---------------------------------------------------------------------------------

  // the epoch whose pictures show the state at `epoch`, or null
  shown(epoch) {
    const list = this.epochs;
    let found = list.length ? list[0] : null;
    for (const e of list) if (e <= epoch + 1e-6) found = e;
    return found;
  }

  // what is here for `epoch`, or the nearest that is: {epoch, sheets, planes} or null
  near(epoch) {
    const exact = this.pictures.get(epoch);
    if (exact) {
      this.pictures.delete(epoch);
      this.pictures.set(epoch, exact);
      return exact;
    }
    let best = null;
    for (const [e, found] of this.pictures)
      if (!best || Math.abs(e - epoch) < Math.abs(best.epoch - epoch)) best = found;
    return best;
  }

  // fetch the first of the wanted epochs that is not here; the others follow
  want(epochs) {
    this.wanted = epochs;
    if (this.fetching || this.closed) return;
    const next = epochs.find(
      (e, i) => !this.pictures.has(e) && !this.missing.has(e) && (i < 40 || this.bytes < 0.8 * KEPT),
    );
    if (next === undefined) return;
    this.fetching = true;
    const turn = this.turn;
    get(url(`${this.api}/${encodeURIComponent(this.id)}/pictures/${next}`))
      .then(({ header, planes }) => {
        if (turn !== this.turn || this.closed) return;
        const bytes = Object.values(planes).reduce((sum, plane) => sum + plane.data.length, 0);
        this.pictures.set(next, { epoch: next, sheets: header.sheets, planes, bytes });
        this.bytes += bytes;
        for (const [old, { bytes: size }] of this.pictures) {
          if (this.bytes <= KEPT || old === next) break;
          this.pictures.delete(old);
          this.bytes -= size;
        }
        this.drawn(this);
      })
      .catch(() => this.missing.add(next)) // tried again after the next news
      .finally(() => {
        this.fetching = false;
        if (!this.closed) this.want(this.wanted);
      });
  }
}

function url(path) {
  return new URL(path, document.baseURI).href;
}
