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
    latent: int = setting(2, "Numbers in a code.", low=1, high=1_000)
    likelihood: Literal["bernoulli", "gaussian", "levels"] = setting(
        "bernoulli", "What the decoder describes: binary pixels, real values, or each level of a pixel on its own."
    )
    levels: int = setting(256, "How many levels a pixel has (levels only).", low=2, high=256)
    scale: Literal["one", "each"] = setting("one", "Learned spread (gaussian only): one for all pixels, or one each.")
    net: Literal["dense", "conv"] = setting("dense", "Layers: dense, or convolutions that halve the picture each.")
    units: Literal["tanh", "relu", "gelu"] = setting("tanh", "Units of the layers between.")
    objective: Literal["elbo", "iwae"] = setting(
        "elbo", "The bound that is raised: the ELBO, or the importance-weighted one, which is tighter."
    )
    samples: int = setting(1, "Codes drawn for an example at each update.", low=1, high=1_000)
    beta: float = setting(1.0, "Weight of the KL; other than 1 it is no bound.", low=0, high=1_000)
    free_bits: float = setting(
        0.0, "KL of each dimension, in nats, below which it costs nothing more to use it (elbo only).", low=0, high=100
    )
    warmup: int = setting(0, "Updates over which the weight of the KL rises to beta.", low=0, high=10_000_000)

    def __post_init__(self) -> None:
        check_settings(self)
        require(all(1 <= n <= 20_000 for n in self.layers), "layers", self.layers, "1 to 20,000 each")
        require(self.objective == "elbo" or not self.free_bits, "free_bits", self.free_bits, "0 where iwae is raised")
        if self.net == "conv":
            require(len(self.event_shape) == 2, "net", self.net, "'dense' for examples that are no pictures")
            require(len(self.layers) >= 2, "layers", self.layers, "channels of one convolution or more, a dense layer")

    @property
    def accepts(self) -> tuple[Kind, ...]:
        """The kinds of data that the model takes. Greys stand for bits that are drawn with their probability."""
        kinds = {"bernoulli": ("binary", "grey"), "gaussian": ("real",), "levels": ("levels",)}
        return kinds[self.likelihood]

    @property
    def outputs(self) -> int:
        """Numbers that the decoder gives for each pixel."""
        return self.levels if self.likelihood == "levels" else 1
