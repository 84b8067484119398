import assert from "node:assert/strict";
import test from "node:test";
import { layout, tileGrid } from "../../pages/shared/view/canvas.js";
import { encode, messageSize } from "../../pages/shared/view/codec.js";
import { classColours, css, diverging, fromHex, oklch, packed, SCALE } from "../../pages/shared/view/colours.js";
import { button } from "../../pages/shared/view/controls.js";
import { DrawingPad } from "../../pages/shared/view/drawing_pad.js";
import { FrameLoop } from "../../pages/shared/view/frame_loop.js";
import { keyName, takesKey } from "../../pages/shared/view/keyboard.js";
import { LatestRequest } from "../../pages/shared/view/latest_request.js";
import { untilStaying } from "../../pages/shared/view/leaving.js";
import { movingAverage } from "../../pages/shared/view/line_chart.js";
import { packImage, unpackImage } from "../../pages/shared/view/packed_image.js";
import { changedParams, queryWith } from "../../pages/shared/view/url.js";

test("a button is called by the words on it, and by what it does where there are none", () => {
  const words = String(button("clear", "Clear", "Remove all labels"));
  assert.ok(words.includes('title="Remove all labels"') && !words.includes("aria-label"));
  assert.ok(String(button("more", "+", "One more")).includes('aria-label="One more"'));
});

// -- the address -----------------------------------------------------------------------------------

test("a query keeps what is not spoken of, and leaves out what is empty", () => {
  assert.equal(queryWith("?a=1&b=2", { b: "", c: 3 }), "a=1&c=3");
  assert.equal(queryWith("", { maps: "code,umap:n=30", plane: "dims~1~0!" }), "maps=code,umap:n%3D30&plane=dims~1~0!");
  const text = "50% of a+b & c";
  assert.equal(new URLSearchParams(queryWith("", { text })).get("text"), text);
});

test("what is as usual is empty in a link", () => {
  const usual = { seed: 0, off: [], name: "", scale: 1 };
  assert.deepEqual(changedParams({ ...usual, seed: 2, off: [1, 30] }, usual), {
    seed: "2",
    off: "1.30",
    name: "",
    scale: "",
  });
});

test("images in links", () => {
  const grey = Uint8Array.from({ length: 9 }, (_, i) => 17 * i),
    back = new Uint8Array(9);
  assert.equal(packImage(grey, 4).length, Math.ceil((5 * 8) / 6));
  assert.ok(unpackImage(packImage(grey, 4), back));
  assert.deepEqual(back, grey);
  assert.ok(unpackImage(packImage(grey, 1), back));
  assert.deepEqual(
    back,
    grey.map(x => (x > 127 ? 255 : 0)),
  );
  assert.match(
    packImage(
      Uint8Array.from({ length: 64 }, () => 255),
      4,
    ),
    /^[\w-]+$/,
  );
  for (const text of ["!!", "", "AAAAAAAAAAAA"]) assert.equal(unpackImage(text, back), false, text);
});

// -- keys ------------------------------------------------------------------------------------------

test("controls keep the keys that move or press them", () => {
  const takes = (tag, type, key) => takesKey({ tag, type, editable: false }, key);
  assert.ok(takes("INPUT", "text", "n") && takes("INPUT", "number", "ArrowUp") && takes("SELECT", "", "a"));
  assert.ok(takes("INPUT", "range", "ArrowLeft") && takes("INPUT", "range", "Home"));
  assert.ok(!takes("INPUT", "range", " ") && !takes("INPUT", "range", "n"));
  assert.ok(takes("BUTTON", "", " ") && takes("SUMMARY", "", "Enter") && !takes("BUTTON", "", "ArrowLeft"));
  assert.ok(takes("INPUT", "checkbox", " ") && !takes("INPUT", "checkbox", "r"));
  assert.ok(takes("A", "", "Enter") && !takes("A", "", " "));
  assert.ok(takesKey({ tag: "", type: "", editable: true }, "n"));
  assert.deepEqual(
    ["P", "p", "ArrowLeft"].map(key => keyName({ key })),
    ["p", "p", "ArrowLeft"],
  );
});

// -- frames ----------------------------------------------------------------------------------------

/** A window whose frames and sight are in our hands. */
function pretendWindow() {
  const page = { frames: [], see: null };
  globalThis.requestAnimationFrame = draw => page.frames.push(draw);
  globalThis.cancelAnimationFrame = () => page.frames.splice(0);
  globalThis.IntersectionObserver = class {
    constructor(tell) {
      page.see = isIntersecting => tell([{ isIntersecting }]);
    }
    observe() {}
    disconnect() {}
  };
  page.frame = now => page.frames.splice(0).forEach(draw => draw(now));
  return page;
}

test("one frame for many requests, and time goes on while frames follow each other", () => {
  const page = pretendWindow();
  const seen = [];
  const loop = new FrameLoop({}, (_, elapsed) => seen.push(elapsed) < 3);
  loop.request();
  loop.request();
  assert.equal(page.frames.length, 1);
  for (const now of [1000, 1016, 2000, 3000]) page.frame(now);
  assert.deepEqual(seen, [0, 16, 100], "no more than the longest");
  loop.request();
  page.frame(9000);
  assert.equal(seen[3], 0, "it follows no other");
});

test("no frames where nothing can be seen, nor after the end", () => {
  const page = pretendWindow();
  let drawn = 0;
  const loop = new FrameLoop({}, () => {
    drawn += 1;
    return true;
  });
  loop.request();
  page.see(false);
  page.frame(0);
  assert.deepEqual([drawn, page.frames.length], [1, 0]);
  page.see(true);
  page.frame(16);
  assert.equal(drawn, 2);
  loop.stop();
  loop.request();
  page.frame(32);
  assert.equal(drawn, 2);
});

