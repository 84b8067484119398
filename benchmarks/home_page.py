"""Home and Compare in a real browser: the first picture on a fresh server, after that, and the answers to a stroke.

    python -m benchmarks.home_page
    python -m benchmarks.home_page --folder OTHER    takes turns with another copy of the project

Starts the app as `python app.py` does, on a free port, and opens it in headless Chromium (Playwright). Seconds from the
request to Home's pad with its tiles, to the example on the pad, and to points on Compare's first map, each on a server
of its own; milliseconds of Home's routes while a stroke is drawn.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.gibbs_page import REPOSITORY, app

Visit = Callable[[Page, str], list[float]]

VISITS = 5
STROKE = [(0.25 + 0.02 * i, 0.5) for i in range(26)]  # shares of the pad
ROUTES = ("frames", "through", "encode", "decode", "land", "surprise")
INK = """canvas => canvas.width > 2 &&
  canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((x, i) => i % 4 < 3 && x > 99)"""


def visit_home(page: Page, address: str) -> list[float]:
    """Seconds until Home's tiles stand, and until the example is on the pad."""
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    pad = page.locator(".home .pad")
    pad.wait_for()
    stands = time.perf_counter() - began
    while not pad.evaluate(INK):
        page.wait_for_timeout(5)
    return [stands, time.perf_counter() - began]


def visit_compare(page: Page, address: str) -> list[float]:
    """Seconds until there are points on Compare's first map."""
    began = time.perf_counter()
    page.goto(f"{address}/compare", wait_until="commit")
    dots = page.locator('[data-cell="0"] [data-part="dots"]')
    dots.wait_for()
    while not dots.evaluate(INK):
        page.wait_for_timeout(5)
    return [time.perf_counter() - began]


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


def visits(browser: Browser, visit: Visit, folder: Path) -> tuple[list[list[float]], dict[str, list[float]]]:
    """Seconds of each visit to a server just started; and what `answers` found where there is a pad."""
    with app(folder) as (address, _, _):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        times = [visit(page, address) for _ in range(VISITS)]
        found = answers(page) if page.locator(".home .pad").count() else {}
        page.close()
    return times, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="another copy of the project, to be compared with")
    parser.add_argument("--servers", type=int, default=1, help="started of each, one after the other (default 1)")
    options = parser.parse_args()
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if chromium is None:
        sys.exit("no chromium on the PATH")
    folders = [REPOSITORY, *([options.folder] if options.folder else [])]
    table = Table("what", *("here" if folder == REPOSITORY else str(folder) for folder in folders))
    cells: dict[str, list[str]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for visit, names in ((visit_home, ("Home: tiles", "Home: example")), (visit_compare, ("Compare: first map",))):
            rounds = [[visits(browser, visit, folder) for folder in folders] for _ in range(options.servers)]
            for which in range(len(folders)):
                runs = [one[which] for one in rounds]
                for i, name in enumerate(names):
                    fresh = [times[0][i] for times, _ in runs]
                    later = [each[i] for times, _ in runs for each in times[1:]]
                    cells.setdefault(f"{name}, fresh server (s)", []).append(told(fresh, 2))
                    cells.setdefault(f"{name}, after that (s)", []).append(told(later, 2))
                for name, each in runs[-1][1].items():
                    cells.setdefault(f"{name} (ms)", []).append(told(each, 0))
        browser.close()
    for name, each in cells.items():
        table.add_row(name, *each)
    console = Console()
    console.print("median, and the worst", highlight=False)
    console.print(table)


def told(values: list[float], digits: int) -> str:
    return f"{statistics.median(values):.{digits}f} / {max(values):.{digits}f}"


if __name__ == "__main__":
    main()
