// The page of convolutional machines: feature maps, what pooling keeps of a shifted image, samples of any size.

import { get, once } from "../../shared/view/api.js";
import { InputImage } from "../../shared/view/input_image.js";
import { TabsShell } from "../../shared/view/tabs.js";
import { ConvolutionalModel, readDense } from "./model.js";
import { PANELS } from "./panels.js";

/**
 * @typedef {import("../../shared/view/image_pad.js").PadTool} PadTool
 * @typedef {import("../../shared/view/types.d.ts").Message} Message
 * @typedef {import("./types.d.ts").ConvolutionalData} ConvolutionalData
 * @typedef {import("./types.d.ts").ConvolutionalState} ConvolutionalState
 */

/** @param {Element} parent @param {import("../../shared/view/types.d.ts").Component<ConvolutionalData>} component */
export const mount = (parent, component) => ConvolutionalView.mount(parent, component);

/** @extends {TabsShell<ConvolutionalModel, ConvolutionalData>} */
export class ConvolutionalView extends TabsShell {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root);
    this.state = /** @type {ConvolutionalState} */ (this.state);
    /** @type {PadTool} */
    this.tool = "draw";
    this.input = new InputImage({ width: 1, height: 1 }); // until there is a model
    this.dense = once(() => Promise.resolve(/** @type {import("./types.d.ts").Dense | null} */ (null)));
  }

  /** @override */
  get panels() {
    return PANELS;
  }

  /** @override */
  get resetState() {
    return { pick: 0, drawing: "", hidden: "", filter: 0, dx: 0, dy: 0, clamped: "" };
  }

  /** @override */
  get keptState() {
    return ["size"];
  }

  /** @override @param {Message} answer */
  readModel(answer) {
    const model = new ConvolutionalModel(answer);
    const { data } = this;
    const state = /** @type {ConvolutionalState} */ (this.state);
    const url = `${this.modelUrl}/dense?v=${data.version}`;
    this.dense = once(async () => (data.dense ? readDense(await get(url)) : null));
    this.input = new InputImage(model);
    this.problems.push(...this.input.restore(state, model.images));
    const last = model.machine.count - 1;
    if (state.filter > last) {
      this.problems.push(
        `The link's filter ${state.filter} was not used: there are ${last + 1}, and the first one is 0.`,
      );
      state.filter = 0;
    }
    return model;
  }

  /** @override @param {string} name */
  showPanel(name) {
    super.showPanel(name);
    this.reportShown();
  }

  /** @override @param {string} name @param {string} value */
  onChoice(name, value) {
    if (name === "tool") this.tool = /** @type {PadTool} */ (value);
    super.onChoice(name, value);
  }

  /** @override */
  sync() {
    this.state.tool = this.tool;
    super.sync();
  }
}
