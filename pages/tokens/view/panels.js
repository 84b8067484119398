// What can be done with a language model, in the order of the tabs.

import { Columns } from "./columns.js";
import { Forcing } from "./forcing.js";
import { Inside } from "./inside.js";
import { Surprisal } from "./surprisal.js";
import { Write } from "./write.js";

export const PANELS = [Write, Surprisal, Columns, Forcing, Inside];
