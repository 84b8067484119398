// What can be done with a convolutional machine, in the order of the tabs.

import { Features } from "./features.js";
import { Samples } from "./samples.js";
import { Shift } from "./shift.js";

/** @type {import("../../shared/view/types.d.ts").PanelKind<any>[]} */
export const PANELS = [Features, Shift, Samples];
