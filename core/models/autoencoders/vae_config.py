"""The settings of variational autoencoders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.config.fields import check_settings, require, setting
from core.data.base import Kind


@dataclass(frozen=True)
class VAEConfig:
    """Encoder D - layers - latent (mean and log-variance), and back."""

    event_shape: tuple[int, ...]  # of one example; D is the product
    layers: tuple[int, ...] = (200, 200)  # from the data to the code; conv: channels of each, then one dense layer
    latent: int = setting(2, "Latent dimensions.", low=1, high=1_000)
    likelihood: Literal["bernoulli", "gaussian", "levels"] = setting(
        "bernoulli", "Likelihood of a pixel: Bernoulli, Gaussian, or categorical over its levels."
    )
    levels: int = setting(256, "Levels per pixel (levels only).", low=2, high=256)
    scale: Literal["one", "each"] = setting(
        "one", "Learned variance (gaussian only): shared by all pixels, or one per pixel."
    )
    net: Literal["dense", "conv"] = setting("dense", "Dense layers, or convolutions of stride 2.")
    units: Literal["tanh", "relu", "gelu"] = setting("tanh", "Activation function of the hidden layers.")
    objective: Literal["elbo", "iwae", "tc"] = setting(
        "elbo",
        "Training objective: the ELBO, the tighter importance-weighted bound, or the ELBO whose β weighs the "
        "total correlation of the code alone (β-TCVAE).",
    )
    samples: int = setting(1, "Samples of z per example at each update.", low=1, high=1_000)
    beta: float = setting(
        1.0,
        "Weight of the KL term, or of its total correlation (tc); a bound on log p(x) only at 1.",
        low=0,
        high=1_000,
    )
    free_bits: float = setting(0.0, "Nats per dimension that the KL term leaves free (elbo only).", low=0, high=100)
    warmup: int = setting(0, "Updates over which β rises from 0 (KL annealing).", low=0, high=10_000_000)

    def __post_init__(self) -> None:
        check_settings(self)
        require(all(1 <= n <= 20_000 for n in self.layers), "layers", self.layers, "1 to 20,000 each")
        require(
            self.objective == "elbo" or not self.free_bits,
            "free_bits",
            self.free_bits,
            f"0 with objective {self.objective}",
        )
        if self.net == "conv":
            require(len(self.event_shape) == 2, "net", self.net, "'dense' for examples that are not images")
            require(len(self.layers) >= 2, "layers", self.layers, "the channels of convolutions, then a dense layer")

    @property
    def accepts(self) -> tuple[Kind, ...]:
        """The kinds of data that the model takes. Greys stand for bits that are drawn with their probability."""
        kinds = {"bernoulli": ("binary", "grey"), "gaussian": ("real",), "levels": ("levels",)}
        return kinds[self.likelihood]

    @property
    def outputs(self) -> int:
        """Numbers that the decoder gives for each pixel."""
        return self.levels if self.likelihood == "levels" else 1
