// What buttons and keys do.

import { seededRandom } from "../../shared/view/random.js";
import { chainCount, SWEEPS, temperatureAt } from "./settings.js";

/**
 * @typedef {import("./player.js").GibbsPlayer} GibbsPlayer
 * @typedef {import("../../shared/view/types.d.ts").Keys} Keys
 */

const MOST_ACTIVE = 50; // units that one button ablates

/** @param {number} units @param {number} seed @returns {number[]} half of them, at random */
export function randomHalf(units, seed) {
  const random = seededRandom(seed);
  const drawn = Array.from({ length: units }, () => random());
  return drawn
    .map((_, j) => j)
    .sort((a, b) => drawn[a] - drawn[b])
    .slice(0, units >> 1);
}

/** Which pixels a button clamps, in an image of h x w. @type {Record<string, (row: number, column: number, h: number, w: number) => boolean>} */
export const CLAMPED_PARTS = {
  top: (row, _, h) => row < h / 2,
  left: (_, column, __, w) => column < w / 2,
  hole: (row, column, h, w) => row < h * 0.3 || row >= h * 0.7 || column < w * 0.3 || column >= w * 0.7,
};

/**
 * What the buttons do, by their data-do.
 * @param {GibbsPlayer} player
 * @returns {Record<string, () => void>}
 */
export function commands(player) {
  const { state, data, pad } = player;
  /** @param {string} name */
  const clamp = name => {
    const image = player.visibleImage();
    if (!image || !pad) return;
    pad.tool = "look"; // what is clamped is the chain's image, so show that
    pad.clampWhere(image, (row, column) => CLAMPED_PARTS[name](row, column, data.height, data.width));
  };
  return {
    play: () => player.play(!state.playback.playing),
    back: () => player.halfStep(-1),
    forward: () => player.halfStep(1),
    restart: () => player.restart(),
    loop: () => player.toggleLoop(),
    dice: () => player.set("seed", Math.floor(Math.random() * 100_000), "restart"),
    png: () => player.savePng(),
    gif: () => player.saveGif(),
    keys: () => player.$("key-help").toggleAttribute("hidden"),
    blank: () => {
      pad?.drawing.fill(0);
      player.onPaint("drawing");
    },
    top: () => clamp("top"),
    left: () => clamp("left"),
    hole: () => clamp("hole"),
    release: () => pad?.release(),
    switch: () => state.unit >= 0 && player.ablate([state.unit], !state.ablated.has(state.unit)),
    "on-all": () => player.ablate([...state.ablated], false),
    "off-used": () => {
      const units = player.weights?.order("use").filter(j => !state.ablated.has(j)) ?? [];
      if (units.length) player.ablate(units.slice(0, MOST_ACTIVE), true);
    },
    "off-half": () => {
      player.ablate([...state.ablated], false);
      player.ablate(randomHalf(data.hidden, state.settings.seed + 1), true);
    },
  };
}

/**
 * What keys do.
 * @param {GibbsPlayer} player
 * @returns {Keys}
 */
export function keyCommands(player) {
  const does = commands(player);
  const { settings, playback } = player.state;
  const { oldest, newest } = player.film.range;
  return {
    " ": does.play,
    ArrowLeft: event => (event.shiftKey ? player.seek(playback.t - 10) : does.back()),
    ArrowRight: event => (event.shiftKey ? player.seek(playback.t + 10) : does.forward()),
    Home: () => player.seek(oldest),
    End: () => player.seek(newest),
    l: does.loop,
    r: does.restart,
    n: does.dice,
    "[": () => player.set("fps", Math.max(1, Math.round(settings.fps * 0.7)), "show"),
    "]": () => player.set("fps", Math.min(60, Math.ceil(settings.fps * 1.4)), "show"),
    p: () => player.set("view", settings.view === "mean" ? "sample" : "mean", "show"),
    ",": () => player.pickNextChain(-1),
    ".": () => player.pickNextChain(1),
    x: does.switch,
    h: does.top,
    u: does.release,
    "?": does.keys,
  };
}

/**
 * One of a segmented choice was pressed.
 * @param {GibbsPlayer} player
 * @param {string} name
 * @param {any} value
 */
export function choose(player, name, value) {
  const { state, pad, data } = player;
  const { settings } = state;
  if (name === "tool" || name === "pen") {
    if (pad) pad.tool = value;
    if (name === "pen" && settings.start !== "drawing") player.set("start", "drawing", "restart");
  } else if (name === "order") state.unitOrder = value;
  else if (name === "view") player.set("view", value, "show");
  else if (name === "start") {
    if (value === "class" && !settings.digit) settings.digit = data.classes[0] ?? "";
    if (pad) pad.tool = value === "drawing" ? "draw" : "look";
    player.set("start", value, "restart");
    if (value === "drawing") player.$("visible").scrollIntoView({ block: "nearest" }); // on a phone it is far below
  } else player.set(/** @type {keyof typeof settings} */ (name), value, "restart");
  player.redraw();
  player.sync();
}

/**
 * A slider was moved.
 * @param {GibbsPlayer} player
 * @param {string} name
 * @param {number} value
 */
export function slide(player, name, value) {
  if (name === "fps") player.set("fps", value, "show");
  if (name === "sweeps") player.set("sweeps", SWEEPS[value]);
  if (name === "temperature") player.set("temperature", temperatureAt(value));
}

/**
 * A field for a number has changed; nonsense goes back to what was there.
 * @param {GibbsPlayer} player
 * @param {HTMLInputElement} field
 */
export function enterNumber(player, field) {
  const name = /** @type {"seed" | "cd"} */ (field.dataset.number);
  const value = Math.round(Number(field.value));
  if (field.value !== "" && value >= Number(field.min) && value <= Number(field.max))
    player.set(name, value, name === "seed" ? "restart" : "branch");
  player.sync();
}

/**
 * The next chain in their order, round and round.
 * @param {import("./types.d.ts").GibbsState} state
 * @param {number} by
 */
export function nextChain({ settings, picked }, by) {
  const n = chainCount(settings);
  return (picked.chain + by + n) % n;
}
