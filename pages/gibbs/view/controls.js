// What the controls show: it all follows from the state.

import { setPlaying, syncChoices, syncSlider, write } from "../../shared/view/controls.js";
import { find, findAll, part } from "../../shared/view/dom.js";
import { HEAT } from "./markup.js";
import { CHAINS, chainCount, isTempered, mostChains, sweepsPosition } from "./settings.js";

/**
 * @typedef {import("../../shared/view/drawing_pad.js").DrawingPad} DrawingPad
 * @typedef {import("./playback.js").Range} Range
 * @typedef {import("./types.d.ts").Frame} Frame
 * @typedef {import("./types.d.ts").GibbsData} GibbsData
 * @typedef {import("./types.d.ts").GibbsState} GibbsState
 */

/** @param {HTMLElement} root @param {string} name */
const buttonOf = (root, name) => find(root, `[data-do="${name}"]`, HTMLButtonElement);

/**
 * Show the state on all controls.
 * @param {HTMLElement} root
 * @param {GibbsState} state
 * @param {GibbsData} data
 * @param {DrawingPad} pad
 * @param {boolean} waits whether chains shall start from a drawing, and none is there
 */
export function syncControls(root, state, data, pad, waits) {
  const { settings, playback, ablated } = state;
  syncChoices(root, { ...settings, tool: pad.tool, pen: pad.tool, order: state.unitOrder });
  syncStart(root, settings.start, settings.digit, data);
  syncChains(root, settings);
  syncSliders(root, settings);
  root.classList.toggle("comparing", settings.sampler === "compare");
  part(root, "cd").hidden = settings.sampler !== "cd" && settings.sampler !== "compare";
  find(root, '[data-number="cd"]', HTMLInputElement).value = String(settings.cd);
  find(root, '[data-number="seed"]', HTMLInputElement).value = String(settings.seed);
  setPlaying(root, playback.playing);
  buttonOf(root, "loop").setAttribute("aria-pressed", String(playback.loop));
  write(part(root, "off-count"), ablated.size ? `${ablated.size} of ${data.hidden} ablated` : "");
  buttonOf(root, "release").disabled = !pad.hasMask;
  buttonOf(root, "on-all").disabled = !ablated.size;
  buttonOf(root, "off-used").hidden = data.hidden < 100;
  part(root, "hint").hidden = part(root, "pad-says").hidden = !waits;
  const hint = "The drawing pad is empty. Draw an image: every chain starts from it.";
  write(part(root, "hint"), waits ? hint : "");
}

/** @param {HTMLElement} root @param {string} start @param {string} digit @param {GibbsData} data */
function syncStart(root, start, digit, data) {
  const draws = start === "drawing";
  for (const pen of findAll(root, '[data-choice="pen"]')) if (pen.parentElement) pen.parentElement.hidden = !draws;
  buttonOf(root, "blank").hidden = !draws;
  const classes = find(root, '[data-pick="digit"]', HTMLSelectElement);
  classes.hidden = start !== "class";
  classes.value = digit;
  for (const value of ["class", "test"]) {
    const option = find(root, `[data-choice="start"][value="${value}"]`, HTMLButtonElement);
    if (value === "class") option.hidden = !data.classes.length;
    option.disabled = !data.dataHere;
    if (option.disabled) option.title = "Test images not downloaded: use the button above";
  }
}

/** @param {HTMLElement} root @param {GibbsState["settings"]} settings */
function syncChains(root, settings) {
  const chains = find(root, '[data-pick="chains"]', HTMLSelectElement);
  const count = chainCount(settings),
    most = mostChains(settings);
  const text = String(count);
  if (![...chains.options].some(option => Number(option.value) === count)) chains.add(new Option(text, text));
  for (const option of chains.options) option.disabled = Number(option.value) > most;
  chains.value = text;
  const why = settings.sampler === "compare" ? "Side by side:" : "With tempering:";
  chains.title = most < CHAINS[CHAINS.length - 1] ? `${why} at most ${most} chains` : "";
}

