// Next token: what its panels compute.

import assert from "node:assert/strict";
import test from "node:test";

import { Attention, HeadStatistics } from "../../pages/tokens/view/attention.js";
import { Branch, forksOf } from "../../pages/tokens/view/branch.js";
import { MOST, packBranches, unpackBranches } from "../../pages/tokens/view/branch_link.js";
import { costOf } from "../../pages/tokens/view/branch_tree.js";
import { describeContext, readCurves } from "../../pages/tokens/view/context_length.js";
import { commonPrefix, conclusion, equalTokens, matches } from "../../pages/tokens/view/exposure_bias.js";
import { GeneratedText, newWords, Repetitions, reference } from "../../pages/tokens/view/generated_text.js";
import { describeHead } from "../../pages/tokens/view/heads.js";
import * as model from "../../pages/tokens/view/model.js";
import { contextWeights } from "../../pages/tokens/view/ngram_counts.js";
import { beginningOf, VARIANTS } from "../../pages/tokens/view/surprisal.js";
import { TokenScores } from "../../pages/tokens/view/token_scores.js";
import { UnitActivity } from "../../pages/tokens/view/unit_activity.js";
import { describeSearch } from "../../pages/tokens/view/units.js";
import { Vocabulary, visible } from "../../pages/tokens/view/vocabulary.js";
import * as writing from "../../pages/tokens/view/write_state.js";
import { gap, values } from "./values.mjs";

const hex = text => Buffer.from(text).toString("hex");
const close = (a, b) => Math.abs(a - b) < 1e-6;

// -- tokens and texts -------------------------------------------------------------------------------------

for (const { tokens, numbers, text, beginnings } of values.vocabularies)
  test(`${tokens.length} tokens decode as in Python`, () => {
    const vocabulary = new Vocabulary(tokens);
    assert.equal(vocabulary.text(numbers), text);
    assert.deepEqual(
      numbers.map((_, t) => vocabulary.text(numbers.slice(0, t))),
      beginnings.slice(0, -1),
    );
  });

test("a character that is cut into several tokens comes with the last of them", () => {
  const vocabulary = new Vocabulary([hex("a"), "e2", "82ac", hex("\n")]);
  assert.deepEqual(vocabulary.texts([0, 1, 2, 3]), ["a", "", "€", "\n"]);
  assert.deepEqual(vocabulary.texts([1]), ["\ufffd"], "the row has ended");
  assert.deepEqual(vocabulary.texts([1], true), [""], "it may go on");
  assert.equal(vocabulary.text([7]), "\ufffd");
});

test("names can be seen", () => {
  const vocabulary = new Vocabulary([hex(" a\n"), "e2", hex("\u0001")]);
  assert.deepEqual(
    [0, 1, 2, 3].map(token => vocabulary.name(token)),
    ["␣a⏎", "‹e2›", "‹01›", "unused 3"],
  );
  assert.equal(visible("a\tb\u00a0c"), "a⇥b⍽c");
});

test("bits of tokens fall on characters as in Python", () => {
  const { text, tokens, nats, ends, perCharacter, bits } = values.scores,
    scores = new TokenScores(text);
  scores.append({ header: { tokens, count: tokens.length }, planes: {} });
  assert.ok(!scores.done && Number.isNaN(scores.rate));
  const half = 5;
  for (const [from, to] of [
    [0, half],
    [half, tokens.length],
  ]) {
    const n = to - from,
      some = data => ({ data, shape: [n] });
    scores.append({
      header: {},
      planes: {
        tokens: some(Uint16Array.from({ length: n }, (_, i) => from + i)),
        nats: some(Float32Array.from(nats.slice(from, to))),
        rank: some(Uint16Array.from({ length: n }, (_, i) => i % 2)),
        entropy: some(new Float32Array(n).fill(Math.log(2))),
        likeliest: { data: new Uint16Array(2 * n).fill(3), shape: [n, 2] },
        probs: { data: new Float32Array(2 * n).fill(0.25), shape: [n, 2] },
      },
    });
  }
  assert.ok(scores.done && close(scores.bits, bits) && close(scores.rate, bits / Array.from(text).length));
  assert.deepEqual(scores.ends, ends);
  assert.ok(gap(scores.perCharacter, perCharacter) < 1e-6);
  assert.ok(close(scores.sum(0, perCharacter.length), bits), "no bit is lost");
  assert.deepEqual([scores.start(0), scores.start(2), scores.right], [0, ends[1], 7]);
  assert.deepEqual(scores.likeliest[0], [
    [3, 0.25],
    [3, 0.25],
  ]);
  const [[word, cost]] = scores.costliest();
  assert.deepEqual([word, close(cost, scores.sum(0, 5))], ["Größe", true]);
});

