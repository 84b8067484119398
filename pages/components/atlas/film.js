// @ts-nocheck: no types yet
// The film of the codes: where it stands between the kept epochs, where points are there, and its bar with the error.

import { fit } from "../gibbs/draw.js";
import { amount } from "./markup.js";

const FPS = 7; // kept epochs a second at speed 1

export class Film {
  // at: the place on the film, from 0 to T - 1; null is the finished model
  constructor({ T, N, stages, epochs, codes, errors }, store) {
    Object.assign(this, { T, N, stages, epochs, codes, errors });
    this.at = null;
    this.playing = false;
    this.speed = 1;
    this.rows = new Int32Array(N).fill(-1); // the point of each example
    for (let j = 0; j < N; j++) this.rows[j] = store.rows.get(j) ?? -1;
    this.inFilm = new Uint8Array(store.n);
    this.rows.forEach(row => row >= 0 && (this.inFilm[row] = 1));
    this.xs = new Float32Array(store.n);
    this.ys = new Float32Array(store.n);
  }

  get filming() {
    return this.at !== null;
  }

  // every point's place at this moment
  places() {
    const t = Math.floor(this.at),
      f = this.at - t,
      u = Math.min(t + 1, this.T - 1);
    const { codes, N, xs, ys } = this;
    for (let j = 0; j < N; j++) {
      const row = this.rows[j];
      if (row < 0) continue;
      const a = (t * N + j) * 2,
        b = (u * N + j) * 2;
      xs[row] = (1 - f) * codes[a] + f * codes[b];
      ys[row] = (1 - f) * codes[a + 1] + f * codes[b + 1];
    }
    return { xs, ys };
  }

  get frame() {
    return Math.min(this.T - 1, Math.round(this.at ?? this.T - 1));
  }

  get epoch() {
    return this.epochs[this.frame];
  }

  // k-NN accuracy of the codes of this kept epoch, leave one out; the votes are counted as in core/neighbours.py
  accuracy(labels, k = 10) {
    const { frame: t, N, codes } = this;
    this.accuracies ??= new Map();
    if (!this.accuracies.has(t)) {
      const there = [...this.rows.keys()].filter(j => this.rows[j] >= 0),
        most = Math.min(k, there.length - 1);
      const right = there.filter(j => {
        const near = [];
        for (const i of there) {
          if (i === j) continue;
          const far =
            (codes[(t * N + i) * 2] - codes[(t * N + j) * 2]) ** 2 +
            (codes[(t * N + i) * 2 + 1] - codes[(t * N + j) * 2 + 1]) ** 2;
          if (near.length === most && far >= near[most - 1][0]) continue;
          let at = near.length;
          while (at && near[at - 1][0] > far) at--;
          near.splice(at, 0, [far, labels[this.rows[i]]]);
          if (near.length > most) near.pop();
        }
        const votes = new Map();
        near.forEach(([, label], place) => votes.set(label, (votes.get(label) ?? 0) + 1 + 0.5 ** (place + 2)));
        return (
          [...votes].reduce((best, vote) => (vote[1] > best[1] ? vote : best), [-1, 0])[0] === labels[this.rows[j]]
        );
      });
      this.accuracies.set(t, right.length / there.length);
    }
    return this.accuracies.get(t);
  }

  // move on by so many milliseconds; false at the end
  advance(ms) {
    this.at = Math.min(this.T - 1, (this.at ?? 0) + (ms / 1000) * FPS * this.speed);
    return this.at < this.T - 1;
  }

  words() {
    if (this.at === null) return "play it: how the codes came about";
    const t = Math.min(this.T - 1, Math.round(this.at));
    const error = this.errors && Number.isFinite(this.errors[t]) ? ` · error ${amount(this.errors[t])}` : "";
    const stage = this.stages[t] ? `${this.stages[t]} · ` : "";
    return `${stage}epoch ${this.epochs[t]}${error}`;
  }

  // spans of equal stage: [name, first, last]
  spans() {
    const found = [];
    this.stages.forEach((name, t) => {
      if (found.at(-1)?.[0] === name) found.at(-1)[2] = t;
      else found.push([name, t, t]);
    });
    return found;
  }

  draw(canvas, { quiet, accent, font }, width) {
    const height = 74,
      head = 17,
      foot = 4;
    fit(canvas, width, height);
    const context = canvas.getContext("2d");
    const ratio = window.devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const x = t => 8 + (t / Math.max(1, this.T - 1)) * (width - 16);
    context.font = `12px ${font}`;
    context.textBaseline = "top";
    this.spans().forEach(([name, first, last], i) => {
      const from = i ? x(first - 0.5) : 0,
        to = last === this.T - 1 ? width : x(last + 0.5);
      context.fillStyle = i % 2 ? "rgb(128 128 128 / 0.05)" : "rgb(128 128 128 / 0.13)";
      context.fillRect(from, 0, to - from, height);
      context.fillStyle = quiet;
      context.save();
      context.beginPath();
      context.rect(from, 0, to - from - 3, height);
      context.clip();
      context.fillText(context.measureText(name).width < to - from - 8 ? name : name.split(",")[0], from + 6, 2);
      context.restore();
    });
    const good = this.errors ? [...this.errors].filter(Number.isFinite) : [];
    if (good.length > 1) {
      const low = Math.min(...good),
        high = [...good].sort((a, b) => a - b)[Math.floor(0.98 * (good.length - 1))];
      const y = e =>
        head + (1 - Math.min(1.05, (e - low) / Math.max(1e-9, high - low))) * (height - head - foot - 2) + 1;
      context.strokeStyle = accent;
      context.lineWidth = 1.8;
      context.beginPath();
      let pen = false;
      this.errors.forEach((e, t) => {
        if (!Number.isFinite(e)) return void (pen = false);
        if (pen) context.lineTo(x(t), y(e));
        else context.moveTo(x(t), y(e));
        pen = true;
      });
      context.stroke();
      context.fillStyle = quiet;
      context.textAlign = "right";
      context.textBaseline = "bottom";
      context.fillText(`error ${amount(low)}`, width - 15, y(low) - 4);
      context.textAlign = "left";
      context.textBaseline = "top";
      if (this.at !== null) {
        const t = Math.floor(this.at),
          f = this.at - t,
          u = Math.min(t + 1, this.T - 1);
        const e = this.errors[t] * (1 - f) + this.errors[u] * f;
        context.fillStyle = "#ff9f1a";
        context.beginPath();
        context.arc(x(this.at), y(e), 4, 0, 7);
        context.fill();
      }
    }
    context.fillStyle = "#ff9f1a";
    context.fillRect(x(this.at ?? this.T - 1) - 1, 0, 2, height);
  }

  // the place on the film under a pixel of its bar
  placeAt(px, width) {
    return Math.max(0, Math.min(this.T - 1, ((px - 8) / (width - 16)) * (this.T - 1)));
  }
}
