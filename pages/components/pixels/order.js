// @ts-nocheck: no types yet
// Order: the same missing region inpainted in every order that a model knows, and why it is hard in one that does not suit.

import { around, button, Chosen, choice, html, number, outline, plural, post, put, row, write } from "./chosen.js";

const SIDE = 208,
  SMALL = 52;

const HOLES = [
  ["right", "right half"],
  ["lower", "lower half"],
  ["middle", "middle"],
  ["upper", "upper half"],
  ["left", "left half"],
  ["brushed", "brush"],
];
const WAYS = {
  held: ["in the model's order", "Missing pixels are sampled at their turn, before later given ones are seen"],
  weighted: [
    "importance-weighted",
    "The same samples, resampled by how likely they make the later given pixels: exact in the limit of many",
  ],
  renewed: ["particle filter", "At each given pixel unlikely samples are dropped and likely ones duplicated"],
  first: ["given pixels first", "The given pixels come first, then the missing ones: every sample has seen them all"],
};

export class Order {
  constructor(host, root) {
    Object.assign(this, { host, root, found: new Map(), round: 0 });
    const { model, state } = host;
    this.any = Object.keys(model.orders).length > 1;
    put(root, this.markup());
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    this.missing = new Uint8Array(model.d);
    this.chosen = new Chosen(
      host,
      this.$("chosen"),
      () => this.ask(),
      () => SIDE,
    );
    if (state.missing && !this.chosen.subject.easel.read(state.missing, this.bytes()))
      host.complain("The link's brushed region does not fit this model's images: it was not used.");
    this.brushing(this.chosen.canvas);
    this.rows();
    around(host).then(
      beside => !this.stopped && this.stored(beside),
      error => host.complain(error.message),
    );
  }

  close() {
    this.stopped = true;
    clearTimeout(this.later);
    this.controller?.abort();
  }

  // the brushed region, as the link's text is read into it
  bytes() {
    const { missing } = this;
    return new Proxy([], { set: (_, i, value) => ((missing[i] = value > 127 ? 1 : 0), true) });
  }

  brushing(canvas) {
    let on = null;
    const dab = event => {
      const { model } = this.host,
        box = canvas.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * model.width,
        y = ((event.clientY - box.top) / box.height) * model.height;
      const r = Math.max(0.8, model.width / 12);
      for (let i = 0; i < model.d; i++)
        if (Math.hypot((i % model.width) + 0.5 - x, Math.floor(i / model.width) + 0.5 - y) < r) this.missing[i] = on;
      this.ask();
    };
    canvas.addEventListener("pointerdown", event => {
      const { state, model } = this.host;
      if (state.hole !== "brushed" || state.read === "drawing") return;
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      const box = canvas.getBoundingClientRect();
      const at =
        Math.floor(((event.clientY - box.top) / box.height) * model.height) * model.width +
        Math.floor(((event.clientX - box.left) / box.width) * model.width);
      on = event.shiftKey || this.missing[at] ? 0 : 1;
      dab(event);
    });
    canvas.addEventListener(
      "pointermove",
      event => on !== null && canvas.hasPointerCapture(event.pointerId) && dab(event),
    );
    canvas.addEventListener("pointerup", () => (on = null));
    canvas.addEventListener("pointercancel", () => (on = null));
  }

  // the region that is missing
  get hole() {
    const { model, state } = this.host,
      { width: w, height: h } = model;
    if (state.hole === "brushed") return this.missing;
    const inside = {
      lower: i => i >= Math.floor(h / 2),
      upper: i => i < Math.floor(h / 2),
      right: (_, j) => j >= Math.floor(w / 2),
      left: (_, j) => j < Math.floor(w / 2),
      middle: (i, j) =>
        i >= Math.floor(h / 4) && i < h - Math.floor(h / 4) && j >= Math.floor(w / 4) && j < w - Math.floor(w / 4),
    }[state.hole];
    return Uint8Array.from({ length: model.d }, (_, i) => (inside(Math.floor(i / w), i % w) ? 1 : 0));
  }

  // what is compared: orders and ways
  get plan() {
    const orders = Object.keys(this.host.model.orders);
    return this.any
      ? orders.flatMap(order => ["held", "first"].map(way => [order, way]))
      : ["held", "weighted", "renewed"].map(way => [orders[0], way]); // "weighted" comes with "held"
  }

  // -- what is asked ------------------------------------------------------------------------------

  ask() {
    clearTimeout(this.later);
    this.host.wake();
    this.later = setTimeout(() => this.run(), 250);
  }

