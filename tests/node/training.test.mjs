import assert from "node:assert/strict";
import test from "node:test";

import { chartOf, totalEpochs } from "../../pages/train/view/chart.js";
import { rateChanges, scheduleFactor, TrainingHistory } from "../../pages/train/view/history.js";
import { fittingEpochs, largestGrid, sheetOf } from "../../pages/train/view/image_grid.js";
import { metricsOf, sheetsOf, shownMetric, shownSheet } from "../../pages/train/view/metrics.js";
import { duration, epochNumber, number, remaining } from "../../pages/train/view/numbers.js";
import { PictureCache } from "../../pages/train/view/picture_cache.js";
import { readLink } from "../../pages/train/view/player.js";
import { Playhead } from "../../pages/train/view/playhead.js";
import { linePoints } from "../../pages/train/view/plot.js";
import { nextLook, pictureEpoch, Run } from "../../pages/train/view/run.js";
import { factTexts, noteText, offeredActions, resumeText, stateText } from "../../pages/train/view/run_text.js";
import { axis, evenTicks, logTicks, nearest, smoothed, valueRange } from "../../pages/train/view/scales.js";
import { gap, values } from "./values.mjs";

const LOSS = { name: "loss", title: "Loss", unit: "nats", better: "", about: "" };
const ACCURACY = { name: "accuracy", title: "Accuracy", unit: "", better: "higher", about: "" };

const status = (more = {}) => ({
  id: "run",
  title: "A run",
  kind: "train",
  state: "running",
  want: "run",
  message: "",
  place: null,
  device: "cpu",
  step: 50,
  total_steps: 100,
  epoch: 5,
  total_epochs: 10,
  loss: 0.5,
  lr: 0.1,
  rate: 1234.5,
  elapsed: 61,
  left: 61,
  phase: null,
  asked_lr: null,
  saved: false,
  log: [],
  curve: [],
  history: [],
  metrics: [LOSS, ACCURACY],
  pictures: [],
  preset: { train: { lr: 0.1, lr_schedule: "constant", lr_hold: 0 } },
  ...more,
});

/** A run that has been told all of this; nothing is fetched. */
function runOf(more = {}, cached = []) {
  const history = new TrainingHistory();
  const now = status(more);
  history.append(now.curve, now.history);
  const pictures = new PictureCache(
    async epoch => ({ epoch, sheets: [], planes: {}, bytes: 1 }),
    () => {},
  );
  for (const epoch of cached)
    pictures.add({ epoch, sheets: [{ name: "samples", title: "Samples" }], planes: {}, bytes: 1 });
  return {
    id: now.id,
    version: 1,
    status: now,
    state: now.state,
    live: now.state === "running",
    history,
    pictures,
    pictured: now.pictures,
    totalEpochs: now.total_epochs,
    rateChanges: rateChanges(now, history.curve),
    pictureEpoch: epoch => pictureEpoch(now.pictures, epoch),
  };
}

const epochsTo = n => Array.from({ length: n }, (_, i) => ({ epoch: i + 1, accuracy: i / n, "train.accuracy": i / n }));
const stateOf = (more = {}) => ({
  curve: "",
  sheet: "",
  x: "linear",
  y: "all",
  unit: "epoch",
  smooth: false,
  fps: 10,
  at: null,
  playing: false,
  picked: -1,
  ...more,
});

function playheadOf(runs, more = {}) {
  const playhead = new Playhead(stateOf(more));
  playhead.runs = runs;
  return playhead;
}

// -- numbers and scales ----------------------------------------------------------------------------

test("numbers as people write them", () => {
  const texts = [null, Number.NaN, 0, 1234567, -0.05, 1e-5, -2.5e12, 0.123456].map(x => number(x));
  assert.deepEqual(texts, ["–", "–", "0", "1,235,000", "−0.05", "1×10⁻⁵", "−2.5×10¹²", "0.1235"]);
  assert.equal(number(2, 2), "2.00");
  assert.deepEqual([59.4, 61, 3700].map(duration), ["59 s", "1 min 01 s", "1 h 01 min"]);
  assert.deepEqual([3, 42, 70, 600, 7200, 200_000].map(remaining), [
    "a few seconds left",
    "about 40 s left",
    "about a minute left",
    "about 10 min left",
    "about 2 h left",
    "about 2 days left",
  ]);
  assert.deepEqual([3.99, 123.9].map(epochNumber), ["3.9", "123"]);
});

