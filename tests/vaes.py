"""Small variational autoencoders of the digits, trained in seconds: what the tests of the latent space open."""

import dataclasses
from pathlib import Path

import pytest

from core import models
from core.jobs import worker
from core.store.checkpoints import Checkpoint


def train(folder: Path, name: str, **settings: str) -> Checkpoint:
    """A preset's checkpoint in `folder`, after a few epochs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(folder))
        return worker.train(models.preset(name).override({"epochs": "6", **settings}), "cpu")


def train_conv(folder: Path) -> Checkpoint:
    """One whose decoder is no plain chain of layers."""
    preset = models.preset("digits-vae-2")
    config = dataclasses.replace(preset.model, net="conv", layers=(4, 8, 16))
    train = dataclasses.replace(preset.train, epochs=30, lr=0.01)
    preset = dataclasses.replace(preset, name="tiny-conv", model=config, train=train)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(folder))
        return worker.train(preset, "cpu")
