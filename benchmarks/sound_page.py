"""The page Sound in a real browser: until the first sound is drawn, samples drawn a second, and when it is heard.

    python -m benchmarks.sound_page
    python -m benchmarks.sound_page --checkpoint fsdd-wavenet --seconds 2

Starts the app on a free port and opens it in headless Chromium (Playwright), where the network runs in plain JavaScript
in a worker and the page is drawn in software. Times are taken inside the page. A sound of so many seconds is drawn from
a new seed; then another is played as soon as it is asked for, and heard once it can be heard to its end without a gap.
"""

from __future__ import annotations

import argparse
import sys

from playwright.sync_api import Page

from benchmarks.in_browser import measured, print_beside
from pages.sound import EXHIBIT

# How many samples are drawn, and what the loudspeaker says
CLOCK = """
window.progress = () => window.deep('[data-part="progress"]')?.textContent ?? "";
window.whole = () => /^[\\d,]+ samples$/.test(window.progress());
const waiting = () => (window.whole() ? (window.firstSound = performance.now()) : requestAnimationFrame(waiting));
requestAnimationFrame(waiting);
window.reports = [];
const Node = window.AudioWorkletNode;
window.AudioWorkletNode = class extends Node {
  constructor(...given) {
    super(...given);
    this.port.addEventListener("message", ({ data }) => window.reports.push({ ...data, now: performance.now() }));
  }
};
"""

# From a new seed to the whole sound
DRAW = """() => new Promise((done) => {
  const began = performance.now();
  window.deep('[data-do="again"]').click();
  const beat = () => (window.whole() ? done(performance.now() - began) : requestAnimationFrame(beat));
  requestAnimationFrame(beat);
})"""

# From a click on play, while a new sound is drawn, to the first sample, in ms; gaps until the end, in samples
HEAR = """() => new Promise((done) => {
  const began = performance.now();
  window.reports.length = 0;
  window.deep('[data-do="again"]').click();
  window.deep('[data-do="play"]').click();
  const beat = () => {
    const first = window.reports[0], last = window.reports.at(-1);
    if (last?.ended) done([first.now - began, last.waited]);
    else requestAnimationFrame(beat);
  };
  requestAnimationFrame(beat);
})"""


def measure(page: Page, address: str, checkpoint: object, seconds: float) -> dict[str, float]:
    """What one checkpoint's sounds take."""
    length = round(1_000 * seconds)
    page.goto(f"{address}/sound?checkpoint={checkpoint.name}&length={length}", wait_until="commit")
    page.wait_for_function("window.firstSound", timeout=300_000)
    found = {f"first {seconds:g} s of sound drawn, s": page.evaluate("window.firstSound") / 1000}
    took = page.evaluate(DRAW) / 1000
    samples = int(page.evaluate("window.progress()").split()[0].replace(",", ""))
    found["samples drawn a second"] = samples / took
    found["times as fast as it is heard"] = seconds / took
    page.locator('[data-do="play"]').click()  # the browser's permission, and the audio thread
    page.wait_for_function("window.reports.some(report => report.ended)", timeout=300_000)
    start, gaps = page.evaluate(HEAR)
    found["from play to the first sample heard, ms"] = start
    found["gaps while it is heard, samples"] = gaps
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--checkpoint", default="", help="name, or its beginning; otherwise all that are here")
    parser.add_argument("--seconds", type=float, default=1.0, help="of sound, 0.1 to 4")
    arguments = parser.parse_args()
    here = [c for c in EXHIBIT.checkpoints()[0] if c.name.startswith(arguments.checkpoint)]
    if not here:
        sys.exit("no model of sounds of that name is here")
    print_beside(here, measured(here, measure, arguments.seconds, CLOCK))


if __name__ == "__main__":
    main()
