"""A representation: vectors of the examples of a data set, computed once and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

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

    split     "test", "train", or "all": the test examples, then the training ones
    seed      draws the examples, the bits of a view that draws some, samples, and an untrained network
    report    called as report(what, done, total)

    May be given up in a block of `core.numerics.cancel.cancelled_when`. Raises `SettingError`, `DataError`,
    `CheckpointError`.
    """
    return compute_all([key], dataset, split, limit, seed, report)[0]


def compute_all(
    keys: Sequence[str],
    dataset: str,
    split: str = "test",
    limit: int = LIMIT,
    seed: int = 0,
    report: Report | None = None,
) -> list[Representation]:
    """Several, in the order of the keys; all layers of one model by one pass over the examples."""
    abouts, question = _ask(keys, dataset, split, limit, seed)
    found = {about.key: _kept(about, question) for about in abouts}
    missing: dict[tuple[str, str], list[RepresentationInfo]] = {}
    for about in {one.key: one for one in abouts if found[one.key] is None}.values():
        together = (about.checkpoint, str(about.kind == "untrained")) if about.checkpoint else (about.key, "")
        missing.setdefault(together, []).append(about)
    for group in missing.values():
        found |= _compute(group, question, report)
    return [_with_labels(about, found[about.key], question) for about in abouts]


def stored(key: str, dataset: str, split: str = "test", limit: int = LIMIT, seed: int = 0) -> Representation | None:
    """The same from the cache alone; None where it would have to be computed."""
    (about,), question = _ask([key], dataset, split, limit, seed)
    vectors = _kept(about, question)
    return None if vectors is None else _with_labels(about, vectors, question)


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


@dataclass(frozen=True, eq=False)
class _Question:
    """Which examples are asked for."""

    dataset: Dataset
    split: str
    rows: np.ndarray
    seed: int

    def file(self, about: RepresentationInfo) -> Path:
        version = checkpoints.load(about.checkpoint).version if about.checkpoint else ""
        of = [about.kind, version, about.layer, about.size]
        return cache.file_of(self.dataset.name, [*of, self.dataset.fingerprint, self.split, len(self.rows), self.seed])


def _ask(
    keys: Sequence[str], dataset: str, split: str, limit: int, seed: int
) -> tuple[list[RepresentationInfo], _Question]:
    from core.numerics.neighbors import subsample

    require(limit >= 1, "limit", limit, "at least 1")
    abouts, loaded = [catalogue.info(key, dataset) for key in keys], data.load_test(dataset)
    return abouts, _Question(loaded, split, subsample(examples.count(loaded, split), limit, seed), seed)


def _kept(about: RepresentationInfo, question: _Question) -> np.ndarray | None:
    """What is on disk: what was uploaded, or computed before."""
    dataset, rows = question.dataset, question.rows
    if about.kind == "upload":
        whole = uploads.load(about.key, dataset.name, question.split, dataset.fingerprint)
        return whole if len(rows) == len(whole) else whole[rows]
    return cache.read(question.file(about), len(rows), about.size)


def _compute(group: list[RepresentationInfo], question: _Question, report: Report | None) -> dict[str, np.ndarray]:
    """Vectors of the data alone, or of layers of one model, by key."""
    from core.representations import sources

    n, done = len(question.rows), 0
    what = group[0].title if len(group) == 1 else f"{group[0].title.rpartition(':')[0]}: {len(group)} layers"
    with ExitStack() as files:
        targets = {one.key: files.enter_context(cache.writing(question.file(one), n, one.size)) for one in group}
        for places, parts in sources.vectors(group, question.dataset, question.split, question.rows, question.seed):
            for key, vectors in parts.items():
                targets[key][places] = vectors
            done += len(places)
            if report is not None:
                report(what, done, n)
    kept = {one.key: cache.read(question.file(one), n, one.size) for one in group}
    return {key: targets[key] if vectors is None else vectors for key, vectors in kept.items()}


def _with_labels(about: RepresentationInfo, vectors: np.ndarray, question: _Question) -> Representation:
    dataset, split, rows = question.dataset, question.split, question.rows
    labels, factors = examples.labels(dataset, split, rows), examples.factors(dataset, split, rows)
    return Representation(about, vectors, split, rows, labels, dataset.class_names, factors)
