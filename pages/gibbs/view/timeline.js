// Free energies of all chains over time, and which class each chain is read as: both under one playhead.

import { blankCanvas } from "../../shared/view/canvas.js";
import { fromHex, PICKED } from "../../shared/view/colours.js";
import { context2d } from "../../shared/view/dom.js";

/**
 * @typedef {import("./chain_buffer.js").ChainBuffer} ChainBuffer
 * @typedef {import("../../shared/view/types.d.ts").Theme} Theme
 * @typedef {{low: number, high: number}} EnergyRange
 */

export const WINDOW = 300; // frames across the picture
const LINES = 40; // chains drawn as lines; the strip shows all
const LEFT = 56,
  RIGHT = 8,
  BETWEEN = 4; // energies and classes

/**
 * The first frame in the picture: it slides once the playhead nears its right edge, and never shows what came before the
 * record.
 * @param {number} oldest
 * @param {number} t
 */
export const windowStart = (oldest, t) => Math.max(oldest, t - Math.round(WINDOW * 0.85));

/**
 * Least and largest free energy in the picture, from every other frame; null where there is no frame.
 * @param {ChainBuffer[]} buffers
 * @param {number} from
 * @param {number} chains
 * @returns {EnergyRange | null}
 */
export function energyRange(buffers, from, chains) {
  let low = Number.POSITIVE_INFINITY,
    high = Number.NEGATIVE_INFINITY;
  for (const buffer of buffers)
    for (let t = Math.max(from, buffer.first); t <= Math.min(buffer.last, from + WINDOW); t += 2) {
      const energies = buffer.at(t)?.free_energy ?? [];
      for (let c = 0; c < chains; c++) {
        low = Math.min(low, energies[c]);
        high = Math.max(high, energies[c]);
      }
    }
  if (low > high) return null;
  return low === high ? { low: low - 1, high: high + 1 } : { low, high };
}

/**
 * A range on the way from the one before, so that the scale does not jump while the film plays; it always holds the new.
 * @param {EnergyRange} before
 * @param {EnergyRange} now
 * @returns {EnergyRange}
 */
export function easedRange(before, now) {
  const far = 0.5 * (now.high - now.low);
  /** @param {number} a @param {number} b */
  const ease = (a, b) => (Math.abs(b - a) > far ? b : a + 0.2 * (b - a));
  return { low: Math.min(now.low, ease(before.low, now.low)), high: Math.max(now.high, ease(before.high, now.high)) };
}

/**
 * What all parts of one drawing need.
 * @typedef {object} Drawing
 * @property {CanvasRenderingContext2D} context
 * @property {number} from the first frame
 * @property {number} n chains
 * @property {number} width of the plot
 * @property {(t: number) => number} x
 * @property {Theme} theme
 */

export class Timeline {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {string[]} colours of the classes, #rrggbb
   * @param {(t: number) => void} onScrub
   */
  constructor(canvas, colours, onScrub) {
    this.canvas = canvas;
    this.colours = colours.map(fromHex);
    this.strip = document.createElement("canvas");
    /** @type {{from: number, width: number} | null} what the pointer meets */
    this.view = null;
    /** @type {EnergyRange & {n: number} | null} */
    this.range = null;
    let dragging = false;
    /** @param {PointerEvent} event */
    const scrub = event => {
      if (!this.view) return;
      const share = (event.clientX - canvas.getBoundingClientRect().left - LEFT) / this.view.width;
      onScrub(Math.round(this.view.from + share * WINDOW));
    };
    canvas.addEventListener("pointerdown", event => {
      dragging = true;
      canvas.setPointerCapture(event.pointerId);
      scrub(event);
    });
    canvas.addEventListener("pointermove", event => dragging && scrub(event));
    for (const end of ["pointerup", "pointercancel"])
      canvas.addEventListener(end, () => {
        dragging = false;
      });
  }

  /**
   * @param {ChainBuffer[]} buffers
   * @param {number} n chains
   * @param {number} t the frame that is shown
   * @param {{buffer: number, chain: number}} picked
   * @param {number} width
   * @param {Theme} theme
   */
  draw(buffers, n, t, picked, width, theme) {
    const many = buffers.length > 1;
    const energyHeight = many ? 74 : 110;
    const stripHeight = many ? 40 : Math.min(96, Math.max(24, n * 2));
    const each = energyHeight + stripHeight + 10;
    const context = blankCanvas(this.canvas, width, buffers.length * each);
    const from = windowStart(buffers[0].first, t);
    const plotWidth = width - LEFT - RIGHT;
    this.view = { from, width: plotWidth };
    /** @param {number} frame */
    const x = frame => LEFT + ((frame - from) / WINDOW) * plotWidth;
    const drawing = { context, from, n, width: plotWidth, x, theme };
    const range = this.rangeOf(buffers, from, n);
    buffers.forEach((buffer, i) => {
      const top = i * each;
      drawEnergies(drawing, buffer, range, top, energyHeight, picked.buffer === i ? picked.chain : -1);
      this.drawClasses(drawing, buffer, top + energyHeight + BETWEEN, stripHeight);
      drawLabels(drawing, buffer, range, top, energyHeight, stripHeight, many);
    });
    // what is drawn ahead has not been shown yet
    context.fillStyle = theme.background;
    context.globalAlpha = 0.6;
    context.fillRect(x(t), 0, LEFT + plotWidth - x(t), buffers.length * each);
    context.globalAlpha = 1;
    context.fillStyle = theme.accent;
    context.fillRect(x(t) - 1, 0, 2, buffers.length * each);
    context.setTransform(1, 0, 0, 1, 0, 0);
  }

