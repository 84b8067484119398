// What is written around the painting: controls and the places for pictures.

import { button, choice, escape, icon, slider } from "../latent/markup.js";

const select = (name, options, value, label) =>
  `<select data-pick="${name}" aria-label="${label}">${options.map(([v, text]) => `<option value="${v}" ${String(v) === String(value) ? "selected" : ""}>${escape(text)}</option>`).join("")}</select>`;

export function markup(model, state, counts) {
  const orders = Object.entries(model.orders);
  const images = [...new Set([...counts, state.images])].sort((a, b) => a - b);
  return `
<p class="note lead">Each pixel is drawn from what the model predicts after those painted before it; where it was unsure, the pixel glows. Stop, step back to a glowing one, and choose the other bar: the past stays, the future is painted anew.</p>
<div class="bar">
  <label class="group"><b>Images</b>${select("images", images.map((n) => [n, n]), state.images, "How many images")}</label>
  ${model.classes.length ? `<label class="group"><b>Class</b>${select("only", [["", "each in turn"], ...model.classes.map((name, i) => [i, name])], state.only, "The class that the model is told")}</label>` : ""}
  ${orders.length > 1 ? `<label class="group" title="${escape(orders.map(([name, what]) => `${name}: ${what}`).join("; "))}"><b>Order</b>${select("order", orders.map(([name], i) => [i ? name : "", name]), state.order, "Order of the pixels")}</label>
  <label class="group" data-part="orderSeed" hidden>order's seed <input type="number" class="seed" min="0" data-pick="order_seed" value="${state.order_seed}"></label>` : ""}
  ${slider("temperature", "temperature", 0.1, 3, 0.05, "Log-probabilities are divided by it: below 1 likely values become likelier, above 1 all become alike").replace("<output></output>", `<output>${Number(state.temperature).toFixed(2)}</output>`).replace('step="0.05"', `step="0.05" value="${state.temperature}"`)}
  <label class="group">seed <input type="number" class="seed" min="0" data-pick="seed" value="${state.seed}"></label>${button("again", "other noise", "Paint others, by another seed (N)")}
</div>
<div class="bar">
  <span class="group"><b>Begin with</b>${choice("source", [
    ["nothing", "nothing", "The model paints everything"],
    ["test", "part of a test image", "Keep a part of an image and let the model complete it, many times"],
    ["drawing", "part of your drawing", "Draw, keep a part, and let the model complete it"],
  ], "What is there before the first stroke")}</span>
  <span class="group end">${button("gif", "GIF", "Save the film of all images as an animation")}${button("png", "PNG", "Save what is on the screen")}${button("help", "?", "Keys", 'aria-expanded="false"')}</span>
</div>
<div class="kept" data-part="kept" hidden>
  <div class="how">${choice("keep", [
    ["top", "keep the top", "The upper half of the rows"],
    ["left", "the left", "The left half of the columns"],
    ["brushed", "what I brush", "Mark what is kept with a brush"],
  ], "What is kept")}
    <div class="tools">${button("other", "before", "Test image before", 'value="-1"')}${button("other", "next image", "Next test image", 'value="1"')}
      ${[["draw", "pen", "Draw"], ["rub", "eraser", "Rub out"], ["on", "keep", "Brush what is kept"], ["free", "do not keep", "Brush what is painted anew"]].map(([value, text, title]) => button("tool", text, title, `value="${value}"`)).join("")}
      ${button("wipe", "clear", "Begin again with nothing")}</div>
    <p class="note" data-part="lacks"></p></div>
  <figure><canvas data-part="easel" aria-label="The image, and which part of it is kept"></canvas><figcaption data-part="easelSays"></figcaption></figure>
  <div class="completed" data-part="completed">
    <figure><canvas data-part="mean" role="img" aria-label="Mean of the completions"></canvas><figcaption>mean of the completions</figcaption></figure>
    <figure><canvas data-part="spread" role="img" aria-label="Where the completions differ"></canvas><figcaption data-part="spreadSays"></figcaption></figure>
    <p class="note" data-part="honest"></p></div>
</div>
<div class="key-help" data-part="help" hidden>
  <kbd>space</kbd> play <kbd>←</kbd><kbd>→</kbd> a pixel <kbd>↑</kbd><kbd>↓</kbd> a row <kbd>Home</kbd><kbd>End</kbd> beginning, end
  <kbd>F</kbd> futures from here <kbd>U</kbd> undo a rewrite <kbd>N</kbd> other noise <kbd>G</kbd> glow <kbd>L</kbd> loop; click a pixel of the large image: go there; click it again: give it another value
</div>
<div class="scene">
  <section><canvas data-part="stage" data-stage="paint" role="img" aria-label="All images"></canvas></section>
  <section class="chosen">
    <figure class="large"><canvas data-part="large" role="img" aria-label="The chosen image"></canvas></figure>
    <div class="told">
      <b data-part="image"></b>
      <p data-part="pixel" class="says"></p>
      <div class="bars" data-part="bars"></div>
      <p class="note">outline: as predicted; filled: after temperature; orange: drawn. Choose another bar to rewrite.</p>
      <p data-part="sum" class="note"></p>
      <div class="tools">${button("branch", "8 futures from here", "The same past, eight ways on (F)")}${button("undo", "undo rewrite", "Back to the film before the last rewrite (U)", "disabled")}</div>
    </div>
    <div class="futures" data-part="futures" hidden>
  <div class="bar"><b>Futures</b><span class="group end">${button("branch", "others", "Eight other ways on from here (F)")}${button("unbranch", "close", "Put them away (Esc)")}</span></div>
  <div class="samples">${Array.from({ length: 8 }, (_, j) => `<button type="button" class="sample" data-do="adopt" data-future="${j}" title="Go on with this one"><canvas></canvas><span></span></button>`).join("")}</div>
  <p class="note" data-part="branched"></p>
</div>
  </section>
</div>
<div class="transport bar">
  <span class="group">${button("first", icon("back"), "To the beginning (Home)")}${button("back", "−1", "A pixel back (←)")}
  ${button("play", `${icon("play")}${icon("pause")}`, "Play or pause (space)", 'class="main"').replace('aria-label="Play or pause (space)"', 'aria-label="Play (space)"')}
  ${button("on", "+1", "A pixel on (→)")}${button("last", icon("forward"), "To the end of what is painted (End)")}</span>
  <span class="frame" data-part="clock"></span>
  <label class="group">row <input type="number" data-part="row" data-pick="row" min="1" max="${model.height}" value="1"></label>
  <label class="group">speed ${select("speed", ["0.5", "1", "2", "4", "8", "16", "32"].map((s) => [s, `${s} rows/s`]), state.speed, "Speed")}</label>
  <span class="group">glow ${choice("glow", [["fading", "fading", "Pixels glow by the entropy of their prediction, and the glow fades as painting goes on (G)"], ["on", "lasting", "The glow stays (G)"], ["off", "off", "Grey alone (G)"]], "Glow")}</span>
  <span class="group">loop ${choice("loop", [["on", "on", "Begin again at the end (L)"], ["off", "off", "Stop at the end (L)"]], "Loop")}</span>
</div>
<div class="strip-of-time"><canvas data-part="track" aria-label="Time bar: entropy of each prediction"></canvas></div>
<p class="note">Entropy of each prediction, in the order of painting, up to ${Math.log2(model.levels).toFixed(1)} bits: mean of all images (orange), the chosen one (line). Drag to scrub.</p>`;
}
