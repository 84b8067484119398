// How much context a model uses: what the next token costs when only the last few tokens are left to it.

import { get, messageOf } from "../../shared/view/api.js";
import { blankCanvas } from "../../shared/view/canvas.js";
import { write } from "../../shared/view/controls.js";
import { part } from "../../shared/view/dom.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { tracePath } from "../../shared/view/line_chart.js";
import { toBits } from "../../shared/view/probability.js";

const HEIGHT = 190,
  LEFT = 36,
  BOTTOM = 34;
const NEGLIGIBLE = 0.01; // bits

/**
 * What a model's tokens cost with less and less context.
 * @typedef {object} Curve
 * @property {string} name of the checkpoint
 * @property {string} short
 * @property {string} title
 * @property {string} view
 * @property {number[]} lengths of the context, growing, the first 0
 * @property {number[]} cost bits per token
 * @property {string} colour
 * @property {boolean} own whether it is the page's model
 */

/** @param {number} tokens */
const last = tokens => (tokens ? `the last ${tokens === 1 ? "token" : `${tokens} tokens`}` : "no context");

/**
 * What the cost by context length says, in words: how much context is enough, and what more of it does.
 * @param {ArrayLike<number>} lengths tokens of context, growing, the first 0
 * @param {ArrayLike<number>} cost bits per token with so many
 * @returns {string}
 */
export function describeContext(lengths, cost) {
  const best = Math.min(...Array.from(cost)),
    end = lengths.length - 1;
  const enough = Array.from(cost).findIndex(bits => bits - best < NEGLIGIBLE);
  /** @param {number} i */
  const of = i => `${cost[i].toFixed(3)} bits per token with ${last(lengths[i])}`;
  if (!end) return `${of(0)}.`;
  const none = enough ? ` With no context: ${cost[0].toFixed(3)}.` : "";
  if (enough === end)
    return `More context still helps at ${lengths[end]} tokens: ${of(end)}, ${cost[end - 1].toFixed(3)} with ${lengths[end - 1]}.${none}`;
  const gain = Number(cost[enough].toFixed(3)) - Number(cost[end].toFixed(3)); // of the numbers as they are written
  const more =
    gain < -0.0005 ? `${(-gain).toFixed(3)} worse` : gain > 0.0005 ? `${gain.toFixed(3)} better` : "the same";
  const begin = enough
    ? `${lengths[enough]} token${lengths[enough] === 1 ? " is" : "s are"} enough`
    : "Context does not help";
  return `${begin}: ${of(enough)}. With ${last(lengths[end])} it is ${more}: ${cost[end].toFixed(3)}.${none}`;
}

/**
 * Curves of models that cut the text into the same tokens as the page's model.
 * @param {import("../../shared/view/types.d.ts").Message} answer of the route `around`
 * @param {string} own name of the page's model
 * @param {string[]} colours
 * @returns {{ curves: Curve[], others: number }} `others`: models that cut it in another way
 */
export function readCurves({ header, planes }, own, colours) {
  /** @type {import("./model.js").Rival[]} */
  const rivals = header.rivals;
  const view = rivals.find(({ name }) => name === own)?.view;
  const measured = rivals.flatMap((rival, i) => {
    const lengths = planes[`left.${i}`],
      nats = planes[`nats.${i}`];
    return lengths ? [{ ...rival, lengths: Array.from(lengths.data), cost: Array.from(nats.data, toBits) }] : [];
  });
  const curves = measured
    .filter(rival => rival.view === view)
    .map((rival, i) => ({
      ...rival,
      lengths: /** @type {number[]} */ (rival.lengths),
      own: rival.name === own,
      colour: colours[i % colours.length],
    }));
  return { curves, others: measured.length - curves.length };
}

/**
 * @param {number[]} places
 * @param {number} x
 * @returns {number} index of the place nearest to x, the first of several; -1 where there are none
 */
const nearest = (places, x) =>
  places.reduce((best, place, i) => (i && Math.abs(place - x) >= Math.abs(places[best] - x) ? best : i), -1);

