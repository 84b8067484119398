// The maps that have been asked for: loading, computed in the background on demand, or ready.

import { get, messageOf } from "./api.js";
import { placesOf } from "./places.js";
import { askJson, isOver, looksAt, phaseOf } from "./runs.js";

/** @typedef {import("./types.d.ts").PlaneMap} PlaneMap */

/** A method with its settings, for every map alike. @typedef {{ method: string, settings: Record<string, number> }} MapMethod */

/**
 * Whose maps they are.
 * @typedef {object} MapOwner
 * @property {(path: string, query: Record<string, string | number>) => string} url of a route
 * @property {(what: "map") => void} onChange one of them has changed
 * @property {boolean} closed nobody looks any more
 */

export class Maps {
  /**
   * @param {MapOwner} store
   * @param {(triples: Float32Array) => Float32Array} [solid] what is made of places in three dimensions
   */
  constructor(store, solid = triples => triples) {
    this.store = store;
    this.solid = solid;
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
        const found = shape[1] === 3 ? { triples: this.solid(data) } : { places: placesOf(data) };
        Object.assign(map, { state: "ready", explained: header.explained, ...found });
      } else {
        map.cost = header.cost;
        if (header.run) return this.follow(map, method, header.run);
        Object.assign(map, header.refused ? { state: "refused", problem: header.refused } : { state: "absent" });
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
    for await (const run of looksAt(id, () => this.store.closed)) {
      if (run.state === "finished") return this.fetch(map, method);
      const [, done, total] = run.phase ?? ["", 0, 1];
      Object.assign(map, { phase: phaseOf(run), done: done / (total || 1) });
      if (run.state === "stopped" && !run.message) map.state = "absent";
      else if (isOver(run)) fail(map, run.message || `The computation is ${run.state}.`);
      this.store.onChange("map");
    }
  }
}

/** @param {PlaneMap} map @param {string} problem */
function fail(map, problem) {
  map.state = "failed";
  map.problem = problem;
}
