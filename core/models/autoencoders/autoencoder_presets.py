"""Presets of deep autoencoders: pretrained nets, and the same nets trained in other ways."""

from __future__ import annotations

from dataclasses import replace

from core.config.presets import Preset, TrainConfig
from core.models.autoencoders.autoencoder_config import AutoencoderConfig

PLAIN_LR = 0.01

_TUNE = TrainConfig(optimiser="adam", lr_schedule="cosine", lr=0.001, precision="bfloat16", average=0.999)
_TUNE_SMALL = TrainConfig(epochs=300, batch_size=50, optimiser="adam", lr_schedule="cosine", lr=0.002, average=0.99)


def _with_variants(preset: Preset) -> tuple[Preset, ...]:
    """A pretrained net, and the same net trained in other ways."""
    name, (what, _, _) = preset.name, preset.title.partition(", pretrained")
    plain = replace(preset.train, optimiser="sgd", lr=PLAIN_LR, momentum=0.9)
    random = replace(
        preset,
        name=f"{name}-random",
        title=f"{what}, random initialisation",
        origin="",
        variant_of=name,
        variant="random initialisation",
    )
    return (
        preset,
        random,
        replace(
            random,
            name=f"{name}-modern",
            title=f"{what}, GELU",
            variant="GELU",
            model=replace(preset.model, units="gelu"),
        ),
        replace(
            random,
            name=f"{name}-plain",
            title=f"{what}, plain SGD",
            variant="plain SGD",
            model=replace(preset.model, first_weights="small"),
            train=plain,
        ),
    )


PRESETS = (
    *_with_variants(
        Preset(
            "mnist-autoencoder-30",
            "MNIST · Autoencoder, 30-D, pretrained",
            "autoencoder",
            "mnist",
            "grey",
            AutoencoderConfig((28, 28)),
            replace(_TUNE, epochs=240, batch_size=200, warp=0.05),
            origin="mnist-stack-30",
        )
    ),
    Preset(
        "mnist-autoencoder-2",
        "MNIST · Autoencoder, 2-D, pretrained",
        "autoencoder",
        "mnist",
        "grey",
        AutoencoderConfig((28, 28), layers=(1000, 500, 250, 2)),
        replace(_TUNE, epochs=60, batch_size=200),
        origin="mnist-stack-2",
    ),
    *_with_variants(
        Preset(
            "digits-autoencoder-2",
            "Digits 8×8 · Autoencoder, 2-D, pretrained",
            "autoencoder",
            "digits",
            "grey",
            AutoencoderConfig((8, 8), layers=(256, 128, 64, 2), noise=0.2),
            _TUNE_SMALL,
            origin="digits-stack-2",
        )
    ),
    Preset(
        "digits-autoencoder-16",
        "Digits 8×8 · Autoencoder, 16-D, pretrained",
        "autoencoder",
        "digits",
        "grey",
        AutoencoderConfig((8, 8), layers=(256, 128, 64, 16)),
        _TUNE_SMALL,
        origin="digits-stack-16",
    ),
    *_with_variants(
        Preset(
            "topics-autoencoder-2",
            "Python reference · Autoencoder, 2-D, pretrained",
            "autoencoder",
            "topics",
            "as-is",
            AutoencoderConfig((1000,), layers=(256, 64, 2), output="softmax", masked=0.3),
            replace(_TUNE_SMALL, epochs=100, batch_size=20, lr=0.001),
            origin="topics-stack-2",
        )
    ),
    Preset(
        "newsgroups-autoencoder-10",
        "20 newsgroups · Autoencoder, 10-D, pretrained",
        "autoencoder",
        "newsgroups",
        "as-is",
        AutoencoderConfig((2000,), layers=(500, 250, 125, 10), output="softmax"),
        replace(_TUNE_SMALL, epochs=50, batch_size=100, lr=0.001),
        origin="newsgroups-stack-10",
    ),
    *_with_variants(
        Preset(
            "curves-autoencoder-6",
            "Curves · Autoencoder, 6-D, pretrained",
            "autoencoder",
            "curves",
            "grey",
            AutoencoderConfig((28, 28), layers=(400, 200, 100, 50, 25, 6)),
            replace(_TUNE, epochs=150, batch_size=100, lr=0.002, warp=0.05),
            origin="curves-stack-6",
        )
    ),
    *_with_variants(
        Preset(
            "faces-autoencoder-30",
            "Face patches · Autoencoder, 30-D, pretrained",
            "autoencoder",
            "face-patches",
            "standardised",
            AutoencoderConfig((25, 25), layers=(800, 400, 150, 30), output="gaussian"),
            replace(_TUNE, epochs=60, batch_size=100, warp=0.05),
            origin="faces-stack-30",
        )
    ),
)
