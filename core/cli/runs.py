"""`runs`: what is at work, and commands to it."""

from __future__ import annotations

import argparse

from rich.markup import escape
from rich.table import Column, Table

from core.cli.console import (
    console,
    stderr,
)

_COMMANDS = {
    "pause": "pause it; the process keeps waiting",
    "stop": "save its state and end it",
    "resume": "resume a paused, stopped, interrupted or failed run",
    "finish": "end training now, save the checkpoint and score it",
    "delete": "delete a run and its checkpoint (--undelete restores them for a day)",
    "undelete": "restore a deleted run",
}


def add(commands: argparse._SubParsersAction) -> None:
    """Add what is here to the commands."""
    runs = commands.add_parser("runs", help="list runs, or control one")
    what = runs.add_mutually_exclusive_group()
    for name, meaning in _COMMANDS.items():
        what.add_argument(f"--{name}", metavar="ID", help=meaning)
    runs.set_defaults(run=_runs)


def _runs(options: argparse.Namespace) -> None:
    from core import jobs

    for command in _COMMANDS:
        if name := getattr(options, command):
            _perform(command, name)
    jobs.start_queued()
    short = [Column(name, no_wrap=True) for name in ("run", "state", "epoch", "time", "left")]
    table = Table(*short, Column("title", no_wrap=True, overflow="ellipsis", ratio=1), expand=True)
    (runs, problems), messages = jobs.scan_runs(), []
    for run in runs:
        status = run.status()
        epoch = f"{status.epoch:.1f}/{status.total_epochs}" if status.total_epochs else ""
        left = f"{status.seconds_left:,.0f} s" if status.seconds_left and status.state in jobs.LIVE_STATES else ""
        table.add_row(run.id, status.state, epoch, f"{status.elapsed:,.0f} s", left, escape(run.title))
        if status.message:
            messages.append(f"{run.id}: {status.message}")
    console.print(table)
    for line in messages:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for problem in problems:
        stderr.print(f"[yellow]set aside:[/] {escape(problem)}", highlight=False, soft_wrap=True)


def _perform(command: str, name: str) -> None:
    """Do it with the run `name`. Raises `JobError`."""
    from core import jobs

    if command == "undelete":
        jobs.undelete(name)
        return
    run = jobs.get_run(name)
    if command in ("pause", "stop", "finish"):
        jobs.stop(run, command)
    else:
        {"resume": jobs.resume, "delete": jobs.delete}[command](run)
