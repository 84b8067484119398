"""Models of recordings, opened once for all visitors, and the recordings that they were tested on."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.config.capabilities import Capability
from core.numerics.kept import kept
from core.store import checkpoints
from core.store.checkpoints import Checkpoint, CheckpointError
from pages.shared.model_store import OpenModel, open_model
from pages.sound import structure

MOST = 300  # recordings of the test part that are offered


def sound_model(name: str) -> OpenModel:
    """The model of a checkpoint that predicts sample after sample. Raises `CheckpointError` for others."""
    opened = open_model(name, Capability.STEPS_SAMPLES, otherwise="draws no sounds sample by sample")
    if not structure(opened.checkpoint):
        raise CheckpointError(f"{name} is of a structure that the page Sound cannot draw with")
    return opened


def recordings(checkpoint: Checkpoint) -> Any:
    """The `core.data.base.Dataset` that the checkpoint was trained on. Raises `DataError` where its test part is not
    here."""
    from core.analysis import checkpoint_codec

    return checkpoint_codec.dataset_of(checkpoint)


def offered(dataset: Any) -> np.ndarray:
    """Rows of the test part that are offered: all, or as many of each class and speaker."""
    n = len(dataset.test)
    return np.unique(np.linspace(0, n - 1, min(n, MOST)).astype(int))


@kept("sound models for the browser")
def packed_weights(name: str, version: str) -> bytes:
    """All weights as the player takes them."""
    from pages.shared.codec import pack

    opened = sound_model(name)
    weights = {part: ("f32", values.numpy()) for part, values in opened.model.stacked_weights().items()}
    header = {"structure": structure(opened.checkpoint), "dilations": dilations(opened.model)}
    return pack(header, weights, level=6)


def dilations(model: Any) -> list[int]:
    """Those of its layers, from below; none for a model without dilated layers."""
    from core.models.capabilities import HasDilatedLayers

    return list(model.dilations) if isinstance(model, HasDilatedLayers) else []


def weights(name: str) -> bytes:
    """The same for the checkpoint as it is now."""
    return packed_weights(name, checkpoints.load(name).version)
