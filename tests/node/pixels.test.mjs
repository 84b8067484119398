// Pixel by pixel: what its panels compute.

import assert from "node:assert/strict";
import test from "node:test";

import { summarize } from "../../pages/pixels/view/completions.js";
import { describeField } from "../../pages/pixels/view/field.js";
import { conclusion as driftConclusion } from "../../pages/pixels/view/forcing.js";
import { anotherExample } from "../../pages/pixels/view/image_picker.js";
import { comparisons, conclusion } from "../../pages/pixels/view/inpainting_methods.js";
import * as model from "../../pages/pixels/view/model.js";
import { brush } from "../../pages/pixels/view/order.js";
import { edges } from "../../pages/pixels/view/overlays.js";
import { animationMessage, frameTimes } from "../../pages/pixels/view/paint_animation.js";
import * as painting from "../../pages/pixels/view/paint_state.js";
import { pixelPainter } from "../../pages/pixels/view/paint_view.js";
import { SampleBuffer } from "../../pages/pixels/view/sample_buffer.js";
import { ranked, readSurprisal } from "../../pages/pixels/view/surprise.js";
import { quantize, quantizeDrawing } from "../../pages/shared/view/levels.js";
import { rowsOf } from "../../pages/shared/view/rows.js";
import { gap, values } from "./values.mjs";

const plane = (data, shape = [data.length]) => ({ data, shape });

// -- one image ------------------------------------------------------------------------------------------

for (const { levels, temperature, logits, probs, entropy } of values.predictions)
  test(`probabilities of ${levels} levels at temperature ${temperature}`, () => {
    const buffer = new SampleBuffer({ levels, d: 3 }, 0, 0);
    buffer.append(0, 1, {
      values: plane(Uint8Array.of(1), [1, 1]),
      logits: plane(Float32Array.from(logits), [1, 1, logits.length]),
      nats: plane(Float32Array.of(0.5), [1, 1]),
    });
    assert.equal(buffer.length, 2);
    assert.ok(!buffer.hasPrediction(0) && buffer.hasPrediction(1) && !buffer.hasPrediction(2));
    assert.ok(gap(buffer.probs(1, temperature), probs) < 1e-6);
    assert.ok(Math.abs(buffer.entropies[1] - entropy) < 1e-6);
    assert.equal(buffer.logProb(), -0.5);
  });

/** A buffer of bits, all of it sampled: value t % 2, predicted with p = 0.5 + t / 20 for 1. */
function sampled(d = 8, key = 0, image = 0) {
  const buffer = new SampleBuffer({ levels: 2, d }, key, image);
  const p = Array.from({ length: d }, (_, t) => 0.5 + t / 20);
  buffer.append(0, 0, {
    values: plane(
      Uint8Array.from(p, (_, t) => t % 2),
      [1, d],
    ),
    logits: plane(
      Float32Array.from(p, x => Math.log(x / (1 - x))),
      [1, d],
    ),
    nats: plane(
      Float32Array.from(p, (x, t) => -Math.log(t % 2 ? x : 1 - x)),
      [1, d],
    ),
  });
  return buffer;
}

test("a changed pixel keeps the past, and costs what its own value does", () => {
  const old = sampled(),
    copy = new SampleBuffer(old.model, 5, 0, old).copyPrefix(old, 4, 0);
  assert.deepEqual([...copy.values], [0, 1, 0, 0, 0, 0, 0, 0]);
  assert.equal(copy.length, 4);
  assert.ok(copy.hasPrediction(3) && !copy.hasPrediction(4));
  assert.ok(Math.abs(copy.nats[3] + Math.log(1 - 0.65)) < 1e-6);
  assert.ok(Math.abs(copy.logProb(3) - old.logProb(3)) < 1e-9);
});

// -- orders, regions, levels ----------------------------------------------------------------------------

test("places in an order", () => assert.deepEqual([...model.ranksOf([2, 0, 3, 1])], [1, 3, 0, 2]));

test("a plane cut into images", () => {
  assert.deepEqual(
    rowsOf(Uint8Array.of(1, 2, 3, 4), 2).map(row => [...row]),
    [
      [1, 2],
      [3, 4],
    ],
  );
});

test("regions are those of the server", () => {
  for (const { name, height, width, mask } of values.regions)
    assert.deepEqual([...model.regionMask({ height, width }, name)], mask, name);
});

