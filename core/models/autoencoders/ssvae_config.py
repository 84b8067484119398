"""The settings of semi-supervised variational autoencoders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Generator, Tensor

from core.config.fields import check_settings, require, setting


@dataclass(frozen=True)
class SSVAEConfig:
    """q(z | x, y) with hidden `layers`, p(x | y, z) with the same in reverse, q(y | x) with `classifier` layers. Where
    `m1_latent` is not 0, x is the code of a trained VAE, M1, with hidden `m1_layers`."""

    event_shape: tuple[int, ...]
    layers: tuple[int, ...] = (200,)
    classifier: tuple[int, ...] = (200, 100)
    latent: int = setting(10, "Dimensions of the style z.", low=1, high=1_000)
    classes: int = setting(10, "Classes y, of which the data may use fewer.", low=2, high=1_000)
    labels: int = setting(100, "Training examples whose class is given, as many of each class.", low=1, high=1_000_000)
    labelled: float = setting(0.5, "Examples with a class in each update, as a share of the batch.", above=0, high=10)
    alpha: float = setting(10.0, "Weight of the cross-entropy of the given classes.", low=0, high=100_000)
    consistency: float = setting(0.0, "Weight of virtual adversarial training.", low=0, high=100_000)
    radius: float = setting(1.0, "Length of the adversarial perturbation.", above=0, high=1_000)
    units: Literal["tanh", "relu", "gelu"] = setting("gelu", "Activation function of the hidden layers.")
    m1_latent: int = setting(0, "Code size of the trained VAE below (M1+M2); 0: none (M2).", low=0, high=1_000)
    m1_layers: tuple[int, ...] = (400, 400)

    accepts = ("grey", "binary")  # greys stand for bits that are on with their probability

    def __post_init__(self) -> None:
        check_settings(self)
        for name in ("layers", "classifier", "m1_layers"):
            sizes = getattr(self, name)
            require(bool(sizes) and all(1 <= n <= 20_000 for n in sizes), name, sizes, "1 to 20,000 each")

    def labelled_rows(self, labels: Tensor | None, generator: Generator) -> Tensor:
        """Which of the examples with these classes (N,) the model is given the class of: (labels,), at random, one of
        each class in turn as long as there are any. Raises `SettingError` where there are too many or too few."""
        require(labels is not None, "labels", self.labels, "needs data with classes")
        present, which, counts = labels.unique(return_inverse=True, return_counts=True)
        found = int(labels.max()) + 1
        require(found <= self.classes, "classes", self.classes, f"at least the {found:,} of the data")
        require(len(present) > 1, "labels", self.labels, "needs data of two classes or more; these are of one class")
        require(self.labels >= len(present), "labels", self.labels, f"at least one of each of {len(present):,} classes")
        require(self.labels <= len(labels), "labels", self.labels, f"at most the {len(labels):,} training examples")
        order = torch.randperm(len(labels), generator=generator)
        by_class = order[which[order].argsort(stable=True)]
        turn = torch.arange(len(labels)) - (counts.cumsum(0) - counts).repeat_interleave(counts)
        first = torch.randperm(len(present), generator=generator)[which[by_class]]  # who comes first within a turn
        return by_class[(turn * len(present) + first).argsort()[: self.labels]]
