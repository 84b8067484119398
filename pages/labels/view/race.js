// A race: labels asked for where the classifier is least certain, against labels of any examples.

import { seededRandom } from "../../shared/view/random.js";
import { decide, errorOf, METHODS, nextPoint } from "./classify.js";

/**
 * @typedef {import("./error_chart.js").ErrorCurve} ErrorCurve
 * @typedef {import("./types.d.ts").Given} Given
 * @typedef {import("./types.d.ts").Method} Method
 * @typedef {import("./types.d.ts").View} View
 */

/** @type {Record<Method, string>} */
const NAMES = { spread: "label spreading", linear: "ridge regression", nearest: "the nearest label" };
const DRAWS = 5;
const LABELS = 60;
const BUDGET = 20; // ms a frame
/** @type {["uncertain" | "random", string][]} */
const QUERIES = [
  ["uncertain", "#d55e00"],
  ["random", "#3b8ede"],
];

export class Race {
  /**
   * @param {View} view
   * @param {{ truth: Int32Array, classes: string[] }} model
   * @param {Method} method
   * @param {string} title of the representation
   */
  constructor(view, { truth, classes }, method, title) {
    this.title = title;
    this.view = view;
    this.truth = truth;
    this.classes = classes.length;
    this.method = method;
    this.most = Math.min(LABELS, view.n - 1);
    this.runners = Array.from({ length: DRAWS }, (_, draw) =>
      QUERIES.map(([query]) => ({
        query,
        random: seededRandom(draw), // both begin with the same one
        /** @type {Given[]} */
        given: [],
        /** @type {Float32Array | null} */
        margin: null,
        /** @type {(number | undefined)[]} */
        errors: [],
      })),
    ).flat();
  }

  get done() {
    return this.runners.every(({ given }) => given.length >= this.most);
  }

  /** Go on for some milliseconds, whoever has fewest labels first; whether there is more to do. */
  step() {
    for (const until = performance.now() + BUDGET; !this.done && performance.now() < until; )
      this.advance(this.runners.reduce((last, one) => (one.given.length < last.given.length ? one : last)));
    return !this.done;
  }

  /** One label more. @param {Race["runners"][number]} runner */
  advance(runner) {
    const { classes, method, truth, view } = this;
    const point = nextPoint(runner.query, view.n, runner.given, runner.margin, runner.random);
    runner.given.push({ point, label: truth[point] });
    const { predicted, margin } = decide(METHODS[method](view, runner.given, classes), classes);
    runner.margin = margin;
    runner.errors[runner.given.length] = errorOf(predicted, truth, runner.given);
  }

  /** The mean of all draws of one way of asking, as far as all have come. @param {"uncertain" | "random"} query */
  mean(query) {
    const some = this.runners.filter(one => one.query === query);
    const length = Math.min(...some.map(({ errors }) => errors.length));
    return Array.from({ length }, (_, count) =>
      count ? some.reduce((sum, { errors }) => sum + (errors[count] ?? 0), 0) / some.length : undefined,
    );
  }

  /** @returns {ErrorCurve[]} every draw, and the means over them */
  get curves() {
    const thin = this.runners.map(({ query, errors }) => ({ colour: colourOf(query), errors, thin: true }));
    return [...thin, ...QUERIES.map(([query, colour]) => ({ colour, errors: this.mean(query) }))];
  }

  get words() {
    const [asked, any] = QUERIES.map(([query]) => this.mean(query));
    const count = Math.min(asked.length, any.length) - 1;
    if (count < 1) return "";
    /** @param {number | undefined} error */
    const share = error => `${(100 * (error ?? 0)).toFixed(1)}%`;
    return `${this.title}, by ${NAMES[this.method]}: after ${count} labels ${share(asked[count])} wrong where the least certain was asked for (orange), ${share(any[count])} where any was (blue).`;
  }
}

/** @param {string} query */
const colourOf = query => QUERIES.find(([name]) => name === query)?.[1] ?? "";
