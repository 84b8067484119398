"""`represent`: vectors of a data set's examples, by any layer of any model; how alike several are."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from core.cli.console import console, progress_bars, reporter
from core.config.fields import SettingError
from core.representations import RepresentationInfo, available
from core.store import checkpoints

_OF_DATA = re.compile(r"pixels|labels|pca-\d+|upload~.*")  # keys that name no checkpoint


def add(commands: argparse._SubParsersAction) -> None:
    """Add what is here to the commands."""
    command = commands.add_parser(
        "represent",
        help="compute vectors of a data set by a model's layer, PCA or pixels; compare several",
        description="Without a layer, lists what there is. Several representations are compared.",
    )
    command.add_argument("names", nargs="*", metavar="NAME", help="a checkpoint, or a representation's key")
    command.add_argument("--data", help="data set (default: that of the first checkpoint)")
    command.add_argument("--layer", help="a layer of the checkpoints, such as code or encoder-1")
    command.add_argument("--split", choices=("test", "train", "all"), default="test")
    command.add_argument("--limit", type=int, default=10_000, help="maximum number of examples (default 10,000)")
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--measure", default="cka", help="of several: cka, overlap, procrustes or rsa")
    command.add_argument("--out", type=Path, help="output file (.npy) of one representation's vectors")
    command.set_defaults(run=_represent)


def _represent(options: argparse.Namespace) -> None:
    dataset = options.data or _dataset_of(options.names)
    names = [_key(name, options.layer) for name in options.names]
    if not names or None in names:
        _list(available(dataset), options.names)
        return
    from core import representations
    from core.representations.similarity import MEASURES, Terms, similarity_matrix

    if options.out is not None and len(names) > 1:
        raise SettingError(f"--out {options.out}: for one representation; {len(names)} are named")
    with progress_bars() as bars:
        found = representations.compute_all(names, dataset, options.split, options.limit, options.seed, reporter(bars))
        matrix = similarity_matrix([Terms(one.vectors) for one in found], options.measure) if len(found) > 1 else None
    for one in found:
        n, d = one.vectors.shape
        console.print(f"{one.info.title}: {n:,} {options.split} examples, {d:,} numbers each", highlight=False)
    if matrix is not None:
        table = Table("", *map(str, range(1, len(found) + 1)), title=MEASURES[options.measure], title_justify="left")
        for number, (one, row) in enumerate(zip(found, matrix, strict=True), 1):
            table.add_row(f"{number} {escape(one.info.title)}", *(f"{value:.3f}" for value in row))
        console.print(table)
    if options.out is not None:
        import numpy as np

        np.save(options.out, found[0].vectors)
        console.print(f"Saved: {options.out}", highlight=False, markup=False)


def _key(name: str, layer: str | None) -> str | None:
    """The key of a representation, given it or a checkpoint's name; None where that lacks a layer."""
    if _OF_DATA.fullmatch(name):
        return name
    if "~" in name:
        return name
    return f"{checkpoints.load(name).name}~{layer}" if layer else None


def _dataset_of(names: list[str]) -> str:
    """The data set of the first checkpoint that is named. Raises `SettingError` where none is."""
    for name in names:
        if not _OF_DATA.fullmatch(name):
            return checkpoints.load(name.partition("~")[0]).manifest.preset.dataset
    raise SettingError("represent: --data is missing, the name of a data set (see `list datasets`)")


def _list(found: list[RepresentationInfo], names: list[str]) -> None:
    """A table of what there is; of the named checkpoints only, where some are named."""
    wanted = {checkpoints.load(name.partition("~")[0]).name for name in names if not _OF_DATA.fullmatch(name)}
    table = Table("key", "size", "title", title="Representations", title_justify="left")
    for one in found:
        if not wanted or one.checkpoint in wanted:
            table.add_row(one.key, "" if one.size is None else f"{one.size:,}", escape(one.title))
    console.print(table)
