"""A training beside a visitor: does the chains page still answer, and what does the visitor cost the training?

    python -m benchmarks.training_beside             about a minute and a half

Starts the app in headless Chromium with live chains and, in turns, nothing else or a training of "curves-rbm" (784
visible and 300 hidden units; made data, so nothing is downloaded) as the Train page starts it: a worker process. Both
go through the queue of `core.jobs`, in a folder of their own that is removed again.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.gibbs_page import ANSWER, COUNT, app, first_picture, new_context, quantile
from core import jobs
from core.models import preset
from core.numerics.device import training_threads
from core.store import checkpoints


def answers(page: Page, repeats: int) -> list[float]:
    """Milliseconds from a change of temperature to the first new frame."""
    found = []
    for i in range(repeats):
        found.append(page.evaluate(ANSWER, 0.2 * (-1) ** i))
        page.wait_for_timeout(150)
    return found


def steps_a_second(run: jobs.Run, seconds: float) -> float:
    """Speed of the worker over some seconds, from its own clock."""
    first = run.status()
    time.sleep(seconds)
    last = run.status()
    return (last.step - first.step) / (last.elapsed - first.elapsed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=30, help="changes of temperature (default 30)")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or sys.exit("no chromium here (apt install chromium)")
    reference = next(c for c in checkpoints.available()[0] if c.manifest.preset.name in ("mnist-rbm", "digits-rbm"))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        shutil.copytree(reference.folder, Path(folder) / reference.name)
        os.environ["PLAYGROUND_CHECKPOINTS"] = folder
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        recipe = preset("curves-rbm")
        recipe = dataclasses.replace(recipe, train=dataclasses.replace(recipe.train, epochs=10_000))
        with app() as (address, _, _):
            page, _ = first_picture(new_context(browser), f"{address}/gibbs?checkpoint={reference.name}&fps=20")
            page.wait_for_timeout(5_000)  # the server still imports what later pages need
            alone, alone_rate = answers(page, options.repeats), page.evaluate(COUNT, 4_000)["shown"]
            run = jobs.submit_training(recipe, "cpu")
            while run.status().step == 0:
                time.sleep(0.2)
            beside, beside_rate = answers(page, options.repeats), page.evaluate(COUNT, 4_000)["shown"]
            visited = steps_a_second(run, 10)
        browser.close()
        undisturbed = steps_a_second(run, 10)  # the app is gone; the worker goes on
        jobs.stop(run)
        while run.is_alive():
            time.sleep(0.2)

    table = Table("", "no training", "a training beside it", box=None)
    for name, q in (("median", 0.5), ("95th percentile", 0.95)):
        cells = (f"{quantile(found, q):.0f} ms" for found in (alone, beside))
        table.add_row(f"change of temperature to new frame, {name}", *cells)
    table.add_row("pictures a second at speed 20", f"{alone_rate:.1f}", f"{beside_rate:.1f}")
    console = Console(width=120)
    console.print(table)
    console.print(
        f"training steps a second: {undisturbed:.0f} with nobody looking, {visited:.0f} beside 64 live chains "
        f"({visited / undisturbed:.0%}); {training_threads()} thread(s), {os.cpu_count()} cores, {platform.machine()}, "
        f"median answer {statistics.median(beside) / statistics.median(alone):.2f} times that without training, "
        f"{datetime.date.today()}",
        highlight=False,
    )


if __name__ == "__main__":
    main()
