import assert from "node:assert/strict";
import test from "node:test";

import { ChainBuffer } from "../../pages/gibbs/view/chain_buffer.js";
import { greyTile, shortClass } from "../../pages/gibbs/view/chain_grid.js";
import { CLAMPED_PARTS, nextChain, randomHalf } from "../../pages/gibbs/view/commands.js";
import { mixingText } from "../../pages/gibbs/view/correlogram.js";
import { Film } from "../../pages/gibbs/view/film.js";
import { clearestChain, frameCount, framesRequest } from "../../pages/gibbs/view/frames_request.js";
import { gifRequest } from "../../pages/gibbs/view/gif.js";
import { largest, unitArithmetic } from "../../pages/gibbs/view/hidden_units.js";
import { Playback } from "../../pages/gibbs/view/playback.js";
import { RbmWeights } from "../../pages/gibbs/view/rbm_weights.js";
import * as settings from "../../pages/gibbs/view/settings.js";
import { easedRange, energyRange, WINDOW, windowStart } from "../../pages/gibbs/view/timeline.js";
import { captionOf, hiddenStates } from "../../pages/gibbs/view/view.js";
import { bit } from "../../pages/shared/view/bits.js";
import { decode } from "../../pages/shared/view/codec.js";
import { sigmoid } from "../../pages/shared/view/probability.js";
import { seededRandom } from "../../pages/shared/view/random.js";
import { buffer, gap, values } from "./values.mjs";

const { gibbs } = values;
const images = { width: 8, height: 8, binary: true };
const data = {
  ...images,
  hidden: 128,
  training: { name: "PCD-5", persistent: true },
  checkpoint: "m",
  classes: ["cat 1", "cat 2"],
  colours: ["#000000", "#ff8800"],
  state: settings.DEFAULTS,
  dataHere: true,
};

/** A buffer with the frames that Python made. */
function recorded(sampler = "gibbs") {
  const { header, planes } = decode(buffer(gibbs.frames));
  const chains = new ChainBuffer(sampler, "title", () => false);
  chains.append(header, planes, header.count);
  return chains;
}

/** A buffer of frames without classes, of free energies t. */
function counted(n, bytes = 64) {
  const chains = new ChainBuffer("gibbs", "title", () => false);
  for (let t = 0; t < n; t++) {
    const mean = { data: new Uint8Array(bytes), shape: [1, 1, bytes] };
    chains.append({ first: t }, { mean, free_energy: { data: Float32Array.of(t), shape: [1, 1] } }, 1);
  }
  return chains;
}

const stateOf = (more = {}) => ({
  settings: { ...settings.DEFAULTS, chains: 9, ...more },
  playback: new Playback(),
  picked: { buffer: 0, chain: 4 },
  ablated: new Set(),
  unit: 3,
  hoveredUnit: -1,
  unitOrder: "use",
  marksActive: false,
});

// -- links -----------------------------------------------------------------------------------------

test("defaults and limits of a link are the page's", () => {
  assert.deepEqual(settings.DEFAULTS, gibbs.defaults);
  assert.deepEqual([settings.COLDEST, settings.HOTTEST], gibbs.temperatures);
  assert.equal(settings.LAST_FRAME, gibbs.lastFrame);
});

test("a link says what is not as usual", () => {
  const shown = { ...settings.DEFAULTS, seed: 5, off: [3, 40], start: "noise", digit: "3", frame: 30 };
  const params = settings.linkParams("model", shown);
  const said = Object.fromEntries(Object.entries(params).filter(([, text]) => text !== ""));
  assert.deepEqual(said, { checkpoint: "model", seed: "5", off: "3.40", start: "noise", frame: "30" });
  assert.equal(settings.linkParams("m", { ...shown, start: "class" }).digit, "3");
  assert.equal(settings.linkParams("m", { ...shown, frame: settings.LAST_FRAME + 1 }).frame, "");
});

