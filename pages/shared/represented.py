"""Data sets in their representations, opened once for all visitors: what there is, examples, vectors."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from core import data, representations
from core.config.capabilities import Capability
from core.data.base import Dataset, DatasetInfo
from core.data.greys import grey_images
from core.numerics.kept import Kept
from core.representations import RepresentationInfo, catalogue
from core.store import checkpoints
from core.store.checkpoints import Checkpoint
from pages.registry import list_checkpoints, listing_key
from pages.shared import visitors

MOST = 6  # representations that are compared at once
FEW = 20  # test examples below which the training examples are shown

_examples: Kept[Examples] = Kept("examples compared")


# -- what there is --------------------------------------------------------------------------------


def datasets() -> list[DatasetInfo]:
    """All data sets that the visitor sees, the small digits first, then those that are here and have models."""
    models = {c.manifest.preset.dataset for c in list_checkpoints()[0]}

    def rank(entry: DatasetInfo) -> tuple[bool, bool, bool, str]:
        return entry.name != "digits", not entry.test_is_here(), entry.name not in models, entry.title

    return sorted(visitors.current().seen(data.catalogue().values()), key=rank)


def version(dataset: str) -> str:
    """Changes when the data or one of their models does; not with uploads, so that nobody's page begins anew."""
    entry, root = data.info(dataset), checkpoints.root()
    models = [[c.name, c.version] for c in list_checkpoints()[0] if c.manifest.preset.dataset == dataset]
    return hashlib.sha256(f"{entry.version} {root} {sorted(models)}".encode()).hexdigest()[:12]


@dataclass(frozen=True)
class ShownData:
    """A data set as a player shows it, in the place of a checkpoint."""

    name: str
    version: str


def shown(dataset: str) -> ShownData:
    """The data set for its player."""
    return ShownData(dataset, version(dataset))


def listed(dataset: str) -> dict[str, RepresentationInfo]:
    """All representations of the data set that the visitor sees, by key."""
    uploads = catalogue.uploads_root() / dataset
    found = _listed(dataset, listing_key(), uploads.stat().st_mtime_ns if uploads.is_dir() else 0)
    return {about.key: about for about in visitors.current().seen(found.values())}


@lru_cache(maxsize=16)
def _listed(dataset: str, key: tuple[Path, int, int], uploaded: int) -> dict[str, RepresentationInfo]:
    return {about.key: about for about in representations.available(dataset)}


def info(dataset: str, key: str) -> RepresentationInfo:
    """One of them. Raises `SettingError`."""
    return listed(dataset).get(key) or representations.info(key, dataset)


def usual(dataset: str) -> list[str]:
    """Keys that are compared where a link names none: the input, PCA, and of each kind of model the smallest."""
    found = list(listed(dataset).values())
    chosen = [about.key for about in found if about.kind == "input"]
    chosen += [about.key for about in found if about.kind == "pca"][-1:]

    def first(kind: str, *needs: Capability, smallest: int = 1) -> list[str]:
        fit = of_models(found, kind, *needs)
        fit.sort(key=lambda pair: (len(pair[1].layers), smallest * (pair[0].size or 0)))
        return [about.key for about, _ in fit[:1]]

    chosen += first("code", Capability.ENCODES, Capability.DECODES_FROM_LAYERS)
    chosen += first("code", Capability.HAS_POSTERIOR)
    chosen += first("layer", Capability.HAS_GIBBS_CHAIN, smallest=-1)
    if len(chosen) < 3:
        models = [about for about in found if about.kind in ("code", "layer")]
        last = {about.checkpoint: about.key for about in models}  # the last layer of each
        chosen += [*last.values()][:2] or [about.key for about in found if about.kind == "pca"]
    return list(dict.fromkeys(chosen))[: MOST - 1]


def of_models(
    found: list[RepresentationInfo], kind: str, *needed: Capability, but: frozenset[Capability] = frozenset()
) -> list[tuple[RepresentationInfo, Checkpoint]]:
    """The representations of a kind that are of models with these capabilities and with none of `but`; their models."""
    models = {c.name: c for c in list_checkpoints()[0]}
    pairs = [(about, models[about.checkpoint]) for about in found if about.kind == kind]
    return [(about, c) for about, c in pairs if c.capabilities.issuperset(needed) and not c.capabilities & but]


def identity(dataset: str, key: str) -> tuple[str, ...]:
    """What is kept of a representation is kept under this."""
    about = info(dataset, key)
    model = checkpoints.load(about.checkpoint).version if about.checkpoint else ""
    if about.kind == "upload":
        model = str(catalogue.upload_folder(key, dataset).stat().st_mtime_ns)  # another one may take its name
    return dataset, data.info(dataset).version, key, model, str(checkpoints.root())


# -- examples -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Examples:
    """The examples that every representation is of.

    images     (n, h, w) uint8 greys, or None
    labels     (n,) int64 indices into class_names, or None
    """

    dataset: Dataset
    split: str
    rows: np.ndarray
    images: np.ndarray | None
    labels: np.ndarray | None
    factors: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.rows)


def examples(dataset: str) -> Examples:
    """Test examples; training ones where there are too few. Raises `DataError`."""
    return _examples.get((dataset, data.info(dataset).version), lambda: _make_examples(dataset))


def _make_examples(name: str) -> Examples:
    dataset = data.load_test(name)
    split = "test" if len(dataset.test) >= FEW else "train"
    shown = representations.compute("pixels", name, split)
    array = getattr(dataset, split)
    images = grey_images(dataset, array[shown.indices]) if len(dataset.event_shape) == 2 else None
    return Examples(dataset, split, shown.indices, images, shown.labels, shown.factors)


# -- representations ------------------------------------------------------------------------------


def representation(dataset: str, key: str) -> Any:
    """Vectors of the examples (a `core.representations.Representation`). Raises `SettingError`, `DataError`,
    `CheckpointError`."""
    return representations.compute(info(dataset, key).key, dataset, examples(dataset).split)


def compute_together(dataset: str, keys: list[str]) -> None:
    """Have the representations computed that are not kept: all layers of a model by one pass over the examples."""
    representations.compute_all([info(dataset, key).key for key in keys], dataset, examples(dataset).split)
