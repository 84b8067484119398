"""The command line: `python -m core list | train | runs | estimate | evaluate | layout | sample`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column, Table

from core import checkpoints, data
from core.checkpoints import CheckpointError
from core.data import DataError
from core.presets import SettingError

if TYPE_CHECKING:
    from core.language import LanguageModel

console = Console()
notes = Console(stderr=True)

EXAMPLES = """examples:
  python -m core list presets                       what can be trained
  python -m core train digits-rbm                   train it (seconds), evaluate it, keep it
  python -m core train mnist-rbm --set hidden=200 epochs=20
  python -m core train mnist-rbm --background       as a worker that outlives this shell
  python -m core runs                               what is at work, what waits, how far it is
  python -m core evaluate digits-rbm                its scores: exact where possible, else with their spread
  python -m core sample digits-rbm -n 64 --out grid.png

A training that was stopped with Ctrl-C goes on from there when the same command is given again.
PLAYGROUND_DATA names the folder of downloaded data, PLAYGROUND_CHECKPOINTS that of trained models."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status (2 for bad input, 130 after Ctrl-C)."""
    from safetensors import SafetensorError

    from core.device import DeviceError
    from core.jobs import JobError
    from core.runs import RunBusy

    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (SettingError, DataError, CheckpointError, DeviceError, RunBusy, JobError, FloatingPointError) as error:
        return _refused(str(error))
    except (OSError, SafetensorError) as error:
        kept = " What was saved before is kept." if checkpoints.disk_failed(error) else ""
        return _refused(f"{checkpoints.said_of(error)}.{kept}")
    except KeyboardInterrupt:
        notes.print("\nStopped. What was reached is kept; give the same command again to go on.")
        return 130
    return 0


def _refused(message: str) -> int:
    """Say what went wrong, which may hold brackets and whatever else people give as names; the exit status."""
    notes.print("[bold red]error:[/] ", end="")
    notes.print(message, markup=False, highlight=False, soft_wrap=True)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core",
        description="Train, score and sample the models of Representation Playground.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    listing = commands.add_parser("list", help="show data sets, presets and checkpoints")
    listing.add_argument("what", nargs="?", choices=("datasets", "presets", "checkpoints"), help="default: all three")
    listing.set_defaults(run=_list)

    training = commands.add_parser("train", help="train a preset, or go on with a stopped training")
    training.add_argument("preset", nargs="?", help="a name from `list presets`")
    training.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="change settings of the preset")
    training.add_argument("--device", default="auto", help="auto (default), cuda, mps or cpu")
    training.add_argument("--restart", action="store_true", help="begin anew instead of going on or reusing")
    training.add_argument("--background", action="store_true", help="put it into the queue and return")
    training.add_argument(
        "--run", dest="run_id", metavar="ID", help="be the worker of this run (what the queue starts)"
    )
    training.set_defaults(run=_train)

    runs = commands.add_parser("runs", help="show the runs, or tell one what to do")
    what = runs.add_mutually_exclusive_group()
    for name, meaning in _SAYINGS.items():
        what.add_argument(f"--{name}", metavar="ID", help=meaning)
    runs.set_defaults(run=_runs)

    estimating = commands.add_parser("estimate", help="size, memory and time of a training, from a few steps of it")
    estimating.add_argument("preset", help="a name from `list presets`, or a file with a preset as JSON")
    estimating.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="change settings of the preset")
    estimating.add_argument("--device", default="auto", help="auto (default), cuda, mps or cpu")
    estimating.add_argument("--json", action="store_true", help="print JSON instead of a table")
    estimating.set_defaults(run=_estimate)

    evaluating = commands.add_parser("evaluate", help="all scores of a checkpoint")
    evaluating.add_argument(
        "checkpoint", nargs="?", help="a name from `list checkpoints` (its beginning is enough), or a folder"
    )
    evaluating.add_argument("--quick", action="store_true", help="a tenth of the annealing temperatures, no bound")
    evaluating.add_argument("--json", action="store_true", help="print JSON instead of a table")
    evaluating.add_argument("--save", action="store_true", help="write the scores into the checkpoint's run.json")
    evaluating.add_argument("--device", default="auto", help="auto (default), cuda, mps or cpu")
    evaluating.add_argument(
        "--run", dest="run_id", metavar="ID", help="be the worker of this run (what the queue starts)"
    )
    evaluating.set_defaults(run=_evaluate)

    thinning = commands.add_parser("thin", help="make a checkpoint small: coarse weights, less film, new scores")
    thinning.add_argument("checkpoint", help="a name from `list checkpoints`, or a folder")
    thinning.add_argument("--device", default="auto", help="auto (default), cuda, mps or cpu")
    thinning.add_argument("--bits", type=float, default=8.0, help="of a weight: 8 (default) or less, down to 2")
    thinning.set_defaults(run=_thin)

    mapping = commands.add_parser("layout", help="compute a map of a checkpoint's codes and keep it")
    mapping.add_argument("checkpoint", nargs="?", help="a name from `list checkpoints`, or a folder")
    mapping.add_argument("name", nargs="?", help="code, or one of pca, umap, tsne with -pixels or -code: umap-code")
    mapping.add_argument("--points", type=int, default=10_000, help="examples, at most (default 10,000)")
    mapping.add_argument("--split", choices=("test", "train", "all"), default="test")
    mapping.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="settings, such as n_neighbors=30")
    mapping.add_argument("--take-along", action="store_true", help="keep it in the checkpoint's own folder")
    mapping.add_argument("--run", dest="run_id", metavar="ID", help="be the worker of this run (what the queue starts)")
    mapping.set_defaults(run=_layout)

    sampling = commands.add_parser("sample", help="draw images from a checkpoint into a PNG grid, or write a text")
    sampling.add_argument("checkpoint", help="a name from `list checkpoints`, or a folder")
    sampling.add_argument("-n", type=int, default=64, help="number of images, or of tokens (default 64)")
    sampling.add_argument("--out", type=Path, help="the PNG file to write; texts are printed without it")
    sampling.add_argument("--prompt", default="", help="what a text begins with")
    sampling.add_argument("--temperature", type=float, default=1.0, help="of the choice of tokens (texts only)")
    sampling.add_argument("--seed", type=int, default=0)
    sampling.add_argument("--device", default="auto", help="auto (default), cuda, mps or cpu")
    sampling.add_argument("--of", type=int, help="the class they shall be of, for a model that was told classes")
    sampling.set_defaults(run=_sample)
    return parser


