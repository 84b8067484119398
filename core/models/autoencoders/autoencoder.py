"""Deep autoencoders: an encoder of several layers to a small code, and its mirror image back.

With a linear code layer and nothing else they find what PCA finds; with layers between they go beyond it
(Hinton & Salakhutdinov 2006). Their weights start at random, or from a stack of RBMs unrolled: the encoder takes each
machine's weights, the decoder the same weights transposed, and back-propagation then tunes all of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.fields import require
from core.data.base import Kind
from core.models.autoencoders.autoencoder_config import AutoencoderConfig
from core.models.autoencoders.autoencoder_presets import PRESETS
from core.models.boltzmann.stack import RBMStack
from core.models.capabilities import OUTPUT_UNITS, DenseLayer, ImageGrid, Metric
from core.models.layer_sizes import narrow_layers
from core.numerics.matmul import ACTIVATIONS
from core.numerics.sampling import normal, uniform

__all__ = [
    "FAMILY",
    "FIRST_LOOK",
    "LOSS",
    "METRICS",
    "NAME",
    "PRESETS",
    "AutoencoderConfig",
    "Config",
    "DeepAutoencoder",
    "build",
    "refit",
]

FAMILY, NAME = "autoencoder", "autoencoder"
FIRST_LOOK = ("digits-autoencoder-2-modern", "topics-autoencoder-2-modern")

LOSS = Metric(
    "Training loss",
    "nats per example",
    "lower",
    "Cross-entropy for binary and grey pixels and for word counts, half the squared error for real values.",
)
METRICS = {
    "reconstruction": Metric(
        "Reconstruction error",
        "squared error per image",
        "lower",
        "Squared error summed over pixels, as in Hinton & Salakhutdinov 2006 (3.00 on MNIST with a 30-D code).",
    ),
    "cost": Metric("Reconstruction cost", "nats per example", "lower", "The loss on a fixed set of examples."),
}

SMALL = 0.01  # the largest of the small first weights


Config = AutoencoderConfig


class DeepAutoencoder(nn.Module):
    """Examples are (N, *event_shape), codes (N, layers[-1])."""

    whole_batches = False  # several processes may divide them

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        sizes = (math.prod(config.event_shape), *config.layers)
        self.encoder = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:], strict=False))
        self.decoder = nn.ModuleList(nn.Linear(b, a) for a, b in reversed(list(zip(sizes, sizes[1:], strict=False))))
        self.activation = ACTIVATIONS[config.units]

    @property
    def code_size(self) -> int:
        """Numbers of a code."""
        return self.config.layers[-1]

    def decoder_layers(self) -> list[DenseLayer]:
        """The decoder, from the code to the example."""
        units = [self.config.units] * (len(self.decoder) - 1) + [OUTPUT_UNITS[self.config.output]]
        return [DenseLayer(layer.weight, layer.bias, unit) for layer, unit in zip(self.decoder, units, strict=True)]

    def encode(self, x: Tensor) -> Tensor:
        """The code (N, layers[-1])."""
        return self._encode(self._inputs(x))

    def decode_logits(self, z: Tensor) -> Tensor:
        """What the decoder says before its last unit, (N, D): log-odds, means, or log-shares and a constant."""
        for layer in self.decoder[:-1]:
            z = self.activation(layer(z))
        return self.decoder[-1](z)

    def decode(self, z: Tensor) -> Tensor:
        """Means of the data (N, *event_shape): probabilities, values, or shares of the words."""
        return self._mean(self.decode_logits(z))

    def decode_from_layer(self, x: Tensor, layers: int) -> Tensor:
        """What comes back (N, *event_shape) when only the outer `layers` of the encoder and the decoder are used."""
        if layers == len(self.encoder):
            return self.decode(self.encode(x))
        u = self._inputs(x)
        for layer in self.encoder[:layers]:
            u = self.activation(layer(u))
        for layer in self.decoder[len(self.decoder) - layers : -1]:
            u = self.activation(layer(u))
        return self._mean(self.decoder[-1](u))

    @property
    def layer_sizes(self) -> dict[str, int]:
        """The encoder's hidden layers, the code, the decoder's hidden layers."""
        *hidden, code = self.config.layers
        up = {f"encoder-{i}": size for i, size in enumerate(hidden, 1)}
        return {**up, "code": code, **{f"decoder-{i}": size for i, size in enumerate(reversed(hidden), 1)}}

    def activations(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Each of these layers' units."""
        u = self._inputs(x)
        for i, layer in enumerate(self.encoder[:-1], 1):
            u = self.activation(layer(u))
            yield f"encoder-{i}", u
        u = self._code(u)
        yield "code", u
        for i, layer in enumerate(self.decoder[:-1], 1):
            u = self.activation(layer(u))
            yield f"decoder-{i}", u

    # -- learning -------------------------------------------------------------------------------

    @torch.no_grad()
    def start_from(self, x: Tensor) -> None:
        """Random weights as Glorot & Bengio 2010 draw them, or small ones; the last bias from the data's means."""
        generator = torch.Generator().manual_seed(0)
        linear = (self.encoder[-1], self.decoder[-1])  # under no unit of the layers between
        for layer in (*self.encoder, *self.decoder):
            out, into = layer.weight.shape
            gain = 4.0 if self.config.units == "sigmoid" and layer not in linear else 1.0
            limit = gain * math.sqrt(6 / (out + into)) if self.config.first_weights == "scaled" else SMALL
            layer.weight.copy_((torch.rand(out, into, generator=generator) * 2 - 1) * limit)
            layer.bias.zero_()
        mean = self._inputs(x).mean(0)
        bias = {"bernoulli": lambda m: m.clamp(1e-3, 1 - 1e-3).logit(), "softmax": lambda m: m.clamp_min(1e-6).log()}
        self.decoder[-1].bias.copy_(bias.get(self.config.output, lambda m: m)(mean))

    @torch.no_grad()
    def start_from_model(self, other: nn.Module) -> None:
        """Unroll a stack of RBMs. Raises `ValueError` where its layers are others.

        A machine of word counts sees D words, the encoder their shares: its first layer is made D times as large, for
        documents of the mean length (Hinton & Salakhutdinov 2006, supplement).
        """
        if not isinstance(other, RBMStack) or other.config.layers != self.config.layers:
            found = other.config.layers if isinstance(other, RBMStack) else type(other).__name__
            raise ValueError(f"layers={self.config.layers}: cannot be unrolled from {found}")
        for machine, up, down in zip(other.machines, self.encoder, reversed(self.decoder), strict=True):
            up.weight.copy_(machine.W.t())
            up.bias.copy_(machine.hidden_bias)
            down.weight.copy_(machine.W)
            down.bias.copy_(machine.visible_bias)
        if other.config.visible == "softmax":
            self.encoder[0].weight.mul_(other.length)
            self.encoder[0].bias.mul_(other.length)

    def loss(self, x: Tensor, generator: Generator) -> dict[str, Tensor]:
        """Reconstruction cost of examples x (N, *event_shape), a mean over them, plus what sparsity costs."""
        target = self._inputs(x)
        z = self._encode(self._corrupt(target, generator))
        loss = self._cost(self.decode_logits(z), target).mean()
        if self.config.code_cost:
            loss = loss + self.config.code_cost * z.abs().sum(1).mean()
        return {"loss": loss}

    def metrics(self, x: Tensor, generator: Generator) -> dict[str, float]:
        """Squared error summed over an example, and the cost."""
        z = self.encode(x)
        back = self.decode(z).flatten(1)
        return {
            "reconstruction": float((self._inputs(x) - back).square().sum(1).mean()),
            "cost": float(self._cost(self.decode_logits(z), self._inputs(x)).mean()),
        }

    def progress_images(self, x: Tensor, generator: Generator) -> list[ImageGrid]:
        """Reconstructions beside held-out examples, first-layer filters, and for a 2-D code the plane decoded."""
        shape = self.config.event_shape
        shown = self._inputs(x).view(x.shape)
        pairs = torch.stack([shown, self.decode(self.encode(x))], 1).flatten(0, 1)
        sheets = [
            ImageGrid(
                "reconstructions",
                "Reconstructions",
                pairs,
                signed=len(shape) != 2,
                about="Held-out examples, each followed by its reconstruction.",
            ),
            ImageGrid(
                "filters",
                "Filters",
                self.encoder[0].weight[:100].unflatten(1, shape),
                signed=True,
                about="Weights of the first layer's units.",
            ),
        ]
        if self.config.layers[-1] == 2:
            z = self.encode(x)
            low, high = z.amin(0), z.amax(0)
            steps = torch.linspace(0, 1, 12, device=z.device)
            grid = torch.stack(torch.meshgrid(steps, steps, indexing="ij"), -1).flatten(0, 1).flip(1)
            plane = self.decode(low + grid * (high - low))
            sheets.append(ImageGrid("plane", "Code plane", plane, about="The code plane, decoded on a grid."))
        return sheets

    # -- small parts ----------------------------------------------------------------------------

    def _mean(self, y: Tensor) -> Tensor:
        """Means of the data (N, *event_shape), given the decoder's output before its last unit."""
        mean = {"bernoulli": torch.sigmoid, "gaussian": lambda t: t, "softmax": lambda t: t.softmax(1)}
        return mean[self.config.output](y).view(len(y), *self.config.event_shape)

    def _encode(self, u: Tensor) -> Tensor:
        for layer in self.encoder[:-1]:
            u = self.activation(layer(u))
        return self._code(u)

    def _code(self, u: Tensor) -> Tensor:
        """The code of what the encoder's last hidden layer says."""
        z = self.encoder[-1](u)
        return torch.sigmoid(z) if self.config.code == "sigmoid" else z

    def _inputs(self, x: Tensor) -> Tensor:
        """Examples as the encoder sees them, (N, D): word counts as shares of their document."""
        flat = x.flatten(1)
        return flat / flat.sum(1, keepdim=True).clamp_min(1) if self.config.output == "softmax" else flat

    def _corrupt(self, x: Tensor, generator: Generator) -> Tensor:
        if self.config.masked:
            x = x * (uniform(x.shape, generator, x.device) >= self.config.masked)
        if self.config.noise:
            x = x + self.config.noise * normal(x.shape, generator, x.device)
        return x

    def _cost(self, y: Tensor, target: Tensor) -> Tensor:
        """Cost of each example, (N,), given the decoder's output before its last unit."""
        y = y.float()
        if self.config.output == "bernoulli":
            return F.binary_cross_entropy_with_logits(y, target, reduction="none").sum(1)
        if self.config.output == "gaussian":
            return 0.5 * (y - target).square().sum(1)
        return -(target * y.log_softmax(1)).sum(1)


build = DeepAutoencoder


def refit(config: AutoencoderConfig, kind: Kind, event_shape: tuple[int, ...]) -> AutoencoderConfig:
    """The config for other data. Raises `SettingError`."""
    output = {"grey": "bernoulli", "binary": "bernoulli", "real": "gaussian", "counts": "softmax"}.get(kind)
    require(output is not None, "kind", kind, "binary, grey, real or counts for an autoencoder")
    layers = (*narrow_layers(config.layers[:-1], event_shape), config.layers[-1])
    return replace(config, event_shape=event_shape, output=output, layers=layers)
