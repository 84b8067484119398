// @ts-nocheck: no types yet
// What is there before the first stroke: a part of a test image or of a drawing; and how its completions differ.

import { fit, paint } from "../gibbs/draw.js";
import { write } from "../shared/controls.js";
import { entropy } from "./film.js";
import { Subject } from "./subject.js";

const SIDE = 136;

export class Keep {
  // begin() starts the film anew
  constructor(host, root, begin) {
    Object.assign(this, { host, root, begin });
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    const canvas = this.$("easel");
    this.subject = new Subject(host, canvas, () => this.changed());
    this.easel = this.subject.easel;
    const { region } = host.state,
      mask = new Uint8Array(host.model.d);
    if (region && this.easel.read(region, mask)) this.easel.mask = mask.map(m => (m > 127 ? 1 : 0));
    else if (region) host.complain("The link's brushed part does not fit this model's images: it was not used.");
    for (const kind of ["pointermove", "pointerleave", "pointerdown"]) canvas.addEventListener(kind, () => this.draw());
  }

  get on() {
    const { state, model } = this.host;
    return state.source === "drawing" || (state.source === "test" && model.examples.length > 0);
  }

  // levels of the image, whole
  image() {
    return this.host.state.source === "test" ? this.subject.example() : this.subject.drawn();
  }

  // {given: levels, held: where} by flat index; null where nothing is kept
  kept() {
    if (!this.on || (this.host.state.source === "drawing" && this.subject.empty)) return null;
    return { given: this.image(), held: this.mask() };
  }

  mask() {
    const { state, model } = this.host,
      { width, height } = model;
    if (state.keep === "brushed") return this.easel.mask;
    const inside = state.keep === "top" ? i => Math.floor(i / width) < height / 2 : i => i % width < width / 2;
    return Uint8Array.from({ length: model.d }, (_, i) => (inside(i) ? 1 : 0));
  }

  // the class of the test image, where it decides the condition; else null
  label() {
    const { state, model } = this.host;
    if (state.source !== "test" || state.only !== "" || !model.labels.length || !this.on) return null;
    return model.labels[state.example % model.examples.length];
  }

