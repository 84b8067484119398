// Ways to represent an image, and how far each moves when the image does.

import { distance, shifted } from "./machine.js";
import { denseMeans } from "./model.js";

/**
 * @typedef {import("../../shared/view/types.d.ts").Floats} Floats
 * @typedef {import("./model.js").ConvolutionalModel} ConvolutionalModel
 * @typedef {import("./types.d.ts").Code} Code
 * @typedef {import("./types.d.ts").Dense} Dense
 */

const EXAMPLES = 40; // test images whose distances from each other are the yardstick

/**
 * @param {ConvolutionalModel} model
 * @param {Dense | null} dense
 * @returns {Code[]} colours are told apart on white and on black
 */
export function codesOf(model, dense) {
  const { machine } = model;
  const codes = [
    { title: "Pixels", colour: "#8b95a3", of: (/** @type {Floats} */ v) => v },
    { title: "Detection units", colour: "#d55e00", of: (/** @type {Floats} */ v) => machine.means(v, model).detection },
    { title: "Pooling units", colour: "#0fa07a", of: (/** @type {Floats} */ v) => machine.means(v, model).pooling },
  ];
  if (dense)
    codes.splice(1, 0, {
      title: "Dense RBM",
      colour: "#3b8ede",
      of: (/** @type {Floats} */ v) => denseMeans(dense, v),
    });
  return codes;
}

/**
 * How far a code lies from that of another image on average: the mean over neighbours in a list of test images; without
 * any, how far that of the given image lies from that of an empty one.
 * @param {Code} code
 * @param {Floats[]} examples
 * @param {Floats} v
 */
export function yardstick(code, examples, v) {
  const found = examples.slice(0, EXAMPLES).map(code.of);
  if (found.length < 2) return distance(code.of(v), code.of(new Float32Array(v.length))) || 1;
  let sum = 0;
  for (let i = 1; i < found.length; i++) sum += distance(found[i], found[i - 1]);
  return sum / (found.length - 1);
}

/**
 * Distances between an image's code and those of the image shifted to the right by -most to most pixels, and by dy down.
 * @param {Code} code
 * @param {Floats} v
 * @param {import("./types.d.ts").Shape} image
 * @param {number} most
 * @param {number} dy
 * @returns {number[]}
 */
export function distancesOfShifts(code, v, image, most, dy) {
  const still = code.of(v);
  return Array.from({ length: 2 * most + 1 }, (_, i) => distance(still, code.of(shifted(v, image, i - most, dy, 0))));
}
