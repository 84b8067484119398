"""Points of codes, opened once for all visitors, and how they came to be."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from core.config.capabilities import Capability
from core.store import checkpoints
from core.store.checkpoints import CheckpointError
from pages.shared.kept import Kept
from pages.shared.model_store import can

_datasets: Kept[Any] = Kept(4)
_values: Kept[np.ndarray] = Kept(160)  # of some points each: all units of a layer, or a score


def embedded_dataset(name: str, split: str, points: int) -> Any:
    """Points of the checkpoint's data with their codes (`core.analysis.embedding.EmbeddedDataset`). Raises `DataError`,
    `CheckpointError`."""
    checkpoint = checkpoints.load(name)
    if not can(checkpoint, Capability.ENCODES, Capability.DECODES):
        raise CheckpointError(f"{name} ({checkpoint.family_name}) has no codes")
    from core.analysis.embedding import embed_dataset

    # many requests come at once, and one data set serves them all; nobody waits for that of another
    key = (checkpoint.folder, checkpoint.version, split, points)
    return _datasets.get(key, lambda: embed_dataset(checkpoint, split, points))


def point_values(embedded: Any, kind: str, of: str, first: int) -> np.ndarray:
    """Numbers of the points from `first` on (`core.analysis.point_values`), kept: of kind "unit" the activations of all
    units of the layer `of`, of kind "score" the score `of`; (m, numbers of a point)."""
    from core.analysis import point_values

    make = point_values.activations if kind == "unit" else point_values.scores
    checkpoint = embedded.checkpoint
    key = (checkpoint.folder, checkpoint.version, embedded.split, embedded.points, kind, of, first)
    return _values.get(key, lambda: make(embedded, of, first))


@lru_cache(maxsize=8)
def quick_coordinates(embedded: Any, name: str) -> np.ndarray:
    """Places of the points on a map that has a formula, (n, 2), without scores."""
    from core.numerics.neighbors import points_of
    from core.numerics.projections import fit_pca

    if name == "code":
        return embedded.codes
    x = points_of(embedded.features(name.partition("-")[2]))
    return fit_pca(x, 2).encode(x).numpy()


def training_trajectory(name: str) -> Any:
    """The codes along the training of a checkpoint (a `TrainingTrajectory` of `core.analysis`), or None."""
    return _training_trajectory(name, checkpoints.load(name).version)


@lru_cache(maxsize=8)
def _training_trajectory(name: str, version: str) -> Any:
    from core.analysis.training_trajectory import training_trajectory

    return training_trajectory(checkpoints.load(name))
