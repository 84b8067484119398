// The player of models that paint pixel by pixel: what all panels share (the model, theme, link, keys), and the tabs.
//
// A panel is a class in a file of its own, listed in panels.js, with `title`, `hint` and the tab's name as statics:
//   constructor(host, root)   builds itself in `root`; host.model is what there is, host.state what the link says
//   draw(now, passed)         at an animation frame; true where another one is wanted (else host.wake() asks for one)
//   do(name, button)          a button with data-do was pressed; change(name, value) a select or number with data-pick;
//   slide(name, value)        a slider with data-slide; set(name, value) one of a choice, already in the state
//   keys()                    {key: action}; link() {name of the link: text, "" where as usual}; themed(); close()
// All but the constructor may be missing.

import { fit, paint } from "../gibbs/draw.js";
import { get } from "../gibbs/wire.js";
import { write } from "../latent/markup.js";
import { PANELS } from "./panels.js";

export function mount(parent, component) {
  return new Player(parent.querySelector(".player"), component);
}

class Player {
  constructor(root, component) {
    this.root = root;
    this.cleanups = [];
    root.innerHTML = markup();
    this.$ = (name) => root.querySelector(`[data-part="${name}"]`);
    this.readTheme();
    this.listen();
    const observer = new ResizeObserver(() => this.wake());
    observer.observe(root);
    this.cleanups.push(() => observer.disconnect());
    const theme = setInterval(() => this.readTheme() && this.wake(), 1000); // it can change without any message
    this.cleanups.push(() => clearInterval(theme));
    this.update(component);
  }

  update({ data, setStateValue }) {
    this.tell = setStateValue;
    const before = this.data;
    this.data = data;
    if (before && before.checkpoint === data.checkpoint && before.version === data.version) return;
    // another model: what has no meaning in it is let go
    const { mode, speed, loop, glow, images, temperature } = this.state ?? {};
    this.state = before ? { ...data.state, mode, speed, loop, glow, images, temperature, ...NOTHING } : { ...data.state };
    this.open();
  }

  destroy() {
    this.stopped = true;
    cancelAnimationFrame(this.raf);
    clearTimeout(this.writing);
    this.panel?.close?.();
    this.cleanups.splice(0).forEach((cleanup) => cleanup());
  }

  get url() {
    return `${this.data.api}/${this.data.checkpoint}`;
  }

  async open() {
    this.complain("");
    this.panel?.close?.();
    this.panel = this.model = null;
    this.links = {};
    this.root.setAttribute("aria-busy", "true");
    const opening = (this.opening = {});
    try {
      const { header, planes } = await get(`${this.url}/about?v=${this.data.version}`);
      if (this.opening !== opening || this.stopped) return;
      this.model = readModel(header, planes);
      this.root.removeAttribute("aria-busy");
      this.showPanel(this.state.mode);
    } catch (error) {
      if (this.opening === opening && !this.stopped) this.complain(error.message);
    }
  }

  // the first picture stands: what the page has below may come
  shown() {
    if (this.told === this.data.checkpoint) return;
    this.told = this.data.checkpoint;
    this.tell("shown", true);
  }

  // -- what is drawn ------------------------------------------------------------------------------

  wake() {
    if (this.raf || this.stopped) return;
    this.raf = requestAnimationFrame((now) => {
      this.raf = 0;
      const passed = Math.min(100, now - (this.last ?? now));
      const more = this.panel?.draw?.(now, passed) ?? false;
      this.last = more ? now : undefined;
      if (more) this.wake();
    });
  }

  // levels (D,) into a canvas of so many pixels on the longer side
  blit(canvas, levels, side) {
    const { width, height } = this.model;
    const scale = side / Math.max(width, height);
    fit(canvas, width * scale, height * scale);
    paint(canvas.getContext("2d"), width, height, this.pixel(levels), 0, 0, canvas.width, canvas.height);
  }

  pixel(levels) {
    const step = 255 / (this.model.levels - 1);
    return (out, i, at) => {
      out[at] = out[at + 1] = out[at + 2] = levels[i] * step;
      out[at + 3] = 255;
    };
  }

  readTheme() {
    const style = getComputedStyle(this.root);
    const ink = style.getPropertyValue("--st-text-color").trim() || "#222";
    const ground = style.getPropertyValue("--st-background-color").trim() || "#fff";
    if (ink === this.ink && ground === this.ground) return false;
    const accent = style.getPropertyValue("--st-primary-color").trim() || "#06c";
    const panel = style.getPropertyValue("--st-secondary-background-color").trim() || "#eee";
    Object.assign(this, { ink, ground, accent, soft: panel, font: style.fontFamily });
    this.panel?.themed?.();
    return true;
  }

  // -- words, tabs, the link ----------------------------------------------------------------------

  // what went wrong last; nothing ends it
  complain(text) {
    this.$("error").hidden = !text;
    write(this.$("error"), text);
  }

