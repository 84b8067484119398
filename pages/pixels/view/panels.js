// What can be done with a model that paints pixel by pixel, in the order of the tabs.

import { Field } from "./field.js";
import { Forcing } from "./forcing.js";
import { Order } from "./order.js";
import { Paint } from "./paint.js";
import { Surprise } from "./surprise.js";

export const PANELS = [Paint, Surprise, Order, Forcing, Field];