test("what is given has the middle row and column", () => {
  assert.deepEqual([...model.givenMask({ width: 3, height: 3 }, "top")], [1, 1, 1, 1, 1, 1, 0, 0, 0]);
  assert.deepEqual([...model.givenMask({ width: 3, height: 2 }, "left")], [1, 1, 0, 1, 1, 0]);
});

for (const [levels, all] of Object.entries(values.levels))
  test(`greys to ${levels} levels, as data are made`, () => {
    const greys = Uint8Array.from({ length: 256 }, (_, grey) => grey);
    assert.deepEqual([...quantize(greys, Number(levels))], all);
  });

test("a drawing has the levels that its link brings back", () => {
  const greys = Uint8Array.from({ length: 256 }, (_, grey) => grey),
    linked = greys.map(grey => 17 * Math.round(grey / 17)); // four bits
  assert.deepEqual(quantizeDrawing(greys, 17), quantizeDrawing(linked, 17));
});

test("pixels and levels by name", () => {
  assert.equal(model.pixelName({ width: 8 }, 17), "row 3, column 2");
  assert.deepEqual([model.levelName({ levels: 2 }, 1), model.levelName({ levels: 17 }, 3)], ["on", "level 3 of 16"]);
});

test("a brush takes a disc", () => {
  const mask = new Uint8Array(64);
  brush({ width: 8, height: 8 }, mask, 4, 4, 1);
  assert.deepEqual(
    [...mask.keys()].filter(i => mask[i]),
    [27, 28, 35, 36],
  );
  brush({ width: 8, height: 8 }, mask, 3.5, 3.5, 0);
  assert.equal(mask[27], 0);
});

test("the line around a region, at the edge of the image too", () => {
  assert.deepEqual(edges({ width: 2, height: 1 }, [1, 0]), [
    [0, 0, 1, 0],
    [0, 0, 0, 1],
    [1, 0, 1, 1],
    [0, 1, 1, 1],
  ]);
  assert.deepEqual(edges({ width: 2, height: 2 }, [0, 0, 0, 0]), []);
});

test("another example, of any class or of one", () => {
  const set = { examples: Array(6).fill(new Uint8Array(0)), labels: [0, 1, 0, 1, 0, 1] };
  assert.equal(anotherExample(set, 5, "", 1), 0);
  assert.equal(anotherExample(set, 0, "0", -1), 4);
  assert.equal(
    anotherExample(set, 2, "0", 0, () => 0.99),
    4,
    "not the same again",
  );
  assert.equal(anotherExample(set, 2, "7", 1), null);
});

// -- painting -----------------------------------------------------------------------------------------------

const MODEL = { levels: 2, d: 8, width: 4 };

/** Two complete images. */
function state(given = null) {
  const made = painting.createPaintState(MODEL, -1);
  painting.restart(made, 2, given);
  painting.setOrder(made, Uint16Array.of(7, 6, 5, 4, 3, 2, 1, 0));
  made.buffers = [sampled(8, 0, 0), sampled(8, 1, 1)];
  return made;
}

test("a link's place is within the image, and plays without one", () => {
  const [playing, standing] = [-1, 100].map(t => painting.createPaintState(MODEL, t));
  assert.deepEqual([playing.t, playing.playing, standing.t, standing.playing], [0, true, 8, false]);
});

test("playing stops where sampling is, and at the end", () => {
  const made = state();
  made.buffers[1].length = 3;
  assert.ok(painting.advance(made, 5, false));
  assert.equal(made.t, 3);
  made.buffers[1].length = 8;
  assert.ok(!painting.advance(made, 5, false) && !made.playing);
  painting.play(made, true);
  assert.deepEqual([made.t, made.playing], [0, true]);
  assert.ok(painting.advance(made, 100, true), "a loop begins again");
  assert.equal(made.t, 0);
});

test("seeking stands, within what is there", () => {
  const made = state();
  made.start = 2;
  painting.seek(made, 0);
  assert.deepEqual([made.t, made.playing], [2, false]);
  painting.seek(made, 99);
  assert.equal(made.t, 8);
});

