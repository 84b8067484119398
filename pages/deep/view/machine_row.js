// A machine and what its layers hold: the image on the left, the layers from the bottom up, the classes.

import { write } from "../../shared/view/controls.js";
import { find, findAll, part } from "../../shared/view/dom.js";
import { drawGrey, fitGrey } from "../../shared/view/greys.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { LayerView } from "./layer_view.js";

/**
 * @typedef {import("./layer_view.js").Marks} Marks
 * @typedef {import("./model.js").DeepModel} DeepModel
 * @typedef {import("./types.d.ts").Layers} Layers
 */

const IMAGE = 150; // CSS pixels
const LAYER = { width: 216, height: 150 };

export class MachineRow {
  /**
   * @param {HTMLElement} root
   * @param {DeepModel} model
   * @param {{ onHover?: (layer: number, unit: number) => void, onPick?: (layer: number, unit: number) => void }} [hands]
   */
  constructor(root, model, { onHover, onPick } = {}) {
    this.root = root;
    this.model = model;
    const { machine } = model;
    put(root, markup(model));
    this.views = machine.hidden.map(
      layer =>
        new LayerView(find(root, `[data-layer="${layer}"] canvas`, HTMLCanvasElement), LAYER.width, LAYER.height),
    );
    this.views.forEach((view, i) => {
      view.canvas.addEventListener("pointermove", event => onHover?.(i + 1, view.unitAt(event)));
      view.canvas.addEventListener("pointerleave", () => onHover?.(i + 1, -1));
      view.canvas.addEventListener("click", event => onPick?.(i + 1, view.unitAt(event)));
      view.canvas.style.cursor = onPick ? "pointer" : "default";
    });
  }

  /**
   * @param {Layers} layers
   * @param {ArrayLike<number>} image 0 to 1, what is shown on the left
   * @param {(layer: number) => Marks} [marks]
   */
  draw(layers, image, marks = () => ({})) {
    const { model, root, views } = this;
    const canvas = part(root, "image", HTMLCanvasElement);
    fitGrey(canvas, model, IMAGE);
    drawGrey(
      canvas,
      Uint8Array.from(image, v => Math.round(255 * v)),
      model,
    );
    views.forEach((view, i) => view.draw(layers[i + 1], marks(i + 1)));
    if (model.machine.classes) refresh(part(root, "classes"), classBars(model, layers[model.machine.top + 1]));
  }

  /** What stands under a layer. @param {number} layer @param {string} text */
  note(layer, text) {
    for (const element of findAll(this.root, `[data-layer="${layer}"] .note`)) write(element, text);
  }
}

/** @param {DeepModel} model @param {Float32Array} beliefs */
const classBars = (model, beliefs) =>
  html`${Array.from(beliefs, (p, c) => html`<span>${model.className(c)}</span><i><b style="width:${(100 * p).toFixed(0)}%"></b></i>`)}`;

/** @param {DeepModel} model */
const markup = model => html`
<div class="flow">
  <figure><canvas data-part="image" role="img" aria-label="Image"></canvas><figcaption data-part="image-note"></figcaption></figure>
  ${model.machine.hidden.map(
    layer => html`<span class="link ${model.machine.connections[layer - 1].undirected ? "both" : "up"}" aria-hidden="true"></span>
  <figure data-layer="${layer}"><canvas role="img" aria-label="Layer ${layer}"></canvas><figcaption>Layer ${layer} <span class="muted">· ${model.machine.sizes[layer].toLocaleString("en")} units</span><div class="note"></div></figcaption></figure>`,
  )}
  ${model.machine.classes ? html`<span class="link both" aria-hidden="true"></span><div class="classes" data-part="classes" role="img" aria-label="Beliefs about the class"></div>` : ""}
</div>`;
