// The maps beside each other: one to four panels.

import { download } from "../../shared/view/download.js";
import { put } from "../../shared/view/html.js";
import { keptMaps, keyOf, writeMaps } from "./codes_url.js";
import { MapPanel } from "./map_panel.js";
import { panelMarkup } from "./panel_markup.js";

/** @typedef {import("../../shared/view/plane_view.js").View} View */
/** @typedef {import("./player.js").CodesView} CodesView */
/** @typedef {import("./types.d.ts").MapChoice} MapChoice */

export class MapGrid {
  /**
   * @param {CodesView} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    /** @type {MapPanel[]} */
    this.panels = [];
  }

  /** @param {MapChoice[]} maps @param {(View | null)[]} views */
  show(maps, views) {
    this.root.replaceChildren();
    this.root.dataset.count = String(maps.length);
    this.panels = maps.map((map, i) => {
      const section = document.createElement("section");
      section.className = "map card";
      section.dataset.map = String(i);
      put(section, panelMarkup(i, this.host.points.kinds, map.name));
      this.root.append(section);
      return new MapPanel(this.host, section, map, views[i] ?? null);
    });
    this.host.recolour();
  }

  /** Other points come: what is still seen is of none. */
  close() {
    this.panels = [];
  }

  /** Some of the maps stay, others come. @param {MapPanel[]} kept @param {MapChoice[]} more */
  change(kept, more = []) {
    this.show(
      [...kept.map(({ map }) => map), ...more],
      kept.map(({ view }) => view),
    );
    this.host.sync();
    this.host.syncUrl();
  }

  /** Add a map of a kind that is not there yet. */
  add() {
    const { kinds } = this.host.points;
    const { name } = kinds.find(kind => !this.panels.some(({ map }) => map.name === kind.name)) ?? kinds[0];
    this.change(this.panels, [{ name, settings: {} }]);
  }

  /** @param {MapPanel} panel */
  remove(panel) {
    this.change(this.panels.filter(other => other !== panel));
  }

  /** Show another map in a panel. @param {MapPanel} panel @param {MapChoice} map */
  replace(panel, map) {
    const { host } = this;
    panel.show(map);
    if (panel === this.panels[0] && host.state.colour === "place") host.recolour();
    host.outOfSample.placeAgain();
    host.requestFrame();
    host.syncUrl();
  }

  /** Offer a map as a picture. @param {MapPanel} panel */
  async save(panel) {
    const picture = panel.current && (await panel.picture());
    if (picture) download(picture, `${this.host.data.checkpoint}-${panel.map.name}.png`);
  }

  /** The panel of a map. @param {string} key */
  panelOf(key) {
    return this.panels.find(({ map }) => keyOf(map) === key);
  }

  /** The panel that a control belongs to. @param {Element} control */
  panelAround(control) {
    const section = control.closest("[data-map]");
    return section instanceof HTMLElement ? this.panels[Number(section.dataset.map)] : undefined;
  }

  /** The maps as a link tells them. */
  get text() {
    return this.panels.length ? writeMaps(this.panels.map(({ map }) => map)) : this.host.state.maps;
  }

  /** The maps that other points shall have. */
  get kept() {
    return this.panels.length ? keptMaps(this.text, this.host.points.kinds) : this.text;
  }

  get views() {
    return this.panels.map(({ view }) => view);
  }
}
