// @ts-nocheck: no types yet
// The player of Gibbs chains. It asks the server for frames in batches, keeps the film, and lets it be touched:
// play, step by half-steps, scrub, branch with other settings, clamp pixels, ablate units, draw a start.

import { write } from "../shared/controls.js";
import { html, put } from "../shared/html.js";
import { CURVES, drawCorrelogram } from "./correlogram.js";
import { save } from "./draw.js";
import { DrawingPad } from "../shared/drawing_pad.js";
import { bit, Lane } from "./lane.js";
import { Machine, sigmoid } from "./machine.js";
import { FEWEST_CHAINS } from "./mixing.js";
import { controls, HOW_CHANGES, markup, say, urlOf } from "./panel.js";
import { Stage, tileOf } from "./stage.js";
import { Timeline } from "./timeline.js";
import { arithmetic, drawContributions, drawField, FieldSheet, HiddenLayer } from "./units.js";
import { get, post, postForBlob } from "./wire.js";

const LOOK_AGAIN = 500; // ms between two looks at the autocorrelation while the film plays
const COMPARED = 25; // most chains a lane when three samplers run side by side
const TEMPERED = 64; // and in parallel tempering, whose replicas are ten times as many

export function mount(parent, component) {
  return new Player(parent.querySelector(".player"), component);
}

class Player {
  constructor(root, component) {
    this.root = root;
    this.cleanups = [];
    this.update(component);
  }

  // Streamlit has sent data: a new checkpoint starts afresh, anything else is known already
  update({ data, setStateValue }) {
    this.tell = setStateValue;
    const changed = !this.data || data.checkpoint !== this.data.checkpoint || data.version !== this.data.version;
    const came = this.data && data.dataHere && !this.data.dataHere;
    const before = this.state;
    this.data = data;
    if (changed) {
      this.stop();
      this.setup = data;
      this.state = { ...data.state };
      if (before) Object.assign(this.state, keepOver(before, data)); // settings outlive a change of checkpoint
      this.build();
      this.reset();
      this.loadMachine();
      this.changed();
    } else if (came) {
      this.ui?.sync();
      this.reset();
    }
  }

  build() {
    const { root, data } = this;
    put(root, markup(data));
    root.classList.toggle("small", data.small);
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    this.playing = this.state.frame < 0 && !(data.small && matchMedia("(prefers-reduced-motion: reduce)").matches);
    this.loop = false;
    this.t = 0; // the frame shown
    this.half = 1; // 0: v sampled, h not yet updated; 1: h sampled as well
    this.unit = -1; // the picked hidden unit
    this.hoveredUnit = -1;
    this.machine = null;
    this.off = new Set(this.state.off.filter(j => j < data.hidden)); // a link may come from a larger machine
    this.state.off = [...this.off];
    if (this.state.start === "class" && !data.classes.includes(this.state.digit))
      this.state.digit = data.classes[0] ?? "";
    this.easel = data.small ? null : new DrawingPad(this.$("visible"), data, kind => this.painted(kind));
    this.easel?.restore(this.state);
    if (this.easel && this.state.start === "drawing" && !this.state.drawing) this.easel.tool = "draw";
    if (!data.small) {
      this.timeline = new Timeline(this.$("timeline"), data, t => this.seek(t));
      this.hiddenLayer = new HiddenLayer(
        this.$("hidden"),
        j => this.hoverUnit(j),
        j => this.pickUnit(j),
      );
      this.fields = new FieldSheet(
        this.$("fields"),
        data,
        j => this.hoverUnit(j),
        j => this.pickUnit(j),
      );
    }
    this.ui = data.small ? null : controls(this);
    this.last = 0;
    this.clock = 0;
    this.stopped = false;
    this.dirty = true;
    const beat = now => {
      if (this.stopped) return;
      this.tick(now);
      this.raf = requestAnimationFrame(beat);
    };
    this.raf = requestAnimationFrame(beat);
    const observer = new ResizeObserver(() => (this.dirty = true));
    observer.observe(root);
    this.cleanups.push(() => observer.disconnect());
  }

  stop() {
    this.stopped = true;
    cancelAnimationFrame(this.raf);
    this.lanes?.forEach(lane => lane.abort());
    this.cleanups.splice(0).forEach(cleanup => cleanup());
  }

