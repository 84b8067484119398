"""`sweep`: one preset with every combination of some settings."""

from __future__ import annotations

import argparse

from rich.table import Table

from core.cli.console import add_device, console
from core.config.presets import Preset
from core.store import checkpoints

LINKED = 4  # runs that the Train page compares at once


def add(commands: argparse._SubParsersAction) -> None:
    """Add what is here to the commands."""
    sweeping = commands.add_parser("sweep", help="train a preset with every combination of some settings")
    sweeping.add_argument("preset", help="a name from `list presets`")
    sweeping.add_argument(
        "values", nargs="*", metavar="KEY=VALUE,VALUE", help="such as lr=0.01,0.03 layers=64x32,32x16"
    )
    add_device(sweeping)
    sweeping.add_argument("--status", action="store_true", help="only print how far its runs are, and queue none")
    sweeping.set_defaults(run=_sweep)


def _sweep(options: argparse.Namespace) -> None:
    from core import jobs
    from core.jobs import sweeps, worker
    from core.models import preset as find

    settings = sweeps.parse_sweep(options.values)
    presets = sweeps.expand_sweep(find(options.preset), settings)
    if not options.status:
        for preset in presets.values():
            worker.check(preset)  # before there is a run that could only fail
        sweeps.submit_sweep(presets, options.device)
    jobs.start_queued()
    _print_runs(presets, [name for name, values in settings.items() if len(values) > 1])


def _print_runs(presets: dict[str, Preset], settings: list[str]) -> None:
    """A table of the runs, and links to the page that compares them."""
    from core.jobs import sweeps

    table = Table("run", *settings, "state", "epoch", "result")
    known = []
    for name, preset in presets.items():
        run = sweeps.find_run(name)
        status = run.status() if run else None
        state = status.state if status else "finished" if checkpoints.exists(name) else "not queued"
        epoch = f"{status.epoch:.1f}/{status.total_epochs}" if status and status.total_epochs else ""
        table.add_row(name, *(_value(preset, setting) for setting in settings), state, epoch, _result(name, preset))
        if state != "not queued":
            known.append(name)
    console.print(table)
    for first in range(0, len(known), LINKED):
        names = ",".join(known[first : first + LINKED])
        console.print(f"Compare: /train?runs={names}", markup=False, highlight=False, soft_wrap=True)


def _value(preset: Preset, name: str) -> str:
    """A setting as one gives it."""
    plain = preset.to_json()
    value = {**plain, **plain["model"], **plain["train"]}[name]
    return "x".join(map(str, value)) if isinstance(value, list) else str(value)


def _result(name: str, preset: Preset) -> str:
    """The first score of the checkpoint; before it is scored, the first curve that can be better or worse."""
    from core.config.fields import SettingError
    from core.jobs import sweeps
    from core.models import main_metric

    run = sweeps.find_run(name)
    made = (run.status().checkpoint if run else "") or name
    if checkpoints.exists(made) and (scores := checkpoints.load(made).manifest.scores):
        return f"{scores[0].name} {scores[0].value:.4g} {scores[0].unit}"
    history = run.history() if run else []
    try:
        metric, about = main_metric(preset.family, history[-1] if history else ())
    except SettingError:
        return ""
    return f"{about.title} {history[-1][metric]:.4g} {about.unit}"
