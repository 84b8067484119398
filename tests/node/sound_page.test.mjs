// Sound: what is heard and when, links, the axis of time, classes.

import assert from "node:assert/strict";
import test from "node:test";
import { lengthAfter } from "../../pages/sound/view/beginning.js";
import { reachOf } from "../../pages/sound/view/dilation_tree.js";
import { firstChange, freshSeed, packEdits, unpackEdits, withEdit } from "../../pages/sound/view/edits.js";
import { classCurves, classesAt } from "../../pages/sound/view/hear_view.js";
import { Listening, neededBefore } from "../../pages/sound/view/listening.js";
import { drawnName, known, MEAN, OWN, reachText, readAs, useKnown } from "../../pages/sound/view/model.js";
import { MuLaw } from "../../pages/sound/view/mu_law.js";
import { amount } from "../../pages/sound/view/structure_view.js";
import { rulerStep, TimeWindow } from "../../pages/sound/view/time_window.js";
import { Track } from "../../pages/sound/view/track.js";
import { fullScale } from "../../pages/sound/view/wave_painting.js";
import { POINTS, packWave, repeated, SHAPE_NAMES, shapeOf, unpackWave } from "../../pages/sound/view/wave_shape.js";
import { values } from "./values.mjs";

/** A loudspeaker that only notes what it is told. */
class Silent {
  ready = false;
  said = [];
  async start() {
    this.ready = true;
  }
  say(message) {
    this.said.push(message);
  }
}

test("after a beginning something is left to draw, as long as a sound may be", () => {
  const model = { rate: 8000, most: 32000 };
  assert.equal(lengthAfter(0, 600, model), 600);
  assert.equal(lengthAfter(1600, 600, model), 600, "400 ms are left");
  assert.equal(lengthAfter(2000, 600, model), 650);
  assert.equal(lengthAfter(16000, 600, model), 2400);
  assert.equal(lengthAfter(32000, 600, model), 4000);
});

test("a class or speaker that the model has not is said, and the mean is taken", () => {
  const model = { classes: ["0", "1"], speakers: ["ann"] },
    state = { label: 7, speaker: 0, seed: 3 };
  assert.deepEqual(useKnown(state, model), ["The link's class 7 was not used: there are 2, from 0."]);
  assert.deepEqual(state, { label: MEAN, speaker: 0, seed: 3 });
  assert.deepEqual(useKnown(state, model), []);
  assert.equal(drawnName(state, model), "drawn: ann, seed 3");
  assert.deepEqual(useKnown({ label: 0, speaker: 0 }, { classes: [], speakers: [] }), [], "it knows none");
});

test("the height is a power of two that holds the loudest sample", () => {
  assert.deepEqual([0, 0.001, 0.03, 0.125, 0.13, 0.9, 1].map(fullScale), [1 / 64, 1 / 64, 1 / 32, 1 / 8, 1 / 4, 1, 1]);
});

test("another seed is none that holds already", () => {
  assert.equal(freshSeed(4, []), 5);
  assert.equal(
    freshSeed(4, [
      { at: 9, seed: 11 },
      { at: 12, level: 200 },
    ]),
    12,
  );
});

test("a sound is held back just long enough to be heard without a gap", () => {
  assert.equal(neededBefore(0, 8000, 8000, 0), 8000, "nothing is known of the speed");
  assert.equal(neededBefore(0, 8000, 8000, 4000), 8000 - 0.85 * 4000);
  assert.equal(neededBefore(4000, 8000, 8000, 4000), 8000 - 0.85 * 2000);
  assert.equal(neededBefore(0, 8000, 8000, 20000), 1200, "drawn faster than heard: a moment ahead is enough");
  assert.equal(neededBefore(7900, 8000, 8000, 20000), 8000);
});

