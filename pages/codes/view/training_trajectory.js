// The codes of the same examples along the training: where it stands between the saved epochs, and where points are there.

/** @typedef {import("../../shared/view/types.d.ts").Floats} Floats */
/** @typedef {import("./types.d.ts").Places} Places */

/**
 * What the server has kept.
 * @typedef {object} SavedCodes
 * @property {number} T saved epochs
 * @property {number} N examples
 * @property {string[]} stages of the training, one a saved epoch
 * @property {ArrayLike<number>} epochs
 * @property {ArrayLike<number>} codes (T, N, 2)
 * @property {ArrayLike<number> | null} errors
 */

const RATE = 7; // saved epochs a second

export class TrainingTrajectory {
  /**
   * @param {SavedCodes} kept
   * @param {{ n: number, rows: Map<number, number> }} points rows by the numbers of their examples
   */
  constructor({ T, N, stages, epochs, codes, errors }, points) {
    this.T = T;
    this.N = N;
    this.stages = stages;
    this.epochs = epochs;
    this.codes = codes;
    this.errors = errors;
    /** @type {number | null} the place, from 0 to T - 1; null is the finished model */
    this.at = null;
    this.playing = false;
    this.rows = Int32Array.from({ length: N }, (_, j) => points.rows.get(j) ?? -1); // the point of each example
    this.examples = [...this.rows.keys()].filter(j => this.rows[j] >= 0); // those that are points
    this.within = new Uint8Array(points.n); // 1: a point of which the codes were kept
    for (const j of this.examples) this.within[this.rows[j]] = 1;
    /** @type {Places} */
    this.places = { xs: new Float32Array(points.n), ys: new Float32Array(points.n) };
    /** @type {Map<number, number>} by saved epoch */
    this.accuracies = new Map();
  }

  /** Whether an epoch is shown, and not the finished model. */
  get active() {
    return this.at !== null;
  }

  get last() {
    return this.T - 1;
  }

  /** The saved epoch that is shown. */
  get frame() {
    return Math.min(this.last, Math.round(this.at ?? this.last));
  }

  get epoch() {
    return this.epochs[this.frame];
  }

  /** Two saved epochs around the place, and how far it is from the first to the second. */
  get between() {
    const at = this.at ?? this.last;
    const before = Math.floor(at);
    return { before, after: Math.min(before + 1, this.last), share: at - before };
  }

  /** Where every point is at this moment. */
  placesNow() {
    const { codes, N, places } = this;
    const { before, after, share } = this.between;
    for (const j of this.examples) {
      const row = this.rows[j];
      const a = (before * N + j) * 2;
      const b = (after * N + j) * 2;
      places.xs[row] = (1 - share) * codes[a] + share * codes[b];
      places.ys[row] = (1 - share) * codes[a + 1] + share * codes[b + 1];
    }
    return places;
  }

  /** The error at this moment, between those of the saved epochs. */
  errorNow() {
    const { before, after, share } = this.between;
    return this.errors ? this.errors[before] * (1 - share) + this.errors[after] * share : Number.NaN;
  }

  /**
   * k-NN accuracy of the codes of the shown epoch, leave one out; the votes are counted as in Python (knn_accuracy).
   * @param {ArrayLike<number>} labels of the points
   */
  accuracy(labels, k = 10) {
    const { frame } = this;
    let accuracy = this.accuracies.get(frame);
    if (accuracy === undefined) {
      const right = this.examples.filter(j => this.vote(frame, j, labels, k) === labels[this.rows[j]]);
      accuracy = right.length / this.examples.length;
      this.accuracies.set(frame, accuracy);
    }
    return accuracy;
  }

  /**
   * The class for which the nearest neighbours of an example vote.
   * @param {number} t saved epoch
   * @param {number} j
   * @param {ArrayLike<number>} labels
   * @param {number} k
   */
  vote(t, j, labels, k) {
    const { N, codes, examples } = this;
    const most = Math.min(k, examples.length - 1);
    const x = codes[(t * N + j) * 2];
    const y = codes[(t * N + j) * 2 + 1];
    /** @type {{ far: number, label: number }[]} */
    const near = [];
    for (const i of examples) {
      if (i === j) continue;
      const far = (codes[(t * N + i) * 2] - x) ** 2 + (codes[(t * N + i) * 2 + 1] - y) ** 2;
      if (near.length === most && far >= near[most - 1].far) continue;
      let at = near.length;
      while (at && near[at - 1].far > far) at--;
      near.splice(at, 0, { far, label: labels[this.rows[i]] });
      if (near.length > most) near.pop();
    }
    /** @type {Map<number, number>} */
    const votes = new Map();
    near.forEach(({ label }, place) => votes.set(label, (votes.get(label) ?? 0) + 1 + 0.5 ** (place + 2)));
    return [...votes].reduce((best, vote) => (vote[1] > best[1] ? vote : best), [-1, 0])[0];
  }

  /** Go to a place; null is the finished model. @param {number | null} at */
  seek(at) {
    this.playing = false;
    this.at = at === null ? null : Math.max(0, Math.min(this.last, at));
  }

  /** To the saved epoch before or after. @param {number} by -1 or 1 */
  step(by) {
    this.seek((by < 0 ? Math.ceil : Math.floor)(this.at ?? this.last) + by);
  }

  /** Play or pause; from the end it begins anew. */
  play() {
    this.playing = !this.playing;
    if (this.playing && (this.at === null || this.at >= this.last)) this.at = 0;
  }

  /** Move on by so many milliseconds; at the end is the finished model. @param {number} elapsed */
  advance(elapsed) {
    if (!this.playing) return;
    this.at = Math.min(this.last, (this.at ?? 0) + (elapsed / 1000) * RATE);
    if (this.at >= this.last) this.seek(null);
  }

  /** Spans of one stage, by saved epochs. */
  spans() {
    /** @type {{ name: string, first: number, last: number }[]} */
    const spans = [];
    for (const [t, name] of this.stages.entries()) {
      const span = spans.at(-1);
      if (span?.name === name) span.last = t;
      else spans.push({ name, first: t, last: t });
    }
    return spans;
  }
}
