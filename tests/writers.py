"""Small models of Python's help as a training begins: what the tests of the page Next token open. They are there in a
moment."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import numpy as np
import torch
import untrained

from core import data, evaluation, models
from core.data.preprocessing import preprocess
from core.evaluation import language
from core.models.training_protocols import StartsFromText
from core.store.checkpoints import Checkpoint
from pages.shared import codec

KINDS = {
    "ngram": ("help-ngram", {"order": "3"}),
    "lstm": ("help-lstm", {"width": "12", "embedding": "8"}),
    "gru": ("help-gru", {"width": "10", "embedding": "8"}),
    "transformer": ("help-transformer", {"width": "12", "layers": "2", "heads": "2", "span": "48"}),
    "pairs": ("help-transformer-pairs", {"width": "8", "layers": "1", "heads": "2", "span": "48"}),
}


def make(folder: Path, kind: str) -> Checkpoint:
    """One of `KINDS`, in `folder`: weights as a training begins, with noise on them so that texts are told apart."""
    preset = untrained.tiny(kind, *KINDS[kind])
    dataset = data.load(preset.dataset)
    shown = preprocess(dataset, preset.view, "train")
    model = models.build(preset.family, preset.model).eval()
    if isinstance(model, StartsFromText):
        model.start_from_text(shown.stream()[:20_000])
    untrained.add_noise(model, 0.3, torch.Generator().manual_seed(1))
    subject = evaluation.Subject(model, dataset, preset.view, thorough=False)
    with mock.patch.object(language, "PLACES", 8):
        portrait = evaluation.summary_tensors(subject)
    scores = [
        evaluation.Score("nats a character", 3.5, "nats/char", "exact", "help test"),
        evaluation.Score("bits a character", 5.05, "bits/char", "exact", "help test"),
    ]
    return untrained.save(folder, preset, dataset, shown, model, portrait, *scores)


def shelf(folder: Path, *kinds: str) -> dict[str, Checkpoint]:
    """All of them, or those that are named."""
    return {kind: make(folder, kind) for kind in kinds or KINDS}


def messages(rest: bytes) -> Iterator[tuple[dict, dict[str, np.ndarray]]]:
    """The messages of a stream: header and planes of each."""
    while rest:
        line = rest[: rest.index(b"\n") + 1]
        planes = json.loads(line)["planes"]
        size = len(line) + sum(np.dtype(codec._TYPES[p["type"]]).itemsize * math.prod(p["shape"]) for p in planes)
        yield codec.unpack(rest[:size])
        rest = rest[size:]
