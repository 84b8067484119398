"""Images that a model may be asked about: those of other data sets, and test images changed in known ways."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from core import data
from core.config.fields import require
from core.data.errors import DataError
from core.data.greys import grey_images
from core.store.checkpoints import Checkpoint

Perturbation = Literal["plain", "noisy", "shifted", "inverted", "constant"]

PERTURBATIONS: dict[Perturbation, str] = {
    "plain": "as it is",
    "noisy": "one pixel in ten replaced by a random level",
    "shifted": "shifted right and down, filled with background",
    "inverted": "grey levels inverted",
    "constant": "every pixel the same",
}
NOISE = 0.1  # share of the pixels of a noisy copy


def out_of_distribution_sets(checkpoint: Checkpoint) -> list[str]:
    """Other data sets that are here and hold pictures of the same size."""
    shape, own = checkpoint.manifest.preset.event_shape, checkpoint.manifest.preset.dataset
    return [
        name
        for name, info in data.catalogue().items()
        if name != own and info.event_shape == shape and info.kind not in ("counts", "text") and info.test_is_here()
    ]


def out_of_distribution_images(
    checkpoint: Checkpoint, source: str, most: int
) -> tuple[np.ndarray, np.ndarray | None, tuple[str, ...]]:
    """The first test images of another data set as the checkpoint's model sees them, (n, D) uint8, their classes (n,)
    and what those are called. Raises `DataError` for one that is not in `out_of_distribution_sets`."""
    if source not in out_of_distribution_sets(checkpoint):
        raise DataError(f"{source[:40]!r}: no such images of this size")
    dataset = data.load_test(source)
    levels = to_levels(checkpoint, grey_images(dataset, dataset.test[:most]))
    labels = None if dataset.test_labels is None else dataset.test_labels[:most].astype(np.int64)
    return levels, labels, dataset.class_names


def to_levels(checkpoint: Checkpoint, grey: np.ndarray) -> np.ndarray:
    """Pictures (n, h, w) of greys, uint8, as the model sees them: levels (n, D) uint8; bits are on above one half."""
    shape = checkpoint.manifest.preset.event_shape
    require(grey.dtype == np.uint8, "picture", grey.dtype, "bytes")
    require(grey.ndim == 3 and grey.shape[1:] == shape, "picture", grey.shape, f"of shape {shape}")
    top = checkpoint.manifest.preset.model["levels"] - 1
    x = grey.reshape(len(grey), -1).astype(np.float32) / 255
    return (x > 0.5).astype(np.uint8) if top == 1 else np.rint(x * top).astype(np.uint8)


def perturb(x: Tensor, how: Perturbation, shape: tuple[int, int], levels: int, seed: int = 0, level: int = 0) -> Tensor:
    """Another image (D,) made of x (D,), levels below `levels`; see `PERTURBATIONS`. `level` fills a constant one,
    `seed` draws a noisy one."""
    require(how in PERTURBATIONS, "perturbation", how, f"one of {', '.join(PERTURBATIONS)}")
    require(0 <= level < levels, "level", level, f"0 to {levels - 1}")
    if how == "inverted":
        return levels - 1 - x
    if how == "constant":
        return torch.full_like(x, level)
    if how == "noisy":
        generator = torch.Generator().manual_seed(seed)
        anew = torch.rand(x.shape, generator=generator) < NOISE
        return torch.where(anew, torch.randint(levels, x.shape, generator=generator).to(x), x)
    if how == "shifted":
        down, right = (max(1, side // 8) for side in shape)
        moved = torch.zeros_like(x).view(shape)
        moved[down:, right:] = x.view(shape)[: shape[0] - down, : shape[1] - right]
        return moved.flatten()
    return x
