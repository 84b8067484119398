"""A run: train a preset to a checkpoint, keeping on disk what is needed to stop and go on."""

from __future__ import annotations

import contextlib
import json
import platform
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from safetensors import SafetensorError

from core import checkpoints, data, device, evaluation, models
from core.checkpoints import Checkpoint, CheckpointError
from core.presets import Preset
from core.training import Progress, TrainState, fit, precision
from core.views import view

SAVE_EVERY = 30.0  # seconds between states on disk
HISTORY_LINES = 500  # most points of a finished curve


class RunBusy(RuntimeError):
    """Another process is training the same preset."""


def folder_of(preset: Preset) -> Path:
    """Where the preset's checkpoint is, or will be; loads the data to know its fingerprint."""
    key = preset.key(data.load(preset.dataset).fingerprint)
    return checkpoints.root() / f"{preset.name}-{key}"


def train(
    preset: Preset,
    device_name: str = "auto",
    restart: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    on_report: evaluation.Report | None = None,
) -> Checkpoint:
    """The preset's checkpoint: found, or trained (going on where an earlier call was stopped).

    KeyboardInterrupt saves the state and is raised again. Raises `RunBusy`, `DataError`, `SettingError`.
    """
    folder = folder_of(preset)
    if not restart and (folder / "run.json").exists():
        return checkpoints.load(folder)
    partial = folder.with_name(folder.name + checkpoints.PARTIAL)
    partial.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(partial / "lock", timeout=0):
            if restart:
                for old in ("state.safetensors", "history.jsonl"):
                    (partial / old).unlink(missing_ok=True)
                shutil.rmtree(partial / "snapshots", ignore_errors=True)
            checkpoint = _train(preset, folder, partial, device.choose(device_name), on_progress, on_report)
    except Timeout:
        raise RunBusy(f"{preset.name} is being trained by another process ({partial})") from None
    except BaseException:
        if not (partial / "state.safetensors").exists():  # nothing to go on from
            shutil.rmtree(partial, ignore_errors=True)
        raise
    shutil.rmtree(partial, ignore_errors=True)
    return checkpoint


def _train(
    preset: Preset,
    folder: Path,
    partial: Path,
    where: torch.device,
    on_progress: Callable[[Progress], None] | None,
    on_report: evaluation.Report | None,
) -> Checkpoint:
    dataset = data.load(preset.dataset)
    train_view, test_view = view(dataset, preset.view, "train"), view(dataset, preset.view, "test")
    state = TrainState(models.build(preset.family, preset.model), preset.train, preset.seed, where)
    history_file = partial / "history.jsonl"
    history: list[dict[str, Any]] = []
    if (partial / "state.safetensors").exists():
        try:
            state.load(partial)
            history = [json.loads(line) for line in history_file.read_text().splitlines()]
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise CheckpointError(
                f"{partial}: cannot go on from the state here ({error}); --restart begins anew"
            ) from error

    def keep() -> None:
        # the history first: were the process to end between the two, lines after the state would be dropped below
        fresh = history_file.with_suffix(".tmp")
        fresh.write_text("".join(json.dumps(line) + "\n" for line in history))
        fresh.replace(history_file)
        state.save(partial)

    history = [line for line in history if line["step"] <= state.step]
    saved = time.perf_counter()
    with _interrupt_between_steps() as interrupted, device.fast_products(where):
        for progress in fit(state, train_view, test_view):
            if progress.epoch_done:
                history.append(_line(progress))
                _snapshot(preset, state, partial, round(progress.epoch))
            if time.perf_counter() - saved > SAVE_EVERY:
                keep()
                saved = time.perf_counter()
            try:
                if on_progress is not None:
                    on_progress(progress)
                if interrupted.is_set():
                    raise KeyboardInterrupt
            except KeyboardInterrupt:
                keep()
                raise
    keep()
    return _finish(preset, folder, partial, state, history, train_view, on_report)


