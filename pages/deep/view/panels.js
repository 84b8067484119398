// What can be done with a deep machine, in the order of the tabs.

import { Chains } from "./chains.js";
import { Mixing } from "./mixing.js";
import { Posterior } from "./posterior.js";
import { SideBySide } from "./side_by_side.js";
import { Traffic } from "./traffic.js";
import { Units } from "./units.js";

/** @type {(import("../../shared/view/types.d.ts").PanelKind<any> & { undirectedOnly?: string })[]} `undirectedOnly`: why it is not for a belief net */
export const PANELS = [Traffic, Posterior, Chains, Mixing, SideBySide, Units];