test("the beginning of a text ends with a line", () => {
  assert.equal(beginningOf("  \nshort"), "short");
  const line = "x".repeat(120);
  assert.equal(beginningOf(`${line}\n${"y".repeat(900)}`), line);
  assert.equal(beginningOf("z".repeat(900)).length, 500);
});

test("variants of a text have the same words or letters", () => {
  const text = "One two,  three\nfour";
  assert.equal(VARIANTS.reversed("a€𝄞"), "𝄞€a");
  assert.equal(VARIANTS.capitals(VARIANTS.capitals(text)), text.toLowerCase());
  const words = of => of.split(/\s+/).sort();
  assert.deepEqual(words(VARIANTS.shuffled(text)), words(text));
  assert.deepEqual(VARIANTS.shuffled(text).match(/\s+/g), text.match(/\s+/g));
});

test("what repeats, and which words are new, as in Python", () => {
  const { text, share, new: fresh } = values.repeats;
  assert.ok(close(new Repetitions(text).share(), share) && close(newWords(text), fresh));
  const grown = new Repetitions();
  for (const c of text) grown.add(c);
  assert.deepEqual(grown.inside, new Repetitions(text).inside);
  assert.ok(Number.isNaN(newWords("  ")) && newWords("Don't don't") === 0.5);
  const two = reference(text + text, text.length);
  assert.ok(close(two.repeated, share) && close(two.newWords, fresh), "each stretch by itself");
});

test("a text is shown as time passes, with what it costs", () => {
  const text = new GeneratedText({ title: "", about: "", name: "", settings: null, usual: NaN });
  assert.equal(text.measures, null);
  for (const piece of ["a ", "b", "\u20ac"]) text.add(new TextEncoder().encode(piece), -Math.log(4));
  assert.ok(text.advance(25), "one token of three");
  assert.deepEqual([text.text, text.measures.bits], ["a ", 1]);
  assert.ok(!text.advance(10_000));
  assert.deepEqual([text.text, text.measures.bits, text.parts], ["a b€", 1.5, [["a b€", false]]]);
});

// -- branches -----------------------------------------------------------------------------------------------

/** A branch with tokens, of which each costs a bit. */
function branch(tokens, seed = 1) {
  const made = new Branch(seed);
  made.tokens = [...tokens];
  made.predictions = tokens.map(() => new Float32Array(9).fill(-Math.LN2));
  made.seen = tokens.length;
  return made;
}

test("a branch begins as another, and costs what its tokens do", () => {
  const first = branch([1, 2, 3, 4]);
  first.forced.add(1);
  first.forced.add(3);
  const other = Branch.of(first, 2, 7);
  assert.deepEqual([other.tokens, [...other.forced], other.predictions.length, other.own], [[1, 2], [1], 3, false]);
  assert.ok(close(first.logProb(4), -4 * Math.LN2) && first.complete && first.ready === 4);
  other.force(8);
  assert.deepEqual([other.tokens, [...other.forced], other.seen, other.sharedWith(first)], [[1, 2, 8], [1, 2], 3, 2]);
  other.truncate(2);
  assert.deepEqual([other.tokens, [...other.forced], other.seen], [[1, 2], [1], 2]);
  assert.ok(Number.isNaN(branch([]).cost(0)));
});

