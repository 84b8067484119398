// The player's controls: their markup, what they do, and what they show.

const ICONS = {
  play: "M5 3.5v13l11-6.5z",
  pause: "M5 3.5h4v13H5zm6 0h4v13h-4z",
  back: "M13 4v12l-8-6zM4 4h1.6v12H4z",
  forward: "M7 4v12l8-6zM14.4 4H16v12h-1.6z",
  restart: "M10 4a6 6 0 1 1-5.7 4.1l1.7.5A4.2 4.2 0 1 0 10 5.8V8L6 4.9 10 2z",
  loop: "M6 6h7V4l4 3-4 3V8H6v3H4V8a2 2 0 0 1 2-2zm8 8H7v2l-4-3 4-3v2h7V9h2v3a2 2 0 0 1-2 2z",
};

const icon = (name) => `<svg viewBox="0 0 20 20" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
const button = (name, label, title) =>
  `<button type="button" data-do="${name}" title="${title}" aria-label="${title}">${label}</button>`;
const choice = (name, options, label) =>
  `<span class="choice" role="group" aria-label="${label}">${options
    .map(([value, text, title]) => `<button type="button" data-choice="${name}" value="${value}" title="${title}">${text}</button>`)
    .join("")}</span>`;
const slider = (name, label, min, max, step, title) =>
  `<label class="slider" title="${title}"><span>${label}</span>
   <input type="range" data-slide="${name}" min="${min}" max="${max}" step="${step}" aria-label="${label}"><output data-out="${name}"></output></label>`;

export function markup(data) {
  if (data.small) return `<div data-part="error" class="error" hidden></div><div class="stages" data-part="stages"></div>`;
  const sizes = [1, 4, 9, 16, 25, 36, 64, 100, 144, 256];
  return `
<div data-part="error" class="error" role="alert" hidden></div>
<div class="bar">
  <span class="group"><b>Start from</b>
    ${choice("start", [
      ["model", "model's own", "Samples that the model itself produced after 1,000 sweeps"],
      ["noise", "noise", "Every pixel at random: watch the chain find the images"],
      ["test", "test images", "Images that the model has never seen"],
      ["class", "a class", "Test images of one class"],
      ["drawing", "your drawing", "Draw on the easel; every chain starts there"],
    ], "Start of the chains")}
    <select data-pick="digit" aria-label="Class to start from">${data.classes.map((c) => `<option>${c}</option>`).join("")}</select>
  </span>
  <span class="group"><b>Chains</b>
    <select data-pick="chains" aria-label="Number of chains">${sizes.map((n) => `<option>${n}</option>`).join("")}</select>
  </span>
  <span class="group"><b>Sampler</b>
    ${choice("sampler", [
      ["gibbs", "Gibbs", "One endless chain: what persistent CD follows"],
      ["cd", "CD-k", "Back to the start after k sweeps: what contrastive divergence sees"],
      ["pt", "Tempering", "Parallel tempering: hotter replicas swap with the chain"],
      ["compare", "Compare all", "The three side by side on the same weights"],
    ], "Sampler")}
    <label class="small-number" data-part="cd">k <input type="number" data-number="cd" min="1" max="1000" aria-label="k: sweeps of CD before it goes back"></label>
  </span>
  <span class="group"><b>Seed</b>
    <input type="number" class="seed" data-number="seed" min="0" max="2147483647" aria-label="Seed">
    ${button("dice", "new", "Another seed (N)")}
  </span>
</div>
<div class="body">
  <section class="left">
    <div class="stages" data-part="stages"></div>
<div class="bar transport">
  <span class="group">
    ${button("restart", icon("restart"), "Begin again at frame 0 (R)")}
    ${button("back", icon("back"), "Half a step back (left arrow)")}
    <button type="button" class="main" data-do="play" title="Play or pause (space)" aria-label="Play or pause (space)"></button>
    ${button("forward", icon("forward"), "Half a step on: v given h, then h given v (right arrow)")}
    ${button("loop", icon("loop"), "Loop over what was recorded (L)")}
  </span>
  <input type="range" class="scrub" data-part="scrub" min="0" max="0" value="0" aria-label="Frame">
  <output class="frame" data-part="frame"></output>
