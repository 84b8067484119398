// How Paint looks: all images, the selected one, its prediction, continuations, the timeline.

import { blankCanvas, layout, paint } from "../../shared/view/canvas.js";
import { classColours, css } from "../../shared/view/colours.js";
import { write } from "../../shared/view/controls.js";
import { find, part } from "../../shared/view/dom.js";
import { withMinus } from "../../shared/view/format.js";
import { actionButton, hasFocus, roomFor, showPlaying } from "../../shared/view/panel.js";
import { pixelName } from "./model.js";
import { CONTINUATIONS } from "./paint_state.js";
import { PredictionBars } from "./prediction_bars.js";
import { PixelTimeline } from "./timeline.js";

const NOW = "#ff9f1a",
  BRANCH = "#009e73"; // the current pixel; where continuations part
const LARGE = 300; // px of the selected image, at most
const GAP = 6; // px between images

/** @typedef {import("./model.js").PixelModel} PixelModel */
/** @typedef {import("./model.js").PixelSettings} PixelSettings */
/** @typedef {import("./paint_state.js").PaintState} PaintState */
/** @typedef {import("./player.js").PixelPlayer} PixelPlayer */
/** @typedef {import("./sample_buffer.js").SampleBuffer} SampleBuffer */
/** @typedef {import("../../shared/view/types.d.ts").PixelPainter} PixelPainter */

/**
 * The colour of each pixel: grey where it is sampled, with a glow where the prediction was uncertain.
 * @param {SampleBuffer} buffer
 * @param {number} t pixels that are shown
 * @param {PaintState} state
 * @param {PixelModel} model
 * @param {string} glow fading, on or off
 * @param {number[]} blank colour of what is not sampled yet
 * @returns {PixelPainter}
 */
export function pixelPainter(buffer, t, { rank, given }, model, glow, blank) {
  const grey = 255 / (model.levels - 1),
    most = Math.log2(model.levels),
    fades = glow === "fading" ? 1 / (1.5 * model.width) : 0;
  /** @param {number} place */
  const strength = place => {
    if (glow === "off" || (fades && t >= model.d)) return 0;
    return (0.85 * Math.max(0, buffer.entropies[place]) * Math.exp(fades * (place + 1 - t))) / most;
  };
  return (out, i, at) => {
    const place = rank ? rank[i] : Infinity;
    out[at + 3] = 255;
    if (place >= t) {
      const level = given?.mask[i] ? given.levels[i] * grey : null;
      for (let c = 0; c < 3; c++) out[at + c] = level ?? blank[c];
      return;
    }
    const value = buffer.values[place] * grey,
      light = strength(place);
    out[at] = value + (255 - value) * light;
    out[at + 1] = value + (150 - value) * light;
    out[at + 2] = value + (20 - value) * light;
  };
}

/** @param {number} p */
const probability = p =>
  p > 0.995 && p < 1 ? "> 0.99" : `= ${p >= 0.01 ? p.toFixed(2) : p.toExponential(0).replace("-", "−")}`;

export class PaintView {
  /**
   * @param {PixelPlayer} host
   * @param {HTMLElement} root
   * @param {(i: number) => number} classOf the class that image i is conditioned on
   * @param {(t: number) => void} onScrub
   */
  constructor(host, root, classOf, onScrub) {
    this.host = host;
    this.root = root;
    this.classOf = classOf;
    /** @param {string} name */
    this.$ = name => part(root, name);
    this.stage = part(root, "stage", HTMLCanvasElement);
    this.large = part(root, "large", HTMLCanvasElement);
    this.bars = new PredictionBars(this.$("bars"), host.model);
    this.timeline = new PixelTimeline(part(root, "track", HTMLCanvasElement), onScrub);
    /** @type {ReturnType<typeof layout> | null} */
    this.tiles = null;
    this.top = 0; // of the tiles: the grid stands at the top
  }

  /**
   * @param {PaintState} state
   * @param {number} t whole pixels that are shown
   */
  draw(state, t) {
    this.drawStage(state, t);
    this.drawLarge(state, t);
    this.drawContinuations(state, t);
    this.timeline.draw(state, t, this.host);
    this.words(state, t);
  }

  /** The image at a place of the stage, -1 for none. @param {number} x @param {number} y */
  imageAt(x, y) {
    return this.tiles?.find(x, y + this.top) ?? -1;
  }

  /** @param {SampleBuffer} buffer @param {number} t @param {PaintState} state */
  painter(buffer, t, state) {
    const { model, state: settings, theme } = this.host;
    const dark = parseInt(theme.background.slice(1, 3), 16) < 128;
    return pixelPainter(buffer, t, state, model, settings.glow, dark ? [52, 60, 78] : [203, 212, 226]);
  }

