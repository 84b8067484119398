// The maps that have been asked for: loading, computed on demand, or ready with the places of all points.

import { get, messageOf } from "../../shared/view/api.js";
import { keyOf } from "./codes_url.js";

/** @typedef {import("./types.d.ts").Layout} Layout */
/** @typedef {import("./types.d.ts").LayoutRun} LayoutRun */
/** @typedef {import("./types.d.ts").MapChoice} MapChoice */

const LOOK = 700; // ms between two looks at a run
const LOOK_AGAIN = 3000; // where the server did not answer

/** @param {object} body @returns {RequestInit} */
const jsonPost = body => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

/** @param {string} url @param {RequestInit} [options] @returns {Promise<any>} */
async function askJson(url, options) {
  const response = await fetch(url, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

export class MapLayouts {
  /**
   * @param {string} api
   * @param {string} runs address of the routes of runs
   * @param {string} query which points
   * @param {() => void} onChange
   */
  constructor(api, runs, query, onChange) {
    this.api = api;
    this.runs = runs;
    this.query = query;
    this.onChange = onChange;
    this.closed = false;
    /** @type {Map<string, Layout>} */
    this.layouts = new Map();
  }

  close() {
    this.closed = true;
  }

  /** A map as it is known; asks for it the first time. @param {MapChoice} map @returns {Layout} */
  layout(map) {
    const key = keyOf(map);
    let layout = this.layouts.get(key);
    if (!layout) {
      layout = {
        key,
        map,
        state: "loading",
        ...boxed(new Float32Array(0)),
        scores: null,
        cost: "",
        problem: "",
        run: null,
        id: "",
      };
      this.layouts.set(key, layout);
      this.fetch(layout);
    }
    return layout;
  }

  /** @param {Layout} layout */
  url({ map }) {
    const settings = Object.entries(map.settings).map(([name, value]) => `&${name}=${value}`);
    return `${this.api}/layouts/${map.name}?${this.query}${settings.join("")}`;
  }

  /** @param {Layout} layout @returns {Promise<void>} */
  async fetch(layout) {
    try {
      const { header, planes } = await get(`${this.url(layout)}${layout.state === "ready" ? "" : "&quick=1"}`);
      if (this.closed) return;
      if (header.ready && layout.state === "ready") {
        layout.scores = header.scores; // the places are known since before
      } else if (header.ready) {
        Object.assign(layout, boxed(planes.coordinates.data), { state: "ready", scores: header.scores, run: null });
        if (!header.scores) this.fetch(layout);
      } else {
        layout.cost = header.cost;
        if (header.run) this.follow(layout, header.run);
        else if (header.refused) Object.assign(layout, { state: "refused", problem: header.refused });
        else layout.state = "absent";
      }
    } catch (error) {
      fail(layout, messageOf(error));
    }
    this.changed();
  }

  /** Have a map computed, and watch. @param {Layout} layout */
  async compute(layout) {
    layout.state = "asked";
    layout.run = null;
    this.changed();
    try {
      const { run } = await askJson(this.url(layout), jsonPost({}));
      this.follow(layout, run);
    } catch (error) {
      fail(layout, messageOf(error));
    }
    this.changed();
  }

  /** Look at its run until it ends. @param {Layout} layout @param {string} id @returns {Promise<void>} */
  async follow(layout, id) {
    layout.state = "asked";
    layout.id = id;
    while (!this.closed) {
      let pause = LOOK;
      try {
        /** @type {LayoutRun} */
        const run = await askJson(`${this.runs}/${encodeURIComponent(id)}`);
        layout.run = run;
        if (run.state === "finished") return this.fetch(layout);
        if (["failed", "stopped", "interrupted"].includes(run.state)) {
          fail(layout, run.message || `The computation is ${run.state}.`);
          if (run.state === "stopped") layout.state = "absent";
          return this.changed();
        }
      } catch (error) {
        layout.problem = messageOf(error);
        pause = LOOK_AGAIN;
      }
      this.changed();
      await new Promise(done => setTimeout(done, pause));
    }
  }

  /** @param {Layout} layout */
  async stop({ id }) {
    if (id) await fetch(`${this.runs}/${encodeURIComponent(id)}`, jsonPost({ do: "stop" })).catch(() => {});
  }

  changed() {
    if (!this.closed) this.onChange();
  }
}

/** @param {Layout} layout @param {string} problem */
function fail(layout, problem) {
  layout.state = "failed";
  layout.problem = problem;
}

/**
 * Coordinates as two arrays, and the box that holds nearly all of them.
 * @param {ArrayLike<number>} pairs
 */
export function boxed(pairs) {
  const xs = Float32Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i]);
  const ys = Float32Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i + 1]);
  const [left, right] = span(xs);
  const [bottom, top] = span(ys);
  return { xs, ys, box: { left, right, bottom, top } };
}

/** From the first to the last thousandth. @param {Float32Array} values */
function span(values) {
  const sorted = Float32Array.from(values).sort();
  const cut = Math.floor(sorted.length * 0.001);
  return [sorted[cut] ?? 0, sorted[sorted.length - 1 - cut] ?? 0];
}
