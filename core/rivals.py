"""The same examples through codes of the same size: autoencoder, PCA, logistic PCA; and what each layer keeps.

The comparison of Hinton & Salakhutdinov 2006, figures 2 and S: squared error summed over the pixels of an image, mean
over held-out examples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from core import checkpoints, data
from core.baselines import PCA, LogisticPCA
from core.checkpoints import Checkpoint, CheckpointError
from core.models import Codec, origin_of
from core.models.stack import Stack
from core.views import View, view

FITTED_ON = 20_000  # training examples for the linear rivals
JUDGED_ON = 10_000  # held-out examples
LOGISTIC_ON = 2_000  # held-out examples for logistic PCA, whose codes have to be searched for


@dataclass(frozen=True)
class Rival:
    """One way to a code of `size` numbers and back; `error` is over `examples` held-out ones."""

    name: str
    codec: Codec
    size: int
    error: float
    examples: int


def examples(checkpoint: Checkpoint, split: str = "test", most: int = JUDGED_ON) -> tuple[Tensor, np.ndarray | None]:
    """Examples (n, *event_shape) as the checkpoint's model sees them, and their labels. Raises `DataError`."""
    dataset = data.load(checkpoint.preset.dataset)
    labels = getattr(dataset, f"{split}_labels")
    return _shown(view(dataset, checkpoint.preset.view, split), most), None if labels is None else labels[:most]


def rivals(checkpoint: Checkpoint) -> list[Rival]:
    """The checkpoint's model, the same net from random weights where it is here, logistic PCA for pixels between 0 and
    1, and PCA, with codes of the same size. Raises `DataError`."""
    test, _ = examples(checkpoint)
    train, _ = examples(checkpoint, "train", FITTED_ON)
    size = checkpoint.preset.model.layers[-1]
    found = [_judged("autoencoder", checkpoint.model(), size, test)]
    if (other := twin(checkpoint)) is not None:
        names = ("pretrained", "from random weights")
        first = 0 if checkpoint.preset.origin else 1
        found = [
            _judged(names[first], checkpoint.model(), size, test),
            _judged(names[1 - first], other.model(), size, test),
        ]
    if checkpoint.preset.model.output == "bernoulli":
        found.append(_judged("logistic PCA", LogisticPCA(size).fit(train[:5_000]), size, test[:LOGISTIC_ON]))
    found.append(_judged("PCA", PCA(size).fit(train), size, test))
    return found


def twin(checkpoint: Checkpoint) -> Checkpoint | None:
    """The same net trained the other way: from random weights for a pretrained one, pretrained for one that was not."""
    name = checkpoint.preset.name
    other = name.removesuffix("-random") if name.endswith("-random") else f"{name}-random"
    try:
        return checkpoints.load(other)
    except CheckpointError:
        return None


def error_by_size(checkpoint: Checkpoint, most: int = 100) -> np.ndarray:
    """Held-out squared error per image of PCA with 1, 2, ... `most` numbers a code (at most D): (most,)."""
    train, _ = examples(checkpoint, "train", FITTED_ON)
    test, _ = examples(checkpoint)
    mean = train.flatten(1).double().mean(0)
    away, held_out = train.flatten(1).double() - mean, test.flatten(1).double() - mean
    _, directions = torch.linalg.eigh(away.t() @ away)
    kept = (held_out @ directions.flip(1)[:, :most]).square().mean(0)  # held-out variance along each direction
    return (held_out.square().sum(1).mean() - kept.cumsum(0)).numpy()


def walk(checkpoint: Checkpoint, x: Tensor) -> list[tuple[str, Tensor]]:
    """What comes back of examples x when the way up ends after each layer, from the first to the code.

    Before fine-tuning (the stack that an autoencoder started from) and after: there the way back begins at the layer of
    the decoder with the same width, which was never trained to be entered from there.
    """
    model, steps = checkpoint.model(), []
    with torch.no_grad():
        before = origin_of(checkpoint.preset)
        if before is not None:
            try:
                stack = checkpoints.load(before.name).model()
            except CheckpointError:
                stack = None
            if isinstance(stack, Stack):
                for layers, units in enumerate(stack.config.layers, 1):
                    steps.append((f"stack, {units} units", stack.down(stack.up(x, layers), layers)))
        for layers, units in enumerate(model.config.layers, 1):
            steps.append((f"{'fine-tuned, ' if before else ''}{units} units", model.shortcut(x, layers)))
    return steps


def reconstructed(codec: Codec, x: Tensor) -> Tensor:
    """decode(encode(x)), in parts so that memory stays bounded: the shape of x."""
    with torch.no_grad():
        return torch.cat([codec.decode(codec.encode(part)).view(part.shape) for part in x.split(2_000)])


def _judged(name: str, codec: Codec | nn.Module, size: int, test: Tensor) -> Rival:
    error = (reconstructed(codec, test) - test).square().flatten(1).sum(1).mean()
    return Rival(name, codec, size, float(error), len(test))


def _shown(shown: View, most: int) -> Tensor:
    return shown.batch(slice(0, most), torch.Generator().manual_seed(0))
