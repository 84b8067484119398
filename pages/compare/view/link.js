// What the address says of the comparison, and what a notebook is told to compute.

import { unless } from "../../shared/view/panel.js";
import { isSolid } from "./layout.js";

/** @typedef {import("./player.js").ComparePlayer} ComparePlayer */

/** Values of the state that all tabs share; "" where they are as usual. @param {ComparePlayer} host */
export function linkOf({ chosen, model, selection, state }) {
  const keys = chosen.map(({ key }) => key).join(",");
  /** @param {string} name @param {string | number} usual */
  const changed = (name, usual) => (String(state[name]) === String(usual) ? "" : state[name]);
  return {
    reps: keys === model.usual.join(",") ? "" : keys,
    method: changed("method", "pca"),
    n_neighbors: changed("n_neighbors", 15),
    min_dist: changed("min_dist", 0.1),
    perplexity: changed("perplexity", 30),
    yaw: isSolid(state.method) ? unless(Math.round(state.yaw), 30) : "",
    pitch: isSolid(state.method) ? unless(Math.round(state.pitch), 20) : "",
    colour: changed("colour", "class"),
    factor: state.colour === "factor" ? state.factor : "",
    under: state.colour === "value" ? state.under : "",
    k: changed("k", 10),
    pick: selection.write(),
    hide: [...selection.hidden].join("."),
  };
}

/** The query of the route `notebook`. @param {ComparePlayer} host @returns {Record<string, string | number>} */
export function recipeOf({ chosen, method, selection, state }) {
  const { mode, k, lower, reading, probe } = state;
  const reps = chosen.map(({ key }) => key).join(",");
  return {
    reps,
    method: method.method,
    ...method.settings,
    mode,
    k,
    lower,
    reading,
    probe,
    row: selection.rows[0] ?? 0,
  };
}
