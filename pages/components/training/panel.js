// @ts-nocheck: no types yet
// What is written around the pictures: markup, states in words, times, and each run's head with its controls.

import { button, choice, icon, write } from "../shared/controls.js";
import { html, put, refresh } from "../shared/html.js";
import { number } from "./plot.js";

// [icon, word]; the colour is the style's, and never says more than these do
const STATES = {
  queued: ["clock", "waiting"],
  starting: ["dots", "starting"],
  running: ["play", "training"],
  paused: ["pause", "paused"],
  evaluating: ["scales", "computing scores"],
  stopped: ["stop", "stopped"],
  interrupted: ["broken", "interrupted"],
  failed: ["cross", "failed"],
  finished: ["check", "finished"],
  gone: ["cross", "not there"],
};
const WANTED = { pause: "pausing …", stop: "stopping …", finish: "finishing …" };

export function markup() {
  return html`
<div data-part="offline" class="error" role="alert" hidden></div>
<div data-part="heads" class="heads"></div>
<div class="watch" data-part="watch">
  <section class="curves" aria-label="Curves">
    <div class="bar">
      <span class="group chips" data-part="curves" role="group" aria-label="Curve"></span>
    </div>
    <p class="about" data-part="about"></p>
    <div>
    <div class="plot" data-part="plot-box">
      <canvas data-part="plot" role="img" aria-label="The chosen curve over the epochs; drag to go through the training"></canvas>
      <div class="tip" data-part="tip" hidden></div>
    </div>
    <div class="axes">
      ${choice(
        "y",
        [
          ["all", "all", "The whole range of values"],
          ["most", "closer", "Leave out the most extreme values: most often the beginning"],
          ["log", "log", "A logarithmic scale, where all values are positive"],
        ],
        "Range of the values",
      )}
      <button type="button" data-do="smooth" aria-pressed="false" title="Means of neighbouring epochs, the values themselves faint behind them">smooth</button>
      <span class="end"></span>
      ${choice(
        "x",
        [
          ["linear", "linear", "Epochs evenly spaced"],
          ["log", "log", "Early epochs spread out"],
        ],
        "Spacing of the epochs",
      )}
    </div>
    <div class="legend" data-part="legend"></div>
    </div>
  </section>
  <section class="made" data-part="made" aria-label="Pictures">
    <div class="bar">
      <span class="group chips" data-part="sheets" role="group" aria-label="Pictures"></span>
    </div>
    <p class="about" data-part="sheet-about"></p>
    <div class="sheets" data-part="stages"></div>
  </section>
</div>
<div class="bar transport" data-part="transport">
  <span class="group">
    ${button("back", icon("back"), "One back (left arrow)")}
    <button type="button" class="main" data-do="play" title="Play or pause (space)" aria-label="Play or pause (space)"></button>
    ${button("forward", icon("forward"), "One on (right arrow)")}
  </span>
  <input type="range" class="scrub" data-part="scrub" min="0" max="0" value="0" aria-label="Epoch">
  <output class="frame" data-part="frame"></output>
  <button type="button" data-do="live" aria-pressed="true" title="Follow the newest (end)">live</button>
  <label class="slider" title="Pictures a second ([ and ])"><span>speed</span>
    <input type="range" data-slide="fps" min="1" max="30" step="1" aria-label="Pictures a second"><output data-out="fps"></output></label>
  <span class="group" data-part="unit">${choice(
    "unit",
    [
      ["epoch", "same epoch", "Compare the runs after as many epochs"],
      ["share", "same share", "Compare the runs after the same share of their training"],
    ],
    "What is compared",
  )}</span>
</div>
<section class="card grown" data-part="grown" hidden aria-label="One picture through the training">
  <header><b data-part="grown-title"></b><span class="muted" data-part="grown-at"></span>
    <span class="group end">
      ${button("before", icon("back"), "The one before (,)")}${button("after", icon("forward"), "The next one (.)")}
      ${button("close", icon("cross"), "Close (escape)")}
    </span>
  </header>
  <div data-part="grown-rows"></div>
</section>`;
}

