"""What a model says of each example: its log-probability, a bound on it, or the error of its reconstruction."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator, Tensor, nn

from core.analysis.checkpoint_codec import dataset_of, reconstruction_error
from core.config.capabilities import Capability
from core.config.fields import SettingError
from core.data.preprocessing import preprocess
from core.models.autoregressive.base import log_prob
from core.models.capabilities import BoundsLikelihood, Codec, GibbsModel, StepsPixels
from core.models.training_protocols import ClassConditional
from core.numerics.cancel import check
from core.store.checkpoints import Checkpoint, CheckpointError

BATCH = 200
DRAWS = 4  # of every example's code, for the ELBO


@dataclass(frozen=True)
class ExampleScore:
    """A number for each example under a model; `higher` where more is better."""

    name: str
    title: str
    unit: str
    higher: bool


LOG_PROB = ExampleScore("log-prob", "log p(x)", "nats", True)
ELBO = ExampleScore("elbo", "ELBO", "nats", True)
FREE_ENERGY = ExampleScore("free-energy", "−free energy (log p(x) and a constant)", "nats", True)
ERROR = ExampleScore("error", "reconstruction error", "squared error", False)


def available(checkpoint: Checkpoint) -> list[ExampleScore]:
    """What can be said of each example, told without torch."""
    can = checkpoint.capabilities
    found = {
        LOG_PROB: {Capability.STEPS_PIXELS},
        ELBO: {Capability.HAS_POSTERIOR},
        FREE_ENERGY: {Capability.HAS_GIBBS_CHAIN},
        ERROR: {Capability.ENCODES, Capability.DECODES},
    }
    return [score for score, needs in found.items() if can.issuperset(needs)]


@torch.no_grad()
def compute(
    checkpoint: Checkpoint, name: str, split: str, rows: np.ndarray, seconds: float = float("inf")
) -> np.ndarray:
    """The score `name` (of `available`) of the split's rows, (n,) float32; after so many seconds the rest is NaN. Bits
    that a view draws, and codes, come from seed 0. Raises `SettingError`, `DataError`, `CheckpointError`."""
    if name not in (known := [score.name for score in available(checkpoint)]):
        raise SettingError(f"score={name!r:.60}: {checkpoint.name} has {', '.join(known) or 'none'}")
    view, model = preprocess(dataset_of(checkpoint), checkpoint.preset.view, split), checkpoint.model()
    generator, end = Generator().manual_seed(0), time.monotonic() + seconds
    found = np.full(len(rows), np.nan, np.float32)
    for start in range(0, len(rows), BATCH):
        check()
        part = torch.from_numpy(rows[start : start + BATCH])
        labels = view.labels[part] if view.labels is not None else None
        each = score_batch(checkpoint, model, name, view.batch(part, generator), labels, generator)
        found[start : start + BATCH] = each.float().numpy()
        if time.monotonic() > end:
            break
    return found


def score_batch(
    checkpoint: Checkpoint, model: nn.Module, name: str, x: Tensor, labels: Tensor | None, generator: Generator
) -> Tensor:
    """The score `name` of examples x (N, *event_shape) under the checkpoint's model: (N,). Raises `CheckpointError`
    where it has none of this name."""
    if name == LOG_PROB.name and isinstance(model, StepsPixels):
        told = labels if isinstance(model, ClassConditional) and model.classes else None
        return log_prob(model, x, told)
    if name == ELBO.name and isinstance(model, BoundsLikelihood):
        return model.elbo(x, generator, DRAWS)
    if name == FREE_ENERGY.name and isinstance(model, GibbsModel):
        return -model.free_energy(x)
    if name == ERROR.name and isinstance(model, Codec):
        return reconstruction_error(checkpoint, x, model.decode(model.encode(x)))
    raise CheckpointError(f"{checkpoint.name} has no {name}")
