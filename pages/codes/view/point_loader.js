// How points are opened: those that a link asks for, those of another model, or others of the same model.

import { messageOf } from "../../shared/view/api.js";
import { colouring } from "./colour_choice.js";
import { showLoading } from "./controls.js";
import { PointStore } from "./point_store.js";

/** @typedef {import("./player.js").CodesView} CodesView */
/** @typedef {import("./types.d.ts").CodesData} CodesData */
/** @typedef {import("./types.d.ts").CodesLink} CodesLink */

/**
 * What a link says of single points: without meaning for others.
 * @type {Pick<CodesLink, "pick" | "isolate" | "at" | "probe" | "drawing" | "place1" | "place2" | "place3" | "place4">}
 */
const NO_POINTS = {
  pick: "",
  isolate: "off",
  at: "",
  probe: "",
  drawing: "",
  place1: "",
  place2: "",
  place3: "",
  place4: "",
};

export class PointLoader {
  /** @param {CodesView} host */
  constructor(host) {
    this.host = host;
    this.latest = {}; // of several loads at a time, the one whose points will be shown
  }

  /** What the link asks for; another model keeps what still has a meaning. @param {CodesData | null} before */
  openModel(before) {
    const { state, trainHere } = this.host.data;
    const link = before ? { ...state, ...NO_POINTS, hide: [], ...this.keptChoices } : state;
    this.load(trainHere ? link : { ...link, split: "test" });
  }

  /** Other points of the same model. @param {Partial<CodesLink>} choice */
  openOthers(choice) {
    const { ready, selection, state } = this.host;
    const hide = ready ? [...selection.hidden] : state.hide;
    this.load({ ...state, ...NO_POINTS, ...this.keptChoices, hide, ...choice });
  }

  /** What holds for other points too. */
  get keptChoices() {
    const { state, grid } = this.host;
    const { split, points, show, near, metric, ghost, contours, names } = state;
    return { ...colouring(state), split, points, show, near, metric, ghost, contours, names, maps: grid.kept };
  }

  /** @param {CodesLink} link */
  async load(link) {
    const { host } = this;
    const load = {};
    this.latest = load;
    const isLatest = () => this.latest === load && !host.destroyed;
    host.state = { ...link, tool: host.state?.tool ?? "move" };
    host.closePoints();
    const began = performance.now();
    const showProgress = () => {
      showLoading(host.root, host.state, performance.now() - began);
      host.sync();
    };
    showProgress();
    const timer = setInterval(() => isLatest() && showProgress(), 1000);
    try {
      /** @param {import("./point_store.js").What} what */
      const onArrival = what => host.onArrival(what);
      /** @param {Error} error */
      const onError = error => host.showError(error.message);
      const points = await PointStore.load(host.data, link.split, link.points, onArrival, onError);
      if (isLatest()) host.show(points);
      else points.close();
    } catch (error) {
      if (isLatest()) host.showError(messageOf(error));
    }
    clearInterval(timer);
    if (isLatest()) host.$("loading").hidden = true;
  }
}
