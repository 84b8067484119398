// What stands around a map: its scores, its settings, or what it would cost.

import { find, part } from "../../shared/view/dom.js";
import { html, put } from "../../shared/view/html.js";
import { changedSetting } from "./codes_url.js";
import { askMarkup, tuneMarkup } from "./panel_markup.js";
import { epochScores, scoresMarkup } from "./scores.js";

/** @typedef {import("./map_panel.js").MapPanel} MapPanel */
/** @typedef {import("./point_store.js").PointStore} PointStore */
/** @typedef {import("./training_trajectory.js").TrainingTrajectory} TrainingTrajectory */
/** @typedef {import("./types.d.ts").Layout} Layout */

const UNITS = { images: "pixels", documents: "word counts", rows: "columns" };

/**
 * Scores of the epoch where that is shown, else of the full space and of the map.
 * @param {MapPanel} panel
 * @param {Layout} layout
 * @param {TrainingTrajectory | null} training
 */
function scoresOf({ map, showsTraining, store }, layout, training) {
  if (showsTraining && training) return epochScores(training, store.labels);
  const [, space] = map.name.split("-");
  const epoch = training?.active && (space ?? "code") === "code" ? training.epoch : null;
  return scoresMarkup(layout.scores, store.n, store.split, spaceScore(space, store), epoch);
}

/**
 * k-NN accuracy in the full space that a map is one of.
 * @param {string | undefined} space
 * @param {PointStore} store
 */
function spaceScore(space, { accuracy, dim, numbers, kind }) {
  if (!space || !accuracy) return null;
  return space === "code"
    ? { words: `the ${dim}-D code`, value: accuracy.code ?? Number.NaN, n: accuracy.n }
    : {
        words: `${numbers.toLocaleString("en")} ${UNITS[kind]}`,
        value: accuracy.pixels ?? Number.NaN,
        n: accuracy.n,
      };
}

/**
 * @param {MapPanel} panel
 * @param {Layout} layout
 * @param {Layout | null} base what is drawn
 * @param {TrainingTrajectory | null} training
 */
export function describeMap(panel, layout, base, training) {
  const { element, store, map } = panel;
  const ready = layout.state === "ready";
  const ask = part(element, "ask");
  const tree = /** @type {Document | ShadowRoot} */ (ask.getRootNode());
  const focused = ask.contains(tree.activeElement);
  ask.hidden = ready;
  if (!ready) {
    put(ask, askMarkup(layout, base, store.n));
    if (focused) ask.querySelector("button")?.focus({ preventScroll: true });
  }
  put(part(element, "scores"), ready ? scoresOf(panel, layout, training) : html``);
  const kind = store.kindOf(map.name);
  const rules = kind?.settings ?? {};
  const tune = find(element, '[data-do="tune"]');
  const form = part(element, "tune");
  tune.hidden = !Object.keys(rules).length;
  if (tune.hidden) form.hidden = true;
  if (form.dataset.of !== layout.key) {
    form.dataset.of = layout.key;
    put(form, tuneMarkup(rules, map.settings));
  }
  const title = kind?.title ?? map.name;
  panel.over.setAttribute("aria-label", `${title}, ${store.n.toLocaleString("en")} points: drag, zoom, click points`);
}

/**
 * The settings in a map's form that are not the usual ones.
 * @param {HTMLInputElement[]} fields
 * @param {Record<string, import("./types.d.ts").Rule>} rules
 * @returns {Record<string, number>}
 */
export function settingsIn(fields, rules) {
  return Object.assign(
    {},
    ...fields.map(({ dataset, value }) => {
      const name = dataset.setting ?? "";
      return value !== "" && rules[name] ? changedSetting(name, Number(value), rules[name]) : {};
    }),
  );
}
