// Units of the latent space: the point and its plane, ends of an interpolation, samples, what the model knows.

import assert from "node:assert/strict";
import test from "node:test";

import { exampleRows } from "../../pages/latent/view/beta.js";
import { End, usualRows } from "../../pages/latent/view/ends.js";
import { sampleCodes } from "../../pages/latent/view/generate.js";
import { linkProblems, readView, writeView } from "../../pages/latent/view/link.js";
import { ellipseOf } from "../../pages/latent/view/marks.js";
import { dot, mix, noise, slerp } from "../../pages/latent/view/maths.js";
import { Model } from "../../pages/latent/view/model.js";
import { orderOfClasses } from "../../pages/latent/view/path_rows.js";
import { pathsBetween, projected } from "../../pages/latent/view/paths.js";
import { axisWords, changedPlane } from "../../pages/latent/view/plane_controls.js";
import { voteWords } from "../../pages/latent/view/readout.js";
import { LatentSpace } from "../../pages/latent/view/space.js";
import { frameTimes, shareOf, TILES, timeAfter, timeAt } from "../../pages/latent/view/time_bar.js";
import { packImage } from "../../pages/shared/view/packed_image.js";
import { gap, values } from "./values.mjs";

const { posterior } = values;

// a model of 2 x 1 pixels, which are a half of the first two numbers of a code
const net = {
  shift: Float32Array.of(0, 0),
  scale: Float32Array.of(1, 1),
  run: z => Uint8ClampedArray.of(127 + 60 * z[0], 127 + 60 * z[1]),
};
const plane = data => ({ data, shape: [] });
const modelOf = (more = {}) => {
  const header = {
    n: posterior.n,
    d: posterior.d,
    height: 1,
    width: 2,
    axes: 2,
    classes: ["a", "b", "c"],
    known: [0, 1, 2],
  };
  const planes = {
    mean: plane(Float32Array.from(posterior.mean)),
    log_var: plane(Float32Array.from(posterior.logVar)),
    kl: plane(Float32Array.of(1, 3, 2)),
    inactive: plane(Uint8Array.of(1, 0, 0)),
    labels: plane(Uint8Array.from(posterior.labels)),
    class_means: plane(Float32Array.of(0, 0, 0, 1, 1, 1, 2, 2, 2)),
  };
  const member = { name: "m", version: "v", beta: 1 };
  return new Model(member, "api/m", { header: { ...header, information: {} }, planes: { ...planes, ...more } }, net);
};
const model = modelOf();

test("KL, density and votes are those of SciPy and scikit-learn", () => {
  for (let row = 0; row < model.n; row++) assert.ok(Math.abs(model.klOf(row) - posterior.kl[row]) < 1e-4);
  for (const [i, place] of posterior.places.entries()) {
    assert.ok(Math.abs(model.logDensity(place) - posterior.density[i]) < 1e-4);
    assert.ok(Math.abs(model.logDensity(place, [2, 5]) - posterior.densityWithout[i]) < 1e-4);
    assert.ok(gap(model.vote(place), posterior.votes[i]) < 1e-6);
  }
  assert.equal(modelOf({ labels: undefined }).vote(posterior.places[0]), null);
});

test("nine of ten codes lie within the usual densities", () => {
  const [low, high] = model.usualDensity;
  assert.ok(low < high && model.usualDensity[0] === low);
  const draw = noise(0);
  const inside = Array.from({ length: model.n }, (_, row) => {
    const std = model.spread(row);
    const z = model.code(row).map((m, j) => m + std[j] * draw());
    const density = model.logDensity(z, [row]);
    return density >= low && density <= high;
  }).filter(Boolean).length;
  assert.ok(inside >= 0.88 * model.n && inside <= 0.97 * model.n);
});

test("units in order, classes and their means", () => {
  assert.deepEqual(model.order, [1, 2, 0]);
  assert.deepEqual([model.inactiveUnits, model.totalKl], [1, 6]);
  assert.deepEqual(Array.from(model.classMean(1)), [1, 1, 1]);
  assert.deepEqual(
    model.rowsOf(1).map(row => posterior.labels[row]),
    model.rowsOf(1).map(() => 1),
  );
  const first = exampleRows(model);
  assert.equal(first.length, 8);
  assert.deepEqual(
    first.slice(0, 3).map(row => posterior.labels[row]),
    [0, 1, 2],
  );
});

