"""MADE: an autoencoder whose weights are masked so that output t sees the places before t alone.

    h1 = f(W1 x + b1)   h2 = f(W2 h1 + b2)   ...   logits_t = (V h + c)_t
    unit of degree d sees inputs 0..d and units of degree at most d;   output t sees units of degree below t

Places count in the model's own order. One pass gives all D predictions of an example. Units stand sorted by degree, and
all that a unit of degree d sees is there once places 0..d are: drawing an example place by place computes each unit
once, which is one pass in all. Source: Germain, Gregor, Murray & Larochelle 2015; degrees are spread evenly here, not
drawn.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn
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
)
from core.models.autoregressive.pixel_orders import OrderName
from core.numerics.matmul import ACTIVATIONS

FAMILY, NAME = "made", "MADE"

LOSS, METRICS = base.LOSS, base.METRICS

BLOCKS = 4  # parts into which a layer's products are cut, so that what the mask takes away is mostly left out


@dataclass(frozen=True)
class MADEConfig:
    """D places - layers - D outputs, masked."""

    event_shape: tuple[int, ...]  # of one example; D is the product
    layers: tuple[int, ...] = (500, 500)  # hidden units
    levels: int = setting(2, "Levels per pixel; 2 for binary pixels.", low=2, high=256)
    classes: int = setting(0, "Classes to condition on; 0: unconditional.", low=0, high=1_000)
    order: OrderName = setting("raster", "Order in which pixels are generated.")
    order_seed: int = setting(0, "Seed of the random order (random only).", low=0)
    masks: Literal["right", "wrong"] = setting(
        "right",
        "Wrong masks let each output see its own pixel: the score looks perfect, the samples are useless.",
    )
    direct: bool = setting(False, "Direct connections from earlier pixels to each output.")
    residual: bool = setting(False, "Residual connections between layers of equal size.")
    units: Literal["relu", "gelu", "tanh"] = setting("relu", "Activation function.")

    def __post_init__(self) -> None:
        check_settings(self)
        require(all(1 <= n <= 20_000 for n in self.layers), "layers", self.layers, "1 to 20,000 each")
        require(len(self.layers) >= 1, "layers", self.layers, "at least one")

    @property
    def accepts(self) -> tuple[Kind, ...]:
        """The kinds of data that the model takes."""
        return base.accepts(self.levels)


Config = MADEConfig


class MaskedLinear(nn.Linear):
    """A linear layer whose unit i sees the first `reach[i]` of its inputs; `reach` never goes down."""

    def __init__(self, inputs: int, reach: list[int]) -> None:
        super().__init__(inputs, len(reach))
        self.reach = reach
        mask = torch.arange(inputs) < torch.tensor(reach)[:, None]  # (outputs, inputs)
        self.register_buffer("mask", mask.float(), persistent=False)  # a product with bools takes five times as long
        edges = [len(reach) * i // BLOCKS for i in range(BLOCKS + 1)]
        self.blocks = [(a, b, reach[a], reach[b - 1]) for a, b in zip(edges, edges[1:], strict=False) if a < b]

    def forward(self, x: Tensor) -> Tensor:
        return _StaircaseProduct.apply(x, self.weight, self.bias, self.mask, self.blocks)

    def forward_units(self, x: Tensor, first: int, last: int) -> Tensor:
        """Outputs `first` to `last` (not included), which all see the same part of x (N, inputs)."""
        reach = self.reach[first]
        return F.linear(x[:, :reach], self.weight[first:last, :reach], self.bias[first:last])

    @torch.no_grad()
    def start(self, generator: torch.Generator) -> None:
        """Weights as Glorot & Bengio 2010 draw them, by what each unit really sees; no bias."""
        limit = (6 / (torch.tensor(self.reach).clamp_min(1) + self.weight.shape[0])).sqrt()[:, None]
        self.weight.copy_((torch.rand(self.weight.shape, generator=generator) * 2 - 1) * limit)
        self.weight.mul_(self.mask)
        self.bias.zero_()


class _StaircaseProduct(torch.autograd.Function):
    """x (W * mask)^T + b, where what the mask lets through is a staircase: some rows of W at a time, and of these only
    the columns that any of them sees. A few steps need little more than half of the multiplications.

    blocks    (first row, row after the last, columns that the first row sees, columns that the last one sees)
    """

    @staticmethod
    def forward(ctx, x, weight, bias, mask, blocks):  # noqa: ANN001, ANN205
        if torch.is_autocast_enabled(x.device.type):
            x = x.to(torch.get_autocast_dtype(x.device.type))
        parts, kept = [], []
        for first, last, low, high in blocks:
            w = weight[first:last, :high].to(x.dtype, copy=True)
            w[:, low:] *= mask[first:last, low:high]
            parts.append(F.linear(x[:, :high], w, bias[first:last].to(x.dtype)))
            kept.append(w)
        ctx.save_for_backward(x, mask, *kept)
        ctx.blocks, ctx.dtype = blocks, weight.dtype
        return torch.cat(parts, 1)

    @staticmethod
    def backward(ctx, slope):  # noqa: ANN001, ANN205
        x, mask, *kept = ctx.saved_tensors
        of_x = torch.zeros_like(x) if ctx.needs_input_grad[0] else None
        of_weight = torch.zeros(mask.shape, dtype=ctx.dtype, device=x.device)
        for (first, last, low, high), w in zip(ctx.blocks, kept, strict=True):
            part = slope[:, first:last].contiguous()
            if of_x is not None:
                of_x[:, :high] += part @ w
            rows = of_weight[first:last, :high]
            rows.copy_(part.t() @ x[:, :high])
            rows[:, low:] *= mask[first:last, low:high]
        return of_x, of_weight, slope.to(ctx.dtype).sum(0), None, None


class MADE(AutoregressiveModel):
    """Examples are (N, *event_shape), whole numbers below L; D is the number of places."""

    def __init__(self, config: MADEConfig) -> None:
        super().__init__(config)
        self.activation = ACTIVATIONS[config.units]
        places, each = len(self.order), level_channels(config.levels)
        wrong = config.masks == "wrong"
        top = places - 1 if wrong else max(0, places - 2)  # the largest degree that any output can use
        degrees = [[i * (top + 1) // n for i in range(n)] for n in config.layers]
        self.ends = [[bisect.bisect_right(d, t) for t in range(places)] for d in degrees]  # units of degree t at most
        layers, width = [], places * each
        for level, own in enumerate(degrees):
            reach = [self.ends[level - 1][d] if level else (d + 1) * each for d in own]
            layers.append(MaskedLinear(width, reach))
            width = len(own)
        self.layers = nn.ModuleList(layers)
        seen = [t if wrong else t - 1 for t in range(places)]  # the last place that output t sees, -1 for none
        last = [self.ends[-1][s] if s >= 0 else 0 for s in seen]
        self.out = MaskedLinear(width, [n for n in last for _ in range(each)])
        if config.direct:
            self.direct = MaskedLinear(places * each, [(s + 1) * each for s in seen for _ in range(each)])
        if config.classes:
            sizes = (*config.layers, places * each)
            self.class_bias = nn.ParameterList(torch.zeros(config.classes, n) for n in sizes)
        self.register_buffer("back", self.order.argsort(), persistent=False)

    # -- the model ------------------------------------------------------------------------------

    def logits(self, x: Tensor, labels: Tensor | None = None, order: Tensor | None = None) -> Tensor:
        """What is predicted of each place from those before it, (N, D, L), by one pass."""
        labels = self.check_labels(len(x), labels)
        u = seen = self._inputs(x, self.check_order(order))
        for level, layer in enumerate(self.layers):
            u = self._hidden(u, level, layer, labels)
        y = self._add_class_bias(self.out(u), -1, labels)
        if self.config.direct:
            y = y + self.direct(seen)
        return as_logits(y.unflatten(1, (len(self.order), -1)).index_select(1, self.back))  # (N, D, E), by flat index

    def _hidden(self, u: Tensor, level: int, layer: MaskedLinear, labels: Tensor | None) -> Tensor:
        h = self.activation(self._add_class_bias(layer(u), level, labels))
        return h + u if self._is_residual(level) else h

    @property
    def layer_sizes(self) -> dict[str, int]:
        """The hidden layers."""
        return {f"hidden-{i}": size for i, size in enumerate(self.config.layers, 1)}

    def activations(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """The hidden layers of whole examples; of a class-conditional model, by the classes' mean bias."""
        u = self._inputs(x, self.order)
        for level, layer in enumerate(self.layers):
            u = self._hidden(u, level, layer, None)
            yield f"hidden-{level + 1}", u

    def init_cache(self, state: State) -> None:
        """Cache: inputs (n, D * E) in order, and every hidden layer, zero where it is not known yet."""
        n = len(state.values)
        state.cache["x"] = self._inputs(state.values, state.order)
        for level, size in enumerate(self.config.layers):
            state.cache[f"h{level}"] = state.cache["x"].new_zeros(n, size)
        if self.config.masks == "wrong":
            self._compute_units(state, 0)  # what looks at place 0 finds nothing there yet

    def next_logits(self, state: State) -> Tensor:
        """(n, L) for place `state.order[state.t]`."""
        each = level_channels(self.levels)
        first, last = state.t * each, (state.t + 1) * each
        y = self.out.forward_units(state.cache[f"h{len(self.layers) - 1}"], first, last)
        if self.config.direct:
            y = y + self.direct.forward_units(state.cache["x"], first, last)
        return as_logits(self._add_class_bias(y, -1, state.labels, first, last))

    def append(self, state: State, values: Tensor) -> None:
        """Let the next place hold these levels (n,), and compute the units that wait for no other place."""
        each = level_channels(self.levels)
        super().append(state, values)
        x = state.cache["x"]
        x[:, (state.t - 1) * each : state.t * each] = as_inputs(values, self.levels, x.dtype)
        self._compute_units(state, state.t - 1)
        if self.config.masks == "wrong" and state.t < len(self.order):
            self._compute_units(state, state.t)

    def _compute_units(self, state: State, degree: int) -> None:
        u = state.cache["x"]
        for level, layer in enumerate(self.layers):
            h, ends = state.cache[f"h{level}"], self.ends[level]
            first, last = ends[degree - 1] if degree else 0, ends[degree]
            if first < last:
                more = self.activation(
                    self._add_class_bias(layer.forward_units(u, first, last), level, state.labels, first, last)
                )
                h[:, first:last] = more + u[:, first:last] if self._is_residual(level) else more
            u = h

    # -- learning -------------------------------------------------------------------------------

    @torch.no_grad()
    def start_from(self, x: Tensor) -> None:
        """Random weights; outputs start at the data's own frequencies. Raises `ValueError` for levels that are none."""
        generator = torch.Generator().manual_seed(0)
        base = base_outputs(x, self.levels)[self.order]
        for layer in (*self.layers, self.out, *([self.direct] if self.config.direct else [])):
            layer.start(generator)
        self.out.bias.copy_(base.flatten())

    # -- small parts ----------------------------------------------------------------------------

    def _inputs(self, x: Tensor, order: Tensor) -> Tensor:
        """Examples in order, (N, D * E)."""
        return as_inputs(x.flatten(1).index_select(1, order), self.levels, self.out.weight.dtype).flatten(1)

    def _is_residual(self, layer: int) -> bool:
        return self.config.residual and layer > 0 and self.config.layers[layer] == self.config.layers[layer - 1]

    def _add_class_bias(
        self, u: Tensor, layer: int, labels: Tensor | None, first: int = 0, last: int | None = None
    ) -> Tensor:
        """Pre-activations of units `first` to `last` of a layer, with what the class says of them; without labels, with
        the mean over classes."""
        if not self.classes:
            return u
        bias = self.class_bias[layer][:, first:last]
        return u + (bias.mean(0) if labels is None else bias[labels])


