// @ts-nocheck: no types yet
// A player of several panels under tabs: what they all share (the model, theme, link, keys). A player extends `Host` with
//   panels                    the classes of its panels, the first being what a link without `mode` means
//   forgotten                 {name: value} of the state for another model: what a link says of one model alone
//   kept                      names of the state that hold for another model too
//   read(answer)              the model for the panels, from the answer to the route `about`
//
// A panel is a class in a file of its own, with `title`, `hint` and the tab's name as statics:
//   constructor(host, root)   builds itself in `root`; host.model is what there is, host.state what the link says
//   draw(now, passed)         at an animation frame; true where another one is wanted (else host.wake() asks for one)
//   do(name, button)          a button with data-do was pressed; change(name, value) a select or number with data-pick;
//   slide(name, value)        a slider with data-slide; set(name, value) one of a choice, already in the state
//   keys()                    {key: action}; link() {name of the link: text, "" where as usual}; themed(); close()
// All but the constructor may be missing. On a narrow screen what has the class `fold` stands behind the button Settings.

import { get } from "../gibbs/wire.js";
import { button, write } from "../shared/controls.js";
import { html, put } from "../shared/html.js";

export class Host {
  constructor(root, component) {
    this.root = root;
    this.cleanups = [];
    put(root, markup(this.panels));
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    this.readTheme();
    this.listen();
    this.path = location.pathname;
    const back = () => this.followAddress();
    window.addEventListener("popstate", back);
    this.cleanups.push(() => window.removeEventListener("popstate", back));
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
    const kept = before ? Object.fromEntries(["mode", ...this.kept].map(name => [name, this.state[name]])) : {};
    this.state = { ...data.state, ...kept, ...(before ? this.forgotten : {}) };
    this.open(Boolean(before));
  }

  destroy() {
    this.stopped = true;
    cancelAnimationFrame(this.raf);
    this.forgetWriting();
    this.panel?.close?.();
    this.cleanups.splice(0).forEach(cleanup => cleanup());
  }

  get url() {
    return `${this.data.api}/${this.data.checkpoint}`;
  }

  // `another`: in place of a model that was shown before
  async open(another) {
    this.complain("");
    this.panel?.close?.();
    this.panel = this.model = null;
    this.$("panel").inert = true; // what is still seen there is of no model
    this.sync();
    this.links = another ? Object.fromEntries(Object.keys(this.forgotten).map(name => [name, ""])) : {};
    this.root.setAttribute("aria-busy", "true");
    const opening = (this.opening = {});
    try {
      const answer = await get(`${this.url}/about?v=${this.data.version}`);
      if (this.opening !== opening || this.stopped) return;
      this.model = this.read(answer);
      this.root.removeAttribute("aria-busy");
      this.$("panel").inert = false;
      this.showPanel(this.state.mode);
      if (another) this.remember();
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
    this.raf = requestAnimationFrame(now => {
      this.raf = 0;
      const passed = Math.min(100, now - (this.last ?? now));
      const more = this.panel?.draw?.(now, passed) ?? false;
      this.last = more ? now : undefined;
      if (more) this.wake();
    });
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
    const Kind = this.panels.find(kind => kind.name === name) ?? this.panels[0];
    this.panel?.close?.();
    this.complain("");
    this.state.mode = Kind.name;
    const element = document.createElement("div");
    element.className = Kind.name;
    this.$("panel").replaceChildren(element);
    this.panel = new Kind(this, element);
    this.$("settings").hidden = !element.querySelector(".fold");
    this.sync();
    this.wake();
  }

  // buttons of choices as the state has them
  sync() {
    const { root, state } = this;
    root.querySelectorAll("[data-tab]").forEach(tab => {
      tab.setAttribute("aria-selected", String(tab.dataset.tab === state.mode));
      tab.tabIndex = tab.dataset.tab === state.mode ? 0 : -1;
    });
    root
      .querySelectorAll("[data-choice]")
      .forEach(b => b.setAttribute("aria-pressed", String(b.value === String(state[b.dataset.choice]))));
  }

  // put what is shown into the address, not more often than browsers like; other panels keep what they had there
  remember() {
    if (this.writing) return;
    this.writing = setTimeout(() => this.writeAddress("replaceState"), 300);
    this.root.dataset.writing = ""; // the address lags behind what is shown
  }

  forgetWriting() {
    clearTimeout(this.writing);
    this.writing = 0;
    delete this.root.dataset.writing;
  }

  // at once, into the entry of the browser's history that is there ("replaceState") or into a new one ("pushState")
  writeAddress(how) {
    this.forgetWriting();
    if (!this.panel || this.stopped) return;
    const { mode } = this.state;
    Object.assign(this.links, this.panel.link?.());
    const now = { checkpoint: this.data.checkpoint, mode: mode === this.panels[0].name ? "" : mode, ...this.links };
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(now))
      if (value === "") query.delete(name);
      else query.set(name, value);
    history[how](history.state, "", `${location.pathname}?${query}`);
  }