test("what is given first is there from the beginning", () => {
  const levels = Uint8Array.of(0, 1, 0, 1, 0, 1, 0, 1),
    mask = Uint8Array.of(0, 0, 0, 0, 1, 1, 1, 1),
    made = painting.createPaintState(MODEL, -1);
  painting.restart(made, 1, { levels, mask });
  painting.setOrder(made, Uint16Array.of(7, 6, 5, 4, 3, 2, 1, 0));
  painting.fillGiven(made, 4);
  assert.deepEqual([made.start, made.t, made.buffers[0].length], [4, 4, 4]);
  assert.deepEqual([...made.buffers[0].values], [1, 0, 1, 0, 0, 0, 0, 0]);
  made.buffers[0].values[4] = 1; // pixel 3
  const known = painting.knownPixels(made, made.buffers[0], 5);
  assert.deepEqual([...known.mask], [0, 0, 0, 1, 1, 1, 1, 1]);
  assert.deepEqual([...known.levels], [0, 1, 0, 1, 0, 1, 0, 1]);
});

test("a pixel is changed at the playhead, and changed back", () => {
  const made = state(),
    old = made.buffers[1];
  made.t = 4.7;
  assert.equal(painting.editAtPlayhead(made, 1, old.values[3]), null, "the same value");
  const edit = painting.editAtPlayhead(made, 1, 0);
  assert.deepEqual(edit, { image: 1, after: 4, value: 0, key: 1 });
  const buffer = painting.changePixel(made, edit);
  assert.equal(made.buffers[1], buffer);
  assert.deepEqual([buffer.length, buffer.edits, made.undoable], [4, [edit], [1]]);
  assert.equal(painting.changePixel(made, { ...edit, after: 6 }), null, "not sampled yet");
  assert.equal(painting.undoEdit(made), 1);
  assert.deepEqual([made.buffers[1] === old, made.t, made.playing], [true, 4, false]);
  assert.equal(painting.undoEdit(made), null);
});

test("given pixels cannot be changed", () => {
  const made = state();
  made.start = 3;
  made.t = 3;
  assert.equal(painting.editAtPlayhead(made, 0, 1), null);
  assert.equal(painting.changePixel(made, { image: 0, after: 2, value: 1, key: 0 }), null);
});

test("continuations share the past, each with its own noise", () => {
  const made = state();
  made.t = 5;
  const { after, buffers } = painting.branchOut(made, 1);
  assert.deepEqual([after, buffers.length, made.t, made.playing], [5, painting.CONTINUATIONS, 5, true]);
  assert.equal(new Set(buffers.map(({ key }) => key)).size, buffers.length);
  assert.ok(buffers.every(buffer => buffer.length === 5 && buffer.values[3] === made.buffers[1].values[3]));
  assert.equal(painting.sampledByAll(made), 5);
  const edit = painting.editOfContinuation(made, 2);
  assert.deepEqual(edit, { image: 1, after: 5, value: made.buffers[1].values[4], key: buffers[2].key });
  made.t = 8;
  assert.equal(painting.branchOut(made, 1), null, "the image is complete");
});

test("changed pixels come back from a link, those that fit", () => {
  const made = state();
  painting.changePixel(made, { image: 0, after: 3, value: 1, key: 0 });
  painting.changePixel(made, { image: 1, after: 8, value: 0, key: 1003 });
  const text = painting.writeEdits(made.buffers);
  assert.equal(text, "0.3.1.0_1.8.0.1003");
  assert.deepEqual(
    painting.readEdits(text, MODEL, 2),
    made.buffers.flatMap(({ edits }) => edits),
  );
  assert.deepEqual(painting.readEdits(`${text}_2.3.1.0_0.9.1.0_0.3.2.0_0.3.1_<b>`, MODEL, 2).length, 2);
  assert.deepEqual(painting.readEdits("", MODEL, 2), []);
});

test("pixels glow where predictions were uncertain", () => {
  const made = state(),
    colour = (t, glow, i) => {
      const out = new Uint8ClampedArray(4);
      pixelPainter(made.buffers[0], t, made, MODEL, glow, [1, 2, 3])(out, i, 0);
      return [...out];
    };
  assert.deepEqual(colour(3, "on", 0), [1, 2, 3, 255], "not sampled yet");
  assert.deepEqual(colour(3, "off", 6), [255, 255, 255, 255]);
  assert.deepEqual(colour(3, "on", 7), [217, 128, 17, 255], "one bit");
  assert.ok(colour(3, "fading", 7)[0] < 217 && colour(8, "fading", 7)[0] === 0, "it fades, and ends with the image");
});

