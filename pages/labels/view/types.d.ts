// What the page of labels passes between its scripts.

import type { Floats, PlayerData, Words } from "../../shared/view/types.d.ts";

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
  step: number;
  numbers: "" | "value" | "gradient";
  cell: string;
  nudge: number;
  runs: string;
  run: number;
  trial: number;
  drawing: string;
  meant: number;
  rows: number[];
  row: number;
  whose: "image" | "own";
  sketch: string;
  style: number[];
  axes: number[];
}

/** A representation of drawings, and how the one-shot trials go in it once that is known. */
export interface Space {
  key: string;
  title: string;
  /** The data that it was learned from; "" for none. */
  learned: string;
  /** Whether it was learned from classes too. */
  labels: boolean;
  /** Why it cannot be computed. */
  problem: string;
  /** Of all trials; null until they are solved. */
  solved: { accuracy: number; error: number; distances: Floats; neighbours: Words } | null;
}

/** What a representation says of one drawing. */
export interface Told {
  /** From each of the support. */
  distances: ArrayLike<number>;
  /** The nearest of all drawings, by their places. */
  neighbours: ArrayLike<number>;
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
  layer: "x" | "filters" | "filterBias" | "conv" | "pool" | "weight" | "bias" | "logits" | "probs" | "loss";
  at: number;
}

/** Weights (inputs, outputs) and biases of a dense layer, or their gradients. */
export interface DenseLayer {
  inputs: number;
  outputs: number;
  weight: Floats;
  bias: Floats;
}

/** Bits of an image, by the likeliest model of the data (pages/labels/memorising.py). */
export interface ImageBits {
  model: string;
  /** The score that they come from, what kind of number it is, and of which examples. */
  score: string;
  nature: string;
  data: string;
  /** Values that a pixel can have as the model sees it. */
  levels: number;
  /** Height and width of an image as it sees it. */
  shape: number[];
  bits: number;
  /** Where pixels were independent, each with its own frequencies. */
  independent?: number;
}

/** Examples to train a small net on. */
export interface Material {
  /** Of each example, with mean 0 and spread 1 over all that can be trained on. */
  x: Floats[];
  /** Numbers of an example. */
  d: number;
  labels: Int32Array;
  classes: number;
  /** The first so many examples are there to train on, the others to test on. */
  training: number;
  /** Of an image; null where examples are none. */
  image: { width: number; height: number } | null;
  /** An example as greys of bytes. */
  grey(x: Floats): Uint8ClampedArray;
  bits: ImageBits | null;
}

/** What an experiment is. */
export interface Settings {
  inputs: "as-is" | "permuted" | "shuffled" | "noise";
  /** Percent of random labels. */
  random: number;
  /** To train on, at most. */
  examples: number;
  /** Units of a hidden layer. */
  hidden: number;
  layers: number;
  /** Weight decay of AdamW. */
  decay: number;
  /** Probability with which a hidden unit is left out. */
  dropout: number;
  seed: number;
}

/** An example as it is trained on. */
export interface Example {
  x: Floats;
  label: number;
  /** Its class in the data. */
  truth: number;
}

/** A quantity of information. */
export interface Amount {
  name: string;
  bits: number;
  /** How it comes about. */
  sum: string;
}

/** What a model that tells class from style says of an image. */
export interface StyleReading {
  style: Floats;
  /** Of each class. */
  probs: Floats;
}
