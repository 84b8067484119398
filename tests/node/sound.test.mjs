// Sound: its network, drawing, spectra, files, playback.

import assert from "node:assert/strict";
import test from "node:test";
import { Draw } from "../../pages/sound/view/drawing.js";
import { tanh } from "../../pages/sound/view/matrix.js";
import { MuLaw } from "../../pages/sound/view/mu_law.js";
import { networkOf } from "../../pages/sound/view/networks.js";
import { Playback } from "../../pages/sound/view/playback.js";
import { levelAt, noiseAt, writeLogProbs } from "../../pages/sound/view/sampling.js";
import { Spectrogram } from "../../pages/sound/view/spectrum.js";
import { wavOf } from "../../pages/sound/view/wav.js";
import { multiplicationsOf } from "../../pages/sound/view/wavenet.js";
import { gap, values } from "./values.mjs";

// -- levels -----------------------------------------------------------------------------------------------

test("mu-law levels are those of Python, and every level comes back as itself", () => {
  for (const { levels, amplitudes, encoded, decoded } of values.muLaw) {
    const law = new MuLaw(levels);
    assert.deepEqual(Array.from(law.encode(amplitudes)), encoded);
    assert.ok(gap(law.amplitudes, decoded) < 1e-7);
    const all = Uint8Array.from({ length: levels }, (_, i) => i);
    assert.deepEqual(law.encode(law.decode(all)), all);
  }
});

// -- the network ------------------------------------------------------------------------------------------

test("tanh from the table", () => {
  let most = 0;
  for (let x = -10; x < 10; x += 0.0037) most = Math.max(most, Math.abs(tanh(x) - Math.tanh(x)));
  assert.ok(most < 2e-6, String(most));
});

const netOf = ({ structure, dilations, planes }) =>
  networkOf({
    structure,
    dilations,
    planes: Object.fromEntries(
      Object.entries(planes).map(([name, { shape, values }]) => [name, { shape, data: Float32Array.from(values) }]),
    ),
  });
const plain = { label: 1, speaker: 1, muted: [] };

/** Log-probabilities of all levels before each sample, read one by one. */
function bitsOf(net, levels, condition) {
  const stream = net.stream(condition),
    found = [];
  let before = net.levels; // what stands before a recording
  for (const level of levels) {
    stream.push(before);
    const row = new Float32Array(net.levels);
    writeLogProbs(stream.out, row, 0);
    found.push(row);
    before = level;
  }
  return found;
}

const far = (rows, wanted) => Math.max(...rows.map((row, t) => gap(row, wanted[t])));

for (const given of values.wavenets) {
  const net = netOf(given),
    size = `${given.dilations.length} layers`;
  test(`${size}: sample by sample with queues, the same as all at once in Python`, () => {
    assert.equal(net.receptiveField, given.receptiveField);
    assert.ok(far(bitsOf(net, given.levels, plain), given.bits) < 1e-3);
  });
  test(`${size}: without a class, the mean of all`, () => {
    const rows = bitsOf(net, given.levels, { label: -1, speaker: -1, muted: [] });
    assert.ok(far(rows, given.meanBits) < 1e-3);
  });
  test(`${size}: a dilation that is off passes on what came`, () => {
    const rows = bitsOf(net, given.levels, { ...plain, muted: [given.muted] });
    assert.ok(far(rows, given.mutedBits) < 1e-3);
    assert.ok(far(rows, given.bits) > 0.1);
  });
}

for (const given of values.baselines) {
  const net = netOf(given);
  test(`${given.structure}, ${net.levels} levels: sample by sample, the same as all at once in Python`, () => {
    assert.equal(net.receptiveField, Number.POSITIVE_INFINITY);
    assert.ok(far(bitsOf(net, given.levels, plain), given.bits) < 1e-3);
    const mean = bitsOf(net, given.levels, { label: -1, speaker: -1, muted: [] });
    assert.ok(far(mean, given.meanBits) < 1e-3);
  });
  test(`${given.structure}, ${net.levels} levels: what is drawn from the middle goes on as from the beginning`, () => {
    const whole = drawn(net, { ...drawing, length: 90 });
    assert.ok(new Set(whole.levels).size > 3);
    const rest = drawn(net, { ...drawing, length: 90, from: 70, levels: whole.levels });
    assert.deepEqual(rest, { levels: whole.levels, logProbs: whole.logProbs.slice(70 * net.levels) });
  });
}

