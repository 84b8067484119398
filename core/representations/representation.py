"""A representation: vectors of the examples of a data set, computed once and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core import data
from core.config.fields import require
from core.data.base import Dataset
from core.representations import cache, catalogue, examples, uploads
from core.representations.catalogue import RepresentationInfo
from core.store import checkpoints

Report = Callable[[str, int, int], None]

LIMIT = 10_000  # examples, where no other number is asked for


@dataclass(frozen=True, eq=False)
class Representation:
    """Vectors of some examples.

    vectors    (n, d) float32, read only (a memory map where they are kept on disk)
    indices    (n,) int64 into the split
    labels     (n,) int64 indices into class_names, or None
    factors    {name: (n,)} what is known to have generated the examples
    """

    info: RepresentationInfo
    vectors: np.ndarray
    split: str
    indices: np.ndarray
    labels: np.ndarray | None = None
    class_names: tuple[str, ...] = ()
    factors: dict[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.vectors)


def compute(
    key: str, dataset: str, split: str = "test", limit: int = LIMIT, seed: int = 0, report: Report | None = None
) -> Representation:
    """The representation `key` (of `available`) of the split's examples, a fair draw of `limit` where there are more;
    equal `split`, `limit` and `seed` give the same examples for every key. Taken from the cache where it is there.

    seed      draws the examples, the bits of a view that draws some, samples, and an untrained network
    report    called as report(what, done, total)

    May be given up in a block of `core.numerics.cancel.cancelled_when`. Raises `SettingError`, `DataError`,
    `CheckpointError`.
    """
    return _compute(key, dataset, split, limit, seed, report, anew=True)


def stored(key: str, dataset: str, split: str = "test", limit: int = LIMIT, seed: int = 0) -> Representation | None:
    """The same from the cache alone; None where it would have to be computed."""
    return _compute(key, dataset, split, limit, seed, None, anew=False)


def map_images(key: str, dataset: str, images: np.ndarray, seed: int = 0) -> np.ndarray:
    """Vectors (n, d) of images (n, h, w) that are no examples, such as drawings: uint8, or from 0 to 1.

    Raises `SettingError` for data without images and for a representation that has no map, such as an uploaded one.
    """
    from core.representations import sources

    about, loaded = catalogue.info(key, dataset), data.load_test(dataset)
    require(about.kind != "upload", "representation", key, "a map that can take other examples; this one was uploaded")
    require(len(loaded.event_shape) == 2, "dataset", dataset, "a data set of images")
    shape, expected = np.shape(images), ("n", *loaded.event_shape)
    require(len(shape) == 3 and shape[1:] == loaded.event_shape, "images", shape, f"an array of shape {expected}")
    greys = images.astype(np.float32) / 255 if images.dtype == np.uint8 else images.astype(np.float32)
    return sources.of_images(about, loaded, greys, seed)


def _compute(
    key: str, dataset: str, split: str, limit: int, seed: int, report: Report | None, anew: bool
) -> Representation | None:
    from core.numerics.neighbors import subsample

    require(limit >= 1, "limit", limit, "at least 1")
    about, loaded = catalogue.info(key, dataset), data.load_test(dataset)
    rows = subsample(examples.count(loaded, split), limit, seed)
    if about.kind == "upload":
        whole = uploads.load(key, dataset, split, loaded.fingerprint)
        return _with_labels(about, loaded, whole if len(rows) == len(whole) else whole[rows], split, rows)
    file = cache.file_of(dataset, [*_identity(about), loaded.fingerprint, split, len(rows), seed])
    found = cache.read(file, len(rows), about.size)
    if found is None and not anew:
        return None
    if found is None:
        from core.representations import sources

        parts = _reported(sources.vectors(about, loaded, split, rows, seed), about, len(rows), report)
        found = cache.write(file, len(rows), about.size, parts)
    return _with_labels(about, loaded, found, split, rows)


def _identity(about: RepresentationInfo) -> list[Any]:
    """What determines the map, the data aside."""
    version = checkpoints.load(about.checkpoint).version if about.checkpoint else ""
    return [about.kind, version, about.layer, about.size]


def _reported(
    parts: Iterator[tuple[np.ndarray, np.ndarray]], about: RepresentationInfo, total: int, report: Report | None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    done = 0
    for part in parts:
        yield part
        done += len(part[0])
        if report is not None:
            report(about.title, done, total)


def _with_labels(
    about: RepresentationInfo, loaded: Dataset, vectors: np.ndarray, split: str, rows: np.ndarray
) -> Representation:
    labels = getattr(loaded, f"{split}_labels")
    factors = {name: column[rows] for name, column in getattr(loaded, f"{split}_factors").items()}
    labels = None if labels is None else labels[rows].astype(np.int64)
    return Representation(about, vectors, split, rows, labels, loaded.class_names, factors)
