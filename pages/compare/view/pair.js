// Two representations side by side: both maps, and the examples on which they disagree most.

import { get } from "../../shared/view/api.js";
import { find, part } from "../../shared/view/dom.js";
import { html, put, refresh } from "../../shared/view/html.js";
import { boxOf } from "../../shared/view/places.js";
import { topIndices } from "../../shared/view/probability.js";
import { aligned } from "./alignment.js";
import { MapView, mapMarkup } from "./map_view.js";
import { MEASURES, numberOf } from "./matrix.js";
import { mean } from "./neighbourhoods.js";
import { paintThumbs, thumb } from "./thumbs.js";

/** @typedef {import("../../shared/view/plane_view.js").View} View */
/** @typedef {import("./player.js").ComparePlayer} ComparePlayer */
/** @typedef {import("./types.d.ts").Representation} Representation */

const SHOWN = 24;

export class Pair {
  /** @param {ComparePlayer} host @param {HTMLElement} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    /** @type {View | null} */
    this.view = null;
    this.tool = "move";
    /** @type {MapView[]} */
    this.views = [];
    /** @type {Representation[]} */
    this.both = [];
    /** @type {Map<string, [number, number, number] | null>} measure with its interval, by what was asked */
    this.intervals = new Map();
  }

  /** A measure of the pair with its interval, in words; null while it is on its way. @param {import("./matrix.js").Measure} measure */
  interval(measure) {
    const { host, both } = this;
    const query = { of: both[0].key, against: both[1].key, measure, k: measure === "overlap" ? host.state.k : 10 };
    const name = Object.values(query).join(" ");
    const known = this.intervals.get(name);
    if (known === undefined) {
      this.intervals.set(name, null);
      get(host.model.url("interval", query)).then(({ header }) => {
        this.intervals.set(name, header.interval);
        if (this.root.isConnected) this.show();
      }, host.model.onError);
    }
    if (!known) return html`<span>${MEASURES[measure]} …</span>`;
    const [value, low, high] = known.map(x => numberOf(x ?? Number.NaN));
    return html`<span>${MEASURES[measure]} <b>${value}</b> <small>${low} to ${high}</small></span>`;
  }

  /** @param {Representation[]} both none closes it */
  open(both) {
    const same = both.map(({ key }) => key).join() === this.both.map(({ key }) => key).join();
    this.both = both;
    if (!same) {
      this.view = null;
      const cells = both.map(
        (one, i) =>
          html`<div class="card map" data-cell="${i}"><header><b title="${one.title}">${this.host.model.nameFor(one)}</b></header>${mapMarkup(`Map of ${one.title}`)}</div>`,
      );
      put(
        this.root,
        both.length
          ? html`<div class="pair">${cells}</div><p class="intervals" data-part="intervals" title="95% intervals over examples"></p><p class="note" data-part="said"></p><div class="thumbs" data-part="disagree"></div>`
          : html``,
      );
      this.views = both.map((_, i) => new MapView(this, find(this.root, `[data-cell="${i}"]`)));
    }
    this.show();
  }

  show() {
    const { host, both, root } = this;
    if (!both.length) return;
    const method = { method: "pca", settings: {} };
    const maps = both.map(({ key }) => host.model.maps.of(key, method).places);
    const laid = [maps[0], maps[0] && maps[1] ? aligned(maps[1], maps[0]) : null];
    this.views.forEach((view, i) => {
      const places = laid[i];
      view.show(places, host.coloursOf(both[i].key), boxOf(places ? [places] : []));
    });
    refresh(part(root, "intervals"), [this.interval("cka"), this.interval(host.state.lower)]);
    const changes = host.changesOf(both[1].key, both[0].key);
    const rows = changes ? topIndices(changes, SHOWN, row => !host.selection.isHidden(row)) : [];
    refresh(
      part(root, "said"),
      changes
        ? html`PCA maps, aligned. Below, where they disagree most: share of the ${host.state.k} nearest neighbours that differ; mean ${Math.round(100 * mean(changes))}%.`
        : html`Finding neighbours …`,
    );
    refresh(
      part(root, "disagree"),
      html`${rows.map(row => thumb(host.model, row, `${Math.round(100 * (changes?.[row] ?? 0))}%`))}`,
    );
    paintThumbs(root, host.model, 40);
    host.requestFrame();
  }

  draw() {
    for (const view of this.views) view.draw();
  }

  /** @param {View | null} view */
  look(view) {
    this.view = view;
    for (const map of this.views) map.dirty = true;
    this.host.requestFrame();
  }

  hover() {
    for (const view of this.views) view.overDirty = true;
  }
}
