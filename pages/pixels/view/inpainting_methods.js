// Ways to inpaint with a model that samples in an order, and what they show.

import { fixed, plural } from "../../shared/view/format.js";

/** @type {Record<string, [string, string]>} ways to inpaint, as the route calls them: name, what it does */
export const METHODS = {
  held: ["in the model's order", "Sample missing pixels in order, before later given ones are seen"],
  weighted: ["importance-weighted", "Resample by the likelihood of later given pixels; exact in the limit"],
  renewed: ["particle filter", "Resample at each given pixel: drop improbable samples, duplicate probable ones"],
  first: ["given pixels first", "Condition on all given pixels first, then sample the missing ones"],
};

/**
 * Samples of the region by one method in one order (route `fill`).
 * @typedef {object} Inpainted
 * @property {Uint8Array[]} images
 * @property {number} after nats of the given pixels that come after the first missing one
 * @property {number} nats of the whole image, mean of the samples
 * @property {number} [right] share of the missing pixels that are as in the image
 * @property {number} [effective] samples, by their weights
 * @property {number} [different] samples that a particle filter has left
 * @property {number} drawings samples that were drawn
 */

/**
 * The orders and methods that are compared.
 * @param {string[]} orders that the model knows, its own first
 * @returns {[string, string][]}
 */
export const comparisons = orders =>
  orders.length > 1
    ? orders.flatMap(order => /** @type {[string, string][]} */ (["held", "first"].map(method => [order, method])))
    : ["held", "weighted", "renewed"].map(method => [orders[0], method]); // "weighted" comes with "held"

/**
 * What the results say, in sentences; "" while there are too few.
 * @param {Map<string, Pick<Inpainted, "after" | "effective" | "drawings">>} results by order and method
 * @param {string[]} orders that the model knows, its own first
 * @param {boolean} proper whether its masks are right
 */
export function conclusion(results, orders, proper) {
  const [own] = orders,
    truth = results.get(`${own} truth`),
    held = results.get(`${own} held`),
    filtered = results.get(`${own} renewed`);
  if (!held) return "";
  if (!proper) return "This model's masks are wrong: none of these numbers is a probability, and its samples are poor.";
  if (!truth) return "";
  if (held.after < 0.05)
    return `In the ${own} order, every given pixel comes before the missing ones: this region is easy. Choose another one.`;
  const effective = fixed(held.effective ?? NaN, 0);
  if (orders.length > 1 && results.has(`${own} first`))
    return `In the ${own} order, missing pixels are sampled before given ones worth ${fixed(held.after, 1)} nats are seen: ${effective} of ${held.drawings} samples are effective. With the given pixels first, every sample conditions on all of them and has equal weight.`;
  if (!filtered) return "";
  const better =
    filtered.after < held.after - 0.05 ? `; with the particle filter: ${fixed(filtered.after, 1)} nats` : "";
  return `−log p of the later given pixels: ${fixed(held.after, 1)} nats after the samples, ${fixed(truth.after, 1)} after the true pixels. ${effective} of ${plural(held.drawings, "sample")} are effective${better}. This model has a single order: it cannot condition on later pixels.`;
}
