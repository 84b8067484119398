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
  bothWays: boolean;
}

/** A state: the visibles, every hidden layer, the classes where there are any. */
export type Layers = Floats[];

/** One unit whose value is set by hand. */
export interface SetUnit {
  layer: number;
  unit: number;
  value: number;
}

/** What inference and sampling are to leave alone. */
export interface Options {
  /** Scales what hidden layers hear from above, 0 to 1. */
  feedback?: number;
  /** 1 for each visible that nobody knows. */
  unknown?: Bytes | null;
  /** Visibles that stay, and their values. */
  known?: { mask: ArrayLike<number>; values: ArrayLike<number> } | null;
  /** Layers that stay. */
  held?: number[];
  /** Units that are ablated, by layer. */
  off?: Set<number>[] | null;
  on?: SetUnit | null;
  temperature?: number;
}

/** Another machine that was trained on the same data. */
export interface Partner {
  name: string;
  version: string;
  title: string;
}

export interface DeepData extends PlayerData {
  /** The belief net beside a deep Boltzmann machine, or the reverse. */
  partner: Partner | null;
  /** log Z in nats, as far as it is known. */
  logZ: number | null;
  /** Whether every layer hears both its neighbours. */
  undirected: boolean;
}

/** The header of the route `about`. */
export interface About {
  title: string;
  height: number;
  width: number;
  classes: string[];
  bothWays: boolean[];
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
