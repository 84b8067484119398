"""Presets of variational autoencoders."""

from __future__ import annotations

from dataclasses import replace

from core.config.presets import Preset, TrainConfig
from core.models.autoencoders.vae_config import VAEConfig

_SMOOTH = TrainConfig(optimiser="adam", lr_schedule="cosine", lr=0.001, average=0.999, precision="bfloat16")
_SMALL = replace(_SMOOTH, epochs=300, batch_size=50, lr=0.002, average=0.99, precision="float32")

_MNIST = VAEConfig((28, 28), layers=(400, 400), units="gelu")
_DIGITS = VAEConfig((8, 8), layers=(128, 64), units="gelu")


def _preset(
    name: str, title: str, view: str, config: VAEConfig, train: TrainConfig, data: str = "", origin: str = ""
) -> Preset:
    return Preset(name, title, "vae", data or name.split("-")[0], view, config, train, origin=origin)


PRESETS = (
    _preset(
        "mnist-vae-2",
        "MNIST · VAE, 2-D",
        "dynamic",
        _MNIST,
        replace(_SMOOTH, epochs=100, batch_size=100),
    ),
    _preset(
        "mnist-vae-50",
        "MNIST · VAE, 50-D",
        "dynamic",
        replace(_MNIST, latent=50),
        replace(_SMOOTH, epochs=300, batch_size=100),
    ),
    _preset(
        "mnist-iwae-50",
        "MNIST · IWAE, 50-D, k = 5",
        "dynamic",
        replace(_MNIST, latent=50, objective="iwae", samples=5),
        replace(_SMOOTH, epochs=40, batch_size=100, lr=0.0005),
        origin="mnist-vae-50",
    ),
    _preset("digits-vae-2", "Digits 8×8 · VAE, 2-D", "grey", _DIGITS, _SMALL),
    _preset(
        "digits-vae-levels",
        "Digits 8×8 · VAE, 10-D, categorical likelihood",
        "levels-17",
        replace(_DIGITS, latent=10, likelihood="levels", levels=17, units="tanh"),
        replace(_SMALL, epochs=80, weight_decay=0.1),  # 17 numbers a pixel are soon learned by heart
    ),
    *(
        _preset(
            f"digits-vae-beta-{beta:g}",
            f"Digits 8×8 · VAE, 10-D, β = {beta:g}",
            "standardised",
            replace(_DIGITS, latent=10, likelihood="gaussian", beta=beta),
            _SMALL,
        )
        for beta in (0.1, 1.0, 4.0, 20.0)  # from a code in full use to one that says nothing
    ),
    _preset(
        "sprites-vae-10",
        "Sprites · Convolutional VAE, 10-D",
        "grey",
        VAEConfig((32, 32), layers=(32, 64, 64, 256), latent=10, net="conv", units="relu", beta=4.0, warmup=2_000),
        replace(_SMOOTH, epochs=100, batch_size=100),
    ),
    _preset(
        "faces-vae",
        "Face patches · Convolutional VAE, 30-D",
        "standardised",
        VAEConfig(
            (25, 25), layers=(32, 64, 64, 256), latent=30, likelihood="gaussian", net="conv", units="relu", warmup=2_000
        ),
        replace(_SMOOTH, epochs=60, batch_size=100),
        data="face-patches",
    ),
)
