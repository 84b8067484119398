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
}
