// The tabs, in their order.

import { MapsPanel } from "./maps.js";

export const PANELS = [MapsPanel];
