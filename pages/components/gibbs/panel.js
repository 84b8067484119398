// @ts-nocheck: no types yet
// The player's controls: their markup, what they do, and what they show.

import { button, choice, icon, slider, write } from "../shared/controls.js";
import { html, put } from "../shared/html.js";
import { SURE } from "./mixing.js";

const SIZES = [1, 4, 9, 16, 25, 36, 64, 100, 144, 256];
const HOTTEST = 5,
  COLDEST = 0.1,
  LAST_FRAME = 5000; // what a link may say (pages/ui/state.py)

const HEAT = "Energies are divided by T: low T stays in a mode, high T roams";
export const HOW_CHANGES = `A chain's class changes when the linear probe gives another class at least ${100 * SURE}%; less certain readings count for nothing`;
const HOW_MIXING =
  "Correlation of hidden layers so many Gibbs steps apart, over all chains and units: 1 the same, 0 independent. The first fifth of the film is left out as burn-in. τ = 1 + 2 Σ ρ: steps that count as one independent sample (Sokal 1997)";

export function markup(data) {
  if (data.small)
    return html`<div data-part="error" class="error" hidden></div><div class="stages" data-part="stages"></div>`;
  const { name, persistent } = data.training;
  return html`
<div data-part="error" class="error" role="alert" hidden></div>
<div class="bar">
  <span class="group"><b>Start from</b>
    ${choice(
      "start",
      [
        ["model", "model samples", "Samples that the model produced in 1,000 Gibbs steps"],
        ["noise", "noise", "Every pixel at random: watch samples form"],
        ["test", "test images", "Images that the model has never seen"],
        ["class", "a class", "Test images of one class"],
        ["drawing", "your drawing", "Draw on the pad; every chain starts there"],
      ],
      "Start of the chains",
    )}
    <select data-pick="digit" aria-label="Class to start from">${data.classes.map(c => html`<option>${c}</option>`)}</select>
  </span>
  <span class="group"><b>Chains</b>
    <select data-pick="chains" aria-label="Number of chains">${SIZES.map(n => html`<option>${n}</option>`)}</select>
  </span>
  <span class="group"><b>Sampler</b>
    ${choice(
      "sampler",
      [
        [
          "gibbs",
          "Gibbs",
          persistent
            ? `One long chain, as ${name} ran in training`
            : `One long chain; in training, ${name} restarted at the data`,
        ],
        [
          "cd",
          "CD-k",
          persistent
            ? "Restarts every k steps, as contrastive divergence does"
            : `Restarts every k steps, as ${name} did in training`,
        ],
        ["pt", "Tempering", "Parallel tempering: hotter replicas swap with the chain"],
        ["compare", "Compare all", "The three side by side on the same weights"],
      ],
      "Sampler",
    )}
    <label class="small-number" data-part="cd">k <input type="number" data-number="cd" min="1" max="1000" aria-label="k: Gibbs steps of CD before it restarts"></label>
  </span>
  <span class="group"><b>Seed</b>
    <input type="number" class="seed" data-number="seed" min="0" max="2147483647" aria-label="Seed">
    ${button("dice", "new", "New seed (N)")}
  </span>
</div>
<div class="body">
  <section class="left">
    <p class="start-hint" data-part="hint" role="status" hidden></p>
    <div class="stages" data-part="stages"></div>
<div class="bar transport">
  <span class="group">
    ${button("restart", icon("restart"), "Restart at frame 0 (R)")}
    ${button("back", icon("back"), "Half a step back (left arrow)")}
    <button type="button" class="main" data-do="play" title="Play or pause (space)" aria-label="Play or pause (space)"></button>
    ${button("forward", icon("forward"), "Next half-step: v given h, then h given v (right arrow)")}
    ${button("loop", icon("loop"), "Loop over the recorded frames (L)")}
  </span>
  <input type="range" class="scrub" data-part="scrub" min="0" max="0" value="0" aria-label="Frame">
  <output class="frame" data-part="frame"></output>
</div>
<div class="bar sliders">
  ${slider("fps", "speed", 1, 60, 1, "Frames per second ([ and ])")}
  ${slider("sweeps", "steps per frame", 0, 8, 1, "Gibbs steps from one frame to the next")}
  ${slider("temperature", "temperature", Math.log10(COLDEST), 0.7, 0.01, HEAT)}
</div>
<div class="bar">
  <span class="group"><b>Show</b>${choice(
    "view",
    [
      ["mean", "probabilities", "Show p(v=1 | h) and p(h=1 | v) (P)"],
      ["sample", "samples", "Show the sampled states: what the chain sees (P)"],
    ],
    "What to show",
  )}</span>
  <span class="group end">${button("png", "PNG", "Save this frame as a picture")}${button("gif", "GIF", "Save the last 120 frames up to here as an animation")}${button("keys", "keys", "Show keyboard shortcuts (?)")}</span>
</div>
<div data-part="key-help" class="key-help" hidden>
  <kbd>space</kbd> play, pause <kbd>←</kbd><kbd>→</kbd> half-step <kbd>shift</kbd>+<kbd>←</kbd><kbd>→</kbd> ten frames <kbd>home</kbd><kbd>end</kbd> first, newest
  <kbd>L</kbd> loop <kbd>R</kbd> restart <kbd>N</kbd> new seed <kbd>[</kbd><kbd>]</kbd> slower, faster <kbd>P</kbd> probabilities or samples
  <kbd>,</kbd><kbd>.</kbd> previous, next chain <kbd>X</kbd> ablate or restore the unit <kbd>H</kbd> clamp the top half <kbd>U</kbd> unclamp all
</div>
<div class="timeline"><canvas data-part="timeline" aria-label="Free energies and classes over time; drag to scrub"></canvas></div>
<figure class="mixing" title="${HOW_MIXING}">
  <figcaption><b>Mixing</b> autocorrelation ρ of the hidden layer <span data-part="mixing-says"></span></figcaption>
  <canvas data-part="mixing" role="img" aria-label="Autocorrelation of the hidden layer by lag, a curve for each sampler"></canvas>
</figure>
  </section>
  <section class="right">
    <div class="card">
      <header><b data-part="chain-name">Chain 1</b><span data-part="chain-class" class="badge"></span><span class="muted" data-part="chain-energy"></span></header>
      <div class="card-body">
      <div class="pair">
        <div class="easel">
          <h4>visible layer v <i data-part="visible-title"></i></h4>
          <div class="pad"><canvas data-part="visible" aria-label="Visible layer of the picked chain"></canvas><span data-part="pad-says" hidden>Draw here</span></div>
          <div class="tools">
            ${choice(
              "tool",
              [
                ["look", "look", "Look at the picked chain"],
                ["on", "clamp on", "Paint pixels that stay on in every chain"],
                ["off", "clamp off", "Paint pixels that stay off in every chain"],
                ["free", "unclamp", "Release the pixels that you paint"],
              ],
              "Tool for the visible layer",
            )}
            ${choice(
              "pen",
              [
                ["draw", "draw", "Draw the image that all chains start from"],
                ["rub", "erase", "Erase part of the drawing"],
              ],
              "Drawing tools",
            )}
            ${button("blank", "clear", "Clear the drawing")}
          </div>
          <div class="tools">
            <span class="muted">clamp</span>
            ${button("top", "top half", "Clamp the top half as it is now; the chains fill in the rest (H)")}
            ${button("left", "left half", "Clamp the left half as it is now")}
            ${button("hole", "all but a hole", "Clamp all pixels but a square in the middle")}
            ${button("release", "unclamp all", "Release every clamped pixel (U)")}
          </div>
        </div>
        <div class="hidden-layer">
          <h4>hidden layer h <i data-part="hidden-title"></i></h4>
          <div><canvas data-part="hidden" aria-label="Hidden layer of the picked chain"></canvas></div>
          <div class="tools">
            ${button("on-all", "restore all", "Restore every ablated unit")}
            ${button("off-used", "ablate 50 most active", "Hold the 50 most active units at 0")}
            ${button("off-half", "ablate a random half", "Hold half of the hidden units at 0, chosen by the seed")}
            <span class="muted" data-part="off-count"></span>
          </div>
        </div>
      </div>
      <div class="unit" data-part="unit">
        <div class="fields-pair">
          <figure><canvas data-part="field" aria-label="Receptive field of the picked hidden unit"></canvas><figcaption>weights w</figcaption></figure>
          <figure><canvas data-part="parts" aria-label="Contribution of each pixel"></canvas><figcaption>pixel × weight</figcaption></figure>
        </div>
        <div class="sum">
          <b data-part="unit-name">hidden unit</b>
          <span data-part="unit-use" class="muted"></span>
          <code data-part="unit-input"></code>
          <code data-part="unit-probability"></code>
          <code data-part="unit-outcome"></code>
          ${button("switch", "ablate this unit", "Hold this unit at 0, or restore it, from this frame on (X)")}
        </div>
      </div>
      </div>
    </div>
  </section>
</div>
<details data-part="sheet">
  <summary>Receptive fields of all ${data.hidden} hidden units</summary>
  <div class="bar">
    <span class="group"><b>Sort by</b>${choice(
      "order",
      [
        ["use", "activation frequency", "Mean activity on the training data"],
        ["norm", "weight norm", "Length of the weight vector"],
        ["index", "index", "In the model's own order"],
      ],
      "Order of the fields",
    )}</span>
    <label><input type="checkbox" data-part="mark-on"> mark the units that are on in the picked chain</label>
    <span class="muted">orange: an on pixel excites the unit; blue: it inhibits</span>
  </div>
  <div class="sheet"><canvas data-part="fields" aria-label="All receptive fields"></canvas></div>
</details>`;
}

