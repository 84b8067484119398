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
const LAYER = { least: 120, most: 216, height: 150 };
const LINK = 46; // with the gaps beside it
const CLASSES = 120;
const NARROW = 520; // one under another

/**
 * @typedef {object} Hands
 * @property {(layer: number, unit: number) => void} [onHover] the pointer or the keys are there; unit -1 where they left
 * @property {(layer: number, unit: number) => void} [onPick] clicked, or Enter
 */

export class MachineRow {
  /**
   * @param {HTMLElement} root
   * @param {DeepModel} model
   * @param {Hands} [hands]
   */
  constructor(root, model, hands = {}) {
    this.root = root;
    this.model = model;
    this.room = 0;
    this.focused = { layer: 0, unit: 0 }; // reached by keys; layer 0 where none is
    const { machine } = model;
    put(root, markup(model, hands));
    this.views = machine.hidden.map(
      layer => new LayerView(find(root, `[data-layer="${layer}"] canvas`, HTMLCanvasElement), LAYER.most, LAYER.height),
    );
    this.views.forEach((view, i) => this.listen(view, i + 1, hands));
  }

  /** @param {LayerView} view @param {number} layer @param {Hands} hands */
  listen(view, layer, { onHover, onPick }) {
    const { canvas } = view;
    canvas.addEventListener("pointermove", event => onHover?.(layer, view.unitAt(event)));
    canvas.addEventListener("pointerleave", () => onHover?.(layer, -1));
    canvas.addEventListener("click", event => onPick?.(layer, view.unitAt(event)));
    canvas.style.cursor = onPick ? "pointer" : "default";
    if (!onHover && !onPick) return;
    canvas.addEventListener("keydown", event => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const { focused } = this;
      const began = focused.layer === layer;
      const unit = view.beside(event.key, focused.unit);
      if (unit !== null) this.focused = { layer, unit: began ? unit : Math.min(focused.unit, view.units - 1) };
      else if (event.key === "Enter" && began) onPick?.(layer, focused.unit);
      else return;
      event.preventDefault();
      event.stopPropagation(); // the player has other uses for them
      onHover?.(layer, this.focused.unit);
    });
    canvas.addEventListener("blur", () => {
      this.focused.layer = 0;
      onHover?.(layer, -1);
    });
  }

  /** Layers as wide as there is room for; on a narrow page one under another. */
  fitRoom() {
    const { room } = this;
    this.room = this.root.clientWidth;
    if (room === this.room) return;
    const { machine } = this.model;
    const stacked = this.room < NARROW;
    find(this.root, ".flow").classList.toggle("stacked", stacked);
    const links = machine.top + Number(Boolean(machine.classes));
    const rest = this.room - IMAGE - LINK * links - (machine.classes ? CLASSES : 0);
    const width = stacked ? this.room : Math.max(LAYER.least, rest / machine.top);
    for (const view of this.views) view.width = Math.min(LAYER.most, Math.floor(width));
  }

  /**
   * @param {Layers} layers
   * @param {ArrayLike<number>} image 0 to 1, what is shown on the left
   * @param {(layer: number) => Marks} [marks]
   */
  draw(layers, image, marks = () => ({})) {
    const { focused, model, root, views } = this;
    this.fitRoom();
    const canvas = part(root, "image", HTMLCanvasElement);
    fitGrey(canvas, model, IMAGE);
    drawGrey(
      canvas,
      Uint8Array.from(image, v => Math.round(255 * v)),
      model,
    );
    views.forEach((view, i) => {
      const unit = focused.layer === i + 1 ? focused.unit : -1;
      view.draw(layers[i + 1], { ...marks(i + 1), focused: unit });
    });
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

/** @param {DeepModel} model @param {Hands} hands */
const markup = (model, { onHover, onPick }) => html`
<div class="flow">
  <figure><canvas data-part="image" role="img" aria-label="Image"></canvas><figcaption data-part="image-note"></figcaption></figure>
  ${model.machine.hidden.map(
    layer => html`<span class="link ${model.machine.connections[layer - 1].undirected ? "both" : "up"}" aria-hidden="true"></span>
  <figure data-layer="${layer}"><canvas ${onHover || onPick ? html`tabindex="0" role="application"` : html`role="img"`} aria-label="Layer ${layer}${onHover && ": arrow keys move from unit to unit"}${onPick && ", Enter clicks"}"></canvas><figcaption>Layer ${layer} <span class="muted">· ${model.machine.sizes[layer].toLocaleString("en")} units</span><div class="note"></div></figcaption></figure>`,
  )}
  ${model.machine.classes ? html`<span class="link both" aria-hidden="true"></span><figure><div class="classes" data-part="classes" role="img" aria-label="Beliefs about the class"></div><figcaption>Class</figcaption></figure>` : ""}
</div>`;
