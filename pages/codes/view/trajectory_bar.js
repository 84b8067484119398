// The bar of the training: play it, go through it, with the reconstruction error along it.

import { blankCanvas } from "../../shared/view/canvas.js";
import { PICKED } from "../../shared/view/colours.js";
import { setPlaying, write } from "../../shared/view/controls.js";
import { find, part } from "../../shared/view/dom.js";
import { amount } from "./scores.js";
import { TrainingTrajectory } from "./training_trajectory.js";

/** @typedef {import("./player.js").CodesView} CodesView */
/** @typedef {import("../../shared/view/types.d.ts").Theme} Theme */

const HEIGHT = 74;
const HEAD = 17;
const FOOT = 4;
const EDGE = 8; // on the left and the right of the curve

/**
 * The epoch that is shown, in words.
 * @param {TrainingTrajectory} training
 */
export function epochWords({ active, frame, stages, epochs, errors }) {
  if (!active) return "Play the training";
  const error = errors && Number.isFinite(errors[frame]) ? ` · error ${amount(errors[frame])}` : "";
  const stage = stages[frame] ? `${stages[frame]} · ` : "";
  return `${stage}epoch ${epochs[frame]}${error}`;
}

/** The place in the training under a pixel of a bar. @param {number} px @param {number} width @param {number} last */
export const placeUnder = (px, width, last) => Math.max(0, Math.min(last, ((px - EDGE) / (width - 2 * EDGE)) * last));

export class TrajectoryBar {
  /**
   * @param {CodesView} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    this.curve = part(root, "curve", HTMLCanvasElement);
    this.scrub = part(root, "scrub", HTMLInputElement);
    this.words = part(root, "frame");
    this.finished = find(root, '[data-do="finish"]');
    /** @type {TrainingTrajectory | null} */
    this.training = null;
    this.listen();
  }

  /**
   * The codes along the training have come.
   * @param {import("./training_trajectory.js").SavedCodes | null} kept
   * @param {{ n: number, rows: Map<number, number> }} points
   * @param {string} at the place that the link asks for
   */
  open(kept, points, at) {
    this.show(kept && new TrainingTrajectory(kept, points));
    this.change(training => {
      if (at !== "" && Number(at) >= 0 && Number(at) <= training.last) training.seek(Number(at));
    });
  }

  /** @param {TrainingTrajectory | null} training */
  show(training) {
    this.training = training;
    this.root.hidden = !training;
    if (training) this.scrub.max = String(training.last);
  }

  /** @param {(training: TrainingTrajectory) => void} act */
  change(act) {
    const { training } = this;
    if (!training) return;
    const before = training.active;
    act(training);
    this.draw();
    this.host.onTrainingChange(training.active !== before);
  }

  /** Move on by so many milliseconds; whether it was playing. @param {number} elapsed */
  advance(elapsed) {
    if (!this.training?.playing) return false;
    this.change(training => training.advance(elapsed));
    return true;
  }

  /** @param {number | null} at null is the finished model */
  seek(at) {
    this.change(training => training.seek(at));
  }

  /** @param {number} by -1 or 1 */
  step(by) {
    this.change(training => training.step(by));
  }

  play() {
    this.host.tooltip.hide();
    this.change(training => training.play());
  }

  listen() {
    const { curve, scrub } = this;
    scrub.addEventListener("input", () => this.seek(Number(scrub.value)));
    let held = false;
    /** @param {PointerEvent} event */
    const drag = event => {
      const px = event.clientX - curve.getBoundingClientRect().left;
      if (this.training) this.seek(placeUnder(px, curve.clientWidth, this.training.last));
    };
    curve.addEventListener("pointerdown", event => {
      curve.setPointerCapture(event.pointerId);
      held = true;
      drag(event);
    });
    curve.addEventListener("pointermove", event => held && drag(event));
    const release = () => {
      held = false;
    };
    curve.addEventListener("pointerup", release);
    curve.addEventListener("pointercancel", release);
  }

  draw() {
    const { training, scrub } = this;
    if (!training) return;
    const words = epochWords(training);
    scrub.value = String(training.at ?? training.last);
    scrub.setAttribute("aria-valuetext", words);
    write(this.words, words);
    setPlaying(this.root, training.playing);
    this.finished.setAttribute("aria-pressed", String(!training.active));
    const width = this.curve.parentElement?.clientWidth ?? 0;
    if (width) this.drawCurve(training, this.host.theme, width);
  }

  /** @param {TrainingTrajectory} training @param {Theme} theme @param {number} width */
  drawCurve(training, theme, width) {
    const context = blankCanvas(this.curve, width, HEIGHT);
    const quiet = getComputedStyle(this.root).getPropertyValue("color");
    /** @param {number} t */
    const x = t => EDGE + (t / Math.max(1, training.last)) * (width - 2 * EDGE);
    context.font = `12px ${theme.font}`;
    context.textBaseline = "top";
    drawStages(context, training, x, width, quiet);
    drawErrors(context, training, x, width, quiet, theme.accent);
    context.fillStyle = PICKED;
    context.fillRect(x(training.at ?? training.last) - 1, 0, 2, HEIGHT);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {TrainingTrajectory} training
 * @param {(t: number) => number} x
 * @param {number} width
 * @param {string} quiet colour of text
 */
function drawStages(context, training, x, width, quiet) {
  for (const [i, { name, first, last }] of training.spans().entries()) {
    const from = i ? x(first - 0.5) : 0;
    const to = last === training.last ? width : x(last + 0.5);
    context.fillStyle = i % 2 ? "rgb(128 128 128 / 0.05)" : "rgb(128 128 128 / 0.13)";
    context.fillRect(from, 0, to - from, HEIGHT);
    context.fillStyle = quiet;
    context.save();
    context.beginPath();
    context.rect(from, 0, to - from - 3, HEIGHT);
    context.clip();
    const fits = context.measureText(name).width < to - from - 8;
    context.fillText(fits ? name : name.split(",")[0], from + 6, 2);
    context.restore();
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {TrainingTrajectory} training
 * @param {(t: number) => number} x
 * @param {number} width
 * @param {string} quiet colour of text
 * @param {string} accent
 */
function drawErrors(context, training, x, width, quiet, accent) {
  const errors = Array.from(training.errors ?? []);
  const sorted = errors.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length < 2) return;
  const low = sorted[0];
  const high = sorted[Math.floor(0.98 * (sorted.length - 1))];
  /** @param {number} e */
  const y = e => HEAD + (1 - Math.min(1.05, (e - low) / Math.max(1e-9, high - low))) * (HEIGHT - HEAD - FOOT - 2) + 1;
  context.strokeStyle = accent;
  context.lineWidth = 1.8;
  context.beginPath();
  let down = false;
  for (const [t, e] of errors.entries()) {
    if (Number.isFinite(e)) {
      if (down) context.lineTo(x(t), y(e));
      else context.moveTo(x(t), y(e));
    }
    down = Number.isFinite(e);
  }
  context.stroke();
  context.fillStyle = quiet;
  context.textAlign = "right";
  context.textBaseline = "bottom";
  context.fillText(`error ${amount(low)}`, width - 15, y(low) - 4);
  context.textAlign = "left";
  context.textBaseline = "top";
  if (!training.active) return;
  context.fillStyle = PICKED;
  context.beginPath();
  context.arc(x(training.at ?? 0), y(training.errorNow()), 4, 0, 7);
  context.fill();
}
