// What the controls of the page do, and how they show the state.

import { syncChoices, write } from "../../shared/view/controls.js";
import { find, findAll, part } from "../../shared/view/dom.js";
import { MOST_MAPS } from "./codes_url.js";
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

/** @param {CodesView} view */
export function syncControls({ data, state, root, panels, ready, points, outOfSample }) {
  syncChoices(root, { ...state, pen: outOfSample.pad?.tool });
  const split = find(root, '[data-pick="split"]', HTMLSelectElement);
  split.value = state.split;
  for (const option of split.options) option.disabled = option.value !== "test" && !data.trainHere;
  split.title = data.trainHere ? "" : "Training data not downloaded";
  find(root, '[data-pick="points"]', HTMLSelectElement).value = state.points;
  find(root, "[data-factor]", HTMLSelectElement).value = state.colour === "factor" ? state.factor : "";
  const classes = find(root, '[data-choice="colour"][value="class"]', HTMLButtonElement);
  classes.disabled = ready && !points.labels;
  const decodePlane = part(root, "decode-plane", HTMLButtonElement);
  decodePlane.setAttribute("aria-pressed", String(state.ghost === "on"));
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
    "decode-plane": () => toggleDecodedPlane(view),
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

/** @param {CodesView} view */
const toggleDecodedPlane = view => view.onChoice("ghost", view.state.ghost === "on" ? "off" : "on");

/** @param {CodesView} view @returns {Keys} */
export function keysOf(view) {
  const { bar, selector } = view;
  return {
    d: () => toggleDecodedPlane(view),
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
 * A select was changed: the points, a known factor as the colour, the map of a panel.
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
  } else if (name === "factor") {
    view.state.factor = value;
    view.onChoice("colour", value ? "factor" : view.points.labels ? "class" : "error");
  }
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
