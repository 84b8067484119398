// @ts-nocheck: no types yet
// Receptive field: which pixels the prediction of a chosen one sees, layer by layer; beside the same network with wrong masks.

import { fit, paint } from "../gibbs/draw.js";
import {
  around,
  Chosen,
  frame,
  get,
  HEAT,
  half,
  html,
  Latest,
  MARK,
  number,
  placeAt,
  put,
  where,
  write,
} from "./chosen.js";

const SIDE = 264,
  SMALL = 88;

// one model's fields, each place asked for once
class Seen {
  constructor(host, { name, version }, came) {
    this.kept = new Map();
    const { api } = host.data;
    this.asked = new Latest(
      place => get(`${api}/${encodeURIComponent(name)}/field?place=${place}&v=${version}`),
      ({ header, planes }, place) => {
        const { d } = host.model,
          { data } = planes.field;
        this.by = header.by;
        this.images = header.images;
        this.kept.set(
          place,
          Array.from({ length: data.length / d }, (_, k) => data.subarray(k * d, (k + 1) * d)),
        );
        came();
      },
      error => host.complain(error.message),
    );
  }

  at(place) {
    if (!this.kept.has(place) && this.wanted !== place) this.asked.want((this.wanted = place));
    return this.kept.get(place) ?? null;
  }
}

export class Field {
  constructor(host, root) {
    Object.assign(this, { host, root });
    const { model, state } = host;
    put(root, this.markup());
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    if (state.place < 0 || state.place >= model.d)
      state.place = Math.floor(model.height / 2) * model.width + Math.floor(model.width / 2);
    this.turn = new Uint16Array(model.d);
    model.order.forEach((place, t) => (this.turn[place] = t));
    this.own = new Seen(host, { name: host.data.checkpoint, version: host.data.version }, () => this.came());
    this.chosen = new Chosen(
      host,
      this.$("chosen"),
      () => host.wake(),
      () => 120,
    );
    for (const part of ["own", "other"]) this.follow(this.$(part));
    this.beside();
  }

  close() {
    this.stopped = true;
    this.own.asked.close();
    this.other?.asked.close();
  }

  follow(canvas) {
    const go = event => {
      const place = placeAt(canvas, this.host.model, event);
      if (place >= 0) this.go(place);
    };
    canvas.addEventListener("pointermove", go);
    canvas.addEventListener("pointerdown", go);
  }

  go(place) {
    const { host } = this;
    if (place === host.state.place) return;
    host.state.place = place;
    host.remember();
    host.wake();
  }

  came() {
    this.host.wake();
    this.host.shown();
  }

  // the same network with the other masks, where it is here
  async beside() {
    const { host } = this;
    try {
      const { twin, nats, samples } = await around(host);
      if (this.stopped) return;
      this.samples = [samples];
      this.nats = [nats];
      if (twin) {
        const there = await get(`${host.data.api}/${encodeURIComponent(twin.name)}/around`);
        if (this.stopped) return;
        this.other = new Seen(host, twin, () => this.came());
        this.samples.push(there.planes.samples ?? null);
        this.nats.push(there.header.nats);
      }
      this.$("second").hidden = !twin;
      this.$("none").hidden = Boolean(twin);
      this.cheat();
      host.wake();
    } catch (error) {
      host.complain(error.message);
    }
  }

  cheat() {
    const { model } = this.host,
      words = right => (right ? "correct masks" : "wrong masks");
    write(this.$("own-title"), this.other ? words(model.proper) : "receptive field of the prediction");
    write(this.$("other-title"), words(!model.proper));
    this.root.querySelectorAll("[data-samples]").forEach((box, i) => {
      const nats = this.nats[i],
        right = i ? !model.proper : model.proper;
      box.hidden = !this.samples[i];
      write(
        box.querySelector("figcaption"),
        nats === null || nats === undefined
          ? "samples"
          : right
            ? `samples; test images cost ${number(nats)} nats`
            : `samples; “costs” ${number(nats)} nats, which is no likelihood`,
      );
    });
    if (!this.other) return;
    const [mine, theirs] = this.nats,
      [right, wrong] = model.proper ? [mine, theirs] : [theirs, mine];
    write(
      this.$("cheat"),
      `With wrong masks each prediction sees its own pixel. The score leaps from ${number(right)} to ${number(wrong)} nats. But while sampling, the pixel that the network learned to copy is not there yet: compare the samples. A likelihood is only as good as its masks.`,
    );
  }

  // -- what is drawn ------------------------------------------------------------------------------

  draw() {
    const { host } = this,
      { place } = host.state,
      side = half(host, SIDE);
    this.chosen.draw();
    const fields = this.own.at(place);
    if (fields) this.shown = fields;
    if (this.shown) this.fields(this.$("own"), this.shown.at(-1), side);
    else host.blit(this.$("own"), this.chosen.levels ?? new Uint8Array(host.model.d), side);
    if (fields) this.words(fields, this.own);
    this.layers(fields ?? this.shown);
    if (this.other) {
      const theirs = this.other.at(place);
      if (theirs) this.theirs = theirs;
      if (this.theirs) this.fields(this.$("other"), this.theirs.at(-1), side);
      if (theirs) write(this.$("other-says"), this.count(theirs.at(-1)));
    }
    this.drawSamples();
    return false;
  }