test("multiplications with queues and without", () => {
  const net = values.wavenets[1]; // 4 layers of 5 channels, 6 skips, 16 levels; dilations 1, 2, 4, 8
  const head = 6 * 6 + 6 * 16;
  const shape = { channels: 5, skips: 6, levels: 16, dilations: net.dilations };
  const { cached, naive } = multiplicationsOf(shape);
  assert.equal(cached, 4 * (100 + 25 + 30) + head);
  assert.equal(naive, (1 + 9 + 13 + 15) * 125 + 4 * 30 + head);
});

// -- drawing ----------------------------------------------------------------------------------------------

const small = netOf(values.wavenets[0]);
const nothing = new Uint8Array(0);
const drawing = {
  given: nothing,
  length: 300,
  from: 0,
  levels: nothing,
  condition: plain,
  temperature: 1,
  seed: 3,
  edits: [],
};

/** All samples of a drawing, `at` a time. */
function drawn(net, order, at = 7) {
  const draw = new Draw(net, order),
    levels = Array.from(order.levels.subarray(0, order.from)),
    logProbs = [];
  while (!draw.catchUp(at));
  while (!draw.done) {
    const part = draw.next(at);
    assert.equal(part.first, levels.length);
    levels.push(...part.levels);
    logProbs.push(...part.logProbs);
  }
  return { levels: Uint8Array.from(levels), logProbs };
}

test("the same seed draws the same, however it is cut into parts; another seed another", () => {
  const one = drawn(small, drawing);
  assert.deepEqual(drawn(small, drawing, 64), one);
  assert.notDeepEqual(drawn(small, { ...drawing, seed: 4 }).levels, one.levels);
  assert.equal(one.levels.length, 300);
});

test("what is drawn from the middle goes on as from the beginning", () => {
  const whole = drawn(small, drawing);
  for (const from of [1, 5, 40, 299]) {
    const rest = drawn(small, { ...drawing, from, levels: whole.levels });
    assert.deepEqual(rest.levels, whole.levels);
    assert.ok(gap(rest.logProbs, whole.logProbs.slice(256 * from)) < 1e-4);
  }
  assert.deepEqual(drawn(small, { ...drawing, from: 300, levels: whole.levels }).logProbs, []);
});

test("a forced sample stands, what was before it stays, and the noise after it is the same", () => {
  const whole = drawn(small, drawing),
    level = (whole.levels[100] + 77) % 256;
  const edits = [{ at: 100, level }];
  const branch = drawn(small, { ...drawing, edits });
  assert.deepEqual(branch.levels.slice(0, 100), whole.levels.slice(0, 100));
  assert.equal(branch.levels[100], level);
  assert.notDeepEqual(branch.levels.slice(101), whole.levels.slice(101));
  assert.deepEqual(drawn(small, { ...drawing, edits, from: 100, levels: whole.levels }).levels, branch.levels);
  const same = drawn(small, { ...drawing, edits: [{ at: 100, level: whole.levels[100] }] });
  assert.deepEqual(same, whole);
});

test("another seed from a place on leaves what is before it", () => {
  const whole = drawn(small, drawing),
    branch = drawn(small, { ...drawing, edits: [{ at: 50, seed: 9 }] });
  assert.deepEqual(branch.levels.slice(0, 50), whole.levels.slice(0, 50));
  assert.notDeepEqual(branch.levels.slice(50), whole.levels.slice(50));
});

test("a beginning that is given stands, until the first edit", () => {
  const given = Uint8Array.from({ length: 80 }, (_, i) => (37 * i) % 256);
  assert.deepEqual(drawn(small, { ...drawing, given }).levels.slice(0, 80), given);
  const edits = [{ at: 30, level: 5 }];
  const branch = drawn(small, { ...drawing, given, edits }).levels;
  assert.deepEqual(branch.slice(0, 30), given.slice(0, 30));
  assert.equal(branch[30], 5);
  assert.notDeepEqual(branch.slice(31, 80), given.slice(31, 80));
});

test("levels are drawn as often as their probabilities say", () => {
  const logits = Float32Array.from([0, 1, 2, -3]),
    n = 40_000,
    counts = [0, 0, 0, 0];
  for (let t = 0; t < n; t++) counts[levelAt(logits, 0.7, noiseAt(5, t))]++;
  const weights = Array.from(logits, x => Math.exp(x / 0.7)),
    sum = weights.reduce((a, b) => a + b);
  const off = counts.map((count, i) => {
    const p = weights[i] / sum;
    return Math.abs(count / n - p) / Math.sqrt((p * (1 - p)) / n);
  });
  assert.ok(Math.max(...off) < 4, String(off));
});

