// What can be done in a latent space, in the order of the tabs.

import { Attributes } from "./attributes.js";
import { Beta } from "./beta.js";
import { Dimensions } from "./dimensions.js";
import { Generate } from "./generate.js";
import { Interpolate } from "./interpolate.js";
import { Noise } from "./noise.js";

/** @type {import("./types.d.ts").LatentPanelKind[]} */
export const PANELS = [Interpolate, Dimensions, Beta, Noise, Generate, Attributes];
