// What the Autoencoder page passes between its scripts.

import type { Html } from "../../shared/view/html.js";

/** One way to a code and back (pages/autoencoder/loading.py). */
export interface Way {
  title: string;
  /** "network", or the name of a linear code. */
  kind: string;
  checkpoint: string;
  size: number;
  /** Mean over the held-out examples; null where it was not scored. */
  error: number | null;
}

/** The header of the route `about`. */
export interface About {
  n: number;
  height: number;
  width: number;
  inputs: number;
  layers: number[];
  code: string;
  documents: boolean;
  vocabulary: string[];
  classes: string[];
  ways: Way[];
}

/** An example, or the visitor's drawing: as the model sees it, and as each way gives it back. */
export interface Column {
  x: Float32Array;
  backs: Float32Array[];
  code: Float32Array;
  label: string;
}

/** A row of reconstructions below the originals. */
export interface Row {
  title: string;
  size: number;
  error: number;
  colour: string;
  /** What comes back of a column. */
  back: (column: Column) => Float32Array;
  /** What else there is to say beside it. */
  note?: Html | string;
}

export interface AutoencoderState {
  digit: string;
  seed: number;
  errors: boolean;
  k: number;
  layer: number;
  pick: number;
  units: string;
  drawing: string;
  guess: number;
}
