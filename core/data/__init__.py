"""Data sets: what each one holds, of which kind, and where it comes from.

A data set is one file in `core.data.sets` with a module constant ``DATASETS``, a tuple of `DatasetInfo`; files are
found by discovery, so adding one file adds a data set. Sets that visitors bring are read and kept by
`core.data.uploads`; they are in the catalogue as soon as they lie in the data folder. `preprocessing` says how a model
sees a set, `tokenizers` how a text becomes numbers.

May import `core.config` and `core.numerics`.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

from core.config.ownership import is_owned
from core.data import sets
from core.data.base import Dataset, DatasetInfo, Kind, PartialDataset
from core.data.errors import DataError
from core.numerics.kept import kept

if TYPE_CHECKING:
    from core.data.download import Progress

__all__ = ["DataError", "Dataset", "DatasetInfo", "Kind", "builtin", "catalogue", "fetch", "info", "load", "load_test"]


@cache
def builtin() -> dict[str, DatasetInfo]:
    """The data sets that come with the project, by name, in the order of module and declaration."""
    found: dict[str, DatasetInfo] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(sets.__path__)):
        for info in getattr(importlib.import_module(f"{sets.__name__}.{module}"), "DATASETS", ()):
            found[info.name] = info
    return found


def catalogue() -> dict[str, DatasetInfo]:
    """Every data set by name: the project's, then those that visitors have kept, read anew at each call."""
    from core.data.uploads import store

    return builtin() | store.catalogue()  # names of own sets begin with "own-": none can hide another


def info(name: str) -> DatasetInfo:
    """The catalogue's entry for `name`. Raises `DataError` with the known names for an unknown one."""
    try:
        return catalogue()[name]
    except KeyError:
        known = ", ".join(known for known in catalogue() if not is_owned(known))
        raise DataError(f"unknown data set {name!r}; known: {known}") from None


def fetch(name: str, progress: Progress | None = None) -> None:
    """Downloads what the data set `name` still lacks, without loading it. Raises `DataError`.

    progress    called as progress(file, bytes_done, bytes_in_all); without it a bar is drawn on stderr
    """
    for file in info(name).files:
        file.fetch(progress)


def load(name: str) -> Dataset:
    """The data set `name`, downloaded first if need be (then kept). Raises `DataError`."""
    entry = info(name)
    return _load_own(name, entry.title, entry.version) if entry.version else _load(name)


def load_test(name: str) -> Dataset:
    """The data set `name` for the sake of its test part, downloaded first if need be. Its training part is read when it
    is asked for, and raises `DataError` where it is not here. Raises `DataError`."""
    return load(name) if info(name).test is None else _load_test(name)


@kept("test parts of data sets")
def _load_test(name: str) -> Dataset:
    test = info(name).test
    assert test is not None
    return PartialDataset(test.load(), test.fingerprint, lambda: _whole(name))


def _whole(name: str) -> Dataset:
    entry = info(name)
    if not entry.is_here():
        missing = [file.name for file in entry.files if not file.is_here()]
        raise DataError(
            f"the training part of {entry.title} is not here ({', '.join(missing)}); "
            f"`core.data.fetch({name!r})` downloads it",
            public=f"The training part of {entry.title} is not downloaded.",
        )
    return load(name)


@kept("data sets")
def _load(name: str) -> Dataset:
    return info(name).load()


@kept("data sets of visitors")
def _load_own(name: str, title: str, version: str) -> Dataset:
    return info(name).load()