test("noise is uniform, and unlike from seed to seed and place to place", () => {
  const n = 20_000;
  for (const other of [t => noiseAt(1, t), t => noiseAt(2, t), t => noiseAt(t, 7)]) {
    let sum = 0,
      lag = 0;
    for (let t = 0; t < n; t++) {
      const u = other(t);
      assert.ok(u >= 0 && u < 1);
      sum += u;
      lag += (u - 0.5) * (other(t + 1) - 0.5);
    }
    assert.ok(Math.abs(sum / n - 0.5) < 4 * Math.sqrt(1 / 12 / n));
    assert.ok(Math.abs(lag / n) < 4 * (1 / 12) * Math.sqrt(1 / n));
  }
});

// -- spectra, files ---------------------------------------------------------------------------------------

test("spectra as numpy has them, and the same when the sound comes in parts", () => {
  const { size, hop, x, decibels } = values.spectrogram;
  const whole = new Spectrogram(size, hop);
  whole.extend(x, x.length, true);
  assert.equal(whole.columns.length, decibels.length);
  for (const [i, column] of whole.columns.entries()) assert.ok(gap(column, decibels[i]) < 1e-2, String(i));
  const parts = new Spectrogram(size, hop);
  for (const length of [0, 31, 32, 200, 201]) parts.extend(x, length, false);
  assert.ok(parts.columns.length > 0 && parts.columns.length < whole.columns.length);
  parts.extend(x, x.length, true);
  assert.deepEqual(parts.columns, whole.columns);
});

test("a branch forgets the spectra that it has a part in, and no others", () => {
  const { size, hop, x } = values.spectrogram;
  const whole = new Spectrogram(size, hop);
  whole.extend(x, x.length, true);
  const branch = x.map((v, t) => (t < 200 ? v : -0.3 * v));
  const fresh = new Spectrogram(size, hop);
  fresh.extend(branch, x.length, true);
  whole.truncate(200);
  assert.equal(whole.columns.length, Math.floor((200 - size / 2) / hop) + 1);
  whole.extend(branch, x.length, true);
  assert.deepEqual(whole.columns, fresh.columns);
  whole.truncate(3);
  assert.equal(whole.columns.length, 0);
});

test("a WAV file is the one that Python writes", () => {
  const { amplitudes, rate, bytes } = values.wav;
  assert.deepEqual(Array.from(new Uint8Array(wavOf(amplitudes, rate))), bytes);
});

// -- playback ---------------------------------------------------------------------------------------------

const ones = n => new Float32Array(n).fill(1);
const filled = (playback, n) => {
  const out = new Float32Array(n),
    ended = playback.fill(out);
  return { out, ended };
};

test("a sound is played from where it is asked to the end, without a click at the beginning", () => {
  const playback = new Playback();
  playback.put(0, ones(300), true);
  playback.play(100);
  const { out, ended } = filled(playback, 128);
  assert.ok(!ended && out[0] < 0.05 && out[127] === 1);
  assert.equal(playback.position, 228);
  const last = filled(playback, 128);
  assert.ok(last.ended && !playback.playing);
  assert.deepEqual([last.out[71], last.out[72]], [1, 0]);
  assert.equal(playback.heard, 200);
  assert.deepEqual(filled(playback, 8), { out: new Float32Array(8), ended: false });
});

test("what is not drawn yet is waited for in silence", () => {
  const playback = new Playback();
  playback.put(0, ones(100), false);
  playback.play(0);
  filled(playback, 128);
  assert.deepEqual([playback.position, playback.waited, playback.playing], [100, 28, true]);
  playback.put(100, ones(200), true);
  assert.equal(filled(playback, 128).out[127], 1);
  assert.ok(filled(playback, 128).ended);
});

test("a branch replaces what was to come; a pause fades out", () => {
  const playback = new Playback();
  playback.put(0, ones(500), true);
  playback.play(0);
  filled(playback, 128);
  playback.put(200, ones(400).fill(0.5), true);
  assert.equal(playback.length, 600);
  assert.equal(filled(playback, 128).out[127], 0.5);
  playback.obey({ do: "pause" });
  const { out } = filled(playback, 128);
  assert.ok(out[0] > 0 && out[127] === 0);
  assert.ok(!playback.report(false).playing);
  playback.put(10, ones(5), true);
  assert.equal(playback.position, 15, "not beyond the end");
});
