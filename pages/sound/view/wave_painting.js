// Pictures of a sound over one axis of time: its waveform, its spectra, the surprise of its samples.

import { blankCanvas, pixelRatio } from "../../shared/view/canvas.js";
import { HEAT, HOVERED, PICKED, packed } from "../../shared/view/colours.js";
import { context2d } from "../../shared/view/dom.js";
import { fixed } from "../../shared/view/format.js";
import { faded } from "../../shared/view/theme.js";
import { rulerStep } from "./time_window.js";

/** @typedef {import("../../shared/view/types.d.ts").Theme} Theme */
/** @typedef {import("./time_window.js").TimeWindow} TimeWindow */
/** @typedef {import("./track.js").Track} Track */
/**
 * What all of them show.
 * @typedef {object} Scene
 * @property {Track} track
 * @property {TimeWindow} window
 * @property {Theme} theme
 * @property {number} rate samples a second
 * @property {boolean} byLevel whether the height is the level, not the amplitude
 * @property {number} at the sample that is looked at
 * @property {number} hover the sample under the pointer, -1 for none
 * @property {number} given samples that it begins with
 * @property {Set<number>} forced
 * @property {number} reach samples that the prediction of the one under the pointer looks back on
 */

export const RULER = 18; // CSS pixels
const SINGLE = 5; // CSS pixels a sample from which on samples are told apart
const DECIBELS = [-85, -15]; // of the darkest and the brightest colour
const PALETTE = Uint32Array.from(HEAT, rgb => (0xff000000 | packed(rgb)) >>> 0);
const MOST_BITS = 12; // of the highest bar

/** Where a level stands, 0 (below) to 1. @param {Scene} scene @param {number} level */
const heightOf = ({ track, byLevel }, level) =>
  byLevel
    ? (level + 0.5) / track.size
    : Math.max(0, Math.min(1, (track.law.amplitudes[level] / fullScale(track.peak) + 1) / 2));

const FAINTEST = 2 ** -6; // amplitude that fills the height of the faintest sound

/** The amplitude at the upper edge: the power of two that the loudest sample needs, so that it seldom changes as a sound grows. @param {number} peak */
export const fullScale = peak => Math.min(1, Math.max(FAINTEST, 2 ** Math.ceil(Math.log2(peak || FAINTEST))));

/**
 * Where the steps of the levels begin and end, 0 (below) to 1: one number more than there are levels.
 * @param {Scene} scene
 */
function edgesOf(scene) {
  const { track } = scene,
    middles = Array.from({ length: track.size }, (_, level) => heightOf(scene, level));
  return Array.from({ length: track.size + 1 }, (_, i) =>
    i === 0 ? 0 : i === track.size ? 1 : (middles[i - 1] + middles[i]) / 2,
  );
}

/**
 * Time as words.
 * @param {number} ms
 * @param {number} step between marks
 */
export const timeText = (ms, step) =>
  step >= 1 ? `${Math.round(ms).toLocaleString("en")} ms` : `${ms.toFixed(step >= 0.1 ? 1 : 2)} ms`;

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {number} width */
function drawRuler(context, { window, theme, rate }, width) {
  const perSample = 1000 / rate,
    step = rulerStep((window.span * perSample) / width, 84);
  context.font = `11px ${theme.font}`;
  context.textAlign = "left";
  for (let ms = Math.ceil((window.first * perSample) / step) * step; ; ms += step) {
    const x = window.x(ms / perSample, width);
    if (x > width) break;
    context.fillStyle = faded(theme.text, 0.3);
    context.fillRect(x, 0, 1, RULER);
    context.fillStyle = faded(theme.text, 0.75);
    if (x + 40 < width) context.fillText(timeText(ms, step), x + 4, 12);
  }
}

/** The line of the sample that is looked at, and what its prediction sees. @param {CanvasRenderingContext2D} context @param {Scene} scene @param {number} width @param {number} height */
function drawMarks(context, { window, at, hover }, width, height) {
  const wide = Math.max(1.5, width / window.span);
  for (const [t, colour, share] of /** @type {[number, string, number][]} */ ([
    [hover, HOVERED, 0.35],
    [at, PICKED, wide > 3 ? 0.35 : 1],
  ])) {
    if (t < 0) continue;
    context.fillStyle = faded(colour, share);
    context.fillRect(window.x(t, width), 0, wide, height);
  }
}