test("forks leave the branch that they share most with", () => {
  const branches = [branch([1, 2, 3, 4]), branch([1, 2, 5]), branch([1, 2, 5, 6]), branch([9])];
  assert.deepEqual(forksOf(branches), [
    { shared: -1, from: -1 },
    { shared: 2, from: 0 },
    { shared: 3, from: 1 },
    { shared: 0, from: 0 },
  ]);
  assert.equal(costOf(branches[0], null), "4.0 bits, 1.00 per token");
  assert.equal(costOf(branches[2], 3), "4.0 bits; after the fork: 1.0, 1.00 per token");
});

test("branches come back from a link", () => {
  const own = new Branch(35);
  own.seen = 40;
  assert.deepEqual(packBranches([own], own), { path: "", branch: 0 });
  const forced = branch([0, 511, 65_535], 2 ** 31 - 1);
  forced.own = false;
  forced.forced = new Set([0, 2]);
  const { path, branch: at } = packBranches([own, forced], forced);
  assert.match(path, /^[\w.*-]+$/, "signs that an address may have");
  const [a, b] = unpackBranches(path, 2 ** 16);
  assert.deepEqual([at, a.seed, a.own, a.seen, a.tokens], [1, 35, true, 40, []]);
  assert.deepEqual([b.seed, b.own, b.seen, b.tokens, [...b.forced]], [2 ** 31 - 1, false, 3, forced.tokens, [0, 2]]);
});

test("of branches that do not fit into a link, the current one stays, or its beginning", () => {
  const long = Array.from({ length: 1_300 }, (_, i) => i % 60),
    branches = [branch(long), branch(long), branch(long)];
  for (const one of branches) one.own = false;
  const { path, branch: at } = packBranches(branches, branches[1]);
  const found = unpackBranches(path, 60);
  assert.deepEqual([found.length, at, found[0].tokens], [1, 0, long.slice(0, 1_250)]);
  assert.ok(path.length <= 3_400);
});

test("nonsense in a link is no branch", () => {
  const { path } = packBranches([branch([1, 2]), branch([3])], null);
  for (const text of [
    "",
    "x",
    "a.b.c",
    "1..!!.1",
    "1...99999999",
    `${path}.1`,
    "-5...1",
    "1.5.AAA.1",
    Array(MOST + 1)
      .fill("1...1")
      .join("_"),
  ])
    assert.equal(unpackBranches(text, 10), null, text);
  const own = branch([9]);
  own.own = false;
  assert.equal(unpackBranches(packBranches([own], own).path, 9), null, "a token that the model does not have");
});

// -- writing --------------------------------------------------------------------------------------------------

const MODEL = { size: 9, most: 200 };

test("a link opens with its branches, or says that they are nonsense", () => {
  const { state, legible } = writing.openWriteState({ path: "", branch: 3, t: -1, seed: 5 }, MODEL);
  assert.deepEqual([legible, state.playing, state.t, state.branch.seed], [true, true, 0, 5]);
  const other = writing.openWriteState({ path: "?", branch: 0, t: 9_999, seed: 5 }, MODEL);
  assert.deepEqual([other.legible, other.state.playing, other.state.t], [false, false, 200]);
});

/** @returns a state that reads four tokens */
function reading() {
  const one = branch([1, 2, 3, 4]);
  return { branches: [one], branch: one, t: 0, playing: true, most: MODEL.most };
}

test("reading goes as far as tokens are ready, and stops at the end", () => {
  const state = reading();
  writing.advance(state, 2.5);
  assert.equal(state.t, 2.5);
  writing.advance(state, 9);
  assert.deepEqual([state.t, state.playing], [4, true]);
  state.most = 4;
  writing.advance(state, 1);
  assert.ok(!state.playing);
  writing.togglePlaying(state);
  assert.deepEqual([state.t, state.playing], [0, true]);
  writing.seek(state, 99);
  assert.deepEqual([state.t, state.playing], [4, false]);
});

test("tokens are asked for before they run out", () => {
  const state = reading();
  assert.equal(writing.tokensToSample(state), 44);
  assert.ok(writing.runsOut(state));
  state.branch = branch(Array(60).fill(1));
  assert.ok(writing.tokensToSample(state) === null && !writing.runsOut(state));
  state.branch.predictions = [];
  assert.equal(writing.tokensToSample(state), 1, "predictions are missing");
  state.branch = branch(Array(200).fill(1));
  state.t = 200;
  assert.equal(writing.tokensToSample(state), null, "the text has its full length");
});

