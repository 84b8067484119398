// @ts-nocheck: no types yet
// One way that a text goes on after the prompt: its tokens, and what was told before each.

import { stream } from "../gibbs/wire.js";

export class Branch {
  constructor(seed) {
    this.seed = seed;
    this.tokens = [];
    this.told = []; // log p of every token that could stand there; may know one place more than there are tokens
    this.forced = new Set(); // places whose token was not drawn
    this.seen = 0; // places that were on the screen
    this.own = true; // drawn from its beginning by its seed and the choice that the link says
  }

  // the first t tokens of another
  static of(other, t, seed) {
    const made = new Branch(seed);
    made.tokens = other.tokens.slice(0, t);
    made.told = other.told.slice(0, t + 1);
    made.forced = new Set([...other.forced].filter(place => place < t));
    made.seen = t;
    made.own = false;
    return made;
  }

  // forget what comes after t tokens
  cut(t) {
    this.tokens.length = Math.min(this.tokens.length, t);
    this.told.length = Math.min(this.told.length, t + 1);
    this.forced.forEach(place => place >= t && this.forced.delete(place));
    this.seen = Math.min(this.seen, t);
    if (t > 0) this.own = false;
  }

  force(token) {
    this.forced.add(this.tokens.length);
    this.tokens.push(token);
    this.seen = this.tokens.length;
  }

  // -log p of its token at place t, nats, by the model as it is: no temperature, nothing cut off
  cost(t) {
    const told = this.told[t];
    return told ? -told[this.tokens[t]] : NaN;
  }

  // log p of the first t tokens, nats
  logProb(t) {
    let sum = 0;
    for (let i = 0; i < t; i++) sum -= this.cost(i);
    return sum;
  }

  // draw `count` more tokens, and be told what is not known yet of those that are there; came() after each few
  async goOn(url, header, count, signal, came) {
    const known = this.told.findIndex(told => !told),
      after = known < 0 ? Math.min(this.told.length, this.tokens.length) : known;
    const path = Uint16Array.from(this.tokens);
    const planes = { path: { type: "u16", shape: [path.length], data: path } };
    for await (const message of stream(`${url}/write`, { ...header, seed: this.seed, count, after }, planes, signal)) {
      if (signal.aborted) return;
      const { tokens, told } = message.planes;
      if (!tokens) continue;
      const [, steps, size] = told.shape,
        { first } = message.header;
      for (let i = 0; i < steps; i++) {
        this.tokens[first + i] = tokens.data[i];
        this.told[first + i] = told.data.subarray(i * size, (i + 1) * size);
      }
      came();
    }
  }

  // how many tokens it begins with like another
  shared(other) {
    const most = Math.min(this.seen, other.seen);
    for (let i = 0; i < most; i++) if (this.tokens[i] !== other.tokens[i]) return i;
    return most;
  }
}

// -- in a link: seed, forced places, tokens, how many were seen; "_" between branches -----------------------------------

const LONGEST = 3_400; // characters; an address has room for a little more
const KEPT = [1_250, 900, 400, 100]; // tokens of one branch, as many as there is room for
export const MOST = 8; // branches

export function packed(branches, current) {
  const one = (branch, most = KEPT[0]) => {
    const forced = [...branch.forced].filter(t => t < most),
      seen = Math.min(most, branch.seen);
    const tokens = branch.own ? [] : branch.tokens.slice(0, Math.max(seen, ...forced.map(t => t + 1))); // the rest follows from these
    const bytes = new Uint8Array(Uint16Array.from(tokens).buffer);
    let text = "";
    for (const b of bytes) text += String.fromCharCode(b);
    return [
      branch.seed.toString(36),
      forced.map(t => t.toString(36)).join("-"),
      btoa(text).replaceAll("+", "-").replaceAll("/", "*").replaceAll("=", ""),
      (branch.own ? branch.seen : seen).toString(36),
    ].join(".");
  };
  if (branches.length === 1 && branches[0].own) return ["", 0];
  const all = branches.map(branch => one(branch)),
    text = all.join("_");
  return text.length <= LONGEST
    ? [text, branches.indexOf(current)]
    : [KEPT.map(most => one(current, most)).find(each => each.length <= LONGEST) ?? "", 0];
}

// the branches of a link; null where it is nonsense
export function unpacked(text, size) {
  try {
    const parts = text.split("_");
    if (parts.length > MOST) return null;
    return parts.map(part => {
      const [seed, forced, coded, seen, more] = part.split(".");
      const found = atob(coded.replaceAll("-", "+").replaceAll("*", "/"));
      const bytes = Uint8Array.from(found.slice(0, found.length - (found.length % 2)), c => c.charCodeAt(0));
      const branch = new Branch(parseInt(seed, 36));
      branch.tokens = Array.from(new Uint16Array(bytes.buffer));
      branch.forced = new Set(forced ? forced.split("-").map(t => parseInt(t, 36)) : []);
      branch.seen = Math.max(branch.tokens.length, parseInt(seen, 36));
      branch.own = !branch.tokens.length;
      if (
        more !== undefined ||
        !(branch.seen <= 2_000) ||
        !(branch.seed >= 0 && branch.seed < 2 ** 31) ||
        branch.tokens.some(t => t >= size)
      )
        throw new Error();
      if ([...branch.forced].some(t => !(t >= 0 && t < branch.tokens.length))) throw new Error();
      return branch;
    });
  } catch {
    return null;
  }
}
