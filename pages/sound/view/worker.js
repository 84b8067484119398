// The network in a thread of its own, so that the page stays at hand while a sound is drawn.

import { Draw } from "./drawing.js";
import { networkOf } from "./networks.js";

/** @typedef {import("./drawing.js").Drawing} Drawing */
/** @typedef {import("./networks.js").Network} Network */
/** @typedef {import("./networks.js").Weights} Weights */
/** @typedef {{ weights: Weights } | { job: number, drawing: Drawing } | { job: number, drawing: null }} Order to draw, or to stop */

const PART = 20; // ms of work between two looks at what else is asked
const SURE = 256; // samples after which the speed is known
const STEPS = 16; // samples between two looks at the clock

/** @type {Network | null} */
let net = null;
let job = 0; // the latest order

/** @param {MessageEvent<Order>} event */
self.onmessage = ({ data }) => {
  if ("weights" in data) net = networkOf(data.weights);
  else {
    job = data.job;
    if (data.drawing && net) run(new Draw(net, data.drawing), data.job);
  }
};

/** @param {Draw} draw @param {number} mine */
function run(draw, mine) {
  const { port1, port2 } = new MessageChannel(); // a timer would rest some milliseconds each time
  let spent = 0, // ms that drawing took, without what is before it
    drawn = 0;
  port1.onmessage = () => {
    if (mine !== job) return port1.close();
    const begun = performance.now();
    while (!draw.catchUp(STEPS)) if (performance.now() - begun > PART) return port2.postMessage(0);
    const parts = [];
    const from = performance.now();
    while (!draw.done && performance.now() - from < PART) parts.push(draw.next(STEPS));
    spent += performance.now() - from;
    drawn += parts.reduce((sum, { levels }) => sum + levels.length, 0);
    const buffers = parts.flatMap(({ levels, logProbs }) => [levels.buffer, logProbs.buffer]);
    const rate = drawn < SURE ? 0 : (1000 * drawn) / spent;
    self.postMessage({ job, parts, done: draw.done, rate }, { transfer: buffers });
    if (draw.done) port1.close();
    else port2.postMessage(0);
  };
  port2.postMessage(0);
}