  async run() {
    const { host } = this,
      { levels, label } = this.chosen,
      { state } = host;
    if (!levels || this.stopped) return;
    const round = ++this.round;
    this.controller?.abort();
    const controller = (this.controller = new AbortController());
    this.found.clear();
    const planes = { image: row(levels), missing: row(this.hole) };
    this.rows();
    try {
      for (const [order, way] of [[Object.keys(host.model.orders)[0], "truth"], ...this.plan]) {
        if (way === "weighted") continue;
        const answer = await post(
          `${host.url}/fill`,
          { order, order_seed: Number(state.order_seed) || 0, way, label, seed: Number(state.tries) || 0 },
          planes,
          controller.signal,
        );
        if (round !== this.round || this.stopped) return;
        const { header } = answer,
          { values, weighted } = answer.planes;
        this.found.set(`${order} ${way}`, { ...header, images: this.cut(values) });
        if (weighted)
          this.found.set(`${order} weighted`, { ...header, ...header.weighted, images: this.cut(weighted) });
        this.rows();
        host.shown();
      }
    } catch (error) {
      if (error.name !== "AbortError") host.complain(error.message);
    }
  }

  cut({ data }) {
    const { d } = this.host.model;
    return Array.from({ length: data.length / d }, (_, i) => data.subarray(i * d, (i + 1) * d));
  }

  // -- words --------------------------------------------------------------------------------------

  rows() {
    const { host, found } = this,
      { model } = host;
    const own = Object.keys(model.orders)[0],
      truth = found.get(`${own} truth`);
    const cell = (x, digits = 1) => (x === undefined ? "…" : number(x, digits));
    const line = (title, about, key, more = "") => {
      const got = found.get(key);
      const pictures = html`<canvas data-row="${key}" role="img" aria-label="Samples of the region: ${about}"></canvas>`;
      const worth = got?.different
        ? `${got.different} left`
        : got?.effective === undefined
          ? ""
          : `${number(got.effective, 0)} of ${got.drawings}`;
      return html`<tr class="${more}"><th title="${about}">${title}</th><td>${pictures}</td>
        <td class="number">${cell(got?.after)}</td><td class="number">${got?.effective === undefined && got ? "" : got ? worth : "…"}</td><td class="number">${cell(got?.nats)}</td>
        <td class="number">${got && got.right === undefined ? "" : got ? `${Math.round(100 * got.right)}%` : "…"}</td></tr>`;
    };
    const body = this.plan.map(([order, way]) => {
      const [words, about] = WAYS[way];
      return this.any
        ? line(
            way === "held" ? html`${order}<small>${words}</small>` : html`<small>${words}</small>`,
            `${model.orders[order]}. ${about}`,
            `${order} ${way}`,
            way === "held" ? "top" : "",
          )
        : line(words, about, `${order} ${way}`);
    });
    put(
      this.$("fills"),
      html`<thead><tr><th></th><th>8 samples</th><th title="−log p of the given pixels that come after the first missing one: low where the samples fit them">later given pixels, nats</th>
      <th title="Effective number of samples, by their weights; for the particle filter, distinct ones left">effective samples</th><th title="−log p of the whole image under the model, mean of the samples shown">whole image, nats</th><th title="Missing pixels with exactly the level of the original">as in the original</th></tr></thead>
      <tbody>${line("the image itself", "Nothing is sampled: these numbers for the true image", `${own} truth`)}${body}</tbody>`,
    );
    this.dirty = true;
    host.wake();
    this.says(truth, own);
  }

  says(truth, own) {
    const { host, found } = this,
      { model } = host;
    const held = found.get(`${own} held`),
      filtered = found.get(`${own} renewed`),
      first = found.get(`${own} first`);
    let text = "";
    if (held && !model.proper)
      text = "This model's masks are wrong: none of these numbers is a probability, and its samples are no digits.";
    else if (held && truth && held.after < 0.05)
      text = `In the ${own} order every given pixel comes before the missing ones: nothing is hard here. Choose another region.`;
    else if (held && truth && this.any && first)
      text = `In the ${own} order, the missing pixels are sampled before given ones worth ${number(held.after, 1)} nats are seen, and ${number(held.effective, 0)} of ${held.drawings} samples are effective. With the given pixels first, every sample has seen them all and every sample counts, whatever the order of the rest.`;
    else if (held && truth && filtered)
      text = `After the samples the later given pixels cost ${number(held.after, 1)} nats; after the true image ${number(truth.after, 1)}. ${number(held.effective, 0)} of ${plural(held.drawings, "sample")} are effective${filtered.after < held.after - 0.05 ? `; with the particle filter it is ${number(filtered.after, 1)} nats` : ""}. This model has a single order: it cannot condition on later pixels.`;
    write(this.$("says"), text);
  }

