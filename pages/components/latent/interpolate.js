// @ts-nocheck: no types yet
// From A to B along several ways on one time bar: pixels, linear codes, a deterministic autoencoder, the latent space.

import { css } from "../atlas/colours.js";
import { fit, greyPixel, paint, save } from "../gibbs/draw.js";
import { Easel } from "../gibbs/easel.js";
import { postForBlob } from "../gibbs/wire.js";
import { button, choice, icon, write } from "../shared/controls.js";
import { html, put } from "../shared/html.js";
import { readCode, whole, writeCode } from "./link.js";
import { dot, mix, slerp } from "./maths.js";
import { encode, loadDecoder } from "./model.js";
import { waysBetween } from "./ways.js";

const TILES = 9; // in a row, A and B among them
const SECONDS = 2.2; // from A to B at speed 1
const PAD = 150;
const MOMENTS = 72; // between A and B, at which votes and densities are taken
const ENOUGH = 20; // stored examples from which on their density says something
const COLOURS = { a: "#0072b2", b: "#d55e00", straight: "#e69f00", sphere: "#009e73" };
const SPEEDS = ["0.25", "0.5", "1", "2", "4"];
const FRAMES = ["12", "24", "48", "96"];

const DENSITY = html`<div class="way"><span class="name" title="Log density of the aggregated posterior of all stored examples but A and B, along both ways">log density of codes</span>
  <span class="nats">${["straight", "sphere"].map(name => html`<b style="color:${COLOURS[name]}" data-part="density-${name}"></b>`)}<small>nats</small></span>
  <span class="strip"><canvas data-density role="img" aria-label="Log density of codes of other images from A to B, straight and spherical"></canvas></span></div>`;

export class Interpolate {
  constructor(host, root, before) {
    Object.assign(this, { host, root });
    const { state, model } = host;
    this.ends = before?.ends ?? { a: this.read(state.a, "a"), b: this.read(state.b, "b") };
    this.t = before?.t ?? state.t;
    this.down = false;
    this.deep = before?.deep ?? null;
    put(root, this.markup());
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    this.easel = new Easel(this.$("easel"), { width: model.width, height: model.height, binary: false }, () =>
      this.drawn(),
    );
    this.easel.tool = "draw";
    this.$("scrub").addEventListener("input", event => this.seek(Number(event.target.value)));
    this.scrubbing();
    this.build();
    if (!this.deep && host.data.deep) this.fetchDeep();
  }

  close() {
    this.playing = false;
    this.gone = true;
  }

  // -- the ends -----------------------------------------------------------------------------------

  read(text, which) {
    const { own } = this.host;
    const row = text.startsWith("e") ? whole(text.slice(1), 0, own.n - 1) : null;
    const z = text.startsWith("z") ? readCode(text.slice(1), own.d) : null;
    if (row !== null) return { row };
    if (z) return { z };
    if (text.startsWith("d")) return { drawing: text.slice(1) };
    if (text) this.host.complain(`The link's end ${which.toUpperCase()} is not there for this model: this is another.`);
    return { row: this.usual(which) };
  }

  // A is the first example of a middle class; B the first of another, that lies across
  usual(which) {
    const { own } = this.host;
    if (which === "a") return 0;
    const from = own.code(0);
    let best = 0,
      most = -1;
    for (let row = 1; row < Math.min(own.n, 60); row++) {
      const far = own.code(row).reduce((sum, x, j) => sum + (x - from[j]) ** 2, 0);
      if (far > most && far < 12 * own.d) (most = far), (best = row);
    }
    return best;
  }

