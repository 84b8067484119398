// What can be done with a model of sounds, in the order of the tabs.

import { Generate } from "./generate.js";
import { Hear } from "./hear.js";

export const PANELS = [Generate, Hear];
