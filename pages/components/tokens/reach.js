// @ts-nocheck: no types yet
// How far back a model really looks: what the next token costs when only the last few tokens are left to it.

import { fit } from "../gibbs/draw.js";
import { get } from "../gibbs/wire.js";
import { write } from "../shared/controls.js";
import { html, put, refresh } from "../shared/html.js";

const HIGH = 190,
  LITTLE = 0.01; // bits: what less than is no help

const last = tokens => (tokens ? `the last ${tokens === 1 ? "token" : `${tokens} tokens`}` : "no context");

/**
 * What the cost by context length says, in words: how much context is enough, and what more of it does.
 * @param {ArrayLike<number>} left tokens of context, growing, the first 0
 * @param {ArrayLike<number>} cost bits per token with so many
 * @returns {string}
 */
export function said(left, cost) {
  const best = Math.min(...cost),
    end = left.length - 1;
  const enough = Array.from(cost).findIndex(bits => bits - best < LITTLE);
  const of = i => `${cost[i].toFixed(3)} bits per token with ${last(left[i])}`;
  if (!end) return `${of(0)}.`;
  const none = enough ? ` With no context: ${cost[0].toFixed(3)}.` : "";
  if (enough === end)
    return `More context still helps at ${left[end]} tokens: ${of(end)}, ${cost[end - 1].toFixed(3)} with ${left[end - 1]}.${none}`;
  const gain = Number(cost[enough].toFixed(3)) - Number(cost[end].toFixed(3)); // of the numbers as they are written
  const more =
    gain < -0.0005 ? `${(-gain).toFixed(3)} worse` : gain > 0.0005 ? `${gain.toFixed(3)} better` : "the same";
  const begin = enough
    ? `${left[enough]} token${left[enough] === 1 ? " is" : "s are"} enough`
    : "Context does not help";
  return `${begin}: ${of(enough)}. With ${last(left[end])} it is ${more}: ${cost[end].toFixed(3)}.${none}`;
}

export class Reach {
  constructor(host, root) {
    Object.assign(this, { host, root, hover: -1 });
    put(
      root,
      html`
<h4 class="reach-title">How far back it really looks</h4>
<div class="reach"><figure><div data-part="holder"><canvas data-part="curve" role="img" aria-label="Bits per token, by how many tokens of the past are left"></canvas></div></figure>
<section><p data-part="far"></p><div class="curves" data-part="legend"></div><p class="note" data-part="other"></p></section></div>`,
    );
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    const canvas = this.$("curve");
    canvas.addEventListener("pointermove", event => this.point(event));
    canvas.addEventListener("pointerdown", event => this.point(event));
    canvas.addEventListener("pointerleave", () => this.point(null));
    this.open();
  }

  close() {
    this.stopped = true;
  }

  async open() {
    const { host } = this;
    try {
      const { header, planes } = await get(`${host.url}/around`);
      if (this.stopped) return;
      const own = header.rivals.find(({ name }) => name === host.data.checkpoint);
      const measured = header.rivals
        .map((rival, i) => ({
          ...rival,
          left: planes[`left.${i}`]?.data,
          cost: planes[`nats.${i}`]?.data.map(nats => nats / Math.LN2),
        }))
        .filter(({ left }) => left);
      this.curves = measured
        .filter(({ view }) => view === own.view)
        .map((each, i) => ({
          ...each,
          own: each.name === own.name,
          colour: host.data.colours[i % host.data.colours.length],
        }));
      const rest = measured.length - this.curves.length;
      write(
        this.$("other"),
        `Mean over 1,000 places of the test text, the same for each; what is cut off is replaced by the beginning of a text.${rest ? ` ${rest === 1 ? "One more model cuts" : `${rest} more models cut`} this text into other tokens: what those cost cannot be compared token by token.` : ""}`,
      );
      this.words();
      host.wake();
    } catch (error) {
      if (!this.stopped) host.complain(error.message);
    }
  }

  words() {
    const own = this.curves.find(each => each.own);
    if (!own) return write(this.$("far"), "It was not measured for this model.");
    write(this.$("far"), said(own.left, own.cost));
  }

  point(event) {
    const hover =
      event && this.x
        ? this.x.reduce((a, x, i) => (Math.abs(x - event.offsetX) < Math.abs(this.x[a] - event.offsetX) ? i : a), 0)
        : -1;
    if (hover === this.hover) return;
    this.hover = hover;
    this.host.wake();
  }

  draw() {
    const { curves, host } = this;
    if (!curves?.length) return void (this.root.hidden = Boolean(curves));
    const canvas = this.$("curve"),
      width = Math.max(220, this.$("holder").clientWidth);
    fit(canvas, width, HIGH);
    const ratio = window.devicePixelRatio || 1,
      context = canvas.getContext("2d"),
      left = 36,
      bottom = 34;
    const longest = curves.reduce((a, b) => (b.left.length > a.left.length ? b : a)).left,
      n = longest.length;
    const all = curves.flatMap(({ cost }) => [...cost]),
      top = Math.max(...all) * 1.04,
      low = Math.max(0, Math.min(...all) * 0.92);
    const x = (this.x = Array.from(longest, (_, i) => left + 8 + ((width - left - 24) * i) / Math.max(1, n - 1)));
    const y = v => 8 + (HIGH - bottom - 8) * (1 - (v - low) / (top - low || 1));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, HIGH);
    context.font = `12px ${host.font}`;
    context.fillStyle = host.ink;
    const step = [0.1, 0.2, 0.5, 1, 2, 5].find(s => (top - low) / s < 6) ?? 10;
    context.textAlign = "right";
    for (let v = Math.ceil(low / step) * step; v <= top; v += step) {
      context.globalAlpha = 0.7;
      context.fillText(v.toFixed(step < 1 ? 1 : 0), left - 5, y(v) + 4);
      context.globalAlpha = 0.13;
      context.fillRect(left, y(v), width - left, 1);
    }
    context.globalAlpha = 0.7;
    context.textAlign = "center";
    longest.forEach((k, i) => context.fillText(String(k), x[i], HIGH - bottom + 16));
    context.fillText("context length (tokens)", (left + width) / 2, HIGH - 3);
    if (this.hover >= 0) {
      context.globalAlpha = 0.4;
      context.fillRect(x[this.hover] - 0.5, 8, 1, HIGH - bottom - 8);
    }
    for (const { cost, own, colour } of [...curves].sort((a, b) => a.own - b.own)) {
      context.globalAlpha = own ? 1 : 0.75;
      context.strokeStyle = context.fillStyle = colour;
      context.lineWidth = own ? 3.5 : 2;
      context.lineJoin = "round";
      context.beginPath();
      cost.forEach((v, i) => (i ? context.lineTo(x[i], y(v)) : context.moveTo(x[i], y(v))));
      context.stroke();
      cost.forEach((v, i) => (context.beginPath(), context.arc(x[i], y(v), own ? 3.5 : 2, 0, 7), context.fill()));
    }
    context.globalAlpha = 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    const at = this.hover < 0 ? n - 1 : this.hover;
    const rows = curves.map(
      ({ short, own, colour, cost, title }) =>
        html`<span title="${title}" class="${own ? "own" : ""}"><i style="background:${colour}"></i>${short} <b>${(cost[at] ?? cost.at(-1)).toFixed(2)}</b></span>`,
    );
    refresh(this.$("legend"), [...rows, html`<span class="muted">bits per token with ${last(longest[at])}</span>`]);
  }
}
