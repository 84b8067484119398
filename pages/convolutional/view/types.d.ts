// What the page of convolutional machines passes between its scripts.

import type { Floats, PlayerData } from "../../shared/view/types.d.ts";

/** Sides of an image or a map. */
export interface Shape {
  height: number;
  width: number;
}

export interface ConvolutionalData extends PlayerData {
  /** Title of the dense RBM of the same images; "" where there is none. */
  dense: string;
}

/** The header of the route `about`. */
export interface About extends Shape {
  title: string;
  classes: string[];
  pool: number;
  binary: boolean;
  visibleBias: number;
}

/** An RBM each of whose hidden units has a weight to every pixel. */
export interface Dense {
  /** (visible, hidden), row by row. */
  weight: Floats;
  bias: Floats;
}

/** One way to represent an image, and how it is drawn. */
export interface Code {
  title: string;
  colour: string;
  of: (v: Floats) => Floats;
}

/** What a link says of the page (pages/convolutional/state.py). */
export interface ConvolutionalState extends Record<string, any> {
  mode: string;
  pick: number;
  drawing: string;
  hidden: string;
  filter: number;
  dx: number;
  dy: number;
  size: "1" | "2" | "4";
  clamped: "" | "image";
  seed: number;
}
