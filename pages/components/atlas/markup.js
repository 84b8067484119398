// What is written around the maps: controls, legends, scores and what they mean, costs and progress.

import { css, planeColour, SCALE } from "./colours.js";

const ICONS = {
  play: "M5 3.5v13l11-6.5z",
  pause: "M5 3.5h4v13H5zm6 0h4v13h-4z",
  back: "M13 4v12l-8-6z",
  forward: "M7 4v12l8-6z",
  cross: "M5 3.6 10 8.6l5-5L16.4 5l-5 5 5 5-1.4 1.4-5-5-5 5L3.6 15l5-5-5-5z",
  fit: "M3 3h5v1.8H4.8V8H3zm9 0h5v5h-1.8V4.8H12zM3 12h1.8v3.2H8V17H3zm12.2 0H17v5h-5v-1.8h3.2z",
  save: "M9.1 3h1.8v7l2.5-2.5 1.3 1.3L10 13.4 5.3 8.8l1.3-1.3L9.1 10zM4 14h1.8v1.7h8.4V14H16v3.5H4z",
  move: "M10 1.6 13 5h-2v4h4V7l3.4 3-3.4 3v-2h-4v4h2l-3 3.4L7 15h2v-4H5v2l-3.4-3L5 7v2h4V5H7z",
  box: "M3 3h4v1.7H4.7V7H3zm6 0h3v1.7H9zm4.500 0H17v4h-1.700V4.700H13.500zM3 9h1.700v3H3zm12.300 0H17v3h-1.700zM3 13.300h1.700v2H7V17H3zm6 2h3V17H9zm6.300-2H17V17h-4v-1.700h2.300z",
  lasso: "M10 3c4.300 0 7.500 2.200 7.500 5.200S14.300 13.500 10 13.500c-.8 0-1.600-.1-2.300-.2.2 1.700-.6 3.200-2.600 4l-.7-1.500c1.200-.5 1.700-1.200 1.500-2.200C3.800 12.400 2.500 10.500 2.500 8.200 2.500 5.200 5.700 3 10 3zm0 1.700c-3.400 0-5.800 1.600-5.800 3.500 0 1.500 1 2.800 2.800 3.300.9.200 1.900.3 3 .3 3.400 0 5.800-1.600 5.800-3.600S13.400 4.700 10 4.700z",
};

export const icon = (name) => `<svg viewBox="0 0 20 20" aria-hidden="true"><path fill-rule="evenodd" d="${ICONS[name]}"/></svg>`;
const button = (name, label, title, more = "") => `<button type="button" data-do="${name}" title="${title}" aria-label="${title}" ${more}>${label}</button>`;
const choice = (name, options, label) =>
  `<span class="choice" role="group" aria-label="${label}">${options
    .map(([value, text, title]) => `<button type="button" data-choice="${name}" value="${value}" title="${title}" aria-label="${title}">${text}</button>`)
    .join("")}</span>`;

