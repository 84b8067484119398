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
    mapping = commands.add_parser("layout", help="compute and save 2-D maps of a checkpoint's codes")
    mapping.add_argument("checkpoint", nargs="?", help="a name from `list checkpoints`, or a folder")
    mapping.add_argument("names", nargs="*", help="code, or pca, umap or tsne with -pixels or -code, such as umap-code")
    mapping.add_argument("--points", type=int, default=10_000, help="maximum number of examples (default 10,000)")
    mapping.add_argument("--split", choices=("test", "train", "all"), default="test")
    add_settings(mapping, "settings, such as n_neighbors=30")
    mapping.add_argument("--take-along", action="store_true", help="save them, small, in the checkpoint's folder")
    add_run(mapping)
    mapping.set_defaults(run=_layout)


def _layout(options: argparse.Namespace) -> None:
    if options.run_id:
        run_worker(options.run_id)
        return
    from core.analysis import embedding, layouts

    if not (options.checkpoint and options.names):
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
        made = [layouts.compute_layout(points, name, chosen, reporter(bars), folder) for name in options.names]
    for found in made:
        console.print(
            f"{found.name} of {len(points):,} codes of {checkpoint.name}: {found.seconds:.1f} s", highlight=False
        )
        table = Table("score", "value")
        for score, value in found.scores.items():
            table.add_row(score.replace("_", " "), f"{value:.4f}")
        console.print(table)
