// What the scripts of this page pass to each other.

import type { Rgb } from "../../shared/view/types.d.ts";

/** What can be compared (route `about`). */
export interface Representation {
  key: string;
  title: string;
  kind: "input" | "pca" | "layer" | "code" | "sample" | "untrained" | "labels" | "upload";
  checkpoint: string;
  /** Title of its model, "" where it has none. */
  model: string;
  /** Checkpoint of the same network from another seed, "" where there is none, and the command that trains one. */
  twin: string;
  retrain: string;
  layer: string;
  /** Numbers of a vector, null where it is not known. */
  size: number | null;
  /** The visitor may not delete it. */
  read_only: boolean;
}

export type { Places, PlaneMap } from "../../shared/view/types.d.ts";

/** How the points of one map are drawn. */
export interface PointColours {
  /** Packed, one a point. */
  palette: Uint32Array;
  of(row: number): Rgb;
}

/** A group that stands together in one representation and apart in another (route `suggest`). */
export interface Suggestion {
  rows: number[];
  together: number;
  apart: number;
  /** Number of the representation where it stands together, and of the one where it parts. */
  from: number;
  to: number;
}

/** What a panel of this page may also have. */
export interface Follower {
  /** Other representations are compared, or in another order. */
  onReps?(): void;
  /** Other examples are chosen, or classes hidden. */
  onSelection?(): void;
  onHover?(): void;
  onArrival?(what: import("./store.js").What): void;
  /** The numbers that are shown; null while they are not there. */
  table?(): import("./saving.js").Table | null;
}