def _list(options: argparse.Namespace) -> None:
    from core.models import presets

    if options.what in (None, "datasets"):
        table = Table("name", "shape", "kind", "here?", "what", title="Data sets", title_justify="left")
        for entry in data.catalogue().values():
            here = "yes" if entry.is_here() else f"{entry.download_mb:.0f} MB to download"
            table.add_row(entry.name, "x".join(map(str, entry.event_shape)), entry.kind, here, entry.summary)
        console.print(table)
    if options.what in (None, "presets"):
        table = Table("name", "data", "view", "epochs", "what", title="Presets", title_justify="left")
        for preset in presets().values():
            table.add_row(preset.name, preset.dataset, preset.view, str(preset.train.epochs), preset.title)
        console.print(table)
    if options.what in (None, "checkpoints"):
        good, problems = checkpoints.available()
        table = Table("name", "score", "trained on", "time", "what", title="Checkpoints", title_justify="left")
        for checkpoint in good:
            score = checkpoint.run["scores"][0] if checkpoint.run["scores"] else None
            text = f"{score['value']:.2f} {score['unit']}" if score else ""
            seconds = f"{checkpoint.run['seconds']:,.0f} s"
            table.add_row(checkpoint.name, *map(escape, (text, checkpoint.run["device"], seconds, checkpoint.title)))
        console.print(table)
        for problem in problems:
            notes.print(f"[yellow]set aside:[/] {escape(problem)}", highlight=False, soft_wrap=True)


def _train(options: argparse.Namespace) -> None:
    import torch

    from core import device, jobs, runs
    from core.models import preset as find

    torch.set_num_threads(device.training_threads())
    if options.run_id:
        _work(options.run_id)
        return
    if not options.preset:
        raise SettingError("train: the name of a preset is missing; `python -m core list presets` has them")
    preset = find(options.preset).override(_settings(options.set))
    if options.background:
        runs.check(preset)
        run = jobs.ask_training(preset, options.device, again=options.restart)
        console.print(f"{run.id}: {run.status().state}", highlight=False)
        return
    with _bars() as bars:
        task = bars.add_task(preset.name, total=None)
        report = _reporter(bars)

        def show(progress) -> None:  # noqa: ANN001
            text = f"{preset.name}  epoch {progress.epoch:.1f}/{progress.total_epochs}"
            bars.update(task, total=progress.total_steps, completed=progress.step, description=text)

        checkpoint = runs.train(preset, options.device, options.restart, show, report)
    run = checkpoint.run
    console.print(
        f"{checkpoint.folder}  ({run['device']}, {run['precision']}, {run['seconds']:,.0f} s)",
        highlight=False,
    )
    _print_scores(run["scores"], run["unscored"])


