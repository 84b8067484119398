"""Small models of the digits as a training begins, beside shipped ones of the same bits: what the tests of reading
images open. They are there in a moment."""

import dataclasses
import shutil
from pathlib import Path

import torch

from core import data, evaluation, models
from core.data.preprocessing import preprocess
from core.store import checkpoints
from core.store.checkpoints import Checkpoint

KINDS = {
    "right": ("digits-made", {"layers": "128,128"}),
    "wrong": ("digits-made", {"layers": "128,128", "masks": "wrong"}),
    "classes": ("digits-made", {"layers": "48", "classes": "10"}),
    "nade": ("digits-nade", {"layers": "48"}),
    "levels": ("digits-pixelcnn-17", {"channels": "8", "layers": "2"}),
    "painter": ("digits-pixelcnn-17-classes", {"channels": "4", "layers": "2"}),
}
SHIPPED = {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}
BESIDE = ("digits-rbm-exact", "digits-vae-2", "digits-vae-levels", "digits-vae-beta-1", "digits-autoencoder-2")


def make(folder: Path, kind: str) -> Checkpoint:
    """One of `KINDS`, in `folder`: weights as a training begins, with noise on them so that nothing is zero by luck."""
    name, settings = KINDS[kind]
    preset = dataclasses.replace(models.preset(name).override(settings), name=f"tiny-{kind}", title=f"Tiny: {kind}")
    dataset = data.load(preset.dataset)
    shown = preprocess(dataset, preset.view, "train")
    model, generator = models.build(preset.family, preset.model).eval(), torch.Generator().manual_seed(1)
    model.start_from(shown.all(generator))
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn(p.shape, generator=generator) * 0.1)
    model.requires_grad_(False)
    weights = dict(model.state_dict()) | {"view.shift": shown.shift, "view.scale": shown.scale}
    subject = evaluation.Subject(model, dataset, preset.view, thorough=False)
    score = evaluation.Score("test log-probability", -30.0, "nats/image", "exact", "digits test")
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
        "scores": [score.to_json()],
    }
    return checkpoints.save(folder / f"tiny-{kind}-00000000", weights, evaluation.summary_tensors(subject), run, [])


def shelf(folder: Path) -> dict[str, Checkpoint]:
    """All of them, and copies of the shipped ones."""
    found = {kind: make(folder, kind) for kind in KINDS}
    for name in BESIDE:
        shutil.copytree(SHIPPED[name].folder, folder / SHIPPED[name].name)
        found[name] = checkpoints.load(folder / SHIPPED[name].name)
    return found
