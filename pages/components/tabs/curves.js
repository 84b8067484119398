// @ts-nocheck: the old name of scripts that are in shared/ now; gone once nobody imports it
import { drawLineChart } from "../shared/line_chart.js";

export { movingAverage as smooth } from "../shared/line_chart.js";

export const plot = (canvas, host, curves, range, options) =>
  drawLineChart(
    canvas,
    host.theme,
    curves.map(([values, colour, width, dashes]) => ({ values, colour, width, dashes })),
    range,
    options,
  );
