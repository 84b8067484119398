"""The page of deep machines in a real browser: sweeps of 64 chains a second, and frames that show them.

    python -m benchmarks.deep_page
    python -m benchmarks.deep_page --machines mnist-dbm     one of them

Starts the app as `python app.py` does, on a free port, and opens it in headless Chromium (Playwright; software
rendering, so a desktop with a GPU draws faster), for each machine in turn. All is computed inside the page. Where there
is no checkpoint of `mnist-dbm`, a machine of its size with random weights stands in for it.
"""

from __future__ import annotations

import argparse
from types import SimpleNamespace
from typing import Any

import torch
from playwright.sync_api import Page

from benchmarks.in_browser import Row, measured, print_beside
from core import models
from core.models.boltzmann.dbm import DBM
from pages.deep import EXHIBIT
from pages.deep.routes import planes_of
from pages.shared.codec import message

LARGE = "mnist-dbm"
STAND_IN = SimpleNamespace(name="", manifest=SimpleNamespace(preset=SimpleNamespace(name=f"{LARGE}, random weights")))

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


def random_machine() -> bytes:
    """What the page asks for of `LARGE`, its weights drawn at random: about as large as those that are learned."""
    config = models.preset(LARGE).model
    model, generator = DBM(config), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in model.weights:
            weight.copy_(torch.randn(weight.shape, generator=generator) * 0.15)
        for bias in model.biases:
            bias.fill_(-1.0)
    height, width = config.event_shape
    header = {
        "title": LARGE,
        "height": height,
        "width": width,
        "classes": [],
        "undirected": [True] * len(config.layers),
    }
    return message(header, planes_of(model.connections()))


def measure(page: Page, address: str, checkpoint: Any, seconds: float) -> Row:
    if checkpoint is STAND_IN:
        body = random_machine()
        page.route("**/api/deep/*/about*", lambda route: route.fulfill(body=body))
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
    parser.add_argument("--machines", default="", help="presets to measure, separated by commas; all without")
    options = parser.parse_args()
    here = [*EXHIBIT.checkpoints()[0]]
    if all(c.manifest.preset.name != LARGE for c in here):
        STAND_IN.name = here[0].name  # the page of that machine, with other weights
        here.append(STAND_IN)
    wanted = [name for name in options.machines.split(",") if name]
    here = [c for c in here if not wanted or c.manifest.preset.name.partition(",")[0] in wanted]
    print_beside(here, measured(here, measure, options.seconds))


if __name__ == "__main__":
    main()
