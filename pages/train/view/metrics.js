// Which curves and sheets of pictures there are, and which is shown.

/**
 * @typedef {import("./types.d.ts").Metric} Metric
 * @typedef {import("./types.d.ts").SheetInfo} SheetInfo
 * @typedef {Pick<import("./run.js").Run, "status" | "history" | "pictures">} RunLike
 */

/** @type {Metric} */
const RATE = {
  name: "lr",
  title: "Learning rate",
  unit: "",
  better: "",
  about: "Step size of every update, with its schedule and changes by hand.",
};

/** @param {RunLike[]} runs @returns {Metric[]} those of any run, each once */
export function metricsOf(runs) {
  /** @type {Map<string, Metric>} */
  const found = new Map();
  for (const run of runs)
    for (const metric of run.status?.metrics ?? []) if (!found.has(metric.name)) found.set(metric.name, metric);
  if (runs.some(run => !run.history.empty)) found.set("lr", RATE);
  return [...found.values()];
}

/**
 * The metric that is shown: the chosen one; else one that says how good the model is, which tells more than the loss, as
 * soon as there are values, and best one that all runs have.
 * @param {RunLike[]} runs
 * @param {string} chosen
 * @returns {Metric | undefined}
 */
export function shownMetric(runs, chosen) {
  const all = metricsOf(runs);
  const own = all.find(metric => metric.name === chosen);
  if (own) return own;
  /** @param {Metric} metric */
  const count = metric => runs.filter(run => run.history.line(metric.name, "held").xs.length > 1).length;
  const telling = all.filter(metric => metric.better && count(metric) > 0);
  return telling.find(metric => count(metric) === runs.length) ?? telling[0] ?? all[0];
}

/** @param {RunLike[]} runs @returns {SheetInfo[]} those of any run, each once */
export function sheetsOf(runs) {
  /** @type {Map<string, SheetInfo>} */
  const found = new Map();
  for (const run of runs) {
    const [any] = run.pictures.epochs.values();
    for (const sheet of any?.sheets ?? []) if (!found.has(sheet.name)) found.set(sheet.name, sheet);
  }
  return [...found.values()];
}

/** @param {RunLike[]} runs @param {string} chosen @returns {SheetInfo | undefined} the chosen one, else the first */
export function shownSheet(runs, chosen) {
  const all = sheetsOf(runs);
  return all.find(sheet => sheet.name === chosen) ?? all[0];
}