  destroy() {
    this.stop();
  }

  // -- the film ---------------------------------------------------------------------------------

  get comparing() {
    return this.state.sampler === "compare";
  }

  get mostChains() {
    return this.comparing ? COMPARED : this.state.sampler === "pt" ? TEMPERED : Infinity;
  }

  get count() {
    return Math.min(this.state.chains, this.mostChains);
  }

  // chains shall start from a drawing, and none is there
  get waitsForDrawing() {
    return this.state.start === "drawing" && Boolean(this.easel?.empty);
  }

  get tempered() {
    return this.comparing || this.state.sampler === "pt";
  }

  get temperature() {
    return this.tempered ? 1 : this.state.temperature;
  }

  // restart at frame 0
  reset() {
    this.lanes?.forEach(lane => lane.abort());
    const samplers = this.comparing ? ["cd", "gibbs", "pt"] : [this.state.sampler];
    this.lanes = samplers.map(sampler => new Lane(sampler, this.titleOf(sampler), t => this.restarts(sampler, t)));
    this.picked = {
      lane: Math.min(this.picked?.lane ?? 0, this.lanes.length - 1),
      chain: Math.min(Math.max(0, this.state.chain), this.count - 1),
    };
    this.t = 0;
    this.half = 1;
    this.goal = this.state.frame; // a link may ask for a frame further on
    this.state.frame = -1;
    this.buildStages();
    this.complain(null);
    this.ensure();
    this.dirty = true;
  }

  // keep the past, draw the future anew with the settings as they are now
  branch() {
    this.lanes.forEach(lane => lane.truncate(this.t));
    this.lanes.forEach(lane => (lane.title = this.titleOf(lane.sampler)));
    this.loop = false;
    this.complain(null);
    this.ensure();
    this.dirty = true;
    this.changed();
  }

  // what a sampler is, for this model
  titleOf(sampler) {
    const { name, persistent } = this.data.training ?? {};
    const { cd } = this.state;
    if (sampler === "pt") return "Parallel tempering";
    if (sampler === "cd") return `CD-${cd}: restarts every ${cd === 1 ? "step" : `${cd} steps`}`;
    return persistent ? `Gibbs: one long chain, as in ${name}` : "Gibbs: one long chain";
  }

  // CD restarts: what changes there is no change of class (the server restarts at the same frames)
  restarts(sampler, t) {
    return sampler === "cd" && (t * this.state.sweeps) % this.state.cd < this.state.sweeps;
  }

  buildStages() {
    const box = this.$("stages");
    box.replaceChildren();
    this.stages = this.lanes.map((lane, i) => {
      const figure = document.createElement("figure");
      put(figure, html`<canvas data-stage="${lane.sampler}"></canvas><figcaption title="${HOW_CHANGES}"></figcaption>`);
      box.append(figure);
      const stage = new Stage(figure.querySelector("canvas"), this.data, chain => {
        this.picked = { lane: i, chain };
        this.state.chain = chain;
        this.dirty = true;
        this.changed();
      });
      stage.caption = figure.querySelector("figcaption");
      return stage;
    });
    box.dataset.lanes = this.lanes.length;
  }

  get newest() {
    return Math.min(...this.lanes.map(lane => lane.last));
  }

  get oldest() {
    return Math.max(...this.lanes.map(lane => lane.first));
  }

  // ask for frames where the film is about to run out
  ensure() {
    if (this.error || this.stopped || this.waitsForDrawing) return;
    const ahead = Math.max(8, Math.round(this.state.fps * 1.2));
    const wanted = this.goal > this.t ? this.goal : this.playing && !this.loop ? this.t + ahead : this.t + 2;
    for (const lane of this.lanes) if (!lane.busy && lane.last < wanted) this.fetchInto(lane);
  }

