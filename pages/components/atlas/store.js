// @ts-nocheck: no types yet
// What the server knows of the points, fetched when it is needed and kept: labels, errors, maps, pictures, neighbours.

import { get } from "../gibbs/wire.js";
import { DecoderNet } from "../shared/decoder_net.js";

const AT_ONCE = 2; // parts of the pictures on their way at the same time

export class Store {
  // onChange(what): something has come
  constructor({ api, runs, version }, split, points, onChange) {
    Object.assign(this, { api, runs, split, points });
    this.query = `split=${split}&points=${points}&v=${version}`;
    this.onChange = what => this.closed || onChange(what);
    this.layouts = new Map();
    this.nets = new Map();
    this.near = new Map();
    this.back = new Map();
    Object.assign(this, { n: 0, size: 0, maps: [] }); // until the points are here
    this.began = performance.now();
  }

  close() {
    this.closed = true;
    this.layouts.forEach(entry => clearTimeout(entry.timer));
  }

  async load() {
    const { header, planes } = await get(`${this.api}/points?${this.query}`);
    if (this.closed) return;
    Object.assign(this, header); // n, dim, classes, height, width, chunk, glyphs, maps, film
    this.hasFilm = header.film;
    this.film = null;
    this.errors = planes.errors.data;
    this.indices = planes.indices.data;
    this.labels = planes.labels?.data ?? null;
    this.numbers = header.size; // of an example
    this.size = this.width * this.height;
    this.factors = header.factors.map((name, i) => ({ name, values: planes[`factor${i}`].data }));
    this.words = new Map();
    this.rows = new Map(Array.from(this.indices, (index, row) => [index, row]));
    this.onChange("points");
  }

  // -- pictures -----------------------------------------------------------------------------------

  // all parts, the first ones first; those that somebody looks at before
  fetchPictures() {
    if (!this.size || this.images) return;
    this.images = new Uint8Array(this.n * this.size);
    this.have = new Uint8Array(Math.ceil(this.n / this.chunk));
    this.wanted = [];
    for (let i = 0; i < AT_ONCE; i++) this.fetchPart();
  }

  async fetchPart() {
    let part = this.wanted.shift();
    while (part !== undefined && this.have[part]) part = this.wanted.shift();
    part ??= this.have.indexOf(0);
    if (part < 0 || this.closed) return;
    this.have[part] = 1;
    try {
      const { header, planes } = await get(`${this.api}/sprites/${part}?${this.query}`);
      this.images.set(planes.images.data, header.first * this.size);
      this.have[part] = 2;
      this.onChange("pictures");
    } catch (error) {
      if (!this.closed) this.onChange({ error });
      return; // the server is gone: no storm of requests
    }
    if (!this.closed) this.fetchPart();
  }

  get pictured() {
    return this.have ? this.have.reduce((n, x) => n + (x === 2), 0) / this.have.length : 0;
  }

  // the grey bytes of a point, or null while they are on their way
  image(i) {
    if (!this.images) return null;
    const part = Math.floor(i / this.chunk);
    if (this.have[part] === 2) return this.images.subarray(i * this.size, (i + 1) * this.size);
    if (this.have[part] === 0 && this.wanted[0] !== part) this.wanted.unshift(part);
    return null;
  }

  // -- maps ---------------------------------------------------------------------------------------

  static key({ name, settings }) {
    return [name, ...Object.entries(settings ?? {}).map(([k, v]) => `${k}=${v}`)].join(":");
  }

  // a map as it is known; asks for it the first time
  layout(map) {
    const key = Store.key(map);
    let entry = this.layouts.get(key);
    if (!entry) {
      entry = { key, map, state: "loading" };
      this.layouts.set(key, entry);
      this.fetchLayout(entry);
    }
    return entry;
  }

  url(entry) {
    const more = new URLSearchParams(entry.map.settings ?? {}).toString();
    return `${this.api}/layouts/${entry.map.name}?${this.query}${more ? `&${more}` : ""}`;
  }

  async fetchLayout(entry) {
    try {
      const { header, planes } = await get(`${this.url(entry)}${entry.state === "ready" ? "" : "&quick=1"}`);
      if (this.closed) return;
      if (header.ready && entry.state === "ready") {
        entry.scores = header.scores; // the places are known since before
      } else if (header.ready) {
        Object.assign(entry, placed(planes.coordinates.data), { state: "ready", scores: header.scores, run: null });
        if (!header.scores) this.fetchLayout(entry);
      } else {
        entry.cost = header.cost;
        if (header.run) this.follow(entry, header.run);
        else entry.state = "absent";
      }
    } catch (error) {
      entry.state = "failed";
      entry.problem = error.message;
    }
    this.onChange("layout");
  }

