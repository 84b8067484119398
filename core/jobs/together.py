"""Trainings by several processes that `torchrun` started: the first is the run's worker, the others do their part."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from core import models
from core.jobs.run import Run, get_run
from core.jobs.views import load_views
from core.numerics import device
from core.numerics.processes import Processes, joined, own_device
from core.training import TrainState, fit


def together(work: Callable[[Processes], None]) -> None:
    """Do `work` in the first process; the others take part in the trainings that it announces, until it has ended."""
    with joined() as processes:
        if not processes.is_first:
            _follow(processes)
            return
        try:
            work(processes)
        finally:
            processes.agree(None)


def _follow(processes: Processes) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the first process decides, and says so
    while (announced := processes.agree()) is not None:
        if not _take_part(get_run(announced["run"]), processes):
            return


def _take_part(run: Run, processes: Processes) -> bool:
    """Train from the state that the first process has saved until it says to stop; whether there may be more to do."""
    preset, where = run.preset, device.choose(own_device(run.device))
    train = load_views(preset).train
    state = TrainState(
        models.build(preset.family, preset.model, preset.seed), preset.train, preset.seed, where, processes
    )
    state.load(run.folder)
    with device.fast_products(where), suppress(FloatingPointError):  # which the first one sees, too, and says
        for _ in fit(state, train):
            said = processes.agree()
            if said is None or not said["go"]:
                return said is not None
            changes = tuple((step, lr) for step, lr in said["lr_changes"])
            state.config = replace(state.config, lr_changes=changes)
    return True
