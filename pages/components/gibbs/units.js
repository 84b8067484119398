// @ts-nocheck: no types yet
// Hidden units: the layer of the picked chain, one unit's receptive field with its arithmetic, and all fields.

import { fit, paint, weightPixel } from "./draw.js";
import { sigmoid } from "./machine.js";

export class HiddenLayer {
  constructor(canvas, onHover, onPick) {
    this.canvas = canvas;
    this.hovered = -1;
    const find = event => {
      const box = canvas.getBoundingClientRect();
      const column = Math.floor(((event.clientX - box.left) / box.width) * this.columns);
      const row = Math.floor(((event.clientY - box.top) / box.height) * this.rows);
      return this.order?.[row * this.columns + column] ?? -1;
    };
    canvas.addEventListener("pointermove", event => onHover((this.hovered = find(event))));
    canvas.addEventListener("pointerleave", () => onHover((this.hovered = -1)));
    canvas.addEventListener("pointerdown", event => onPick(find(event)));
  }

  // values: 0 .. 1 for each unit, or null where the hidden layer has not been sampled yet
  draw(values, order, off, picked, width) {
    const n = order.length;
    this.order = order;
    this.columns = Math.max(4, Math.ceil(Math.sqrt(n * 1.25)));
    this.rows = Math.ceil(n / this.columns);
    const cell = width / this.columns;
    fit(this.canvas, width, cell * this.rows);
    const context = this.canvas.getContext("2d");
    const scale = this.canvas.width / width;
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const side = cell * scale;
    const inset = Math.max(0.5, side * 0.07);
    for (let k = 0; k < n; k++) {
      const j = order[k];
      const x = (k % this.columns) * side,
        y = Math.floor(k / this.columns) * side;
      const value = values ? values[j] : 0;
      // dark when silent, warm white when on
      const level = Math.round(28 + 222 * value);
      context.fillStyle = off.has(j)
        ? "#5b1e31"
        : values
          ? `rgb(${level}, ${level}, ${Math.round(level * 0.9 + 8)})`
          : "#3a4049";
      context.fillRect(x + inset, y + inset, side - 2 * inset, side - 2 * inset);
      if (j === picked || j === this.hovered) {
        context.strokeStyle = j === picked ? "#ff9f1a" : "#8b95a3";
        context.lineWidth = Math.min(4 * scale, Math.max(2, side * 0.16));
        context.strokeRect(x + inset, y + inset, side - 2 * inset, side - 2 * inset);
      }
    }
  }
}

export function drawField(canvas, machine, j, setup, size) {
  fit(canvas, size, (size * setup.height) / setup.width);
  const field = machine.field(j);
  const top = Math.max(...field.map(Math.abs)) || 1;
  paint(canvas.getContext("2d"), setup.width, setup.height, weightPixel(field, top), 0, 0, canvas.width, canvas.height);
  return top;
}

// what each visible unit adds to the input of hidden unit j
export function drawContributions(canvas, machine, j, v, setup, size, top) {
  fit(canvas, size, (size * setup.height) / setup.width);
  if (!v) return; // nothing drives the unit yet
  const parts = machine.field(j).map((w, i) => w * v[i]);
  paint(canvas.getContext("2d"), setup.width, setup.height, weightPixel(parts, top), 0, 0, canvas.width, canvas.height);
}

export function arithmetic(machine, j, x, temperature, drawn, off) {
  const sum = x[j] - machine.bias[j];
  const signed = value => `${value < 0 ? "−" : "+"} ${Math.abs(value).toFixed(2)}`;
  const p = sigmoid(x[j] / temperature);
  const heat = temperature === 1 ? "" : ` / ${temperature.toFixed(2)}`;
  return {
    input: `x = b + Σ v·w = ${machine.bias[j].toFixed(2)} ${signed(sum)} = ${x[j].toFixed(2)}`,
    probability: `p(h=1 | v) = σ(x${heat}) = ${p.toFixed(3)}`,
    outcome: off ? "ablated: held at 0" : drawn === null ? "not sampled yet" : `sampled state: ${drawn}`,
  };
}