  // have a map computed, and watch
  async compute(entry) {
    entry.state = "asked";
    entry.run = null;
    this.onChange("layout");
    try {
      const response = await fetch(this.url(entry), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: "{}",
      });
      const answer = await response.json();
      if (!response.ok) throw new Error(answer.error);
      this.follow(entry, answer.run);
    } catch (error) {
      entry.state = "failed";
      entry.problem = error.message;
    }
    this.onChange("layout");
  }

  follow(entry, id) {
    entry.state = "asked";
    entry.id = id;
    const look = async () => {
      if (this.closed) return;
      let again = 700;
      try {
        const response = await fetch(`${this.runs}/${encodeURIComponent(id)}`);
        const run = await response.json();
        if (!response.ok) throw new Error(run.error);
        entry.run = run;
        if (run.state === "finished") return void this.fetchLayout(entry);
        if (["failed", "stopped", "interrupted"].includes(run.state)) {
          entry.state = run.state === "stopped" ? "absent" : "failed";
          entry.problem = run.message || `The computation is ${run.state}.`;
          again = 0;
        }
      } catch (error) {
        entry.problem = error.message;
        again = 3000;
      }
      this.onChange("layout");
      if (again) entry.timer = setTimeout(look, again);
    };
    look();
  }

  async stop(entry) {
    if (!entry.id) return;
    await fetch(`${this.runs}/${encodeURIComponent(entry.id)}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ do: "stop" }),
    }).catch(() => {});
  }

  // -- what is asked for once ----------------------------------------------------------------------

  // the way back from a map to pictures, or null (it is on its way, or there is none)
  net(name) {
    if (!this.maps.find(map => map.name === name)?.decodes) return null;
    if (!this.nets.has(name)) {
      this.nets.set(name, null);
      get(`${this.api}/decoder/${name}?${this.query}`).then(
        message => {
          const net = new DecoderNet(message);
          this.nets.set(name, net);
          this.onChange("net");
        },
        error => this.onChange({ error }),
      );
    }
    return this.nets.get(name);
  }

  // {pixels: rows, code: rows}, or null while they are on their way
  neighbours(row) {
    if (!this.near.has(row)) {
      this.near.set(row, null);
      fetch(`${this.api}/neighbours?${this.query}&of=${row}&k=10`)
        .then(response => response.json())
        .then(
          found => {
            if (found.error) return;
            this.near.set(row, found);
            this.onChange("near");
          },
          () => this.near.delete(row),
        );
    }
    return this.near.get(row);
  }

  // k-NN accuracy of the code and of the data in their own spaces
  async fetchAccuracy() {
    if (!this.labels || this.accuracy) return;
    this.accuracy = {};
    const response = await fetch(`${this.api}/accuracy?${this.query}`).catch(() => null);
    if (!response?.ok) return;
    this.accuracy = await response.json();
    this.onChange("accuracy");
  }

  // what tells rows that are no pictures apart comes into `words`
  async fetchWords(rows) {
    const asked = this.size ? [] : rows.filter(row => !this.words.has(row)).slice(0, 200);
    if (!asked.length) return;
    asked.forEach(row => this.words.set(row, null));
    const response = await fetch(`${this.api}/words?${this.query}&rows=${asked.join(".")}`).catch(() => null);
    if (!response?.ok) return asked.forEach(row => this.words.delete(row));
    const { words } = await response.json();
    asked.forEach((row, j) => this.words.set(row, words[j]));
    this.onChange("words");
  }

  // reconstructions of rows come into `back`
  async reconstruct(rows) {
    const asked = this.size ? rows.filter(row => !this.back.has(row)) : [];
    if (!asked.length) return;
    if (this.back.size > 5000) this.back.clear();
    asked.forEach(row => this.back.set(row, null));
    try {
      const { planes } = await get(`${this.api}/reconstructions?${this.query}&rows=${asked.join(".")}`);
      asked.forEach((row, j) => this.back.set(row, planes.images.data.subarray(j * this.size, (j + 1) * this.size)));
      this.onChange("back");
    } catch (error) {
      asked.forEach(row => this.back.delete(row));
      this.onChange({ error });
    }
  }

  async fetchFilm() {
    if (!this.hasFilm || this.film) return;
    const { header, planes } = await get(`${this.api}/film?${this.query}`);
    const [T, N] = planes.codes.shape;
    this.film = {
      T,
      N,
      stages: header.stages,
      epochs: planes.epochs.data,
      codes: planes.codes.data,
      errors: planes.errors?.data ?? null,
    };
    this.onChange("film");
  }
}

// coordinates as two arrays, and the box that holds nearly all of them
function placed(pairs) {
  const n = pairs.length / 2;
  const xs = new Float32Array(n),
    ys = new Float32Array(n);
  for (let i = 0; i < n; i++) (xs[i] = pairs[2 * i]), (ys[i] = pairs[2 * i + 1]);
  const [left, right] = span(xs),
    [bottom, top] = span(ys);
  return { xs, ys, box: { left, right, bottom, top } };
}

function span(values) {
  const sorted = Float32Array.from(values).sort();
  const cut = Math.floor(sorted.length * 0.001);
  return [sorted[cut], sorted[sorted.length - 1 - cut]];
}
