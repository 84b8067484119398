// @ts-nocheck: no types yet
// What is written around the maps: controls, legends, scores and what they mean, costs and progress.

import { button, choice, icon } from "../shared/controls.js";
import { html } from "../shared/html.js";
import { zoomHint } from "../shared/zoom.js";
import { css, planeColour, SCALE } from "./colours.js";
import { SHAPES, shapeOf } from "../shared/shapes.js";

export function markup() {
  return html`
<div data-part="error" class="error" role="alert" hidden></div>
<p data-part="loading" class="loading" role="status" hidden></p>
<div class="bar controls">
  <span class="group" title="Which examples the points stand for">
    <select data-pick="split" aria-label="Which examples">
      <option value="test">held-out data</option><option value="train">training data</option><option value="all">all data</option>
    </select>
    <select data-pick="points" aria-label="How many points at most">
      <option value="1000">up to 1,000</option><option value="10000">up to 10,000</option><option value="70000">up to 70,000</option>
    </select>
  </span>
  ${choice(
    "tool",
    [
      ["move", icon("move"), "Drag moves the map (V)"],
      ["box", icon("box"), "Drag chooses the points in a box (B, or hold shift)"],
      ["lasso", icon("lasso"), "Drag chooses the points in a loop (L, or hold alt)"],
    ],
    "What dragging does",
  )}
  <span class="group"><b>Colour</b>${choice(
    "colour",
    [
      ["class", "class", "Colour by the label of each example, which no model here was told"],
      ["error", "error", "Colour by how badly the model reconstructs the example"],
      [
        "place",
        "place",
        "Colour by where the point lies on the first map: the other maps then show where its regions went",
      ],
    ],
    "Colour of the points",
  )}<select data-factor aria-label="Colour by a known factor" title="Colour by what is known to have generated each example" hidden></select></span>
  <span class="group" data-part="show"><b>Show</b>${choice(
    "show",
    [
      ["auto", "auto", "Dots, and the images where there is room for them"],
      ["dots", "dots", "Dots only"],
      ["images", "images", "As many images as find room"],
    ],
    "Dots or images",
  )}</span>
  <span class="group"><b>True neighbours</b>${choice(
    "near",
    [
      ["pixels", "pixels", "Join the clicked point with the ten nearest by pixels"],
      ["code", "code", "Join the clicked point with the ten nearest by code"],
      ["off", "off", "No lines"],
    ],
    "Which neighbours a click shows",
  )}</span>
</div>
<div class="key-help" data-part="help" hidden>
  drag moves; <kbd>ctrl</kbd>+wheel, pinch, double click zoom; two fingers move and zoom <kbd>shift</kbd>+drag box <kbd>alt</kbd>+drag lasso <kbd>ctrl</kbd>+click or drag: add to what is chosen
  <kbd>V</kbd><kbd>B</kbd><kbd>L</kbd> move, box, lasso <kbd>D</kbd> decode the plane <kbd>N</kbd> neighbours by pixels, code, off
  <kbd>space</kbd> play the film <kbd>[</kbd><kbd>]</kbd> one kept epoch back, on <kbd>esc</kbd> choose nothing;
  on a map: <kbd>←</kbd><kbd>↑</kbd><kbd>→</kbd><kbd>↓</kbd> move <kbd>+</kbd><kbd>−</kbd> zoom <kbd>0</kbd> show everything
</div>
<div class="bar second"><div class="legend" data-part="legend"></div>
  <span class="group end">${button("ghost", "Decode plane", "Draw what the decoder makes of every place, under the points (D)", html`aria-pressed="false" data-part="ghost"`)}<form data-part="search" role="search"><input type="search" data-part="query" placeholder="label or #number" aria-label="Find points by label, or by number with # before it" title="Choose all points of a label (7), or single points by their number (#42, #99); then press enter"></form>
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
    ${button("finish", "finished model", "Back to the finished model and all its points", html`aria-pressed="true"`)}</span>
  </div>
</section>
<div class="below">
  <section class="card chosen" data-part="chosen" aria-label="Chosen points" aria-live="off"></section>
  <section class="card pad" data-part="pad" aria-label="Drawing pad" hidden>
    <div class="pair">
      <figure><canvas data-part="easel" aria-label="Draw here with the pointer"></canvas><figcaption>draw here</figcaption></figure>
      <figure><canvas data-part="answer" role="img" aria-label="What the model makes of the drawing"></canvas><figcaption>decoded from its code</figcaption></figure>
    </div>
    <div class="tools">${choice(
      "pen",
      [
        ["draw", "pen", "Draw"],
        ["rub", "rubber", "Rub out"],
      ],
      "Pen or rubber",
    )}
    ${button("wipe", "wipe", "Wipe the pad")}</div>
    <p class="note" data-part="landed">Draw, and see where it lands on every map.</p>
  </section>
</div>
<div class="tip" data-part="tip" hidden><div class="pictures"><figure><canvas></canvas><figcaption></figcaption></figure><figure><canvas></canvas><figcaption></figcaption></figure></div><span></span></div>`;
}

