// @ts-nocheck: no types yet
// Painting: films of many images, played and scrubbed; pixels rewritten, futures side by side, images completed.

import { classColours, css } from "../atlas/colours.js";
import { fit, layout, paint, save } from "../gibbs/draw.js";
import { postForBlob } from "../gibbs/wire.js";
import { write } from "../shared/controls.js";
import { put } from "../shared/html.js";
import { Bars } from "./bars.js";
import { painted, Strip } from "./film.js";
import { Keep } from "./keep.js";
import { markup } from "./markup.js";
import { Track } from "./track.js";

const NOW = "#ff9f1a",
  BRANCH = "#009e73"; // the current pixel; where futures part
const FUTURES = 8;
const LARGE = 300;
const FRAMES = 120; // of a GIF, at most
const IMAGES = [1, 2, 4, 8, 16, 25, 36, 49, 64];

export class Paint {
  constructor(host, root) {
    Object.assign(this, { host, root });
    const { model, state } = host;
    put(root, markup(model, state, IMAGES));
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    const temperature = root.querySelector('[data-slide="temperature"]');
    temperature.value = state.temperature;
    write(temperature.nextElementSibling, Number(state.temperature).toFixed(2));
    this.bars = new Bars(this.$("bars"), model);
    this.track = new Track(this.$("track"), t => this.jump(t));
    this.keep = new Keep(host, root, () => this.begin());
    this.t = Math.min(model.d, Math.max(0, state.t)); // the link may be of a larger image
    this.playing = state.t < 0;
    this.said = state.edits;
    this.listen();
    this.begin(true);
  }

  close() {
    this.stopped = true;
    this.controllers?.forEach(controller => controller.abort());
  }

  themed() {
    this.dirty = true;
  }

  // -- the film -----------------------------------------------------------------------------------

  // everything anew; `opening`: with the place and the rewrites that the link says
  async begin(opening = false) {
    const { host } = this,
      { model, state } = host;
    this.controllers?.forEach(controller => controller.abort());
    this.controllers = new Set();
    if (!opening) {
      this.t = 0;
      this.playing = true;
      this.said = "";
    }
    this.undone = [];
    this.futures = this.branch = null;
    this.busy = true;
    this.order = this.rank = null;
    this.strips = Array.from({ length: state.images }, (_, i) => new Strip(model, i, i));
    this.start = 0; // places that are kept, not painted
    state.pick = Math.min(state.pick, state.images - 1);
    this.kept = this.keep.kept();
    this.sync();
    this.after();
    const run = this.strips;
    let begun = false;
    await this.run({ after: this.kept ? null : 0 }, run, this.kept?.given, this.kept?.held, (order, first) => {
      if (!this.order) this.ordered(order);
      if (first !== undefined && !begun) this.fillKept(first);
      begun ||= first !== undefined;
      if (first !== undefined) this.keep.show(this.strips, this.order);
    });
    if (run !== this.strips || this.stopped) return;
    if (!begun && this.order) this.fillKept(model.d); // all was kept
    this.busy = false;
    for (const edit of readEdits(this.said, model, state.images)) await this.rewrite(edit, true);
    if (this.said && !this.undone.length)
      host.complain("The link's changed pixels do not fit these images: they were not used.");
    this.dirty = true;
    host.wake();
  }

  // paint strips by what the controls say
  async run(more, strips, given, held, came) {
    const { host } = this,
      { state } = host;
    const controller = new AbortController();
    this.controllers.add(controller);
    const header = {
      seed: state.seed,
      temperature: state.temperature,
      order: state.order,
      order_seed: state.order_seed,
      ...more,
    };
    if (host.model.classes.length) header.labels = strips.map(s => this.labelOf(s.image));
    try {
      await painted(host.url, header, strips, given, held, controller.signal, (order, first) => {
        came?.(order, first);
        this.dirty = true;
        host.wake();
        if (first !== undefined) host.shown();
      });
    } catch (error) {
      if (error.name !== "AbortError") host.complain(error.message);
    } finally {
      this.controllers.delete(controller);
    }
  }

  ordered(order) {
    this.order = order;
    this.rank = new Uint16Array(order.length);
    order.forEach((place, t) => (this.rank[place] = t));
  }