// All receptive fields in one scrolling sheet; those that are on now in the picked chain are marked
export class FieldSheet {
  constructor(canvas, setup, onHover, onPick) {
    this.canvas = canvas;
    this.setup = setup;
    const find = event => {
      const box = canvas.getBoundingClientRect();
      const k = this.plan?.find(
        ((event.clientX - box.left) / box.width) * canvas.width,
        ((event.clientY - box.top) / box.height) * canvas.height,
      );
      return k >= 0 ? this.order[k] : -1;
    };
    canvas.addEventListener("pointermove", event => onHover(find(event), event));
    canvas.addEventListener("pointerleave", event => onHover(-1, event));
    canvas.addEventListener("pointerdown", event => onPick(find(event)));
  }

  // the fields themselves change with the machine, the order and the width only; marks are drawn over a copy
  draw(machine, order, width, marks) {
    const key = `${machine.id} ${order[0]} ${order[1]} ${order.length} ${width} ${window.devicePixelRatio}`;
    if (key !== this.key) this.sheet(machine, order, width, key);
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.base, 0, 0);
    const ratio = this.canvas.width / width;
    order.forEach((j, k) => {
      const { x, y } = this.plan.place(k);
      const { tileW, tileH } = this.plan;
      if (marks.off.has(j)) {
        context.fillStyle = "rgba(70, 10, 30, 0.72)";
        context.fillRect(x, y, tileW, tileH);
      }
      const strong = j === marks.picked;
      if (strong || j === marks.hovered || marks.on?.(j)) {
        context.strokeStyle = strong ? "#ff9f1a" : j === marks.hovered ? "#8b95a3" : "#2e8b57";
        context.lineWidth = (strong ? 3 : 2) * ratio;
        context.strokeRect(x - ratio, y - ratio, tileW + 2 * ratio, tileH + 2 * ratio);
      }
    });
  }

  sheet(machine, order, width, key) {
    const { width: w, height: h } = this.setup;
    const gap = 5;
    const wish = order.length > 200 ? 46 : order.length > 40 ? 62 : 84;
    const columns = Math.max(2, Math.min(order.length, Math.floor((width - gap) / (wish + gap))));
    const tile = (width - gap) / columns - gap;
    const rows = Math.ceil(order.length / columns);
    fit(this.canvas, width, rows * ((tile * h) / w + gap) + gap);
    const ratio = this.canvas.width / width;
    this.plan = {
      tileW: tile * ratio,
      tileH: ((tile * h) / w) * ratio,
      place: k => ({
        x: (gap + (k % columns) * (tile + gap)) * ratio,
        y: (gap + Math.floor(k / columns) * ((tile * h) / w + gap)) * ratio,
      }),
      find: (x, y) => {
        const column = Math.floor((x / ratio - gap / 2) / (tile + gap));
        const row = Math.floor((y / ratio - gap / 2) / ((tile * h) / w + gap));
        const k = row * columns + column;
        return column >= 0 && column < columns && k < order.length ? k : -1;
      },
    };
    this.base = document.createElement("canvas");
    this.base.width = this.canvas.width;
    this.base.height = this.canvas.height;
    const context = this.base.getContext("2d");
    order.forEach((j, k) => {
      const field = machine.field(j);
      // each field on its own scale: what matters is its shape
      const own = Math.max(...field.map(Math.abs)) || 1;
      const { x, y } = this.plan.place(k);
      paint(context, w, h, weightPixel(field, own), x, y, this.plan.tileW, this.plan.tileH);
    });
    this.order = order;
    this.key = key;
    this.canvas.getContext("2d").clearRect(0, 0, this.canvas.width, this.canvas.height);
  }
}
