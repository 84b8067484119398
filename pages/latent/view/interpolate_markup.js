// What is written in the tab of interpolations.

import { button, choice, icon, playButton } from "../../shared/view/controls.js";
import { html } from "../../shared/view/html.js";
import { COLOURS, ENOUGH } from "./way_rows.js";

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
  <div class="tools">${button("arm", "on the map", `The next click on the map is ${which.toUpperCase()}: an example, or any place`, html`value="${which}" aria-pressed="false"`)}
  ${classes.length > 0 && html`<select data-pick="class-${which}" aria-label="${which.toUpperCase()} from a class"><option value="">any class</option>${classes}</select>`}
  ${button("dice", "another", `Another example as ${which.toUpperCase()}, at random${classes.length ? " in this class" : ""}`, html`value="${which}"`)}
  ${button("here", "the point", `Use the point on the map as ${which.toUpperCase()}`, html`value="${which}"`)}
  ${button("draw", "draw", `Draw ${which.toUpperCase()}`, html`value="${which}" aria-pressed="false"`)}</div></div>
</div>`;
  /** @param {string[]} list @param {string} chosen @param {(value: string) => string} words */
  const options = (list, chosen, words) =>
    list.map(value => html`<option value="${value}" ${value === chosen && html`selected`}>${words(value)}</option>`);
  return html`
<div class="ends">${slot("a")}${slot("b")}</div>
<div class="pad" data-part="pad" hidden><canvas data-part="easel" aria-label="Draw here with the pointer"></canvas>
  <div><b data-part="pad-for"></b><p class="note">It is encoded while you draw. Any drawing has a code; the decoder can only return images like its training data.</p>
  <div class="tools">${button("wipe", "clear", "Clear the drawing pad")}${button("close-pad", "done", "Close the drawing pad")}</div></div></div>
<div class="bar transport">
  <span class="group">${button("back", icon("back"), "Previous step ([)")}
  ${playButton()}
  ${button("on", icon("forward"), "Next step (])")}</span>
  <input type="range" class="scrub" data-part="scrub" min="0" max="1" step="any" aria-label="Place between A and B">
  <output class="frame" data-part="frame"></output>${button("swap", "A ⇄ B", "Swap A and B")}
</div>
<div class="rows" data-part="rows"></div>
${own.labels && html`<p class="note">Bands: classes of the ${Math.min(15, own.n)} stored codes nearest to each place on the path. Drag the strips to scrub.</p>`}
${
  own.n >= ENOUGH &&
  html`<p class="note">Curves: log density of other images' codes on the path: the aggregated posterior without A and B, in nats. Nine of ten codes lie in the grey band. <span data-part="lengths"></span>
The prior's own density is no guide: it is highest at the mean, where in many dimensions no sample ever falls.</p>`
}
<div class="bar">
  ${choice(
    "turn",
    [
      ["bounce", "there and back", "From A to B and back, endlessly"],
      ["loop", "loop", "From A to B, then from A again"],
      ["once", "once", "From A to B, then stop"],
    ],
    "What happens at the end",
  )}
  <select data-pick="speed" aria-label="Speed" title="Speed">${options(SPEEDS, state.speed, x => `${x} ×`)}</select>
  <span class="group end"><select data-pick="frames" aria-label="Frames from A to B" title="Frames from A to B">${options(FRAMES, state.frames, x => `${x} steps`)}</select>
  ${button("gif", "GIF", "Save all rows as an animation, side by side")}${button("png", "PNG strip", "Save the rows as one picture")}</span>
</div>`;
}