  // painted on: the film follows once the hand rests
  changed() {
    this.draw();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.easel.canvas.isConnected && this.begin(), 350);
  }

  set(name) {
    const { state } = this.host;
    if (name === "source") this.tool = state.source === "drawing" ? "draw" : "look";
    if (name === "keep") this.tool = state.keep === "brushed" ? "on" : state.source === "drawing" ? "draw" : "look";
    this.begin();
  }

  do(name, b) {
    const { state, model } = this.host,
      n = model.examples.length;
    if (name === "tool") this.tool = b.value;
    else if (name === "other" && n) state.example = (state.example + Number(b.value) + n) % n;
    else if (name === "wipe")
      state.source === "drawing" && this.tool !== "on" && this.tool !== "free"
        ? this.subject.wipe()
        : this.easel.mask.fill(0);
    else return;
    if (name === "tool") this.sync();
    else this.begin();
  }

  // controls and the easel as the state has them
  sync() {
    const { state, model } = this.host,
      { source } = state;
    this.tool ??= state.keep === "brushed" ? "on" : source === "drawing" ? "draw" : "look";
    this.$("kept").hidden = source === "nothing";
    this.$("completed").hidden = !this.on;
    write(
      this.$("lacks"),
      source === "test" && !this.on
        ? `Test images of ${this.host.data.dataset} are not downloaded (“python -m core fetch” gets them). Your own drawing works without.`
        : "",
    );
    this.$("easel").parentElement.hidden = !this.on;
    this.root.querySelectorAll('[data-do="other"]').forEach(b => (b.hidden = source !== "test" || !this.on));
    const tools = [
      ...(source === "drawing" ? ["draw", "rub"] : []),
      ...(state.keep === "brushed" ? ["on", "free"] : []),
    ];
    if (!tools.includes(this.tool)) this.tool = tools[0] ?? "look";
    this.root.querySelectorAll('[data-do="tool"]').forEach(b => {
      b.hidden = !tools.includes(b.value);
      b.setAttribute("aria-pressed", String(b.value === this.tool));
    });
    this.root.querySelector('[data-do="wipe"]').hidden = !tools.length;
    this.draw();
  }

  draw() {
    if (!this.on) return;
    const { easel } = this,
      { state, model } = this.host,
      image = this.image();
    const own = easel.mask;
    const grey = image.map(v => (255 * v) / (model.levels - 1));
    easel.mask = this.mask();
    easel.tool = this.tool;
    const drawing = easel.drawing;
    if (state.source === "drawing") easel.drawing = grey; // as the model sees it: in its levels
    easel.draw(grey, SIDE);
    Object.assign(easel, { mask: own, drawing });
    const label =
      model.labels.length && state.source === "test"
        ? `, ${model.names[model.labels[state.example % model.examples.length]]}`
        : "";
    write(
      this.$("easelSays"),
      state.source === "test"
        ? `test image ${state.example % model.examples.length}${label}; given: blue`
        : this.subject.empty
          ? "draw here"
          : "your drawing; given: blue",
    );
  }

  // mean and entropy of the completions, of the places that all of them have
  show(strips, order) {
    if (!this.on) return;
    const { model } = this.host,
      { width: w, height: h, levels, d } = model,
      n = strips.length;
    const known = Math.min(...strips.map(s => s.done)),
      held = this.kept()?.held;
    const mean = new Float32Array(d),
      bits = new Float32Array(d),
      seen = new Uint8Array(d);
    let blind = 0,
      sum = 0,
      free = 0;
    const firstFree = held ? order.findIndex(place => !held[place]) : -1;
    order.forEach((place, t) => {
      if (held?.[place] && firstFree >= 0 && t > firstFree) blind += 1;
      if (t >= known) return;
      const counts = new Array(levels).fill(0);
      for (const s of strips) counts[s.values[t]] += 1 / n;
      seen[place] = 1;
      mean[place] = counts.reduce((all, share, v) => all + share * v, 0) / (levels - 1);
      bits[place] = entropy(counts);
      sum += bits[place];
      free += held?.[place] ? 0 : 1;
    });
    const top = Math.log2(Math.min(levels, Math.max(2, n)));
    const show = (name, pixel) => {
      const canvas = this.$(name),
        scale = SIDE / Math.max(w, h);
      fit(canvas, w * scale, h * scale);
      paint(canvas.getContext("2d"), w, h, pixel, 0, 0, canvas.width, canvas.height);
    };
    show("mean", (out, i, at) => {
      out[at] = out[at + 1] = out[at + 2] = seen[i] ? 255 * mean[i] : 90;
      out[at + 3] = 255;
    });
    show("spread", (out, i, at) => {
      const share = bits[i] / top;
      out[at] = 20 + 235 * share;
      out[at + 1] = 24 + 135 * share;
      out[at + 2] = 40 - 14 * share;
      out[at + 3] = 255;
    });
    write(this.$("spreadSays"), free ? `entropy: ${(sum / free).toFixed(2)} bits per pixel` : "entropy");
    const words = [
      `Entropy of each pixel over the ${n} completions. From ${n} samples it is at most ${Math.log2(n).toFixed(1)} bits and biased low; it says where completions differ, not whether they are right.`,
    ];
    if (blind)
      words.push(
        `${blind} given pixels come later in the order than some missing ones, which were sampled without seeing them. That is why inpainting is hard for a model with ${model.anyOrder ? "this order; another order may suit" : "a single order"}.`,
      );
    write(this.$("honest"), words.join(" "));
  }

  link() {
    const { state } = this.host,
      text = (value, usual) => (value === usual ? "" : String(value));
    return {
      source: text(state.source, "nothing"),
      example: text(state.example, 0),
      keep: text(state.keep, "top"),
      drawing: this.subject.empty ? "" : this.easel.write(this.easel.drawing),
      region: this.easel.holding ? this.easel.write(this.easel.mask.map(m => 255 * m)) : "",
    };
  }
}
