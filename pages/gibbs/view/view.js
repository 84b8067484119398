// What is drawn of the chains: it all follows from the state, the buffers and the pad.

import { bit } from "../../shared/view/bits.js";
import { fit } from "../../shared/view/canvas.js";
import { write } from "../../shared/view/controls.js";
import { part } from "../../shared/view/dom.js";
import { html, put } from "../../shared/view/html.js";
import { sigmoid } from "../../shared/view/probability.js";
import { ChainGrid, greyTile } from "./chain_grid.js";
import { syncChain, syncScrubber, syncUnit } from "./controls.js";
import { CURVES, drawCorrelogram, mixingText } from "./correlogram.js";
import { drawWeights, FieldSheet, HiddenLayer, largest, unitArithmetic } from "./hidden_units.js";
import { HOW_CHANGES } from "./markup.js";
import { chainCount, temperatureOf } from "./settings.js";
import { Timeline } from "./timeline.js";

/**
 * @typedef {import("../../shared/view/drawing_pad.js").DrawingPad} DrawingPad
 * @typedef {import("../../shared/view/types.d.ts").Theme} Theme
 * @typedef {import("./chain_buffer.js").ChainBuffer} ChainBuffer
 * @typedef {import("./playback.js").Range} Range
 * @typedef {import("./rbm_weights.js").RbmWeights} RbmWeights
 * @typedef {import("./types.d.ts").GibbsData} GibbsData
 * @typedef {import("./types.d.ts").GibbsState} GibbsState
 */

/**
 * What a drawing needs.
 * @typedef {object} Shown
 * @property {GibbsData} data
 * @property {GibbsState} state
 * @property {ChainBuffer[]} buffers
 * @property {Range} range
 * @property {Theme} theme
 */

/** @typedef {Shown & {pad: DrawingPad, weights: RbmWeights | null}} AllShown */

/**
 * What the visitor touches.
 * @typedef {object} Hands
 * @property {(t: number) => void} onScrub
 * @property {(unit: number) => void} onHoverUnit
 * @property {(unit: number) => void} onPickUnit
 */

const MIXING_EVERY = 500; // ms between two looks at the autocorrelation while the film plays

/** The tiles. */
export class ChainsView {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {{grid: ChainGrid, caption: HTMLElement}[]} */
    this.grids = [];
  }

  /**
   * A grid for each sampler.
   * @param {ChainBuffer[]} buffers
   * @param {GibbsData} data
   * @param {(buffer: number, chain: number) => void} onPick
   * @param {() => void} onHover
   */
  build(buffers, data, onPick, onHover) {
    const box = part(this.root, "stages");
    box.replaceChildren();
    this.grids = buffers.map(({ sampler }, i) => {
      const figure = document.createElement("figure");
      put(figure, html`<canvas data-stage="${sampler}"></canvas><figcaption title="${HOW_CHANGES}"></figcaption>`);
      box.append(figure);
      const [canvas, caption] = figure.children;
      const grid = new ChainGrid(/** @type {HTMLCanvasElement} */ (canvas), data, chain => onPick(i, chain), onHover);
      return { grid, caption: /** @type {HTMLElement} */ (caption) };
    });
  }

  /** @param {Shown} shown */
  draw({ state, buffers }) {
    const { settings, playback, picked } = state;
    const width = part(this.root, "stages").clientWidth,
      n = chainCount(settings),
      many = buffers.length;
    const columns = many > 1 && width > 560 ? many : 1;
    const each = (width - 12 * (columns - 1)) / columns;
    // the transport below stays in sight on a projector's screen
    const room = Math.max(280, window.innerHeight - 430);
    const tall = many > 1 ? Math.min(each, 360) : each * 0.92;
    const height = Math.min(room, tall);
    buffers.forEach((buffer, i) => {
      const { grid, caption } = this.grids[i];
      const chain = picked.buffer === i ? picked.chain : -1;
      grid.draw(buffer.at(playback.t), n, settings.view, chain, each, height);
      write(caption, captionOf(buffer, playback.t, settings.sweeps, n));
    });
  }
}

/** The tiles, the picked chain, its units, the timeline and how well the chains mix. */
export class GibbsView extends ChainsView {
  /** @param {HTMLElement} root @param {GibbsData} data @param {Hands} hands */
  constructor(root, data, { onScrub, onHoverUnit, onPickUnit }) {
    super(root);
    /** @param {string} name */
    const canvas = name => part(root, name, HTMLCanvasElement);
    this.timeline = new Timeline(canvas("timeline"), data.colours, onScrub);
    this.hiddenLayer = new HiddenLayer(canvas("hidden"), onHoverUnit, onPickUnit);
    this.fields = new FieldSheet(canvas("fields"), data, onHoverUnit, onPickUnit);
    /** What the correlogram shows, of which frame, and since when. */
    this.mixing = { key: "", t: -1, at: 0 };
  }

  /** @param {AllShown} shown */
  drawAll(shown) {
    const { data, state, buffers, range, theme, pad } = shown;
    const { settings, playback, picked } = state;
    const { root } = this;
    this.draw(shown);
    this.drawMixing(shown);
    const frame = buffers[picked.buffer].at(playback.t);
    const visible = frame ? greyTile(frame, picked.chain, settings.view, data) : null;
    const box = part(root, "visible").closest(".visible-layer");
    // before a frame is there, and under the pen, the clamped pixels' values are known all the same
    pad.draw(visible, Math.min(330, box?.clientWidth ?? 330), !frame || pad.tool !== "look");
    this.drawUnits(shown);
    const width = part(root, "timeline").parentElement?.clientWidth ?? 0;
    this.timeline.draw(buffers, chainCount(settings), playback.t, picked, width, theme);
    syncScrubber(root, playback, range);
    syncChain(root, state, data, frame, pad);
  }