test("what means the same stays for another model", () => {
  const before = { ...settings.DEFAULTS, chains: 16, start: "class", digit: "cat 2", off: [5], drawing: "x", frame: 7 };
  const kept = settings.settingsFor(before, data);
  assert.deepEqual(kept, { ...settings.DEFAULTS, chains: 16, start: "class", digit: "cat 2" });
  assert.equal(settings.settingsFor({ ...before, digit: "dog" }, data).start, "model");
  for (const start of ["test", "class"])
    assert.equal(settings.settingsFor({ ...before, start }, { ...data, dataHere: false }).start, "model");
  assert.equal(settings.settingsFor({ ...before, start: "drawing" }, data).start, "model");
  assert.equal(settings.settingsFor({ ...before, start: "noise" }, { ...data, dataHere: false }).start, "noise");
});

// -- samplers --------------------------------------------------------------------------------------

test("CD restarts where the server's does", () => {
  const cd = { ...settings.DEFAULTS, cd: 7, sweeps: 3 };
  const frames = Array.from({ length: 24 }, (_, t) => t).filter(t => settings.restartsAt("cd", cd, t));
  assert.deepEqual(frames, gibbs.restarts);
  assert.equal(settings.restartsAt("gibbs", cd, 7), false);
});

test("samplers that take much run fewer chains, at their own temperature", () => {
  const of = sampler => ({ ...settings.DEFAULTS, sampler, chains: 256, temperature: 0.5 });
  assert.deepEqual(
    ["gibbs", "pt", "compare"].map(s => settings.chainCount(of(s))),
    [256, 64, 25],
  );
  assert.deepEqual(
    ["gibbs", "pt", "compare"].map(s => settings.temperatureOf(of(s))),
    [0.5, 1, 1],
  );
  assert.deepEqual(settings.samplersOf(of("compare")), ["cd", "gibbs", "pt"]);
  const training = { name: "PCD-5", persistent: true };
  assert.equal(settings.titleOf("gibbs", of("gibbs"), training), "Gibbs: one long chain, as in PCD-5");
  assert.equal(settings.titleOf("cd", { ...of("cd"), cd: 1 }, training), "CD-1: restarts every step");
});

test("sliders", () => {
  assert.equal(settings.temperatureAt(0.02), 1);
  assert.equal(settings.temperatureAt(-0.2), 0.63);
  assert.equal(settings.temperatureAt(9), settings.HOTTEST);
  assert.deepEqual([1, 3, 4, 200, 999].map(settings.sweepsPosition), [0, 2, 3, 8, 0]);
});

// -- frames ----------------------------------------------------------------------------------------

test("frames of the server are read as Python wrote them", () => {
  const chains = recorded();
  assert.deepEqual([chains.first, chains.last], [0, 2]);
  const frame = chains.at(2);
  assert.deepEqual(
    gibbs.sample.map((_, i) => bit(frame.sample, 4, 64, i)),
    gibbs.sample,
  );
  assert.deepEqual(
    Array.from(greyTile(frame, 4, "sample", images)),
    gibbs.sample.map(x => 255 * x),
  );
  assert.deepEqual(greyTile(frame, 1, "mean", images), frame.mean.slice(64, 128));
  assert.deepEqual([frame.class.length, frame.confidence.length, frame.free_energy.length], [9, 9, 9]);
  assert.equal(chains.totalChanges(0), 0);
});

