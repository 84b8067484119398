// What keys and buttons do on the maps and in the latent space.

import assert from "node:assert/strict";
import test from "node:test";

import { actionsOf, keysOf } from "../../pages/codes/view/controls.js";
import { MapPointer } from "../../pages/codes/view/map_pointer.js";
import { LatentView } from "../../pages/latent/view/player.js";

// something that keeps what was called on it, with the values
const recorder = (calls, name = "") =>
  new Proxy(() => {}, {
    get: (_, part) => recorder(calls, name ? `${name}.${part}` : part),
    apply: (_, __, values) => void calls.push([name, ...values]),
  });

const atlas = known => {
  const calls = [];
  return { calls, view: new Proxy(known, { get: (own, part) => own[part] ?? recorder(calls, part) }) };
};

test("keys of the maps", () => {
  const { calls, view } = atlas({ state: { near: "off", ghost: "off" } });
  const keys = keysOf(view);
  for (const key of ["v", "b", "l", "n", "d", "i", "[", "]", " "]) keys[key]();
  assert.deepEqual(calls, [
    ["onChoice", "tool", "move"],
    ["onChoice", "tool", "box"],
    ["onChoice", "tool", "lasso"],
    ["onChoice", "near", "pixels"], // after "off" it begins anew
    ["onChoice", "ghost", "on"],
    ["selector.isolate"],
    ["bar.step", -1],
    ["bar.step", 1],
    ["bar.play"],
  ]);
});

test("escape shows all points again where some are shown alone, and then clears the selection", () => {
  const selection = { isolated: true };
  const { calls, view } = atlas({ selection });
  const keys = keysOf(view);
  keys.Escape();
  selection.isolated = false;
  keys.Escape();
  assert.deepEqual(calls, [["selector.isolate"], ["selector.choose", []], ["outOfSample.drop"]]);
});

test("buttons of a map act on the map that they stand on, and on none where it is gone", () => {
  const moves = [];
  const panel = { look: view => moves.push(["look", view]), zoomAt: factor => moves.push(["zoomAt", factor]) };
  const grid = { panelAround: () => panel };
  const view = { state: {}, bar: {}, selector: {}, points: {}, grid };
  const actions = actionsOf(view, {});
  actions.fit();
  actions["zoom-in"]();
  grid.panelAround = () => undefined;
  actions.remove();
  assert.deepEqual(moves, [
    ["look", null],
    ["zoomAt", 1.3],
  ]);
});

test("keys of one map move it; others are left to the page", () => {
  const moves = [];
  const panel = {
    pan: (dx, dy) => moves.push([dx, dy]),
    zoomAt: factor => moves.push([factor]),
    look: v => moves.push([v]),
  };
  const press = (key, more = {}) => {
    const event = { key, preventDefault: () => moves.push("taken"), stopPropagation() {}, ...more };
    MapPointer.prototype.key.call({ panel }, event);
  };
  for (const key of ["ArrowLeft", "ArrowUp", "-", "0", "x"]) press(key);
  press("ArrowLeft", { ctrlKey: true });
  assert.deepEqual(moves, ["taken", [50, 0], "taken", [0, 50], "taken", [1 / 1.3], "taken", [null]]);
});

test("keys of the latent space: small steps, smaller as one is nearer, large ones with shift", () => {
  const nudges = [];
  const view = { plane: { frame: { zoom: 1 } }, panel: null, nudge: (du, dv) => nudges.push([du, dv]) };
  const keys = more => LatentView.prototype.keys.call(view, { shiftKey: false, target: {}, ...more });
  keys().ArrowRight();
  keys({ shiftKey: true }).ArrowDown();
  view.plane.frame.zoom = 10;
  keys().ArrowUp();
  assert.deepEqual(nudges.slice(0, 2), [
    [0.08, 0],
    [0, -0.5],
  ]);
  assert.ok(nudges[2][1] > 0 && nudges[2][1] < 0.02);
});

test("keys of the open panel come before those of the map, and escape leaves the panel first", () => {
  const calls = [];
  const panel = { keys: () => ({ g: () => calls.push("panel") }), onEscape: () => true };
  const view = { plane: { frame: null }, panel, space: { z: 1 }, moveTo: () => calls.push("moved") };
  const keys = LatentView.prototype.keys.call(view, { target: {} });
  keys.g();
  keys.Escape();
  panel.onEscape = () => false;
  keys.Escape();
  assert.deepEqual(calls, ["panel", "moved"]);
});
