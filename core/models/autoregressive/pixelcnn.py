"""Gated PixelCNN: every pixel from those above it and left of it, by convolutions that see no others.

    a = U * v + c           v <- gate(a)                       vertical stack: the rows above
    b = W * h + L a + d     h <- h + R gate(b)                 horizontal stack: the row so far
    gate(a, a') = tanh(-a / 2) sigmoid(a') = sigmoid(a') - 2 sigmoid(a) sigmoid(a')
    logits = B relu(A relu(sum over layers of S gate(b)))

* is a convolution; c and d depend on the class. Together the stacks see every earlier pixel within reach;
no blind spot is left (van den Oord et al. 2016b, section 2 and figure 2). Factor and sign in the gate are the weights'
own matter, and one function serves both halves.

An image can also be cut into SLICE^2 small ones, one after the other (Menick & Kalchbrenner 2019, section 3): the
same stacks then run over each slice, and what convolutions without a mask make of all earlier slices, in their places,
is an input of every gate.

Layers stand in `pixelcnn_layers`, drawing pixel by pixel in `pixelcnn_cached`.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.presets import Preset, TrainConfig
from core.data.base import Kind
from core.models.autoregressive import base
from core.models.autoregressive.base import State, base_outputs, level_channels, level_log_probs
from core.models.autoregressive.image_network import ImageNetwork
from core.models.autoregressive.pixel_orders import SLICE, corner
from core.models.autoregressive.pixelcnn_cached import CachedPixelCNN
from core.models.autoregressive.pixelcnn_layers import Layer, PixelCNNConfig
from core.models.layer_sizes import pooled_size

FAMILY, NAME = "pixelcnn", "gated PixelCNN"

LOSS, METRICS = base.LOSS, base.METRICS


Config = PixelCNNConfig


class PixelCNN(ImageNetwork):
    """Examples are (N, rows, columns), whole numbers below L; h, w are the sides of the grid that the stacks run over:
    the image, or a slice of it. C channels, K layers."""

    def __init__(self, config: PixelCNNConfig) -> None:
        super().__init__(config)
        c, k = config.channels, config.layers
        self.numbers_a_pixel = 2 * c if config.slices == 1 else 4 * k * c  # slices: what all gates depend on at once
        self.grid = tuple(side // config.slices for side in config.event_shape)
        self.layers = nn.ModuleList(Layer(config, index) for index in range(k))
        self.hidden, self.out = nn.Conv2d(c, c, 1), nn.Conv2d(c, level_channels(config.levels), 1)
        if config.classes:
            self.of_class = nn.Parameter(torch.zeros(config.classes, k * 4 * c))
        if config.slices > 1:
            self.of_slice = nn.Parameter(torch.zeros(SLICE**2, k * 4 * c))
            self.context = nn.ModuleList(
                [nn.Conv2d(level_channels(config.levels) + 1, c, 7, SLICE), nn.Conv2d(c, c, 3, 1, 1)]
            )
            self.of_context = nn.Conv2d(c, k * 4 * c, 1, bias=False)

    # -- the model ------------------------------------------------------------------------------

    def loss(self, x: Tensor, generator: Generator, labels: Tensor | None = None) -> dict[str, Tensor]:
        """-log p(x), mean over examples; with dropout while training."""
        logits = self.logits(x, labels, generator=generator if self.training else None)
        return {"loss": -level_log_probs(logits, x).sum(1).mean()}

    @property
    def layer_sizes(self) -> dict[str, int]:
        """Every gated layer's part of the predictions, pooled over positions (see `pool_positions`)."""
        size = pooled_size(self.config.channels, self.config.event_shape)
        return {f"layer-{i}": size for i in range(1, self.config.layers + 1)}

    def outputs(self, image: Tensor, labels: Tensor | None, generator: Generator | None = None) -> list[Tensor]:
        """Each layer's part of the predictions, (N, rows, columns, C), and the predictions (N, rows, columns, E),
        for images (N, E, rows, columns)."""
        if self.config.slices == 1:
            of_class = self.condition_of(labels)
            condition = None if of_class is None else of_class[..., None, None]
            maps = self._stacks(image, condition, generator)
        else:
            condition = torch.cat([self._condition(image, s, labels) for s in range(SLICE**2)])
            cut = torch.cat([image[..., i::SLICE, j::SLICE] for i, j in map(corner, range(SLICE**2))])
            maps = [_join(y.unflatten(0, (SLICE**2, len(image)))) for y in self._stacks(cut, condition, generator)]
        return [y.permute(0, 2, 3, 1) for y in maps]

    def _stacks(self, v: Tensor, condition: Tensor | None, generator: Generator | None = None) -> list[Tensor]:
        """Of grids (N, E, h, w), under a condition (N, K * 4C, h, w) or what spreads to it: each layer's part of
        the predictions (N, C, h, w), and the predictions (N, E, h, w)."""
        v = h = v.contiguous(memory_format=torch.channels_last)
        parts = []
        for index, layer in enumerate(self.layers):
            size = 4 * self.config.channels
            own = None if condition is None else condition[:, index * size : (index + 1) * size]
            v, part, h = layer(v, h, own, generator)
            parts.append(part)
        u = self.hidden(sum(parts).relu()).relu()
        with torch.autocast(u.device.type, enabled=False):
            return [*parts, self.out(u.to(self.out.weight.dtype))]

    def _condition(self, image: Tensor, s: int, labels: Tensor | None) -> Tensor:
        """What every gate of slice s knows beside its pixels: which slice it is, the class, and the earlier slices of
        the image, (N, K * 4C, h, w)."""
        found = self.of_context(self.context_of(image, s)) + self.of_slice[s][:, None, None]
        of_class = self.condition_of(labels)
        return found if of_class is None else found + of_class[..., None, None]

    def context_of(self, image: Tensor, s: int) -> Tensor:
        """Features (N, C, h, w) of the slices before slice s, around each pixel of slice s."""
        known = torch.zeros_like(image[:, :1])
        for i, j in map(corner, range(s)):
            known[..., i::SLICE, j::SLICE] = 1
        i, j = corner(s)
        u = F.pad(
            torch.cat([image * known, known], 1), (3 - j, 3 + j, 3 - i, 3 + i)
        )  # windows around (i, j) + 2 (y, x)
        for layer in self.context:
            u = layer(u).relu()
        return u

    # -- place by place -------------------------------------------------------------------------

    def init_cache(self, state: State) -> None:
        """Prepare the weights, and compute what the first place needs (see `CachedPixelCNN`)."""
        state.prepared = CachedPixelCNN(self)
        state.prepared.init_cache(state)

    def next_logits(self, state: State) -> Tensor:
        """(n, L) for place `state.order[state.t]`."""
        return state.cache["logits"]

    def append(self, state: State, values: Tensor) -> None:
        """Let the next place hold these levels (n,), and compute what the place after it needs."""
        self.append_many(state, values[:, None])

    def append_many(self, state: State, values: Tensor) -> None:
        """Let the next places hold these levels (n, k). Of rows that this completes only the vertical stack is
        computed, of slices nothing."""
        before, k = state.t, values.shape[1]
        state.values[:, state.order[before : before + k]] = values.long()
        state.t += k
        if k and state.t < len(self.order):
            state.prepared.advance(state, before)

    # -- learning -------------------------------------------------------------------------------

    @torch.no_grad()
    def start_from(self, x: Tensor) -> None:
        """Random weights, half as large where no gate follows (a gate lets through less than half); predictions start
        near how often each level occurs. Raises `ValueError` for levels that are none."""
        generator = torch.Generator().manual_seed(0)
        for name, conv in self.named_modules():
            if isinstance(conv, nn.Conv2d):
                inputs = conv.weight[0].numel()
                if name in ("layers.0.above", "layers.0.across"):
                    inputs /= level_channels(self.levels)  # one of a level's numbers is 1, the others 0
                scale = self.config.spread * (1 if name.endswith(("above", "across")) else 0.5) * inputs**-0.5
                conv.weight.copy_(torch.randn(conv.weight.shape, generator=generator) * scale)
                if conv.bias is not None:
                    conv.bias.zero_()
        self.out.bias.copy_(base_outputs(x.flatten()[:, None], self.levels)[0])
        self.out.weight.mul_(0.1)