  // what was kept and comes first in the order is there from the beginning
  fillKept(first) {
    if (!this.kept || !first) return;
    this.start = first;
    for (const strip of this.strips) {
      for (let t = 0; t < first; t++) strip.values[t] = this.kept.given[this.order[t]];
      strip.done = Math.max(strip.done, first);
    }
    this.t = Math.max(this.t, first);
  }

  // the class that image i is told
  labelOf(i) {
    const { model, state } = this.host;
    if (state.only !== "") return Number(state.only);
    const own = this.keep.label();
    return own ?? i % model.classes.length;
  }

  // everything that is known once `after` places of a strip are, for the server
  known(strip, after) {
    const d = this.host.model.d,
      given = this.kept ? this.kept.given.slice() : new Uint8Array(d);
    const held = this.kept ? this.kept.held.slice() : new Uint8Array(d);
    for (let t = 0; t < after; t++) {
      given[this.order[t]] = strip.values[t];
      held[this.order[t]] = 1;
    }
    return [given, held];
  }

  // -- rewriting history ----------------------------------------------------------------------------

  // image's place after - 1 holds `value`; what follows is painted anew, with the noise `key`
  async rewrite({ image, after, value, key }, opening = false) {
    const { host } = this,
      old = this.strips[image];
    if (after > old.done || after < this.start || this.stopped) return;
    const strip = new Strip(host.model, key, image, old).follow(old, after, value);
    strip.edits.push({ image, after, value, key });
    this.strips[image] = strip;
    this.undone.push(image);
    this.sync();
    if (!opening) {
      this.t = after;
      this.playing = true;
      host.remember();
    }
    this.dirty = true;
    host.wake();
    await this.run({ after }, [strip], ...this.known(strip, after), () => this.keep.show(this.strips, this.order));
  }

  undo() {
    const image = this.undone.pop();
    if (image === undefined) return;
    const strip = this.strips[image];
    this.strips[image] = strip.before;
    this.t = Math.min(strip.before.done, strip.edits.at(-1).after);
    this.host.state.pick = image;
    this.futures = null;
    this.playing = false;
    this.sync();
    this.after();
  }

  // the place under the playhead gets another value
  another(value) {
    const image = this.host.state.pick,
      strip = this.strips[image],
      after = Math.floor(this.t);
    if (after <= this.start || after > strip.done || strip.values[after - 1] === value) return;
    this.futures = null;
    this.rewrite({ image, after, value, key: strip.key });
  }

  // ways on from the same past, with other noise each
  async branchOut() {
    const { host } = this,
      image = host.state.pick,
      past = this.strips[image];
    const after = Math.min(Math.floor(this.t), past.done);
    if (!this.order) return;
    if (after >= host.model.d)
      return host.complain("The image is complete here: step back, and sample continuations from there.");
    host.complain("");
    const round = (this.rounds = (this.rounds ?? 0) + 1);
    this.futures = Array.from({ length: FUTURES }, (_, j) =>
      new Strip(host.model, 1000 * round + j, image).follow(past, after),
    );
    this.branch = { image, after };
    this.t = after;
    this.playing = true;
    this.sync();
    this.after();
    await this.run({ after }, this.futures, ...this.known(past, after));
  }

  adopt(j) {
    const { image, after } = this.branch,
      { key } = this.futures[j];
    this.rewrite({ image, after, value: after ? this.strips[image].values[after - 1] : 0, key });
  }

  // -- playing --------------------------------------------------------------------------------------

  // places that all images on the screen have
  get done() {
    return Math.min(...[...this.strips, ...(this.futures ?? [])].map(s => s.done));
  }

  advance(passed) {
    const { d, width } = this.host.model,
      { state } = this.host;
    if (!this.playing) return false;
    this.t = Math.min(this.done, this.t + (Number(state.speed) * width * passed) / 1000);
    if (this.t < d) return true;
    if (state.loop === "on") this.t = this.branch && this.futures ? this.branch.after : this.start;
    else this.playing = false;
    if (!this.playing) this.after();
    return this.playing;
  }

