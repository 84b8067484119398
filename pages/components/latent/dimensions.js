// @ts-nocheck: no types yet
// Each unit on its own: how much it says of an example (its KL), what it changes, and a slider that moves it.

import { fit, greyPixel, paint } from "../gibbs/draw.js";
import { button, choice, write } from "../shared/controls.js";
import { html, put } from "../shared/html.js";
import { subscript } from "./link.js";

const TILES = 9;
const REACH = 3; // from -3 to 3 standard deviations of the prior
const AT_FIRST = 10;
const BUDGET = 6; // ms of decoding at a beat, so that a drag stays smooth

export class Dimensions {
  constructor(host, root, before) {
    Object.assign(this, { host, root });
    this.all = before?.all ?? false;
    this.mount();
  }

  mount() {
    const { host, root } = this,
      { model } = host;
    this.model = model;
    const dead = model.dead.reduce((n, x) => n + x, 0),
      total = model.kl.reduce((sum, x) => sum + x, 0);
    put(
      root,
      html`
<div class="bar"><span class="group"><b>About</b>${choice(
        "around",
        [
          ["point", "the point", "Each row changes one unit of the point on the map"],
          ["prior", "the prior's mean", "Each row changes one unit, all others being zero"],
        ],
        "What the rows start from",
      )}</span>
  <span class="group end">${button("origin", "all to zero", "Move the point to the prior's mean (O)")}${button("back-to", "back to the example", "Move the point to the posterior mean of the chosen example")}</span></div>
<p class="note">KL from posterior to prior, mean over ${model.n.toLocaleString("en")} test examples: <b>${total.toFixed(1)} nats</b> in ${model.d - dead} of ${model.d} units.
${dead ? `${dead} ${dead === 1 ? "is" : "are"} dead: the posterior mean varies by less than 0.01 between examples, and the decoder ignores it.` : "No unit is dead."}</p>
<div class="dims" data-part="dims"></div>
${model.d > AT_FIRST && html`<div class="bar">${button("more", "", "Show all units, or the first ten")}</div>`}`,
    );
    this.rows();
  }

  rows() {
    const { model } = this,
      shown = this.all ? model.order : model.order.slice(0, AT_FIRST);
    const most = Math.max(...model.kl, 1e-6);
    const head = html`<div class="dim head"><span>unit</span><span>KL, nats</span><span>value</span><span class="ends-of"><i>−${REACH}</i><i>0</i><i>${REACH}</i></span></div>`;
    const rows = shown.map(j => {
      const kl = model.kl[j];
      const title = `z${subscript(j + 1)}: KL ${kl.toFixed(3)} nats${model.dead[j] ? ", dead" : ""}`;
      return html`<div class="dim${model.dead[j] ? " dead" : ""}" data-unit="${j}" title="${title}"><b>z${subscript(j + 1)}</b>
        <span class="kl"><i style="width:${Math.max(1, (100 * kl) / most)}%"></i><em>${model.dead[j] ? "dead" : kl.toFixed(2)}</em></span>
        <label><input type="range" data-slide="unit-${j}" min="${-REACH - 1}" max="${REACH + 1}" step="0.01" aria-label="z${j + 1}"><output></output></label>
        <canvas data-row="${j}" role="img" aria-label="What unit ${j + 1} changes, from −${REACH} to ${REACH}"></canvas></div>`;
    });
    put(this.root.querySelector('[data-part="dims"]'), [head, ...rows]);
    const more = this.root.querySelector('[data-do="more"]');
    if (more) write(more, this.all ? `only the first ${AT_FIRST}` : `all ${model.d} units`);
    this.root
      .querySelectorAll("[data-row]")
      .forEach(canvas => canvas.addEventListener("click", event => this.jump(canvas, event)));
    this.moved();
  }

  // a picture of a row was clicked: the point goes there
  jump(canvas, event) {
    const box = canvas.getBoundingClientRect();
    const i = Math.min(TILES - 1, Math.floor(((event.clientX - box.left) / box.width) * TILES));
    this.put(Number(canvas.dataset.row), value(i));
  }

