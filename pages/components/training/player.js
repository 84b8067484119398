// @ts-nocheck: no types yet
// The player of trainings: looks at its runs while they work, draws their curves, and plays what the models could do
// after each epoch.

import { icon, write } from "../shared/controls.js";
import { html, put, refresh } from "../shared/html.js";
import { Head, markup } from "./panel.js";
import { nearest, number, Plot, smooth } from "./plot.js";
import { Run } from "./run.js";
import { drawTile, Sheet, Strip, sheetOf } from "./sheets.js";

const AHEAD = 10; // pictures fetched before they are played
const WAIT = 1500; // ms for which the film waits for a picture
const RATE = {
  name: "lr",
  title: "Learning rate",
  unit: "",
  better: "",
  about: "The step width of every update, after its schedule and what was set by hand.",
};

export function mount(parent, component) {
  return new Player(parent.querySelector(".player"), component);
}

class Player {
  constructor(root, component) {
    this.root = root;
    this.cleanups = [];
    this.runs = [];
    this.heads = [];
    put(root, markup());
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    const link = new URLSearchParams(location.search);
    this.choices = {
      curve: link.get("curve") ?? "",
      sheet: link.get("sheet") ?? "",
      x: "linear",
      y: "all",
      unit: "epoch",
    };
    this.fps = 8;
    this.smooth = false;
    this.linked = Number(link.get("epoch") ?? NaN);
    this.at = null; // the place on the film, in epochs or shares; null follows the newest
    this.playing = false;
    this.picked = -1; // the tile that is shown large
    this.plot = new Plot(
      this.$("plot"),
      this.$("tip"),
      x => this.seek(x),
      () => (this.dirty = true),
    );
    this.$("plot").addEventListener("pointerup", () => this.remember());
    this.listen();
    this.update(component);
    this.clock = this.last = 0;
    const beat = now => {
      if (this.stopped) return;
      this.tick(now);
      this.raf = requestAnimationFrame(beat);
    };
    this.raf = requestAnimationFrame(beat);
    const observer = new ResizeObserver(() => (this.dirty = true));
    observer.observe(root);
    this.cleanups.push(() => observer.disconnect());
    const woken = () => document.hidden || this.runs.forEach(run => run.look());
    document.addEventListener("visibilitychange", woken);
    this.cleanups.push(() => document.removeEventListener("visibilitychange", woken));
    // the theme can change without any message
    this.theme = setInterval(() => (this.dirty = true), 1000);
    this.cleanups.push(() => clearInterval(this.theme));
  }

  // Streamlit has sent data: other runs, or the page has run again
  update({ data, setStateValue }) {
    if (JSON.stringify(data.states) !== JSON.stringify(this.data?.states)) this.told = "";
    this.data = data;
    this.tell = setStateValue;
    this.known = { ...data.states };
    const same = data.runs.length === this.runs.length && data.runs.every((id, i) => id === this.runs[i].id);
    if (same) {
      this.runs.forEach(run => run.look()); // it may have begun anew
      return;
    }
    const before = new Map(this.runs.map(run => [run.id, run]));
    this.runs = data.runs.map(
      id =>
        before.get(id) ??
        new Run(
          id,
          data.api,
          run => this.heard(run),
          () => this.sync(),
        ),
    );
    for (const [id, run] of before) if (!data.runs.includes(id)) run.close();
    this.build();
  }

