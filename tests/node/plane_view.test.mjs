import assert from "node:assert/strict";
import test from "node:test";

import { tilesOf } from "../../pages/codes/view/decoded_plane.js";
import { glide } from "../../pages/codes/view/glide.js";
import { boxed } from "../../pages/codes/view/map_layouts.js";
import { nearestRows } from "../../pages/codes/view/map_overlay.js";
import { pathTo } from "../../pages/codes/view/map_pointer.js";
import { Lattice, thumbSide } from "../../pages/codes/view/thumbs.js";
import { besideSpot } from "../../pages/codes/view/tooltip.js";
import { cellsOf } from "../../pages/latent/view/lattice.js";
import { boxOf } from "../../pages/latent/view/plane.js";
import {
  Fingers,
  frameOf,
  nearestPoint,
  panned,
  placeOf,
  pointsWithin,
  spotOf,
  thinned,
  zoomed,
} from "../../pages/shared/view/plane_view.js";
import { gap, values } from "./values.mjs";

const box = { left: -2, right: 6, bottom: 0, top: 4 };
const canvas = { width: 800, height: 600 };
const frame = frameOf(box, null, canvas, 2, 0.9);
const all = n => [Int32Array.from({ length: n }, (_, i) => i)];

test("a box lies in the middle of the canvas and fills its share of the tighter side", () => {
  assert.ok(gap([frame.k, frame.x, frame.y, frame.zoom], [90, 2, 2, 1]) < 1e-9);
  const { x, y } = spotOf(frame, [2, 2]);
  assert.ok(gap([x, y], [200, 150]) < 1e-9); // half the canvas, in pixels of the page
  const left = spotOf(frame, [-2, 4]);
  assert.ok(Math.abs(left.x - 20) < 1e-9 && left.y < y, "y points up");
});

test("points in a line, or all in one place, have a frame too", () => {
  for (const flat of [
    { left: 1, right: 1, bottom: 0, top: 4 },
    { left: 0, right: 3, bottom: 1, top: 1 },
    { left: 1, right: 1, bottom: 1, top: 1 },
  ]) {
    const { k, ox, oy } = frameOf(flat, null, canvas, 1, 0.9);
    assert.ok(k > 0 && [k, ox, oy].every(Number.isFinite));
  }
});

test("spots and places are each other's inverse, in every view", () => {
  for (const view of [null, { x: 3, y: -1, zoom: 7 }]) {
    const seen = frameOf(box, view, canvas, 1.5, 1);
    assert.ok(gap(placeOf(seen, spotOf(seen, [1.25, 3.5])), [1.25, 3.5]) < 1e-9);
  }
});

test("a drag takes the place under the pointer along", () => {
  const before = placeOf(frame, { x: 50, y: 60 });
  const after = frameOf(box, panned(frame, 30, -20), canvas, 2, 0.9);
  assert.ok(gap(placeOf(after, { x: 80, y: 40 }), before) < 1e-9);
});

test("a zoom keeps the place under the pointer, within its limits", () => {
  const spot = { x: 111, y: 222 };
  const view = zoomed(frame, spot, 3, [1, 100]);
  assert.equal(view.zoom, 3);
  assert.ok(gap(placeOf(frameOf(box, view, canvas, 2, 0.9), spot), placeOf(frame, spot)) < 1e-9);
  assert.equal(zoomed(frame, spot, 1e9, [1, 100]).zoom, 100);
  const out = zoomed(frame, spot, 1e-9, [1, 100]);
  assert.ok(gap([out.x, out.y, out.zoom], [frame.x, frame.y, 1]) < 1e-9);
});