</div>
<div class="bar sliders">
  ${slider("fps", "speed", 1, 60, 1, "Frames a second ([ and ])")}
  ${slider("sweeps", "sweeps a frame", 0, 8, 1, "Gibbs sweeps from one frame to the next")}
  ${slider("temperature", "temperature", -1, 0.7, 0.01, "Energies are divided by T: low T digs in, high T roams")}
</div>
<div class="bar">
  <span class="group"><b>Show</b>${choice("view", [
    ["mean", "probabilities", "Show p(v=1 | h) and p(h=1 | v) (P)"],
    ["sample", "samples", "Show what was drawn from them: this is what the chain sees (P)"],
  ], "What to show")}</span>
  <span class="group end">${button("png", "PNG", "Save this frame as a picture")}${button("gif", "GIF", "Save the last 120 frames up to here as an animation")}${button("keys", "keys", "What the keyboard does (?)")}</span>
</div>
<div data-part="key-help" class="key-help" hidden>
  <kbd>space</kbd> play, pause <kbd>←</kbd><kbd>→</kbd> half-step <kbd>shift</kbd>+<kbd>←</kbd><kbd>→</kbd> ten frames <kbd>home</kbd><kbd>end</kbd> first, newest
  <kbd>L</kbd> loop <kbd>R</kbd> begin again <kbd>N</kbd> new seed <kbd>[</kbd><kbd>]</kbd> slower, faster <kbd>P</kbd> probabilities or samples
  <kbd>,</kbd><kbd>.</kbd> previous, next chain <kbd>X</kbd> switch the unit off or on <kbd>H</kbd> hold the top half <kbd>U</kbd> let all go
</div>
<div class="timeline"><canvas data-part="timeline" aria-label="Free energies and classes over time; drag to scrub"></canvas></div>
  </section>
  <section class="right">
    <div class="card">
      <header><b data-part="chain-name">Chain 1</b><span data-part="chain-class" class="badge"></span><span class="muted" data-part="chain-energy"></span></header>
      <div class="card-body">
      <div class="pair">
        <div class="easel">
          <h4 data-part="visible-title">visible layer v</h4>
          <canvas data-part="visible" aria-label="Visible layer of the picked chain"></canvas>
          <div class="tools">
            ${choice("tool", [
              ["look", "look", "Look at the picked chain"],
              ["on", "hold ink", "Paint pixels that stay on in every chain"],
              ["off", "hold blank", "Paint pixels that stay off in every chain"],
              ["free", "let go", "Paint pixels free again"],
            ], "Tool for the visible layer")}
            ${choice("pen", [
              ["draw", "draw", "Draw the image that all chains start from"],
              ["rub", "rub out", "Rub out part of the drawing"],
            ], "Drawing tools")}
            ${button("blank", "clear", "Wipe the drawing")}
          </div>
          <div class="tools">
            <span class="muted">hold</span>
            ${button("top", "top half", "Hold the top half as it is now; the chain fills in the rest")}
            ${button("left", "left half", "Hold the left half as it is now")}
            ${button("hole", "all but a hole", "Hold everything but a square in the middle")}
            ${button("release", "let all go", "Nothing is held any more")}
          </div>
        </div>
        <div class="hidden-layer">
          <h4 data-part="hidden-title">hidden layer h</h4>
          <div><canvas data-part="hidden" aria-label="Hidden layer of the picked chain"></canvas></div>
          <div class="tools">
            ${button("on-all", "all on", "Switch every hidden unit on again")}
            ${button("off-used", "off: 50 most used", "Switch off the 50 units that are on most often")}
            ${button("off-half", "off: a random half", "Switch off half of the hidden units, by the seed")}
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
          ${button("switch", "switch this unit off", "Hold this unit at 0 (or free it again) from this frame on (X)")}
        </div>
      </div>
      </div>
    </div>
  </section>
