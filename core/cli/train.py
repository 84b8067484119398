"""`train` and `estimate`."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from core.cli.console import (
    add_device,
    add_run,
    add_settings,
    console,
    parse_settings,
    print_scores,
    progress_bars,
    reporter,
    run_worker,
)
from core.config.fields import SettingError

if TYPE_CHECKING:
    from core.numerics.processes import Processes


def add(commands: argparse._SubParsersAction) -> None:
    """Add what is here to the commands."""
    training = commands.add_parser("train", help="train a preset, or resume a stopped training")
    training.add_argument("preset", nargs="?", help="a name from `list presets`")
    add_settings(training)
    add_device(training)
    training.add_argument("--restart", action="store_true", help="start over instead of resuming or reusing")
    training.add_argument("--background", action="store_true", help="queue it and return")
    add_run(training)
    training.set_defaults(run=_train)
    estimating = commands.add_parser("estimate", help="estimate size, memory and time of a training from a few steps")
    estimating.add_argument("preset", help="a name from `list presets`, or a file with a preset as JSON")
    add_settings(estimating)
    add_device(estimating)
    estimating.add_argument("--json", action="store_true", help="print JSON instead of a table")
    estimating.set_defaults(run=_estimate)


def _train(options: argparse.Namespace) -> None:
    import torch

    from core.jobs.together import together
    from core.numerics import device

    torch.set_num_threads(device.training_threads())
    if options.run_id:
        run_worker(options.run_id)
        return
    together(lambda processes: _train_preset(options, processes))


def _train_preset(options: argparse.Namespace, processes: Processes) -> None:
    """What the first process does, or the only one."""
    from core import jobs
    from core.jobs import worker
    from core.models import preset as find

    if not options.preset:
        raise SettingError("train: name a preset; `python -m core list presets` lists them")
    preset = find(options.preset).override(parse_settings(options.set))
    if options.background:
        worker.check(preset)
        run = jobs.submit_training(preset, options.device, again=options.restart)
        console.print(f"{run.id}: {run.status().state}", highlight=False)
        return
    with progress_bars() as bars:
        task = bars.add_task(preset.name, total=None)
        report = reporter(bars)

        def show(progress) -> None:  # noqa: ANN001
            text = f"{preset.name}  epoch {progress.epoch:.1f}/{progress.total_epochs}"
            bars.update(task, total=progress.total_steps, completed=progress.step, description=text)

        checkpoint = worker.train(preset, options.device, options.restart, show, report, processes)
    manifest = checkpoint.manifest
    console.print(
        f"{checkpoint.folder}  ({manifest.device}, {manifest.precision}, {manifest.seconds:,.0f} s)",
        highlight=False,
    )
    print_scores(manifest.scores, manifest.unscored)


def _estimate(options: argparse.Namespace) -> None:
    import torch

    from core.jobs.estimate import estimate
    from core.models import preset as find
    from core.models import preset_from_json
    from core.numerics import device

    torch.set_num_threads(device.training_threads())
    file = Path(options.preset)
    try:
        preset = preset_from_json(json.loads(file.read_text())) if file.is_file() else find(options.preset)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, SettingError):
            raise
        raise SettingError(f"{file}: not a preset as JSON ({type(error).__name__}: {error})") from error
    found = estimate(preset.override(parse_settings(options.set)), options.device)
    if options.json:
        print(json.dumps(dataclasses.asdict(found)))
        return
    table = Table("parameters", "memory", "steps", "time", "device")
    table.add_row(
        f"{found.parameters:,}",
        f"{found.memory / 1e6:,.0f} MB",
        f"{found.steps:,}",
        f"{found.seconds:,.0f} s",
        found.device,
    )
    console.print(table)