  async fetchInto(lane) {
    const first = lane.frames.length ? lane.last + 1 : 0;
    const n = this.count;
    // the first picture soon, then ever longer batches up to about a second, of at most some megabytes
    const size = n * (this.data.width * this.data.height * (this.data.binary ? 1.125 : 2) + this.data.hidden / 8);
    const most = Math.max(2, Math.min(60, Math.floor(6e6 / size)));
    const count = this.goal > 8 ? most : Math.min(most, Math.max(6, this.state.fps), lane.batch);
    const planes = {};
    if (first > 0) {
      const frame = lane.at(lane.last);
      const bytes = Math.ceil(this.data.hidden / 8);
      const tempered = lane.sampler === "pt";
      const data = tempered ? frame.replicas : frame.hidden;
      planes.hidden = { type: "u8", shape: tempered ? [data.length / n / bytes, n, bytes] : [n, bytes], data };
    }
    const d = this.data.width * this.data.height;
    if (this.state.start === "drawing") planes.drawing = { type: "u8", shape: [d], data: this.easel.drawing.slice() };
    if (this.easel?.hasMask) {
      planes.clamp_mask = { type: "u8", shape: [d], data: this.easel.mask.slice() };
      planes.clamp_grey = { type: "u8", shape: [d], data: this.easel.clamped.slice() };
    }
    const header = {
      settings: {
        sampler: lane.sampler,
        temperature: this.temperature,
        sweeps: this.state.sweeps,
        cd_steps: this.state.cd,
        off: [...this.off],
        seed: this.state.seed,
      },
      start: this.state.start,
      class: this.state.digit,
      chains: n,
      first,
      count,
    };
    const request = (lane.busy = { controller: new AbortController(), short: count <= 8, stale: false });
    try {
      const { header: answer, planes: got } = await post(
        url(`${this.data.api}/frames`),
        header,
        planes,
        request.controller.signal,
      );
      if (lane.busy !== request || this.stopped) return;
      lane.busy = null;
      // settings have moved on while it was under way: one frame of it keeps the film going under a dragged slider
      if (!request.stale) {
        lane.append(answer, got, answer.count);
        if (first === 0 && lane === this.lanes[this.picked.lane]) this.pickFirst(lane.at(0));
        lane.batch = 2 * answer.count;
      } else if (this.playing && lane.frames.length) lane.append(answer, got, 1);
      if (this.goal >= 0 && this.newest >= this.goal) {
        this.t = this.goal;
        this.goal = -1;
        this.changed();
      }
      this.dirty = true;
      this.ensure();
    } catch (error) {
      if (lane.busy !== request) return;
      lane.busy = null;
      this.complain(error);
    }
  }

  // the chain that is shown large until another is picked: the one that the probe reads most confidently at frame 0, and
  // among equals (or without a probe) the one of lowest free energy
  pickFirst(frame) {
    if (this.state.chain >= 0 || !frame) return;
    const { confidence, free_energy: energy } = frame;
    const better = (a, b) =>
      confidence && confidence[a] !== confidence[b] ? confidence[a] > confidence[b] : energy[a] < energy[b];
    for (let c = 0; c < this.count; c++) if (better(c, this.picked.chain)) this.picked.chain = c;
  }

  // the page may now send what it has below
  shown() {
    if (!this.told) this.tell("shown", true);
    this.told = true;
  }

  complain(error) {
    this.error = error;
    if (error && !this.data.small) this.shown();
    say(this.$("error"), error);
  }

  async loadMachine() {
    if (this.data.small) return;
    const id = `${this.data.checkpoint}:${this.data.version}`;
    try {
      const { planes } = await get(url(`${this.data.api}/weights?v=${this.data.version}`));
      if (this.stopped || id !== `${this.data.checkpoint}:${this.data.version}`) return;
      this.machine = new Machine(id, planes);
      this.orders = Object.fromEntries(["use", "norm", "index"].map(by => [by, this.machine.order(by)]));
      if (this.unit < 0) this.unit = this.orders.use[0];
      this.dirty = true;
    } catch (error) {
      this.complain(error);
    }
  }

  // -- moving through it ------------------------------------------------------------------------

  tick(now) {
    const step = 1000 / this.state.fps;
    if (this.playing && !(this.goal >= 0)) {
      this.clock = Math.min(this.clock + Math.min(now - this.last, 200), step * 3);
      while (this.clock >= step) {
        this.clock -= step;
        if (!this.advance()) {
          this.clock = 0;
          break;
        }
      }
    }
    this.last = now;
    if (this.dirty) {
      this.dirty = false;
      this.draw();
    }
  }

