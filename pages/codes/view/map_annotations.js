// What lies over the points of a map: contours and names, the true neighbours of the point that is looked at, rings, marks.

import { PICKED } from "../../shared/view/colours.js";
import { write } from "../../shared/view/controls.js";
import { context2d, part } from "../../shared/view/dom.js";
import { spotOf } from "../../shared/view/plane_view.js";
import { contoursOf, drawContours, drawNames, namesOf } from "./map_density.js";
import { drawArea, drawMark, drawNeighbours, drawRing, nearestRows } from "./map_overlay.js";

/** @typedef {import("../../shared/view/plane_view.js").Frame} Frame */
/** @typedef {import("./map_panel.js").MapPanel} MapPanel */
/** @typedef {import("./types.d.ts").Layout} Layout */
/** @typedef {import("./types.d.ts").Places} Places */

export class MapAnnotations {
  /** @param {MapPanel} panel */
  constructor(panel) {
    this.panel = panel;
    this.preservedWords = part(panel.element, "preserved");
    this.lines = part(panel.element, "lines"); // what the lines to neighbours mean
    /** @type {unknown[]} what contours and names were made of */
    this.madeOf = [];
    /** @type {number[][]} */
    this.contours = [];
    /** @type {import("./map_density.js").Name[]} */
    this.names = [];
  }

  /** @param {Frame} frame @param {Layout | null} base what is drawn */
  draw(frame, base) {
    const { panel } = this;
    const { host, over, ratio, current } = panel;
    const { focus, hover } = host.selection;
    const pen = context2d(over);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, over.width, over.height);
    if (base && base === panel.layout) {
      if (current) this.drawDensity(pen, frame, current, base);
      this.drawSpaceNeighbours(pen);
      if (panel.isVisible(focus)) drawRing(pen, panel.spot(focus), panel.radius + 5, host.theme.text, 2.2);
    }
    if (panel.isVisible(hover)) drawRing(pen, panel.spot(hover), panel.radius + 3.5, PICKED, 2.2);
    const mark = base === panel.layout && !panel.showsTraining ? host.outOfSample.markOn(panel.map) : null;
    if (mark) drawMark(pen, spotOf(frame, mark.place), mark, host.theme);
    if (panel.pointer.path.length) drawArea(pen, panel.pointer.path);
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {Frame} frame
   * @param {Places} current
   * @param {Layout} base
   */
  drawDensity(pen, frame, current, base) {
    const { panel } = this;
    const { host, lists } = panel;
    const training = panel.showsTraining ? host.training : null;
    const moving = panel.began !== null || Boolean(training?.playing);
    const { contours, names } = host.state;
    const groups = names === "on" && !moving ? host.groups : null; // names that run about are not read
    const madeOf = [current.xs, lists, training?.at, contours, groups];
    if (moving || madeOf.some((part, i) => part !== this.madeOf[i])) {
      this.madeOf = moving ? [] : madeOf;
      const all = [lists.dim, lists.normal, lists.chosen];
      this.contours = contours === "on" ? contoursOf(current, all, base.box) : [];
      this.names = groups ? namesOf(current, groups, all, base.box) : [];
    }
    drawContours(pen, this.contours, frame, host.theme.text);
    drawNames(pen, this.names, frame, host.theme);
  }

  /** The true neighbours of the point that is looked at, and how many of them are near here. @param {CanvasRenderingContext2D} pen */
  drawSpaceNeighbours(pen) {
    const { panel } = this;
    const { host, current, radius } = panel;
    const { focus } = host.selection;
    const truth = host.spaceNeighbours;
    const shown = truth !== null && current !== null && panel.isVisible(focus);
    this.lines.hidden = !shown;
    if (!shown) return write(this.preservedWords, "");
    /** @param {number} row */
    const isVisible = row => panel.isVisible(row);
    const onMap = nearestRows(current, focus, truth.length, isVisible);
    const kept = drawNeighbours(pen, row => panel.spot(row), focus, truth, onMap, isVisible, radius, host.theme.text);
    const whose = host.showsTraining && host.state.near === "code" ? " (final weights)" : "";
    write(
      this.preservedWords,
      `${kept} of its ${truth.length} nearest in ${host.spaceWords} are also nearest here${whose}`,
    );
  }
}
