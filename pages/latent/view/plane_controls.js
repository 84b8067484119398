// The choice of a plane in the controls, and the words on its axes.

import { write } from "../../shared/view/controls.js";
import { find, part } from "../../shared/view/dom.js";
import { html, refresh } from "../../shared/view/html.js";
import { subscript } from "./link.js";

/** @typedef {import("./link.js").PlaneChoice} PlaneChoice */
/** @typedef {import("./model.js").Model} Model */

/**
 * The plane after one of its choices was changed; the two axes stay different ones.
 * @param {PlaneChoice} plane
 * @param {string} which "kind", "first" or "second"
 * @param {string} value
 * @param {number[]} known classes
 * @returns {PlaneChoice}
 */
export function changedPlane({ kind, first, second }, which, value, known) {
  if (which === "kind") {
    const [a, b] = value === "class" ? known : [0, 1];
    return { kind: value, first: a, second: b };
  }
  const axis = Number(value);
  if (which === "first") return { kind, first: axis, second: axis === second ? first : second };
  return { kind, first: axis === first ? second : first, second: axis };
}

/**
 * @param {PlaneChoice} plane
 * @param {string[]} classes
 * @returns {[string, string]}
 */
export function axisWords({ kind, first, second }, classes) {
  if (kind === "dims") return [`z${subscript(first + 1)}`, `z${subscript(second + 1)}`];
  if (kind === "pca") return [`PC ${first + 1}`, `PC ${second + 1}`];
  return [`from ${classes[first]} to ${classes[second]}`, "leading orthogonal axis"];
}

/**
 * @param {HTMLElement} root
 * @param {PlaneChoice} plane
 * @param {Model} model
 */
export function syncPlaneControls(root, plane, model) {
  const { kind, first, second } = plane;
  const select = part(root, "kind", HTMLSelectElement);
  select.value = kind;
  find(select, '[value="class"]', HTMLOptionElement).disabled = model.known.length < 2;
  const axes = Array.from({ length: kind === "pca" ? model.principal : model.d }, (_, i) => i);
  /** @param {number} i */
  const nameOf = i => (kind === "class" ? model.classes[i] : kind === "dims" ? `z${subscript(i + 1)}` : `${i + 1}`);
  const options = (kind === "class" ? model.known : axes).map(i => html`<option value="${i}">${nameOf(i)}</option>`);
  for (const [name, value] of Object.entries({ first, second })) {
    const axis = part(root, name, HTMLSelectElement);
    refresh(axis, options);
    axis.value = String(value);
  }
  write(part(root, "times"), kind === "class" ? "to" : "×");
  const [across, up] = axisWords(plane, model.classes);
  write(part(root, "across"), `${across} →`);
  write(part(root, "up"), `${up} →`);
}
