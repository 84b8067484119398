// Every script can be loaded by itself, without a page.

import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";

const root = new URL("../../pages/", import.meta.url);
const scripts = fs.readdirSync(root, { recursive: true }).filter(file => file.endsWith(".js"));
globalThis.matchMedia = () => ({ matches: false, addEventListener() {} });
// what a worker and an audio worklet have
Object.assign(globalThis, { self: globalThis, registerProcessor() {}, AudioWorkletProcessor: class {} });

test("there are scripts", () => assert.ok(scripts.length > 70));
for (const script of scripts) test(script, () => import(new URL(script, root)));