  advance() {
    if (this.t < this.newest) {
      this.t += 1;
      this.half = 1;
    } else if (this.loop) {
      this.t = this.oldest;
    } else {
      this.ensure();
      return false;
    }
    if (this.t < this.oldest) this.t = this.oldest;
    this.dirty = true;
    this.ensure();
    return true;
  }

  play(on = !this.playing) {
    this.playing = on;
    this.clock = 0;
    this.half = 1;
    this.dirty = true;
    this.ensure();
    this.changed();
  }

  // one half-step: v given h, then h given v
  halfStep(by) {
    const at = Math.max(2 * this.oldest + 1, Math.min(2 * this.newest + 1, 2 * this.t + this.half + by));
    if (this.playing) this.play(false);
    this.t = at >> 1;
    this.half = at & 1;
    this.dirty = true;
    this.ensure();
    this.changed();
  }

  seek(t) {
    if (this.newest < 0) return;
    this.playing = false;
    this.t = Math.max(this.oldest, Math.min(this.newest, t));
    this.half = 1;
    this.dirty = true;
    this.ensure();
    this.changed();
  }

  set(name, value, how = "branch") {
    if (this.state[name] === value) return;
    this.state[name] = value;
    if (how === "branch") this.branch();
    if (how === "reset") this.reset();
    this.dirty = true;
    this.changed();
  }

  // -- touching it ------------------------------------------------------------------------------

  painted(kind) {
    this.dirty = true;
    const now = performance.now();
    clearTimeout(this.later);
    // while the pen moves, a new future a few times a second
    const wait = Math.max(0, 120 - (now - (this.paintedAt ?? 0)));
    this.later = setTimeout(() => {
      this.paintedAt = performance.now();
      if (kind === "drawing") {
        this.state.start = "drawing";
        this.reset();
        this.changed();
      } else {
        this.branch();
      }
    }, wait);
    this.ui?.sync();
  }

  hoverUnit(j) {
    this.hoveredUnit = j;
    this.dirty = true;
  }

  pickUnit(j) {
    if (j < 0) return;
    this.unit = j;
    this.dirty = true;
  }

  pickChain(by) {
    this.picked.chain = (this.picked.chain + by + this.count) % this.count;
    this.state.chain = this.picked.chain;
    this.dirty = true;
    this.changed();
  }

  // the picked chain's visible layer as it is shown, or null before the first frame
  currentGrey() {
    const frame = this.lanes[this.picked.lane].at(this.t);
    if (!frame) return null;
    return tileOf(
      frame,
      this.picked.chain,
      this.state.view,
      this.data,
      new Uint8Array(this.data.width * this.data.height),
    );
  }

  switchUnits(units, off) {
    for (const j of units) off ? this.off.add(j) : this.off.delete(j);
    this.state.off = [...this.off].sort((a, b) => a - b);
    this.branch();
  }

  // -- drawing it -------------------------------------------------------------------------------

  draw() {
    const { data, state, lanes } = this;
    const width = this.root.clientWidth;
    if (!width) return;
    const n = this.count;
    const colours = this.colours();
    const stageWidth = this.$("stages").clientWidth;
    const many = lanes.length;
    const columns = many > 1 && stageWidth > 560 ? many : 1;
    const each = (stageWidth - 12 * (columns - 1)) / columns;
    // the transport below stays in sight on a projector's screen
    const room = Math.max(280, window.innerHeight - 430);
    const tall = data.small ? Math.min(each * 0.36, 300) : Math.min(room, many > 1 ? Math.min(each, 360) : each * 0.92);
    lanes.forEach((lane, i) => {
      const frame = lane.at(this.t);
      const picked = !data.small && this.picked.lane === i ? this.picked.chain : -1;
      this.stages[i].draw(frame, n, state.view, picked, each, tall);
      write(this.stages[i].caption, data.small ? "" : this.captionOf(lane, n));
    });
    if (data.small) return;
    this.drawMixing(colours);
    const lane = lanes[this.picked.lane];
    const frame = lane.at(this.t);
    const chain = this.picked.chain;
    // before a frame is there, and under the pen, the clamped pixels' values are known all the same
    const clamped = !frame || this.easel.tool !== "look";
    this.easel.draw(this.currentGrey(), Math.min(330, this.$("visible").closest(".easel").clientWidth), clamped);
    this.drawUnits(lane, frame, chain);
    this.timeline.draw(lanes, n, this.t, this.picked, this.$("timeline").parentElement.clientWidth, colours);
    this.ui.show(lane, frame, chain);
    if (frame || this.waitsForDrawing) this.shown();
  }