export class ContextLength {
  /**
   * @param {import("./player.js").TokenPlayer} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    this.destroyed = false;
    this.hover = -1; // index of a context length
    /** @type {Curve[] | null} null until they have come */
    this.curves = null;
    /** @type {number[]} where each context length is */
    this.x = [];
    put(
      root,
      html`
<h4 class="reach-title">Effective context</h4>
<div class="reach"><figure><div data-part="holder"><canvas data-part="curve" role="img" aria-label="Bits per token by context length"></canvas></div></figure>
<section><p data-part="far"></p><div class="curves" data-part="legend"></div><p class="note" data-part="other"></p></section></div>`,
    );
    this.canvas = part(root, "curve", HTMLCanvasElement);
    this.canvas.addEventListener("pointermove", event => this.point(event));
    this.canvas.addEventListener("pointerdown", event => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.point(null));
    this.open();
  }

  destroy() {
    this.destroyed = true;
  }

  async open() {
    const { host, root } = this;
    try {
      const answer = await get(`${host.modelUrl}/around`);
      if (this.destroyed) return;
      const { curves, others } = readCurves(answer, host.data.checkpoint, host.data.colours);
      this.curves = curves;
      const more = others === 1 ? "One more model uses" : `${others} more models use`;
      write(
        part(root, "other"),
        `Mean over 1,000 positions of the test text, the same for every model; earlier tokens are replaced by a start of text.${others ? ` ${more} other tokens; bits per token are not comparable.` : ""}`,
      );
      const own = curves.find(curve => curve.own);
      write(part(root, "far"), own ? describeContext(own.lengths, own.cost) : "Not measured for this model.");
      host.requestFrame();
    } catch (error) {
      if (!this.destroyed) host.showError(messageOf(error));
    }
  }

  /** @param {PointerEvent | null} event */
  point(event) {
    const hover = event ? nearest(this.x, event.offsetX) : -1;
    if (hover === this.hover) return;
    this.hover = hover;
    this.host.requestFrame();
  }

  // -- what is drawn ------------------------------------------------------------------------------

  draw() {
    const { curves } = this;
    if (!curves) return;
    this.root.hidden = !curves.length;
    if (!curves.length) return;
    const longest = curves.reduce((a, b) => (b.lengths.length > a.lengths.length ? b : a)).lengths;
    this.drawCurves(curves, longest);
    const at = this.hover < 0 ? longest.length - 1 : this.hover;
    const rows = curves.map(
      ({ short, own, colour, cost, title }) =>
        html`<span title="${title}" class="${own ? "own" : ""}"><i style="background:${colour}"></i>${short} <b>${(cost[at] ?? cost[cost.length - 1]).toFixed(2)}</b></span>`,
    );
    refresh(part(this.root, "legend"), [
      ...rows,
      html`<span class="muted">bits per token with ${last(longest[at])}</span>`,
    ]);
  }

  /** @param {Curve[]} curves @param {number[]} lengths of the axis */
  drawCurves(curves, lengths) {
    const { theme } = this.host,
      width = Math.max(220, part(this.root, "holder").clientWidth),
      context = blankCanvas(this.canvas, width, HEIGHT);
    const all = curves.flatMap(({ cost }) => cost),
      top = Math.max(...all) * 1.04,
      low = Math.max(0, Math.min(...all) * 0.92);
    const x = lengths.map((_, i) => LEFT + 8 + ((width - LEFT - 24) * i) / Math.max(1, lengths.length - 1));
    this.x = x;
    /** @param {number} v */
    const y = v => 8 + (HEIGHT - BOTTOM - 8) * (1 - (v - low) / (top - low || 1));
    context.font = `12px ${theme.font}`;
    context.fillStyle = theme.text;
    const step = [0.1, 0.2, 0.5, 1, 2, 5].find(s => (top - low) / s < 6) ?? 10;
    context.textAlign = "right";
    for (let v = Math.ceil(low / step) * step; v <= top; v += step) {
      context.globalAlpha = 0.7;
      context.fillText(v.toFixed(step < 1 ? 1 : 0), LEFT - 5, y(v) + 4);
      context.globalAlpha = 0.13;
      context.fillRect(LEFT, y(v), width - LEFT, 1);
    }
    context.globalAlpha = 0.7;
    context.textAlign = "center";
    lengths.forEach((k, i) => context.fillText(String(k), x[i], HEIGHT - BOTTOM + 16));
    context.fillText("context length (tokens)", (LEFT + width) / 2, HEIGHT - 3);
    if (this.hover >= 0) {
      context.globalAlpha = 0.4;
      context.fillRect(x[this.hover] - 0.5, 8, 1, HEIGHT - BOTTOM - 8);
    }
    for (const { cost, own, colour } of [...curves].sort((a, b) => Number(a.own) - Number(b.own))) {
      context.globalAlpha = own ? 1 : 0.75;
      context.strokeStyle = context.fillStyle = colour;
      context.lineWidth = own ? 3.5 : 2;
      context.lineJoin = "round";
      tracePath(context, cost, i => x[i], y);
      context.stroke();
      cost.forEach((v, i) => {
        context.beginPath();
        context.arc(x[i], y(v), own ? 3.5 : 2, 0, 7);
        context.fill();
      });
    }
    context.globalAlpha = 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
  }
}