test("it begins once enough is there, and the loudspeaker has all samples once", async () => {
  const output = new Silent(),
    moved = [],
    listening = new Listening(
      output,
      1000,
      at => moved.push(at),
      () => {},
    );
  const sound = Float32Array.from({ length: 1000 }, (_, i) => i / 1000);
  listening.attach(sound);
  listening.extend(100);
  assert.deepEqual(output.said, [], "nothing before a click");
  await listening.play(0);
  assert.ok(listening.wanted && !listening.playing);
  listening.extend(400);
  listening.speed = 900;
  listening.extend(700);
  assert.ok(listening.playing);
  listening.extend(1000);
  const puts = output.said.filter(({ samples }) => samples?.length);
  assert.deepEqual(
    puts.flatMap(({ samples }) => Array.from(samples)),
    Array.from(sound),
  );
  assert.deepEqual(
    puts.map(({ complete }) => complete),
    [false, false, false, true],
  );
  listening.onReport({ position: 300, playing: true, waited: 0, heard: 300, ended: false });
  listening.onReport({ position: 1000, playing: false, waited: 0, heard: 1000, ended: true });
  assert.deepEqual(moved, [300, 999]);
  assert.ok(!listening.playing && !listening.wanted);
  listening.extend(500, 500);
  const last = output.said.at(-1);
  assert.deepEqual([last.do, last.from, last.samples.length, last.complete], ["put", 500, 0, false], "a branch");
});

// -- edits, links -----------------------------------------------------------------------------------------

test("edits survive their link, and nonsense is none", () => {
  const edits = [
    { at: 3, level: 200 },
    { at: 50, seed: 7 },
    { at: 51, level: 0 },
  ];
  assert.equal(packEdits(edits), "3.200,50*7,51.0");
  assert.deepEqual(unpackEdits(packEdits(edits), 100, 256), edits);
  assert.deepEqual(unpackEdits("", 100, 256), []);
  for (const text of ["x", "3", "3.", "3.256", "100.1", "50.1,3.1", "3.1,", "3*9999999999", "-3.1", "3.1.2"])
    assert.equal(unpackEdits(text, 100, 256), null, text);
  assert.equal(unpackEdits(Array.from({ length: 61 }, (_, i) => `${i}.1`).join(","), 100, 256), null);
});

test("an edit drops those after it; what differs first", () => {
  const edits = [
    { at: 3, level: 200 },
    { at: 50, seed: 7 },
  ];
  assert.deepEqual(withEdit(edits, { at: 20, level: 1 }), [edits[0], { at: 20, level: 1 }]);
  assert.deepEqual(withEdit(edits, { at: 3, level: 1 }), [{ at: 3, level: 1 }]);
  assert.equal(firstChange(edits, edits), Number.POSITIVE_INFINITY);
  assert.equal(firstChange(edits, [edits[0]]), 50);
  assert.equal(firstChange([], edits), 3);
  assert.equal(firstChange(edits, [{ at: 3, level: 201 }, edits[1]]), 3);
});

test("a drawn wave survives its link, and repeats at its pitch", () => {
  for (const name of SHAPE_NAMES) assert.deepEqual(unpackWave(packWave(shapeOf(name))), shapeOf(name));
  for (const text of ["", "A", "A".repeat(POINTS - 1), "!".repeat(POINTS)]) assert.equal(unpackWave(text), null);
  const wave = repeated(shapeOf("saw"), 100, 400, 8000); // 80 samples a period
  assert.equal(wave.length, 400);
  assert.equal(Math.abs(wave[0]), 0);
  for (let t = 200; t < 300; t++) assert.ok(Math.abs(wave[t] - wave[t + 80]) < 1e-6);
});

// -- the axis of time -------------------------------------------------------------------------------------

test("zooming keeps the sample under the pointer, and ends at the whole and at a few samples", () => {
  const window = new TimeWindow(8000);
  window.zoom(4, 3000);
  assert.equal(window.span, 2000);
  assert.ok(Math.abs(window.x(3000, 800) - 300) < 1e-9);
  assert.equal(window.sampleAt(300, 800), 3000);
  window.zoom(1e9, 3000);
  assert.equal(window.span, 16);
  window.zoom(1e-9, 3000);
  assert.ok(window.whole && window.first === 0);
  window.show(7990, 100);
  assert.deepEqual([window.first, window.span], [7900, 100]);
  window.reveal(10);
  assert.ok(window.first === 0 && window.span === 100);
  window.reveal(4000);
  assert.ok(window.first > 3900 && window.first < 4000);
  window.resize(50);
  assert.ok(window.whole && window.span === 50);
  window.resize(9000);
  assert.ok(window.whole);
});

test("marks of the ruler are round numbers", () => {
  assert.equal(rulerStep(1, 84), 100);
  assert.equal(rulerStep(0.01, 84), 1);
  assert.ok(Math.abs(rulerStep(0.0021, 84) - 0.2) < 1e-9);
});

