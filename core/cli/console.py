"""What the commands print with, and what several of them share."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from core.config.fields import SettingError
from core.config.score import Score, Unscored

console = Console()
stderr = Console(stderr=True)


def run_worker(name: str) -> None:
    """Be the worker of a run, or one of several that `torchrun` started; the app comes first on the machine's cores."""
    from core import jobs
    from core.jobs import slurm, worker
    from core.jobs.together import together

    if hasattr(os, "nice"):
        os.nice(max(0, 10 - os.nice(0)))  # a worker that another one started has its niceness already
    try:
        together(lambda processes: worker.work(jobs.get_run(name), processes=processes))
    except KeyboardInterrupt:
        if not slurm.is_in_job():
            raise  # else the job has done what it was asked to: for Slurm, too, it did not fail


def parse_settings(pairs: list[str]) -> dict[str, str]:
    """The values of --set by their names. Raises `SettingError`."""
    found = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not separator or not key:
            raise SettingError(f"--set {pair!r}: expected KEY=VALUE, such as hidden=200")
        found[key] = value
    return found


def print_scores(scores: Sequence[Score], unscored: Sequence[Unscored]) -> None:
    """A table of scores, and what was left out."""
    table = Table("score", "value", "unit", "nature", "data", "how")
    for score in scores:
        spread = f" ± {score.spread:.2f}" if score.spread is not None else ""
        value = f"{score.value:.2f}{spread}" if abs(score.value) >= 1 else f"{score.value:.4f}{spread}"
        table.add_row(score.name, value, score.unit, score.nature, score.data, score.note)
    console.print(table)
    for left_out in unscored:
        console.print(f"Left out: {left_out.name} ({left_out.reason}).", highlight=False, markup=False)


def progress_bars() -> Progress:
    """Progress bars that vanish when all is done."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=stderr,
        transient=True,
    )


def reporter(bars: Progress) -> Callable[[str, int, int], None]:
    """What tells the bars how far each part is: called with what is done, how much of it, of how much."""
    tasks: dict[str, int] = {}

    def report(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bars.add_task(what)
        bars.update(tasks[what], completed=done, total=total)

    return report


def add_device(parser: argparse.ArgumentParser) -> None:
    """The option --device."""
    parser.add_argument("--device", default="auto", help="auto (default), cuda, mps or cpu")


def add_settings(parser: argparse.ArgumentParser, about: str = "override settings of the preset") -> None:
    """The option --set."""
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help=about)


def add_run(parser: argparse.ArgumentParser) -> None:
    """The option --run, which the queue gives."""
    parser.add_argument("--run", dest="run_id", metavar="ID", help="run as the worker of this run (used by the queue)")
