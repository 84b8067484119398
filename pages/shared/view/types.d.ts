// What Streamlit, the server and the scripts of all players pass to each other.

/** What Streamlit hands to a player with every message. */
export interface Component<Data> {
  data: Data;
  /** Tells the page a value, which makes the page run again. */
  setStateValue(name: string, value: unknown): void;
}

/** What the page sends to every player that shows one checkpoint (pages/shared/component.py). */
export interface PlayerData {
  /** Address of the player's routes, relative to the page. */
  api: string;
  checkpoint: string;
  /** Changes when the checkpoint of that name is another one. */
  version: string;
  /** Colours of the first classes, as #rrggbb. */
  colours: string[];
  /** What the link says, every name with a value. */
  state: Record<string, any>;
}

/** The objects that `mount` of a player returns: Streamlit needs no more of them. */
export interface Player<Data> {
  update(component: Component<Data>): void;
  destroy(): void;
}

/** Places of all examples. */
export interface Places {
  xs: Float32Array;
  ys: Float32Array;
  /** Towards the eye, of points in three dimensions. */
  depth?: Float32Array;
}

/** A 2-D map of one representation. */
export interface PlaneMap {
  key: string;
  /** Refused: not computed, and the visitor may not have it computed. */
  state: "loading" | "absent" | "refused" | "asked" | "ready" | "failed";
  places: Places | null;
  /** Places in three dimensions, where the method gives those. */
  triples: Float32Array | null;
  /** Share of the variance that it shows (PCA). */
  explained: number | null;
  /** How long it takes to compute, in words. */
  cost: string;
  problem: string;
  /** Its run in the background. */
  id: string;
  done: number;
  phase: string;
}

export type Bytes = Uint8Array<ArrayBuffer>;
export type Words = Uint16Array<ArrayBuffer>;
export type Floats = Float32Array<ArrayBuffer>;

/** An array of a message; half-precision numbers have become floats. */
export interface Plane<Data = any> {
  data: Data;
  shape: number[];
}

/** A message from the server: the first line, and the arrays after it by name. */
export interface Message<Header = any, Planes = Record<string, Plane>> {
  header: Header;
  planes: Planes;
}

/** How the numbers of a plane are stored; `bits` are packed, eight in a byte. */
export type PlaneType = "u8" | "u16" | "bits" | "f16" | "f32";

/** An array of a message to the server. */
export interface SentPlane {
  type: PlaneType;
  shape: number[];
  data: ArrayBufferView<ArrayBuffer>;
}

/** Colours and font of Streamlit's theme, as CSS writes them. */
export interface Theme {
  text: string;
  background: string;
  accent: string;
  /** Ground of controls and charts. */
  panel: string;
  font: string;
}

/** Red, green and blue, 0 to 255. */
export type Rgb = number[];

/** Writes pixel i of an image into `rgba` from index `at` on. */
export type PixelPainter = (rgba: Uint8ClampedArray, i: number, at: number) => void;

/** What a key does; some look at shift. */
export type Keys = Record<string, ((event: KeyboardEvent) => void) | false | undefined>;

/** Names and values of a link; an empty text is left out of it. */
export type UrlParams = Record<string, string | number>;

/** The class of a panel behind a tab (shared/tabs.js); the first of a player is what a link without `mode` means. */
export interface PanelKind<Shell> {
  /** Value of `mode` in links. */
  readonly name: string;
  /** On the tab. */
  readonly title: string;
  /** Tooltip of the tab. */
  readonly hint: string;
  /** Builds the panel in `root`; the shell has the model and what the link says. */
  new (shell: Shell, root: HTMLElement): Panel;
}

/** A panel; what it lacks is not called. */
export interface Panel {
  /** At an animation frame, `elapsed` milliseconds after the last; true where another frame is wanted. */
  draw?(now: number, elapsed: number): boolean | void;
  /** A button with data-do was pressed. */
  onAction?(name: string, button: HTMLButtonElement): void;
  /** One of a segmented choice was pressed; it is in the state already. */
  onChoice?(name: string, value: string): void;
  /** A slider with data-slide was moved. */
  onSlide?(name: string, value: number, slider: HTMLInputElement): void;
  /** A select or field with data-pick has changed. */
  onSelect?(name: string, value: string, field: HTMLInputElement | HTMLSelectElement): void;
  keys?(): Keys;
  /** What the link says of this panel; "" where it is as usual. */
  urlParams?(): UrlParams;
  onTheme?(): void;
  destroy?(): void;
}
