// What a run tells of its training: points within the epochs, metrics after each, and where the learning rate was set.

/**
 * @typedef {import("./types.d.ts").CurvePoint} CurvePoint
 * @typedef {import("./types.d.ts").HistoryLine} HistoryLine
 * @typedef {import("./types.d.ts").RunStatus} RunStatus
 * @typedef {"within" | "train" | "held"} Which within the epochs, or after each: of training or of held-out examples
 */

const KEPT_LINES = 24; // that are computed once

/**
 * What a schedule makes of a learning rate after a share of the training.
 * @param {{lr_schedule: string, lr_hold: number}} schedule
 * @param {number} done
 */
export function scheduleFactor({ lr_schedule: schedule, lr_hold: hold }, done) {
  const left = done < hold ? 1 : (1 - done) / Math.max(1e-12, 1 - hold);
  if (schedule === "linear") return left;
  return schedule === "cosine" ? 0.5 - 0.5 * Math.cos(Math.PI * left) : 1;
}

/**
 * Where the learning rate was set by hand: [epoch, learning rate before its schedule].
 * @param {Partial<RunStatus>} status
 * @param {CurvePoint[]} curve
 * @returns {[number, number][]}
 */
export function rateChanges({ preset, total_steps: total = 0, total_epochs: epochs = 0 }, curve) {
  const train = preset?.train;
  if (!train || !total) return [];
  // a finished model's recipe says so; in a curve it shows once the schedule is taken out
  if (!curve.length) return (train.lr_changes ?? []).map(([step, lr]) => [(step / total) * epochs, lr]);
  /** @type {[number, number][]} */
  const changes = [];
  let base = train.lr;
  for (const [step, epoch, , lr] of curve) {
    const factor = scheduleFactor(train, (step - 1) / total);
    if (!(factor > 0.02) || lr === null) continue;
    // the schedule moves a little between a step and its report
    if (Math.abs(lr - base * factor) < base * (0.04 * factor + 2 / total)) continue;
    base = lr / factor;
    changes.push([epoch, base]);
  }
  return changes;
}

export class TrainingHistory {
  constructor() {
    /** @type {CurvePoint[]} */
    this.curve = [];
    /** @type {HistoryLine[]} */
    this.epochs = [];
    /** @type {Map<string, {xs: number[], ys: number[]}>} */
    this.lines = new Map();
  }

  /** The last step that is known, -1 for none. */
  get lastStep() {
    return this.curve.at(-1)?.[0] ?? -1;
  }

  get empty() {
    return !this.curve.length && !this.epochs.length;
  }

  /** @param {CurvePoint[]} curve points, of which some may be known @param {HistoryLine[]} epochs new ones */
  append(curve, epochs) {
    for (const point of curve) if (point[0] > this.lastStep) this.curve.push(point);
    this.epochs.push(...epochs);
    this.lines.clear();
  }

  /**
   * Epochs and values of a metric.
   * @param {string} metric
   * @param {Which} which
   */
  line(metric, which) {
    const key = `${metric} ${which}`;
    const known = this.lines.get(key);
    if (known) return known;
    if (this.lines.size > KEPT_LINES) this.lines.clear();
    const line = which === "within" ? this.lineWithin(metric) : this.lineAfter(metric, which);
    this.lines.set(key, line);
    return line;
  }

  /** @param {string} metric */
  lineWithin(metric) {
    const column = metric === "lr" ? 3 : 2;
    return { xs: this.curve.map(point => point[1]), ys: this.curve.map(point => point[column] ?? Number.NaN) };
  }

  /** @param {string} metric @param {Which} which */
  lineAfter(metric, which) {
    const name = which === "train" ? `train.${metric}` : metric;
    const lines = this.epochs.filter(line => name in line);
    return { xs: lines.map(line => line.epoch), ys: lines.map(line => line[name] ?? Number.NaN) };
  }
}