test("ticks are round and in their range", () => {
  assert.deepEqual(evenTicks(0, 1, 5), { step: 0.2, ticks: [0, 1, 2, 3, 4, 5].map(i => i * 0.2) });
  assert.deepEqual(evenTicks(-3, 17, 4).ticks, [0, 5, 10, 15]);
  assert.deepEqual(logTicks(1, 100, 9), [1, 2, 5, 10, 20, 50, 100]);
  assert.deepEqual(logTicks(1, 1e6, 4), [1, 100, 10_000, 1_000_000]);
});

test("a range holds its values with some air; logarithmic only where all are positive", () => {
  const line = { xs: [0, 1, 2], ys: [5, 10, Number.NaN] };
  assert.deepEqual(valueRange([line], "all", 0), { low: 4.7, high: 10.3, log: false });
  assert.deepEqual(valueRange([line], "all", 1), { low: 8.88, high: 11.12, log: false });
  const log = valueRange([line], "log", 0);
  assert.ok(log.log && log.low > 4 && log.low < 5 && log.high > 10);
  assert.equal(valueRange([{ xs: [0, 1], ys: [-1, 1] }], "log", 0).log, false);
  const outlier = {
    xs: Array.from({ length: 100 }, (_, i) => i),
    ys: Array.from({ length: 100 }, (_, i) => (i ? 1 : 1e6)),
  };
  assert.ok(valueRange([outlier], "most", 0).high < 2);
});

test("places on an axis and back", () => {
  for (const log of [false, true]) {
    const { place, value } = axis(1, 100, log, 50, 250);
    assert.ok(gap([1, 10, 100].map(place).map(value), [1, 10, 100]) < 1e-9);
    assert.deepEqual([place(1), place(100)], [50, 250]);
    assert.deepEqual([value(0), value(999)], [1, 100]);
  }
  assert.equal(axis(1, 100, true, 0, 200).place(10), 100);
});

test("the nearest place", () => {
  assert.deepEqual(
    [0, 1.4, 1.5, 2.6, 99].map(x => nearest([1, 2, 3], x)),
    [0, 0, 0, 2, 2],
  );
  assert.equal(nearest([], 1), -1);
});

test("smoothing leaves lines straight and gaps open", () => {
  const line = Array.from({ length: 100 }, (_, i) => i);
  assert.ok(gap(smoothed(line), line) < 1e-9);
  assert.ok(Number.isNaN(smoothed([1, Number.NaN, 3, 4])[1]));
  assert.equal(smoothed([0, 3, 0])[1], 1);
});

test("of many points in half a pixel the extremes are drawn, and gaps are kept", () => {
  const xs = [0, 0.1, 0.2, 0.3, 5],
    ys = [1, 9, 0, 4, 2];
  const same = x => x;
  const points = linePoints(xs, ys, 0, same, same);
  assert.deepEqual(
    points.map(({ y }) => y),
    [1, 0, 9, 4, 2],
  );
  const broken = linePoints([0, 1, 2, 3], [1, Number.NaN, 3, 4], 0, same, same);
  assert.deepEqual(
    broken.map(({ x, begins }) => [x, begins]),
    [
      [0, true],
      [2, true],
      [3, false],
    ],
  );
  assert.deepEqual(linePoints([0, 1, 2], [5, 6, 7], 1, same, same)[0], { x: 1, y: 6, begins: true });
});

// -- histories -------------------------------------------------------------------------------------

test("schedules are those of the training", () => {
  for (const { schedule, hold, factors } of values.schedules)
    factors.forEach(([done, factor]) =>
      assert.ok(Math.abs(scheduleFactor({ lr_schedule: schedule, lr_hold: hold }, done) - factor) < 1e-9),
    );
});

test("a learning rate that was set by hand is found in the curve, whatever the schedule", () => {
  for (const lr_schedule of ["constant", "linear", "cosine"]) {
    const train = { lr: 0.1, lr_schedule, lr_hold: 0.2 };
    const total = 1000;
    const curve = Array.from({ length: 20 }, (_, i) => {
      const step = 50 * i + 1;
      return [step, step / 100, 1, (step < 400 ? 0.1 : 0.03) * scheduleFactor(train, (step - 1) / total)];
    });
    const found = rateChanges({ preset: { train }, total_steps: total, total_epochs: 10 }, curve);
    assert.deepEqual([found.length, found[0][0]], [1, 4.01]);
    assert.ok(Math.abs(found[0][1] - 0.03) < 1e-9);
  }
  const finished = { preset: { train: { lr: 1, lr_changes: [[50, 0.5]] } }, total_steps: 100, total_epochs: 8 };
  assert.deepEqual(rateChanges(finished, []), [[4, 0.5]]);
  assert.deepEqual(rateChanges({}, []), []);
});