  // an image in grey with what is seen of it in heat; what is hidden stays dark
  fields(canvas, field, side, framed = true) {
    const { model, state } = this.host,
      { width, height } = model,
      scale = side / Math.max(width, height);
    fit(canvas, width * scale, height * scale);
    const most = Math.max(...field, 1e-12),
      levels = this.chosen.levels,
      step = 255 / (model.levels - 1);
    const pixel = (out, i, at) => {
      const seen = field[i] > 0,
        grey = levels ? levels[i] * step : 0;
      const heat = HEAT[Math.round(255 * (0.3 + 0.7 * Math.sqrt(field[i] / most)))];
      for (let c = 0; c < 3; c++) out[at + c] = seen ? 0.82 * heat[c] + 0.18 * grey : 26 + 0.22 * grey;
      out[at + 3] = 255;
    };
    paint(canvas.getContext("2d"), width, height, pixel, 0, 0, canvas.width, canvas.height);
    if (framed) frame(canvas, model, [state.place], "#000", 4), frame(canvas, model, [state.place], MARK, 2.5);
  }

  count(field) {
    const { place } = this.host.state;
    const seen = field.filter(x => x > 0).length,
      itself = field[place] > 0;
    const later = [...field.keys()].filter(i => field[i] > 0 && this.turn[i] > this.turn[place]).length;
    const before = seen - later - (itself ? 1 : 0);
    return `sees ${before} of the ${this.turn[place]} pixels before it${itself ? ", and itself" : ""}${later ? `, and ${later} after it` : itself ? "" : "; neither itself nor any after it"}`;
  }

  words(fields, { by, images }) {
    const { model, state } = this.host;
    write(this.$("own-says"), this.count(fields.at(-1)));
    write(
      this.$("how"),
      `${where(model, state.place)}, number ${this.turn[state.place] + 1} of ${model.d} in the order. ${
        by === "gradient"
          ? "Heat: the size of the prediction's gradient with respect to each pixel"
          : "Heat: how far the predicted probabilities move when the pixel takes another level"
      }, mean over ${images} test images, square root; dark: outside the receptive field.`,
    );
  }

  // each layer's field, small, where there are several
  layers(fields) {
    const box = this.$("layers");
    if (!fields || fields.length < 2) return void (box.hidden = true);
    box.hidden = false;
    if (box.children.length !== fields.length)
      put(
        box,
        fields.map((_, k) => {
          const what = k === fields.length - 1 ? "prediction" : `layer ${k + 1}`;
          return html`<figure><canvas role="img" aria-label="Receptive field of ${what}"></canvas><figcaption>${what}</figcaption></figure>`;
        }),
      );
    box.querySelectorAll("canvas").forEach((canvas, k) => this.fields(canvas, fields[k], SMALL, false));
  }

  drawSamples() {
    const { model } = this.host;
    this.root.querySelectorAll("[data-samples]").forEach((box, i) => {
      const samples = this.samples?.[i];
      if (!samples || box.drawn) return;
      box.drawn = true;
      const holder = box.querySelector("div");
      for (let k = 0; k < Math.min(8, samples.data.length / model.d); k++) {
        const canvas = document.createElement("canvas");
        this.host.blit(canvas, samples.data.subarray(k * model.d, (k + 1) * model.d), 56);
        holder.append(canvas);
      }
    });
  }

  // -- hands --------------------------------------------------------------------------------------

  step(dx, dy) {
    const { model, state } = this.host;
    const x = Math.max(0, Math.min(model.width - 1, (state.place % model.width) + dx));
    const y = Math.max(0, Math.min(model.height - 1, Math.floor(state.place / model.width) + dy));
    this.go(y * model.width + x);
  }

  do(name) {
    this.chosen.do(name);
  }

  set(name, value) {
    this.chosen.set(name, value);
  }

  change(name, value) {
    this.chosen.change(name, value);
  }

  keys() {
    return {
      ...this.chosen.keys(),
      ArrowLeft: () => this.step(-1, 0),
      ArrowRight: () => this.step(1, 0),
      ArrowUp: () => this.step(0, -1),
      ArrowDown: () => this.step(0, 1),
    };
  }

  link() {
    return { ...this.chosen.link(), place: String(this.host.state.place) };
  }

  markup() {
    const samples = html`<figure data-samples class="samples-of" hidden><div></div><figcaption></figcaption></figure>`;
    return html`
<p class="lead">Which pixels does the prediction of one pixel depend on? Move over the image. <span class="muted">A correct mask hides the pixel itself and all later ones; how far back does the network look?</span></p>
<div class="reading fields">
  <section><figure><figcaption><b data-part="own-title"></b></figcaption><canvas data-part="own" role="img" aria-label="Receptive field of the framed pixel; arrow keys move it"></canvas><figcaption data-part="own-says"></figcaption></figure>${samples}</section>
  <section data-part="second" hidden><figure><figcaption><b data-part="other-title"></b></figcaption><canvas data-part="other" role="img" aria-label="The same with the other masks"></canvas><figcaption data-part="other-says"></figcaption></figure>${samples}</section>
  <section class="facts"><div class="chooser small" data-part="chosen"></div><p class="note" data-part="how"></p><p data-part="cheat"></p>
    <p class="note" data-part="none" hidden>No checkpoint of this network with wrong masks is here. Small digits has such pairs: gated PixelCNN with 17 levels, and binary MADE.</p></section>
</div>
<div class="layers" data-part="layers" hidden></div>`;
  }
}

Object.assign(Field, {
  title: "Receptive field",
  hint: "Which pixels a prediction sees, layer by layer; and what wrong masks do",
});
Object.defineProperty(Field, "name", { value: "field" });