  play(on = !this.playing) {
    this.playing = on;
    if (on && this.t >= this.host.model.d) this.t = this.futures ? this.branch.after : this.start;
    this.after();
  }

  // so many places are painted; the film stands
  jump(t) {
    this.playing = false;
    this.t = Math.max(this.start, Math.min(this.done, Math.round(t)));
    this.after();
  }

  after() {
    this.dirty = true;
    this.host.wake();
    this.host.remember();
  }

  // -- what is drawn ------------------------------------------------------------------------------

  draw(now, passed) {
    const more = this.advance(passed);
    const t = Math.floor(this.t),
      width = this.root.clientWidth;
    if (this.dirty || this.drawnT !== t || this.drawnWidth !== width) {
      this.dirty = false;
      [this.drawnT, this.drawnWidth] = [t, width];
      this.drawStage(t);
      this.drawLarge(t);
      this.drawFutures(t);
      this.track.draw(this, t, this.host);
      this.words(t);
    }
    return more;
  }

  // the colour of a pixel: grey where it is painted, with a glow where the model was unsure
  pixel(strip, t) {
    const { model, state } = this.host,
      grey = 255 / (model.levels - 1),
      most = Math.log2(model.levels);
    const [r, g, b] = this.blank,
      { rank } = this,
      fades = state.glow === "fading" ? 1 / (1.5 * model.width) : 0;
    const strength = place => {
      if (state.glow === "off" || (fades && t >= model.d)) return 0;
      return (0.85 * Math.max(0, strip.bits[place]) * Math.exp(fades * (place + 1 - t))) / most;
    };
    return (out, i, at) => {
      const place = rank ? rank[i] : Infinity;
      out[at + 3] = 255;
      if (place >= t)
        return void ([out[at], out[at + 1], out[at + 2]] = this.kept?.held[i]
          ? [this.kept.given[i] * grey, this.kept.given[i] * grey, this.kept.given[i] * grey]
          : [r, g, b]);
      const value = strip.values[place] * grey,
        glow = strength(place);
      out[at] = value + (255 - value) * glow;
      out[at + 1] = value + (150 - value) * glow;
      out[at + 2] = value + (20 - value) * glow;
    };
  }

  get blank() {
    const dark = parseInt(this.host.ground.slice(1, 3), 16) < 128;
    return dark ? [52, 60, 78] : [203, 212, 226];
  }

  drawStage(t) {
    const { model, state } = this.host,
      { width: w, height: h } = model,
      canvas = this.$("stage");
    const box = canvas.parentElement.clientWidth,
      tall = Math.min(box, Math.max(260, window.innerHeight - 500)); // the time bar stays in sight
    const n = this.strips.length,
      tiles = (this.tiles = layout(n, w, h, box, tall, n > 25 ? 4 : 6));
    fit(canvas, box, tiles.rows * tiles.tileH + (tiles.rows + 1) * 6);
    const context = canvas.getContext("2d"),
      ratio = window.devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    const top = tiles.place(0).y - 6; // the grid stands at the top
    const place = (this.placeOf = i => ({ x: tiles.place(i).x, y: tiles.place(i).y - top }));
    this.stageTop = top;
    const { classes } = model,
      palette = classes.length ? classColours(classes.length, this.host.data.colours) : null;
    for (let i = 0; i < n; i++) {
      const { x, y } = place(i);
      paint(context, w, h, this.pixel(this.strips[i], t), x, y, tiles.tileW, tiles.tileH);
      if (palette) {
        context.fillStyle = css(palette[this.labelOf(i)]);
        context.fillRect(x, y + tiles.tileH, tiles.tileW, 2.5);
      }
      if (t < model.d) this.mark(context, x, y, tiles.zoom, t, NOW, Math.max(1, tiles.zoom / 5));
      if (this.strips[i].edits.length)
        this.mark(context, x, y, tiles.zoom, this.strips[i].edits.at(-1).after, BRANCH, 1.5);
    }
    if (n > 1) {
      const { x, y } = place(state.pick);
      context.strokeStyle = this.host.accent;
      context.lineWidth = 2.5;
      context.strokeRect(x - 2, y - 2, tiles.tileW + 4, tiles.tileH + 4);
    }
  }

