"""The page Pixel by pixel in a real browser: first pixels, frames a second of 64 images, answer to a changed value.

    python -m benchmarks.pixels_page
    python -m benchmarks.pixels_page --checkpoint mnist-pixelcnn

Starts the app on a free port and opens it in headless Chromium (Playwright; software rendering, so a desktop with a GPU
draws faster). Times are taken inside the page. A value is changed in the middle of a finished film; the answer is there
when the next place is painted on the screen.
"""

from __future__ import annotations

import argparse
import sys
import time

from playwright.sync_api import Page

from benchmarks.in_browser import measured, print_beside
from pages.pixels import EXHIBIT

# Places painted on the screen, and when the first of them was
CLOCK = """
window.painted = () => parseInt(window.deep('[data-part="clock"]')?.textContent ?? "0") || 0;
const waiting = () => {
  if (window.painted() > 0) window.firstPixels = performance.now();
  else requestAnimationFrame(waiting);
};
requestAnimationFrame(waiting);
"""

# Animation frames, and different places among them, a second
COUNT = """(milliseconds) => new Promise((done) => {
  const shown = new Set(), began = performance.now();
  let beats = 0;
  const beat = (now) => {
    shown.add(window.painted());
    beats += 1;
    if (now - began < milliseconds) requestAnimationFrame(beat);
    else done({ shown: shown.size / (now - began) * 1000, beats: beats / (now - began) * 1000 });
  };
  requestAnimationFrame(beat);
})"""

# From the press on a bar that was not drawn to the first place after it
CHANGE = """() => new Promise((done) => {
  const after = window.painted(), began = performance.now();
  window.deep(".bars button:not(.drawn)").click();
  const beat = () => (window.painted() > after ? done(performance.now() - began) : requestAnimationFrame(beat));
  requestAnimationFrame(beat);
})"""


def measure(page: Page, address: str, checkpoint: object, seconds: float) -> dict[str, float]:
    """What one checkpoint's film of 64 images takes."""
    height, width = checkpoint.manifest.preset.event_shape
    page.goto(f"{address}/pixels?checkpoint={checkpoint.name}&speed=32", wait_until="commit")
    page.wait_for_function("window.firstPixels", timeout=120_000)
    found = {"first pixels of 16, s": page.evaluate("window.firstPixels") / 1000}
    began = time.perf_counter()
    page.locator('[data-pick="images"]').select_option("64")
    page.wait_for_timeout(200)
    page.wait_for_function(f"window.painted() === {height * width}", timeout=300_000)
    found["64 images painted, s"] = time.perf_counter() - began
    page.locator('[data-pick="speed"]').select_option("4")
    page.locator('button[data-choice="loop"][value="on"]').click()
    page.locator('[data-do="first"]').click()
    page.locator('[data-do="play"]').click()
    frames = page.evaluate(COUNT, seconds * 1000)
    found["frames a second"], found["new pixels shown a second"] = frames["beats"], frames["shown"]
    for where in (0.25, 0.75):
        page.locator('[data-part="row"]').fill(str(int(height * where) + 1))
        page.locator('[data-part="row"]').press("Enter")
        page.wait_for_timeout(300)
        found[f"value changed at {where:.0%} to next pixel, ms"] = page.evaluate(CHANGE)
        page.wait_for_timeout(2000)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--checkpoint", default="", help="name, or its beginning; otherwise all that are here")
    parser.add_argument("--seconds", type=float, default=5.0, help="of playing")
    arguments = parser.parse_args()
    here = [c for c in EXHIBIT.checkpoints()[0] if c.name.startswith(arguments.checkpoint)]
    if not here:
        sys.exit("no model of that name that paints pixel by pixel is here")
    print_beside(here, measured(here, measure, arguments.seconds, CLOCK))


if __name__ == "__main__":
    main()