  /** @param {ChainBuffer[]} buffers @param {number} from @param {number} n */
  rangeOf(buffers, from, n) {
    const now = energyRange(buffers, from, n);
    if (!now) return null;
    const before = this.range?.n === n ? this.range : now;
    this.range = { ...easedRange(before, now), n };
    return this.range;
  }

  /**
   * One row a chain, one column a frame.
   * @param {Drawing} drawing
   * @param {ChainBuffer} buffer
   * @param {number} top
   * @param {number} height
   */
  drawClasses({ context, from, n, x }, buffer, top, height) {
    const first = Math.max(from, buffer.first),
      last = Math.min(buffer.last, from + WINDOW);
    if (last < first || !buffer.at(first)?.class) return;
    const wide = last - first + 1;
    this.strip.width = wide;
    this.strip.height = n;
    const inner = context2d(this.strip);
    const image = inner.createImageData(wide, n);
    for (let t = first; t <= last; t++) {
      const frame = buffer.at(t);
      if (!frame?.class || !frame.confidence) continue;
      for (let c = 0; c < n; c++) {
        const rgb = this.colours[frame.class[c] % this.colours.length];
        const at = (c * wide + t - first) * 4;
        image.data[at] = rgb[0];
        image.data[at + 1] = rgb[1];
        image.data[at + 2] = rgb[2];
        image.data[at + 3] = 60 + 0.76 * frame.confidence[c];
      }
    }
    inner.putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.strip, x(first), top, x(last + 1) - x(first), height);
  }
}

/**
 * @param {Drawing} drawing
 * @param {ChainBuffer} buffer
 * @param {EnergyRange | null} range
 * @param {number} top
 * @param {number} height
 * @param {number} picked chain, -1 for none of these
 */
function drawEnergies({ context, from, n, width, x, theme }, buffer, range, top, height, picked) {
  context.fillStyle = theme.panel;
  context.fillRect(LEFT, top, width, height);
  if (!range) return;
  const { low, high } = range;
  /** @param {number} value */
  const y = value => top + height - 3 - ((value - low) / (high - low)) * (height - 6);
  const first = Math.max(from, buffer.first),
    last = Math.min(buffer.last, from + WINDOW);
  /** @param {number} c */
  const line = c => {
    context.beginPath();
    for (let t = first; t <= last; t++) context.lineTo(x(t), y(buffer.at(t)?.free_energy[c] ?? Number.NaN));
    context.stroke();
  };
  context.lineWidth = 1;
  context.strokeStyle = theme.text;
  context.globalAlpha = n > 8 ? 0.35 : 0.8;
  for (let c = 0; c < n; c += Math.ceil(n / LINES)) line(c);
  context.globalAlpha = 1;
  if (picked >= 0 && picked < n) {
    context.lineWidth = 2;
    context.strokeStyle = PICKED;
    line(picked);
  }
}

/**
 * @param {Drawing} drawing
 * @param {ChainBuffer} buffer
 * @param {EnergyRange | null} range
 * @param {number} top
 * @param {number} energyHeight
 * @param {number} stripHeight
 * @param {boolean} titled
 */
function drawLabels({ context, theme }, buffer, range, top, energyHeight, stripHeight, titled) {
  context.fillStyle = theme.text;
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "right";
  context.textBaseline = "top";
  context.fillText(range ? range.high.toFixed(0) : "", LEFT - 6, top + 2);
  context.textBaseline = "bottom";
  context.fillText(range ? range.low.toFixed(0) : "", LEFT - 6, top + energyHeight);
  context.textBaseline = "middle";
  context.fillText("F(v)", LEFT - 6, top + energyHeight / 2);
  if (buffer.frames[0]?.class) context.fillText("class", LEFT - 6, top + energyHeight + BETWEEN + stripHeight / 2);
  if (!titled) return;
  context.textAlign = "left";
  context.textBaseline = "top";
  context.fillText(buffer.title, LEFT + 4, top + 2);
}
