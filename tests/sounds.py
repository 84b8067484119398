"""Small models of recordings as a training begins: what the tests of the page Sound open."""

from pathlib import Path

import torch
import untrained

from core import data, evaluation, models
from core.data.preprocessing import preprocess
from core.store.checkpoints import Checkpoint

KINDS = {
    "tones": ("tones-wavenet", {"layers": "8", "stacks": "2", "channels": "8", "skip": "12"}),
    "spoken": ("fsdd-wavenet", {"layers": "6", "stacks": "1", "channels": "6", "skip": "10"}),
}
BASELINES = {
    "gru": ("fsdd-gru", {"width": "8", "embedding": "4", "hidden": "6"}),
    "linear": ("fsdd-lpc", {"order": "6"}),
}
BITS = {"gru": 5.5, "linear": 6.25}


def make(folder: Path, kind: str) -> Checkpoint:
    """One of these, in `folder`: weights as a training begins, with noise on all that would be zero."""
    preset = untrained.tiny(kind, *(KINDS | BASELINES)[kind])
    dataset = data.load_test(preset.dataset)
    shown = preprocess(dataset, preset.view, "test")
    model = models.build(preset.family, preset.model).eval()
    model.start_from(shown.values[:20].float())
    untrained.add_noise(model, 0.2, torch.Generator().manual_seed(1))
    portrait = {"reach.left": torch.tensor([0, 16]).int(), "reach.nats": torch.tensor([5.0, 4.0])}
    bits, name = BITS.get(kind, 5.25), f"{preset.dataset} test"
    score = evaluation.Score("test bits per sample", bits, "bits/sample", "exact", name)
    return untrained.save(folder, preset, dataset, shown, model, portrait, score)


def shelf(folder: Path, *kinds: str) -> dict[str, Checkpoint]:
    """All of them, or those that are named."""
    return {kind: make(folder, kind) for kind in kinds or KINDS | BASELINES}