  put(j, x) {
    const z = Float32Array.from(this.base);
    z[j] = x;
    this.host.moveTo(z);
  }

  // what the rows start from
  get base() {
    return this.host.state.around === "prior" ? new Float32Array(this.host.model.d) : this.host.z;
  }

  modelChanged() {
    this.mount();
  }

  // all rows are to be painted anew, from where the last beat left off: during a drag every one has its turn
  moved() {
    const rows = [...this.root.querySelectorAll("[data-row]")],
      at = Math.max(0, rows.indexOf(this.todo?.[0]));
    this.todo = [...rows.slice(at), ...rows.slice(0, at)];
    this.host.wake();
  }

  set() {
    this.moved();
  }

  slide(name, x) {
    const z = Float32Array.from(this.host.z);
    z[Number(name.split("-")[1])] = x;
    this.host.moveTo(z);
  }

  change() {}

  do(name) {
    const { host } = this;
    if (name === "more") {
      this.all = !this.all;
      this.rows();
    } else if (name === "back-to" && host.pick >= 0) host.choose(host.pick);
  }

  draw() {
    const { host, root, model } = this,
      { z } = host;
    root.querySelector('[data-do="back-to"]').disabled = host.pick < 0;
    for (const input of root.querySelectorAll("input[data-slide]")) {
      const x = z[Number(input.dataset.slide.split("-")[1])];
      if (Math.abs(Number(input.value) - x) > 0.006) input.value = x;
      write(input.nextElementSibling, x.toFixed(1).replace(/^-0.0$/, "0.0"));
    }
    const width = root.querySelector("[data-row]")?.clientWidth ?? 0;
    if (width !== this.width) (this.width = width), (this.todo = [...root.querySelectorAll("[data-row]")]);
    const began = performance.now(),
      base = Float32Array.from(this.base);
    while (this.todo?.length && performance.now() - began < BUDGET) this.paintRow(this.todo.shift(), base, model);
    const waiting = this.waiting;
    this.waiting = false;
    if (waiting && !this.todo.length) this.todo = [...root.querySelectorAll("[data-row]")]; // what comes wakes the player
    return Boolean(this.todo?.length) && !waiting;
  }

  paintRow(canvas, base, model) {
    const j = Number(canvas.dataset.row),
      cell = canvas.parentElement.querySelector("canvas").clientWidth / TILES;
    const side = Math.min(cell - 2, 44),
      scale = side / Math.max(model.width, model.height);
    fit(canvas, canvas.clientWidth, model.height * scale);
    canvas.style.width = "100%";
    const ratio = window.devicePixelRatio || 1,
      context = canvas.getContext("2d"),
      w = model.width * scale * ratio;
    const z = Float32Array.from(base);
    for (let i = 0; i < TILES; i++) {
      z[j] = value(i);
      const grey = model.decode(z);
      if (!grey) {
        this.waiting = true;
        continue;
      }
      context.clearRect(i * cell * ratio, 0, cell * ratio, canvas.height); // the last marker may stand beside the picture
      const left = (i + 0.5) * cell * ratio - w / 2;
      paint(context, model.width, model.height, greyPixel(grey), left, 0, w, canvas.height);
    }
    // where the point stands in this row
    const x = ((base[j] + REACH) / (2 * REACH)) * (TILES - 1) + 0.5;
    if (x < 0 || x > TILES) return;
    context.fillStyle = "#ff9f1a";
    context.fillRect(x * cell * ratio - ratio, 0, 2 * ratio, canvas.height);
  }

  link() {
    return { around: this.host.state.around === "prior" ? "prior" : "" };
  }
}

Object.assign(Dimensions, { title: "Dimensions", hint: "Each unit: its KL, what it changes, a slider to move it" });
Object.defineProperty(Dimensions, "name", { value: "dimensions" });

const value = i => -REACH + (2 * REACH * i) / (TILES - 1);