test("the spherical path is SciPy's, and its lengths change evenly", () => {
  for (const { a, b, times, places } of values.slerp)
    for (const [i, t] of times.entries()) assert.ok(gap(slerp(a, b, t), places[i]) < 1e-5);
});

test("draws come back with their seed, and are normal", () => {
  const [one, again, other] = [noise(5), noise(5), noise(6)];
  const draws = Array.from({ length: 4000 }, one);
  assert.deepEqual(draws.slice(0, 9), Array.from({ length: 9 }, again));
  assert.notEqual(draws[0], other());
  const mean = draws.reduce((a, b) => a + b) / 4000;
  assert.ok(Math.abs(mean) < 0.06 && Math.abs(draws.reduce((a, b) => a + b * b, 0) / 4000 - 1) < 0.1);
});

test("samples: temperature scales them, the posterior's are around examples", () => {
  const how = { seed: 3, source: "prior", temperature: 1 };
  const cold = sampleCodes(model, { ...how, temperature: 0.25 });
  const warm = sampleCodes(model, how);
  assert.equal(warm.length, 24);
  for (const [i, z] of cold.entries())
    assert.ok(
      gap(
        z,
        warm[i].map(x => x / 2),
      ) < 1e-6,
    );
  const frozen = sampleCodes(model, { ...how, source: "posterior", temperature: 0 });
  const codes = Array.from({ length: model.n }, (_, row) => model.code(row));
  for (const z of frozen) assert.ok(codes.some(code => gap(code, z) < 1e-6));
});

test("the ellipse of a posterior on a plane is the Cholesky factor of its covariance there", () => {
  const { l, m, o } = ellipseOf(values.ellipse.axes, values.ellipse.std);
  assert.ok(gap([l, 0, m, o], values.ellipse.factor.flat()) < 1e-9);
});

test("greys after PCA and back are scikit-learn's", () => {
  const { greys, mean, components, shift, scale, back } = values.linear;
  const linear = { mean: Float32Array.from(mean), components: Float32Array.from(components) };
  for (const [i, grey] of greys.entries())
    assert.ok(gap(projected(grey, { linear, net: { shift, scale }, size: 6 }), back[i]) < 0.01);
});

// -- the point and its plane ------------------------------------------------------------------------

const unit = j => Float32Array.from({ length: 3 }, (_, i) => Number(i === j));
const spaceAt = (pick = 4) =>
  new LatentSpace(model, { kind: "dims", first: 0, second: 2 }, [unit(0), unit(2)], model.code(pick), pick);

test("a place on the plane keeps what the point has beside the plane", () => {
  const space = spaceAt();
  const z = space.through([5, -6]);
  assert.deepEqual([z[0], z[1], z[2]], [5, model.code(4)[1], -6]);
  assert.deepEqual(space.onAxes(z), [5, -6]);
  assert.ok(gap(space.through(space.onAxes(space.z)), space.z) < 1e-6);
});

test("the point is that of its example until it moves", () => {
  const space = spaceAt();
  assert.ok(space.isPick && space.isOwn);
  space.hovered = { z: space.z, row: -1 };
  space.moveTo(space.through([0, 0]));
  assert.deepEqual([space.isPick, space.pick, space.hovered], [false, 4, null]);
  space.moveTo(space.z, -1);
  assert.ok(!space.isPick);
});

test("another model of the family has other codes of the same example", () => {
  const space = spaceAt();
  const other = modelOf({ mean: plane(Float32Array.from(posterior.mean, x => x + 1)) });
  space.setModel(other);
  assert.ok(!space.isOwn && gap(space.z, other.code(4)) < 1e-9);
  space.setPlane(space.plane, space.axes);
  assert.ok(Math.abs(space.base[1] - other.code(4)[1]) < 1e-6);
});

test("examples on the axes", () => {
  const { us, vs } = spaceAt().project();
  const code = model.code(7);
  assert.ok(Math.abs(us[7] - code[0]) < 1e-6 && Math.abs(vs[7] - code[2]) < 1e-6);
});

