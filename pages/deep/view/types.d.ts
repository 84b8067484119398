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

/** A machine of one kind among those of the same images. */
export interface Rival extends Partner {
  kind: string;
}

export interface DeepData extends PlayerData {
  /** The belief net beside a deep Boltzmann machine. */
  partner: Partner | null;
  /** An RBM, a belief net and a deep Boltzmann machine of the same images, as far as they are here. */
  machines: Rival[];
  /** log Z in nats, as far as it is known. */
  logZ: number | null;
  /** What AIS says of log p of a test image in both directions, in words. */
  estimates: string;
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
  chain: number;
  temperature: number;
  label: number;
  top: string;
  clamped: "" | "image";
  /** Layer and unit of each, in pairs. */
  ablated: number[];
  layer: number;
  unit: number;
}