  // a frame about the place that was painted last of t
  mark(context, x, y, zoom, t, colour, thick) {
    if (!this.order || t < 1 || t > this.order.length) return;
    const place = this.order[t - 1],
      { width } = this.host.model;
    context.strokeStyle = colour;
    context.lineWidth = thick;
    context.strokeRect(x + (place % width) * zoom, y + Math.floor(place / width) * zoom, zoom, zoom);
  }

  drawLarge(t) {
    const { model, state } = this.host,
      { width: w, height: h } = model,
      canvas = this.$("large");
    const strip = this.strips[state.pick],
      side = Math.min(LARGE, canvas.parentElement.clientWidth),
      zoom = side / Math.max(w, h);
    fit(canvas, w * zoom, h * zoom);
    const context = canvas.getContext("2d"),
      ratio = window.devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    paint(context, w, h, this.pixel(strip, t), 0, 0, w * zoom, h * zoom);
    for (const { after } of strip.edits) this.mark(context, 0, 0, zoom, after, BRANCH, 2.5);
    this.mark(context, 0, 0, zoom, t, NOW, 2.5);
    const at = Math.max(0, t - 1);
    const told = strip.done > at && strip.knows(at);
    this.bars.draw(
      told ? strip.probs(at, 1) : null,
      told ? strip.probs(at, state.temperature) : null,
      t > 0 ? strip.values[at] : -1,
      t > this.start,
    );
  }

  drawFutures(t) {
    const box = this.$("futures");
    box.hidden = !this.futures;
    if (!this.futures) return;
    const { model } = this.host,
      { width: w, height: h } = model,
      { after, image } = this.branch;
    const columns = box.clientWidth > 480 ? FUTURES : FUTURES / 2;
    const zoom = ((box.clientWidth - 6 * (columns - 1)) / columns - 9) / w;
    const shown = Math.max(t, after);
    const own = this.strips[image],
      past = own.logProb(after);
    box.querySelectorAll("[data-future]").forEach((item, j) => {
      const strip = this.futures[j],
        canvas = item.querySelector("canvas");
      fit(canvas, w * zoom, h * zoom);
      const context = canvas.getContext("2d"),
        ratio = window.devicePixelRatio || 1;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      paint(context, w, h, this.pixel(strip, shown), 0, 0, w * zoom, h * zoom);
      this.mark(context, 0, 0, zoom, after, BRANCH, 2);
      write(item.querySelector("span"), strip.done === model.d ? `${nats(strip.logProb())}` : "…");
    });
    const before = this.start ? "" : `, of which the shared past is ${nats(past)}`;
    write(
      this.$("branched"),
      `${FUTURES} continuations of image ${image + 1} after pixel ${after} (green frame). Below each: log p of the whole ${this.start ? "painted part" : "image"} in nats${before}; closer to 0 is likelier. Click one to continue with it.`,
    );
  }

  words(t) {
    const { host, start } = this,
      { model, state } = host,
      strip = this.strips[state.pick];
    const at = t - 1,
      row = place => `row ${Math.floor(place / model.width) + 1}, column ${(place % model.width) + 1}`;
    let text = this.order
      ? `Press play, or step: the first pixel is ${row(this.order[start] ?? 0)}.`
      : "Sampling the first row …";
    if (this.order && t > start) {
      const place = this.order[at],
        value = strip.values[at];
      const told = strip.knows(at)
        ? `sampled ${value}, p ${number(strip.probs(at, 1)[value])}; entropy ${strip.bits[at].toFixed(2)} bits`
        : "given";
      text = `${row(place)}: ${told}`;
    }
    write(this.$("pixel"), text);
    write(this.$("sum"), t > start ? `log p of the ${t - start} painted pixels: ${nats(strip.logProb(t))} nats` : "");
    write(this.$("clock"), `${t} / ${model.d}`);
    const play = this.root.querySelector('[data-do="play"]');
    play.classList.toggle("playing", this.playing);
    play.setAttribute("aria-label", this.playing ? "Pause (space)" : "Play (space)");
    const rowNow = this.$("row");
    if (host.root.getRootNode().activeElement !== rowNow)
      rowNow.value = Math.min(model.height, Math.floor(t / model.width) + 1);
    this.root.querySelector('[data-do="undo"]').disabled = !this.undone?.length;
    this.root.querySelector('[data-do="branch"]').disabled = !this.order || t >= model.d;
  }

