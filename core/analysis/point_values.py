"""A number for each point of a map, to colour it by: the activation of a unit, or what the model says of the example.
Points are taken in parts, so that whoever waits sees how far it is."""

from __future__ import annotations

import numpy as np
import torch
from torch import Generator

from core.analysis import example_scores
from core.analysis.checkpoint_codec import codec_of
from core.analysis.embedding import EmbeddedDataset
from core.analysis.example_scores import ERROR, ExampleScore
from core.config.fields import require
from core.models.capabilities import HasLayers
from core.representations.catalogue import CODES, layers_of
from core.store.checkpoints import Checkpoint

PART = 500  # points that are computed together
_LARGEST = float(np.finfo(np.float16).max)


def scores_of(checkpoint: Checkpoint) -> list[ExampleScore]:
    """What the model says of each example, beside the error of its reconstruction, which every map has."""
    return [score for score in example_scores.available(checkpoint) if score != ERROR]


@torch.no_grad()
def activations(embedded: EmbeddedDataset, layer: str, first: int) -> np.ndarray:
    """Activations of all units of a layer (of `layers_of`), of the `PART` points from `first` on: (m, units) float16.
    Raises `SettingError` for a layer that the model does not have."""
    known = layers_of(embedded.checkpoint)
    require(layer in known, "layer", layer, f"one of {', '.join(known)}")
    rows = slice(first, first + PART)
    found = embedded.codes[rows]
    if layer not in CODES:
        model = codec_of(embedded.checkpoint)
        assert isinstance(model, HasLayers)  # else it has no other layer
        x = torch.from_numpy(embedded.values[rows])
        found = next(u for name, u in model.activations(x) if name == layer).float().numpy()
    return found.clip(-_LARGEST, _LARGEST).astype(np.float16)


@torch.no_grad()
def scores(embedded: EmbeddedDataset, name: str, first: int) -> np.ndarray:
    """The score `name` (of `scores_of`) of the `PART` points from `first` on: (m, 1) float32. Codes that it draws
    depend on the part alone. Raises `SettingError` for a score that the model does not have."""
    known = [score.name for score in scores_of(embedded.checkpoint)]
    require(name in known, "score", name, f"one of {', '.join(known) or 'none'}")
    rows = slice(first, first + PART)
    labels = None if embedded.labels is None else torch.from_numpy(embedded.labels[rows])
    x, generator = torch.from_numpy(embedded.values[rows]), Generator().manual_seed(embedded.seed + first)
    model = codec_of(embedded.checkpoint)
    each = example_scores.score_batch(embedded.checkpoint, model, name, x, labels, generator)
    return each.float().numpy()[:, None]
