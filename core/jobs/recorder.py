"""What a training leaves in its run's folder on the way: curve, history, pictures and snapshots."""

from __future__ import annotations

import time
from typing import Any

from core.config.presets import Preset
from core.jobs import film
from core.jobs.files import append_jsonl, write_jsonl
from core.jobs.run import Run
from core.jobs.views import TrainingViews
from core.store import tensors
from core.training import Progress, TrainState

CURVE_POINTS = 4_000  # most points of the curve within epochs; then every second one goes
PICTURE_INTERVAL = 60.0  # seconds after which pictures are taken, however few epochs have passed


class Recorder:
    """The curve, history, pictures and snapshots of a training; begins by forgetting what was noted after `state`."""

    def __init__(
        self,
        run: Run,
        preset: Preset,
        state: TrainState,
        total_steps: int,
        views: TrainingViews,
    ) -> None:
        self.folder, self.preset, self.state = run.folder, preset, state
        self.views = views
        self.pictures_at = 0.0  # when the last ones were taken
        self.history = [line for line in run.history() if line["step"] <= state.step]
        self.curve = [point for point in run.curve() if point[0] <= state.step]
        self.write_history()
        write_jsonl(self.folder / "curve.jsonl", self.curve)
        for file in (*self.folder.glob("pictures/*.safetensors"), *self.folder.glob("snapshots/*.safetensors")):
            epoch = int(file.stem.removeprefix("epoch-"))
            if epoch * total_steps > state.step * preset.train.epochs:
                file.unlink()

    def record_epoch(self, progress: Progress) -> None:
        """Note an epoch that is done: a line of history; a snapshot and pictures, if their turn has come."""
        self.history.append(_history_line(progress))
        append_jsonl(self.folder / "history.jsonl", self.history[-1])
        epoch = round(progress.epoch)
        self._take_snapshot(epoch)
        is_late = time.perf_counter() - self.pictures_at > PICTURE_INTERVAL
        if film.is_picture_epoch(epoch, self.preset.train.epochs) or is_late:
            self.take_pictures(epoch)

    def record_point(self, progress: Progress) -> None:
        """Add a point to the curve."""
        point = [progress.step, *(float(f"{v:.6g}") for v in (progress.epoch, progress.loss, progress.lr))]
        self.curve.append(point)
        if len(self.curve) > CURVE_POINTS:
            self.curve = self.curve[::2]
            write_jsonl(self.folder / "curve.jsonl", self.curve)
        else:
            append_jsonl(self.folder / "curve.jsonl", point)

    def write_history(self) -> None:
        """Write all of the history."""
        write_jsonl(self.folder / "history.jsonl", self.history)

    def take_pictures(self, epoch: int) -> None:
        """Take pictures after this epoch, where the model has some, and there are none yet."""
        file = film.picture_file(self.folder, epoch)
        if file.exists() or (epoch == 0 and self.state.step) or not film.can_show(self.state.model):
            return
        film.write_pictures(file, self.state.model, self.state.device, self.views)
        self.pictures_at = time.perf_counter()

    def _take_snapshot(self, epoch: int) -> None:
        wanted, epochs = self.preset.train.snapshots, self.preset.train.epochs
        if wanted and (epoch * wanted) // epochs > ((epoch - 1) * wanted) // epochs:
            folder = self.folder / "snapshots"
            folder.mkdir(exist_ok=True)
            tensors.write_tensors(folder / f"epoch-{epoch:05d}.safetensors", self.state.result())


def _history_line(progress: Progress) -> dict[str, Any]:
    line = {"epoch": round(progress.epoch), "step": progress.step, "loss": progress.loss, "lr": progress.lr}
    return {k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in (line | progress.metrics).items()}