</div>
<details data-part="sheet">
  <summary>Receptive fields of all ${data.hidden} hidden units</summary>
  <div class="bar">
    <span class="group"><b>Sort by</b>${choice("order", [
      ["use", "use", "Mean activity on the training data"],
      ["norm", "weight", "Length of the weight vector"],
      ["index", "number", "As they stand in the model"],
    ], "Order of the fields")}</span>
    <label><input type="checkbox" data-part="mark-on"> mark those that are on in the picked chain</label>
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
    top: () => hold((row) => row < player.data.height / 2),
    left: () => hold((row, column) => column < player.data.width / 2),
    hole: () => {
      const { height: h, width: w } = player.data;
      hold((r, c) => r < h * 0.3 || r >= h * 0.7 || c < w * 0.3 || c >= w * 0.7);
    },
    release: () => player.easel.release(),
    switch: () => player.unit >= 0 && player.switchUnits([player.unit], !player.off.has(player.unit)),
    "on-all": () => player.switchUnits([...player.off], false),
    "off-used": () => player.machine && player.switchUnits(player.orders.use.filter((j) => !player.off.has(j)).slice(0, 50), true),
    "off-half": () => {
      const random = mulberry(player.state.seed + 1);
      const units = Array.from({ length: player.data.hidden }, (_, j) => [random(), j]).sort((a, b) => a[0] - b[0]);
      player.switchUnits([...player.off], false);
      player.switchUnits(units.slice(0, player.data.hidden >> 1).map(([, j]) => j), true);
    },
  };

  function hold(inside) {
    const grey = player.currentGrey();
    if (!grey) return;
    player.easel.tool = "look"; // what is held is the chain's image, so show that
    player.easel.hold(grey, inside);
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
  const giveBack = (element) => !byKeys && element?.blur();
  root.onclick = (event) => {
    const pressed = event.target.closest("button");
    if (pressed?.dataset.do) actions[pressed.dataset.do]();
    else if (pressed?.dataset.choice) choose(pressed.dataset.choice, pressed.value);
    giveBack(event.target.closest("button, summary"));
  };
  root.onchange = (event) => {
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
      if (event.target.value !== "" && value >= Number(min) && value <= Number(max)) player.set(number, value, number === "seed" ? "reset" : "branch");
      ui.sync();
    } else if (event.target === $("mark-on")) {
      ui.markOn = event.target.checked;
      player.dirty = true;
    }
  };
  root.oninput = (event) => {
    const name = event.target.dataset.slide;
    const value = Number(event.target.value);
    if (name === "fps") player.set("fps", value, "show");
    if (name === "sweeps") player.set("sweeps", SWEEPS[value]);
    if (name === "temperature") {
      // a small place around T = 1 that is easy to hit
      const t = Math.abs(value) < 0.025 ? 1 : Math.round(100 * 10 ** value) / 100;
      player.set("temperature", t);
    }
    if (event.target === $("scrub")) player.seek(value);
  };
  $("sheet").ontoggle = () => (player.dirty = true);

  const keys = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.composedPath().find((node) => /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName) && node.type !== "range" && node.type !== "checkbox");
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
    for (const b of root.querySelectorAll("[data-choice]")) b.setAttribute("aria-pressed", chosen[b.dataset.choice] === b.value);
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
      if (b.disabled) b.title = "Needs the data: download it with the button above the player";
    }
    const chains = root.querySelector('[data-pick="chains"]');
    if (![...chains.options].some((o) => Number(o.value) === state.chains)) chains.add(new Option(state.chains, state.chains));
    chains.value = state.chains;
    chains.title = player.count < state.chains ? `${player.count} are shown with this sampler` : "";
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
    slide("sweeps", Math.max(0, SWEEPS.findIndex((s) => s >= state.sweeps)), state.sweeps);
    const heat = slide("temperature", Math.log10(state.temperature), player.tempered ? "T = 1" : `T = ${state.temperature.toFixed(2)}`);
    heat.disabled = player.tempered;
    heat.parentElement.title = player.tempered ? "Parallel tempering has its own ladder of temperatures" : "Energies are divided by T: low T digs in, high T roams";
    const main = root.querySelector('[data-do="play"]');
    const shown = player.playing ? "pause" : "play";
    if (main.dataset.shown !== shown) {
      main.innerHTML = icon(shown);
      main.dataset.shown = shown;
    }
    root.querySelector('[data-do="loop"]').setAttribute("aria-pressed", player.loop);
    $("off-count").textContent = player.off.size ? `${player.off.size} of ${player.data.hidden} off` : "";
    root.querySelector('[data-do="release"]').disabled = !easel.holding;
    root.querySelector('[data-do="on-all"]').disabled = !player.off.size;
    root.querySelector('[data-do="off-used"]').hidden = player.data.hidden < 100;
  };

  // what follows from the frame
  ui.show = (lane, frame, chain) => {
    const { state, data } = player;
    const scrub = $("scrub");
    scrub.min = Math.max(0, player.oldest);
    scrub.max = Math.max(0, player.newest);
    scrub.value = player.t;
    const waiting = player.goal >= 0 ? ` → ${player.goal}` : "";
    $("frame").textContent = `frame ${player.t.toLocaleString()}${waiting} of ${Math.max(0, player.newest).toLocaleString()}`;
    $("chain-name").textContent = `Chain ${chain + 1} of ${player.count}`;
    const badge = $("chain-class");
    badge.hidden = !frame?.class;
    if (frame?.class) {
      badge.textContent = `${data.classes[frame.class[chain]]} · ${Math.round((frame.confidence[chain] / 255) * 100)}%`;
      badge.style.background = data.colours[frame.class[chain] % data.colours.length];
      badge.title = "The class that a linear classifier reads from the hidden probabilities, and how sure it is";
    }
    $("chain-energy").textContent = frame ? `F(v) = ${frame.free_energy[chain].toFixed(1)} nats` : "";
    const what = state.view === "mean" ? ["p(v | h)", "p(h | v)"] : ["v drawn", "h drawn"];
    $("visible-title").innerHTML = `visible layer <i>${easelTitle(player) ?? what[0]}</i>`;
    $("hidden-title").innerHTML = `hidden layer <i>${player.half ? what[1] : "still the one before"}</i>`;
    $("visible").classList.toggle("fresh", !player.playing && player.half === 0);
    $("hidden").classList.toggle("fresh", !player.playing && player.half === 1);
  };

  ui.unit = (j, sum) => {
    const off = player.off.has(j);
    $("unit-name").textContent = `hidden unit ${j}${off ? " (off)" : ""}`;
    $("unit-use").textContent = `on for ${(100 * player.machine.use[j]).toFixed(1)}% of the training data`;
    for (const part of ["input", "probability", "outcome"]) $(`unit-${part}`).textContent = sum ? sum[part] : "";
    const b = root.querySelector('[data-do="switch"]');
    b.textContent = player.off.has(player.unit) ? `switch unit ${player.unit} on` : `switch unit ${player.unit} off`;
  };
  ui.sync();
  return ui;
}

function easelTitle(player) {
  if (player.easel.tool === "draw" || player.easel.tool === "rub") return "your drawing: the start";
  return null;
}

// a message above the player, with a way on
export function say(box, error) {
  box.hidden = !error;
  if (error) box.textContent = error.missingData ? error.message : `${error.message} Change a setting, or begin again (R).`;
}

// the page's address with this state; what stands at its default is left out
export function urlOf(checkpoint, state) {
  const defaults = { start: "model", digit: "", chains: 64, seed: 0, sampler: "gibbs", cd: 10, temperature: 1, sweeps: 1, fps: 12, view: "mean", chain: 0, drawing: "", held: "", frame: -1 };
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(state)) {
    const text = Array.isArray(value) ? value.join(".") : String(value);
    if (text === "" || String(defaults[name]) === text || (name === "digit" && state.start !== "class")) query.delete(name);
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
