// The paths from A to B, a row each: the picture now, a strip of pictures, classes of the nearest codes, density of codes.

import { fit, greyPixel, paint } from "../../shared/view/canvas.js";
import { css } from "../../shared/view/colours.js";
import { write } from "../../shared/view/controls.js";
import { context2d, find, findAll } from "../../shared/view/dom.js";
import { html, put } from "../../shared/view/html.js";
import { dot } from "./maths.js";
import { blit } from "./readout.js";
import { drawStrip } from "./strip.js";
import { shareOf, TILES, timeAt } from "./time_bar.js";

/** @typedef {import("./player.js").LatentView} LatentView */
/** @typedef {import("./paths.js").Path} Path */
/** @typedef {Path & { z: NonNullable<Path["z"]> }} LatentPath */

export const COLOURS = { a: "#0072b2", b: "#d55e00", straight: "#e69f00", sphere: "#009e73" };
export const ENOUGH = 20; // stored examples from which on their density says something
const MOMENTS = 72; // between A and B, at which votes and densities are taken
const SIDE = 58; // of the picture now

const DENSITY = html`<div class="path"><span class="name" title="Log density of the aggregated posterior along both VAE paths">log density of codes</span>
  <span class="nats">${["straight", "sphere"].map(name => html`<b style="color:${colourOf(name)}" data-part="density-${name}"></b>`)}<small>nats</small></span>
  <span class="strip"><canvas data-density role="img" aria-label="Log density of codes from A to B, straight and spherical"></canvas></span></div>`;

/** @param {string} path */
function colourOf(path) {
  return path === "sphere" ? COLOURS.sphere : COLOURS.straight;
}

/** @template T @param {(t: number) => T} what */
const along = what => Array.from({ length: MOMENTS + 1 }, (_, i) => what(i / MOMENTS));

/** @template T @param {T[]} moments @param {number} t @returns {T} */
const momentOf = (moments, t) => moments[Math.round(MOMENTS * t)];

/**
 * Classes in one order for a whole band, so that its areas hold together: by when each is strongest.
 * @param {ArrayLike<number>[]} votes fractions of the classes, moment by moment
 */
export function orderOfClasses(votes) {
  const strength = Array.from(votes[0], (_, c) => votes.reduce((sum, shares) => sum + shares[c], 0));
  const time = Array.from(votes[0], (_, c) => votes.reduce((sum, shares, i) => sum + i * shares[c], 0) / strength[c]);
  return [...strength.keys()].filter(c => strength[c] > 0).sort((x, y) => time[x] - time[y]);
}