  build() {
    const many = this.runs.length > 1;
    this.root.classList.toggle("many", many);
    this.at = this.linked >= 0 ? this.linked : null; // a link goes to where it was
    this.linked = NaN;
    this.playing = false;
    this.picked = -1;
    const heads = this.$("heads"),
      stages = this.$("stages");
    heads.replaceChildren();
    stages.replaceChildren();
    this.heads = this.runs.map((run, i) => new Head(run, many ? this.data.colours[i] : "", many));
    this.heads.forEach(head => heads.append(head.element));
    this.stages = this.runs.map((run, i) => {
      const figure = document.createElement("figure");
      put(
        figure,
        html`<figcaption></figcaption><canvas data-stage="${run.id}" role="img" aria-label="What the model makes"></canvas>`,
      );
      stages.append(figure);
      const sheet = new Sheet(figure.querySelector("canvas"), k => this.pick(k === this.picked ? -1 : k));
      sheet.caption = figure.querySelector("figcaption");
      sheet.colour = many ? this.data.colours[i] : "";
      return sheet;
    });
    this.$("unit").hidden = !many;
    if (!many) this.choices.unit = "epoch";
    this.legendKey = this.grownKey = "";
    this.sync();
  }

  destroy() {
    this.stopped = true;
    clearTimeout(this.writing);
    cancelAnimationFrame(this.raf);
    this.runs.forEach(run => run.close());
    this.cleanups.splice(0).forEach(cleanup => cleanup());
  }

  // a run has answered
  heard(run) {
    if (this.stopped) return;
    if (run.state && !run.offline && this.known[run.id] !== run.state) {
      this.known[run.id] = run.state;
      const states = Object.fromEntries(this.runs.filter(r => r.state).map(r => [r.id, r.state]));
      const text = JSON.stringify(states);
      if (text !== this.told) this.tell("changed", states); // never twice the same: the page would run in a circle
      this.told = text;
    }
    this.sync();
  }

  // -- what there is ----------------------------------------------------------------------------

  get metrics() {
    const found = new Map();
    for (const run of this.runs)
      for (const metric of run.now?.metrics ?? []) if (!found.has(metric.name)) found.set(metric.name, metric);
    if (this.runs.some(run => run.curve.length || run.history.length)) found.set("lr", RATE);
    return [...found.values()];
  }

  get metric() {
    const all = this.metrics;
    const chosen = all.find(metric => metric.name === this.choices.curve);
    if (chosen) return chosen;
    // a curve that says how good the model is tells more than the loss, once there is one; best one that all have
    const has = metric => this.runs.filter(run => run.line(metric.name, "held")[0].length > 1).length;
    const telling = all.filter(metric => metric.better && has(metric));
    const first = telling.find(metric => has(metric) === this.runs.length) ?? telling[0];
    return first ?? all[0];
  }

  get sheetNames() {
    const found = new Map();
    for (const run of this.runs) {
      const any = run.pictures.values().next().value;
      for (const sheet of any?.sheets ?? []) if (!found.has(sheet.name)) found.set(sheet.name, sheet);
    }
    return [...found.values()];
  }

  get sheetName() {
    const names = this.sheetNames;
    return (names.find(sheet => sheet.name === this.choices.sheet) ?? names[0])?.name ?? "";
  }

  get sharing() {
    return this.choices.unit === "share";
  }

  place(run, epoch) {
    return this.sharing ? epoch / Math.max(1, run.now?.total_epochs || 1) : epoch;
  }

  epochOf(run, at) {
    return this.sharing ? at * Math.max(1, run.now?.total_epochs || 1) : at;
  }

  // places where the film can stand
  stops() {
    const key = this.runs.map(run => `${run.version} ${run.epochs.length}`).join() + this.choices.unit;
    if (key === this.stopsKey) return this.stopsFound;
    const pictured = this.runs.some(run => run.epochs.length);
    const found = new Set();
    for (const run of this.runs) {
      const epochs = pictured ? run.epochs : run.history.map(line => line.epoch);
      for (const epoch of epochs) found.add(Math.round(1e6 * this.place(run, epoch)) / 1e6);
    }
    this.stopsKey = key;
    return (this.stopsFound = [...found].sort((a, b) => a - b));
  }

  // where the film stands: the index of a stop
  get index() {
    const stops = this.stops();
    return this.at === null ? stops.length - 1 : nearest(stops, this.at);
  }

  get working() {
    return this.runs.some(run => run.live || run.state === "queued");
  }

  // -- moving through it ------------------------------------------------------------------------

