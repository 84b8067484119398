// What the page tells the player of a latent space, what a link says of it, and what its tabs are.

import type { Panel, PanelKind, PlayerData, UrlParams } from "../../shared/view/types.d.ts";
import type { Plane } from "./plane.js";
import type { LatentView } from "./player.js";

/** What a link says (`LatentState` in Python). The choices among it change as the visitor makes them. */
export interface LatentState {
  /** The tab. */
  mode: string;
  /** Two axes of the map: `dims~0~1`, `pca~0~1`, `class~3~8`. */
  plane: string;
  /** What the map shows: `x,y,zoom`. */
  view: string;
  manifold: "off" | "on";
  /** The point, numbers with `_` between them. */
  z: string;
  /** The chosen example, by row. */
  pick: string;
  /** Ends of the interpolation: `e12` an example, `z0.1_2` a point, `d...` a drawing. */
  a: string;
  b: string;
  /** From 0 at A to 1 at B. */
  t: number;
  speed: string;
  turn: "bounce" | "loop" | "once";
  frames: string;
  /** What the rows of the dimensions start from. */
  around: "point" | "prior";
  beta: string;
  seed: number;
  source: "prior" | "posterior";
  temperature: number;
  /** Classes whose difference is added, by number, and how much of it. */
  less: string;
  more: string;
  strength: number;
}

/** A model of a family whose members differ in beta alone. */
export interface Member {
  name: string;
  version: string;
  beta: number;
}

export interface LatentData extends PlayerData {
  state: LatentState;
  /** Route that makes animations. */
  gif: string;
  /** Whether the test part of the data set is on the server, and the training part. */
  dataHere: boolean;
  trainHere: boolean;
  beta: number;
  labelled: boolean;
  mig: number | null;
  /** The KL in its two parts, measured on n images. */
  split: { mutual_information: number; aggregated_kl: number; n: number } | null;
  family: Member[];
  /** A deterministic autoencoder of the same data. */
  deep: { name: string; version: string; title: string } | null;
}

/** A panel of this player; what it lacks is not called. */
export interface LatentPanel extends Panel {
  urlParams(): UrlParams;
  /** Move on in time; true where another frame is wanted. Called before anything is drawn. */
  advance?(now: number, elapsed: number): boolean;
  /** The code that the large picture shows, and what it is. */
  lookedAt?(): { z: Float32Array; what: string } | null;
  /** What it draws on the map. */
  drawMarks?(plane: Plane, context: CanvasRenderingContext2D): void;
  /** Whether a click on the map belongs to it; `row` is -1 between the examples. */
  takesClick?(row: number, z: Float32Array): boolean;
  onPointChange?(): void;
  /** The point is dragged on the map. */
  onDrag?(): void;
  /** Another model of the family is shown. */
  onModelChange?(): void;
  /** The pictures of the examples have come. */
  onPictures?(): void;
  /** Escape was pressed; whether there was something to leave. */
  onEscape?(): boolean;
}

export interface LatentPanelKind extends Omit<PanelKind<LatentView>, never> {
  /** Whether a model has what the panel is about. */
  applies?(data: LatentData): boolean;
  /** `before` is the panel of this kind that was open last. */
  new (host: LatentView, root: HTMLElement, before?: any): LatentPanel;
}
