// A plane that is looked at through a canvas: where places lie in pixels, panning and zooming, picking points, polygons.

/** @typedef {{ left: number, right: number, bottom: number, top: number }} Box */

/** @typedef {{ x: number, y: number, zoom: number }} View the place in the middle; zoom 1 shows the whole box */

/**
 * How a view lies on a canvas: pixel = (x * k + ox, oy - y * k).
 * @typedef {object} Frame
 * @property {number} k pixels of the canvas to a unit of the plane
 * @property {number} ox
 * @property {number} oy
 * @property {number} x the place in the middle
 * @property {number} y
 * @property {number} zoom
 * @property {number} ratio pixels of the canvas to one of the page
 */

/** @typedef {{ x: number, y: number }} Spot in pixels of the page, from the upper left corner of the canvas */

/**
 * @param {Box} box what zoom 1 shows
 * @param {View | null} view null shows the whole box
 * @param {{ width: number, height: number }} canvas
 * @param {number} ratio
 * @param {number} share of the canvas that the box fills at zoom 1
 * @returns {Frame}
 */
export function frameOf({ left, right, bottom, top }, view, { width, height }, ratio, share) {
  const wide = right - left || top - bottom || 1;
  const high = top - bottom || wide;
  const { x, y, zoom } = view ?? { x: (left + right) / 2, y: (bottom + top) / 2, zoom: 1 };
  const k = share * Math.min(width / wide, height / high) * zoom;
  return { k, ox: width / 2 - x * k, oy: height / 2 + y * k, x, y, zoom, ratio };
}

/**
 * @param {Frame} frame
 * @param {ArrayLike<number>} place
 * @returns {Spot}
 */
export const spotOf = ({ k, ox, oy, ratio }, place) => ({
  x: (place[0] * k + ox) / ratio,
  y: (oy - place[1] * k) / ratio,
});

/**
 * @param {Frame} frame
 * @param {Spot} spot
 * @returns {[number, number]}
 */
export const placeOf = ({ k, ox, oy, ratio }, { x, y }) => [(x * ratio - ox) / k, (oy - y * ratio) / k];

/**
 * The view after a drag by so many pixels of the page.
 * @param {Frame} frame
 * @param {number} dx
 * @param {number} dy
 * @returns {View}
 */
export const panned = ({ k, x, y, zoom, ratio }, dx, dy) => ({
  x: x - (dx * ratio) / k,
  y: y + (dy * ratio) / k,
  zoom,
});

/**
 * The view zoomed by a factor about a spot, which keeps its place.
 * @param {Frame} frame
 * @param {Spot} spot
 * @param {number} factor
 * @param {[number, number]} limits of the zoom
 * @returns {View}
 */
export function zoomed(frame, spot, factor, [least, most]) {
  const zoom = Math.max(least, Math.min(most, frame.zoom * factor));
  const [x, y] = placeOf(frame, spot);
  const closer = frame.zoom / zoom;
  return { x: x + (frame.x - x) * closer, y: y + (frame.y - y) * closer, zoom };
}

/**
 * The point nearest to a spot, or -1 where none is within reach.
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {ArrayLike<number>[]} lists rows of the points that can be found; among equally near ones the last is taken
 * @param {Frame} frame
 * @param {Spot} spot
 * @param {number} reach in pixels of the page
 */
export function nearestPoint(xs, ys, lists, { k, ox, oy, ratio }, spot, reach) {
  const px = spot.x * ratio;
  const py = spot.y * ratio;
  const most = reach * ratio;
  let best = -1;
  let least = most * most;
  for (const list of lists)
    for (let q = 0; q < list.length; q++) {
      const i = list[q];
      const dx = xs[i] * k + ox - px;
      if (dx > most || dx < -most) continue;
      const dy = oy - ys[i] * k - py;
      const far = dx * dx + dy * dy;
      if (far > least) continue;
      least = far;
      best = i;
    }
  return best;
}

/**
 * The points within a polygon on the plane, by the even-odd rule.
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {ArrayLike<number>[]} lists rows of the points that are asked about
 * @param {number[][]} corners
 */
export function pointsWithin(xs, ys, lists, corners) {
  const left = Math.min(...corners.map(p => p[0]));
  const right = Math.max(...corners.map(p => p[0]));
  const bottom = Math.min(...corners.map(p => p[1]));
  const top = Math.max(...corners.map(p => p[1]));
  /** @type {number[]} */
  const rows = [];
  for (const list of lists)
    for (let q = 0; q < list.length; q++) {
      const i = list[q];
      const x = xs[i];
      const y = ys[i];
      if (x < left || x > right || y < bottom || y > top) continue;
      let inside = false;
      for (let a = 0, b = corners.length - 1; a < corners.length; b = a++) {
        const [ax, ay] = corners[a];
        const [bx, by] = corners[b];
        if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
      }
      if (inside) rows.push(i);
    }
  return rows;
}

/**
 * A path with at most so many corners, evenly taken.
 * @template T
 * @param {T[]} path
 * @param {number} most
 */
export function thinned(path, most) {
  const every = Math.ceil(path.length / most);
  return path.filter((_, i) => i % every === 0);
}

/**
 * The fingers (or the one mouse) that are down on an element, and what two of them do.
 */
export class Fingers {
  /** @param {Element} element */
  constructor(element) {
    this.element = element;
    /** @type {Map<number, Spot>} */
    this.down = new Map();
  }

  /** @param {MouseEvent} event @returns {Spot} */
  spot(event) {
    const box = this.element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** @param {PointerEvent} event */
  press(event) {
    this.element.setPointerCapture(event.pointerId);
    const spot = this.spot(event);
    this.down.set(event.pointerId, spot);
    return spot;
  }

  /**
   * Where this finger was before, undefined where it is not down; where it is now is kept.
   * @param {PointerEvent} event
   */
  move(event) {
    const before = this.down.get(event.pointerId);
    if (before) this.down.set(event.pointerId, this.spot(event));
    return before;
  }

  /** @param {PointerEvent} event @returns {boolean} whether it was down */
  lift(event) {
    return this.down.delete(event.pointerId);
  }

  /**
   * What two fingers have done since one of them was at `before`.
   * @param {PointerEvent} event
   * @param {Spot} before
   * @returns {{ dx: number, dy: number, factor: number, middle: Spot }}
   */
  pinch(event, before) {
    const [first, second] = [...this.down].sort(([id]) => (id === event.pointerId ? -1 : 1)).map(([, spot]) => spot);
    const far = Math.hypot(first.x - second.x, first.y - second.y);
    return {
      dx: (first.x - before.x) / 2,
      dy: (first.y - before.y) / 2,
      factor: far / Math.max(1, Math.hypot(before.x - second.x, before.y - second.y)),
      middle: { x: (first.x + second.x) / 2, y: (first.y + second.y) / 2 },
    };
  }
}