test("probabilities of hidden units are torch's", () => {
  const { planes } = decode(buffer(gibbs.weights));
  const weights = new RbmWeights("m", planes);
  const input = weights.hiddenInput(weights.standardise(gibbs.sample.map(x => 255 * x)));
  assert.ok(
    gap(
      input.map(x => sigmoid(x / 0.7)),
      gibbs.probabilities,
    ) < 1e-3,
  ); // the weights come as halves
  assert.deepEqual(weights.order("index").slice(0, 3), [0, 1, 2]);
  const [most, next] = weights.order("use");
  assert.ok(weights.use[most] >= weights.use[next]);
  const field = weights.field(5);
  assert.equal(field[10], weights.W[10 * 128 + 5]);

  const state = { ...stateOf({ view: "mean", temperature: 0.7 }), ablated: new Set([7]) };
  state.playback.t = 2;
  const { values: shown, sampled } = hiddenStates({ data, state, buffers: [recorded()] }, weights);
  const wanted = gibbs.probabilities.map((p, j) => (j === 7 ? 0 : p));
  assert.ok(gap(shown, wanted) < 1e-3);
  state.playback.half = 0;
  const before = hiddenStates({ data, state, buffers: [recorded()] }, weights);
  assert.deepEqual(before.values, before.sampled); // the layer of the frame before
  assert.notDeepEqual(before.sampled, sampled);
});

test("a buffer forgets its oldest frames when it is full, and the future when it is cut", () => {
  const chains = counted(80, 2 ** 20);
  assert.ok(chains.bytes <= 64 * 2 ** 20);
  assert.deepEqual([chains.first > 0, chains.last, chains.at(79).free_energy[0]], [true, 79, 79]);
  chains.append({ first: 100 }, {}, 1);
  assert.equal(chains.last, 79, "frames that do not follow are left out");
  chains.truncate(70);
  assert.deepEqual([chains.last, chains.since, chains.bytes], [70, 70, chains.frames.length * (2 ** 20 + 4)]);
});

test("a batch that is cut in two holds on to nothing", () => {
  const chains = recorded();
  const whole = chains.at(0).mean.buffer;
  chains.truncate(1);
  assert.ok(chains.frames.length === 2 && chains.frames.every(frame => frame.mean.buffer !== whole));
});

test("a long request is given up when the future is cut, a short one may come in", () => {
  const chains = recorded();
  for (const short of [true, false]) {
    const request = { controller: new AbortController(), short, stale: false };
    chains.request = request;
    chains.truncate(1);
    assert.deepEqual([request.stale, request.controller.signal.aborted], [short, !short]);
  }
});

test("frames are asked for in batches, from where the buffer ends", () => {
  const state = stateOf();
  assert.equal(frameCount(data, state, 2), 2);
  assert.equal(frameCount(data, state, 100), 12);
  assert.equal(frameCount({ ...data, width: 1000, height: 1000 }, state, 100), 2);
  state.playback.goal = 30;
  assert.equal(frameCount(data, state, 2), 60);
  const { header, planes } = framesRequest(data, state, recorded(), null);
  assert.deepEqual([header.first, header.chains, planes.hidden.shape], [3, 9, [9, 16]]);
  assert.equal(framesRequest(data, state, counted(0), null).header.first, 0);
  const pad = { drawing: new Uint8Array(64), mask: new Uint8Array(64), clamped: new Uint8Array(64), hasMask: true };
  const drawn = framesRequest(data, stateOf({ start: "drawing" }), counted(0), pad);
  assert.deepEqual(Object.keys(drawn.planes), ["drawing", "clamp_mask", "clamp_grey"]);
});

test("the clearest chain", () => {
  const free_energy = Float32Array.of(3, 1, 2);
  assert.equal(clearestChain({ free_energy }, 3), 1);
  assert.equal(clearestChain({ free_energy, confidence: Uint8Array.of(9, 7, 9) }, 3), 2);
});

test("a GIF has the last frames, tiles and classes", () => {
  const { first, header, planes } = gifRequest(data, { ...settings.DEFAULTS, chains: 9 }, recorded(), 2);
  assert.deepEqual([first, header.columns, planes.tiles.shape, planes.classes.shape], [0, 3, [3, 9, 64], [3, 9]]);
  assert.ok(planes.classes.data.every(c => c < 2));
  assert.equal(gifRequest(data, settings.DEFAULTS, counted(0), 200).first, 81);
});

// -- the film --------------------------------------------------------------------------------------

const turn = () => new Promise(setImmediate);