test("a history grows by what is new", () => {
  const history = new TrainingHistory();
  assert.deepEqual([history.lastStep, history.empty], [-1, true]);
  history.append([[10, 0.1, 5, 0.1]], []);
  history.append(
    [
      [10, 0.1, 5, 0.1],
      [20, 0.2, null, 0.1],
    ],
    [{ epoch: 1, loss: 4, "train.loss": 3 }],
  );
  assert.deepEqual([history.lastStep, history.empty], [20, false]);
  assert.deepEqual(history.line("loss", "within"), { xs: [0.1, 0.2], ys: [5, Number.NaN] });
  assert.deepEqual(history.line("lr", "within").ys, [0.1, 0.1]);
  assert.deepEqual(history.line("loss", "train"), { xs: [1], ys: [3] });
  assert.deepEqual(history.line("loss", "held"), { xs: [1], ys: [4] });
  assert.equal(history.line("loss", "held"), history.line("loss", "held"), "computed once");
});

test("a run is looked at as often as there can be news", () => {
  assert.deepEqual(
    ["running", "paused", "queued"].map(state => nextLook(state, 0, false, null)),
    [700, 1400, 3000],
  );
  assert.equal(nextLook("running", 0, true, null), 6000);
  assert.equal(nextLook("finished", 0, false, null), null);
  assert.equal(nextLook("finished", 0, false, 200), 200);
  assert.deepEqual(
    [1, 3, 9].map(fails => nextLook("finished", fails, false, null)),
    [1000, 3000, 5000],
  );
});

test("answers are merged; a run that began anew is asked for from its beginning", () => {
  globalThis.document = { hidden: false };
  globalThis.fetch = () => new Promise(() => {});
  let news = 0;
  const run = new Run(
    "r",
    "./api/runs",
    () => {
      news += 1;
    },
    () => {},
  );
  run.onAnswer({ status: 200, body: status({ curve: [[10, 1, 5, 0.1]], asked_lr: 0.5 }) }, false);
  assert.deepEqual([run.history.lastStep, run.baseRate, news], [10, 0.5, 1]);
  run.onAnswer({ status: 200, body: status({ step: 20 }) }, false);
  assert.deepEqual([run.history.lastStep, run.status.step, run.pictured], [-1, 20, []]);
  run.onAnswer({ status: 0, body: null }, true);
  assert.deepEqual([run.offline, run.problem], [true, "The server does not answer: nothing was changed."]);
  run.onAnswer({ status: 507, body: { error: "The disk is full." } }, true);
  assert.deepEqual([run.offline, run.problem], [false, "The disk is full."]);
  run.onAnswer({ status: 404, body: { error: "It is gone." } }, false);
  assert.deepEqual([run.state, run.status.message], ["gone", "It is gone."]);
  run.close();
});

// -- words -----------------------------------------------------------------------------------------

test("a run says its state, how far it is and how to go on", () => {
  assert.deepEqual(stateText(status()), { sign: "play", word: "training" });
  assert.equal(stateText(status({ want: "pause" })).word, "pausing …");
  assert.equal(stateText(status({ state: "paused", want: "pause" })).word, "paused");
  assert.equal(noteText(status()), "step 50 of 100 · loss 0.5 · learning rate 0.1");
  const waiting = status({ state: "queued", place: 2, device: "cuda" });
  assert.match(noteText(waiting), /^Number 2 in the queue for the GPU \(cuda\)/);
  assert.match(noteText({ ...waiting, device: "auto" }), /^Number 2 in the queue for the cluster;/);
  assert.equal(noteText(status({ state: "failed" })), "An error occurred. Try again starts over.");
  assert.match(noteText(status({ state: "stopped", saved: true })), /^Resume continues from the saved state\./);
  assert.match(noteText(status({ state: "finished" })), /^finished early/);
  assert.deepEqual(factTexts(status(), true), {
    epoch: "epoch 5.0 of 10",
    rate: "1,230 examples/s",
    elapsed: "1 min 01 s so far",
    left: "about a minute left",
  });
  assert.deepEqual(offeredActions(status(), true), { pause: true, resume: false, stop: true, finish: true });
  const others = offeredActions(status({ read_only: true }), true);
  assert.deepEqual(others, { pause: false, resume: false, stop: false, finish: false });
  assert.equal(offeredActions(status({ state: "stopped", saved: true }), false).finish, true);
  assert.equal(resumeText(status({ state: "failed" }))[0], "Try again");
});

// -- what is shown ---------------------------------------------------------------------------------