export function headMarkup(id, colour, compact) {
  const run = html`data-run="${id}"`;
  return html`
<div class="line">
  ${colour ? html`<i class="swatch" style="background:${colour}"></i>` : ""}
  <b data-part="title"></b>
  <span class="state" data-part="state"></span>
  <span class="group end tools" role="group" aria-label="Controls">
    ${button("pause", html`${icon("pause")}<span>Pause</span>`, "Hold the training; the process keeps what it has, and goes on at once", run)}
    ${button("resume", html`${icon("play")}<span data-part="resume">Resume</span>`, "Go on", run)}
    ${button("stop", html`${icon("stop")}<span data-part="stop">Stop</span>`, "End the training, keeping what was reached; it can go on later", run)}
    ${button("finish", html`${icon("keep")}<span>Keep as it is</span>`, "End the training here and make a finished model of what there is now: it is scored, and can be used on every page", run)}
  </span>
</div>
<div class="progress" role="progressbar" aria-valuemin="0" aria-valuemax="100" data-part="progress"><i></i></div>
<div class="facts"><span data-part="epoch"></span><span data-part="rate"></span><span data-part="elapsed"></span><span data-part="left"></span></div>
<div class="facts2"><p class="note" data-part="note"></p><span class="muted device" data-part="device"></span></div>
<div class="progress phase" role="progressbar" aria-valuemin="0" aria-valuemax="100" data-part="phase" hidden><i></i></div>
<p class="problem" role="alert" data-part="problem" hidden></p>
<details data-part="log" hidden><summary>What the worker printed last</summary><pre></pre></details>
${
  compact
    ? ""
    : html`<form class="bar lr" data-part="lr" hidden>
  <b title="The step width of every update">Learning rate</b>
  <input type="range" data-slide="lr" min="-5" max="0" step="0.01" aria-label="Learning rate, on a logarithmic scale">
  <input type="number" data-number="lr" min="0" max="100" step="any" aria-label="Learning rate">
  <button type="submit" data-do="lr" ${run} title="Train on with this learning rate from the next step">Change</button>
  <span class="muted" data-part="lr-now"></span>
</form>`
}`;
}

// -- words ----------------------------------------------------------------------------------------

export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, "0")} s`;
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")} min`;
}

// no more exact than a guess can be
function remaining(seconds) {
  if (seconds < 10) return "a few seconds left";
  if (seconds < 50) return `about ${Math.round(seconds / 10) * 10} s left`;
  if (seconds < 90) return "about a minute left";
  if (seconds < 3600 * 1.5) return `about ${Math.round(seconds / 60)} min left`;
  if (seconds < 3600 * 36) return `about ${Math.round(seconds / 3600)} h left`;
  return `about ${Math.round(seconds / 86_400)} days left`;
}

const place = epoch => (epoch >= 100 ? number(Math.floor(epoch), 0) : number(Math.floor(epoch * 10) / 10, 1));

// what devices are called in a sentence
const deviceName = device =>
  device === "cpu" ? "the processor" : /^cuda|^mps/.test(device) ? `the GPU (${device})` : device || "its device";

function noteOf(run) {
  const { state, message, saved, device } = run.now;
  if (state === "queued") {
    if (message) return message; // what it waits for will not come
    const spot = run.now.place;
    const turn = spot === 1 ? "It is the next one" : spot ? `It is number ${spot} in the queue` : "It waits";
    return `${turn} for ${deviceName(device)}, and starts by itself when that is free.`;
  }
  const goOn = saved
    ? "Resume goes on from what was saved"
    : `${state === "failed" ? "Try again" : "Resume"} begins anew`;
  if (state === "starting") return "Loading the data and the model …";
  if (state === "failed") return `${message || "It ended with an error."} ${goOn}.`;
  if (state === "interrupted")
    return `${message || "Its process is gone: the machine was switched off, or the process was ended."} ${goOn}.`;
  if (state === "stopped") {
    const kept = saved ? " “Keep as it is” makes a finished model of what was reached." : "";
    return `${message ? `${message} ` : ""}${goOn}.${kept}`;
  }
  if (state === "gone") return message;
  if (state === "evaluating")
    return run.now.kind === "train" ? "The training is done; now its scores are computed." : "Scores are computed.";
  if (message) return message;
  const parts = [];
  if (state === "finished" && run.now.step < run.now.total_steps) parts.push("kept as it was before all its epochs");
  if (run.now.total_steps) parts.push(`step ${number(run.now.step)} of ${number(run.now.total_steps)}`);
  if (run.now.loss !== null && state !== "finished") parts.push(`loss ${number(run.now.loss)}`);
  if (run.now.lr && state !== "finished") parts.push(`learning rate ${number(run.now.lr)}`);
  return parts.join(" · ");
}

// -- a run's head ---------------------------------------------------------------------------------

export class Head {
  constructor(run, colour, compact) {
    this.run = run;
    this.compact = compact;
    this.element = document.createElement("article");
    this.element.className = compact ? "head compact" : "head";
    this.element.dataset.run = run.id;
    put(this.element, headMarkup(run.id, colour, compact));
    this.$ = name => this.element.querySelector(`[data-part="${name}"]`);
    this.button = name => this.element.querySelector(`[data-do="${name}"]`);
    const form = this.$("lr");
    if (!form) return;
    this.slide = form.querySelector("[data-slide]");
    this.number = form.querySelector("[data-number]");
    this.slide.oninput = () => {
      this.touched = true;
      this.number.value = Number((10 ** Number(this.slide.value)).toPrecision(2));
      this.show();
    };
    this.number.oninput = () => {
      this.touched = true;
      const value = Number(this.number.value);
      if (value > 0) this.slide.value = Math.log10(value);
      this.show();
    };
    form.onsubmit = event => {
      event.preventDefault();
      this.touched = false;
      run.act({ do: "lr", lr: Number(this.number.value) });
    };
  }

