// @ts-nocheck: no types yet
// Free energies of all chains over time, and which class each chain is read as: both under one playhead.

import { fit } from "./draw.js";

const WINDOW = 300; // frames across the picture
const LINES = 40; // chains drawn as lines; the strip shows all

export class Timeline {
  constructor(canvas, setup, onScrub) {
    this.canvas = canvas;
    this.setup = setup;
    this.strip = document.createElement("canvas");
    let dragging = false;
    const scrub = event => {
      if (!this.view) return;
      const box = canvas.getBoundingClientRect();
      const share = (event.clientX - box.left - this.view.left) / this.view.width;
      onScrub(Math.round(this.view.from + share * WINDOW));
    };
    canvas.addEventListener("pointerdown", event => {
      dragging = true;
      canvas.setPointerCapture(event.pointerId);
      scrub(event);
    });
    canvas.addEventListener("pointermove", event => dragging && scrub(event));
    canvas.addEventListener("pointerup", () => (dragging = false));
    canvas.addEventListener("pointercancel", () => (dragging = false));
  }

  draw(lanes, n, t, picked, width, colours) {
    const energyHeight = lanes.length > 1 ? 74 : 110;
    const stripHeight = lanes.length > 1 ? 40 : Math.min(96, Math.max(24, n * 2));
    const each = energyHeight + stripHeight + 10;
    const left = 56;
    fit(this.canvas, width, lanes.length * each);
    const context = this.canvas.getContext("2d");
    const ratio = window.devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, lanes.length * each);
    // the window slides once the playhead nears its right edge, and never shows what came before the record
    const from = Math.max(lanes[0].first, t - Math.round(WINDOW * 0.85));
    this.view = { from, left, width: width - left - 8 };
    const x = frame => left + ((frame - from) / WINDOW) * this.view.width;
    const range = this.energyRange(lanes, from, n);
    lanes.forEach((lane, i) => {
      const top = i * each;
      this.energies(
        context,
        lane,
        from,
        n,
        range,
        x,
        top,
        energyHeight,
        picked.lane === i ? picked.chain : -1,
        colours,
      );
      this.classes(context, lane, from, n, x, top + energyHeight + 4, stripHeight, t);
      context.fillStyle = colours.text;
      context.font = "11px system-ui, sans-serif";
      context.textAlign = "right";
      context.textBaseline = "top";
      context.fillText(range.known ? range.high.toFixed(0) : "", left - 6, top + 2);
      context.textBaseline = "bottom";
      context.fillText(range.known ? range.low.toFixed(0) : "", left - 6, top + energyHeight);
      context.textBaseline = "middle";
      context.fillText("F(v)", left - 6, top + energyHeight / 2);
      if (lane.frames[0]?.class) context.fillText("class", left - 6, top + energyHeight + 4 + stripHeight / 2);
      if (lanes.length > 1) {
        context.textAlign = "left";
        context.textBaseline = "top";
        context.fillText(lane.title, left + 4, top + 2);
      }
    });
    // what is drawn ahead has not been shown yet
    context.fillStyle = colours.page;
    context.globalAlpha = 0.6;
    context.fillRect(x(t), 0, left + this.view.width - x(t), lanes.length * each);
    context.globalAlpha = 1;
    context.fillStyle = colours.accent;
    context.fillRect(x(t) - 1, 0, 2, lanes.length * each);
    context.setTransform(1, 0, 0, 1, 0, 0);
  }

  energyRange(lanes, from, n) {
    let low = Infinity,
      high = -Infinity;
    for (const lane of lanes)
      for (let f = Math.max(from, lane.first); f <= Math.min(lane.last, from + WINDOW); f += 2) {
        const row = lane.at(f).free_energy;
        for (let c = 0; c < n; c++) {
          if (row[c] < low) low = row[c];
          if (row[c] > high) high = row[c];
        }
      }
    if (low > high) return { low: 0, high: 1, known: false }; // no frame yet
    if (low === high) return { low: low - 1, high: high + 1, known: true };
    // ease, so that the scale does not jump while the film plays
    const old = this.range && this.range.n === n ? this.range : { low, high };
    const ease = (a, b) => (Math.abs(b - a) > 0.5 * (high - low) ? b : a + 0.2 * (b - a));
    this.range = { low: Math.min(low, ease(old.low, low)), high: Math.max(high, ease(old.high, high)), n, known: true };
    return this.range;
  }

  energies(context, lane, from, n, { low, high }, x, top, height, picked, colours) {
    context.fillStyle = colours.panel;
    context.fillRect(this.view.left, top, this.view.width, height);
    const y = value => top + height - 3 - ((value - low) / (high - low)) * (height - 6);
    const first = Math.max(from, lane.first),
      last = Math.min(lane.last, from + WINDOW);
    const step = Math.ceil(n / LINES);
    const line = c => {
      context.beginPath();
      for (let f = first; f <= last; f++) {
        const value = y(lane.at(f).free_energy[c]);
        if (f === first) context.moveTo(x(f), value);
        else context.lineTo(x(f), value);
      }
      context.stroke();
    };
    context.lineWidth = 1;
    context.strokeStyle = colours.line;
    context.globalAlpha = n > 8 ? 0.35 : 0.8;
    for (let c = 0; c < n; c += step) line(c);
    context.globalAlpha = 1;
    if (picked >= 0 && picked < n) {
      context.lineWidth = 2;
      context.strokeStyle = "#ff9f1a";
      line(picked);
    }
  }

  // one row a chain, one column a frame
  classes(context, lane, from, n, x, top, height) {
    const first = Math.max(from, lane.first),
      last = Math.min(lane.last, from + WINDOW);
    if (last < first || !lane.at(first).class) return;
    const wide = last - first + 1;
    this.strip.width = wide;
    this.strip.height = n;
    const inner = this.strip.getContext("2d");
    const image = inner.createImageData(wide, n);
    const rgb = (this.rgb ??= this.setup.colours.map(c => parseInt(c.slice(1), 16)));
    for (let f = first; f <= last; f++) {
      const frame = lane.at(f);
      for (let c = 0; c < n; c++) {
        const colour = rgb[frame.class[c] % rgb.length];
        const at = (c * wide + f - first) * 4;
        image.data[at] = colour >> 16;
        image.data[at + 1] = (colour >> 8) & 255;
        image.data[at + 2] = colour & 255;
        image.data[at + 3] = 60 + 0.76 * frame.confidence[c];
      }
    }
    inner.putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.strip, x(first), top, x(last + 1) - x(first), height);
  }
}
