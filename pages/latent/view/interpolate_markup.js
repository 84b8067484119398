// What is written in the tab of interpolations.

import { button, choice, icon, playButton } from "../../shared/view/controls.js";
import { html } from "../../shared/view/html.js";
import { COLOURS, ENOUGH } from "./path_rows.js";

const SPEEDS = ["0.25", "0.5", "1", "2", "4"];
const FRAMES = ["12", "24", "48", "96"];

/**
 * @param {import("./model.js").Model} own
 * @param {import("./types.d.ts").LatentState} state
 */
export function interpolateMarkup(own, state) {
  const classes = own.classes.map((name, c) => own.rowsOf(c).length > 0 && html`<option value="${c}">${name}</option>`);
  /** @param {"a" | "b"} which */
  const slot = which => html`
<div class="slot" data-end="${which}">
  <canvas role="img" aria-label="${which.toUpperCase()}"></canvas>
  <div><b style="color:${COLOURS[which]}">${which.toUpperCase()}</b> <span class="muted" data-part="words-${which}"></span>
  <div class="tools">${button("arm", "on the map", `Pick ${which.toUpperCase()} with the next click on the map`, html`value="${which}" aria-pressed="false"`)}
  ${classes.length > 0 && html`<select data-pick="class-${which}" aria-label="${which.toUpperCase()} from a class"><option value="">any class</option>${classes}</select>`}
  ${button("dice", "random", `Random example${classes.length ? " of this class" : ""} as ${which.toUpperCase()}`, html`value="${which}"`)}
  ${button("here", "the point", `Use the point on the map as ${which.toUpperCase()}`, html`value="${which}"`)}
  ${button("draw", "draw", `Draw ${which.toUpperCase()}`, html`value="${which}" aria-pressed="false"`)}</div></div>
</div>`;
  /** @param {string[]} list @param {string} chosen @param {(value: string) => string} words */
  const options = (list, chosen, words) =>
    list.map(value => html`<option value="${value}" ${value === chosen && html`selected`}>${words(value)}</option>`);
  return html`
<div class="ends">${slot("a")}${slot("b")}</div>
<div class="pad" data-part="pad" hidden><canvas data-part="drawing" aria-label="Draw an image here"></canvas>
  <div><b data-part="pad-for"></b><p class="note">The drawing is encoded as you draw. Every drawing has a code, but the decoder returns only images like its training data.</p>
  <div class="tools">${button("clear-pad", "clear", "Clear the drawing pad")}${button("close-pad", "done", "Close the drawing pad")}</div></div></div>
<div class="bar transport">
  <span class="group">${button("back", icon("back"), "Previous step ([)")}
  ${playButton()}
  ${button("on", icon("forward"), "Next step (])")}</span>
  <input type="range" class="scrub" data-part="scrub" min="0" max="1" step="any" aria-label="Position between A and B">
  <output class="frame" data-part="frame"></output>${button("swap", "A ⇄ B", "Swap A and B")}
</div>
<div class="rows" data-part="rows"></div>
${own.labels && html`<p class="note">Bands: classes of the ${Math.min(15, own.n)} nearest stored codes along the path. Drag a strip to scrub.</p>`}
${
  own.n >= ENOUGH &&
  html`<p class="note">Curves: log density of the aggregated posterior (without A and B) along the path, in nats. Grey band: 90% of all codes. <span data-part="lengths"></span>
The prior density is misleading: it is highest at the mean, where in high dimensions almost no samples lie.</p>`
}
<div class="bar">
  ${choice(
    "turn",
    [
      ["bounce", "there and back", "From A to B and back, repeatedly"],
      ["loop", "loop", "From A to B, then restart at A"],
      ["once", "once", "From A to B, then stop"],
    ],
    "What happens at the end",
  )}
  <select data-pick="speed" aria-label="Speed" title="Speed">${options(SPEEDS, state.speed, x => `${x} ×`)}</select>
  <span class="group end"><select data-pick="frames" aria-label="Frames from A to B" title="Frames from A to B">${options(FRAMES, state.frames, x => `${x} steps`)}</select>
  ${button("gif", "GIF", "Save all rows as an animated GIF")}${button("png", "PNG strip", "Save all rows as one image")}</span>
</div>`;
}
