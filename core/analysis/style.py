"""What a model that separates class from style says of images: how likely each class is, and the style."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from core.analysis import checkpoint_codec
from core.models.capabilities import SeparatesStyle
from core.store.checkpoints import Checkpoint, CheckpointError

_AT_ONCE = 500  # images


@dataclass(frozen=True, eq=False)
class Reading:
    """Styles (n, d), each given what the model takes the class for, and probabilities of the classes (n, K)."""

    style: np.ndarray
    classes: np.ndarray


def model_of(checkpoint: Checkpoint) -> SeparatesStyle:
    """The checkpoint's model, kept in memory. Raises `CheckpointError` where it does not separate style."""
    model = checkpoint_codec.codec_of(checkpoint)
    if not isinstance(model, SeparatesStyle):
        raise CheckpointError(f"{checkpoint.name}: {type(model).__name__} does not separate class from style")
    return model


@torch.no_grad()
def read(checkpoint: Checkpoint, images: np.ndarray) -> Reading:
    """What the model says of images (n, h, w), greys of bytes. Raises `SettingError` for another shape."""
    model = model_of(checkpoint)
    x = np.stack([checkpoint_codec.image_input(checkpoint, image) for image in images])
    found = []
    for part in torch.from_numpy(x).split(_AT_ONCE):
        classes = model.classify(part)
        found.append((model.style(part, classes), classes))
    style, classes = (torch.cat(parts).numpy() for parts in zip(*found, strict=True))
    return Reading(style, classes)


def given_examples(checkpoint: Checkpoint) -> tuple[np.ndarray, np.ndarray]:
    """The images (n, h, w), greys of bytes, whose class the model was given, and these classes (n,)."""
    x, labels = model_of(checkpoint).given_examples()
    return checkpoint_codec.to_grey(checkpoint, x.numpy()), labels.numpy()