test("the curve that tells most is shown, unless another is chosen", () => {
  const early = runOf({ curve: [[1, 0.1, 3, 0.1]] }),
    late = runOf({ history: epochsTo(5) });
  assert.deepEqual(
    metricsOf([early]).map(({ name }) => name),
    ["loss", "accuracy", "lr"],
  );
  assert.equal(shownMetric([early], "").name, "loss");
  assert.equal(shownMetric([early, late], "").name, "accuracy");
  assert.equal(shownMetric([late], "lr").name, "lr");
  assert.equal(shownMetric([], ""), undefined);
  assert.equal(shownSheet([runOf({}, [3])], "other").name, "samples");
  assert.equal(sheetsOf([runOf({}, [3]), runOf({}, [1])]).length, 1);
});

test("a chart has the lines of every run and a legend", () => {
  const runs = [runOf({ history: epochsTo(9) }), runOf({ id: "b", state: "finished", total_epochs: 20 })];
  const playhead = playheadOf(runs);
  const charted = {
    runs,
    metric: ACCURACY,
    state: playhead.state,
    playhead,
    colours: ["red", "blue"],
    names: ["A", "B"],
  };
  const { chart, legend } = chartOf(charted);
  assert.deepEqual(
    chart.lines.map(({ label, dash }) => [label, dash]),
    [
      ["training examples · A", undefined],
      ["test examples · A", true],
    ],
  );
  assert.deepEqual(
    legend.map(({ entries }) => entries.length),
    [2, 0],
  );
  assert.deepEqual([chart.x.high, chart.cursor, totalEpochs(runs)], [20, 9, 20]);
  playhead.state.smooth = true;
  assert.equal(chartOf(charted).chart.lines.length, 4, "the values stay, faint");
  playhead.setUnit("share");
  assert.deepEqual(chartOf(charted).chart.x.title, "fraction of training");
  assert.equal(chartOf({ ...charted, metric: undefined }).chart.lines.length, 0);
});

test("marks say where the learning rate was set by hand", () => {
  const changed = { preset: { train: { lr: 0.1, lr_changes: [[50, 0.5]] } } };
  const runs = [runOf({ ...changed, history: epochsTo(9) })];
  const playhead = playheadOf(runs);
  const charted = { runs, state: playhead.state, playhead, colours: ["red"], names: ["A"] };
  assert.deepEqual(chartOf({ ...charted, metric: ACCURACY }).chart.marks, [{ x: 5, text: "lr 0.5", colour: null }]);
});

test("a chart names the examples that it was chosen by, and marks the epoch that was kept", () => {
  const chosen = { kept_epoch: 4, preset: { train: { lr: 0.1, validation: 0.1 } } };
  const runs = [runOf({ ...chosen, history: epochsTo(9) })];
  const playhead = playheadOf(runs);
  const charted = { runs, metric: ACCURACY, state: playhead.state, playhead, colours: ["red"], names: ["A"] };
  const { chart } = chartOf(charted);
  assert.deepEqual(
    chart.lines.map(({ label }) => label),
    ["training examples", "validation examples"],
  );
  assert.deepEqual(chart.marks, [{ x: 4, text: "kept", colour: null }]);
});

// -- the film --------------------------------------------------------------------------------------

test("the film stands at epochs with pictures, and follows a run at work", () => {
  const playhead = playheadOf([runOf({ pictures: [0, 2, 4], history: epochsTo(9) })]);
  assert.deepEqual([playhead.stops, playhead.index, playhead.shownPlace], [[0, 2, 4], 2, 4]);
  playhead.seek(1.9);
  assert.equal(playhead.state.at, 2);
  playhead.seek(9);
  assert.equal(playhead.state.at, null, "at the newest it follows");
  assert.equal(playhead.step(1), false);
  assert.equal(playhead.step(-2), true);
  assert.equal(playhead.state.at, 0);
  const done = playheadOf([runOf({ state: "finished", history: epochsTo(3) })]);
  assert.deepEqual(done.stops, [1, 2, 3]);
  done.seek(9);
  assert.equal(done.state.at, 3);
});

test("runs of different lengths are compared by epochs or by shares", () => {
  const runs = [runOf({ pictures: [5, 10] }), runOf({ id: "b", pictures: [10, 20], total_epochs: 20 })];
  const playhead = playheadOf(runs, { at: 5 });
  assert.deepEqual(playhead.stops, [5, 10, 20]);
  playhead.setUnit("share");
  assert.deepEqual([playhead.stops, playhead.state.at], [[0.5, 1], 0.5]);
  assert.equal(playhead.epochAt(runs[1], 0.5), 10);
});

