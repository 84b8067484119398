"""`layout`: maps of codes."""

from __future__ import annotations

import argparse

from rich.table import Table

from core.cli.console import (
    add_run,
    add_settings,
    console,
    parse_settings,
    progress_bars,
    reporter,
    run_worker,
)
from core.config.fields import SettingError
from core.store import checkpoints


def add(commands: argparse._SubParsersAction) -> None:
    """Add what is here to the commands."""
    mapping = commands.add_parser("layout", help="compute and save a 2-D map of a checkpoint's codes")
    mapping.add_argument("checkpoint", nargs="?", help="a name from `list checkpoints`, or a folder")
    mapping.add_argument("name", nargs="?", help="code, or pca, umap or tsne with -pixels or -code, such as umap-code")
    mapping.add_argument("--points", type=int, default=10_000, help="maximum number of examples (default 10,000)")
    mapping.add_argument("--split", choices=("test", "train", "all"), default="test")
    add_settings(mapping, "settings, such as n_neighbors=30")
    mapping.add_argument("--take-along", action="store_true", help="save it in the checkpoint's folder")
    add_run(mapping)
    mapping.set_defaults(run=_layout)


def _layout(options: argparse.Namespace) -> None:
    if options.run_id:
        run_worker(options.run_id)
        return
    from core.analysis import embedding, layouts

    if not (options.checkpoint and options.name):
        raise SettingError("layout: name a checkpoint and a map; see `layout --help`")
    chosen = {}
    for key, text in parse_settings(options.set).items():
        try:
            chosen[key] = float(text) if "." in text else int(text)
        except ValueError:
            raise SettingError(f"{key}={text!r}: expected a number") from None
    checkpoint = checkpoints.load(options.checkpoint)
    folder = checkpoint.folder / "layouts" if options.take_along else None
    with progress_bars() as bars:
        points = embedding.embed_dataset(checkpoint, options.split, options.points)
        found = layouts.compute_layout(points, options.name, chosen, reporter(bars), folder)
    console.print(
        f"{options.name} of {len(points):,} codes of {checkpoint.name}: {found.seconds:.1f} s", highlight=False
    )
    table = Table("score", "value")
    for score, value in found.scores.items():
        table.add_row(score.replace("_", " "), f"{value:.4f}")
    console.print(table)
