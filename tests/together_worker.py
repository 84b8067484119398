"""What each of two processes does for test_together.py: train the smallest model of each kind, all in one launch."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file

from core import models
from core.config.presets import Preset, TrainConfig
from core.data import load
from core.data.preprocessing import PreprocessedSplit, preprocess
from core.numerics.processes import joined
from core.training import TrainState, fit

# by the ways in which a gradient comes about, and in which numbers are drawn; 12 examples an update, 5 updates
CASES = {
    "rbm-pcd": "bars-rbm hidden=6 chains=10",
    "rbm-cd": "digits-rbm hidden=6 negative=cd steps=2 centred=false",
    "rbm-pt": "bars-rbm hidden=6 negative=pt chains=10 temperatures=3",
    "rbm-gaussian": "digits-rbm view=standardised visible=gaussian learn_variance=true hidden=6 chains=10 lr=0.001",
    "rbm-softmax": "topics-rbm hidden=4",
    "crbm": "digits-crbm filters=4 chains=10 steps=1 sparsity_cost=1",
    "stack": "digits-dbn layers=6x4 chains=10 negative=pcd labels=10 code=binary tied=false",
    "dbm": "digits-dbm layers=6x4 chains=10",
    "dbm-classes": "digits-dbm-classes layers=6x4 chains=10",
    "autoencoder": "digits-autoencoder-2-random layers=8x2 noise=0.1 masked=0.2",
    "vae": "digits-vae-2 layers=8 latent=2",
    "vae-free-bits": "digits-vae-2 layers=8 latent=2 free_bits=0.1",
    "made": "digits-made layers=8",
    "nade": "digits-nade-17 layers=8",
    "pixelcnn": "digits-pixelcnn-17-classes",
    "pixelrnn": "digits-pixelrnn-17-row hidden=4 layers=1",
    "ngram": "help-ngram order=2",
    "recurrent": "help-gru width=8 embedding=4 layers=2 dropout=0.2",
    "transformer": "help-transformer width=8 heads=2 layers=1 dropout=0.2",
    "prototypical": "omniglot-prototypical dataset=digits event_shape=8x8 channels=4x4 pools=1",
}
STOP = 3  # update after which the state is saved


def preset_of(case: str) -> tuple[Preset, PreprocessedSplit]:
    """The preset of a case, and its few examples."""
    name, *settings = CASES[case].split()
    preset = models.preset(name).override({"origin": "", **dict(pair.split("=", 1) for pair in settings)})
    train = preset.train
    config = TrainConfig(
        epochs=5, batch_size=12, optimiser=train.optimiser, lr=train.lr, average=0.9, momentum=train.momentum, clip=1.0
    )
    shown = preprocess(load(preset.dataset), preset.view)
    return replace(preset, train=config), shown.take(torch.arange(15))


def main(folder: Path) -> None:
    """Train every case twice: from its beginning, saving on the way, and from the state that one process left."""
    with joined() as processes:
        assert processes.count == 2
        for case in CASES:
            preset, train = preset_of(case)
            whole = TrainState(
                models.build(preset.family, preset.model), preset.train, 0, torch.device("cpu"), processes
            )
            losses = []
            for progress in fit(whole, train, report_every=0):
                losses.append(progress.loss)
                if progress.step == STOP and processes.is_first:
                    whole.save(folder / case / "two")
            resumed = TrainState(
                models.build(preset.family, preset.model, 1), preset.train, 9, torch.device("cpu"), processes
            )
            resumed.load(folder / case / "one")
            for _ in fit(resumed, train):
                pass
            if processes.is_first:
                save_file(whole.last(), folder / case / "whole.safetensors")
                save_file(resumed.last(), folder / case / "resumed.safetensors")
                (folder / case / "losses.json").write_text(json.dumps(losses))
        processes.agree(None)  # as trainings end: nobody leaves while the first one still writes


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    os._exit(0)  # as core/__main__.py does, and why