test("another token or another seed is another branch; of too many the oldest goes", () => {
  const state = reading(),
    [first] = state.branches;
  state.t = 2;
  assert.ok(!writing.forceToken(state, 7));
  assert.deepEqual([state.branch.tokens, state.t, state.playing], [[1, 2, 7], 3, true]);
  assert.ok(!writing.fork(state));
  assert.equal(state.branch.seed, 2);
  while (state.branches.length < MOST) writing.fork(state);
  assert.ok(writing.fork(state) && !state.branches.includes(first) && state.branches.length === MOST);
  const current = state.branch;
  assert.ok(!writing.remove(state, state.branches[0]) && writing.remove(state, current));
  assert.equal(state.branch, state.branches.at(-1));
  assert.ok(!state.playing);
});

test("what was sampled by other settings is kept token by token", () => {
  const state = reading();
  assert.ok(state.branch.own);
  writing.settingsChanged(state);
  assert.ok(!state.branch.own);
  writing.restart(state, 8);
  assert.deepEqual([state.branches.length, state.branch.seed, state.branch.own, state.t], [1, 8, true, 0]);
});

test("seeds and prompts of links", () => {
  assert.deepEqual(
    [model.toSeed(-4), model.toSeed(NaN), model.toSeed(1e12), model.toSeed(2.6)],
    [0, 0, 2 ** 31 - 1, 3],
  );
  assert.equal(model.nextSeed(2 ** 31 - 1), 0);
  assert.deepEqual(["~", "", "Once", "x".repeat(1_001)].map(model.linkedPrompt), ["", "~~", "Once", ""]);
});

test("models that have a column", () => {
  const rivals = Array.from("abcdefgh", name => ({ name }));
  const names = (named, own) =>
    model
      .comparedModels(rivals, named, own)
      .map(({ name }) => name)
      .join("");
  assert.deepEqual([names("h,b,x", "a"), names("", "h"), names("x", "b")], ["bh", "habcde", "bacdef"]);
  assert.ok(Number.isNaN(model.usualBits(undefined)) && model.usualBits({ nats: Math.LN2 }) === 1);
});

// -- inside -----------------------------------------------------------------------------------------------------

test("units by how fast they change, as numpy says", () => {
  const { shape, bytes, pace, slowest } = values.activity,
    activity = new UnitActivity({ data: Uint8Array.from(bytes), shape });
  for (const [layer, each] of pace.entries()) {
    assert.ok(
      gap(
        each.map((_, unit) => activity.pace(layer, unit)),
        each,
      ) < 1e-6,
    );
    assert.deepEqual(activity.slowestFirst(layer), slowest[layer]);
  }
  assert.equal(
    new UnitActivity({ data: new Uint8Array(4).fill(9), shape: [4, 1, 1] }).pace(0, 0),
    2,
    "it never changes",
  );
});

test("attention of a head, of a layer, of all, as numpy says", () => {
  const { shape, bytes, at, all, largest, layer, head } = values.attention,
    attention = new Attention({ data: Uint8Array.from(bytes), shape });
  for (const [choice, expected] of [
    [{ layer: -1, head: -1 }, all],
    [{ layer: -1, head: -2 }, largest],
    [{ layer: 1, head: -1 }, layer],
    [{ layer: 1, head: 2 }, head],
  ])
    assert.ok(gap(attention.weights(at, choice), expected) < 1e-6);
});

test("steps through the heads of all layers", () => {
  const attention = new Attention({ data: new Uint8Array(0), shape: [2, 3, 0, 1] }),
    step = (layer, head, by) => Object.values(attention.step({ layer, head }, by)).join(" ");
  assert.deepEqual([step(0, 2, 1), step(1, 2, 1), step(0, 0, -1)], ["1 0", "0 0", "1 2"]);
  assert.deepEqual([step(-1, -1, 1), step(-1, -2, -1), step(1, -1, 1)], ["0 0", "1 2", "1 0"]);
});