  showPanel(name) {
    const Kind = PANELS.find((kind) => kind.name === name) ?? PANELS[0];
    this.panel?.close?.();
    this.complain("");
    this.state.mode = Kind.name;
    const element = document.createElement("div");
    element.className = Kind.name;
    this.$("panel").replaceChildren(element);
    this.panel = new Kind(this, element);
    this.sync();
    this.wake();
  }

  // buttons of choices as the state has them
  sync() {
    const { root, state } = this;
    root.querySelectorAll("[data-tab]").forEach((tab) => {
      tab.setAttribute("aria-selected", String(tab.dataset.tab === state.mode));
      tab.tabIndex = tab.dataset.tab === state.mode ? 0 : -1;
    });
    root.querySelectorAll("[data-choice]").forEach((b) => b.setAttribute("aria-pressed", String(b.value === String(state[b.dataset.choice]))));
  }

  // put what is shown into the address, not more often than browsers like; other panels keep what they had there
  remember() {
    clearTimeout(this.writing);
    this.writing = setTimeout(() => {
      if (!this.panel || this.stopped) return;
      const { mode } = this.state;
      Object.assign(this.links, this.panel.link?.());
      const now = { checkpoint: this.data.checkpoint, mode: mode === PANELS[0].name ? "" : mode, ...this.links };
      const query = new URLSearchParams(location.search);
      for (const [name, value] of Object.entries(now)) if (value === "") query.delete(name); else query.set(name, value);
      history.replaceState(history.state, "", `${location.pathname}?${query}`);
    }, 300);
  }

  // -- hands ----------------------------------------------------------------------------------------

  listen() {
    const { root } = this;
    let byKeys = false;
    root.addEventListener("keydown", () => void (byKeys = true), true);
    root.addEventListener("pointerdown", () => void (byKeys = false), true);
    root.addEventListener("click", (event) => {
      const b = event.target.closest("button");
      if (!b || !this.panel) return;
      if (!byKeys && b.isConnected) root.focus({ preventScroll: true }); // the keyboard goes back to the player
      if (b.dataset.tab) this.goTo(b.dataset.tab);
      else if (b.dataset.choice) {
        this.state[b.dataset.choice] = b.value;
        this.panel.set?.(b.dataset.choice, b.value);
        this.sync();
        this.remember();
      } else if (b.dataset.do === "help") b.setAttribute("aria-expanded", String(!(this.$("help").hidden = !this.$("help").hidden)));
      else if (b.dataset.do) this.panel.do?.(b.dataset.do, b);
    });
    root.addEventListener("input", ({ target }) => this.panel && target.dataset.slide && this.panel.slide?.(target.dataset.slide, Number(target.value), target));
    root.addEventListener("change", ({ target }) => {
      if (!byKeys && target.matches("select")) root.focus({ preventScroll: true });
      if (this.panel && target.dataset.pick) this.panel.change?.(target.dataset.pick, target.value, target);
    });
    root.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.panel) return;
    const { target } = event;
    if (target.matches?.("input, select, textarea") && target.type !== "range") return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const tab = target.dataset?.tab;
    const tabs = tab ? { ArrowLeft: () => this.nextTab(-1), ArrowRight: () => this.nextTab(1) } : {};
    const own = target.type === "range" && key.startsWith("Arrow") ? {} : this.panel.keys?.() ?? {};
    if (target.matches?.("button") && (key === " " || key === "Enter")) return;
    const action = { ...own, "?": () => this.root.querySelector('[data-do="help"]')?.click(), ...tabs }[key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  goTo(name) {
    Object.assign(this.links, this.panel.link?.());
    this.showPanel(name);
    this.remember();
  }

  nextTab(by) {
    const at = PANELS.findIndex((kind) => kind.name === this.state.mode);
    const { name } = PANELS[(at + by + PANELS.length) % PANELS.length];
    this.goTo(name);
    this.root.querySelector(`[data-tab="${name}"]`).focus();
  }
}

// what a link says of one model alone
const NOTHING = { order: "", order_seed: 0, only: "", t: -1, pick: 0, edits: "", source: "nothing", example: 0, drawing: "", region: "", read: "test", other: "", level: 0, missing: "", first: -1, place: -1 };

// {width, height, d, levels, classes told of, orders by name, own order, examples (levels), their labels, class names}
function readModel(header, planes) {
  const d = header.width * header.height, { data } = planes.examples;
  const examples = Array.from({ length: data.length / d }, (_, i) => data.subarray(i * d, (i + 1) * d));
  return { ...header, d, examples, order: planes.order.data };
}

function markup() {
  return `
<div data-part="error" class="error" role="alert" hidden></div>
<div class="tabs" role="tablist">${PANELS.map(({ name, title, hint }) => `<button type="button" role="tab" data-tab="${name}" title="${hint}">${title}</button>`).join("")}</div>
<div class="panel" data-part="panel" role="tabpanel"></div>`;
}