  // what an end is made of, as far as it is known; asks for what is not
  resolve(end) {
    const { host } = this,
      { model } = host;
    if (end.of !== model) Object.assign(end, { of: model, code: undefined, back: null, asked: false }); // it has other codes
    if (end.drawing !== undefined && !end.bytes) {
      end.bytes = new Uint8Array(model.size);
      if (!this.easel.read(end.drawing, end.bytes)) {
        host.complain("The link's drawing does not fit this model.");
        Object.assign(end, { drawing: undefined, bytes: undefined, row: 0 });
      }
    }
    if (end.row !== undefined) end.code = model.code(end.row);
    else if (end.z) end.code = end.z;
    else if (!end.code && !end.asked) {
      end.asked = true;
      model.encode(end.bytes).then(
        ({ mean }) => this.came(end, { code: mean }),
        error => host.complain(error.message),
      );
    }
    if (end.code) end.back ??= model.decode(end.code);
    end.grey = (end.row !== undefined ? host.image(end.row) : end.bytes) ?? end.back; // without the data, its reconstruction
    const coming = end.row !== undefined && host.data.dataHere && !host.images; // its own picture is still on its way
    if (this.deep && end.grey && !coming && end.deepOf !== end.grey) {
      end.deepOf = end.grey;
      encode(this.deep.url, end.grey, model.height, model.width).then(
        ({ mean }) => this.came(end, { deep: mean }),
        error => host.complain(error.message),
      );
    }
    return end.code ? { z: end.code, grey: end.grey, deep: end.deep } : null;
  }

  came(end, found) {
    Object.assign(end, found);
    this.build();
  }

  picturesCame() {
    this.build();
  }

  async fetchDeep() {
    const { name, version, title } = this.host.data.deep;
    const url = `${this.host.data.api}/${encodeURIComponent(name)}`;
    try {
      this.deep = { url, title, net: await loadDecoder(url, version, () => this.build()) };
      this.build();
    } catch (error) {
      this.host.complain(error.message);
    }
  }

  setEnd(which, end) {
    this.ends[which] = end;
    this.arm(null);
    this.build();
    this.host.remember();
  }

  // a click on the map belongs to the end that waits for it
  takes(row, z) {
    if (!this.armed) return false;
    this.setEnd(this.armed, row >= 0 ? { row } : { z });
    return true;
  }

  arm(which) {
    this.armed = which;
    this.root
      .querySelectorAll('[data-do="arm"]')
      .forEach(b => b.setAttribute("aria-pressed", String(b.value === which)));
  }

  atRandom(which) {
    const { own } = this.host,
      label = this.root.querySelector(`[data-pick="class-${which}"]`)?.value ?? "";
    const among = label === "" ? Array.from({ length: own.n }, (_, i) => i) : own.rowsOf(Number(label));
    const others = among.filter(row => row !== this.ends[which].row);
    this.setEnd(which, {
      row: (others.length ? others : among)[Math.floor(Math.random() * (others.length || among.length))],
    });
  }

  // the pad is open for an end
  pad(which) {
    this.drawing = this.drawing === which ? null : which;
    this.$("pad").hidden = !this.drawing;
    this.root
      .querySelectorAll('[data-do="draw"]')
      .forEach(b => b.setAttribute("aria-pressed", String(b.value === this.drawing)));
    if (!this.drawing) return;
    write(this.$("pad-for"), `Draw ${this.drawing.toUpperCase()} here`);
    this.easel.drawing.fill(0);
    const { bytes } = this.ends[this.drawing];
    if (bytes) this.easel.drawing.set(bytes);
    this.easel.draw(null, PAD);
  }

  // a stroke goes on: one question at a time, the latest drawing wins
  async drawn() {
    this.easel.draw(null, PAD);
    this.stale = true;
    if (this.busy) return;
    this.busy = true;
    while (this.stale && this.drawing) {
      this.stale = false;
      const which = this.drawing,
        bytes = new Uint8Array(this.easel.drawing.length),
        drawing = this.easel.write(this.easel.drawing);
      this.easel.read(drawing, bytes); // as the link will bring it back
      try {
        const { mean } = await this.host.model.encode(bytes);
        this.ends[which] = { bytes, drawing, code: mean, of: this.host.model };
        this.build();
        this.host.remember();
      } catch (error) {
        this.host.complain(error.message);
        break;
      }
    }
    this.busy = false;
  }

