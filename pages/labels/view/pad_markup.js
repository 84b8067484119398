// A pad for a drawing of one's own, which a panel shows in the place of an image, with its pens.

import { button, choice, icon } from "../../shared/view/controls.js";
import { html } from "../../shared/view/html.js";

/** @param {string} asked what is to be drawn, in an imperative */
export const padMarkup =
  asked => html`<div data-part="own-box" hidden><canvas data-part="pad" class="pad" role="img" aria-label="Pad: ${asked}"></canvas>
      <div class="tools">${choice(
        "pen",
        [
          ["draw", "Draw", "Draw on the pad"],
          ["rub", "Erase", "Erase"],
        ],
        "Pen",
      )}${button("clear", icon("cross"), "Clear the drawing")}</div></div>`;
