// Pictures of epochs that have been fetched, the longest unused dropped first.

/** @typedef {import("./types.d.ts").EpochPictures} EpochPictures */

const BUDGET = 64e6; // bytes
const FREE_OF_BUDGET = 40; // the most urgent are fetched however much there is

export class PictureCache {
  /**
   * @param {(epoch: number) => Promise<EpochPictures>} fetchEpoch
   * @param {() => void} onPictures
   */
  constructor(fetchEpoch, onPictures) {
    this.fetchEpoch = fetchEpoch;
    this.onPictures = onPictures;
    /** @type {Map<number, EpochPictures>} the longest unused first */
    this.epochs = new Map();
    this.bytes = 0;
    /** @type {Set<number>} those that could not be had, until there are news */
    this.missing = new Set();
    /** @type {number[]} the most urgent first */
    this.wanted = [];
    this.fetching = false;
    this.closed = false;
    this.generation = 0; // tells late pictures from those of this training
  }

  clear() {
    this.epochs.clear();
    this.bytes = 0;
    this.missing.clear();
    this.generation += 1;
  }

  /** @param {number} epoch whether there is nothing to wait for */
  settled(epoch) {
    return this.epochs.has(epoch) || this.missing.has(epoch);
  }

  /** What is here for an epoch, or the nearest that is. @param {number} epoch @returns {EpochPictures | null} */
  nearest(epoch) {
    const exact = this.epochs.get(epoch);
    if (exact) {
      this.epochs.delete(epoch);
      this.epochs.set(epoch, exact);
      return exact;
    }
    let best = null;
    for (const pictures of this.epochs.values())
      if (!best || Math.abs(pictures.epoch - epoch) < Math.abs(best.epoch - epoch)) best = pictures;
    return best;
  }

  /** Fetch the first of the wanted epochs that is not here; the others follow. @param {number[]} epochs the most urgent first */
  want(epochs) {
    this.wanted = epochs;
    if (this.fetching || this.closed) return;
    const next = epochs.find((epoch, i) => !this.settled(epoch) && (i < FREE_OF_BUDGET || this.bytes < 0.8 * BUDGET));
    if (next !== undefined) this.fetch(next);
  }

  /** @param {number} epoch */
  async fetch(epoch) {
    this.fetching = true;
    const { generation } = this;
    try {
      const pictures = await this.fetchEpoch(epoch);
      if (generation === this.generation && !this.closed) this.add(pictures);
    } catch {
      this.missing.add(epoch);
    } finally {
      this.fetching = false;
      this.want(this.wanted);
    }
  }

  /** @param {EpochPictures} pictures */
  add(pictures) {
    this.epochs.set(pictures.epoch, pictures);
    this.bytes += pictures.bytes;
    const urgent = new Set([pictures.epoch, ...this.wanted.slice(0, FREE_OF_BUDGET)]); // else they were fetched again
    for (const [old, { bytes }] of this.epochs) {
      if (this.bytes <= BUDGET) break;
      if (urgent.has(old)) continue;
      this.epochs.delete(old);
      this.bytes -= bytes;
    }
    this.onPictures();
  }
}
