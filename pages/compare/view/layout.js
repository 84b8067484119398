// All maps laid over the reference's, in the plane or in three dimensions.

import { boxOf } from "../../shared/view/places.js";
import { aligned } from "./alignment.js";
import { aligned3, ballOf, seen } from "./solid.js";

/** @typedef {import("../../shared/view/plane_view.js").Box} Box */
/** @typedef {import("./player.js").ComparePlayer} ComparePlayer */
/** @typedef {import("./types.d.ts").Places} Places */
/** @typedef {import("./types.d.ts").PlaneMap} PlaneMap */

const PCA = { method: "pca", settings: {} };
const SOLID_PCA = { method: "pca-3d", settings: {} };

/** @param {string} method whether its maps have three dimensions */
export const isSolid = method => method.endsWith("-3d");

export class Layout {
  /** @param {ComparePlayer} host */
  constructor(host) {
    this.host = host;
    /** @type {(Places & { disparity: number } | null)[]} */
    this.laid = [];
    /** @type {Box[]} what each map shows when all of it is shown */
    this.boxes = [];
    /** @type {({ triples: Float32Array, disparity: number } | null)[]} */
    this.solids = [];
  }

  /** Whether the maps have three dimensions. */
  get solid() {
    return isSolid(this.host.state.method);
  }

  /** @param {PlaneMap[]} maps */
  lay(maps) {
    if (this.solid) this.layTriples(maps);
    else this.layPlanes(maps);
  }

  /** @param {PlaneMap[]} maps */
  layPlanes(maps) {
    // PCA stands in for a map that is not there yet
    const shown = maps.map(({ key, places }) => places ?? this.host.model.maps.of(key, PCA).places);
    const reference = shown[0] ?? shown.find(Boolean) ?? null;
    this.laid = shown.map((places, i) => {
      if (!places || !reference) return null;
      return i ? aligned(places, reference) : { ...places, disparity: 0 };
    });
    this.boxes = this.laid.map(places => boxOf(places ? [places] : []));
  }

  /** @param {PlaneMap[]} maps */
  layTriples(maps) {
    const shown = maps.map(({ key, triples }) => triples ?? this.host.model.maps.of(key, SOLID_PCA).triples);
    const reference = shown[0] ?? shown.find(Boolean) ?? null;
    this.solids = shown.map(triples => (triples && reference ? aligned3(triples, reference) : null));
    this.boxes = this.solids.map(solid => ballOf(solid?.triples ?? new Float32Array(3)));
    this.turn();
  }

  /** See maps in three dimensions from where they are turned to. */
  turn() {
    const { yaw, pitch } = this.host.state;
    this.laid = this.solids.map(solid => solid && { ...seen(solid.triples, yaw, pitch), disparity: solid.disparity });
  }

  /** The aligned places of all examples. */
  table() {
    const { model, chosen, state } = this.host;
    const solid = this.solid;
    const axes = solid ? ["x", "y", "z"] : ["x", "y"];
    const shown = chosen.flatMap(({ title }, i) => {
      const [places, triples] = [this.laid[i], this.solids[i]?.triples];
      if (solid)
        return triples
          ? [{ title, at: (/** @type {number} */ row) => [...triples.subarray(3 * row, 3 * row + 3)] }]
          : [];
      return places ? [{ title, at: (/** @type {number} */ row) => [places.xs[row], places.ys[row]] }] : [];
    });
    const head = ["example", "label", ...shown.flatMap(({ title }) => axes.map(axis => `${title}: ${axis}`))];
    const rows = Array.from({ length: model.n }, (_, row) => [
      model.indices[row],
      model.labels ? model.classes[model.labels[row]] : "",
      ...shown.flatMap(({ at }) => at(row)),
    ]);
    return { rows: [head, ...rows], name: `maps-${state.method}` };
  }
}