  sync() {
    const { state } = this.host;
    const { classes } = this.host.model,
      told = classes.length ? `, conditioned on class ${classes[this.labelOf(state.pick)]}` : "";
    write(this.$("image"), `Image ${state.pick + 1} of ${state.images}${told}`);
    this.keep.sync();
    this.host.sync();
    const only = this.root.querySelector('[data-pick="only"]');
    if (only) only.options[0].text = this.keep.label() === null ? "each in turn" : "the image's own";
    const seeds = this.$("orderSeed");
    if (seeds) seeds.hidden = state.order !== "random" && !(state.order === "" && this.host.model.own === "random");
  }

  // -- hands ----------------------------------------------------------------------------------------

  listen() {
    const stage = this.$("stage"),
      large = this.$("large");
    stage.addEventListener("click", event => {
      const box = stage.getBoundingClientRect();
      if (!this.tiles) return;
      const i = this.tiles.find(event.clientX - box.left, event.clientY - box.top + this.stageTop);
      if (i >= 0) this.choose(i);
    });
    large.addEventListener("click", event => {
      if (!this.rank) return;
      const { width, height, levels } = this.host.model,
        box = large.getBoundingClientRect();
      const x = Math.floor(((event.clientX - box.left) / box.width) * width),
        y = Math.floor(((event.clientY - box.top) / box.height) * height);
      const at = this.rank[y * width + x],
        strip = this.strips[this.host.state.pick];
      if (!this.playing && at + 1 === Math.floor(this.t)) this.another((strip.values[at] + 1) % levels);
      else if (at >= this.start) this.jump(at + 1);
    });
  }

  choose(i) {
    this.host.state.pick = i;
    this.sync();
    this.after();
  }

  do(name, b) {
    const { state, model } = this.host;
    const actions = {
      play: () => this.play(),
      back: () => this.jump(Math.floor(this.t) - 1),
      on: () => this.jump(Math.floor(this.t) + 1),
      first: () => this.jump(0),
      last: () => this.jump(model.d),
      bar: () => this.another(Number(b.value)),
      undo: () => this.undo(),
      branch: () => this.branchOut(),
      unbranch: () => ((this.futures = null), this.after()),
      adopt: () => this.adopt(Number(b.dataset.future)),
      again: () => {
        state.seed = Math.floor(Math.random() * 100_000);
        this.root.querySelector('[data-pick="seed"]').value = state.seed;
        this.begin();
      },
      gif: () => this.saveGif(),
      png: () => this.$("stage").toBlob(blob => save(blob, `${this.host.data.checkpoint}-painted.png`)),
    };
    (actions[name] ?? (() => this.keep.do(name, b)))();
  }

  set(name) {
    if (name === "source" || name === "keep") this.keep.set(name);
    else this.after();
  }

