// How points are chosen: by a click, an area, words, the link; and which classes are shown.

import * as url from "./codes_url.js";
import { findPoints } from "./selection.js";

/** @typedef {import("../../shared/view/plane_view.js").Spot} Spot */
/** @typedef {import("./map_panel.js").MapPanel} MapPanel */
/** @typedef {import("./player.js").CodesView} CodesView */

export class PointSelector {
  /** @param {CodesView} host */
  constructor(host) {
    this.host = host;
    /** @type {{ key: string, corners: number[][] } | null} an area of the link, whose map is not ready yet */
    this.wantedArea = null;
    /** @type {{ key: string, place: [number, number] } | null} a place of the link, whose decoder has not come yet */
    this.wantedProbe = null;
  }

  // -- by the link --------------------------------------------------------------------------------

  /** @param {string} pick @param {string} probe */
  restore(pick, probe) {
    this.wantedProbe = url.readProbe(probe);
    this.wantedArea = pick.startsWith("a:") ? url.readArea(pick) : null;
    if (pick.startsWith("q:")) this.search(pick.slice(2));
    else if (pick.startsWith("a:")) this.restoreArea();
    else {
      const { rows, focus } = url.unpackRows(pick, this.host.points.n);
      this.choose(rows, focus);
    }
    this.restoreIsolation();
  }

  /** Choose the points in the area of the link, once its map is ready. */
  restoreArea() {
    const { wantedArea } = this;
    if (!wantedArea) return;
    const panel = this.host.grid.panelOf(wantedArea.key);
    if (panel && panel.layout.state !== "ready") return;
    this.wantedArea = null;
    if (panel) this.choose(panel.rowsWithin(wantedArea.corners), -1, this.host.state.pick);
    this.restoreIsolation();
  }

  /** Show what the link chooses alone, where it says so. */
  restoreIsolation() {
    const { state, selection } = this.host;
    if (state.isolate === "on" && !selection.isolated) this.isolate();
  }

  /** Decode the place of the link, once its decoder is here. */
  restoreProbe() {
    const { wantedProbe, host } = this;
    if (!wantedProbe) return;
    const panel = host.grid.panelOf(wantedProbe.key);
    const net = panel && host.points.net(panel.map.name);
    if (panel && !(net && panel.frame)) return;
    this.wantedProbe = null;
    if (panel && net) host.outOfSample.probe(panel.map, wantedProbe.place, net);
  }

  // -- by the visitor -----------------------------------------------------------------------------

  /**
   * Choose these rows, and no others.
   * @param {number[]} rows
   * @param {number} focus the one whose neighbours are shown
   * @param {string} area how it was done, as a link tells it
   */
  choose(rows, focus = -1, area = "") {
    this.host.selection.choose(rows, focus, area);
    this.onChange();
  }

  /** Show the chosen points alone, or all again. */
  isolate() {
    const { selection } = this.host;
    selection.isolate(!selection.isolated);
    if (selection.rows.length) this.host.state.isolate = selection.isolated ? "on" : "off";
    this.onChange();
  }

  onChange() {
    const { host } = this;
    if (host.selection.rows.length && !this.wantedProbe) host.outOfSample.dropProbe();
    host.list.show();
    host.redraw();
    host.syncUrl();
  }

  /** @param {number} row @param {boolean} adding to what is chosen */
  clickPoint(row, adding) {
    if (adding) this.host.selection.toggle(row);
    else this.host.selection.choose([row], row);
    this.onChange();
  }

  /** A place between the points: what the decoder draws there, and where that lies on the other maps. @param {MapPanel} panel @param {Spot} spot */
  clickEmpty(panel, spot) {
    const { outOfSample, points } = this.host;
    this.choose([]);
    const net = panel.showsTraining ? null : points.net(panel.map.name);
    if (net) outOfSample.probe(panel.map, panel.placeAt(spot), net);
    else outOfSample.dropProbe();
  }

  /** @param {MapPanel} panel @param {number[][]} corners @param {boolean} adding to what is chosen */
  chooseArea(panel, corners, adding) {
    const { selection } = this.host;
    const rows = panel.rowsWithin(corners);
    if (adding) selection.add(rows);
    else selection.choose(rows, -1, url.writeArea(url.keyOf(panel.map), corners));
    this.onChange();
  }

  /** Look at a chosen point, or no longer. @param {number} row */
  focusOn(row) {
    const { host } = this;
    host.selection.toggleFocus(row);
    if (host.selection.focus >= 0) for (const panel of host.panels) panel.reveal(row);
    this.onChange();
  }

  /** Choose the points that words name. @param {string} text */
  search(text) {
    const { host } = this;
    const { classes, labels, rows: rowOf } = host.points;
    const { rows, classes: named, missing } = findPoints(text, classes, labels, rowOf);
    for (const label of named) host.selection.hidden.delete(label);
    const words = missing.map(word => `“${word}”`).join(", ");
    host.showError(missing.length ? `No point matches ${words}: enter a label, or # and a number.` : "");
    const only = rows.length === 1 ? rows[0] : -1;
    if (rows.length || !missing.length) this.choose(rows, only, `q:${text}`);
    if (only >= 0) for (const panel of host.panels) panel.reveal(only);
    host.drawLegend();
  }

  // -- classes ------------------------------------------------------------------------------------

  /** A class of the legend was clicked, once or the second time in a row. @param {number} c @param {MouseEvent} event */
  clickClass(c, { detail, shiftKey }) {
    const { selection } = this.host;
    if (detail <= 1) selection.beforeClick = new Set(selection.hidden);
    if (detail === 2 || (detail < 2 && shiftKey)) selection.isolateClass(c);
    else if (detail < 2) selection.toggleClass(c);
    this.onHiddenChange();
  }

  showAllClasses() {
    this.host.selection.showAll();
    this.onHiddenChange();
  }

  onHiddenChange() {
    this.host.drawLegend();
    this.host.redraw();
    this.host.syncUrl();
  }
}