test("of many questions the first and the last are asked", async () => {
  const asked = [],
    answered = [];
  let release;
  const requests = new LatestRequest(
    question => {
      asked.push(question);
      return new Promise(done => {
        release = () => done(10 * question);
      });
    },
    answer => answered.push(answer),
    () => assert.fail(),
  );
  const done = requests.request(1);
  requests.request(2);
  requests.request(3);
  release();
  await new Promise(setImmediate);
  release();
  await done;
  assert.deepEqual(
    [asked, answered],
    [
      [1, 3],
      [10, 30],
    ],
  );
});

// -- pictures --------------------------------------------------------------------------------------

test("tiles are found where they lie", () => {
  const grid = tileGrid(5, 3, 10, 20, 2);
  for (let k = 0; k < 5; k++) {
    const { x, y } = grid.place(k);
    assert.equal(grid.find(x + 5, y + 10), k);
  }
  assert.deepEqual([grid.rows, grid.find(30, 30), grid.find(-5, 5)], [2, -1, -1]);
});

test("the largest grid, with full rows where that costs little", () => {
  const wide = layout(12, 8, 8, 400, 300, 4);
  assert.deepEqual([wide.columns, wide.rows], [4, 3]);
  assert.equal(layout(7, 8, 8, 100, 700, 0).columns, 1);
  assert.ok(layout(64, 28, 28, 600, 400, 6).tileW * 8 < 600);
});

test("colours", () => {
  assert.deepEqual(oklch(1, 0, 0), [255, 255, 255]);
  assert.deepEqual(oklch(0, 0, 0), [0, 0, 0]);
  assert.deepEqual(fromHex("#0e9ebb"), [14, 158, 187]);
  assert.equal(css([1, 2, 3]), "rgb(1 2 3)");
  assert.equal(packed([1, 2, 3]), 0x030201);
  assert.equal(classColours(3, ["#000000", "#111111"]).length, 3);
  assert.deepEqual(classColours(1, ["#000000", "#111111"]), [[0, 0, 0]]);
  assert.equal(SCALE.length, 256);
  const rgba = new Uint8ClampedArray(4);
  const at = value => {
    diverging(value, rgba, 0);
    return [...rgba];
  };
  assert.deepEqual(
    [at(0), at(-1), at(9)],
    [
      [246, 246, 246, 255],
      [0, 114, 178, 255],
      [230, 140, 0, 255],
    ],
  );
});

test("averages of neighbours do not look across a place", () => {
  assert.deepEqual(movingAverage([0, 3, 6, 9, 12], 3), [1.5, 3, 6, 9, 10.5]);
  assert.deepEqual(movingAverage([0, 0, 6, 6], 3, 2), [0, 0, 6, 6]);
});

test("the size of a message is known from its first line", async () => {
  const planes = { a: { type: "f16", shape: [3], data: new Uint16Array(3) } };
  const bytes = new Uint8Array(await encode({ x: 1 }, planes).arrayBuffer());
  assert.equal(messageSize(bytes), bytes.length);
  assert.equal(messageSize(bytes.subarray(0, 10)), 0);
});

// -- the pad ---------------------------------------------------------------------------------------

/** A pad of 8 x 8 pixels whose canvas hears nothing. */
const padOf = (changes = []) =>
  new DrawingPad({ addEventListener() {} }, { width: 8, height: 8, binary: true }, what => changes.push(what));

test("a stroke is drawn without gaps, rubbed out, and comes back from a link", () => {
  const pad = padOf();
  pad.tool = "draw";
  pad.strokeTo({ x: 1, y: 1 }, { x: 7, y: 1 });
  assert.ok(pad.drawing.subarray(9, 14).every(x => x > 127) && !pad.empty && !pad.hasMask);
  const other = padOf();
  other.restore({ ...pad.urlParams("drawing") });
  assert.deepEqual(
    other.drawing,
    pad.drawing.map(x => (x > 127 ? 255 : 0)),
  );
  assert.equal(pad.urlParams("model").drawing, "");
  pad.tool = "rub";
  pad.strokeTo({ x: 0, y: 1 }, { x: 8, y: 1 });
  assert.ok(pad.drawing.every(x => x < 128));
});

test("pixels are clamped, freed and come back from a link", () => {
  const changes = [],
    pad = padOf(changes);
  const image = Uint8Array.from({ length: 64 }, (_, i) => (i % 2 ? 255 : 0));
  pad.clampWhere(image, row => row < 4);
  const other = padOf();
  other.restore(pad.urlParams("model"));
  assert.deepEqual([other.mask, other.clamped], [pad.mask, image]);
  pad.tool = "free";
  pad.dab(0.5, 0.5);
  assert.deepEqual([pad.mask[0], pad.mask[7]], [0, 1]);
  pad.release();
  assert.deepEqual([pad.hasMask, changes], [false, ["clamp", "clamp"]]);
  other.restore({ drawing: "!!", held: "a.b" });
  assert.ok(other.hasMask, "nonsense changes nothing");
});

test("after a click on a link a page waits with what it would tell, and no longer than it takes to know", () => {
  assert.equal(untilStaying(9_000, Number.NEGATIVE_INFINITY), 0);
  assert.deepEqual(
    [untilStaying(9_000, 9_000), untilStaying(12_000, 9_000), untilStaying(20_000, 9_000)],
    [5_000, 2_000, 0],
  );
});
