// What the address holds of the maps, as text and back.

/** @typedef {import("../../shared/view/plane_view.js").View} View */
/** @typedef {import("./types.d.ts").MapChoice} MapChoice */
/** @typedef {import("./types.d.ts").MapKind} MapKind */

export const MOST_MAPS = 4;
/** Corners of an area, at most. */
export const MOST_CORNERS = 60;
/** From the widest view to the nearest one. */
export const ZOOMS = /** @type {[number, number]} */ ([0.2, 4000]);
const LONGEST = 1500; // characters that single points may take

/** A map as text. @param {MapChoice} map */
export const keyOf = ({ name, settings }) =>
  [name, ...Object.entries(settings).map(([setting, value]) => `${setting}=${value}`)].join(":");

/** @param {MapChoice[]} maps */
export const writeMaps = maps => maps.map(keyOf).join(",");

/**
 * Maps from `code,umap-pixels:n_neighbors=30`; what is not there is left out.
 * @param {string} text
 * @param {MapKind[]} kinds
 * @returns {MapChoice[]}
 */
export function readMaps(text, kinds) {
  /** @type {MapChoice[]} */
  const maps = [];
  for (const part of text.split(",").filter(Boolean)) {
    const [name, ...pairs] = part.split(":");
    const kind = kinds.find(known => known.name === name);
    if (!kind) continue;
    /** @type {Record<string, number>} */
    const settings = {};
    for (const [setting, value] of pairs.map(pair => pair.split("="))) {
      const rule = Object.hasOwn(kind.settings, setting) ? kind.settings[setting] : null;
      if (rule && value) Object.assign(settings, changedSetting(setting, Number(value), rule));
    }
    maps.push({ name, settings });
  }
  return maps.slice(0, MOST_MAPS);
}

/** The two maps that are shown where a link names none. @param {MapKind[]} kinds @returns {MapChoice[]} */
function usualMaps(kinds) {
  const names = kinds.map(({ name }) => name);
  const usual = [names.includes("code") ? "code" : "pca-code", "pca-pixels"].filter(name => names.includes(name));
  return usual.map(name => ({ name, settings: {} }));
}

/**
 * The maps that a link asks for, or the usual two; and the names of all that it asks for, where some are not there.
 * @param {string} text
 * @param {MapKind[]} kinds
 */
export function mapsOfLink(text, kinds) {
  const wanted = text.split(",").filter(Boolean);
  const maps = readMaps(text, kinds);
  const lacking = maps.length < Math.min(MOST_MAPS, wanted.length);
  return {
    maps: maps.length ? maps : usualMaps(kinds),
    missing: lacking ? wanted.slice(0, 8).join(", ").slice(0, 100) : "",
  };
}

/**
 * The maps that other points shall have: "" for the usual two, as those of another model may be others.
 * @param {string} text
 * @param {MapKind[]} kinds
 */
export const keptMaps = (text, kinds) => (text === writeMaps(usualMaps(kinds)) ? "" : text);

/**
 * A setting where its value is possible and not the usual one, else nothing.
 * @param {string} name
 * @param {number} value
 * @param {import("./types.d.ts").Rule} rule
 * @returns {Record<string, number>}
 */
export const changedSetting = (name, value, [low, high, usual]) =>
  value >= low && value <= high && value !== usual ? { [name]: value } : {};

/** @param {string} text `x,y,zoom` @returns {View | null} null shows everything */
export function readView(text) {
  const [x, y, zoom] = text.split(",").map(Number);
  return text && [x, y, zoom].every(Number.isFinite) && zoom > 0
    ? { x, y, zoom: Math.min(ZOOMS[1], Math.max(ZOOMS[0], zoom)) }
    : null;
}

/** @param {View | null} view */
export const writeView = view => (view ? [view.x, view.y, view.zoom].map(x => Number(x.toPrecision(7))).join(",") : "");

/**
 * Chosen rows as text: differences to base 36, the focus before them; "" where that is too long.
 * @param {number[]} rows
 * @param {number} focus -1: none
 */