  /** @param {PaintState} state @param {number} t */
  drawStage(state, t) {
    const { model, state: settings, data, theme } = this.host,
      { width: w, height: h, classes } = model,
      canvas = this.stage,
      n = state.buffers.length;
    const box = roomFor(canvas),
      tall = Math.min(box, Math.max(260, window.innerHeight - 500)); // the timeline stays in sight
    const tiles = layout(n, w, h, box, tall, n > 25 ? 4 : GAP);
    this.tiles = tiles;
    this.top = tiles.place(0).y - GAP;
    const context = blankCanvas(canvas, box, tiles.rows * tiles.tileH + (tiles.rows + 1) * GAP);
    /** @param {number} i */
    const place = i => ({ x: tiles.place(i).x, y: tiles.place(i).y - this.top });
    const palette = classes.length ? classColours(classes.length, data.colours) : null;
    state.buffers.forEach((buffer, i) => {
      const { x, y } = place(i),
        edit = buffer.edits.at(-1);
      paint(context, w, h, this.painter(buffer, t, state), x, y, tiles.tileW, tiles.tileH);
      if (palette) {
        context.fillStyle = css(palette[this.classOf(i)]);
        context.fillRect(x, y + tiles.tileH, tiles.tileW, 2.5);
      }
      if (t < model.d) this.mark(context, state, x, y, tiles.zoom, t, NOW, Math.max(1, tiles.zoom / 5));
      if (edit) this.mark(context, state, x, y, tiles.zoom, edit.after, BRANCH, 1.5);
    });
    if (n > 1) {
      const { x, y } = place(settings.pick);
      context.strokeStyle = theme.accent;
      context.lineWidth = 2.5;
      context.strokeRect(x - 2, y - 2, tiles.tileW + 4, tiles.tileH + 4);
    }
  }

  /**
   * A frame around the last of the first t pixels.
   * @param {CanvasRenderingContext2D} context
   * @param {PaintState} state
   * @param {number} x
   * @param {number} y
   * @param {number} zoom
   * @param {number} t
   * @param {string} colour
   * @param {number} thick
   */
  mark(context, { order }, x, y, zoom, t, colour, thick) {
    if (!order || t < 1 || t > order.length) return;
    const i = order[t - 1],
      { width } = this.host.model;
    context.strokeStyle = colour;
    context.lineWidth = thick;
    context.strokeRect(x + (i % width) * zoom, y + Math.floor(i / width) * zoom, zoom, zoom);
  }

  /** @param {PaintState} state @param {number} t */
  drawLarge(state, t) {
    const { model, state: settings } = this.host,
      { width: w, height: h } = model,
      buffer = state.buffers[settings.pick],
      side = Math.min(LARGE, roomFor(this.large)),
      zoom = side / Math.max(w, h);
    const context = blankCanvas(this.large, w * zoom, h * zoom);
    paint(context, w, h, this.painter(buffer, t, state), 0, 0, w * zoom, h * zoom);
    for (const { after } of buffer.edits) this.mark(context, state, 0, 0, zoom, after, BRANCH, 2.5);
    this.mark(context, state, 0, 0, zoom, t, NOW, 2.5);
    const at = Math.max(0, t - 1);
    const predicted = buffer.length > at && buffer.hasPrediction(at);
    this.bars.draw(
      predicted ? buffer.probs(at) : null,
      predicted ? buffer.probs(at, settings.temperature) : null,
      t > 0 ? buffer.values[at] : -1,
      t > state.start,
    );
  }

  /** @param {PaintState} state @param {number} t */
  drawContinuations(state, t) {
    const box = this.$("futures"),
      { continuations, start } = state;
    box.hidden = !continuations;
    if (!continuations) return;
    const { model } = this.host,
      { width: w, height: h } = model,
      { after, image, buffers } = continuations;
    const columns = box.clientWidth > 480 ? CONTINUATIONS : CONTINUATIONS / 2;
    const zoom = ((box.clientWidth - 6 * (columns - 1)) / columns - 9) / w;
    const past = state.buffers[image].logProb(after);
    box.querySelectorAll("[data-future]").forEach((item, j) => {
      const buffer = buffers[j],
        context = blankCanvas(find(item, "canvas", HTMLCanvasElement), w * zoom, h * zoom);
      paint(context, w, h, this.painter(buffer, Math.max(t, after), state), 0, 0, w * zoom, h * zoom);
      this.mark(context, state, 0, 0, zoom, after, BRANCH, 2);
      write(find(item, "span"), buffer.length === model.d ? withMinus(buffer.logProb()) : "…");
    });
    const before = start ? "" : `, including ${withMinus(past)} for the shared pixels`;
    write(
      this.$("branched"),
      `${CONTINUATIONS} continuations of image ${image + 1} after pixel ${after} (green frame). Below each: log p of ${start ? "all sampled pixels" : "the image"} in nats${before}; closer to 0 is more probable. Click one to continue with it.`,
    );
  }

  /** @param {PaintState} state @param {number} t */
  words({ order, start, buffers, playing, undoable }, t) {
    const { host, root } = this,
      { model, state: settings } = host,
      buffer = buffers[settings.pick],
      at = t - 1;
    let text = order
      ? `Press play or step forward. First pixel: ${pixelName(model, order[start] ?? 0)}.`
      : "Sampling the first row …";
    if (order && t > start) {
      const value = buffer.values[at];
      const what = buffer.hasPrediction(at)
        ? `sampled ${value}, p ${probability(buffer.probs(at)[value])}; entropy ${buffer.entropies[at].toFixed(2)} bits`
        : "given";
      text = `${pixelName(model, order[at])}: ${what}`;
    }
    write(this.$("pixel"), text);
    const sampled = `log p of the ${t - start} sampled pixels: ${withMinus(buffer.logProb(t))} nats`;
    write(this.$("sum"), t > start ? sampled : "");
    write(this.$("clock"), `${t} / ${model.d}`);
    showPlaying(root, playing);
    const row = part(root, "row", HTMLInputElement);
    if (!hasFocus(row)) row.value = String(Math.min(model.height, Math.floor(t / model.width) + 1));
    actionButton(root, "undo").disabled = !undoable.length;
    actionButton(root, "branch").disabled = !order || t >= model.d;
  }
}
