// @ts-nocheck: no types yet
// The weight of the KL turned up until the posterior collapses, and back: models that differ in beta alone, side by side.

import { fit, greyPixel, paint } from "../gibbs/draw.js";
import { write } from "../shared/controls.js";
import { html, put } from "../shared/html.js";
import { noise } from "./maths.js";

const TILES = 8; // pictures of each kind
const COLUMNS = 4;

export class Beta {
  static applies(data) {
    return data.family.length > 1;
  }

  constructor(host, root, before) {
    Object.assign(this, { host, root });
    this.members = host.data.family;
    const asked = before?.at ?? this.members.findIndex(({ beta }) => String(beta) === host.state.beta);
    this.at = asked >= 0 ? asked : this.members.findIndex(({ name }) => name === host.data.checkpoint);
    if (host.state.beta && asked < 0)
      host.complain(`The link's β = ${host.state.beta.slice(0, 20)} is none of these models'.`);
    this.models = [];
    put(root, this.markup());
    this.load();
  }

  // all of them, so that the slider swaps at once
  async load() {
    const { host, members } = this;
    try {
      await Promise.all(
        members.map(async (member, i) => {
          const model = await host.modelOf(member);
          const { kind, first, second } = host.planeOf;
          await model.axes(kind, first, second);
          this.models[i] = model;
          this.bars(i);
          this.dirty = true;
          host.wake();
        }),
      );
      if (!this.gone) this.show(this.at);
    } catch (error) {
      host.complain(error.message);
    }
  }

  close() {
    this.gone = true;
    if (this.host.model && this.host.model !== this.host.own) this.host.show(this.host.own);
  }

  show(i) {
    this.at = i;
    const { beta } = this.members[i];
    this.root.querySelector("input").value = i;
    write(this.root.querySelector("output"), `β = ${beta}`);
    this.root.querySelectorAll(".member").forEach((column, j) => column.setAttribute("aria-pressed", String(i === j)));
    if (this.models[i]) this.host.show(this.models[i]);
    this.host.remember();
  }

  slide(name, value) {
    this.show(Math.min(this.members.length - 1, Math.max(0, Math.round(value))));
  }

  do(name, b) {
    if (name === "member") this.show(Number(b.value));
  }

  // KL of each unit, the largest first, on one scale for all
  bars(i) {
    const model = this.models[i],
      box = this.root.querySelector(`[data-bars="${i}"]`);
    const most = Math.max(...this.models.flatMap(m => (m ? Array.from(m.kl) : [])), 1e-6);
    const dead = model.dead.reduce((n, x) => n + x, 0),
      total = model.kl.reduce((sum, x) => sum + x, 0);
    put(
      box,
      model.order.map(
        j =>
          html`<i class="${model.dead[j] ? "dead" : ""}" style="height:${Math.max(2, (100 * model.kl[j]) / most)}%"></i>`,
      ),
    );
    write(this.root.querySelector(`[data-total="${i}"]`), `${total.toFixed(1)} nats, ${dead} dead`);
    if (most !== this.most) {
      this.most = most;
      this.models.forEach((m, k) => m && k !== i && this.bars(k));
    }
  }

  picturesCame() {
    this.dirty = true;
  }

  draw() {
    const { host, models } = this;
    const width = this.root.querySelector("[data-bars]").clientWidth;
    if (width !== this.width) (this.width = width), (this.dirty = true);
    if (!this.dirty || !width) return false;
    this.dirty = false;
    const { own } = host;
    // examples of different classes, the same for every model
    this.examples ??= own.labels ? own.known.map(c => own.rowsOf(c)[0]).filter(row => row !== undefined) : [];
    while (this.examples.length < TILES && this.examples.length < own.n)
      this.examples.push(this.examples.length * 3 + 1 < own.n ? this.examples.length * 3 + 1 : this.examples.length);
    const rows = this.examples.slice(0, TILES);
    const originals = this.root.querySelector("[data-originals]");
    originals.parentElement.hidden = !host.images;
    if (host.images)
      this.tiles(
        originals,
        originals.parentElement.parentElement.clientWidth,
        rows.map(row => host.image(row)),
      );
    models.forEach((model, i) => {
      this.tiles(
        this.root.querySelector(`[data-backs="${i}"]`),
        width,
        rows.map(row => model.decode(model.code(row))),
      );
      const draw = noise(7);
      this.tiles(
        this.root.querySelector(`[data-samples="${i}"]`),
        width,
        rows.map(() => model.decode(Float32Array.from({ length: model.d }, draw))),
      );
    });
    return false;
  }

  tiles(canvas, width, greys) {
    const { own } = this.host,
      cell = width / COLUMNS,
      scale = (cell - 2) / Math.max(own.width, own.height);
    fit(canvas, width, Math.ceil(greys.length / COLUMNS) * (own.height * scale + 2));
    const ratio = canvas.width / width,
      context = canvas.getContext("2d");
    greys.forEach((grey, i) => {
      if (!grey) return void (this.dirty = true);
      const x = ((i % COLUMNS) * cell + 1) * ratio,
        y = Math.floor(i / COLUMNS) * (own.height * scale + 2) * ratio;
      paint(
        context,
        own.width,
        own.height,
        greyPixel(grey),
        x,
        y,
        own.width * scale * ratio,
        own.height * scale * ratio,
      );
    });
  }

  link() {
    const usual = this.members[this.at]?.name === this.host.data.checkpoint;
    return { beta: usual || this.gone ? "" : String(this.members[this.at].beta) };
  }

  markup() {
    const last = this.members.length - 1;
    return html`
<p class="note">Models that differ in β alone, the weight of the KL. As it grows, units collapse one by one; in the end the posterior
  is the prior whatever the image, and the decoder returns the mean of all images. Slide, and watch the codes collapse to one point.</p>
<div class="bar"><label class="slider wide">β <input type="range" data-slide="beta" min="0" max="${last}" step="1" aria-label="beta"><output></output></label></div>
<div class="members" style="--members:${this.members.length}">
  <span></span>${this.members.map(({ beta }, i) => html`<button type="button" class="member" data-do="member" value="${i}" title="Show this model on the map">β = ${beta}</button>`)}
  <span class="muted word">KL of each unit</span>${this.members.map((_, i) => html`<span><span class="bars" data-bars="${i}"></span><small data-total="${i}"></small></span>`)}
  <span class="originals"><span class="muted word">reconstructions of</span><span hidden><canvas data-originals></canvas></span></span>${this.members.map((_, i) => html`<canvas data-backs="${i}" role="img" aria-label="Reconstructions"></canvas>`)}
  <span class="muted word">samples from the prior, the same noise for all</span>${this.members.map((_, i) => html`<canvas data-samples="${i}" role="img" aria-label="Samples"></canvas>`)}
</div>`;
  }
}

Object.assign(Beta, {
  title: "Break it",
  hint: "Turn the weight of the KL up until the posterior collapses, and back",
});
Object.defineProperty(Beta, "name", { value: "beta" });
