"""Sweeps: the trainings of one preset with every combination of some settings, as runs of the queue."""

from __future__ import annotations

import itertools

from core.config.fields import SettingError
from core.config.presets import Preset
from core.jobs.errors import JobError, QueueFull
from core.jobs.limits import max_queued
from core.jobs.requests import submit_training
from core.jobs.run import Run, get_run
from core.jobs.scheduler import queued_runs
from core.jobs.state import LIVE_STATES
from core.store import checkpoints
from core.store.naming import checkpoint_name

MAX_RUNS = 1_000  # of a sweep that is looked at, which may be done in several parts


def parse_sweep(pairs: list[str]) -> dict[str, list[str]]:
    """The values of each setting, from NAME=VALUE,VALUE. Raises `SettingError`."""
    found: dict[str, list[str]] = {}
    for pair in pairs:
        name, separator, text = pair.partition("=")
        values = [value.strip() for value in text.split(",")]
        if not separator or not name or not all(values):
            raise SettingError(f"{pair!r}: expected NAME=VALUE,VALUE such as lr=0.01,0.03, and no value empty")
        if name in found:
            raise SettingError(f"{pair!r}: {name} is given twice; list all its values at once")
        found[name] = values
    if not found:
        raise SettingError("sweep: give settings with their values, such as lr=0.01,0.03 hidden=100,200")
    return found


def expand_sweep(preset: Preset, settings: dict[str, list[str]]) -> dict[str, Preset]:
    """The preset with every combination of the values, given as text, by the name of its run; the last setting changes
    first, equal presets come once. Raises `SettingError`, `DataError`."""
    combinations = list(itertools.islice(itertools.product(*settings.values()), MAX_RUNS + 1))
    if len(combinations) > MAX_RUNS:
        raise SettingError(f"sweep: more than {MAX_RUNS:,} combinations; use fewer values")
    presets = [preset.override(dict(zip(settings, values, strict=True))) for values in combinations]
    return {checkpoint_name(each): each for each in presets}


def submit_sweep(presets: dict[str, Preset], device: str = "auto", visitor: str = "") -> None:
    """Put the trainings that are not done, or on their way, into the queue, in order. Raises `QueueFull` before any is,
    where they are more than may wait, and what `submit_training` does."""
    left = [preset for name, preset in presets.items() if not _needs_no_place(name)]
    in_all, waiting = max_queued()[0], len(queued_runs())
    if waiting + len(left) > in_all:
        raise QueueFull(
            f"{len(left):,} of the {len(presets):,} runs are still to be trained, but {in_all:,} may wait in all "
            f"(PLAYGROUND_WAITING), and {waiting:,} do. Use fewer values."
        )
    for preset in left:
        submit_training(preset, device, visitor=visitor)


def find_run(name: str) -> Run | None:
    """The run with this id, None where there is none."""
    try:
        return get_run(name)
    except JobError:
        return None


def _needs_no_place(name: str) -> bool:
    run = find_run(name)
    if run is None:
        return checkpoints.exists(name)
    return run.status().state in ("queued", "finished", *LIVE_STATES)