def _finish(
    preset: Preset,
    folder: Path,
    partial: Path,
    state: TrainState,
    history: list[dict[str, Any]],
    train_view: Any,
    on_report: evaluation.Report | None,
) -> Checkpoint:
    weights = state.result()
    # what is judged is what is stored: half precision, read back
    model = models.build(preset.family, preset.model)
    model.load_state_dict({k: checkpoints.compact(v).float() for k, v in weights.items()})
    model.to(device.for_estimating(state.device)).eval().requires_grad_(False)
    dataset = data.load(preset.dataset)
    subject = evaluation.Subject(model, dataset, preset.view, thorough=False, report=on_report)
    run = {
        "preset": preset.to_json(),
        "data_fingerprint": dataset.fingerprint,
        "data_title": dataset.title,
        "class_names": list(dataset.class_names),
        "kind": train_view.kind,
        "parameters": sum(p.numel() for p in model.parameters()),
        "device": device.describe(state.device),
        "precision": precision(preset.train, state.device),
        "seconds": round(state.elapsed, 1),
        "finished": time.strftime("%Y-%m-%d"),
        "versions": {"python": platform.python_version(), **{p: version(p) for p in ("torch", "numpy")}},
        "scores": [score.to_json() for score in evaluation.scores(subject)],
    }
    weights |= {"view.shift": train_view.shift, "view.scale": train_view.scale}
    every = max(1, -(-len(history) // HISTORY_LINES))
    thinned = history[(len(history) - 1) % every :: every]  # the last line is always one of them
    checkpoint = checkpoints.save(folder, weights, evaluation.portrait(subject), run, thinned)
    if (partial / "snapshots").exists():
        shutil.rmtree(folder / "snapshots", ignore_errors=True)  # of the checkpoint that this one replaces
        shutil.move(partial / "snapshots", folder / "snapshots")
    return checkpoint


def evaluate(
    checkpoint: Checkpoint,
    thorough: bool = True,
    device_name: str = "auto",
    on_report: evaluation.Report | None = None,
    keep: bool = False,
) -> list[evaluation.Score]:
    """All scores that apply to the checkpoint; `keep` writes them and a fresh portrait into its folder."""
    dataset = data.load(checkpoint.preset.dataset)
    if dataset.fingerprint != checkpoint.run["data_fingerprint"]:
        raise data.DataError(
            f"{checkpoint.name} was trained on other {dataset.name} data (fingerprint "
            f"{checkpoint.run['data_fingerprint'][:12]}..., here {dataset.fingerprint[:12]}...): scores would mislead"
        )
    model = checkpoint.model(device.for_estimating(device.choose(device_name)))
    subject = evaluation.Subject(model, dataset, checkpoint.preset.view, thorough=thorough, report=on_report)
    found = evaluation.scores(subject)
    if keep:
        tensors = {k: torch.from_numpy(v) for k, v in checkpoint.arrays().items()}
        run = {**checkpoint.run, "scores": [score.to_json() for score in found]}
        checkpoints.save(checkpoint.folder, tensors, evaluation.portrait(subject), run, checkpoint.history())
    return found


@contextlib.contextmanager
def _interrupt_between_steps() -> Iterator[threading.Event]:
    """Ctrl-C sets the event instead of breaking into a step: what is saved is then a state that the uninterrupted run
    passes through too. A second Ctrl-C ends the process without saving. (Only the main thread receives signals.)"""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def ask(number: int, frame: Any) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def _line(progress: Progress) -> dict[str, Any]:
    kept = {"epoch": round(progress.epoch), "step": progress.step, "loss": progress.loss, "lr": progress.lr}
    return {k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in (kept | progress.metrics).items()}


def _snapshot(preset: Preset, state: TrainState, partial: Path, epoch: int) -> None:
    wanted, epochs = preset.train.snapshots, preset.train.epochs
    if wanted and (epoch * wanted) // epochs > ((epoch - 1) * wanted) // epochs:
        folder = partial / "snapshots"
        folder.mkdir(exist_ok=True)
        checkpoints.write_tensors(folder / f"epoch-{epoch:05d}.safetensors", state.result())
