// @ts-nocheck: no types yet
// Curves by place.

import { fit } from "../gibbs/draw.js";

// means over `wide` neighbours, fewer at the ends, none of them from the other side of place t
export function smooth(values, wide, t = 0) {
  const half = Math.floor(wide / 2);
  return Array.from(values, (_, i) => {
    const low = Math.max(i < t ? 0 : t, i - half),
      high = Math.min(i < t ? t : values.length, i + half + 1);
    let sum = 0;
    for (let j = low; j < high; j++) sum += values[j];
    return sum / (high - low);
  });
}

// curves: [values, colour, line width, dashes], the last on top; a dashed line down at place `mark`; room for numbers of
// so many `digits` at the `left`
export function plot(canvas, host, curves, [low, high], { mark, digits = 1, left = 34 } = {}) {
  const width = Math.max(200, canvas.parentElement.clientWidth),
    height = 150,
    bottom = 20;
  fit(canvas, width, height);
  const ratio = window.devicePixelRatio || 1,
    context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const n = curves[0][0].length,
    x = i => left + ((width - left - 6) * i) / Math.max(1, n - 1),
    y = v => 8 + (height - bottom - 8) * (1 - (v - low) / (high - low));
  context.font = `12px ${host.font}`;
  context.fillStyle = host.ink;
  context.textAlign = "right";
  for (const v of [low, (low + high) / 2, high]) {
    context.globalAlpha = 0.7;
    context.fillText(v.toFixed(digits), left - 5, y(v) + 4);
    context.globalAlpha = 0.15;
    context.fillRect(left, y(v), width - left, 1);
  }
  context.globalAlpha = 0.7;
  context.fillText(`place ${n}`, width - 4, height - 5);
  context.textAlign = "left";
  context.fillText("place 1", left, height - 5);
  if (mark !== undefined) {
    context.globalAlpha = 0.5;
    context.strokeStyle = host.ink;
    context.lineWidth = 1;
    context.setLineDash([4, 3]);
    context.beginPath();
    context.moveTo(x(mark), 8);
    context.lineTo(x(mark), height - bottom);
    context.stroke();
  }
  context.globalAlpha = 1;
  for (const [curve, colour, line, dashes = []] of curves) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.setLineDash(dashes);
    context.beginPath();
    curve.forEach((v, i) => (i ? context.lineTo(x(i), y(v)) : context.moveTo(x(i), y(v))));
    context.stroke();
  }
  context.setLineDash([]);
  context.setTransform(1, 0, 0, 1, 0, 0);
}
