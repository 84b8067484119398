// The page of deep machines: several layers of units, their beliefs, their chains, what each unit responds to.

import { get, once } from "../../shared/view/api.js";
import { html, put } from "../../shared/view/html.js";
import { InputImage } from "../../shared/view/input_image.js";
import { TabsShell, tabButtons } from "../../shared/view/tabs.js";
import { DeepModel, readPreferred } from "./model.js";
import { PANELS } from "./panels.js";

/**
 * @typedef {import("../../shared/view/types.d.ts").Message} Message
 * @typedef {import("./types.d.ts").DeepData} DeepData
 * @typedef {import("./types.d.ts").DeepState} DeepState
 */

/** @param {Element} parent @param {import("../../shared/view/types.d.ts").Component<DeepData>} component */
export const mount = (parent, component) => DeepView.mount(parent, component);

/** @extends {TabsShell<DeepModel, DeepData>} */
export class DeepView extends TabsShell {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root);
    this.state = /** @type {DeepState} */ (this.state);
    /** @type {import("../../shared/view/image_pad.js").PadTool} */
    this.tool = "draw";
    this.input = new InputImage({ width: 1, height: 1 }); // until there is a model
    this.preferred = once(() => Promise.resolve(/** @type {Uint16Array[][]} */ ([])));
    this.partner = once(() => Promise.resolve(/** @type {DeepModel | null} */ (null)));
    /** @type {(() => Promise<DeepModel>)[]} */
    this.machines = [];
  }

  /** @override */
  markup() {
    return html`
<div data-part="error" class="error" role="alert" hidden></div>
<div class="tabs" role="tablist" data-part="tabs"></div>
<div class="panel" data-part="panel" role="tabpanel"></div>`;
  }

  /** Panels that show inference need an undirected machine. @override */
  get panels() {
    return this.data?.undirected ? PANELS : PANELS.filter(({ undirectedOnly }) => !undirectedOnly);
  }

  /** @override @param {boolean} another */
  async load(another) {
    put(this.$("tabs"), tabButtons(this.panels));
    await super.load(another);
  }

  /** @override */
  get resetState() {
    return {
      pick: 0,
      drawing: "",
      hidden: "",
      label: -1,
      layer: 0,
      unit: -1,
      chains: "",
      chain: 0,
      top: "",
      clamped: "",
      ablated: [],
    };
  }

  /** @override */
  get keptState() {
    return ["feedback", "start", "temperature", "pace"];
  }

  /** What hidden pixels are taken for at first: the mean of the examples. */
  get meanImage() {
    const { images } = this.model;
    const mean = new Float32Array(this.input.grey.length).fill(images.length ? 0 : 0.5);
    for (const image of images) for (let i = 0; i < mean.length; i++) mean[i] += Number(image[i] > 127) / images.length;
    return mean;
  }

  /** One of the machines of the same images. @param {number} i @returns {Promise<DeepModel>} */
  machine(i) {
    return this.machines[i]();
  }

  /** @override @param {Message} answer */
  readModel(answer) {
    const model = new DeepModel(answer);
    const { api, checkpoint, machines, partner } = this.data;
    this.partner = once(async () => partner && DeepModel.open(api, partner));
    this.machines = machines.map(one => once(async () => (one.name === checkpoint ? model : DeepModel.open(api, one))));
    const url = `${this.modelUrl}/preferred?v=${this.data.version}`;
    this.preferred = once(async () => readPreferred(await get(url)));
    this.input = new InputImage(model);
    this.problems.push(...this.input.restore(/** @type {DeepState} */ (this.state), model.images));
    return model;
  }

  /** The unit that the link names: layer 0 for the top one, unit -1 for none. */
  get unitOfLink() {
    const { layer, unit } = this.state;
    const { sizes, top } = this.model.machine;
    if (layer <= top && unit < sizes[layer || top]) return { layer, unit };
    const words =
      layer > top ? `it has ${top} hidden layers` : `layer ${layer || top} has ${sizes[layer || top]} units`;
    this.problems.push(`The link's unit ${unit} of layer ${layer} was not used: ${words}, the first unit is 0.`);
    return { layer: 0, unit: -1 };
  }

  /** @override @param {string} name */
  showPanel(name) {
    const hidden = PANELS.find(kind => kind.name === name && !this.panels.includes(kind));
    if (hidden && new URLSearchParams(location.search).get("mode") === name)
      this.problems.push(`${hidden.title}: not for a belief net, ${hidden.undirectedOnly}.`);
    super.showPanel(name);
    this.reportShown();
  }

  /** @override @param {string} name @param {string} value */
  onChoice(name, value) {
    if (name === "tool") this.tool = /** @type {import("../../shared/view/image_pad.js").PadTool} */ (value);
    super.onChoice(name, value);
  }

  /** @override */
  sync() {
    this.state.tool = this.tool;
    super.sync();
  }
}