/** @param {HTMLCanvasElement} canvas @param {Scene} scene @param {number} width @param {number} height CSS pixels */
export function drawWave(canvas, scene, width, height) {
  const { track, window, theme, given, forced, hover, at, reach } = scene;
  const context = blankCanvas(canvas, width, height),
    tall = height - RULER;
  /** @param {number} t */
  const x = t => window.x(t, width);
  /** @param {number} level */
  const y = level => RULER + tall * (1 - heightOf(scene, level));
  const looked = hover >= 0 ? hover : at;
  context.fillStyle = faded(HOVERED, 0.13);
  context.fillRect(x(looked - reach), RULER, x(looked) - x(looked - reach), tall);
  if (given) {
    context.fillStyle = faded(theme.accent, 0.1);
    context.fillRect(x(0), RULER, x(given) - x(0), tall);
  }
  drawRuler(context, scene, width);
  context.fillStyle = faded(theme.text, 0.18);
  context.fillRect(0, y(track.size / 2), width, 1);
  const perSample = width / window.span;
  if (perSample >= SINGLE) drawSamples(context, scene, x, y, perSample, tall);
  else drawEnvelope(context, scene, width, y);
  context.fillStyle = faded(theme.text, 0.75);
  if (!scene.byLevel) context.fillText(`±${fixed(fullScale(track.peak), 3)}`, 4, RULER + 13);
  context.fillStyle = "#009e73";
  for (const t of forced) context.fillRect(x(t) + perSample / 2 - 2, height - 6, 4, 6);
  drawMarks(context, scene, width, height);
  context.setTransform(1, 0, 0, 1, 0, 0);
}

/**
 * Lowest and highest of the samples under each pixel.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {number} width
 * @param {(level: number) => number} y
 */
function drawEnvelope(context, { track, window, theme }, width, y) {
  context.strokeStyle = theme.text;
  context.lineWidth = 1;
  context.beginPath();
  for (let px = 0; px < width; px++) {
    const from = Math.floor(window.first + (px / width) * window.span),
      to = Math.min(track.length, Math.max(from + 1, Math.ceil(window.first + ((px + 1) / width) * window.span)));
    if (from >= to) break;
    let low = 255,
      high = 0;
    // one sample more: the line goes on
    for (let t = Math.max(0, from - 1); t < to; t++) {
      if (track.levels[t] < low) low = track.levels[t];
      if (track.levels[t] > high) high = track.levels[t];
    }
    context.moveTo(px + 0.5, y(high) - 0.5);
    context.lineTo(px + 0.5, y(low) + 0.5);
  }
  context.stroke();
}

/**
 * Single samples over the probabilities of their levels.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {(t: number) => number} x
 * @param {(level: number) => number} y
 * @param {number} wide pixels a sample
 * @param {number} tall pixels from the lowest to the highest
 */
function drawSamples(context, scene, x, y, wide, tall) {
  const { track, window, theme, forced } = scene,
    first = Math.max(0, Math.floor(window.first)),
    last = Math.min(track.length, Math.ceil(window.first + window.span));
  const edges = edgesOf(scene).map(edge => RULER + tall * (1 - edge));
  context.fillStyle = theme.accent;
  for (let t = first; t < last; t++) {
    const prediction = track.prediction(t);
    if (!prediction) continue;
    const most = Math.max(...prediction);
    for (let level = 0; level < track.size; level++) {
      const share = 2 ** (prediction[level] - most); // of the likeliest
      if (share < 0.004) continue;
      const top = edges[level + 1],
        bottom = edges[level];
      context.globalAlpha = 0.75 * Math.sqrt(share);
      context.fillRect(x(t), top, wide, bottom - top);
    }
  }
  context.globalAlpha = 1;
  context.strokeStyle = faded(theme.text, 0.45);
  context.beginPath();
  for (let t = first; t < last; t++) {
    const [px, py] = [x(t) + wide / 2, y(track.levels[t])];
    if (t > first) context.lineTo(px, py);
    else context.moveTo(px, py);
  }
  context.stroke();
  const radius = Math.max(1.8, Math.min(4, wide / 4));
  for (let t = first; t < last; t++) {
    context.fillStyle = forced.has(t) ? "#009e73" : theme.text;
    context.beginPath();
    context.arc(x(t) + wide / 2, y(track.levels[t]), radius, 0, 7);
    context.fill();
  }
}

