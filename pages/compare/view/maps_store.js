// The maps that have been asked for: loading, computed in the background on demand, or ready.

import { get, messageOf } from "../../shared/view/api.js";
import { placesOf } from "./alignment.js";
import { standardised3 } from "./solid.js";

/** @typedef {import("./types.d.ts").PlaneMap} PlaneMap */

/** A method with its settings, for every map alike. @typedef {{ method: string, settings: Record<string, number> }} MapMethod */

const LOOK = 700; // ms between two looks at a run

/** @param {string} url @param {object} [body] @returns {Promise<any>} */
async function askJson(url, body) {
  const options = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const response = await fetch(url, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

export class Maps {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this.store = store;
    /** @type {Map<string, PlaneMap>} */
    this.maps = new Map();
  }

  /**
   * The map of a representation; asked for the first time.
   * @param {string} key
   * @param {MapMethod} method
   * @returns {PlaneMap}
   */
  of(key, method) {
    const name = JSON.stringify([key, method.method, method.settings]);
    let map = this.maps.get(name);
    if (!map) {
      map = {
        key,
        state: "loading",
        places: null,
        triples: null,
        explained: null,
        cost: "",
        problem: "",
        id: "",
        done: 0,
        phase: "",
      };
      this.maps.set(name, map);
      this.fetch(map, method);
    }
    return map;
  }

  /** Forget the maps of a representation. @param {string} key */
  drop(key) {
    for (const [name, map] of this.maps) if (map.key === key) this.maps.delete(name);
  }

  /** @param {PlaneMap} map @param {MapMethod} method */
  url({ key }, { method, settings }) {
    return this.store.url("map", { of: key, method, ...settings });
  }

  /** @param {PlaneMap} map @param {MapMethod} method @returns {Promise<void>} */
  async fetch(map, method) {
    try {
      const { header, planes } = await get(this.url(map, method));
      if (header.ready) {
        const { data, shape } = planes.coordinates;
        const found = shape[1] === 3 ? { triples: standardised3(data) } : { places: placesOf(data) };
        Object.assign(map, { state: "ready", explained: header.explained, ...found });
      } else {
        map.cost = header.cost;
        if (header.run) return this.follow(map, method, header.run);
        map.state = "absent";
      }
    } catch (error) {
      fail(map, messageOf(error));
    }
    this.store.onChange("map");
  }

  /** Have a map computed, and watch. @param {PlaneMap} map @param {MapMethod} method */
  async compute(map, method) {
    Object.assign(map, { state: "asked", problem: "", done: 0, phase: "" });
    this.store.onChange("map");
    try {
      const { run } = await askJson(this.url(map, method), {});
      await this.follow(map, method, run);
    } catch (error) {
      fail(map, messageOf(error));
      this.store.onChange("map");
    }
  }

  /** Look at its run until it ends. @param {PlaneMap} map @param {MapMethod} method @param {string} id @returns {Promise<void>} */
  async follow(map, method, id) {
    Object.assign(map, { state: "asked", id });
    while (!this.store.closed) {
      const run = await askJson(`./api/runs/${encodeURIComponent(id)}`);
      if (run.state === "finished") return this.fetch(map, method);
      if (["failed", "stopped", "interrupted"].includes(run.state)) {
        fail(map, run.message || `The computation is ${run.state}.`);
        this.store.onChange("map");
        return;
      }
      const [phase, done, total] = run.phase ?? ["", 0, 1];
      Object.assign(map, { phase: run.place ? `number ${run.place} in the queue` : phase, done: done / (total || 1) });
      this.store.onChange("map");
      await new Promise(resolve => setTimeout(resolve, LOOK));
    }
  }
}

/** @param {PlaneMap} map @param {string} problem */
function fail(map, problem) {
  map.state = "failed";
  map.problem = problem;
}
