"""Checkpoints of small models as a training begins."""

import dataclasses
from pathlib import Path

import torch
from torch import Generator, Tensor, nn

from core import models
from core.config.presets import Preset
from core.config.score import Score
from core.data.base import Dataset
from core.data.preprocessing import PreprocessedSplit
from core.store import checkpoints
from core.store.checkpoints import Checkpoint


def tiny(kind: str, name: str, settings: dict[str, str]) -> Preset:
    """The preset `name` with these settings, called after its kind."""
    return dataclasses.replace(models.preset(name).override(settings), name=f"tiny-{kind}", title=f"Tiny: {kind}")


def add_noise(model: nn.Module, scale: float, generator: Generator) -> None:
    """Noise on all weights, so that nothing is zero by luck; they are not trained."""
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn(p.shape, generator=generator) * scale)
    model.requires_grad_(False)


def save(
    folder: Path,
    preset: Preset,
    dataset: Dataset,
    shown: PreprocessedSplit,
    model: nn.Module,
    portrait: dict[str, Tensor],
    *scores: Score,
) -> Checkpoint:
    """Its checkpoint in `folder`."""
    weights = dict(model.state_dict()) | {"view.shift": shown.shift, "view.scale": shown.scale}
    if shown.vocabulary is not None:
        weights["view.vocabulary"] = torch.from_numpy(shown.vocabulary.to_bytes().copy())
    run = {
        "preset": preset.to_json(),
        "title": preset.title,
        "data_fingerprint": dataset.fingerprint,
        "data_title": dataset.title,
        "class_names": list(dataset.class_names),
        "kind": shown.kind,
        "device": "CPU",
        "precision": "float32",
        "seconds": 0.1,
        "scores": [score.to_json() for score in scores],
    }
    return checkpoints.save(folder / f"{preset.name}-00000000", weights, portrait, run, [])
