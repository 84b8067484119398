// The player of models that sample pixel by pixel: what its panels share.

import { get } from "../../shared/view/api.js";
import { greyPixel } from "../../shared/view/canvas.js";
import { rowsOf } from "../../shared/view/rows.js";
import { TabsShell } from "../../shared/view/tabs.js";
import { paintImage } from "./overlays.js";
import { PANELS } from "./panels.js";

/** @typedef {import("../../shared/view/types.d.ts").PlayerData} PlayerData */
/** @typedef {import("./model.js").Around} Around */
/** @typedef {import("./model.js").PixelModel} PixelModel */
/** @typedef {import("./model.js").PixelSettings} PixelSettings */
/** @typedef {PlayerData & { gif: string, dataset: string }} PixelData what the page sends: `gif` is a route's address */

/** @extends {TabsShell<PixelModel, PixelData>} */
export class PixelPlayer extends TabsShell {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root);
    this.state = /** @type {PixelSettings} */ (this.state);
    /** @type {{ of: PixelModel, answer: Promise<Around> } | null} */
    this.asked = null;
  }

  /** @override */
  get panels() {
    return PANELS;
  }

  /** @override */
  get resetState() {
    return {
      order: "",
      order_seed: 0,
      only: "",
      t: -1,
      pick: 0,
      edits: "",
      source: "nothing",
      example: 0,
      drawing: "",
      region: "",
      read: "test",
      other: "",
      level: 0,
      missing: "",
      first: -1,
      place: -1,
    };
  }

  /** @override */
  get keptState() {
    return ["speed", "loop", "glow", "images", "temperature"];
  }

  /** @override @param {import("../../shared/view/types.d.ts").Message} answer @returns {PixelModel} */
  readModel({ header, planes }) {
    const d = header.width * header.height;
    return { ...header, d, examples: rowsOf(planes.examples.data, d), order: planes.order.data };
  }

  /** What is beside the model, asked for once. */
  around() {
    if (this.asked?.of !== this.model) {
      const answer = get(`${this.modelUrl}/around`).then(({ header, planes }) => ({
        ...header,
        samples: planes.samples?.data ?? null,
      }));
      this.asked = { of: this.model, answer };
    }
    return this.asked.answer;
  }

  /**
   * Paint an image in levels, its longer side `side` pixels of the page.
   * @param {HTMLCanvasElement} canvas
   * @param {ArrayLike<number>} levels
   * @param {number} side
   */
  blit(canvas, levels, side) {
    const step = 255 / (this.model.levels - 1);
    paintImage(canvas, this.model, side, greyPixel(Uint8ClampedArray.from(levels, level => level * step)));
  }
}

/**
 * @param {Element} parent what Streamlit made for the component
 * @param {import("../../shared/view/types.d.ts").Component<any>} component
 */
export const mount = (parent, component) => PixelPlayer.mount(parent, component);