/** @param {HTMLElement} root @param {GibbsState["settings"]} settings */
function syncSliders(root, settings) {
  const { fps, sweeps, temperature } = settings,
    tempered = isTempered(settings);
  syncSlider(root, "fps", fps, `${fps}/s`);
  syncSlider(root, "sweeps", sweepsPosition(sweeps), String(sweeps));
  const heatText = tempered ? "T = 1" : `T = ${temperature.toFixed(2)}`;
  const heat = syncSlider(root, "temperature", Math.log10(temperature), heatText);
  heat.disabled = tempered;
  if (heat.parentElement) heat.parentElement.title = tempered ? "Parallel tempering uses its own temperatures" : HEAT;
}

/**
 * Show where the film stands.
 * @param {HTMLElement} root
 * @param {GibbsState["playback"]} playback
 * @param {Range} range
 */
export function syncScrubber(root, { t, goal }, { oldest, newest }) {
  const scrub = part(root, "scrub", HTMLInputElement);
  scrub.min = String(Math.max(0, oldest));
  scrub.max = String(Math.max(0, newest));
  scrub.value = String(t);
  const waiting = goal >= 0 ? ` → ${goal}` : "";
  write(part(root, "frame"), `frame ${t.toLocaleString()}${waiting} of ${Math.max(0, newest).toLocaleString()}`);
}

/**
 * Show what is known of the picked chain.
 * @param {HTMLElement} root
 * @param {GibbsState} state
 * @param {GibbsData} data
 * @param {Frame | undefined} frame
 * @param {DrawingPad} pad
 */
export function syncChain(root, { settings, playback, picked: { chain } }, data, frame, pad) {
  const name = part(root, "chain-name");
  write(name, `Chain ${chain + 1} of ${chainCount(settings)}`);
  const why = frame?.class ? "the most confident class prediction" : "the lowest free energy";
  name.title = settings.chain >= 0 ? "" : `The chain with ${why} at frame 0; click another image`;
  const badge = part(root, "chain-class");
  badge.hidden = !frame?.class;
  if (frame?.class && frame.confidence) {
    const c = frame.class[chain];
    write(badge, `${data.classes[c]} · ${Math.round((frame.confidence[chain] / 255) * 100)}%`);
    badge.style.background = data.colours[c % data.colours.length];
    badge.title = "Class predicted by a linear probe on the hidden units, with its probability";
  }
  write(part(root, "chain-energy"), frame ? `F(v) = ${frame.free_energy[chain].toFixed(1)} nats` : "");
  const [visible, hidden] = settings.view === "mean" ? ["p(v | h)", "p(h | v)"] : ["sampled v", "sampled h"];
  write(part(root, "visible-title"), pad.drawsImage ? "your drawing: the start" : visible);
  write(part(root, "hidden-title"), playback.half ? hidden : "not yet updated");
  part(root, "visible").classList.toggle("fresh", !playback.playing && playback.half === 0);
  part(root, "hidden").classList.toggle("fresh", !playback.playing && playback.half === 1);
}

/**
 * Show a unit and how it came to its state.
 * @param {HTMLElement} root
 * @param {GibbsState} state
 * @param {number} j the unit
 * @param {number} use share of the training examples on which it is active
 * @param {{input: string, probability: string, outcome: string} | null} arithmetic
 */
export function syncUnit(root, { unit, ablated }, j, use, arithmetic) {
  write(part(root, "unit-name"), `hidden unit ${j}${ablated.has(j) ? " (ablated)" : ""}`);
  write(part(root, "unit-use"), `active on ${(100 * use).toFixed(1)}% of training examples`);
  write(part(root, "unit-input"), arithmetic?.input ?? "");
  write(part(root, "unit-probability"), arithmetic?.probability ?? "");
  write(part(root, "unit-outcome"), arithmetic?.outcome ?? "");
  write(buttonOf(root, "switch"), `${ablated.has(unit) ? "restore" : "ablate"} unit ${unit}`);
}