  words(end) {
    const { own } = this.host;
    if (end.row !== undefined) return `${own.labels ? `${own.classes[own.labels[end.row]]} · ` : ""}example ${end.row}`;
    return end.z ? "a point" : "your drawing";
  }

  // -- the rows -----------------------------------------------------------------------------------

  // ends or ways have changed
  build() {
    const { host } = this;
    if (this.gone) return; // an answer that came after the tab was left, or for the model before this one
    const a = this.resolve(this.ends.a),
      b = this.resolve(this.ends.b);
    this.ways = a && b ? waysBetween(a, b, host.model, this.deep) : [];
    this.a = a;
    this.b = b;
    this.votes = {};
    this.densities = {};
    const key = this.ways.map(way => way.title).join();
    if (key !== this.key) {
      this.key = key;
      const rows = this.ways.map(
        ({
          name,
          title,
          hint,
          z,
        }) => html`<div class="way" data-way="${name}"><span class="name" title="${hint}">${z && html`<i style="background:${COLOURS[name]}"></i>`}${title}</span>
          <canvas class="now" role="img" aria-label="${title}, now"></canvas><span class="strip"><canvas data-strip="${name}" role="img" aria-label="${title} from A to B"></canvas>${z && host.own.labels && html`<canvas data-vote="${name}" role="img" aria-label="Classes of the nearest codes from A to B"></canvas>`}</span></div>`,
      );
      put(this.$("rows"), rows.length && host.model.n >= ENOUGH ? [...rows, DENSITY] : rows);
    }
    for (const which of ["a", "b"]) {
      const end = this.ends[which];
      write(this.$(`words-${which}`), this.words(end));
    }
    this.stripsDirty = true;
    host.redrawOver();
  }

  moved() {}

  held() {
    this.watching = this.playing;
  }

  themed() {
    this.stripsDirty = true;
  }

  looking() {
    return this.watching && this.a && this.b
      ? { z: mix(this.a.z, this.b.z, this.t), what: "between A and B, straight" }
      : null;
  }

  advance(now, ms) {
    if (!this.playing) return false;
    const { turn, speed } = this.host.state;
    const step = (ms / 1000 / SECONDS) * Number(speed);
    let t = this.t + (this.down ? -step : step);
    if (turn === "bounce") {
      if (t > 1) (t = 2 - t), (this.down = true);
      if (t < 0) (t = -t), (this.down = false);
    } else if (turn === "loop") t = t > 1 ? t - 1 : t;
    else if (t >= 1) {
      t = 1;
      this.playing = false;
      this.host.remember();
    }
    this.t = Math.min(1, Math.max(0, t));
    this.watching = true;
    this.host.plane.overDirty = true;
    return this.playing;
  }

  draw() {
    const { host } = this;
    if (!this.ends.a.back || !this.ends.b.back) this.build(); // they were on their way from the server
    for (const which of ["a", "b"]) {
      const { grey } = this.ends[which];
      if (grey) host.blit(this.root.querySelector(`[data-end="${which}"] canvas`), grey, 58);
    }
    const width = this.root.querySelector(".strip")?.clientWidth ?? 0;
    if (width !== this.width) (this.width = width), (this.stripsDirty = true);
    if (this.stripsDirty && width) {
      this.stripsDirty = false;
      for (const way of this.ways) this.paintStrip(way, width);
      this.paintDensity(width);
    }
    for (const way of this.ways) {
      const row = this.root.querySelector(`[data-way="${way.name}"]`);
      if (row) host.blit(row.querySelector(".now"), way.at(this.t), 58);
    }
    this.root.style.setProperty("--t", this.where(this.t));
    this.transport();
    return this.playing;
  }

  // how far along a strip a time is, and back: its first and last pictures stand at the times 0 and 1
  where(t) {
    return (t * (TILES - 1) + 0.5) / TILES;
  }

