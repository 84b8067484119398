"""Gated PixelCNN: every pixel from those above it and left of it, by convolutions that see no others.

    a = U * v + c           v <- gate(a)                       vertical stack: the rows above
    b = W * h + L a + d     h <- h + R gate(b)                 horizontal stack: the row so far
    gate(a, a') = tanh(-a / 2) sigmoid(a') = sigmoid(a') - 2 sigmoid(a) sigmoid(a')
    logits = B relu(A relu(sum over layers of S gate(b)))

* is a convolution; c and d hold what is told of the class. Together the stacks see every earlier pixel within reach;
no blind spot is left (van den Oord et al. 2016b, section 2 and figure 2). Factor and sign in the gate are the weights'
own matter, and one function serves both halves.

An image can also be cut into SLICE^2 small ones, told one after the other (Menick & Kalchbrenner 2019, section 3): the
same stacks then run over each slice, and what convolutions without a mask make of all earlier slices, in their places,
is told to every gate.

Drawing pixel by pixel computes each feature once: the vertical stack a row at a time, the horizontal one at each pixel,
by products of small matrices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.fields import check_settings, require, setting
from core.config.presets import Preset, TrainConfig
from core.data.base import Kind
from core.models.autoregressive import base
from core.models.autoregressive.base import PlaceByPlace, State, as_logits, base_outputs, numbers, picked, shown
from core.models.autoregressive.pixel_orders import SLICE, OrderName
from core.numerics.matmul import affine
from core.numerics.sampling import dropped

FAMILY, NAME = "pixelcnn", "gated PixelCNN"

LOSS, METRICS = base.LOSS, base.METRICS

NUMBERS = 2**22  # in the largest array where no gradient is asked for, so that memory stays bounded


@dataclass(frozen=True)
class PixelCNNConfig:
    """`layers` gated layers of `channels` features over images (rows, columns)."""

    event_shape: tuple[int, ...]
    levels: int = setting(2, "How many values a pixel may have; 2 for binary ones.", low=2, high=256)
    classes: int = setting(0, "Classes that the model is told of; 0 for none.", low=0, high=1_000)
    channels: int = setting(32, "Features of each stack at each pixel.", low=1, high=1_000)
    layers: int = setting(8, "Gated layers.", low=1, high=100)
    kernel: int = setting(3, "Width of the windows of all layers but the first, in pixels, odd.", low=3, high=31)
    first: int = setting(7, "Width of the first layer's window, in pixels, odd.", low=3, high=31)
    slices: int = setting(
        1,
        "1: told row by row; 2: every second pixel of every second row, one such slice after the other.",
        low=1,
        high=2,
    )
    spread: float = setting(
        2.0,
        "Of the first weights before gates, over the root of how many inputs they have: above 1 it learns faster.",
        above=0,
        high=10,
    )
    dropout: float = setting(
        0.0,
        "Share of each gate's outputs that is left out while training: a large network then memorises less.",
        low=0,
        below=1,
        added=True,
    )
    masks: Literal["right", "wrong"] = setting(
        "right",
        "Wrong ones let each output see its own pixel too: the likelihood becomes splendid, and what is drawn empty.",
    )

    def __post_init__(self) -> None:
        check_settings(self)
        require(len(self.event_shape) == 2, "event_shape", self.event_shape, "rows and columns: images only")
        for name in ("kernel", "first"):
            require(getattr(self, name) % 2 == 1, name, getattr(self, name), "odd, so that a window has a middle")
        even = all(side % SLICE == 0 for side in self.event_shape)
        require(self.slices == 1 or even, "slices", self.slices, f"1 for images {self.event_shape} of odd sides")

    @property
    def accepts(self) -> tuple[Kind, ...]:
        """The kinds of data that the model takes."""
        return base.accepts(self.levels)

    @property
    def order(self) -> OrderName:
        """In which order the pixels are told."""
        return "raster" if self.slices == 1 else "slices"


Config = PixelCNNConfig


def gate(x: Tensor, dim: int = 1) -> Tensor:
    """tanh(-a / 2) sigmoid(a') of the halves a, a' of axis `dim`."""
    a, b = x.sigmoid().chunk(2, dim)
    return torch.addcmul(b, a, b, value=-2)


class Layer(nn.Module):
    """One layer of both stacks, C channels each. `above` sees `rows` rows, in the first layer those above a pixel, in
    others up to its own; `across` sees `left` pixels of the row, in the first layer those left of it, in others up to
    it."""

    def __init__(self, config: PixelCNNConfig, index: int) -> None:
        super().__init__()
        c = config.channels
        self.first, last = index == 0, index == config.layers - 1
        self.dropout = config.dropout
        self.width = config.first if self.first else config.kernel
        self.half = self.width // 2
        self.rows = self.half + 1
        self.left = self.half if self.first and config.masks == "right" else self.half + 1
        inside = numbers(config.levels) if self.first else c
        self.above = nn.Conv2d(inside, 2 * c, (self.rows, self.width))
        self.across = nn.Conv2d(inside, 2 * c, (1, self.left))
        self.link = nn.Conv2d(2 * c, 2 * c, 1, bias=False)
        self.out = nn.Conv2d(c, c if last else 2 * c, 1, bias=False)  # S, and R where another layer follows

    def forward(
        self, v: Tensor, h: Tensor, told: Tensor | None, generator: Generator | None = None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """v and h (N, inside, h, w), told (N, 4C, h, w) or what spreads to it: the next v, this layer's part of the
        prediction (N, C, h, w), and the next h (None in the last layer). `generator` draws the dropout."""
        beyond = int(self.first)  # the first layer's windows end one row above a pixel
        a = self.above(F.pad(v, (self.half, self.half, self.rows - 1 + beyond, -beyond)))
        b = self.across(F.pad(h, (self.half, self.left - 1 - self.half)))
        if told is not None:
            a, b = a + told[:, : a.shape[1]], b + told[:, a.shape[1] :]
        out = self.out(dropped(gate(b + self.link(a)), self.dropout, generator))
        if out.shape[1] < a.shape[1]:
            return v, out, None
        skip, more = out.chunk(2, 1)
        return gate(a), skip, more if self.first else h + more


class PixelCNN(PlaceByPlace):
    """Examples are (N, rows, columns), whole numbers below L; h, w are the sides of the grid that the stacks run over:
    the image, or a slice of it. C channels, K layers."""

    def __init__(self, config: PixelCNNConfig) -> None:
        super().__init__(config)
        c, k = config.channels, config.layers
        self.grid = tuple(side // config.slices for side in config.event_shape)
        self.layers = nn.ModuleList(Layer(config, index) for index in range(k))
        self.hidden, self.out = nn.Conv2d(c, c, 1), nn.Conv2d(c, numbers(config.levels), 1)
        if config.classes:
            self.of_class = nn.Parameter(torch.zeros(config.classes, k * 4 * c))
        if config.slices > 1:
            self.of_slice = nn.Parameter(torch.zeros(SLICE**2, k * 4 * c))
            self.context = nn.ModuleList([nn.Conv2d(numbers(config.levels) + 1, c, 7, SLICE), nn.Conv2d(c, c, 3, 1, 1)])
            self.of_context = nn.Conv2d(c, k * 4 * c, 1, bias=False)

    # -- the model ------------------------------------------------------------------------------

    def logits(
        self,
        x: Tensor,
        labels: Tensor | None = None,
        order: Tensor | None = None,
        generator: Generator | None = None,
    ) -> Tensor:
        """What is predicted of each pixel from those before it, (N, D, L), by one pass over all of them. `generator`
        draws the dropout of a training step; without one nothing is left out."""
        self.known_order(order)
        labels = self.told(len(x), labels)
        at_once = len(x)
        if not torch.is_grad_enabled():
            wide = 2 if self.config.slices == 1 else 4 * len(self.layers)  # slices: what all gates are told at once
            at_once = max(1, NUMBERS // (wide * self.config.channels * len(self.order)))
        parts = [slice(i, i + at_once) for i in range(0, len(x), at_once)] or [slice(0)]
        found = [self._outputs(self._image(x[p]), None if labels is None else labels[p], generator)[-1] for p in parts]
        return as_logits(torch.cat(found).flatten(2).transpose(1, 2))

    def loss(self, x: Tensor, generator: Generator, labels: Tensor | None = None) -> dict[str, Tensor]:
        """-log p(x), mean over examples; with dropout while training."""
        logits = self.logits(x, labels, generator=generator if self.training else None)
        return {"loss": -picked(logits, x).sum(1).mean()}

    def _image(self, x: Tensor) -> Tensor:
        """Levels (N, D) or (N, rows, columns) as the first layer sees them: (N, numbers, rows, columns)."""
        x = shown(x.view(-1, *self.config.event_shape), self.levels, self.out.weight.dtype)
        return x.permute(0, 3, 1, 2)  # channels stay last in memory, which convolutions on a CPU like

    def _outputs(self, image: Tensor, labels: Tensor | None, generator: Generator | None = None) -> list[Tensor]:
        """Each layer's part of the predictions, (N, C, rows, columns), and the predictions (N, numbers, rows, columns)
        for images (N, numbers, rows, columns)."""
        if self.config.slices == 1:
            told = None if labels is None else self.of_class[labels][..., None, None]
            return self._stacks(image, told, generator)
        n = len(image)
        told = torch.cat([self._told(image, s, labels) for s in range(SLICE**2)])
        cut = torch.cat([image[..., i::SLICE, j::SLICE] for i, j in map(_corner, range(SLICE**2))])
        return [_joined(y.unflatten(0, (SLICE**2, n))) for y in self._stacks(cut, told, generator)]

    def _stacks(self, v: Tensor, told: Tensor | None, generator: Generator | None = None) -> list[Tensor]:
        """Of grids (N, numbers, h, w), told (N, K * 4C, h, w) or what spreads to it: each layer's part of the
        predictions, and the predictions."""
        v = h = v.contiguous(memory_format=torch.channels_last)
        parts = []
        for index, layer in enumerate(self.layers):
            size = 4 * self.config.channels
            v, part, h = layer(v, h, None if told is None else told[:, index * size : (index + 1) * size], generator)
            parts.append(part)
        u = self.hidden(sum(parts).relu()).relu()
        with torch.autocast(u.device.type, enabled=False):
            return [*parts, self.out(u.to(self.out.weight.dtype))]

    def _told(self, image: Tensor, s: int, labels: Tensor | None) -> Tensor:
        """What every gate is told in slice s: which slice it is, the class, and the earlier slices of the image,
        (N, K * 4C, h, w)."""
        told = self.of_context(self._context(image, s)) + self.of_slice[s][:, None, None]
        return told if labels is None else told + self.of_class[labels][..., None, None]

    def _context(self, image: Tensor, s: int) -> Tensor:
        """Features (N, C, h, w) of the slices before slice s, around each pixel of slice s."""
        known = torch.zeros_like(image[:, :1])
        for i, j in map(_corner, range(s)):
            known[..., i::SLICE, j::SLICE] = 1
        i, j = _corner(s)
        u = F.pad(
            torch.cat([image * known, known], 1), (3 - j, 3 + j, 3 - i, 3 + i)
        )  # windows around (i, j) + 2 (y, x)
        for layer in self.context:
            u = layer(u).relu()
        return u

    def receptive_field(self, place: int, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """How much the prediction at a flat index depends on each pixel: (K + 1, rows, columns), mean over examples x
        of |d f / d pixel|, f being what each layer hands to the prediction there, and at the end the prediction itself
        (sums over channels); zero where a pixel is not seen."""
        with torch.enable_grad():
            image = self._image(x).detach().requires_grad_()
            parts = self._outputs(image, self.told(len(x), labels))
            found = []
            for part in parts:
                (slope,) = torch.autograd.grad(part.flatten(2)[..., place].sum(), image, retain_graph=True)
                found.append(slope.abs().sum(1).mean(0))
        return torch.stack(found)

    # -- place by place -------------------------------------------------------------------------

    @torch.no_grad()
    def begin(self, state: State) -> None:
        """Cache, of the grid that is being told:

        seen     (n, rows + h, w + border, numbers) its pixels, with a border of zeros above, left and right
        above    (n, K - 1, rows, w + border, C)    the last rows of the vertical stack, inputs of layers 1 on
        row      (n, K, w, 2C)                      what the gates of this row's horizontal stack get beside `left`
        left     (n, K - 1, border + w, C)          this row of the horizontal stack, inputs of layers 1 on
        context  (n, h, w, C)                       features of earlier slices, where there are slices
        logits   (n, L)                             of the next place
        """
        state.ready = ready = Ready(self)
        n, c, (h, w) = len(state.values), self.config.channels, self.grid
        first, later = self.layers[0], self.config.kernel // 2
        like, k = ready.hidden.new_zeros, len(self.layers)
        state.cache["seen"] = like(n, first.rows + h, w + 2 * first.half, numbers(self.levels))
        state.cache["above"] = like(n, k - 1, later + 1, w + 2 * later, c)
        state.cache["row"] = like(n, k, w, 2 * c)
        state.cache["left"] = like(n, k - 1, later + w, c)
        self._go_on(state, -1)

    def next_logits(self, state: State) -> Tensor:
        """(n, L) for place `state.order[state.t]`."""
        return state.cache["logits"]

    def feed(self, state: State, values: Tensor) -> None:
        """Let the next place hold these levels (n,), and compute what the place after it needs."""
        self.skip(state, values[:, None])

    @torch.no_grad()
    def skip(self, state: State, values: Tensor) -> None:
        """Let the next places hold these levels (n, k). Of rows that this completes only the vertical stack is
        computed, of slices nothing."""
        before, k = state.t, values.shape[1]
        state.values[:, state.order[before : before + k]] = values.long()
        state.t += k
        if k and state.t < len(self.order):
            self._go_on(state, before)

    def _go_on(self, state: State, before: int) -> None:
        """Compute the logits of the next place, where those of place `before` were the last (-1: there were none)."""
        h, w = self.grid
        s, t = divmod(state.t, h * w)
        known = before - s * h * w  # the same place in this slice
        if known < 0:
            self._begin_slice(state, s)
        rows, row = range(max(known, 0) // w, t // w + 1), t // w
        seen, first, step = state.cache["seen"], self.layers[0], self.config.slices
        i, j = _corner(s)
        values = state.values.view(-1, *self.config.event_shape)[:, i::step, j::step][:, rows.start : rows.stop]
        lines = slice(first.rows + rows.start, first.rows + rows.stop)
        seen[:, lines, first.half : first.half + w] = shown(values, self.levels, seen.dtype)
        for r in rows if known < 0 else rows[1:]:
            self._row(state, s, r)
        done = known + (self.config.masks == "right")  # what saw itself saw a place that was not known yet
        for column in range(max(0, done - row * w), t - row * w + 1):
            self._pixel(state, row, column)

    def _begin_slice(self, state: State, s: int) -> None:
        """Features of the slices before slice s; nothing of it is known yet."""
        state.cache["above"].zero_()
        if self.config.slices > 1:
            context = self._context(self._image(state.values), s)
            state.cache["context"] = context.permute(0, 2, 3, 1).contiguous()

    def _row(self, state: State, s: int, row: int) -> None:
        """The vertical stack at one row, and what it says to the horizontal one."""
        ready, cache, c, (_, w) = state.ready, state.cache, self.config.channels, self.grid
        n, half = len(state.values), self.config.kernel // 2
        told = ready.told(state.labels, s, cache["context"][:, row] if "context" in cache else None)
        inputs = _windows(cache["seen"][:, row : row + self.layers[0].rows], w)
        for index in range(len(self.layers)):
            a = affine(inputs, ready.above[index], ready.above_bias[index])  # (n * w, 2C)
            b = ready.across_bias[index]
            if told is not None:
                own = told[:, :, index]  # (n, w or 1, 4C)
                a, b = (a.view(n, w, -1) + own[..., : 2 * c]).view(n * w, -1), b + own[..., 2 * c :]
            torch.add(affine(a, ready.link[index]).view(n, w, -1), b, out=cache["row"][:, index])
            if index < len(self.layers) - 1:
                rows = cache["above"][:, index]
                rows[:, :-1] = rows[:, 1:].clone()
                rows[:, -1, half : half + w] = gate(a).view(n, w, c)
                inputs = _windows(rows, w)

    def _pixel(self, state: State, row: int, column: int) -> None:
        """The horizontal stack at one pixel, and its logits."""
        ready, cache, c = state.ready, state.cache, self.config.channels
        first, left = self.layers[0], self.config.kernel // 2
        inputs = cache["seen"][:, first.rows + row, column : column + first.left].flatten(1)
        later = cache["left"][:, :, column : column + left + 1].flatten(2).unbind(1)  # K - 1 of (n, (left + 1) * C)
        hs = cache["left"][:, :, column + left].unbind(1)  # K - 1 of (n, C), the last part of each of them
        beside = cache["row"][:, :, column].unbind(1)
        gates = beside[0].new_empty(len(beside[0]), len(beside) * c)
        for index, g in enumerate(gates.split(c, 1)):
            a, b = torch.addmm(beside[index], inputs, ready.across[index]).sigmoid_().chunk(2, 1)
            torch.addcmul(b, a, b, value=-2, out=g)
            if index < len(hs):
                if index:
                    torch.addmm(hs[index - 1], g, ready.more[index], out=hs[index])
                else:
                    torch.mm(g, ready.more[0], out=hs[0])
                inputs = later[index]
        u = torch.addmm(ready.hidden_bias, torch.mm(gates, ready.skip).relu_(), ready.hidden).relu_()
        cache["logits"] = as_logits(torch.addmm(ready.out_bias, u, ready.out))

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
                    inputs /= numbers(self.levels)  # one of a level's numbers is 1, the others 0
                scale = self.config.spread * (1 if name.endswith(("above", "across")) else 0.5) * inputs**-0.5
                conv.weight.copy_(torch.randn(conv.weight.shape, generator=generator) * scale)
                if conv.bias is not None:
                    conv.bias.zero_()
        self.out.bias.copy_(base_outputs(x.flatten()[:, None], self.levels)[0])
        self.out.weight.mul_(0.1)


class Ready:
    """The weights as matrices (inputs, outputs), for the products that are taken place by place."""

    def __init__(self, model: PixelCNN) -> None:
        layers = model.layers
        self.above = [_matrix(layer.above.weight) for layer in layers]
        self.above_bias = [layer.above.bias.detach() for layer in layers]
        self.across = [_matrix(layer.across.weight) for layer in layers]
        self.across_bias = [layer.across.bias.detach() for layer in layers]
        self.link = [_matrix(layer.link.weight) for layer in layers]
        c = model.config.channels
        out = [_matrix(layer.out.weight) for layer in layers]
        self.skip = torch.cat([both[:, :c] for both in out])  # (K * C, C)
        self.more = [both[:, c:].contiguous() for both in out]
        self.hidden, self.hidden_bias = _matrix(model.hidden.weight), model.hidden.bias.detach()
        self.out, self.out_bias = _matrix(model.out.weight), model.out.bias.detach()
        self.of_class = model.of_class.detach() if model.config.classes else None
        self.of_slice = self.of_context = None
        if model.config.slices > 1:
            self.of_slice, self.of_context = model.of_slice.detach(), _matrix(model.of_context.weight)

    def told(self, labels: Tensor | None, s: int, context: Tensor | None) -> Tensor | None:
        """What the gates of a row are told, (n, w or 1, K, 4C), of the class, the slice and the context (n, w, C)."""
        told = None if labels is None else self.of_class[labels][:, None]
        if context is not None:
            own = context @ self.of_context + self.of_slice[s]
            told = own if told is None else own + told
        return None if told is None else told.unflatten(2, (len(self.above), -1))


def _matrix(weight: Tensor) -> Tensor:
    """A convolution's weights (out, in, rows, columns) as (rows * columns * in, out)."""
    return weight.detach().permute(2, 3, 1, 0).flatten(0, 2).contiguous()


def _windows(rows: Tensor, w: int) -> Tensor:
    """What a window of all rows sees at each of w places: (n * w, rows * width * C) for rows (n, rows, w + border,
    C)."""
    seen = rows.unfold(2, rows.shape[2] - w + 1, 1)  # (n, rows, w, C, width)
    return seen.permute(0, 2, 1, 4, 3).flatten(2).flatten(0, 1)


def _corner(s: int) -> tuple[int, int]:
    """Row and column of the first pixel of slice s."""
    return divmod(s, SLICE)


def _joined(slices: Tensor) -> Tensor:
    """Slices (SLICE^2, N, C, h, w) in their places: (N, C, rows, columns)."""
    count, n, c, h, w = slices.shape
    return slices.view(SLICE, SLICE, n, c, h, w).permute(2, 3, 4, 0, 5, 1).reshape(n, c, SLICE * h, SLICE * w)


def build(config: PixelCNNConfig) -> PixelCNN:
    """The model of the config, untrained."""
    return PixelCNN(config)


def refit(config: PixelCNNConfig, kind: Kind, event_shape: tuple[int, ...]) -> PixelCNNConfig:
    """The config for other images, without classes. Raises `SettingError`."""
    slices = config.slices if all(side % SLICE == 0 for side in event_shape) else 1
    return base.refitted(config, kind, event_shape, "a gated PixelCNN", slices=slices)


_SMOOTH = TrainConfig(optimiser="adam", lr_schedule="cosine", lr=0.002, average=0.999, precision="bfloat16")
_SMALL = replace(_SMOOTH, epochs=20, batch_size=20, average=0.99, precision="float32")
_MNIST = PixelCNNConfig((28, 28))
_LONG = replace(_SMOOTH, epochs=5, batch_size=25)  # 40 minutes of one core

# with few examples, small weights at first stay further from learning them by heart
_DIGITS = PixelCNNConfig((8, 8), levels=17, layers=6, first=5, spread=1.0)


def _preset(name: str, title: str, view: str, config: PixelCNNConfig, train: TrainConfig) -> Preset:
    return Preset(name, title, FAMILY, name.split("-")[0], view, config, train)


PRESETS = (
    _preset("mnist-pixelcnn", "MNIST: gated PixelCNN, 8 layers of 32", "dynamic", _MNIST, _LONG),
    _preset(
        "mnist-pixelcnn-static", "MNIST in bits drawn once: gated PixelCNN, 8 layers of 32", "static", _MNIST, _LONG
    ),
    _preset(
        "mnist-pixelcnn-classes",
        "MNIST: gated PixelCNN, 8 layers of 32, told the digit",
        "dynamic",
        replace(_MNIST, classes=10),
        _LONG,
    ),
    _preset(  # 61 PFLOP: five days of one core, an hour of a large GPU
        "mnist-pixelcnn-large",
        "MNIST: gated PixelCNN, 10 layers of 128; days of one core, an hour of a GPU",
        "dynamic",
        replace(_MNIST, channels=128, layers=10),
        replace(_SMOOTH, epochs=60, batch_size=32, lr=0.001, average=0.9995),
    ),
    _preset(
        "digits-pixelcnn-17", "Small digits in 17 levels: gated PixelCNN, 6 layers of 32", "levels-17", _DIGITS, _SMALL
    ),
    _preset(
        "digits-pixelcnn-17-classes",
        "Small digits in 17 levels: gated PixelCNN, 6 layers of 32, told the digit",
        "levels-17",
        replace(_DIGITS, classes=10),
        _SMALL,
    ),
    _preset(
        "digits-pixelcnn-17-slices",
        "Small digits in 17 levels: gated PixelCNN, 6 layers of 32, in four slices",
        "levels-17",
        replace(_DIGITS, slices=2, first=3, spread=0.6),
        replace(_SMALL, epochs=16),
    ),
    _preset(
        "digits-pixelcnn-17-wrong",
        "Small digits in 17 levels: gated PixelCNN, 6 layers of 32, with wrong masks, each pixel sees itself",
        "levels-17",
        replace(_DIGITS, masks="wrong"),
        replace(_SMALL, epochs=10),
    ),
)
