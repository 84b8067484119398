"""Stacks of restricted Boltzmann machines, trained one layer at a time: deep belief networks, and the first half of a
deep autoencoder.

The hidden probabilities of one machine are the data of the next (Hinton, Osindero & Teh 2006; Hinton & Salakhutdinov
2006). As a deep belief network the top machine is drawn from by Gibbs sampling, and one pass down gives the visibles:

    p(v, h1 .. hL) = p(hL-1, hL) p(hL-2 | hL-1) ... p(v | h1)

With labels the top machine sees, beside hL-1, a group of units of which one is on: the class y. Then p(hL-1, y, hL) is
drawn from with y held for pictures of one class, and p(y | hL-1) tells the class of an example.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Generator, Tensor, nn

from core.config.fields import require
from core.data.base import Kind
from core.models.boltzmann.base import RBM
from core.models.boltzmann.config import RBMStackConfig
from core.models.boltzmann.layers import LabelledRBM, LinearHidden, build_layer
from core.models.boltzmann.stack_presets import PRESETS
from core.models.capabilities import (
    OUTPUT_UNITS,
    Connection,
    Connections,
    DenseLayer,
    ImageGrid,
    Metric,
)
from core.models.layer_sizes import narrow_layers
from core.models.training_protocols import Stage

__all__ = ["FAMILY", "LOSS", "METRICS", "NAME", "PRESETS", "Config", "RBMStack", "RBMStackConfig", "build", "refit"]

FAMILY, NAME = "stack", "RBM stack"

LOSS = Metric(
    "Free-energy gap of the current layer",
    "nats",
    "",
    "Mean free energy of the layer's data minus that of its chains: what training follows, but not a likelihood.",
)
METRICS = {
    "reconstruction": Metric(
        "Reconstruction error",
        "squared error per image",
        "lower",
        "Error after encoding and decoding through all layers trained so far. It jumps when a narrower layer is added.",
    ),
    "layer": Metric("Current layer", "", "", "Layers are trained one at a time, from the pixels up."),
    "error": Metric(
        "Classification error",
        "fraction wrong",
        "lower",
        "How often the label with the lowest free energy is wrong.",
    ),
}

DREAM_SWEEPS = 200


Config = RBMStackConfig


class RBMStack(nn.Module):
    """Machines on top of one another. Examples are (N, *event_shape), codes (N, layers[-1])."""

    def __init__(self, config: RBMStackConfig) -> None:
        super().__init__()
        self.config = config
        self.machines = nn.ModuleList(build_layer(config, i) for i in range(len(config.layers)))
        self.register_buffer("at", torch.tensor(-1))  # the layer in training
        if config.visible == "softmax":
            self.register_buffer("length", torch.tensor(1.0))  # mean words of a training document

    # -- up and down ----------------------------------------------------------------------------

    def up(self, x: Tensor, layers: int | None = None) -> Tensor:
        """Hidden means after the first `layers` machines (all of them): (N, units)."""
        u = x.flatten(1)
        for machine in self.machines[:layers]:
            u = self._hidden_means(machine, u)
        return u

    @staticmethod
    def _hidden_means(machine: RBM, u: Tensor) -> Tensor:
        return machine.hidden_probs(machine.with_labels(u) if isinstance(machine, LabelledRBM) else u)

    @property
    def layer_sizes(self) -> dict[str, int]:
        """Every machine's hidden layer; the last is the code."""
        *hidden, code = self.config.layers
        return {**{f"hidden-{i}": size for i, size in enumerate(hidden, 1)}, "code": code}

    def activations(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """The hidden means of each machine; a class is not given, where the top learns some."""
        u = x.flatten(1)
        for name, machine in zip(self.layer_sizes, self.machines, strict=True):
            u = self._hidden_means(machine, u)
            yield name, u

    def down(self, h: Tensor, layers: int | None = None) -> Tensor:
        """Means of the visibles, by one pass down through the first `layers` machines: (N, *event_shape)."""
        sizes = (math.prod(self.config.event_shape), *self.config.layers)
        for machine, below in reversed(list(zip(self.machines, sizes[:-1], strict=True))[:layers]):
            h = machine.visible_probs(h)[:, :below]  # without labels
        return h.view(len(h), *self.config.event_shape)

    @property
    def is_belief_net(self) -> bool:
        """Whether all of its units are binary, and the layers are those of a belief net."""
        return self.config.code == "binary" and self.config.visible == "bernoulli" and not self.config.doubled

    def connections(self) -> Connections:
        """Those of the belief net: both ways at the top, downwards below it. None where it is no belief net."""
        if not self.is_belief_net:
            return Connections([])
        sizes, top = (math.prod(self.config.event_shape), *self.config.layers), len(self.machines) - 1
        found = [
            Connection(machine.W[:below], machine.hidden_bias, machine.visible_bias[:below], undirected=layer == top)
            for layer, (machine, below) in enumerate(zip(self.machines, sizes, strict=False))
        ]
        if not self.classes:
            return Connections(found)
        machine, below = self.machines[top], sizes[top]
        classes = Connection(machine.W[below:].t(), machine.visible_bias[below:], machine.hidden_bias)
        return Connections(found, classes)

    @property
    def code_size(self) -> int:
        """Numbers of a code."""
        return self.config.layers[-1]

    def decoder_layers(self) -> list[DenseLayer]:
        """The way down, from the code to the example, without labels: a + s W h where visibles are Gaussian."""
        sizes, found = (math.prod(self.config.event_shape), *self.config.layers), []
        for machine, below in reversed(list(zip(self.machines, sizes[:-1], strict=True))):
            weight, bias = machine.W[:below], machine.visible_bias[:below]
            if machine.config.visible == "gaussian":
                weight = weight * (0.5 * machine.log_variance).exp()[:, None]
            found.append(DenseLayer(weight, bias, OUTPUT_UNITS[machine.config.visible]))
        return found

    def encode(self, x: Tensor) -> Tensor:
        """The top layer's means (N, code)."""
        return self.up(x)

    def decode(self, z: Tensor) -> Tensor:
        """What lies under the code, (N, *event_shape)."""
        return self.down(z)

    @property
    def classes(self) -> int:
        """How many classes it learns with its examples; 0 for none."""
        return self.config.labels

    def classify(self, x: Tensor) -> Tensor:
        """p(y | hL-1) for every class, hL-1 being the means that x arrives as: (N, C), exact over the classes."""
        return self.machines[-1].label_logits(self.up(x, len(self.machines) - 1)).softmax(1)

    def sample(self, n: int, generator: Generator, steps: int = 1000, labels: Tensor | None = None) -> Tensor:
        """n means (n, *event_shape) of the deep belief network: Gibbs sampling at the top, draws on the way down.

        labels (n,): the classes that the samples are to be of, held while the top is drawn from; None leaves them free.
        """
        return self._from_top(self.machines[-1].base_sample(n, generator), generator, steps, labels, len(self.machines))

    def _from_top(self, u: Tensor, generator: Generator, steps: int, labels: Tensor | None, layers: int) -> Tensor:
        """Means (n, *event_shape): `steps` sweeps of machine number `layers` from its visibles u, then down."""
        top = self.machines[layers - 1]
        for _ in range(steps):
            if labels is not None:
                u = top.with_labels(u[:, : top.below], labels)
            u, _ = top.gibbs_step(u, generator)
        if layers == 1:
            return u.view(len(u), *self.config.event_shape)
        u = u[:, : self.config.layers[layers - 2]]  # without labels
        for machine in reversed(self.machines[1 : layers - 1]):
            u = machine.draw_visible(u, generator, u)
        return self.down(u, 1)

    # -- learning -------------------------------------------------------------------------------

    def stage(self, done: float) -> Stage:
        """Which machine is trained when the share `done` of the run is over."""
        frozen = self.config.frozen_first
        count = len(self.machines) - frozen
        index = frozen + min(count - 1, int(done * count + 1e-9))
        factor = 1.0
        if index == 0 and self.config.visible != "bernoulli":
            factor = self.config.visible_lr
        if index == len(self.machines) - 1 and isinstance(self.machines[index], LinearHidden):
            factor *= self.config.code_lr
        return Stage(index, f"layer {index + 1} of {len(self.machines)}", done * count - (index - frozen), factor)

    @torch.no_grad()
    def enter(self, stage: Stage, x: Tensor) -> None:
        """Begin with the machine of this stage: its biases from what arrives there of the examples x."""
        if stage.index == 0 and self.config.visible == "softmax":
            self.length.fill_(float(x.flatten(1).sum(1).mean()))
        u = torch.cat([self.up(part, stage.index) for part in x.split(5_000)])
        machine, width = self.machines[stage.index], u.shape[1]
        if isinstance(machine, LabelledRBM):
            u = torch.cat([u, u.new_full((len(u), machine.labels), 1 / machine.labels)], 1)
        machine.start_from(u)
        if (
            self.config.tied
            and stage.index > 0
            and machine.config.hidden >= len((below := self.machines[stage.index - 1]).visible_bias)
        ):
            self._start_as_inverse(below, machine, width)
        self.at.fill_(stage.index)

    @staticmethod
    def _start_as_inverse(below: RBM, machine: RBM, width: int) -> None:
        """Let `machine` begin as `below` upside down: W^T, its hidden biases as visible ones and the reverse.

        With these weights p(h1) under the machine is what it is under the one below, and the bound on log p(v) is that
        machine's log p(v), exactly; from there on training can only raise it (Hinton, Osindero & Teh 2006, sec. 4).
        Further hidden units begin as they are, weak, and their mean effect is taken out of the visible biases.
        """
        known = len(below.visible_bias)
        machine.W[:width, :known] = below.W.t()
        machine.hidden_bias[:known] = below.visible_bias
        machine.visible_bias[:width] = below.hidden_bias - 0.5 * machine.W[:width, known:].sum(1)

    @torch.no_grad()
    def start_from_model(self, other: nn.Module) -> None:
        """Take a trained RBM as the first machine. Raises `ValueError` where it is of another kind or size, or where
        `frozen_first` does not say that the first machine comes trained."""
        first = self.machines[0]
        if not self.config.frozen_first:
            raise ValueError("frozen_first=0: set it to 1 to take the first layer from a trained RBM")
        if not isinstance(other, RBM) or not isinstance(first, type(other)) or other.W.shape != first.W.shape:
            raise ValueError(f"layers={self.config.layers}: the first cannot be taken from a {type(other).__name__}")
        for name in ("W", "visible_bias", "hidden_bias", "base_bias"):
            getattr(first, name).copy_(getattr(other, name))

    def loss(self, x: Tensor, generator: Generator, labels: Tensor | None = None) -> dict[str, Tensor]:
        """That of the machine in training on what arrives at it (see `RBM.loss`); labels (N,) for the top, where it
        has such units."""
        machine = self.machines[int(self.at)]
        with torch.no_grad(), torch.autocast(x.device.type, enabled=False):
            u = x.flatten(1).to(machine.compute_type(x.device.type))
            for below in self.machines[: int(self.at)]:
                inputs = below.hidden_input(u)
                draws = self.config.propagate == "draws"
                u = below.draw_hidden(inputs, generator) if draws else below.hidden_mean(inputs)
            if isinstance(machine, LabelledRBM):
                if labels is None:
                    raise ValueError(f"labels=None: this stack learns {machine.labels} classes with its examples")
                u = machine.with_labels(u, labels)
        return machine.loss(u, generator)

    @property
    def chain_buffers(self) -> dict[str, int]:
        """The persistent chains of each machine."""
        each = (m.chain_buffers.items() for m in self.machines)
        return {f"machines.{i}.{name}": axis for i, items in enumerate(each) for name, axis in items}

    @property
    def whole_batches(self) -> bool:
        """Whether one of the machines needs them."""
        return any(machine.whole_batches for machine in self.machines)

    def metrics(self, x: Tensor, generator: Generator, labels: Tensor | None = None) -> dict[str, float]:
        """Squared error through the layers trained so far, summed over pixels; of the shares of words, for counts. With
        labels (N,), the share of them that `classify` misses."""
        layers = int(self.at) + 1
        back = self.down(self.up(x, layers), layers)
        if self.config.visible == "softmax":
            x = x / x.flatten(1).sum(1).clamp_min(1).view(-1, *[1] * (x.ndim - 1))
        found = {"reconstruction": float((x - back).square().flatten(1).sum(1).mean()), "layer": float(layers)}
        if labels is not None and layers == len(self.machines):
            found["error"] = float((self.classify(x).argmax(1) != labels).float().mean())
        return found

    def progress_images(self, x: Tensor, generator: Generator) -> list[ImageGrid]:
        """Reconstructions through one, two, ... layers trained so far; what hidden units of the newest stand for; where
        the top is binary, samples of the belief network that these layers are."""
        count = max(1, int(self.at) + 1)
        rows = [x, *(self.down(self.up(x, layers), layers) for layers in range(1, count + 1))]
        reach = self.machines[0].W
        for machine in self.machines[1:count]:
            reach = reach @ machine.W[: reach.shape[1]]  # without labels
        sheets = [
            ImageGrid(
                "reconstructions",
                "Reconstructions",
                torch.stack(rows, 1).flatten(0, 1),
                about=f"Held-out examples, each followed by its reconstructions through 1 to {count} layers.",
            ),
            ImageGrid(
                "filters",
                "Filters",
                reach[:, :100].t().unflatten(1, self.config.event_shape),
                signed=True,
                about="Weights from the pixels to the current layer (product of the weight matrices).",
            ),
        ]
        if self.config.code == "binary" and self.config.visible != "softmax":
            sheets.append(self._dreams(count, generator))
        return sheets

    def _dreams(self, layers: int, generator: Generator) -> ImageGrid:
        """Samples of the belief network of the first `layers` layers: ten of each class, where the last has labels."""
        top, labels = self.machines[layers - 1], None
        if isinstance(top, LabelledRBM):
            labels = torch.arange(min(10, top.labels), device=top.W.device).repeat_interleave(10)
        if labels is None and hasattr(top, "chains"):
            u, sweeps, where = top.chains[0, :100], 1, "the persistent chains of training"
        else:
            n = 100 if labels is None else len(labels)
            u, sweeps = top.base_sample(n, generator), DREAM_SWEEPS
            where = f"Gibbs chains of the top RBM, {DREAM_SWEEPS} steps after a start from noise"
        held = "" if labels is None else ", ten per class with the label clamped"
        images = self._from_top(u, generator, sweeps, labels, layers)
        return ImageGrid("dreams", "Samples", images, about=f"From {where}{held}, then one pass down to the pixels.")


build = RBMStack


def refit(config: RBMStackConfig, kind: Kind, event_shape: tuple[int, ...]) -> RBMStackConfig:
    """The config for other data; layers are narrowed to the size of small examples. Raises `SettingError`."""
    visible = {"grey": "bernoulli", "binary": "bernoulli", "real": "gaussian", "counts": "softmax"}.get(kind)
    require(visible is not None, "kind", kind, "binary, grey, real or counts for a stack")
    layers = (*narrow_layers(config.layers[:-1], event_shape), config.layers[-1])
    changes = {"visible": visible, "layers": layers, "labels": 0, "frozen_first": 0}
    if visible == "softmax":
        changes |= {"negative": "cd", "centred": False}
    return replace(config, event_shape=event_shape, **changes)