export function escape(text) {
  return String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function markup() {
  return `
<div data-part="error" class="error" role="alert" hidden></div>
<div class="bar controls">
  <span class="group" title="Which examples the points stand for">
    <select data-pick="split" aria-label="Which examples">
      <option value="test">held-out data</option><option value="train">training data</option><option value="all">all data</option>
    </select>
    <select data-pick="points" aria-label="How many points at most">
      <option value="1000">up to 1,000</option><option value="10000">up to 10,000</option><option value="70000">up to 70,000</option>
    </select>
  </span>
  ${choice("tool", [
    ["move", icon("move"), "Drag moves the map (V)"],
    ["box", icon("box"), "Drag chooses the points in a box (B, or hold shift)"],
    ["lasso", icon("lasso"), "Drag chooses the points in a loop (L, or hold alt)"],
  ], "What dragging does")}
  <span class="group"><b>Colour</b>${choice("colour", [
    ["class", "class", "Colour by the label of each image, which no model here was told"],
    ["error", "error", "Colour by how badly the model reconstructs the image"],
    ["place", "place", "Colour by where the point lies on the first map: the other maps then show where its regions went"],
  ], "Colour of the points")}</span>
  <span class="group" data-part="show"><b>Show</b>${choice("show", [
    ["auto", "auto", "Dots, and the images where there is room for them"],
    ["dots", "dots", "Dots only"],
    ["images", "images", "As many images as find room"],
  ], "Dots or images")}</span>
  <span class="group"><b>True neighbours</b>${choice("near", [
    ["pixels", "pixels", "Join the clicked point with the ten nearest by pixels"],
    ["code", "code", "Join the clicked point with the ten nearest by code"],
    ["off", "off", "No lines"],
  ], "Which neighbours a click shows")}</span>
</div>
<div class="key-help" data-part="help" hidden>
  drag, wheel, pinch, double click: move and zoom <kbd>shift</kbd>+drag box <kbd>alt</kbd>+drag lasso <kbd>ctrl</kbd>+click or drag: add to what is chosen
  <kbd>V</kbd><kbd>B</kbd><kbd>L</kbd> move, box, lasso <kbd>D</kbd> decode the plane <kbd>N</kbd> neighbours by pixels, code, off
  <kbd>space</kbd> play the film <kbd>[</kbd><kbd>]</kbd> one kept epoch back, on <kbd>esc</kbd> choose nothing;
  on a map: <kbd>←</kbd><kbd>↑</kbd><kbd>→</kbd><kbd>↓</kbd> move <kbd>+</kbd><kbd>−</kbd> zoom <kbd>0</kbd> show everything
</div>
<div class="bar second"><div class="legend" data-part="legend"></div>
  <span class="group end">${button("ghost", "Decode plane", "Draw what the decoder makes of every place, under the points (D)", 'aria-pressed="false" data-part="ghost"')}<form data-part="search" role="search"><input type="search" data-part="query" placeholder="label or #number" aria-label="Find points by label, or by number with # before it" title="Choose all points of a label (7), or single points by their number (#42, #99); then press enter"></form>
  ${button("add", "Add a map", "One more map beside these")}${button("help", "?", "Keys")}</span></div>
<div class="maps" data-part="maps"></div>
<section class="film card" data-part="film" hidden aria-label="Film of the training">
  <div class="bar transport">
    <span class="group">
      ${button("film-back", icon("back"), "One kept epoch back ([)")}
      <button type="button" class="main" data-do="play" title="Play or pause the training (space)" aria-label="Play or pause the training (space)"></button>
      ${button("film-on", icon("forward"), "One kept epoch on (])")}
    </span>
    <span class="track"><canvas data-part="curve" role="img" aria-label="Reconstruction error along the training; drag to go through it"></canvas>
    <input type="range" class="scrub" data-part="scrub" min="0" max="1" step="0.01" value="1" aria-label="Place in the training"></span>
    <span class="group at"><output class="frame" data-part="frame"></output>
    ${button("finish", "finished model", "Back to the finished model and all its points", 'aria-pressed="true"')}</span>
  </div>
</section>
<div class="below">
  <section class="card chosen" data-part="chosen" aria-label="Chosen points" aria-live="off"></section>
  <section class="card pad" data-part="pad" aria-label="Drawing pad" hidden>
    <div class="pair">
      <figure><canvas data-part="easel" aria-label="Draw here with the pointer"></canvas><figcaption>draw here</figcaption></figure>
      <figure><canvas data-part="answer" role="img" aria-label="What the model makes of the drawing"></canvas><figcaption>decoded from its code</figcaption></figure>
    </div>
    <div class="tools">${choice("pen", [["draw", "pen", "Draw"], ["rub", "rubber", "Rub out"]], "Pen or rubber")}
    ${button("wipe", "wipe", "Wipe the pad")}</div>
    <p class="note" data-part="landed">Draw, and see where it lands on every map.</p>
  </section>
</div>
<div class="tip" data-part="tip" hidden><div class="pictures"><figure><canvas></canvas><figcaption></figcaption></figure><figure><canvas></canvas><figcaption></figcaption></figure></div><span></span></div>`;
}

export function panelMarkup(i, maps, chosen) {
  const options = maps.map((map) => `<option value="${map.name}" ${map.name === chosen ? "selected" : ""}>${escape(map.title)}</option>`).join("");
  return `
<header>
  <select data-map-name aria-label="Map ${i + 1}">${options}</select>
  <button type="button" data-do="tune" title="Settings of this map" aria-label="Settings of this map" aria-expanded="false" hidden>settings</button>
  <span class="group end">
    ${button("fit", icon("fit"), "Show everything (0)")}${button("png", icon("save"), "Save this map as a picture (PNG)")}
    ${button("remove", icon("cross"), "Remove this map")}
  </span>
</header>
<form class="tune" data-part="tune" hidden></form>
<div class="plane" data-part="plane">
  <canvas data-part="under"></canvas><canvas data-part="dots" data-stage="map-${i}"></canvas>
  <canvas data-part="over" tabindex="0" role="application" aria-label="Map ${i + 1}: drag, zoom, click points"></canvas>
  <div class="ask" data-part="ask" hidden></div>
</div>
<p class="kept" data-part="kept"></p>
<div class="scores" data-part="scores"></div>`;
}

const SETTING_WORDS = {
  n_neighbors: ["neighbours", "How many neighbours of each point count: few show small groups, many the whole."],
  min_dist: ["min. distance", "How close points may be packed on the map."],
  perplexity: ["perplexity", "About how many neighbours each point attends to."],
};

export function tuneMarkup(rules, settings) {
  const fields = Object.entries(rules)
    .map(([name, [low, high, usual]]) => {
      const [word, title] = SETTING_WORDS[name] ?? [name, ""];
      const step = name === "min_dist" ? 0.01 : 1;
      return `<label title="${title}">${word} <input type="number" data-setting="${name}" min="${low}" max="${high}" step="${step}" value="${settings[name] ?? usual}"></label>`;
    })
    .join("");
  return `${fields}<button type="submit" data-do="retune">apply</button>`;
}

// an error in as many digits as tell something
export function amount(x) {
  return x >= 1 ? x.toFixed(2) : String(Number(x.toPrecision(2)));
}

// key: [words, how a value is written, what it means]
const SCORES = {
  knn_accuracy: ["k-NN accuracy", (x) => `${(100 * x).toFixed(1)}%`, "How often the ten nearest points on this map, voting, name the right class of a point. The model was never told the classes."],
  trustworthiness: ["trustworthiness", (x) => x.toFixed(3), "Whether points that are near on the map are truly near in the data; 1 means that it shows no false neighbours."],
  continuity: ["continuity", (x) => x.toFixed(3), "Whether points that are truly near in the data are still near on the map; 1 means that it tears no neighbours apart."],
  explained: ["explained variance", (x) => `${(100 * x).toFixed(1)}%`, "The share of all the variance that these two directions carry; what is left is not on the map."],
  error: ["reconstruction error", amount, "Squared error between an example and what comes back from its code, summed over the example; a mean over the points."],
};

export function scoresMarkup(scores, n, split) {
  if (!scores) return `<span class="muted">How good is this map? Counting …</span>`;
  const words = { test: "held-out", train: "training", all: "held-out and training" }[split];
  const chips = Object.entries(SCORES)
    .filter(([name]) => Number.isFinite(scores[name]))
    .map(([name, [title, show, about]]) => `<button type="button" data-score="${name}" title="${about}" aria-expanded="false">${title} <b>${show(scores[name])}</b></button>`)
    .join("");
  return chips ? `${chips}<span class="muted on">on ${n.toLocaleString("en")} ${words} points</span><p class="note" data-part="meaning" hidden></p>` : "";
}

export const meaningOf = (name) => SCORES[name]?.[2] ?? "";

export function askMarkup(entry, base, n) {
  const method = entry.map.name.startsWith("umap") ? "UMAP" : "t-SNE";
  const shown = base ? ` ${base.map.name === "code" ? "The code itself" : "PCA"} stands in, faint.` : "";
  if (entry.state === "loading") return `<p class="muted">Loading …</p>`;
  if (entry.state === "absent")
    return `<p><b>${method} of ${n.toLocaleString("en")} points is not computed yet.</b> It takes ${entry.cost} in the background, and is kept.${shown}</p>
      <button type="button" class="main" data-do="compute">Compute it</button>`;
  if (entry.state === "failed") return `<p role="alert"><b>It did not work.</b> ${escape(entry.problem ?? "")}</p><button type="button" data-do="compute">Try again</button>`;
  const run = entry.run;
  let what = "Starting …", share = 0;
  if (run?.state === "queued") what = run.place > 1 ? `Number ${run.place} in the queue …` : "Waiting for its turn …";
  else if (run?.phase) {
    share = run.phase[2] ? run.phase[1] / run.phase[2] : 0;
    what = `${run.phase[0].charAt(0).toUpperCase()}${run.phase[0].slice(1)}${share ? ` · ${Math.round(100 * share)}%` : " …"}`;
  }
  return `<p><b>${method}:</b> ${escape(what)}</p><div class="progress" role="progressbar" aria-label="${escape(what)}" aria-valuemin="0" aria-valuemax="100" aria-valuenow="${Math.round(100 * share)}"><i style="width:${100 * share}%"></i></div>
    <button type="button" data-do="halt">Stop</button>`;
}

// -- legends ---------------------------------------------------------------------------------------

export function classLegend(classes, counts, palette, hidden) {
  const chips = classes
    .map((name, c) => {
      if (!counts[c]) return "";
      const off = hidden.has(c);
      return `<button type="button" class="chip${off ? " off" : ""}" data-class="${c}" aria-pressed="${!off}" title="Click: ${off ? "show" : "hide"} ${escape(name)}. Double click: show it alone. ${counts[c].toLocaleString("en")} points"><i style="background:${css(palette[c])}"></i>${escape(name)}</button>`;
    })
    .join("");
  const all = hidden.size ? `<button type="button" class="chip" data-do="show-all">show all</button>` : "";
  return `<span class="chips" role="group" aria-label="Classes">${chips}${all}</span>`;
}

export function errorLegend(low, middle, high) {
  const stops = [0, 64, 128, 192, 255].map((i) => css(SCALE[i])).join(",");
  return `<span class="ramp"><span>${amount(low)}</span><span class="strip" style="background:linear-gradient(90deg,${stops})"><em style="left:50%">${amount(middle)}</em></span><span>${amount(high)} and more</span></span>
    <span class="muted">squared error summed over an example, from the best 2% to the worst 2%</span>`;
}

export function placeLegend(title) {
  const cells = Array.from({ length: 49 }, (_, i) => `<i style="background:${css(planeColour((i % 7) / 6, 1 - Math.floor(i / 7) / 6))}"></i>`).join("");
  return `<span class="swatches">${cells}</span><span class="muted">Each point has the colour of its place on the first map (${escape(title)}). Where colours are mixed on another map, the two disagree.</span>`;
}
