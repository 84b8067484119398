"""The page of deep machines in a real browser: sweeps of 64 chains a second, and frames that show them.

    python -m benchmarks.deep_page

Starts the app as `python app.py` does, on a free port, and opens it in headless Chromium (Playwright; software
rendering, so a desktop with a GPU draws faster), for each machine in turn. All is computed inside the page.
"""

from __future__ import annotations

import argparse
from typing import Any

from playwright.sync_api import Page

from benchmarks.in_browser import Row, measured, print_beside
from pages.deep import EXHIBIT

# Sweeps, and animation frames, a second, over so many milliseconds
COUNT = """(milliseconds) => new Promise((done) => {
  const sweeps = () => Number(window.deep('[data-part="sweeps"]').textContent.replaceAll(",", "").split(" ")[0]);
  const began = performance.now(), first = sweeps();
  let frames = 0;
  const beat = (now) => {
    frames += 1;
    const seconds = (now - began) / 1000;
    if (now - began < milliseconds) requestAnimationFrame(beat);
    else done({ sweeps: (sweeps() - first) / seconds, frames: frames / seconds });
  };
  requestAnimationFrame(beat);
})"""


def measure(page: Page, address: str, checkpoint: Any, seconds: float) -> Row:
    page.goto(f"{address}/deep?checkpoint={checkpoint.name}&mode=chains&chains=64")
    page.locator('[data-part="sweeps"]').wait_for(timeout=120_000)
    page.wait_for_function("parseInt(window.deep('[data-part=\"sweeps\"]').textContent) > 5", timeout=120_000)
    row = {}
    for pace in ("sweep", "fast"):
        page.locator(f'button[data-choice="pace"][value="{pace}"]').click()
        found = page.evaluate(COUNT, 1000 * seconds)
        row |= {f"frames a second, pace {pace}": found["frames"], f"sweeps a second, pace {pace}": found["sweeps"]}
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10, help="that each pace is counted for")
    here = EXHIBIT.checkpoints()[0]
    print_beside(here, measured(here, measure, parser.parse_args().seconds))


if __name__ == "__main__":
    main()