/** @param {HTMLCanvasElement} canvas @param {Scene} scene @param {number} width @param {number} height CSS pixels */
export function drawSpectra(canvas, scene, width, height) {
  const { track, window, theme, rate } = scene,
    { columns, hop, bins } = track.spectra();
  const context = blankCanvas(canvas, width, height),
    ratio = pixelRatio();
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  const image = new ImageData(w, h),
    pixels = new Uint32Array(image.data.buffer),
    colours = new Uint32Array(bins),
    [low, high] = DECIBELS;
  for (let px = 0; px < w; px++) {
    const t = window.first + ((px + 0.5) / w) * window.span,
      column = columns[Math.min(Math.round(t / hop), track.complete ? columns.length - 1 : Number.POSITIVE_INFINITY)];
    if (!column || t >= track.length) continue;
    for (let bin = 0; bin < bins; bin++)
      colours[bin] = PALETTE[Math.max(0, Math.min(255, Math.round((255 * (column[bin] - low)) / (high - low))))];
    for (let py = 0; py < h; py++) pixels[py * w + px] = colours[Math.floor(((h - 1 - py) / h) * bins)];
  }
  context2d(canvas).putImageData(image, 0, 0);
  drawMarks(context, scene, width, height);
  context.font = `11px ${theme.font}`;
  context.fillStyle = "#fff";
  context.shadowColor = "#000";
  context.shadowBlur = 3;
  for (const share of [0, 0.5, 1])
    context.fillText(`${(share * rate) / 2000} kHz`, 4, Math.min(height - 4, 12 + (1 - share) * (height - 12)));
  context.shadowBlur = 0;
  context.setTransform(1, 0, 0, 1, 0, 0);
}

/** Surprise; where several samples share a pixel, the largest lightly and their mean. @param {HTMLCanvasElement} canvas @param {Scene} scene @param {number} width @param {number} height */
export function drawBits(canvas, scene, width, height) {
  const { track, window, theme } = scene,
    context = blankCanvas(canvas, width, height),
    wide = width / window.span;
  /** @param {number} bits */
  const tall = bits => (Math.min(MOST_BITS, bits) / MOST_BITS) * (height - 2);
  context.fillStyle = faded(theme.text, 0.15);
  for (const bits of [4, 8]) context.fillRect(0, height - tall(bits), width, 1);
  if (wide >= 1) {
    context.fillStyle = "#e8590c";
    const last = Math.min(track.told, Math.ceil(window.first + window.span));
    for (let t = Math.max(0, Math.floor(window.first)); t < last; t++) {
      const high = tall(track.bits[t]);
      context.fillRect(window.x(t, width), height - high, Math.max(0.5, wide - (wide > 3 ? 1 : 0)), high);
    }
  } else drawMeans(context, scene, width, height, tall);
  drawMarks(context, scene, width, height);
  context.font = `11px ${theme.font}`;
  context.lineWidth = 3;
  context.strokeStyle = theme.background;
  context.strokeText("8 bits", 4, height - tall(8) - 3);
  context.fillStyle = theme.text;
  context.fillText("8 bits", 4, height - tall(8) - 3);
  context.setTransform(1, 0, 0, 1, 0, 0);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {number} width
 * @param {number} height
 * @param {(bits: number) => number} tall
 */
function drawMeans(context, { track, window }, width, height, tall) {
  for (let px = 0; px < width; px++) {
    const from = Math.floor(window.first + (px / width) * window.span),
      to = Math.min(track.told, Math.max(from + 1, Math.floor(window.first + ((px + 1) / width) * window.span)));
    if (from >= to) break;
    let sum = 0,
      most = 0;
    for (let t = from; t < to; t++) {
      sum += track.bits[t];
      if (track.bits[t] > most) most = track.bits[t];
    }
    context.fillStyle = faded("#e8590c", 0.35);
    context.fillRect(px, height - tall(most), 1, tall(most));
    context.fillStyle = "#e8590c";
    context.fillRect(px, height - tall(sum / (to - from)), 1, tall(sum / (to - from)));
  }
}
