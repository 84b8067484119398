"""Stacks of restricted Boltzmann machines, trained one layer at a time: deep belief networks, and the first half of a
deep autoencoder.

The hidden probabilities of one machine are the data of the next (Hinton, Osindero & Teh 2006; Hinton & Salakhutdinov
2006). As a deep belief network the top machine is drawn from by Gibbs sampling, and one pass down gives the visibles:

    p(v, h1 .. hL) = p(hL-1, hL) p(hL-2 | hL-1) ... p(v | h1)
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Generator, Tensor, nn

from core.data import Kind
from core.models import Metric, Sheet, Stage
from core.models.boltzmann import RBM, Beta, Path, RBMConfig
from core.models.rbm import BernoulliRBM, GaussianRBM
from core.models.rbm import build as build_rbm
from core.presets import Preset, TrainConfig, check_settings, require, setting

FAMILY, NAME = "stack", "stack of RBMs"

LOSS = Metric(
    "Free-energy gap of the layer in training",
    "nats",
    "",
    "Mean free energy of the layer's data less that of its chains. Its gradient trains the layer; it is no likelihood.",
)
METRICS = {
    "reconstruction": Metric(
        "Reconstruction error",
        "squared error an image",
        "lower",
        "What is lost on the way up through all layers trained so far and down again. It jumps when a narrower layer "
        "is put on top.",
    ),
    "layer": Metric("Layer in training", "", "", "Layers are trained one after the other, from the pixels up."),
}


@dataclass(frozen=True)
class StackConfig:
    """One machine for each entry of `layers`; epochs are shared among them equally."""

    event_shape: tuple[int, ...]  # of one example; D is the product
    layers: tuple[int, ...] = (1000, 500, 250, 30)  # hidden units, from the visibles up
    visible: Literal["bernoulli", "gaussian", "softmax"] = setting(
        "bernoulli", "Visible units: binary or grey, real-valued, or word counts."
    )
    reconstructions: Literal["drawn", "means"] = setting(
        "drawn",
        "What the weights learn from coming down: binary draws, or their means, as the 2006 paper does for greys.",
        added=True,
    )
    code: Literal["linear", "binary"] = setting("linear", "Units of the top layer: real-valued with noise, or binary.")
    steps: int = setting(1, "Gibbs steps an update (the k of CD-k).", low=1, high=1_000)
    code_lr: float = setting(0.01, "Learning rate of a linear top layer, as a share of `lr`.", above=0, high=1)
    visible_lr: float = setting(
        0.1, "Learning rate under real values or word counts, as a share of `lr`.", above=0, high=1
    )

    def __post_init__(self) -> None:
        check_settings(self)
        require(
            bool(self.layers) and all(1 <= n <= 20_000 for n in self.layers), "layers", self.layers, "1 to 20,000 each"
        )

    @property
    def accepts(self) -> tuple[Kind, ...]:
        """The kinds of data that the stack takes."""
        kinds = {"bernoulli": ("grey", "binary"), "gaussian": ("real",), "softmax": ("counts",)}
        return kinds[self.visible]


Config = StackConfig


class MeanVisibles:
    """While training, visibles come down as their means, without noise: greys are probabilities here, no bits."""

    means = False  # set on those machines that are to do so

    def draw_visible(
        self, h: Tensor, generator: Generator, like: Tensor, beta: Beta = 1.0, path: Path = "heat"
    ) -> Tensor:
        if self.means and self.training:
            return self.visible_probs(h, beta, path)
        return super().draw_visible(h, generator, like, beta, path)


class LayerRBM(MeanVisibles, BernoulliRBM):
    """Binary units above binary or grey ones."""


class GaussianLayerRBM(MeanVisibles, GaussianRBM):
    """Binary units above real-valued ones."""


class LinearHidden:
    """Hidden units that are real-valued with unit variance: h | v ~ Normal(x(v), 1), and -F gains x^2 / 2 each."""

    def _hidden_mean(self, x: Tensor) -> Tensor:
        return x

    def _log_hidden(self, x: Tensor) -> Tensor:
        return 0.5 * x.square()

    def _draw_hidden(self, x: Tensor, generator: Generator) -> Tensor:
        noise = torch.randn(x.shape, generator=generator, device=x.device, dtype=torch.float32)
        return x + noise.to(x.dtype)


class LinearTopRBM(MeanVisibles, LinearHidden, BernoulliRBM):
    """Binary visibles below linear hidden units: the top of a deep autoencoder's stack."""


class LinearGaussianRBM(MeanVisibles, LinearHidden, GaussianRBM):
    """Real-valued on both sides, where a stack has a single layer."""