const SWEEPS = [1, 2, 3, 5, 10, 20, 50, 100, 200];

export function controls(player) {
  const { root } = player;
  const $ = player.$;
  const ui = { order: "use", markOn: false };
  const actions = {
    play: () => player.play(),
    back: () => player.halfStep(-1),
    forward: () => player.halfStep(1),
    restart: () => player.reset(),
    loop: () => {
      player.loop = !player.loop;
      if (player.loop) player.play(true);
      ui.sync();
    },
    dice: () => player.set("seed", Math.floor(Math.random() * 100_000), "reset"),
    png: () => player.savePng(),
    gif: () => player.saveGif(),
    keys: () => ($("key-help").hidden = !$("key-help").hidden),
    blank: () => {
      player.easel.drawing.fill(0);
      player.painted("drawing");
    },
    top: () => hold(row => row < player.data.height / 2),
    left: () => hold((row, column) => column < player.data.width / 2),
    hole: () => {
      const { height: h, width: w } = player.data;
      hold((r, c) => r < h * 0.3 || r >= h * 0.7 || c < w * 0.3 || c >= w * 0.7);
    },
    release: () => player.easel.release(),
    switch: () => player.unit >= 0 && player.switchUnits([player.unit], !player.off.has(player.unit)),
    "on-all": () => player.switchUnits([...player.off], false),
    "off-used": () =>
      player.machine && player.switchUnits(player.orders.use.filter(j => !player.off.has(j)).slice(0, 50), true),
    "off-half": () => {
      const random = mulberry(player.state.seed + 1);
      const units = Array.from({ length: player.data.hidden }, (_, j) => [random(), j]).sort((a, b) => a[0] - b[0]);
      player.switchUnits([...player.off], false);
      player.switchUnits(
        units.slice(0, player.data.hidden >> 1).map(([, j]) => j),
        true,
      );
    },
  };

  function hold(inside) {
    const grey = player.currentGrey();
    if (!grey) return;
    player.easel.tool = "look"; // what is clamped is the chain's image, so show that
    player.easel.clampWhere(grey, inside);
  }

  function choose(name, value) {
    if (name === "tool" || name === "pen") {
      player.easel.tool = value;
      if (name === "pen" && player.state.start !== "drawing") player.set("start", "drawing", "reset");
    } else if (name === "order") {
      ui.order = value;
    } else if (name === "view") {
      player.set("view", value, "show");
    } else if (name === "start") {
      if (value === "class" && !player.state.digit) player.state.digit = player.data.classes[0] ?? "";
      player.easel.tool = value === "drawing" ? "draw" : "look";
      player.set("start", value, "reset");
      if (value === "drawing") $("visible").scrollIntoView({ block: "nearest" }); // on a phone it is far below
    } else {
      player.set(name, value, "reset");
    }
    player.dirty = true;
    ui.sync();
  }

  // what was moved with the pointer gives the keyboard back to the player; what was reached by Tab keeps it
  let byKeys = false;
  root.onkeydown = () => void (byKeys = true);
  root.onpointerdown = () => void (byKeys = false); // a handler that returns false would cancel the drag
  const giveBack = element => !byKeys && element?.blur();
  root.onclick = event => {
    const pressed = event.target.closest("button");
    if (pressed?.dataset.do) actions[pressed.dataset.do]();
    else if (pressed?.dataset.choice) choose(pressed.dataset.choice, pressed.value);
    giveBack(event.target.closest("button, summary"));
  };
  root.onchange = event => {
    const { pick, number } = event.target.dataset;
    if (event.target.matches("select, input[type=range], input[type=checkbox]")) giveBack(event.target);
    if (pick === "digit") {
      player.state.start = "class";
      player.set("digit", event.target.value, "reset");
    } else if (pick === "chains") {
      player.set("chains", Number(event.target.value), "reset");
    } else if (number) {
      // nonsense goes back to what was there
      const { min, max } = event.target;
      const value = Math.round(Number(event.target.value));
      if (event.target.value !== "" && value >= Number(min) && value <= Number(max))
        player.set(number, value, number === "seed" ? "reset" : "branch");
      ui.sync();
    } else if (event.target === $("mark-on")) {
      ui.markOn = event.target.checked;
      player.dirty = true;
    }
  };
  root.oninput = event => {
    const name = event.target.dataset.slide;
    const value = Number(event.target.value);
    if (name === "fps") player.set("fps", value, "show");
    if (name === "sweeps") player.set("sweeps", SWEEPS[value]);
    if (name === "temperature") {
      // a small place around T = 1 that is easy to hit
      const t = Math.abs(value) < 0.025 ? 1 : Math.round(100 * 10 ** value) / 100;
      player.set("temperature", Math.min(HOTTEST, Math.max(COLDEST, t)));
    }
    if (event.target === $("scrub")) player.seek(value);
  };
  $("sheet").ontoggle = () => (player.dirty = true);

  const keys = event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event
      .composedPath()
      .find(
        node => /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName) && node.type !== "range" && node.type !== "checkbox",
      );
    if (typing || event.composedPath()[0]?.isContentEditable) return;
    const own = event.composedPath()[0].closest?.("button, summary, input");
    if (own && [" ", "Enter", "ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
    const step = event.shiftKey ? 10 : 0;
    const does = {
      " ": actions.play,
      ArrowLeft: () => (step ? player.seek(player.t - step) : actions.back()),
      ArrowRight: () => (step ? player.seek(player.t + step) : actions.forward()),
      Home: () => player.seek(player.oldest),
      End: () => player.seek(player.newest),
      l: actions.loop,
      r: actions.restart,
      n: actions.dice,
      "[": () => player.set("fps", Math.max(1, Math.round(player.state.fps * 0.7)), "show"),
      "]": () => player.set("fps", Math.min(60, Math.ceil(player.state.fps * 1.4)), "show"),
      p: () => player.set("view", player.state.view === "mean" ? "sample" : "mean", "show"),
      ",": () => player.pickChain(-1),
      ".": () => player.pickChain(1),
      x: actions.switch,
      h: actions.top,
      u: actions.release,
      "?": actions.keys,
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!does) return;
    event.preventDefault();
    event.stopPropagation();
    does();
  };
  window.addEventListener("keydown", keys, true);
  player.cleanups.push(() => window.removeEventListener("keydown", keys, true));

  // what follows from the state
  ui.sync = () => {
    const { state, easel } = player;
    const chosen = { ...state, tool: easel.tool, pen: easel.tool, order: ui.order };
    for (const b of root.querySelectorAll("[data-choice]"))
      b.setAttribute("aria-pressed", chosen[b.dataset.choice] === b.value);
    const draws = state.start === "drawing";
    root.querySelector('[data-choice="pen"]').parentElement.hidden = !draws;
    root.querySelector('[data-do="blank"]').hidden = !draws;
    const digit = root.querySelector('[data-pick="digit"]');
    digit.hidden = state.start !== "class";
    digit.value = state.digit;
    for (const value of ["class", "test"]) {
      const b = root.querySelector(`[data-choice="start"][value="${value}"]`);
      if (value === "class") b.hidden = !player.data.classes.length;
      b.disabled = !player.data.dataHere;
      if (b.disabled) b.title = "Needs the data: download them with the button above";
    }
    const chains = root.querySelector('[data-pick="chains"]');
    if (![...chains.options].some(o => Number(o.value) === player.count))
      chains.add(new Option(player.count, player.count));
    for (const option of chains.options) option.disabled = Number(option.value) > player.mostChains;
    chains.value = player.count;
    chains.title =
      player.mostChains < SIZES.at(-1)
        ? `${player.comparing ? "Side by side" : "With tempering"} at most ${player.mostChains} chains`
        : "";
    root.classList.toggle("comparing", state.sampler === "compare");
    $("cd").hidden = state.sampler !== "cd" && state.sampler !== "compare";
    for (const input of root.querySelectorAll("[data-number]")) input.value = state[input.dataset.number];
    const slide = (name, value, text) => {
      const input = root.querySelector(`[data-slide="${name}"]`);
      if (root.getRootNode().activeElement !== input) input.value = value;
      root.querySelector(`[data-out="${name}"]`).textContent = text;
      return input;
    };
    slide("fps", state.fps, `${state.fps}/s`);
    slide(
      "sweeps",
      Math.max(
        0,
        SWEEPS.findIndex(s => s >= state.sweeps),
      ),
      state.sweeps,
    );
    const heat = slide(
      "temperature",
      Math.log10(state.temperature),
      player.tempered ? "T = 1" : `T = ${state.temperature.toFixed(2)}`,
    );
    heat.disabled = player.tempered;
    heat.parentElement.title = player.tempered ? "Parallel tempering has its own ladder of temperatures" : HEAT;
    const main = root.querySelector('[data-do="play"]');
    const shown = player.playing ? "pause" : "play";
    if (main.dataset.shown !== shown) {
      put(main, icon(shown));
      main.dataset.shown = shown;
    }
    root.querySelector('[data-do="loop"]').setAttribute("aria-pressed", player.loop);
    $("off-count").textContent = player.off.size ? `${player.off.size} of ${player.data.hidden} ablated` : "";
    root.querySelector('[data-do="release"]').disabled = !easel.hasMask;
    root.querySelector('[data-do="on-all"]').disabled = !player.off.size;
    root.querySelector('[data-do="off-used"]').hidden = player.data.hidden < 100;
    $("hint").hidden = $("pad-says").hidden = !player.waitsForDrawing;
    write(
      $("hint"),
      player.waitsForDrawing ? "The drawing pad is empty: draw on it, and every chain starts from your drawing." : "",
    );
  };

  // what follows from the frame
  ui.show = (lane, frame, chain) => {
    const { state, data } = player;
    const scrub = $("scrub");
    scrub.min = Math.max(0, player.oldest);
    scrub.max = Math.max(0, player.newest);
    scrub.value = player.t;
    const waiting = player.goal >= 0 ? ` → ${player.goal}` : "";
    $("frame").textContent =
      `frame ${player.t.toLocaleString()}${waiting} of ${Math.max(0, player.newest).toLocaleString()}`;
    $("chain-name").textContent = `Chain ${chain + 1} of ${player.count}`;
    $("chain-name").title =
      state.chain >= 0
        ? ""
        : frame?.class
          ? "The chain that the linear probe reads most confidently at frame 0; pick another among the images"
          : "The chain of lowest free energy at frame 0; pick another among the images";
    const badge = $("chain-class");
    badge.hidden = !frame?.class;
    if (frame?.class) {
      badge.textContent = `${data.classes[frame.class[chain]]} · ${Math.round((frame.confidence[chain] / 255) * 100)}%`;
      badge.style.background = data.colours[frame.class[chain] % data.colours.length];
      badge.title = "Class predicted by a linear probe on the hidden units, with its probability";
    }
    $("chain-energy").textContent = frame ? `F(v) = ${frame.free_energy[chain].toFixed(1)} nats` : "";
    const what = state.view === "mean" ? ["p(v | h)", "p(h | v)"] : ["sampled v", "sampled h"];
    write($("visible-title"), player.easel.drawsImage ? "your drawing: the start" : what[0]);
    write($("hidden-title"), player.half ? what[1] : "not yet updated");
    $("visible").classList.toggle("fresh", !player.playing && player.half === 0);
    $("hidden").classList.toggle("fresh", !player.playing && player.half === 1);
  };

  ui.unit = (j, sum) => {
    const off = player.off.has(j);
    $("unit-name").textContent = `hidden unit ${j}${off ? " (ablated)" : ""}`;
    $("unit-use").textContent = `active on ${(100 * player.machine.use[j]).toFixed(1)}% of training examples`;
    for (const part of ["input", "probability", "outcome"]) $(`unit-${part}`).textContent = sum ? sum[part] : "";
    const b = root.querySelector('[data-do="switch"]');
    b.textContent = player.off.has(player.unit) ? `restore unit ${player.unit}` : `ablate unit ${player.unit}`;
  };
  ui.sync();
  return ui;
}

// a message above the player, with a way on
export function say(box, error) {
  box.hidden = !error;
  if (error) box.textContent = error.missingData ? error.message : `${error.message} Change a setting, or restart (R).`;
}

// the page's address with this state; what stands at its default is left out
export function urlOf(checkpoint, state) {
  const defaults = {
    start: "model",
    digit: "",
    chains: 64,
    seed: 0,
    sampler: "gibbs",
    cd: 10,
    temperature: 1,
    sweeps: 1,
    fps: 12,
    view: "mean",
    chain: -1,
    drawing: "",
    held: "",
    frame: -1,
  };
  const query = new URLSearchParams(location.search);
  if (state.frame > LAST_FRAME) state = { ...state, frame: -1 }; // so far a film is not computed again: it plays
  for (const [name, value] of Object.entries(state)) {
    const text = Array.isArray(value) ? value.join(".") : String(value);
    if (text === "" || String(defaults[name]) === text || (name === "digit" && state.start !== "class"))
      query.delete(name);
    else query.set(name, text);
  }
  query.set("checkpoint", checkpoint);
  return `${location.pathname}?${query}`;
}

function mulberry(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
