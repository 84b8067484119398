// The 256 probabilities of one sample as bars: as the model has them, and as they are drawn at a temperature.

import { blankCanvas } from "../../shared/view/canvas.js";
import { PICKED } from "../../shared/view/colours.js";
import { softmax } from "../../shared/view/probability.js";
import { faded } from "../../shared/view/theme.js";

/** @typedef {import("../../shared/view/types.d.ts").Theme} Theme */

const FOOT = 18,
  TOP = 6;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} levels
 * @param {(level: number) => void} onPick under the pointer, -1 for none
 * @param {(level: number) => void} onClick
 */
export function listenToLevels(canvas, levels, onPick, onClick) {
  /** @param {MouseEvent} event */
  const levelAt = event => {
    const box = canvas.getBoundingClientRect();
    return Math.max(0, Math.min(levels - 1, Math.floor(((event.clientX - box.left) / box.width) * levels)));
  };
  canvas.addEventListener("pointermove", event => onPick(levelAt(event)));
  canvas.addEventListener("pointerleave", () => onPick(-1));
  canvas.addEventListener("click", event => onClick(levelAt(event)));
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Theme} theme
 * @param {{ logProbs: Float32Array | null, temperature: number, level: number, hovered: number, width: number,
 *   height: number, amplitudes: Float32Array }} what log-probabilities in bits; `level`: that of the sample, -1 for none
 * @returns {Float64Array | null} the probabilities at temperature 1
 */
export function drawLevels(canvas, theme, { logProbs, temperature, level, hovered, width, height, amplitudes }) {
  const context = blankCanvas(canvas, width, height);
  let probs = null;
  if (logProbs) {
    const nats = logProbs.map(bits => bits * Math.LN2);
    probs = softmax(nats);
    const drawn = temperature === 1 ? probs : softmax(nats, temperature);
    const top = Math.max(...probs, ...drawn),
      step = width / probs.length;
    /** @param {number} p */
    const tall = p => ((height - FOOT - TOP) * p) / top;
    for (let i = 0; i < probs.length; i++) {
      context.fillStyle = i === level ? PICKED : faded(theme.text, i === hovered ? 0.8 : 0.45);
      const high = Math.max(i === level ? 2 : 0, tall(drawn[i]));
      context.fillRect(i * step + 0.25, height - FOOT - high, Math.max(0.75, step - 0.5), high);
    }
    if (drawn !== probs) {
      context.strokeStyle = theme.text;
      context.lineWidth = 1;
      context.beginPath();
      probs.forEach((p, i) => {
        const y = height - FOOT - tall(p);
        if (i) context.lineTo(i * step, y);
        else context.moveTo(0, y);
        context.lineTo((i + 1) * step, y);
      });
      context.stroke();
    }
    if (level >= 0) {
      const x = (level + 0.5) * step;
      context.fillStyle = PICKED;
      context.beginPath();
      context.moveTo(x, height - FOOT + 1);
      context.lineTo(x - 5, height - FOOT + 8);
      context.lineTo(x + 5, height - FOOT + 8);
      context.fill();
    }
  }
  context.fillStyle = faded(theme.text, 0.3);
  context.fillRect(0, height - FOOT, width, 1);
  context.fillStyle = faded(theme.text, 0.7);
  context.font = `11px ${theme.font}`;
  for (const [at, align] of /** @type {[number, CanvasTextAlign][]} */ ([
    [0, "left"],
    [0.25, "center"],
    [0.5, "center"],
    [0.75, "center"],
    [1, "right"],
  ])) {
    const i = Math.round(at * (amplitudes.length - 1));
    context.textAlign = align;
    context.fillText(
      amplitudes[i].toFixed(Math.abs(amplitudes[i]) < 0.5 ? 3 : 1).replace("-", "−"),
      at * width,
      height - 5,
    );
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
  return probs;
}
