"""How the codes of a checkpoint came to be: those of the same examples along the training, pretraining included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from core import models
from core.analysis.checkpoint_codec import codec_of
from core.config.fields import SettingError
from core.models.training_protocols import Staged
from core.numerics.projections import fit_pca
from core.store import checkpoints, tensors
from core.store.checkpoints import Checkpoint, CheckpointError
from core.store.naming import checkpoint_name


@dataclass(frozen=True)
class TrainingTrajectory:
    """Codes of the first test examples along the training, each frame turned, scaled and moved to lie on the last.

    epochs    (T,) of the stage that a frame belongs to
    codes     (T, N, 2) float32
    stages    what was trained then, one for each frame
    errors    (T,) "reconstruction" of the history; NaN where it was not noted
    """

    epochs: np.ndarray
    codes: np.ndarray
    stages: list[str]
    errors: np.ndarray


def training_trajectory(checkpoint: Checkpoint) -> TrainingTrajectory | None:
    """The codes along the training, pretraining included where it is here; None where none were kept.

    A frame in which all points lie in one place (layers above are not trained yet) is left out. Codes of three numbers
    are shown along the two principal directions of the last frame.
    """
    parts = [part for c in (_origin(checkpoint), checkpoint) if c is not None and (part := _frames(c)) is not None]
    if not parts or parts[-1][0] is not checkpoint:
        return None
    last = parts[-1][2][-1]
    parts = [part for part in parts if part[2].shape[1:] == last.shape]
    epochs = np.concatenate([part[1] for part in parts])
    frames = np.concatenate([part[2] for part in parts])
    stages = [stage for part in parts for stage in _stages(part[0], part[1], len(parts) > 1)]
    errors = np.concatenate([_errors(part[0], part[1]) for part in parts])
    kept = np.array([_spread(frame) > 1e-4 * max(_spread(last), 1e-12) for frame in frames])
    kept[-1] = True
    frames = np.stack([procrustes(frame, last) for frame in frames[kept]])
    if frames.shape[2] == 3:
        pca = fit_pca(torch.from_numpy(last), 2)
        frames = np.stack([pca.encode(torch.from_numpy(frame)).numpy() for frame in frames])
    return TrainingTrajectory(epochs[kept], frames, np.array(stages)[kept].tolist(), errors[kept])


def procrustes(points: np.ndarray, onto: np.ndarray) -> np.ndarray:
    """Points (N, d) turned (or mirrored), scaled to the same spread, and moved so that they lie on `onto` (N, d) as
    closely as can be: orthogonal Procrustes (Schönemann 1966)."""
    x, y = points.astype(np.float64), onto.astype(np.float64)
    centre = y.mean(0)
    x, y = x - x.mean(0), y - centre
    u, _, v = np.linalg.svd(x.T @ y)
    size = np.linalg.norm(x)
    scale = np.linalg.norm(y) / size if size > 0 else 0.0
    return (scale * x @ (u @ v) + centre).astype(np.float32)


def _frames(checkpoint: Checkpoint) -> tuple[Checkpoint, np.ndarray, np.ndarray] | None:
    """(checkpoint, epochs (T,), codes (T, N, 2 or 3))."""
    from safetensors import SafetensorError

    try:
        found = tensors.load((checkpoint.folder / "film.safetensors").read_bytes())
        epochs, codes = found["epochs"], found["codes"].astype(np.float32)
        codes *= found.get(f"codes{tensors.SCALE}", np.ones((len(codes), 1, 1))).astype(np.float32)
    except (OSError, SafetensorError, KeyError, ValueError):
        return None
    fits = codes.ndim == 3 and codes.shape[2] in (2, 3) and epochs.shape == codes.shape[:1] and len(codes)
    return (checkpoint, epochs.astype(np.int64), codes) if fits and np.isfinite(codes).all() else None


def _stages(checkpoint: Checkpoint, epochs: np.ndarray, several: bool) -> list[str]:
    model, total = codec_of(checkpoint), max(1, checkpoint.preset.train.epochs)
    if isinstance(model, Staged):
        return [f"pretraining, {model.stage(max(0.0, epoch - 0.5) / total).name}" for epoch in epochs]
    return ["fine-tuning" if several or checkpoint.preset.origin else "training"] * len(epochs)


def _errors(checkpoint: Checkpoint, epochs: np.ndarray) -> np.ndarray:
    """Reconstruction error after each epoch; a long history is thinned, so between its lines it is interpolated."""
    lines = [(line["epoch"], line["reconstruction"]) for line in checkpoint.history() if "reconstruction" in line]
    if not lines:
        return np.full(len(epochs), np.nan, np.float32)
    at, values = np.array(lines, np.float64).T
    return np.interp(epochs, at, values, left=np.nan).astype(np.float32)


def _spread(frame: np.ndarray) -> float:
    return float(np.linalg.norm(frame - frame.mean(0)))


def _origin(checkpoint: Checkpoint) -> Checkpoint | None:
    """The checkpoint that this one's weights started from, where it is a preset's and is here."""
    try:
        before = models.origin_of(checkpoint.preset)
        if before is None:
            return None
        return checkpoints.load(checkpoint_name(before, checkpoint.manifest.data_fingerprint))
    except (CheckpointError, SettingError):
        return None
