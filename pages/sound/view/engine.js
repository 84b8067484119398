// The worker from the page's side: the network is sent once, then sounds are drawn or read.

/** @typedef {import("./drawing.js").Chunk} Chunk */
/** @typedef {import("./drawing.js").Drawing} Drawing */
/** @typedef {import("./networks.js").Weights} Weights */
/**
 * What comes of a drawing.
 * @typedef {object} Progress
 * @property {Chunk[]} parts
 * @property {boolean} done
 * @property {number} rate samples a second that the worker draws; 0 while too few are drawn to say
 */

export class Engine {
  /** @param {(problem: string) => void} onProblem */
  constructor(onProblem) {
    this.worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    this.job = 0;
    /** @type {(progress: Progress) => void} */
    this.onProgress = () => {};
    this.worker.onmessage = ({ data }) => data.job === this.job && this.onProgress(data);
    this.worker.onerror = event => onProblem(event.message || "The sound's thread could not be started.");
  }

  /** @param {Weights} weights */
  load(weights) {
    this.worker.postMessage({ weights });
  }

  /**
   * Draw a sound; what was under way is given up.
   * @param {Drawing} drawing
   * @param {(progress: Progress) => void} onProgress
   */
  draw(drawing, onProgress) {
    this.job++;
    this.onProgress = onProgress;
    this.worker.postMessage({ job: this.job, drawing });
  }

  stop() {
    this.job++;
    this.worker.postMessage({ job: this.job, drawing: null });
  }

  close() {
    this.worker.terminate();
  }
}
