"""`list`: data sets, presets, checkpoints."""

from __future__ import annotations

import argparse

from rich.markup import escape
from rich.table import Table

from core import data
from core.cli.console import (
    console,
    stderr,
)
from core.store import checkpoints


def add(commands: argparse._SubParsersAction) -> None:
    """Add what is here to the commands."""
    listing = commands.add_parser("list", help="list data sets, presets and checkpoints")
    listing.add_argument("what", nargs="?", choices=("datasets", "presets", "checkpoints"), help="default: all three")
    listing.set_defaults(run=_list)


def _list(options: argparse.Namespace) -> None:
    from core.models import presets

    if options.what in (None, "datasets"):
        table = Table("name", "shape", "kind", "available", "description", title="Data sets", title_justify="left")
        for entry in data.catalogue().values():
            part = "test part; " if entry.test_is_here() else ""
            here = "yes" if entry.is_here() else f"{part}{entry.download_mb:.0f} MB to download"
            table.add_row(entry.name, "x".join(map(str, entry.event_shape)), entry.kind, here, entry.summary)
        console.print(table)
    if options.what in (None, "presets"):
        table = Table("name", "data", "view", "epochs", "title", title="Presets", title_justify="left")
        for preset in presets().values():
            table.add_row(preset.name, preset.dataset, preset.view, str(preset.train.epochs), preset.title)
        console.print(table)
    if options.what in (None, "checkpoints"):
        good, problems = checkpoints.available()
        table = Table("name", "score", "trained on", "time", "title", title="Checkpoints", title_justify="left")
        for checkpoint in good:
            score = checkpoint.manifest.scores[0] if checkpoint.manifest.scores else None
            text = f"{score.value:.2f} {score.unit}" if score else ""
            seconds = f"{checkpoint.manifest.seconds:,.0f} s"
            table.add_row(checkpoint.name, *map(escape, (text, checkpoint.manifest.device, seconds, checkpoint.title)))
        console.print(table)
        for problem in problems:
            stderr.print(f"[yellow]set aside:[/] {escape(problem)}", highlight=False, soft_wrap=True)