  when(where) {
    return Math.min(1, Math.max(0, (where * TILES - 0.5) / (TILES - 1)));
  }

  paintStrip(way, width) {
    const {
      host: { own, model, palette8 },
    } = this;
    const canvas = this.root.querySelector(`[data-strip="${way.name}"]`);
    const cell = width / TILES,
      side = Math.min(cell - 3, 62);
    const scale = side / Math.max(own.width, own.height);
    fit(canvas, width, own.height * scale);
    const ratio = canvas.width / width,
      context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < TILES; i++) {
      const grey = way.at(i / (TILES - 1));
      if (!grey) {
        this.stripsDirty = true; // on its way from the server, whose answer wakes the player
        continue;
      }
      const w = own.width * scale * ratio;
      paint(context, own.width, own.height, greyPixel(grey), (i + 0.5) * cell * ratio - w / 2, 0, w, canvas.height);
    }
    const band = this.root.querySelector(`[data-vote="${way.name}"]`);
    if (!band) return;
    fit(band, width, 14);
    const votes = (this.votes[way.name] ??= this.along(t => model.vote(way.z(t))));
    const pen = band.getContext("2d"),
      { height: H } = band;
    for (let x = 0; x < band.width; x++) {
      const shares = votes[Math.round(MOMENTS * this.when(x / band.width))];
      let y = 0;
      for (const c of order(votes, shares.length)) {
        pen.fillStyle = css(palette8[c]);
        pen.fillRect(x, y, 1, H * shares[c] + 0.5);
        y += H * shares[c];
      }
    }
  }

  along(what) {
    return Array.from({ length: MOMENTS + 1 }, (_, i) => what(i / MOMENTS));
  }

  // log density of the codes of other images on the ways through the latent space, over where most codes lie
  paintDensity(width) {
    const canvas = this.root.querySelector("[data-density]"),
      ways = this.ways.filter(({ z }) => z);
    if (!canvas || !ways.length) return;
    const { model, ink } = this.host,
      ends = ["a", "b"].map(which => this.ends[which].row).filter(row => row !== undefined);
    const without = [...new Set(ends)];
    for (const { name, z } of ways) this.densities[name] ??= this.along(t => model.logDensity(z(t), without));
    fit(canvas, width, 46);
    const { width: W, height: H } = canvas,
      pen = canvas.getContext("2d"),
      [low, high] = model.usualDensity;
    const all = ways.flatMap(({ name }) => this.densities[name]),
      least = Math.min(low, ...all),
      most = Math.max(high, ...all);
    const y = value => H * (0.94 - (0.88 * (value - least)) / (most - least || 1));
    pen.clearRect(0, 0, W, H);
    pen.globalAlpha = 0.12;
    pen.fillStyle = ink;
    pen.fillRect(0, y(high), W, y(low) - y(high));
    pen.globalAlpha = 1;
    pen.lineWidth = (2 * W) / width;
    for (const { name } of [...ways].reverse()) {
      pen.strokeStyle = COLOURS[name];
      pen.setLineDash(name === "sphere" ? [6, 4].map(x => (x * W) / width) : []);
      pen.beginPath();
      this.densities[name].forEach((value, i) => pen.lineTo(this.where(i / MOMENTS) * W, y(value)));
      pen.stroke();
    }
    const length = z => Math.sqrt(dot(z, z)).toFixed(1),
      [straight, sphere] = ways.map(({ z }) => length(z(0.5)));
    write(
      this.$("lengths"),
      `Halfway the straight one has length ${straight} and the spherical one ${sphere}, where draws from the prior have about ${Math.sqrt(model.d).toFixed(1)}.`,
    );
  }

  transport() {
    const scrub = this.$("scrub");
    if (Number(scrub.value) !== this.t) scrub.value = this.t;
    let text = `t = ${this.t.toFixed(2)}`;
    const votes = this.votes.straight;
    if (votes && votes[0]) {
      const shares = votes[Math.round(MOMENTS * this.t)],
        best = shares.indexOf(Math.max(...shares));
      text += ` · ${this.host.own.classes[best]}: ${Math.round(100 * shares[best])}%`;
    }
    write(this.$("frame"), text);
    for (const [name, found] of Object.entries(this.densities))
      write(this.$(`density-${name}`), found[Math.round(MOMENTS * this.t)].toFixed(1).replace("-", "−"));
    const play = this.root.querySelector('[data-do="play"]'),
      shown = this.playing ? "pause" : "play";
    if (play.dataset.shown !== shown) {
      play.dataset.shown = shown;
      put(play, icon(shown));
    }
    write(this.root.querySelector('[data-do="gif"]'), `GIF, ${this.times().length} frames`);
  }

  marks(plane, context) {
    const { a, b } = this;
    if (!a || !b) return;
    const many = Array.from({ length: 49 }, (_, i) => i / 48);
    plane.path(
      context,
      many.map(t => slerp(a.z, b.z, t)),
      COLOURS.sphere,
      [6, 4],
    );
    plane.path(
      context,
      many.map(t => mix(a.z, b.z, t)),
      COLOURS.straight,
    );
    plane.spotDot(context, slerp(a.z, b.z, this.t), COLOURS.sphere);
    plane.spotDot(context, mix(a.z, b.z, this.t), COLOURS.straight, 5.5);
    plane.label(context, a.z, "A", COLOURS.a);
    plane.label(context, b.z, "B", COLOURS.b);
  }

  // -- hands --------------------------------------------------------------------------------------

  play() {
    this.playing = !this.playing;
    if (this.playing && this.host.state.turn === "once" && this.t >= 1) this.t = 0;
    this.watching = true;
    if (!this.playing) this.host.remember();
    this.host.wake();
  }

  seek(t) {
    this.playing = false;
    this.t = Math.min(1, Math.max(0, t));
    this.watching = true;
    this.host.redrawOver();
    this.host.remember();
  }

  step(by) {
    const last = Number(this.host.state.frames) - 1;
    this.seek((Math.round(this.t * last) + by) / last);
  }

  // strips are dragged as the time bar is
  scrubbing() {
    const rows = this.$("rows");
    let held = false;
    const drag = event => {
      const box = this.root.querySelector(".strip").getBoundingClientRect();
      this.seek(this.when((event.clientX - box.left) / box.width));
    };
    rows.addEventListener("pointerdown", event => {
      if (!event.target.closest(".strip")) return;
      rows.setPointerCapture(event.pointerId);
      held = true;
      drag(event);
    });
    rows.addEventListener("pointermove", event => held && drag(event));
    for (const end of ["pointerup", "pointercancel"]) rows.addEventListener(end, () => (held = false));
  }

  do(name, b) {
    const actions = {
      play: () => this.play(),
      back: () => this.step(-1),
      on: () => this.step(1),
      swap: () => {
        this.ends = { a: this.ends.b, b: this.ends.a };
        this.build();
        this.host.remember();
      },
      arm: () => this.arm(this.armed === b.value ? null : b.value),
      dice: () => this.atRandom(b.value),
      here: () => this.setEnd(b.value, { z: Float32Array.from(this.host.z) }),
      draw: () => this.pad(b.value),
      wipe: () => {
        this.easel.drawing.fill(0);
        this.easel.draw(null, PAD);
      },
      "close-pad": () => this.pad(this.drawing),
      gif: () => this.saveGif(b),
      png: () => this.savePng(),
    };
    actions[name]?.();
  }

  change(name, value) {
    const { state } = this.host;
    if (name === "class-a" || name === "class-b") return this.atRandom(name.at(-1));
    state[name] = value;
    this.host.remember();
    this.host.wake();
  }

  set() {
    this.down = false;
    this.host.wake();
  }

  escape() {
    const busy = Boolean(this.armed || this.drawing);
    if (this.drawing) this.pad(this.drawing);
    this.arm(null);
    return busy;
  }

  keys() {
    return { " ": () => this.play(), "[": () => this.step(-1), "]": () => this.step(1) };
  }

  // -- what is taken along ------------------------------------------------------------------------

  // the times of the film's frames
  times() {
    const n = Number(this.host.state.frames);
    const there = Array.from({ length: n }, (_, i) => i / (n - 1));
    return this.host.state.turn === "bounce" ? [...there, ...there.slice(1, -1).reverse()] : there;
  }

  async saveGif(b) {
    const { host } = this,
      { own, data, state } = host;
    const times = this.times(),
      count = this.ways.length;
    const tiles = new Uint8Array(times.length * count * own.size);
    for (const [i, t] of times.entries())
      for (const [j, way] of this.ways.entries()) {
        const grey = way.at(t);
        if (!grey) return host.complain("Some pictures are still being decoded. Play it once, then save it.");
        tiles.set(grey, (i * count + j) * own.size);
      }
    b.disabled = true;
    try {
      const fps = Math.min(50, Math.max(1, Math.round((Number(state.frames) / SECONDS) * Number(state.speed))));
      const blob = await postForBlob(
        data.gif,
        { width: own.width, height: own.height, columns: count, fps, colours: [] },
        {
          tiles: { type: "u8", shape: [times.length, count, own.size], data: tiles },
          classes: { type: "u8", shape: [times.length, count], data: new Uint8Array(times.length * count) },
        },
      );
      save(blob, `${data.checkpoint}-a-to-b.gif`);
    } catch (error) {
      host.complain(error.message);
    }
    b.disabled = false;
  }

  savePng() {
    const { host } = this,
      { own, data } = host;
    const zoom = Math.max(1, Math.round(72 / own.width)),
      w = own.width * zoom,
      h = own.height * zoom,
      gap = 6,
      left = 150;
    const canvas = document.createElement("canvas");
    canvas.width = left + TILES * (w + gap);
    canvas.height = gap + this.ways.length * (h + gap);
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.textBaseline = "middle";
    context.font = "13px sans-serif";
    this.ways.forEach((way, row) => {
      const y = gap + row * (h + gap);
      context.fillStyle = "#222";
      context.fillText(way.title, 8, y + h / 2, left - 16);
      for (let i = 0; i < TILES; i++) {
        const grey = way.at(i / (TILES - 1));
        if (grey) paint(context, own.width, own.height, greyPixel(grey), left + i * (w + gap), y, w, h);
      }
    });
    canvas.toBlob(blob => save(blob, `${data.checkpoint}-a-to-b.png`));
  }

  link() {
    const { state } = this.host;
    const text = ({ row, z, drawing }) => (row !== undefined ? `e${row}` : z ? `z${writeCode(z)}` : `d${drawing}`);
    const usual = this.ends.a.row === this.usual("a") && this.ends.b.row === this.usual("b");
    return {
      a: usual ? "" : text(this.ends.a),
      b: usual ? "" : text(this.ends.b),
      t: this.playing || this.t === 0 ? "" : String(Number(this.t.toFixed(3))),
      speed: state.speed === "1" ? "" : state.speed,
      turn: state.turn === "bounce" ? "" : state.turn,
      frames: state.frames === "24" ? "" : state.frames,
    };
  }

  markup() {
    const { own, state } = this.host;
    const classes = own.classes.map(
      (name, c) => own.rowsOf(c).length > 0 && html`<option value="${c}">${name}</option>`,
    );
    const slot = which => html`
<div class="slot" data-end="${which}">
  <canvas role="img" aria-label="${which.toUpperCase()}"></canvas>
  <div><b style="color:${COLOURS[which]}">${which.toUpperCase()}</b> <span class="muted" data-part="words-${which}"></span>
  <div class="tools">${button("arm", "on the map", `The next click on the map is ${which.toUpperCase()}: an example, or any place`, html`value="${which}" aria-pressed="false"`)}
  ${classes.length > 0 && html`<select data-pick="class-${which}" aria-label="${which.toUpperCase()} from a class"><option value="">any class</option>${classes}</select>`}
  ${button("dice", "another", `Another example as ${which.toUpperCase()}, at random${classes.length ? " in this class" : ""}`, html`value="${which}"`)}
  ${button("here", "the point", `Use the point on the map as ${which.toUpperCase()}`, html`value="${which}"`)}
  ${button("draw", "draw", `Draw ${which.toUpperCase()}`, html`value="${which}" aria-pressed="false"`)}</div></div>
</div>`;
    const options = (list, chosen, words) =>
      list.map(value => html`<option value="${value}" ${value === chosen && html`selected`}>${words(value)}</option>`);
    return html`
<div class="ends">${slot("a")}${slot("b")}</div>
<div class="pad" data-part="pad" hidden><canvas data-part="easel" aria-label="Draw here with the pointer"></canvas>
  <div><b data-part="pad-for"></b><p class="note">It is encoded while you draw. Any drawing has a code; the decoder can only return images like its training data.</p>
  <div class="tools">${button("wipe", "clear", "Clear the drawing pad")}${button("close-pad", "done", "Close the drawing pad")}</div></div></div>
<div class="bar transport">
  <span class="group">${button("back", icon("back"), "Previous step ([)")}
  <button type="button" class="main" data-do="play" title="Play or pause (space)" aria-label="Play or pause (space)"></button>
  ${button("on", icon("forward"), "Next step (])")}</span>
  <input type="range" class="scrub" data-part="scrub" min="0" max="1" step="any" aria-label="Place between A and B">
  <output class="frame" data-part="frame"></output>${button("swap", "A ⇄ B", "Swap A and B")}
</div>
<div class="rows" data-part="rows"></div>
${own.labels && html`<p class="note">Bands: classes of the ${Math.min(15, own.n)} stored codes nearest to each place on the path. Drag the strips to scrub.</p>`}
${
  own.n >= ENOUGH &&
  html`<p class="note">Curves: log density of other images' codes on the path: the aggregated posterior without A and B, in nats. Nine of ten codes lie in the grey band. <span data-part="lengths"></span>
The prior's own density is no guide: it is highest at the mean, where in many dimensions no sample ever falls.</p>`
}
<div class="bar">
  ${choice(
    "turn",
    [
      ["bounce", "there and back", "From A to B and back, endlessly"],
      ["loop", "loop", "From A to B, then from A again"],
      ["once", "once", "From A to B, then stop"],
    ],
    "What happens at the end",
  )}
  <select data-pick="speed" aria-label="Speed" title="Speed">${options(SPEEDS, state.speed, x => `${x} ×`)}</select>
  <span class="group end"><select data-pick="frames" aria-label="Frames from A to B" title="Frames from A to B">${options(FRAMES, state.frames, x => `${x} steps`)}</select>
  ${button("gif", "GIF", "Save all rows as an animation, side by side")}${button("png", "PNG strip", "Save the rows as one picture")}</span>
</div>`;
  }
}

Object.assign(Interpolate, { title: "Interpolate", hint: "From one image to another, along up to five paths at once" });
Object.defineProperty(Interpolate, "name", { value: "interpolate" });

// classes in one order for a whole band, so that its areas hold together: by when each is strongest
function order(votes, n) {
  if (votes.order) return votes.order;
  const at = Array.from({ length: n }, (_, c) =>
    votes.reduce((sum, shares, i) => [sum[0] + i * shares[c], sum[1] + shares[c]], [0, 0]),
  );
  return (votes.order = Array.from({ length: n }, (_, c) => c)
    .filter(c => at[c][1] > 0)
    .sort((x, y) => at[x][0] / at[x][1] - at[y][0] / at[y][1]));
}