  slide(name, value, input) {
    write(input.nextElementSibling, value.toFixed(2));
    this.host.state.temperature = value;
    this.dirty = true; // the bars follow the finger; the film once it rests
    this.host.wake();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => !this.stopped && this.begin(), 350);
  }

  change(name, value) {
    const { state } = this.host;
    if (["images", "seed", "order_seed"].includes(name)) {
      if (!/^\d{1,9}$/.test(value))
        return this.host.complain(
          `${name.replace("_", " of the ")} = ${value.slice(0, 20)}: expected a whole number from 0 to 999,999,999.`,
        );
      state[name] = Number(value);
    } else if (name === "row") return this.jump((Number(value) - 1) * this.host.model.width);
    else state[name] = value;
    if (name === "speed") return this.after();
    this.begin();
  }

  keys() {
    const { width } = this.host.model,
      t = Math.floor(this.t);
    const turn = (name, next) =>
      this.root.querySelector(`[data-choice="${name}"][value="${next[this.host.state[name]]}"]`).click();
    return {
      " ": () => this.play(),
      ArrowLeft: () => this.do("back"),
      ArrowRight: () => this.do("on"),
      ArrowUp: () => this.jump(t - width),
      ArrowDown: () => this.jump(t + width),
      Home: () => this.do("first"),
      End: () => this.do("last"),
      n: () => this.do("again"),
      u: () => this.undo(),
      f: () => this.branchOut(),
      g: () => turn("glow", { fading: "on", on: "off", off: "fading" }),
      l: () => turn("loop", { on: "off", off: "on" }),
      Escape: () => this.do("unbranch"),
    };
  }

  link() {
    const { state, model } = this.host,
      text = (value, usual) => (value === usual ? "" : String(value));
    return {
      images: text(state.images, 16),
      seed: text(state.seed, 0),
      temperature: text(state.temperature, 1),
      order: state.order,
      order_seed: text(state.order_seed, 0),
      only: state.only,
      t: this.playing || this.t >= model.d ? "" : String(Math.floor(this.t)),
      pick: text(state.pick, 0),
      speed: text(state.speed, "4"),
      loop: text(state.loop, "off"),
      glow: text(state.glow, "fading"),
      edits: this.busy ? this.said : writeEdits(this.strips),
      ...this.keep.link(),
    };
  }

  // the film from its first stroke to where it is known, at the speed of playing
  async saveGif() {
    if (!this.order || this.done <= this.start) return; // nothing is painted yet
    const { host } = this,
      { model, state } = host,
      { width, height, d } = model,
      n = this.strips.length;
    const count = Math.min(FRAMES, d - this.start),
      last = this.done;
    const times = Array.from({ length: count }, (_, k) =>
      Math.round(this.start + ((k + 1) * (last - this.start)) / count),
    );
    for (let k = 0; k < count / 5; k++) times.push(last); // the finished images stand for a while
    const tiles = new Uint8Array(times.length * n * d),
      classes = new Uint8Array(times.length * n),
      grey = 255 / (model.levels - 1);
    times.forEach((t, f) =>
      this.strips.forEach((strip, i) => {
        const at = (f * n + i) * d;
        for (let p = 0; p < d; p++)
          tiles[at + p] =
            this.rank[p] < t ? strip.values[this.rank[p]] * grey : this.kept?.held[p] ? this.kept.given[p] * grey : 90;
        classes[f * n + i] = model.classes.length ? this.labelOf(i) : 0;
      }),
    );
    const seconds = (last - this.start) / width / Number(state.speed);
    const colours = model.classes.length
      ? classColours(model.classes.length, host.data.colours).map(
          c => `#${c.map(x => x.toString(16).padStart(2, "0")).join("")}`,
        )
      : ["#9aa0a6"];
    const header = {
      width,
      height,
      columns: this.tiles.columns,
      fps: Math.max(1, Math.min(30, Math.round(count / seconds))),
      colours: colours.slice(0, 64),
    };
    try {
      const plane = (data, shape) => ({ type: "u8", shape, data });
      save(
        await postForBlob(host.data.gif, header, {
          tiles: plane(tiles, [times.length, n, d]),
          classes: plane(classes, [times.length, n]),
        }),
        `${host.data.checkpoint}-painted.gif`,
      );
    } catch (error) {
      host.complain(error.message);
    }
  }
}

const nats = x => x.toFixed(1).replace("-", "−");
const number = p =>
  p > 0.995 && p < 1 ? "> 0.99" : `= ${p >= 0.01 ? p.toFixed(2) : p.toExponential(0).replace("-", "−")}`;

// rewrites as text: image.places known.value of the last of them.noise
const writeEdits = strips =>
  strips
    .flatMap(s => s.edits)
    .map(e => `${e.image}.${e.after}.${e.value}.${e.key}`)
    .join("_");

function readEdits(text, model, images) {
  return text
    .split("_")
    .filter(part => /^\d{1,2}\.\d{1,6}\.\d{1,3}\.\d{1,9}$/.test(part))
    .map(part => part.split(".").map(Number))
    .filter(([image, after, value]) => image < images && after <= model.d && value < model.levels)
    .map(([image, after, value, key]) => ({ image, after, value, key }));
}

Object.assign(Paint, { title: "Paint", hint: "Watch images being painted, change their past, complete halves" });
Object.defineProperty(Paint, "name", { value: "paint" });