/** A film of the frames that Python made; `answers` are what the server says, one after the other. */
function filmOf(state, pad = null, answers = []) {
  const heard = { frames: 0, goals: 0, errors: [] };
  let asked = 0;
  globalThis.fetch = () => {
    asked += 1;
    return Promise.resolve(answers.shift() ?? new Response(null, { status: 500 }));
  };
  const film = new Film(data, state, pad, {
    onFrames: () => (heard.frames += 1),
    onGoal: () => (heard.goals += 1),
    onError: error => heard.errors.push(error.message),
  });
  return { film, heard, asked: () => asked };
}

test("the film asks for frames until something goes wrong, and again once something is changed", async () => {
  const state = { ...stateOf(), picked: { buffer: 2, chain: 0 } };
  state.settings.chain = -1;
  const { film, heard, asked } = filmOf(state, null, [new Response(buffer(gibbs.frames))]);
  film.restart();
  assert.deepEqual(
    [film.buffers.length, state.picked, film.frame, asked()],
    [1, { buffer: 0, chain: 0 }, undefined, 1],
  );
  for (let i = 0; i < 20; i++) await turn();
  assert.deepEqual([film.range, heard.frames, asked()], [{ oldest: 0, newest: 2 }, 1, 2]);
  assert.deepEqual([heard.errors, film.failed], [["The server answered 500."], true]);
  const { confidence } = film.buffers[0].at(0);
  assert.equal(confidence[state.picked.chain], Math.max(...confidence));
  film.ensureFrames();
  assert.equal(asked(), 2);
  film.branch();
  assert.deepEqual([film.range.newest, film.failed, asked()], [0, false, 3]);
  film.close();
  film.ensureFrames();
  assert.equal(asked(), 3);
});

test("a frame that a link asks for is gone to when it has come", async () => {
  const state = stateOf({ frame: 2 });
  const { film, heard } = filmOf(state, null, [new Response(buffer(gibbs.frames))]);
  film.restart();
  assert.deepEqual([state.playback.goal, state.settings.frame], [2, -1]);
  for (let i = 0; i < 20; i++) await turn();
  assert.deepEqual([heard.goals, state.playback.t], [1, 2]);
});

test("no frames are asked for while the pad is empty", () => {
  const pad = { empty: true, drawing: new Uint8Array(64), hasMask: false };
  const { film, asked } = filmOf(stateOf({ start: "drawing" }), pad);
  film.restart();
  assert.deepEqual([film.waitsForDrawing, asked()], [true, 0]);
  pad.empty = false;
  film.ensureFrames();
  assert.equal(asked(), 1);
  film.close();
});

// -- moving through it -----------------------------------------------------------------------------

test("the film plays by the clock, not faster than frames come", () => {
  const film = new Playback();
  const range = { oldest: 0, newest: 9 };
  assert.equal(film.tick(99, 10, range), false);
  assert.equal(film.tick(1, 10, range), true);
  assert.equal(film.t, 1);
  film.tick(5000, 10, range);
  assert.equal(film.t, 4, "three frames at most are made up for");
  film.tick(300, 10, { oldest: 0, newest: 4 });
  assert.deepEqual([film.t, film.clock], [4, 0]);
  film.loop = true;
  film.tick(100, 10, { oldest: 2, newest: 4 });
  assert.equal(film.t, 2);
  film.play(false);
  assert.equal(film.tick(500, 10, range), false);
});

test("half-steps go through both layers and stop at the ends", () => {
  const film = new Playback();
  const range = { oldest: 0, newest: 2 };
  const places = by => {
    film.halfStep(by, range);
    return [film.t, film.half];
  };
  assert.deepEqual(places(1), [1, 0]);
  assert.deepEqual(places(1), [1, 1]);
  assert.deepEqual(
    [places(1), places(1), places(1)],
    [
      [2, 0],
      [2, 1],
      [2, 1],
    ],
  );
  for (let i = 0; i < 9; i++) places(-1);
  assert.deepEqual([film.t, film.half, film.playing], [0, 1, false]);
});

