"""Presets of RBM stacks."""

from __future__ import annotations

from dataclasses import replace

from core.config.presets import Preset, TrainConfig
from core.models.boltzmann.config import RBMStackConfig

_DEEP = {"code": "binary", "negative": "pcd", "steps": 5, "centred": True, "propagate": "draws", "tied": True}

_PAPER = TrainConfig(lr=0.1, lr_schedule="constant", momentum=0.9, weight_decay=0.0002, precision="bfloat16")
_SMALL = TrainConfig(
    epochs=200, batch_size=20, lr=0.05, lr_schedule="linear", lr_hold=0.5, momentum=0.9, weight_decay=0.0002
)

PRESETS = (
    Preset(
        "mnist-stack-30",
        "MNIST · RBM stack, 30-D",
        "stack",
        "mnist",
        "grey",
        RBMStackConfig((28, 28)),
        replace(_PAPER, epochs=40, batch_size=100),
    ),
    Preset(
        "mnist-stack-2",
        "MNIST · RBM stack, 2-D",
        "stack",
        "mnist",
        "grey",
        RBMStackConfig((28, 28), layers=(1000, 500, 250, 2)),
        replace(_PAPER, epochs=40, batch_size=100),
    ),
    Preset(
        "mnist-dbn",
        "MNIST · Deep belief network",
        "stack",
        "mnist",
        "dynamic",
        RBMStackConfig((28, 28), layers=(500, 2000), frozen_first=1, **_DEEP),
        TrainConfig(epochs=15, lr=0.05, average=0.9995, precision="bfloat16"),
        origin="mnist-rbm",
    ),
    Preset(
        "digits-dbn",
        "Digits 8×8 · Deep belief network, class-conditional",
        "stack",
        "digits",
        "threshold",
        RBMStackConfig((8, 8), layers=(256, 256), labels=10, **_DEEP),
        TrainConfig(epochs=300, batch_size=50, lr=0.5, weight_decay=0.001, average=0.999),
    ),
    Preset(
        "digits-dbm-stack",
        "Digits 8×8 · RBM stack with doubled weights, for a deep Boltzmann machine",
        "stack",
        "digits",
        "threshold",
        RBMStackConfig(
            (8, 8),
            layers=(64, 64),
            code="binary",
            doubled=True,
            negative="pcd",
            steps=5,
            centred=True,
            propagate="draws",
        ),
        TrainConfig(epochs=200, batch_size=50, lr=0.2, weight_decay=0.001, average=0.999),
    ),
    Preset(
        "digits-stack-2",
        "Digits 8×8 · RBM stack, 2-D",
        "stack",
        "digits",
        "grey",
        RBMStackConfig((8, 8), layers=(256, 128, 64, 2), reconstructions="means", code_lr=0.1),
        _SMALL,
    ),
    Preset(
        "digits-stack-16",
        "Digits 8×8 · RBM stack, 16-D",
        "stack",
        "digits",
        "grey",
        RBMStackConfig((8, 8), layers=(256, 128, 64, 16), reconstructions="means", code_lr=0.1),
        _SMALL,
    ),
    Preset(
        "topics-stack-2",
        "Python reference · RBM stack, 2-D",
        "stack",
        "topics",
        "as-is",
        RBMStackConfig((1000,), layers=(256, 64, 2), visible="softmax", reconstructions="means", code_lr=0.1),
        replace(_SMALL, epochs=300, lr=0.03),
    ),
    Preset(
        "newsgroups-stack-10",
        "20 newsgroups · RBM stack, 10-D",
        "stack",
        "newsgroups",
        "as-is",
        RBMStackConfig((2000,), layers=(500, 250, 125, 10), visible="softmax", reconstructions="means", code_lr=0.1),
        replace(_SMALL, epochs=200, batch_size=100, lr=0.02),
    ),
    Preset(
        "curves-stack-6",
        "Curves · RBM stack, 6-D",
        "stack",
        "curves",
        "grey",
        RBMStackConfig((28, 28), layers=(400, 200, 100, 50, 25, 6), reconstructions="means", code_lr=0.1),
        replace(_SMALL, epochs=120, batch_size=100, precision="bfloat16"),
    ),
    Preset(
        "faces-stack-30",
        "Face patches · RBM stack, 30-D",
        "stack",
        "face-patches",
        "standardised",
        RBMStackConfig((25, 25), layers=(800, 400, 150, 30), visible="gaussian", reconstructions="means", code_lr=0.1),
        replace(_SMALL, epochs=40, batch_size=100, precision="bfloat16"),
    ),
)