export class PathRows {
  /**
   * @param {LatentView} host
   * @param {HTMLElement} root
   */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    /** @type {Path[]} */
    this.paths = [];
    /** @type {number[]} examples that are A or B: they do not count in the density */
    this.ends = [];
    this.titles = "";
    /** @type {Record<string, { shares: Float32Array[], order: number[] }>} by path */
    this.votes = {};
    /** @type {Record<string, number[]>} by path */
    this.densities = {};
    this.lengths = ""; // how long the codes halfway are, in words
    this.width = 0; // of a strip
    this.dirty = true;
  }

  /**
   * Ends or paths have changed.
   * @param {Path[]} paths
   * @param {number[]} ends examples that are A or B
   */
  show(paths, ends) {
    const { model, own } = this.host.space;
    this.paths = paths;
    this.ends = [...new Set(ends)];
    this.votes = {};
    this.densities = {};
    this.dirty = true;
    const titles = paths.map(({ title }) => title).join();
    if (titles === this.titles) return;
    this.titles = titles;
    const rows = paths.map(
      ({
        name,
        title,
        hint,
        z,
      }) => html`<div class="path" data-path="${name}"><span class="name" title="${hint}">${z && html`<i style="background:${colourOf(name)}"></i>`}${title}</span>
          <canvas class="now" role="img" aria-label="${title}, now"></canvas><span class="strip"><canvas data-strip="${name}" role="img" aria-label="${title} from A to B"></canvas>${z && own.labels && html`<canvas data-vote="${name}" role="img" aria-label="Classes of the nearest codes from A to B"></canvas>`}</span></div>`,
    );
    put(this.root, rows.length && model.n >= ENOUGH ? [...rows, DENSITY] : rows);
  }

  get latentPaths() {
    return /** @type {LatentPath[]} */ (this.paths.filter(({ z }) => z));
  }

  /** The likeliest class at a time on the straight path, in words; "" where nothing is known of it. @param {number} t */
  voteWords(t) {
    const votes = this.votes.straight;
    if (!votes) return "";
    const shares = momentOf(votes.shares, t);
    const best = shares.indexOf(Math.max(...shares));
    return ` · ${this.host.space.own.classes[best]}: ${Math.round(100 * shares[best])}%`;
  }

  /** @param {number} t */
  draw(t) {
    const width = this.root.querySelector(".strip")?.clientWidth ?? 0;
    if (width !== this.width) this.dirty = true;
    this.width = width;
    if (this.dirty && width) {
      this.dirty = false;
      for (const path of this.paths) this.drawStrip(path);
      for (const path of this.latentPaths) this.drawVotes(path);
      this.drawDensity();
    }
    for (const { name, at } of this.paths)
      for (const now of findAll(this.root, `[data-path="${name}"] .now`, HTMLCanvasElement))
        blit(now, at(t), this.host.space.own, SIDE);
    for (const [name, values] of Object.entries(this.densities))
      write(find(this.root, `[data-part="density-${name}"]`), momentOf(values, t).toFixed(1).replace("-", "−"));
  }

  /** @param {Path} path */
  drawStrip({ name, at }) {
    const canvas = find(this.root, `[data-strip="${name}"]`, HTMLCanvasElement);
    const pictures = Array.from({ length: TILES }, (_, i) => at(i / (TILES - 1)));
    if (!drawStrip(canvas, this.width, this.host.space.own, pictures)) this.dirty = true; // what comes asks for a frame
  }

  /** @param {LatentPath} path */
  drawVotes({ name, z }) {
    const [canvas] = findAll(this.root, `[data-vote="${name}"]`, HTMLCanvasElement);
    if (!canvas) return;
    this.votes[name] ??= this.votesAlong(z);
    const { shares, order } = this.votes[name];
    fit(canvas, this.width, 14);
    const context = context2d(canvas);
    for (let x = 0; x < canvas.width; x++) {
      const now = momentOf(shares, timeAt(x / canvas.width));
      let y = 0;
      for (const c of order) {
        context.fillStyle = css(this.host.classPalette[c]);
        context.fillRect(x, y, 1, canvas.height * now[c] + 0.5);
        y += canvas.height * now[c];
      }
    }
  }

  /** @param {LatentPath["z"]} z */
  votesAlong(z) {
    const { model } = this.host.space;
    const shares = along(t => model.vote(z(t)) ?? new Float32Array(0));
    return { shares, order: orderOfClasses(shares) };
  }

  /** The log density of the codes of other images on the paths through the latent space, over where most codes lie. */
  drawDensity() {
    const [canvas] = findAll(this.root, "[data-density]", HTMLCanvasElement);
    const paths = this.latentPaths;
    if (!canvas || !paths.length) return;
    const { host, width } = this;
    const { model } = host.space;
    for (const { name, z } of paths) this.densities[name] ??= along(t => model.logDensity(z(t), this.ends));
    fit(canvas, width, 46);
    const { width: W, height: H } = canvas;
    const [low, high] = model.usualDensity;
    const all = paths.flatMap(({ name }) => this.densities[name]);
    const least = Math.min(low, ...all);
    const most = Math.max(high, ...all);
    /** @param {number} value */
    const y = value => H * (0.94 - (0.88 * (value - least)) / (most - least || 1));
    const context = context2d(canvas);
    context.clearRect(0, 0, W, H);
    context.globalAlpha = 0.12;
    context.fillStyle = host.theme.text;
    context.fillRect(0, y(high), W, y(low) - y(high));
    context.globalAlpha = 1;
    context.lineWidth = (2 * W) / width;
    for (const { name } of paths.toReversed()) {
      context.strokeStyle = colourOf(name);
      context.setLineDash(name === "sphere" ? [(6 * W) / width, (4 * W) / width] : []);
      context.beginPath();
      this.densities[name].forEach((value, i) => context.lineTo(shareOf(i / MOMENTS) * W, y(value)));
      context.stroke();
    }
    const [straight, sphere] = paths.map(({ z }) => Math.sqrt(dot(z(0.5), z(0.5))).toFixed(1));
    this.lengths = `Norm of z halfway: ${straight} on the straight path, ${sphere} on the spherical one; samples from the prior have about ${Math.sqrt(model.d).toFixed(1)}.`;
  }

  /** Rows of pictures with their titles, on white: a canvas to save. */
  picture() {
    const { own } = this.host.space;
    const zoom = Math.max(1, Math.round(72 / own.width));
    const w = own.width * zoom;
    const h = own.height * zoom;
    const gap = 6;
    const left = 150;
    const canvas = document.createElement("canvas");
    canvas.width = left + TILES * (w + gap);
    canvas.height = gap + this.paths.length * (h + gap);
    const context = context2d(canvas);
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.textBaseline = "middle";
    context.font = "13px sans-serif";
    for (const [row, { title, at }] of this.paths.entries()) {
      const y = gap + row * (h + gap);
      context.fillStyle = "#222";
      context.fillText(title, 8, y + h / 2, left - 16);
      for (let i = 0; i < TILES; i++) {
        const grey = at(i / (TILES - 1));
        if (grey) paint(context, own.width, own.height, greyPixel(grey), left + i * (w + gap), y, w, h);
      }
    }
    return canvas;
  }

  /**
   * The pictures of all rows at these times, as the route for animations takes them; null while some are on their way.
   * @param {number[]} times
   */
  frames(times) {
    const { size } = this.host.space.own;
    const { paths } = this;
    const tiles = new Uint8Array(times.length * paths.length * size);
    for (const [i, t] of times.entries())
      for (const [j, { at }] of paths.entries()) {
        const grey = at(t);
        if (!grey) return null;
        tiles.set(grey, (i * paths.length + j) * size);
      }
    return tiles;
  }
}
