// The player of Gibbs chains: what the page sends it, what the server sends it, and its state.

import type { Bytes, Floats, Plane, PlayerData, Words } from "../../shared/view/types.d.ts";
import type { Playback } from "./playback.js";

/** A sampler with frames of its own; "compare" shows all of them. */
export type Sampler = "gibbs" | "cd" | "pt";

/** What a link says (`GibbsState` in pages/gibbs/state.py). */
export interface Settings {
  start: "model" | "noise" | "test" | "class" | "drawing";
  /** The class of the images that chains start from. */
  digit: string;
  chains: number;
  seed: number;
  sampler: Sampler | "compare";
  /** Gibbs steps of CD before it restarts. */
  cd: number;
  temperature: number;
  /** Gibbs steps from one frame to the next. */
  sweeps: number;
  fps: number;
  /** Show probabilities, or what was sampled. */
  view: "mean" | "sample";
  /** Ablated hidden units. */
  off: number[];
  /** The chain that is shown large; -1 for the one that the probe reads most confidently. */
  chain: number;
  /** The drawing that chains start from, packed. */
  drawing: string;
  /** Mask and values of clamped pixels, packed. */
  held: string;
  /** The frame to go to; -1 for a film that plays on. */
  frame: number;
}

/** Shape of the images, and whether pixels are black or white. */
export interface Images {
  height: number;
  width: number;
  binary: boolean;
}

/** What the page sends (pages/gibbs/view/__init__.py). */
export interface GibbsData extends PlayerData, Images {
  hidden: number;
  training: { name: string; persistent: boolean };
  classes: string[];
  state: Settings;
  /** Whether the data are on this machine: some chains start from them. */
  dataHere: boolean;
}

/** Planes of an answer with frames, (frames, chains, ...) each. */
export interface FramePlanes {
  /** Probabilities (or means) of the visible layer, as grey levels. */
  mean: Plane<Bytes>;
  /** The sampled visible layer, packed where it is binary. */
  sample: Plane<Bytes>;
  /** The sampled hidden layer, packed. */
  hidden: Plane<Bytes>;
  free_energy: Plane<Floats>;
  /** Classes that the linear probe reads, and its probabilities in 255ths; absent without a probe. */
  class?: Plane<Bytes>;
  confidence?: Plane<Bytes>;
  /** Hidden layers of all replicas in parallel tempering. */
  replicas?: Plane<Bytes>;
}

/** One frame of all chains. */
export interface Frame {
  /** How much memory it takes. */
  bytes: number;
  mean: Bytes;
  sample: Bytes;
  hidden: Bytes;
  free_energy: Floats;
  class?: Bytes;
  confidence?: Bytes;
  replicas?: Bytes;
  /** Changes of class of each chain so far, and the class that each was last read as with certainty. */
  changes?: Words;
  sure?: Bytes;
}

/** Autocorrelation of the hidden layer; null where the film is too short. */
export interface Mixing {
  rho: Float64Array;
  /** Integrated autocorrelation time in Gibbs steps. */
  time: number;
  /** Whether the film is long enough for that. */
  closed: boolean;
}

export type UnitOrder = "use" | "norm" | "index";

/** All that the player shows follows from this, its buffers and the pad. */
export interface GibbsState {
  settings: Settings;
  playback: Playback;
  /** The chain that is shown large. */
  picked: { buffer: number; chain: number };
  ablated: Set<number>;
  /** The hidden unit whose arithmetic is shown, -1 for none yet; the one under the pointer goes before. */
  unit: number;
  hoveredUnit: number;
  unitOrder: UnitOrder;
  /** Mark the units that are on among all receptive fields. */
  marksActive: boolean;
}
