// Data that a visitor brings to Home: what is asked for and in which order, what is said meanwhile, what stops.

import assert from "node:assert/strict";
import test from "node:test";

import { Look } from "../../pages/home/view/own.js";
import { backNote, legendMarkup, mapWait, nextMarkup, trainingWait } from "../../pages/home/view/own_markup.js";
import { Training } from "../../pages/home/view/own_training.js";
import { encode } from "../../pages/shared/view/codec.js";

const later = () => new Promise(done => setTimeout(done, 5));

/** Answers by the end of an address, and a list of what was asked. */
function serve(answers) {
  const asked = [];
  globalThis.fetch = async (url, options = {}) => {
    const method = options.method ?? "GET";
    asked.push(`${method} ${url.split("?")[0].replace(/^\.\/api\//, "")}${options.body ? ` ${options.body}` : ""}`);
    const found = Object.entries(answers).find(([path]) => `${method} ${url}`.includes(path))?.[1];
    if (found === undefined) return new Response(JSON.stringify({ error: `not served: ${url}` }), { status: 404 });
    const value = typeof found === "function" ? found() : found;
    if (value.planes) return new Response(encode(value.header ?? {}, value.planes));
    return new Response(JSON.stringify(value));
  };
  return asked;
}

const floats = (...data) => ({ type: "f32", shape: [data.length / 2, 2], data: Float32Array.from(data) });
const RUN = {
  state: "running",
  message: "",
  place: null,
  phase: null,
  step: 5,
  total_steps: 20,
  epoch: 1,
  total_epochs: 4,
  checkpoint: "",
  pictures: [],
  history: [],
  metrics: [{ name: "reconstruction", unit: "squared error per image", better: "lower" }],
};

test("an autoencoder that nobody asked for is asked for, watched, and its codes of all examples fetched", async () => {
  const greys = { type: "u8", shape: [2, 2, 2], data: new Uint8Array(8) };
  const asked = serve({
    "GET home/own-x/autoencoder": { run: "own-x-1", state: "", problem: "", others: [] },
    "POST home/own-x/autoencoder": { run: "own-x-1" },
    "pictures/4": { header: { sheets: [] }, planes: { codes: floats(1, 2), reconstructions: greys } },
    "runs/own-x-1": {
      ...RUN,
      state: "finished",
      checkpoint: "own-x-1",
      pictures: [0, 4],
      history: [{ epoch: 4, reconstruction: 12.345 }],
    },
    "home/own-x/codes": { planes: { coordinates: floats(1, 2, 3, 4) } },
  });
  let changes = 0;
  const training = new Training(
    path => `home/own-x/${path}`,
    () => changes++,
  );
  await training.open();
  assert.deepEqual([training.state, [...training.codes.data]], ["ready", [1, 2, 3, 4]]);
  assert.equal(training.error, "squared error per image: 12.3");
  assert.deepEqual(training.back.shape, [2, 2, 2]);
  assert.ok(changes >= 2 && asked[1] === "POST home/own-x/autoencoder {}");
});

test("one that was stopped is not begun by itself, and one that cannot be is explained", async () => {
  for (const [answer, state, text] of [
    [{ run: "r", state: "stopped", problem: "", others: [] }, "ended", "Training stopped."],
    [{ run: "", state: "", problem: "too few", others: ["N-gram"] }, "none", "too few"],
    [undefined, "ended", "not served"],
  ]) {
    const asked = serve({ "GET home/x/autoencoder": answer });
    const training = new Training(
      path => `home/x/${path}`,
      () => {},
    );
    await training.open();
    assert.equal(training.state, state);
    assert.ok(training.problem.includes(text));
    assert.equal(asked.length, 1);
    assert.ok(String(trainingWait(training, "own-x")).includes(state === "none" ? "N-gram" : 'data-do="train"'));
  }
});

test("UMAP is asked for before the autoencoder, and stopped when the visitor leaves", async () => {
  const asked = serve({
    "map?of=pixels&method=pca": {
      header: { ready: true, explained: 0.5 },
      planes: { coordinates: floats(0, 0, 1, 1) },
    },
    "POST ./api/home/own-x/map": { run: "map-1" },
    "map?of=pixels&method=umap": { header: { ready: false, run: null, cost: "" }, planes: {} },
    "runs/map-1": { ...RUN, phase: ["UMAP", 1, 4] },
    "GET ./api/home/own-x/autoencoder": { run: "", state: "", problem: "none", others: [] },
  });
  const look = new Look({ api: "./api/home", checkpoint: "own-x", version: "1" }, () => look.goOn());
  assert.equal(look.pca.state, "loading");
  look.goOn();
  assert.equal(look.umap.state, "loading");
  for (let i = 0; i < 40 && !asked.some(line => line.includes("autoencoder")); i++) await later();
  const order = ["POST home/own-x/map {}", "GET runs/map-1", "GET home/own-x/autoencoder"];
  assert.deepEqual(
    order.map(line => asked.indexOf(line)).toSorted((a, b) => a - b),
    order.map(line => asked.indexOf(line)),
  );
  assert.deepEqual([look.umap.state, look.umap.phase, look.umap.done], ["asked", "UMAP", 0.25]);
  look.close();
  look.close();
  assert.deepEqual(
    asked.filter(line => line.includes("stop")),
    ['POST runs/map-1 {"do":"stop"}'],
  );
});

test("words come escaped, a long legend is cut, and the way to Codes waits for the model", () => {
  const legend = String(
    legendMarkup(
      Array.from({ length: 20 }, (_, i) => `<${i}>`),
      [],
    ),
  );
  assert.ok(legend.includes("&lt;0&gt;") && !legend.includes("<0>") && legend.includes("and 6 more"));
  assert.ok(!String(nextMarkup("own-x", "")).includes("Codes"));
  assert.ok(String(nextMarkup("own-x", "own-x-1")).includes("./codes?checkpoint=own-x-1"));
  const map = { state: "failed", problem: "<b>", phase: "", done: 0 };
  assert.ok(String(mapWait(map, "umap")).includes("&lt;b&gt;") && String(mapWait(map, "umap")).includes("Compute"));
  assert.ok(!String(mapWait(map, "pca")).includes("button"));
  assert.equal(String(mapWait({ ...map, state: "refused" }, "umap")), "<span>&lt;b&gt;</span>");
  assert.ok(backNote(null).includes("as soon as") && backNote({ data: [], shape: [2, 1, 4] }).includes("A cell"));
});
