// The curve of a metric for all runs: lines, their legend, and where learning rates were set by hand.

import { number } from "./numbers.js";
import { smoothed } from "./scales.js";

/**
 * @typedef {import("./history.js").Which} Which
 * @typedef {import("./playhead.js").Playhead} Playhead
 * @typedef {import("./plot.js").Chart} Chart
 * @typedef {import("./plot.js").Line} Line
 * @typedef {import("./types.d.ts").Metric} Metric
 * @typedef {import("./types.d.ts").TrainingState} TrainingState
 * @typedef {Pick<import("./run.js").Run, "id" | "status" | "history" | "rateChanges" | "totalEpochs">
 *   & import("./playhead.js").RunLike} RunLike
 * @typedef {Line & {label: string}} Entry
 * @typedef {{run: RunLike, colour: string, entries: Entry[]}} LegendRow
 */

const MOST_MARKS = 6; // of one run

/**
 * What a chart is made of.
 * @typedef {object} Charted
 * @property {RunLike[]} runs
 * @property {Metric | undefined} metric
 * @property {TrainingState} state
 * @property {Playhead} playhead
 * @property {string[]} colours one a run
 * @property {string[]} names
 */

/**
 * @param {Charted} charted
 * @returns {{chart: Chart, legend: LegendRow[]}}
 */
export function chartOf(charted) {
  const { runs, metric, state, playhead, colours } = charted;
  const many = runs.length > 1;
  /** @type {Line[]} */
  const lines = [];
  /** @type {LegendRow[]} */
  const legend = [];
  /** @type {Chart["marks"]} */
  const marks = [];
  let reached = 0; // the farthest place with a value
  runs.forEach((run, i) => {
    if (!run.status || !metric) return;
    const drawn = linesOf(charted, metric, i);
    lines.push(...drawn.lines);
    legend.push({ run, colour: colours[i], entries: drawn.entries });
    reached = Math.max(reached, drawn.reached);
    for (const [epoch, lr] of run.rateChanges)
      marks.push({ x: playhead.place(run, epoch), text: `lr ${number(lr)}`, colour: many ? colours[i] : null });
  });
  if (metric?.name !== "lr") marks.splice(many ? 0 : MOST_MARKS);
  runs.forEach((run, i) => {
    if (!run.status?.kept_epoch) return;
    marks.push({ x: playhead.place(run, run.status.kept_epoch), text: "kept", colour: many ? colours[i] : null });
  });
  // a training under way shows how far it is to go, unless that squeezes what there is
  const whole = playhead.sharing ? 1 : totalEpochs(runs);
  const high = playhead.working && whole && reached > whole / 4 ? whole : reached;
  const chart = {
    lines,
    marks,
    cursor: playhead.shownPlace,
    x: {
      high: high || 1,
      log: state.x === "log",
      title: playhead.sharing ? "fraction of training" : "epochs",
      share: playhead.sharing,
      name: (/** @type {number} */ x) =>
        playhead.sharing ? `${number(100 * x, 1)}% of the training` : `epoch ${number(x, x < 100 ? 1 : 0)}`,
    },
    y: state.y,
    unit: metric?.unit ?? "",
    empty: playhead.working ? "Waiting for the first step" : "No curve was saved",
  };
  return { chart, legend };
}

/** @param {RunLike[]} runs @returns {number} epochs of the longest */
export const totalEpochs = runs => Math.max(0, ...runs.map(run => run.totalEpochs));

/**
 * The lines of a metric: of the training, and of the examples that it does not see.
 * @param {Metric} metric
 * @param {RunLike} run
 * @returns {{which: Which, label: string, faint?: boolean, dash?: boolean}[]}
 */
function partsOf({ name }, run) {
  const curve = run.history.curve.length > 0; // there are points within the epochs
  if (name === "loss")
    return [
      { which: "within", label: "within each epoch", faint: true },
      { which: "held", label: "epoch mean" },
    ];
  if (name === "lr") return curve ? [{ which: "within", label: "within each epoch" }] : [{ which: "held", label: "" }];
  return [
    { which: "train", label: "training examples" },
    {
      which: "held",
      label: run.status?.preset?.train?.validation ? "validation examples" : "test examples",
      dash: true,
    },
  ];
}

/** @param {Charted} charted @param {Metric} metric @param {number} i of the run */
function linesOf({ runs, state, playhead, colours, names }, metric, i) {
  const run = runs[i],
    colour = colours[i];
  /** @type {Line[]} */
  const lines = [];
  /** @type {Entry[]} */
  const entries = [];
  let reached = 0;
  for (const { which, label, ...look } of partsOf(metric, run)) {
    const line = run.history.line(metric.name, which);
    if (!line.xs.length) continue;
    const xs = playhead.sharing ? line.xs.map(x => playhead.place(run, x)) : line.xs;
    reached = Math.max(reached, xs[xs.length - 1]);
    if (look.faint && state.smooth) continue;
    const smooth = state.smooth && line.ys.length > 4;
    if (smooth) lines.push({ xs, ys: line.ys, colour, faint: true });
    const ys = smooth ? smoothed(line.ys) : line.ys;
    const full = runs.length > 1 ? [label, names[i]].filter(Boolean).join(" · ") : label;
    lines.push({ xs, ys, colour, label: full, ...look });
    entries.push({ xs, ys, colour, label, ...look });
  }
  return { lines, entries, reached };
}
