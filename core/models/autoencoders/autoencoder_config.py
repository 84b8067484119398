"""Sizes and choices of deep autoencoders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.config.fields import check_settings, require, setting
from core.data.base import Kind


@dataclass(frozen=True)
class AutoencoderConfig:
    """Encoder D - layers[0] - ... - code, and back."""

    event_shape: tuple[int, ...]  # of one example; D is the product
    layers: tuple[int, ...] = (1000, 500, 250, 30)  # the last is the size of the code
    output: Literal["bernoulli", "gaussian", "softmax"] = setting(
        "bernoulli", "Output of the decoder: binary or grey pixels, real values, or word counts."
    )
    units: Literal["sigmoid", "tanh", "relu", "gelu"] = setting("sigmoid", "Activation function of the hidden layers.")
    code: Literal["linear", "sigmoid"] = setting("linear", "Activation function of the code layer.")
    masked: float = setting(0.0, "Fraction of inputs set to zero in training (denoising).", low=0, below=1)
    noise: float = setting(
        0.0, "Standard deviation of Gaussian noise added to the inputs in training (denoising).", low=0, high=10
    )
    first_weights: Literal["scaled", "small"] = setting(
        "scaled",
        "Initialisation: scaled to the layer size (Glorot/He), or small as was usual before.",
        added=True,
    )
    code_cost: float = setting(0.0, "Weight of the L1 penalty on the code (sparsity).", low=0, high=1_000)

    def __post_init__(self) -> None:
        check_settings(self)
        require(
            bool(self.layers) and all(1 <= n <= 20_000 for n in self.layers), "layers", self.layers, "1 to 20,000 each"
        )

    @property
    def accepts(self) -> tuple[Kind, ...]:
        """The kinds of data that the autoencoder takes."""
        kinds = {"bernoulli": ("grey", "binary"), "gaussian": ("real",), "softmax": ("counts",)}
        return kinds[self.output]
