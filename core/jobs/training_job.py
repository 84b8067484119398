"""The training of one run, from where its saved state stands to its scored checkpoint."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError

from core import models
from core.config.fields import SettingError
from core.config.presets import Preset
from core.data.errors import DataError
from core.jobs.publishing import copy_film, publish_checkpoint
from core.jobs.recorder import Recorder
from core.jobs.reporter import Reporter
from core.jobs.run import Run
from core.jobs.scoring import evaluate
from core.jobs.state import Control, DesiredState
from core.jobs.views import load_views
from core.numerics import device
from core.numerics.processes import ALONE, Processes, own_device
from core.store import checkpoints
from core.store.checkpoints import Checkpoint, CheckpointError
from core.store.naming import checkpoint_name, origin_name
from core.training import Progress, TrainState, fit, steps_an_epoch
from core.training import check as check_data

SAVE_EVERY = 5.0  # seconds between states on disk, at least; saving takes at most a fiftieth of the time
POLL_EVERY = 0.2  # seconds between looks at what people ask

OnProgress = Callable[[Progress], None]


class TrainingJob:
    """One worker's part in the training of a run. Raises `DataError`, `SettingError` or `CheckpointError` where the
    run's preset cannot be trained, or its saved state is damaged."""

    def __init__(
        self, run: Run, reporter: Reporter, on_progress: OnProgress | None = None, processes: Processes = ALONE
    ) -> None:
        self.run, self.reporter, self.on_progress, self.processes = run, reporter, on_progress, processes
        self.preset, self.owner = run.preset, run.request.owner or ""
        self.device = device.choose(own_device(run.device))
        self.views = load_views(self.preset)
        self._check_data()
        self.train_view = self.views.train
        model = models.build(self.preset.family, self.preset.model, self.preset.seed)
        check_data(model, self.train_view, self.preset.train)
        begun = self._state_file().exists()
        self.state = initial_state(self.preset, model, self.device, begun, processes, self.owner)
        self._load_state()
        self.steps_per_epoch = steps_an_epoch(self.preset.train, len(self.train_view))
        self.total_steps = self.steps_per_epoch * self.preset.train.epochs
        self.recorder = Recorder(run, self.preset, self.state, self.total_steps, self.views)
        self.polled_at = self.save_at = 0.0

    def train(self, replacing: bool = False) -> Checkpoint:
        """Train to the end, or until told to stop (raises KeyboardInterrupt); the scored checkpoint. `replacing` takes
        the place of one that is there."""
        self.reporter.update(
            device=device.describe(self.device),
            message="",
            step=self.state.step,
            total_steps=self.total_steps,
            epoch=self.state.step / self.steps_per_epoch,
            total_epochs=self.preset.train.epochs,
            elapsed=self.state.elapsed,
        )
        with self.reporter.interrupts_noted(), device.fast_products(self.device):
            self.state.start(self.train_view)
            self.recorder.take_pictures(0)
            control = self.run.control()
            self._apply_commands(control)  # a learning rate may have been asked for while no worker was there
            self.polled_at = time.perf_counter()
            self.save_at = self.polled_at + SAVE_EVERY
            if control.desired_state != "finish" or not self.state.step:
                self._fit()
        epoch = self.state.step // self.steps_per_epoch
        if self.state.best_epoch is not None:
            self.state.restore_best()
            epoch = self.state.best_epoch
        self.recorder.take_pictures(epoch)  # the film ends with what is published
        self._save()
        return self._finish(replacing)

    def _fit(self) -> None:
        """Step until the end, or until told to stop or to finish."""
        if self.processes.count > 1:
            self._save()  # the others begin from it
            self.processes.agree({"run": self.run.id})
        for progress in fit(self.state, self.train_view, self.views.held_out):
            self._record(progress)
            if time.perf_counter() > self.save_at:
                self._save()
            if self.on_progress is not None:
                try:
                    self.on_progress(progress)
                except KeyboardInterrupt:
                    self.reporter.interrupted.set()
            desired_state = self._poll()
            self.processes.agree({"go": desired_state == "run", "lr_changes": self.state.config.lr_changes})
            if desired_state == "finish":
                return
            if desired_state == "stop":
                self._save()
                self.reporter.publish(state="stopped", message=self.reporter.over_time())
                raise KeyboardInterrupt

    def _record(self, progress: Progress) -> None:
        """Put down where the training stands, for whoever looks."""
        is_due = self.reporter.is_due()  # asked first: pictures take their time
        if progress.epoch_done:
            if self.preset.train.keep_best:
                name, metric = models.main_metric(self.preset.family, progress.metrics)
                self.state.compare_with_best(round(progress.epoch), progress.metrics[name], metric.better)
            self.recorder.record_epoch(progress)
        if not is_due and progress.step < progress.total_steps:
            return
        self.recorder.record_point(progress)
        # by the mean speed of the run: that of the last half second would make the time left jump
        last = min(self.preset.train.stop or self.total_steps, self.total_steps)
        self.reporter.publish(
            state="running",
            step=progress.step,
            total_steps=progress.total_steps,
            epoch=progress.epoch,
            total_epochs=progress.total_epochs,
            loss=progress.loss,
            lr=progress.lr,
            rate=progress.rate,
            elapsed=progress.elapsed,
            seconds_left=progress.elapsed / progress.step * (last - progress.step),
        )

    def _poll(self) -> DesiredState:
        """What people ask since the last look; waits here while paused."""
        if self.reporter.must_stop():
            return "stop"
        if time.perf_counter() - self.polled_at < POLL_EVERY:
            return "run"
        self.polled_at = time.perf_counter()
        paused = False
        while True:
            control = self.run.control()
            self._apply_commands(control)
            if self.reporter.must_stop():
                return "stop"
            if control.desired_state != "pause":
                break
            if not paused:
                self._save()  # a pause may last until the machine is switched off
                self.reporter.publish(state="paused")
            paused = True
            time.sleep(0.1)
        if paused:
            self.reporter.publish(state="running")
        return control.desired_state

    def _apply_commands(self, control: Control) -> None:
        """Take up a learning rate that was asked for."""
        if control.command_seq == control.ack_seq:
            return
        if control.lr is not None:
            self.state.change_lr(control.lr)
            self._save()  # before it counts as taken up: what was asked is never lost
        self.run.send(ack_seq=control.command_seq)

    def _check_data(self) -> None:
        """Raise `DataError` where the data are not (or no longer) those that the run was asked for with: its name
        follows from these and its settings."""
        if checkpoint_name(self.preset, owner=self.owner) != self.run.id:
            raise DataError(
                f"{self.run.id}: the data set {self.preset.dataset!r} is not the one that this run was asked for with. "
                "Put that back and resume, or start a new run with the data as they are now"
            )

    def _state_file(self) -> Path:
        return self.run.folder / "state.safetensors"

    def _load_state(self) -> None:
        """Take up the state on disk, where there is one."""
        if not self._state_file().exists():
            return
        try:
            self.state.load(self.run.folder)
        except (ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError) as error:
            self._state_file().replace(self.run.folder / "state.damaged")
            raise CheckpointError(
                f"{self.run.id}: its saved state is damaged ({error}) and was moved to state.damaged. "
                "Training must start over (in a shell: --restart)"
            ) from error

    def _save(self) -> None:
        # the state last: were the process to end between the two, the recorder would drop the lines after the state
        began = time.perf_counter()
        self.recorder.write_history()
        self.state.save(self.run.folder)
        now = time.perf_counter()
        self.save_at = now + max(SAVE_EVERY, 50 * (now - began))

    def _finish(self, replacing: bool) -> Checkpoint:
        """Publish the trained model, then score it: whatever becomes of the scores, the model stands."""
        # what people changed on the way is part of the recipe, so that the recipe alone gives this result again
        stop = self.state.step if self.state.step < self.total_steps else 0
        preset = replace(self.preset, train=replace(self.state.config, stop=stop))
        self._check_data()
        folder = checkpoint_folder(preset, self.owner)
        if replacing or not checkpoints.exists(folder.name):
            checkpoint = publish_checkpoint(folder, preset, self.state, self.train_view, self.recorder.history)
            owned = True
        else:  # its scoring was interrupted; or it was trained once more, and what is here keeps its place and scores
            checkpoint, previous = checkpoints.load(folder), self.reporter.previous
            owned = previous.owns_checkpoint and previous.checkpoint == folder.name
        if owned:
            copy_film(self.run.folder, folder, self.state.best_epoch)
        self.reporter.publish(state="evaluating", checkpoint=checkpoint.name, owns_checkpoint=owned)
        if not checkpoint.manifest.scores:
            evaluate(checkpoint, False, self.run.device, self.reporter.report, keep=True)
        self.reporter.publish(state="finished", phase=None, seconds_left=0.0)
        self._state_file().unlink(missing_ok=True)
        return checkpoints.load(folder)


