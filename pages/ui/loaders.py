"""Cached access to core for the pages and the routes: the only place with caches. Cached things are never written."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from core import checkpoints
from core.checkpoints import Checkpoint

if TYPE_CHECKING:
    from core.models.rbm import RBM
    from core.presets import Preset

FRESH_FOR = 5.0  # seconds for which a listing of the checkpoints stands

_lock = threading.Lock()


@dataclass(frozen=True)
class Playable:
    """An RBM checkpoint opened for sampling: the model and the arrays that came with it."""

    checkpoint: Checkpoint
    model: RBM
    portrait: dict[str, np.ndarray]
    shift: np.ndarray
    scale: np.ndarray


def gibbs_checkpoints() -> tuple[list[Checkpoint], list[str]]:
    """Checkpoints whose chains can be watched (two-dimensional RBMs), best known first, and what was set aside."""
    return _gibbs_checkpoints(checkpoints.root(), int(time.monotonic() / FRESH_FOR))


@lru_cache(maxsize=1)
def _gibbs_checkpoints(root: Path, moment: int) -> tuple[list[Checkpoint], list[str]]:
    good, problems = checkpoints.available()
    shown = [
        c for c in good if c.run["preset"]["family"] == "rbm" and len(c.run["preset"]["model"]["event_shape"]) == 2
    ]
    order = ["mnist-rbm", "digits-rbm", "faces-rbm"]
    rank = {name: i for i, name in enumerate(order)}
    return sorted(shown, key=lambda c: (rank.get(c.run["preset"]["name"], len(order)), c.name)), problems


@lru_cache(maxsize=8)
def arrays(name: str, version: str, file: str) -> dict[str, np.ndarray]:
    """The tensors of one file of a checkpoint, read once for each version of it."""
    return checkpoints.load(name).arrays(file)


def playable(name: str) -> Playable:
    """The checkpoint `name` with its model on the CPU (at these sizes a GPU only adds latency)."""
    checkpoint = checkpoints.load(name)
    with _lock:  # two first requests at once must not both build the model
        return _playable(name, checkpoint.version)


@lru_cache(maxsize=8)
def _playable(name: str, version: str) -> Playable:
    checkpoint = checkpoints.load(name)
    weights = arrays(name, version, "weights.safetensors")
    return Playable(
        checkpoint,
        checkpoint.model(),
        arrays(name, version, "portrait.safetensors"),
        weights["view.shift"].astype(np.float32).reshape(-1),
        weights["view.scale"].astype(np.float32).reshape(-1),
    )


def check(preset: Preset) -> None:
    """Raise `DataError`, `SettingError` or `CheckpointError` where the preset cannot be trained."""
    from core.runs import check

    check(preset)


class EstimateError(RuntimeError):
    """The few steps of a training that an estimate needs could not be made; the message says why."""


def estimate(preset: Preset) -> dict[str, Any]:
    """What the training will take here (`core.runs.Estimate` as a dict). Raises `EstimateError`."""
    return _estimate(json.dumps(preset.to_json(), sort_keys=True))


@lru_cache(maxsize=64)
def _estimate(preset: str) -> dict[str, Any]:
    # a process of its own: steps in the server's threads would stall every visitor
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(preset)
        file.flush()
        command = [sys.executable, "-m", "core", "estimate", file.name, "--json"]
        root = Path(__file__).parents[2]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise EstimateError(done.stderr.strip().removeprefix("error: ") or "the process ended early")
    return json.loads(done.stdout)


def warm_up() -> None:
    """Import and open in the background what the first visitor will wait for, in that order."""

    def work() -> None:
        import pandas  # noqa: F401  (Streamlit needs it to send a component its data)

        for checkpoint in gibbs_checkpoints()[0]:  # this imports torch
            playable(checkpoint.name)
        import altair  # noqa: F401  (charts come after the first picture)

    threading.Thread(target=work, daemon=True).start()


def download_with_progress(name: str) -> None:
    """Fetch a data set with a bar on the page; says what went wrong, or runs the page again."""
    from core import data

    bar = st.progress(0.0, f"Downloading {name}")

    def show(file: str, done: int, total: int) -> None:
        bar.progress(min(1.0, done / max(total, 1)), f"{file}: {done / 1e6:.1f} of {total / 1e6:.1f} MB")

    try:
        data.fetch(name, show)
    except data.DataError as error:
        bar.empty()
        st.error(str(error), icon=":material/cloud_off:")
    else:
        st.rerun()


def dataset_summary(name: str) -> dict[str, Any]:
    """Whether the data set is here, its title and the size of its download; unknown ones are never here."""
    from core import data

    try:
        entry = data.info(name)
    except data.DataError:
        return {"here": False, "title": name, "download_mb": 0.0}
    return {"here": entry.is_here(), "title": entry.title, "download_mb": entry.download_mb}
