// What the controls of the page do, and how they show the state.

import { syncChoices, write } from "../../shared/view/controls.js";
import { find, findAll, part } from "../../shared/view/dom.js";
import { MOST_MAPS } from "./codes_url.js";
import { chosenColour, colourValue } from "./colour_choice.js";
import { settingsIn } from "./map_words.js";
import { meaningOf, SPLIT_WORDS } from "./scores.js";

/** @typedef {import("../../shared/view/types.d.ts").Keys} Keys */
/** @typedef {import("./player.js").CodesView} CodesView */
/** @typedef {import("./types.d.ts").CodesState} CodesState */

/** What a click on "true neighbours" goes through. @type {CodesState["near"][]} */
const NEAR = ["pixels", "code", "off"];

/**
 * While points load: what is being done, and nothing that looks as if it could be used but the choice of points.
 * @param {HTMLElement} root
 * @param {CodesState} state
 * @param {number} passed milliseconds
 */
export function showLoading(root, { points, split }, passed) {
  root.setAttribute("aria-busy", "true");
  for (const box of [...findAll(root, ":scope > *"), ...findAll(root, ".controls > *")])
    box.inert = !box.matches(".error, .loading, .controls, .controls > :first-child");
  const line = part(root, "loading");
  const seconds = Math.round(passed / 1000);
  const time = seconds > 1 ? ` ${seconds} s` : "";
  line.hidden = false;
  write(line, `Encoding up to ${Number(points).toLocaleString("en")} ${SPLIT_WORDS[split]} examples …${time}`);
}

/** What is drawn over or under the points, by the buttons that show and hide it. @type {Record<string, "ghost" | "contours" | "names">} */
const OVERLAYS = { "decode-plane": "ghost", contours: "contours", names: "names" };

/** @param {CodesView} view */
export function syncControls({ data, state, root, panels, ready, points, outOfSample }) {
  syncChoices(root, { ...state, pen: outOfSample.pad?.tool });
  const split = find(root, '[data-pick="split"]', HTMLSelectElement);
  split.value = state.split;
  for (const option of split.options) option.disabled = option.value !== "test" && !data.trainHere;
  split.title = data.trainHere ? "" : "Training data not downloaded";
  find(root, '[data-pick="points"]', HTMLSelectElement).value = state.points;
  if (ready) find(root, '[data-pick="colour"]', HTMLSelectElement).value = colourValue(state);
  syncUnit(root, state, points?.layers ?? []);
  for (const [name, overlay] of Object.entries(OVERLAYS))
    part(root, name).setAttribute("aria-pressed", String(state[overlay] === "on"));
  const decodePlane = part(root, "decode-plane", HTMLButtonElement);
  decodePlane.hidden = ready && !points.kinds.some(({ decodes }) => decodes);
  decodePlane.disabled = decodePlane.hidden;
  find(root, '[data-do="add"]', HTMLButtonElement).disabled = panels.length >= MOST_MAPS;
  for (const button of findAll(root, '[data-do="remove"]')) button.hidden = panels.length <= 1;
  for (const { over } of panels) {
    over.style.cursor = state.tool === "move" ? "grab" : "crosshair";
    over.style.touchAction = state.tool === "move" ? "pan-x pan-y" : "none"; // a finger draws the box or the loop
  }
}

/**
 * The unit that colours stand for, where they stand for one.
 * @param {HTMLElement} root
 * @param {CodesState} state
 * @param {{ name: string, size: number }[]} layers
 */
function syncUnit(root, { colour, layer, unit }, layers) {
  const size = layers.find(({ name }) => name === layer)?.size ?? 0;
  part(root, "unit-of").hidden = colour !== "unit" || !size;
  const field = find(root, '[data-pick="unit"]', HTMLInputElement);
  field.max = String(size - 1);
  if (field.value !== String(unit)) field.value = String(unit);
  write(part(root, "units"), `of ${size.toLocaleString("en")}`);
}

/**
 * What the buttons do, by their names.
 * @param {CodesView} view
 * @param {HTMLButtonElement} button
 * @returns {Record<string, () => void>}
 */
