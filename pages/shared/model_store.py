"""Checkpoints opened once for all visitors: their models, their arrays, and small answers that follow from them alone.

What is kept here is never written to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.config.capabilities import Capability
from core.numerics.kept import kept
from core.store import checkpoints
from core.store.checkpoints import Checkpoint, CheckpointError
from pages.shared import visitors

MOST_IMAGES = 1_000  # held-out pictures that a page shows


@kept("arrays of checkpoints")
def arrays(name: str, version: str, file: str) -> dict[str, np.ndarray]:
    """The tensors of one file of a checkpoint, read once for each version of it."""
    return checkpoints.load(name).arrays(file)


@dataclass(frozen=True, eq=False)
class OpenModel:
    """A checkpoint with its model, which is on the CPU: at these sizes a GPU only adds latency."""

    checkpoint: Checkpoint
    model: Any

    @property
    def summary(self) -> dict[str, np.ndarray]:
        """Small arrays that came with the model."""
        return arrays(self.checkpoint.name, self.checkpoint.version, "portrait.safetensors")

    @cached_property
    def shift(self) -> np.ndarray:
        """(D,) of grey = shift + scale * value."""
        return self._of_preprocessing("shift").astype(np.float32).reshape(-1)

    @cached_property
    def scale(self) -> np.ndarray:
        """(D,) of grey = shift + scale * value."""
        return self._of_preprocessing("scale").astype(np.float32).reshape(-1)

    @cached_property
    def vocabulary(self) -> Any:
        """The `core.data.tokenizers.Vocabulary` of a model of texts."""
        from core.data.tokenizers import Vocabulary

        return Vocabulary.from_bytes(self._of_preprocessing("vocabulary"))

    def _of_preprocessing(self, part: str) -> np.ndarray:
        return arrays(self.checkpoint.name, self.checkpoint.version, "weights.safetensors")[f"view.{part}"]


def can(checkpoint: Checkpoint, *needed: Capability) -> bool:
    """Whether the model has all capabilities that are needed."""
    return checkpoint.capabilities.issuperset(needed)


def open_model(name: str, *needed: Capability, otherwise: str = "cannot be shown here") -> OpenModel:
    """The checkpoint `name` with its model. Raises `CheckpointError`, which says `otherwise` of the model where it
    lacks a capability that is needed."""
    checkpoint = checkpoints.load(name)
    if not can(checkpoint, *needed):
        raise CheckpointError(f"{name} ({checkpoint.family_name}) {otherwise}")
    return _open(name, checkpoint.version)


@kept("open models")
def _open(name: str, version: str) -> OpenModel:
    checkpoint = checkpoints.load(name)
    return OpenModel(checkpoint, checkpoint.model())


def test_images(checkpoint: Checkpoint, most: int = MOST_IMAGES) -> tuple[np.ndarray, np.ndarray | None]:
    """The first held-out pictures (n, h, w) uint8 of its data, and their classes (n,). Raises `DataError` where the
    data are not here."""
    from core.analysis import checkpoint_codec
    from core.data.greys import grey_images

    dataset = checkpoint_codec.dataset_of(checkpoint)
    images = grey_images(dataset, dataset.test[:most])
    return images, None if dataset.test_labels is None else dataset.test_labels[: len(images)]


def test_planes(checkpoint: Checkpoint) -> dict[str, tuple[str, np.ndarray]]:
    """The same as planes of an answer: `images`, and `labels` where they have classes. Raises `DataError`."""
    images, labels = test_images(checkpoint)
    planes: dict[str, tuple[str, np.ndarray]] = {"images": ("u8", images)}
    return planes if labels is None else planes | {"labels": ("f32", labels.astype(np.float32))}


def answer(of: Callable[..., Any], name: str, *asked: Any) -> Any:
    """`of(name, *asked)`, something small that is computed once for each version of the checkpoint, from what everybody
    may see."""
    return _answer(of, name, checkpoints.load(name).version, *asked)


@kept("answers about models")
def _answer(of: Callable[..., Any], name: str, version: str, *asked: Any) -> Any:
    with visitors.asking(visitors.anybody()):
        return of(name, *asked)