def _join(slices: Tensor) -> Tensor:
    """Slices (SLICE^2, N, C, h, w) in their places: (N, C, rows, columns)."""
    count, n, c, h, w = slices.shape
    return slices.view(SLICE, SLICE, n, c, h, w).permute(2, 3, 4, 0, 5, 1).reshape(n, c, SLICE * h, SLICE * w)


build = PixelCNN


def refit(config: PixelCNNConfig, kind: Kind, event_shape: tuple[int, ...]) -> PixelCNNConfig:
    """The config for other images, without classes. Raises `SettingError`."""
    slices = config.slices if all(side % SLICE == 0 for side in event_shape) else 1
    return base.refit_config(config, kind, event_shape, "a gated PixelCNN", slices=slices)


_SMOOTH = TrainConfig(optimiser="adam", lr_schedule="cosine", lr=0.002, average=0.999, precision="bfloat16")
_SMALL = replace(_SMOOTH, epochs=20, batch_size=20, average=0.99, precision="float32")
_MNIST = PixelCNNConfig((28, 28))
_LONG = replace(_SMOOTH, epochs=5, batch_size=25)  # 40 minutes of one core

# with few examples, small weights at first stay further from learning them by heart
_DIGITS = PixelCNNConfig((8, 8), levels=17, layers=6, first=5, spread=1.0)


def _preset(name: str, title: str, view: str, config: PixelCNNConfig, train: TrainConfig) -> Preset:
    return Preset(name, title, FAMILY, name.split("-")[0], view, config, train)


PRESETS = (
    _preset("mnist-pixelcnn", "MNIST · PixelCNN", "dynamic", _MNIST, _LONG),
    _preset("mnist-pixelcnn-static", "MNIST · PixelCNN, static binarisation", "static", _MNIST, _LONG),
    _preset(
        "mnist-pixelcnn-classes",
        "MNIST · PixelCNN, class-conditional",
        "dynamic",
        replace(_MNIST, classes=10),
        _LONG,
    ),
    _preset(  # 61 PFLOP: five days of one core, an hour of a large GPU
        "mnist-pixelcnn-large",
        "MNIST · PixelCNN, large, for a GPU",
        "dynamic",
        replace(_MNIST, channels=128, layers=10),
        replace(_SMOOTH, epochs=60, batch_size=32, lr=0.001, average=0.9995),
    ),
    _preset("digits-pixelcnn-17", "Digits 8×8 · PixelCNN", "levels-17", _DIGITS, _SMALL),
    _preset(
        "digits-pixelcnn-17-classes",
        "Digits 8×8 · PixelCNN, class-conditional",
        "levels-17",
        replace(_DIGITS, classes=10),
        _SMALL,
    ),
    _preset(
        "digits-pixelcnn-17-slices",
        "Digits 8×8 · PixelCNN, subscale order",
        "levels-17",
        replace(_DIGITS, slices=2, first=3, spread=0.6),
        replace(_SMALL, epochs=16),
    ),
    _preset(
        "digits-pixelcnn-17-wrong",
        "Digits 8×8 · PixelCNN, wrong masks",
        "levels-17",
        replace(_DIGITS, masks="wrong"),
        replace(_SMALL, epochs=10),
    ),
)
