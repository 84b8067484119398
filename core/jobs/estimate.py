"""What a training will take: its size, memory and time, from a few steps of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from core import models
from core.config.presets import Preset
from core.jobs.memory import check_memory
from core.jobs.training_job import initial_state
from core.jobs.views import load_views
from core.numerics import device
from core.training import TrainState, fit


@dataclass(frozen=True)
class Estimate:
    """What a training will take on this machine.

    memory     bytes of weights, gradients, optimiser, average and data together
    seconds    of all its steps at the speed of a few of them; scores come on top
    """

    parameters: int
    memory: int
    steps: int
    seconds: float
    device: str


def estimate(preset: Preset, device_name: str = "auto", patience: float = 1.0) -> Estimate:
    """Train a few steps, for `patience` seconds at most, and throw them away. Raises `DataError`, `SettingError`."""
    where = device.choose(device_name)
    check_memory(preset)
    train_view = load_views(preset).train
    model = models.build(preset.family, preset.model, preset.seed)
    parameters = sum(p.numel() for p in model.parameters())
    state = initial_state(preset, model, where)
    began, marks, total = time.perf_counter(), [], 1
    with device.fast_products(where):
        for progress in fit(state, train_view, report_every=0):
            marks.append(time.perf_counter())
            total = progress.total_steps
            if len(marks) >= 3 and (marks[-1] - began > patience or len(marks) >= 50):
                break
    durations = [b - a for a, b in zip(marks[1:], marks[2:], strict=False)] or [marks[-1] - began]
    held = [*model.state_dict().values(), *state.average.values(), *optimizer_tensors(state)]
    held += [p.grad for p in model.parameters() if p.grad is not None]
    memory = sum(t.numel() * t.element_size() for t in (*held, train_view.values))
    steps = min(preset.train.stop or total, total)
    # the median: the first steps warm up, and one may have been in another process's way
    seconds = sorted(durations)[len(durations) // 2] * steps
    return Estimate(parameters, memory, steps, seconds, str(where))


def optimizer_tensors(state: TrainState) -> Iterator[torch.Tensor]:
    """What the optimiser carries from step to step."""
    for values in state.optimiser.state.values():
        yield from (v for v in values.values() if isinstance(v, torch.Tensor))
