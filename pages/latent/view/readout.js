// The large picture beside the map, its small copy on a narrow screen, and the chosen example with its reconstruction.

import { write } from "../../shared/view/controls.js";
import { findAll, part } from "../../shared/view/dom.js";
import { drawGrey, fitGrey } from "../../shared/view/greys.js";

/** @typedef {import("./player.js").LatentView} LatentView */
/** @typedef {import("./model.js").Greys} Greys */

const SMALL = 92;
const INSET = 92;

/** @type {WeakMap<HTMLCanvasElement, Greys>} what a canvas shows */
const latest = new WeakMap();

/**
 * Draw a grey picture into a canvas of so many pixels on the longer side; null only sizes it.
 * @param {HTMLCanvasElement} canvas
 * @param {Greys | null} grey
 * @param {{ width: number, height: number }} image
 * @param {number} side
 */
export function blit(canvas, grey, image, side) {
  const changed = fitGrey(canvas, image, side);
  if (!grey || (latest.get(canvas) === grey && !changed)) return;
  latest.set(canvas, grey);
  drawGrey(canvas, grey, image);
}

/**
 * What the nearest codes are, in words.
 * @param {Float32Array | null} shares of the classes
 * @param {string[]} classes
 */
export function voteWords(shares, classes) {
  if (!shares) return "";
  const best = shares.indexOf(Math.max(...shares));
  const name = classes[best];
  const percent = Math.round(100 * shares[best]);
  return name.length === 1
    ? `${percent}% of the nearest codes are ${name}s`
    : `${percent}% of the nearest codes: ${name}`;
}

export class Readout {
  /**
   * @param {LatentView} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    this.host = host;
    this.large = part(root, "large", HTMLCanvasElement);
    this.inset = part(root, "inset", HTMLCanvasElement);
    this.plane = part(root, "plane");
    this.whose = part(root, "whose");
    this.votes = part(root, "says");
    this.chosen = part(root, "chosen");
    this.about = part(root, "about");
    this.own = part(root, "own");
    const [example, reconstruction] = findAll(this.chosen, "figure canvas", HTMLCanvasElement);
    this.example = example;
    this.reconstruction = reconstruction;
  }

  draw() {
    const { space, panel, data } = this.host;
    const { model, own, hovered, pick } = space;
    const looked = panel?.lookedAt?.() ?? { z: space.z, what: "at the point" };
    const z = hovered ? hovered.z : looked.z;
    const decoded = model.decode(z);
    blit(this.large, decoded, own, this.large.parentElement?.clientWidth ?? SMALL);
    this.drawInset(decoded, z);
    const whose = hovered ? "at the pointer" : looked.what;
    write(this.whose, model === own ? whose : `${whose}, β = ${model.beta}`);
    write(this.votes, voteWords(model.vote(z), own.classes));
    this.own.hidden = !data.dataHere;
    this.chosen.classList.toggle("none", pick < 0);
    blit(this.example, this.host.pictures.of(pick), own, SMALL); // without a picture too: its place is kept
    blit(this.reconstruction, pick >= 0 ? model.decode(model.code(pick)) : null, own, SMALL);
    write(this.about, pick >= 0 ? this.aboutPick() : "Click an example on the map to see its posterior.");
  }

  /**
   * On a narrow screen the large picture is below the map: a small one lies on it, in the corner away from the hand.
   * @param {Greys | null} grey
   * @param {Float32Array} z
   */
  drawInset(grey, z) {
    const { space, plane } = this.host;
    if (!this.inset.offsetParent || !plane.frame) return; // not shown
    blit(this.inset, grey, space.own, INSET);
    const { x, y } = plane.spotOfCode(z);
    this.inset.classList.toggle("away", x > this.plane.clientWidth / 2 && y < this.plane.clientHeight / 2);
  }

  aboutPick() {
    const { model, own, pick } = this.host.space;
    const label = model.labels ? `${own.classes[model.labels[pick]]}, ` : "";
    return `Test example ${pick}: ${label}KL ${model.klOf(pick).toFixed(1)} nats. Ellipses: one and two standard deviations of its posterior.`;
  }
}
