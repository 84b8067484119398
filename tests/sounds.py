"""Small models of recordings as a training begins: what the tests of the page Sound open."""

import dataclasses
from pathlib import Path

import torch

from core import data, evaluation, models
from core.data.preprocessing import preprocess
from core.store import checkpoints
from core.store.checkpoints import Checkpoint

KINDS = {
    "tones": ("tones-wavenet", {"layers": "8", "stacks": "2", "channels": "8", "skip": "12"}),
    "spoken": ("fsdd-wavenet", {"layers": "6", "stacks": "1", "channels": "6", "skip": "10"}),
}


def make(folder: Path, kind: str) -> Checkpoint:
    """One of `KINDS`, in `folder`: weights as a training begins, with noise on all that would be zero."""
    name, settings = KINDS[kind]
    preset = dataclasses.replace(models.preset(name).override(settings), name=f"tiny-{kind}", title=f"Tiny: {kind}")
    dataset = data.load_test(preset.dataset)
    shown = preprocess(dataset, preset.view, "test")
    model, generator = models.build(preset.family, preset.model).eval(), torch.Generator().manual_seed(1)
    with torch.no_grad():
        model.start_from(shown.values[:20].float())
        for p in model.parameters():
            p.add_(torch.randn(p.shape, generator=generator) * 0.2)
    model.requires_grad_(False)
    weights = dict(model.state_dict()) | {"view.shift": shown.shift, "view.scale": shown.scale}
    scores = [evaluation.Score("test bits per sample", 5.25, "bits/sample", "exact", f"{preset.dataset} test")]
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
    portrait = {"reach.left": torch.tensor([0, 16]).int(), "reach.nats": torch.tensor([5.0, 4.0])}
    return checkpoints.save(folder / f"tiny-{kind}-00000000", weights, portrait, run, [])


def shelf(folder: Path, *kinds: str) -> dict[str, Checkpoint]:
    """All of them, or those that are named."""
    return {kind: make(folder, kind) for kind in kinds or KINDS}
