"""Data sets: what each one holds, of which kind, and where it comes from.

A data set is one file in this folder with a module constant ``DATASETS``, a tuple of `DatasetInfo`;
files are found by discovery, so adding one file adds a data set.
"""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from core.data.download import Progress, RemoteFile

Kind = Literal["binary", "real", "levels", "counts"]


class DataError(RuntimeError):
    """A data set cannot be had or is not what it claims; the message names it and says what to do."""


@dataclass(frozen=True, eq=False)  # compared and hashed by identity; by content: `fingerprint`
class Dataset:
    """Arrays of one data set, as published: nothing scaled, shuffled or made binary.

    train, test    (N, *event_shape); uint8 for "binary" and "levels", float32 for "real", int32 for "counts"
    *_labels       (N,) int64 indices into class_names, or None
    *_factors      {name: (N,)} known generating factors, where there are any
    levels         number of levels L of a "levels" set: value k in 0..L-1 is the grey k / (L - 1)
    """

    name: str
    title: str
    kind: Kind
    event_shape: tuple[int, ...]
    train: np.ndarray
    test: np.ndarray
    train_labels: np.ndarray | None = None
    test_labels: np.ndarray | None = None
    class_names: tuple[str, ...] = ()
    levels: int | None = None
    train_factors: dict[str, np.ndarray] = field(default_factory=dict)
    test_factors: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for split in ("train", "test"):
            array, labels = getattr(self, split), getattr(self, f"{split}_labels")
            if array.shape[1:] != self.event_shape:
                raise DataError(
                    f"{self.name}: {split} holds examples of shape {array.shape[1:]}, not {self.event_shape}"
                )
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise DataError(f"{self.name}: {split} holds values that are not finite (NaN or infinity)")
            if labels is not None and labels.shape != (len(array),):
                raise DataError(f"{self.name}: {len(array)} {split} examples but labels of shape {labels.shape}")
        if self.kind == "levels" and not self.levels:
            raise DataError(f"{self.name}: a set of kind 'levels' must say how many levels it has")

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the arrays' shapes, types and bytes: equal data, equal fingerprint."""
        digest = hashlib.sha256()
        for array in (self.train, self.test, self.train_labels, self.test_labels):
            if array is not None:
                digest.update(f"{array.shape}{array.dtype.str}".encode())
                digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()


@dataclass(frozen=True)
class DatasetInfo:
    """What the catalogue knows of a data set without loading it.

    load       returns the `Dataset`; downloads what is missing (raises `DataError`)
    files      what `load` needs in the data folder; empty for a set that is made or comes with a package
    """

    name: str
    title: str
    kind: Kind
    event_shape: tuple[int, ...]
    summary: str
    load: Callable[[], Dataset]
    licence: str
    source: str
    files: tuple[RemoteFile, ...] = ()

    @property
    def download_mb(self) -> float:
        """Size of all files in megabytes (10^6 bytes), 0 for a set that needs none."""
        return sum(file.size for file in self.files) / 1e6

    def is_here(self) -> bool:
        """True when `load` will not need the network: the files exist (`load` checks what they hold)."""
        return all(file.is_here() for file in self.files)


@cache
def catalogue() -> dict[str, DatasetInfo]:
    """Every data set by name, in the order of module and declaration."""
    found: dict[str, DatasetInfo] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        for info in getattr(importlib.import_module(f"{__name__}.{module}"), "DATASETS", ()):
            found[info.name] = info
    return found


def info(name: str) -> DatasetInfo:
    """The catalogue's entry for `name`. Raises `DataError` with the known names for an unknown one."""
    try:
        return catalogue()[name]
    except KeyError:
        raise DataError(f"unknown data set {name!r}; known: {', '.join(catalogue())}") from None


def fetch(name: str, progress: Progress | None = None) -> None:
    """Downloads what the data set `name` still lacks, without loading it. Raises `DataError`.

    progress    called as progress(file, bytes_done, bytes_in_all); without it a bar is drawn on stderr
    """
    for file in info(name).files:
        file.fetch(progress)


@cache
def load(name: str) -> Dataset:
    """The data set `name`, downloaded first if need be (then kept). Raises `DataError`."""
    return info(name).load()