test("a head in small shows the largest weight of each pixel", () => {
  const { shape, bytes } = values.attention,
    attention = new Attention({ data: Uint8Array.from(bytes), shape }),
    small = attention.thumbnail(1, 20, 3, 1);
  assert.ok(
    Array.from({ length: 20 }, (_, row) => small[20 * row + 3]).every(x => x === 0),
    "a gap",
  );
  assert.equal(small[0], attention.root(1, 0, 0), "the beginning, in a stripe");
  assert.equal(Math.max(...small), Math.max(...bytes.slice(bytes.length / 6, bytes.length / 3)));
});

test("statistics of heads, and the pattern that is clear", () => {
  const { statistics, means, shape } = values.attention;
  const planes = Object.fromEntries(
    Object.entries(statistics).map(([name, data]) => [
      name,
      { data: Float32Array.from(data), shape: shape.slice(0, 2) },
    ]),
  );
  const zero = { data: new Float32Array(6), shape: shape.slice(0, 2) };
  const of = new HeadStatistics({
    header: { tokens: 100, usual: { previous: 0, itself: 0, beginning: 0, spaces: 0, alike: 0, followed: 0, back: 9 } },
    planes: { beginning: zero, spaces: zero, alike: zero, followed: zero, ...planes },
  });
  for (const [name, [all, layer, head]] of Object.entries(means)) {
    assert.ok(close(of.of(name, { layer: -1, head: -1 }), all) && close(of.of(name, { layer: 0, head: -1 }), layer));
    assert.ok(close(of.of(name, { layer: 1, head: 2 }), head));
  }
  planes.previous.data[0] = 0.9;
  planes.itself.data[0] = 0.2;
  planes.back.data[0] = 1.25;
  assert.equal(describeHead(of, { layer: 0, head: 0 }).short, "previous 90%");
  planes.previous.data[1] = planes.itself.data[1] = 0.05;
  planes.back.data[1] = 12.4;
  assert.deepEqual(describeHead(of, { layer: 0, head: 1 }), {
    short: "12 back",
    full: "no clear pattern, 12 back on average",
  });
});

test("how far back an n-gram has looked, as numpy says", () => {
  const { n, weight, looked } = values.contexts;
  looked.forEach((expected, at) => assert.ok(gap(contextWeights(weight, n, at), expected) < 1e-6));
});

test("what a search for units has found", () => {
  const search = {
    units: [{ layer: 0, unit: 3, held: 0.6, fitted: 0.7 }],
    chance: 0.2,
    mean: 0.25,
    top: 1,
    tokens: 5_000,
  };
  const words = more => describeSearch({ ...search, ...more }, "line", "More.");
  assert.match(words({}), /“line” holds for 25% of the first 5,000 tokens .* \|r\| = 0\.20.* More\.$/);
  assert.match(words({ units: [{ held: 0.1, fitted: 0.5 }] }), /no better than chance/);
  assert.match(words({ units: [{ held: -0.6, fitted: 0.5 }] }), /no better than chance/);
  assert.match(words({ units: [{ held: 0.25, fitted: 0.5 }] }), /but weak/);
  assert.match(words({ units: null, mean: 0 }), /never occurs in .* no unit can be tested/);
  assert.match(words({ top: 60, mean: 23.4 }), /is 23\.4 on average/);
});

// -- context length, free runs ----------------------------------------------------------------------------------

