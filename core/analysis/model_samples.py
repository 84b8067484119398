"""A few samples of a model as pictures, and how long one takes."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch

from core.analysis.checkpoint_codec import to_grey
from core.models.capabilities import Sampler
from core.store.checkpoints import Checkpoint, CheckpointError

STORED = ("samples", "fantasy")  # of a portrait
SHORT = 1.0  # seconds below which a sample is drawn once more: the first one finds nothing in memory
PATIENCE = 10.0  # seconds that drawing the others may take


@dataclass(frozen=True, eq=False)
class ModelSamples:
    """images (n, h, w) uint8 greys; `seconds` that drawing one alone took here, without loading the model."""

    images: np.ndarray
    seconds: float


@torch.no_grad()
def model_samples(checkpoint: Checkpoint, n: int) -> ModelSamples:
    """At most n samples of a model of images: those that are stored with it, else drawn with seed 0 as far as time
    allows, one at least. Raises `CheckpointError` where it draws none."""
    model, shape = checkpoint.model(), checkpoint.manifest.preset.event_shape
    if not isinstance(model, Sampler) or len(shape) != 2:
        raise CheckpointError(f"{checkpoint.name} draws no images")

    def drawn(count: int, seed: int) -> tuple[np.ndarray, float]:
        began = time.perf_counter()
        found = model.sample(count, torch.Generator().manual_seed(seed))
        return found.float().reshape(count, *shape).numpy(), time.perf_counter() - began

    values, seconds = drawn(1, 0)
    if seconds < SHORT:
        values, seconds = min((values, seconds), drawn(1, 0), key=lambda one: one[1])
    portrait = checkpoint.arrays("portrait.safetensors")
    stored = next((portrait[name] for name in STORED if name in portrait), None)
    if stored is not None:
        values = stored[:n].reshape(-1, *shape).astype(np.float32)
    elif n * seconds < PATIENCE:
        values = drawn(n, 0)[0]
    return ModelSamples(to_grey(checkpoint, values), seconds)