def _work(name: str) -> None:
    """Be the worker of a run; the app comes first on the machine's cores."""
    import os

    from core import jobs, runs

    if hasattr(os, "nice"):
        os.nice(max(0, 10 - os.nice(0)))  # a worker that another one started has its niceness already
    runs.work(jobs.find(name))


_SAYINGS = {
    "pause": "keep its process waiting",
    "stop": "end its process; what was reached is kept",
    "resume": "go on with a paused, stopped, interrupted or failed run",
    "finish": "make the checkpoint of what was reached",
    "delete": "remove a run and its checkpoint (for a day --undelete brings them back)",
    "undelete": "bring a deleted run back",
}


def _runs(options: argparse.Namespace) -> None:
    from core import jobs

    said, name = next(((k, v) for k in _SAYINGS if (v := getattr(options, k))), (None, None))
    if said == "undelete":
        jobs.undelete(name)
    elif said == "delete":
        jobs.delete(jobs.find(name))
    elif said == "resume":
        jobs.resume(jobs.find(name))
    elif said:
        jobs.stop(jobs.find(name), said)
    jobs.start_waiting()
    short = [Column(name, no_wrap=True) for name in ("run", "state", "epoch", "time", "left")]
    table = Table(*short, Column("what", no_wrap=True, overflow="ellipsis", ratio=1), expand=True)
    (found, problems), messages = jobs.available(), []
    for run in found:
        status = run.status()
        epoch = f"{status.epoch:.1f}/{status.total_epochs}" if status.total_epochs else ""
        left = f"{status.left:,.0f} s" if status.left and status.state in jobs.LIVE else ""
        table.add_row(run.id, status.state, epoch, f"{status.elapsed:,.0f} s", left, escape(run.title))
        if status.message:
            messages.append(f"{run.id}: {status.message}")
    console.print(table)
    for line in messages:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for problem in problems:
        notes.print(f"[yellow]set aside:[/] {escape(problem)}", highlight=False, soft_wrap=True)


def _estimate(options: argparse.Namespace) -> None:
    import torch

    from core import device, runs
    from core.models import preset as find
    from core.models import preset_from_json

    torch.set_num_threads(device.training_threads())
    file = Path(options.preset)
    try:
        preset = preset_from_json(json.loads(file.read_text())) if file.is_file() else find(options.preset)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, SettingError):
            raise
        raise SettingError(f"{file}: not a preset as JSON ({type(error).__name__}: {error})") from error
    found = runs.estimate(preset.override(_settings(options.set)), options.device)
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


def _evaluate(options: argparse.Namespace) -> None:
    from core import runs

    if options.run_id:
        _work(options.run_id)
        return
    if not options.checkpoint:
        raise SettingError("evaluate: the name of a checkpoint is missing; `python -m core list checkpoints` has them")
    checkpoint = checkpoints.load(options.checkpoint)
    with _bars() as bars:
        found = runs.evaluate(checkpoint, not options.quick, options.device, _reporter(bars), options.save).to_json()
    if options.json:
        print(json.dumps({"checkpoint": checkpoint.name, **found}, indent=1))
    else:
        console.print(f"{checkpoint.name}: {checkpoint.title}", highlight=False)
        _print_scores(found["scores"], found["unscored"])
        _print_published(found["scores"])


def _thin(options: argparse.Namespace) -> None:
    from core import runs

    checkpoint = checkpoints.load(options.checkpoint)
    if not 2 <= options.bits <= 8:
        raise SettingError(f"--bits {options.bits:g}: between 2 and 8")
    before = {score["name"]: score["value"] for score in checkpoint.run["scores"]}
    with _bars() as bars:
        thinned = runs.thin(checkpoint, options.device, _reporter(bars), options.bits)
    for score in thinned.run["scores"]:
        was = f"{before[score['name']]:.4g}" if score["name"] in before else "-"
        console.print(f"{score['name']}: {was} -> {score['value']:.4g} {score['unit']}", highlight=False)


def _layout(options: argparse.Namespace) -> None:
    if options.run_id:
        _work(options.run_id)
        return
    from core import atlas

    if not (options.checkpoint and options.name):
        raise SettingError(
            "layout: the name of a checkpoint or of a map is missing; `layout --help` says which there are"
        )
    settings = {}
    for key, text in _settings(options.set).items():
        try:
            settings[key] = float(text) if "." in text else int(text)
        except ValueError:
            raise SettingError(f"{key}={text!r}: expected a number") from None
    checkpoint = checkpoints.load(options.checkpoint)
    folder = checkpoint.folder / "layouts" if options.take_along else None
    with _bars() as bars:
        points = atlas.open_atlas(checkpoint, options.split, options.points)
        found = atlas.compute(points, options.name, settings, _reporter(bars), folder)
    console.print(
        f"{options.name} of {len(points):,} codes of {checkpoint.name}: {found.seconds:.1f} s", highlight=False
    )
    table = Table("score", "value")
    for score, value in found.scores.items():
        table.add_row(score.replace("_", " "), f"{value:.4f}")
    console.print(table)