  // the autocorrelation of each lane; while the film plays not at every frame
  drawMixing(colours) {
    const { lanes, state, data } = this,
      n = this.count,
      canvas = this.$("mixing");
    const width = canvas.parentElement.clientWidth,
      now = performance.now();
    const key = `${lanes.map(lane => `${lane.sampler} ${lane.since}`)} ${n} ${state.sweeps} ${state.cd} ${width} ${colours.text}`;
    if (key === this.mixingKey && (this.t === this.mixingAt || (this.playing && now - this.mixingSeen < LOOK_AGAIN)))
      return;
    Object.assign(this, { mixingKey: key, mixingAt: this.t, mixingSeen: now });
    const found = lanes.map(lane => ({ sampler: lane.sampler, ...lane.mixing(this.t, n, data.hidden, state.sweeps) }));
    drawCorrelogram(canvas, found, state.sweeps, width, colours);
    put(
      this.$("mixing-says"),
      found.map(
        lane =>
          html`<span><i style="background:${CURVES[lane.sampler]}"></i>${mixingWords(lane, n, state.cd, lanes.length > 1)}</span>`,
      ),
    );
  }

  captionOf(lane, n) {
    const changes = lane.totalChanges(this.t);
    const frame = lane.at(this.t);
    if (!frame) return lane.busy ? "computing the first frame …" : "";
    const parts = [lane.title];
    if (changes !== null) {
      const sweeps = this.t * this.state.sweeps * n;
      parts.push(`${changes.toLocaleString("en")} class change${changes === 1 ? "" : "s"} (linear probe)`);
      if (sweeps > 0) parts.push(`${((1000 * changes) / sweeps).toFixed(1)} per chain in 1,000 steps`);
    }
    return parts.join(" · ");
  }

  drawUnits(lane, frame, chain) {
    const { machine, data } = this;
    if (!machine) return;
    const order = this.orders[this.ui.order];
    let x = null,
      v = null,
      values = null,
      drawn = null;
    if (frame) {
      const sample = tileOf(frame, chain, "sample", data, new Uint8Array(data.width * data.height));
      v = machine.drive(sample);
      x = machine.hiddenInput(v);
      // before its half-step the hidden layer is that of the frame before
      const source = this.half === 1 ? frame : lane.at(this.t - 1);
      if (source) {
        const bits = Float32Array.from({ length: data.hidden }, (_, j) => bit(source.hidden, chain, data.hidden, j));
        drawn = bits;
        values =
          this.state.view === "mean" && this.half === 1
            ? x.map((xj, j) => (this.off.has(j) ? 0 : sigmoid(xj / this.temperature)))
            : bits;
      }
    }
    const width = this.$("hidden").parentElement.clientWidth;
    this.hiddenLayer.draw(values, order, this.off, this.unit, Math.min(width, 360));
    const j = this.hoveredUnit >= 0 ? this.hoveredUnit : this.unit;
    const size = Math.min(116, (this.$("unit").clientWidth - 12) / 2);
    if (j >= 0) {
      const top = drawField(this.$("field"), machine, j, data, size);
      drawContributions(this.$("parts"), machine, j, v, data, size, top);
      this.ui.unit(j, x ? arithmetic(machine, j, x, this.temperature, drawn ? drawn[j] : null, this.off.has(j)) : null);
    }
    const details = this.$("sheet");
    const fieldsWidth = this.$("fields").parentElement.clientWidth - 14;
    if (details.open && fieldsWidth > 40)
      this.fields.draw(machine, order, fieldsWidth, {
        off: this.off,
        picked: this.unit,
        hovered: this.hoveredUnit,
        on: this.ui.markOn && drawn ? unit => drawn[unit] === 1 : null,
      });
  }