/** Bits per token with the last 0, 1, 64, 256 tokens: what is said of them. @type {[number[], string][]} */
const CONTEXT = [
  [
    [3.0, 2.0, 1.49, 1.498],
    "64 tokens are enough: 1.490 bits per token with the last 64 tokens. With the last 256 tokens it is 0.008 worse: 1.498. With no context: 3.000.",
  ],
  [
    [3.0, 2.0, 1.49, 1.7],
    "64 tokens are enough: 1.490 bits per token with the last 64 tokens. With the last 256 tokens it is 0.210 worse: 1.700. With no context: 3.000.",
  ],
  [
    [3.0, 2.0, 1.49, 1.485],
    "64 tokens are enough: 1.490 bits per token with the last 64 tokens. With the last 256 tokens it is 0.005 better: 1.485. With no context: 3.000.",
  ],
  [
    [3.0, 2.0, 2.1837, 2.0004],
    "1 token is enough: 2.000 bits per token with the last token. With the last 256 tokens it is the same: 2.000. With no context: 3.000.",
  ],
  [
    [3.0, 2.0, 1.4837, 1.4823],
    "64 tokens are enough: 1.484 bits per token with the last 64 tokens. With the last 256 tokens it is 0.002 better: 1.482. With no context: 3.000.",
  ],
  [
    [3.0, 2.0, 2.0, 2.0],
    "1 token is enough: 2.000 bits per token with the last token. With the last 256 tokens it is the same: 2.000. With no context: 3.000.",
  ],
  [
    [3.0, 2.0, 1.5, 1.4],
    "More context still helps at 256 tokens: 1.400 bits per token with the last 256 tokens, 1.500 with 64. With no context: 3.000.",
  ],
  [
    [2.0, 2.1, 2.2, 2.3],
    "Context does not help: 2.000 bits per token with no context. With the last 256 tokens it is 0.300 worse: 2.300.",
  ],
];

for (const [cost, said] of CONTEXT)
  test(`how much context is enough: ${cost}`, () => assert.equal(describeContext([0, 1, 64, 256], cost), said));

test("a model without context", () => assert.equal(describeContext([0], [2]), "2.000 bits per token with no context."));

test("curves of models that cut the text alike", () => {
  const rival = (name, view) => ({ name, view, short: name, title: name });
  const nats = { data: Float32Array.of(2 * Math.LN2, Math.LN2) },
    left = { data: Uint16Array.of(0, 4) };
  const planes = { "left.0": left, "nats.0": nats, "left.2": left, "nats.2": nats, "left.3": left, "nats.3": nats };
  const header = {
    rivals: [rival("a", "characters"), rival("b", "characters"), rival("c", "pairs"), rival("d", "characters")],
  };
  const { curves, others } = readCurves({ header, planes }, "d", ["red", "blue"]);
  assert.deepEqual(
    curves.map(({ name, own, colour }) => [name, own, colour]),
    [
      ["a", false, "red"],
      ["d", true, "blue"],
    ],
  );
  assert.equal(others, 1);
  assert.ok(gap(curves[0].cost, [2, 1]) < 1e-6);
});

test("free runs against the text", () => {
  const truth = Uint16Array.of(1, 2, 3, 4);
  assert.deepEqual([commonPrefix([1, 2, 9, 4], truth), equalTokens([1, 2, 9, 4], truth)], [2, 3]);
  assert.equal(matches([1, 2, 9, 4], truth), "first 2 tokens as in the true text; 3 of 4 match");
  assert.equal(matches([9, 2, 9, 4], truth), "differs from the first token; 2 of 4 match");
  assert.equal(matches(truth, truth), "identical to the true text, all 4 tokens");
});

test("what judges say", () => {
  const drift = {
    stretches: 20,
    whole: true,
    right: [0.5, 0.01],
    met: [0.1, 0.01],
    chance: 0.05,
    curves: { met: new Float32Array(100) },
  };
  const own = { short: "LSTM", all: [-0.5 * Math.LN2, 0.1], growth: [0, 1] },
    other = { short: "GRU", all: [Math.LN2, 0.1 * Math.LN2], growth: [0.4 * Math.LN2, 0.1 * Math.LN2] };
  assert.equal(conclusion(drift, [], true), "");
  assert.match(
    conclusion(drift, [own], true),
    /its greedy text has 0\.50 ± 0\.14 bits per token less .*No other model.*repeats itself\.$/,
  );
  assert.match(
    conclusion(drift, [own, other], false),
    /GRU, .* has 1\.00 ± 0\.10 bits per token more .* grows by 0\.40 ± 0\.10/,
  );
  assert.match(
    conclusion(drift, [{ ...own, all: [0.01, 0.1] }], false),
    /as many bits per token as the true text, .*\(\+0\.01 ± 0\.14\)/,
  );
});
