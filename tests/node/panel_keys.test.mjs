// What keys do in the panels of Pixel by pixel and Next token: the maps that the host asks for.

import assert from "node:assert/strict";
import test from "node:test";

import { Field } from "../../pages/pixels/view/field.js";
import { Forcing as PixelForcing } from "../../pages/pixels/view/forcing.js";
import { ImagePicker } from "../../pages/pixels/view/image_picker.js";
import { Paint } from "../../pages/pixels/view/paint.js";
import { createPaintState } from "../../pages/pixels/view/paint_state.js";
import { Attention } from "../../pages/tokens/view/attention.js";
import { Heads } from "../../pages/tokens/view/heads.js";
import { Inside } from "../../pages/tokens/view/inside.js";
import { Units } from "../../pages/tokens/view/units.js";
import { Write } from "../../pages/tokens/view/write.js";

/** A panel without a page: its prototype, with what it needs, and a record of what it asks the host for. */
function panel(Kind, fields) {
  const made = Object.create(Kind.prototype),
    calls = [],
    note = name => () => calls.push(name);
  const host = { requestFrame: note("frame"), syncUrl: note("url"), showError() {}, ...fields.host };
  return Object.assign(made, fields, { host, calls });
}

const keysOf = made => Object.keys(made.keys()).sort();

test("Paint: a pixel, a row, start and end", () => {
  const model = { levels: 2, d: 64, width: 8 };
  const shown = createPaintState(model, 20);
  shown.buffers = [{ length: 64 }];
  const paint = panel(Paint, { host: { model, state: {} }, shown });
  for (const [key, t] of [
    ["ArrowRight", 21],
    ["ArrowDown", 29],
    ["ArrowLeft", 28],
    ["ArrowUp", 20],
    ["End", 64],
    ["Home", 0],
  ]) {
    paint.keys()[key]();
    assert.equal(shown.t, t, key);
  }
  assert.deepEqual(paint.calls.slice(0, 2), ["frame", "url"]);
  shown.continuations = { image: 0, after: 1, buffers: [] };
  paint.keys().Escape();
  assert.equal(shown.continuations, null);
  paint.keys()[" "]();
  assert.ok(shown.playing);
  assert.deepEqual(
    keysOf(paint),
    [..." fglnu", "ArrowDown", "ArrowLeft", "ArrowRight", "ArrowUp", "End", "Escape", "Home"].sort(),
  );
});

const picker = Object.create(ImagePicker.prototype);

test("Receptive field: to the pixel beside, within the image", () => {
  const state = { place: 0 },
    field = panel(Field, { host: { model: { width: 4, height: 3 }, state }, picker });
  const places = ["ArrowLeft", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"].map(key => {
    field.keys()[key]();
    return state.place;
  });
  assert.deepEqual(places, [0, 1, 5, 9, 9, 5]);
  assert.deepEqual(keysOf(field), ["ArrowDown", "ArrowLeft", "ArrowRight", "ArrowUp", "[", "]", "r"]);
});

test("Teacher forcing: a pixel or a row more is given, within the image", () => {
  const state = { first: 60 },
    forcing = panel(PixelForcing, { host: { model: { d: 64, width: 8 }, state }, picker });
  forcing.onSlide = (_, value) => {
    state.first = value;
  };
  for (const [key, first] of [
    ["ArrowDown", 64],
    ["ArrowLeft", 63],
    ["ArrowUp", 55],
    ["ArrowRight", 56],
  ]) {
    forcing.keys()[key]();
    assert.equal(state.first, first, key);
  }
});

test("Write: numbers take the bars' tokens", () => {
  const taken = [],
    write = panel(Write, { view: { bars: { order: [7, 3, 9] } }, force: token => taken.push(token) });
  assert.deepEqual(keysOf(write), [..." 123bcn", "ArrowLeft", "ArrowRight", "End", "Home"].sort());
  for (const key of "312") write.keys()[key]();
  assert.deepEqual(taken, [9, 7, 3]);
});

test("Heads: before, after, all", () => {
  const state = { layer: -1, head: -1 },
    attention = new Attention({ data: new Uint8Array(0), shape: [2, 2, 0, 1] }),
    heads = panel(Heads, { host: { state }, attention });
  const seen = ["]", "]", "[", "[", "0"].map(key => {
    heads.keys()[key]();
    return `${state.layer} ${state.head}`;
  });
  assert.deepEqual(seen, ["0 0", "0 1", "0 0", "1 1", "-1 -1"]);
  assert.deepEqual(heads.urlParams(), { layer: "", head: "" });
});

test("Units: the next in the order of the strip, round its ends", () => {
  const state = { layer: 0, unit: 5, follow: "" },
    units = panel(Units, { host: { state }, strip: { order: [2, 5, 1] }, activity: { layers: 1 }, search: null });
  const seen = ["]", "]", "[", "b"].map(key => {
    units.keys()[key]();
    return state.unit;
  });
  assert.deepEqual(seen, [1, 2, 1, -1]);
});

test("Inside: a token, the first, the last", () => {
  const state = { place: 2, text: "" },
    inside = panel(Inside, { host: { state }, tokens: [4, 4, 4, 4], last: 3, hover: -1, view: {} });
  const seen = ["ArrowRight", "ArrowRight", "Home", "ArrowLeft", "End"].map(key => {
    inside.keys()[key]();
    return state.place;
  });
  assert.deepEqual(seen, [3, 3, 0, 0, 3]);
});
