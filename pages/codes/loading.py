"""Points of codes, opened once for all visitors, and how they came to be."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.config.capabilities import Capability
from core.numerics.kept import Kept, kept
from core.store import checkpoints
from core.store.checkpoints import CheckpointError
from pages.shared.model_store import can

_datasets: Kept[Any] = Kept("codes of data sets")
_values: Kept[np.ndarray] = Kept("values of points")  # of some: a score, all units of a layer, one of a wide one
WIDE = 1_024  # units, beyond which only those that were asked for are kept: no part is larger than a megabyte


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


def point_values(embedded: Any, kind: str, of: str, unit: int, first: int) -> np.ndarray:
    """Numbers (m,) of the points from `first` on (`core.analysis.point_values`), kept: where `kind` is "unit", the
    activations of a unit of the layer `of`; where it is "score", the score `of`. Raises `SettingError`."""
    from core.analysis import point_values
    from core.representations.catalogue import layers_of

    checkpoint = embedded.checkpoint
    key = (checkpoint.folder, checkpoint.version, embedded.split, embedded.points, kind, of, first)
    if kind == "score":
        return _values.get(key, lambda: point_values.scores(embedded, of, first))[:, 0]
    if layers_of(checkpoint).get(of, 0) > WIDE:
        return _values.get((*key, unit), lambda: point_values.activations(embedded, of, first)[:, unit].copy())
    return _values.get(key, lambda: point_values.activations(embedded, of, first))[:, unit]


@kept("maps by a formula")
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


@kept("codes along trainings")
def _training_trajectory(name: str, version: str) -> Any:
    from core.analysis.training_trajectory import training_trajectory

    return training_trajectory(checkpoints.load(name))