export function panelMarkup(i, maps, chosen) {
  const options = maps.map(
    map => html`<option value="${map.name}" ${map.name === chosen && html`selected`}>${map.title}</option>`,
  );
  return html`
<header>
  <select data-map-name aria-label="Map ${i + 1}">${options}</select>
  <button type="button" data-do="tune" title="Settings of this map" aria-label="Settings of this map" aria-expanded="false" hidden>settings</button>
  <span class="group end">
    ${button("zoom-out", "−", "Zoom out (−)")}${button("zoom-in", "+", "Zoom in (+)")}${button("fit", icon("fit"), "Show everything (0)")}${button("png", icon("save"), "Save this map as a picture (PNG)")}
    ${button("remove", icon("cross"), "Remove this map")}
  </span>
</header>
<form class="tune" data-part="tune" hidden></form>
<div class="plane" data-part="plane">
  <canvas data-part="under"></canvas><canvas data-part="dots" data-stage="map-${i}"></canvas>
  <canvas data-part="over" tabindex="0" role="application" aria-label="Map ${i + 1}: drag, zoom, click points"></canvas>
  <div class="ask" data-part="ask" hidden></div>
  <div class="lost" data-part="lost" hidden><span>No points in this view</span>${button("fit", "Show everything", "Show everything (0)")}</div>
  ${zoomHint()}
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
  const fields = Object.entries(rules).map(([name, [low, high, usual]]) => {
    const [word, title] = SETTING_WORDS[name] ?? [name, ""];
    const step = name === "min_dist" ? 0.01 : 1;
    return html`<label title="${title}">${word} <input type="number" data-setting="${name}" min="${low}" max="${high}" step="${step}" value="${settings[name] ?? usual}"></label>`;
  });
  return html`${fields}<button type="submit" data-do="retune">apply</button>`;
}

// an error in as many digits as tell something
export function amount(x) {
  return x >= 1 ? x.toFixed(2) : String(Number(x.toPrecision(2)));
}

// key: [words, how a value is written, what it means]
const SCORES = {
  own_accuracy: [
    "k-NN accuracy",
    x => `${(100 * x).toFixed(1)}%`,
    "How often the ten nearest points in the full space, voting, name the right class of a point: what a map of it can at best keep. The model was never told the classes.",
  ],
  knn_accuracy: [
    "k-NN accuracy on this map",
    x => `${(100 * x).toFixed(1)}%`,
    "How often the ten nearest points on this map, voting, name the right class of a point. The model was never told the classes.",
  ],
  trustworthiness: [
    "trustworthiness",
    x => x.toFixed(3),
    "Whether points that are near on the map are truly near in the data; 1 means that it shows no false neighbours.",
  ],
  continuity: [
    "continuity",
    x => x.toFixed(3),
    "Whether points that are truly near in the data are still near on the map; 1 means that it tears no neighbours apart.",
  ],
  explained: [
    "explained variance",
    x => `${(100 * x).toFixed(1)}%`,
    "The share of all the variance that these two directions carry; what is left is not on the map.",
  ],
  error: [
    "reconstruction error",
    amount,
    "Squared error between an example and what comes back from its code, summed over the example; a mean over the points.",
  ],
};

const chip = (name, title, value) =>
  html`<button type="button" data-score="${name}" title="${SCORES[name][2]}" aria-expanded="false">${title} <b>${SCORES[name][1](value)}</b></button>`;
const MEANING = html`<p class="note" data-part="meaning" hidden></p>`;

// of the codes that the film shows now
export function filmScores(film, labels, n) {
  const error = film.errors?.[film.frame];
  return html`${labels && chip("knn_accuracy", "k-NN accuracy on this map", film.accuracy(labels))}${Number.isFinite(error) && chip("error", "training error", error)}
    <span class="muted on">at epoch ${film.epoch}, of the ${n.toLocaleString("en")} points of the film</span>${MEANING}`;
}

// own: {words, value, n} of the space that the map is one of; stale: the epoch shown elsewhere, for a map of the finished code
export function scoresMarkup(scores, n, split, own, stale) {
  if (!scores) return html`<span class="muted">How good is this map? Counting …</span>`;
  const words = { test: "held-out", train: "training", all: "held-out and training" }[split];
  const first =
    own && Number.isFinite(own.value) ? [chip("own_accuracy", `k-NN accuracy in ${own.words}`, own.value)] : [];
  const rest = Object.entries(SCORES)
    .filter(([name]) => Number.isFinite(scores[name]))
    .map(([name, [title]]) => chip(name, title, scores[name]));
  const chips = [...first, ...rest];
  return chips.length
    ? html`${chips}<span class="muted on">on ${n.toLocaleString("en")} ${words} points${first.length && own.n !== n ? `, in the full space ${own.n.toLocaleString("en")} of them` : ""}${stale === null ? "" : `; the finished model, not epoch ${stale}`}</span>${MEANING}`
    : html``;
}

export const meaningOf = name => SCORES[name]?.[2] ?? "";

export function askMarkup(entry, base, n) {
  const method = entry.map.name.startsWith("umap") ? "UMAP" : "t-SNE";
  const shown = base ? ` ${base.map.name === "code" ? "The code itself" : "PCA"} stands in, faint.` : "";
  if (entry.state === "loading") return html`<p class="muted">Loading …</p>`;
  if (entry.state === "absent")
    return html`<p><b>${method} of ${n.toLocaleString("en")} points is not computed yet.</b> It takes ${entry.cost} in the background, and is kept.${shown}</p>
      <button type="button" class="main" data-do="compute">Compute it</button>`;
  if (entry.state === "failed")
    return html`<p role="alert"><b>It did not work.</b> ${entry.problem ?? ""}</p><button type="button" data-do="compute">Try again</button>`;
  const run = entry.run;
  let what = "Starting …",
    share = 0;
  if (run?.state === "queued") what = run.place > 1 ? `Number ${run.place} in the queue …` : "Waiting for its turn …";
  else if (run?.phase) {
    share = run.phase[2] ? run.phase[1] / run.phase[2] : 0;
    what = `${run.phase[0].charAt(0).toUpperCase()}${run.phase[0].slice(1)}${share ? ` · ${Math.round(100 * share)}%` : " …"}`;
  }
  return html`<p><b>${method}:</b> ${what}</p><div class="progress" role="progressbar" aria-label="${what}" aria-valuemin="0" aria-valuemax="100" aria-valuenow="${Math.round(100 * share)}"><i style="width:${100 * share}%"></i></div>
    <button type="button" data-do="halt">Stop</button>`;
}

// -- legends ---------------------------------------------------------------------------------------

export function classLegend(classes, counts, palette, hidden) {
  const chips = classes.map((name, c) => {
    if (!counts[c]) return "";
    const off = hidden.has(c);
    return html`<button type="button" class="chip${off ? " off" : ""}" data-class="${c}" aria-pressed="${!off}" title="Click: ${off ? "show" : "hide"} ${name}. Double click: show it alone. ${counts[c].toLocaleString("en")} points"><i class="${SHAPES[shapeOf(c)]}" style="background:${css(palette[c])}"></i>${name}</button>`;
  });
  const all = hidden.size ? html`<button type="button" class="chip" data-do="show-all">show all</button>` : "";
  return html`<span class="chips" role="group" aria-label="Classes">${chips}${all}</span>`;
}

export const factorOptions = (factors, chosen) =>
  html`<option value="">factor …</option>${factors.map(({ name }) => html`<option value="${name}" ${name === chosen && html`selected`}>${name}</option>`)}`;

export function factorLegend(name, low, high) {
  const stops = [0, 64, 128, 192, 255].map(i => css(SCALE[i])).join(",");
  const number = x => String(Number(x.toPrecision(3)));
  return html`<span class="ramp"><span>${name}</span><span>${number(low)}</span><span class="strip" style="background:linear-gradient(90deg,${stops})"></span><span>${number(high)}</span></span>
    <span class="muted">a known factor, which the model was not told</span>`;
}

export function errorLegend(low, middle, high, filming) {
  const stops = [0, 64, 128, 192, 255].map(i => css(SCALE[i])).join(",");
  return html`<span class="ramp"><span>${amount(low)}</span><span class="strip" style="background:linear-gradient(90deg,${stops})"><em style="left:50%">${amount(middle)}</em></span><span>${amount(high)} and more</span></span>
    <span class="muted">squared error summed over an example, from the best 2% to the worst 2%${filming ? "; of the finished model" : ""}</span>`;
}

export function placeLegend(title) {
  const cells = Array.from(
    { length: 49 },
    (_, i) => html`<i style="background:${css(planeColour((i % 7) / 6, 1 - Math.floor(i / 7) / 6))}"></i>`,
  );
  return html`<span class="swatches">${cells}</span><span class="muted">Each point has the colour of its place on the first map (${title}). Where colours are mixed on another map, the two disagree.</span>`;
}
