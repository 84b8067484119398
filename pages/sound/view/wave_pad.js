// One period of a wave to draw with the pointer.

import { blankCanvas } from "../../shared/view/canvas.js";
import { faded } from "../../shared/view/theme.js";
import { POINTS, quantized } from "./wave_shape.js";

const WIDTH = 192,
  HEIGHT = 72; // CSS pixels

export class WavePad {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Float32Array} period
   * @param {(done: boolean) => void} onChange `done` once the pointer rests
   */
  constructor(canvas, period, onChange) {
    this.canvas = canvas;
    this.period = period;
    /** @type {{ i: number, amplitude: number } | null} */
    let last = null;
    /** @param {PointerEvent} event */
    const put = event => {
      const box = canvas.getBoundingClientRect(),
        i = Math.max(0, Math.min(POINTS - 1, Math.floor(((event.clientX - box.left) / box.width) * POINTS)));
      const amplitude = quantized(1 - (2 * (event.clientY - box.top)) / box.height),
        from = last ?? { i, amplitude },
        steps = Math.max(1, Math.abs(i - from.i));
      for (let k = 0; k <= steps; k++)
        this.period[Math.round(from.i + ((i - from.i) * k) / steps)] = quantized(
          from.amplitude + ((amplitude - from.amplitude) * k) / steps,
        );
      last = { i, amplitude };
      onChange(false);
    };
    canvas.addEventListener("pointerdown", event => {
      canvas.setPointerCapture(event.pointerId);
      last = null;
      put(event);
    });
    canvas.addEventListener("pointermove", event => last && put(event));
    for (const type of ["pointerup", "pointercancel"])
      canvas.addEventListener(type, () => {
        if (!last) return;
        last = null;
        onChange(true);
      });
  }

  /** @param {import("../../shared/view/types.d.ts").Theme} theme */
  draw(theme) {
    const context = blankCanvas(this.canvas, WIDTH, HEIGHT);
    context.fillStyle = faded(theme.text, 0.2);
    context.fillRect(0, HEIGHT / 2, WIDTH, 1);
    context.strokeStyle = theme.accent;
    context.lineWidth = 2;
    context.beginPath();
    for (let i = 0; i <= POINTS; i++) {
      const x = (i / POINTS) * WIDTH,
        y = (HEIGHT * (1 - this.period[i % POINTS])) / 2;
      if (i) context.lineTo(x, y);
      else context.moveTo(x, y);
    }
    context.stroke();
    context.setTransform(1, 0, 0, 1, 0, 0);
  }
}
