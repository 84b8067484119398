"""Small models of the digits as a training begins, beside shipped ones of the same bits: what the tests of reading
images open. They are there in a moment."""

import shutil
from pathlib import Path

import torch
import untrained

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
    preset = untrained.tiny(kind, *KINDS[kind])
    dataset = data.load(preset.dataset)
    shown = preprocess(dataset, preset.view, "train")
    model, generator = models.build(preset.family, preset.model).eval(), torch.Generator().manual_seed(1)
    model.start_from(shown.all(generator))
    untrained.add_noise(model, 0.1, generator)
    subject = evaluation.Subject(model, dataset, preset.view, thorough=False)
    score = evaluation.Score("test log-probability", -30.0, "nats/image", "exact", "digits test")
    return untrained.save(folder, preset, dataset, shown, model, evaluation.summary_tensors(subject), score)


def shelf(folder: Path) -> dict[str, Checkpoint]:
    """All of them, and copies of the shipped ones."""
    found = {kind: make(folder, kind) for kind in KINDS}
    for name in BESIDE:
        shutil.copytree(SHIPPED[name].folder, folder / SHIPPED[name].name)
        found[name] = checkpoints.load(folder / SHIPPED[name].name)
    return found