test("the tree reaches as far as the receptive field, and less with dilations off", () => {
  const reach = reachOf([1, 2, 4], []);
  assert.deepEqual(reach.at(-1), [1]);
  assert.deepEqual(reach[1], [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(reach[0], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(reach.length, 5);
  assert.deepEqual(reachOf([1, 2, 4], [2])[1], [1, 2, 5, 6]);
  assert.deepEqual(reachOf([1, 2, 4], [1, 2, 4])[0], [1, 2]);
  for (const given of values.wavenets) {
    const far = reachOf(given.dilations, [])[0];
    assert.equal(far.at(-1), given.receptiveField);
  }
});

// -- what is known of a sound -----------------------------------------------------------------------------

test("a track knows samples, predictions and surprise, and forgets from a branch on", () => {
  const law = new MuLaw(4),
    track = new Track(law, 2000);
  track.give([3, 2, 1]);
  assert.deepEqual([track.length, track.told], [3, 0]);
  assert.equal(track.prediction(0), null);
  const row = [-1, -2, -3, -3],
    levels = Uint8Array.from({ length: 1500 }, (_, t) => t % 4);
  track.append({ first: 0, levels, logProbs: Float32Array.from(Array.from(levels, () => row).flat()) });
  assert.deepEqual([track.length, track.told], [1500, 1500]);
  assert.equal(track.bitsPerSample(), 9 / 4);
  assert.equal(track.bitsPerSample(1, 2), 2);
  assert.deepEqual(Array.from(track.prediction(1400)), row);
  assert.equal(track.amplitudes[3], law.amplitudes[3]);
  track.truncate(10);
  assert.deepEqual([track.length, track.told, track.complete], [10, 10, false]);
  assert.equal(track.prediction(10), null);
  assert.ok(Number.isNaN(track.bitsPerSample(10)));
});

test("the likeliest class up to a sample", () => {
  const found = { places: [1, 10, 20], bits: Float32Array.from([5, 30, 60, 6, 29, 63, 5, 40, 90]) };
  assert.equal(classesAt(found, 20).best, 0);
  assert.equal(classesAt(found, 15).best, 1);
  const { posterior } = classesAt(found, 15);
  assert.ok(Math.abs(posterior.reduce((a, b) => a + b) - 1) < 1e-9);
  assert.ok(Math.abs(posterior[1] / posterior[0] - 2) < 1e-9, "one bit less: twice as likely");
  assert.deepEqual(classesAt(found, 0).bits, [5, 6, 5]);
});

test("classes millisecond by millisecond, above the cheapest", () => {
  const found = { places: [1, 10, 20], bits: Float32Array.from([5, 30, 60, 6, 29, 63]) };
  const curves = classCurves(found, 2, 4000); // four samples a millisecond
  assert.deepEqual(
    curves.map(curve => Array.from(curve)),
    [
      [0, 0, 1, 1, 0],
      [1, 1, 0, 0, 3],
    ],
  );
});

test("what the past is worth, in words", () => {
  /** @type {[number, number][]} */
  const reach = [
    [0, 7.1],
    [1, 6],
    [8, 5],
    [16, 4.5],
    [1024, 4],
  ];
  assert.equal(
    reachText({ reach, rate: 8000 }),
    "Bits per test sample: 6.00 with the last one, 4.50 with the last 16 (2.0 ms), 4.00 with the last 1,024 (128 ms).",
  );
  assert.equal(reachText({ reach: [], rate: 8000 }), "");
});

test("a recording is read as what it is, as another, or as the mean of all", () => {
  assert.equal(readAs(OWN, 2, ["a", "b", "c"]), 2);
  assert.equal(readAs(1, 2, ["a", "b", "c"]), 1);
  assert.equal(readAs(OWN, undefined, ["a"]), MEAN);
  assert.equal(readAs(OWN, 2, []), MEAN);
  assert.equal(known(5, ["a"]), MEAN);
});

test("amounts in words", () => {
  assert.deepEqual([12, 1234, 56_000, 1_500_000, 2.5e11, 3e12].map(amount), [
    "12",
    "1.2 thousand",
    "56 thousand",
    "1.5 million",
    "250 billion",
    "3.0 trillion",
  ]);
});
