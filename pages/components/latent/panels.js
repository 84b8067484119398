// What can be done in a latent space, in the order of the tabs.

import { Beta } from "./beta.js";
import { Dimensions } from "./dimensions.js";
import { Interpolate } from "./interpolate.js";

export const PANELS = [Interpolate, Dimensions, Beta];
