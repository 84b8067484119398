// What the page of labels passes between its scripts.

import type { Floats, PlayerData } from "../../shared/view/types.d.ts";

export type LabelsData = PlayerData;

/** The header of the route `about`. */
export interface About {
  n: number;
  classes: string[];
  /** What tells an example that is no picture; empty for pictures. */
  words: string[];
  representations: { key: string; title: string }[];
}

/** A label that was given to a point. */
export interface Given {
  point: number;
  label: number;
}

/** The neighbours of every point, either way: those of point i are `ends[starts[i]]` to `ends[starts[i + 1] - 1]`. */
export interface Graph {
  starts: Int32Array;
  ends: Int32Array;
  /** Of each end: one over the root of the degrees of both its points. */
  shares: Float32Array;
}

/** The pool in one representation. */
export interface View {
  n: number;
  /** Numbers of a vector. */
  d: number;
  vectors: Floats;
  graph: Graph;
}

export type Method = "spread" | "linear" | "nearest";

/** What a link says of the page (pages/labels/state.py). */
export interface LabelsState extends Record<string, any> {
  labels: number[];
  of: string;
  method: Method;
  query: "uncertain" | "random";
  seed: number;
  example: number;
  batches: number;
}

/** What a forward pass of the tiny net leaves. */
export interface Activations {
  x: Float64Array;
  label: number;
  /** (maps, 6, 6), before and after ReLU. */
  conv: Float64Array;
  relu: Float64Array;
  /** (maps, 3, 3), and the place of each maximum in the maps. */
  pool: Float64Array;
  winner: Int32Array;
  logits: Float64Array;
  probs: Float64Array;
  loss: number;
}

/** Gradients of the loss. */
export interface Gradients {
  logits: Float64Array;
  weight: Float64Array;
  bias: Float64Array;
  pool: Float64Array;
  conv: Float64Array;
  filters: Float64Array;
  filterBias: Float64Array;
}

/** One number of the tiny net. */
export interface Cell {
  layer: "x" | "filters" | "conv" | "pool" | "weight" | "logits" | "probs" | "loss";
  at: number;
}