  /** The autocorrelation of each sampler; while the film plays not at every frame. @param {AllShown} shown */
  drawMixing({ data, state: { settings, playback }, buffers, theme }) {
    const canvas = part(this.root, "mixing", HTMLCanvasElement);
    const n = chainCount(settings),
      { sweeps, cd } = settings,
      { t } = playback;
    const width = canvas.parentElement?.clientWidth ?? 0,
      now = performance.now();
    const key = `${buffers.map(({ sampler, since }) => `${sampler} ${since}`)} ${n} ${sweeps} ${cd} ${width} ${theme.text}`;
    const soon = playback.playing && now - this.mixing.at < MIXING_EVERY;
    if (key === this.mixing.key && (t === this.mixing.t || soon)) return;
    this.mixing = { key, t, at: now };
    const measured = buffers.map(buffer => ({
      sampler: buffer.sampler,
      mixing: buffer.mixing(t, n, data.hidden, sweeps),
    }));
    drawCorrelogram(canvas, measured, sweeps, width, theme);
    put(
      part(this.root, "mixing-says"),
      measured.map(
        one =>
          html`<span><i style="background:${CURVES[one.sampler]}"></i>${mixingText(one, n, cd, buffers.length > 1)}</span>`,
      ),
    );
  }

  /** @param {AllShown} shown */
  drawUnits(shown) {
    const { data, state, weights } = shown;
    if (!weights) return;
    const { root } = this;
    const order = weights.order(state.unitOrder);
    const layer = hiddenStates(shown, weights);
    const width = part(root, "hidden").parentElement?.clientWidth ?? 0;
    this.hiddenLayer.draw(layer.values, order, state, Math.min(width, 360));
    const j = state.hoveredUnit >= 0 ? state.hoveredUnit : state.unit;
    if (j >= 0) {
      const size = Math.min(116, (part(root, "unit").clientWidth - 12) / 2);
      const field = weights.field(j),
        top = largest(field);
      drawWeights(part(root, "field", HTMLCanvasElement), field, top, data, size);
      // what each visible unit adds to the input; nothing while nothing drives the unit
      const { visible } = layer,
        parts = part(root, "parts", HTMLCanvasElement);
      if (visible)
        drawWeights(
          parts,
          field.map((w, i) => w * visible[i]),
          top,
          data,
          size,
        );
      else fit(parts, size, (size * data.height) / data.width);
      const outcome = { drawn: layer.sampled?.[j] ?? null, ablated: state.ablated.has(j) };
      const temperature = temperatureOf(state.settings);
      const arithmetic = layer.input && unitArithmetic(weights.bias[j], layer.input[j], temperature, outcome);
      syncUnit(root, state, j, weights.use[j], arithmetic);
    }
    const fieldsWidth = (part(root, "fields").parentElement?.clientWidth ?? 0) - 14;
    const { sampled } = layer;
    if (part(root, "sheet", HTMLDetailsElement).open && fieldsWidth > 40)
      this.fields.draw(weights, order, fieldsWidth, {
        ...state,
        active: state.marksActive && sampled ? unit => sampled[unit] === 1 : null,
      });
  }
}

/**
 * The picked chain's visible layer as the hidden one meets it, the input of each hidden unit, what was sampled, and what
 * is to be shown: probabilities or samples. Each is null where there is nothing yet.
 * @param {Shown} shown
 * @param {RbmWeights} weights
 */
export function hiddenStates({ data, state, buffers }, weights) {
  const { settings, playback, picked, ablated } = state;
  const buffer = buffers[picked.buffer];
  const frame = buffer.at(playback.t);
  /** @type {{visible: Float32Array | null, input: Float32Array | null, sampled: Float32Array | null, values: Float32Array | null}} */
  const nothing = { visible: null, input: null, sampled: null, values: null };
  if (!frame) return nothing;
  const visible = weights.standardise(greyTile(frame, picked.chain, "sample", data));
  const input = weights.hiddenInput(visible);
  // before its half-step the hidden layer is that of the frame before
  const source = playback.half === 1 ? frame : buffer.at(playback.t - 1);
  if (!source) return { ...nothing, visible, input };
  const sampled = Float32Array.from({ length: data.hidden }, (_, j) =>
    bit(source.hidden, picked.chain, data.hidden, j),
  );
  const temperature = temperatureOf(settings);
  const probabilities = () => input.map((x, j) => (ablated.has(j) ? 0 : sigmoid(x / temperature)));
  return {
    visible,
    input,
    sampled,
    values: settings.view === "mean" && playback.half === 1 ? probabilities() : sampled,
  };
}

/**
 * What stands below the tiles of a sampler.
 * @param {ChainBuffer} buffer
 * @param {number} t
 * @param {number} sweeps
 * @param {number} chains
 */
export function captionOf(buffer, t, sweeps, chains) {
  if (!buffer.at(t)) return buffer.request ? "computing the first frame …" : "";
  const changes = buffer.totalChanges(t);
  const steps = t * sweeps * chains;
  const counted =
    changes === null ? [] : [`${changes.toLocaleString("en")} class change${changes === 1 ? "" : "s"} (linear probe)`];
  const rate =
    changes !== null && steps > 0 ? [`${((1000 * changes) / steps).toFixed(1)} per chain in 1,000 steps`] : [];
  return [buffer.title, ...counted, ...rate].join(" · ");
}
