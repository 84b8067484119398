// What a list of labels leads to in each representation: predictions of all of them, errors after each number of them.

import { decide, errorOf, METHODS } from "./classify.js";

/**
 * @typedef {import("./types.d.ts").Given} Given
 * @typedef {import("./types.d.ts").Method} Method
 * @typedef {import("./types.d.ts").View} View
 */

/**
 * @typedef {object} Fit
 * @property {View} view
 * @property {(number | undefined)[]} errors by number of labels
 * @property {{ predicted: Int32Array, margin: Float32Array } | null} decided by all labels together
 */

export class Fits {
  /** @param {Int32Array} truth @param {number} classes */
  constructor(truth, classes) {
    this.truth = truth;
    this.classes = classes;
    /** @type {Method} */
    this.method = "spread";
    /** @type {Given[]} */
    this.given = [];
    /** @type {Map<string, Fit>} by key of the representation */
    this.fits = new Map();
  }

  /** @param {string} key @param {View} view */
  add(key, view) {
    this.fits.set(key, { view, errors: [], decided: null });
  }

  /** @param {string} key @returns {Fit | null} fitted */
  of(key) {
    const fit = this.fits.get(key) ?? null;
    if (fit && !fit.decided) this.refit(fit);
    return fit;
  }

  /** Other labels, which may begin like those before. @param {Given[]} given */
  setGiven(given) {
    const same = given.findIndex((one, i) => one.point !== this.given[i]?.point || one.label !== this.given[i]?.label);
    const kept = same < 0 ? given.length : same;
    this.given = given;
    for (const fit of this.fits.values()) {
      fit.decided = null;
      fit.errors.length = Math.min(fit.errors.length, kept + 1);
    }
  }

  /** @param {Method} method */
  setMethod(method) {
    this.method = method;
    for (const fit of this.fits.values()) Object.assign(fit, { errors: [], decided: null });
  }

  /** @param {Fit} fit @param {number} [count] of labels, the first ones */
  refit(fit, count = this.given.length) {
    const { classes, method, truth } = this;
    const given = this.given.slice(0, count);
    const decided = decide(METHODS[method](fit.view, given, classes), classes);
    if (count) fit.errors[count] = errorOf(decided.predicted, truth, given);
    if (count === this.given.length) fit.decided = decided;
  }

  /** Fit what is not fitted, all labels first, for some milliseconds. @param {number} budget @returns {boolean} whether anything is left */
  catchUp(budget) {
    const until = performance.now() + budget;
    for (const fit of this.fits.values()) if (!fit.decided) this.refit(fit);
    for (let count = this.given.length - 1; count > 0; count--)
      for (const fit of this.fits.values()) {
        if (fit.errors[count] !== undefined) continue;
        if (performance.now() > until) return true;
        this.refit(fit, count);
      }
    return false;
  }
}