export function packRows(rows, focus) {
  const sorted = [...rows].sort((a, b) => a - b);
  const text = sorted.map((row, i) => (row - (i ? sorted[i - 1] : 0)).toString(36)).join(".");
  const packed = focus >= 0 ? `${focus.toString(36)}!${text}` : text;
  return packed.length <= LONGEST ? packed : "";
}

/**
 * The inverse; rows that are not there are left out.
 * @param {string} text
 * @param {number} n
 */
export function unpackRows(text, n) {
  const [focus, rest] = text.includes("!") ? text.split("!") : ["", text];
  let row = 0;
  const rows = rest
    .split(".")
    .filter(Boolean)
    .map(part => {
      row += Number.parseInt(part, 36);
      return row;
    });
  const f = Number.parseInt(focus, 36);
  return {
    rows: [...new Set(rows.filter(r => Number.isInteger(r) && r >= 0 && r < n))],
    focus: Number.isInteger(f) && f < n ? f : -1,
  };
}

/**
 * An area on a map as text.
 * @param {string} key of the map
 * @param {number[][]} corners
 */
export function writeArea(key, corners) {
  /** @param {number} x */
  const digits = x => String(Number(x.toPrecision(4)));
  return `a:~${key}~${corners.map(([x, y]) => `${digits(x)}*${digits(y)}`).join("_")}`;
}

/** What of an area fits into a link. @param {string} text */
export const shortArea = text => (text.length <= LONGEST * 1.5 ? text : "");

/** @param {string} text @returns {{ key: string, corners: number[][] } | null} */
export function readArea(text) {
  const [, key, list] = text.split("~");
  const corners = (list ?? "").split("_").map(pair => pair.split("*").map(Number));
  return corners.length < 3 || !corners.every(pair => pair.length === 2 && pair.every(Number.isFinite))
    ? null
    : { key, corners };
}

/** @param {string} key of the map @param {number[]} place */
export const writeProbe = (key, place) => [key, ...place.map(x => Number(x.toPrecision(4)))].join("~");

/** @param {string} text @returns {{ key: string, place: [number, number] } | null} */
export function readProbe(text) {
  const [key, x, y] = text.split("~");
  return key && Number.isFinite(Number(x)) && Number.isFinite(Number(y))
    ? { key, place: [Number(x), Number(y)] }
    : null;
}

/**
 * What a link says of the maps: "" where it is as usual.
 * @param {object} shown
 * @param {string} shown.checkpoint
 * @param {import("./types.d.ts").CodesState} shown.state
 * @param {string} shown.maps
 * @param {(View | null)[]} shown.views
 * @param {string} shown.pick
 * @param {boolean} shown.isolated whether the chosen points are shown alone
 * @param {number[]} shown.hidden classes
 * @param {number | null} shown.at place in the training
 * @param {{ key: string, place: number[] } | null} shown.probe
 * @param {string} shown.drawing packed
 * @returns {import("../../shared/view/types.d.ts").UrlParams}
 */
export function writeLink({ checkpoint, state, maps, views, pick, isolated, hidden, at, probe, drawing }) {
  const { split, points, colour, factor, score, layer, unit, show, near, metric, ghost, contours, names } = state;
  return {
    checkpoint,
    split: split === "test" ? "" : split,
    points: points === "10000" ? "" : points,
    maps,
    colour: colour === "class" ? "" : colour,
    factor: colour === "factor" ? factor : "",
    score: colour === "score" ? score : "",
    layer: colour === "unit" ? layer : "",
    unit: colour === "unit" && unit ? String(unit) : "",
    show: show === "auto" ? "" : show,
    near: near === "pixels" ? "" : near,
    metric: metric === "cosine" ? metric : "",
    ghost: ghost === "on" ? "on" : "",
    contours: contours === "on" ? "on" : "",
    names: names === "off" ? "off" : "",
    ...Object.fromEntries([0, 1, 2, 3].map(i => [`place${i + 1}`, writeView(views[i] ?? null)])),
    pick,
    isolate: isolated && pick ? "on" : "",
    hide: hidden.join("."),
    at: at === null ? "" : String(Math.floor(at * 100) / 100), // cut: 3.4999 rounds to another saved epoch than 3.5 does
    probe: probe ? writeProbe(probe.key, probe.place) : "",
    drawing,
  };
}