  colours() {
    const style = getComputedStyle(this.root);
    const read = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
    return {
      text: read("--st-text-color", "#1b222c"),
      panel: read("--st-secondary-background-color", "#f3f5f8"),
      page: read("--st-background-color", "#ffffff"),
      line: read("--st-text-color", "#1b222c"),
      accent: read("--st-primary-color", "#0b6bcb"),
    };
  }

  // -- what leaves the page ---------------------------------------------------------------------

  // put the state into the address, not more often than browsers like
  changed() {
    this.ui?.sync();
    if (this.data.small) return;
    clearTimeout(this.writing);
    this.writing = setTimeout(() => {
      if (this.stopped) return;
      const frame = this.playing ? -1 : this.goal >= 0 ? this.goal : this.t;
      history.replaceState(
        history.state,
        "",
        urlOf(this.data.checkpoint, { ...this.state, ...this.easel.urlParams(this.state.start), frame }),
      );
    }, 250);
  }

  savePng() {
    const lane = this.picked.lane;
    if (!this.lanes[lane].at(this.t)) return;
    this.stages[lane].canvas.toBlob(blob => save(blob, `${this.data.checkpoint}-frame-${this.t}.png`));
  }

  // the film up to here, at most 120 frames, framed by class
  async saveGif() {
    const lane = this.lanes[this.picked.lane];
    if (!lane.at(this.t)) return;
    const n = Math.min(this.count, 64);
    const d = this.data.width * this.data.height;
    const first = Math.max(lane.first, this.t - 119);
    const frames = this.t - first + 1;
    const tiles = new Uint8Array(frames * n * d);
    const classes = new Uint8Array(frames * n).fill(255);
    const tile = new Uint8Array(d);
    for (let f = 0; f < frames; f++) {
      const frame = lane.at(first + f);
      for (let c = 0; c < n; c++) {
        tiles.set(tileOf(frame, c, this.state.view, this.data, tile), (f * n + c) * d);
        if (frame.class) classes[f * n + c] = frame.class[c] % this.data.colours.length;
      }
    }
    const columns = Math.ceil(Math.sqrt(n));
    const header = {
      width: this.data.width,
      height: this.data.height,
      columns,
      fps: this.state.fps,
      colours: this.data.colours,
    };
    try {
      const blob = await postForBlob(url("./api/gif"), header, {
        tiles: { type: "u8", shape: [frames, n, d], data: tiles },
        classes: { type: "u8", shape: [frames, n], data: classes },
      });
      save(blob, `${this.data.checkpoint}-frames-${first}-${this.t}.gif`);
    } catch (error) {
      this.complain(error);
    }
  }
}

const NAMES = { gibbs: "Gibbs", cd: "CD", pt: "tempering" };

function mixingWords({ sampler, rho, time, closed }, chains, k, many) {
  const name = many ? `${NAMES[sampler]} ` : "";
  if (chains < FEWEST_CHAINS) return `${name}needs at least ${FEWEST_CHAINS} chains`;
  if (!rho) return `${name}${sampler === "cd" && k < 2 ? "restarts at every step" : "film too short"}`;
  if (sampler === "cd") return `${name}restarts every ${k} steps`;
  const steps = time < 10 ? time.toFixed(1) : Math.round(time).toLocaleString("en");
  return closed ? `${name}τ ≈ ${steps} Gibbs steps` : `${name}τ > ${steps} Gibbs steps (film too short)`;
}

// which settings stay when another checkpoint is chosen: those that mean the same there
function keepOver(before, data) {
  const kept = {};
  for (const name of ["chains", "seed", "sampler", "cd", "temperature", "sweeps", "fps", "view"])
    kept[name] = before[name];
  kept.start = before.start === "class" && !data.classes.includes(before.digit) ? "model" : before.start;
  if (kept.start === "drawing" || (!data.dataHere && (kept.start === "class" || kept.start === "test")))
    kept.start = "model";
  kept.digit = data.classes.includes(before.digit) ? before.digit : "";
  kept.off = [];
  kept.drawing = kept.held = "";
  kept.frame = -1;
  return kept;
}

function url(path) {
  return new URL(path, document.baseURI).href;
}