def checkpoint_folder(preset: Preset, owner: str = "") -> Path:
    """Where the preset's checkpoint is, or will be; loads the data to know its fingerprint."""
    return checkpoints.root() / checkpoint_name(preset, owner=owner)


def initial_state(
    preset: Preset,
    model: torch.nn.Module,
    where: torch.device,
    begun: bool = False,
    processes: Processes = ALONE,
    owner: str = "",
) -> TrainState:
    """The state at step 0: fresh weights, or those of the checkpoint that the preset starts from.

    One that has `begun` takes up its own state later; it needs the other checkpoint no more. Raises `SettingError` or
    `CheckpointError` where the weights to start from are not here, or do not fit.
    """
    state = TrainState(model, preset.train, preset.seed, where, processes)
    if not preset.origin or begun:
        return state
    if (before := models.origin_of(preset)) is not None:
        origin = checkpoints.load(origin_name(before, owner))
    else:
        name, _, wanted = preset.origin.partition("@")
        origin = checkpoints.load(name)
        if origin.version != wanted:
            raise SettingError(f"origin={preset.origin!r}: the version of {name} here is {origin.version}")
    try:
        state.start_with(origin.model(where))
    except (RuntimeError, ValueError) as error:
        raise SettingError(f"origin={preset.origin!r}: its weights do not fit this model ({error})") from error
    return state