  // the visitor went back or forward in the browser's history: the tab of that entry, as it was left
  followAddress() {
    this.forgetWriting();
    if (location.pathname !== this.path) return; // another page comes
    const mode = new URLSearchParams(location.search).get("mode") ?? this.panels[0].name;
    if (!this.panel) this.state.mode = mode;
    else if (mode !== this.state.mode) {
      Object.assign(this.links, this.panel.link?.());
      this.showPanel(mode);
    }
    this.sync();
    this.writeAddress("replaceState"); // other tabs may have changed what this entry says of them
  }

  // -- hands ----------------------------------------------------------------------------------------

  listen() {
    const { root } = this;
    let byKeys = false;
    root.addEventListener("keydown", () => void (byKeys = true), true);
    root.addEventListener("pointerdown", () => void (byKeys = false), true);
    root.addEventListener("click", event => {
      const b = event.target.closest("button");
      if (!b) return;
      if (b.dataset.tab) this.goTo(b.dataset.tab);
      if (!this.panel) return;
      if (!byKeys && b.isConnected) root.focus({ preventScroll: true }); // the keyboard goes back to the player
      if (b.dataset.choice) {
        this.state[b.dataset.choice] = b.value;
        this.panel.set?.(b.dataset.choice, b.value);
        this.sync();
        this.remember();
      } else if (b.dataset.do === "settings")
        b.setAttribute("aria-expanded", String(this.$("panel").classList.toggle("unfolded")));
      else if (b.dataset.do === "help")
        b.setAttribute("aria-expanded", String(!(this.$("help").hidden = !this.$("help").hidden)));
      else if (b.dataset.do) this.panel.do?.(b.dataset.do, b);
    });
    root.addEventListener(
      "input",
      ({ target }) =>
        this.panel && target.dataset.slide && this.panel.slide?.(target.dataset.slide, Number(target.value), target),
    );
    root.addEventListener("change", ({ target }) => {
      if (!byKeys && target.matches("select")) root.focus({ preventScroll: true });
      if (this.panel && target.dataset.pick) this.panel.change?.(target.dataset.pick, target.value, target);
    });
    root.addEventListener("keydown", event => this.key(event));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.panel) return;
    const { target } = event;
    if (target.matches?.("input, select, textarea") && target.type !== "range") return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const tab = target.dataset?.tab;
    const tabs = tab ? { ArrowLeft: () => this.nextTab(-1), ArrowRight: () => this.nextTab(1) } : {};
    const own = target.type === "range" && key.startsWith("Arrow") ? {} : (this.panel.keys?.() ?? {});
    if (target.matches?.("button") && (key === " " || key === "Enter")) return;
    const action = { ...own, "?": () => this.root.querySelector('[data-do="help"]')?.click(), ...tabs }[key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  goTo(name) {
    if (!this.panel) {
      this.state.mode = name; // opened once the model has come
      return this.sync();
    }
    if (name === this.state.mode) return;
    this.writeAddress("replaceState"); // the entry that is left keeps what it shows
    this.showPanel(name);
    this.writeAddress("pushState");
  }

  nextTab(by) {
    const at = this.panels.findIndex(kind => kind.name === this.state.mode);
    const { name } = this.panels[(at + by + this.panels.length) % this.panels.length];
    this.goTo(name);
    this.root.querySelector(`[data-tab="${name}"]`).focus();
  }
}

const markup = panels => html`
<div data-part="error" class="error" role="alert" hidden></div>
<div class="tabs" role="tablist">${panels.map(({ name, title, hint }) => html`<button type="button" role="tab" data-tab="${name}" title="${hint}">${title}</button>`)}${button("settings", "Settings", "Show or hide the controls of this tab", html`data-part="settings" aria-expanded="false" hidden`)}</div>
<div class="panel" data-part="panel" role="tabpanel"></div>`;
