import assert from "node:assert/strict";
import test from "node:test";
import { readCode, readPlane, subscript, usualPlane, whole, writeCode } from "../../pages/latent/view/link.js";
import { dot, EDGE, mix, normal, quantile, slerp } from "../../pages/latent/view/maths.js";
import { decode } from "../../pages/shared/view/codec.js";
import { DecoderNet } from "../../pages/shared/view/decoder_net.js";
import { buffer, gap, values } from "./values.mjs";

for (const { name, bytes, places, greys } of values.decoders)
  test(`${name} is decoded as torch decodes it`, () => {
    const net = new DecoderNet(decode(buffer(bytes)));
    places.forEach((place, i) => assert.ok(gap(net.run(place), greys[i]) <= 1, `place ${place}`)); // bytes: rounding
  });

test("the normal distribution and its quantiles are SciPy's", () => {
  for (const [x, p] of values.normal) assert.ok(Math.abs(normal(x) - p) < 2e-7);
  for (const [x, p] of values.normal) if (p > EDGE && p < 1 - EDGE) assert.ok(Math.abs(quantile(p) - x) < 1e-6);
});

test("the spherical path keeps to even angles and lengths", () => {
  const a = Float32Array.of(2, 0, 0),
    b = Float32Array.of(0, 1, 1);
  assert.ok(gap(slerp(a, b, 0), a) < 1e-6 && gap(slerp(a, b, 1), b) < 1e-6);
  const lengths = [0.25, 0.5, 0.75].map(t => Math.sqrt(dot(slerp(a, b, t), slerp(a, b, t))));
  assert.ok(
    gap(
      lengths,
      [0.25, 0.5, 0.75].map(t => (1 - t) * 2 + t * Math.SQRT2),
    ) < 1e-6,
  );
  assert.ok(gap(slerp(a, a, 0.3), mix(a, a, 0.3)) < 1e-6);
});

test("codes in links", () => {
  const z = Float32Array.of(-1.25, 0, 3.0004);
  assert.equal(writeCode(z), "-1.25_0_3");
  assert.ok(gap(readCode("-1.25_0_3", 3), [-1.25, 0, 3]) < 1e-9);
  for (const text of ["", "1_2", "1_2_x", "1_2_1000", "1__2", "1_2_NaN", "1_2_3_4"])
    assert.equal(readCode(text, 3), null);
  assert.equal(whole("12", 0, 12), 12);
  for (const text of ["13", "-1", "1.5", "", "1e1", "12345678"]) assert.equal(whole(text, 0, 12), null);
  assert.equal(subscript(10), "₁₀");
});

test("planes in links", () => {
  const model = { d: 5, principal: 3, classes: ["a", "b", "c"], known: [0, 2] };
  assert.deepEqual(readPlane("dims~4~0", model), { kind: "dims", first: 4, second: 0 });
  assert.deepEqual(readPlane("class~0~2", model), { kind: "class", first: 0, second: 2 });
  for (const text of ["", "dims", "dims~1", "dims~1~1", "dims~5~0", "pca~3~0", "class~0~1", "x~0~1", "toString~0~1"])
    assert.equal(readPlane(text, model), null);
  for (const d of [2, 5]) assert.ok(readPlane(Object.values(usualPlane({ ...model, d })).join("~"), { ...model, d }));
});