test("frames of an animation end with the complete images", () => {
  const { times, count } = frameTimes(2, 12, 10);
  assert.deepEqual([count, times], [10, [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12, 12]]);
  assert.equal(frameTimes(0, 784, 784).count, 120);
  const made = state(),
    { header, planes } = animationMessage(made, i => i + 3, 16);
  assert.deepEqual(
    [header.fps, planes.tiles.shape, [...planes.classes.data.slice(0, 4)]],
    [16, [10, 2, 8], [3, 4, 3, 4]],
  );
  assert.deepEqual([...planes.tiles.data.slice(0, 8)], [90, 90, 90, 90, 90, 90, 90, 0], "one pixel is sampled");
});

// -- what panels say ----------------------------------------------------------------------------------------

test("completions differ as numpy says", () => {
  const { levels, known, order, given, samples, ...expected } = values.completions;
  const buffers = samples.map(image => ({ values: Uint8Array.from(order, i => image[i]), length: known }));
  buffers[0].length = order.length; // the slowest decides
  const found = summarize(buffers, order, levels, given);
  assert.ok(gap(found.mean, expected.mean) < 1e-6 && gap(found.bits, expected.bits) < 1e-6);
  assert.equal(found.unseen, expected.unseen);
  assert.ok(Math.abs(found.bitsPerPixel - expected.bitsPerPixel) < 1e-6);
  assert.equal(summarize(buffers, order, levels, undefined).unseen, 0);
});

test("the hardest tenth of the pixels", () => {
  const bits = Float32Array.from({ length: 20 }, (_, i) => (i === 7 ? 5 : i === 2 ? 3 : 0.1));
  const found = readSurprisal({
    header: { nats: 9, bits: 0.6, hardest: 0.8, label: null, variants: {} },
    planes: { bits: plane(bits), levels: plane(new Uint8Array(20)) },
  });
  assert.deepEqual([found.hardest, found.most], [[7, 2], 5]);
});

test("models by their costs, those without a likelihood after all others", () => {
  const costs = new Map([
    ["a", { nats: 9, nature: "exact" }],
    ["b", { nats: 1, nature: "no likelihood" }],
    ["c", { nats: 4, nature: "upper bound" }],
  ]);
  assert.deepEqual(ranked(["x", "a", "b", "y", "c"], costs), ["c", "a", "b", "x", "y"]);
});

test("what a field sees", () => {
  const rank = [0, 1, 2, 3];
  assert.equal(describeField([1, 0, 0, 0], rank, 2), "sees 1 of 2 earlier pixels; neither itself nor later pixels");
  assert.equal(describeField([1, 1, 1, 1], rank, 2), "sees 2 of 2 earlier pixels, itself and 1 later");
  assert.equal(describeField([0, 0, 1, 0], rank, 2), "sees 0 of 2 earlier pixels, itself");
});

test("orders and methods that are compared", () => {
  assert.deepEqual(comparisons(["raster"]), [
    ["raster", "held"],
    ["raster", "weighted"],
    ["raster", "renewed"],
  ]);
  assert.deepEqual(
    comparisons(["own", "random"]).map(pair => pair.join(" ")),
    ["own held", "own first", "random held", "random first"],
  );
});

test("what inpainting shows", () => {
  const result = (after, effective) => ({ after, effective, drawings: 1000 });
  const found = new Map([
    ["raster held", result(12.34, 3)],
    ["raster truth", result(5, undefined)],
  ]);
  assert.equal(conclusion(new Map(), ["raster"], true), "");
  assert.equal(conclusion(found, ["raster"], true), "", "the particle filter has not come");
  found.set("raster renewed", result(8, 40));
  assert.match(
    conclusion(found, ["raster"], true),
    /: 12\.3 nats after the samples.*3 of 1,000 samples are effective; with the particle filter: 8\.0 nats/,
  );
  assert.match(conclusion(found, ["raster"], false), /masks are wrong/);
  found.set("raster held", result(0.01, 1000));
  assert.match(conclusion(found, ["raster"], true), /this region is easy/);
});

test("what free runs cost, with its error", () => {
  const drift = { t: 30, gap: 1, error: 0.2, images: 50 },
    all = { d: 64, proper: true };
  assert.match(driftConclusion(drift, all), /1\.00 ± 0\.20 nats less .* more probable than real/);
  assert.match(driftConclusion({ ...drift, gap: -1 }, all), /1\.00 ± 0\.20 nats more .* less probable than real/);
  assert.match(driftConclusion({ ...drift, gap: 0.3 }, all), /Within two standard errors/);
  assert.match(driftConclusion({ ...drift, t: 64 }, all), /nothing is sampled/);
});