  show() {
    const { run, $ } = this;
    const now = run.now;
    if (!now) {
      const text = run.offline ? "The server does not answer …" : "Looking …";
      write($("title"), run.id);
      write($("note"), text);
      for (const name of ["pause", "resume", "stop", "finish"]) this.button(name).hidden = true;
      return;
    }
    const { state, kind } = now;
    write($("title"), now.title ?? run.id);
    $("title").title = now.title ?? run.id;
    const [sign, word] = STATES[state] ?? ["dots", state];
    const pending =
      ["starting", "running", "paused"].includes(state) && !(state === "paused" && now.want === "pause")
        ? WANTED[now.want]
        : null;
    refresh($("state"), html`${icon(sign)}${pending ?? word}`);
    this.element.dataset.state = state;
    write($("device"), now.device ?? "");

    const share = now.total_steps ? now.step / now.total_steps : state === "finished" ? 1 : 0;
    $("progress").hidden = kind !== "train"; // the phase has a bar of its own
    bar($("progress"), share, "Training");
    write(
      $("epoch"),
      now.total_epochs
        ? `epoch ${state === "finished" ? number(Math.round(now.epoch)) : place(now.epoch)} of ${number(now.total_epochs)}`
        : "",
    );
    const training = ["running", "paused"].includes(state);
    write(
      $("rate"),
      state === "running" && now.rate
        ? `${number(Number(now.rate.toPrecision(3)), now.rate < 10 ? 1 : 0)} examples/s`
        : "",
    );
    write(
      $("elapsed"),
      now.elapsed
        ? `${duration(now.elapsed)} ${training || (kind !== "train" && run.live) ? "so far" : kind === "train" ? "of training" : ""}`
        : "",
    );
    write($("left"), state === "running" && now.left !== null && now.left > 0 ? remaining(now.left) : "");

    write($("note"), noteOf(run));
    const phase = $("phase");
    phase.hidden = !now.phase || !run.live;
    if (!phase.hidden) {
      const [what, done, total] = now.phase;
      const part = total ? done / total : 0;
      bar(phase, part, what);
      write($("note"), `${what.charAt(0).toUpperCase()}${what.slice(1)}: ${Math.round(100 * part)}%`);
    }
    $("problem").hidden = !run.problem;
    write($("problem"), run.problem);
    const log = $("log");
    log.hidden = !now.log?.length;
    if (!log.hidden) write(log.querySelector("pre"), now.log.join("\n"));

    const offered = {
      pause: ["starting", "running"].includes(state) && kind === "train" && now.want !== "pause",
      resume:
        ["paused", "stopped", "interrupted", "failed"].includes(state) || (state === "running" && now.want === "pause"),
      stop: run.live || state === "queued",
      finish:
        kind === "train" &&
        (["running", "paused"].includes(state) || (["stopped", "interrupted"].includes(state) && now.saved)),
    };
    for (const [name, on] of Object.entries(offered)) {
      const b = this.button(name);
      b.hidden = !on;
      b.disabled = Boolean(run.asking) || (run.live && ["stop", "finish"].includes(now.want) && name !== "resume");
    }
    const resume =
      state === "paused"
        ? ["Resume", "Go on at once"]
        : [
            now.saved || state !== "failed" ? "Resume" : "Try again",
            `${now.saved ? "Go on from what was saved" : "Begin anew"}, as soon as the device is free`,
          ];
    label(this.button("resume"), $("resume"), ...resume);
    label(
      this.button("stop"),
      $("stop"),
      ...(state === "queued"
        ? ["Leave the queue", "Do not start it; it can be put back with Resume"]
        : ["Stop", "End it, keeping what was reached; it can go on later"]),
    );
    this.showRate();
  }

  showRate() {
    const form = this.$("lr");
    if (!form) return;
    const { run } = this,
      { now } = run;
    form.hidden = !(["running", "paused"].includes(now.state) && now.kind === "train");
    if (form.hidden) return;
    const base = run.base;
    const focused = this.element.getRootNode().activeElement === this.number;
    if (!this.touched && !focused && this.shown !== base) {
      this.shown = base;
      const middle = Math.log10(base);
      this.slide.min = Math.min(-5, Math.floor(middle));
      this.slide.max = Math.max(0, Math.ceil(middle + 0.5));
      this.slide.value = middle;
      this.number.value = Number(base.toPrecision(3));
    }
    const wanted = Number(this.number.value);
    const fair = this.number.value !== "" && wanted > 0 && wanted < 100;
    const change = form.querySelector("button");
    change.disabled = Boolean(run.asking) || !fair || Math.abs(wanted / base - 1) < 1e-3;
    const schedule = now.preset?.train?.lr_schedule;
    const text = now.lr
      ? `now ${number(now.lr)}${schedule && schedule !== "constant" ? ` by the ${schedule} schedule` : ""}`
      : "";
    write(this.$("lr-now"), fair ? text : "Above 0 and below 100");
  }
}

function label(element, text, word, title) {
  write(text, word);
  element.title = title;
  element.setAttribute("aria-label", `${word}: ${title}`);
}

function bar(element, share, what) {
  const percent = Math.max(0, Math.min(100, 100 * share));
  element.firstElementChild.style.width = `${percent.toFixed(2)}%`;
  element.setAttribute("aria-valuenow", Math.round(percent));
  element.setAttribute("aria-label", what);
}
