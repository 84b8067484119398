"""Whether a training fits into the memory of this machine: known before any of it is taken."""

from __future__ import annotations

import torch
from torch import nn

from core import models
from core.config.fields import SettingError
from core.config.presets import Preset, TrainConfig
from core.jobs import slurm
from core.models.capabilities import HasLayers
from core.numerics.machine import machine_memory


def check_memory(preset: Preset) -> None:
    """Raise `SettingError` where a training needs more than the machine's memory: what it carries from step to step,
    and the least that a step takes besides. A cluster's nodes may have more: there it is not asked."""
    if slurm.is_used():
        return
    needed, here = carried_memory(preset) + batch_memory(preset), machine_memory()
    if here is not None and needed > here:
        raise SettingError(
            f"{preset.name or preset.family}: weights, gradients, what the optimiser carries and the units of a batch "
            f"take {needed / 1e9:,.1f} GB, more than the {here / 1e9:,.1f} GB of this machine: use a smaller model, or "
            "smaller batches"
        )


def carried_memory(preset: Preset) -> int:
    """Bytes of weights, buffers, gradients, optimiser and average. Nothing is allocated."""
    model = _outline(preset)
    weights = sum(p.numel() * p.element_size() for p in model.parameters())
    buffers = sum(b.numel() * b.element_size() for b in model.buffers())
    return weights * (2 + _moments(preset.train) + bool(preset.train.average)) + buffers


def batch_memory(preset: Preset) -> int:
    """Bytes that the layers of a batch hold, which is the least that a step takes: feature maps can be far larger than
    the weights. 0 for a model without layers."""
    model = _outline(preset)
    return 4 * preset.train.batch_size * sum(model.layer_sizes.values()) if isinstance(model, HasLayers) else 0


def _outline(preset: Preset) -> nn.Module:
    """The model without its numbers."""
    with torch.device("meta"):
        return models.build(preset.family, preset.model, preset.seed)


def _moments(config: TrainConfig) -> int:
    """How many numbers the optimiser carries for each weight."""
    return 2 if config.optimiser == "adam" else int(config.momentum > 0)
