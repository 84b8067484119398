"""From a trained state to a checkpoint."""

from __future__ import annotations

import platform
import shutil
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from core import data, evaluation
from core.config.presets import Preset
from core.data.preprocessing import PreprocessedSplit
from core.jobs.film import code_trajectory, short_film
from core.jobs.requests import title_of
from core.numerics import device
from core.store import checkpoints, tensors
from core.store.checkpoints import Checkpoint
from core.store.facts import facts_of
from core.training import TrainState, precision

HISTORY_LINES = 250  # most points of a finished curve


def publish_checkpoint(
    folder: Path, preset: Preset, state: TrainState, train_view: PreprocessedSplit, history: list[dict[str, Any]]
) -> Checkpoint:
    """Write the checkpoint of a trained state, without scores; replaces one that is there."""
    dataset, where = data.load(preset.dataset), state.device
    weights = state.result()
    weights |= {"view.shift": train_view.shift, "view.scale": train_view.scale}
    if (vocabulary := train_view.vocabulary) is not None:
        weights["view.vocabulary"] = torch.from_numpy(vocabulary.to_bytes().copy())
    run = {
        "preset": preset.to_json(),
        "title": title_of(preset),
        "data_fingerprint": dataset.fingerprint,
        "data_title": dataset.title,
        "class_names": list(dataset.class_names),
        "kind": train_view.kind,
        "parameters": sum(p.numel() for p in state.model.parameters()),
        **facts_of(preset),
        "device": device.describe(where),
        "precision": precision(preset.train, where),
        "seconds": round(state.elapsed, 1),
        **({} if state.best_epoch is None else {"kept_epoch": state.best_epoch}),
        "finished": time.strftime("%Y-%m-%d"),
        "versions": {"python": platform.python_version(), **{p: version(p) for p in ("torch", "numpy")}},
        **evaluation.Judgement([], [evaluation.NOT_YET]).to_json(),
    }
    every = max(1, -(-len(history) // HISTORY_LINES))
    shortened = history[(len(history) - 1) % every :: every]  # the last line is always one of them
    checkpoint = checkpoints.save(folder, weights, {}, run, shortened)
    for name in checkpoints.EXTRA_FILES:
        _remove(folder / name)  # of the checkpoint that this one replaces
    return checkpoint


def copy_film(run: Path, folder: Path, until: int | None = None) -> None:
    """Give a checkpoint the snapshots, pictures and codes that its run left on the way, `until` the epoch whose weights
    it has."""
    pictures = [f for f in sorted(run.glob("pictures/*")) if until is None or int(f.stem) <= until]
    if (run / "snapshots").exists():
        shutil.move(run / "snapshots", folder / "snapshots")
    if codes := code_trajectory(pictures):
        tensors.write_tensors(folder / "film.safetensors", codes)
    for name, content in short_film(pictures).items():
        (folder / "pictures").mkdir(exist_ok=True)
        (folder / "pictures" / name).write_bytes(content)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
