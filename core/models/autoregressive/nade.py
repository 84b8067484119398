"""NADE that knows every order: one dense network tells any place from any set of others.

    a = b + sum over known i of W[i, x_i]      h = f(... f(a))      logits_i = V_i h + c_i   for every unknown place i

What it is shown is each pixel times whether it is known, and whether it is. It learns from random sets of known places.
With k of the D places known, each place being so with the same probability u, and u drawn evenly from [0, 1], k is even
on 0..D, and

    (D + 1) / (D - k) * sum over unknown i of -log p(x_i | x_known)     (0 where k = D)

is on average -log p(x), the mean over all D! orders. To go through one order takes D passes; the sum `a` is kept, to
which each new place adds one column. Sources: Uria, Murray & Larochelle 2014; Larochelle & Murray 2011 (the kept sum).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.fields import check_settings, require, setting
from core.config.presets import Preset, TrainConfig
from core.data.base import Kind
from core.models.autoregressive import base
from core.models.autoregressive.base import (
    AutoregressiveModel,
    State,
    as_inputs,
    as_logits,
    base_outputs,
    level_channels,
    level_log_probs,
)
from core.models.autoregressive.pixel_orders import OrderName
from core.models.capabilities import Metric
from core.numerics.matmul import ACTIVATIONS, affine
from core.numerics.sampling import batch_rows

FAMILY, NAME = "nade", "order-agnostic NADE"

LOSS = Metric(
    "Training loss",
    "nats per example",
    "lower",
    "Negative log-likelihood averaged over orders, estimated from one random order and position per example.",
)
_DRAWN = "Averaged over orders: an unbiased estimate from random orders and positions."
METRICS = {name: replace(metric, about=_DRAWN) for name, metric in base.METRICS.items()}

CUTS = 8  # random orders and cuts of each held-out example, for its curve
NUMBERS = 2**22  # in the largest array while an example's places are predicted (16 MB)


@dataclass(frozen=True)
class NADEConfig:
    """What is known of D places - layers - D outputs."""

    event_shape: tuple[int, ...]  # of one example; D is the product
    layers: tuple[int, ...] = (500, 500)  # hidden units
    levels: int = setting(2, "Levels per pixel; 2 for binary pixels.", low=2, high=256)
    classes: int = setting(0, "Classes to condition on; 0: unconditional.", low=0, high=1_000)
    order: OrderName = setting("raster", "Default order; all orders are learned.")
    order_seed: int = setting(0, "Seed of the random order (random only).", low=0)
    residual: bool = setting(False, "Residual connections between layers of equal size.")
    units: Literal["relu", "gelu", "tanh"] = setting("relu", "Activation function.")

    def __post_init__(self) -> None:
        check_settings(self)
        require(len(self.layers) >= 1, "layers", self.layers, "at least one")
        require(all(1 <= n <= 20_000 for n in self.layers), "layers", self.layers, "1 to 20,000 each")

    @property
    def accepts(self) -> tuple[Kind, ...]:
        """The kinds of data that the model takes."""
        return base.accepts(self.levels)


Config = NADEConfig


class NADE(AutoregressiveModel):
    """Examples are (N, *event_shape), whole numbers below L; D is the number of places, H the width of layer 1."""

    any_order = True

    def __init__(self, config: NADEConfig) -> None:
        super().__init__(config)
        self.activation = ACTIVATIONS[config.units]
        places, each = len(self.order), level_channels(config.levels)
        # a place's columns: those of its value, then that of its being known
        self.first = nn.Linear(places * (each + 1), config.layers[0])
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(config.layers, config.layers[1:], strict=False))
        self.out = nn.Linear(config.layers[-1], places * each)
        if config.classes:
            sizes = (*config.layers, places * each)
            self.class_bias = nn.ParameterList(torch.zeros(config.classes, n) for n in sizes)

    # -- the model ------------------------------------------------------------------------------

    def predict(self, x: Tensor, known: Tensor, labels: Tensor | None = None) -> Tensor:
        """Logits of every place (N, D, L) given those places of x (N, *event_shape) that are known, (N, D) bool."""
        labels = self.check_labels(len(x), labels)
        a = self._add_class_bias(self.first(self._inputs(x, known)), 0, labels)
        y = self._add_class_bias(self.out(self._hidden(a, labels)), -1, labels)
        return as_logits(y.unflatten(1, (len(self.order), -1)))

    @property
    def layer_sizes(self) -> dict[str, int]:
        """The hidden layers."""
        return {f"hidden-{i}": size for i, size in enumerate(self.config.layers, 1)}

    def activations(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """The hidden layers of whole examples; of a class-conditional model, by the classes' mean bias."""
        known = torch.ones(len(x), len(self.order), dtype=torch.bool, device=x.device)
        a = self._add_class_bias(self.first(self._inputs(x, known)), 0, None)
        for level, u in enumerate(self._hidden_layers(a, None), 1):
            yield f"hidden-{level}", u

    def logits(self, x: Tensor, labels: Tensor | None = None, order: Tensor | None = None) -> Tensor:
        """What is predicted of each place from those before it in `order`, (N, D, L): D passes, of which each gives one
        place's outputs, as many at once as memory allows."""
        order, labels = self.check_order(order), self.check_labels(len(x), labels)
        x, each = x.flatten(1).long(), level_channels(self.levels)
        column, V, c = self._columns(), self.out.weight.unflatten(0, (-1, each)), self.out.bias.view(-1, each)
        wide, found = max(self.config.layers), []
        some = max(1, min(len(x), NUMBERS // (8 * wide)))  # examples at a time, so that 8 places at least fit
        for rows in torch.arange(len(x), device=x.device).split(some):
            of_rows = None if labels is None else labels[rows]
            a = self._first_bias(len(rows), of_rows)
            parts = []
            for places in order.split(max(1, NUMBERS // (len(rows) * wide))):
                more = column[places, x[rows][:, places]]  # (n, T, H): what each of these places tells
                upto = more.cumsum(1)
                before = (a[:, None] + upto - more).flatten(0, 1)  # (n * T, H)
                a = a + upto[:, -1]
                repeated = None if of_rows is None else of_rows.repeat_interleave(len(places))
                h = self._hidden(before, repeated).unflatten(0, (len(rows), -1))  # (n, T, H)
                y = torch.einsum("nth,toh->nto", h, V[places]) + c[places]
                if of_rows is not None:
                    y = y + self.class_bias[-1][of_rows].unflatten(1, (-1, each))[:, places]
                parts.append(y)
            found.append(torch.cat(parts, 1)[:, order.argsort()])
        return as_logits(torch.cat(found))

    def init_cache(self, state: State) -> None:
        """Cache: a (n, H), the first layer before its units."""
        state.cache["a"] = self._first_bias(len(state.values), state.labels)

    def next_logits(self, state: State) -> Tensor:
        """(n, L) for place `state.order[state.t]`."""
        each = level_channels(self.levels)
        first = int(state.order[state.t]) * each
        mine = slice(first, first + each)
        y = F.linear(self._hidden(state.cache["a"], state.labels), self.out.weight[mine], self.out.bias[mine])
        return as_logits(y if state.labels is None else y + self.class_bias[-1][state.labels, mine])

    def append(self, state: State, values: Tensor) -> None:
        """Let the next place hold these levels (n,), and add what that tells to the kept sum."""
        place = int(state.order[state.t])
        super().append(state, values)
        state.cache["a"] = state.cache["a"] + self._columns(place)[values.long()]

    # -- learning -------------------------------------------------------------------------------

    @torch.no_grad()
    def start_from(self, x: Tensor) -> None:
        """Random weights as Glorot & Bengio 2010 draw them; outputs start at the data's own frequencies. Raises
        `ValueError` for levels that are none."""
        base = base_outputs(x, self.levels)
        generator = torch.Generator().manual_seed(0)
        for layer in (self.first, *self.layers, self.out):
            limit = (6 / sum(layer.weight.shape)) ** 0.5
            layer.weight.copy_((torch.rand(layer.weight.shape, generator=generator) * 2 - 1) * limit)
            layer.bias.zero_()
        self.out.bias.copy_(base.flatten())

    def loss(self, x: Tensor, generator: Generator, labels: Tensor | None = None) -> dict[str, Tensor]:
        """The formula above, mean over examples. Their u are evenly spaced from one random beginning on: each is even
        on [0, 1], and a batch has examples of all kinds."""
        (rows, n), places = batch_rows(len(x), generator), len(self.order)
        noise = torch.rand(n * places + 1, generator=generator, device=x.device)
        u = (torch.arange(n, device=x.device) / n + noise[-1]) % 1
        known = (noise[:-1].view(n, places) < u[:, None])[rows]
        unknown = ~known
        left = unknown.sum(1)
        each = (level_log_probs(self.predict(x, known, labels), x) * unknown).sum(1)
        return {"loss": -((places + 1) / left.clamp_min(1) * each).mean()}

    def metrics(self, x: Tensor, generator: Generator, labels: Tensor | None = None) -> dict[str, float]:
        """The loss of examples by several cuts, in nats and in bits a place."""
        drawn = [super(NADE, self).metrics(x, generator, labels) for _ in range(CUTS)]
        return {name: sum(one[name] for one in drawn) / CUTS for name in METRICS}

    # -- small parts ----------------------------------------------------------------------------

    def _first_bias(self, n: int, labels: Tensor | None) -> Tensor:
        """The first layer before its units where no place is known: (n, H)."""
        return self._add_class_bias(self.first.bias.expand(n, -1), 0, labels)

    def _columns(self, place: int | slice = slice(None)) -> Tensor:
        """What a place adds to the first layer by holding each level: (L, H), or (D, L, H) of all places."""
        weight = self.first.weight.t().unflatten(0, (len(self.order), -1))[place]  # (..., E + 1, H)
        value, being = weight[..., :-1, :], weight[..., -1:, :]
        return torch.cat([being, being + value], -2) if self.levels == 2 else being + value

    def _inputs(self, x: Tensor, known: Tensor) -> Tensor:
        """What the first layer sees of x (N, *event_shape), of which places are known (N, D): (N, D * (E + 1))."""
        value = as_inputs(x.flatten(1), self.levels, self.out.weight.dtype)  # (N, D, E)
        both = torch.cat([value, torch.ones_like(value[..., :1])], 2) * known[..., None]
        return both.flatten(1)

    def _hidden_layers(self, a: Tensor, labels: Tensor | None) -> Iterator[Tensor]:
        """The hidden layers (N, ...) from the first one before its units."""
        yield (u := self.activation(a))
        for level, layer in enumerate(self.layers, 1):
            h = self.activation(self._add_class_bias(affine(u, layer.weight.t(), layer.bias), level, labels))
            yield (u := h + u if self.config.residual and h.shape == u.shape else h)

    def _hidden(self, a: Tensor, labels: Tensor | None) -> Tensor:
        """The last of them."""
        *_, last = self._hidden_layers(a, labels)
        return last

    def _add_class_bias(self, u: Tensor, layer: int, labels: Tensor | None) -> Tensor:
        """Pre-activations of a layer, with what the class says of them; without labels, with the mean over classes."""
        if not self.classes:
            return u
        return u + (self.class_bias[layer].mean(0) if labels is None else self.class_bias[layer][labels])


build = NADE
refit = partial(base.refit_dense, what="NADE")


_LARGE = TrainConfig(
    epochs=100, batch_size=100, optimiser="adam", lr_schedule="cosine", lr=0.001, average=0.999, precision="bfloat16"
)
_SMALL = TrainConfig(epochs=150, batch_size=50, optimiser="adam", lr_schedule="cosine", lr=0.003, average=0.99)
_FEW = replace(_SMALL, epochs=60, weight_decay=0.3)  # 17 levels of so few examples are soon learned by heart
_BITS = NADEConfig((8, 8), layers=(128, 128))
_LEVELS = NADEConfig((8, 8), layers=(64, 64), levels=17)

PRESETS = (
    Preset(
        "mnist-nade",
        "MNIST · NADE, order-agnostic",
        FAMILY,
        "mnist",
        "dynamic",
        NADEConfig((28, 28), layers=(1000, 1000)),
        _LARGE,
    ),
    Preset(
        "digits-nade",
        "Digits 8×8 · NADE, order-agnostic, binary",
        FAMILY,
        "digits",
        "static",
        _BITS,
        _SMALL,
    ),
    Preset(
        "digits-nade-17",
        "Digits 8×8 · NADE, order-agnostic",
        FAMILY,
        "digits",
        "levels-17",
        _LEVELS,
        _FEW,
    ),
    Preset(
        "digits-nade-17-classes",
        "Digits 8×8 · NADE, order-agnostic, class-conditional",
        FAMILY,
        "digits",
        "levels-17",
        replace(_LEVELS, classes=10),
        _FEW,
    ),
)
