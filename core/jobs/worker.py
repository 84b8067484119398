"""What a run's worker does: train a preset to a checkpoint, score one, or lay out its codes; able to stop at any step
and to go on."""

from __future__ import annotations

from collections.abc import Callable

import torch

from core import models
from core.config.presets import Preset
from core.evaluation.score import Report
from core.jobs import slurm
from core.jobs.limits import max_hours
from core.jobs.memory import check_memory
from core.jobs.process import locked, working_on
from core.jobs.reporter import Reporter
from core.jobs.requests import prepare_training
from core.jobs.run import Run, root
from core.jobs.scheduler import discard_unstarted, start_queued
from core.jobs.scoring import evaluate
from core.jobs.training_job import OnProgress, TrainingJob, checkpoint_folder, initial_state
from core.jobs.trash import clear
from core.jobs.views import load_views
from core.numerics import device
from core.numerics.processes import ALONE, Processes
from core.store import checkpoints
from core.store.checkpoints import Checkpoint
from core.store.naming import checkpoint_name
from core.training import check as check_data


def train(
    preset: Preset,
    device_name: str = "auto",
    restart: bool = False,
    on_progress: OnProgress | None = None,
    on_report: Report | None = None,
    processes: Processes = ALONE,
) -> Checkpoint:
    """The preset's checkpoint: found, or trained in this process (going on where an earlier call was stopped), with
    others where there are several `processes`.

    `restart` begins anew and replaces the checkpoint. KeyboardInterrupt saves the state and is raised again.
    Raises `RunBusy`, `DataError`, `SettingError`, `CheckpointError`.
    """
    folder = checkpoint_folder(preset)
    if not restart and checkpoints.exists(folder.name):
        checkpoint = checkpoints.load(folder)
        if checkpoint.manifest.scores or not (root() / folder.name / "state.safetensors").exists():
            return checkpoint  # else its scoring was interrupted
    if (origin := models.origin_of(preset)) is not None:
        train(origin, device_name, False, on_progress, on_report, processes)
    if not (root() / folder.name).exists():
        check(preset)  # before there is a run that could only fail
    where = str(device.choose(device_name))
    run = prepare_training(preset, where)
    try:
        with locked(run):
            if restart:
                clear(run)
                run = prepare_training(preset, where)
            with working_on(run):
                run.send(desired_state="run")
                return _train(run, Reporter(run, on_report), on_progress, processes, replacing=restart)
    except OSError:
        discard_unstarted(run)
        raise
    finally:
        start_queued()


def check(preset: Preset) -> None:
    """Raise `DataError`, `SettingError` or `CheckpointError` where the preset cannot be trained: it is too large for
    this machine, its view does not suit the data, the data do not suit the model, or the weights to start from are not
    here."""
    check_memory(preset)
    train_view = load_views(preset).train
    model = models.build(preset.family, preset.model, preset.seed)
    check_data(model, train_view, preset.train)
    origin = models.origin_of(preset)
    if origin is None or checkpoints.exists(checkpoint_name(origin)):  # else that is trained first
        initial_state(preset, model, torch.device("cpu"))


def work(
    run: Run,
    on_progress: OnProgress | None = None,
    on_report: Report | None = None,
    processes: Processes = ALONE,
) -> None:
    """Do what the run asks for, as the worker that the queue started. What goes wrong stands in the run's status."""
    try:
        with locked(run), working_on(run):
            reporter = Reporter(run, on_report, max_hours(), slurm.hours_worked(run))
            try:
                WORK[run.kind](run, reporter, on_progress, processes)
            finally:
                if reporter.job_is_over and reporter.status.state == "stopped":
                    slurm.requeue(run)
    finally:
        start_queued()


def _train(
    run: Run, reporter: Reporter, on_progress: OnProgress | None, processes: Processes, replacing: bool = False
) -> Checkpoint:
    with reporter.failures_published():
        reporter.publish(state="starting", message="")
        return TrainingJob(run, reporter, on_progress, processes).train(replacing)


def _evaluate(run: Run, reporter: Reporter, on_progress: OnProgress | None, processes: Processes) -> None:
    """All scores of the checkpoint that the run names, written into it."""
    with reporter.failures_published():
        reporter.publish(state="evaluating")
        checkpoint = checkpoints.load(run.request.checkpoint)
        with reporter.interrupts_noted():  # seen at the next report
            evaluate(checkpoint, True, run.device, reporter.report, keep=True)
        reporter.publish(state="finished", checkpoint=checkpoint.name, phase=None)


def _layout(run: Run, reporter: Reporter, on_progress: OnProgress | None, processes: Processes) -> None:
    """The map that the run asks for, of codes or of a representation, kept where `core.analysis` finds it."""
    from core.analysis import embedding, layouts
    from core.analysis.representation_maps import compute_map

    asked = run.request.layout
    with reporter.failures_published():
        reporter.publish(state="evaluating", phase=("codes", 0, 1))
        if "representation" in asked:
            with reporter.interrupts_noted():
                compute_map(**asked, report=reporter.report)
            reporter.publish(state="finished", phase=None)
            return
        checkpoint = checkpoints.load(run.request.checkpoint)
        with reporter.interrupts_noted():  # seen at the next report
            points = embedding.embed_dataset(checkpoint, asked["split"], asked["points"])
            layouts.compute_layout(points, asked["name"], asked["settings"], reporter.report)
        reporter.publish(state="finished", checkpoint=checkpoint.name, phase=None)


WORK: dict[str, Callable[[Run, Reporter, OnProgress | None, Processes], object]] = {
    "train": _train,
    "evaluate": _evaluate,
    "layout": _layout,
}
