// @ts-nocheck: no types yet
// Curves over the epochs on one canvas: axes, lines, a cursor to drag, and a crosshair that reads values off.

import { fit } from "../shared/canvas.js";
import { html, put } from "../shared/html.js";

const LEFT = 58,
  RIGHT = 12,
  TOP = 10,
  BOTTOM = 28;
const FONT = "12px system-ui, sans-serif";

// A number as people write it: thousands in groups, a real minus sign, `decimals` places where given
export function number(value, decimals = null) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e9) {
    const power = Math.floor(Math.log10(size));
    const digits = String(power)
      .replace("-", "⁻")
      .replace(/\d/g, d => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]);
    return `${value < 0 ? "−" : ""}${(size / 10 ** power).toFixed(1).replace(/\.0$/, "")}×10${digits}`;
  }
  const how =
    decimals === null
      ? { maximumSignificantDigits: 4 }
      : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return value.toLocaleString("en-US", how).replace("-", "−");
}

// A frame in which something will be, and what
export function blank(context, x, y, width, height, text, colours, ratio = 1) {
  context.lineWidth = 1;
  context.strokeStyle = colours.grid;
  context.strokeRect(x, y, width, height);
  context.fillStyle = colours.quiet;
  context.font = `${13 * ratio}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, x + width / 2, y + height / 2, width - 20);
}

function steps(low, high, wanted) {
  const rough = (high - low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find(m => m * power >= rough * 0.999) * power;
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(i * step);
  return { step, found };
}

function logSteps(low, high, room) {
  const found = [];
  const decades = Math.log10(high / low);
  const parts = decades * 3 < room ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(decades / room));
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
    for (const part of parts) {
      const value = part * 10 ** power;
      if (value >= low * 0.999 && value <= high * 1.001 && (part > 1 || power % every === 0)) found.push(value);
    }
  return found;
}

// A word in the plot, readable over lines
function note(context, text, x, y, colour, page) {
  if (!text) return;
  context.globalAlpha = 0.8;
  context.fillStyle = page;
  context.fillRect(x - 2, y, context.measureText(text).width + 4, 16);
  context.globalAlpha = 1;
  context.fillStyle = colour;
  context.textAlign = "left";
  context.textBaseline = "top";
  context.fillText(text, x, y + 2);
}

export class Plot {
  constructor(canvas, tip, onSeek, onHover) {
    this.canvas = canvas;
    this.tip = tip;
    this.hover = null;
    let dragging = false;
    const at = event => {
      const box = canvas.getBoundingClientRect();
      return this.valueAt(event.clientX - box.left);
    };
    canvas.addEventListener("pointerdown", event => {
      if (!this.x) return;
      dragging = true;
      canvas.setPointerCapture(event.pointerId);
      onSeek(at(event));
    });
    canvas.addEventListener("pointermove", event => {
      if (!this.x) return;
      this.hover = at(event);
      if (dragging) onSeek(this.hover);
      onHover();
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (dragging = false));
    canvas.addEventListener("pointerleave", () => {
      this.hover = null;
      onHover();
    });
  }

  // a value, some digits finer than the axis, so that its width stays while it changes
  text(value, finer = 1) {
    const own = Number.isFinite(value) && value !== 0 ? 2 - Math.floor(Math.log10(Math.abs(value))) : 0;
    return number(value, Math.max(0, Math.min(6, Math.max((this.decimals ?? 0) + finer, own))));
  }

  valueAt(px) {
    const { low, high, log, width } = this.x;
    const share = Math.max(0, Math.min(1, (px - LEFT) / width));
    return log ? low * (high / low) ** share : low + share * (high - low);
  }

  // lines: [{xs, ys, colour, dash, faint, label}]; x: {high, log, title, share, name(x)}; y: "all", "most" (extremes may be cut off) or "log"; unit: of the values;
  // marks: [{x, text, colour}]; cursor: a place on x or null; empty: what to say without lines
  draw({ lines, x, y, unit, marks, cursor, empty }, width, height, colours) {
    fit(this.canvas, width, height);
    const ratio = window.devicePixelRatio || 1;
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = FONT;
    const right = width - RIGHT,
      bottom = height - BOTTOM;
    const seen = lines.filter(line => line.ys.some(Number.isFinite));
    if (!seen.length) {
      this.x = null;
      this.tip.hidden = true;
      blank(context, LEFT + 0.5, TOP + 0.5, right - LEFT - 1, bottom - TOP - 1, empty, colours);
      return;
    }
    let low = 0;
    if (x.log) {
      low = Infinity;
      for (const line of seen) for (const value of line.xs) if (value > 0 && value < low) low = value;
      low = Math.min(low, x.high / 2);
    }
    const range = this.range(seen, y, low);
    this.x = { low, high: x.high, log: x.log, width: right - LEFT };
    const placeX = x.log
      ? value => LEFT + (Math.log(Math.max(value, low) / low) / Math.log(x.high / low)) * this.x.width
      : value => LEFT + ((value - low) / (x.high - low)) * this.x.width;
    const scale = range.log ? Math.log : value => value;
    const [floor, ceiling] = [scale(range.low), scale(range.high)];
    const placeY = value => bottom - ((scale(value) - floor) / (ceiling - floor)) * (bottom - TOP);
    this.axes(context, { x, range, low, right, bottom, placeX, placeY, colours });

    context.save();
    context.beginPath();
    context.rect(LEFT, TOP - 2, right - LEFT + 2, bottom - TOP + 4);
    context.clip();
    for (const line of seen) this.line(context, line, placeX, placeY, low);
    context.restore();

    if (cursor !== null && cursor <= 1.001 * x.high) {
      const px = placeX(Math.max(low, cursor));
      context.fillStyle = colours.cursor;
      context.fillRect(px - 1, TOP, 2, bottom - TOP);
      context.beginPath();
      context.moveTo(px - 6, bottom + 9);
      context.lineTo(px + 6, bottom + 9);
      context.lineTo(px, bottom);
      context.fill();
    }
    for (const mark of marks) {
      const px = Math.round(placeX(mark.x)) + 0.5;
      context.strokeStyle = mark.colour ?? colours.quiet;
      context.lineWidth = 1;
      context.setLineDash([2, 3]);
      context.beginPath();
      context.moveTo(px, TOP);
      context.lineTo(px, bottom);
      context.stroke();
      context.setLineDash([]);
      const wide = context.measureText(mark.text).width;
      const left = px + wide + 8 > right ? px - wide - 5 : px + 5;
      note(context, mark.text, left, TOP + 20, mark.colour ?? colours.quiet, colours.page);
    }
    note(context, unit, LEFT + 6, TOP + 1, colours.quiet, colours.page);
    note(context, x.title, right - context.measureText(x.title).width - 5, bottom - 18, colours.quiet, colours.page);
    this.crosshair(context, seen, x, range, placeX, placeY, bottom, width, colours);
  }

  // a logarithmic one only for values that are all positive
  range(lines, y, from) {
    const values = [];
    for (const { xs, ys } of lines)
      ys.forEach((value, i) => xs[i] >= from && Number.isFinite(value) && values.push(value));
    values.sort((a, b) => a - b);
    const cut = y === "most" ? 0.03 : 0;
    let low = values[Math.floor(cut * (values.length - 1))] ?? 0;
    let high = values[Math.ceil((1 - cut) * (values.length - 1))] ?? 1;
    if (!(high > low)) [low, high] = [low - (Math.abs(low) * 0.1 || 1), high + (Math.abs(high) * 0.1 || 1)];
    if (y === "log" && low > 0) {
      const air = (high / low) ** 0.06;
      return { low: low / air, high: high * air, log: true };
    }
    const air = 0.06 * (high - low);
    return { low: low - air, high: high + air };
  }

  axes(context, { x, range, low, right, bottom, placeX, placeY, colours }) {
    context.lineWidth = 1;
    context.textBaseline = "middle";
    context.textAlign = "right";
    const { step, found } = steps(range.low, range.high, (bottom - TOP) / 48);
    this.decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
    if (range.log) {
      const rounder = logSteps(range.low, range.high, (bottom - TOP) / 40);
      if (rounder.length > 1) found.splice(0, found.length, ...rounder);
    }
    for (const value of found) {
      const py = Math.round(placeY(value)) + 0.5;
      context.strokeStyle = colours.grid;
      context.beginPath();
      context.moveTo(LEFT, py);
      context.lineTo(right, py);
      context.stroke();
      context.fillStyle = colours.quiet;
      context.fillText(
        range.log ? number(value) : number(Math.abs(value) < step / 1e6 ? 0 : value, this.decimals),
        LEFT - 7,
        py,
        LEFT - 9,
      );
    }
    context.textBaseline = "top";
    const room = (right - LEFT) / 64;
    const ticks = x.log ? logSteps(low, x.high, room) : steps(low, x.high, room).found;
    let free = -Infinity;
    for (const value of ticks) {
      const px = Math.round(placeX(value)) + 0.5;
      context.strokeStyle = colours.axis;
      context.beginPath();
      context.moveTo(px, bottom);
      context.lineTo(px, bottom + 4);
      context.stroke();
      const text = x.share ? `${number(100 * value)}%` : number(value);
      const wide = context.measureText(text).width;
      const centre = Math.min(px, right + RIGHT - wide / 2 - 1);
      if (centre - wide / 2 < free) continue;
      free = centre + wide / 2 + 8;
      context.textAlign = "center";
      context.fillStyle = colours.quiet;
      context.fillText(text, centre, bottom + 11);
    }
    context.strokeStyle = colours.axis;
    context.beginPath();
    context.moveTo(LEFT + 0.5, TOP);
    context.lineTo(LEFT + 0.5, bottom + 0.5);
    context.lineTo(right, bottom + 0.5);
    context.stroke();
  }

  line(context, { xs, ys, colour, dash, faint }, placeX, placeY, from) {
    context.strokeStyle = colour;
    context.fillStyle = colour;
    context.globalAlpha = faint ? 0.38 : 1;
    context.lineWidth = faint ? 1 : 2;
    context.lineJoin = "round";
    context.setLineDash(dash ? [6, 4] : []);
    context.beginPath();
    let pen = false,
      drawn = 0,
      column = -1,
      least = 0,
      largest = 0,
      last = 0,
      lastX = 0;
    // of many points that share a column of pixels only the extremes can be seen
    const flush = () => {
      if (column < 0) return;
      if (least !== largest) {
        context.lineTo(lastX, placeY(least));
        context.lineTo(lastX, placeY(largest));
        context.lineTo(lastX, placeY(last));
      }
    };
    for (let i = 0; i < xs.length; i++) {
      const value = ys[i];
      if (!Number.isFinite(value) || xs[i] < from) {
        flush();
        column = -1;
        pen = pen && Number.isFinite(value);
        continue;
      }
      const px = placeX(xs[i]);
      if (pen && Math.floor(px * 2) === column) {
        least = Math.min(least, value);
        largest = Math.max(largest, value);
        last = value;
        continue;
      }
      flush();
      if (pen) context.lineTo(px, placeY(value));
      else context.moveTo(px, placeY(value));
      pen = true;
      drawn += 1;
      column = Math.floor(px * 2);
      least = largest = last = value;
      lastX = px;
    }
    flush();
    context.stroke();
    context.setLineDash([]);
    if (drawn === 1) {
      context.beginPath();
      context.arc(lastX, placeY(last), 3, 0, 7);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  crosshair(context, lines, x, range, placeX, placeY, bottom, width, colours) {
    this.tip.hidden = this.hover === null;
    if (this.hover === null) return;
    const px = Math.round(placeX(this.hover)) + 0.5;
    context.strokeStyle = colours.quiet;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(px, TOP);
    context.lineTo(px, bottom);
    context.stroke();
    const rows = [html`<b>${x.name(this.hover)}</b>`];
    for (const line of lines) {
      const i = nearest(line.xs, this.hover);
      if (i < 0 || !Number.isFinite(line.ys[i]) || line.label === undefined) continue;
      const inside = line.ys[i] >= range.low && line.ys[i] <= range.high;
      if (!line.faint && inside) {
        context.fillStyle = line.colour;
        context.beginPath();
        context.arc(placeX(line.xs[i]), placeY(line.ys[i]), 3.5, 0, 7);
        context.fill();
      }
      const key = html`<i class="key${line.dash ? " dashed" : ""}${line.faint ? " faint" : ""}" style="border-color:${line.colour}"></i>`;
      rows.push(html`<span>${key}${line.label}</span><output>${this.text(line.ys[i], 2)}</output>`);
    }
    put(this.tip, rows);
    const wide = this.tip.offsetWidth;
    this.tip.style.left = `${px + 14 + wide > width ? Math.max(0, px - 14 - wide) : px + 14}px`;
    this.tip.style.top = `${TOP + 22}px`;
  }
}

// The mean of a window around each value, a twentieth of the line wide
export function smooth(values) {
  const reach = Math.max(1, Math.round(values.length / 40));
  const sums = [0],
    counts = [0];
  for (const value of values) {
    const good = Number.isFinite(value);
    sums.push(sums.at(-1) + (good ? value : 0));
    counts.push(counts.at(-1) + (good ? 1 : 0));
  }
  return values.map((value, i) => {
    const near = Math.min(reach, i, values.length - 1 - i); // narrower at the ends, and never to one side
    const from = i - near,
      to = i + near + 1;
    return Number.isFinite(value) ? (sums[to] - sums[from]) / (counts[to] - counts[from]) : NaN;
  });
}

// the index whose x is nearest, or -1
export function nearest(xs, x) {
  let low = 0,
    high = xs.length - 1;
  if (high < 0) return -1;
  if (x >= xs[high]) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low > 0 && Math.abs(xs[low - 1] - x) <= Math.abs(xs[low] - x) ? low - 1 : low;
}
