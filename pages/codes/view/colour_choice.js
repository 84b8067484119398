// What the colours of the points can stand for, what of it is chosen, and the numbers behind it.

import { html } from "../../shared/view/html.js";
import { rangeOf, spanOf } from "./point_colours.js";

/** @typedef {import("./player.js").CodesView} CodesView */
/** @typedef {import("./point_store.js").PointStore} PointStore */
/** @typedef {import("./point_values.js").Question} Question */
/** @typedef {import("./types.d.ts").CodesLink} CodesLink */
/** @typedef {Pick<CodesLink, "colour" | "factor" | "score" | "layer" | "unit">} ColourChoice */
/** @typedef {Pick<PointStore, "labels" | "factors" | "scores" | "layers">} Offer */

/**
 * Numbers that colours stand for: what they are called, and over the colour bar, their unit, the least and the largest that have colours of their
 * own, a word on these, and of how many points they are here.
 * @typedef {{ values: Float32Array, title: string, heading: string, unit: string, span: [number, number], about: string, done: number }} ShownValues
 */

/** What of a state says what colours stand for. @param {ColourChoice} state @returns {ColourChoice} */
export const colouring = ({ colour, factor, score, layer, unit }) => ({ colour, factor, score, layer, unit });

/** The choice as the value of a menu. @param {ColourChoice} state */
export function colourValue({ colour, factor, score, layer }) {
  const of = { factor, score, unit: layer }[/** @type {string} */ (colour)];
  return of === undefined ? colour : `${colour} ${of}`;
}

/** The inverse: what of the state a choice in the menu sets. @param {string} value @returns {Partial<ColourChoice>} */
export function chosenColour(value) {
  const [colour, ...rest] = value.split(" ");
  const of = rest.join(" ");
  const more = { factor: { factor: of }, score: { score: of }, unit: { layer: of } }[colour];
  return { colour: /** @type {CodesLink["colour"]} */ (colour), ...more };
}

/**
 * The choice as far as the points have what it asks for: else their classes, or their errors.
 * @param {ColourChoice} state
 * @param {Offer} points
 * @returns {ColourChoice}
 */
export function possibleColour(state, { labels, factors, scores, layers }) {
  const { colour, factor, score, layer, unit } = state;
  const size = layers.find(({ name }) => name === layer)?.size ?? 0;
  /** @type {Partial<Record<ColourChoice["colour"], boolean>>} */
  const missing = {
    class: !labels,
    factor: !factors.some(({ name }) => name === factor),
    score: !scores.some(({ name }) => name === score),
    unit: !size,
  };
  return {
    ...colouring(state),
    colour: missing[colour] ? (labels ? "class" : "error") : colour,
    unit: Math.max(0, Math.min(unit, size - 1)),
  };
}

/**
 * What of a link's choice could not be used, in words; "" where all was.
 * @param {ColourChoice} asked
 * @param {ColourChoice} used what `possibleColour` made of it
 */
export function colourProblem(asked, used) {
  const names = { factor: `factor “${asked.factor}”`, score: `score “${asked.score}”`, unit: `layer “${asked.layer}”` };
  const name = names[/** @type {keyof typeof names} */ (asked.colour)]; // none where it is a colour of all data
  if (name && used.colour !== asked.colour) return `The link's ${name} was not used: there is none of that name.`;
  if (used.colour === "unit" && used.unit !== asked.unit)
    return `The link's unit ${asked.unit} was not used: the last one of that layer is ${used.unit}.`;
  return "";
}

/** The options of the menu. @param {Offer} points */
export function colourOptions({ labels, factors, scores, layers }) {
  /** @param {string} value @param {string} text */
  const option = (value, text) => html`<option value="${value}">${text}</option>`;
  const group = (/** @type {string} */ label, /** @type {import("../../shared/view/html.js").Html[]} */ options) =>
    options.length ? html`<optgroup label="${label}">${options}</optgroup>` : html``;
  return [
    labels ? option("class", "class") : html``,
    option("cluster", "cluster"),
    option("place", "position on first map"),
    group(
      "True factor",
      factors.map(({ name }) => option(`factor ${name}`, name)),
    ),
    group("Under the model", [
      option("error", "reconstruction error"),
      ...scores.map(({ name, title }) => option(`score ${name}`, title)),
    ]),
    group(
      "Activation of a unit",
      layers.map(({ name, title, size }) => option(`unit ${name}`, `${title}, ${size.toLocaleString("en")} units`)),
    ),
  ];
}

/** The numbers that the colours stand for, as far as they are here; null where they are no numbers. @param {CodesView} view @returns {ShownValues | null} */
export function shownValues({ state, points, errorSpan }) {
  const { colour } = state;
  if (colour === "error")
    return {
      values: points.errors,
      title: "",
      heading: "",
      unit: "squared error per example",
      span: errorSpan,
      about: "2nd to 98th percentile",
      done: points.n,
    };
  const factor = points.factors.find(({ name }) => name === state.factor);
  if (colour === "factor" && factor)
    return {
      values: factor.values,
      title: factor.name,
      heading: factor.name,
      unit: "",
      span: rangeOf(factor.values),
      about: "a true factor of the data, not used in training",
      done: points.n,
    };
  const score = points.scores.find(({ name }) => name === state.score);
  if (colour === "score" && score) {
    const { values, done } = points.values.of({ kind: "score", of: score.name, unit: 0 });
    const { title, unit } = score;
    return { values, title, heading: title, unit, span: spanOf(values), about: "2nd to 98th percentile", done };
  }
  const layer = points.layers.find(({ name }) => name === state.layer);
  if (colour === "unit" && layer) {
    const { values, done } = points.values.of({ kind: "unit", of: layer.name, unit: state.unit });
    const title = `unit ${state.unit} of ${layer.title}`;
    const span = rangeOf(values);
    return { values, title, heading: "", unit: "activation", span, about: "lowest to highest", done };
  }
  return null;
}

/** The number of a point in words; "" where colours stand for none, or for the error, which is always told. @param {ShownValues | null} shown @param {number} row */
export function valueWords(shown, row) {
  if (!shown?.title || Number.isNaN(shown.values[row])) return "";
  const unit = shown.unit === "activation" ? "" : ` ${shown.unit}`;
  return ` · ${shown.title} ${Number(shown.values[row].toPrecision(3))}${unit.trimEnd()}`;
}
