"""The page Next token in a real browser: first bars, tokens shown a second, answers to a taken token and to a slider.

    python -m benchmarks.tokens_page
    python -m benchmarks.tokens_page --checkpoint shakespeare-transformer

Starts the app on a free port and opens it in headless Chromium (Playwright; software rendering, so a desktop with a GPU
draws faster). Times are taken inside the page. A bar is clicked in the middle of a text; the answer is there when what
could come after its token is told. A slider is answered when the bars have changed.
"""

from __future__ import annotations

import argparse
import statistics
import sys

from playwright.sync_api import Page

from benchmarks.in_browser import measured, print_beside
from pages.tokens import EXHIBIT

# How many tokens are read, whether what comes next is told, and when that was so first
CLOCK = """
window.said = () => window.deep('[data-part="says"]')?.textContent ?? "";
window.written = () => Number((window.said().match(/Token ([0-9]+)[.]/) ?? [0, 0])[1]);
const waiting = () => (window.written() ? (window.firstBars = performance.now()) : requestAnimationFrame(waiting));
requestAnimationFrame(waiting);
"""

# Tokens a second while a text is playing
PLAY = """(milliseconds) => new Promise((done) => {
  const from = window.written(), began = performance.now();
  setTimeout(() => done((window.written() - from) / (performance.now() - began) * 1000), milliseconds);
})"""

# From the press on a bar that was not drawn to the bars after its token
TAKE = """() => new Promise((done) => {
  const after = window.written(), began = performance.now();
  window.deep(".rows button:not(.drawn)").click();
  const beat = () => (window.written() > after ? done(performance.now() - began) : requestAnimationFrame(beat));
  requestAnimationFrame(beat);
})"""

# From the movement of a slider to bars of other widths
SLIDE = """(value) => new Promise((done) => {
  const width = () => window.deep(".rows i").style.width + window.said(), before = width(), began = performance.now();
  const slider = window.deep('[data-slide="temperature"]');
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  const beat = () => (width() !== before ? done(performance.now() - began) : requestAnimationFrame(beat));
  requestAnimationFrame(beat);
})"""


def measure(page: Page, address: str, checkpoint: object, seconds: float) -> dict[str, float]:
    """What one checkpoint's text takes."""
    page.goto(f"{address}/tokens?checkpoint={checkpoint.name}&t=0&speed=50", wait_until="commit")
    page.wait_for_function("window.firstBars", timeout=120_000)
    found = {"first bars, s": page.evaluate("window.firstBars") / 1000}
    page.wait_for_timeout(500)
    page.locator('[data-do="play"]').click()
    found["tokens a second, at speed 50"] = page.evaluate(PLAY, seconds * 1000)
    page.locator('[data-do="play"]').click()
    takes = []
    for _ in range(5):
        page.wait_for_timeout(300)
        takes.append(page.evaluate(TAKE))
        page.locator('[data-do="play"]').click()
    found["token taken to next bars, ms"] = statistics.median(takes)
    slides = []
    for i in range(8):
        slides.append(page.evaluate(SLIDE, 0.5 + 0.1 * i))
        page.wait_for_timeout(40)
    found["slider to bars, ms"] = statistics.median(slides)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--checkpoint", default="", help="name, or its beginning; otherwise all that are here")
    parser.add_argument("--seconds", type=float, default=5.0, help="of playing")
    arguments = parser.parse_args()
    here = [c for c in EXHIBIT.checkpoints()[0] if c.name.startswith(arguments.checkpoint)]
    if not here:
        sys.exit("no model of texts of that name is here")
    print_beside(here, measured(here, measure, arguments.seconds, CLOCK))


if __name__ == "__main__":
    main()
