// @ts-nocheck: no types yet
// Teacher forcing: what is predicted one place ahead of the truth, against running freely from the same start.

import { plot, smooth } from "../tabs/curves.js";
import { button, Chosen, get, half, html, Latest, number, outline, post, put, row, write } from "./chosen.js";

const SIDE = 160,
  SMALL = 84;
const TRUTH = "#2b8cd4",
  OWN = "#d55e00";

export class Forcing {
  constructor(host, root) {
    Object.assign(this, { host, root, drifts: new Map() });
    const { model, state } = host;
    put(root, this.markup());
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    state.first = state.first < 0 ? Math.floor(model.d / 2) : Math.min(state.first, model.d);
    this.turn = new Uint16Array(model.d);
    model.order.forEach((place, t) => (this.turn[place] = t));
    const asks = (what, came) =>
      new Latest(
        ({ image, ...header }) => post(`${host.url}/${what}`, header, { image: row(image) }),
        ({ planes }, { t }) => {
          came(planes, t);
          host.wake();
        },
        error => host.complain(error.message),
      );
    this.predicted = asks("ahead", ({ mean, best }) => {
      this.ahead = { mean: mean.data, best: best.data };
      host.shown();
    });
    this.run = asks("running", ({ free }, t) => {
      const { d } = model;
      this.free = Array.from({ length: free.data.length / d }, (_, i) => free.data.subarray(i * d, (i + 1) * d));
      this.from = t;
    });
    this.measured = new Latest(
      ({ t, seed }) => get(`${host.url}/drift?t=${t}&seed=${seed}&v=${host.data.version}`),
      (answer, asked) => this.measure(answer, asked),
      error =>
        write(
          this.$("measured"),
          error.missingData ? "Test images not downloaded: nothing to measure on." : error.message,
        ),
    );
    this.chosen = new Chosen(
      host,
      this.$("chosen"),
      () => this.ask(),
      () => half(host, SIDE),
    );
    this.slider();
  }

  close() {
    this.stopped = true;
    this.predicted.close();
    this.run.close();
    this.measured.close();
    clearTimeout(this.later);
  }

  ask() {
    const { levels, label } = this.chosen,
      { state } = this.host;
    if (!levels || this.stopped) return;
    const seed = Number(state.tries) || 0;
    if (levels !== this.read) this.predicted.want({ image: (this.read = levels), label });
    this.run.want({ image: levels, label, t: state.first, seed });
    clearTimeout(this.later);
    this.later = setTimeout(() => {
      write(this.$("measured"), "Measuring …");
      this.measured.want({ t: state.first, seed });
    }, 400);
    this.host.wake();
  }

  measure({ header, planes }, asked) {
    this.drift = {
      ...header,
      ...asked,
      truth: planes.truth.data,
      own: planes.own.data,
      ahead: planes.ahead.data,
      met: planes.met.data,
    };
    const { t, gap, error, images } = this.drift,
      { d } = this.host.model;
    const text = !this.host.model.proper
      ? "Its masks are wrong: one pixel ahead it copies the pixel that it should predict; free running, it has nothing to copy."
      : t >= d
        ? "All pixels are given: nothing is sampled."
        : `Over ${images} test images, one free run each: from pixel ${t} on, the model's own samples cost it ${number(Math.abs(gap))} ± ${number(error)} nats ${gap > 0 ? "less" : "more"} than the true pixels. ${
            Math.abs(gap) < 2 * error
              ? "Not distinguishable from chance: by its own measure, it does not drift."
              : gap > 0
                ? "It has drifted to images that it finds easier than real ones."
                : "It has drifted to images that it finds harder than real ones: one improbable sample makes the next predictions poor."
          } A model that has the data's own distribution shows no difference on average, however long it runs.`;
    write(this.$("measured"), text);
    this.host.wake();
  }

  slider() {
    const { state, model } = this.host,
      input = this.root.querySelector('[data-slide="first"]');
    input.value = state.first;
    write(input.nextElementSibling, `${state.first} of ${model.d}`);
  }

  // -- what is drawn ------------------------------------------------------------------------------

  draw() {
    const { host } = this,
      { model, state } = host,
      nothing = new Uint8Array(model.d);
    this.chosen.draw();
    const given = this.turn.map(t => (t < state.first ? 1 : 0));
    if (this.chosen.levels) outline(this.chosen.canvas, model, given);
    for (const part of ["mean", "best"]) {
      host.blit(this.$(part), this.ahead?.[part] ?? nothing, half(host, SIDE));
      outline(this.$(part), model, given, "rgba(255, 159, 26, 0.6)", 1);
    }
    const kept = this.turn.map(t => (t < (this.from ?? 0) ? 1 : 0));
    this.root.querySelectorAll("[data-free]").forEach((canvas, i) => {
      host.blit(canvas, this.free?.[i] ?? nothing, SMALL);
      outline(canvas, model, kept, "rgba(255, 159, 26, 0.8)", 1);
    });
    if (this.drift) this.charts();
    return false;
  }