  stored({ orders, data }) {
    if (!orders.length) return;
    put(
      this.$("stored"),
      html`<h4>Cost of whole test images in each order</h4><div class="scrolls"><table><tbody>${orders.map(
        ({ order, nats, spread, note }) =>
          html`<tr><th>${order}</th><td class="number">${number(nats)}${spread ? ` ± ${number(spread)}` : ""}</td><td><small>${note}</small></td></tr>`,
      )}</tbody></table></div><p class="note">Mean of −log p(x) in nats, as evaluated (${data ?? "test images"}, or the first of them).</p>`,
    );
  }

  // -- what is drawn ------------------------------------------------------------------------------

  draw() {
    const { host } = this,
      { model, state } = host,
      hole = this.hole;
    this.chosen.draw();
    if (this.chosen.levels) {
      outline(this.chosen.canvas, model, hole);
      if (state.hole === "brushed" && state.read !== "drawing") this.chosen.canvas.style.cursor = "crosshair";
    }
    if (this.dirty) {
      this.dirty = false;
      for (const canvas of this.root.querySelectorAll("[data-row]"))
        this.strip(canvas, this.found.get(canvas.dataset.row)?.images, hole);
    }
    return false;
  }

  strip(canvas, images, hole) {
    const { model } = this.host,
      count = images?.length ?? 8,
      ratio = window.devicePixelRatio || 1;
    const scale = SMALL / Math.max(model.width, model.height),
      w = Math.round(model.width * scale),
      h = Math.round(model.height * scale);
    const size = [Math.round((count * (w + 4) - 4) * ratio), Math.round(h * ratio)];
    [canvas.width, canvas.height] = size;
    canvas.style.aspectRatio = `${size[0]} / ${size[1]}`;
    canvas.style.width = `${size[0] / ratio}px`;
    const context = canvas.getContext("2d"),
      one = document.createElement("canvas");
    for (let i = 0; i < count; i++) {
      const x = i * (w + 4) * ratio;
      if (!images) {
        context.fillStyle = this.host.soft;
        context.fillRect(x, 0, w * ratio, h * ratio);
        continue;
      }
      this.host.blit(one, images[i], SMALL);
      outline(one, model, hole, "rgba(255, 159, 26, 0.75)", 1);
      context.drawImage(one, x, 0);
    }
  }

  themed() {
    this.dirty = true;
  }

  // -- hands --------------------------------------------------------------------------------------

  do(name) {
    if (this.chosen.do(name)) return;
    const { state } = this.host;
    if (name === "again") state.tries = ((Number(state.tries) || 0) + 1) % 10_000;
    else if (name === "clear") this.missing.fill(0);
    this.ask();
    this.host.remember();
  }

  set(name, value) {
    if (name === "hole") {
      this.root.querySelector('[data-do="clear"]').hidden = value !== "brushed";
      write(
        this.$("hint"),
        value === "brushed"
          ? "Brush the pixels that are missing; with shift, or from inside the region, brush them back."
          : "",
      );
      this.ask();
    } else this.chosen.set(name, value);
  }

  change(name, value) {
    this.chosen.change(name, value);
  }

  keys() {
    return { ...this.chosen.keys(), g: () => this.do("again") };
  }

  link() {
    const { hole, tries } = this.host.state;
    const brushed = hole === "brushed" && this.missing.some(x => x);
    return {
      ...this.chosen.link(),
      hole: hole === "right" ? "" : hole,
      missing: brushed ? this.chosen.subject.easel.write(this.missing.map(x => 255 * x)) : "",
      tries: Number(tries) ? String(tries) : "",
    };
  }

  markup() {
    const { state } = this.host;
    return html`
<p class="lead">A part of the image is missing. ${
      this.any
        ? "This model is trained on many orders, so the given pixels can come first; sample in its usual order instead, and see what is lost."
        : "This model has a single order: it samples missing pixels before it has seen the given ones that come later."
    } <span class="muted">Try the ${this.any ? "middle, then the right half" : "lower half, then the upper"}.</span></p>
<div class="bar"><span class="group"><b>Missing</b>${choice(
      "hole",
      HOLES.map(([name, words]) => [name, words, `The ${words}`]),
      "Which part is missing",
    )}</span>
  <span class="group">${button("clear", "clear", "Clear the brushed region", state.hole === "brushed" ? "" : html`hidden`)}${button("again", "new seed", "New samples of the same region (G)")}</span><span class="muted" data-part="hint"></span></div>
<div class="reading two"><section class="chooser" data-part="chosen"></section>
<section class="scrolls"><table class="fills" data-part="fills"></table><p class="note" data-part="says"></p></section></div>
<div data-part="stored"></div>`;
  }
}

Object.assign(Order, {
  title: "Order matters",
  hint: "The same missing region inpainted in every order that the model knows",
});
Object.defineProperty(Order, "name", { value: "order" });