test("two fingers zoom by how far they part and pan with their middle", () => {
  const element = { setPointerCapture() {}, getBoundingClientRect: () => ({ left: 10, top: 20 }) };
  const event = (pointerId, clientX, clientY) => ({ pointerId, clientX, clientY });
  const fingers = new Fingers(element);
  assert.deepEqual(fingers.press(event(1, 110, 120)), { x: 100, y: 100 });
  fingers.press(event(2, 210, 120));
  const before = fingers.move(event(2, 310, 120));
  assert.deepEqual(before, { x: 200, y: 100 });
  const { dx, dy, factor, middle } = fingers.pinch(event(2, 310, 120), before);
  assert.deepEqual({ dx, dy, factor, middle }, { dx: 50, dy: 0, factor: 2, middle: { x: 200, y: 100 } });
  assert.equal(fingers.move(event(3, 0, 0)), undefined, "a pointer that is not down");
  assert.ok(fingers.lift(event(1)) && !fingers.lift(event(1)));
});

test("the nearest point within reach is picked, of those that are drawn", () => {
  const xs = [0, 0.2, 4];
  const ys = [1, 1, 3];
  const at = spotOf(frame, [0.19, 1]);
  assert.equal(nearestPoint(xs, ys, all(3), frame, at, 9), 1);
  assert.equal(nearestPoint(xs, ys, [Int32Array.of(2), Int32Array.of(0)], frame, at, 9), 0);
  assert.equal(nearestPoint(xs, ys, [Int32Array.of(2)], frame, at, 9), -1);
  assert.equal(nearestPoint(xs, ys, all(3), frame, spotOf(frame, [2, 2]), 9), -1);
});

test("points within a polygon, also one with a dent", () => {
  const corners = [
    [0, 0],
    [4, 0],
    [4, 4],
    [2, 1], // the dent
    [0, 4],
  ];
  const xs = [2, 2, 0.2, 3.8, 5, -1];
  const ys = [0.5, 2, 3, 3, 1, 1];
  assert.deepEqual(pointsWithin(xs, ys, all(6), corners), [0, 2, 3]);
  assert.deepEqual(pointsWithin(xs, ys, [Int32Array.of(1, 3)], corners), [3]);
});

test("the points nearest on a map are those that Python finds", () => {
  const { xs, ys, rows } = values.near;
  for (const [row, wanted] of rows.entries())
    assert.deepEqual(
      nearestRows({ xs, ys }, row, 7, () => true),
      wanted,
    );
  const hidden = rows[0][0];
  assert.ok(!nearestRows({ xs, ys }, 0, 7, row => row !== hidden).includes(hidden));
});

test("a path keeps its first corner and at most so many", () => {
  const path = Array.from({ length: 1000 }, (_, i) => i);
  assert.ok(thinned(path, 60).length <= 60 && thinned(path, 60)[0] === 0);
  assert.deepEqual(thinned([1, 2, 3], 60), [1, 2, 3]);
});

test("a box has the pointer in its opposite corner; a loop grows by real movements", () => {
  const start = { x: 1, y: 2 };
  assert.deepEqual(pathTo([start], start, { x: 5, y: 7 }, "box"), [
    start,
    { x: 5, y: 2 },
    { x: 5, y: 7 },
    { x: 1, y: 7 },
  ]);
  assert.deepEqual(pathTo([start], start, { x: 2, y: 2 }, "lasso"), [start]);
  assert.equal(pathTo([start], start, { x: 9, y: 2 }, "lasso").length, 2);
});

test("points glide from where they were seen to where they belong", () => {
  const from = { xs: [1], ys: [2], frame };
  const to = { xs: [10], ys: [20] };
  const next = frameOf({ left: 0, right: 40, bottom: 0, top: 40 }, null, canvas, 2, 0.9);
  const out = { xs: new Float32Array(1), ys: new Float32Array(1) };
  glide(from, to, next, 0, out);
  const [old, now] = [spotOf(frame, [1, 2]), spotOf(next, [out.xs[0], out.ys[0]])];
  assert.ok(gap([now.x, now.y], [old.x, old.y]) < 1e-3, "at first nothing moves on the screen");
  glide(from, to, next, 1, out);
  assert.ok(gap([out.xs[0], out.ys[0]], [10, 20]) < 1e-5);
});