export function actionsOf(view, button) {
  const { bar, selector, points } = view;
  /** @param {(panel: import("./map_panel.js").MapPanel) => void} act on the map that the button belongs to */
  const onMap = act => () => {
    const panel = view.grid.panelAround(button);
    if (panel) act(panel);
  };
  return {
    "decode-plane": () => toggle(view, "ghost"),
    contours: () => toggle(view, "contours"),
    names: () => toggle(view, "names"),
    "unit-back": () => stepUnit(view, -1),
    "unit-on": () => stepUnit(view, 1),
    add: () => view.grid.add(),
    clear: () => selector.choose([]),
    isolate: () => selector.isolate(),
    more: () => view.list.showMore(),
    play: () => bar.play(),
    "step-back": () => bar.step(-1),
    "step-on": () => bar.step(1),
    finish: () => bar.seek(null),
    "clear-pad": () => view.outOfSample.clearPad(),
    "show-all": () => selector.showAllClasses(),
    fit: onMap(panel => panel.look(null)),
    "zoom-in": onMap(panel => panel.zoomAt(1.3)),
    "zoom-out": onMap(panel => panel.zoomAt(1 / 1.3)),
    png: onMap(panel => view.grid.save(panel)),
    remove: onMap(panel => view.grid.remove(panel)),
    compute: onMap(panel => points.maps.compute(panel.layout)),
    halt: onMap(panel => points.maps.stop(panel.layout)),
    tune: onMap(panel => {
      const form = part(panel.element, "tune");
      form.hidden = !form.hidden;
      button.setAttribute("aria-expanded", String(!form.hidden));
    }),
  };
}

/** @param {CodesView} view @param {"ghost" | "contours" | "names"} overlay */
const toggle = (view, overlay) => view.onChoice(overlay, view.state[overlay] === "on" ? "off" : "on");

/** Colour by another unit of the layer, the first one after the last. @param {CodesView} view @param {number} by */
function stepUnit(view, by) {
  const { state, points } = view;
  const size = points.layers.find(({ name }) => name === state.layer)?.size ?? 0;
  if (state.colour === "unit" && size) view.setColour({ unit: (state.unit + by + size) % size });
}

/** @param {CodesView} view @returns {Keys} */
export function keysOf(view) {
  const { bar, selector } = view;
  return {
    d: () => toggle(view, "ghost"),
    c: () => toggle(view, "contours"),
    t: () => toggle(view, "names"),
    ",": () => stepUnit(view, -1),
    ".": () => stepUnit(view, 1),
    v: () => view.onChoice("tool", "move"),
    b: () => view.onChoice("tool", "box"),
    l: () => view.onChoice("tool", "lasso"),
    n: () => view.onChoice("near", NEAR[(NEAR.indexOf(view.state.near) + 1) % NEAR.length]),
    i: () => selector.isolate(),
    Escape: () => {
      if (view.selection.isolated) return selector.isolate();
      selector.choose([]);
      view.outOfSample.drop();
    },
    "[": () => bar.step(-1),
    "]": () => bar.step(1),
    " ": () => bar.play(),
  };
}

/**
 * A select was changed: the points, what colours stand for, the map of a panel.
 * @param {CodesView} view
 * @param {string} name
 * @param {HTMLInputElement | HTMLSelectElement} field
 */
export function changeSelect(view, name, field) {
  const { value } = field;
  if (name === "split" || name === "points") view.loader.openOthers({ [name]: value });
  else if (name === "map") {
    const panel = view.grid.panelAround(field);
    if (panel) view.grid.replace(panel, { name: value, settings: {} });
  } else if (name === "colour") view.setColour(chosenColour(value));
  else if (name === "unit") view.setColour({ unit: Math.floor(Number(value)) || 0 });
}

/**
 * A form was sent: the search, or the settings of a map.
 * @param {CodesView} view
 * @param {HTMLFormElement} form
 */
export function submitForm(view, form) {
  if (form.dataset.part === "search") return view.selector.search(part(form, "query", HTMLInputElement).value);
  const panel = view.grid.panelAround(form);
  if (!panel) return;
  const rules = view.points.kindOf(panel.map.name)?.settings ?? {};
  const settings = settingsIn(findAll(form, "[data-setting]", HTMLInputElement), rules);
  view.grid.replace(panel, { name: panel.map.name, settings });
}

/** Show what a score means below the scores, or no longer. @param {HTMLButtonElement} button @param {string} score */
export function toggleMeaning(button, score) {
  const box = /** @type {HTMLElement} */ (button.parentElement);
  const open = button.getAttribute("aria-expanded") !== "true";
  for (const other of findAll(box, "[data-score]"))
    other.setAttribute("aria-expanded", String(open && other === button));
  const meaning = part(box, "meaning");
  meaning.hidden = !open;
  write(meaning, meaningOf(score));
}
