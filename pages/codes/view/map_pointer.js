// The pointer and the keys on a map: moving it, choosing points by click, box and lasso.

import { part } from "../../shared/view/dom.js";
import { Fingers, thinned } from "../../shared/view/plane_view.js";
import { zoomByWheel } from "../../shared/view/zoom.js";
import { MOST_CORNERS } from "./codes_url.js";

/** @typedef {import("./map_panel.js").MapPanel} MapPanel */
/** @typedef {import("../../shared/view/plane_view.js").Spot} Spot */
/** @typedef {"move" | "box" | "lasso"} Tool what dragging does */

const STEP = 50; // pixels that an arrow key moves a map
const ZOOM = 1.3; // of the keys + and -

/** @param {Spot} a @param {Spot} b */
const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

/**
 * The path of a box or a loop once the pointer is somewhere else.
 * @param {Spot[]} path
 * @param {Spot} start
 * @param {Spot} at
 * @param {Tool} tool
 */
export function pathTo(path, start, at, tool) {
  if (tool === "box") return [start, { x: at.x, y: start.y }, at, { x: start.x, y: at.y }];
  return distance(at, path[path.length - 1]) > 3 ? [...path, at] : path;
}

export class MapPointer {
  /** @param {MapPanel} panel */
  constructor(panel) {
    this.panel = panel;
    this.host = panel.host;
    this.fingers = new Fingers(panel.over);
    /** @type {Tool | "pinch" | null} */
    this.mode = null;
    this.start = { x: 0, y: 0 };
    this.moved = false;
    this.adding = false; // to what is chosen
    /** @type {Spot[]} of the box or lasso that is being drawn */
    this.path = [];
    this.listen();
  }

  listen() {
    const { panel, host } = this;
    const { over } = panel;
    /**
     * While the points of another choice load, what is left of these cannot be moved or chosen.
     * @template {keyof HTMLElementEventMap} K
     * @param {K} type
     * @param {(event: HTMLElementEventMap[K]) => void} act
     */
    const on = (type, act) =>
      over.addEventListener(type, event => host.ready && host.panels.includes(panel) && act(event), { passive: false });
    on("pointerdown", event => this.press(event));
    on("pointermove", event => this.move(event));
    on("pointerup", event => this.release(event));
    on("pointercancel", event => {
      this.fingers.lift(event);
      this.path = [];
      panel.redraw();
    });
    on("pointerleave", () => host.onLeave());
    on("touchmove", event => event.touches.length > 1 && event.cancelable && event.preventDefault()); // two fingers move the map
    on("dblclick", event => panel.zoomAt(event.shiftKey ? 0.5 : 2, this.fingers.spot(event)));
    on("keydown", event => this.key(event));
    zoomByWheel(over, part(panel.element, "zoom-hint"), (factor, x, y) => host.ready && panel.zoomAt(factor, { x, y }));
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (!this.panel.frame || event.button > 1) return;
    const at = this.fingers.press(event);
    if (this.fingers.down.size > 1) {
      this.path = [];
      this.mode = "pinch";
      return;
    }
    this.start = at;
    this.moved = false;
    this.adding = event.ctrlKey || event.metaKey;
    this.mode = event.button === 1 ? "move" : event.shiftKey ? "box" : event.altKey ? "lasso" : this.host.state.tool;
    if (this.mode === "move") return;
    this.path = [at];
    this.host.onLeave();
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { panel, host } = this;
    const at = this.fingers.spot(event);
    const before = this.fingers.move(event);
    if (!before) {
      if (event.pointerType !== "touch" && panel.current) host.onPoint(panel, panel.rowAt(at), at);
      return;
    }
    const away = distance(at, this.start);
    if (this.mode === "pinch") {
      if (this.fingers.down.size !== 2) return;
      const { dx, dy, factor, middle } = this.fingers.pinch(event, before);
      panel.pan(dx, dy);
      panel.zoomAt(factor, middle);
    } else if (this.mode === "move") this.drag(event, at, before, away);
    else if (this.mode && this.path.length) {
      this.moved ||= away > 4;
      this.path = pathTo(this.path, this.start, at, this.mode);
      panel.overDirty = true;
      host.requestFrame();
    }
  }

  /** @param {PointerEvent} event @param {Spot} at @param {Spot} before @param {number} away from the start */
  drag(event, at, before, away) {
    if (event.pointerType === "touch")
      this.moved ||= away > 10; // the page's swipe
    else if (this.moved || away > 4) {
      if (!this.moved) this.host.onLeave();
      const from = this.moved ? before : this.start;
      this.panel.pan(at.x - from.x, at.y - from.y);
      this.moved = true;
    }
  }

  /** @param {PointerEvent} event */
  release(event) {
    const { panel, host, path } = this;
    if (!this.fingers.lift(event)) return;
    if (this.mode === "pinch") {
      if (!this.fingers.down.size) this.mode = null;
      return;
    }
    this.path = [];
    panel.overDirty = true;
    if (!this.moved) this.click(this.fingers.spot(event), event);
    else if (path.length > 2)
      host.selector.chooseArea(
        panel,
        thinned(path, MOST_CORNERS).map(spot => panel.placeAt(spot)),
        this.adding,
      );
    else host.onViewChange();
    host.requestFrame();
  }

  /** @param {Spot} at @param {PointerEvent} event */
  click(at, event) {
    const { panel, host } = this;
    if (!panel.current || panel.base !== panel.layout) return;
    const row = panel.rowAt(at);
    if (row >= 0) host.selector.clickPoint(row, event.ctrlKey || event.metaKey || event.shiftKey);
    else host.selector.clickEmpty(panel, at);
    if (event.pointerType === "touch") host.onPoint(panel, row, at);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { panel } = this;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowLeft: () => panel.pan(STEP, 0),
      ArrowRight: () => panel.pan(-STEP, 0),
      ArrowUp: () => panel.pan(0, STEP),
      ArrowDown: () => panel.pan(0, -STEP),
      "+": () => panel.zoomAt(ZOOM),
      "=": () => panel.zoomAt(ZOOM),
      "-": () => panel.zoomAt(1 / ZOOM),
      0: () => panel.look(null),
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    actions[event.key]();
  }
}
