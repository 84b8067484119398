"""Presets of semi-supervised variational autoencoders."""

from __future__ import annotations

from dataclasses import replace

from core.config.presets import Preset, TrainConfig
from core.models.autoencoders.ssvae_config import SSVAEConfig

_TRAIN = TrainConfig(optimiser="adam", lr_schedule="cosine", lr=0.002, average=0.99, epochs=200, batch_size=50)
_LONG = replace(_TRAIN, epochs=15, batch_size=100, average=0.999, precision="bfloat16", validation=0.1)

_DIGITS = SSVAEConfig((8, 8), layers=(128,), classifier=(128, 64), latent=8, consistency=5.0)
_MNIST = SSVAEConfig((28, 28), layers=(300,), classifier=(600, 300), latent=20, consistency=3.0, radius=2.0)

PRESETS = (
    Preset("digits-ssvae", "Digits 8×8 · Semi-supervised VAE, 100 labels", "ssvae", "digits", "grey", _DIGITS, _TRAIN),
    Preset(
        "mnist-ssvae-100",
        "MNIST · Semi-supervised VAE, 100 labels",
        "ssvae",
        "mnist",
        "grey",
        _MNIST,
        _LONG,
    ),
    Preset(
        "mnist-ssvae-100-stacked",
        "MNIST · Semi-supervised VAE on a VAE (M1+M2), 100 labels",
        "ssvae",
        "mnist",
        "grey",
        replace(_MNIST, latent=10, consistency=1.0, radius=1.0, m1_latent=50),
        _LONG,
        origin="mnist-vae-50",
    ),
)
