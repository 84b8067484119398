// What can be done with a model that paints pixel by pixel, in the order of the tabs.

import { Paint } from "./paint.js";

export const PANELS = [Paint];
