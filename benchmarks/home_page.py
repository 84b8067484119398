"""Home in a real browser: its first picture on a fresh server, after that, and the answers to a stroke.

    python -m benchmarks.home_page

Starts the app as `python app.py` does, on a free port, and opens it in headless Chromium (Playwright). Seconds from the
request to the pad with its tiles, and to the example on the pad; milliseconds of the routes while a stroke is drawn.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import time

from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.gibbs_page import app

VISITS = 5
STROKE = [(0.25 + 0.02 * i, 0.5) for i in range(26)]  # shares of the pad
ROUTES = ("frames", "through", "encode", "decode", "land", "surprise")
INK = """canvas => canvas.width > 2 &&
  canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((x, i) => i % 4 < 3 && x > 99)"""


def visit(page: Page, address: str) -> tuple[float, float]:
    """Seconds until the tiles stand, and until the example is on the pad."""
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    pad = page.locator(".home .pad")
    pad.wait_for()
    stands = time.perf_counter() - began
    while not pad.evaluate(INK):
        page.wait_for_timeout(5)
    return stands, time.perf_counter() - began


def answers(page: Page) -> dict[str, list[float]]:
    """Milliseconds that the server took to answer while a stroke was drawn, by route."""
    page.locator(".tiles .tile:not([aria-busy])").nth(4).wait_for(timeout=120_000)
    found: dict[str, list[float]] = {}

    def note(request) -> None:
        name = request.url.rsplit("/", 1)[1]
        if name in ROUTES:
            timing = request.timing
            found.setdefault(name, []).append(timing["responseStart"] - timing["requestStart"])

    page.on("requestfinished", note)
    box = page.locator(".home .pad").bounding_box()
    for i, (u, v) in enumerate(STROKE):
        page.mouse.move(box["x"] + u * box["width"], box["y"] + v * box["height"])
        if i == 0:
            page.mouse.down()
        page.wait_for_timeout(50)
    page.mouse.up()
    page.wait_for_timeout(500)
    return found


def main() -> None:
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if chromium is None:
        sys.exit("no chromium on the PATH")
    with app() as (address, _, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        fresh, *later = [visit(page, address) for _ in range(VISITS)]
        times = answers(page)
        browser.close()
    table = Table("what", "median", "worst")
    table.add_row("fresh server: tiles, example (s)", f"{fresh[0]:.2f}", f"{fresh[1]:.2f}")
    for name, each in zip(("tiles (s)", "example (s)"), zip(*later, strict=True), strict=True):
        table.add_row(f"after that: {name}", f"{statistics.median(each):.2f}", f"{max(each):.2f}")
    for name, each in times.items():
        table.add_row(f"{name} (ms, {len(each)} answers)", f"{statistics.median(each):.0f}", f"{max(each):.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