def _sample(options: argparse.Namespace) -> None:
    import torch

    from core import device
    from core.images import grid, write_png
    from core.language import LanguageModel
    from core.models import Sampler, Told

    if not 1 <= options.n <= 10_000:
        raise SettingError(f"-n {options.n}: between 1 and 10,000")
    checkpoint = checkpoints.load(options.checkpoint)
    where = device.choose(options.device)
    model = checkpoint.model(where)
    if isinstance(model, LanguageModel):
        _write_on(checkpoint, model, options)
        return
    if options.out is None:
        raise SettingError("sample: --out is missing, the PNG file to write")
    if not isinstance(model, Sampler):
        raise CheckpointError(f"{checkpoint.name}: {type(model).__name__} cannot draw samples")
    shape = checkpoint.preset.model.event_shape
    if len(shape) != 2:
        raise CheckpointError(f"{checkpoint.name}: its examples have shape {shape}, which is no image")
    told = {}
    if options.of is not None:
        classes = model.classes if isinstance(model, Told) else 0
        if not 0 <= options.of < classes:
            rule = f"a number below {classes}" if classes else f"{checkpoint.name} was told no classes"
            raise SettingError(f"--of {options.of}: {rule}")
        told = {"labels": torch.full((options.n,), options.of, device=where)}
    with torch.no_grad():
        drawn = model.sample(options.n, torch.Generator(device=where).manual_seed(options.seed), **told).cpu().numpy()
    arrays = checkpoint.arrays()
    write_png(grid(arrays["view.shift"] + arrays["view.scale"] * drawn), options.out)
    console.print(f"{options.n} samples of {checkpoint.name} (seed {options.seed}) in {options.out}", highlight=False)


def _write_on(checkpoint: checkpoints.Checkpoint, model: LanguageModel, options: argparse.Namespace) -> None:
    """The prompt and n tokens more, on the terminal or in the file."""
    import numpy as np
    import torch

    from core.language import go_on
    from core.sampling import Choice
    from core.vocabulary import Vocabulary

    vocabulary = Vocabulary.from_bytes(checkpoint.arrays()["view.vocabulary"])
    where = next(model.parameters()).device
    generator = torch.Generator(device=where).manual_seed(options.seed)
    noise = torch.rand(1, options.n, generator=generator, device=where)
    with torch.no_grad():
        context = model.opened(torch.from_numpy(vocabulary.encode(options.prompt))[None].to(where))
        drawn = [int(tokens) for _, tokens in go_on(model, context, options.n, noise, Choice(options.temperature))]
    text = options.prompt + vocabulary.decode(np.array(drawn))
    if options.out is None:
        print(text)
    else:
        options.out.write_text(text, encoding="utf-8")


def _settings(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not separator or not key:
            raise SettingError(f"--set {pair!r}: expected KEY=VALUE, such as hidden=200")
        found[key] = value
    return found


def _print_scores(scores: list[dict], unscored: list[dict]) -> None:
    table = Table("score", "value", "unit", "nature", "data", "how")
    for score in scores:
        spread = f" ± {score['spread']:.2f}" if score["spread"] is not None else ""
        value = f"{score['value']:.2f}{spread}" if abs(score["value"]) >= 1 else f"{score['value']:.4f}{spread}"
        table.add_row(score["name"], value, score["unit"], score["nature"], score["data"], score["note"])
    console.print(table)
    for left_out in unscored:
        console.print(f"Left out: {left_out['name']} ({left_out['reason']}).", highlight=False, markup=False)


def _print_published(scores: list[dict]) -> None:
    """Beside the figures of Hinton & Salakhutdinov 2006, where there are such."""
    from core.evaluation.codes import published

    if not (rows := published(scores)):
        return
    table = Table("squared error/image", "published", "here", title="Hinton & Salakhutdinov 2006", title_justify="left")
    for name, figure, value in rows:
        table.add_row(name, f"{figure:.2f}", f"{value:.2f}")
    console.print(table)


def _bars() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=notes,
        transient=True,
    )


def _reporter(bars: Progress):  # noqa: ANN202
    tasks: dict[str, int] = {}

    def report(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bars.add_task(what)
        bars.update(tasks[what], completed=done, total=total)

    return report


if __name__ == "__main__":
    sys.exit(main())