class Stack(nn.Module):
    """Machines on top of one another. Examples are (N, *event_shape), codes (N, layers[-1])."""

    def __init__(self, config: StackConfig) -> None:
        super().__init__()
        self.config = config
        self.machines = nn.ModuleList(self._machine(i) for i in range(len(config.layers)))
        self.register_buffer("at", torch.tensor(-1))  # the layer in training
        if config.visible == "softmax":
            self.register_buffer("length", torch.tensor(1.0))  # mean words of a training document

    def _machine(self, i: int) -> RBM:
        config = self.config
        below = config.event_shape if i == 0 else (config.layers[i - 1],)
        visible = config.visible if i == 0 else "bernoulli"
        made = RBMConfig(below, config.layers[i], visible, "cd", config.steps, centred=False)
        linear = config.code == "linear" and i == len(config.layers) - 1
        if visible == "softmax":
            return build_rbm(made)
        kinds = {
            ("bernoulli", False): LayerRBM,
            ("bernoulli", True): LinearTopRBM,
            ("gaussian", False): GaussianLayerRBM,
            ("gaussian", True): LinearGaussianRBM,
        }
        machine = kinds[visible, linear](made)
        machine.means = config.reconstructions == "means"
        return machine

    # -- up and down ----------------------------------------------------------------------------

    def up(self, x: Tensor, layers: int | None = None) -> Tensor:
        """Hidden means after the first `layers` machines (all of them): (N, units)."""
        u = x.flatten(1)
        for machine in self.machines[:layers]:
            u = machine.hidden_probs(u)
        return u

    def down(self, h: Tensor, layers: int | None = None) -> Tensor:
        """Means of the visibles, by one pass down through the first `layers` machines: (N, *event_shape)."""
        for machine in reversed(self.machines[:layers]):
            h = machine.visible_probs(h)
        return h.view(len(h), *self.config.event_shape)

    def encode(self, x: Tensor) -> Tensor:
        """The top layer's means (N, code)."""
        return self.up(x)

    def decode(self, z: Tensor) -> Tensor:
        """What lies under the code, (N, *event_shape)."""
        return self.down(z)

    def sample(self, n: int, generator: Generator, steps: int = 1000) -> Tensor:
        """n means (n, *event_shape) of the deep belief network: Gibbs sampling at the top, one pass down."""
        top = self.machines[-1]
        u = top.base_sample(n, generator)
        for _ in range(steps):
            u, _ = top.gibbs_step(u, generator)
        return self.down(u, len(self.machines) - 1)

    # -- learning -------------------------------------------------------------------------------

    def stage(self, done: float) -> Stage:
        """Which machine is trained when the share `done` of the run is over."""
        count = len(self.machines)
        index = min(count - 1, int(done * count + 1e-9))
        factor = 1.0
        if index == 0 and self.config.visible != "bernoulli":
            factor = self.config.visible_lr
        if index == count - 1 and isinstance(self.machines[index], LinearHidden):
            factor *= self.config.code_lr
        return Stage(index, f"layer {index + 1} of {count}", done * count - index, factor)

    @torch.no_grad()
    def enter(self, stage: Stage, x: Tensor) -> None:
        """Begin with the machine of this stage: its biases from what arrives there of the examples x."""
        if stage.index == 0 and self.config.visible == "softmax":
            self.length.fill_(float(x.flatten(1).sum(1).mean()))
        parts = [self.up(part, stage.index) for part in x.split(5_000)]
        self.machines[stage.index].start_from(torch.cat(parts))
        self.at.fill_(stage.index)

    def loss(self, x: Tensor, generator: Generator) -> dict[str, Tensor]:
        """That of the machine in training on what arrives at it (see `RBM.loss`)."""
        machine = self.machines[int(self.at)]
        with torch.no_grad(), torch.autocast(x.device.type, enabled=False):
            u = x.flatten(1).to(machine._compute_type(x.device.type))
            for below in self.machines[: int(self.at)]:
                u = below.hidden_probs(u)
        return machine.loss(u, generator)

    def metrics(self, x: Tensor, generator: Generator) -> dict[str, float]:
        """Squared error through the layers trained so far, summed over pixels; of the shares of words, for counts."""
        layers = int(self.at) + 1
        back = self.down(self.up(x, layers), layers)
        if self.config.visible == "softmax":
            x = x / x.flatten(1).sum(1).clamp_min(1).view(-1, *[1] * (x.ndim - 1))
        return {"reconstruction": float((x - back).square().flatten(1).sum(1).mean()), "layer": float(layers)}

    def pictures(self, x: Tensor, generator: Generator) -> list[Sheet]:
        """Reconstructions through one, two, ... layers trained so far; what hidden units of the newest stand for."""
        count = max(1, int(self.at) + 1)
        rows = [x, *(self.down(self.up(x, layers), layers) for layers in range(1, count + 1))]
        reach = self.machines[0].W
        for machine in self.machines[1:count]:
            reach = reach @ machine.W
        return [
            Sheet(
                "reconstructions",
                "Reconstructions",
                torch.stack(rows, 1).flatten(0, 1),
                about=f"Held-out examples, each followed by what comes back through 1 to {count} layers.",
            ),
            Sheet(
                "filters",
                "Filters",
                reach[:, :100].t().unflatten(1, self.config.event_shape),
                signed=True,
                about="Weights from the pixels to the layer in training, multiplied through the layers between.",
            ),
        ]


