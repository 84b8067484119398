// The player of trainings: what the page and the server send it (pages/train/routes.py), and its state.

import type { Bytes, Plane, Theme } from "../../shared/view/types.d.ts";

/** What the page sends (pages/train/view/__init__.py). */
export interface TrainingData {
  api: string;
  /** Runs or finished checkpoints by their ids, one to four. */
  runs: string[];
  /** The states that the page has seen, by id. */
  states: Record<string, string>;
  colours: string[];
  /** Short names by id, for where a title would be cut off. */
  names: Record<string, string>;
}

export type RunState =
  | "queued"
  | "starting"
  | "running"
  | "paused"
  | "evaluating"
  | "stopped"
  | "interrupted"
  | "failed"
  | "finished"
  | "gone";

/** What a curve shows. */
export interface Metric {
  name: string;
  title: string;
  unit: string;
  /** Which direction is good; "" for neither. */
  better: "higher" | "lower" | "";
  about: string;
}

/** A line of the history: the metrics after an epoch, "train." before those of training examples. */
export type HistoryLine = { epoch: number } & Record<string, number | null>;

/** A point within the epochs: [step, epoch, loss, learning rate]. */
export type CurvePoint = [number, number, number | null, number | null];

/** A run as the server last told of it. */
export interface RunStatus {
  id: string;
  /** The visitor may look at it, and change nothing. */
  read_only: boolean;
  title: string;
  kind: string;
  state: RunState;
  /** What its process has been asked for. */
  want: string;
  message: string;
  /** Its place in the queue. */
  place: number | null;
  device: string;
  step: number;
  total_steps: number;
  epoch: number;
  total_epochs: number;
  loss: number | null;
  lr: number | null;
  /** Examples a second. */
  rate: number;
  /** Seconds so far, and to go. */
  elapsed: number;
  left: number | null;
  /** What is computed besides the training: [what, done, of how many]. */
  phase: [string, number, number] | null;
  /** A learning rate that was asked for and not yet taken up. */
  asked_lr: number | null;
  /** Whether a training can go on from its state. */
  saved: boolean;
  log: string[];
  curve: CurvePoint[];
  history: HistoryLine[];
  metrics: Metric[];
  /** Epochs after which pictures were taken. */
  pictures: number[];
  /** After which the weights were taken, null where they are the last. */
  kept_epoch?: number | null;
  preset: { train?: TrainSettings };
}

export interface TrainSettings {
  lr: number;
  lr_schedule: "constant" | "linear" | "cosine";
  /** Share of the training before the schedule begins. */
  lr_hold: number;
  lr_changes?: [number, number][];
  /** Fraction of the training examples set aside. */
  validation?: number;
}

/** A sheet of pictures that a model makes after an epoch. */
export interface SheetInfo {
  name: string;
  title: string;
  about: string;
  /** 128 is zero; else grey levels. */
  signed: boolean;
}

/** The pictures of one epoch. */
export interface EpochPictures {
  epoch: number;
  sheets: SheetInfo[];
  planes: Record<string, Plane<Bytes>>;
  bytes: number;
}

/** One sheet with its n images of h x w pixels. */
export interface Sheet extends SheetInfo {
  data: Bytes;
  n: number;
  h: number;
  w: number;
  epoch: number;
}

/** Colours of charts: the theme's, let through in part. */
export interface ChartColours extends Theme {
  quiet: string;
  axis: string;
  grid: string;
  cursor: string;
}

/** All that the player shows follows from this and its runs. */
export interface TrainingState {
  /** The metric and the sheet that are shown; "" for the usual one. */
  curve: string;
  sheet: string;
  /** Spacing of the epochs. */
  x: "linear" | "log";
  /** Range of the values: whole, without extremes, or logarithmic. */
  y: "all" | "most" | "log";
  /** Compare runs after as many epochs, or after the same share of their training. */
  unit: "epoch" | "share";
  smooth: boolean;
  fps: number;
  /** Where the film stands, in epochs or shares; null follows the newest. */
  at: number | null;
  playing: boolean;
  /** The tile that is shown large, -1 for none. */
  picked: number;
}