test("the axes of a plane stay different ones", () => {
  const dims = { kind: "dims", first: 0, second: 2 };
  assert.deepEqual(changedPlane(dims, "first", "1", []), { kind: "dims", first: 1, second: 2 });
  assert.deepEqual(changedPlane(dims, "first", "2", []), { kind: "dims", first: 2, second: 0 });
  assert.deepEqual(changedPlane(dims, "second", "0", []), { kind: "dims", first: 2, second: 0 });
  assert.deepEqual(changedPlane(dims, "kind", "class", [3, 8, 9]), { kind: "class", first: 3, second: 8 });
  assert.deepEqual(changedPlane(dims, "kind", "pca", [3, 8]), { kind: "pca", first: 0, second: 1 });
});

test("words on the axes and of the nearest codes", () => {
  assert.deepEqual(axisWords({ kind: "dims", first: 0, second: 11 }, []), ["z₁", "z₁₂"]);
  assert.equal(axisWords({ kind: "pca", first: 1, second: 0 }, [])[0], "PC 2");
  assert.equal(axisWords({ kind: "class", first: 0, second: 1 }, ["x", "y"])[0], "from x to y");
  assert.equal(voteWords(Float32Array.of(0.2, 0.8), ["3", "8"]), "80% of the nearest codes are 8s");
  assert.equal(voteWords(Float32Array.of(0.6, 0.4), ["shoe", "bag"]), "60% of the nearest codes: shoe");
  assert.equal(voteWords(null, []), "");
});

test("views in links, and what of a link is not there", () => {
  assert.equal(writeView({ x: 1 / 3, y: -2, zoom: 1.5 }), "0.33333,-2,1.5");
  assert.deepEqual(readView("0.5,-2,1.5"), { x: 0.5, y: -2, zoom: 1.5 });
  assert.equal(writeView(null), "");
  for (const text of ["", "1,2", "1,2,1", "1,2,401", "a,2,3", "1,2,3,4"]) assert.equal(readView(text), null);
  const link = { z: "", pick: "", view: "", plane: "" };
  assert.deepEqual(linkProblems(link, model), []);
  assert.deepEqual(linkProblems({ z: "1_2_3", pick: "0", view: "0,0,2", plane: "dims~0~1" }, model), []);
  const problems = linkProblems({ z: "1", pick: "99", view: "x", plane: "pca~0~9" }, model);
  assert.deepEqual(
    problems.map(text => text.split(" ")[2]),
    ["point", "example", "view", "plane"],
  );
});

// -- the interpolation ------------------------------------------------------------------------------

test("time goes there and back, around, or once", () => {
  assert.deepEqual(timeAfter(0.9, false, 0.2, "bounce"), { t: 2 - 1.1, backwards: true, ended: false });
  assert.equal(timeAfter(0.1, true, 0.2, "bounce").backwards, false);
  assert.ok(Math.abs(timeAfter(0.1, true, 0.2, "bounce").t - 0.1) < 1e-9);
  assert.ok(Math.abs(timeAfter(0.9, false, 0.2, "loop").t - 0.1) < 1e-9);
  assert.deepEqual(timeAfter(0.9, false, 0.2, "once"), { t: 1, backwards: false, ended: true });
  assert.ok(timeAfter(0, false, 9, "bounce").t >= 0);
});

test("an animation there and back shows both ends once", () => {
  const times = frameTimes(12, "bounce");
  assert.equal(times.length, 22);
  assert.deepEqual([times[0], times[11], times.filter(t => t === 1).length], [0, 1, 1]);
  assert.deepEqual(frameTimes(3, "loop"), [0, 0.5, 1]);
});

test("a strip has A in its first picture and B in its last", () => {
  assert.ok(Math.abs(shareOf(0) - 0.5 / TILES) < 1e-9 && Math.abs(shareOf(1) - (TILES - 0.5) / TILES) < 1e-9);
  for (const t of [0, 0.3, 1]) assert.ok(Math.abs(timeAt(shareOf(t)) - t) < 1e-9);
  assert.deepEqual([timeAt(0), timeAt(1)], [0, 1]);
});