test("a map's box leaves out the furthest thousandth, and holds for no points", () => {
  const pairs = Array.from({ length: 4000 }, (_, i) => (i % 2 ? i : -i));
  pairs[0] = 1e6;
  const { xs, ys, box: found } = boxed(pairs);
  assert.equal(xs.length, 2000);
  assert.equal(ys[1], 3);
  assert.ok(found.right < 1e6 && found.left < -3900 && found.top > 3900);
  assert.deepEqual(boxed([]).box, { left: 0, right: 0, bottom: 0, top: 0 });
});

test("the box of a latent plane holds all places and most of the prior", () => {
  assert.deepEqual(boxOf(Float32Array.of(0, -4), Float32Array.of(3, 0)), {
    left: -4,
    right: 2.6,
    bottom: -2.6,
    top: 3,
  });
});

test("a tooltip stays in its box and off the pointer", () => {
  const tip = { width: 100, height: 80 };
  const around = { width: 500, top: 50 };
  assert.deepEqual(besideSpot({ x: 100, y: 300 }, tip, around), { x: 118, y: 210 });
  assert.deepEqual(besideSpot({ x: 450, y: 300 }, tip, around), { x: 332, y: 210 }, "on the left");
  assert.deepEqual(besideSpot({ x: 100, y: 60 }, tip, around), { x: 118, y: 78 }, "below");
});

test("decoded tiles are fixed to the map: a drag moves them, and shows no other ones in between", () => {
  const moved = frameOf(box, panned(frame, 10, 0), canvas, 2, 0.9);
  const [before, after] = [tilesOf(frame, canvas), tilesOf(moved, canvas)];
  const places = new Map(before.map(({ key, place, x }) => [key, { place, x }]));
  const shared = after.filter(({ key }) => places.has(key));
  assert.ok(shared.length > 0.8 * before.length);
  for (const { key, place, x } of shared) {
    assert.deepEqual(place, places.get(key).place);
    assert.ok(Math.abs(x - places.get(key).x - 20) < 1e-6);
  }
  for (const { place, x, y, width, height } of before) {
    const spot = spotOf(frame, place);
    assert.ok(
      gap([x + width / 2, y + height / 2], [2 * spot.x, 2 * spot.y]) < 1e-6,
      "a picture is in the middle of its tile",
    );
  }
});

test("the cells of the manifold cover the unit square once and stay within it", () => {
  const seen = frameOf({ left: 0, right: 1, bottom: 0, top: 1 }, null, { width: 600, height: 600 }, 1, 1);
  const cells = cellsOf(seen, { width: 600, height: 600 });
  assert.equal(new Set(cells.map(({ key }) => key)).size, cells.length);
  assert.equal(Math.sqrt(cells.length) % 1, 0);
  for (const { place } of cells) assert.ok(place.every(p => p > 0 && p < 1));
  const near = cellsOf(
    frameOf({ left: 0, right: 1, bottom: 0, top: 1 }, { x: 0.5, y: 0.5, zoom: 4 }, { width: 600, height: 600 }, 1, 1),
    { width: 600, height: 600 },
  );
  assert.ok(near[0].place[0] > 0.2, "nearer, only what is seen");
});

test("each cell of the map shows one picture; the same cells while one pans", () => {
  const side = 40;
  const lattice = new Lattice(frame, canvas, side);
  assert.ok(lattice.cell * frame.k >= side);
  const cell = lattice.free(1, 1);
  assert.ok(cell >= 0);
  lattice.taken[cell] = 1;
  assert.equal(lattice.free(1, 1), -1);
  assert.equal(lattice.free(1e6, 1), -1, "out of sight");
  const moved = new Lattice(frameOf(box, panned(frame, 5, 5), canvas, 2, 0.9), canvas, side);
  assert.equal(moved.cell, lattice.cell);
});

test("pictures grow a little as one comes nearer", () => {
  globalThis.window = { devicePixelRatio: 1 };
  assert.equal(thumbSide({ width: 28, height: 28 }, 1), 30);
  assert.equal(thumbSide({ width: 8, height: 8 }, 1), 24);
  assert.ok(thumbSide({ width: 8, height: 8 }, 1e9) <= 24 * 1.7);
});