build = MADE
refit = partial(base.refit_dense, what="a masked autoencoder")


_LARGE = TrainConfig(
    epochs=90, batch_size=200, optimiser="adam", lr_schedule="cosine", lr=0.002, average=0.999, precision="bfloat16"
)
_SMALL = TrainConfig(
    epochs=40, batch_size=50, optimiser="adam", lr_schedule="cosine", lr=0.002, average=0.99, weight_decay=0.3
)
_FEW = replace(_SMALL, epochs=15, lr=0.003, weight_decay=1.0)  # 17 levels of so few examples are soon learned by heart
_MNIST = MADEConfig((28, 28), layers=(1000, 1000, 1000), residual=True, direct=True)
_BITS = MADEConfig((8, 8), layers=(128, 128))
_LEVELS = MADEConfig((8, 8), layers=(64, 64), levels=17)

PRESETS = (
    Preset("mnist-made", "MNIST · MADE", FAMILY, "mnist", "dynamic", _MNIST, _LARGE),
    Preset(
        "mnist-made-static",
        "MNIST · MADE, static binarisation",
        FAMILY,
        "mnist",
        "static",
        _MNIST,
        replace(_LARGE, epochs=30, weight_decay=0.1),
    ),
    Preset(
        "mnist-made-classes",
        "MNIST · MADE, class-conditional",
        FAMILY,
        "mnist",
        "dynamic",
        replace(_MNIST, classes=10),
        _LARGE,
    ),
    Preset("digits-made", "Digits 8×8 · MADE, binary", FAMILY, "digits", "static", _BITS, _SMALL),
    Preset(
        "digits-made-wrong",
        "Digits 8×8 · MADE, binary, wrong masks",
        FAMILY,
        "digits",
        "static",
        replace(_BITS, masks="wrong"),
        _SMALL,
    ),
    Preset(
        "digits-made-17",
        "Digits 8×8 · MADE",
        FAMILY,
        "digits",
        "levels-17",
        _LEVELS,
        _FEW,
    ),
    Preset(
        "digits-made-17-classes",
        "Digits 8×8 · MADE, class-conditional",
        FAMILY,
        "digits",
        "levels-17",
        replace(_LEVELS, classes=10),
        _FEW,
    ),
)