test("ends in links: examples, points, drawings", () => {
  const own = { ...model, n: 10, d: 2 };
  assert.equal(End.read("e3", own).write(), "e3");
  assert.equal(End.read("z0.5_-1", own).write(), "z0.5_-1");
  assert.equal(End.read("dAB", own).write(), "dAB");
  for (const text of ["", "e10", "e", "z1", "x"]) assert.equal(End.read(text, own), null);
  assert.equal(new End({ row: 4 }).words(model), `${model.classes[posterior.labels[4]]} · example 4`);
  assert.equal(new End({ z: Float32Array.of(1) }).words(model), "a point");
  assert.equal(new End({ drawing: "AB" }).words(model), "your drawing");
});

test("an end is an example's code and picture, a point's reconstruction, a drawing's encoding", async () => {
  const encoding = modelOf();
  encoding.encode = async () => ({ mean: Float32Array.of(1, 2, 3), std: Float32Array.of(1, 1, 1) });
  const errors = [];
  const image = Uint8Array.of(1, 2);
  const host = {
    space: { model: encoding },
    data: { dataHere: true },
    pictures: { here: false, of: () => (host.pictures.here ? image : null) },
    showError: text => errors.push(text),
  };
  const nothing = () => {};
  const example = new End({ row: 4 });
  assert.deepEqual(
    example.resolve(host, null, nothing).grey,
    net.run(model.code(4)),
    "its reconstruction until its picture comes",
  );
  host.pictures.here = true;
  assert.equal(example.resolve(host, null, nothing).grey, image);
  const z = Float32Array.of(0, 1, 0);
  assert.deepEqual(new End({ z }).resolve(host, null, nothing).grey, net.run(z));
  const drawing = new End({ drawing: packImage([255, 255], 4) });
  const ready = await new Promise(done => {
    assert.equal(
      drawing.resolve(host, null, () => done(drawing.resolve(host, null, nothing))),
      null,
    );
  });
  assert.deepEqual(
    [Array.from(ready.grey), Array.from(ready.z)],
    [
      [255, 255],
      [1, 2, 3],
    ],
  );
  const bad = new End({ drawing: "A".repeat(999) });
  bad.resolve(host, null, nothing);
  assert.deepEqual([bad.row, errors.length], [0, 1]);
});

test("the usual ends are far from each other, but not far out", () => {
  const codes = [
    [0, 0],
    [1, 0],
    [4, 0],
    [99, 0],
    [2, 0],
  ].map(code => Float32Array.from(code));
  assert.deepEqual(usualRows({ n: 5, d: 2, code: row => codes[row] }), { a: 0, b: 2 });
});

test("the paths between two ends begin and end there", () => {
  const [a, b] = [4, 9].map(row => ({
    z: model.code(row),
    grey: net.run(model.code(row)),
    deep: Float32Array.of(row),
  }));
  const deep = { url: "", title: "deep", net: { run: z => Uint8ClampedArray.of(z[0], 0) } };
  const paths = pathsBetween(a, b, model, deep);
  assert.deepEqual(
    paths.map(({ name }) => name),
    ["pixels", "deep", "straight", "sphere"],
  );
  for (const { name, at } of paths) {
    const ends =
      name === "deep"
        ? [
            [4, 0],
            [9, 0],
          ]
        : [a.grey, b.grey];
    assert.ok(gap(at(0), ends[0]) <= 1 && gap(at(1), ends[1]) <= 1, name);
  }
  assert.ok(gap(paths[2].z(0.5), mix(a.z, b.z, 0.5)) < 1e-6);
  assert.ok(dot(paths[3].z(0.5), paths[3].z(0.5)) >= dot(paths[2].z(0.5), paths[2].z(0.5)) - 1e-6);
  assert.deepEqual(
    pathsBetween({ ...a, grey: null }, b, model, null).map(({ name }) => name),
    ["straight", "sphere"],
    "without pictures only through the space",
  );
});

test("classes stand in a band by when they are strongest", () => {
  assert.deepEqual(
    orderOfClasses([
      [0, 0, 1],
      [0.5, 0, 0.5],
      [1, 0, 0],
    ]),
    [2, 0],
  );
});