test("a frame that a link asks for is waited for", () => {
  const film = new Playback();
  film.restart(5);
  assert.equal(film.wanted(10), 5);
  assert.equal(film.reachGoal({ oldest: 0, newest: 4 }), false);
  assert.equal(film.tick(1000, 10, { oldest: 0, newest: 4 }), false);
  assert.equal(film.reachGoal({ oldest: 0, newest: 5 }), true);
  assert.deepEqual([film.t, film.goal], [5, -1]);
  film.seek(99, { oldest: 2, newest: 7 });
  assert.equal(film.t, 7);
  assert.equal(film.wanted(10), 9, "who looks needs the next frames only");
});

// -- what is drawn ---------------------------------------------------------------------------------

test("the timeline slides near its right edge and its scale eases", () => {
  assert.equal(windowStart(0, 100), 0);
  assert.equal(windowStart(0, 300), 300 - Math.round(0.85 * WINDOW));
  assert.equal(windowStart(200, 210), 200);
  const chains = counted(11);
  assert.deepEqual(energyRange([chains], 0, 1), { low: 0, high: 10 });
  assert.deepEqual(energyRange([chains], 10, 1), { low: 9, high: 11 });
  assert.equal(energyRange([counted(0)], 0, 1), null);
  assert.deepEqual(easedRange({ low: -2, high: 20 }, { low: 0, high: 10 }), { low: -1.6, high: 10 });
  assert.deepEqual(easedRange({ low: 1, high: 2 }, { low: 0, high: 10 }), { low: 0, high: 10 });
});

test("words about chains and units", () => {
  assert.equal(captionOf(recorded(), 9, 1, 9), "");
  assert.match(captionOf(recorded(), 2, 1, 9), /^title · \d+ class changes? \(linear probe\) · \d+\.\d per chain/);
  assert.equal(mixingText({ sampler: "gibbs", mixing: null }, 4, 10, false), "needs at least 9 chains");
  assert.equal(mixingText({ sampler: "cd", mixing: null }, 9, 1, true), "CD restarts at every step");
  const mixing = { rho: Float64Array.of(1), time: 12.4, closed: true };
  assert.equal(mixingText({ sampler: "gibbs", mixing }, 9, 10, false), "τ ≈ 12 Gibbs steps");
  const sum = unitArithmetic(-1, 0.5, 1, { drawn: null, ablated: false });
  assert.equal(sum.input, "x = b + Σ v·w = -1.00 + 1.50 = 0.50");
  assert.equal(sum.probability, "p(h=1 | v) = σ(x) = 0.622");
  assert.equal(sum.outcome, "not sampled yet");
  assert.equal(unitArithmetic(0, 0, 2, { drawn: 1, ablated: true }).outcome, "ablated: held at 0");
  assert.deepEqual(["person 12", "cat", "7"].map(shortClass), ["12", "cat", "7"]);
  assert.deepEqual([largest([-3, 2]), largest([0, 0])], [3, 1]);
});

test("units, parts and chains that buttons choose", () => {
  const half = randomHalf(21, 3);
  assert.ok(half.length === 10 && new Set(half).size === 10 && half.every(j => j >= 0 && j < 21));
  assert.deepEqual(randomHalf(21, 3), half);
  assert.notDeepEqual(randomHalf(21, 4), half);
  const random = seededRandom(0);
  const mean = Array.from({ length: 2000 }, random).reduce((a, b) => a + b) / 2000;
  assert.ok(Math.abs(mean - 0.5) < 0.02);
  const inside = name =>
    Array.from({ length: 64 }, (_, i) => CLAMPED_PARTS[name](i >> 3, i & 7, 8, 8)).filter(Boolean).length;
  assert.deepEqual(["top", "left", "hole"].map(inside), [32, 32, 64 - 9]);
  assert.equal(nextChain(stateOf(), 5), 0);
  assert.equal(nextChain(stateOf(), -5), 8);
});