  charts() {
    const { truth, own, ahead, met, t } = this.drift,
      { model } = this.host;
    const wide = model.width; // smoothed over as many places as a row has
    const cost = [truth, own].map(each =>
      smooth(
        each.map(x => -x),
        wide,
        t,
      ),
    );
    const share = [ahead, met].map(each => smooth(each, wide, t));
    for (const [part, [told, drawn], high] of [
      ["cost", cost, Math.max(...cost[0], ...cost[1], 0.01) * 1.08],
      ["share", share, 1],
    ]) {
      const digits = high > 3 ? 0 : high > 0.3 ? 1 : 2;
      plot(
        this.$(part),
        this.host,
        [
          [drawn, OWN, 2],
          [told, TRUTH, 2],
        ],
        [0, high],
        { mark: t, digits, left: 42 },
      );
    }
    this.$("cost").title = "nats per pixel";
    this.$("share").title = "fraction equal to the true level";
  }

  // -- hands --------------------------------------------------------------------------------------

  slide(name, value) {
    this.host.state.first = value;
    this.slider();
    this.ask();
    this.host.remember();
  }

  step(by) {
    const { state, model } = this.host;
    this.slide("first", Math.max(0, Math.min(model.d, state.first + by)));
  }

  do(name) {
    if (this.chosen.do(name)) return;
    this.host.state.tries = ((Number(this.host.state.tries) || 0) + 1) % 10_000;
    this.ask();
    this.host.remember();
  }

  set(name, value) {
    this.chosen.set(name, value);
  }

  change(name, value) {
    this.chosen.change(name, value);
  }

  keys() {
    const { width } = this.host.model;
    return {
      ...this.chosen.keys(),
      g: () => this.do("again"),
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
      ArrowUp: () => this.step(-width),
      ArrowDown: () => this.step(width),
    };
  }

  link() {
    const { first, tries } = this.host.state,
      { d } = this.host.model;
    return {
      ...this.chosen.link(),
      first: first === Math.floor(d / 2) ? "" : String(first),
      tries: Number(tries) ? String(tries) : "",
    };
  }

  markup() {
    const { model } = this.host,
      order = Object.keys(model.orders)[0];
    const free = Array.from(
      { length: 8 },
      () => html`<canvas data-free role="img" aria-label="A free-running sample"></canvas>`,
    );
    return html`
<p class="lead">In training, each pixel is predicted from true ones (teacher forcing). Free running, the model sees its own samples. <span class="muted">Give it a few rows more or less: when is the class decided?</span></p>
<div class="bar"><label class="slider wide" title="In the model's order, ${order} (arrow keys: a place, a row)">Given: the first <input type="range" data-slide="first" min="0" max="${model.d}" step="1"><output></output></label>
  ${button("again", "new seed", "New free runs from the same start (G)")}</div>
<div class="reading forced"><section class="chooser" data-part="chosen"></section>
  <figure><canvas data-part="mean" role="img" aria-label="One pixel ahead, mean"></canvas><figcaption>one pixel ahead: mean</figcaption></figure>
  <figure><canvas data-part="best" role="img" aria-label="One pixel ahead, mode"></canvas><figcaption>one pixel ahead: most probable</figcaption></figure>
  <figure class="runs"><div>${free}</div><figcaption>free running after the line: 8 samples</figcaption></figure></div>
<div class="charts"><figure><figcaption>−log p of each pixel, nats: <i style="color:${TRUTH}">■</i> true pixels given true ones <i style="color:${OWN}">■</i> own samples given own samples</figcaption><div><canvas data-part="cost" height="150" role="img" aria-label="Cost of each pixel, of the truth and of own samples"></canvas></div></figure>
<figure><figcaption>Samples equal to the true level: <i style="color:${TRUTH}">■</i> one pixel ahead of the truth (expected) <i style="color:${OWN}">■</i> free running</figcaption><div><canvas data-part="share" height="150" role="img" aria-label="Fraction of samples equal to the true level"></canvas></div></figure></div>
<p class="note" data-part="measured"></p>
<p class="note">The curves are means over test images, smoothed over one row; the dashed line is where free running begins. A sample need not equal the true level to be right: the same start allows many images.</p>`;
  }
}

Object.assign(Forcing, {
  title: "Teacher forcing",
  hint: "One pixel ahead of the truth, against free running from the same start",
});
Object.defineProperty(Forcing, "name", { value: "forcing" });
