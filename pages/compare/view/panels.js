// The tabs, in their order.

import { AlikePanel } from "./alike.js";
import { LikelihoodsPanel } from "./likelihoods.js";
import { MapsPanel } from "./maps.js";
import { ReadoutPanel } from "./readout.js";
import { ThroughPanel } from "./through.js";

export const PANELS = [MapsPanel, AlikePanel, ThroughPanel, ReadoutPanel, LikelihoodsPanel];
