// What the page tells Home's player.

import type { Html } from "../../shared/view/html.js";
import type { Bytes, Message, PlayerData } from "../../shared/view/types.d.ts";

/** The model of a tile (pages/home/drawing.py). */
export interface TileModel {
  /** Folder of the page that the tile opens. */
  page: string;
  checkpoint: string;
  version: string;
  title: string;
  family: string;
  /** Numbers of its code, 0 where it makes none. */
  code: number;
  /** Of a pixel, 0 where the model knows greys. */
  levels: number;
  classes: string[];
}

export interface HomeData extends PlayerData {
  width: number;
  height: number;
  tiles: TileModel[];
  gallery: GalleryEntry[];
  history: HistoryStop[];
  doors: Doors;
}

/** A drawing as all models are given it. */
export interface Given {
  grey: Bytes;
  /** The same as links carry it. */
  packed: string;
}

export interface ImageSize {
  width: number;
  height: number;
}

/** What makes a tile of a drawing. */
export interface TileKind {
  title: string;
  /** Columns that its picture wants. */
  wide?: boolean;
  /** Its first answer takes the server long: the others are asked before. */
  late?: boolean;
  new (host: TileHost, model: TileModel, canvas: HTMLCanvasElement): TileView;
}

/** What a tile knows of the player. */
export interface TileHost {
  data: HomeData;
  size: ImageSize;
  /** Another picture is wanted. */
  requestFrame(): void;
}

/** What stands below a tile's picture. */
export interface TileWords {
  number: string;
  text: string | Html;
}

export interface TileView {
  /** Ask the server. */
  ask(given: Given): Promise<Message | Message[]>;
  /** The answer has come; what to say of it. */
  show(answer: any, given: Given): TileWords;
  /** Draw what is known; true where it moves. */
  draw(now: number, still: boolean): boolean;
  /** The page with this drawing, in the state that the tile shows. */
  query(given: Given): Record<string, string | number>;
}

/** A page in the gallery (pages/home/recordings.py). */
export interface GalleryEntry {
  name: string;
  title: string;
  about: string;
  question: string;
  /** Name of a Material symbol. */
  icon: string;
  href: string;
  recording: { src: string; frames: number; seconds: number; smooth: boolean } | null;
}

/** An idea on the line of time; `href` is empty where nothing here shows it. */
export interface HistoryStop {
  year: string;
  title: string;
  text: string;
  paper: string;
  href: string;
}

export interface Doors {
  explore: { title: string; text: string; href: string }[];
  teach: { question: string; answer: string; href: string }[];
  /** Where data are brought with all settings; "" where there is no such page. */
  upload: string;
  /** Why this visitor can bring none; "" where they can. */
  no_uploads: string;
}

/** What the page tells the player of data that a visitor brings (pages/home/player.py); all "" while there are none. */
export interface OwnData extends PlayerData {
  title: string;
  summary: string;
  kind: string;
  /** How the file was read. */
  notes: string[];
}

/** The examples that are shown (route `points`). */
export interface Points {
  n: number;
  /** Test examples of the data. */
  test: number;
  /** Of each point among all examples; the test examples come first. */
  rows: number[];
  labels: ArrayLike<number> | null;
  classes: string[];
}

/** How far a training is (route `runs/{id}`), as far as it matters here. */
export interface TrainingRun {
  state: string;
  message: string;
  place: number | null;
  phase: [string, number, number] | null;
  step: number;
  total_steps: number;
  epoch: number;
  total_epochs: number;
  checkpoint: string;
  /** Epochs after which pictures were taken. */
  pictures: number[];
  history: Record<string, number>[];
  metrics: { name: string; unit: string; better: string }[];
}
