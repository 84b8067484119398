// What the page tells the maps of codes, what a link says of them, and what the server knows of a map.

import type { Floats, PlayerData } from "../../shared/view/types.d.ts";
import type { Box } from "../../shared/view/plane_view.js";

export type Split = "test" | "train" | "all";

/** How far two points are apart. */
export type Metric = "euclidean" | "cosine";

/** What a link says (`CodesState` in Python). */
export interface CodesLink {
  split: Split;
  /** How many points at most. */
  points: string;
  /** `code,umap-pixels:n_neighbors=30` */
  maps: string;
  colour: "class" | "cluster" | "error" | "place" | "factor" | "score" | "unit";
  /** The known factor, the score, or the layer and its unit that colours stand for. */
  factor: string;
  score: string;
  layer: string;
  unit: number;
  show: "auto" | "dots" | "images";
  near: "pixels" | "code" | "off";
  metric: Metric;
  ghost: "off" | "on";
  /** Contours of the density of points. */
  contours: "off" | "on";
  /** Names of classes or clusters, where most of their points lie. */
  names: "on" | "off";
  /** Views of the maps, `x,y,zoom` each. */
  place1: string;
  place2: string;
  place3: string;
  place4: string;
  /** Chosen points: rows packed to text, an area that was drawn (`a:`), or words that were searched for (`q:`). */
  pick: string;
  /** Whether the chosen points are shown alone. */
  isolate: "off" | "on";
  /** Hidden classes. */
  hide: number[];
  /** Place in the training, counted in saved epochs; empty for the finished model. */
  at: string;
  /** A place that was clicked: `map~x~y`. */
  probe: string;
  /** An image on the pad, packed to text. */
  drawing: string;
}

/** The choices of the visitor, and what the link asked for when these points were opened. */
export interface CodesState extends CodesLink {
  /** What dragging does. */
  tool: "move" | "box" | "lasso";
}

export interface CodesData extends PlayerData {
  state: CodesLink;
  /** Address of the routes of runs. */
  runs: string;
  /** Whether the training part of the data set is on the server. */
  trainHere: boolean;
}

/** Lowest, highest and usual value of a setting. */
export type Rule = [number, number, number];

/** A kind of map that these points can have. */
export interface MapKind {
  name: string;
  title: string;
  settings: Record<string, Rule>;
  /** Whether there is a way back from it to pictures. */
  decodes: boolean;
}

/** A map that is asked for, with the settings that are not the usual ones. */
export interface MapChoice {
  name: string;
  settings: Record<string, number>;
}

/** A run that computes a map, as its route tells of it. */
export interface LayoutRun {
  state: string;
  /** In the queue. */
  place?: number;
  /** What it does, how far it is, and of how much. */
  phase?: [string, number, number];
  message?: string;
}

/** Clusters of points by k-means of their codes. */
export interface Clusters {
  /** The cluster of each point. */
  member: Uint8Array;
  /** Points of each cluster, the largest first. */
  sizes: number[];
}

/** Places of all points. */
export interface Places {
  xs: Floats;
  ys: Floats;
}

/** A map as it is known. */
export interface Layout extends Places {
  key: string;
  map: MapChoice;
  /** Refused: not computed, and the visitor may not have it computed. */
  state: "loading" | "ready" | "asked" | "absent" | "refused" | "failed";
  /** What holds nearly all points. */
  box: Box;
  scores: Record<string, number> | null;
  /** How long it takes to compute, in words. */
  cost: string;
  problem: string;
  run: LayoutRun | null;
  /** Of its run. */
  id: string;
}