  tick(now) {
    const step = 1000 / this.fps;
    if (this.playing) {
      this.clock = Math.min(this.clock + Math.min(now - this.last, 200), step * 2);
      while (this.clock >= step) {
        if (!this.ready(this.index + 1) && now - this.moved < WAIT) break;
        this.clock -= step;
        this.moved = now;
        if (!this.step(1)) {
          this.playing = false;
          this.clock = 0;
          this.sync();
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

  // whether the pictures of a stop are here
  ready(index) {
    const at = this.stops()[index];
    if (at === undefined) return true;
    return this.runs.every(run => {
      const epoch = run.shown(this.epochOf(run, at));
      return epoch === null || run.pictures.has(epoch) || run.missing.has(epoch);
    });
  }

  step(by) {
    const stops = this.stops();
    const index = Math.max(0, Math.min(stops.length - 1, this.index + by));
    if (!stops.length || (by > 0 && index === this.index)) return false;
    this.at = index === stops.length - 1 && this.working ? null : stops[index];
    this.dirty = true;
    return true;
  }

  seek(at) {
    const stops = this.stops();
    if (!stops.length) return;
    this.playing = false;
    const index = nearest(stops, at);
    this.at = index === stops.length - 1 && this.working ? null : stops[index];
    this.sync();
  }

  go(by) {
    this.playing = false;
    this.step(by);
    this.sync();
  }

  play() {
    const stops = this.stops();
    if (stops.length < 2) return;
    this.playing = !this.playing;
    if (this.playing && this.index >= stops.length - 1) this.at = stops[0];
    this.clock = 0;
    this.moved = performance.now();
    this.sync();
  }

  follow() {
    this.at = null;
    this.playing = false;
    this.sync();
  }

  pick(k) {
    this.picked = k;
    this.grownKey = "";
    this.sync();
    if (k >= 0) requestAnimationFrame(() => this.$("grown").scrollIntoView({ block: "nearest", behavior: "smooth" }));
  }

  pickNext(by) {
    const n = Math.max(0, ...this.shownSheets().map(sheet => sheet?.n ?? 0));
    if (n && this.picked >= 0) this.pick((this.picked + by + n) % n);
  }

  choose(name, value) {
    if (name === "unit" && value !== this.choices.unit) {
      const run = this.runs[0];
      const epoch = this.at === null ? null : this.epochOf(run, this.at);
      this.choices.unit = value;
      this.at = epoch === null ? null : this.place(run, epoch);
    }
    if (name === "sheet" && value !== this.sheetName) this.picked = -1;
    this.choices[name] = value;
    this.sync();
  }

  // put what is shown into the address, not more often than browsers like
  remember() {
    clearTimeout(this.writing);
    this.writing = setTimeout(() => {
      const query = new URLSearchParams(location.search);
      const at = this.playing || this.sharing || this.index === this.stops().length - 1 ? "" : this.stops()[this.index];
      for (const [name, value] of [
        ["curve", this.choices.curve],
        ["sheet", this.choices.sheet],
        ["epoch", at ?? ""],
      ])
        if (value === "") query.delete(name);
        else query.set(name, value);
      const text = query.toString().replaceAll("%2C", ",");
      history.replaceState(history.state, "", text ? `${location.pathname}?${text}` : location.pathname);
    }, 300);
  }

  // -- hands ------------------------------------------------------------------------------------

  listen() {
    const { root } = this;
    const actions = {
      play: () => this.play(),
      back: () => this.go(-1),
      forward: () => this.go(1),
      live: () => this.follow(),
      smooth: () => {
        this.smooth = !this.smooth;
        this.sync();
      },
      before: () => this.pickNext(-1),
      after: () => this.pickNext(1),
      close: () => this.pick(-1),
    };
    // what was pressed with the pointer gives the keyboard back to the player; what was reached by Tab keeps it
    let byKeys = false;
    root.onpointerenter = root.onfocus = () => {
      this.touched = true;
      this.dirty = true;
    };
    root.onkeydown = () => void (byKeys = true);
    root.onpointerdown = () => void (byKeys = false);
    root.onclick = event => {
      const pressed = event.target.closest("button");
      if (!pressed) return;
      const run = this.runs.find(({ id }) => id === pressed.dataset.run);
      if (run && pressed.type !== "submit") run.act({ do: pressed.dataset.do });
      else actions[pressed.dataset.do]?.();
      if (pressed.dataset.choice) this.choose(pressed.dataset.choice, pressed.value);
      this.remember();
      if (!byKeys) root.focus({ preventScroll: true });
    };
    root.oninput = event => {
      if (event.target === this.$("scrub")) {
        this.seek(this.stops()[Number(event.target.value)]);
        this.remember();
      }
      if (event.target.dataset.slide === "fps") {
        this.fps = Number(event.target.value);
        this.sync();
      }
    };
    root.onchange = event => {
      if (!byKeys && event.target.matches("input[type=range]") && !event.target.closest("form"))
        root.focus({ preventScroll: true });
    };
    const keys = event => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const [target] = event.composedPath();
      // other parts of the page have keys of their own
      if (
        !event.composedPath().includes(root) &&
        !target.matches?.("body, html, [data-testid=stMain], [data-testid=stApp]")
      )
        return;
      const own = target.closest?.("input, select, textarea, button, summary, a");
      if (
        own &&
        (own.type === "number" || ["Enter", " ", "ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key))
      )
        return;
      const does = {
        " ": actions.play,
        ArrowLeft: () => this.go(event.shiftKey ? -10 : -1),
        ArrowRight: () => this.go(event.shiftKey ? 10 : 1),
        Home: () => this.seek(this.stops()[0]),
        End: actions.live,
        "[": () => (this.fps = Math.max(1, Math.round(this.fps * 0.7))),
        "]": () => (this.fps = Math.min(30, Math.ceil(this.fps * 1.4))),
        ",": actions.before,
        ".": actions.after,
        Escape: this.picked >= 0 && actions.close,
      }[event.key];
      if (!does) return;
      event.preventDefault();
      event.stopPropagation();
      this.touched = true;
      does();
      this.sync();
      this.remember();
    };
    window.addEventListener("keydown", keys, true);
    this.cleanups.push(() => window.removeEventListener("keydown", keys, true));
  }

  // -- what follows from the state --------------------------------------------------------------

  sync() {
    const { runs, $, root } = this;
    this.dirty = true;
    this.heads.forEach(head => head.show());
    const offline = runs.some(run => run.offline);
    $("offline").hidden = !offline;
    if (offline)
      write(
        $("offline"),
        "The server does not answer. A training goes on without it; this page looks again every few seconds.",
      );
    const metrics = this.metrics,
      metric = this.metric;
    const any = runs.some(run => run.history.length || run.curve.length);
    const hopeful = runs.some(run => run.now && run.now.kind === "train" && (run.live || run.state === "queued"));
    $("watch").hidden = !any && !hopeful;
    $("transport").hidden = $("watch").hidden || this.stops().length < 2;
    this.chips($("curves"), "curve", metrics);
    const hint = { higher: "Higher is better. ", lower: "Lower is better. " }[metric?.better] ?? "";
    write($("about"), `${hint}${metric?.about ?? ""}`);
    const names = this.sheetNames;
    this.chips($("sheets"), "sheet", names);
    const pictured = runs.some(run => run.epochs.length);
    $("made").hidden = !pictured && !hopeful;
    $("watch").classList.toggle("alone", $("made").hidden);
    const about = names.find(sheet => sheet.name === this.sheetName)?.about;
    write(
      $("sheet-about"),
      about ?? (pictured ? "" : "What the model can do, after its first epoch and then as it learns."),
    );
    for (const b of root.querySelectorAll("[data-choice]")) {
      const chosen = { ...this.choices, curve: metric?.name, sheet: this.sheetName }[b.dataset.choice];
      b.setAttribute("aria-pressed", chosen === b.value);
    }
    const main = root.querySelector('[data-do="play"]');
    const shown = this.playing ? "pause" : "play";
    if (main.dataset.shown !== shown) {
      put(main, icon(shown));
      main.dataset.shown = shown;
    }
    root.querySelector('[data-do="smooth"]').setAttribute("aria-pressed", this.smooth);
    const live = root.querySelector('[data-do="live"]');
    live.hidden = !this.working;
    live.setAttribute("aria-pressed", this.at === null);
    const slide = root.querySelector('[data-slide="fps"]');
    slide.value = this.fps;
    write(root.querySelector('[data-out="fps"]'), `${this.fps}/s`);
    $("grown").hidden = this.picked < 0;
  }

  chips(box, name, options) {
    refresh(
      box,
      options.map(
        ({ name: value, title, unit }) =>
          html`<button type="button" class="chip" data-choice="${name}" value="${value}" ${unit ? html`title="in ${unit}"` : ""}>${title}</button>`,
      ),
    );
  }

  // -- drawing it -------------------------------------------------------------------------------

  draw() {
    const { $ } = this;
    if (!this.root.clientWidth || $("watch").hidden) return;
    const colours = this.colours();
    const stops = this.stops(),
      index = this.index;
    const scrub = $("scrub");
    scrub.max = Math.max(0, stops.length - 1);
    scrub.value = Math.max(0, index);
    const at = stops.length ? stops[Math.max(0, index)] : null;
    const text =
      at === null
        ? ""
        : this.sharing
          ? `${number(100 * at, 0)}% of the training`
          : `epoch ${number(at)}${this.total ? ` of ${number(this.total)}` : ""}`;
    write($("frame"), text);
    scrub.setAttribute("aria-valuetext", text);
    this.fetch(at, index);
    this.drawPlot(at, colours);
    this.drawSheets(at, colours);
    if (this.picked >= 0) this.drawGrown(at, colours);
  }

  get total() {
    return Math.max(0, ...this.runs.map(run => run.now?.total_epochs ?? 0));
  }

  // what to have at hand, the most urgent first
  fetch(at, index) {
    const stops = this.stops();
    for (const run of this.runs) {
      if (!run.epochs.length || at === null) continue;
      const wanted = new Set([run.shown(this.epochOf(run, at))]);
      const ahead = (from, to, by) => {
        for (let i = from; i !== to && stops[i] !== undefined; i += by)
          wanted.add(run.shown(this.epochOf(run, stops[i])));
      };
      if (this.playing) ahead(index + 1, index + 1 + AHEAD, 1);
      if (this.picked >= 0) for (const epoch of this.stripOf(run).chosen) wanted.add(epoch);
      ahead(index + 1, index + 4, 1);
      ahead(index - 1, index - 4, -1);
      if (this.touched) for (const epoch of run.epochs) wanted.add(epoch); // who only looks in needs no whole film
      wanted.delete(null);
      run.want([...wanted]);
    }
  }

  nameOf(run) {
    return this.data.names[run.id] ?? run.now?.title ?? run.id;
  }

  colourOf(i, colours) {
    return this.runs.length > 1 ? this.data.colours[i] : colours.accent;
  }

  drawPlot(at, colours) {
    const { $, runs, choices } = this;
    const metric = this.metric;
    const many = runs.length > 1;
    const lines = [],
      legend = [],
      marks = [];
    let high = 0;
    runs.forEach((run, i) => {
      if (!run.now || !metric) return;
      const colour = this.colourOf(i, colours);
      const mapped = which => {
        const [xs, ys] = run.line(metric.name, which);
        return [this.sharing ? xs.map(x => this.place(run, x)) : xs, ys];
      };
      const parts = [];
      const add = (which, label, how) => {
        let [xs, ys] = mapped(which);
        if (!xs.length) return;
        high = Math.max(high, xs.at(-1));
        if (how.faint && this.smooth) return;
        const raw = ys;
        const smoothed = this.smooth && ys.length > 4;
        if (smoothed) {
          ys = smooth(raw);
          lines.push({ xs, ys: raw, colour, faint: true });
        }
        lines.push({
          xs,
          ys,
          colour,
          label: many ? `${label ? `${label} · ` : ""}${this.nameOf(run)}` : label,
          ...how,
        });
        parts.push({ label, colour, ...how, xs, ys });
      };
      if (metric.name === "loss" || metric.name === "lr") {
        add("within", "within the epoch", { faint: metric.name === "loss" });
        if (metric.name === "loss" || !run.curve.length)
          add("held", metric.name === "lr" ? "" : "mean of the epoch", {});
      } else {
        add("train", "training examples", {});
        add("held", "held-out examples", { dash: true });
      }
      legend.push({ run, colour, parts });
      for (const [epoch, lr] of run.changes)
        marks.push({ x: this.place(run, epoch), text: `lr ${number(lr)}`, colour: many ? colour : null });
    });
    if (metric?.name !== "lr") marks.splice(many ? 0 : 6);
    // a training under way shows how far it is to go, unless that squeezes what there is
    const whole = this.sharing ? 1 : this.total;
    if (this.working && whole && high > whole / 4) high = whole;
    const box = $("plot-box");
    const width = box.clientWidth;
    const room = Math.max(300, window.innerHeight - 430); // the transport below stays in sight on a projector's screen
    const height = Math.round(Math.max(220, Math.min(many ? 320 : 430, width * 0.76, room)));
    this.plot.draw(
      {
        lines,
        marks,
        cursor: at,
        x: {
          high: high || 1,
          log: choices.x === "log",
          title: this.sharing ? "share of the training" : "epochs",
          share: this.sharing,
          name: x => (this.sharing ? `${number(100 * x, 1)}% of the training` : `epoch ${number(x, x < 100 ? 1 : 0)}`),
        },
        y: choices.y,
        unit: metric?.unit ?? "",
        empty: this.working ? "The curve begins with the first steps" : "No curve was kept",
      },
      width,
      height,
      colours,
    );
    this.legend(legend, this.at === null ? Infinity : at, many);
  }

  legend(entries, at, many) {
    const box = this.$("legend");
    const key = JSON.stringify(
      entries.map(({ run, colour, parts }) => [
        run.id,
        this.nameOf(run),
        colour,
        parts.map(p => [p.label, p.dash, p.faint]),
      ]),
    );
    if (key !== this.legendKey) {
      this.legendKey = key;
      put(
        box,
        entries.map(({ run, parts, colour }) => {
          const shown = parts.map(
            p =>
              html`<span class="entry"><i class="key${p.dash ? " dashed" : ""}${p.faint ? " faint" : ""}" style="border-color:${colour}"></i>${p.label} <output></output></span>`,
          );
          const none = many ? html`<span class="muted">has no such curve</span>` : "";
          return html`<div class="row">${many ? html`<b title="${run.now.title}">${this.nameOf(run)}</b>` : ""}${shown.length ? shown : none}</div>`;
        }),
      );
    }
    const outputs = box.querySelectorAll("output");
    let i = 0;
    for (const { parts } of entries)
      for (const { xs, ys } of parts) {
        const near = at === null ? -1 : nearest(xs, at);
        write(outputs[i++], near < 0 ? "" : this.plot.text(ys[near]));
      }
  }

  shownSheets() {
    const name = this.sheetName;
    const stops = this.stops();
    const at = stops[Math.max(0, this.index)];
    return this.runs.map(run => {
      if (at === undefined) return null;
      const epoch = run.shown(this.epochOf(run, at));
      return epoch === null ? null : sheetOf(run.near(epoch), name);
    });
  }

  drawSheets(at, colours) {
    const box = this.$("stages");
    const width = box.clientWidth;
    if (!width) return;
    const n = this.runs.length;
    const columns = n === 1 ? 1 : width < 520 ? 1 : width < 860 ? Math.min(2, n) : n;
    box.style.setProperty("--columns", columns);
    const each = Math.floor((width - 14 * (columns - 1)) / columns);
    const room = Math.max(360, window.innerHeight - 370);
    const height = Math.round(n === 1 ? Math.min(500, each * 0.9, room) : Math.min(400, each));
    const sheets = this.shownSheets();
    this.stages.forEach((stage, i) => {
      const run = this.runs[i],
        sheet = sheets[i];
      const waiting =
        !run.now || sheet || run.epochs.length
          ? ""
          : run.live || run.state === "queued"
            ? "No pictures yet"
            : "No pictures were taken";
      stage.draw(sheet, this.picked, each, height, colours, waiting);
      const when = sheet ? `after epoch ${number(sheet.epoch)}` : "";
      write(stage.caption, n > 1 ? `${sheet ? `epoch ${number(sheet.epoch)} · ` : ""}${this.nameOf(run)}` : when);
      stage.caption.style.borderColor = stage.colour || "transparent";
    });
  }

  stripOf(run) {
    const width = Math.max(80, this.$("grown").clientWidth - 30 - this.largeSize - 16);
    return { width, ...Strip.choose(run.epochs, width, this.runs.length > 1 ? 1 : 2) };
  }

  get largeSize() {
    return this.$("grown").clientWidth < 520 ? 96 : this.runs.length > 1 ? 108 : 190;
  }

  drawGrown(at, colours) {
    const { $ } = this;
    const name = this.sheetName;
    const about = this.sheetNames.find(sheet => sheet.name === name);
    const sheets = this.shownSheets();
    const n = Math.max(0, ...sheets.map(sheet => sheet?.n ?? 0));
    write($("grown-title"), `${about?.title ?? ""}: number ${this.picked + 1} of ${n}`);
    write($("grown-at"), this.$("frame").textContent);
    const key = this.runs.map(run => run.id).join();
    if (this.grownKey !== key) {
      this.grownKey = key;
      put(
        $("grown-rows"),
        this.runs.map(
          (run, i) =>
            html`<div class="grow-row"><canvas data-part="large" role="img" aria-label="The picture, large"></canvas><canvas data-part="strip" role="img" aria-label="The picture through the training; press one to go there" style="--mark:${this.runs.length > 1 ? this.data.colours[i] : "transparent"}"></canvas></div>`,
        ),
      );
      this.strips = [...$("grown-rows").querySelectorAll('[data-part="strip"]')].map(
        (canvas, i) => new Strip(canvas, epoch => this.seek(this.place(this.runs[i], epoch))),
      );
    }
    const large = $("grown-rows").querySelectorAll('[data-part="large"]');
    this.runs.forEach((run, i) => {
      drawTile(large[i], sheets[i], this.picked, this.largeSize, this.largeSize * (sheets[i]?.h === 1 ? 0.4 : 1));
      const { width, columns, chosen } = this.stripOf(run);
      const shown = at === null ? -1 : (run.shown(this.epochOf(run, at)) ?? -1);
      this.strips[i].draw(
        chosen,
        columns,
        epoch => sheetOf(run.pictures.get(epoch), name),
        this.picked,
        shown,
        width,
        colours,
      );
    });
  }

  colours() {
    const style = getComputedStyle(this.root);
    const read = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
    const text = read("--st-text-color", "#1b222c");
    return {
      text,
      quiet: mix(text, 0.72),
      axis: mix(text, 0.45),
      grid: mix(text, 0.12),
      cursor: mix(text, 0.7),
      page: read("--st-background-color", "#ffffff"),
      accent: read("--st-primary-color", "#0b6bcb"),
      pick: "#ff9f1a",
    };
  }
}

// a colour of the theme, let through in part
function mix(colour, share) {
  return `color-mix(in srgb, ${colour} ${Math.round(100 * share)}%, transparent)`;
}
