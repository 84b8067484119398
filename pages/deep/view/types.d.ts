// What the page of deep machines passes between its scripts.

import type { Bytes, Floats, PlayerData } from "../../shared/view/types.d.ts";

/** One connection, as the server sends it (pages/deep/routes.py). */
export interface ConnectionData {
  /** (below, above), row by row. */
  weight: Floats;
  below: number;
  above: number;
  up: Floats;
  down: Floats;
  undirected: boolean;
}

/** A state: the visibles, every hidden layer, the classes where there are any. */
export type Layers = Floats[];

/** One unit that is clamped. */
export interface ClampedUnit {
  layer: number;
  unit: number;
  value: number;
}

/** What inference and sampling are to leave alone. */
export interface Options {
  /** Scales the input of hidden layers from above, 0 to 1. */
  feedback?: number;
  /** 1 for each missing visible. */
  missing?: Bytes | null;
  /** Clamped visibles, and their values. */
  clampedPixels?: { mask: ArrayLike<number>; values: ArrayLike<number> } | null;
  /** Clamped layers. */
  clampedLayers?: number[];
  /** Units that are ablated, by layer. */
  ablated?: Set<number>[] | null;
  clampedUnit?: ClampedUnit | null;
  temperature?: number;
}

/** Another machine that was trained on the same data. */
export interface Partner {
  name: string;
  version: string;
  title: string;
}

export interface DeepData extends PlayerData {
  /** The belief net beside a deep Boltzmann machine. */
  partner: Partner | null;
  /** log Z in nats, as far as it is known. */
  logZ: number | null;
  /** Whether every layer depends on both its neighbours. */
  undirected: boolean;
}

/** The header of the route `about`. */
export interface About {
  title: string;
  height: number;
  width: number;
  classes: string[];
  undirected: boolean[];
}

/** What a link says of the page (pages/deep/state.py). */
export interface DeepState extends Record<string, any> {
  mode: string;
  pick: number;
  drawing: string;
  hidden: string;
  feedback: number;
  start: "up" | "half";
  chains: "" | "16" | "64";
  pace: "sweep" | "fast";
  seed: number;
  label: number;
  layer: number;
  unit: number;
}
