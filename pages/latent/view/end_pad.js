// A pad to draw A or B on, which is encoded while it is drawn.

import { messageOf } from "../../shared/view/api.js";
import { write } from "../../shared/view/controls.js";
import { part } from "../../shared/view/dom.js";
import { DrawingPad } from "../../shared/view/drawing_pad.js";
import { End } from "./ends.js";

/** @typedef {import("./player.js").LatentView} LatentView */
/** @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes */
/** @typedef {"a" | "b"} Which */

const SIDE = 150;

export class EndPad {
  /**
   * @param {LatentView} host
   * @param {HTMLElement} root
   * @param {(which: Which, end: End) => void} onEnd a drawing has been encoded
   */
  constructor(host, root, onEnd) {
    this.host = host;
    this.root = root;
    this.onEnd = onEnd;
    /** @type {Which | null} the end that it is open for */
    this.which = null;
    this.changed = false; // since the drawing was sent
    this.encoding = false;
    const { width, height } = host.space.model;
    this.pad = new DrawingPad(part(root, "drawing", HTMLCanvasElement), { width, height, binary: false }, () =>
      this.onStroke(),
    );
    this.pad.tool = "draw";
  }

  /**
   * @param {Which | null} which null closes it
   * @param {Bytes | null} bytes what is drawn there
   */
  open(which, bytes) {
    this.which = which;
    this.root.hidden = !which;
    if (!which) return;
    write(part(this.root, "pad-for"), `Draw ${which.toUpperCase()} here`);
    this.clear();
    if (bytes) this.pad.drawing.set(bytes);
    this.pad.draw(null, SIDE);
  }

  clear() {
    this.pad.drawing.fill(0);
    this.pad.draw(null, SIDE);
  }

  /** One question at a time: the latest drawing wins. */
  async onStroke() {
    this.pad.draw(null, SIDE);
    this.changed = true;
    if (this.encoding) return;
    this.encoding = true;
    while (this.changed && this.which) {
      this.changed = false;
      const { which, host } = this;
      const { model } = host.space;
      const end = new End({ drawing: this.pad.encode(this.pad.drawing) });
      end.readDrawing(host, model.size); // as the link will bring it back
      try {
        const { mean } = await model.encode(end.bytes ?? this.pad.drawing);
        this.onEnd(which, Object.assign(end, { code: mean, model }));
      } catch (error) {
        host.showError(messageOf(error));
        break;
      }
    }
    this.encoding = false;
  }
}
