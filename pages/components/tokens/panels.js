// What can be done with a language model, in the order of the tabs.

import { Surprisal } from "./surprisal.js";
import { Write } from "./write.js";

export const PANELS = [Write, Surprisal];