def build(config: StackConfig) -> Stack:
    """The stack of the config, untrained."""
    return Stack(config)


def refit(config: StackConfig, kind: Kind, event_shape: tuple[int, ...]) -> StackConfig:
    """The config for other data; layers are narrowed to the size of small examples. Raises `SettingError`."""
    visible = {"grey": "bernoulli", "binary": "bernoulli", "real": "gaussian", "counts": "softmax"}.get(kind)
    require(visible is not None, "kind", kind, "binary, grey, real or counts for a stack")
    return replace(config, event_shape=event_shape, visible=visible, layers=narrowed(config.layers, event_shape))


def narrowed(layers: tuple[int, ...], event_shape: tuple[int, ...]) -> tuple[int, ...]:
    """Layers in proportion to the size of an example, 784 being the size that those of the presets were made for."""
    share = min(1.0, math.prod(event_shape) / 784)
    return tuple(max(min(n, 8), round(n * share)) for n in layers[:-1]) + layers[-1:]


_PAPER = TrainConfig(lr=0.1, lr_schedule="constant", momentum=0.9, weight_decay=0.0002, precision="bfloat16")
_SMALL = TrainConfig(
    epochs=200, batch_size=20, lr=0.05, lr_schedule="linear", lr_hold=0.5, momentum=0.9, weight_decay=0.0002
)

PRESETS = (
    Preset(
        "mnist-stack-30",
        "MNIST: a stack 784-1000-500-250-30, one layer after the other",
        FAMILY,
        "mnist",
        "grey",
        StackConfig((28, 28)),
        replace(_PAPER, epochs=40, batch_size=100),
    ),
    Preset(
        "mnist-stack-2",
        "MNIST: a stack 784-1000-500-250-2, one layer after the other",
        FAMILY,
        "mnist",
        "grey",
        StackConfig((28, 28), layers=(1000, 500, 250, 2)),
        replace(_PAPER, epochs=40, batch_size=100),
    ),
    Preset(
        "digits-stack-2",
        "Small digits: a stack 64-256-128-64-2, one layer after the other",
        FAMILY,
        "digits",
        "grey",
        StackConfig((8, 8), layers=(256, 128, 64, 2), reconstructions="means", code_lr=0.1),
        _SMALL,
    ),
    Preset(
        "digits-stack-16",
        "Small digits: a stack 64-256-128-64-16, one layer after the other",
        FAMILY,
        "digits",
        "grey",
        StackConfig((8, 8), layers=(256, 128, 64, 16), reconstructions="means", code_lr=0.1),
        _SMALL,
    ),
    Preset(
        "topics-stack-2",
        "Python's help texts: a stack 1000-256-64-2 under word counts",
        FAMILY,
        "topics",
        "as-is",
        StackConfig((1000,), layers=(256, 64, 2), visible="softmax", reconstructions="means", code_lr=0.1),
        replace(_SMALL, epochs=300, lr=0.03),
    ),
    Preset(
        "newsgroups-stack-10",
        "20 newsgroups: a stack 2000-500-250-125-10 under word counts",
        FAMILY,
        "newsgroups",
        "as-is",
        StackConfig((2000,), layers=(500, 250, 125, 10), visible="softmax", reconstructions="means", code_lr=0.1),
        replace(_SMALL, epochs=200, batch_size=100, lr=0.02),
    ),
    Preset(
        "curves-stack-6",
        "Curves: a stack 784-400-200-100-50-25-6, one layer after the other",
        FAMILY,
        "curves",
        "grey",
        StackConfig((28, 28), layers=(400, 200, 100, 50, 25, 6), reconstructions="means", code_lr=0.1),
        replace(_SMALL, epochs=120, batch_size=100, precision="bfloat16"),
    ),
    Preset(
        "faces-stack-30",
        "Face patches: a stack 625-800-400-150-30 under real-valued pixels",
        FAMILY,
        "face-patches",
        "standardised",
        StackConfig((25, 25), layers=(800, 400, 150, 30), visible="gaussian", reconstructions="means", code_lr=0.1),
        replace(_SMALL, epochs=40, batch_size=100, precision="bfloat16"),
    ),
)
