"""`evaluate` and `quantize`: the scores of a checkpoint, and a smaller one."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Sequence

from rich.table import Table

from core.cli.console import (
    add_device,
    add_run,
    console,
    print_scores,
    progress_bars,
    reporter,
    run_worker,
)
from core.config.fields import SettingError
from core.config.score import Score
from core.evaluation.score import EstimatorSettings
from core.store import checkpoints


def add(commands: argparse._SubParsersAction) -> None:
    """Add what is here to the commands."""
    evaluating = commands.add_parser("evaluate", help="compute the scores of a checkpoint")
    evaluating.add_argument(
        "checkpoint", nargs="?", help="a name (or its beginning) from `list checkpoints`, or a folder"
    )
    evaluating.add_argument(
        "--quick", action="store_true", help="10 times fewer annealing temperatures, no reverse AIS"
    )
    for entry in dataclasses.fields(EstimatorSettings):
        evaluating.add_argument(f"--{entry.name.replace('_', '-')}", type=int, help=entry.metadata["about"])
    evaluating.add_argument("--json", action="store_true", help="print JSON instead of a table")
    evaluating.add_argument("--save", action="store_true", help="save the scores in the checkpoint's run.json")
    add_device(evaluating)
    add_run(evaluating)
    evaluating.set_defaults(run=_evaluate)

    about = "shrink a checkpoint: quantised weights, fewer snapshots, new scores"
    quantizing = commands.add_parser("quantize", aliases=["thin"], help=about)
    quantizing.add_argument("checkpoint", help="a name from `list checkpoints`, or a folder")
    quantizing.add_argument("--bits", type=float, default=8.0, help="bits per weight, 2 to 8 (default 8)")
    add_device(quantizing)
    quantizing.set_defaults(run=_quantize)


def _evaluate(options: argparse.Namespace) -> None:
    from core.jobs import scoring

    if options.run_id:
        run_worker(options.run_id)
        return
    if not options.checkpoint:
        raise SettingError("evaluate: name a checkpoint; `python -m core list checkpoints` lists them")
    estimators = EstimatorSettings(**{f.name: getattr(options, f.name) for f in dataclasses.fields(EstimatorSettings)})
    checkpoint = checkpoints.load(options.checkpoint)
    with progress_bars() as bars:
        judgement = scoring.evaluate(
            checkpoint, not options.quick, options.device, reporter(bars), options.save, estimators
        )
    if options.json:
        print(json.dumps({"checkpoint": checkpoint.name, **judgement.to_json()}, indent=1))
    else:
        console.print(f"{checkpoint.name}: {checkpoint.title}", highlight=False)
        print_scores(judgement.scores, judgement.unscored)
        _print_published(judgement.scores)


def _quantize(options: argparse.Namespace) -> None:
    from core.jobs import scoring

    checkpoint = checkpoints.load(options.checkpoint)
    if not 2 <= options.bits <= 8:
        raise SettingError(f"--bits {options.bits:g}: between 2 and 8")
    before = {score.name: score.value for score in checkpoint.manifest.scores}
    with progress_bars() as bars:
        smaller = scoring.quantize_checkpoint(checkpoint, options.device, reporter(bars), options.bits)
    for score in smaller.manifest.scores:
        was = f"{before[score.name]:.4g}" if score.name in before else "-"
        console.print(f"{score.name}: {was} -> {score.value:.4g} {score.unit}", highlight=False)


def _print_published(scores: Sequence[Score]) -> None:
    """Beside the figures of Hinton & Salakhutdinov 2006, where there are such."""
    from core.evaluation.codes import published_errors

    if not (rows := published_errors(scores)):
        return
    table = Table("squared error/image", "published", "here", title="Hinton & Salakhutdinov 2006", title_justify="left")
    for name, figure, value in rows:
        table.add_row(name, f"{figure:.2f}", f"{value:.2f}")
    console.print(table)