test("the film plays by the clock, waits for pictures, and ends", () => {
  const run = runOf({ pictures: [0, 1, 2], state: "finished" }, [0, 1]);
  const playhead = playheadOf([run]);
  playhead.togglePlay();
  assert.deepEqual([playhead.state.playing, playhead.state.at], [true, 0]);
  assert.equal(playhead.tick(50), "still");
  assert.equal(playhead.tick(50), "moved");
  assert.equal(playhead.state.at, 1);
  assert.equal(playhead.tick(1000), "still", "the next picture is not here");
  run.pictures.add({ epoch: 2, sheets: [], planes: {}, bytes: 1 });
  assert.equal(playhead.tick(0), "ended");
  assert.deepEqual([playhead.state.at, playhead.state.playing], [2, false]);
});

test("a picture that never comes holds the film up for a moment only", () => {
  const playhead = playheadOf([runOf({ pictures: [0, 1, 2], state: "finished" }, [0])]);
  playhead.togglePlay();
  playhead.tick(1000);
  assert.equal(playhead.state.at, 0);
  playhead.tick(600);
  assert.notEqual(playhead.state.at, 0);
});

test("pictures are wanted in the order in which they are needed", () => {
  const pictured = Array.from({ length: 30 }, (_, i) => i);
  const run = runOf({ pictures: pictured });
  const playhead = playheadOf([run], { at: 10 });
  assert.deepEqual(playhead.wantedEpochs(run, [], false), [10, 11, 12, 13, 9, 8, 7]);
  assert.equal(playhead.wantedEpochs(run, [], true).length, 30);
  playhead.state.playing = true;
  assert.deepEqual(playhead.wantedEpochs(run, [2], false).slice(9, 13), [19, 20, 2, 9]);
  assert.deepEqual([pictureEpoch([0, 4], 3), pictureEpoch([2, 4], 1), pictureEpoch([], 1)], [0, 2, null]);
});

test("pictures that were not used for long make room, the urgent ones excepted", async () => {
  const asked = [];
  const cache = new PictureCache(
    async epoch => {
      asked.push(epoch);
      if (epoch === 3) throw new Error("none");
      return { epoch, sheets: [], planes: {}, bytes: 30e6 };
    },
    () => {},
  );
  const settle = async () => {
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
  };
  cache.want([1, 3, 2]);
  await settle();
  cache.want([4]);
  await settle();
  assert.deepEqual(asked, [1, 3, 2, 4]);
  assert.deepEqual([[...cache.epochs.keys()], cache.bytes, cache.settled(3)], [[2, 4], 60e6, true]);
  assert.equal(cache.nearest(1).epoch, 2);
  cache.want([5, 6, 7]);
  await settle();
  assert.deepEqual(
    [asked.slice(4), [...cache.epochs.keys()]],
    [
      [5, 6, 7],
      [5, 6, 7],
    ],
    "none is fetched twice",
  );
  cache.clear();
  assert.deepEqual([cache.epochs.size, cache.settled(3), cache.nearest(1)], [0, false, null]);
});

test("tiles fill their place, in whole rows where that costs little", () => {
  const grid = largestGrid(10, 8, 8, 200, 100, 4);
  assert.deepEqual([grid.columns, grid.rows], [5, 2]);
  const { x, y } = grid.place(9);
  assert.ok(x + grid.tileW <= 200 && y + grid.tileH <= 100);
  assert.deepEqual(fittingEpochs([1, 2, 3], 300, 1), { columns: 4, epochs: [1, 2, 3] });
  const many = fittingEpochs(
    Array.from({ length: 100 }, (_, i) => i),
    300,
    2,
  );
  assert.deepEqual([many.epochs.length, many.epochs[0], many.epochs.at(-1)], [8, 0, 99]);
});

test("a sheet of pictures, and what is none", () => {
  const sheets = [{ name: "a", title: "A", about: "", signed: false }];
  const planes = { a: { data: new Uint8Array(24), shape: [2, 3, 4] }, b: { data: new Uint8Array(1), shape: [1] } };
  const { n, h, w, epoch } = sheetOf({ epoch: 7, sheets, planes, bytes: 24 }, "a");
  assert.deepEqual([n, h, w, epoch], [2, 3, 4, 7]);
  assert.equal(sheetOf({ epoch: 7, sheets, planes, bytes: 24 }, "b"), null);
  assert.equal(sheetOf(null, "a"), null);
});

test("links", () => {
  assert.deepEqual(readLink("?curve=loss&epoch=3.5"), { curve: "loss", sheet: "", epoch: 3.5 });
  assert.ok(Number.isNaN(readLink("").epoch));
});
